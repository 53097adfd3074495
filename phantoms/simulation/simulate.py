"""Simulation of a body's photon SAFs: every source region at every energy, with resume.

The work is cut into units (one source, one energy) of many batches. A finished unit is a file in the work
folder, named by what determines it; a run that was interrupted, or that is asked for more histories, goes
on from the files that are there. The numbers depend on the seed, the body and the histories per batch, and
on nothing else.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import SKELETON, Body
from phantoms.errors import PhantomError
from phantoms.regions.names import SOURCES
from phantoms.transport.materials import CrossSections, cross_sections
from phantoms.transport.photons import STREAM, Tally, batch_seed, empty_tally, make_source, run_batch

#: Photon energies of a library, MeV: the twelve of 1987 and six between them.
ENERGIES_MEV: tuple[float, ...] = (
    0.010, 0.015, 0.020, 0.030, 0.040, 0.050, 0.070, 0.100, 0.150, 0.200, 0.300, 0.500, 0.700, 1.0, 1.5,
    2.0, 3.0, 4.0,
)  # fmt: skip
HISTORIES_PER_BATCH = 100_000

#: Sources in the skeleton: mixtures of its parts, made when the library is assembled.
IN_SKELETON = ("red marrow", "cortical bone", "trabecular bone")

#: Histories of a source, over those asked for: small targets need more where the emission is spread over
#: much of the body, and a part of the skeleton needs fewer, since it is one of thirteen in a mixture.
SHARE_OF_HISTORIES: dict[str, float] = {
    "total body": 4.0, "muscle": 2.0, "skin": 2.0, **dict.fromkeys(SKELETON, 0.25),
}  # fmt: skip


#: A unit that is to be done: source, energy in MeV, batches that it should have.
Unfinished: TypeAlias = tuple[str, float, int]


@dataclass(frozen=True)
class Unit:
    """One source at one energy, as means per photon and per MeV emitted, batch by batch.

    analog, kerma : (B, R) fraction of the emitted energy that each region absorbs.
    track_cm, track_cm_MeV : (B, P, FLUENCE_BINS) in the parts of the skeleton, per photon.
    """

    source: str
    energy_MeV: float
    analog: NDArray[np.float64]
    kerma: NDArray[np.float64]
    track_cm: NDArray[np.float64]
    track_cm_MeV: NDArray[np.float64]


def simulated_sources() -> list[str]:
    """The sources that are followed: those outside the skeleton, and each part of the skeleton."""
    return [s for s in SOURCES if s not in IN_SKELETON] + list(SKELETON)


def region_of(source: str) -> str | None:
    """The region of the body that a source fills, or None for marrow and bone."""
    if source in IN_SKELETON:
        return None
    return "small intestine" if source == "small intestine contents" else source


def emission(body: Body, source: str) -> dict[str, float]:
    """Share of the activity of a source in each region of the body, uniform by mass in it."""
    regions = body.solid.regions[1:]
    if source == "total body":
        volume = body.volumes_cm3
        return {r: volume[r] * body.density_g_per_cm3(r) for r in regions}
    name = region_of(source)
    if name is None or name not in regions:
        raise PhantomError(f"the body '{body.name}' has no region for the source '{source}'")
    return {name: 1.0}


def _stream(source: str) -> int:
    """Number of a source's stream of random numbers. It stays when the list of sources changes."""
    soft = [s for s in SOURCES if s not in ("cortical bone", "trabecular bone")]
    return soft.index(source) if source in soft else len(soft) + 1 + SKELETON.index(source)


