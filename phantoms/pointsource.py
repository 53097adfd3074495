"""Absorbed fractions of spheres in an endless medium, from what is deposited around a point source.

A source uniform in a sphere of radius R deposits in that sphere the fraction

    phi(R) = integral of k(r) g(r/R) dr,   g(x) = 1 - 3x/4 + x^3/16 for x < 2, else 0

where k(r) dr is the fraction of the energy that a point source deposits between r and r + dr, and g the
chance that a point at distance r from a random point of the sphere is in the sphere (M. J. Berger, MIRD
Pamphlet 7, J Nucl Med 1971;12 Suppl 5; Case, de Hoffmann and Placzek 1953). One run of a point source so
serves spheres of all sizes; only the product of density and radius, in g/cm2, matters.

Photons: first collisions in closed form, later ones by transport with the kerma estimator of
:mod:`phantoms.transport`. Electrons: :mod:`phantoms.electrons`. What is made here is shipped as
``phantoms/data/spheres.csv``, which :mod:`phantoms.spheres` reads.
"""

from __future__ import annotations

import numba as nb
import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.electrons import (
    KNOCK_ON_MEV,
    KNOCK_ON_SHARE,
    STOP_MEV,
    STOP_SHARE,
    medium,
    run_electrons,
)
from phantoms.materials import ELECTRON_MASS_MEV, CrossSections
from phantoms.rng import uniform
from phantoms.spheres import overlap
from phantoms.transport import CUTOFF_MEV, _coherent, _compton, _isotropic, _turn, batch_seed

#: Electron kernels are kept on bins of ln r, r in g/cm2.
_R_LOW, _R_HIGH, _N_BINS = 1e-5, 20.0, 700


def escape_probability(x: ArrayLike) -> NDArray[np.float64]:
    """Chance to leave a sphere of x mean free paths radius without a collision, from a uniform source.

    Case, de Hoffmann and Placzek (1953): 3/(8 x^3) [2 x^2 - 1 + (1 + 2 x) exp(-2 x)]; a series below 0.05.
    """
    x = np.asarray(x, dtype=float)
    big = np.maximum(x, 0.05)
    closed = 3.0 / (8.0 * big**3) * (2.0 * big**2 - 1.0 + (1.0 + 2.0 * big) * np.exp(-2.0 * big))
    series = 1.0 - 0.75 * x + 0.4 * x**2 - x**3 / 6.0 + 2.0 * x**4 / 35.0
    return np.where(x < 0.05, series, closed)


def photon_fractions(
    energy_MeV: float, radii: NDArray[np.float64], xs: CrossSections, histories: int, batches: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absorbed fraction of photons and its standard error, by radius in cm (first material of ``xs``)."""
    i = (np.log(energy_MeV) - xs.log_low) * xs.per_step
    knots = np.arange(xs.photo.shape[1])
    total = np.interp(i, knots, (xs.photo + xs.coherent + xs.incoherent + xs.pair)[1])
    transfer = np.interp(i, knots, xs.transfer[1])
    first = transfer / total * (1.0 - escape_probability(total * radii))
    number = max(1, histories // batches)
    found = np.zeros((batches, radii.size))
    for batch in range(batches):
        _scattered(
            batch_seed(seed, round(energy_MeV * 1e6), batch), number, energy_MeV, radii, xs, found[batch]
        )
    found /= number * energy_MeV
    return first + found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(batches)


def electron_fractions(
    energy_MeV: float, radii: NDArray[np.float64], histories: int, batches: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absorbed fraction of electrons in water and its standard error, by radius (g/cm2)."""
    tables = medium(max(KNOCK_ON_MEV, KNOCK_ON_SHARE * energy_MeV))
    low, per = np.log(_R_LOW), _N_BINS / np.log(_R_HIGH / _R_LOW)
    r = np.exp(low + (np.arange(_N_BINS) + 0.5) / per)
    geometry = overlap(r[:, None] / radii)
    number = max(1, histories // batches)
    found = np.zeros((batches, radii.size))
    for batch in range(batches):
        deposit = np.zeros(_N_BINS)
        stop = max(STOP_MEV, STOP_SHARE * energy_MeV)
        start = batch_seed(seed, 1, round(energy_MeV * 1e6), batch)
        run_electrons(start, number, energy_MeV, stop, tables, low, per, deposit)
        found[batch] = deposit @ geometry / (number * energy_MeV)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(batches)


@nb.njit(cache=True, inline="always")
def _between(table, k, f):  # type: ignore[no-untyped-def]
    return table[k] + f * (table[k + 1] - table[k])


@nb.njit(cache=True, nogil=True)
def _scattered(seed, n, energy0, radii, xs, found):  # type: ignore[no-untyped-def]
    """Kerma scores of all collisions but the first of n photons, times the overlap, added by radius."""
    state = np.empty(1, np.uint64)
    state[0] = seed
    pending = np.empty((4, 7))
    far2 = (2.0 * radii[-1] + 60.0) ** 2  # what is this far out does not matter any more
    for _ in range(n):
        x = y = z = 0.0
        u, v, w = _isotropic(state)
        energy = energy0
        waiting = 0
        first = True
        while True:
            while True:
                i = (np.log(energy) - xs.log_low) * xs.per_step
                k = int(i)
                f = i - k
                photo = _between(xs.photo[1], k, f)
                coherent = _between(xs.coherent[1], k, f)
                incoherent = _between(xs.incoherent[1], k, f)
                pair = _between(xs.pair[1], k, f)
                total = photo + coherent + incoherent + pair
                s = -np.log(uniform(state)) / total
                x, y, z = x + s * u, y + s * v, z + s * w
                r2 = x * x + y * y + z * z
                if r2 > far2:
                    break
                if not first:
                    score = energy * _between(xs.transfer[1], k, f) / total
                    _share(np.sqrt(r2), score, radii, found)
                first = False
                draw = uniform(state) * total
                if draw < photo:
                    break
                draw -= photo
                if draw < incoherent:
                    keep, mu = _compton(energy, 1, xs, state)
                    energy *= keep
                    if energy < CUTOFF_MEV:
                        _share(np.sqrt(r2), energy, radii, found)
                        break
                    u, v, w = _turn(u, v, w, mu, state)
                elif draw < incoherent + coherent:
                    u, v, w = _turn(u, v, w, _coherent(energy, 1, xs, state), state)
                else:
                    u, v, w = _isotropic(state)
                    energy = ELECTRON_MASS_MEV
                    pending[waiting] = np.array([x, y, z, -u, -v, -w, energy])
                    waiting += 1
            if waiting == 0:
                break
            waiting -= 1
            x, y, z, u, v, w, energy = pending[waiting]


@nb.njit(cache=True, inline="always")
def _share(r, energy, radii, found):  # type: ignore[no-untyped-def]
    for j in range(radii.size - 1, -1, -1):
        q = r / radii[j]
        if q >= 2.0:
            break
        found[j] += energy * (1.0 - 0.75 * q + 0.0625 * q * q * q)
