"""Clearance of the whole body and of serum on one page: their means with SE, and each patient's."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dossier.document.document import FigureFile
from dosimetry.dossier.figures.curves import CLEARANCE, UNITS, Biologic, Mean, mean_line, panels
from dosimetry.dossier.figures.page import column_figure, hours, legend_below, legend_mm
from dosimetry.dossier.figures.words import caption, count
from dosimetry.report.figures.parts import BEYOND, grid_to, log_limits, median_legend, medians, points
from milligray.figures.styles import COLOURS, STYLES, Style
from milligray.figures.text import short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dosimetry.dossier.results.results import Results

#: Up to so many patients each has a style of its own.
FEW = 10
PANEL_MM = 58.0
BAND, DARK, POINT = "#C9D3DC", "#1E1E1E", "#6E6E6E"
#: Lines of patients, so that they are told apart without colours too: with ten markers fifty ways.
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 1.5)),
    (0, (1.2, 1.2)),
    (0, (6, 1.5, 1.2, 1.5)),
    (0, (3, 1, 1, 1, 1, 1)),
)


def draw_mean_clearance(
    folder: Path, results: Results, formats: Sequence[str], dpi: int
) -> FigureFile | None:
    """Mean of the patients' fitted curves with SE, their points behind it; None without such curves."""
    found = panels(results)
    if not found:
        return None
    path = folder / "clearance_mean"
    last_h = max(float(b.time_h[-1]) for curves in found.values() for b in curves)
    grid = grid_to(1.02 * last_h)
    means: dict[str, Mean] = {}
    more = {"formats": formats, "dpi": dpi, "simulated": results.simulated}
    several = any(len(curves) > 1 for curves in found.values())
    labels = ["mean", "standard error of the mean", "a patient's measurement"][0 if several else 2 :]
    height = PANEL_MM * len(found) + legend_mm(labels) + 8
    with column_figure(path, height, **more) as figure:  # type: ignore[arg-type]
        all_axes = figure.subplots(len(found), 1, squeeze=False, sharex=True)[:, 0]
        for axes, (region, curves) in zip(all_axes, found.items(), strict=True):
            means[region] = mean = mean_line(curves, grid)
            _mean(axes, curves, mean)
            _finish(axes, region, curves, last_h, label=axes is all_axes[-1])
        legend_below(figure, *_mean_legend(labels))
    return FigureFile("", path.with_suffix(".png"), *_mean_words(results, found, means))


def _mean(axes: Axes, curves: Sequence[Biologic], mean: Mean) -> None:
    """Points of all patients, the band of the SE, the mean; dashed where not all were measured."""
    few = len(curves) <= FEW
    size = 2.6 if few else 1.8
    for b in curves:
        grey = Style(POINT, "o")
        points(axes, b.time_h, b.value, None, grey, markersize=size, markeredgewidth=0, alpha=0.6, zorder=1)
    drawn = [b.value for b in curves] + [mean.value]
    if mean.se is not None:
        low = np.where(mean.value > mean.se, mean.value - mean.se, np.nan)
        band: dict[str, Any] = {"color": BAND, "lw": 0, "zorder": 2, "alpha": 0.9}
        axes.fill_between(mean.time_h, low, mean.value + mean.se, **band)
        drawn += [low, mean.value + mean.se]
    within = mean.time_h <= mean.shared_h
    beyond = mean.time_h >= mean.time_h[within].max(initial=0.0)
    axes.plot(mean.time_h[within], mean.value[within], color=DARK, lw=1.4, zorder=3)
    axes.plot(mean.time_h[beyond], mean.value[beyond], color=DARK, lw=1.2, ls=BEYOND, zorder=3)
    log_limits(axes, *drawn)


def _mean_legend(labels: list[str]) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    known: dict[str, Any] = {
        "mean": Line2D([], [], color=DARK, lw=1.4),
        "standard error of the mean": Patch(color=BAND, lw=0),
        "a patient's measurement": Line2D([], [], ls="none", marker="o", color=POINT, ms=2.6, mew=0),
    }
    return [known[label] for label in labels], labels


