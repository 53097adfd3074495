"""Bremsstrahlung of electrons that slow down in water: its photons' spectrum.

An electron that goes from T to T - dT radiates S_rad/(S_col + S_rad) dT. Over photon energies k that is
spread as k d sigma/dk of Bethe and Heitler without screening (Proc. R. Soc. A 146 (1934) 83; formula 3BN of
Koch and Motz, Rev. Mod. Phys. 31 (1959) 920), of which only the shape is used: how much is radiated is by the
radiative stopping power of the electrons' transport. The photons are taken to start where their electron did.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.transport.materials import CLASSICAL_RADIUS_CM, ELECTRON_MASS_MEV
from phantoms.voxels.kernels.point import electron_kernel, spectrum_arrays, table

#: Photons of less than this are counted to it: they stay within 0.05 mm of where they are made.
LOWEST_MEV = 2e-3
ALPHA = 7.2973525693e-3  #: fine-structure constant


def bethe_heitler(energy_MeV: ArrayLike, photon_MeV: ArrayLike) -> NDArray[np.float64]:
    """k d sigma/dk over Z^2, cm2: energy radiated per photon energy, of an electron of kinetic energy T.

    Bethe and Heitler's cross-section, Born's approximation, no screening; 0 where k >= T.
    """
    first = 1.0 + np.asarray(energy_MeV, dtype=float) / ELECTRON_MASS_MEV  # energies in those of rest
    k = np.asarray(photon_MeV, dtype=float) / ELECTRON_MASS_MEV
    last = first - k
    allowed = last > 1.0 + 1e-9
    last = np.where(allowed, last, 1.0 + 1e-9)
    k = first - last
    p0, p = np.sqrt(first**2 - 1.0), np.sqrt(last**2 - 1.0)
    e0, e = 2.0 * np.log(first + p0), 2.0 * np.log(last + p)
    log = 2.0 * np.log((first * last + p0 * p - 1.0) / k)
    inner = e0 * (first * last + p0**2) / p0**3 - e * (first * last + p**2) / p**3
    inner += 2.0 * k * first * last / (p * p0) ** 2
    braces = 4.0 / 3.0 - 2.0 * first * last * (p**2 + p0**2) / (p * p0) ** 2
    braces += e0 * last / p0**3 + e * first / p**3 - e * e0 / (p * p0)
    braces += log * (
        8.0 / 3.0 * first * last / (p0 * p)
        + k**2 * ((first * last) ** 2 + (p0 * p) ** 2) / (p0 * p) ** 3
        + k / (2.0 * p0 * p) * inner
    )
    return np.where(allowed, ALPHA * CLASSICAL_RADIUS_CM**2 * p / p0 * braces, 0.0)


def bremsstrahlung_spectrum(
    energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, lines: int = 80
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Photon energies and the energy radiated at each, per decay, by electrons that stop in water.

    Parameters
    ----------
    energy_MeV : (n,) energies of the electrons, to 10 MeV.
    energy_per_decay_MeV : (n,) energy emitted by those of each energy, MeV per decay.
    lines : number of photon energies, even in their logarithm.

    Returns
    -------
    energy_MeV, energy_per_decay_MeV : (lines,). They sum to the energy that the kernel of
        :func:`phantoms.voxels.kernels.point.electron_kernel` has not: its ``outside`` times what is emitted.

    Raises
    ------
    PhantomError : a spectrum that cannot be; numba is not installed.

    Examples
    --------
    >>> photon, radiated = bremsstrahlung_spectrum([1.0], [1.0])
    >>> round(float(radiated.sum()), 4), bool(photon.max() < 1.0)
    (0.0037, True)
    """
    from phantoms.transport.stopping_powers import collision_stopping_power, radiative_stopping_power

    energy, share = spectrum_arrays(
        energy_MeV, energy_per_decay_MeV, float(table().energy_MeV[-1]), "electrons"
    )
    edges = np.geomspace(LOWEST_MEV, max(float(energy[-1]), 1.1 * LOWEST_MEV), lines + 1)
    photon = np.sqrt(edges[:-1] * edges[1:])
    # electrons' energies on their way, and the share of all emitted energy's owners that pass there:
    # electrons per decay with more energy than t, each per MeV emitted
    t = np.geomspace(LOWEST_MEV, edges[-1], 400)
    numbers = share / energy
    beyond = numbers[::-1].cumsum()[::-1]
    passing = np.append(beyond, 0.0)[np.searchsorted(energy, t, side="left")]
    radiative = radiative_stopping_power(t)
    per_MeV = passing * radiative / (radiative + collision_stopping_power(t))
    shape = bethe_heitler(t[:, None], photon) * np.diff(edges)
    below = bethe_heitler(t, 0.5 * LOWEST_MEV) * LOWEST_MEV  # nearly even in k down to 0
    shape[:, 0] += below
    norm = shape.sum(axis=1)
    shape = np.where(norm[:, None] > 0.0, shape / np.where(norm > 0.0, norm, 1.0)[:, None], 0.0)
    shape[norm == 0.0, 0] = 1.0
    radiated = np.trapezoid((per_MeV * t)[:, None] * shape, np.log(t), axis=0)
    total = float(np.sum(np.asarray(energy_per_decay_MeV, dtype=float)))
    return photon, radiated * (electron_kernel(energy, share).outside * total / radiated.sum())
