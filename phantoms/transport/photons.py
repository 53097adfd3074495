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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.geometry.solids import Geometry, Solid3D, locate
from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.materials import ELECTRON_MASS_MEV, HC_KEV_ANGSTROM, N_ENERGY, N_X, CrossSections

CUTOFF_MEV = 1.5e-3
FLUENCE_BINS = 64
KNOTS_PER_BIN = N_ENERGY // FLUENCE_BINS
_KEV_PER_HC = 1e3 / HC_KEV_ANGSTROM
_TWO_PI = 2.0 * np.pi


class Source(NamedTuple):
    """Where photons start: component regions with cumulative probabilities, and the cells that list each.

    A component is a region in which emission is uniform by volume; cells[cell_start[i]:cell_start[i+1]]
    are all grid cells that can hold points of component i.
    """

    region: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    cell_start: NDArray[np.int64]
    cells: NDArray[np.int64]


class Tally(NamedTuple):
    """Sums over the histories of a batch: MeV by region (R,), and in each skeletal part p (P, bins) the
    track length in cm and its product with the photon energy, cm MeV."""

    analog: NDArray[np.float64]
    kerma: NDArray[np.float64]
    track_cm: NDArray[np.float64]
    track_cm_MeV: NDArray[np.float64]


def make_source(solid: Solid3D, weights: dict[str, float]) -> Source:
    """A source spread over regions with the given relative activities, uniform by volume in each."""
    regions = np.array([solid.index(r) for r in weights])
    w = np.array(list(weights.values()), dtype=float)
    lists = [cells_of(solid, r) for r in weights]
    starts = np.cumsum([0] + [c.size for c in lists])
    return Source(regions, np.cumsum(w / w.sum()), starts, np.concatenate(lists))


def cells_of(solid: Solid3D, region: str) -> NDArray[np.int64]:
    """Indices of the grid cells that can hold points of a region."""
    g = solid.geometry
    part = np.where(g.cell_part < 0, ~g.cell_part, g.cell_part)
    hit = np.flatnonzero(g.part_region[part] == solid.index(region))
    return np.unique(np.searchsorted(g.cell_start, hit, side="right") - 1)


