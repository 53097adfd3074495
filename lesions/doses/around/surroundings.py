"""The body around a patient's lesions: S values of every source to every target, masses, TIACs and errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.cohort import SECONDS_PER_HOUR, Given, absorbed_doses
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.results import PatientResult
from dosimetry.svalues.folding import KINDS, library_of, mGy_kg_per_MBq_s_MeV, spectra_for
from dosimetry.svalues.patient_masses import PatientMasses, reference_kg
from dosimetry.svalues.remainder import remainder_of
from dosimetry.tiacs.regions import absent_of, source_values, summed_sides
from dosimetry.tiacs.tiac import errors_h
from phantoms.library.locality import (
    BONE_SOURCES,
    BONE_TARGETS,
    EVERYWHERE,
    TOTAL_BODY,
    WALLS,
    own_targets,
)
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, resolve

Array = NDArray[np.float64]


class Place(NamedTuple):
    """Where a lesion is taken to be.

    organ : source region, or target, that it lies in; "" for one outside of any organ.
    host : the source whose activity is around it: the organ, or the remainder.
    rows : weights of the body's targets whose dose stands for the lesion's, (T,).
    """

    organ: str
    host: str
    rows: Array


@dataclass(frozen=True, eq=False)
class Surroundings:
    """One patient's body and what is in it.

    library : its SAFs.
    nuclide, daughters : what decays.
    sources, tiac_h : (n) source regions and their TIACs.
    per_h : (n, 3, T) dose by source, kind of radiation and target, mGy/MBq per h; the patient's masses are in
        it.
    error_h : (n, M) errors of the TIACs; None: not known.
    masses : the patient's.
    """

    library: SafLibrary
    nuclide: Nuclide
    daughters: str
    sources: tuple[str, ...]
    tiac_h: Array
    per_h: Array
    error_h: Array | None
    masses: PatientMasses

    def mass_kg(self, source: str) -> float:
        """The patient's mass of a source region, or of the remainder; as S values are scaled to it."""
        if source == REMAINDER:
            rest = remainder_of(self.library, [s for s in self.sources if s != REMAINDER])
            return self.masses.remainder_kg(rest)
        return reference_kg(self.library, source) / self.masses.ratio(source)

    def tiac(self, source: str) -> float:
        """TIAC of a source region, h."""
        return float(self.tiac_h[self.sources.index(source)])

    def index(self, source: str) -> int:
        """Number of a source."""
        return self.sources.index(source)

    def at(self, rows: Array) -> Array:
        """(n, 3) dose by source and kind at a mixture of targets."""
        return np.asarray(self.per_h @ rows)

    def own_s(self, place: Place) -> dict[str, float]:
        """Dose of the host to a place, by kind, per h."""
        return dict(zip(KINDS, self.at(place.rows)[self.index(place.host)].tolist(), strict=True))

    def emitted(self) -> dict[str, float]:
        """Energy emitted by kind per h, mGy kg/MBq, with soft photons where this body counts them."""
        carried = spectra_for(self.library, self.nuclide, self.daughters)
        unit = mGy_kg_per_MBq_s_MeV() * SECONDS_PER_HOUR
        return {kind: unit * carried[kind].total_MeV for kind in KINDS}

    def in_itself(self, library: SafLibrary, mass_kg: float) -> dict[str, float]:
        """Self-dose of a body of one region by kind, per h, with soft photons where this body counts them."""
        carried = spectra_for(self.library, self.nuclide, self.daughters)
        unit = mGy_kg_per_MBq_s_MeV() * SECONDS_PER_HOUR
        found = {}
        for kind in KINDS:
            part = carried[kind]
            fold = library.table(kind).fold(part.energy_MeV, part.energy_per_decay_MeV)
            found[kind] = unit * float(fold[0, 0]) if part.energy_MeV.size else 0.0
        return found


class OwnRegion(NamedTuple):
    """A lesion that is a region of the patient's own body.

    region : its name in the body. held : the source whose TIAC holds its activity; None: none does.
    """

    region: str
    tiac_h: float
    se_tiac_h: float | None
    held: str | None


def surroundings(
    result: PatientResult, methods: Methods, nuclide: Nuclide, own: Sequence[OwnRegion] = ()
) -> Surroundings:
    """The body around a patient's lesions, from the patient's organ doses.

    Parameters
    ----------
    result : TIACs and doses of the patient's organs.
    methods : those that they were computed by.
    own : lesions that are regions of the body: sources of their own, taken out of what holds them.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`dosimetry.absorbed_dose`; a lesion has more activity than what
        holds it, or is among the patient's sources already.

    Examples
    --------
    >>> from dosimetry import Methods, Patient, nuclide
    >>> from dosimetry.patients.results import results_of
    >>> from dosimetry.tiacs.tiac import Tiac
    >>> from dosimetry.tiacs.tiacs import Tiacs
    >>> tiacs = Tiacs((Tiac("liver", 11.0), Tiac("remainder", 70.0)))
    >>> patient = Patient(name="P01", sex="male", phantom="adult male", given_tiacs=tiacs)
    >>> methods = Methods(heart_contents="none", red_marrow="none", organ_masses="reference")
    >>> lu = nuclide("Lu-177")
    >>> around = surroundings(results_of([patient], methods, lu, ["ICRP 103"])[0], methods, lu)
    >>> around.sources, around.mass_kg("liver") > 1.0
    (('liver', 'remainder'), True)
    """
    patient, tiacs = result.patient, result.sources
    library = library_of(patient.phantom, methods.target_masses, methods.convention)
    given = {t.source: t.value_h for t in tiacs.tiacs}
    lacking = absent_of(patient.absent, library)
    values = source_values(given, library, what="TIAC", unit="h", absent=lacking)
    errors = errors_h(tiacs.tiacs)
    if errors is not None and len(errors) != len(values):
        errors = summed_sides(given, values, library) @ errors
    values, errors = _with_own(values, errors, own, patient.name)
    one = Given(
        values,
        np.eye(len(values)),
        tiacs.organ_mass_kg,
        tiacs.body_mass_kg,
        patient.name,
        patient.absent,
        patient.confirmed_masses,
    )
    (doses,) = absorbed_doses([one], nuclide, library, daughters=methods.daughters)
    assert doses.tiac_error_mGy_per_MBq is not None
    organ_kg = source_values(tiacs.organ_mass_kg, library, what="mass", unit="kg", absent=lacking)
    return Surroundings(
        library,
        nuclide,
        methods.daughters,
        tuple(values),
        np.array(list(values.values())),
        doses.tiac_error_mGy_per_MBq,
        errors,
        PatientMasses(library, organ_kg, tiacs.body_mass_kg),
    )


