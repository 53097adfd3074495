"""Energy around a point source of electrons or positrons, by distance in g/cm2, of any spectrum."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray


class PointKernel(NamedTuple):
    """Share of the energy emitted at a point that is absorbed within a distance, in an endless medium.

    radius_g_per_cm2 : (n+1,) ascending from 0, density times distance.
    within : (n+1,) share of the emitted energy within each, from 0 (or from what stays at the very point).
    """

    radius_g_per_cm2: NDArray[np.float64]
    within: NDArray[np.float64]

    @property
    def outside(self) -> float:
        """Share that is not absorbed within the last radius: of electrons what leaves as bremsstrahlung."""
        return float(1.0 - self.within[-1])


def electron_kernel(energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike) -> PointKernel:
    """Kernel of electrons (or positrons, taken as electrons) of a spectrum, weighted by energy.

    Parameters
    ----------
    energy_MeV : (n,) energies of the particles, to 10 MeV.
    energy_per_decay_MeV : (n,) energy emitted by those of each energy; only their ratios matter.
    """
    raise NotImplementedError
