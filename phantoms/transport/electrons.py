"""Electrons in water: a transport that gives the energy deposited around a point source.

Every elastic collision is followed (no condensed histories). Elastic scattering: Rutherford's cross-section
with Moliere's screening and the spin factor of McKinley and Feshbach (Phys. Rev. 74 (1948) 1759), on nuclei
Z^2 and on electrons Z, the latter only up to the angle of the hard collisions. Knock-on electrons above a
threshold are made by Moller's cross-section and followed too; below it the restricted stopping power acts
continuously. Losses and chances of collisions are those of the middle of a step (second order in its
length). Bremsstrahlung leaves the medium. Positrons are taken as electrons, their annihilation photons as
photons. Stopping powers: :mod:`phantoms.transport.stopping_powers`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.by_formulas import isotropic, turn
from phantoms.transport.materials import CLASSICAL_RADIUS_CM, ELECTRON_MASS_MEV
from phantoms.transport.stopping_powers import (
    ELECTRONS_PER_G,
    LOW_MEV,
    collision_stopping_power,
    radiative_stopping_power,
)

ALPHA = constants.fine_structure
#: Molecules per g of water, and its atoms of H and O with their Z.
MOLECULES_PER_G = constants.N_A / 18.0153
ATOMS = ((2.0, 1.0), (1.0, 8.0))

HIGH_MEV, N_ENERGY = 10.5, 500
SPIN_MAX = 1.05  #: the spin factor's largest value, for oxygen
#: Electrons stop below this energy or, if larger, this share of the first energy; range 5e-5 cm at 4 keV.
STOP_MEV, STOP_SHARE = 3e-3, 1e-3
#: Knock-on electrons are followed above the larger of these.
KNOCK_ON_MEV, KNOCK_ON_SHARE = 5e-3, 0.01
#: A step ends where so large a share of the energy has been lost continuously.
STEP_SHARE = 0.05


def moller(energy_MeV: Any, w_MeV: Any) -> Any:
    """Moller's cross-section per electron for the loss w, cm2/MeV (ICRU Report 37, equation 2.3)."""
    t, m = energy_MeV, ELECTRON_MASS_MEV
    beta2 = t * (t + 2.0 * m) / (t + m) ** 2
    shape = (
        1.0 / w_MeV**2
        + 1.0 / (t - w_MeV) ** 2
        + 1.0 / (t + m) ** 2
        - m * (2.0 * t + m) / ((t + m) ** 2 * w_MeV * (t - w_MeV))
    )
    return 2.0 * np.pi * CLASSICAL_RADIUS_CM**2 * m / beta2 * shape


class Medium(NamedTuple):
    """Tables on ln E that the transport reads, for one threshold of knock-on electrons.

    collision: continuous collision loss, radiative: radiative loss, MeV cm2/g. knock_on: cm2/g.
    elastic: total elastic cross-section by atom (H, O), cm2/g; screening: Moliere's A by atom.
    """

    log_low: float
    per_step: float
    threshold_MeV: float
    collision: NDArray[np.float64]
    radiative: NDArray[np.float64]
    knock_on: NDArray[np.float64]
    elastic: NDArray[np.float64]
    screening: NDArray[np.float64]


