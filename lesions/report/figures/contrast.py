"""Ratio of the lesions to another tissue over time: lesions thin, the cohort's median with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.parts import log_limits
from dosimetry.report.figures.style import hours, legend_below, said
from lesions.report.figures.page import Study, lesion_page
from lesions.report.figures.uptake import LESION
from lesions.report.summary import words
from lesions.uptake.contrast import BestContrast
from lesions.uptake.ratios import UptakeRatio

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_contrast(
    path: Path,
    options: FigureOptions,
    *,
    study: Study,
    ratios: Sequence[UptakeRatio],
    contrasts: Sequence[BestContrast],
) -> None:
    """A panel a tissue, logarithmic: equal factors are equal steps, up and down."""
    known = [r for r in ratios if r.ratio is not None]
    beside = [
        name for name in dict.fromkeys(r.beside for r in ratios) if any(k.beside == name for k in known)
    ]
    columns = min(len(beside), 1 if options.narrow else 3)
    rows = -(-len(beside) // columns)
    last = max(r.time_h for r in known)
    with lesion_page(path, study, 26 + 54 * rows, options) as figure:
        panels = figure.subplots(rows, columns, squeeze=False, sharey=True)
        handles: dict[str, Any] = {}
        for axes, name in zip(panels.flat, beside, strict=False):
            mine = [r for r in known if r.beside == name]
            cohort = next((b for b in contrasts if b.beside == name and not b.patient), None)
            handles |= _panel(axes, mine, cohort)
            axes.set_title(f"Lesion to {said(name, 24)}")
            hours(axes, 1.03 * last, options, columns)
            axes.set_xlabel("time / h")
        for axes in panels.flat[len(beside) :]:
            axes.remove()
        log_limits(panels.flat[0], np.array([r.ratio for r in known]), room_mm=42.0)
        one = known[0]
        panels.flat[0].set_ylabel(
            f"{words(one.quantity)} of lesion / {words(one.reference_quantity)} of tissue"
        )
        figure.suptitle("Contrast over time", x=0.005, ha="left")
        legend_below(figure, options, list(handles.values()), list(handles))


def _panel(axes: Axes, ratios: Sequence[UptakeRatio], cohort: BestContrast | None) -> dict[str, Any]:
    handles: dict[str, Any] = {}
    by_lesion: dict[tuple[str, str], list[UptakeRatio]] = {}
    for r in ratios:
        by_lesion.setdefault((r.patient, r.lesion), []).append(r)
    alpha = 0.7 if len(by_lesion) <= 30 else 0.35 if len(by_lesion) <= 100 else 0.2
    for mine in by_lesion.values():
        ordered = sorted(mine, key=lambda r: r.time_h)
        (thin,) = axes.plot(
            [r.time_h for r in ordered], [float(r.ratio or 0) for r in ordered], "-o", color=LESION,
            lw=0.5, ms=1.6, mew=0, alpha=alpha, zorder=2,
        )  # fmt: skip
        handles["lesion"] = thin
    axes.axhline(1.0, color="black", lw=0.6, zorder=1)
    if cohort is None or not cohort.at:
        return handles
    at = cohort.at
    (bold,) = axes.plot([a.time_h for a in at], [a.ratio for a in at], "-", color="black", lw=1.7, zorder=4)
    handles["median over patients of their lesions' medians"] = bold
    sure = [a for a in at if a.low is not None and a.high is not None]
    if sure:
        axes.errorbar(
            [a.time_h for a in sure], [a.ratio for a in sure],
            [[a.ratio - float(a.low or 0) for a in sure], [float(a.high or 0) - a.ratio for a in sure]],
            fmt="none", ecolor="black", elinewidth=0.9, capsize=2.0, zorder=4,
        )  # fmt: skip
        (bar,) = axes.plot([], [], "|", color="black", ms=7, mew=0.9)
        handles["its interval, 95 % or more"] = bar
    for a in at:
        best = a.time_h == cohort.best_h
        (dot,) = axes.plot(
            [a.time_h], [a.ratio], "D" if best else "o", color="black", ms=5.5 if best else 3.2,
            mfc="#E6A000" if best else "black", mew=0.8, zorder=5,
        )  # fmt: skip
        if best:
            handles["best of the times scanned"] = dot
    return handles
