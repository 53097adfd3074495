"""Energy around a point source of electrons or positrons, by distance in g/cm2, of any spectrum.

The kernels of single energies are the project's own transport in water (:mod:`phantoms.transport.electrons`),
shipped as ``kernels.csv``, which ``make_kernels.py`` writes: the share of the absorbed energy within r/R(E),
R the range in the continuous-slowing-down approximation. In that scale they change slowly with the energy,
and are interpolated in its logarithm. Below the lowest energy (10 keV; 2.5 micrometres of water) its shape
holds, below 1 keV all stays at the point. Positrons are taken as electrons. Bremsstrahlung leaves.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError

TABLE = "kernels.csv"
#: Electrons of less energy stay where they start: 5e-6 g/cm2.
LOCAL_MEV = 1e-3
#: The last radius is where less than this share of what is absorbed lies beyond; it is absorbed there.
REMAINDER = 1e-6


class PointKernel(NamedTuple):
    """Share of the energy emitted at a point that is absorbed within a distance, in an endless medium.

    radius_g_per_cm2 : (n+1,) ascending from 0, density times distance.
    within : (n+1,) share of the emitted energy within each; the first is what stays at the very point.
    """

    radius_g_per_cm2: NDArray[np.float64]
    within: NDArray[np.float64]

    @property
    def outside(self) -> float:
        """Share that is not absorbed within the last radius: of electrons what leaves as bremsstrahlung."""
        return float(1.0 - self.within[-1])


#: All energy stays at the point: alphas and recoil nuclei, whose ranges are some 0.05 mm.
LOCAL = PointKernel(np.array([0.0, 1e-9]), np.array([1.0, 1.0]))


@dataclass(frozen=True)
class KernelTable:
    """Kernels of single energies.

    energy_MeV, csda_range_g_per_cm2, bremsstrahlung : (E,). scaled : (X,) distance over range. within,
    standard_error : (E, X) share of the absorbed energy.
    """

    energy_MeV: NDArray[np.float64]
    csda_range_g_per_cm2: NDArray[np.float64]
    bremsstrahlung: NDArray[np.float64]
    scaled: NDArray[np.float64]
    within: NDArray[np.float64]
    standard_error: NDArray[np.float64]

    def range_g_per_cm2(self, energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
        """CSDA range: a monotone cubic of ln R in ln E; below the table with its last slope."""
        from scipy.interpolate import PchipInterpolator

        x, y = np.log(self.energy_MeV), np.log(self.csda_range_g_per_cm2)
        log = np.log(energy_MeV)
        below = y[0] + (log - x[0]) * (y[1] - y[0]) / (x[1] - x[0])
        found: NDArray[np.float64] = np.exp(
            np.where(log < x[0], below, PchipInterpolator(x, y)(np.maximum(log, x[0])))
        )
        return found

    def lost(self, energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
        """Share of the energy that leaves as bremsstrahlung, by log-log interpolation."""
        return np.exp(np.interp(np.log(energy_MeV), np.log(self.energy_MeV), np.log(self.bremsstrahlung)))


@lru_cache(maxsize=1)
def table() -> KernelTable:
    """The shipped kernels."""
    text = (files("phantoms.voxels.kernels") / TABLE).read_text(encoding="utf-8")
    header, *rows = list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))
    within, error = ([r for r in rows if r[0] == quantity] for quantity in ("within", "se"))
    energy, reach, lost = np.array([[float(v) for v in r[1:4]] for r in within]).T
    return KernelTable(
        energy, reach, lost, np.array([float(x) for x in header[4:]]),
        np.array([[float(v) for v in r[4:]] for r in within]),
        np.array([[float(v) for v in r[4:]] for r in error]),
    )  # fmt: skip


def spectrum_arrays(
    energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, top_MeV: float, what: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Energies with emission, ascending, and their shares of the energy, which sum to 1; or PhantomError."""
    energy = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
    share = np.atleast_1d(np.asarray(energy_per_decay_MeV, dtype=float))
    if energy.ndim != 1 or energy.shape != share.shape or energy.size == 0:
        raise PhantomError(f"a spectrum of {what}: energies {energy.shape} and their emissions {share.shape}")
    if not (np.isfinite(share).all() and (share >= 0.0).all() and share.sum() > 0.0):
        raise PhantomError(f"a spectrum of {what}: energies per decay are finite, not negative, not all 0")
    used = share > 0.0
    energy, share = energy[used], share[used]
    if not (np.isfinite(energy).all() and energy.min() > 0.0 and energy.max() <= top_MeV):
        raise PhantomError(
            f"a spectrum of {what}: energies of {energy.min():g} to {energy.max():g} MeV;"
            f" allowed: above 0, to {top_MeV:g} MeV"
        )
    order = np.argsort(energy, kind="stable")
    return energy[order], share[order] / share.sum()


