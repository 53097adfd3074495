"""Absorbed dose of target regions from the TIACs of source regions: D(T) = sum over S of TIAC(S) x S(T<-S).

MIRD Pamphlet 21 (J Nucl Med 2009;50:477-484), equation 2, per administered activity. TIACs are in h
(MBq.h per MBq), doses in mGy/MBq.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclide import Nuclide
from dosimetry.remainder import TOTAL_BODY, Remainder, remainder_of
from dosimetry.svalues import KINDS, SArrays, s_arrays
from phantoms.anatomy import REMAINDER, resolve
from phantoms.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series

SECONDS_PER_HOUR = 3600.0

#: Power of (reference mass / patient mass) that the self-dose of each kind of radiation scales with.
SELF_DOSE_POWER: dict[str, float] = {"photon": 2.0 / 3.0, "electron": 1.0, "alpha": 1.0}


def absorbed_dose(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    organ_mass_kg: Table | None = None,
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
    return dose_table(tiac_h, nuclide, phantom, organ_mass_kg=organ_mass_kg)["dose_mGy_per_MBq"]


def dose_table(
    tiac_h: Table,
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    organ_mass_kg: Table | None = None,
    tiac_se_h: Table | None = None,
    tiac_covariance_h2: pd.DataFrame | None = None,
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
    SAFs) and ``se`` (both). A standard error that is not known is NaN and ``.attrs`` says why.
    """
    import pandas as pd

    s = s_arrays(nuclide, phantom)
    library = s.library
    tiac = source_values(tiac_h, library, what="TIAC", unit="h")
    if not tiac:
        raise DosimetryError("no TIACs were given: at least one source region is needed")
    mass = source_values(organ_mass_kg, library, what="mass", unit="kg") if organ_mass_kg is not None else {}
    for name, m in mass.items():
        if m <= 0.0:
            raise DosimetryError(f"mass of '{name}' is {m:g} kg; a mass must be above 0")
        if name not in library.targets or name not in library.sources:
            raise DosimetryError(
                f"mass of '{name}': it has no self-dose in phantom '{library.phantom}' to scale"
            )

    notes = list(s.notes)
    rest = _remainder(library, tiac)
    columns, more = _columns(s, tiac, mass, rest)
    notes += more
    time_s = np.array([tiac[n] for n in tiac]) * SECONDS_PER_HOUR
    parts = {k: columns[k] @ time_s for k in KINDS}
    dose = np.sum([parts[k] for k in KINDS], axis=0)
    frame = pd.DataFrame({"dose_mGy_per_MBq": dose, **parts}, index=pd.Index(library.targets, name="target"))

    reasons: dict[str, str] = {}
    covariance = _covariance(library, list(tiac), tiac_se_h, tiac_covariance_h2)
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
        weight = _source_weights(library, tiac, rest) * SECONDS_PER_HOUR
        frame["se_saf"] = np.sqrt(s.variance @ weight**2)
    frame["se"] = np.sqrt(frame["se_tiac"] ** 2 + frame["se_saf"].fillna(0.0) ** 2)

    attrs: dict[Hashable, Any] = {"unit": "mGy/MBq", "sex": library.sex}
    attrs.update(s.provenance())
    attrs["notes"] = " ".join(notes)
    attrs.update({f"{k} missing": v for k, v in reasons.items()})
    if np.any(parts["alpha"] > 0.0):
        share = np.divide(parts["alpha"], dose, out=np.zeros_like(dose), where=dose > 0.0)
        attrs["alpha_fraction"] = dict(zip(library.targets, share.tolist(), strict=True))
    frame.attrs.update(attrs)
    return frame


def source_values(values: Table, library: SafLibrary, *, what: str, unit: str) -> dict[str, float]:
    """Numbers by source region with canonical names, in the order given; checked one by one.

    Raises DosimetryError for a value that is negative or not a finite number and for a region given twice;
    PhantomError for an unknown one.
    """
    where = f"phantom '{library.phantom}'"
    found: dict[str, float] = {}
    words: dict[str, str] = {}
    for word, raw in values.items():
        name = resolve(str(word), (*library.sources, REMAINDER), kind="source region", where=where)
        if name in found:
            raise DosimetryError(f"{what} of '{name}' is given twice: as '{words[name]}' and as '{word}'")
        try:
            number = float(raw)
        except (TypeError, ValueError):
            raise DosimetryError(f"{what} of '{word}' is {raw!r}; a number in {unit} is needed") from None
        if not math.isfinite(number) or number < 0.0:
            raise DosimetryError(f"{what} of '{word}' is {number:g} {unit}; it must be a number of 0 or more")
        found[name], words[name] = number, str(word)
    return found


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
            ratio = library.target_mass_kg[name] / mass[name]
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
    library: SafLibrary, tiac: Mapping[str, float], rest: Remainder | None
) -> NDArray[np.float64]:
    """TIAC in h that each of the library's sources stands for, (S,), with the remainder shared out."""
    weight = np.zeros(len(library.sources))
    for name, value in tiac.items():
        if name == REMAINDER and rest is not None:
            weight += value * rest.share
        else:
            weight[library.sources.index(name)] += value
    return weight


def _covariance(
    library: SafLibrary, names: list[str], se: Table | None, covariance: pd.DataFrame | None
) -> NDArray[np.float64] | None:
    """Covariance of the TIACs in h2, (n, n) in the order of ``names``."""
    if se is not None and covariance is not None:
        raise DosimetryError("give either standard errors of the TIACs or their covariance, not both")
    if se is not None:
        given = source_values(se, library, what="standard error of the TIAC", unit="h")
        lacking = [n for n in names if n not in given]
        if lacking:
            raise DosimetryError(
                f"no standard error of the TIAC of {', '.join(lacking)}; give one for every source"
                " (0 if exact)"
            )
        return np.diag([given[n] ** 2 for n in names])
    if covariance is None:
        return None
    where = f"phantom '{library.phantom}'"
    allowed = (*library.sources, REMAINDER)
    rows = [resolve(str(w), allowed, kind="source region", where=where) for w in covariance.index]
    cols = [resolve(str(w), allowed, kind="source region", where=where) for w in covariance.columns]
    if sorted(rows) != sorted(names) or sorted(cols) != sorted(names):
        raise DosimetryError(
            "the covariance of the TIACs must have each source region once as row and as column:"
            f" {', '.join(names)}"
        )
    matrix = covariance.to_numpy(dtype=float)[
        np.ix_([rows.index(n) for n in names], [cols.index(n) for n in names])
    ]
    if not np.all(np.isfinite(matrix)) or not np.allclose(matrix, matrix.T):
        raise DosimetryError("the covariance of the TIACs must be symmetric and hold finite numbers, in h2")
    return np.asarray(matrix)
