"""Absorbed dose of target regions from the TIACs of source regions: D(T) = sum over S of TIAC(S) x S(T<-S).

MIRD Pamphlet 21 (J Nucl Med 2009;50:477-484), equation 2, per administered activity. TIACs are in h
(MBq.h per MBq), doses in mGy/MBq.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide, canonical_name
from dosimetry.svalues.folding import KINDS, SArrays, s_arrays
from dosimetry.svalues.patient_masses import PatientMasses
from dosimetry.svalues.remainder import Remainder, remainder_of
from dosimetry.tiacs.regions import independent, source_values, tiac_covariance
from phantoms.library.conventions import combination_matrix
from phantoms.library.locality import TOTAL_BODY
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series

SECONDS_PER_HOUR = 3600.0


def absorbed_dose(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    organ_mass_kg: Table | None = None,
    body_mass_kg: float | None = None,
    tiac_se_h: Table | None = None,
    tiac_covariance_h2: pd.DataFrame | None = None,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> DoseResult:
    """Absorbed dose of every target region, mGy/MBq.

    Parameters
    ----------
    tiac_h : time-integrated activity coefficient by source region, h. "remainder" is the rest of the body.
    nuclide : e.g. "Zr-89".
    phantom : a phantom's name, e.g. "adult male", or a SAF library.
    organ_mass_kg : the patient's masses of some source regions, kg. The dose of a region to itself, and of
        electrons and alphas from contents to their wall, is scaled to it
        (:mod:`dosimetry.svalues.patient_masses`).
    body_mass_kg : the patient's body mass, kg: regions without a mass of their own, the remainder and the
        total body are scaled to it. Without it they keep the reference body's.
    tiac_se_h : standard error of every TIAC, h, taken as independent; or
    tiac_covariance_h2 : covariance of the TIACs, h2, with the source regions as rows and columns.
    daughters : "none": decays of the nuclide alone; "equilibrium": with the daughters that live shorter
        than it, decaying where it decays (:func:`dosimetry.nuclides.chains.equilibrium`).
    masses : convention of the target masses, for a phantom that has more than one: "ICRP 133" or "ICRP 89".
    convention : of osteogenic cells and the small intestine in the stylised bodies: "ICRP 116" (their own) or
        "OLINDA/EXM 1.x" (:mod:`phantoms.library.olinda`).

    Returns
    -------
    :class:`dosimetry.doses.result.DoseResult`: doses by target and kind of radiation with standard errors, a
    mapping of the totals. Standard errors of the TIACs go by the first-order law of propagation; those of the
    SAFs are their statistics, energies and pairs uncorrelated. One that is not known is NaN, and ``missing``
    says why.

    Raises
    ------
    DosimetryError : unknown nuclide; a TIAC that is negative or not a number; a region given twice;
        "total body" beside other regions; a mass that is not positive.
    PhantomError : unknown phantom or region, with near names.

    >>> dose = absorbed_dose({"liver": 11.0, "remainder": 70.0}, "Zr-89", "adult male")
    >>> dose["Liver"] > dose["kidneys"]
    True
    """
    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses, convention=convention)
    library = s.library
    tiac = source_values(tiac_h, library, what="TIAC", unit="h")
    if not tiac:
        raise DosimetryError("no TIACs were given: at least one source region is needed")
    organ = {} if organ_mass_kg is None else source_values(organ_mass_kg, library, what="mass", unit="kg")
    patient = PatientMasses(library, organ, body_mass_kg)
    rest = _remainder(library, tiac)
    columns, notes = _columns(s, tuple(tiac), patient, rest)
    time_s = np.array([tiac[n] for n in tiac]) * SECONDS_PER_HOUR

    missing: dict[str, str] = {}
    covariance = tiac_covariance(library, list(tiac), tiac_se_h, tiac_covariance_h2)
    errors = None
    if covariance is None:
        missing["se_tiac"] = "no standard errors of the TIACs were given"
    else:
        per_h = np.stack([columns[k] for k in KINDS]) * SECONDS_PER_HOUR
        errors = np.moveaxis(per_h @ independent(covariance), -1, 0)
    se_saf = _se_saf(s, tiac, patient, rest)
    if se_saf is None:
        missing["se_saf"] = f"the SAFs of phantom '{library.phantom}' come without uncertainties"
    return DoseResult(
        library.targets,
        {k: columns[k] @ time_s for k in KINDS},
        (s.nuclide.name,),
        library.phantom,
        library.sex,
        library.conventions.masses,
        body_mass_kg=body_mass_kg,
        organ_mass_kg=organ,
        tiac_error_mGy_per_MBq=errors,
        se_saf_mGy_per_MBq=se_saf,
        missing=missing,
        provenance={k: v for k, v in s.provenance().items() if k != "notes"},
        notes=(*s.notes, *notes),
    )


def absorbed_dose_of_chain(
    tiac_h: Mapping[str, Table], phantom: str | SafLibrary, **options: Any
) -> DoseResult:
    """Doses of several nuclides with TIACs of their own, e.g. a parent and daughters that move away.

    Parameters
    ----------
    tiac_h : nuclide -> TIACs in h by source region, all per MBq of what is administered (the parent).
    options : as in :func:`absorbed_dose`, the same for all nuclides; but standard errors of TIACs, which
        belong to one nuclide, are not taken.

    Returns
    -------
    The sum, as ``+`` of two results makes it.

    Raises
    ------
    DosimetryError : no nuclide, one twice, or standard errors of TIACs; else as :func:`absorbed_dose`.
    """
    names = [canonical_name(n) for n in tiac_h]
    if not names or len(set(names)) < len(names):
        raise DosimetryError(f"nuclides {', '.join(tiac_h) or '(none)'}: each is due once, and at least one")
    refused = {"tiac_se_h", "tiac_covariance_h2"} & set(options)
    if refused:
        raise DosimetryError(f"{', '.join(sorted(refused))} cannot be given for several nuclides at once")
    first, *more = (
        absorbed_dose(t, n, phantom, **options) for n, t in zip(names, tiac_h.values(), strict=True)
    )
    total = sum(more, first)
    return replace(total, provenance={**total.provenance, "daughters": "each nuclide with its own TIACs"})


def _remainder(library: SafLibrary, tiac: Mapping[str, float]) -> Remainder | None:
    if TOTAL_BODY in tiac and len(tiac) > 1:
        raise DosimetryError(
            "TIACs name 'total body' beside other regions, whose activity would count twice: give 'remainder'"
            " (total body less all other regions) instead"
        )
    if REMAINDER not in tiac:
        return None
    return remainder_of(library, [n for n in tiac if n != REMAINDER])


def _mixtures(
    s: SArrays, source: str, masses: PatientMasses, rest: Remainder | None
) -> dict[str, NDArray[np.float64]]:
    """How much of each of the body's S values is in S(T<-source) of the patient, by kind, (T, S)."""
    library = s.library
    if source == REMAINDER and rest is not None:
        return {k: rest.mixture(library, k) * masses.remainder_factors(k, rest)[:, None] for k in KINDS}
    i, found = library.sources.index(source), {}
    for k in KINDS:
        found[k] = np.zeros(s.value[k].shape)
        found[k][:, i] = masses.factors(k, source)
    return found


