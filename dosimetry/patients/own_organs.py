"""Which organs a patient has: stylised bodies hold the gonads of both sexes, a patient has those of one."""

from __future__ import annotations

from collections.abc import Collection

from dosimetry.doses.bodies.one_sex import ORGANS_OF
from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import Patient
from phantoms.library.hollow import whole_organ_of, whole_organs
from phantoms.library.saf import SafLibrary

#: Of the heart's contents and the marrow, where a patient's own body does not have them.
NOT_IN_IMAGES = "not a region of the patient's own body"
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


def not_in_images(region: str, library: SafLibrary, curves: Collection[str]) -> str:
    """Why blood makes no source of a region of an own body, and where its activity is.

    curves : regions that have a curve.
    """
    organ = whole_organ_of(region, whole_organs(library.sources, library.provenance))
    if organ in curves:
        return f"{NOT_IN_IMAGES}; its activity is that of '{organ}', by its curve"
    said = f"{NOT_IN_IMAGES}; its activity is in the remainder"
    if not organ:
        return said
    return f"{said}, and '{organ}', which holds it, gets as much as average tissue: give '{organ}' a curve"
