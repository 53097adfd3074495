"""What a segmented body lacks, in words: labels without voxels, sums in part, where the image ends, walls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.images.classes import REST, Classes
from phantoms.voxels.images.nifti import Volume
from phantoms.voxels.images.outline import cut_faces
from phantoms.voxels.images.tables.labels import LabelTable


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
    faces = cut_faces(inside, labels, table)
    facts["image ends"] = (
        f"the image cuts the body at its {', '.join(faces)}"
        if faces
        else "the whole body is within the image"
    )
    if faces:
        facts["doses to the rest"] = (
            "regions near the cut get too little from photons that would have been scattered back by what"
            " is missing"
            " (within some 5 cm of it; a few per cent of what comes from outside of them). What lies"
            " beyond is no source"
            " and no target: activity there must be in no region of this body, and doses there are not given"
        )
    whole = sorted({label.region for label in classes.entries if label.holds == "whole"} & regions)
    if whole:
        facts["hollow organs as one"] = (
            f"wall and contents (or blood, or air) are one region: {', '.join(whole)}; their walls are"
            " not told apart"
        )
    rest = classes.entries[REST].region
    if not table.complete and "skin" not in regions:
        facts["skin"] = f"not a region of its own: it is in '{rest}'"
    return facts
