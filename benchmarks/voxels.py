"""Photon transport in a body of voxels: the walk by track length against delta tracking by collisions.

Run: python benchmarks/voxels.py [width_mm] [histories] [batches]

The adult male of the equations in voxels, activity in the liver. The named alternative, in the same run and
in the same voxels: delta tracking (Woodcock 1965) with the collision estimator of kerma, E mu_tr / Sigma, as
:mod:`phantoms.transport.photons` has it in the bodies of equations. Compared are the efficiencies,
1 / (variance x CPU time): how much longer delta tracking takes for the same standard error. Times are CPU
times of one core.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import load_body
from phantoms.random_numbers import exponential, uniform
from phantoms.transport.collisions import coherent, incoherent
from phantoms.transport.directions import isotropic, turned
from phantoms.transport.materials import N_ENERGY
from phantoms.transport.photons import CUTOFF_MEV, batch_seed
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.stylised import voxelised
from phantoms.voxels.walk.media import media
from phantoms.voxels.walk.photons import Walker, lines
from phantoms.voxels.walk.sources import Starts, starts

ENERGIES_MEV = (0.03, 0.1, 0.208, 0.511, 0.909)
REGIONS = ("liver", "kidneys", "adrenals", "lungs", "spleen", "thyroid", "urinary bladder wall")
SOURCE = "liver"


@nb.njit(nogil=True, error_model="numpy")
def delta_tracking(seed, n, energy0, start_voxel, g, c, sigma, by_voxel, score, voxels):  # type: ignore[no-untyped-def]
    """n photons by delta tracking; E mu_tr / Sigma at each collision by code and, if asked, by voxel."""
    state = np.empty(1, np.uint64)
    state[0] = seed
    sx, sy = g.shape[1] * g.shape[2], g.shape[2]
    wx, wy, wz = g.width[0], g.width[1], g.width[2]
    top = g.shape - 1
    for _ in range(n):
        v = start_voxel[np.int64(uniform(state) * start_voxel.size)]
        i, j = v // (g.extent[1] * g.extent[2]), (v // g.extent[2]) % g.extent[1]
        x = (i - g.first[0] + 1 + uniform(state)) * wx
        y = (j - g.first[1] + 1 + uniform(state)) * wy
        z = (v % g.extent[2] - g.first[2] + 1 + uniform(state)) * wz
        energy = energy0
        u, w1, w2 = isotropic(state)
        alive = True
        while alive:
            q = (np.log(energy) - c.log_low) * c.per_step
            k = min(int(q), N_ENERGY - 2)
            f = q - k
            cm = 1.0 / sigma[k]
            while True:
                s = cm * exponential(state)
                x, y, z = x + s * u, y + s * w1, z + s * w2
                ix, iy, iz = (
                    np.int64(np.floor(x / wx)),
                    np.int64(np.floor(y / wy)),
                    np.int64(np.floor(z / wz)),
                )
                if ix < 1 or iy < 1 or iz < 1 or ix >= top[0] or iy >= top[1] or iz >= top[2]:
                    alive = False
                    break
                p = ix * sx + iy * sy + iz
                code = g.codes[p]
                scale, m = g.scale[code], g.medium[code]
                if scale == 0.0:
                    continue
                kerma = energy * cm * scale * (c.rows[m, k, 0] + f * (c.rows[m, k + 1, 0] - c.rows[m, k, 0]))
                score[code] += kerma
                if by_voxel:
                    voxels[p] += np.float32(kerma)
                draw = uniform(state) * sigma[k] / scale
                if draw < c.rows[m, k, 1] + f * (c.rows[m, k + 1, 1] - c.rows[m, k, 1]):
                    keep, cosine = incoherent(energy, k, m, c, state)
                    energy *= keep
                    u, w1, w2 = turned(u, w1, w2, cosine, state)
                    alive = energy >= CUTOFF_MEV
                    break
                if draw < c.rows[m, k, 2] + f * (c.rows[m, k + 1, 2] - c.rows[m, k, 2]):
                    alive = False
                    break
                if draw < c.total[m, k] + f * (c.total[m, k + 1] - c.total[m, k]):
                    cosine = coherent(energy, m, c.x2, c.form, c.guide, state)
                    u, w1, w2 = turned(u, w1, w2, cosine, state)


Run = Callable[[int, bool], tuple[NDArray[np.float64], NDArray[np.float32]]]


def by_walk(walker: Walker, energy_MeV: float, source: Starts, histories: int) -> Run:
    """A batch by the walk: shares by code and by voxel."""
    emitted = lines(energy_MeV, 1.0)

    def run(batch: int, by_voxel: bool) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        tally = walker.batch(1, (batch,), histories, emitted, source, by_voxel=by_voxel)
        return tally.absorbed, tally.voxels if tally.voxels is not None else np.zeros(1, np.float32)

    return run


def by_delta_tracking(body: VoxelBody, energy_MeV: float, source: Starts, histories: int) -> Run:
    """A batch by delta tracking. The largest attenuation is that of the media at their largest densities."""
    g, c, _ = media(body)
    heaviest = [max(s for s, m in zip(g.scale, g.medium, strict=True) if m == i) for i in set(g.medium[1:-1])]
    largest = np.max([h * c.total[i] for h, i in zip(heaviest, set(g.medium[1:-1]), strict=True)], axis=0)
    sigma = np.maximum(largest, np.append(largest[1:], 0.0))
    inner = tuple(slice(int(a), int(a + n - 2)) for a, n in zip(g.first, g.shape, strict=True))

    def run(batch: int, by_voxel: bool) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        score = np.zeros(len(body.kinds) + 1)
        flat = np.zeros(g.codes.size if by_voxel else 1, np.float32)
        delta_tracking(
            batch_seed(1, batch), histories, energy_MeV, source.voxel, g, c, sigma, by_voxel, score, flat
        )
        per = 1.0 / (histories * energy_MeV)
        if by_voxel:
            whole = np.zeros(body.code.shape, np.float32)
            whole[inner] = flat.reshape(tuple(g.shape))[1:-1, 1:-1, 1:-1]
            flat = whole
        return score[:-1] * per, flat * np.float32(per)

    return run


def measured(run: Run, batches: int, by_voxel: bool) -> tuple[float, Any, Any]:
    """CPU seconds of all batches, mean and variance over batches of what was asked for."""
    run(0, by_voxel)  # compiles
    total = squares = None
    start = time.process_time()
    for batch in range(batches):
        found = np.asarray(run(batch, by_voxel)[1 if by_voxel else 0], dtype=np.float64)
        total = found if total is None else total + found
        squares = found**2 if squares is None else squares + found**2
    seconds = time.process_time() - start
    mean = total / batches
    return seconds, mean, np.maximum(squares / batches - mean**2, 0.0) / (batches - 1)


def main() -> None:
    width = float(sys.argv[1]) if len(sys.argv) > 1 else 4.0
    histories = int(float(sys.argv[2])) if len(sys.argv) > 2 else 5_000
    batches = int(sys.argv[3]) if len(sys.argv) > 3 else 100
    body = voxelised(load_body("adult male"), width)
    walker, source = Walker(body), starts(body, SOURCE)
    print(f"adult male in voxels of {width:g} mm ({body.code.size:,}), activity in the {SOURCE}, one core")
    print(
        f"{batches} batches of {histories:,} photons; ratios: CPU time of delta tracking for one and the same"
    )
    print("standard error, over that of the walk")
    head = [
        "keV",
        "walk, photons/s",
        "by voxel",
        "delta, photons/s",
        "by voxel",
        *REGIONS,
        "map, liver",
        "map, body",
    ]
    print(" | ".join(head))
    for energy in ENERGIES_MEV:
        ways = [
            by_walk(walker, energy, source, histories),
            by_delta_tracking(body, energy, source, histories),
        ]
        plain = [measured(way, batches, False) for way in ways]
        maps = [measured(way, batches, True) for way in ways]
        row = [f"{energy * 1e3:g}"]
        for (seconds, _, _), (seconds_map, _, _) in zip(plain, maps, strict=True):
            row += [f"{batches * histories / seconds:,.0f}", f"{batches * histories / seconds_map:,.0f}"]
        for region in REGIONS:
            codes = body.codes_of([region])
            cost = [s * v[codes].sum() for s, _, v in plain]
            row.append(f"{cost[1] / cost[0]:.1f}" if cost[0] > 0.0 else "-")
        for inside in (body.code == body.regions.index(SOURCE) + 1, body.code > 0):
            cost = [s * v[inside].sum() for s, _, v in maps]
            row.append(f"{cost[1] / cost[0]:.1f}")
        print(" | ".join(row), flush=True)
        walk, delta = plain[0], plain[1]
        apart = np.abs(walk[1] - delta[1])[1:] / np.sqrt(np.maximum(walk[2] + delta[2], 1e-40))[1:]
        assert np.median(apart) < 2.0, "the two ways do not agree"


if __name__ == "__main__":
    main()
