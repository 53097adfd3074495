"""TIACs of the source regions: mean and SD over the patients, and each of them, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dossier.document.document import FigureFile
from dosimetry.dossier.figures.page import MOST_MM, column_figure, legend_below, legend_mm
from dosimetry.dossier.figures.rows import (
    DARK,
    FREE,
    DoseRow,
    at_right,
    far,
    largest,
    patient_points,
    rows_of,
)
from dosimetry.dossier.figures.words import caption, count
from milligray.figures.look import log_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dosimetry.dossier.results.results import Results

ROW_MM = 5.2
LAST = ("remainder", "whole body")


def draw_tiacs(folder: Path, results: Results, formats: Sequence[str], dpi: int) -> FigureFile:
    """A row a source region: mean, SD and each patient; the remainder and the whole body below."""
    rows = tiac_rows(results)
    sexes, everyone = results.sexes, len(results.patients)
    path = folder / "tiacs"
    legend = legend_mm(["mean ± SD", "99 women", "99 men"])
    row_mm = min(ROW_MM, (MOST_MM - 20 - legend) / len(rows))
    more: dict[str, Any] = {"formats": formats, "dpi": dpi, "simulated": results.simulated}
    with column_figure(path, max(20 + legend + row_mm * len(rows), 42.0), **more) as figure:
        axes = figure.subplots()
        _draw(axes, rows, sexes, everyone)
        figure.suptitle("Time-integrated activity coefficients", x=0.011, ha="left")
        axes.set_xlabel("h")
        legend_below(figure, *axes.get_legend_handles_labels())
    shown = "mean, SD between patients and each patient" if everyone > 1 else "one patient"
    text = (
        f"Time-integrated activity coefficients of {results.product} by source region,"
        f" {count(everyone, 'patient')}: {shown}; logarithmic axis."
    )
    if any(0 < r.n < everyone for r in rows):
        text += " n: patients in whom the region was measured, where they are not all."
    if any(v <= 0 for r in rows for v in r.each.values()):
        text += " Triangles: 0."
    told = largest([r for r in rows if r.label not in LAST], "h")
    return FigureFile(
        "", path.with_suffix(".png"), caption(results, text), caption(results, f"{text} {told}")
    )


def tiac_rows(results: Results) -> list[DoseRow]:
    """Rows by source region, the largest mean first, then the remainder and the whole body."""
    rows = [r for r in rows_of(results.table("tiac"), "source", "tiac_h") if r.mean is not None or r.each]
    rows.sort(key=lambda r: (r.label in LAST, r.label == LAST[1], -(r.mean or 0.0)))
    return rows


def _draw(axes: Axes, rows: Sequence[DoseRow], sexes: dict[str, str], everyone: int) -> None:
    place = np.arange(len(rows))[::-1]
    values = [v for r in rows for v in (r.mean, *r.each.values()) if v is not None and v > 0]
    low, high = (min(values), max(values)) if values else (0.1, 1.0)
    margin = max((high / low) ** 0.06, 1.15)
    low, high = low / margin, high * margin
    for row in rows:
        if row.n != everyone and far(row) > 0:
            high = max(high, low * (far(row) / low) ** (1 / FREE))
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    ticks = log_ticks(low, high, 21.0)  # labels stand side by side, wider than high
    axes.set_xticks(ticks, [f"{v:g}" for v in ticks])
    axes.xaxis.minorticks_off()
    if everyone > 1:
        patient_points(axes, rows, place, sexes)
    shown = np.array([np.nan if r.mean is None or r.mean <= 0 else r.mean for r in rows])
    bars: dict[str, Any] = {"linestyle": "none", "color": DARK, "elinewidth": 1.0, "capsize": 2.0}
    look = {"marker": "|", "markersize": 8, "markeredgewidth": 1.6, "zorder": 3, **bars}
    if everyone > 1:
        sd = np.array([np.nan if r.sd is None else r.sd for r in rows])
        left = np.where(sd < shown, sd, shown * (1 - 1e-6))  # an SD above the mean: to the axis' end
        axes.errorbar(shown, place, xerr=np.array([left, sd]), label="mean ± SD", **look)
    else:
        axes.plot(shown, place, "D", color=DARK, ms=3.4, label="value")
    for y, row in zip(place, rows, strict=True):
        if any(v <= 0 for v in row.each.values()):
            at = axes.get_yaxis_transform()
            axes.plot([0.012], [y], "<", mfc="white", mec=DARK, ms=3.5, transform=at, clip_on=False, zorder=5)
        if row.n not in (0, everyone):
            at_right(axes, y, f"n = {row.n}")
    axes.set_yticks(place, [r.label for r in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.tick_params(axis="y", length=0)
