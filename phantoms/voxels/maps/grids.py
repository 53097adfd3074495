"""Two grids of voxels in the same patient: which share of each voxel of one lies in each voxel of the other.

Grids whose axes are parallel (whatever their order, their sense and their widths) overlap in boxes, whose
volumes are products of overlaps along the three axes: exact. Otherwise the values are those at many
points in each voxel of the other grid, so that what is even stays even.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError

#: Two places are the same where they differ by no more than this share of a voxel: affines are written with
#: some seven digits.
SAME = 1e-3
#: As many points are placed at a time.
CHUNK = 1 << 20
#: Shares that are kept at most, 8 bytes each, where axes are parallel; beyond, grids are swept axis by axis.
MOST_SHARES = 2e7


class Grid(NamedTuple):
    """Voxels of an image: their number along each axis, and the affine from a middle's index to mm (RAS+)."""

    shape: tuple[int, int, int]
    affine_mm: NDArray[np.float64]

    @property
    def width_mm(self) -> tuple[float, float, float]:
        """Width of a voxel along each axis of the array, mm."""
        a, b, c = np.linalg.norm(self.affine_mm[:3, :3], axis=0).round(8).tolist()
        return a, b, c

    def __str__(self) -> str:
        """Shape, widths, and where the corners of the whole lie."""
        ends = np.array([np.full(3, -0.5), np.array(self.shape) - 0.5])
        corners = np.array(list(product(*ends.T)))
        mm = corners @ self.affine_mm[:3, :3].T + self.affine_mm[:3, 3]
        low, high = mm.min(axis=0), mm.max(axis=0)
        size = " x ".join(map(str, self.shape))
        width = " x ".join(f"{w:.5g}" for w in self.width_mm)
        axes = ("left-right", "back-front", "feet-head")
        where = ", ".join(f"{n} {a:.5g} to {b:.5g}" for n, a, b in zip(axes, low, high, strict=True))
        return f"{size} voxels of {width} mm, {where} mm"


def between(one: Grid, other: Grid) -> NDArray[np.float64]:
    """(4, 4), from an index of one grid to that of the other; parallel axes are made exactly parallel."""
    found = np.asarray(np.linalg.solve(other.affine_mm, one.affine_mm), dtype=np.float64)
    # what the far end of an axis is moved by a coefficient, in voxels, is rounding
    far = np.array([*one.shape, 1.0])
    found[np.abs(found) * far < SAME] = 0.0
    found[3] = (0.0, 0.0, 0.0, 1.0)
    return found


def parallel(one: Grid, other: Grid) -> bool:
    """Whether each axis of one grid is parallel to one of the other."""
    turn = between(one, other)[:3, :3] != 0.0
    return bool((turn.sum(axis=0) == 1).all() and (turn.sum(axis=1) == 1).all())


def same_voxels(one: Grid, other: Grid) -> bool:
    """Whether the voxels of both are the same ones, stored in whatever order, one grid perhaps larger."""
    if not parallel(one, other):
        return False
    m = between(one, other)
    for axis in range(3):
        to = int(np.flatnonzero(m[:3, axis])[0])
        step, first = m[to, axis], m[to, 3]
        if abs(first - round(first)) > SAME or abs(abs(step) - 1.0) * one.shape[axis] > SAME:
            return False
    return True


