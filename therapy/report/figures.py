"""Figures of a therapy: cumulative doses by cycle with limits, dose rates over the course."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.report.figures.names import file_names
from dosimetry.report.figures.options import FigureOptions
from dosimetry.report.figures.style import legend_below, new_figure, said
from dosimetry.study.results import StudyResult
from milligray.figures.look import FAINT, PAGE_MM, plain_log
from milligray.figures.styles import COLOURS, SEX_WORDS, SEXES, STYLES
from therapy.biology.dose_rate import AnyDoseRate
from therapy.cycles.rates import target_rate
from therapy.cycles.result import PatientTherapy, TherapyResult
from therapy.limits.table import BED, DoseLimit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import FigureBase

Draw = Callable[[Path, FigureOptions], None]
DARK = "#1E1E1E"
LIMIT = "#B2182B"
#: Cycles from pale to dark; of more, the shades begin again.
SHADES = ("#C6DBEF", "#85B5DA", "#3F86BF", "#0A4A86", "#D9D2E9", "#B09FCE", "#7E63AC", "#4B2E83")
#: Dose rates are shown down to this share of the highest.
LEAST_RATE = 1e-4
#: Height of the panel of dose rates, mm.
RATE_MM = 62.0
#: Lesions that have a row of their own in a patient's figure, patients that have one among the lesions.
MOST_LESIONS, MOST_ROWS = 24, 24
RESEARCH = "research software; not for the treatment of a patient"


def figures_of(result: TherapyResult, so_far: StudyResult) -> dict[str, Draw]:
    """Path below figures/ -> what draws it: all patients together, and a page for each."""
    bare = so_far.without_tables()
    if len(result.patients) == 1:
        return {"therapy": partial(_draw, draw_patient, result.patients[0], result, bare)}
    names = file_names(p.name for p in result.patients)
    pages: dict[str, Draw] = {
        f"patients/{names[p.name]}_therapy": partial(_draw, draw_patient, p, result, bare)
        for p in result.patients
    }
    return {"therapy": partial(_draw, draw_cohort, None, result, bare), **pages}


def _draw(
    draw: Callable[..., None],
    patient: PatientTherapy | None,
    result: TherapyResult,
    bare: StudyResult,
    path: Path,
    options: FigureOptions,
) -> None:
    draw(path, patient, result, bare, options)


def draw_patient(
    path: Path, patient: PatientTherapy, result: TherapyResult, study: StudyResult, options: FigureOptions
) -> None:
    """One patient: cumulative doses of organs and of lesions as bars by cycle, and dose rates below."""
    organs = patient.shown_targets()
    lesions = patient.lesions[:MOST_LESIONS]
    rows = [len(organs), len(lesions)] if lesions else [len(organs)]
    row_mm = min(7.0, (PAGE_MM - 120.0) / sum(rows))
    heights = [12.0 + row_mm * n for n in rows]
    with new_figure(path, study, 30.0 + sum(heights) + RATE_MM, options) as figure:
        axes = figure.subplots(len(rows) + 1, 1, height_ratios=[*heights, RATE_MM])
        index = [patient.organs.targets.index(t) for t in organs]
        u = _known(patient.organs.cumulative_u_Gy(), patient.organs.cumulative_se_Gy())[index]
        beds = [_bed(patient, t) for t in organs]
        _bars(axes[0], organs, patient.organs.dose_Gy[:, index].T, u, beds, result.limits)
        axes[0].set_title(
            f"{said(patient.name, 40)}: cumulative absorbed dose of organs ± standard uncertainty"
        )
        if lesions:
            names = [said(one.dose.lesion, 24) for one in lesions]
            doses = np.array([one.dose_Gy for one in lesions])
            us = np.array([one.cumulative_u_Gy() for one in lesions])
            ses = np.array([one.cumulative_se_Gy() for one in lesions])
            found = [patient.lesion_beds.get(one.dose.lesion) for one in lesions]
            of_lesions = [None if b is None or b.bed is None else b.bed.bed_Gy for b in found]
            _bars(axes[1], names, doses, _known(us, ses), of_lesions, ())
            more = len(patient.lesions) - len(lesions)
            axes[1].set_title("of lesions" + (f"; {more} more in the table" if more else ""))
        axes[len(rows) - 1].set_xlabel("Gy")
        _rates(axes[-1], patient, organs)
        _legend(figure, options, axes)


def _known(u: np.ndarray, se: np.ndarray) -> np.ndarray:
    """Uncertainties with the rules' own where these are known, else without."""
    return np.where(np.isnan(u), se, u)


