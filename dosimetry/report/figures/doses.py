"""TIACs and organ doses as bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dosimetry.report.figures.style import FAINT, look_of, new_figure
from dosimetry.study.results import COHORT, EACH, STATISTICS, StudyResult

BAR = "#A9CCE3"
SOURCE_COLOURS = (
    "#8C2D04", "#D55E00", "#7A5195", "#56B4E9", "#CC3311",
    "#CC79A7", "#009E73", "#E69F00", "#0072B2", "#4D4D4D",
)  # fmt: skip
REST = "#D0D0D0"


def draw_tiacs(path: Path, result: StudyResult) -> None:
    """Each patient's TIACs as one bar from the source regions to the whole body."""
    t = result.tiac[(result.tiac["statistic"] == EACH) & (result.tiac["source"] != "whole body")]
    table = t.pivot_table(index="patient", columns="source", values="tiac_h", sort=False)
    sources = sorted((c for c in table.columns if c != "remainder"), key=lambda c: -table[c].mean())
    names = [p.name for p in result.patients]
    place = np.arange(len(names))
    with new_figure(path, result, 7.6, 1.6 + 0.26 * len(names)) as figure:
        axes = figure.subplots()
        left = np.zeros(len(names))
        for i, source in enumerate([*sources, *(["remainder"] if "remainder" in table else [])]):
            width = table[source].reindex(names).fillna(0).to_numpy()
            colour = REST if source == "remainder" else SOURCE_COLOURS[i % len(SOURCE_COLOURS)]
            axes.barh(
                place,
                width,
                left=left,
                height=0.72,
                color=colour,
                edgecolor="white",
                linewidth=0.5,
                label=source,
            )
            left += width
        for y, total in zip(place, left, strict=True):
            axes.annotate(
                f"{total:.1f}", (total, y), (3, 0), textcoords="offset points", va="center", fontsize=7.5
            )
        axes.set_yticks(place, names)
        axes.invert_yaxis()
        axes.grid(False, axis="y")
        axes.set_xlim(0, 1.08 * left.max())
        axes.set_xlabel("time-integrated activity coefficient / h; the bar's end is the sum")
        axes.set_title("TIACs of the source regions")
        figure.legend(loc="outside right upper", title="source region", alignment="left")


def draw_doses(path: Path, result: StudyResult) -> None:
    """Mean organ doses as bars with SD, each patient as a point, published values beside them."""
    d = result.organ_doses
    cohort = d[d["patient"] == COHORT].pivot_table(
        index="target", columns="statistic", values="dose_mGy_per_MBq", dropna=False
    )
    cohort = cohort.reindex(columns=list(STATISTICS)).sort_values("mean")
    each = d[d["statistic"] == EACH].pivot_table(index="target", columns="patient", values="dose_mGy_per_MBq")
    place = np.arange(len(cohort))
    look = look_of(result.patients)
    published = result.comparison
    with new_figure(path, result, 7.6, 1.0 + 0.27 * len(cohort)) as figure:
        axes = figure.subplots()
        n = len(result.patients)
        simulated = "simulated " if result.simulated else ""
        label = f"mean of {n} {simulated}patients ± SD" if n > 1 else result.patients[0].name
        sd = cohort["sd"].to_numpy() if n > 1 else None
        axes.barh(place, cohort["mean"], height=0.7, color=BAR, label=label)
        if sd is not None:
            axes.errorbar(cohort["mean"], place, xerr=sd, linestyle="none", color="#1B4F72", elinewidth=1.2)
            for sex, name in (("male", "men"), ("female", "women")):
                who = [p.name for p in result.patients if p.sex == sex]
                if not who:
                    continue
                marker = look[who[0]]["marker"]
                points = each.reindex(cohort.index)[who].to_numpy()
                spread = np.linspace(-0.2, 0.2, len(who)) if len(who) > 1 else np.zeros(1)
                y = (place[:, None] + spread).ravel()
                axes.plot(points.ravel(), y, linestyle="none", marker=marker, markersize=2.6, color="#1B4F72",
                          alpha=0.55, markeredgewidth=0, label=name)  # fmt: skip
        if len(published):
            p = published[published["unit"] == "mGy/MBq"].set_index("target").reindex(cohort.index)
            axes.errorbar(
                p["published_mean"], place - 0.28, xerr=p["published_sd"], linestyle="none", marker="D",
                markersize=4, color="#D55E00", elinewidth=1.0, label=str(published["published_by"].iloc[0]),
            )  # fmt: skip
        axes.set_yticks(place, list(cohort.index))
        axes.set_ylim(-0.7, len(cohort) - 0.3)
        axes.set_xlim(left=0)
        axes.grid(False, axis="y")
        axes.set_xlabel("absorbed dose / (mGy/MBq)")
        axes.set_title(f"Organ doses, {result.settings.product}")
        handles, labels = axes.get_legend_handles_labels()
        order = sorted(range(len(labels)), key=lambda i: labels[i] != label)  # the bar first
        axes.legend(
            [handles[i] for i in order],
            [labels[i] for i in order],
            loc="lower right",
            bbox_to_anchor=(1.0, 0.12),
        )
        axes.annotate(
            _effective_line(result),
            (1.0, 0.02),
            xycoords="axes fraction",
            ha="right",
            fontsize=8,
            color=FAINT,
        )


def _effective_line(result: StudyResult) -> str:
    e = result.effective_dose
    lines = []
    for (quantity, weights), rows in e[e["patient"] == COHORT].groupby(["quantity", "weights"], sort=False):
        values = rows.set_index("statistic")["effective_dose_mSv_per_MBq"]
        sd = f" ± {values['sd']:.2f}" if values["sd"] == values["sd"] else ""
        lines.append(f"{quantity} ({weights}): {values['mean']:.2f}{sd} mSv/MBq")
    return "\n".join(lines)
