"""Activity in each organ, all patients: pages of small panels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.report.figures.clearance import counted_words, how_words
from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.parts import (
    grid_to,
    in_state,
    line_of,
    log_limits,
    median_legend,
    medians,
    organ_line,
    organ_points,
)
from dosimetry.report.figures.style import FEW_PATIENTS, hours, legend_below, look_of, new_figure
from dosimetry.study.results import StudyResult
from dosimetry.tiacs.tiacs import UsedCurve
from milligray.figures.look import FAINT, PAGE_MM
from milligray.figures.text import short_names, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Curves go on so far beyond the last point, as a part of its time.
BEYOND = 1.25


def organ_pages(result: StudyResult, options: FigureOptions) -> list[list[str]]:
    """Source regions with a curve, in the order of the tables, by page, pages about equally full."""
    regions = list(dict.fromkeys(c.region for c in result.curves if c.of_organ))
    most = 12 if options.narrow else 15
    pages = -(-len(regions) // most)
    size = -(-len(regions) // pages) if pages else 0
    return [regions[i * size : (i + 1) * size] for i in range(pages)]


def draw_organs(path: Path, result: StudyResult, regions: list[str], options: FigureOptions) -> None:
    """Activity in these organs, all patients; dashed where there are no data."""
    few = len(result.patients) <= FEW_PATIENTS
    curves = [c for c in result.curves if c.of_organ]
    end = BEYOND * max(float(c.curve.time_h[-1]) for c in curves)
    columns = min(len(regions), 2 if options.narrow or len(regions) <= 4 else 3)
    rows = -(-len(regions) // columns)
    row_mm = min(30.0 if options.narrow else 36.0 if columns == 3 else 58.0, (PAGE_MM - 40) / rows)
    with new_figure(path, result, 38 + row_mm * rows, options) as figure:
        panels = figure.subplots(rows, columns, sharex=True, squeeze=False)
        for axes, region in zip(panels.flat, regions, strict=False):
            _draw_panel(axes, result, result.of(region), end, row_mm - 8)
            letters = int((options.width_mm / columns - 9) / 1.6)
            axes.set_title(wrapped(region.capitalize(), letters))
        for axes in panels.flat[len(regions) :]:
            axes.remove()
        for i, axes in enumerate(panels.flat[: len(regions)]):
            hours(axes, end, options, columns)
            last = i + columns >= len(regions)
            words = "time / h" if options.narrow else "time after administration / h"
            axes.set_xlabel(words if i >= columns * (rows - 1) else "")
            axes.tick_params(labelbottom=last)
        figure.supylabel("activity in the organ / % of injected activity (not decay-corrected)", fontsize=7)
        shown = [c for c in curves if c.region in regions]
        words = f"Lines: {counted_words(how_words(c) for c in shown)}. Dashed: before and after the data."
        letters = int(options.width_mm / 1.25)
        figure.suptitle(
            wrapped(words, letters, 4), fontsize=6.5, weight="normal", x=0.005, ha="left", color=FAINT
        )
        if few:
            handles = {
                h: a for axes in panels.flat for a, h in zip(*axes.get_legend_handles_labels(), strict=True)
            }
            short = short_names([p.name for p in result.patients], 14 if options.narrow else 24)
            names = [p.name for p in result.patients if p.name in handles]
            legend_below(figure, options, [handles[n] for n in names], [short[n] for n in names])
        else:
            who = {c.patient for c in shown}
            sexes = [p.sex for p in result.patients if p.name in who]
            legend_below(figure, options, *median_legend(sexes, "curves"))


def _draw_panel(axes: Axes, result: StudyResult, used: list[UsedCurve], end_h: float, room_mm: float) -> None:
    few = len(result.patients) <= FEW_PATIENTS
    look = look_of(result.patients)
    grid = grid_to(end_h)
    percent = {u.patient: line_of(u, result.half_life_h, grid, False) * u.to_percent for u in used}
    measured = [in_state(u, result.half_life_h, False).value * u.to_percent for u in used]
    for u in used:
        style = look[u.patient]
        if few:
            organ_line(axes, result, u, end_h, style)
            organ_points(axes, result, u, style, label=u.patient)
        else:
            organ_points(axes, result, u, style, markersize=1.7, alpha=0.4, markeredgewidth=0, elinewidth=0)
    if not few:
        medians(axes, percent, grid, {p.name: p.sex for p in result.patients}, width=1.2)
    ends = [line[-1:] for line in percent.values()]
    log_limits(axes, *measured, np.concatenate(ends), room_mm=room_mm)
