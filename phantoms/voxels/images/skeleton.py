"""The tissues of the skeleton in a segmented body: which bones hold how much of them, and their masses."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from phantoms.voxels.images.tables.icrp110 import SEX_BY_PREFIX, IcrpTables
from phantoms.voxels.images.tables.labels import Label, LabelTable, sites

RED, OSTEOGENIC, CORTICAL, TRABECULAR = "red marrow", "osteogenic cells", "cortical bone", "trabecular bone"
#: Masses of the reference adults, kg: ICRP 89 (2002), as ICRP 133 prints them; the cells on bone surfaces as
# the 10 um
#: of ICRP 23, 0.120 kg in the male, and in the female by the ratio of the 50 um of endosteum (0.433 to 0.580
# kg).
REFERENCE_KG: dict[str, dict[str, float]] = {
    "male": {RED: 1.17, OSTEOGENIC: 0.120, CORTICAL: 4.4, TRABECULAR: 1.1},
    "female": {RED: 0.90, OSTEOGENIC: 0.0895, CORTICAL: 3.2, TRABECULAR: 0.8},
}
_CALCIUM = 20


class Skeleton(NamedTuple):
    """Shares of the skeleton's tissues by region, their masses (kg), the cranium's regions, and what to"
    " say."""

    spread: Mapping[str, Mapping[str, float]]
    mass_kg: Mapping[str, float]
    cranial: frozenset[str]
    facts: Mapping[str, str]


def reference_kg(sex: str) -> dict[str, float]:
    """Masses of the skeleton's tissues in the reference adult; for "both" the mean of both."""
    if sex in REFERENCE_KG:
        return REFERENCE_KG[sex]
    return {
        tissue: 0.5 * (REFERENCE_KG["male"][tissue] + REFERENCE_KG["female"][tissue])
        for tissue in REFERENCE_KG["male"]
    }


def skeleton_of(
    table: LabelTable, mass_by_label_kg: Mapping[int, float], sex: str, marrow_kg: float | None = None
) -> Skeleton:
    """The skeleton's tissues of a body whose labels have these masses.

    Parameters
    ----------
    mass_by_label_kg : of the labels that have voxels.
    marrow_kg : mass of the patient's red marrow in the whole body; None: the reference.
    """
    bones = {
        n: label for n, label in table.labels.items() if label.site and mass_by_label_kg.get(n, 0.0) > 0.0
    }
    if not bones:
        return Skeleton(
            {}, {}, frozenset(), {"skeleton": "no bone has a voxel: marrow and bone are not in this body"}
        )
    cranial = frozenset(label.region for label in bones.values() if sites()[label.site].get("cranial"))
    if table.icrp is not None:
        return _of_icrp(table.icrp, bones, mass_by_label_kg, cranial)
    return _by_sites(table, bones, mass_by_label_kg, sex, marrow_kg, cranial)


def _of_icrp(
    icrp: IcrpTables, bones: Mapping[int, Label], mass_kg: Mapping[int, float], cranial: frozenset[str]
) -> Skeleton:
    """By the media of ICRP's own tables: fractions of marrow, calcium of spongiosa over that of mineral"
    " bone."""
    calcium = icrp.media[2].fractions[_CALCIUM]
    found: dict[str, dict[str, float]] = {RED: {}, CORTICAL: {}, TRABECULAR: {}}
    for number, label in bones.items():
        medium = icrp.organs[number].medium
        row = icrp.spongiosa.get(medium)
        if row is None:
            continue
        own = {RED: row.red_marrow, CORTICAL: 0.0, TRABECULAR: 0.0}
        if medium == 2:
            own[CORTICAL] = 1.0
        else:
            own[TRABECULAR] = icrp.media[medium].fractions.get(_CALCIUM, 0.0) / calcium
        for tissue, fraction in own.items():
            if fraction > 0.0:
                kept = found[tissue]
                kept[label.region] = kept.get(label.region, 0.0) + fraction * mass_kg[number]
    sex = SEX_BY_PREFIX[icrp.prefix.upper()]
    total = {tissue: math.fsum(kept.values()) for tissue, kept in found.items()}
    shares = {
        tissue: {region: m / total[tissue] for region, m in kept.items()}
        for tissue, kept in found.items()
        if total[tissue] > 0.0
    }
    if TRABECULAR in shares:
        shares[OSTEOGENIC] = dict(shares[TRABECULAR])
    reference = REFERENCE_KG[sex]
    part = {tissue: _share(total[tissue] / reference[tissue]) for tissue in (RED, CORTICAL)}
    part |= {tissue: part[CORTICAL] for tissue in (TRABECULAR, OSTEOGENIC)}
    shares = {tissue: {r: part[tissue] * s for r, s in kept.items()} for tissue, kept in shares.items()}
    masses = {tissue: total.get(tissue, 0.0) for tissue in (RED, CORTICAL)}
    masses |= {tissue: part[tissue] * reference[tissue] for tissue in (TRABECULAR, OSTEOGENIC)}
    facts = {
        "skeleton": "red marrow and cortical bone by ICRP's own tables of spongiosa and media, voxel by"
        f" voxel; trabecular bone by the calcium of the spongiosa, {reference[TRABECULAR]:g} kg in all,"
        f" osteogenic cells as trabecular bone, {reference[OSTEOGENIC]:g} kg (the 10 um on bone surfaces)",
        "red marrow": f"{total[RED]:.4g} kg, {100 * part[RED]:.3g} % of the phantom's, are in the image",
    }
    return Skeleton(shares, {t: m for t, m in masses.items() if t in shares}, cranial, facts)


