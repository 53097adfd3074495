"""One patient's page: fits with 95 % bands and residuals, and a panel an organ."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.files.output import significant
from dosimetry.report.figures.clearance import TITLES, how_words, residual_percent
from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.organs import BEYOND
from dosimetry.report.figures.parts import (
    grid_to,
    in_state,
    line_of,
    log_limits,
    mark_below_limit,
    organ_line,
    organ_points,
    points,
)
from dosimetry.report.figures.style import decay_words, hours, legend_below, new_figure, said
from dosimetry.study.results import StudyResult
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.plots import log_band
from milligray.figures.look import PAGE_MM
from milligray.figures.styles import COLOURS, SEX_WORDS, STYLES, Style
from milligray.figures.text import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dosimetry.patients.patient import Patient

#: Up to so many organs stand in one panel; of more, each has its own.
ONE_PANEL = 5
FIT = COLOURS[0]
POINTS = Style("#000000", "o")


def draw_patient(path: Path, result: StudyResult, patient: Patient, options: FigureOptions) -> None:
    """One patient: fits with 95 % bands and residuals, organ curves."""
    mine = [c for c in result.curves if c.patient == patient.name]
    fits = [c for c in mine if not c.of_organ]
    organs = [c for c in mine if c.of_organ]
    across = 1 if options.narrow else max(len(fits), 1)
    down = -(-len(fits) // across)
    columns = 1 if len(organs) <= ONE_PANEL else 2 if options.narrow else 4
    rows = -(-len(organs) // columns) if columns > 1 else bool(organs)
    fit_mm = (56.0 if options.narrow and len(organs) > 8 else 66.0) * down + 6
    organ_mm = 0.0
    if organs:
        row_mm = 55.0 if columns == 1 else min(29.0, (PAGE_MM - fit_mm - 20) / rows)
        organ_mm = row_mm * rows + (12 if columns == 1 else 10)
    with new_figure(path, result, 12 + fit_mm + organ_mm, options) as figure:
        parts = figure.subfigures(
            1 + bool(organs), 1, squeeze=False, height_ratios=[fit_mm, organ_mm][: 1 + bool(organs)]
        )[:, 0]
        _draw_fits(parts[0], result, fits, across, options)
        if organs:
            _draw_organs(parts[1], result, organs, columns, options, row_mm - 7)
        facts = [f"{said(patient.name, 60)} ({SEX_WORDS[patient.sex][0]}), {patient.phantom}"]
        if patient.body_mass_kg is not None:
            facts.append(f"{patient.body_mass_kg:g} kg")
        if patient.administered_MBq is not None:
            facts.append(f"{patient.administered_MBq:g} MBq {said(result.settings.product, 40)}")
        figure.suptitle(wrapped(", ".join(facts), int(options.width_mm / 1.75), 3), x=0.005, ha="left")


def _draw_fits(
    part: Any, result: StudyResult, fits: list[UsedCurve], across: int, options: FigureOptions
) -> None:
    """Whole body and serum with what belongs to both below them."""
    if not fits:
        return
    down = -(-len(fits) // across)
    panels = part.subplots(2 * down, across, squeeze=False, height_ratios=[3, 1] * down)
    for i, used in enumerate(fits):
        row, column = divmod(i, across)
        _draw_fit(panels[2 * row, column], panels[2 * row + 1, column], used, result, options, across)
    found: dict[str, Any] = {}
    for axes in panels.flat:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    legend_below(part, options, list(found.values()), list(found))


def _draw_fit(
    top: Axes, bottom: Axes, used: UsedCurve, result: StudyResult, options: FigureOptions, across: int
) -> None:
    """Points, fit and band over residuals."""
    curve, fit = used.curve, used.fit
    end = 1.08 * float(curve.time_h[-1])
    grid = grid_to(end)
    value = line_of(used, result.half_life_h, grid, curve.decay_corrected)
    band = None if fit is None else log_band(fit, grid)
    if band is not None:
        top.fill_between(grid, *band, color=FIT, alpha=0.2, linewidth=0, label="95 % band")
    top.plot(grid, value, color=FIT, label="curve whose area is taken")
    points(
        top,
        curve.time_h,
        curve.value,
        curve.sd,
        POINTS,
        label=f"{result.settings.data} data",
        markeredgewidth=0,
    )
    mark_below_limit(top, used, result.half_life_h, curve.decay_corrected, POINTS.colour)
    log_limits(top, curve.value, value)
    top.set_ylabel(curve.unit.replace("/", " per "))
    facts = _facts(used)
    top.set_title("\n".join(facts), fontsize=6, fontweight="normal", linespacing=1.1)
    above = 5 + 7.2 * len(facts)
    title = f"{TITLES[used.region]} ({decay_words(curve.decay_corrected)})"
    top.annotate(
        title, (0, 1), (0, above), xycoords="axes fraction", textcoords="offset points", fontsize=7.5,
        weight="bold",
    )  # fmt: skip
    hours(top, end, options, across)
    if fit is None:
        bottom.set_visible(False)
        return
    top.tick_params(labelbottom=False)
    top.set_xlabel("")
    residual, sd = residual_percent(used)
    bottom.errorbar(
        curve.time_h, residual, sd, **(POINTS.points() | {"elinewidth": 0.6, "markeredgewidth": 0})
    )
    bottom.axhline(0, color=FIT, linewidth=0.8)
    bottom.set_ylabel("residual / %")
    hours(bottom, end, options, across)


def _facts(used: UsedCurve) -> list[str]:
    """Method, half-lives, area and its extrapolated part."""
    lines = [how_words(used)]
    fit = used.fit
    if fit is not None:
        found = []
        for value, se in fit.biologic_half_lives_h.values():
            error = "" if se is None else f" ± {significant(se, 2)}"
            found.append(f"{significant(value)}{error}")
        lines.append(f"biologic half-life {'; '.join(found)} h")
        under, error_of_area = (fit.area, fit.se_area) if used.choice is None else used.choice.averaged_area
    else:
        assert used.area is not None
        under, error_of_area = used.area.area or float("nan"), used.area.se_area
    error = "" if error_of_area is None else f" ± {significant(error_of_area, 2)}"
    share = used.extrapolated_fraction
    beyond = "" if share is None else f", {100 * share:.0f} % extrapolated"
    lines.append(f"AUC {significant(under, 4)}{error} {used.curve.unit} h{beyond}")
    return lines


def _draw_organs(
    part: Any,
    result: StudyResult,
    organs: list[UsedCurve],
    columns: int,
    options: FigureOptions,
    room_mm: float,
) -> None:
    """Up to five organs in one panel with a legend below it, more of them each in a panel of its own."""
    end = BEYOND * max(float(c.curve.time_h[-1]) for c in organs)
    label = "% of injected activity (not decay-corrected)"
    if columns == 1:
        axes = part.subplots()
        for used, style in zip(organs, STYLES, strict=False):
            organ_line(axes, result, used, end, style)
            organ_points(axes, result, used, style, label=used.region)
        _organ_limits(axes, result, organs, end, room_mm)
        hours(axes, end, options)
        axes.set_title("Organs (dashed: before and after the data)")
        axes.set_ylabel(label.replace(" (", "\n("))
        legend_below(part, options, *axes.get_legend_handles_labels())
        return
    rows = -(-len(organs) // columns)
    panels = part.subplots(rows, columns, sharex=True, squeeze=False)
    for axes in panels.flat[len(organs) :]:
        axes.remove()
    for i, axes in enumerate(panels.flat[: len(organs)]):
        organ_line(axes, result, organs[i], end, Style(FIT, "o"))
        organ_points(axes, result, organs[i], POINTS, markeredgewidth=0, markersize=2.8)
        _organ_limits(axes, result, organs[i : i + 1], end, room_mm)
        hours(axes, end, options, columns)
        last = i + columns >= len(organs)
        axes.set_xlabel("")
        axes.tick_params(labelbottom=last)
        letters = int((options.width_mm / columns - 9) / 1.45)
        axes.set_title(wrapped(organs[i].region.capitalize(), letters), fontsize=6.5)
    part.supxlabel("time after administration / h; dashed: before and after the data", fontsize=7)
    part.supylabel(label, fontsize=7)


def _organ_limits(
    axes: Axes, result: StudyResult, organs: list[UsedCurve], end_h: float, room_mm: float
) -> None:
    values = [in_state(u, result.half_life_h, False).value * u.to_percent for u in organs]
    ends = [line_of(u, result.half_life_h, np.array([end_h]), False) * u.to_percent for u in organs]
    over = np.linspace(0.0, end_h, 25)  # of one point or two the line is most of what is seen
    tops = [
        line_of(u, result.half_life_h, over, False).max() * u.to_percent
        for u in organs
        if u.fit is not None and len(u.curve) < 3
    ]
    log_limits(axes, *values, *ends, *tops, room_mm=room_mm)