def medium(threshold_MeV: float) -> Medium:
    """Tables of water for knock-on electrons above a threshold."""
    e = np.geomspace(LOW_MEV, HIGH_MEV, N_ENERGY)
    nodes, weights = np.polynomial.legendre.leggauss(48)
    top = np.maximum(0.5 * e, threshold_MeV)
    half = 0.5 * np.log(top / threshold_MeV)
    w = threshold_MeV * np.exp(half[:, None] * (1.0 + nodes))
    sigma = moller(e[:, None], np.minimum(w, 0.5 * e[:, None])) * w * weights * half[:, None]
    knock_on = sigma.sum(axis=1) * ELECTRONS_PER_G
    collision = collision_stopping_power(e) - (sigma * w).sum(axis=1) * ELECTRONS_PER_G
    t = e / ELECTRON_MASS_MEV
    momentum2 = t * (t + 2.0)  # (p/mc)^2
    beta2 = momentum2 / (t + 1.0) ** 2
    elastic, screening = np.empty((2, N_ENERGY)), np.empty((2, N_ENERGY))
    for i, (atoms, z) in enumerate(ATOMS):
        # Moliere 1947: chi_a^2 = chi_0^2 (1.13 + 3.76 (alpha Z / beta)^2), chi_0 = hbar / (p a_TF)
        chi0_2 = (ALPHA * z ** (1.0 / 3.0) / 0.88534) ** 2 / momentum2
        a = 0.25 * chi0_2 * (1.13 + 3.76 * (ALPHA * z) ** 2 / beta2)
        screening[i] = a
        # on the nucleus, with room for the spin factor, and on z electrons
        area = (
            np.pi * CLASSICAL_RADIUS_CM**2 * z * (SPIN_MAX * z + 1.0) / (momentum2 * beta2) / (a * (1.0 + a))
        )
        elastic[i] = area * atoms * MOLECULES_PER_G
    return Medium(
        float(np.log(LOW_MEV)), float((N_ENERGY - 1) / np.log(HIGH_MEV / LOW_MEV)), threshold_MeV,
        collision, radiative_stopping_power(e), knock_on, elastic, screening,
    )  # fmt: skip


@kernel()
def _loss(t, threshold, state):  # type: ignore[no-untyped-def]
    """Energy that a knock-on electron gets, by rejection from 1/w^2."""
    m = ELECTRON_MASS_MEV
    a, b = 1.0 / threshold, 2.0 / t
    while True:
        w = 1.0 / (a - uniform(state) * (a - b))
        r = w / (t - w)
        c = w / (t + m)
        if 2.25 * uniform(state) <= 1.0 + r * r + c * c - m * (2.0 * t + m) / (t + m) ** 2 * r:
            return w


@kernel()
def _cosine_after(t, w):  # type: ignore[no-untyped-def]
    """Cosine of an electron's angle after losing w to a free electron at rest."""
    m = ELECTRON_MASS_MEV
    return np.sqrt((t - w) * (t + 2.0 * m) / (t * (t - w + 2.0 * m)))


@kernel(inline="always")
def step_of(energy, medium, state):  # type: ignore[no-untyped-def]
    """A step: length in g/cm2, MeV left in the medium, MeV radiated, whether a collision ends it.

    All tables are taken in the middle of the step, with their slopes at its begin.
    """
    i = (np.log(energy) - medium.log_low) * medium.per_step
    k = int(i)
    f = i - k
    sigma = medium.knock_on[k] + medium.elastic[0, k] + medium.elastic[1, k]
    rise = medium.knock_on[k + 1] + medium.elastic[0, k + 1] + medium.elastic[1, k + 1] - sigma
    soft = medium.collision[k]
    soft_rise = medium.collision[k + 1] - soft
    radiated = medium.radiative[k]
    radiated_rise = medium.radiative[k + 1] - radiated
    longest = STEP_SHARE * energy / (soft + f * soft_rise)
    depth = -np.log(uniform(state))
    s = min(depth / (sigma + f * rise), longest)
    f -= 0.5 * s * (soft + f * soft_rise + radiated + f * radiated_rise) / energy * medium.per_step
    s = depth / (sigma + f * rise)
    collides = s < longest
    s = min(s, longest)
    return s, s * (soft + f * soft_rise), s * (radiated + f * radiated_rise), collides


