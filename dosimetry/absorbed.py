"""Absorbed dose of target regions from the TIACs of source regions: D(T) = sum over S of TIAC(S) x S(T<-S).

MIRD Pamphlet 21 (J Nucl Med 2009;50:477-484), equation 2, per administered activity. TIACs are in h
(MBq.h per MBq), doses in mGy/MBq.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclide import Nuclide
from dosimetry.regions import source_values, tiac_covariance
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
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> pd.Series:
    """Absorbed dose of every target region, mGy/MBq.

    Parameters
    ----------
    tiac_h : time-integrated activity coefficient by source region, h. "remainder" is the rest of the body.
    nuclide : e.g. "Zr-89".
    phantom : a phantom's name, e.g. "adult male", or a SAF library.
    organ_mass_kg : the patient's masses of some regions, kg. The dose of a region to itself is scaled by
        (reference mass / patient's mass) for electrons and alphas and by its power 2/3 for photons;
        doses between regions are not scaled.
    daughters : "none": decays of the nuclide alone; "equilibrium": with the daughters that live shorter
        than it, decaying where it decays (:func:`dosimetry.chains.equilibrium`).
    masses : convention of the target masses, for a phantom that has more than one: "ICRP 133" or "ICRP 89".
    convention : of osteogenic cells and the small intestine in the stylised bodies: "ICRP 116" (their own) or
        "OLINDA/EXM 1.x" (:mod:`phantoms.olinda`).

    Returns
    -------
    Series by target region; ``.attrs`` says in text where the numbers come from. ``attrs["alpha_fraction"]``
    holds the share of the dose by alphas and recoil nuclei, where there is one, for the effective dose.

    Raises
    ------
    DosimetryError : unknown nuclide; a TIAC that is negative or not a number; a region given twice;
        "total body" beside other regions; a mass that is not positive.
    PhantomError : unknown phantom or region, with near names.
    """
    table = dose_table(
        tiac_h, nuclide, phantom,
        organ_mass_kg=organ_mass_kg, daughters=daughters, masses=masses, convention=convention,
    )  # fmt: skip
    return table["dose_mGy_per_MBq"]


def dose_table(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    organ_mass_kg: Table | None = None,
    tiac_se_h: Table | None = None,
    tiac_covariance_h2: pd.DataFrame | None = None,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> pd.DataFrame:
    """Absorbed doses with their parts and standard errors; see :func:`absorbed_dose`.

    Parameters
    ----------
    tiac_se_h : standard error of every TIAC, h, taken as independent; or
    tiac_covariance_h2 : covariance of the TIACs, h2, with the source regions as rows and columns.

    Returns
    -------
    DataFrame by target region, all in mGy/MBq: ``dose_mGy_per_MBq``; its parts ``photon``, ``electron``,
    ``alpha``; standard errors ``se_tiac`` (first-order law of propagation), ``se_saf`` (statistics of the
    SAFs, energies and pairs uncorrelated) and ``se`` (both; of the TIACs alone where the SAFs state none). A
    standard error that is not known is NaN and ``.attrs`` says why.
    """
    import pandas as pd

    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses, convention=convention)
    library = s.library
    tiac = source_values(tiac_h, library, what="TIAC", unit="h")
    if not tiac:
        raise DosimetryError("no TIACs were given: at least one source region is needed")
    mass = _masses(organ_mass_kg, library)
    notes = list(s.notes)
    rest = _remainder(library, tiac)
    columns, more = _columns(s, tiac, mass, rest)
    notes += more
    time_s = np.array([tiac[n] for n in tiac]) * SECONDS_PER_HOUR
    parts = {k: columns[k] @ time_s for k in KINDS}
    dose = np.sum([parts[k] for k in KINDS], axis=0)
    frame = pd.DataFrame({"dose_mGy_per_MBq": dose, **parts}, index=pd.Index(library.targets, name="target"))

    reasons: dict[str, str] = {}
    covariance = tiac_covariance(library, list(tiac), tiac_se_h, tiac_covariance_h2)
    if covariance is None:
        frame["se_tiac"] = np.nan
        reasons["se_tiac"] = "no standard errors of the TIACs were given"
    else:
        per_h = np.sum([columns[k] for k in KINDS], axis=0) * SECONDS_PER_HOUR
        frame["se_tiac"] = np.sqrt(np.einsum("ti,ij,tj->t", per_h, covariance, per_h).clip(min=0.0))
    if s.variance is None:
        frame["se_saf"] = np.nan
        reasons["se_saf"] = f"the SAFs of phantom '{library.phantom}' come without uncertainties"
    else:
        weight = _source_weights(library, tiac, mass, rest) * SECONDS_PER_HOUR
        frame["se_saf"] = np.sqrt((s.variance * weight**2).sum(axis=1))
    frame["se"] = np.sqrt(frame["se_tiac"] ** 2 + frame["se_saf"].fillna(0.0) ** 2)

    attrs: dict[Hashable, Any] = {"unit": "mGy/MBq", "sex": library.sex}
    attrs.update(s.provenance())
    attrs["notes"] = " ".join(notes)
    attrs.update({f"{k} missing": v for k, v in reasons.items()})
    frame.attrs.update(attrs)
    _set_alpha_fraction(frame)
    return frame


def dose_table_of_chain(
    tiac_h: Mapping[str, Table], phantom: str | SafLibrary, **options: Any
) -> pd.DataFrame:
    """Doses of several nuclides with TIACs of their own, e.g. a parent and daughters that move away.

    Parameters
    ----------
    tiac_h : nuclide -> TIACs in h by source region, all per MBq of what is administered (the parent).
    options : as in :func:`dose_table`, the same for all nuclides; but standard errors of TIACs, which belong
        to one nuclide, are not taken.

    Returns
    -------
    As :func:`dose_table`; standard errors of the SAFs are added linearly, since the nuclides share them.

    Raises
    ------
    DosimetryError : no nuclide, one twice, or standard errors of TIACs; else as :func:`dose_table`.
    """
    import pandas as pd

    from dosimetry.nuclide import canonical_name

    names = [canonical_name(n) for n in tiac_h]
    if not names or len(set(names)) < len(names):
        raise DosimetryError(f"nuclides {', '.join(tiac_h) or '(none)'}: each is due once, and at least one")
    refused = {"tiac_se_h", "tiac_covariance_h2"} & set(options)
    if refused:
        raise DosimetryError(f"{', '.join(sorted(refused))} cannot be given for several nuclides at once")
    tables = {n: dose_table(t, n, phantom, **options) for n, t in zip(names, tiac_h.values(), strict=True)}
    first = next(iter(tables.values()))
    total = np.sum([t.to_numpy() for t in tables.values()], axis=0)
    frame = pd.DataFrame(total, index=first.index, columns=first.columns)
    frame.attrs.update({str(k): v for k, v in first.attrs.items()})
    frame.attrs.update(nuclide=", ".join(names), daughters="each nuclide with its own TIACs")
    frame.attrs["notes"] = " ".join(f"{n}: {t.attrs['notes']}" for n, t in tables.items())
    _set_alpha_fraction(frame)
    return frame


def _set_alpha_fraction(frame: pd.DataFrame) -> None:
    """Share of alphas and recoil in each dose, into ``.attrs``, where there are any."""
    dose, alpha = frame["dose_mGy_per_MBq"], frame["alpha"]
    frame.attrs.pop("alpha_fraction", None)
    if (alpha > 0.0).any():
        frame.attrs["alpha_fraction"] = (alpha / dose.where(dose > 0.0)).fillna(0.0).to_dict()


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
