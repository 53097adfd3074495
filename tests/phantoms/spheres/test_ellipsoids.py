"""Ellipsoids: surface in closed form, chords of random lines, transport of photons, the limit of a sphere."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import elliprg

from phantoms.errors import PhantomError
from phantoms.geometry.shapes import ONE, Part, X, Y, Z, quadric, square
from phantoms.geometry.solids import compile_body
from phantoms.spheres.ellipsoids import ellipsoid_library, generalised_radius, semi_axes_cm, semi_diameters
from phantoms.spheres.point_source import escape_probability
from phantoms.spheres.self_dose import absorbed_fraction
from phantoms.transport.materials import cross_sections
from phantoms.transport.photons import batch_seed, empty_tally, make_source, run_batch

FLAT, LONG, THREE = (1.0, 3.0, 3.0), (1.0, 1.0, 4.0), (1.0, 2.0, 4.0)


@pytest.mark.parametrize("axes", [FLAT, LONG, THREE])
def test_generalised_radius_by_the_surface_in_elliptic_integrals(axes: tuple[float, float, float]) -> None:
    a, b, c = axes
    surface = 4.0 * math.pi * elliprg((a * b) ** 2, (a * c) ** 2, (b * c) ** 2)
    assert generalised_radius(a, b, c) == pytest.approx(4.0 * math.pi * a * b * c / surface, rel=1e-8)


@pytest.mark.parametrize("radiation", ["photon", "electron", "alpha"])
def test_equal_axes_are_a_sphere(radiation: str) -> None:
    energy = [0.02, 0.5, 2.0] if radiation != "alpha" else [4.0, 8.0]
    found = ellipsoid_library(0.003, (2.0, 2.0, 2.0), 1.3).table(radiation).at(energy)[0, 0] * 0.003
    assert found == pytest.approx(absorbed_fraction(radiation, energy, 0.003, 1.3), rel=1e-9)


@pytest.mark.parametrize("axes", [FLAT, LONG, THREE])
def test_pure_absorption_along_random_chords(axes: tuple[float, float, float]) -> None:
    """From random points in random directions, 1 - e^(-mu s), s the way out: no sphere is in this."""
    rng = np.random.default_rng(11)
    n, mu = 400_000, 0.7
    half = np.array(axes)
    point = rng.normal(size=(n, 3))
    point *= (rng.random(n) ** (1.0 / 3.0) / np.linalg.norm(point, axis=1))[:, None]  # in the unit sphere
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1)[:, None]
    turned = direction / half
    pp, pt, tt = (point**2).sum(1), (point * turned).sum(1), (turned**2).sum(1)
    way = (-pt + np.sqrt(pt**2 + tt * (1.0 - pp))) / tt
    absorbed = -np.expm1(-mu * way)
    h, weight = semi_diameters(*axes)
    by_spheres = float(weight @ (1.0 - escape_probability(mu * h)))
    assert by_spheres == pytest.approx(absorbed.mean(), abs=4.0 * absorbed.std() / math.sqrt(n))
    by_volume = float(1.0 - escape_probability(mu * math.prod(axes) ** (1.0 / 3.0)))
    assert abs(by_volume - absorbed.mean()) > 20.0 * absorbed.std() / math.sqrt(n)  # the shape counts


def test_the_transport_of_photons_in_an_ellipsoid_in_water() -> None:
    """Kerma in an ellipsoid of 20 x 40 x 80 mm from 60 keV photons of its own, in 30 cm of water."""
    a, b, c = 1.0, 2.0, 4.0
    inside = quadric(square(X / a) + square(Y / b) + square(Z / c) - square(ONE))
    around = quadric(square(X / 30.0) + square(Y / 30.0) + square(Z / 30.0) - square(ONE))
    solid = compile_body(
        [Part("ellipsoid", (inside,)), Part("water", (around,))], (-31.0,) * 3, (31.0,) * 3, 1.5
    )
    source, energy, n, batches = make_source(solid, {"ellipsoid": 1.0}), 0.06, 12_000, 10
    material = np.ones(len(solid.regions), dtype=np.int64)
    material[0] = 0
    at, found = solid.index("ellipsoid"), []
    for batch in range(batches):
        tally = empty_tally(len(solid.regions), 1)
        bone = np.full(len(solid.regions), -1)
        xs = cross_sections(("water",))
        run_batch(batch_seed(3, batch), n, energy, source, solid.geometry, material, bone, xs, tally)
        found.append(tally.kerma[at].sum() / (n * energy))
    mass = 4.0 / 3.0 * math.pi * a * b * c * 1e-3
    expected = ellipsoid_library(mass, (a, b, c)).table("photon").at([energy])[0, 0].item() * mass
    se = float(np.std(found, ddof=1)) / math.sqrt(batches)
    assert se < 0.015 * expected
    # what is left of interpolation in the tables of spheres is some 0.2 %
    assert np.mean(found) == pytest.approx(expected, abs=4.0 * se + 0.002 * expected)


def test_semi_axes_have_the_volume() -> None:
    a, b, c = semi_axes_cm(0.02, 1.6, (5.0, 7.0, 9.0))
    assert 4.0 / 3.0 * math.pi * a * b * c * 1.6 == pytest.approx(20.0, rel=1e-12)
    assert b / a == pytest.approx(7.0 / 5.0, rel=1e-12)


def test_what_is_no_ellipsoid_of_the_tables_is_refused() -> None:
    with pytest.raises(PhantomError, match="three numbers above 0"):
        semi_axes_cm(0.01, 1.0, (1.0, 2.0))
    with pytest.raises(PhantomError, match="10 times the shortest"):
        ellipsoid_library(0.01, (1.0, 1.0, 11.0))
    with pytest.raises(PhantomError, match="the tables of spheres hold"):
        ellipsoid_library(1e-5, (1.0, 10.0, 10.0), 0.2)
    with pytest.raises(PhantomError, match=r"outside the tables; allowed: 0\.01 g"):
        ellipsoid_library(1e-6, (1.0, 1.0, 1.0))
