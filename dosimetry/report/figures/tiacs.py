"""TIACs of the source regions: a bar a patient, or their spread over many patients."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, legend_rows, new_figure
from dosimetry.study.results import EACH, StudyResult
from milligray.figures.look import PAGE_MM
from milligray.figures.styles import SEX_WORDS, SEXES, STYLES
from milligray.figures.text import short_names

if TYPE_CHECKING:
    import pandas as pd

REST = "#D0D0D0"
#: Up to so many patients have a bar each.
MOST_BARS = 40


def draw_tiacs(path: Path, result: StudyResult, options: FigureOptions) -> None:
    """Each patient's TIACs as one bar from the source regions to the whole body; of many, their spread."""
    t = result.tiac[(result.tiac["statistic"] == EACH) & (result.tiac["source"] != "whole body")]
    table = t.pivot_table(index="patient", columns="source", values="tiac_h", sort=False)
    table = table.reindex([p.name for p in result.patients])
    sources = sorted((c for c in table.columns if c != "remainder"), key=lambda c: -table[c].mean())
    if "remainder" in table:
        sources.append("remainder")
    if len(table) > MOST_BARS:
        _spread(path, result, table[sources], options)
    else:
        _bars(path, result, table[sources], options)


def _bars(path: Path, result: StudyResult, table: pd.DataFrame, options: FigureOptions) -> None:
    names = list(table.index)
    place = np.arange(len(names))
    legend_mm = 3.4 * legend_rows([str(c) for c in table], options)
    row_mm = min(6.0, (PAGE_MM - legend_mm - 24) / len(names))
    with new_figure(path, result, 22 + row_mm * max(len(names), 2) + legend_mm, options) as figure:
        axes = figure.subplots()
        left = np.zeros(len(names))
        for i, source in enumerate(table):
            style = STYLES[i % len(STYLES)]
            rest = source == "remainder"
            width = table[source].fillna(0).to_numpy()
            axes.barh(
                place, width, left=left, height=0.74, label=str(source), linewidth=0.2, edgecolor="white",
                color=REST if rest else style.colour, hatch=None if rest else style.hatch,
            )  # fmt: skip
            left += width
        for y, total in zip(place, left, strict=True):
            axes.annotate(
                f"{total:.1f}", (total, y), (2, 0), textcoords="offset points", va="center", fontsize=6
            )
        short = short_names(names, 16 if options.narrow else 30)
        axes.set_yticks(place, [short[n] for n in names])
        axes.set_ylim(len(names) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(False, axis="y")
        axes.set_xlim(0, 1.08 * left.max())
        axes.set_xlabel(
            "time-integrated activity coefficient / h"
            + ("" if options.narrow else "; the bar's end is the sum")
        )
        axes.set_title("TIACs of the source regions")
        legend_below(figure, options, *axes.get_legend_handles_labels())


def _spread(path: Path, result: StudyResult, table: pd.DataFrame, options: FigureOptions) -> None:
    """A row a source region: median, quartiles, and a point a patient."""
    sex = {p.name: p.sex for p in result.patients}
    place = np.arange(len(table.columns))
    row_mm = min(7.0, (PAGE_MM - 30) / len(place))
    with new_figure(path, result, 30 + row_mm * len(place), options) as figure:
        axes = figure.subplots()
        for i, source in enumerate(table):
            values = table[source].dropna()
            values = values[values > 0]
            low, median, high = np.quantile(values, (0.25, 0.5, 0.75))
            bar: dict[str, Any] = {
                "height": 0.74,
                "color": "#DDE1E6",
                "label": "quartiles" if i == 0 else None,
            }
            axes.barh(i, high - low, left=low, **bar)
            axes.plot(
                [median] * 2, [i - 0.37, i + 0.37], color="black", lw=1.2, label=None if i else "median"
            )
        for one, style in SEXES.items():
            who = [n for n in table.index if sex[n] == one]
            if who:
                points = table.loc[who].to_numpy()
                y = place + _heights(len(who))[:, None] * 0.3
                look = {**style.points(), "markersize": 1.8, "alpha": 0.5, "markeredgewidth": 0}
                axes.plot(
                    np.ravel(points), np.ravel(y), label=f"{len(who)} {SEX_WORDS[one][len(who) > 1]}", **look
                )
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda v, _: f"{v:g}")
        axes.set_yticks(place, [str(c) for c in table])
        axes.set_ylim(len(place) - 0.4, -0.6)
        axes.grid(False, axis="y")
        axes.set_xlabel("time-integrated activity coefficient / h")
        axes.set_title(f"TIACs of the source regions, {len(table)} patients")
        legend_below(figure, options, *axes.get_legend_handles_labels())


def _heights(n: int) -> np.ndarray:
    """Places between -1 and 1 that neighbours in a list do not share: the golden ratio's."""
    return 2 * ((np.arange(n) * 0.6180339887) % 1.0) - 1 if n > 1 else np.zeros(1)
