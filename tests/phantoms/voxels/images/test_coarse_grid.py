"""Labels on coarser voxels: volumes kept, thin things too, and averages of each voxel's own class."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from phantoms.voxels.images.coarse import coarsened, coarser_grid

AFFINE = np.diag([1.5, 1.5, 1.5, 1.0])


def spheres(n: int = 90) -> NDArray[np.uint8]:
    """A ball (1) in a shell of one voxel (2) within a cube of rest (3) in the space around (0)."""
    x = np.arange(n) - 0.5 * (n - 1) + 0.13
    r = np.sqrt(x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2)
    which = np.zeros((n, n, n), dtype=np.uint8)
    which[5:-5, 5:-5, 5:-5] = 3
    which[r < 30] = 2
    which[r < 29] = 1
    return which


@pytest.mark.parametrize("width", [3.0, 4.0, 5.5])
def test_volumes_are_kept_and_thin_shells_too(width: float) -> None:
    which = spheres()
    grid = coarser_grid(which.shape, AFFINE, (width, width, width))
    coarse = coarsened(which, None, grid, 4)
    fine = np.bincount(which.ravel()) * 1.5**3
    got = np.bincount(coarse.which.ravel(), minlength=4) * width**3
    np.testing.assert_allclose(got[1:], fine[1:], rtol=0.02)
    assert coarse.forced == ()


def test_by_bare_majority_the_shell_would_shrink() -> None:
    which = spheres()
    grid = coarser_grid(which.shape, AFFINE, (5.5, 5.5, 5.5))
    votes = np.zeros((4, *grid.shape))
    at = np.ix_(*grid.places)
    for c in range(4):
        np.add.at(votes[c], at, which == c)
    shell = (votes.argmax(axis=0) == 2).sum() * 5.5**3
    assert shell < 0.8 * (which == 2).sum() * 1.5**3


def test_a_grid_begins_at_the_corner_of_its_image_and_covers_it() -> None:
    affine = np.array([[0.0, -2.0, 0.0, 10.0], [2.0, 0.0, 0.0, -5.0], [0.0, 0.0, 3.0, 7.0], [0, 0, 0, 1.0]])
    grid = coarser_grid((7, 10, 9), affine, (4.0, 5.0, 3.0))
    assert grid.shape == (4, 4, 9)
    corner = np.array([-0.5, -0.5, -0.5, 1.0])
    np.testing.assert_allclose(grid.affine_mm @ corner, affine @ corner)
    assert grid.places[0].tolist() == [0, 0, 1, 1, 2, 2, 3]
    assert grid.ratio == pytest.approx(12.0 / 60.0)
    np.testing.assert_allclose(np.linalg.norm(grid.affine_mm[:3, :3], axis=0), [4.0, 5.0, 3.0])


def test_the_same_widths_give_the_same_voxels() -> None:
    which = spheres(30)
    grid = coarser_grid(which.shape, AFFINE, (1.5, 1.5, 1.5))
    assert (coarsened(which, None, grid, 4).which == which).all()


def test_the_mean_is_that_of_the_voxels_own_class() -> None:
    which = spheres()
    hu = np.select([which == 1, which == 2, which == 3], [40, 900, -90], -1000).astype(np.int16)
    grid = coarser_grid(which.shape, AFFINE, (4.0, 4.0, 4.0))
    coarse = coarsened(which, hu, grid, 4)
    assert coarse.mean is not None
    expected = np.select([coarse.which == 1, coarse.which == 2, coarse.which == 3], [40, 900, -90], 0)
    inside = coarse.which > 0
    np.testing.assert_array_equal(coarse.mean[inside], expected[inside])


def test_what_is_smaller_than_a_voxel_is_kept_where_most_of_it_is() -> None:
    which = np.full((40, 40, 40), 1, dtype=np.uint8)
    which[20, 20, 20] = 2
    which[7:10, 20, 20] = 3  # three fine voxels in two coarse ones: 6, 7, 8 and 9, 10, 11
    grid = coarser_grid(which.shape, AFFINE, (4.5, 4.5, 4.5))
    coarse = coarsened(which, None, grid, 4)
    assert coarse.forced == (2, 3)
    assert np.argwhere(coarse.which == 2).tolist() == [[6, 6, 6]]
    assert np.argwhere(coarse.which == 3).tolist() == [[2, 6, 6]]