def _bed(patient: PatientTherapy, target: str) -> float | None:
    of = patient.beds.get(target)
    return None if of is None or of.bed is None else of.bed.bed_Gy


def _bars(
    axes: Axes,
    names: Sequence[str],
    by_cycle: np.ndarray,
    u: np.ndarray,
    beds: Sequence[float | None],
    limits: Sequence[DoseLimit],
) -> None:
    """A bar a row, stacked by cycle, the sum's uncertainty, its BED, and limits as lines across the bar."""
    place = np.arange(len(names))[::-1]
    left = np.zeros(len(names))
    for c in range(by_cycle.shape[1]):
        shade = SHADES[c % len(SHADES)]
        axes.barh(
            place, by_cycle[:, c], left=left, height=0.62, color=shade, edgecolor="white", linewidth=0.4,
            label=f"cycle {c + 1}",
        )  # fmt: skip
        left = left + by_cycle[:, c]
    known = ~np.isnan(u)
    if known.any():
        axes.errorbar(
            left[known],
            place[known],
            xerr=u[known],
            linestyle="none",
            color=DARK,
            elinewidth=0.9,
            capsize=1.8,
        )
    highest = float(np.max(left + np.nan_to_num(u), initial=0.0))
    for y, name, bed in zip(place, names, beds, strict=True):
        if bed is not None:
            axes.plot([bed], [y], marker="D", markersize=3.6, color=COLOURS[1], linestyle="none",
                      markeredgecolor="white", markeredgewidth=0.4, label="BED")  # fmt: skip
            highest = max(highest, bed)
        for limit in (one for one in limits if one.organ == name):
            of_bed = limit.quantity == BED
            look = (0, (2, 1.2)) if of_bed else "-"
            label = "limit of the BED" if of_bed else "limit of the absorbed dose"
            axes.plot([limit.value_Gy] * 2, [y - 0.42, y + 0.42], color=LIMIT, lw=1.3, ls=look, label=label)
            highest = max(highest, limit.value_Gy)
    for y, total in zip(place, left, strict=True):
        axes.annotate(
            f"{total:.3g}", (1.0, y), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
            va="center", fontsize=6.5, color=FAINT,
        )  # fmt: skip
    axes.set_yticks(place, list(names))
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlim(0, 1.04 * highest if highest > 0 else 1.0)
    axes.grid(False, axis="y")


def _rates(axes: Axes, patient: PatientTherapy, organs: Sequence[str]) -> None:
    """Dose rates over the course, what is left of each former cycle with it."""
    course = patient.organs.course
    numbers = [c.number for c in course.cycles]
    starts = [course.start_h(n) for n in numbers]
    each: list[tuple[str, list[AnyDoseRate]]] = []
    for name in organs:
        try:
            each.append((name, [target_rate(patient.organs, n, name).rate for n in numbers]))
        except DosimetryError:
            continue
    for lesion in patient.lesions[: len(STYLES) - len(each)]:
        each.append((said(lesion.dose.lesion, 24), list(lesion.rates())))
    if not each:
        axes.text(0.5, 0.5, "no dose rate: TIACs were given, no curves", transform=axes.transAxes,
                  ha="center", color=FAINT)  # fmt: skip
        axes.set_axis_off()
        return
    time = _times(starts)
    highest = 0.0
    for style, (name, rates) in zip(STYLES, each, strict=False):
        value = np.sum([r.at(time - start) for r, start in zip(rates, starts, strict=True)], axis=0)
        highest = max(highest, float(value.max()))
        axes.plot(time / 24.0, 1000.0 * value, color=style.colour, ls=style.line, lw=1.0, label=name)
    axes.set_ylim(1000.0 * highest * LEAST_RATE, 2000.0 * highest)
    plain_log(axes, RATE_MM - 14.0)
    axes.set_xlim(0, time[-1] / 24.0)
    axes.set_xlabel("days after the start of cycle 1")
    axes.set_ylabel("dose rate / (mGy/h)")
    axes.set_title("Dose rate over the course")


def _times(starts_h: Sequence[float]) -> np.ndarray:
    """Times in h that show every cycle's uptake and its decay."""
    last = starts_h[-1] + (1200.0 if len(starts_h) < 2 else min(1200.0, starts_h[-1] - starts_h[-2]))
    after = np.concatenate([[0.0], np.geomspace(0.1, last, 300)])
    before = np.array([s - 1e-6 for s in starts_h[1:]])
    return np.unique(np.concatenate([before, *(s + after[after + s <= last] for s in starts_h)]))


