"""Stylised bodies cut into voxels: grids that are tilted, organs that are changed."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms import PhantomError, SafLibrary
from phantoms.bodies.stylised.body import Body
from phantoms.geometry.solids import locate
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.stylised import STAGGER, Change, voxelised

TILT = (4.0, 6.0, 9.0)
Newborn = tuple[VoxelBody, Body, SafLibrary]


def _places_cm(body: VoxelBody, index: np.ndarray) -> np.ndarray:
    """Where voxels' middles are by the body's affine, in the axes of the equations, cm."""
    mm = index @ body.affine_mm[:3, :3].T + body.affine_mm[:3, 3]
    return np.asarray(0.1 * mm * [-1.0, -1.0, 1.0])


def _staggered(index: np.ndarray) -> np.ndarray:
    """Where points of a staggered grid are, as places among the voxels' middles."""
    near, far = STAGGER
    wander = near * np.roll(index, -1, axis=1) + far * np.roll(index, -2, axis=1)
    return index + (wander + 0.5) % 1.0 - 0.5


@pytest.mark.parametrize(
    ("tilt", "staggered"), [((0.0, 0.0, 0.0), False), (TILT, None), ((0.0, 0.0, 0.0), None), (TILT, True)]
)
def test_each_voxel_is_of_the_region_at_its_point_and_the_affine_says_where_that_is(
    newborn: Newborn, tilt: tuple[float, float, float], staggered: bool | None
) -> None:
    _, body, _ = newborn
    voxels = voxelised(body, (4.0, 5.0, 6.0), tilt_degrees=tilt, staggered=staggered)
    index = np.random.default_rng(1).integers(0, voxels.code.shape, (4000, 3))
    wanders = staggered if staggered is not None else not any(tilt)
    points = _staggered(index) if wanders else index
    # not where a point lies on a face but for rounding
    there = _places_cm(voxels, points) + 1e-9
    g = body.solid.geometry
    expected = np.array([locate(g, *place) for place in there])
    found = voxels.code[tuple(index.T)]
    assert np.mean(found != expected) < 2e-3
    assert (expected > 0).mean() > 0.1
    assert voxels.width_cm == (0.4, 0.5, 0.6)
    assert np.linalg.det(voxels.affine_mm[:3, :3]) == pytest.approx(4.0 * 5.0 * 6.0)


def test_a_tilted_grid_holds_the_whole_body(newborn: Newborn) -> None:
    _, body, _ = newborn
    voxels = voxelised(body, 4.0, tilt_degrees=TILT)
    for axis in range(3):
        faces = np.take(voxels.code, (0, -1), axis=axis)
        assert (faces > 0).mean() < 0.01  # a touch of the box's corner, never a cut through the body
    assert voxels.volume_cm3("total body") == pytest.approx(sum(body.volumes_cm3.values()), rel=2e-3)


def test_points_of_a_staggered_grid_are_spread_evenly_over_their_voxels() -> None:
    """An eighth of the points in each eighth of a voxel, in any block of some voxels."""
    index = np.argwhere(np.ones((24, 24, 24), dtype=bool))
    offset = _staggered(index) - index
    assert offset.min() >= -0.5 and offset.max() < 0.5
    # 0.105 and 0.158 are nearly 2/19 and 3/19: of 19 levels of an axis, half of a voxel has 9 or 10
    share = np.bincount((offset >= 0.0) @ [1, 2, 4], minlength=8) / len(index)
    assert share.min() > (9 / 19) ** 3 and share.max() < (10 / 19) ** 3
    assert np.abs(offset.mean(axis=0)).max() < 0.5 / 19


@pytest.mark.parametrize("tilt", [(0.0, 0.0, 0.0), TILT])
def test_thin_plane_layers_are_taken_in_their_share(
    newborn: Newborn, tilt: tuple[float, float, float]
) -> None:
    """Voxels of 3 mm and a skin of 0.7 mm: the middles of a grid along its planes do not meet its volume."""
    _, body, _ = newborn
    skin = body.volumes_cm3["skin"]
    middles = voxelised(body, 3.0, staggered=False)
    off = [v.volume_cm3("skin") / skin - 1.0 for v in (middles, voxelised(body, 3.0, tilt_degrees=tilt))]
    # voxels scattered over the layer, each with a chance to lie in it: 4 standard errors of their number
    limit = 4.0 / np.sqrt(skin / middles.voxel_cm3)
    assert abs(off[1]) < limit < abs(off[0])


def test_staggered_regions_have_the_volumes_of_the_equations(newborn: Newborn) -> None:
    """Each voxel has the chance to be of a region that is its share: 4 standard errors of all that are cut,
    which are fewer than those that the region has; thin walls and small organs are still there."""
    voxels, body, _ = newborn
    for region in voxels.regions:
        count, wanted = (v / voxels.voxel_cm3 for v in (voxels.volume_cm3(region), body.volumes_cm3[region]))
        assert count > 0 and abs(count - wanted) < 4.0 * np.sqrt(max(wanted, 4.0)), region


def test_a_changed_organ_has_the_volume_and_the_place_that_it_was_given(newborn: Newborn) -> None:
    _, body, _ = newborn
    before = voxelised(body, 2.0, tilt_degrees=TILT)
    after = voxelised(body, 2.0, {"spleen": Change(1.3, (0.0, 0.0, -1.0))}, tilt_degrees=TILT)
    moved = [_places_cm(b, np.argwhere(b.codes_of(["spleen"])[b.code])).mean(axis=0) for b in (before, after)]
    assert moved[1] - moved[0] == pytest.approx([0.0, 0.0, -1.0], abs=0.05)
    assert after.volume_cm3("spleen") == pytest.approx(1.3 * before.volume_cm3("spleen"), rel=0.05)
    assert after.mass_kg["spleen"] == pytest.approx(after.volume_cm3("spleen") * 1e-3 * 1.04, rel=0.02)
    assert after.volume_cm3("total body") == before.volume_cm3("total body")


def test_a_change_of_what_is_not_there_is_refused(newborn: Newborn) -> None:
    with pytest.raises(PhantomError, match="has no region tail"):
        voxelised(newborn[1], 8.0, {"tail": Change()})
