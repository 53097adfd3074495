"""Photon transport in a compiled body: delta tracking with local deposition of secondary electrons.

Woodcock (1965) delta tracking: flights are drawn from the largest attenuation of any material at the
photon's energy, and a collision is real with the ratio of the local to that largest attenuation. Physics:
photoelectric effect (all energy stays), Compton scattering (Klein and Nishina, with rejection by the
incoherent scattering function), coherent scattering (atomic form factors), pair production with two
annihilation photons. Electrons deposit where they are made.

Two estimators are scored in each region, from the same histories: the energy that real collisions leave
("analog"), and at every collision, real or virtual, E mu_tr / Sigma ("kerma"). They agree in the mean; the
second has the smaller variance. In the skeleton the fluence is scored by energy, for the marrow.

A batch of histories has its own stream of random numbers (SplitMix64, Steele et al. 2014), derived from
the seed and the batch's number alone: results are bit for bit the same whatever the number of threads.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.geometry.solids import Geometry, Solid3D, place
from phantoms.kernels import kernel
from phantoms.random_numbers import exponential, uniform
from phantoms.transport.collisions import coherent, collisions, incoherent
from phantoms.transport.directions import isotropic, turned
from phantoms.transport.materials import (
    ELECTRON_MASS_MEV,
    HIGH_MEV,
    LOW_MEV,
    N_ENERGY,
    CrossSections,
)

CUTOFF_MEV = 1.5e-3
STREAM = 2  #: counts the ways in which a seed was turned into histories
FLUENCE_BINS = 64
KNOTS_PER_BIN = N_ENERGY // FLUENCE_BINS


class Source(NamedTuple):
    """Where photons start: component regions with cumulative probabilities, and the cells that list each.

    A component is a region in which emission is uniform by volume; cells[cell_start[i]:cell_start[i+1]]
    are the places (i, j, k) of all grid cells that can hold points of component i.
    """

    region: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    cell_start: NDArray[np.int64]
    cells: NDArray[Any]


class Tally(NamedTuple):
    """Sums over the histories of a batch: MeV by region (R,), and in each skeletal part p (P, bins) the
    track length in cm and its product with the photon energy, cm MeV."""

    analog: NDArray[np.float64]
    kerma: NDArray[np.float64]
    track_cm: NDArray[np.float64]
    track_cm_MeV: NDArray[np.float64]


def make_source(solid: Solid3D, weights: dict[str, float]) -> Source:
    """A source spread over regions with the given relative activities, uniform by volume in each."""
    names = sorted(weights, key=lambda r: -weights[r])  # the likely ones are found first
    regions = np.array([solid.index(r) for r in names])
    w = np.array([weights[r] for r in names], dtype=float)
    lists = cells_of(solid, names)
    starts = np.cumsum([0] + [len(c) for c in lists])
    return Source(regions, np.cumsum(w / w.sum()), starts, np.concatenate(lists))


def cells_of(solid: Solid3D, names: Sequence[str]) -> list[NDArray[Any]]:
    """Of each region the places (i, j, k) of the grid cells that can hold points of it, (n, 3).

    PhantomError where a region has no cell.
    """
    g, found = solid.geometry, []
    narrow = np.int16 if g.shape.max() < 2**15 else np.int32
    for name in names:
        holds = np.zeros(len(solid.regions) + g.literal.size, dtype=bool)  # by code, ~i counting from the end
        holds[solid.index(name)] = True
        for question, (outside, inside) in enumerate(g.follows.reshape(-1, 2).tolist()):
            holds[~question] = holds[outside] or holds[inside]  # which are regions or earlier questions
        cells = np.flatnonzero(holds[g.code].reshape(-1, 8).any(axis=1)[g.block])
        if cells.size == 0:
            raise PhantomError(f"the region '{name}' fills no part of the body's grid")
        found.append(np.stack(np.unravel_index(cells, tuple(g.shape)), axis=1).astype(narrow))
    return found


@kernel(inline="always")
def _start(g, source, state):  # type: ignore[no-untyped-def]
    """A point of the source."""
    u = uniform(state)
    n = 0
    while n < source.region.size - 1 and u > source.cumulative[n]:
        n += 1
    first, cells = source.cell_start[n], source.cell_start[n + 1] - source.cell_start[n]
    while True:
        c = first + np.int64(uniform(state) * cells)
        x = g.corner[0] + (source.cells[c, 0] + uniform(state)) * g.cell
        y = g.corner[1] + (source.cells[c, 1] + uniform(state)) * g.cell
        z = g.corner[2] + (source.cells[c, 2] + uniform(state)) * g.cell
        if place(g, x, y, z) == source.region[n]:
            return x, y, z


def run_batch(
    seed: np.uint64, n: int, energy0: float, source: Source, g: Geometry,
    region_material: NDArray[np.int64], region_bone: NDArray[np.int64], xs: CrossSections, tally: Tally,
) -> None:  # fmt: skip
    """Follow n photons of energy0 (MeV) from ``source`` through the body ``g``; add to ``tally``.

    region_material : material of each region (0 outside). region_bone : index of a skeletal part, or -1.
    ``seed`` is the start of the stream of random numbers (:func:`batch_seed`). Raises PhantomError where the
    energy is not within the tables of cross-sections.
    """
    if not LOW_MEV <= energy0 <= HIGH_MEV:
        raise PhantomError(f"photon energy is {energy0} MeV; allowed are {LOW_MEV} to {HIGH_MEV} MeV")
    _follow(seed, n, energy0, source, g, region_material, region_bone, collisions(xs), tally)


@kernel(nogil=True, error_model="numpy")
def _follow(seed, n, energy0, source, g, region_material, region_bone, c, tally):  # type: ignore[no-untyped-def]
    state = np.empty(1, np.uint64)
    state[0] = seed
    pending = np.empty((4, 6))  # photons of ELECTRON_MASS_MEV: place and direction
    for _ in range(n):
        x, y, z = _start(g, source, state)
        u, v, w = isotropic(state)
        energy = energy0
        waiting = 0
        while True:
            alive = True
            while alive:
                i = (np.log(energy) - c.log_low) * c.per_step
                k = min(int(i), N_ENERGY - 2)
                f = i - k
                sigma = c.sigma[k]
                cm = 1.0 / sigma
                cm_MeV = energy * cm
                # fly until a collision changes the energy, or out of the grid
                while True:
                    s = cm * exponential(state)
                    x, y, z = x + s * u, y + s * v, z + s * w
                    region = place(g, x, y, z)
                    if region <= 0:
                        if region < 0:
                            alive = False
                            break
                        continue
                    m = region_material[region]
                    transfer = c.rows[m, k, 0] + f * (c.rows[m, k + 1, 0] - c.rows[m, k, 0])
                    tally.kerma[region] += cm_MeV * transfer
                    bone = region_bone[region]
                    if bone >= 0:
                        tally.track_cm[bone, k // KNOTS_PER_BIN] += cm
                        tally.track_cm_MeV[bone, k // KNOTS_PER_BIN] += cm_MeV
                    draw = uniform(state) * sigma
                    if draw < c.rows[m, k, 1] + f * (c.rows[m, k + 1, 1] - c.rows[m, k, 1]):
                        keep, mu = incoherent(energy, k, m, c, state)
                        tally.analog[region] += energy * (1.0 - keep)
                        energy *= keep
                        u, v, w = turned(u, v, w, mu, state)
                        if energy < CUTOFF_MEV:
                            tally.analog[region] += energy
                            tally.kerma[region] += energy
                            alive = False
                        break
                    if draw < c.rows[m, k, 2] + f * (c.rows[m, k + 1, 2] - c.rows[m, k, 2]):
                        tally.analog[region] += energy
                        alive = False
                        break
                    if draw < c.rows[m, k, 3] + f * (c.rows[m, k + 1, 3] - c.rows[m, k, 3]):
                        mu = coherent(energy, m, c.x2, c.form, c.guide, state)
                        u, v, w = turned(u, v, w, mu, state)
                        continue
                    if draw < c.total[m, k] + f * (c.total[m, k + 1] - c.total[m, k]):
                        tally.analog[region] += energy - 2.0 * ELECTRON_MASS_MEV
                        u, v, w = isotropic(state)
                        energy = ELECTRON_MASS_MEV
                        pending[waiting, 0], pending[waiting, 1], pending[waiting, 2] = x, y, z
                        pending[waiting, 3], pending[waiting, 4], pending[waiting, 5] = -u, -v, -w
                        waiting += 1
                        break
            if waiting == 0:
                break
            waiting -= 1
            x, y, z = pending[waiting, 0], pending[waiting, 1], pending[waiting, 2]
            u, v, w = pending[waiting, 3], pending[waiting, 4], pending[waiting, 5]
            energy = ELECTRON_MASS_MEV


def batch_seed(seed: int, *numbers: int) -> np.uint64:
    """The start of a batch's stream, from the run's seed and the batch's place in it."""
    return np.random.SeedSequence([seed, *numbers]).generate_state(1, np.uint64)[0]


def empty_tally(regions: int, bones: int) -> Tally:
    """A tally of zeros."""
    return Tally(
        np.zeros(regions), np.zeros(regions), np.zeros((bones, FLUENCE_BINS)), np.zeros((bones, FLUENCE_BINS))
    )


__all__ = [
    "CrossSections", "Geometry", "Source", "Tally", "batch_seed", "empty_tally", "make_source", "run_batch",
]  # fmt: skip