def _with_own(
    values: dict[str, float], errors: Array | None, own: Sequence[OwnRegion], patient: str
) -> tuple[dict[str, float], Array | None]:
    """TIACs and their errors with lesions as sources of their own; the remainder stays the last."""
    if not own:
        return values, errors
    made = dict(values)
    rest = made.pop(REMAINDER, None)
    for lesion in own:
        if lesion.region in made:
            raise DosimetryError(
                f"patient '{patient}': '{lesion.region}' has a curve or a TIAC among the organs and is a"
                " lesion too, whose activity would count twice: take one of them out"
            )
        made[lesion.region] = lesion.tiac_h
    if rest is not None:
        made[REMAINDER] = rest
    for lesion in own:
        if lesion.held is not None:
            made[lesion.held] -= lesion.tiac_h
    for source, left in made.items():
        if left < 0.0:
            raise DosimetryError(
                f"patient '{patient}': the lesions in '{source}' have a TIAC of {values[source] - left:.4g}"
                f" h, more than its {values[source]:.4g} h: does its curve hold them"
                " (lesions.dose.organs.activity)?"
            )
    if errors is None or any(lesion.se_tiac_h is None for lesion in own):
        return made, None
    names = list(made)
    wider = np.zeros((len(names), errors.shape[1] + len(own)))
    for i, name in enumerate(values):
        wider[names.index(name), : errors.shape[1]] = errors[i]
    for k, lesion in enumerate(own):
        wider[names.index(lesion.region), errors.shape[1] + k] = lesion.se_tiac_h
        if lesion.held is not None:
            wider[names.index(lesion.held), errors.shape[1] + k] = -(lesion.se_tiac_h or 0.0)
    return made, wider


def place_of(around: Surroundings, organ: str | None) -> Place:
    """Where a lesion of an organ is taken to be; of None: anywhere in the body.

    Raises
    ------
    DosimetryError : the organ is bone, marrow or contents, where the tissue around a lesion is not one
        medium; nothing with a TIAC is around it; the body has no dose of its own for the place.
    PhantomError : the body has no such region, with near names.
    """
    library = around.library
    rows = np.zeros(len(library.targets))
    if organ is None:
        if TOTAL_BODY not in library.targets:
            raise DosimetryError(f"body '{library.phantom}' has no target 'total body'")
        rows[library.targets.index(TOTAL_BODY)] = 1.0
        return Place("", _host(around, None), rows)
    known = dict.fromkeys((*library.sources, *library.targets))
    region = resolve(organ, tuple(known), kind="region", where=f"'{library.phantom}'")
    if region in (*BONE_SOURCES, *BONE_TARGETS, *WALLS, *EVERYWHERE):
        raise DosimetryError(
            f"it lies in '{region}', where the tissue around it is not one medium (with no organ, outside ="
            " 'total body' stands for it)"
        )
    targets = own_targets(library, region) if region in library.sources else (region,)
    if not targets:
        raise DosimetryError(f"body '{library.phantom}' has no dose of '{region}'")
    mass = np.array([library.target_mass_kg[t] for t in targets])
    rows[[library.targets.index(t) for t in targets]] = mass / mass.sum()
    return Place(region, _host(around, region), rows)


def _host(around: Surroundings, region: str | None) -> str:
    if region in around.sources:
        return str(region)
    if REMAINDER in around.sources:
        return REMAINDER
    what = f"'{region}'" if region else "what lies around it"
    raise DosimetryError(f"there is no TIAC of {what}, and none of the remainder")


def place_spread(around: Surroundings, host_mass_kg: float) -> float:
    """Relative standard uncertainty of the photon dose within an organ by the place in it.

    Of a sphere of the organ's mass: from the dose at its surface to as much above the mean, rectangular.
    """
    from phantoms.spheres.self_dose import MASS_LIMITS_KG, radius_g_per_cm2, tables
    from phantoms.spheres.surface import surface_fraction

    low, high = MASS_LIMITS_KG
    radius = radius_g_per_cm2(min(max(host_mass_kg, low), high))
    photon = spectra_for(around.library, around.nuclide, around.daughters)["photon"]
    if not photon.energy_MeV.size:
        return 0.0
    mean = np.interp(photon.energy_MeV, tables()["photon"].energy_MeV, tables()["photon"].at(radius)[0])
    edge = surface_fraction("photon", photon.energy_MeV, radius)
    w = photon.energy_per_decay_MeV
    return float((1.0 - (w @ edge) / (w @ mean)) / math.sqrt(3.0))
