"""Labels on the coarser voxels of the transport grid, each region with its own volume.

A coarse voxel gets one label: that of most of the fine voxels whose middles are in it, each label with a
weight of its own. The weights are found by repetition such that every label gets as much volume as it has; by
bare majority, whatever is thinner than a voxel would shrink or vanish. A label that no weight gives a voxel
gets the one in which most of it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError

ROUNDS = 60
#: Shares of few fine voxels come in few sizes, and a weight would move all voxels of one size at once: each
# share is
#: dithered by up to half of this, relative, by a fixed rule.
DITHER = 0.3
#: Volumes that are this near to their own are near enough, relative.
NEAR = 0.005


class Grid(NamedTuple):
    """A grid of coarser voxels over that of an image.

    places : for each axis, the coarse index of each fine one, (n,).
    ratio : volume of a fine voxel over that of a coarse one.
    """

    shape: tuple[int, int, int]
    affine_mm: NDArray[np.float64]
    places: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
    ratio: float


class Coarse(NamedTuple):
    """Labels on the coarse grid.

    which : (I, J, K), the class of each voxel.
    mean : (I, J, K) float32, mean over the class' own fine voxels of what was to be averaged; None: nothing.
    forced : classes that got a voxel by force.
    """

    which: NDArray[Any]
    mean: NDArray[np.float32] | None
    forced: tuple[int, ...]


def coarser_grid(
    shape: tuple[int, ...], affine_mm: NDArray[np.float64], width_mm: tuple[float, float, float]
) -> Grid:
    """The grid of voxels of these widths (mm) that begins at the same corner.

    Raises
    ------
    PhantomError : a width below that of the image.
    """
    own = np.linalg.norm(affine_mm[:3, :3], axis=0)
    wanted = np.array(width_mm)
    if (wanted < own * (1 - 1e-6)).any():
        raise PhantomError(
            f"voxel_mm {', '.join(f'{w:g}' for w in wanted)}: the voxels of the labels are"
            f" {', '.join(f'{w:.4g}' for w in own)} mm wide; the grid of the transport is that or coarser"
        )
    sizes = np.maximum(1, np.ceil(np.array(shape) * own / wanted - 1e-6)).astype(int)
    index = [
        np.minimum(((np.arange(n) + 0.5) * a / w).astype(np.int64), m - 1)
        for n, a, w, m in zip(shape, own, wanted, sizes, strict=True)
    ]
    affine = affine_mm.copy()
    affine[:3, :3] *= wanted / own
    affine[:3, 3] += affine_mm[:3, :3] @ (0.5 * (wanted / own - 1.0))
    return Grid(
        (int(sizes[0]), int(sizes[1]), int(sizes[2])), affine, (index[0], index[1], index[2]),
        float(np.prod(own / wanted)),
    )  # fmt: skip


def coarsened(which: NDArray[Any], hu: NDArray[Any] | None, grid: Grid, classes: int) -> Coarse:
    """Classes (and the mean CT number of each voxel's own class) on a coarse grid.

    Parameters
    ----------
    which : (I, J, K) class of each fine voxel, 0 to classes - 1.
    hu : (I, J, K) what is to be averaged; None: nothing.
    """
    voxel, kind, count, total = _pairs(which, hu, grid, classes)
    fine = np.bincount(kind, weights=count, minlength=classes)
    # a coarse voxel at the image's far edge may be filled in part; the rest of it is the space around
    full = grid.shape[0] * grid.shape[1] * grid.shape[2]
    target = fine * grid.ratio
    target[0] += full - target.sum()
    starts = np.flatnonzero(np.r_[True, voxel[1:] != voxel[:-1]])
    lengths = np.diff(np.r_[starts, voxel.size])
    chosen, forced = _choose(voxel, kind, count, starts, lengths, target)
    flat = np.zeros(full, dtype=which.dtype)
    flat[voxel[chosen]] = kind[chosen]
    mean = None
    if total is not None:
        means = np.zeros(full, dtype=np.float32)
        means[voxel[chosen]] = total[chosen] / count[chosen]
        mean = means.reshape(grid.shape)
    return Coarse(flat.reshape(grid.shape), mean, forced)


def _pairs(
    which: NDArray[Any], hu: NDArray[Any] | None, grid: Grid, classes: int
) -> tuple[Any, Any, Any, Any]:
    """Each class in each coarse voxel once: flat index, class, number of fine voxels, and sum of hu."""
    i, j, k = grid.places
    plane = (i[:, None] * grid.shape[1] + j[None, :]) * classes
    bins = grid.shape[0] * grid.shape[1] * classes
    parts: list[tuple[Any, ...]] = []
    for layer in range(grid.shape[2]):
        fine = np.flatnonzero(k == layer)
        if not fine.size:
            continue
        at = slice(fine[0], fine[-1] + 1)
        key = (plane[:, :, None] + which[:, :, at]).ravel()
        number = np.bincount(key, minlength=bins)
        there = np.flatnonzero(number)
        sums = None if hu is None else np.bincount(key, weights=hu[:, :, at].ravel(), minlength=bins)[there]
        voxel = (there // classes) * grid.shape[2] + layer
        parts.append((voxel, (there % classes).astype(np.uint16), number[there].astype(np.float32), sums))
    voxel, kind, count = (np.concatenate([p[n] for p in parts]) for n in range(3))
    order = np.argsort(voxel, kind="stable")
    total = None if hu is None else np.concatenate([p[3] for p in parts]).astype(np.float32)[order]
    return voxel[order], kind[order], count[order], total


def _choose(
    voxel: NDArray[Any], kind: NDArray[Any], count: NDArray[Any], starts: NDArray[Any], lengths: NDArray[Any],
    target: NDArray[Any],
) -> tuple[NDArray[np.int64], tuple[int, ...]]:  # fmt: skip
    """Which of the pairs wins each voxel, and the classes that got their voxel by force."""
    share = count / np.repeat(np.add.reduceat(count, starts), lengths)
    several = lengths > 1
    sure = starts[~several]  # a voxel of one class
    contested = np.flatnonzero(np.repeat(several, lengths))
    first = (
        np.flatnonzero(np.r_[True, np.diff(voxel[contested]) != 0]) if contested.size else np.zeros(0, int)
    )
    fixed = np.bincount(kind[sure], minlength=target.size).astype(float)
    fixed[0] += target.sum() - starts.size  # coarse voxels without any fine one
    noise = _noise(voxel[contested] * 65536 + kind[contested])
    share = share[contested] * (1.0 + DITHER * (noise - 0.5))
    weight = np.ones(target.size)
    best, error = np.zeros(0, dtype=np.int64), np.inf
    present = target > 0
    for turn in range(ROUNDS if contested.size else 0):
        score = share * weight[kind[contested]]
        highest = np.maximum.reduceat(score, first)
        top = np.flatnonzero(score == np.repeat(highest, np.diff(np.r_[first, score.size])))
        top = top[np.r_[True, np.diff(voxel[contested[top]]) != 0]]
        winners = contested[top]
        got = fixed + np.bincount(kind[winners], minlength=target.size)
        off = float(np.abs(got - target).sum())
        if off < error:
            best, error = winners, off
        ratio = target[present] / np.maximum(got[present], 0.3)
        if np.abs(ratio - 1.0).max() < NEAR:
            break
        weight[present] *= np.clip(ratio, 0.5, 2.0) ** (0.5 / (1.0 + turn / 15.0))
    chosen = np.concatenate([sure, best])
    got = np.bincount(kind[chosen], minlength=target.size)
    lost = tuple(int(c) for c in np.flatnonzero((got == 0) & present & (np.arange(target.size) > 0)))
    for c in lost:
        pair = np.flatnonzero(kind == c)
        pair = pair[np.argmax(count[pair])]
        chosen[np.flatnonzero(voxel[chosen] == voxel[pair])] = pair
    return chosen, lost


def _noise(key: NDArray[np.int64]) -> NDArray[np.float64]:
    """Numbers from 0 to 1 that look random, a fixed one for each key (the finalizer of SplitMix64)."""
    with np.errstate(over="ignore"):
        z = key.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(11)).astype(np.float64) * 2.0**-53