def draw_cohort(
    path: Path, _: None, result: TherapyResult, study: StudyResult, options: FigureOptions
) -> None:
    """All patients: mean cumulative doses of organs by cycle, each patient as a point; lesions by patient."""
    names = list(dict.fromkeys(t for p in result.patients for t in p.shown_targets()))
    with_lesions = [p for p in result.patients if p.lesions]
    rows = 0 if not with_lesions else len(with_lesions) if len(with_lesions) <= MOST_ROWS else 1
    row_mm = min(8.0, (PAGE_MM - 70.0) / (len(names) + max(rows, 1)))
    heights = [12.0 + row_mm * len(names), *([14.0 + 0.7 * row_mm * max(rows, 2)] if rows else [])]
    with new_figure(path, study, 30.0 + sum(heights), options) as figure:
        made = figure.subplots(len(heights), 1, height_ratios=heights, squeeze=False)
        axes = list(made[:, 0])
        _organs_of_all(axes[0], names, result)
        if rows:
            _lesions_of_all(axes[1], with_lesions)
        _legend(figure, options, axes)


def _organs_of_all(axes: Axes, names: Sequence[str], result: TherapyResult) -> None:
    most = max(len(p.organs.course.cycles) for p in result.patients)
    by_cycle = np.zeros((len(names), most))
    each: list[dict[str, float]] = []
    for i, name in enumerate(names):
        mine = {
            p.name: p.organs.dose_Gy[:, p.organs.targets.index(name)]
            for p in result.patients
            if name in p.shown_targets()
        }
        for doses in mine.values():
            by_cycle[i, : len(doses)] += doses / len(mine)
        each.append({who: float(doses.sum()) for who, doses in mine.items()})
    _bars(axes, names, by_cycle, np.full(len(names), np.nan), [None] * len(names), result.limits)
    sexes = {p.name: p.organs.result.patient.sex for p in result.patients}
    many = len(result.patients) > 20
    highest = axes.get_xlim()[1]
    for i, found in enumerate(each):
        y = len(names) - 1 - i
        for sex, style in SEXES.items():
            values = np.array([v for who, v in found.items() if sexes[who] == sex])
            if not len(values):
                continue
            spread = 0.5 * ((0.5 + 0.618034 * np.arange(len(values))) % 1.0) - 0.25
            count = sum(s == sex for s in sexes.values())
            look = {**style.points(), "markersize": 2.0 if many else 3.0, "alpha": 0.65 if many else 0.9}
            axes.plot(values, y + spread, label=f"{count} {SEX_WORDS[sex][count > 1]}", **look)
            highest = max(highest, 1.04 * float(values.max()))
    axes.set_xlim(0, highest)
    fewest = min(len(p.organs.course.cycles) for p in result.patients)
    axes.set_xlabel(
        "Gy" if fewest == most else "Gy; in a mean a patient counts as 0 in cycles that were not given"
    )
    axes.set_title(f"Cumulative absorbed dose of organs, mean of {len(result.patients)} patients by cycle")


def _lesions_of_all(axes: Axes, patients: Sequence[PatientTherapy]) -> None:
    """Each lesion as a point: a row a patient, or one row of all."""
    if len(patients) <= MOST_ROWS:
        rows = {said(p.name, 20): [one.cumulative_Gy() for one in p.lesions] for p in patients}
    else:
        rows = {"all lesions": [one.cumulative_Gy() for p in patients for one in p.lesions]}
    place = np.arange(len(rows))[::-1]
    for y, values in zip(place, rows.values(), strict=True):
        spread = 0.5 * ((0.5 + 0.618034 * np.arange(len(values))) % 1.0) - 0.25
        axes.plot(values, y + spread, label="a lesion", **STYLES[2].points(), markersize=3.0, alpha=0.8)
    axes.set_yticks(place, list(rows))
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.set_xlim(left=0)
    axes.set_xlabel("Gy")
    axes.set_title("of lesions")
    axes.grid(False, axis="y")


def _legend(figure: FigureBase, options: FigureOptions, axes: Sequence[Axes]) -> None:
    """One legend of all panels, each label once; its title says what this is not for."""
    found: dict[str, Any] = {}
    for one in axes:
        handles, labels = one.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    legend_below(figure, options, list(found.values()), list(found), title=RESEARCH)