@dataclass(frozen=True)
class Overlap:
    """What is in the voxels of one grid, shared out to those of another by volume.

    one, other : the grids.
    along : where axes are parallel, for each axis of ``one`` the (n_other, n_one) matrix of shares.
    order : the axis of ``other`` that each axis of ``one`` is.
    shares : where they are not, (voxels of other, voxels of one) sparse.
    only : the voxels of ``one`` that ``shares`` has, flat.
    """

    one: Grid
    other: Grid
    along: tuple[Any, Any, Any] | None = None
    order: tuple[int, int, int] = (0, 1, 2)
    shares: Any = None
    only: NDArray[np.int64] | None = None

    def spread(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Sums by voxel of the other grid, from sums by voxel of the one; what lies beyond it is lost."""
        if self.along is None:
            return np.asarray(self.shares @ values.ravel()[self.only].astype(float)).reshape(self.other.shape)
        found = np.asarray(values, dtype=float)
        for axis, matrix in enumerate(self.along):
            moved = np.moveaxis(found, axis, 0)
            flat = matrix @ np.ascontiguousarray(moved).reshape(moved.shape[0], -1)
            found = np.moveaxis(flat.reshape(matrix.shape[0], *moved.shape[1:]), 0, axis)
        return np.ascontiguousarray(np.transpose(found, np.argsort(self.order)))


def overlap(one: Grid, other: Grid, only: NDArray[np.bool_] | None = None) -> Overlap:
    """How the voxels of one grid lie in those of another.

    only : the voxels of ``one`` that ever hold anything; others may be left out where that saves memory.

    Raises
    ------
    PhantomError : they have no place in common.
    """
    if parallel(one, other):
        m = between(one, other)
        order = [int(np.flatnonzero(m[:3, axis])[0]) for axis in range(3)]
        along = [
            _along(one.shape[axis], other.shape[to], m[to, axis], m[to, 3]) for axis, to in enumerate(order)
        ]
        if all(matrix.nnz for matrix in along):
            a, b, c = along
            if (
                only is not None
                and (shares := _boxes(one, other, along, order, np.flatnonzero(only))) is not None
            ):
                return Overlap(one, other, shares=shares, only=np.flatnonzero(only))
            return Overlap(one, other, (a, b, c), (order[0], order[1], order[2]))
        raise PhantomError(f"two grids have no place in common: {one}; and {other}")
    voxels = np.arange(np.prod(one.shape)) if only is None else np.flatnonzero(only)
    shares = _sampled(one, other, voxels)
    if not shares.nnz:
        raise PhantomError(f"two grids have no place in common: {one}; and {other}")
    return Overlap(one, other, shares=shares, only=voxels)


def _along(n_one: int, n_other: int, step: float, first: float) -> Any:
    """(n_other, n_one): which share of each interval lies in each of the others, along one axis."""
    from scipy.sparse import csr_matrix

    middle = first + step * np.arange(n_one)
    low, high = middle - 0.5 * abs(step), middle + 0.5 * abs(step)
    reach = int(np.ceil(abs(step))) + 1
    begin = np.floor(low + 0.5).astype(int)
    row = begin[:, None] + np.arange(reach + 1)
    part = np.minimum(high[:, None], row + 0.5) - np.maximum(low[:, None], row - 0.5)
    part[part < 2.0 * SAME * min(1.0, abs(step))] = 0.0  # places that are the same
    share = part / abs(step)
    total = share.sum(axis=1, keepdims=True)
    share /= np.where(total > 0.0, total, 1.0)  # all of it, before what lies beyond the other grid is cut off
    column = np.broadcast_to(np.arange(n_one)[:, None], row.shape)
    keep = (share > 0.0) & (row >= 0) & (row < n_other)
    return csr_matrix((share[keep], (row[keep], column[keep])), shape=(n_other, n_one))


def _boxes(one: Grid, other: Grid, along: list[Any], order: list[int], voxels: NDArray[np.int64]) -> Any:
    """(voxels of other, voxels): products of the shares along the axes; None where these are too many."""
    from scipy.sparse import csr_matrix

    columns = [matrix.tocsc() for matrix in along]
    index = np.unravel_index(voxels, one.shape)
    most = [int(np.diff(matrix.indptr).max()) for matrix in columns]
    if voxels.size * np.prod(most, dtype=float) > MOST_SHARES:
        return None
    size = int(np.prod(other.shape))
    found = csr_matrix((size, voxels.size), dtype=np.float32)
    for which in product(*map(range, most)):
        row, share = np.zeros(voxels.size, np.int64), np.ones(voxels.size)
        for axis, (matrix, n) in enumerate(zip(columns, which, strict=True)):
            first, count = matrix.indptr[:-1][index[axis]], np.diff(matrix.indptr)[index[axis]]
            there = np.minimum(first + n, matrix.indices.size - 1)
            share *= np.where(n < count, matrix.data[there], 0.0)
            row += matrix.indices[there].astype(np.int64) * int(np.prod(other.shape[order[axis] + 1 :]))
        held = np.flatnonzero(share)
        cells = (row[held], held)
        found = found + csr_matrix((share[held].astype(np.float32), cells), shape=found.shape)
    return found


def shared_out(one: Grid, other: Grid, values: NDArray[Any]) -> NDArray[np.float64]:
    """As :meth:`Overlap.spread`, once, and with the sum kept exactly where axes are oblique too.

    Raises
    ------
    PhantomError : the grids have no place in common.
    """
    if parallel(one, other):
        return overlap(one, other).spread(values)
    from scipy.ndimage import affine_transform

    # voxels of the other grid, and more of them around until all of the one lies within
    corners = np.array(list(product(*((-0.5, n - 0.5) for n in one.shape))))
    m = between(one, other)
    there = corners @ m[:3, :3].T + m[:3, 3]
    low = np.minimum(np.floor(there.min(axis=0)).astype(int) - 1, 0)
    high = np.maximum(np.ceil(there.max(axis=0)).astype(int) + 2, other.shape)
    m = between(other, one)
    points = _even_points(m, 3.0)
    density = np.asarray(values, dtype=np.float32)
    found = np.zeros(tuple(high - low), np.float32)
    for point in points @ m[:3, :3].T:
        first = m[:3, :3] @ low + m[:3, 3] + point
        found += affine_transform(
            density, m[:3, :3], first, found.shape, np.float32, order=0, mode="grid-constant", prefilter=False
        )
    whole = float(found.sum(dtype=float))
    part = tuple(slice(-a, -a + n) for a, n in zip(low.tolist(), other.shape, strict=True))
    if not found[part].any():
        raise PhantomError(f"two grids have no place in common: {one}; and {other}")
    return found[part] * (float(np.asarray(values).sum(dtype=float)) / whole)


def _even_points(m: NDArray[np.float64], per_width: float) -> NDArray[np.float64]:
    """Points (n, 3) that fill a voxel evenly, as shares of its widths, half of them mirrored.

    m : from an index of its grid to that of the other, of whose widths each has so many points along an axis.

    The additive recurrence of the root of x^4 = x + 1 (M. Roberts, "The unreasonable effectiveness of
    quasirandom sequences", 2018): no plane holds many of them, so that none counts for the wrong side.
    """
    n = int(np.prod([max(2, int(np.ceil(per_width * np.linalg.norm(m[:3, axis])))) for axis in range(3)]))
    root = 1.2207440846057596
    steps = root ** -np.arange(1.0, 4.0)
    half = (0.5 + np.arange(1, (n + 1) // 2 + 1)[:, None] * steps) % 1.0 - 0.5
    return np.concatenate([half, -half])


def _sampled(one: Grid, other: Grid, voxels: NDArray[np.int64]) -> Any:
    """(voxels of other, voxels): shares by points in the voxels of the other grid."""
    from scipy.sparse import csr_matrix, vstack

    m = between(other, one)
    points = _even_points(m, 2.0) @ m[:3, :3].T
    weight = abs(float(np.linalg.det(m[:3, :3]))) / len(points)
    column = np.full(int(np.prod(one.shape)), -1, np.int32)
    column[voxels] = np.arange(voxels.size)
    size, step = int(np.prod(other.shape)), max(1, CHUNK // len(points))
    blocks = []
    for begin in range(0, size, step):
        rows = np.arange(begin, min(begin + step, size))
        middle = np.stack(np.unravel_index(rows, other.shape), axis=-1) @ m[:3, :3].T + m[:3, 3]
        reach = np.abs(points).max(axis=0)
        near = ((middle > -0.5 - reach) & (middle < np.array(one.shape) - 0.5 + reach)).all(axis=1)
        cell = np.floor(middle[near][:, None, :] + (points + 0.5)).astype(np.int64)
        inside = ((cell >= 0) & (cell < np.array(one.shape))).all(axis=-1)
        held = column[np.ravel_multi_index(tuple(cell[inside].T), one.shape)]
        own = np.broadcast_to(np.flatnonzero(near)[:, None], inside.shape)[inside]
        cells = (own[held >= 0], held[held >= 0])
        data = np.full(cells[0].size, weight, np.float32)
        blocks.append(csr_matrix((data, cells), shape=(rows.size, voxels.size)))
    return vstack(blocks, format="csr")