def electron_kernel(energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike) -> PointKernel:
    """Kernel of electrons (or positrons, taken as electrons) of a spectrum, weighted by energy.

    Parameters
    ----------
    energy_MeV : (n,) energies of the particles, to 10 MeV.
    energy_per_decay_MeV : (n,) energy emitted by those of each energy; only their ratios matter.

    Returns
    -------
    PointKernel, to the radius beyond which less than 1e-6 of the absorbed energy lies; that is added to the
    last shell. ``1 - within[-1]`` is the share of the energy that leaves as bremsstrahlung.

    Raises
    ------
    PhantomError : an energy above 10 MeV or not above 0; no emission; arrays that do not fit together.

    Notes
    -----
    Own transport in water (phantoms/voxels/kernels/make_kernels.py); densities scale the distance.

    Examples
    --------
    >>> kernel = electron_kernel([0.5, 1.0], [0.5, 1.0])
    >>> bool(kernel.radius_g_per_cm2[-1] < 0.53), round(kernel.outside, 4)
    (True, 0.0031)
    """
    from scipy.interpolate import PchipInterpolator

    t = table()
    energy, share = spectrum_arrays(energy_MeV, energy_per_decay_MeV, float(t.energy_MeV[-1]), "electrons")
    reach, lost = t.range_g_per_cm2(energy), t.lost(energy)
    top = float(t.scaled[-1] * reach[-1])
    radius = np.union1d(np.linspace(0.0, top, 241), np.geomspace(1e-4 * top, top, 241))
    within = np.zeros(radius.size)
    place = np.interp(np.log(energy), np.log(t.energy_MeV), np.arange(t.energy_MeV.size))
    for k in range(t.energy_MeV.size - 1):
        held = (place >= k) & (place < k + 1) if k < t.energy_MeV.size - 2 else place >= k
        held &= energy >= LOCAL_MEV
        if not held.any():
            continue
        x = np.minimum(radius / reach[held, None], t.scaled[-1])
        low, high = (PchipInterpolator(t.scaled, t.within[i])(x) for i in (k, k + 1))
        f = (place[held] - k)[:, None]
        within += (share[held] * (1.0 - lost[held])) @ ((1.0 - f) * low + f * high)
    within += (share * (1.0 - lost))[energy < LOCAL_MEV].sum()
    within = np.maximum.accumulate(within)  # against rounding
    last = int(np.searchsorted(within, within[-1] * (1.0 - REMAINDER)))
    within[last] = within[-1]
    return PointKernel(radius[: last + 1], within[: last + 1])


def bremsstrahlung_share(energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike) -> float:
    """Share of the electrons' energy that leaves as bremsstrahlung, which no kernel of electrons holds.

    Parameters
    ----------
    energy_MeV, energy_per_decay_MeV : as for :func:`electron_kernel`.

    Examples
    --------
    >>> round(bremsstrahlung_share([1.0], [1.0]), 4)
    0.0037
    """
    return electron_kernel(energy_MeV, energy_per_decay_MeV).outside
