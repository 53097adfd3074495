"""Absorbed doses of many patients at once, by arrays of S values; one patient is a cohort of one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.effective import weight_set
from dosimetry.doses.effective_result import weighted_se
from dosimetry.doses.result import DoseResult
from dosimetry.doses.weighting import lacking_tissues, weighting
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.svalues.folding import KINDS, SArrays, s_arrays
from dosimetry.svalues.mass_limits import check_masses
from dosimetry.svalues.patient_masses import PatientMasses, mass_factors
from dosimetry.svalues.remainder import Remainder, remainder_of
from dosimetry.tiacs.plausible import Bound, bound_of, check_tiacs
from dosimetry.tiacs.regions import absent_of, check_absent, source_values, summed_sides
from phantoms.library.conventions import combination_matrix
from phantoms.library.locality import TOTAL_BODY, bones_beside_marrow
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

SECONDS_PER_HOUR = 3600.0
#: Patients whose doses are computed together: as many as keep the arrays in some 20 MB.
TOGETHER = 256

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Given:
    """What the doses of one patient are made from.

    tiac_h : TIAC by source region, h. "remainder" is the rest of the body.
    error_h : (n, M) what one standard error of each of M independent sources of error changes in the n TIACs,
        h, in the order of ``tiac_h``; None: not known.
    organ_mass_kg, body_mass_kg : the patient's masses, where they are known (see
        :func:`dosimetry.absorbed_dose`).
    name : whose they are, for messages; "" says nothing.
    absent : sides of paired organs that the patient lacks, e.g. "left kidney".
    confirmed : source regions whose masses are as given, however far from the reference body's.
    """

    tiac_h: Mapping[str, float]
    error_h: Array | None = None
    organ_mass_kg: Mapping[str, float] = field(default_factory=dict)
    body_mass_kg: float | None = None
    name: str = ""
    absent: Sequence[str] = ()
    confirmed: Sequence[str] = ()


def absorbed_doses(
    patients: Sequence[Given],
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
    bound: Bound | None = None,
    with_own: Collection[str] = (),
) -> list[DoseResult]:
    """Absorbed doses of patients who share a body, as :func:`dosimetry.absorbed_dose` gives.

    Parameters
    ----------
    patients : any number; each one's doses are the same, bit for bit, whoever else is among them.
    nuclide, phantom, daughters, masses, convention : as for one patient.
    bound : the longest TIAC that there can be; None: the nuclide's half-life/ln 2.
    with_own : nuclides whose doses are added to these, from TIACs of their own: nothing is said of them where
        the daughters that are left out are told of.

    Raises
    ------
    DosimetryError, PhantomError : as for one patient, with the patient's name.

    >>> two = absorbed_doses(
    ...     [Given({"liver": 11.0, "remainder": 70.0}), Given({"liver": 22.0, "remainder": 59.0})],
    ...     "Zr-89", "adult male",
    ... )
    >>> two[1]["liver"] > two[0]["liver"]
    True
    """
    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses, convention=convention)
    longest = bound_of(s.nuclide) if bound is None else bound
    checked = [_checked(s.library, p, longest) for p in patients]
    left_out = left_out_note(s.nuclide, daughters, with_own)
    groups: dict[tuple[str, ...], list[int]] = {}
    for i, (tiac, *_) in enumerate(checked):
        groups.setdefault(tuple(tiac), []).append(i)
    found: dict[int, DoseResult] = {}
    for named, members in groups.items():
        body = _Body(s, named, left_out)
        for at in range(0, len(members), TOGETHER):
            batch = members[at : at + TOGETHER]
            results = body.doses([checked[i] for i in batch], [patients[i] for i in batch])
            found.update(zip(batch, results, strict=True))
    return [found[i] for i in range(len(patients))]


#: TIACs, masses, errors of the TIACs, and what must be said of them.
Checked = tuple[dict[str, float], PatientMasses, Array | None, tuple[str, ...]]


def _checked(library: SafLibrary, given: Given, bound: Bound) -> Checked:
    try:
        absent = absent_of(given.absent, library)
        tiac = source_values(given.tiac_h, library, what="TIAC", unit="h", absent=absent)
        if not tiac:
            raise DosimetryError("no TIACs were given: at least one source region is needed")
        if TOTAL_BODY in tiac and len(tiac) > 1:
            raise DosimetryError(
                "TIACs name 'total body' beside other regions, whose activity would count twice: give"
                " 'remainder' (total body less all other regions) instead"
            )
        error_h = given.error_h
        if error_h is not None and len(error_h) != len(tiac):  # left and right, whose errors add as they do
            error_h = summed_sides(given.tiac_h, tiac, library) @ error_h
        warnings = check_tiacs(tiac, error_h, bound)
        organ = source_values(given.organ_mass_kg, library, what="mass", unit="kg", absent=absent)
        masses = PatientMasses(library, organ, given.body_mass_kg)
        check_absent(absent, tiac, organ, library)
        check_masses(organ, library, given.body_mass_kg, confirmed=given.confirmed)
        notes = [f"Absent: {word}." for word in sorted(absent)]
        return tiac, masses, error_h, (*warnings.values(), *notes)
    except DosimetryError as error:
        raise _of(given, error) from None


def _of(given: Given, error: DosimetryError) -> DosimetryError:
    return DosimetryError(f"patient '{given.name}': {error}") if given.name else error


class _Body:
    """One nuclide's S values for some named sources, by kind of radiation, as arrays."""

    def __init__(self, s: SArrays, named: tuple[str, ...], left_out: str = "") -> None:
        self.s, self.named, library = s, named, s.library
        self.rest: Remainder | None = None
        self.notes = [said for said in (left_out, bones_beside_marrow(library, named)) if said]
        if REMAINDER in named:
            self.rest = remainder_of(library, [n for n in named if n != REMAINDER])
        shape = (len(KINDS), len(library.targets), len(named))
        self.value = np.zeros(shape)
        self.mixture = np.zeros((*shape, len(library.sources)))
        for j, name in enumerate(named):
            if name == REMAINDER and self.rest is not None:
                made, below = self.rest.s_values(s)
                self.notes.append(self.rest.note)
                if below:
                    self.notes.append(
                        f"Below 0 by subtraction, so set to 0: S from the remainder to {', '.join(below)}."
                    )
                for k, kind in enumerate(KINDS):
                    self.value[k, :, j] = made[kind]
                    self.mixture[k, :, j] = self.rest.mixture(library, kind)
            else:
                i = library.sources.index(name)
                self.mixture[:, :, j, i] = 1.0
                for k, kind in enumerate(KINDS):
                    self.value[k, :, j] = s.value[kind][:, i]
        self.facts = {k: v for k, v in s.provenance().items() if k != "notes"}

    def doses(
        self,
        checked: Sequence[Checked],
        patients: Sequence[Given],
    ) -> list[DoseResult]:
        """The doses of patients that have a TIAC of every named source."""
        library, s = self.s.library, self.s
        time_s = np.array([[t[n] for n in self.named] for t, *_ in checked]) * SECONDS_PER_HOUR
        masses = [m for _, m, *_ in checked]
        scaled = any(m.organ_kg or m.body_kg is not None for m in masses)
        factors = self._factors(masses, patients) if scaled else np.ones((1, *self.value.shape))
        per_s = self._with_combined(factors) if scaled else self.value[None]
        part = np.matmul(per_s, time_s[:, None, :, None])[..., 0]
        per_s = np.broadcast_to(per_s, (len(checked), *self.value.shape))
        se_saf = self._se_saf(time_s, factors)
        found = []
        for i, ((_, mass, error_h, said), given) in enumerate(zip(checked, patients, strict=True)):
            missing: dict[str, str] = {}
            error = None
            if error_h is None:
                missing["se_from_tiac"] = "no standard errors of the TIACs were given"
            else:
                error = (per_s[i] @ (error_h * SECONDS_PER_HOUR)).transpose(2, 0, 1)
            if se_saf is None:
                missing["se_from_saf"] = f"the SAFs of phantom '{library.phantom}' come without uncertainties"
            found.append(
                DoseResult(
                    library.targets,
                    dict(zip(KINDS, part[i], strict=True)),
                    (s.nuclide.name,),
                    library.phantom,
                    library.sex,
                    library.conventions.masses,
                    body_mass_kg=given.body_mass_kg,
                    organ_mass_kg=mass.organ_kg,
                    tiac_error_mGy_per_MBq=error,
                    se_from_saf_mGy_per_MBq=None if se_saf is None else se_saf[i],
                    missing=missing,
                    provenance=self.facts,
                    notes=(*said, *s.notes, *self.notes, *mass.notes(self.named, self.rest)),
                )
            )
        return found

    def _factors(self, masses: Sequence[PatientMasses], patients: Sequence[Given]) -> Array:
        """(B, 3, T, n) by how much each S value follows each patient's masses."""
        for mass, given in zip(masses, patients, strict=True):
            try:
                if self.rest is not None:
                    mass.remainder_kg(self.rest)
            except DosimetryError as error:
                raise _of(given, error) from None
        return mass_factors(self.s.library, self.named, self.rest, masses)

    def _with_combined(self, factors: Array) -> Array:
        """(B, 3, T, n) S values times factors; targets that are combined of others follow those."""
        library, have = self.s.library, self.s.library.conventions.combined
        if not have:
            return np.asarray(self.value * factors)
        matrix, factors = combination_matrix(library.targets, have), factors.copy()
        before, after = np.matmul(matrix, self.value), np.matmul(matrix, self.value * factors)
        rows = [library.targets.index(t) for t in have]
        followed = np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
        idle = np.all(factors == 1.0, axis=2, keepdims=True)
        factors[:, :, rows] = np.where(idle, 1.0, followed)
        return np.asarray(self.value * factors)

    def _se_saf(self, time_s: Array, factors: Array) -> Array | None:
        """Standard errors of the doses from the SAFs' statistics, (B, T), mGy/MBq; None: they state none.

        Every pair's S value comes into a dose with one weight, the sum over the TIACs of how much of it is in
        each source; the pairs are independent, so their errors times weights add in quadrature.
        """
        if self.s.variance is None:
            return None
        total = np.zeros((len(time_s), len(self.s.library.targets)))
        for k, kind in enumerate(KINDS):
            if kind in self.s.variance:
                weight = np.matmul((time_s[:, None, :] * factors[:, k])[:, :, None, :], self.mixture[k])
                total += (self.s.variance[kind] * weight[:, :, 0, :] ** 2).sum(axis=-1)
        return np.asarray(np.sqrt(total))


