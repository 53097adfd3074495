"""Photon transport: histories per second and core in the full adult male, and what limits it.

Run: python benchmarks/transport.py [histories]

The named alternative, in the same run: the same transport with the search through all parts of the body at
every point instead of the grid of cells (``locate_slowly``), as the ratio of the two rates of point location.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numba as nb
import numpy as np

from phantoms.bodies.stylised.body import SKELETON, load_body
from phantoms.geometry.solids import Geometry, locate, locate_slowly
from phantoms.random_numbers import uniform
from phantoms.simulation.simulate import HISTORIES_PER_BATCH, Simulation
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch


@nb.njit
def points_per_call(g: Geometry, n: int, fast: bool) -> int:
    state = np.full(1, np.uint64(7))
    total = 0
    for _ in range(n):
        x = g.low[0] + uniform(state) * g.shape[0] * g.cell
        y = g.low[1] + uniform(state) * g.shape[1] * g.cell
        z = g.low[2] + uniform(state) * g.shape[2] * g.cell
        total += locate(g, x, y, z) if fast else locate_slowly(g, x, y, z)
    return total


def main() -> None:
    n = int(float(sys.argv[1])) if len(sys.argv) > 1 else 300_000
    body = load_body("adult male")
    regions = body.solid.regions
    with tempfile.TemporaryDirectory() as folder:
        run = Simulation(body, 2 * HISTORIES_PER_BATCH, 1, Path(folder))

    emitter = make_source(body.solid, {"liver": 1.0})

    def rate(energy_MeV: float) -> tuple[float, float]:
        best, absorbed = 0.0, 0.0
        for repeat in range(3):
            tally = empty_tally(len(regions), len(SKELETON))
            seed = batch_seed(1, repeat)
            start = time.perf_counter()
            run_batch(
                seed, n, energy_MeV, emitter, body.solid.geometry,
                run.region_material, run.region_bone, run.xs, tally,
            )  # fmt: skip
            best = max(best, n / (time.perf_counter() - start))
            absorbed = tally.kerma.sum() / n / energy_MeV
        return best, absorbed

    rate(0.5)  # compile
    print("adult male, source in the liver, one core")
    print(f"{'keV':>6} {'histories/s':>14} {'absorbed in the body':>22}")
    for energy in (0.03, 0.1, 0.511, 0.909):
        per_second, absorbed = rate(energy)
        print(f"{energy * 1e3:6.0f} {per_second:14,.0f} {absorbed:22.3f}")
    seconds = {}
    for fast in (True, False):
        points_per_call(body.solid.geometry, 10, fast)
        start = time.perf_counter()
        points_per_call(body.solid.geometry, n, fast)
        seconds[fast] = time.perf_counter() - start
    fast, slow = seconds[True] / n * 1e9, seconds[False] / n * 1e9
    print(f"point location: {fast:.0f} ns with the grid of cells, {slow:.0f} ns without,", end=" ")
    print(f"ratio {slow / fast:.1f}")


if __name__ == "__main__":
    main()
