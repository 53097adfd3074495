"""What a cut through the body takes from doses near it: the words of the facts against photons that walk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from made_images import patient, write

from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.images.make import body_from_images
from phantoms.voxels.images.missing import BY_A_CUT
from phantoms.voxels.images.tables.tissues import known_tissue

LAYERS_CM = (2, 4, 6, 10)


def block(below: int) -> VoxelBody:
    """Soft tissue, 40 x 26 x 30 cm, in layers above a cut, with so many cm of it below; a source at 11 cm."""
    tissue = known_tissue("soft tissue")
    code = np.ones((40, 26, 30 + below), dtype=np.uint8)
    names = ["deep"]
    start = 0
    for n, end in enumerate(LAYERS_CM, 2):
        code[:, :, below + start : below + end] = n
        names.append(f"to {end}")
        start = end
    code[18:22, 11:15, below + 10 : below + 12] = 6
    names.append("source")
    if below:
        code[:, :, :below] = 7
        names.append("below")
    kinds = (Kind(OUTSIDE, None, 0.0), *(Kind(name, tissue, 1.06) for name in names))
    return VoxelBody(
        "block", "both", code, np.diag([10.0, 10.0, 10.0, 1.0]), kinds, dict.fromkeys(names, 1.0)
    )


def test_the_doses_that_a_cut_takes_are_as_the_facts_say() -> None:
    pytest.importorskip("numba")
    pytest.importorskip("xraylib")
    from phantoms.voxels.walk.photons import Walker, lines
    from phantoms.voxels.walk.sources import starts

    means, errors = [], []
    for below in (0, 20):
        body = block(below)
        walker, where = Walker(body), starts(body, "source")
        batches = np.array(
            [walker.batch(5, (n,), 3_000, lines([0.1], [1.0]), where).absorbed[2:7] for n in range(10)]
        )
        means.append(batches.mean(axis=0))
        errors.append(batches.std(axis=0, ddof=1) / np.sqrt(10) / batches.mean(axis=0))
    lost = 100.0 * (1.0 - means[0] / means[1])
    error = 100.0 * np.hypot(*errors)
    assert (
        "25 % within 2 cm" in BY_A_CUT and "11 % from 2 to 4 cm" in BY_A_CUT and "7 % from 4 to 6" in BY_A_CUT
    )
    assert (lost[:4] - 4 * error[:4] < [25.0, 11.0, 7.0, 5.0]).all()
    assert lost[0] + 4 * error[0] > 20.0  # and it is no less
    assert abs(lost[4]) < 1.0 + 4 * error[4]


def test_regions_at_and_near_the_cut_are_named(tmp_path: Path) -> None:
    made = patient((10.0, 10.0, 10.0))
    at = slice(6, 30)  # from z = -175 mm, through hip and bladder, to 55 mm, through liver and lungs
    seg = write(tmp_path / "seg.nii.gz", made.labels[:, :, at], made.affine_mm)
    ct = write(tmp_path / "ct.nii.gz", made.ct[:, :, at], made.affine_mm)
    body = body_from_images(seg, "totalsegmentator", ct=ct, sex="male")
    assert body.facts["image ends"] == "the image cuts the body at its upper end, lower end"
    assert body.facts["warning cut"].startswith(
        "regions in the last slice of the image: liver, left lung, lower lobe, urinary bladder; where"
    )
    assert "left hip bone" in body.facts["regions near the cut"]
    assert "left hip bone" not in body.facts["warning cut"]
    assert body.facts["regions near the cut"].startswith("within 4 cm of it: liver, left lung")
    assert "left kidney" not in body.facts["regions near the cut"]
