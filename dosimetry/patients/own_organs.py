"""Which organs a patient has: stylised bodies hold the gonads of both sexes, a patient has those of one."""

from __future__ import annotations

from dosimetry.doses.bodies.one_sex import ORGANS_OF
from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import Patient

OTHER_SEX = {"male": "female", "female": "male"}


def of_other_sex(patient: Patient) -> tuple[str, ...]:
    """Organs that a body may have and this patient does not: those of the other sex."""
    return ORGANS_OF[OTHER_SEX[patient.sex]]


def check_own(patient: Patient) -> None:
    """The patient's curves, TIACs and masses are of organs that he or she has.

    Raises
    ------
    DosimetryError : one is an organ of the other sex; the message says where it stands.
    """
    other, measured = of_other_sex(patient), patient.measurements
    curves = measured.organs if measured is not None else {}
    for region in (*curves, *(patient.given_tiacs or ()), *patient.organ_mass_kg):
        if region in other:
            where = f"patient '{patient.name}', {region}"
            if measured is not None and region in curves:
                where = measured.where(region, patient.name)
            elif patient.place is not None:
                where = f"{patient.place}, {region}"
            raise DosimetryError(
                f"{where}: no organ of a {patient.sex} patient; is the sex right, or the organ?"
            )
