"""A body of voxels: regions, volumes, masses, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody

WATER = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
AFFINE = np.array([[0.0, -2.0, 0.0, 0.0], [1.5, 0.0, 0.0, 0.0], [0.0, 0.0, 5.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
KINDS = (
    Kind(OUTSIDE, None, 0.0), Kind("left kidney", WATER, 1.05), Kind("right kidney", WATER, 1.05),
    Kind("spine", WATER, 1.2), Kind("spine", WATER, 1.4),
)  # fmt: skip


def body(**changes: Any) -> VoxelBody:
    code = np.zeros((4, 3, 2), dtype=np.uint8)
    code[0], code[1], code[2, 0], code[3, 0] = 1, 2, 3, 4
    given: dict[str, Any] = {
        "code": code, "affine_mm": AFFINE, "kinds": KINDS,
        "mass_kg": {"left kidney": 0.15, "right kidney": 0.14, "spine": 0.9},
        "sums": {"kidneys": ("left kidney", "right kidney")},
        "spread": {"red marrow": {"spine": 0.6}},
    }  # fmt: skip
    return VoxelBody("somebody", "female", **{**given, **changes})


def test_widths_are_lengths_of_the_affines_columns_whatever_its_orientation() -> None:
    assert body().width_cm == (0.15, 0.2, 0.5)
    assert body().voxel_cm3 == pytest.approx(0.015)


def test_a_region_of_several_codes_and_sums_of_regions() -> None:
    b = body()
    assert b.regions == ("left kidney", "right kidney", "spine")
    assert b.volume_cm3("spine") == pytest.approx(4 * 0.015)
    assert b.volume_cm3("kidneys") == pytest.approx(12 * 0.015)
    assert b.volume_cm3("total body") == pytest.approx(16 * 0.015)
    assert b.mass_of("kidneys") == pytest.approx(0.29)
    assert b.mass_of("total body") == pytest.approx(1.19)
    assert b.codes_of(b.parts("kidneys")).tolist() == [False, True, True, False, False]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"code": np.zeros((2, 2), np.uint8)}, "three axes"),
        ({"code": np.zeros((2, 2, 2), np.int64)}, "int64"),
        ({"code": np.full((2, 2, 2), 5, np.uint8)}, "the code 5, and there are 5"),
        ({"kinds": (*KINDS[1:], KINDS[1])}, "code 0 is the space around the body"),
        ({"mass_kg": {"left kidney": 0.15, "spine": 0.0}}, "without a mass: right kidney, spine"),
        ({"sums": {"kidneys": ("left kidney", "third kidney")}}, "third kidney"),
        ({"spread": {"red marrow": {"ribs": 1.0}}}, "ribs"),
    ],
)
def test_what_is_no_body_is_refused(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(PhantomError, match=words):
        body(**changes)


def test_an_unknown_region_is_said() -> None:
    with pytest.raises(PhantomError, match="'somebody' has no region 'liver'"):
        body().parts("liver")
