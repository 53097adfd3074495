"""Stylised bodies cut into voxels: grids that are tilted, organs that are changed."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms import PhantomError, SafLibrary
from phantoms.bodies.stylised.body import Body
from phantoms.geometry.solids import locate
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.stylised import Change, voxelised

TILT = (4.0, 6.0, 9.0)
Newborn = tuple[VoxelBody, Body, SafLibrary]


def _places_cm(body: VoxelBody, index: np.ndarray) -> np.ndarray:
    """Where voxels' middles are by the body's affine, in the axes of the equations, cm."""
    mm = index @ body.affine_mm[:3, :3].T + body.affine_mm[:3, 3]
    return np.asarray(0.1 * mm * [-1.0, -1.0, 1.0])


@pytest.mark.parametrize("tilt", [(0.0, 0.0, 0.0), TILT])
def test_each_voxel_is_of_the_region_at_its_middle_and_the_affine_says_where_that_is(
    newborn: Newborn, tilt: tuple[float, float, float]
) -> None:
    _, body, _ = newborn
    voxels = voxelised(body, (4.0, 5.0, 6.0), tilt_degrees=tilt)
    index = np.random.default_rng(1).integers(0, voxels.code.shape, (4000, 3))
    # not where a middle lies on a face but for rounding
    there = _places_cm(voxels, index) + 1e-9
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


def test_a_tilted_grid_takes_thin_plane_layers_in_their_share(newborn: Newborn) -> None:
    """Voxels of 3 mm and a skin of 0.7 mm: its volume is met where the grid is not along its planes."""
    straight, body, _ = newborn
    skin = body.volumes_cm3["skin"]
    off = [v.volume_cm3("skin") / skin - 1.0 for v in (straight, voxelised(body, 3.0, tilt_degrees=TILT))]
    # voxels scattered over the layer, each with a chance to lie in it: 4 standard errors of their number
    limit = 4.0 / np.sqrt(skin / straight.voxel_cm3)
    assert abs(off[1]) < limit < abs(off[0])


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
