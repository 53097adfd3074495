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

from dosimetry.doses import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclide import Nuclide, canonical_name
from dosimetry.regions import independent, source_values, tiac_covariance
from dosimetry.remainder import TOTAL_BODY, Remainder, remainder_of
from dosimetry.svalues import KINDS, SArrays, s_arrays
from phantoms.anatomy import REMAINDER
from phantoms.conventions import SELF_PHOTON_EXPONENT
from phantoms.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series

SECONDS_PER_HOUR = 3600.0

#: Power of (reference mass / patient mass) that the self-dose of each kind of radiation scales with.
SELF_DOSE_POWER: dict[str, float] = {"photon": SELF_PHOTON_EXPONENT, "electron": 1.0, "alpha": 1.0}


def absorbed_dose(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    organ_mass_kg: Table | None = None,
    tiac_se_h: Table | None = None,
    tiac_covariance_h2: pd.DataFrame | None = None,
    daughters: str = "none",
    masses: str | None = None,
) -> DoseResult:
    """Absorbed dose of every target region, mGy/MBq.

    Parameters
    ----------
    tiac_h : time-integrated activity coefficient by source region, h. "remainder" is the rest of the body.
    nuclide : e.g. "Zr-89".
    phantom : a phantom's name, e.g. "adult male", or a SAF library.
    organ_mass_kg : the patient's masses of some regions, kg. The dose of a region to itself is scaled by
        (reference mass / patient's mass) for electrons and alphas and by its power 2/3 for photons;
        doses between regions are not scaled.
    tiac_se_h : standard error of every TIAC, h, taken as independent; or
    tiac_covariance_h2 : covariance of the TIACs, h2, with the source regions as rows and columns.
    daughters : "none": decays of the nuclide alone; "equilibrium": with the daughters that live shorter
        than it, decaying where it decays (:func:`dosimetry.chains.equilibrium`).
    masses : convention of the target masses, for a phantom that has more than one: "ICRP 133" or "ICRP 89".

    Returns
    -------
    :class:`dosimetry.doses.DoseResult`: doses by target and kind of radiation with standard errors, a
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
    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses)
    library = s.library
    tiac = source_values(tiac_h, library, what="TIAC", unit="h")
    if not tiac:
        raise DosimetryError("no TIACs were given: at least one source region is needed")
    mass = _masses(organ_mass_kg, library)
    rest = _remainder(library, tiac)
    columns, notes = _columns(s, tiac, mass, rest)
    time_s = np.array([tiac[n] for n in tiac]) * SECONDS_PER_HOUR

    missing: dict[str, str] = {}
    covariance = tiac_covariance(library, list(tiac), tiac_se_h, tiac_covariance_h2)
    errors = None
    if covariance is None:
        missing["se_tiac"] = "no standard errors of the TIACs were given"
    else:
        per_h = np.stack([columns[k] for k in KINDS]) * SECONDS_PER_HOUR
        errors = np.moveaxis(per_h @ independent(covariance), -1, 0)
    se_saf = None
    if s.variance is None:
        missing["se_saf"] = f"the SAFs of phantom '{library.phantom}' come without uncertainties"
    else:
        weight = _source_weights(library, tiac, mass, rest) * SECONDS_PER_HOUR
        se_saf = np.sqrt((s.variance * weight**2).sum(axis=1))
    return DoseResult(
        library.targets,
        {k: columns[k] @ time_s for k in KINDS},
        (s.nuclide.name,),
        library.phantom,
        library.sex,
        library.conventions.masses,
        organ_mass_kg=mass,
        tiac_error_mGy_per_MBq=errors,
        se_saf_mGy_per_MBq=se_saf,
        missing=missing,
        provenance={k: v for k, v in s.provenance().items() if k != "notes"},
        notes=(*s.notes, *notes),
    )


def dose_table(
    tiac_h: Table, nuclide: str | Nuclide, phantom: str | SafLibrary, **options: Any
) -> pd.DataFrame:
    """:func:`absorbed_dose` as a table; see :meth:`dosimetry.doses.DoseResult.to_frame`."""
    return absorbed_dose(tiac_h, nuclide, phantom, **options).to_frame()


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


def _masses(organ_mass_kg: Table | None, library: SafLibrary) -> dict[str, float]:
    """The patient's masses by region, kg; each must be above 0 and of a region that has a self-dose."""
    if organ_mass_kg is None:
        return {}
    mass = source_values(organ_mass_kg, library, what="mass", unit="kg")
    for name, m in mass.items():
        if m <= 0.0:
            raise DosimetryError(f"mass of '{name}' is {m:g} kg; a mass must be above 0")
        if name not in library.targets or name not in library.sources:
            raise DosimetryError(
                f"mass of '{name}': phantom '{library.phantom}' has no self-dose of that name to scale"
            )
    return mass


