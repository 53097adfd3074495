"""Rows of a figure: mean as a bar with SD, each patient as a point, a published value below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.dossier.figures.words import count
from milligray.figures.look import FAINT
from milligray.figures.styles import SEX_WORDS, SEXES, Style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BAR, DARK = "#D3D8DE", "#1E1E1E"
NO_VALUE = "no value; the table has the reason"
#: Men are filled circles above the middle of a bar, women hollow squares below it: told apart in grey too.
LOOKS = {
    "male": Style(SEXES["male"].colour, "o"),
    "female": Style(SEXES["female"].colour, "s", hollow=True),
}
PLACES = {"male": (0.08, 0.34), "female": (-0.26, -0.08)}
PUBLISHED = -0.34
#: Where a row says n at its right end, values go no farther than this share of the axis.
FREE = 0.84


@dataclass(frozen=True)
class DoseRow:
    """One row.

    mean, sd : of the cohort; None where there is none.
    n : patients who count.
    each : patient -> value, of those who count.
    published, published_sd : of a paper; None where it has none.
    """

    label: str
    mean: float | None
    sd: float | None
    n: int
    each: Mapping[str, float] = field(default_factory=dict)
    published: float | None = None
    published_sd: float | None = None


def rows_of(frame: pd.DataFrame, key: str, value: str) -> list[DoseRow]:
    """Rows of a result table by a column, in its order, with what the cohort's rows and the patients' say."""
    cohort = frame[frame["patient"] == "cohort"]
    mean = cohort[cohort["statistic"] == "mean"].drop_duplicates(key).set_index(key)
    sd = cohort[cohort["statistic"] == "sd"].drop_duplicates(key).set_index(key)[value]
    own = frame[(frame["statistic"] == "value") & (frame["n"] > 0) & frame[value].notna()]
    by_key = {k: dict(zip(g["patient"], g[value], strict=True)) for k, g in own.groupby(key, sort=False)}
    return [
        DoseRow(
            k,
            number(mean[value].get(k)),
            number(sd.get(k)),
            int(mean["n"].get(k, 0) or 0),
            by_key.get(k, {}),
        )
        for k in dict.fromkeys(frame[key])
    ]


def number(value: Any) -> float | None:
    """A number, or None where a table has none."""
    return None if value is None or value != value else float(value)


def draw_rows(
    axes: Axes, rows: Sequence[DoseRow], sexes: Mapping[str, str], *, everyone: int, published_by: str = ""
) -> None:
    """Rows from the top; their handles and labels are those of the axes.

    everyone : patients of the study; a row of fewer says so.
    """
    place = np.arange(len(rows))[::-1]
    several = any(len(r.each) > 1 for r in rows)
    means = np.array([np.nan if r.mean is None else r.mean for r in rows])
    axes.barh(place, means, height=0.84, color=BAR, label="mean ± SD" if several else "value", zorder=1)
    if several:
        patient_points(axes, rows, place, sexes)
        sds = np.array([np.nan if r.sd is None else r.sd for r in rows])
        look: dict[str, Any] = {"linestyle": "none", "color": DARK, "elinewidth": 0.9, "capsize": 1.8}
        axes.errorbar(means, place, xerr=sds, zorder=3, **look)
    theirs = np.array([np.nan if r.published is None else r.published for r in rows])
    if np.isfinite(theirs).any():
        their_sd = np.array([np.nan if r.published_sd is None else r.published_sd for r in rows])
        diamond: dict[str, Any] = {
            "marker": "D", "markersize": 3.0, "markerfacecolor": "white", "markeredgewidth": 0.7,
            "linestyle": "none", "color": DARK, "elinewidth": 0.6, "zorder": 4,
        }  # fmt: skip
        axes.errorbar(theirs, place + PUBLISHED, xerr=their_sd, label=published_by, **diamond)
    axes.set_yticks(place, [r.label for r in rows])
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.tick_params(axis="y", length=0)
    axes.grid(False, axis="y")
    right = max([axes.get_xlim()[1], *(far(r) / FREE for r in rows if r.n != everyone)])
    axes.set_xlim(0, right)
    for y, row in zip(place, rows, strict=True):
        if row.mean is None:
            axes.annotate(NO_VALUE, (0, y), (3, 0), textcoords="offset points", va="center", color=FAINT)
        elif row.n != everyone:
            at_right(axes, y, f"n = {row.n}")


def far(row: DoseRow) -> float:
    """The largest value that is drawn in a row; 0 of none."""
    ends = [(row.mean or 0.0) + (row.sd or 0.0), (row.published or 0.0) + (row.published_sd or 0.0)]
    return max([*ends, *row.each.values()])


def at_right(axes: Axes, y: float, text: str) -> None:
    """A text at the right end of a row."""
    white: dict[str, Any] = {"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none"}
    axes.text(
        1.0, y, text, transform=axes.get_yaxis_transform(), ha="right", va="center", bbox=white, zorder=5
    )


def patient_points(axes: Axes, rows: Sequence[DoseRow], place: np.ndarray, sexes: Mapping[str, str]) -> None:
    """Each patient of each row, men above the middle, women below."""
    many = len(sexes) > 20
    for sex, style in LOOKS.items():
        who = [p for p, s in sexes.items() if s == sex]
        if not who:
            continue
        low, high = PLACES[sex]
        at = dict(zip(who, low + (high - low) * ((0.5 + 0.618034 * np.arange(len(who))) % 1.0), strict=True))
        xy = [(r.each[p], y + at[p]) for r, y in zip(rows, place, strict=True) for p in who if p in r.each]
        if not xy:
            continue
        look = {
            **style.points(), "markersize": 1.7 if many else 2.5, "markeredgewidth": 0.4,
            "alpha": 0.6 if many else 0.9, "zorder": 2,
        }  # fmt: skip
        label = f"{len(who)} {SEX_WORDS[sex][len(who) > 1]}"
        axes.plot(*zip(*xy, strict=True), label=label, **look)


def largest(rows: Sequence[DoseRow], unit: str, most: int = 4) -> str:
    """The largest means in words, for those who cannot see them."""
    known = sorted(((r.mean, r) for r in rows if r.mean is not None), key=lambda pair: -pair[0])[:most]
    told = [
        f"{r.label} {mean:.3g}" + ("" if r.sd is None else f" ± {r.sd:.2g}") + f" {unit}" for mean, r in known
    ]
    return f"Largest of {count(len(rows), 'row')}: {', '.join(told)}."