@kernel(inline="always")
def collide(energy, u, v, w, medium, state):  # type: ignore[no-untyped-def]
    """A collision: direction and energy after it, energy and direction of the knock-on electron (0: none)."""
    m = ELECTRON_MASS_MEV
    i = (np.log(energy) - medium.log_low) * medium.per_step
    k = int(i)
    f = i - k
    hard = medium.knock_on[k] + f * (medium.knock_on[k + 1] - medium.knock_on[k])
    on_h = medium.elastic[0, k] + f * (medium.elastic[0, k + 1] - medium.elastic[0, k])
    on_o = medium.elastic[1, k] + f * (medium.elastic[1, k + 1] - medium.elastic[1, k])
    given, a, b, c = 0.0, 0.0, 0.0, 1.0
    draw = uniform(state) * (hard + on_h + on_o)
    if draw < hard:
        if energy > 2.0 * medium.threshold_MeV:
            given = _loss(energy, medium.threshold_MeV, state)
            aside = np.sqrt(given * (energy + 2.0 * m) / (energy * (given + 2.0 * m)))
            a, b, c = turn(u, v, w, aside, state)
            u, v, w = turn(u, v, w, _cosine_after(energy, given), state)
            energy -= given
        return u, v, w, energy, given, a, b, c
    atom = 0 if draw < hard + on_h else 1
    charge = 1.0 if atom == 0 else 8.0
    screening = medium.screening[atom, k]
    screening += f * (medium.screening[atom, k + 1] - screening)
    xi = uniform(state)
    half_sin2 = screening * xi / (1.0 + screening - xi)  # sin^2(theta/2)
    happens = True
    if uniform(state) * (SPIN_MAX * charge + 1.0) < 1.0:
        # on an electron: up to the angle where knock-on electrons begin
        widest = min(medium.threshold_MeV, 0.5 * energy)
        happens = 1.0 - 2.0 * half_sin2 >= _cosine_after(energy, widest)
    else:
        beta2 = energy * (energy + 2.0 * m) / (energy + m) ** 2
        half_sin = np.sqrt(half_sin2)
        spin = 1.0 - beta2 * half_sin2
        spin += np.pi * ALPHA * charge * np.sqrt(beta2) * half_sin * (1.0 - half_sin)
        happens = SPIN_MAX * uniform(state) <= spin
    if happens:
        u, v, w = turn(u, v, w, 1.0 - 2.0 * half_sin2, state)
    return u, v, w, energy, given, a, b, c


@kernel()
def follow(start, stop, medium, weight, state, log_r_low, bins_per_log_r, deposit):  # type: ignore[no-untyped-def]
    """Follow one electron and its knock-on electrons from (x, y, z, u, v, w, energy) to their ends.

    The MeV deposited, times ``weight``, are added to ``deposit`` by bins of ln r, r in g/cm2 from the origin.
    """
    stack = np.empty((64, 7))
    x, y, z, u, v, w, energy = start
    waiting = 0
    while True:
        while energy > stop:
            s, kept, radiated, collides = step_of(energy, medium, state)
            half = 0.5 * s
            a, b, c = x + half * u, y + half * v, z + half * w
            _score(a, b, c, weight * kept, log_r_low, bins_per_log_r, deposit)
            x, y, z = x + s * u, y + s * v, z + s * w
            energy -= kept + radiated
            if energy > stop and collides:
                u, v, w, energy, given, a, b, c = collide(energy, u, v, w, medium, state)
                if given > 0.0 and waiting < 64:
                    stack[waiting] = np.array([x, y, z, a, b, c, given])
                    waiting += 1
                elif given > 0.0:
                    _score(x, y, z, weight * given, log_r_low, bins_per_log_r, deposit)
        _score(x, y, z, weight * max(energy, 0.0), log_r_low, bins_per_log_r, deposit)
        if waiting == 0:
            break
        waiting -= 1
        x, y, z, u, v, w, energy = stack[waiting]


@kernel(nogil=True)
def run_electrons(seed, n, energy0, stop, medium, log_r_low, bins_per_log_r, deposit):  # type: ignore[no-untyped-def]
    """Follow n electrons from the origin, isotropic; deposits as :func:`follow` adds them."""
    state = np.empty(1, np.uint64)
    state[0] = seed
    for _ in range(n):
        u, v, w = isotropic(state)
        start = (0.0, 0.0, 0.0, u, v, w, energy0)
        follow(start, stop, medium, 1.0, state, log_r_low, bins_per_log_r, deposit)


@kernel(inline="always")
def _score(x, y, z, energy, log_r_low, bins_per_log_r, deposit):  # type: ignore[no-untyped-def]
    r2 = x * x + y * y + z * z
    i = 0
    if r2 > 0.0:
        i = int((0.5 * np.log(r2) - log_r_low) * bins_per_log_r)
    deposit[min(max(i, 0), deposit.size - 1)] += energy
