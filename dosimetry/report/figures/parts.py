"""Parts of figures of curves: points with SDs, lines within and beyond the data, medians of men and women."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.study.results import StudyResult
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.counted import counted_curve
from milligray.figures.look import plain_log
from milligray.figures.styles import SEX_WORDS, SEXES, Style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from kinetics.curves.curve import Curve

#: Least number of curves that have quartiles.
QUARTILES_OF = 4
#: A log axis goes so far beyond the data: a part of their range, and at least this factor.
MARGIN, LEAST_MARGIN = 0.06, 1.03
BEYOND: Any = (0, (2.5, 1.8))


def grid_to(last_h: float) -> np.ndarray:
    """Times in h at which lines are drawn, denser in the first hours."""
    return np.unique(np.concatenate([np.linspace(0, min(last_h, 6), 60), np.linspace(0, last_h, 240)]))


def in_state(used: UsedCurve, half_life_h: float, corrected: bool) -> Curve:
    """The measured curve, decay-corrected or not."""
    lam = np.log(2) / half_life_h
    return used.curve.corrected(lam) if corrected else used.curve.uncorrected(lam)


def line_of(used: UsedCurve, half_life_h: float, time_h: np.ndarray, corrected: bool) -> np.ndarray:
    """The curve that the area is of, at these times: the fit, or what the trapezoids count."""
    if used.fit is not None:
        return np.asarray(used.fit.predict(time_h, decay_corrected=corrected))
    assert used.area is not None
    lam = np.log(2) / half_life_h
    values = counted_curve(used.curve, used.area, time_h, lambda_phys_per_h=lam)
    return values * np.exp(lam * time_h) if corrected else values


def points(
    axes: Axes, time_h: np.ndarray, value: np.ndarray, sd: np.ndarray | None, style: Style, **more: Any
) -> None:
    """Points with SDs on a log axis; those of 0 or less stand at its foot as hollow triangles."""
    shown = value > 0
    look = style.points() | {"elinewidth": 0.6, **more}
    axes.errorbar(time_h[shown], value[shown], None if sd is None else sd[shown], **look)
    if not np.all(shown):
        at = axes.get_xaxis_transform()
        axes.plot(
            time_h[~shown], np.full((~shown).sum(), 0.025), "v", color=style.colour, markerfacecolor="white",
            markersize=3.5, transform=at, clip_on=False, zorder=5,
        )  # fmt: skip


def organ_line(axes: Axes, result: StudyResult, used: UsedCurve, end_h: float, style: Style) -> None:
    """An organ's curve as its area counts it, not decay-corrected; dashed where there are no data."""
    first, last = float(used.curve.time_h[0]), float(used.curve.time_h[-1])
    for low, high, line in ((0.0, first, BEYOND), (first, last, "-"), (last, end_h, BEYOND)):
        if high > low:
            time = np.unique(np.concatenate([np.linspace(low, high, 120), _within(used, low, high)]))
            value = line_of(used, result.half_life_h, time, False) * used.to_percent
            width = 0.8 if line == BEYOND else 1.0
            axes.plot(time, np.where(value > 0, value, np.nan), color=style.colour, ls=line, lw=width)


def _within(used: UsedCurve, low: float, high: float) -> np.ndarray:
    t = used.curve.time_h
    return np.asarray(t[(t > low) & (t < high)])


def organ_points(axes: Axes, result: StudyResult, used: UsedCurve, style: Style, **more: Any) -> None:
    """An organ's points with SDs, in %IA, not decay-corrected."""
    curve = in_state(used, result.half_life_h, False)
    sd = None if curve.sd is None else curve.sd * used.to_percent
    points(axes, curve.time_h, curve.value * used.to_percent, sd, style, **more)
    mark_below_limit(axes, used, result.half_life_h, False, style.colour)


def mark_below_limit(axes: Axes, used: UsedCurve, half_life_h: float, corrected: bool, colour: str) -> None:
    """Points below the limit of quantification: a triangle at the limit where left out, a ring where set."""
    turn = {(True, False): -1.0, (False, True): 1.0}.get((bool(used.curve.decay_corrected), corrected), 0.0)
    for p in used.below_limit:
        y = p.limit if p.value is None else p.value
        if not y:
            continue  # no limit is known, or 0 on a logarithmic axis; kinetics.csv says what was done
        y *= used.to_percent * math.exp(turn * math.log(2) / half_life_h * p.time_h)
        marker, size = ("v", 3.5) if p.value is None else ("o", 5.5)
        axes.plot([p.time_h], [y], marker, mfc="none", mec=colour, mew=0.7, ms=size, zorder=4)


def medians(
    axes: Axes,
    lines: dict[str, np.ndarray],
    time_h: np.ndarray,
    sexes: dict[str, str],
    *,
    width: float = 1.6,
) -> None:
    """Each patient's line thin, and the pointwise median and quartiles of men and of women.

    lines : patient -> (N,) values at ``time_h``; NaN where there is none.
    sexes : patient -> "male" or "female".
    width : of the medians' lines, points.
    """
    for name, line in lines.items():
        axes.plot(time_h, line, color=SEXES[sexes[name]].colour, lw=0.4, alpha=0.3, zorder=1)
    for sex, style in SEXES.items():
        own = np.array([line for name, line in lines.items() if sexes[name] == sex])
        if not len(own):
            continue
        known = np.isfinite(own).all(axis=0)
        low, median, high = np.quantile(own[:, known], (0.25, 0.5, 0.75), axis=0)
        if len(own) >= QUARTILES_OF:
            axes.fill_between(time_h[known], low, high, color=style.colour, alpha=0.22, lw=0, zorder=2)
        axes.plot(time_h[known], median, color=style.colour, ls=style.line, lw=width, zorder=3)


def median_legend(sexes: Sequence[str], what: str) -> tuple[list[Any], list[str]]:
    """Handles and labels for :func:`medians` and its points; ``sexes`` of those who have a curve."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    labels = []
    for sex, style in SEXES.items():
        n = list(sexes).count(sex)
        if n:
            look = {**style.points(), "linestyle": style.line, "markersize": 3}
            line = Line2D([], [], lw=1.6, **look)
            band = n >= QUARTILES_OF
            handles.append((Patch(color=style.colour, alpha=0.22, lw=0), line) if band else line)
            labels.append(f"{n} {SEX_WORDS[sex][n > 1]}: median{' and quartiles' if band else ''} of {what}")
    return handles, labels


def log_limits(axes: Axes, *values: np.ndarray, room_mm: float = 40.0) -> None:
    """A log axis that holds these values and little more, whatever error bars and bands do beyond.

    room_mm : about the axis' height in print.
    """
    positive = np.concatenate([np.ravel(v) for v in values])
    positive = positive[np.isfinite(positive) & (positive > 0)]
    if positive.size:
        low, high = positive.min(), positive.max()
        margin = max((high / low) ** MARGIN, LEAST_MARGIN)
        axes.set_ylim(low / margin, high * margin)
    plain_log(axes, room_mm)
