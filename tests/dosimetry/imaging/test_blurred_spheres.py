"""Spheres in a Gaussian blur: closed forms against quadrature, limits, known numbers, digital spheres."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry import (
    DosimetryError,
    blurred_density,
    digital_sphere,
    phi,
    sphere_radius_mm,
    sphere_recovery,
    sphere_volume_mL,
)
from dosimetry.imaging.spheres import FWHM_PER_SIGMA
from validation.pages.imaging_page import SPHERES, compared, in_voxels_mm, outline_error

SIZES = [(0.05, 6.0), (0.5, 6.0), (0.9, 6.0), (1.2, 6.0), *SPHERES, (300.0, 6.0)]


def test_numbers_that_are_known() -> None:
    """phi/2 and R at 5, 10, 18.5, 30 mm with FWHM 6, 6, 6, 10 mm, to the digits that were given."""
    assert [round(phi(r, w) / 2, 3) for r, w in SPHERES] == [0.297, 0.398, 0.445, 0.444]
    assert [round(sphere_recovery(r, w), 3) for r, w in SPHERES] == [0.443, 0.702, 0.836, 0.832]


@pytest.mark.parametrize(("radius", "fwhm"), SIZES)
def test_the_density_is_the_convolution(radius: float, fwhm: float) -> None:
    """At a distance s, from the density's definition: shells of the sphere, each weighted over angles."""
    sigma = fwhm / FWHM_PER_SIGMA
    for s in (0.3 * radius, radius, radius + 0.7 * sigma):

        def shell(q: float, s: float = s) -> float:
            # the mean of the Gaussian over a shell of radius q about the centre, times q^2
            near, far = math.exp(-((q - s) ** 2) / 2 / sigma**2), math.exp(-((q + s) ** 2) / 2 / sigma**2)
            return q * (near - far) / (s * sigma * math.sqrt(2 * math.pi))

        from_quadrature = quad(shell, max(0, s - 12 * sigma), radius, epsabs=0, epsrel=1e-12)[0]
        assert float(blurred_density(s, radius, fwhm)) == pytest.approx(from_quadrature, rel=1e-9)


@pytest.mark.parametrize(("radius", "fwhm"), SIZES)
def test_recovery_and_phi_are_of_that_density(radius: float, fwhm: float) -> None:
    def within(s: float) -> float:
        return float(blurred_density(s, radius, fwhm)) * s * s

    edge = max(0.0, radius - 12 * fwhm / FWHM_PER_SIGMA)  # inside of it the density is 1
    mean = 3 * quad(within, edge, radius, epsabs=0, epsrel=1e-12)[0] / radius**3 + (edge / radius) ** 3
    assert sphere_recovery(radius, fwhm) == pytest.approx(mean, rel=1e-9)
    assert phi(radius, fwhm) / 2 == pytest.approx(float(blurred_density(radius, radius, fwhm)), rel=1e-9)


def test_series_and_closed_form_meet() -> None:
    """x = sqrt(2) r/sigma of 1 is where one takes over from the other."""
    at_one = 6.0 / FWHM_PER_SIGMA / math.sqrt(2.0)
    for function in (phi, sphere_recovery):
        below, above = (function(at_one * (1 + d), 6.0) for d in (-1e-12, 1e-12))
        assert below == pytest.approx(above, rel=1e-10)


def test_limits() -> None:
    """Small: the density of a point source, v (2 pi sigma^2)^(-3/2). Large: 1 - 3 sigma/(sqrt(2 pi) r)."""
    sigma = 6.0 / FWHM_PER_SIGMA
    point = sphere_volume_mL(0.01) * 1000 / (2 * math.pi * sigma**2) ** 1.5
    assert sphere_recovery(0.01, 6.0) == pytest.approx(point, rel=1e-4)
    assert phi(0.01, 6.0) / 2 == pytest.approx(point, rel=1e-4)
    far = 3 * sigma / math.sqrt(2 * math.pi) / 500
    assert 1 - sphere_recovery(500.0, 6.0) == pytest.approx(far, rel=1e-3)


