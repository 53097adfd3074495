"""Times to events of patients, from the start of their treatment, and classes of patients to compare."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from dosimetry.errors import DosimetryError
from lesions.lesion import LesionPatient, Outcome
from lesions.positive.fdg_response import FdgChange
from lesions.positive.patterns import PATTERNS, PatientPattern
from lesions.statistics.survival import FollowUp

Endpoint = Literal[
    "time to treatment failure", "overall survival", "progression-free survival", "duration of response"
]
ENDPOINTS: tuple[Endpoint, ...] = (
    "time to treatment failure", "overall survival", "progression-free survival", "duration of response",
)  # fmt: skip
NOT_RECORDED = "not recorded"


def time_to(outcome: Outcome, endpoint: Endpoint) -> tuple[float, bool] | str:
    """Days to the endpoint's event, and whether it happened; or why that is not known.

    Progression-free survival ends with progression or death, whichever is first. Duration of response is that
    from the scan that showed the response on, of patients with CR or PR.
    """
    if endpoint == "time to treatment failure":
        return _known(outcome.treatment_failure_day, outcome.treatment_failed)
    if endpoint == "overall survival":
        return _known(outcome.survival_day, outcome.died)
    if endpoint == "progression-free survival":
        return _progression_or_death(outcome)
    if endpoint != "duration of response":
        raise DosimetryError(f"unknown endpoint '{endpoint}'; known: {', '.join(ENDPOINTS)}")
    if outcome.best_response not in ("CR", "PR"):
        return "no response" if outcome.best_response else NOT_RECORDED
    if outcome.response_day is None:
        return NOT_RECORDED
    end = _progression_or_death(outcome)
    if isinstance(end, str):
        return end
    if end[0] < outcome.response_day:
        raise DosimetryError(
            f"the response is of day {outcome.response_day:g}, after the last follow-up, day {end[0]:g}"
        )
    return end[0] - outcome.response_day, end[1]


def _known(day: float | None, happened: bool | None) -> tuple[float, bool] | str:
    return NOT_RECORDED if day is None or happened is None else (day, happened)


def _progression_or_death(outcome: Outcome) -> tuple[float, bool] | str:
    """Without a word on progression a death is no progression-free survival: it may have come before."""
    known = _known(outcome.progression_day, outcome.progressed)
    if isinstance(known, str) or known[1]:
        return known
    if outcome.died and outcome.survival_day is not None:
        return outcome.survival_day, True
    return known


@dataclass(frozen=True, kw_only=True)
class Classes:
    """Classes of patients that are compared.

    by : what they are; names : all of them in their order; of : patient -> class (others are in none).
    """

    by: str
    names: tuple[str, ...]
    of: Mapping[str, str] = field(default_factory=dict)


ALL = "all patients"


def all_in_one(patients: Sequence[LesionPatient]) -> Classes:
    """Every patient in one class."""
    return Classes(by="", names=(ALL,), of={p.name: ALL for p in patients})


def by_imaging(patterns: Sequence[PatientPattern]) -> Classes:
    """Positive and negative patients."""
    of = {
        p.patient: "positive" if p.is_positive else "negative" for p in patterns if p.is_positive is not None
    }
    return Classes(by="imaging", names=("positive", "negative"), of=of)


def by_pattern(patterns: Sequence[PatientPattern]) -> Classes:
    """Patients by their pattern."""
    names = {key: f"{key} ({words})" for key, words in PATTERNS.items()}
    return Classes(
        by="pattern", names=tuple(names.values()),
        of={p.patient: names[p.pattern] for p in patterns if p.pattern is not None},
    )  # fmt: skip


def by_early_response(changes: Sequence[FdgChange]) -> Classes:
    """Patients who respond by FDG, and who do not."""
    of = {
        c.patient: "response" if c.response == "response" else "no response"
        for c in changes
        if c.lesion is None and c.response is not None
    }
    return Classes(by="early response", names=("response", "no response"), of=of)


def by_blood(patients: Sequence[LesionPatient]) -> Classes:
    """Patients by the status of their blood."""
    of = {p.name: p.outcome.blood_status for p in patients if p.outcome and p.outcome.blood_status}
    return Classes(by="blood", names=("positive", "negative"), of=of)


def follow_ups(
    patients: Sequence[LesionPatient], endpoint: Endpoint, classes: Classes
) -> dict[str, FollowUp]:
    """The follow-up of each class; patients of whom the endpoint is not known are in none."""
    found: dict[str, list[tuple[float, bool]]] = {name: [] for name in classes.names}
    for p in patients:
        name = classes.of.get(p.name)
        try:
            time = NOT_RECORDED if p.outcome is None else time_to(p.outcome, endpoint)
        except DosimetryError as error:
            raise DosimetryError(f"{p.name}, {endpoint}: {error}") from None
        if name is not None and not isinstance(time, str):
            found[name].append(time)
    return {k: FollowUp(tuple(d for d, _ in v), tuple(e for _, e in v)) for k, v in found.items()}
