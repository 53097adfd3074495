"""Photon energy absorbed by voxel, from batches of histories, until a wanted precision is met.

What precision means: the relative standard error of the dose in a voxel, from all radiation, as the root mean
square over the voxels of the body, each weighted with its activity. So it is of the places where the activity
is; far from it the error is larger, and is told voxel by voxel.

Rounds of batches follow each other: the first has :data:`FIRST` of each stratum; how many the next one has
follows from the variances so far, and from nothing that differs from machine to machine. A run that is
stopped, and keeps its work in a folder, goes on where it stopped, with the same bits at the end.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from milligray.cores import cores
from phantoms.errors import PhantomError
from phantoms.voxels.maps.grids import Overlap
from phantoms.voxels.maps.kept_work import keep, kept
from phantoms.voxels.maps.photon_result import PhotonMap, Target
from phantoms.voxels.maps.strata import Stratum, needed, next_round
from phantoms.voxels.maps.sums import Sums
from phantoms.voxels.walk.photons import Lines, Tally, lines
from phantoms.voxels.walk.sources import Starts

STREAM = "map 1"  #: counts the ways in which a run is cut into batches
HISTORIES_PER_BATCH = 250_000
FIRST = 8  #: batches of each stratum in the first round
FEWEST = 2  #: batches that a standard error needs
SAVE_EVERY_S = 60.0

#: (work done, work wanted) in batches of photons of 30 keV and more.
Progress = Callable[[float, float], None]


class Walks(Protocol):
    """What follows photons: :class:`phantoms.voxels.walk.photons.Walker`."""

    fingerprint: str

    def batch(
        self, seed: int, place: tuple[int, ...], histories: int, emitted: Lines, source: Starts, *,
        by_voxel: bool = False,
    ) -> Tally:  # fmt: skip
        """One batch."""


@dataclass
class Run:
    """Photons of one source in one body, followed in batches.

    walker : follows them; its fingerprint is that of the body.
    inside : flat places, in the grid of the body, of the voxels that energy is wanted of.
    to_other : from the body's grid to a second one; None where there is none.
    """

    walker: Walks
    strata: tuple[Stratum, ...]
    starts: Starts
    inside: NDArray[np.int64]
    to_other: Overlap | None = None
    seed: int = 1
    histories_per_batch: int = HISTORIES_PER_BATCH
    work: Path | None = None

    def __post_init__(self) -> None:
        if self.histories_per_batch < 1 or self.seed < 0:
            raise PhantomError(
                f"histories per batch are {self.histories_per_batch} and the seed is {self.seed}: at least 1"
                " and 0 are needed"
            )
        self._lines = [lines(s.energy_MeV, s.energy_per_decay_MeV) for s in self.strata]
        others = None if self.to_other is None else int(np.prod(self.to_other.other.shape))
        self.sums = [Sums.empty(self.inside.size, others) for _ in self.strata]
        self._goal = tuple(FIRST for _ in self.strata)
        self._goal_of = math.nan
        self._whole = True

    @property
    def key(self) -> str:
        """What the numbers of a batch depend on, as one word."""
        digest = hashlib.sha256(
            repr((STREAM, self.walker.fingerprint, self.seed, self.histories_per_batch)).encode()
        )
        grid = () if self.to_other is None else (self.to_other.other.affine_mm, self.to_other.other.shape)
        parts = [*self.starts, *(part for one in self._lines for part in one), *grid]
        for part in parts:
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()[:24]

    @property
    def path(self) -> Path | None:
        """The file of what is done so far; None where nothing is kept."""
        return None if self.work is None else self.work / f"map-{self.key}.npz"

    def until(
        self, target: Target, workers: int | None = None, progress: Progress | None = None
    ) -> PhotonMap:
        """Follow photons until the target is met.

        Parameters
        ----------
        workers : threads; None: as many as cores. The result does not depend on it.
        progress : called after each batch.

        Raises
        ------
        PhantomError : a precision that is not above 0; a file of work that is damaged.
        """
        if not 0.0 < target.precision < 1.0:
            raise PhantomError(f"the precision is {target.precision:g}; above 0 and below 1 is needed")
        self._load()
        if self._goal_of != target.precision and min((s.batches for s in self.sums), default=0) >= FIRST:
            self._goal = tuple(s.batches for s in self.sums)  # another aim: think again from what is there
        self._goal_of = target.precision
        threads = workers or cores()
        while True:
            wanted = self._round(target, threads, progress)
            if wanted is None:
                break
            self._goal = wanted
        if self.path is not None:
            self._save()
        return PhotonMap(
            self.strata, tuple(self.sums), self.histories_per_batch, self.reached(target), self.path
        )

    def reached(self, target: Target) -> float:
        """The precision so far; NaN without a photon or an activity."""
        unscored, variance = self._variances(target)
        spent = sum(v / s.batches for v, s in zip(variance, self.sums, strict=True))
        return math.sqrt(spent + unscored) if self.sums else math.nan

    def _variances(self, target: Target) -> tuple[float, list[float]]:
        """Weight of the voxels that no photon has reached, and each stratum's variance of one batch."""
        dose = target.other_MeV.copy()
        for s, one in zip(self.strata, self.sums, strict=True):
            dose += s.total_MeV * one.voxels.mean(one.batches)
        scored = dose > 0.0
        over = np.zeros(dose.size)
        np.divide(target.weight, np.square(dose), out=over, where=scored)
        found = [
            s.total_MeV**2 * float(one.voxels.variance(one.batches) @ over)
            for s, one in zip(self.strata, self.sums, strict=True)
        ]
        return float(target.weight[~scored].sum()), found

    def _aim(self, target: Target) -> tuple[int, ...]:
        """Batches that are needed by what is known now."""
        unscored, variance = self._variances(target)
        done = [s.batches for s in self.sums]
        limit = target.precision**2 - unscored
        if limit <= 0.0:  # places that nothing has reached: as many again, and look
            return tuple(2 * d for d in done)
        return needed(variance, [s.cost for s in self.strata], done, limit)

    def _round(self, target: Target, threads: int, progress: Progress | None) -> tuple[int, ...] | None:
        """Do the batches of a round; what the next one aims at, or None where there is none."""
        places = list(self._left(target.most_histories))
        final: Sequence[int] = self._goal
        if min((s.batches for s in self.sums), default=0) >= FIRST:
            final = np.maximum(self._aim(target), self._goal).tolist()
        saved = time.monotonic()
        try:
            for k, tally in self._tallies(places, threads):
                self._whole = False
                self.sums[k].add(tally, self.inside, self.to_other)
                self._whole = True
                if progress is not None:
                    progress(*self._work(final))
                if time.monotonic() - saved > SAVE_EVERY_S:
                    self._save()
                    saved = time.monotonic()
        except BaseException:
            if self._whole:  # else it was stopped within a sum: what was kept last stands
                self._save()
            raise
        done = tuple(s.batches for s in self.sums)
        if done != self._goal:  # the histories are used up
            if min(done, default=FEWEST) < FEWEST:
                raise PhantomError(
                    f"at most {target.most_histories} histories are too few: a standard error needs {FEWEST}"
                    f" batches of {self.histories_per_batch} of each of {len(done)} strata"
                )
            return None
        if not done or self.reached(target) <= target.precision:
            return None
        return tuple(
            max(a, b) for a, b in zip(next_round(self._aim(target), done), self._one_more(done), strict=True)
        )

    @staticmethod
    def _one_more(done: tuple[int, ...]) -> tuple[int, ...]:
        """A round has one batch at least, of the first stratum if need be."""
        return (done[0] + 1, *done[1:])

    def _left(self, most_histories: int | None) -> Iterator[tuple[int, int]]:
        """(stratum, batch) of a round, as far as histories last."""
        all_of_them = [(k, b) for k, one in enumerate(self.sums) for b in range(one.batches, self._goal[k])]
        all_of_them.sort(key=lambda place: (place[1], place[0]))  # so that a short run has some of each
        if most_histories is None:
            return iter(all_of_them)
        left = most_histories // self.histories_per_batch - sum(s.batches for s in self.sums)
        return islice(all_of_them, max(left, 0))

    def _tallies(self, places: Sequence[tuple[int, int]], threads: int) -> Iterator[tuple[int, Tally]]:
        """Batches in their order; no more wait for their turn than keep the threads busy."""
        with ThreadPoolExecutor(threads) as pool:

            def give(place: tuple[int, int]) -> Future[Tally]:
                k, _ = place
                return pool.submit(
                    self.walker.batch, self.seed, place, self.histories_per_batch, self._lines[k],
                    self.starts, by_voxel=True,
                )  # fmt: skip

            waiting = iter(places)
            running = [(place[0], give(place)) for place in islice(waiting, threads + 1)]
            try:
                while running:
                    k, future = running.pop(0)
                    tally = future.result()
                    del future
                    running += [(place[0], give(place)) for place in islice(waiting, 1)]
                    yield k, tally
            finally:
                for _, future in running:
                    future.cancel()

    def _work(self, final: Sequence[int]) -> tuple[float, float]:
        """Work that is done and work in all, in batches of the dearest stratum."""
        cost = [s.cost for s in self.strata]
        done = sum(c * one.batches for c, one in zip(cost, self.sums, strict=True))
        return done, max(done, sum(c * n for c, n in zip(cost, final, strict=True)))

    def _save(self) -> None:
        """Keep what is done so far."""
        if self.path is not None:
            arrays = {"goal": np.array(self._goal), "goal of": np.array(self._goal_of)}
            for number, one in enumerate(self.sums):
                if one.batches:
                    arrays |= one.arrays(str(number))
            keep(self.path, arrays)

    def _load(self) -> None:
        """Go on from what was kept, if anything was."""
        if self.path is None or not (found := kept(self.path)):
            return
        self._goal = tuple(found["goal"].tolist())
        self._goal_of = float(found["goal of"])
        for number in range(len(self.sums)):
            if f"{number} batches" in found:
                self.sums[number] = Sums.of_arrays(str(number), found)
