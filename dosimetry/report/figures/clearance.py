"""Clearance of the whole body and of serum: all patients' curves over the residuals of their fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.parts import (
    grid_to,
    in_state,
    line_of,
    log_limits,
    mark_below_limit,
    median_legend,
    medians,
    points,
)
from dosimetry.report.figures.style import (
    FEW_PATIENTS,
    decay_words,
    hours,
    legend_below,
    legend_handles,
    look_of,
    new_figure,
)
from dosimetry.study.results import COHORT, StudyResult
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.populations.averaged import IndividualChoice
from milligray.figures.look import FAINT, plain_log
from milligray.figures.text import short_names, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

TITLES = {"whole body": "Whole-body retention", "serum": "Serum concentration"}
#: A curve with points this early gets a panel more that shows them.
EARLY_H = 3.0


def residual_percent(used: UsedCurve) -> tuple[np.ndarray, np.ndarray | None]:
    """Residuals of a fit in % of the fitted values, and their SDs."""
    assert used.fit is not None
    fitted = used.fit.predict(used.curve.time_h)
    sd = None if used.curve.sd is None else 100 * used.curve.sd / fitted
    return 100 * used.fit.residuals / fitted, sd


def unit_words(unit: str) -> str:
    """A unit as an axis spells it out."""
    return {"%IA": "% of injected activity", "%IA/L": "% of injected activity per L"}.get(unit, unit)


def draw_clearance(path: Path, result: StudyResult, region: str, options: FigureOptions) -> None:
    """All patients' curves of the whole body or serum with fits, over the residuals of the fits.

    Up to ten patients have a colour each and their half-lives in the legend; of more, lines are thin, and men
    and women have their medians and quartiles. Where there are early points a first panel shows them; else
    the first panel is the curve as measured and the second the biologic one.
    """
    used = result.of(region)
    few = len(result.patients) <= FEW_PATIENTS
    last_h = 1.05 * max(float(u.curve.time_h[-1]) for u in used)
    early = sum(bool((u.curve.time_h < EARLY_H).sum() >= 3) for u in used) > len(used) / 2
    state = used[0].curve.decay_corrected
    views = [(EARLY_H, state), (last_h, state)] if early else [(last_h, False), (last_h, True)]
    fitted = [u for u in used if u.fit is not None]
    with new_figure(path, result, 170 if options.narrow else 105, options) as figure:
        panels, residuals = _panels(figure, views, bool(fitted), options)
        for axes, (end, corrected) in zip(panels, views, strict=True):
            _draw_view(axes, result, used, end, corrected)
            hours(axes, end, options, len(panels) if not options.narrow else 1)
            if axes is panels[0] or not early or options.narrow:
                axes.set_ylabel(f"{unit_words(used[0].curve.unit)}\n({decay_words(corrected)})")
        for axes, end in residuals:
            _draw_residuals(axes, result, fitted, end)
            hours(axes, end, options, len(residuals) if not options.narrow else 1)
        if residuals:
            residuals[0][0].set_ylabel("residual / %")
        if early and not options.narrow:
            _same_height(panels, residuals)
        cohort = _cohort_line(result, region)
        if cohort:
            panels[-1].set_title(cohort, fontsize=6.5, weight="normal", color=FAINT)
        title = wrapped(f"{TITLES[region]}: {_how(used)}", int(options.width_mm / 1.75), 3)
        figure.suptitle(title, x=0.005, ha="left")
        _legend(figure, panels[-1], result, used, few, options)


def _panels(
    figure: FigureBase, views: list[tuple[float, bool]], fitted: bool, options: FigureOptions
) -> tuple[list[Axes], list[tuple[Axes, float]]]:
    """Panels of the two views, and those of residuals with their last time."""
    (first_h, _), (last_h, _) = views
    early = first_h < last_h
    if options.narrow:
        grid = figure.add_gridspec(2 + fitted, 1, height_ratios=[3, 3, 1.2][: 2 + fitted])
        top = [figure.add_subplot(grid[i, 0]) for i in (0, 1)]
        return top, [(figure.add_subplot(grid[2, 0]), last_h)] if fitted else []
    grid = figure.add_gridspec(
        1 + fitted, 2, height_ratios=[3, 1][: 1 + fitted], width_ratios=[1, 2.4] if early else [1, 1]
    )
    top = [figure.add_subplot(grid[0, i]) for i in (0, 1)]
    if not fitted:
        return top, []
    if early:
        return top, [(figure.add_subplot(grid[1, i]), end) for i, (end, _) in enumerate(views)]
    return top, [(figure.add_subplot(grid[1, :]), last_h)]


def _same_height(panels: list[Axes], residuals: list[tuple[Axes, float]]) -> None:
    """One y axis for both views, and one for both panels of residuals; one x axis for what stands below."""
    for row in (panels, [axes for axes, _ in residuals]):
        if row:
            limits = [axes.get_ylim() for axes in row]
            for axes in row:
                axes.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
            row[-1].tick_params(labelleft=False)
    for axes in panels:
        plain_log(axes)
    if residuals:
        for axes in panels:
            axes.tick_params(labelbottom=False)
            axes.set_xlabel("")


def _draw_view(axes: Axes, result: StudyResult, used: list[UsedCurve], end_h: float, corrected: bool) -> None:
    """All patients' points and lines from time 0 to ``end_h``."""
    few = len(result.patients) <= FEW_PATIENTS
    look = look_of(result.patients)
    grid = grid_to(end_h)
    lines = {u.patient: line_of(u, result.half_life_h, grid, corrected) for u in used}
    drawn = [*lines.values()]
    for u in used:
        curve = in_state(u, result.half_life_h, corrected)
        seen = curve.time_h <= end_h
        drawn.append(curve.value[seen])
        sd = None if curve.sd is None or not few else curve.sd[seen]
        style = look[u.patient]
        more: dict[str, Any] = (
            {"label": u.patient} if few else {"markersize": 2.2, "alpha": 0.5, "markeredgewidth": 0}
        )
        points(axes, curve.time_h[seen], curve.value[seen], sd, style, **more)
        if few:
            axes.plot(grid, lines[u.patient], color=style.colour, alpha=0.9)
            mark_below_limit(axes, u, result.half_life_h, corrected, style.colour)
    if not few:
        medians(axes, lines, grid, {p.name: p.sex for p in result.patients})
    log_limits(axes, *drawn)


