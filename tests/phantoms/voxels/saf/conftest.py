"""A small made-up body: an organ with two kidneys beside it, a bone, contents in a wall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import phantoms.voxels.walk.media as media
from phantoms.transport.materials import tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody

#: Masses as segmented over those of the voxels, which are too wide for the wall.
SEGMENTED = {"right kidney": 0.8, "urinary bladder wall": 0.1}


@pytest.fixture(scope="session", autouse=True)
def _cross_sections_once() -> Iterator[None]:
    """Tables of cross-sections, which take longer than these small runs, are made once for each tissue."""
    made: dict[str, Any] = {}
    make = media.cross_sections_of

    def once(tissues: Any) -> Any:
        key = repr(tissues)
        if key not in made:
            made[key] = make(tissues)
        return made[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(media, "cross_sections_of", once)
        yield


@pytest.fixture(scope="session")
def small() -> VoxelBody:
    """24 x 20 x 16 voxels of 10 mm."""
    water, bone = tissue("water"), tissue("cortical bone")
    names = ["muscle", "liver", "left kidney", "right kidney", "spine", "skull",
             "urinary bladder wall", "urinary bladder contents"]  # fmt: skip
    density = dict.fromkeys(names, 1.0) | {"spine": 1.4, "skull": 1.6}
    kinds = [Kind(OUTSIDE, None, 0.0)]
    kinds += [Kind(n, bone if n in ("spine", "skull") else water, density[n]) for n in names]
    code = np.zeros((24, 20, 16), dtype=np.uint8)
    code[2:22, 2:18, 1:15] = 1
    code[4:9, 5:12, 4:10] = 2
    code[11:13, 8:11, 4:7] = 3
    code[11:13, 8:11, 9:12] = 4
    code[10:14, 14:16, 2:14] = 5
    code[15:21, 4:9, 12:14] = 6
    code[16:20, 9:13, 3:7] = 7
    code[17:19, 10:12, 4:6] = 8
    count = np.bincount(code.ravel(), minlength=len(kinds))
    mass = {n: float(count[i + 1]) * 1e-3 * density[n] * SEGMENTED.get(n, 1.0) for i, n in enumerate(names)}
    spread = {
        "red marrow": {"spine": 0.75, "skull": 0.25},
        "osteogenic cells": {"spine": 0.5, "skull": 0.5},
        "cortical bone": {"spine": 0.5, "skull": 0.5},
        "trabecular bone": {"spine": 0.75, "skull": 0.25},
    }
    mass |= {"red marrow": 0.040, "osteogenic cells": 0.004, "cortical bone": 0.1, "trabecular bone": 0.03}
    return VoxelBody(
        "small", "male", code, np.diag([10.0, 10.0, 10.0, 1.0]), tuple(kinds), mass,
        {"kidneys": ("left kidney", "right kidney")}, spread, frozenset({"skull"}),
        {"origin": "made up", "image": "none"},
    )  # fmt: skip
