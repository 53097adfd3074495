"""Collision stopping power of tissues over that of water, for electrons of one half MeV.

Kernels are made in water. In another tissue their distances in g/cm2 are longer where its stopping power is
smaller: some 1 % in soft tissue and lung, which hold less hydrogen, 10 % in cortical bone. Bethe's formula,
by electrons per gram and mean excitation energy, the latter by Bragg's rule. The ratio changes by 1 % at most
from 0.05 to 3 MeV.
"""

from __future__ import annotations

import numpy as np

from phantoms.errors import PhantomError
from phantoms.transport.materials import ELECTRON_MASS_MEV, Tissue

ENERGY_MEV = 0.5
WATER = {1: 0.111894, 8: 0.888106}
#: Atomic weights of the elements 1 to 92, as xraylib has them.
ATOMIC_WEIGHT = (
    1.01, 4, 6.94, 9.01, 10.81, 12.01, 14.01, 16, 19, 20.18, 23, 24.32, 26.97, 28.09, 30.98, 32.07,
    35.46, 39.94, 39.1, 40.08, 44.96, 47.9, 50.94, 52, 54.94, 55.85, 58.93, 58.69, 63.54, 65.38, 69.72,
    72.59, 74.92, 78.96, 79.92, 83.8, 85.48, 87.62, 88.9, 91.22, 92.91, 95.95, 99, 101.07, 102.91,
    106.4, 107.88, 112.41, 114.82, 118.69, 121.76, 127.6, 126.91, 131.3, 132.91, 137.36, 138.92, 140.13,
    140.92, 144.27, 147, 150.35, 152, 157.26, 158.93, 162.51, 164.94, 167.27, 167.27, 173.04, 174.99,
    178.5, 180.95, 183.92, 186.2, 190.2, 192.2, 195.09, 197.2, 200.61, 204.39, 207.21, 209, 209, 210,
    222, 223, 226.02, 227, 232, 231.04, 238.07,
)  # fmt: skip
#: Mean excitation energies of the elements, eV: S. M. Seltzer and M. J. Berger, Int J Appl Radiat Isot 1982;
#: 33:1189 (ICRU Report 37). In compounds that are liquid or solid they recommend the values of the second
#: table, and 1.13 times that of the element for all others.
EXCITATION_EV = (
    19.2, 41.8, 40, 63.7, 76, 78, 82, 95, 115, 137, 149, 156, 166, 173, 173, 180, 174, 188, 190, 191,
    216, 233, 245, 257, 272, 286, 297, 311, 322, 330, 334, 350, 347, 348, 343, 352, 363, 366, 379, 393,
    417, 424, 428, 441, 449, 470, 470, 469, 488, 488, 487, 485, 474, 482, 488, 491, 501, 523, 535, 546,
    560, 574, 580, 591, 614, 628, 650, 658, 674, 684, 694, 705, 718, 727, 736, 746, 757, 790, 790, 800,
    810, 823, 823, 830, 825, 794, 827, 826, 841, 847, 878, 890,
)  # fmt: skip
IN_COMPOUNDS_EV = {1: 19.2, 6: 81.0, 7: 82.0, 8: 106.0, 9: 112.0, 17: 180.0}


def electrons_and_excitation(fractions: dict[int, float]) -> tuple[float, float]:
    """Electrons per gram over Avogadro's number, and mean excitation energy in eV by Bragg's rule.

    fractions : mass fractions by atomic number.

    Raises
    ------
    PhantomError : an element beyond uranium.
    """
    if unknown := [z for z in fractions if not 1 <= z <= len(ATOMIC_WEIGHT)]:
        raise PhantomError(f"no stopping power of elements {unknown}; allowed: atomic numbers 1 to 92")
    electrons = {z: w * z / ATOMIC_WEIGHT[z - 1] for z, w in fractions.items()}
    total = sum(electrons.values())
    log = sum(e * np.log(IN_COMPOUNDS_EV.get(z, 1.13 * EXCITATION_EV[z - 1])) for z, e in electrons.items())
    return total, float(np.exp(log / total))


def relative_stopping_power(tissue: Tissue) -> float:
    """Mass collision stopping power of a tissue over that of water, for electrons of 0.5 MeV.

    Raises
    ------
    PhantomError : an element beyond uranium.

    Examples
    --------
    >>> relative_stopping_power(Tissue("water", 1.0, WATER))
    1.0
    """
    return _stopping(tissue.fractions) / _stopping(WATER)


def _stopping(fractions: dict[int, float]) -> float:
    """Bethe's formula without the density effect, ICRU Report 37, equation 2.7, without its factors."""
    electrons, excitation = electrons_and_excitation(fractions)
    t = ENERGY_MEV / ELECTRON_MASS_MEV
    beta2 = t * (t + 2.0) / (t + 1.0) ** 2
    f = (1.0 - beta2) * (1.0 + t * t / 8.0 - (2.0 * t + 1.0) * np.log(2.0))
    return float(electrons * (2.0 * np.log(ENERGY_MEV * 1e6 / excitation) + np.log1p(t / 2.0) + f))