def effective_doses(doses: Sequence[DoseResult], weights: str) -> tuple[Array, Array]:
    """Effective dose of each of many results, and its standard error from the TIACs, (B,) each, mSv/MBq.

    The standard error is NaN where those of the TIACs are not known. Weights change only where one tissue
    overtakes another (a split remainder, five highest): those in force are taken as fixed (first order). Both
    are NaN where a body lacks a tissue (:func:`dosimetry.doses.weighting.lacking_tissues` says which).

    Raises
    ------
    DosimetryError : unknown weight set.
    """
    chosen = weight_set(weights)
    w_alpha = float(chosen["radiation_weight_alpha"])
    bodies: dict[tuple[tuple[str, ...], str], list[int]] = {}
    for i, d in enumerate(doses):
        bodies.setdefault((d.targets, d.sex), []).append(i)
    value, se = np.full(len(doses), np.nan), np.full(len(doses), np.nan)
    for (targets, sex_of), members in bodies.items():
        if lacking_tissues(chosen, targets, sex_of):
            continue
        equivalent = np.stack([_equivalent(doses[i], w_alpha) for i in members])
        weighed = weighting(chosen, targets, sex_of).of(equivalent)
        value[members] = weighed.total
        for i, by_region in zip(members, weighed.by_region, strict=True):
            errors = doses[i].tiac_error_mGy_per_MBq
            if errors is not None:
                se[i] = weighted_se(errors, by_region, w_alpha)
    return value, se


def _equivalent(doses: DoseResult, w_alpha: float) -> Array:
    part = doses.part_mGy_per_MBq
    return part["photon"] + part["electron"] + w_alpha * part["alpha"]
