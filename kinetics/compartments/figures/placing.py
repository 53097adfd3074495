"""Where the boxes of a picture stand: cells of a grid, chosen so that arrows are short and cross little.

A first placing ring by ring round the box with the most arrows, then simulated annealing (Davidson & Harel,
ACM Trans Graph 1996;15:301) with a fixed seed: the same model has the same picture each time.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray

Cells = NDArray[np.int64]

#: Most columns of a printed page; a picture of more boxes grows downwards.
MOST_COLUMNS = 6
#: Height of a cell over its width, and half the box in a cell: of its width, of its height.
ASPECT = 0.62
HALF_BOX = np.array([0.33, 0.27])
#: What an arrow through a foreign box, a crossing, and one row upwards cost, in widths of a cell; one row
#: between an input and the top.
THROUGH, CROSSING, UPWARDS, LOWERED = 5.0, 1.2, 0.25, 0.45
MOVES_A_BOX, MOST_MOVES, WARMEST, COLDEST = 350, 18_000, 2.0, 0.02
#: Pictures of more boxes are left as they are first placed: the tables grow with the third power.
MOST_ANNEALED = 100


def place(n: int, ways: Sequence[tuple[int, int]], sinks: Sequence[int], starts: Sequence[int]) -> Cells:
    """(n, 2) column and row of each box; rows count downwards, no empty row or column.

    n : how many boxes.
    ways : (from, to) of the arrows.
    sinks : boxes of the last row, which have it for themselves.
    starts : boxes that the substance is put into: near the top.

    >>> place(3, [(0, 1), (1, 0), (0, 2)], sinks=[2], starts=[0]).tolist()
    [[0, 0], [1, 0], [0, 1]]
    """
    inner = [i for i in range(n) if i not in set(sinks)]
    columns = min(max(math.ceil(math.sqrt(len(inner)) * 1.1), 2), MOST_COLUMNS)
    columns = max(columns, min(len(sinks), MOST_COLUMNS))
    rows = math.ceil((1.2 if len(inner) > 4 else 1.0) * len(inner) / columns)
    sink_rows = math.ceil(len(sinks) / columns)
    pairs = sorted({(min(a, b), max(a, b)) for a, b in ways if a != b})
    cells = _first(n, pairs, inner, list(sinks), columns, rows)
    if 1 < n <= MOST_ANNEALED:
        board = _Board(n, pairs, ways, starts, (columns, rows + sink_rows))
        cells = board.anneal(cells, sink_rows, set(sinks))
    for axis in (0, 1):  # no empty columns and rows
        _, cells[:, axis] = np.unique(cells[:, axis], return_inverse=True)
    return cells


def _first(
    n: int, pairs: Sequence[tuple[int, int]], inner: list[int], sinks: list[int], columns: int, rows: int
) -> Cells:
    """Rings round the box with the most arrows; sinks in the last rows."""
    near: list[list[int]] = [[] for _ in range(n)]
    for a, b in pairs:
        near[a].append(b)
        near[b].append(a)
    order: list[int] = []
    for root in sorted(inner, key=lambda i: -len(near[i])):
        todo = [root] if root not in order else []
        for i in todo:
            if i not in order and i in inner:
                order.append(i)
                todo += sorted(near[i], key=lambda j: -len(near[j]))
    middle = ((columns - 1) // 2, (rows - 1) // 2)
    free = sorted(
        itertools.product(range(columns), range(rows)),
        key=lambda c: (math.hypot(c[0] - middle[0], ASPECT * (c[1] - middle[1])), c),
    )
    cells = np.zeros((n, 2), dtype=np.int64)
    for i, cell in zip(order, free, strict=False):
        cells[i] = cell
    for k, i in enumerate(sinks):
        cells[i] = (k % columns, rows + k // columns)
    return cells


class _Board:
    """The cost of a placing, from tables over the cells of the grid, and moves that lower it."""

    def __init__(
        self,
        n: int,
        pairs: Sequence[tuple[int, int]],
        ways: Sequence[tuple[int, int]],
        starts: Sequence[int],
        size: tuple[int, int],
    ) -> None:
        self.n, self.columns = n, size[0]
        self.pairs = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        self.of_box = [np.flatnonzero((self.pairs == i).any(1)) for i in range(n)]
        share = self.pairs[:, None, :, None] == self.pairs[None, :, None, :]
        self.joined = share.any((2, 3))  # arrows that meet in a box don't cross
        back = {(b, a) for a, b in ways}
        self.down = [[(a, b) for a, b in ways if (a, b) not in back and i in (a, b)] for i in range(n)]
        self.starts = set(starts)
        cell = np.arange(size[0] * size[1])
        xy = np.stack([cell % size[0], ASPECT * (cell // size[0])], axis=1)
        self.length = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
        start, end = np.repeat(xy, cell.size, axis=0), np.tile(xy, (cell.size, 1))
        self.through = _through(start, end, xy).reshape(cell.size, cell.size, cell.size)
        self.through[cell, :, cell] = False
        self.through[:, cell, cell] = False
        a, b, c = xy[:, None, None], xy[None, :, None], xy[None, None]
        turn = (b - a)[..., 0] * (c - a)[..., 1] - (b - a)[..., 1] * (c - a)[..., 0]
        self.turn = np.sign(np.where(np.abs(turn) < 1e-9, 0.0, turn)).astype(np.int8)

    def anneal(self, cells: Cells, sink_rows: int, sinks: set[int]) -> Cells:
        """A better placing by moves into free cells and swaps."""
        columns, random = self.columns, np.random.default_rng(0)
        cell = cells[:, 1] * columns + cells[:, 0]
        inner_cells = self.length.shape[0] - columns * sink_rows
        at = {int(c): i for i, c in enumerate(cell)}
        moves = min(MOVES_A_BOX * self.n, MOST_MOVES)
        boxes = random.integers(self.n, size=moves).tolist()
        targets, luck = random.random(moves).tolist(), random.random(moves).tolist()
        best, now, lowest = cell.copy(), 0.0, 0.0
        for step, box in enumerate(boxes):
            warm = WARMEST * (COLDEST / WARMEST) ** (step / moves)
            if box in sinks:
                to = inner_cells + int(targets[step] * columns * sink_rows)
            else:
                to = int(targets[step] * inner_cells)
            before = int(cell[box])
            if to == before:
                continue
            other = at.get(to)
            moved = [box] if other is None else [box, other]
            old = self._cost(cell, moved)
            cell[box] = to
            if other is not None:
                cell[other] = before
            change = self._cost(cell, moved) - old
            if change <= 0 or luck[step] < math.exp(-change / warm):
                at[to] = box
                if other is None:
                    del at[before]
                else:
                    at[before] = other
                now += change
                if now < lowest - 1e-9:
                    lowest, best = now, cell.copy()
            else:
                cell[box] = before
                if other is not None:
                    cell[other] = to
        return np.stack([best % columns, best // columns], axis=1)

    def _cost(self, cell: NDArray[np.int64], moved: list[int]) -> float:
        """The part of the cost that these boxes have to do with."""
        own = self.of_box[moved[0]]
        if len(moved) > 1:
            own = np.union1d(own, self.of_box[moved[1]])
        ends = cell[self.pairs]
        start, end = ends[:, 0], ends[:, 1]
        a, b = start[own], end[own]
        cost = float(self.length[a, b].sum())
        upwards = 0
        for i in moved:
            if i in self.starts:
                cost += LOWERED * (int(cell[i]) // self.columns)
            for source, target in self.down[i]:
                upwards += max(int(cell[source]) // self.columns - int(cell[target]) // self.columns, 0)
        hit = int(self.through[a[:, None], b[:, None], cell[None]].sum())  # their arrows, through any box
        hit += int(self.through[start[:, None], end[:, None], cell[moved][None]].sum())  # any, through them
        hit -= int(self.through[a[:, None], b[:, None], cell[moved][None]].sum())
        a, b, turn = a[:, None], b[:, None], self.turn
        crossed = turn[a, b, start] * turn[a, b, end] <= 0
        crossed &= turn[start, end, a] * turn[start, end, b] <= 0
        crossed &= ~self.joined[own]
        twice = int(crossed[:, own].sum()) // 2
        return cost + UPWARDS * upwards + THROUGH * hit + CROSSING * (int(crossed.sum()) - twice)


def _through(start: FloatArray, end: FloatArray, boxes: FloatArray) -> NDArray[np.bool_]:
    """(E, N) whether each line goes through each box (slab method)."""
    half = HALF_BOX * np.array([1.0, ASPECT])
    way = (end - start)[:, None, :]
    gap = boxes[None, :, :] - start[:, None, :]
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = (gap - half) / way, (gap + half) / way
    still = np.broadcast_to(way == 0, gap.shape)
    inside = np.abs(gap) < half
    enter = np.where(still, np.where(inside, -np.inf, np.inf), np.minimum(a, b)).max(-1)
    leave = np.where(still, np.where(inside, np.inf, -np.inf), np.maximum(a, b)).min(-1)
    return np.asarray((enter < leave) & (leave > 0) & (enter < 1))
