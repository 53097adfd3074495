"""What an electron and its knock-on electrons radiate while they slow down, by quadrature."""

from __future__ import annotations

import numpy as np

from phantoms.transport import electrons
from phantoms.transport.stopping_powers import collision_stopping_power, radiative_stopping_power


def radiated_with_secondaries(energy_MeV: float, threshold_MeV: float, number: int = 300) -> float:
    """Share of the energy that an electron and its knock-on electrons radiate, by quadrature.

    R(E), MeV, from dR/dE (L + S_rad) = S_rad + integral of the knock-on cross-section, over the loss w, times
    R(w) + R(E - w) - R(E), L being the continuous collision loss; R = 0 where electrons stop.
    """
    nodes, weights = np.polynomial.legendre.leggauss(24)
    e, r = np.geomspace(electrons.STOP_MEV, energy_MeV, number), np.zeros(number)

    def slope(k: int) -> float:
        rate, rest = float(radiative_stopping_power(e[k])), float(collision_stopping_power(e[k]))
        gain = rate
        if (top := 0.5 * e[k]) > threshold_MeV:
            half = 0.5 * np.log(top / threshold_MeV)
            w = threshold_MeV * np.exp(half * (1.0 + nodes))
            sigma = electrons.moller(e[k], w) * w * weights * half * electrons.ELECTRONS_PER_G
            at = np.interp(np.concatenate([w, e[k] - w]), e[: k + 1], r[: k + 1]).reshape(2, -1)
            gain += float(np.sum(sigma * (at.sum(axis=0) - r[k])))
            rest -= float(np.sum(sigma * w))
        return gain / (rest + rate)

    for k in range(1, number):
        step = e[k] - e[k - 1]
        first = slope(k - 1)
        r[k] = r[k - 1] + step * first
        r[k] = r[k - 1] + 0.5 * step * (first + slope(k))
    return float(r[-1] / energy_MeV)
