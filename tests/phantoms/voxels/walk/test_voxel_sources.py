"""Where photons start: shares by volume and by mass, maps of activity, tissues of the skeleton."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.transport.materials import tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.walk.sources import starts, starts_of_map

WATER = tissue("water")


def body() -> VoxelBody:
    code = np.zeros((5, 4, 3), np.uint8)
    code[0, :, :2] = 1  # 8 voxels
    code[1, :2, 0] = 2  # 2 voxels
    code[2, 0] = 3  # 3 voxels, the other density of the same kidney
    code[3, :, 0] = 4  # 4 voxels
    code[4, 0, 0] = 5
    kinds = (
        Kind(OUTSIDE, None, 0.0), Kind("left kidney", WATER, 1.0), Kind("right kidney", WATER, 1.0),
        Kind("right kidney", WATER, 1.2), Kind("pelvis", WATER, 1.4), Kind("ribs", WATER, 1.4),
    )  # fmt: skip
    return VoxelBody(
        "b", "male", code, np.diag([10.0, 10.0, 10.0, 1.0]), kinds,
        {"left kidney": 0.006, "right kidney": 0.006, "pelvis": 0.0056, "ribs": 0.0014},
        {"kidneys": ("left kidney", "right kidney")},
        {"red marrow": {"pelvis": 0.3, "ribs": 0.1}},
    )  # fmt: skip


def share_by_code(source: str) -> list[float]:
    b = body()
    s = starts(b, source)
    assert np.all(np.diff(s.voxel) > 0) and s.cumulative[-1] == 1.0
    weight = np.diff(s.cumulative, prepend=0.0)
    return np.bincount(b.code.ravel()[s.voxel], weight, minlength=6).round(9).tolist()


def test_a_region_is_filled_by_volume_whatever_its_densities() -> None:
    assert share_by_code("right kidney") == [0, 0, 0.4, 0.6, 0, 0]


def test_a_sum_is_shared_by_the_masses_of_its_parts_as_segmented() -> None:
    """Half each, though the left one has 8 of the 13 voxels."""
    assert share_by_code("kidneys") == [0, 0.5, 0.2, 0.3, 0, 0]


def test_the_whole_body_is_filled_by_mass() -> None:
    """By code: the region's mass as segmented, by voxels and their densities within it."""
    total = 0.006 + 0.006 + 0.0056 + 0.0014
    right = np.array([2 * 1.0, 3 * 1.2]) / (2 * 1.0 + 3 * 1.2) * 0.006
    expected = [0.0, 0.006, *right, 0.0056, 0.0014]
    assert share_by_code("total body") == pytest.approx([e / total for e in expected])


def test_marrow_is_shared_out_over_what_is_in_the_image() -> None:
    assert share_by_code("red marrow") == [0, 0, 0, 0, 0.75, 0.25]


def test_an_unknown_source_is_refused() -> None:
    for source in ("liver", "cortical bone"):
        with pytest.raises(PhantomError, match=f"has no region '{source}'"):
            starts(body(), source)


def test_a_map_is_followed_voxel_by_voxel() -> None:
    b = body()
    activity = np.zeros(b.code.shape, np.float32)
    activity[1, 1, 0], activity[3, 2, 0] = 1.0, 3.0
    s = starts_of_map(b, activity)
    assert s.voxel.tolist() == [1 * 12 + 1 * 3, 3 * 12 + 2 * 3]
    assert s.cumulative.tolist() == [0.25, 1.0]


@pytest.mark.parametrize(
    ("value", "words"),
    [(np.nan, "finite"), (-1.0, "0 or above"), (0.0, "somewhere above 0"), (np.inf, "finite")],
)
def test_a_map_that_is_none_is_refused(value: float, words: str) -> None:
    activity = np.zeros((5, 4, 3))
    activity[0, 0, 0] = value
    with pytest.raises(PhantomError, match=words):
        starts_of_map(body(), activity)
    with pytest.raises(PhantomError, match="activity has 4 x 4 x 3 voxels, and the body 5 x 4 x 3"):
        starts_of_map(body(), np.ones((4, 4, 3)))
