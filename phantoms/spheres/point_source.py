"""Absorbed fractions of spheres in an endless medium, from what is deposited around a point source.

A source uniform in a sphere of radius R deposits in that sphere the fraction

    phi(R) = integral of k(r) g(r/R) dr,   g(x) = 1 - 3x/4 + x^3/16 for x < 2, else 0

where k(r) dr is the fraction of the energy that a point source deposits between r and r + dr, and g the
chance that a point at distance r from a random point of the sphere is in the sphere (M. J. Berger, MIRD
Pamphlet 7, J Nucl Med 1971;12 Suppl 5; Case, de Hoffmann and Placzek 1953). One run of a point source so
serves spheres of all sizes; only the product of density and radius, in g/cm2, matters.

Photons: first collisions in closed form, times what following their electrons does to the small spheres;
later collisions by :mod:`phantoms.transport.later_collisions`, their electrons stopping where they are made.
Electrons: :mod:`phantoms.transport.electrons`. What is made here is shipped as
``phantoms/spheres/spheres.csv``, which :mod:`phantoms.spheres.self_dose` reads.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.spheres.self_dose import overlap
from phantoms.transport.by_formulas import compton, isotropic, turn
from phantoms.transport.electrons import (
    KNOCK_ON_MEV,
    KNOCK_ON_SHARE,
    STOP_MEV,
    STOP_SHARE,
    follow,
    medium,
    run_electrons,
)
from phantoms.transport.later_collisions import later_collisions
from phantoms.transport.materials import ELECTRON_MASS_MEV, CrossSections
from phantoms.transport.photons import batch_seed

#: Electron kernels are kept on bins of ln r, r in g/cm2.
_R_LOW, _R_HIGH, _N_BINS = 1e-5, 50.0, 740
_PER_LOG_R = _N_BINS / np.log(_R_HIGH / _R_LOW)
_R = np.exp(np.log(_R_LOW) + (np.arange(_N_BINS) + 0.5) / _PER_LOG_R)
#: Electrons of photons' first collisions are followed from this energy on; below they go 0.01 mm at most.
FOLLOW_MEV = 0.02


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
    ratio, ratio_se = np.ones(radii.size), np.zeros(radii.size)
    if energy_MeV >= FOLLOW_MEV:
        ratio, ratio_se = _electrons_of_first_collisions(
            energy_MeV, radii, xs, histories // 50, batches, seed
        )
    number, density = max(1, histories // batches), float(xs.density[1])
    later, line = np.zeros((batches, _N_BINS)), np.array([energy_MeV])
    for batch in range(batches):
        start = batch_seed(seed, round(energy_MeV * 1e6), batch)
        later_collisions(
            start, number, line, np.ones(1), density, xs, np.log(_R_LOW), _PER_LOG_R, later[batch]
        )
    found = later @ overlap(_R[:, None] / (density * radii)) / number
    se = np.hypot(found.std(axis=0, ddof=1) / np.sqrt(batches), first * ratio_se)
    return first * ratio + found.mean(axis=0), se


def _electrons_of_first_collisions(
    energy_MeV: float, radii: NDArray[np.float64], xs: CrossSections, histories: int, batches: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energy that the first collisions' electrons leave in the sphere over that without their flight."""
    tables = medium(max(KNOCK_ON_MEV, KNOCK_ON_SHARE * energy_MeV))
    stop = max(STOP_MEV, STOP_SHARE * energy_MeV)
    number = max(1, histories // batches)
    flown, kerma = np.zeros((batches, radii.size)), np.zeros((batches, radii.size))
    for batch in range(batches):
        deposit = np.zeros((2, _N_BINS))
        start = batch_seed(seed, 2, round(energy_MeV * 1e6), batch)
        _first_collisions(start, number, energy_MeV, stop, xs, tables, np.log(_R_LOW), _PER_LOG_R, deposit)
        flown[batch], kerma[batch] = deposit @ overlap(_R[:, None] / radii)
    ratio = flown.sum(axis=0) / kerma.sum(axis=0)
    # error of a ratio of means: both come from the same photons
    spread = (flown - ratio * kerma).std(axis=0, ddof=1) / kerma.mean(axis=0)
    return ratio, spread / np.sqrt(batches)


def electron_fractions(
    energy_MeV: float, radii: NDArray[np.float64], histories: int, batches: int, seed: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absorbed fraction of electrons in water and its standard error, by radius (g/cm2)."""
    tables = medium(max(KNOCK_ON_MEV, KNOCK_ON_SHARE * energy_MeV))
    geometry = overlap(_R[:, None] / radii)
    number = max(1, histories // batches)
    found = np.zeros((batches, radii.size))
    for batch in range(batches):
        deposit = np.zeros(_N_BINS)
        stop = max(STOP_MEV, STOP_SHARE * energy_MeV)
        start = batch_seed(seed, 1, round(energy_MeV * 1e6), batch)
        run_electrons(start, number, energy_MeV, stop, tables, np.log(_R_LOW), _PER_LOG_R, deposit)
        found[batch] = deposit @ geometry / (number * energy_MeV)
    return found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(batches)


@kernel(nogil=True)
def _first_collisions(seed, n, energy0, stop, xs, medium, log_r_low, per_log_r, deposit):  # type: ignore[no-untyped-def]
    """First collisions of n photons that fly along z: row 0 by following the electrons, row 1 on the spot."""
    state = np.empty(1, np.uint64)
    state[0] = seed
    i = (np.log(energy0) - xs.log_low) * xs.per_step
    k = min(max(int(i), 0), xs.photo.shape[1] - 2)
    f = i - k
    photo = _between(xs.photo[1], k, f)
    incoherent = _between(xs.incoherent[1], k, f)
    pair = _between(xs.pair[1], k, f)
    total = photo + incoherent + pair + _between(xs.coherent[1], k, f)
    low, high = np.log(2e-3), np.log(45.0)
    m = ELECTRON_MASS_MEV
    for _ in range(n):
        # distances uniform in their logarithm, so that small spheres are seen as well as large ones
        r = np.exp(low + (high - low) * uniform(state))
        weight = total * r * np.exp(-total * r) * (high - low)
        made = 1
        second = 0.0
        u, v, w = 0.0, 0.0, 1.0
        draw = uniform(state) * total
        if draw < photo:
            energy = energy0
            u, v, w = isotropic(state)
        elif draw < photo + incoherent:
            keep, mu = compton(energy0, 1, xs, state)
            energy = energy0 * (1.0 - keep)
            along = (1.0 - keep * mu) * energy0 / np.sqrt(energy * (energy + 2.0 * m))
            u, v, w = turn(0.0, 0.0, 1.0, min(along, 1.0), state)
        elif draw < photo + incoherent + pair:
            made = 2
            energy = (energy0 - 2.0 * m) * uniform(state)
            second = energy0 - 2.0 * m - energy
        else:
            continue
        j = min(max(int((np.log(r) - log_r_low) * per_log_r), 0), deposit.shape[1] - 1)
        deposit[1, j] += weight * (energy + second)
        for part in range(made):
            start = (0.0, 0.0, r, u, v, w, energy if part == 0 else second)
            follow(start, stop, medium, weight, state, log_r_low, per_log_r, deposit[0])


@kernel(inline="always")
def _between(table, k, f):  # type: ignore[no-untyped-def]
    return table[k] + f * (table[k + 1] - table[k])