def _share(ratio: float) -> float:
    """How much of a phantom's tissue is in the image, by its reference mass; all where it is that to 1 %."""
    return 1.0 if ratio > 0.99 else ratio


def _by_sites(
    table: LabelTable, bones: Mapping[int, Label], mass_kg: Mapping[int, float], sex: str,
    marrow_kg: float | None, cranial: frozenset[str],
) -> Skeleton:  # fmt: skip
    """By reference shares of each part of the skeleton, within it by the masses of its bones."""
    marrow: dict[str, float] = {}
    volume: dict[str, float] = {}
    whole = {
        kind: math.fsum(sites()[s][kind] for s in _sites_once())
        for kind in ("marrow_percent", "volume_percent")
    }
    for site in dict.fromkeys(label.site for label in bones.values()):
        named = [n for n, label in table.labels.items() if label.site == site and label.counted]
        there = [n for n, label in bones.items() if label.site == site]
        present = sum(n in bones for n in named) / len(named) if named else 1.0
        mass = math.fsum(mass_kg[n] for n in there)
        for n in there:
            part = present * mass_kg[n] / mass
            for kept, kind in ((marrow, "marrow_percent"), (volume, "volume_percent")):
                share = part * sites()[site][kind] / whole[kind]
                kept[bones[n].region] = kept.get(bones[n].region, 0.0) + share
    marrow = {region: share for region, share in marrow.items() if share > 0.0}
    spread = {RED: marrow, OSTEOGENIC: volume, CORTICAL: volume, TRABECULAR: marrow}
    spread = {tissue: dict(kept) for tissue, kept in spread.items() if kept}
    reference = dict(reference_kg(sex))
    if marrow_kg is not None:
        reference[RED] = marrow_kg
    there_of = {tissue: math.fsum(kept.values()) for tissue, kept in spread.items()}
    masses = {tissue: reference[tissue] * there_of[tissue] for tissue in spread}
    whose = "the patient's own" if marrow_kg is not None else f"that of the reference adult ({sex})"
    facts = {
        "skeleton": "red marrow and trabecular bone by the shares of active marrow of ICRP 70 (Cristy 1981),"
        " cortical bone and osteogenic cells by volumes of the stylised adult's bones, within a part of the"
        " skeleton by mass; masses of the reference adult (ICRP 89, 23) times the share in the image. A bone"
        " that the image cuts counts as whole; humeri and femora hold their marrow all along and not in their"
        " upper halves alone",
        "red marrow": f"{100 * there_of.get(RED, 0.0):.3g} % of the active marrow is in the image;"
        f" the mass of all, {reference[RED]:.3g} kg, is {whose}",
    }
    of_region: dict[str, float] = {}
    for n, label in bones.items():
        of_region[label.region] = of_region.get(label.region, 0.0) + mass_kg[n]
    full = [
        f"{region} ({1e3 * reference[RED] * share:.3g} of {1e3 * of_region[region]:.3g} g)"
        for region, share in spread.get(RED, {}).items()
        if reference[RED] * share > of_region[region]
    ]
    if full:
        facts["warning marrow"] = (
            f"bones would hold more red marrow than they weigh: {', '.join(full)}. They are cut by the image,"
            " segmented in part, or small beside the reference adult's; by the mass of the patient's own"
            " marrow, or without these bones, doses to and from marrow are less wrong"
        )
    if sex not in REFERENCE_KG and marrow_kg is None:
        facts["warning sex"] = (
            "no sex was given: masses of marrow and bone are the means of both (red marrow 1.17 and 0.90"
            " kg); name the sex, or the mass of the patient's marrow"
        )
    return Skeleton(spread, masses, cranial, facts)


def _sites_once() -> list[str]:
    """All parts of the skeleton, each once: the skull's two parts, not the skull beside them."""
    return [site for site in sites() if site != "skull"]
