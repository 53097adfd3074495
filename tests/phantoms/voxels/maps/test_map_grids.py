"""Two grids of voxels: the same voxels in another order, boxes that overlap, turned grids; sums are kept."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.voxels.maps.grids import Grid, overlap, parallel, same_voxels, shared_out

RNG = np.random.default_rng(14)


def grid(shape: tuple[int, int, int], widths: tuple[float, float, float], first_mm=(0.0, 0.0, 0.0)) -> Grid:
    affine = np.diag([*widths, 1.0])
    affine[:3, 3] = first_mm
    return Grid(shape, affine)


def turned(of: Grid, degrees: float) -> Grid:
    """About the middle of the grid, in the plane of x and y."""
    a = np.deg2rad(degrees)
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]
    middle = of.affine_mm @ [*(np.array(of.shape) - 1.0) / 2.0, 1.0]
    there, back = np.eye(4), np.eye(4)
    there[:3, 3], back[:3, 3] = middle[:3], -middle[:3]
    return Grid(of.shape, there @ turn @ back @ of.affine_mm)


HOME = grid((6, 5, 7), (2.0, 3.0, 4.0), (-5.0, 8.0, 100.0))


def test_flipped_and_permuted_axes_are_the_same_voxels_and_values_go_to_their_places() -> None:
    values = RNG.random(HOME.shape)
    # axis 0 reversed, then axes 1 and 2 exchanged
    flip = np.diag([-1.0, 1.0, 1.0, 1.0])
    flip[0, 3] = HOME.shape[0] - 1
    swap = np.eye(4)[[0, 2, 1, 3]]
    other = Grid((6, 7, 5), HOME.affine_mm @ flip @ swap)
    assert same_voxels(HOME, other)
    np.testing.assert_array_equal(overlap(HOME, other).spread(values), values[::-1].transpose(0, 2, 1))


def test_axes_that_change_places_in_a_circle_go_back_to_theirs() -> None:
    values = RNG.random(HOME.shape)
    other = Grid((7, 6, 5), HOME.affine_mm @ np.eye(4)[:, [2, 0, 1, 3]])
    np.testing.assert_array_equal(overlap(HOME, other).spread(values), values.transpose(2, 0, 1))
    np.testing.assert_array_equal(overlap(other, HOME).spread(values.transpose(2, 0, 1)), values)


def test_affines_of_seven_digits_are_the_same_voxels() -> None:
    rounded = Grid(HOME.shape, HOME.affine_mm.astype(np.float32) * (1.0 + 1e-7))
    assert same_voxels(HOME, rounded)
    values = RNG.random(HOME.shape)
    np.testing.assert_array_equal(overlap(HOME, rounded).spread(values), values)


def test_a_part_of_a_grid_has_the_same_voxels_and_a_shifted_one_has_not() -> None:
    part = grid((3, 5, 2), (2.0, 3.0, 4.0), (-1.0, 8.0, 108.0))
    assert same_voxels(part, HOME) and same_voxels(HOME, part)
    values = RNG.random(HOME.shape)
    np.testing.assert_array_equal(overlap(HOME, part).spread(values), values[2:5, :, 2:4])
    assert not same_voxels(grid((3, 5, 2), (2.0, 3.0, 4.0), (-0.9, 8.0, 108.0)), HOME)
    assert not same_voxels(grid((6, 5, 7), (2.0, 3.0, 4.01), (-5.0, 8.0, 100.0)), HOME)


def test_boxes_overlap_by_volume() -> None:
    fine = grid((4, 1, 1), (1.0, 1.0, 1.0))  # from -0.5 to 3.5
    coarse = grid((2, 1, 1), (2.5, 1.0, 1.0), (0.75, 0.0, 0.0))  # -0.5 to 2.0 to 4.5
    found = overlap(fine, coarse).spread(np.array([1.0, 2.0, 4.0, 8.0]).reshape(4, 1, 1)).ravel()
    np.testing.assert_allclose(found, [1.0 + 2.0 + 0.5 * 4.0, 0.5 * 4.0 + 8.0], rtol=1e-14)
    back = overlap(coarse, fine).spread(np.array([5.0, 10.0]).reshape(2, 1, 1)).ravel()
    np.testing.assert_allclose(back, [2.0, 2.0, 1.0 + 2.0, 4.0], rtol=1e-14)  # 4 of 10 lie beyond the grid


def test_boxes_of_some_voxels_are_those_of_all() -> None:
    only = RNG.random(HOME.shape) < 0.4
    values = RNG.random(HOME.shape) * only
    affine = HOME.affine_mm[:, [2, 0, 1, 3]] @ np.diag([0.7, -1.9, 1.3, 1.0])
    affine[:3, 3] += (10.5, -1.5, 2.0)
    other = Grid((9, 4, 5), affine)
    some, dense = overlap(HOME, other, only), overlap(HOME, other)
    assert some.shares is not None and dense.shares is None
    np.testing.assert_allclose(some.spread(values), dense.spread(values), rtol=1e-6, atol=1e-12)
    assert 0.0 < dense.spread(values).sum() < values.sum()


@pytest.mark.parametrize("degrees", [0.0, 23.0, 90.0])
def test_sums_and_centres_are_kept_in_a_larger_grid(degrees: float) -> None:
    small = grid((5, 6, 4), (3.0, 2.0, 5.0), (12.0, 14.0, 8.0))
    large = turned(grid((25, 25, 12), (2.5, 2.5, 4.0), (-10.0, -10.0, -6.0)), degrees)
    assert parallel(small, large) is (degrees != 23.0)
    values = RNG.random(small.shape)
    found = shared_out(small, large, values)
    assert found.sum() == pytest.approx(values.sum(), rel=1e-6)

    def centre(of: Grid, weights: np.ndarray) -> np.ndarray:
        index = np.stack(np.meshgrid(*map(np.arange, of.shape), indexing="ij"), axis=-1).reshape(-1, 3)
        mm = index @ of.affine_mm[:3, :3].T + of.affine_mm[:3, 3]
        return weights.ravel() @ mm / weights.sum()

    # a voxel's middle is not that of its content, by up to half a width; over 120 voxels cut along 3 axes
    # much of it cancels
    np.testing.assert_allclose(centre(large, found), centre(small, values), atol=0.3)


def test_an_even_density_stays_even_on_a_turned_grid() -> None:
    fine = turned(grid((30, 30, 4), (1.0, 1.0, 4.0)), 31.0)
    coarse = grid((8, 8, 3), (2.0, 2.0, 4.0), (8.0, 8.0, 2.0))  # well within
    np.testing.assert_allclose(shared_out(fine, coarse, np.ones(fine.shape)), 4.0, rtol=0.03)
    there = shared_out(fine, coarse, np.ones(fine.shape))
    assert np.ptp(there) < 1e-5
    found = overlap(fine, coarse, np.ones(fine.shape, dtype=bool)).spread(np.ones(fine.shape))
    np.testing.assert_allclose(found, 4.0, rtol=1e-5)


def test_what_lies_beyond_a_turned_grid_is_lost_and_no_more() -> None:
    """Half of a box lies in the other grid, whose face cuts it in the middle."""
    one = turned(grid((20, 20, 4), (2.0, 2.0, 4.0), (-19.0, -19.0, 0.0)), 45.0)  # about the origin
    half = grid((20, 40, 4), (2.0, 2.0, 4.0), (1.0, -39.0, 0.0))  # from x = 0
    found = shared_out(one, half, np.ones(one.shape))
    assert found.sum() / 1600.0 == pytest.approx(0.5, abs=0.005)
    mean = overlap(one, half).spread(np.ones(one.shape)).sum() / 1600.0
    assert mean == pytest.approx(0.5, abs=0.005)


def test_grids_without_a_common_place_are_refused_with_both_of_them() -> None:
    far = grid((6, 5, 7), (2.0, 3.0, 4.0), (1000.0, 8.0, 100.0))
    for other in (far, turned(far, 20.0)):
        with pytest.raises(PhantomError, match=r"no place in common.*left-right -6 to 6.*left-right 9"):
            overlap(HOME, other)
        with pytest.raises(PhantomError, match="no place in common"):
            shared_out(HOME, other, np.ones(HOME.shape))