class Simulation:
    """The simulation of a body: what is to be done, what is done, and how to go on."""

    def __init__(self, body: Body, histories: int, seed: int, work: Path):
        """``histories`` per source and energy, rounded up to whole batches; ``work`` keeps the units."""
        if histories < 2 * HISTORIES_PER_BATCH:
            raise PhantomError(
                f"histories is {histories}; at least {2 * HISTORIES_PER_BATCH} are needed, since the"
                f" statistical uncertainty comes from batches of {HISTORIES_PER_BATCH}"
            )
        self.body, self.seed, self.work = body, seed, work
        self.batches = -(-histories // HISTORIES_PER_BATCH)
        work.mkdir(parents=True, exist_ok=True)
        tissues = tuple(dict.fromkeys(body.material.values()))
        regions = body.solid.regions
        self.xs: CrossSections = cross_sections(tissues)
        self.region_material = np.array(
            [0] + [1 + tissues.index(body.region_material(r)) for r in regions[1:]]
        )
        self.region_bone = np.array([SKELETON.index(r) if r in SKELETON else -1 for r in regions])
        g = body.solid.geometry
        digest = hashlib.sha256()
        equations = g[: g._fields.index("corner")]  # without the way to search them
        for table in (*equations, *self.xs):
            digest.update(np.ascontiguousarray(table).tobytes())
        self.fingerprint = digest.hexdigest()[:12]

    @property
    def histories(self) -> int:
        """Photons per source and energy, in whole batches."""
        return self.batches * HISTORIES_PER_BATCH

    def tasks(self) -> list[tuple[str, float, int]]:
        """(source, energy, batches wanted), the whole list."""
        return [(s, e, self.batches_of(s)) for s in simulated_sources() for e in ENERGIES_MEV]

    def batches_of(self, source: str) -> int:
        """Batches of a source at each energy, at least the two that a standard error needs."""
        return max(2, math.ceil(self.batches * SHARE_OF_HISTORIES.get(source, 1.0)))

    def path(self, source: str, energy_MeV: float) -> Path:
        """File of a unit; its name holds all that its numbers depend on."""
        emitted = repr((HISTORIES_PER_BATCH, STREAM, sorted(emission(self.body, source).items())))
        made_by = f"{self.fingerprint}-{hashlib.sha256(emitted.encode()).hexdigest()[:8]}-seed{self.seed}"
        stem = f"{source.replace(' ', '_')}-{energy_MeV * 1e3:g}keV-{made_by}"
        return self.work / f"{stem}.npz"

    def load(self, source: str, energy_MeV: float) -> Unit | None:
        """A unit from its file, or None."""
        path = self.path(source, energy_MeV)
        if not path.is_file():
            return None
        with np.load(path) as f:
            return Unit(
                source, energy_MeV, f["analog"], f["kerma"],
                f["track_cm"].astype(float), f["track_cm_MeV"].astype(float),
            )  # fmt: skip

    def pending(self, sources: Collection[str] | None = None) -> list[tuple[str, float, int]]:
        """The tasks whose files lack batches, of all sources or of some."""
        wanted = (t for t in self.tasks() if sources is None or t[0] in sources)
        return [t for t in wanted if self._batches_on_disk(*t[:2]) < t[2]]

    def _batches_on_disk(self, source: str, energy_MeV: float) -> int:
        path = self.path(source, energy_MeV)
        if not path.is_file():
            return 0
        with np.load(path) as f:
            return int(f["analog"].shape[0])

    def run_unit(self, source: str, energy_MeV: float, batches: int) -> None:
        """Bring a unit to that many batches and write its file whole."""
        old = self.load(source, energy_MeV)
        first = 0 if old is None else old.analog.shape[0]
        emitter = make_source(self.body.solid, emission(self.body, source))
        shape = (len(self.body.solid.regions), len(SKELETON))
        tallies: list[Tally] = []
        place = (_stream(source), ENERGIES_MEV.index(energy_MeV))
        for batch in range(first, batches):
            tally = empty_tally(*shape)
            run_batch(
                batch_seed(self.seed, *place, batch), HISTORIES_PER_BATCH, energy_MeV, emitter,
                self.body.solid.geometry, self.region_material, self.region_bone, self.xs, tally,
            )  # fmt: skip
            tallies.append(tally)
        n = HISTORIES_PER_BATCH
        new = {
            "analog": np.array([t.analog for t in tallies]) / (n * energy_MeV),
            "kerma": np.array([t.kerma for t in tallies]) / (n * energy_MeV),
            "track_cm": (np.array([t.track_cm for t in tallies]) / n).astype("f4"),
            "track_cm_MeV": (np.array([t.track_cm_MeV for t in tallies]) / n).astype("f4"),
        }
        if old is not None:
            new = {k: np.concatenate([getattr(old, k).astype(v.dtype), v]) for k, v in new.items()}
        path = self.path(source, energy_MeV)
        part = path.with_name(f".{path.name}.{uuid4().hex}.part")  # others may write the same unit
        try:
            with part.open("wb") as f:
                np.savez_compressed(f, **new)  # type: ignore[arg-type]
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)

    def run(
        self,
        threads: int,
        done: Callable[[str, float, int], None] | None = None,
        *,
        tasks: Collection[Unfinished] | None = None,
        submit: Callable[[Unfinished], Future[Any]] | None = None,
    ) -> None:
        """Do what is pending; ``done(source, energy, histories)`` is called after each unit.

        Parameters
        ----------
        threads : units that are under way at the same time.
        tasks : do these alone, as far as they are pending; None: all.
        submit : gives a unit to a worker (:func:`phantoms.simulation.units.by_executor`); None: to a thread
            of this process.
        """
        wanted = None if tasks is None else set(tasks)
        left = iter([t for t in self.pending() if wanted is None or t in wanted])
        with ThreadPoolExecutor(threads) as pool:
            give = submit or (lambda task: pool.submit(self.run_unit, *task))
            running: dict[Future[Any], Unfinished] = {}
            try:
                while True:
                    while len(running) < threads and (task := next(left, None)):
                        running[give(task)] = task
                    if not running:
                        return
                    for future in wait(running, return_when=FIRST_COMPLETED).done:
                        source, energy, batches = running.pop(future)
                        future.result()
                        if done:
                            done(source, energy, batches * HISTORIES_PER_BATCH)
            finally:
                for future in running:
                    future.cancel()


def mean_and_se(batches: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean over the first axis and its standard error."""
    return batches.mean(axis=0), batches.std(axis=0, ddof=1) / np.sqrt(batches.shape[0])
