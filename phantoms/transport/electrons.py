"""Electrons in water: stopping power, and a transport that gives the energy deposited around a point source.

Every elastic collision is followed (no condensed histories). Elastic scattering: Rutherford's cross-section
with Moliere's screening and the spin factor of McKinley and Feshbach (Phys. Rev. 74 (1948) 1759), on nuclei
Z^2 and on electrons Z, the latter only up to the angle of the hard collisions. Knock-on electrons above a
threshold are made by Moller's cross-section and followed too; below it the restricted stopping power acts
continuously. Collision stopping power: Bethe's formula with the density effect, I = 75 eV (ICRU Report 37,
1984). Radiative stopping power: NBSIR 82-2550 (Berger and Seltzer 1982); bremsstrahlung leaves the medium.
Positrons are taken as electrons, their annihilation photons as photons.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import constants

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.by_formulas import isotropic, turn
from phantoms.transport.materials import CLASSICAL_RADIUS_CM, ELECTRON_MASS_MEV

ALPHA = constants.fine_structure
#: Electrons per g of water over Avogadro's number, and atoms of H and O per molecule with their Z.
ELECTRONS_PER_G = constants.N_A * 10.0 / 18.0153
MOLECULES_PER_G = constants.N_A / 18.0153
ATOMS = ((2.0, 1.0), (1.0, 8.0))
MEAN_EXCITATION_EV = 75.0
#: Density effect of liquid water (Sternheimer, Berger and Seltzer, At. Data Nucl. Data Tables 30 (1984) 261).
_X0, _X1, _C, _A, _K = 0.2400, 2.8004, 3.5017, 0.09116, 3.4773
#: Radiative stopping power of water, MeV cm2/g (NBSIR 82-2550).
_RADIATIVE_MEV = (0.01, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_RADIATIVE = (3.898e-3, 4.228e-3, 4.801e-3, 7.257e-3, 1.280e-2, 2.678e-2, 7.917e-2, 1.814e-1)

LOW_MEV, HIGH_MEV, N_ENERGY = 1e-3, 10.5, 500
SPIN_MAX = 1.05  #: the spin factor's largest value, for oxygen
#: Electrons stop below this energy or, if larger, this share of the first energy; range 5e-5 cm at 4 keV.
STOP_MEV, STOP_SHARE = 3e-3, 1e-3
#: Knock-on electrons are followed above the larger of these.
KNOCK_ON_MEV, KNOCK_ON_SHARE = 5e-3, 0.01


def collision_stopping_power(energy_MeV: ArrayLike) -> NDArray[np.float64]:
    """Collision stopping power of water, MeV cm2/g, above some keV.

    ICRU Report 37 (1984), equations 2.7 to 2.9; within 0.2 % of that report's table from 10 keV to 10 MeV.
    """
    t = np.asarray(energy_MeV, dtype=float) / ELECTRON_MASS_MEV
    beta2 = t * (t + 2.0) / (t + 1.0) ** 2
    x = 0.5 * np.log10(t * (t + 2.0))
    delta = np.where(x >= _X1, 0.0, _A * np.maximum(_X1 - x, 0.0) ** _K)
    delta = np.where(x >= _X0, 2.0 * np.log(10.0) * x - _C + delta, 0.0)
    f = (1.0 - beta2) * (1.0 + t * t / 8.0 - (2.0 * t + 1.0) * np.log(2.0))
    log = 2.0 * np.log(t * ELECTRON_MASS_MEV * 1e6 / MEAN_EXCITATION_EV) + np.log1p(t / 2.0)
    per_g = 2.0 * np.pi * CLASSICAL_RADIUS_CM**2 * ELECTRON_MASS_MEV * ELECTRONS_PER_G
    return np.asarray(per_g / beta2 * (log + f - delta))


def radiative_stopping_power(energy_MeV: ArrayLike) -> NDArray[np.float64]:
    """Radiative stopping power of water, MeV cm2/g, by log-log interpolation."""
    return np.exp(np.interp(np.log(energy_MeV), np.log(_RADIATIVE_MEV), np.log(_RADIATIVE)))


def csda_range(energy_MeV: float) -> float:
    """Range in water in the continuous-slowing-down approximation, g/cm2."""
    e = np.geomspace(LOW_MEV, energy_MeV, 400)
    s = collision_stopping_power(e) + radiative_stopping_power(e)
    # below 1 keV, 5e-6 g/cm2 (ICRU Report 16): nothing against what is looked for here
    return float(5e-6 + np.trapezoid(e / s, np.log(e)))


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


@kernel()
def follow(start, stop, medium, weight, state, log_r_low, bins_per_log_r, deposit):  # type: ignore[no-untyped-def]
    """Follow one electron and its knock-on electrons from (x, y, z, u, v, w, energy) to their ends.

    The MeV deposited, times ``weight``, are added to ``deposit`` by bins of ln r, r in g/cm2 from the origin.
    """
    m = ELECTRON_MASS_MEV
    stack = np.empty((64, 7))
    x, y, z, u, v, w, energy = start
    waiting = 0
    while True:
        while energy > stop:
            i = (np.log(energy) - medium.log_low) * medium.per_step
            k = int(i)
            f = i - k
            hard = medium.knock_on[k] + f * (medium.knock_on[k + 1] - medium.knock_on[k])
            on_h = medium.elastic[0, k] + f * (medium.elastic[0, k + 1] - medium.elastic[0, k])
            on_o = medium.elastic[1, k] + f * (medium.elastic[1, k + 1] - medium.elastic[1, k])
            soft = medium.collision[k] + f * (medium.collision[k + 1] - medium.collision[k])
            lost = medium.radiative[k] + f * (medium.radiative[k + 1] - medium.radiative[k])
            sigma = hard + on_h + on_o
            s = -np.log(uniform(state)) / sigma
            s = min(s, 0.05 * energy / soft)
            fictitious = s == 0.05 * energy / soft
            half = 0.5 * s
            a, b, c = x + half * u, y + half * v, z + half * w
            _score(a, b, c, weight * soft * s, log_r_low, bins_per_log_r, deposit)
            x, y, z = x + s * u, y + s * v, z + s * w
            energy -= (soft + lost) * s
            if fictitious or energy <= stop:
                continue
            draw = uniform(state) * sigma
            if draw < hard:
                if energy <= 2.0 * medium.threshold_MeV:
                    continue
                given = _loss(energy, medium.threshold_MeV, state)
                if waiting < 64:
                    aside = np.sqrt(given * (energy + 2.0 * m) / (energy * (given + 2.0 * m)))
                    a, b, c = turn(u, v, w, aside, state)
                    stack[waiting] = np.array([x, y, z, a, b, c, given])
                    waiting += 1
                u, v, w = turn(u, v, w, _cosine_after(energy, given), state)
                energy -= given
                continue
            atom = 0 if draw < hard + on_h else 1
            charge = 1.0 if atom == 0 else 8.0
            screening = medium.screening[atom, k]
            xi = uniform(state)
            half_sin2 = screening * xi / (1.0 + screening - xi)  # sin^2(theta/2)
            if uniform(state) * (SPIN_MAX * charge + 1.0) < 1.0:
                # on an electron: up to the angle where knock-on electrons begin
                widest = min(medium.threshold_MeV, 0.5 * energy)
                if 1.0 - 2.0 * half_sin2 < _cosine_after(energy, widest):
                    continue
            else:
                beta2 = energy * (energy + 2.0 * m) / (energy + m) ** 2
                half_sin = np.sqrt(half_sin2)
                spin = 1.0 - beta2 * half_sin2
                spin += np.pi * ALPHA * charge * np.sqrt(beta2) * half_sin * (1.0 - half_sin)
                if SPIN_MAX * uniform(state) > spin:
                    continue
            u, v, w = turn(u, v, w, 1.0 - 2.0 * half_sin2, state)
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
