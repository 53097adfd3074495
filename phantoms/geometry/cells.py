"""Cells of a compiled body: what can occur in each, and which boundaries decide it, found once.

Cells come in two sizes. In each cell the parts that can occur are listed; each is cut into halves along every
axis, and what the bounds of the solids over such a small cell leave open becomes a small graph of questions
"is the point in this solid?" that ends in regions. The graph is the ordered list of parts, without the
questions whose answers are the same all over the cell or already known from one before; few graphs serve all
cells, since neighbours share them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.geometry.shapes import QUADRIC, RIB_SLABS, TORUS, Literal
from phantoms.kernels import kernel

HALVES = 2  #: small cells along the edge of a cell
NEVER, ALWAYS, EITHER = range(3)


class Solids(NamedTuple):
    """The literals of a body and its parts, as :class:`phantoms.geometry.solids.Geometry` has them, and the
    smallest and largest curvature of each quadric, which bound it over a cell."""

    kind: NDArray[np.int8]
    inside: NDArray[np.bool_]
    numbers: NDArray[np.float64]
    curvature: NDArray[np.float64]
    part_start: NDArray[np.int64]
    part_region: NDArray[np.int64]


def curvatures(literals: Sequence[Literal]) -> NDArray[np.float64]:
    """The smallest (at most 0) and the largest (at least 0) eigenvalue of each quadric's matrix, (L, 2)."""
    found = np.zeros((len(literals), 2))
    for m, lit in enumerate(literals):
        if lit.kind == QUADRIC:
            p = lit.numbers
            a = np.array([[2 * p[0], p[3], p[5]], [p[3], 2 * p[1], p[4]], [p[5], p[4], 2 * p[2]]]) / 2
            eigen = np.linalg.eigvalsh(a)
            found[m] = min(0.0, eigen[0]), max(0.0, eigen[-1])
    return found


@kernel(inline="always")
def verdict(kind, p, curvature, x, y, z, h):  # type: ignore[no-untyped-def]
    """Whether a solid holds all points, no point or perhaps some of the cube of half edge h about a point."""
    if kind == QUADRIC:
        q = x * (p[0] * x + p[3] * y + p[6]) + y * (p[1] * y + p[4] * z + p[7])
        q += z * (p[2] * z + p[5] * x + p[8]) + p[9]
        slope = abs(2 * p[0] * x + p[3] * y + p[5] * z + p[6])
        slope += abs(2 * p[1] * y + p[3] * x + p[4] * z + p[7])
        slope += abs(2 * p[2] * z + p[4] * y + p[5] * x + p[8])
        if q - slope * h + curvature[0] * 3.0 * h * h > 0.0:
            return NEVER
        return ALWAYS if q + slope * h + curvature[1] * 3.0 * h * h <= 0.0 else EITHER
    if kind == TORUS:
        dx, dy, dz = x - p[0], y - p[1], z - p[2]
        if p[3] == 1.0:
            rho, w = np.sqrt(dx * dx + dz * dz), dy
        else:
            rho, w = np.sqrt(dx * dx + dy * dy), dz
        u, v = (rho - p[4]) / p[5], w / p[6]
        here, change = np.sqrt(u * u + v * v), np.sqrt(3.0) * h / min(p[5], p[6])
        if here - change > 1.0 + 1e-9:
            return NEVER
        return ALWAYS if here + change < 1.0 - 1e-9 else EITHER
    if kind == RIB_SLABS:
        slab = np.floor((z - h - p[0]) / p[1])
        if slab == np.floor((z + h - p[0]) / p[1]):
            return ALWAYS if slab % 2.0 == 0.0 else NEVER
    return EITHER