def _draw_residuals(axes: Axes, result: StudyResult, fitted: list[UsedCurve], end_h: float) -> None:
    few = len(result.patients) <= FEW_PATIENTS
    look = look_of(result.patients)
    more: dict[str, Any] = {} if few else {"markersize": 2.2, "alpha": 0.5, "markeredgewidth": 0}
    for u in fitted:
        residual, sd = residual_percent(u)
        seen = u.curve.time_h <= end_h
        bars = None if sd is None or not few else sd[seen]
        style = look[u.patient].points() | {"elinewidth": 0.5, "capsize": 0, **more}
        axes.errorbar(u.curve.time_h[seen], residual[seen], bars, **style)
    axes.axhline(0, color="black", lw=0.6)


def _legend(
    figure: FigureBase,
    axes: Axes,
    result: StudyResult,
    used: list[UsedCurve],
    few: bool,
    options: FigureOptions,
) -> None:
    if not few:
        sexes = {p.name: p.sex for p in result.patients}
        what = "fits" if all(u.fit is not None for u in used) else "curves"
        legend_below(figure, options, *median_legend([sexes[u.patient] for u in used], what))
        return
    handles, names = axes.get_legend_handles_labels()
    short = short_names([p.name for p in result.patients], 14 if options.narrow else 18)
    half_lives = {u.patient: _half_lives(u) for u in used}
    labels = [f"{short[name]}  {half_lives[name]}" for name in names]
    title = "biologic half-life / h" if any(half_lives.values()) else "patient"
    if options.narrow:
        legend_below(figure, options, handles, labels, title)
    else:
        places = legend_handles(handles)
        figure.legend(places, labels, loc="outside right upper", title=title, alignment="left")


def _half_lives(used: UsedCurve) -> str:
    if used.fit is None:
        return ""
    return " / ".join(f"{h.value:.3g}" for h in used.fit.biologic_half_lives_h.values())


def _cohort_line(result: StudyResult, region: str) -> str:
    """Median and range of the slowest biologic half-life over the cohort."""
    k = result.kinetics
    k = k[
        (k["curve"] == region) & (k["patient"] == COHORT) & k["quantity"].str.startswith("biologic half-life")
    ]
    if not len(k):
        return ""
    values = k.pivot_table(index="quantity", columns="statistic", values="value")
    slowest = values.sort_values("median").iloc[-1]
    return (
        f"biologic half-life, median {slowest['median']:.0f} h"
        f" (range {slowest['minimum']:.0f} to {slowest['maximum']:.0f} h)"
    )


def _how(used: list[UsedCurve]) -> str:
    """Models and weights of the fits, or the trapezoids, each with how many curves where they differ."""
    return counted_words(how_words(u) for u in used)


def how_words(used: UsedCurve) -> str:
    """How one curve became an area."""
    if isinstance(used.choice, IndividualChoice):
        return f"area averaged over the cohort's models, residual '{used.choice.chosen.weights}'"
    if used.choice is not None and not used.choice.forced:
        return f"area averaged over models, weights '{used.choice.chosen.weights}'"
    if used.fit is not None:
        return f"{used.fit.model} fit, weights '{used.fit.weights}'"
    assert used.area is not None
    rules = f"first interval '{used.area.first_rule}', tail '{used.area.tail_rule}'"
    return f"{used.area.method} trapezoids, {rules}"


def counted_words(words: Iterable[str]) -> str:
    """Different words, each with how often it is there where there is more than one.

    >>> counted_words(["uptake fit", "uptake fit"]), counted_words(["uptake fit", "log trapezoids"])
    ('uptake fit', 'uptake fit (1); log trapezoids (1)')
    """
    found = Counter(words).most_common()
    return found[0][0] if len(found) == 1 else "; ".join(f"{w} ({n})" for w, n in found)
