"""Who is not in a comparison or a time to an event, though they could have been, in words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lesions.cohort.endpoints import NOT_RECORDED, Endpoint, time_to
from lesions.lesion import LesionPatient
from lesions.positive.fdg_response import FdgChange

#: So many are named; of the others, how many there are.
NAMED = 5


def listed(names: Sequence[str]) -> str:
    """The first of them by name, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")


def biopsies_left_out(
    patients: Sequence[LesionPatient],
    tissue: Collection[tuple[str, str]],
    pet: Collection[tuple[str, str]],
) -> list[str]:
    """Biopsied lesions that tissue, or PET, says nothing of; [] where all are compared."""
    biopsied = [(p.name, x.name) for p in patients for x in p.lesions if x.tissue is not None]
    out = []
    for key in biopsied:
        why = "tissue does not say" if key not in tissue else "PET not judged" if key not in pet else ""
        out += [f"{key[0]} {key[1]} ({why})"] if why else []
    if not out:
        return []
    return [
        f"lesions.statistics: {len(out)} of {len(biopsied)} biopsied lesions are not compared: {listed(out)}"
    ]


def gone_left_out(changes: Sequence[FdgChange], quantity: str) -> list[str]:
    """Lesions without uptake in the early scan: those that responded best may be among them."""
    of = (c for c in changes if c.lesion and c.baseline is not None and not c.response)
    out = [f"{c.patient} {c.lesion}" for c in of]
    if not out:
        return []
    return [
        f"lesions.response: no {quantity} in the early scan of {listed(out)}; a patient with such a lesion is"
        " not judged. Where FDG shows a lesion no more, give the uptake at its place"
    ]


def patients_left_out(
    patients: Sequence[LesionPatient],
    of_classes: Mapping[str, Collection[str]],
    endpoints: Sequence[Endpoint],
) -> list[str]:
    """Patients whose time to an endpoint others have is not known, and patients who are in no class."""
    said = []
    for endpoint in endpoints:
        out = []
        for p in patients:
            time = NOT_RECORDED if p.outcome is None else time_to(p.outcome, endpoint)
            out += [p.name] if time == NOT_RECORDED else []
        if out:
            said.append(f"lesions.survival: {endpoint} is not recorded of {listed(out)}; they are not in it")
    for by, there in of_classes.items():
        if out := [p.name for p in patients if p.name not in there]:
            said.append(f"lesions.survival: by = '{by}': {listed(out)} in no class, and not compared")
    return said