def _reference_kg(library: SafLibrary, name: str) -> float:
    """Mass that a region's self-dose is for: the target's, or the source's where targets are combined."""
    return library.target_mass_kg.get(name) or library.source_mass_kg[name]


def _remainder(library: SafLibrary, tiac: Mapping[str, float]) -> Remainder | None:
    if TOTAL_BODY in tiac and len(tiac) > 1:
        raise DosimetryError(
            "TIACs name 'total body' beside other regions, whose activity would count twice: give 'remainder'"
            " (total body less all other regions) instead"
        )
    if REMAINDER not in tiac:
        return None
    return remainder_of(library, [n for n in tiac if n != REMAINDER])


def _columns(
    s: SArrays, tiac: Mapping[str, float], mass: Mapping[str, float], rest: Remainder | None
) -> tuple[dict[str, NDArray[np.float64]], list[str]]:
    """S values of the given sources by kind, (T, n), the remainder made and self-doses scaled; notes."""
    library, notes = s.library, []
    columns = {k: np.zeros((len(library.targets), len(tiac))) for k in KINDS}
    for j, name in enumerate(tiac):
        if name == REMAINDER and rest is not None:
            made, below = rest.s_values(s)
            notes.append(rest.note)
            if below:
                notes.append(
                    f"Below 0 by subtraction, so set to 0: S from the remainder to {', '.join(below)}."
                )
            for k in KINDS:
                columns[k][:, j] = made[k]
            continue
        i = library.sources.index(name)
        for k in KINDS:
            columns[k][:, j] = s.value[k][:, i]
        if name in mass:
            t = library.targets.index(name)
            ratio = _reference_kg(library, name) / mass[name]
            for k in KINDS:
                columns[k][t, j] *= ratio ** SELF_DOSE_POWER[k]
    scaled = [n for n in mass if n in tiac]
    if scaled:
        listed = ", ".join(
            f"{n} {mass[n]:.4g} kg (reference {library.target_mass_kg[n]:.4g} kg)" for n in scaled
        )
        notes.append(
            f"Self-doses scaled to the patient's masses: {listed}; electrons and alphas by the ratio of the"
            " masses, photons by its power 2/3; doses between regions are not scaled."
        )
    return columns, notes


def _source_weights(
    library: SafLibrary, tiac: Mapping[str, float], mass: Mapping[str, float], rest: Remainder | None
) -> NDArray[np.float64]:
    """TIAC in h that each pair's S value stands for, (T, S), with the remainder shared out by its mixture.

    Self-doses are scaled as photons are, which bring the statistics.
    """
    weight = np.zeros((len(library.targets), len(library.sources)))
    for name, value in tiac.items():
        if name == REMAINDER and rest is not None:
            weight += value * rest.share
            continue
        i = library.sources.index(name)
        weight[:, i] += value
        if name in mass:
            t = library.targets.index(name)
            scale = (_reference_kg(library, name) / mass[name]) ** SELF_PHOTON_EXPONENT
            weight[t, i] += value * (scale - 1.0)
    return weight