@pytest.mark.parametrize(("radius", "fwhm"), SPHERES)
def test_the_slopes_of_recovery_and_counts(radius: float, fwhm: float) -> None:
    """d ln R/d ln v = phi/R - 1 by differences; (phi/2)/R by the counts of two outlines."""
    edge, recovery = phi(radius, fwhm), sphere_recovery(radius, fwhm)
    up, down = (sphere_recovery(radius * (1 + d), fwhm) for d in (1e-5, -1e-5))
    assert math.log(up / down) / (6 * math.log1p(1e-5)) == pytest.approx(edge / recovery - 1, rel=1e-3)
    s = radius * np.linspace(1 - 1e-4, 1 + 1e-4, 101)
    counts = np.trapezoid(blurred_density(s, radius, fwhm) * s**2, s)
    volume = (s[-1] ** 3 - s[0] ** 3) / 3
    slope = counts / (recovery * radius**3 / 3) / (volume / (radius**3 / 3))
    assert slope == pytest.approx(edge / 2 / recovery, rel=1e-5)


@pytest.mark.parametrize(("radius", "fwhm", "voxel"), [(5.0, 6.0, 2.0), (10.0, 6.0, 4.0), (18.5, 6.0, 4.0)])
def test_a_digital_sphere_has_the_recovery_and_the_edge(radius: float, fwhm: float, voxel: float) -> None:
    """Whole voxels are a sphere on average: what is left is of second order in voxel/radius.

    A voxel's place is off by up to half its width, so the outline's radius has the variance a^2/12 and the
    counts are off by some (a^2/12) f'(r)/2 of the edge; 4 standard errors for chance.
    """
    found = compared(radius, fwhm, voxel, outlines=400)
    sigma = in_voxels_mm(fwhm, voxel) / FWHM_PER_SIGMA
    steepest = 1 / sigma / math.sqrt(2 * math.pi)
    order = 3 / radius * voxel**2 / 12 * steepest / 2
    assert abs(found.recovery - found.recovery_closed) < 4 * found.se_recovery + order
    assert found.density == pytest.approx(found.density_closed, rel=0.02)


def test_a_digital_sphere_keeps_all_there_is_and_its_noise_is_poissons() -> None:
    all_of_it = digital_sphere(8.0, 6.0, voxel_mm=3.0, outline_mm=[30.0] * 5, seed=1)
    assert all_of_it.counts_mL == pytest.approx(all_of_it.volume_mL, rel=2e-3)
    noisy = digital_sphere(8.0, 6.0, voxel_mm=3.0, outline_mm=[30.0] * 400, seed=1, counts_per_mL=100.0)
    expected = math.sqrt(noisy.volume_mL / 100.0)
    # a sample's SD scatters by 1/sqrt(2 n): 4 of these
    assert noisy.counts_mL.std() == pytest.approx(expected, rel=4 / math.sqrt(800))


def test_first_order_against_outlines_that_are_drawn() -> None:
    """u(A)/A and u(D)/D of an outline off by 5 %: 600 outlines have an SD that scatters by 2.9 %."""
    first, made = outline_error(18.5, 6.0, 0.05, 600)
    assert made == pytest.approx(first, rel=4 / math.sqrt(2 * 600))


def test_radius_and_volume() -> None:
    for v in (1e-3, 1.0, 1500.0):
        assert sphere_volume_mL(sphere_radius_mm(v)) == pytest.approx(v, rel=1e-14)


def test_bad_numbers() -> None:
    with pytest.raises(DosimetryError) as error:
        sphere_recovery(-1.0, float("nan"))
    assert error.value.complaints == (
        "radius_mm is -1; a number above 0 is needed",
        "fwhm_mm is nan; a number above 0 is needed",
    )
    with pytest.raises(DosimetryError, match="volume_mL is 0; a number above 0"):
        sphere_radius_mm(0.0)
    with pytest.raises(DosimetryError, match="outline_mm: radii above 0"):
        digital_sphere(5.0, 6.0, voxel_mm=2.0, outline_mm=[1.0, -1.0], seed=1)
    with pytest.raises(DosimetryError, match=r"needs .* steps of .* mm; at most"):
        digital_sphere(500.0, 3.0, voxel_mm=2.0, outline_mm=[500.0], seed=1)
    with pytest.raises(DosimetryError, match="counts_per_mL is 0"):
        digital_sphere(5.0, 6.0, voxel_mm=2.0, outline_mm=[5.0], seed=1, counts_per_mL=0.0)
