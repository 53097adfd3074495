"""A compiled body, and a fast exact answer to "which region is this point in?".

The parts of a body (see :mod:`phantoms.geometry.shapes`) become flat arrays. A grid of cells has for each
cell its region, or the few boundaries that are to be asked there (:mod:`phantoms.geometry.cells`), found by
rigorous bounds of each solid over the cell; the answer of :func:`locate` is that of the equations at every
point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.geometry.cells import HALVES, Solids, cell_parts, curvatures, decide
from phantoms.geometry.shapes import QUADRIC, RIB_SLABS, TORUS, Part
from phantoms.kernels import kernel
from phantoms.random_numbers import uniform


class Geometry(NamedTuple):
    """A compiled body: flat arrays that the compiled functions read.

    kind, inside, numbers: the literals. part_start, part_region: which literals a part has, and its region
    (0 is outside). low, cell, shape: the grid. cell_start, cell_part: the parts to try in each cell, in
    order; ~i stands for a part that fills what is left of the cell.

    The rest is for :func:`locate`. corner, per_cm, extent: small cells of edge 1/per_cm from a corner, and
    how many along each axis, 2 a cell. block, code, literal, follows: their regions and questions, a
    :class:`phantoms.geometry.cells.Graph`. (No tuple in the tuple: compiled code would count references.)
    """

    kind: NDArray[np.int8]
    inside: NDArray[np.bool_]
    numbers: NDArray[np.float64]
    part_start: NDArray[np.int64]
    part_region: NDArray[np.int64]
    low: NDArray[np.float64]
    cell: float
    shape: NDArray[np.int64]
    cell_start: NDArray[np.int64]
    cell_part: NDArray[np.int64]
    corner: tuple[float, float, float]
    per_cm: float
    extent: tuple[int, int, int]
    block: NDArray[Any]
    code: NDArray[Any]
    literal: NDArray[Any]
    follows: NDArray[Any]


@kernel(inline="always")
def _holds(kind, p, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a solid holds a point."""
    if kind == QUADRIC:
        q = x * (p[0] * x + p[3] * y + p[6]) + y * (p[1] * y + p[4] * z + p[7])
        return q + z * (p[2] * z + p[5] * x + p[8]) + p[9] <= 0.0
    if kind == TORUS:
        dx, dy, dz = x - p[0], y - p[1], z - p[2]
        if p[3] == 1.0:
            rho, w = np.sqrt(dx * dx + dz * dz), dy
        else:
            rho, w = np.sqrt(dx * dx + dy * dy), dz
        u, v = (rho - p[4]) / p[5], w / p[6]
        return u * u + v * v <= 1.0
    if kind == RIB_SLABS:
        return np.floor((z - p[0]) / p[1]) % 2.0 == 0.0
    h, dy = (z - p[1]) / p[2], y - p[0]
    if h <= 0.25:
        t = 1.0 + (np.sqrt(2.0) - 2.0) / 2.0 * (h / 0.25)
    else:
        t = (2.0 * np.sqrt(2.0) - 1.0) / 3.0 + (2.0 - np.sqrt(2.0)) / 2.0 * (h / 0.75)
    return (dy - abs(x)) ** 2 >= 2.0 * t * t * (x * x + dy * dy)


@kernel(inline="always")
def _in_part(g, part, x, y, z):  # type: ignore[no-untyped-def]
    """Whether a part holds a point."""
    for m in range(g.part_start[part], g.part_start[part + 1]):
        if _holds(g.kind[m], g.numbers[m], x, y, z) != g.inside[m]:
            return False
    return True


@kernel(inline="always")
def place(g, x, y, z):  # type: ignore[no-untyped-def]
    """The answer of :func:`locate`, but -1 out of the grid."""
    a, b, c = (x - g.corner[0]) * g.per_cm, (y - g.corner[1]) * g.per_cm, (z - g.corner[2]) * g.per_cm
    if a < 0.0 or b < 0.0 or c < 0.0 or a >= g.extent[0] or b >= g.extent[1] or c >= g.extent[2]:
        return -1
    i, j, k = np.int64(a), np.int64(b), np.int64(c)
    cell = ((i >> 1) * (g.extent[1] >> 1) + (j >> 1)) * (g.extent[2] >> 1) + (k >> 1)
    small = ((i & 1) << 2) + ((j & 1) << 1) + (k & 1)
    code = np.int64(g.code[np.uint64((np.int64(g.block[np.uint64(cell)]) << 3) + small)])
    p = g.numbers
    while code < 0:
        question = np.uint64(~code)
        m = np.uint64(g.literal[question])
        if g.kind[m] == QUADRIC:
            q = x * (p[m, 0] * x + p[m, 3] * y + p[m, 6]) + y * (p[m, 1] * y + p[m, 4] * z + p[m, 7])
            held = q + z * (p[m, 2] * z + p[m, 5] * x + p[m, 8]) + p[m, 9] <= 0.0
        else:
            held = _holds(g.kind[m], p[m], x, y, z)
        code = np.int64(g.follows[np.uint64(2) * question + np.uint64(1 if held else 0)])
    return code


