"""Photon transport: histories per second and core in the full adult male, and what limits it.

Run: python benchmarks/transport.py [histories] [source]

Times are CPU times (``time.process_time``), the best of several runs, so that other work on the machine
counts little. The named alternative, in the same run: point location by trying all parts of the body at every
point (``locate_slowly``) instead of asking the questions of its cell (``locate``), as the ratio of times.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numba as nb
import numpy as np

from phantoms.bodies.stylised.body import SKELETON, load_body
from phantoms.geometry.solids import Geometry, locate, locate_slowly
from phantoms.random_numbers import uniform
from phantoms.simulation.simulate import HISTORIES_PER_BATCH, Simulation, emission
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch

ENERGIES_MEV = (0.03, 0.06, 0.1, 0.2, 0.511, 0.909, 2.0)
REPEATS = 5


@nb.njit
def points_per_call(g: Geometry, n: int, way: int) -> int:
    """n random points in the body's box; way 0 only makes them, 1 asks its cell, 2 tries every part."""
    state = np.full(1, np.uint64(7))
    total = 0
    for _ in range(n):
        x = g.low[0] + uniform(state) * g.shape[0] * g.cell
        y = g.low[1] + uniform(state) * g.shape[1] * g.cell
        z = g.low[2] + uniform(state) * g.shape[2] * g.cell
        if way == 0:
            total += int(x + y + z)
        else:
            total += locate(g, x, y, z) if way == 1 else locate_slowly(g, x, y, z)
    return total


def best_seconds(run: Callable[[int], object], repeats: int = REPEATS) -> float:
    """The shortest CPU time of several runs, each given its number."""
    found = []
    for repeat in range(repeats):
        start = time.process_time()
        run(repeat)
        found.append(time.process_time() - start)
    return min(found)


def main() -> None:
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else 200_000
    source = sys.argv[2] if len(sys.argv) > 2 else "liver"
    load_body("newborn")  # compiles
    start = time.process_time()
    body = load_body("adult male")
    loading = time.process_time() - start
    regions, g = body.solid.regions, body.solid.geometry
    with tempfile.TemporaryDirectory() as folder:
        run = Simulation(body, 2 * HISTORIES_PER_BATCH, 1, Path(folder))
    emitter = make_source(body.solid, emission(body, source))
    tally = empty_tally(len(regions), len(SKELETON))

    def follow(energy_MeV: float, repeat: int, histories: int = n) -> None:
        run_batch(
            batch_seed(1, repeat), histories, energy_MeV, emitter, g,
            run.region_material, run.region_bone, run.xs, tally,
        )  # fmt: skip

    follow(0.5, 0, 10)  # compiles
    print(f"adult male, source: {source}; one core, CPU time, best of {REPEATS} runs of {n:,} photons")
    print(f"{'keV':>6} {'histories/s':>14} {'absorbed in the body':>22}")
    for energy in ENERGIES_MEV:
        tally = empty_tally(len(regions), len(SKELETON))
        seconds = best_seconds(lambda repeat, energy=energy: follow(energy, repeat))  # type: ignore[misc]
        absorbed = tally.kerma.sum() / (REPEATS * n * energy)
        print(f"{energy * 1e3:6.0f} {n / seconds:14,.0f} {absorbed:22.3f}")
    took = []
    for way in range(3):
        points_per_call(g, 10, way)
        took.append(best_seconds(lambda _, way=way: points_per_call(g, n, way)) / n * 1e9)  # type: ignore[misc]
    fast, slow = took[1] - took[0], took[2] - took[0]
    print(f"point location: {fast:.0f} ns with the grid of cells, {slow:.0f} ns without,", end=" ")
    print(f"ratio {slow / fast:.1f} (making the point, {took[0]:.0f} ns, is taken off both)")
    size = sum(np.asarray(table).nbytes for table in g) / 1e6
    print(f"the body: {loading:.2f} s to compile, {size:.1f} MB, {g.literal.size} questions")


if __name__ == "__main__":
    main()
