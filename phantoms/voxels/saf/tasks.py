"""A block of batches, run wherever a worker is: in a thread of this process, or by any executor."""

from __future__ import annotations

import hashlib
import pickle
import threading
import zlib
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.body import VoxelBody
from phantoms.voxels.saf.emissions import Spectrum
from phantoms.voxels.saf.regions import Regions

if TYPE_CHECKING:
    from phantoms.voxels.walk.photons import Walker
    from phantoms.voxels.walk.sources import Starts


class Block(NamedTuple):
    """Consecutive batches of one run: what determines them, and which they are."""

    source: str
    photons: Spectrum
    seed: int
    run: tuple[int, ...]
    first: int
    end: int
    histories: int


class Packed(NamedTuple):
    """A body that travels to workers: a key to it, and its bytes."""

    key: str
    data: bytes


class Bench:
    """A body that is ready to be walked through: the walker, the regions, and where the sources start."""

    def __init__(self, regions: Regions) -> None:
        from phantoms.voxels.walk.photons import Walker

        self.regions = regions
        self.walker: Walker = Walker(regions.body)
        self._starts: OrderedDict[str, Starts] = OrderedDict()
        self._lock = threading.Lock()

    def starts(self, source: str) -> Starts:
        """Where the photons of a source start; those of the last few sources are kept."""
        from phantoms.voxels.walk.sources import starts

        with self._lock:
            if source not in self._starts:
                self._starts[source] = starts(self.regions.body, source)
                while len(self._starts) > 8:
                    self._starts.popitem(last=False)
            self._starts.move_to_end(source)
            return self._starts[source]

    def run(self, block: Block) -> NDArray[np.float64]:
        """Scores of each batch of a block: :meth:`phantoms.voxels.saf.regions.Regions.photon_scores`."""
        from phantoms.voxels.walk.photons import lines

        emitted, source = lines(*block.photons), self.starts(block.source)
        scores: list[NDArray[np.float64]] = []
        escaped: list[float] = []
        for batch in range(block.first, block.end):
            tally = self.walker.batch(block.seed, (*block.run, batch), block.histories, emitted, source)
            scores.append(np.stack([tally.absorbed, tally.marrow_cm3_per_g, tally.endosteum_cm3_per_g]))
            escaped.append(tally.escaped)
        return self.regions.photon_scores(block.source, np.array(scores), np.array(escaped))


#: Bodies that this process has been sent, ready to be walked through.
_BENCHES: OrderedDict[str, Bench] = OrderedDict()
_LOCK = threading.Lock()


def packed(body: VoxelBody) -> Packed:
    """A body as bytes, with a key that is its content's."""
    data = zlib.compress(pickle.dumps(body), 6)
    return Packed(hashlib.sha256(data).hexdigest(), data)


def run_packed(body: Packed, fingerprint: str, block: Block) -> NDArray[np.float64]:
    """One block of a body that was sent; what a worker of an executor does.

    Raises
    ------
    PhantomError : this installation's cross-sections or transport are not those of where the work began.
    """
    from phantoms.errors import PhantomError

    with _LOCK:
        bench = _BENCHES.get(body.key)
        if bench is None:
            bench = Bench(Regions(pickle.loads(zlib.decompress(body.data))))
            _BENCHES[body.key] = bench
            while len(_BENCHES) > 2:
                _BENCHES.popitem(last=False)
    if bench.walker.fingerprint != fingerprint:
        raise PhantomError(
            f"photons do not walk on this worker ({bench.walker.fingerprint}) as where the work was started"
            f" ({fingerprint}): install the same version of milligray and of xraylib"
        )
    return bench.run(block)


def submitter(
    executor: Executor, bench: Bench, *, travels: bool
) -> Callable[[Block], Future[NDArray[np.float64]]]:
    """What gives a block to an executor; ``travels`` : its workers are not in this process."""
    if not travels:
        return lambda block: executor.submit(bench.run, block)
    body, fingerprint = packed(bench.regions.body), bench.walker.fingerprint
    return lambda block: executor.submit(run_packed, body, fingerprint, block)
