"""Kaplan-Meier curves of classes of patients, with those at risk under the axis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import said
from lesions.report.figures.page import NEGATIVE, POSITIVE, Study, lesion_page, title
from lesions.statistics.survival import DAYS_PER_MONTH, FollowUp, KaplanMeier, SurvivalInterval, log_rank
from milligray.errors import MilligrayError
from milligray.figures.look import FAINT
from milligray.figures.styles import COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = ("-", (0, (5, 1.4)), (0, (1.5, 1.2)), (0, (6, 1.2, 1.5, 1.2)))
#: Where months are so many, a tick is so many of them.
TICKS = ((6, 1), (15, 3), (42, 6), (96, 12), (240, 24))


def draw_survival(
    path: Path,
    options: FigureOptions,
    *,
    study: Study,
    endpoint: str,
    by: str,
    classes: Mapping[str, FollowUp],
    method: SurvivalInterval,
    level: float,
) -> None:
    """Steps with their limits, ticks where patients were censored, the log-rank test, numbers at risk."""
    shown = {name: f for name, f in classes.items() if f.n}
    months = max(max(f.day) for f in shown.values()) / DAYS_PER_MONTH
    step = next((s for limit, s in TICKS if months <= limit), 60)
    ticks = np.arange(0.0, months + 1e-9, step)
    table_mm = 7.0 + 3.6 * len(shown)
    with lesion_page(path, study, 72 + table_mm, options) as figure:
        grid = figure.add_gridspec(2, 1, height_ratios=[60.0, table_mm])
        axes = figure.add_subplot(grid[0])
        for i, (name, followed) in enumerate(shown.items()):
            _curve(axes, i, name, followed, method, level, bands=len(shown) <= 2)
        axes.set_ylim(-2, 104)
        axes.set_xlim(-0.02 * months, 1.02 * months)
        axes.set_xticks(ticks)
        axes.set_xlabel("months from the start of the treatment")
        if endpoint == "duration of response":
            axes.set_xlabel("months from the response")
        axes.set_ylabel("patients without the event / %")
        axes.legend(loc="upper right" if not options.narrow else "best")
        bands = f"; bands: {100 * level:g} % ({method})" if len(shown) <= 2 else ""
        title(figure, f"{endpoint.capitalize()}{f' by {by}' if by else ''}{_test(shown)}{bands}", options)
        _at_risk(figure.add_subplot(grid[1], sharex=axes), shown, ticks)


def _colour(i: int, name: str) -> str:
    """Of a class; positive and negative ones are as in the other figures."""
    return {"positive": POSITIVE, "negative": NEGATIVE}.get(name, COLOURS[(i + 2) % len(COLOURS)])


def _curve(
    axes: Axes, i: int, name: str, followed: FollowUp, method: SurvivalInterval, level: float, *, bands: bool
) -> None:
    km = KaplanMeier(followed)
    last = max(followed.day)
    days = np.concatenate([[0.0], km.day, [last]])
    percent = 100.0 * np.concatenate([[1.0], km.survival, km.survival[-1:] if len(km.day) else [1.0]])
    colour = _colour(i, name)
    label = f"{said(name, 30)}: {followed.events} events in {followed.n}"
    axes.step(
        days / DAYS_PER_MONTH,
        percent,
        where="post",
        color=colour,
        ls=LINES[i % len(LINES)],
        lw=1.4,
        label=label,
    )
    if bands and len(km.day):
        # where S is 0 there are no limits; those before it hold until that day
        low, high = (np.append(s[:-1], s[-2:][0]) if np.isnan(s[-1]) else s for s in km.limits(method, level))
        ends = np.concatenate([km.day, [last]]) / DAYS_PER_MONTH
        axes.fill_between(
            ends, 100.0 * np.append(low, low[-1]), 100.0 * np.append(high, high[-1]), step="post",
            color=colour, alpha=0.13, lw=0,
        )  # fmt: skip
    censored = np.array([d for d, h in zip(followed.day, followed.happened, strict=True) if not h])
    if len(censored):
        before = np.searchsorted(km.day, censored, side="right")
        at = 100.0 * np.concatenate([[1.0], km.survival])[before]
        axes.plot(censored / DAYS_PER_MONTH, at, "|", color=colour, ms=5, mew=0.9)


def _test(shown: Mapping[str, FollowUp]) -> str:
    """The log-rank test of the classes, in words; "" where there is none."""
    if len(shown) < 2:
        return ""
    try:
        p = log_rank(shown).p
    except MilligrayError:
        return ""
    return f"; log-rank p {'< 0.001' if p < 0.001 else f'= {p:.2g}'}"


def _at_risk(axes: Axes, shown: Mapping[str, FollowUp], ticks: np.ndarray) -> None:
    """How many are at risk at each tick, a line a class."""
    for i, (name, followed) in enumerate(shown.items()):
        colour = _colour(i, name)
        numbers = followed.at_risk(list(ticks * DAYS_PER_MONTH))
        for x, n in zip(ticks, numbers, strict=True):
            axes.text(x, -i, f"{n:.0f}", ha="center", va="center", fontsize=6.5, color=colour)
        axes.annotate(
            said(name, 14), (0, -i), xycoords=("axes fraction", "data"), xytext=(-5, 0),
            textcoords="offset points", ha="right", va="center", fontsize=6.5, color=colour,
        )  # fmt: skip
    axes.set_ylim(-len(shown) + 0.4, 0.7)
    axes.set_title("at risk", fontsize=6.5, weight="normal", color=FAINT)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
