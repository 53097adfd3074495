"""The photons of a body's library as work: sources in rounds of batches, until each is known well enough.

What is done can be kept as files; the same work goes on from them, and machines share it by doing parts
that are merged. A source's numbers depend on the body, its emissions, the seed and the wanted precision
alone: batches are looked at in their order, at the end of whole rounds, whoever ran them and when.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.simulation.units import part_of
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.saf.cells import Cell, CellWork
from phantoms.voxels.saf.emissions import Emissions, columns
from phantoms.voxels.saf.files import BatchFiles
from phantoms.voxels.saf.nearness import distances_cm
from phantoms.voxels.saf.precision import Wanted
from phantoms.voxels.saf.regions import Regions, check_regions
from phantoms.voxels.saf.tasks import Bench, Block, submitter

#: Batches that a worker does at a time, and how often what is done is written, s.
BATCHES_AT_A_TIME, SECONDS_BETWEEN_FILES = 10, 20.0
#: Blocks that an executor is given ahead, where it does not say how many workers it has.
MANY = 64


class Told(NamedTuple):
    """What is told while the work goes on: batches that are done, how many there will be about, of what."""

    done: int
    expected: int
    source: str


class PhotonWork:
    """The photons of a body's library: what is to be done, what is done, and how to go on.

    Parameters
    ----------
    body : the body.
    emissions : of one nuclide; None: by energy, for all.
    sources : names of sources (sums by their parts; "total body" is always among them); None: all.
    wanted : the precision, and what may be spent on it.
    seed : of the random numbers, 0 or above.
    units : folder of finished batches; None: they are not kept.

    Raises
    ------
    PhantomError : sources that the body has not; a precision that cannot be meant; numba or xraylib is not
        installed (extra ``simulate``).
    """

    def __init__(
        self, body: VoxelBody, emissions: Emissions | None = None, *, sources: Sequence[str] | None = None,
        wanted: Wanted | None = None, seed: int = 1, units: Path | None = None,
    ) -> None:  # fmt: skip
        if seed < 0:
            raise PhantomError(f"seed {seed}: 0 or above is needed")
        self.body, self.emissions, self.seed = body, emissions, seed
        self.wanted = wanted or Wanted()
        self.wanted.check()
        check_regions(body)
        self.regions = Regions(body, None if sources is None else tuple(sources))
        self.bench = Bench(self.regions)
        self.files = None if units is None else BatchFiles(Path(units))
        self.columns = columns(emissions)
        total = self.regions.targets.index(TOTAL_BODY)
        self.distance_cm = distances_cm(self.regions)
        always = np.isin(self.regions.targets, ("red marrow", TOTAL_BODY))
        self.near: NDArray[np.bool_] = (self.distance_cm <= self.wanted.within_cm) | always
        targets = self._targets_digest()
        self.cells = [
            CellWork(
                Cell(source, column), np.append(self.near[i], False), total, self.wanted, self.files,
                [self._run(source, band.photons, band.name, targets) for band in column.bands],
            )
            for i, source in enumerate(self.regions.simulated)
            for column in self.columns
        ]  # fmt: skip

    @property
    def fingerprint(self) -> str:
        """Of the voxels, tissues, cross-sections and the stream of random numbers."""
        return self.bench.walker.fingerprint

    def _targets_digest(self) -> bytes:
        """Of all that turns scores by code into doses of targets."""
        of = (self.regions.targets, sorted(self.regions.combined.items()), self.regions.over_segmented)
        made = hashlib.sha256(repr(of).encode())
        for table in (self.regions.dose, *self.regions.fluence.values()):
            made.update(table.tobytes())
        return made.digest()

    def _run(self, source: str, photons: Sequence[NDArray[np.float64]], name: str, targets: bytes) -> str:
        """Name of a run's files, which has all that its numbers depend on."""
        made = hashlib.sha256(repr((self.fingerprint, self.seed, self.wanted.histories_per_batch)).encode())
        for table in (*photons, *self.bench.starts(source)):
            made.update(np.ascontiguousarray(table).tobytes())
        made.update(targets)
        words = "_".join(name.split())
        return f"{self.regions.file_name(source)}-{words}-{made.hexdigest()[:16]}"

    def part(self, part: str | None) -> list[CellWork]:
        """The sources (and energies) of one part of the work, e.g. "2/4"; None: all.

        Raises
        ------
        PhantomError : the text names no part.
        """
        if part is None:
            return self.cells
        of = {(c.cell.source, c.cell.column.energy_MeV, 0): c for c in self.cells}
        return [of[task] for task in part_of(list(of), part)]

    def run(
        self, cells: Collection[CellWork] | None = None, *, workers: int = 1,
        executor: Executor | None = None, seconds: float | None = None,
        tell: Callable[[Told], None] | None = None,
    ) -> None:  # fmt: skip
        """Do what is not done: until the precision is reached, the photons are spent, or the time is up.

        Parameters
        ----------
        cells : of :meth:`part`; None: all.
        workers : threads of this process. They give the same numbers, bit for bit, as one does.
        executor : runs the batches instead, anything with the ``submit`` of :mod:`concurrent.futures` (a
            Dask client's ``get_executor()`` among them); its workers need milligray and no common folder.
        seconds : no batches are begun after this time; what is then known is kept.
        tell : called after each block of batches.

        Raises
        ------
        KeyboardInterrupt : what was done by then is kept, where there is a folder for it.
        """
        wanted = self.cells if cells is None else list(cells)
        until = None if seconds is None else time.monotonic() + seconds
        for cell in wanted:
            cell.resume()
            if tell:
                tell(self._told(wanted, cell))
        if executor is not None:
            travels = not isinstance(executor, ThreadPoolExecutor)
            self._give(
                executor, travels, getattr(executor, "_max_workers", None) or MANY, wanted, until, tell
            )
            return
        with ThreadPoolExecutor(workers) as pool:
            self._give(pool, False, workers, wanted, until, tell)

    def _give(
        self, executor: Executor, travels: bool, at_a_time: int, cells: Sequence[CellWork],
        until: float | None, tell: Callable[[Told], None] | None,
    ) -> None:  # fmt: skip
        """Hand out blocks, round by round of each source in turns, and take in what comes back."""
        submit = submitter(executor, self.bench, travels=travels)
        waiting: deque[tuple[CellWork, int, Block]] = deque()
        for cell in cells:
            waiting.extend(self._blocks(cell))
        running: dict[Future[NDArray[np.float64]], tuple[CellWork, int, Block]] = {}
        written = time.monotonic()
        try:
            while True:
                late = until is not None and time.monotonic() >= until
                while waiting and not late and len(running) < 2 * at_a_time:
                    task = waiting.popleft()
                    running[submit(task[2])] = task
                if not running:
                    return
                left = None if until is None or late else max(0.0, until - time.monotonic())
                for future in wait(running, timeout=left, return_when=FIRST_COMPLETED).done:
                    cell, run, block = running.pop(future)
                    if cell.take(run, block.first, future.result()):
                        waiting.extend(self._blocks(cell))
                    if tell:
                        tell(self._told(cells, cell))
                if time.monotonic() - written > SECONDS_BETWEEN_FILES:
                    for cell in cells:
                        cell.keep()
                    written = time.monotonic()
        finally:
            for future in running:
                future.cancel()
            self._take_in(running, local=not travels)
            for cell in cells:
                cell.keep()

    @staticmethod
    def _take_in(
        running: dict[Future[NDArray[np.float64]], tuple[CellWork, int, Block]], *, local: bool
    ) -> None:
        """What was under way when the work was stopped: threads finish, others are not waited for."""
        begun = [f for f in running if not f.cancelled()]
        for future in wait(begun, timeout=None if local else 0.0).done:
            if future.exception() is None:
                cell, run, block = running[future]
                cell.take(run, block.first, future.result())

    def _blocks(self, cell: CellWork) -> list[tuple[CellWork, int, Block]]:
        """The batches that a source's round lacks, in blocks."""
        found = []
        for run, first, end in cell.lacking():
            band = cell.cell.column.bands[run]
            stream = _numbers(cell.cell.source, band.name)
            for a in range(first, end, BATCHES_AT_A_TIME):
                block = Block(
                    cell.cell.source, band.photons, self.seed, stream, a, min(a + BATCHES_AT_A_TIME, end),
                    self.wanted.histories_per_batch,
                )  # fmt: skip
                found.append((cell, run, block))
        return found

    @staticmethod
    def _told(cells: Sequence[CellWork], cell: CellWork) -> Told:
        known = [c.expected for c in cells if c.expected]
        mean = round(sum(known) / len(known)) if known else 0
        expected = sum(c.expected or max(mean, sum(c.goal)) for c in cells)
        return Told(sum(c.done_batches for c in cells), expected, cell.cell.source)


def _numbers(*names: str) -> tuple[int, ...]:
    """Texts as numbers: the place of a run's random numbers, whichever other runs there are."""
    return tuple(int.from_bytes(hashlib.sha256(n.encode()).digest()[:4], "little") for n in names)
