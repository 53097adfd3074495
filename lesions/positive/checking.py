"""What early response asks of the tables beyond single values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dosimetry.errors import DosimetryError
from lesions.lesion import LesionPatient
from lesions.positive.fdg_response import fdg_values, is_new
from lesions.positive.settings import ResponseKeys
from milligray.errors import Complaints

#: (table, row, column, problem) -> the error to tell of one cell.
Fail = Callable[[str, int | None, str, str], DosimetryError]


def check_response(
    patients: Sequence[LesionPatient], keys: ResponseKeys, fail: Fail, found: Complaints
) -> None:
    """Tell each lesion that has an early scan and no baseline, unless the study says what it is."""
    if keys.early_without_baseline is not None:
        return
    for patient in patients:
        for lesion in patient.lesions:
            if is_new(lesion):
                found.add(
                    fail(
                        "lesions fdg", lesion.fdg[0].row, "scan", f"'early' of {patient.name}, {lesion.name}"
                        " has no baseline; add the row of the baseline, or say early_without_baseline ="
                        " 'new lesion' in [lesions.response] (a new lesion is progression)"
                    )
                )  # fmt: skip


def response_warnings(patients: Sequence[LesionPatient], keys: ResponseKeys) -> list[str]:
    """Whether nobody has the uptake that the criterion compares."""
    quantity = keys.response_criterion().quantity
    known = any(None not in fdg_values(x, quantity) for p in patients for x in p.lesions)
    if known or any(is_new(x) for p in patients for x in p.lesions):
        return []
    return [
        f"lesions.response: no lesion has {quantity} in a baseline and an early scan with FDG; early response"
        " is left out"
    ]
