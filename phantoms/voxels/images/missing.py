"""What a segmented body lacks, in words: labels without voxels, sums in part, where the image ends, walls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phantoms.library.hollow import ALL_IN_IMAGE, HOLLOW, IMAGE_ENDS, hollow_fact
from phantoms.voxels.images.classes import REST, Classes
from phantoms.voxels.images.nifti import Volume
from phantoms.voxels.images.outline import Cut, cut_faces
from phantoms.voxels.images.tables.labels import LabelTable

#: How near to a cut regions are named, mm.
NEAR_MM = 40.0
#: By the walk of photons in a block of soft tissue, whole and cut, sources of 0.05 to 0.511 MeV at 5, 11 and
# 21 cm.
BY_A_CUT = (
    "what lies beyond the cut is no source and no target, and scatters no photons back: doses from other"
    " regions are too low by up to 25 % within 2 cm of the cut, 11 % from 2 to 4 cm, 7 % from 4 to 6 cm and"
    " 5 % from 6 to 10 cm (photons of 50 to 500 keV in soft tissue); self-doses by less than 1 % where the"
    " organ is whole. Activity beyond the cut belongs to no region of this body"
)


def missing_facts(
    table: LabelTable, classes: Classes, inside: NDArray[np.bool_], labels: Volume
) -> dict[str, str]:
    """Facts on what is missing, for the provenance."""
    there = set(classes.numbers)
    regions = {label.region for n, label in table.labels.items() if n in there}
    facts = {}
    empty = {n: label.region for n, label in table.labels.items() if n not in there}
    lacking = list(dict.fromkeys(r for r in empty.values() if r not in regions))
    if lacking:
        facts["regions without a voxel"] = ", ".join(lacking)
    in_part = [f"{n} ({region})" for n, region in empty.items() if region in regions]
    if in_part:
        facts["labels without a voxel"] = ", ".join(in_part)
    partial = [
        f"{name} without {', '.join(r for r in parts if r not in regions)}"
        for name, parts in table.sums.items()
        if any(r in regions for r in parts) and any(r not in regions for r in parts)
    ]
    if partial:
        facts["sums in part"] = "; ".join(partial)
    facts |= _ends(table, labels, cut_faces(inside, labels, table))
    whole = sorted({label.region for label in classes.entries if label.holds == "whole"} & regions)
    if whole:
        sums = {name for name, parts in table.sums.items() if {*parts} & {*whole}}
        facts[HOLLOW] = hollow_fact(sorted({*whole, *sums}))
    rest = classes.entries[REST].region
    if not table.complete and "skin" not in regions:
        facts["skin"] = f"not a region of its own: it is in '{rest}'"
    return facts


def _ends(table: LabelTable, labels: Volume, cuts: list[Cut]) -> dict[str, str]:
    """Where the image cuts the body, which regions it cuts, and what that does to doses."""
    if not cuts:
        return {IMAGE_ENDS: ALL_IN_IMAGE}
    names = ", ".join(cut.name for cut in cuts)
    facts = {IMAGE_ENDS: f"the image cuts the body at its {names}", "doses to the rest": BY_A_CUT}
    at, near = (
        list(
            dict.fromkeys(
                table.labels[int(n)].region
                for cut in cuts
                for n in np.unique(labels.values[cut.slab(_slices(labels, cut, distance))])
                if n
            )
        )
        for distance in (0.0, NEAR_MM)
    )
    if near:
        facts["regions near the cut"] = f"within {NEAR_MM / 10:g} cm of it: {', '.join(near)}"
    bones = {label.region for label in table.labels.values() if label.site}
    if organs := [region for region in at if region not in bones]:
        facts["warning cut"] = (
            f"regions in the last slice of the image: {', '.join(organs)}; where a part of one lies beyond,"
            " mass and doses are those of the part that is there"
        )
    return facts


def _slices(labels: Volume, cut: Cut, distance_mm: float) -> int:
    return max(1, int(np.ceil(distance_mm / labels.width_mm[cut.axis])))
