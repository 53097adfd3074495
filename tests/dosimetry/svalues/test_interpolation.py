"""The monotone cubic (PCHIP) of SAFs, spheres and beta spectra, against the formulas of Fritsch and Butland.

F. N. Fritsch and J. Butland, SIAM J Sci Stat Comput 1984;5:300-304; end slopes by the three-point formula of
Moler (Numerical Computing with MATLAB, 2004, section 3.6). ICRP Publication 133 prescribes it for SAFs.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from toy_body import lines, make_library

from dosimetry.nuclides.nuclide import nuclide
from phantoms.library.saf import SafTable
from phantoms.spheres.self_dose import SphereTable, tables


def end_slope(h0: float, h1: float, d0: float, d1: float) -> float:
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    if slope * d0 <= 0:
        return 0.0
    return 3 * d0 if d0 * d1 <= 0 and abs(slope) > 3 * abs(d0) else slope


def monotone_cubic(x: NDArray, y: NDArray, at: float) -> float:
    """One value of the monotone cubic through the points, by its published formulas."""
    h, d = np.diff(x), np.diff(y) / np.diff(x)
    slope = np.zeros(len(x))
    for k in range(1, len(x) - 1):
        if d[k - 1] * d[k] > 0:
            one, two = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
            slope[k] = (one + two) / (one / d[k - 1] + two / d[k])
    slope[0] = end_slope(h[0], h[1], d[0], d[1])
    slope[-1] = end_slope(h[-1], h[-2], d[-1], d[-2])
    k = min(max(int(np.searchsorted(x, at, side="right")) - 1, 0), len(x) - 2)
    t = (at - x[k]) / h[k]
    return float(
        (1 + 2 * t) * (1 - t) ** 2 * y[k]
        + t * (1 - t) ** 2 * h[k] * slope[k]
        + t * t * (3 - 2 * t) * y[k + 1]
        + t * t * (t - 1) * h[k] * slope[k + 1]
    )


#: A table that rises from zeros, falls and rises again, on an uneven grid: what tells interpolations apart.
X = np.array([0.0, 0.01, 0.015, 0.02, 0.05, 0.1, 0.5, 1.0, 4.0])
Y = np.array([0.0, 0.0, 0.3, 2.0, 2.1, 0.7, 0.2, 0.25, 0.9])
AT = (0.003, 0.012, 0.0175, 0.03, 0.07, 0.3, 0.9, 2.0, 3.9)


def test_saf_between_energies() -> None:
    table = SafTable(X, Y[None, None, :])
    for energy in AT:
        expected = monotone_cubic(X, Y, energy)
        assert table.at(energy)[0, 0, 0] == pytest.approx(expected, rel=1e-12, abs=1e-15), energy
        assert table.fold(energy, 1.0)[0, 0] == pytest.approx(expected, rel=1e-12, abs=1e-15), energy
        # a straight line or a spline without the limits would be another number here
        assert expected != pytest.approx(np.interp(energy, X, Y), rel=1e-3) or energy < 0.01


def test_a_saf_does_not_overshoot_its_table() -> None:
    fine = np.linspace(0.0, 4.0, 4001)
    value = SafTable(X, Y[None, None, :]).at(fine)[0, 0]
    assert value.min() >= 0.0 and value.max() <= Y.max() * (1 + 1e-12)


def test_an_s_value_between_energies() -> None:
    from toy_body import MEV_TO_MGY

    from dosimetry import s_values

    library = make_library()
    photon = library.tables["photon"]
    i, j = library.targets.index("liver"), library.sources.index("liver")
    s = s_values(lines(gamma=(0.14, 0.9)), library).loc["liver", "liver"]
    expected = monotone_cubic(photon.energy_MeV, photon.saf_per_kg[i, j], 0.14)
    assert s == pytest.approx(MEV_TO_MGY * 0.14 * 0.9 * expected, rel=1e-10)


def test_absorbed_fractions_of_spheres_between_radii() -> None:
    """Monotone cubics in ln R."""
    radius = np.exp(np.arange(len(X)) * 0.7 - 2)
    fraction = np.linspace(0, 1, len(X)) ** 2
    table = SphereTable(np.array([0.5]), radius, fraction[None, :], np.zeros((1, len(X))))
    for r in (0.2, 0.9, 5.0):
        expected = monotone_cubic(np.log(radius), fraction, math.log(r))
        assert table.at(r)[0][0] == pytest.approx(expected, rel=1e-12)
    shipped = tables()["electron"]
    row = int(np.flatnonzero(shipped.energy_MeV == 1.0)[0])
    found = shipped.at(0.77)[0][row]
    expected = monotone_cubic(np.log(shipped.radius_g_per_cm2), shipped.fraction[row], math.log(0.77))
    assert found == pytest.approx(expected, rel=1e-12)


def test_beta_spectra_between_energies() -> None:
    """Simpson's rule with the middle of each interval by the monotone cubic of energy times density."""
    n = nuclide("Lu-177")
    assert n.beta_density is not None
    energy, density = n.beta_density.T
    curve = energy * density
    pieces = []
    for k in range(len(energy) - 1):
        middle = monotone_cubic(energy, curve, (energy[k] + energy[k + 1]) / 2)
        pieces.append((energy[k + 1] - energy[k]) / 6 * (curve[k] + 4 * middle + curve[k + 1]))
    limit = energy[-1] / 3
    # share of the beta energy that is carried above a third of the end point, by the intervals there
    above = sum(p for k, p in enumerate(pieces) if energy[k] >= limit)
    spectrum = n.beta
    points = len(energy)
    first = int(np.argmax(energy[:-1] >= limit))
    inside = spectrum.energy_per_decay_MeV[first:points].sum()
    inside += spectrum.energy_per_decay_MeV[points + first :].sum()
    # the point between two intervals belongs to both
    inside -= (
        spectrum.energy_per_decay_MeV.sum()
        / sum(pieces)
        * (energy[first] - energy[first - 1])
        / 6
        * curve[first]
    )
    assert inside / spectrum.energy_per_decay_MeV.sum() == pytest.approx(above / sum(pieces), rel=1e-9)
