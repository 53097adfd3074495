"""Footnotes of the pharmacokinetic tables: the analysis, what was left out and why, what is doubtful."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from dosimetry.dossier.tables import footnotes
from kinetics.areas.nca import NcaResult

if TYPE_CHECKING:
    from dosimetry.dossier.results.results import Results

SERUM = "serum"
#: The analysis takes the dose for a bolus at time 0, of 100 % of the administered activity.
ROUTE, DOSE_PERCENT, RULE = "bolus", 100.0, "linear-up/log-down"
#: Share of an AUC in % that may be extrapolated (an AUC to the last sample of 80 % is usually asked for), and
#: the half-lives that the points of a terminal slope should span.
MOST_EXTRAPOLATED, LEAST_SPAN = 20.0, 2.0
SPAN = "lambda_z rests on"
BELOW = (
    "Here, as in the CDISC datasets, samples below the limit are 0 before the first and after the last"
    " measured value and are left out between, whatever was set in their place for fits and TIACs."
)


def how(results: Results) -> list[str]:
    """By which rules the serum was analysed."""
    notes = [
        *footnotes.simulated(results),
        f"Serum: non-compartmental analysis of the decay-corrected curve, {RULE} trapezoids; taken for an"
        " intravenous bolus at time 0 of 100 % of the administered activity: C0 by back-extrapolation of the"
        " first two samples. \u03bbz by the last points with the best adjusted R\u00b2.",
    ]
    if infusion := results.setting("methods.administration"):
        notes.append(f"Of the administration the study states: {infusion}")
    return notes


def summary_notes(
    results: Results,
    analysed: Mapping[str, NcaResult],
    failed: Mapping[str, str],
    labels: Mapping[str, str],
) -> tuple[str, ...]:
    """Footnotes of the summary over the cohort.

    failed : subjects whose serum could not be analysed, and why.
    labels : parameters and their words.
    """
    notes = list(how(results)) if analysed else list(footnotes.simulated(results))
    notes.append(footnotes.subjects(results))
    if analysed:
        notes.append(
            "Geometric CV: 100 sqrt(exp(s\u00b2) \u2212 1), s the SD (n \u2212 1) of the natural logarithms."
            " AUC, concentrations, clearance and volumes: geometric mean and geometric CV; half-lives,"
            " residence time and shares: mean and SD; times: median and range."
        )
        notes.append("Concentrations and clearance are of radioactivity in serum, corrected for decay.")
    else:
        notes.append("Serum: the study has no samples of it that could be analysed.")
    notes.append("Half-lives of fits: biologic, and effective with the physical decay of the nuclide.")
    notes.append("SD: standard deviation between subjects (n \u2212 1).")
    notes += doubts(analysed)
    notes += _left_out(results, analysed, failed, labels)
    return tuple(notes)


def _left_out(
    results: Results,
    analysed: Mapping[str, NcaResult],
    failed: Mapping[str, str],
    labels: Mapping[str, str],
) -> list[str]:
    """What does not count in the summary, whose it is and why."""
    whys: dict[str, dict[str, list[str]]] = {}
    for subject, result in analysed.items():
        for name, label in labels.items():
            p = result[name]
            if p.value is None:
                whys.setdefault(str(p.reason), {}).setdefault(subject, []).append(label)
    notes = []
    for why, of in whys.items():
        listed = list(dict.fromkeys(w for each in of.values() for w in each))
        notes.append(f"Left out: {', '.join(of)}: {', '.join(listed)}: {why}.")
    notes += [f"Left out: {subject}, serum: {why}." for subject, why in failed.items()]
    without = [p for p in results.patients if p not in analysed and p not in failed]
    if analysed and without:
        notes.append(f"Left out: {', '.join(without)}: no serum was sampled.")
    low: dict[str, list[str]] = {}
    activities = results.table("activities")
    if len(activities):
        marked = activities[(activities["region"] == SERUM) & (activities["below_limit"] != "no")]
        for who, t, mark in zip(marked["patient"], marked["time_h"], marked["below_limit"], strict=True):
            low.setdefault(str(who), []).append(f"{t:g} h ({str(mark).partition(':')[0]})")
    alike: dict[str, list[str]] = {}
    for who, at in low.items():
        alike.setdefault(", ".join(at), []).append(who)
    notes += [f"Below the limit of quantification: {', '.join(who)}: {at}." for at, who in alike.items()]
    if alike:
        notes.append(BELOW)
    return notes


def doubts(analysed: Mapping[str, NcaResult]) -> list[str]:
    """What is doubtful of the analyses, each once, with whom it concerns."""
    whose: dict[str, list[str]] = {}
    short, far = [], []
    for subject, result in analysed.items():
        for note in result.notes:
            if not note.startswith(SPAN):
                whose.setdefault(note.removesuffix("."), []).append(subject)
        if result.slope.reason is None and result.slope.span < LEAST_SPAN:
            short.append(f"{subject} ({result.slope.span:.1f})")
        share = result["auc_extrapolated_percent"].value
        if share is not None and share > MOST_EXTRAPOLATED:
            far.append(subject)
    found = [f"{', '.join(who)}: {note}{'' if note.endswith('?') else '.'}" for note, who in whose.items()]
    if short:
        found.append(
            f"The points of \u03bbz span less than {LEAST_SPAN:g} half-lives in {', '.join(short)}: terminal"
            " half-life, AUC to infinity and what follows from it are not well determined there."
        )
    if far:
        found.append(
            f"More than {MOST_EXTRAPOLATED:g} % of the AUC to infinity is extrapolated in {', '.join(far)}."
        )
    return found