@kernel()
def locate(g, x, y, z):  # type: ignore[no-untyped-def]
    """Index of the region that holds a point (cm); 0 outside the body."""
    return max(place(g, x, y, z), 0)


@kernel()
def locate_slowly(g, x, y, z):  # type: ignore[no-untyped-def]
    """The answer of :func:`locate` by trying every part at the point, without the grid."""
    for part in range(g.part_region.size):
        if _in_part(g, part, x, y, z):
            return g.part_region[part]
    return 0


@dataclass(frozen=True)
class Solid3D:
    """A compiled body with the names of its regions; ``regions[0]`` is "outside"."""

    geometry: Geometry
    regions: tuple[str, ...]

    def index(self, region: str) -> int:
        """Index of a region by name."""
        return self.regions.index(region)


def compile_body(
    parts: Sequence[Part], low: Sequence[float], high: Sequence[float], cell_cm: float
) -> Solid3D:
    """Compile parts, given in order of precedence, over the box low..high (cm)."""
    regions = ("outside", *dict.fromkeys(p.region for p in parts))
    literals = [lit for p in parts for lit in p.literals]
    kind = np.array([lit.kind for lit in literals], dtype=np.int8)
    inside = np.array([lit.inside for lit in literals])
    numbers = np.array([lit.numbers for lit in literals])
    part_start = np.cumsum([0] + [len(p.literals) for p in parts])
    part_region = np.array([regions.index(p.region) for p in parts])
    lo = np.asarray(low, dtype=float)
    shape = np.ceil((np.asarray(high) - lo) / cell_cm).astype(np.int64)
    cell_start = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    solids = Solids(kind, inside, numbers, curvatures(literals), part_start, part_region)
    cell_part = np.empty(cell_start.size, dtype=np.int64)
    while (n := cell_parts(solids, lo, cell_cm, shape, cell_start, cell_part)) > cell_part.size:
        cell_part = np.empty(n, dtype=np.int64)
    cell_part = cell_part[:n].copy()
    graph = decide(solids, lo, cell_cm, shape, cell_start, cell_part)
    i, j, k = (HALVES * shape).tolist()
    geometry = Geometry(
        kind, inside, numbers, part_start, part_region, lo, cell_cm, shape, cell_start, cell_part,
        (float(lo[0]), float(lo[1]), float(lo[2])), HALVES / cell_cm, (i, j, k), *graph,
    )  # fmt: skip
    return Solid3D(geometry, regions)


@kernel()
def _hits(g, points, hits):  # type: ignore[no-untyped-def]
    """Count by region: one random point in each of points^3 parts of every cell that holds a boundary."""
    state = np.full(1, np.uint64(1987))
    step = g.cell / points
    for c in range(g.cell_start.size - 1):
        first, end = g.cell_start[c], g.cell_start[c + 1]
        if first == end:
            continue
        if g.cell_part[first] < 0:
            hits[g.part_region[~g.cell_part[first]]] += points**3
            continue
        x0 = g.low[0] + (c // (g.shape[1] * g.shape[2])) * g.cell
        y0 = g.low[1] + ((c // g.shape[2]) % g.shape[1]) * g.cell
        z0 = g.low[2] + (c % g.shape[2]) * g.cell
        for i in range(points):
            for j in range(points):
                for k in range(points):
                    x = x0 + (i + uniform(state)) * step
                    y = y0 + (j + uniform(state)) * step
                    z = z0 + (k + uniform(state)) * step
                    hits[locate(g, x, y, z)] += 1


def volumes_cm3(solid: Solid3D, points_per_cell: int) -> dict[str, float]:
    """Volumes of all regions by stratified sampling of the cells that hold a boundary; repeatable."""
    hits = np.zeros(len(solid.regions), dtype=np.int64)
    _hits(solid.geometry, points_per_cell, hits)
    volume = hits * (solid.geometry.cell / points_per_cell) ** 3
    return dict(zip(solid.regions[1:], volume[1:].tolist(), strict=True))
