"""What tissue, PET, blood and response say of the same lesions and patients, put side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from lesions.lesion import LesionPatient, Tissue
from lesions.positive.fdg_response import FdgChange
from lesions.positive.patterns import PatientPattern
from lesions.positive.rules import Judgement
from lesions.statistics.kappa import Agreement
from lesions.statistics.performance import JudgedCase, Performance

TissueRule = Literal["reported", "scores"]
#: In-situ hybridisation is positive from this ratio on (ERBB2 to CEP17).
FISH_POSITIVE = 2.0
CLASSES = ("negative", "positive")
Calls = Mapping[tuple[str, str], bool]


def tissue_call(tissue: Tissue | None, rule: TissueRule, low: Literal["negative", "left out"]) -> bool | None:
    """Whether tissue is positive; None: it does not say.

    "reported": by its status. "scores": IHC 3 is positive, 0 and 1 negative, 2 as in-situ hybridisation says
    (positive from a ratio of 2 on), which also speaks alone where there is no IHC.
    """
    if tissue is None:
        return None
    if rule == "reported":
        known = {"positive": True, "negative": False, "low": None if low == "left out" else False}
        return None if tissue.status is None else known[tissue.status]
    if tissue.ihc in (0, 1, 3):
        return tissue.ihc == 3
    return None if tissue.fish_ratio is None else tissue.fish_ratio >= FISH_POSITIVE


def tissue_calls(
    patients: Sequence[LesionPatient], rule: TissueRule, low: Literal["negative", "left out"]
) -> dict[tuple[str, str], bool]:
    """(patient, lesion) -> whether its tissue is positive, where it says so."""
    found = {(p.name, x.name): tissue_call(x.tissue, rule, low) for p in patients for x in p.lesions}
    return {key: call for key, call in found.items() if call is not None}


def pet_calls(judgements: Sequence[Judgement]) -> dict[tuple[str, str], bool]:
    """(patient, lesion) -> whether it is positive, where it could be judged."""
    return {(j.patient, j.lesion): j.positive for j in judgements if j.decides and j.positive is not None}


def against_tissue(pet: Calls, tissue: Calls) -> Performance:
    """PET of a lesion against its tissue."""
    return Performance(
        tuple(JudgedCase(key[0], pet[key], call) for key, call in tissue.items() if key in pet)
    )


def responders(patients: Sequence[LesionPatient], not_evaluable: str) -> dict[str, bool]:
    """Patient -> whether CR or PR is the best response."""
    best = {p.name: p.outcome.best_response for p in patients if p.outcome and p.outcome.best_response}
    return {
        name: b in ("CR", "PR") for name, b in best.items() if not (b == "NE" and not_evaluable == "left out")
    }


def of_patients(test: Mapping[str, bool], standard: Mapping[str, bool]) -> Performance:
    """A test of patients against a standard."""
    return Performance(
        tuple(JudgedCase(name, test[name], call) for name, call in standard.items() if name in test)
    )


def positive_patients(patterns: Sequence[PatientPattern]) -> dict[str, bool]:
    """Patient -> whether PET calls them positive."""
    return {p.patient: p.is_positive for p in patterns if p.is_positive is not None}


def early_responders(changes: Sequence[FdgChange]) -> dict[str, bool]:
    """Patient -> whether they respond by FDG."""
    return {
        c.patient: c.response == "response" for c in changes if c.lesion is None and c.response is not None
    }


def patients_of(calls: Calls) -> dict[str, bool]:
    """Patient -> whether any of their lesions is positive."""
    found: dict[str, bool] = {}
    for (patient, _), call in calls.items():
        found[patient] = found.get(patient, False) or call
    return found


def agreement_of_calls(first: Mapping[str, bool], second: Mapping[str, bool]) -> Agreement:
    """Agreement of two calls on the same patients."""
    both = [name for name in first if name in second]
    return Agreement(
        tuple(CLASSES[first[n]] for n in both), tuple(CLASSES[second[n]] for n in both), CLASSES, tuple(both)
    )


def agreement_of_lesions(first: Calls, second: Calls) -> Agreement:
    """Agreement of two calls on the same lesions."""
    both = [key for key in first if key in second]
    return Agreement(
        tuple(CLASSES[first[k]] for k in both), tuple(CLASSES[second[k]] for k in both), CLASSES,
        tuple(patient for patient, _ in both),
    )  # fmt: skip


def agreement_of_scores(patients: Sequence[LesionPatient], judgements: Sequence[Judgement]) -> Agreement:
    """IHC 0 to 3 beside the visual class 1 to 4 of the scan that decides, lowest with lowest."""
    at = {(j.patient, j.lesion): j.time_h for j in judgements if j.decides}
    rows = []
    for p in patients:
        for x in p.lesions:
            seen = next((u.visual_class for u in x.uptake if u.time_h == at.get((p.name, x.name))), None)
            if x.tissue is not None and x.tissue.ihc is not None and seen is not None:
                rows.append((x.tissue.ihc, seen - 1, p.name))
    return Agreement(
        tuple(r[0] for r in rows), tuple(r[1] for r in rows), (0, 1, 2, 3), tuple(r[2] for r in rows)
    )
