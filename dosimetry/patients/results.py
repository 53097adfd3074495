"""From patients to their doses: curves integrated, TIACs made, doses by S values; a patient or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.patients.areas import used_curves
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.patients.sources import patient_tiacs, tiacs_of
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.tiacs import Tiacs


@dataclass(frozen=True)
class PatientResult:
    """One patient's TIACs, organ doses and effective doses (weights -> value, standard error)."""

    patient: Patient
    sources: Tiacs
    doses: DoseResult
    effective: dict[str, tuple[float, float | None]]


def patient_doses(patient: Patient, methods: Methods, of: str | Nuclide) -> DoseResult:
    """Absorbed doses of one patient from that patient's measurements or TIACs, mGy/MBq.

    Parameters
    ----------
    of : the nuclide, e.g. "Zr-89".

    Raises
    ------
    DosimetryError : as :func:`dosimetry.patients.sources.patient_tiacs` and :func:`dosimetry.absorbed_dose`.
    """
    n = of if isinstance(of, Nuclide) else nuclide(of)
    return _doses(patient, patient_tiacs(patient, methods, n), methods, n)


def results_of(
    patients: Sequence[Patient], methods: Methods, of: str | Nuclide, weights: Sequence[str]
) -> list[PatientResult]:
    """Results of several patients, in their order; each patient's are the same whoever else is among them.

    Parameters
    ----------
    weights : weight sets of effective dose, e.g. ["ICRP 60", "ICRP 103"].

    Raises
    ------
    DosimetryError : as :func:`patient_doses`.
    """
    n = of if isinstance(of, Nuclide) else nuclide(of)
    measured = [i for i, p in enumerate(patients) if p.given_tiacs is None]
    used = dict(
        zip(measured, used_curves([patients[i] for i in measured], methods, n.lambda_per_h), strict=True)
    )
    found = []
    for i, patient in enumerate(patients):
        if i in used:
            tiacs = tiacs_of(patient, methods, used[i], library_of(patient.phantom))
        else:
            assert patient.given_tiacs is not None
            tiacs = patient.given_tiacs
        doses = _doses(patient, tiacs, methods, n)
        effective = {w: (doses.effective(w), doses.effective_se(w)) for w in weights}
        found.append(PatientResult(patient, tiacs, doses, effective))
    return found


def _doses(patient: Patient, tiacs: Tiacs, methods: Methods, n: Nuclide) -> DoseResult:
    try:
        return absorbed_dose(
            dict(tiacs),
            n,
            patient.phantom,
            organ_mass_kg=tiacs.organ_mass_kg,
            body_mass_kg=tiacs.body_mass_kg,
            tiac_covariance_h2=tiacs.covariance_h2(),
            daughters=methods.daughters,
            masses=methods.target_masses,
            convention=methods.convention,
        )
    except DosimetryError as error:
        raise DosimetryError(f"patient '{patient.name}': {error}") from None
