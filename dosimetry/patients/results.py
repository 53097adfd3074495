"""From patients to their doses: curves integrated, TIACs made, doses by S values; a patient or many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from dosimetry.doses.cohort import Given, absorbed_doses, effective_doses
from dosimetry.doses.result import DoseResult
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Patient
from dosimetry.patients.sources import patient_tiacs, tiacs_of_each
from dosimetry.tiacs.tiac import errors_h
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
    patient, methods : as for :func:`dosimetry.patient_tiacs`.
    of : the nuclide, e.g. "Zr-89".

    Raises
    ------
    DosimetryError : as :func:`dosimetry.patient_tiacs` and :func:`dosimetry.absorbed_dose`.

    Examples
    --------
    >>> import numpy as np
    >>> from dosimetry import Measurements, nuclide
    >>> from kinetics import Curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> probe = Curve(
    ...     time_h=t, value=100 * np.exp(-0.005 * t), unit="%IA", decay_corrected=True,
    ...     nuclide=nuclide("Zr-89"),
    ... )
    >>> patient = Patient(
    ...     name="P01", sex="male", phantom="adult male", measurements=Measurements(whole_body=probe)
    ... )
    >>> methods = Methods(
    ...     whole_body_model="monoexponential", whole_body_weights="relative",
    ...     heart_contents="none", red_marrow="none", organ_masses="reference",
    ... )
    >>> doses = patient_doses(patient, methods, "Zr-89")
    >>> doses.body, doses.nuclides
    ('adult male', ('Zr-89',))
    """
    n = nuclide(of)
    return _doses([patient], [patient_tiacs(patient, methods, n)], methods, n)[0]


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
    n = nuclide(of)
    return results_from(patients, tiacs_of_each(patients, methods, n), methods, n, weights)


def results_from(
    patients: Sequence[Patient],
    tiacs: Sequence[Tiacs],
    methods: Methods,
    n: Nuclide,
    weights: Sequence[str],
) -> list[PatientResult]:
    """Results of patients whose TIACs are there, in their order.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.absorbed_dose`.
    """
    doses = _doses(patients, tiacs, methods, n)
    effective = {w: effective_doses(doses, w) for w in weights}
    return [
        PatientResult(
            patient,
            tiacs[i],
            doses[i],
            {w: (float(e[i]), float(se[i]) if se[i] == se[i] else None) for w, (e, se) in effective.items()},
        )
        for i, patient in enumerate(patients)
    ]


def _doses(
    patients: Sequence[Patient], tiacs: Sequence[Tiacs], methods: Methods, n: Nuclide
) -> list[DoseResult]:
    """Doses of patients in their order; those who share a body are computed together."""
    bodies: dict[str, list[int]] = {}
    for i, patient in enumerate(patients):
        bodies.setdefault(patient.phantom, []).append(i)
    found: dict[int, DoseResult] = {}
    for phantom, members in bodies.items():
        given = [
            Given(
                {t.source: t.value_h for t in tiacs[i].tiacs},
                errors_h(tiacs[i].tiacs),
                tiacs[i].organ_mass_kg,
                tiacs[i].body_mass_kg,
                patients[i].name,
                patients[i].absent,
                patients[i].confirmed_masses,
            )
            for i in members
        ]
        doses = absorbed_doses(
            given,
            n,
            phantom,
            daughters=methods.daughters,
            masses=methods.target_masses,
            convention=methods.convention,
        )
        found.update(zip(members, doses, strict=True))
    return [_of_sex(found[i], patient) for i, patient in enumerate(patients)]


def _of_sex(doses: DoseResult, patient: Patient) -> DoseResult:
    """The doses in a body made of the patient's images, of the patient's sex if nobody said one."""
    return replace(doses, sex=patient.sex) if patient.own_body and doses.sex == "both" else doses