def _mean_words(
    results: Results, found: dict[str, list[Biologic]], means: dict[str, Mean]
) -> tuple[str, str]:
    of = " and ".join(f"{r if r != 'whole body' else 'the whole body'} (n = {means[r].n})" for r in found)
    fitted = all(b.curve.parameters for curves in found.values() for b in curves)
    lines = "fitted curves" if fitted else "curves"
    several = any(m.se is not None for m in means.values())
    dashed = any(m.shared_h < max(float(b.time_h[-1]) for b in found[r]) for r, m in means.items())
    text = [
        f"Clearance of {results.product} from {of}, corrected for decay.",
        f"Line: mean of the patients' {lines}"
        + ("; band: standard error of the mean (SD between patients/√n)" if several else "")
        + ("; dashed: after the last measurement of some patient" if dashed else "")
        + "; points: measurements.",
    ]
    told = [
        f"{CLEARANCE[r]}: {m.value[0]:.3g} {found[r][0].curve.unit} at the start,"
        f" {np.interp(m.shared_h, m.time_h, m.value):.3g} at {m.shared_h:.0f} h."
        for r, m in means.items()
    ]
    return caption(results, " ".join(text)), caption(results, " ".join([text[0], *told]))


def draw_patients_clearance(
    folder: Path, results: Results, formats: Sequence[str], dpi: int
) -> FigureFile | None:
    """Each patient's points and fit; of more than ten patients the medians by sex. None without curves."""
    found = panels(results)
    if not found:
        return None
    path = folder / "patients_clearance"
    few = len(results.patients) <= FEW
    last_h = max(float(b.time_h[-1]) for curves in found.values() for b in curves)
    grid, sexes = grid_to(1.02 * last_h), results.sexes
    look = patient_looks(results.patients) if few else {}
    handles, labels = _patient_legend(results, found, look)
    height = PANEL_MM * len(found) + legend_mm(labels) + 8
    more = {"formats": formats, "dpi": dpi, "simulated": results.simulated, "texts": results.patients}
    with column_figure(path, height, **more) as figure:  # type: ignore[arg-type]
        all_axes = figure.subplots(len(found), 1, squeeze=False, sharex=True)[:, 0]
        for axes, (region, curves) in zip(all_axes, found.items(), strict=True):
            lines = {b.curve.patient: b.line(grid) for b in curves}
            for b in curves:
                _patient(axes, b, lines[b.curve.patient], grid, look)
            if not few:
                medians(axes, lines, grid, sexes)
            log_limits(axes, *lines.values(), *(b.value for b in curves))
            _finish(axes, region, curves, last_h, label=axes is all_axes[-1])
        legend_below(figure, handles, labels)
    n = len(results.patients)
    what = (
        "points with SD and fitted curve" if few else "points, and medians and quartiles of the curves by sex"
    )
    text = (
        f"Clearance of {results.product} from {' and '.join(_the(r) for r in found)} of"
        f" {count(n, 'patient')}, corrected for decay: {what}."
    )
    told = [f"{CLEARANCE[r]}: {count(len(curves), 'curve')}." for r, curves in found.items()]
    return FigureFile(
        "", path.with_suffix(".png"), caption(results, text), caption(results, " ".join([text, *told]))
    )


def patient_looks(patients: Sequence[str]) -> dict[str, Style]:
    """A colour, marker and line for each of up to ten patients, none of which stands twice without colour."""
    markers = [s.marker for s in STYLES[: len(COLOURS)]]
    return {
        name: Style(COLOURS[i % 10], markers[i % 10], bool(i % 2), DASHES[(i + i // 5) % 5])
        for i, name in enumerate(patients)
    }


def _patient(axes: Axes, b: Biologic, line: np.ndarray, grid: np.ndarray, look: dict[str, Style]) -> None:
    style = look.get(b.curve.patient)
    if style is None:
        grey = Style(POINT, "o")
        points(axes, b.time_h, b.value, None, grey, markersize=1.6, markeredgewidth=0, alpha=0.5, zorder=1)
        return
    points(axes, b.time_h, b.value, b.sd, style, markersize=3.4)
    axes.plot(grid, line, color=style.colour, ls=style.line, lw=0.9)


def _patient_legend(
    results: Results, found: dict[str, list[Biologic]], look: dict[str, Style]
) -> tuple[list[Any], list[str]]:
    from matplotlib.lines import Line2D

    if not look:
        there = list(dict.fromkeys(b.curve.patient for curves in found.values() for b in curves))
        sexes = results.sexes
        return median_legend([sexes[p] for p in there], "fits")
    short = short_names(results.patients, 14)
    handles = [Line2D([], [], **{**s.points(), "linestyle": s.line, "lw": 0.9}) for s in look.values()]
    return handles, [short[name] for name in look]


def _the(region: str) -> str:
    return "the whole body" if region == "whole body" else region


def _finish(axes: Axes, region: str, curves: Sequence[Biologic], last_h: float, *, label: bool) -> None:
    unit = curves[0].curve.unit
    axes.set_ylabel(UNITS.get(unit, unit))
    axes.set_title(f"{CLEARANCE[region]}, corrected for decay")
    hours(axes, last_h, label=label)
