"""A patient's urinary bladder contents: from the whole body's curve or from urine, and never twice."""

from __future__ import annotations

from dosimetry.bladder.filling import Filled, filled
from dosimetry.bladder.method import BLADDER
from dosimetry.errors import DosimetryError
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import WHOLE_BODY, Patient
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.errors import KineticsError
from phantoms.library.saf import SafLibrary


def voided(
    patient: Patient,
    methods: Methods,
    whole_body: UsedCurve | None,
    library: SafLibrary,
    lambda_phys_per_h: float,
) -> Filled | None:
    """The TIAC of the bladder's contents by the methods; None where these say nothing of it.

    Raises
    ------
    DosimetryError : the patient has a curve of the same region, or no urine that is needed, or urine that is
        not; the body has no such source; contents that cannot be made, with the place of what they rest on.
    """
    method, measured = methods.bladder, patient.measurements
    if method is None:
        if patient.urine is not None:
            raise DosimetryError(
                f"patient '{patient.name}' has measured urine, but the methods have no 'bladder' to use it by"
            )
        return None
    whose = f"{patient.place or 'patient'} '{patient.name}'"
    if BLADDER not in library.sources:
        raise DosimetryError(f"{whose}: phantom '{library.phantom}' has no source region '{BLADDER}'")
    if measured is not None and BLADDER in measured.organs:
        raise DosimetryError(
            f"{measured.where(BLADDER, patient.name)}: '{BLADDER}' has a curve of its own and a [bladder] as"
            " well; take one of them out"
        )
    if method.urine_fraction is not None and patient.urine is not None:
        raise DosimetryError(f"{whose}: measured urine and urine_fraction are two ways; take one of them out")
    try:
        return filled(method, patient.urine, whole_body, lambda_phys_per_h)
    except KineticsError as error:
        if method.urine_fraction is not None and measured is not None:
            whose = measured.where(WHOLE_BODY, patient.name)
        raise DosimetryError(*(f"{whose}: {BLADDER}: {line}" for line in error.complaints)) from None
