"""Organ doses and effective dose of a study, with published values beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.dossier.document.document import FigureFile
from dosimetry.dossier.figures.page import MOST_MM, column_figure, legend_below, legend_mm, said
from dosimetry.dossier.figures.rows import DARK, DoseRow, draw_rows, largest, number, rows_of
from dosimetry.dossier.figures.words import caption, count

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from dosimetry.dossier.results.results import Results

#: Height of a row, mm: as it is, and the least at which names of 7 points stand apart.
ROW_MM, LEAST_ROW_MM = 4.1, 3.0
#: What a figure needs beside rows and legend: two titles, two axes with their labels, the foot.
BESIDE_MM = 34.0
SEX_AVERAGED = "sex-averaged, ICRP 103"


def draw_organ_doses(folder: Path, results: Results, formats: Sequence[str], dpi: int) -> list[FigureFile]:
    """Organ doses, the largest first, over the effective doses; more than a page of organs on several."""
    sexes, everyone = results.sexes, len(results.patients)
    organs, effective, by = dose_rows(results)
    averaged = sex_averaged(results)
    more: dict[str, Any] = {"formats": formats, "dpi": dpi, "simulated": results.simulated}
    legend = legend_mm(["mean ± SD", "99 women", by or "x", SEX_AVERAGED])
    most = int((MOST_MM - BESIDE_MM - legend) / LEAST_ROW_MM) - len(effective)
    pages = [organs[i : i + most] for i in range(0, len(organs), most)]
    found = []
    for i, page in enumerate(pages, 1):
        below = effective if i == len(pages) else []
        rows = len(page) + len(below)
        path = folder / ("doses" if i == 1 else f"doses_{i}")
        row_mm = min(ROW_MM, (MOST_MM - BESIDE_MM - legend) / rows)
        heights = [len(page) + 1.0, len(below) + 1.0] if below else [1.0]
        with column_figure(path, BESIDE_MM + legend + row_mm * rows, texts=(by,), **more) as figure:
            panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
            titles = ["Absorbed dose", "Effective dose"]
            units = ["mGy/MBq", "mSv/MBq"]
            for axes, shown, title, unit in zip(panels, (page, below), titles, units, strict=False):
                draw_rows(axes, shown, sexes, everyone=everyone, published_by=by)
                axes.set_title(title)
                axes.set_xlabel(unit)
            if below and averaged:
                _mark(panels[-1], below, averaged)
            legend_below(figure, *_legend(list(panels)))
        found.append(
            FigureFile("", path.with_suffix(".png"), *_words(results, page, below, by, i, len(pages)))
        )
    return found


def dose_rows(results: Results) -> tuple[list[DoseRow], list[DoseRow], str]:
    """Rows of organs, the largest mean first, those without one last; of effective doses; who published."""
    doses, effective = results.table("organ_doses"), results.table("effective_dose")
    name = effective["quantity"] + ", " + effective["weights"]
    organs = rows_of(doses, "target", "dose_mGy_per_MBq")
    totals = rows_of(effective.assign(name=name), "name", "effective_dose_mSv_per_MBq")
    published = results.table("comparison")
    by = ""
    if len(published):
        by = said(str(published["published_by"].iloc[0]), 34)
        mean = dict(zip(published["target"], published["published_mean"], strict=True))
        sd = dict(zip(published["target"], published["published_sd"], strict=True))
        organs, totals = (
            [
                replace(r, published=number(mean.get(r.label)), published_sd=number(sd.get(r.label)))
                for r in rows
            ]
            for rows in (organs, totals)
        )
    organs.sort(key=lambda r: -1.0 if r.mean is None else r.mean, reverse=True)
    return organs, [_short(r) for r in totals], by


def _short(row: DoseRow) -> DoseRow:
    """An effective dose's row with its name in two lines where it is long."""
    quantity, _, weights = row.label.partition(", ")
    return replace(row, label=f"{quantity},\n{weights}" if len(row.label) > 25 else row.label)


def sex_averaged(results: Results) -> dict[str, float]:
    """Name of an effective dose -> its value averaged over the sexes as ICRP 103 defines it."""
    e = results.table("effective_dose")
    rows = e[(e["statistic"] == "sex-averaged") & e["effective_dose_mSv_per_MBq"].notna()]
    names = rows["quantity"] + ", " + rows["weights"]
    return dict(zip(names, rows["effective_dose_mSv_per_MBq"], strict=True))


def _mark(axes: Axes, rows: Sequence[DoseRow], averaged: dict[str, float]) -> None:
    for y, row in zip(range(len(rows))[::-1], rows, strict=True):
        value = averaged.get(row.label.replace("\n", " "))
        if value is not None:
            dots: dict[str, Any] = {"color": DARK, "lw": 1.5, "ls": (0, (1, 0.6)), "zorder": 4}
            axes.plot([value, value], [y - 0.42, y + 0.42], label=SEX_AVERAGED, **dots)


def _legend(panels: Sequence[Axes]) -> tuple[list[Any], list[str]]:
    found: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    order = sorted(found, key=lambda label: not label.startswith(("mean", "value")))
    return [found[k] for k in order], order


def _words(
    results: Results, page: Sequence[DoseRow], below: Sequence[DoseRow], by: str, i: int, pages: int
) -> tuple[str, str]:
    n = len(results.patients)
    part = f" (page {i} of {pages})" if pages > 1 else ""
    what = "Organ doses and effective dose" if below else "Organ doses"
    shown = "bars: mean; lines: SD between patients; points: patients" if n > 1 else "one patient"
    theirs = any(r.published is not None for r in (*page, *below))
    text = f"{what} of {results.product} per administered activity, {count(n, 'patient')}{part}; {shown}."
    if theirs:
        text += f" Diamonds: published means ± SD, {by}."
    if any(0 < r.n < n for r in (*page, *below)):
        text += " n: patients who count, where they are not all."
    told = [largest(page, "mGy/MBq")]
    told += [f"{r.label}: {r.mean:.3g} mSv/MBq." for r in below if r.mean is not None]
    return caption(results, text), caption(results, " ".join([text, *told]).replace("\n", " "))
