"""Absorbed dose of target regions from the TIACs of source regions: D(T) = sum over S of TIAC(S) x S(T<-S).

MIRD Pamphlet 21 (J Nucl Med 2009;50:477-484), equation 2, per administered activity. TIACs are in h
(MBq.h per MBq), doses in mGy/MBq.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import descendants
from dosimetry.nuclides.nuclide import Nuclide, canonical_name
from dosimetry.nuclides.nuclide import nuclide as find_nuclide
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.plausible import bound_of
from dosimetry.tiacs.regions import absent_of, independent, source_values, tiac_covariance
from phantoms.library.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

    Table = Mapping[str, float] | pd.Series


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
    absent: Sequence[str] = (),
    confirmed_masses: Sequence[str] = (),
    per_MBq_of: str | Nuclide | None = None,
) -> DoseResult:
    """Absorbed dose of every target region, mGy/MBq.

    Parameters
    ----------
    tiac_h : time-integrated activity coefficient by source region, h. "remainder" is the rest of the body.
        Left and right of a region that the body has as one ("left kidney", "right kidney") are added, here
        and in masses and errors; one side alone is refused unless the other is ``absent``.
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
        than it, decaying where it decays (:func:`dosimetry.equilibrium`).
    masses : convention of the target masses, for a phantom that has more than one: "ICRP 133" or "ICRP 89".
    convention : of osteogenic cells and the small intestine in the stylised bodies: "ICRP 116" (their own) or
        "OLINDA/EXM 1.x" (:mod:`phantoms.library.olinda`).
    absent : sides of paired organs that the patient lacks, e.g. ["left kidney"]; what is left needs its mass.
    confirmed_masses : source regions whose mass is as given though it is outside 0.2 to 5 times the reference
        body's, which else is refused.
    per_MBq_of : the nuclide that was administered, where the TIACs are a daughter's per MBq of its parent.

    Returns
    -------
    :class:`dosimetry.DoseResult`: doses by target and kind of radiation with standard errors, a
    mapping of the totals. Standard errors of the TIACs go by the first-order law of propagation; those of the
    SAFs are their statistics, energies and pairs uncorrelated. One that is not known is NaN, and ``missing``
    says why.

    Raises
    ------
    DosimetryError : unknown nuclide; a TIAC that is negative or not a number; a region given twice, one side
        without the other; "total body" beside other regions; TIACs above half-life/ln 2
        (:mod:`dosimetry.tiacs.plausible`); a mass that is not positive, or unlikely and not confirmed.
    PhantomError : unknown phantom or region, with near names.

    >>> dose = absorbed_dose({"liver": 11.0, "remainder": 70.0}, "Zr-89", "adult male")
    >>> dose["Liver"] > dose["kidneys"]
    True
    """
    library = library_of(phantom, masses, convention)
    lacking = absent_of(absent, library)
    tiac = source_values(tiac_h, library, what="TIAC", unit="h", absent=lacking)
    covariance = tiac_covariance(library, list(tiac), tiac_se_h, tiac_covariance_h2, lacking)
    given = Given(
        tiac,
        None if covariance is None else independent(covariance),
        {} if organ_mass_kg is None else {str(k): v for k, v in organ_mass_kg.items()},
        body_mass_kg,
        absent=absent,
        confirmed=confirmed_masses,
    )
    of = find_nuclide(nuclide)
    bound = bound_of(of, of if per_MBq_of is None else find_nuclide(per_MBq_of))
    return absorbed_doses([given], of, library, daughters=daughters, bound=bound)[0]


def absorbed_dose_of_chain(
    tiac_h: Mapping[str, Table], phantom: str | SafLibrary, **options: Any
) -> DoseResult:
    """Doses of several nuclides with TIACs of their own, e.g. a parent and daughters that move away.

    Parameters
    ----------
    tiac_h : nuclide -> TIACs in h by source region, all per MBq of what is administered (the parent).
    options : as in :func:`absorbed_dose`, the same for all nuclides; but standard errors of TIACs, which
        belong to one nuclide, are not taken. ``per_MBq_of`` is the parent of the others where it is among
        them.

    Returns
    -------
    The sum, as ``+`` of two results makes it.

    Raises
    ------
    DosimetryError : no nuclide, one twice, or standard errors of TIACs; else as :func:`absorbed_dose`.

    Examples
    --------
    >>> tiac = {"Pb-212": {"liver": 5.0}, "Bi-212": {"liver": 4.0, "kidneys": 1.0}}
    >>> absorbed_dose_of_chain(tiac, "adult male").nuclides
    ('Pb-212', 'Bi-212')
    """
    names = [canonical_name(n) for n in tiac_h]
    if not names or len(set(names)) < len(names):
        raise DosimetryError(f"nuclides {', '.join(tiac_h) or '(none)'}: one or more, each once, are needed")
    refused = {"tiac_se_h", "tiac_covariance_h2"} & set(options)
    if refused:
        raise DosimetryError(f"{', '.join(sorted(refused))} cannot be given for several nuclides at once")
    if "per_MBq_of" not in options:
        options["per_MBq_of"] = _parent(names)
    first, *more = (
        absorbed_dose(t, n, phantom, **options) for n, t in zip(names, tiac_h.values(), strict=True)
    )
    total = sum(more, first)
    return replace(total, provenance={**total.provenance, "daughters": "each nuclide with its own TIACs"})


def _parent(names: Sequence[str]) -> str:
    """The nuclide that all others come from, or where there is none such the one that lives longest."""
    for name in names:
        if descendants(name) >= set(names) - {name}:
            return name
    return max(names, key=lambda n: find_nuclide(n).half_life_h)
