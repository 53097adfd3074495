"""The cohort's TIACs in the bodies of each age: the mean of the doses that each subject's TIACs make there.

Dose is linear in the TIACs, so where all subjects have the same source regions this is the dose of the mean
TIACs. Where some have a region of their own that is in the remainder of others, subjects of one set of
regions are averaged first: the mean TIAC of a region over those alone who have it would count activity twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dosimetry.doses.bodies.in_bodies import AGES, doses_in_bodies
from dosimetry.doses.bodies.one_sex import SEX_OF
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError
from phantoms.errors import PhantomError

#: Ages of section 11 of a summary of product characteristics, and the body of each.
LABEL_AGES: Mapping[str, str] = {
    age: AGES[age] for age in ("adult", "15 years", "10 years", "5 years", "1 year")
}
WHOLE_BODY = "whole body"


@dataclass(frozen=True)
class DosesByAge:
    """Doses by target and age, mGy/MBq, and effective doses by weights and age, mSv/MBq.

    quantity : weights -> "effective dose" or "effective dose equivalent".
    missing : (target, age) -> why there is no dose.
    groups : (n, source regions) of the subjects who have the same regions.
    """

    dose: Mapping[str, Mapping[str, float]]
    effective: Mapping[str, Mapping[str, float]]
    quantity: Mapping[str, str]
    missing: Mapping[tuple[str, str], str]
    groups: tuple[tuple[int, tuple[str, ...]], ...]


def doses_by_age(results: Results, weights: tuple[str, ...]) -> DosesByAge:
    """The cohort's mean doses in the stylised bodies of :data:`LABEL_AGES`.

    Raises
    ------
    DosimetryError : no TIACs of single subjects; a source region that a body lacks or that one sex alone has.
    """
    groups = _groups(results)
    settings: dict[str, Any] = {"daughters": str(results.setting("daughters", "none"))}
    if convention := results.setting("phantom.convention"):
        settings["convention"] = convention
    total = sum(len(members) for members in groups.values())
    dose: dict[str, dict[str, float]] = {}
    effective: dict[str, dict[str, float]] = {w: dict.fromkeys(LABEL_AGES, 0.0) for w in weights}
    quantity: dict[str, str] = {}
    missing: dict[tuple[str, str], str] = {}
    for sources, members in groups.items():
        share = len(members) / total
        tiac = {s: sum(m[s] for m in members) / len(members) for s in sources}
        try:
            found = doses_in_bodies(tiac, results.nuclide, LABEL_AGES, **settings)
        except PhantomError as error:
            raise DosimetryError(*error.complaints) from None
        missing |= found.missing
        for age, doses in found.items():
            for target, value in doses.items():
                row = dose.setdefault(target, {})
                row[age] = row.get(age, 0.0) + share * value
        for w in weights:
            for age, e in found.effective(w).items():
                effective[w][age] += share * float(e)
                quantity[w] = e.quantity
    return DosesByAge(dose, effective, quantity, missing, tuple((len(m), s) for s, m in groups.items()))


def _groups(results: Results) -> dict[tuple[str, ...], list[dict[str, float]]]:
    """TIACs of the subjects, h, by the source regions that they have."""
    frame = results.table("tiac")
    if frame.empty:
        raise DosimetryError("the results have no table of TIACs")
    frame = frame[(frame["statistic"] == "value") & (frame["source"] != WHOLE_BODY)]
    if lacking := sorted(set(frame.loc[frame["tiac_h"].isna(), "patient"])):
        raise DosimetryError(f"TIACs are missing of: {', '.join(lacking)}")
    if one_sex := sorted(set(frame["source"]) & set(SEX_OF)):
        raise DosimetryError(
            f"{', '.join(one_sex)}: a source region of one sex; the bodies of the ages stand for both, so its"
            " TIAC has no place in a table for both"
        )
    groups: dict[tuple[str, ...], list[dict[str, float]]] = {}
    for _, rows in frame.groupby("patient", sort=False):
        tiac = dict(zip(rows["source"], rows["tiac_h"].astype(float), strict=True))
        groups.setdefault(tuple(sorted(tiac)), []).append(tiac)
    if not groups:
        raise DosimetryError("the results have no TIACs of single subjects")
    return groups
