"""Organ doses and effective dose: means as bars, patients as points, published values beside them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, new_figure, said
from dosimetry.study.results import COHORT, EACH, STATISTICS, StudyResult
from milligray.figures.look import FAINT, PAGE_MM
from milligray.figures.styles import SEX_WORDS, SEXES

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BAR = "#D3D8DE"
DARK = "#1E1E1E"
#: Points of men stand above the middle of a bar, those of women below it, published values at its foot.
ROWS = {"male": (0.08, 0.32), "female": (-0.24, -0.08)}
PUBLISHED = -0.33


def draw_doses(path: Path, result: StudyResult, options: FigureOptions) -> None:
    """Mean organ doses as bars with SD, each patient as a point, published values; effective dose below."""
    organs = _table(result.organ_doses, ["target"], "dose_mGy_per_MBq")
    effective = _table(result.effective_dose, ["quantity", "weights"], "effective_dose_mSv_per_MBq")
    rows = len(organs[0]) + len(effective[0])
    row_mm = min(6.0, (PAGE_MM - 52) / rows)
    heights = [row_mm * len(organs[0]), row_mm * len(effective[0])]
    with new_figure(path, result, 46 + row_mm * rows, options) as figure:
        top, bottom = figure.subplots(2, 1, height_ratios=heights)
        published = result.comparison
        by_target = None
        if len(published):
            by_target = published[published["unit"] == "mGy/MBq"].set_index("target").reindex(organs[0].index)
        _draw_rows(top, result, *organs, _counted(result, organs[0].index), by_target)
        top.set_xlabel("absorbed dose / (mGy/MBq)")
        top.set_title(f"Organ doses, {said(result.settings.product, 60)}")
        names = [_words(*pair) for pair in effective[0].index]
        of_effective = None
        if len(published):
            keys = [f"{quantity}, {weights}" for quantity, weights in effective[0].index]
            of_effective = published[published["unit"] == "mSv/MBq"].set_index("target").reindex(keys)
        _draw_rows(bottom, result, *effective, names, of_effective)
        _sex_averaged(bottom, result, list(effective[0].index))
        bottom.set_xlabel("effective dose / (mSv/MBq)")
        found: dict[str, Any] = {}
        for axes in (top, bottom):
            handles, labels = axes.get_legend_handles_labels()
            found |= dict(zip(labels, handles, strict=True))
        order = sorted(found, key=lambda label: not label.startswith("mean"))
        legend_below(figure, options, [found[k] for k in order], order)


def _table(frame: pd.DataFrame, keys: list[str], value: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Statistics of the cohort by key, what has none and the smallest mean first; and each who counts."""
    cohort = frame[(frame["patient"] == COHORT) & frame["statistic"].isin(STATISTICS)]
    statistics = cohort.pivot_table(index=keys, columns="statistic", values=value, dropna=False, sort=False)
    if len(keys) == 1:
        statistics = statistics.reindex(columns=list(STATISTICS)).sort_values("mean", na_position="first")
    else:  # as the study names them, from the top
        statistics = statistics.reindex(columns=list(STATISTICS)).dropna(how="all").iloc[::-1]
    each = frame[(frame["statistic"] == EACH) & (frame["n"] > 0)]
    return statistics, each.pivot_table(index=keys, columns="patient", values=value).reindex(statistics.index)


def _counted(result: StudyResult, targets: Iterable[str]) -> list[str]:
    """Names of targets, with the number of patients where it is not that of all."""
    d = result.organ_doses
    means = d[(d["patient"] == COHORT) & (d["statistic"] == "mean")].set_index("target")["n"]
    n = {t: int(means[t]) for t in means.index if means[t] == means[t]}
    everyone = len(result.patients)
    return [t if n.get(t, everyone) == everyone else f"{t} (n = {n[t]})" for t in targets]


def _words(quantity: str, weights: str) -> str:
    return f"{quantity},\n{weights}" if len(quantity) + len(weights) > 24 else f"{quantity}, {weights}"


def _draw_rows(
    axes: Axes,
    result: StudyResult,
    cohort: pd.DataFrame,
    each: pd.DataFrame,
    names: list[str],
    published: pd.DataFrame | None,
) -> None:
    """A row a target: bar and SD of the cohort, points of patients, a published value."""
    place = np.arange(len(cohort))
    n = len(result.patients)
    simulated = "simulated " if result.simulated else ""
    label = f"mean of {n} {simulated}patients ± SD" if n > 1 else f"one {simulated}patient"
    axes.barh(place, cohort["mean"], height=0.82, color=BAR, label=label)
    if n > 1:
        axes.errorbar(
            cohort["mean"],
            place,
            xerr=cohort["sd"],
            linestyle="none",
            color=DARK,
            elinewidth=0.9,
            capsize=1.8,
        )
        _draw_patients(axes, result, each, place)
    for y, mean in zip(place, cohort["mean"], strict=True):
        if mean != mean:
            axes.annotate("no value; reason in the table", (0, y), (3, 0), textcoords="offset points",
                          va="center", fontsize=6, color=FAINT)  # fmt: skip
    if published is not None and len(published) and published["published_mean"].notna().any():
        axes.errorbar(
            published["published_mean"], place + PUBLISHED, xerr=published["published_sd"], linestyle="none",
            marker="D", markersize=3, markerfacecolor="white", markeredgewidth=0.7, color=DARK,
            elinewidth=0.6, label=said(str(published["published_by"].dropna().iloc[0]), 40),
        )  # fmt: skip
    axes.set_yticks(place, names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(cohort) - 0.4)
    axes.set_xlim(left=0)
    axes.grid(False, axis="y")


def _draw_patients(axes: Axes, result: StudyResult, each: pd.DataFrame, place: np.ndarray) -> None:
    """Points of men above the middle of each bar, of women below it."""
    many = len(result.patients) > 20
    for sex, style in SEXES.items():
        who = [p.name for p in result.patients if p.sex == sex and p.name in each]
        if not who:
            continue
        low, high = ROWS[sex]
        spread = low + (high - low) * ((0.5 + 0.618034 * np.arange(len(who))) % 1.0)
        look = {
            **style.points(), "markersize": 1.8 if many else 2.4, "markeredgewidth": 0,
            "alpha": 0.55 if many else 0.85,
        }  # fmt: skip
        label = f"{len(who)} {SEX_WORDS[sex][len(who) > 1]}"
        axes.plot(each[who].to_numpy().ravel(), (place[:, None] + spread).ravel(), label=label, **look)


def _sex_averaged(axes: Axes, result: StudyResult, keys: list[tuple[str, str]]) -> None:
    """A line where ICRP 103's dose is averaged over the sexes, as it defines it."""
    e = result.effective_dose
    for _, row in e[e["statistic"] == "sex-averaged"].iterrows():
        key = (row["quantity"], row["weights"])
        if key in keys and row["effective_dose_mSv_per_MBq"] == row["effective_dose_mSv_per_MBq"]:
            y = keys.index(key)
            x = [row["effective_dose_mSv_per_MBq"]] * 2
            axes.plot(x, [y - 0.41, y + 0.41], color=DARK, lw=1.4, ls=(0, (1, 0.6)), label="sex-averaged")
