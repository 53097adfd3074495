"""Lesions and patients of the tests, made by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lesions.lesion import FdgScan, Lesion, LesionPatient, Outcome, ReferenceScan, Tissue, Uptake


def fdg(
    baseline: float | None, early: float | None = None, *, quantity: str = "suv_max", mL: float | None = None
):
    """Scans with FDG; None: none."""
    scans = {"baseline": baseline, "early": early}
    return tuple(
        FdgScan(when=w, value={quantity: v}, volume_mL=mL) for w, v in scans.items() if v is not None
    )  # type: ignore[arg-type]


def lesion(
    name: str,
    *scans: Uptake,
    patient: str = "P1",
    fdg: tuple[FdgScan, ...] = (),
    tissue: Tissue | None = None,
) -> Lesion:
    return Lesion(patient=patient, name=name, site="bone", uptake=scans, fdg=fdg, tissue=tissue)


def seen(suv_max: float | None = None, *, time_h: float = 96.0, **more: object) -> Uptake:
    value: Mapping[str, float] = {} if suv_max is None else {"suv_max": suv_max}
    return Uptake(time_h=time_h, value=value, **more)  # type: ignore[arg-type]


def patient(
    *lesions: Lesion,
    name: str = "P1",
    references: Sequence[ReferenceScan] = (),
    outcome: Outcome | None = None,
) -> LesionPatient:
    return LesionPatient(name=name, lesions=lesions, references=tuple(references), outcome=outcome)


def by_counts(counts: Sequence[tuple[int, int]]) -> list[LesionPatient]:
    """Patients with so many FDG lesions, of which so many are of class 4 and the others of class 1."""
    made = []
    for i, (positive, n) in enumerate(counts):
        name = f"P{i + 1}"
        lesions = [
            lesion(str(j), seen(visual_class=4 if j < positive else 1), patient=name, fdg=fdg(8.0))
            for j in range(n)
        ]
        made.append(patient(*lesions, name=name))
    return made
