"""One source at one column of energies: its rounds of batches, from the first one to the last."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.saf.emissions import Column
from phantoms.voxels.saf.files import BatchFiles
from phantoms.voxels.saf.precision import (
    Estimate,
    Moments,
    Wanted,
    estimate,
    expected_batches,
    next_batches,
    shortfall,
)


class Cell(NamedTuple):
    """A source, and a column of the photon table."""

    source: str
    column: Column


class CellWork:
    """The batches of a cell: those that are there, those that the round needs, and what they come to.

    near : (T,) scores that the precision is wanted for. total_body : place of it among them.
    files : where batches are kept, or None; names : of each run's files.
    goal : batches that each run has at the end of the round that is under way.
    """

    def __init__(
        self, cell: Cell, near: NDArray[np.bool_], total_body: int, wanted: Wanted,
        files: BatchFiles | None, names: Sequence[str],
    ) -> None:  # fmt: skip
        self.cell, self.near, self.total_body, self.wanted = cell, near, total_body, wanted
        self.files, self.names = files, list(names)
        runs = len(cell.column.bands)
        self.goal: tuple[int, ...] = (wanted.batches,) * runs
        self.finished = False
        self.expected = 0  #: batches in the end, about; 0 as long as nobody can tell
        self._runs = [Moments(band.share, near.size) for band in cell.column.bands]
        self._ahead: list[dict[int, NDArray[np.float64]]] = [{} for _ in range(runs)]  # not yet added
        self._unkept: list[list[NDArray[np.float64]]] = [[] for _ in range(runs)]
        self._kept = [0] * runs
        self._rounds: list[Moments] = []

    def resume(self) -> None:
        """Take up the batches that are on disk, those alone that this precision needs."""
        if self.files is None or self.finished or any(r.batches for r in self._runs):
            return
        for run, name in enumerate(self.names):
            rows = self.files.read(name, self.near.size)
            self._kept[run] = len(rows)
            self._ahead[run] = dict(enumerate(rows))
        self._advance()
        if self.finished:
            self._ahead = [{} for _ in self._ahead]

    def take(self, run: int, first: int, rows: NDArray[np.float64]) -> bool:
        """Take in finished batches; whether a round ended by them and another one begins."""
        self._ahead[run] |= {first + i: row for i, row in enumerate(rows)}
        return self._advance()

    def _advance(self) -> bool:
        """Add what is next in order, as far as the round goes, and look at the precision at its end."""
        begun = False
        while True:
            for run, moments in enumerate(self._runs):
                while moments.batches < self.goal[run] and moments.batches in self._ahead[run]:
                    row = self._ahead[run].pop(moments.batches)
                    if moments.batches >= self._kept[run]:
                        self._unkept[run].append(row)
                    moments.add(row)
            if self.finished or any(r.batches < g for r, g in zip(self._runs, self.goal, strict=True)):
                return begun
            self._rounds = [r.snapshot() for r in self._runs]
            self.expected = expected_batches(self._rounds, self.near, self.total_body, self.wanted)
            more = next_batches(self._rounds, self.near, self.total_body, self.wanted)
            if more is None:
                self.finished = True
                self.expected = self.done_batches
                self.keep()
                return False
            self.goal, begun = more, True

    def keep(self) -> None:
        """Write the batches that are not on disk yet."""
        for run, rows in enumerate(self._unkept):
            if rows and self.files is not None:
                self.files.write(self.names[run], self._kept[run], np.array(rows))
            self._kept[run] += len(rows)
            rows.clear()

    def lacking(self) -> list[tuple[int, int, int]]:
        """Batches that the round lacks and nobody has been given yet: run, first, end."""
        return [
            (run, moments.batches, goal)
            for run, (moments, goal) in enumerate(zip(self._runs, self.goal, strict=True))
            if moments.batches < goal
        ]

    @property
    def done_batches(self) -> int:
        """Batches that are there, of all runs."""
        return sum(r.batches for r in self._runs)

    @property
    def known(self) -> bool:
        """Whether a whole round is there, so that there is something to say."""
        return bool(self._rounds)

    def estimate(self) -> Estimate:
        """What the whole rounds come to."""
        return estimate(self._rounds, self.wanted.histories_per_batch)

    def reached(self) -> float:
        """The largest relative standard error of the targets that it was wanted for."""
        return shortfall(self.estimate(), self.near, self.total_body, self.wanted) * self.wanted.relative_se