def _columns(
    s: SArrays, named: tuple[str, ...], masses: PatientMasses, rest: Remainder | None
) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """The patient's S values of the given sources by kind, (T, n), and notes on how they were made."""
    library, notes = s.library, []
    columns = {k: np.zeros((len(library.targets), len(named))) for k in KINDS}
    for j, name in enumerate(named):
        if name == REMAINDER and rest is not None:
            made, below = rest.s_values(s)
            notes.append(rest.note)
            if below:
                notes.append(
                    f"Below 0 by subtraction, so set to 0: S from the remainder to {', '.join(below)}."
                )
            for k in KINDS:
                columns[k][:, j] = _scaled(made[k], masses.remainder_factors(k, rest), library)
        else:
            i = library.sources.index(name)
            for k in KINDS:
                columns[k][:, j] = _scaled(s.value[k][:, i], masses.factors(k, name), library)
    return columns, [*notes, *masses.notes(named, rest)]


def _scaled(s: NDArray[np.float64], factor: NDArray[np.float64], library: SafLibrary) -> NDArray[np.float64]:
    """S values times factors by target; targets that are combined of others follow those."""
    have = library.conventions.combined
    if not have or np.all(factor == 1.0):
        return s * factor
    matrix, factor = combination_matrix(library.targets, have), factor.copy()
    before, after = matrix @ s, matrix @ (s * factor)
    rows = [library.targets.index(t) for t in have]
    factor[rows] = np.divide(after, before, out=np.ones_like(after), where=before > 0.0)
    return np.asarray(s * factor)


def _se_saf(
    s: SArrays, tiac_h: Mapping[str, float], masses: PatientMasses, rest: Remainder | None
) -> NDArray[np.float64] | None:
    """Standard error of the doses from the SAFs' statistics, (T,), mGy/MBq; None where they state none.

    Every pair's S value comes into a dose with one weight, the sum over the TIACs of how much of it is in
    each source; the pairs are independent, so their errors times weights add in quadrature.
    """
    if s.variance is None:
        return None
    weight = {k: np.zeros(s.value[k].shape) for k in KINDS}
    for name, value in tiac_h.items():
        for k, mixture in _mixtures(s, name, masses, rest).items():
            weight[k] += value * SECONDS_PER_HOUR * mixture
    return np.asarray(np.sqrt(sum((v * weight[k] ** 2).sum(axis=1) for k, v in s.variance.items())))
