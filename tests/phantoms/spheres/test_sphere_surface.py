"""Dose at a sphere's surface: pure absorption in closed form, by quadrature, and the transport of photons."""

from __future__ import annotations

import math

import numpy as np
import pytest
from concentric import spheres
from scipy.integrate import dblquad

from phantoms.errors import PhantomError
from phantoms.spheres.point_source import escape_probability
from phantoms.spheres.surface import surface_fraction
from phantoms.transport.materials import cross_sections
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch


def absorbed_only(mu_R: float) -> float:
    """Mean over directions of 1 - e^(-mu chord) at the surface; half of them look into the sphere."""
    x = 2.0 * mu_R
    return 0.5 * (1.0 + math.expm1(-x) / x)


@pytest.mark.parametrize("mu_R", [0.1, 1.0, 7.0])
def test_pure_absorption_by_quadrature_and_as_the_derivative_of_the_absorbed_fraction(mu_R: float) -> None:
    def kernel(_: float, r: float) -> float:
        """What comes to the surface from distance r, in radii, and one direction."""
        return mu_R * math.exp(-mu_R * r) / 2.0

    by_quadrature = dblquad(kernel, 0.0, 2.0, lambda r: r / 2.0, lambda _: 1.0, epsabs=1e-12)[0]
    assert absorbed_only(mu_R) == pytest.approx(by_quadrature, rel=1e-9)
    step = 1e-4
    low, phi, high = (1.0 - float(escape_probability(mu_R * math.exp(k * step))) for k in (-1, 0, 1))
    assert 0.5 * (phi + (high - low) / (2 * step) / 3.0) == pytest.approx(absorbed_only(mu_R), rel=1e-6)


@pytest.mark.parametrize(("energy_MeV", "radius"), [(0.14, 3.6), (0.511, 1.5), (0.511, 3.6)])
def test_the_transport_of_photons(energy_MeV: float, radius: float) -> None:
    """Kerma in a shell of 4 % of the radius about the surface, from photons of the whole sphere.

    The table's fractions have 0.5 % at most, their slope in ln R counts a third; the shell averages over a
    dose that is odd about the surface in the first order.
    """
    solid = spheres([0.98 * radius, radius, 1.02 * radius, 30.0])
    inner, whole = 0.98**3, 1.0
    source = make_source(solid, {"shell 0": inner, "shell 1": whole - inner})
    material = np.ones(len(solid.regions), dtype=np.int64)
    material[0] = 0
    n, batches, xs = 100_000, 16, cross_sections(("water",))
    at = [solid.index("shell 1"), solid.index("shell 2")]
    found = []
    for batch in range(batches):
        tally = empty_tally(len(solid.regions), 1)
        bone = np.full(len(solid.regions), -1)
        run_batch(batch_seed(8, batch), n, energy_MeV, source, solid.geometry, material, bone, xs, tally)
        found.append(tally.kerma[at].sum() / (n * energy_MeV) / (1.02**3 - 0.98**3))
    se = np.std(found, ddof=1) / math.sqrt(batches)
    expected = float(surface_fraction("photon", energy_MeV, radius)[0])
    assert se < 0.01 * expected
    assert abs(np.mean(found) - expected) < 3 * se + 0.01 * expected


def test_absorption_alone_is_some_per_cent_off_in_size_and_less_in_ratio() -> None:
    """With the absorption coefficient of water at 511 keV, 0.0330 cm2/g, scatter is left out."""
    radius = {v: (3 * v / (4 * math.pi)) ** (1 / 3) for v in (50.0, 203.0, 500.0)}
    full = {v: float(surface_fraction("photon", 0.511, r)[0]) for v, r in radius.items()}
    alone = {v: absorbed_only(0.0330 * r) for v, r in radius.items()}
    for v in radius:
        assert alone[v] == pytest.approx(full[v], rel=0.10)
        assert alone[v] / alone[203.0] == pytest.approx(full[v] / full[203.0], rel=0.04)


def test_charged_particles_have_half_where_they_do_not_reach_far() -> None:
    for radius, off in ((5.0, 0.02), (1.3, 0.06)):  # 520 and 9 mL
        assert float(surface_fraction("electron", 0.25, radius)[0]) == pytest.approx(0.5, rel=off)


def test_a_radius_beyond_the_table() -> None:
    with pytest.raises(PhantomError, match=r"radius of a sphere is 30 g/cm2; 0.04 to 20 is allowed"):
        surface_fraction("photon", 0.5, 30.0)