@kernel()
def _start(g, source, state):  # type: ignore[no-untyped-def]
    """A point of the source."""
    u = uniform(state)
    i = 0
    while i < source.region.size - 1 and u > source.cumulative[i]:
        i += 1
    first, n = source.cell_start[i], source.cell_start[i + 1] - source.cell_start[i]
    while True:
        c = source.cells[first + int(uniform(state) * n)]
        x = g.low[0] + (c // (g.shape[1] * g.shape[2]) + uniform(state)) * g.cell
        y = g.low[1] + ((c // g.shape[2]) % g.shape[1] + uniform(state)) * g.cell
        z = g.low[2] + (c % g.shape[2] + uniform(state)) * g.cell
        if locate(g, x, y, z) == source.region[i]:
            return x, y, z


@kernel()
def _isotropic(state):  # type: ignore[no-untyped-def]
    w = 2.0 * uniform(state) - 1.0
    s = np.sqrt(1.0 - w * w)
    phi = _TWO_PI * uniform(state)
    return s * np.cos(phi), s * np.sin(phi), w


@kernel()
def _turn(u, v, w, mu, state):  # type: ignore[no-untyped-def]
    """A direction at the angle whose cosine is mu to (u, v, w), its azimuth uniform."""
    s = np.sqrt(max(0.0, 1.0 - mu * mu))
    phi = _TWO_PI * uniform(state)
    a, b = s * np.cos(phi), s * np.sin(phi)
    t2 = u * u + v * v
    if t2 < 1e-12:
        return a, b, mu if w > 0.0 else -mu
    t = np.sqrt(t2)
    return (
        u * mu + (a * u * w - b * v) / t,
        v * mu + (a * v * w + b * u) / t,
        w * mu - a * t,
    )


@kernel()
def _compton(energy, m, xs, state):  # type: ignore[no-untyped-def]
    """Fraction of the energy that the scattered photon keeps, and the cosine of its angle."""
    a = energy / ELECTRON_MASS_MEV
    low = 1.0 / (1.0 + 2.0 * a)
    a1, a2 = -np.log(low), 0.5 * (1.0 - low * low)
    while True:
        if uniform(state) * (a1 + a2) < a1:
            keep = np.exp(-a1 * uniform(state))
        else:
            keep = np.sqrt(low * low + (1.0 - low * low) * uniform(state))
        t = (1.0 - keep) / (a * keep)
        if uniform(state) > 1.0 - keep * t * (2.0 - t) / (1.0 + keep * keep):
            continue
        x = energy * _KEV_PER_HC * np.sqrt(0.5 * t)
        i = (np.log(max(x, 1e-12)) - xs.x_log_low) * xs.x_per_step
        if i <= 0.0:
            bound = xs.scatter[m, 0]
        elif i >= N_X - 1:
            bound = 1.0
        else:
            k = int(i)
            bound = xs.scatter[m, k] + (i - k) * (xs.scatter[m, k + 1] - xs.scatter[m, k])
        if uniform(state) <= bound:
            return keep, 1.0 - t


@kernel()
def _coherent(energy, m, xs, state):  # type: ignore[no-untyped-def]
    """Cosine of the angle of coherent scattering."""
    x2 = xs.x2
    top = (energy * _KEV_PER_HC) ** 2
    k = min(np.searchsorted(x2, top), N_X - 1)
    form = xs.form[m]
    if k == 0:
        area = form[0]
    else:
        area = form[k - 1] + (form[k] - form[k - 1]) * (top - x2[k - 1]) / (x2[k] - x2[k - 1])
    if area <= 0.0:
        return 2.0 * uniform(state) - 1.0
    while True:
        y = uniform(state) * area
        k = min(max(np.searchsorted(form, y), 1), N_X - 1)
        q = x2[k - 1] + (x2[k] - x2[k - 1]) * (y - form[k - 1]) / (form[k] - form[k - 1])
        mu = 1.0 - 2.0 * min(q / top, 1.0)
        if 2.0 * uniform(state) <= 1.0 + mu * mu:
            return mu


@kernel(nogil=True)
def run_batch(seed, n, energy0, source, g, region_material, region_bone, xs, tally):  # type: ignore[no-untyped-def]
    """Follow n photons of energy0 (MeV); add to ``tally``.

    region_material : material of each region (0 outside). region_bone : index of a skeletal part, or -1.
    """
    state = np.empty(1, np.uint64)
    state[0] = seed
    pending = np.empty((4, 7))
    for _ in range(n):
        x, y, z = _start(g, source, state)
        u, v, w = _isotropic(state)
        energy = energy0
        waiting = 0
        while True:
            alive = True
            while alive:
                i = (np.log(energy) - xs.log_low) * xs.per_step
                k = int(i)
                f = i - k
                sigma = max(xs.majorant[k], xs.majorant[k + 1])
                # fly until a real collision or out of the body's box
                while True:
                    s = -np.log(uniform(state)) / sigma
                    x, y, z = x + s * u, y + s * v, z + s * w
                    if (
                        x < g.low[0] or y < g.low[1] or z < g.low[2]
                        or x > g.low[0] + g.shape[0] * g.cell
                        or y > g.low[1] + g.shape[1] * g.cell
                        or z > g.low[2] + g.shape[2] * g.cell
                    ):  # fmt: skip
                        alive = False
                        break
                    region = locate(g, x, y, z)
                    if region == 0:
                        continue
                    m = region_material[region]
                    transfer = xs.transfer[m, k] + f * (xs.transfer[m, k + 1] - xs.transfer[m, k])
                    tally.kerma[region] += energy * transfer / sigma
                    bone = region_bone[region]
                    if bone >= 0:
                        tally.track_cm[bone, k // KNOTS_PER_BIN] += 1.0 / sigma
                        tally.track_cm_MeV[bone, k // KNOTS_PER_BIN] += energy / sigma
                    photo = xs.photo[m, k] + f * (xs.photo[m, k + 1] - xs.photo[m, k])
                    incoherent = xs.incoherent[m, k] + f * (xs.incoherent[m, k + 1] - xs.incoherent[m, k])
                    coherent = xs.coherent[m, k] + f * (xs.coherent[m, k + 1] - xs.coherent[m, k])
                    pair = xs.pair[m, k] + f * (xs.pair[m, k + 1] - xs.pair[m, k])
                    draw = uniform(state) * sigma
                    if draw < incoherent:
                        keep, mu = _compton(energy, m, xs, state)
                        tally.analog[region] += energy * (1.0 - keep)
                        energy *= keep
                        u, v, w = _turn(u, v, w, mu, state)
                        if energy < CUTOFF_MEV:
                            tally.analog[region] += energy
                            tally.kerma[region] += energy
                            alive = False
                        break
                    draw -= incoherent
                    if draw < photo:
                        tally.analog[region] += energy
                        alive = False
                        break
                    draw -= photo
                    if draw < coherent:
                        mu = _coherent(energy, m, xs, state)
                        u, v, w = _turn(u, v, w, mu, state)
                        continue
                    draw -= coherent
                    if draw < pair:
                        tally.analog[region] += energy - 2.0 * ELECTRON_MASS_MEV
                        u, v, w = _isotropic(state)
                        energy = ELECTRON_MASS_MEV
                        pending[waiting] = np.array([x, y, z, -u, -v, -w, energy])
                        waiting += 1
                        break
            if waiting == 0:
                break
            waiting -= 1
            x, y, z, u, v, w, energy = pending[waiting]


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
