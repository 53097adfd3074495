"""The cohort's TIACs in the bodies of each age: the mean of the doses that each subject's TIACs make there.

Dose is linear in the TIACs, so where all subjects have the same source regions this is the dose of the mean
TIACs. Where some have a region of their own that is in the remainder of others, subjects of one set of
regions are averaged first: the mean TIAC of a region over those alone who have it would count activity twice.
As in the results, a region counts in its own mean for those in whom it was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dosimetry.doses.bodies.in_bodies import AGES, doses_in_bodies
from dosimetry.doses.bodies.one_sex import SEX_OF
from dosimetry.doses.bodies.result import BodyDoses
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError
from dosimetry.study.result_tables.counted import targets_near
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
    n : target -> subjects who count in its mean.
    groups : (n, source regions) of the subjects who have the same regions.
    """

    dose: Mapping[str, Mapping[str, float]]
    effective: Mapping[str, Mapping[str, float]]
    quantity: Mapping[str, str]
    missing: Mapping[tuple[str, str], str]
    n: Mapping[str, int]
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
    made = [_of_group(sources, members, results.nuclide, settings) for sources, members in groups.items()]
    counts = [len(members) for members in groups.values()]
    skipped = _not_counted(list(groups))
    dose: dict[str, dict[str, float]] = {}
    n: dict[str, int] = {}
    for target in made[0].targets:
        use = [i for i in range(len(made)) if target not in skipped[i]]
        n[target] = sum(counts[i] for i in use)
        dose[target] = {
            age: sum(counts[i] * made[i][age][target] for i in use) / n[target]
            for age in LABEL_AGES
            if target in made[0][age].targets
        }
    by_set = {w: [found.effective(w) for found in made] for w in weights}
    effective = {
        w: {
            age: sum(c * float(e[age]) for c, e in zip(counts, each, strict=True)) / sum(counts)
            for age in LABEL_AGES
        }
        for w, each in by_set.items()
    }
    return DosesByAge(
        dose,
        effective,
        {w: each[0]["adult"].quantity for w, each in by_set.items()},
        made[0].missing,
        n,
        tuple(zip(counts, groups, strict=True)),
    )


def _of_group(
    sources: tuple[str, ...], members: list[dict[str, float]], nuclide: str, settings: dict[str, Any]
) -> BodyDoses:
    """Doses of the mean TIACs of subjects who have the same source regions."""
    tiac = {s: sum(m[s] for m in members) / len(members) for s in sources}
    try:
        return doses_in_bodies(tiac, nuclide, LABEL_AGES, **settings)
    except PhantomError as error:
        raise DosimetryError(*error.complaints) from None


def _not_counted(groups: list[tuple[str, ...]]) -> list[set[str]]:
    """For each set of source regions, targets of those that others have and it has not."""
    every = {s for sources in groups for s in sources}
    found = []
    for sources in groups:
        own = {t for s in sources for t in targets_near(LABEL_AGES["adult"], s)}
        lacking = {t for s in every - set(sources) for t in targets_near(LABEL_AGES["adult"], s)}
        found.append(lacking - own)
    return found


def _groups(results: Results) -> dict[tuple[str, ...], list[dict[str, float]]]:
    """TIACs of the subjects, h, by the source regions that they have."""
    frame = results.table("tiac")
    if frame.empty:
        raise DosimetryError("the results have no table of TIACs")
    frame = frame[(frame["statistic"] == "value") & (frame["source"] != WHOLE_BODY)]
    frame = frame[frame["tiac_h"].notna()]  # a region that was not measured: in the remainder
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