@kernel()
def cell_parts(solids, low, cell, shape, start, parts):  # type: ignore[no-untyped-def]
    """The parts of every cell into ``parts``, as far as there is room, and their number; see Geometry."""
    h = 0.5 * cell * (1.0 + 1e-9)
    total = 0
    for c in range(shape[0] * shape[1] * shape[2]):
        x = low[0] + (c // (shape[1] * shape[2]) + 0.5) * cell
        y = low[1] + ((c // shape[2]) % shape[1] + 0.5) * cell
        z = low[2] + (c % shape[2] + 0.5) * cell
        start[c] = total
        for part in range(solids.part_start.size - 1):
            sure, possible = True, True
            for m in range(solids.part_start[part], solids.part_start[part + 1]):
                if solids.kind[m] != QUADRIC:
                    sure = False
                    continue
                v = verdict(solids.kind[m], solids.numbers[m], solids.curvature[m], x, y, z, h)
                if v == EITHER:
                    sure = False
                elif (v == ALWAYS) != solids.inside[m]:
                    possible = False
                    break
            if possible:
                if total < parts.size:
                    parts[total] = ~part if sure else part
                total += 1
                if sure:
                    break
    start[shape[0] * shape[1] * shape[2]] = total
    return total


@kernel()
def _questions(solids, same, low, cell, shape, start, parts, code, begins, places, questions):  # type: ignore[no-untyped-def]
    """Regions of the small cells that have one, into ``code``; of the others what is open.

    questions : for each such cell, region by region in order, ~region and then 2 literal + (1 where the
    literal is the solid itself, 0 where it is the complement). begins, places : where these start in
    ``questions``, and the cell.
    """
    small = cell / HALVES
    h = 0.5 * small * (1.0 + 1e-9)
    n, used = 0, 0
    for c in range(start.size - 1):
        if start[c] == start[c + 1]:
            continue
        for e in range(HALVES**3):
            i = (c // (shape[1] * shape[2])) * HALVES + e // (HALVES * HALVES)
            j = ((c // shape[2]) % shape[1]) * HALVES + (e // HALVES) % HALVES
            k = (c % shape[2]) * HALVES + e % HALVES
            x, y, z = low[0] + (i + 0.5) * small, low[1] + (j + 0.5) * small, low[2] + (k + 0.5) * small
            first, region, open_parts = used, 0, 0
            for t in range(start[c], start[c + 1]):
                part = parts[t] if parts[t] >= 0 else ~parts[t]
                before = used
                questions[used] = ~solids.part_region[part]
                used += 1
                possible = True
                if parts[t] >= 0:
                    for m in range(solids.part_start[part], solids.part_start[part + 1]):
                        v = verdict(solids.kind[m], solids.numbers[m], solids.curvature[m], x, y, z, h)
                        if v == EITHER:
                            questions[used] = 2 * same[m] + solids.inside[m]
                            used += 1
                        elif (v == ALWAYS) != solids.inside[m]:
                            possible = False
                            break
                if not possible:
                    used = before
                elif used == before + 1:
                    region = solids.part_region[part]
                    break
                else:
                    open_parts += 1
            place = c * HALVES**3 + e
            if open_parts == 0:
                code[place] = region
                used = first
            else:
                begins[n], places[n] = first, place
                n += 1
    begins[n] = used
    return n


class Graph(NamedTuple):
    """Small cells and questions.

    block: of each cell, its block of 8 small cells, of which many cells have the same, (cells,). code: of the
    small cells of each block, their region, or ~i for question i, (8 blocks,). literal: the one that question
    i is about, (Q,). follows: the codes that come next for a point outside of it and for one inside, (2Q,).
    """

    block: NDArray[Any]
    code: NDArray[Any]
    literal: NDArray[Any]
    follows: NDArray[Any]


def decide(
    solids: Solids, low: NDArray[np.float64], cell: float, shape: NDArray[np.int64],
    start: NDArray[np.int64], parts: NDArray[np.int64],
) -> Graph:  # fmt: skip
    """The small cells of a body from the lists of parts of its cells."""
    known: dict[tuple[int, bytes], int] = {}
    same = np.array([
        known.setdefault((int(kind), numbers.tobytes()), m)
        for m, (kind, numbers) in enumerate(zip(solids.kind, solids.numbers, strict=True))
    ])  # fmt: skip
    lists = int(np.count_nonzero(np.diff(start))) * HALVES**3
    longest = int((1 + np.diff(solids.part_start))[np.where(parts < 0, ~parts, parts)].sum()) * HALVES**3
    code = np.zeros(int(shape.prod()) * HALVES**3, dtype=np.int32)
    begins, places = np.zeros(lists + 1, dtype=np.int64), np.zeros(lists, dtype=np.int64)
    questions = np.zeros(longest + 1, dtype=np.int32)
    n = _questions(solids, same, low, cell, shape, start, parts, code, begins, places, questions)
    raw, width = questions.tobytes(), questions.itemsize
    ends = (begins[: n + 1] * width).tolist()
    graph = _Builder()
    roots: dict[bytes, int] = {}
    codes = []
    for a, b in pairwise(ends):
        asked = raw[a:b]
        root = roots.get(asked)
        if root is None:
            root = roots[asked] = graph.root(np.frombuffer(asked, dtype=np.int32).tolist())
        codes.append(root)
    code[places[:n]] = codes
    largest = max(len(graph.nodes), int(solids.part_region.max()) + 1)
    narrow = np.int16 if largest < 2**15 and solids.kind.size < 2**15 else np.int32
    nodes = np.array(graph.nodes, dtype=narrow).reshape(-1, 3)
    return Graph(*_blocks(code.astype(narrow)), nodes[:, 0].copy(), nodes[:, 1:].ravel())


def _blocks(code: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """``block`` and ``code`` of Graph, from the codes of all small cells, cell by cell."""
    rows = code.reshape(-1, HALVES**3)
    # most cells are of one region or of none: these need no sorting
    plain = np.unique(rows[:, 0][rows[:, 0] >= 0])
    mixed = np.flatnonzero((rows != rows[:, :1]).any(axis=1) | (rows[:, 0] < 0))
    whole = np.ascontiguousarray(rows[mixed]).view(np.dtype((np.void, rows.itemsize * HALVES**3)))
    kinds, which = np.unique(whole, return_inverse=True)
    block = np.searchsorted(plain, rows[:, 0])
    block[mixed] = plain.size + which.ravel()
    narrow = np.uint16 if plain.size + kinds.size <= 2**16 else np.uint32
    return block.astype(narrow), np.concatenate([np.repeat(plain, HALVES**3), kinds.view(code.dtype)])


class _Builder:
    """Questions that all cells share: (literal, code if the point is not in it, code if it is)."""

    def __init__(self) -> None:
        self.nodes: list[tuple[int, int, int]] = []
        self._index: dict[tuple[int, int, int], int] = {}

    def root(self, asked: list[int]) -> int:
        """The code of a list of regions with what is open of each; see ``_questions``."""
        parts: list[tuple[int, list[tuple[int, int]]]] = []
        for q in asked:
            if q < 0:
                parts.append((~q, []))
            else:
                parts[-1][1].append((q >> 1, q & 1))
        later = [{m for _, literals in parts[i:] for m, _ in literals} for i in range(len(parts))]
        done: dict[tuple[int, int, frozenset[tuple[int, int]]], int] = {}

        def follow(i: int, j: int, answers: dict[int, int]) -> int:
            if i == len(parts):
                return 0
            region, literals = parts[i]
            if j == len(literals):
                return region
            m, wanted = literals[j]
            if m in answers:
                return follow(i, j + 1, answers) if answers[m] == wanted else follow(i + 1, 0, answers)
            key = (i, j, frozenset((a, v) for a, v in answers.items() if a in later[i]))
            if key not in done:
                good = follow(i, j + 1, {**answers, m: wanted})
                bad = follow(i + 1, 0, {**answers, m: 1 - wanted})
                done[key] = self._node(m, bad, good) if wanted else self._node(m, good, bad)
            return done[key]

        return follow(0, 0, {})

    def _node(self, literal: int, outside: int, inside: int) -> int:
        if outside == inside:
            return inside
        node = (literal, outside, inside)
        if node not in self._index:
            self._index[node] = len(self.nodes)
            self.nodes.append(node)
        return ~self._index[node]
