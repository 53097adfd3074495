"""A simulation's units shared out: which are whose, which are missing, and one done wherever a worker is."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from functools import lru_cache
from pathlib import Path

from phantoms.bodies.stylised.body import load_body
from phantoms.errors import PhantomError
from phantoms.simulation.simulate import Simulation, Unfinished


def part_of(tasks: Sequence[Unfinished], part: str) -> list[Unfinished]:
    """The units of one of several parts, e.g. "2/4"; all parts together have every unit once.

    Parts get each source's energies in turns, so that they take about as long.

    Raises
    ------
    PhantomError : the text names no part.

    >>> tasks = [(source, energy, 2) for source in ("liver", "brain") for energy in (0.1, 0.5, 1.0)]
    >>> part_of(tasks, "1/3")
    [('liver', 0.1, 2), ('brain', 1.0, 2)]
    """
    found = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", part)
    number, parts = (int(g) for g in found.groups()) if found else (0, 0)
    if not 1 <= number <= parts:
        raise PhantomError(f"part '{part}'; which of how many is needed, e.g. 1/4 to 4/4")
    energies = sorted({energy for _, energy, _ in tasks})
    sources = list(dict.fromkeys(source for source, _, _ in tasks))
    return [
        task for task in tasks if (energies.index(task[1]) + sources.index(task[0])) % parts == number - 1
    ]


def missing_units(run: Simulation, most: int = 6) -> str:
    """Which units lack a file or batches, in words; "" where none does."""
    pending = run.pending()
    by_source: dict[str, list[float]] = {}
    for source, energy, _ in pending:
        by_source.setdefault(source, []).append(energy)
    words = [
        f"{source} at {', '.join(f'{e * 1e3:g}' for e in energies)} keV"
        for source, energies in list(by_source.items())[:most]
    ]
    if len(by_source) > most:
        words.append(f"and of {len(by_source) - most} more sources")
    return f"{len(pending)} of {len(run.tasks())} units: {'; '.join(words)}" if pending else ""


def by_executor(run: Simulation, executor: Executor) -> Callable[[Unfinished], Future[Unfinished]]:
    """What gives a unit to the workers of an executor, which see the same folder of units; for
    :meth:`phantoms.simulation.simulate.Simulation.run`.

    executor : one of :mod:`concurrent.futures`, or another with their ``submit``. What travels are names and
        numbers; units are the same, bit for bit.
    """
    where = run.work.resolve()

    def submit(task: Unfinished) -> Future[Unfinished]:
        return executor.submit(
            simulate_unit, run.body.name, run.fingerprint, run.histories, run.seed, where, task
        )

    return submit


def simulate_unit(
    body: str, fingerprint: str, histories: int, seed: int, units: Path, task: Unfinished
) -> Unfinished:
    """One unit of a body that is known by name, written into the folder of units.

    Raises
    ------
    PhantomError : this installation's body or cross-sections are not those that were asked for.
    """
    run = _simulation(body, histories, seed, units)
    if run.fingerprint != fingerprint:
        raise PhantomError(
            f"the body '{body}' or its cross-sections are not the same on this worker ({run.fingerprint}) as"
            f" where the simulation was started ({fingerprint}): install the same version"
        )
    run.run_unit(*task)
    return task


@lru_cache(maxsize=2)
def _simulation(body: str, histories: int, seed: int, units: Path) -> Simulation:
    return Simulation(load_body(body), histories, seed, units)


def units_there(run: Simulation, tasks: Collection[Unfinished]) -> int:
    """Batches of these units that need no more work."""
    left = set(run.pending())
    return sum(batches for task in tasks if task not in left for batches in task[2:])
