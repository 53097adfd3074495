"""Photons around a point: closed forms, spheres by another transport, bremsstrahlung, the preview."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms import PhantomError
from phantoms.spheres.self_dose import overlap, tables
from phantoms.transport.materials import CLASSICAL_RADIUS_CM, Tissue, cross_sections
from phantoms.transport.stopping_powers import collision_stopping_power, radiative_stopping_power
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels.bremsstrahlung import ALPHA, bethe_heitler, bremsstrahlung_spectrum
from phantoms.voxels.kernels.fold import photon_shares, voxel_shares
from phantoms.voxels.kernels.photons import FAR, photon_kernel, standard_error
from phantoms.voxels.kernels.point import PointKernel, electron_kernel
from phantoms.voxels.kernels.preview import DENSITY_G_PER_CM3, photon_preview


def at(kernel: PointKernel, radius: float) -> float:
    return float(np.interp(radius, kernel.radius_g_per_cm2, kernel.within))


def test_near_the_point_first_collisions_are_all_there_is() -> None:
    """Within r << 1/mu: mu_tr r, and scattered photons add to it in the second order only."""
    xs = cross_sections(("soft tissue",))
    i = int((np.log(0.364) - xs.log_low) * xs.per_step)
    transfer = xs.transfer[1, i] / 1.04
    kernel, _ = photon_kernel([np.exp(xs.log_low + i / xs.per_step)], [1.0], histories=20)
    assert at(kernel, 0.01) == pytest.approx(0.01 * transfer, rel=3e-3)


@pytest.mark.parametrize("energy_MeV", [0.03, 0.1, 0.5])
def test_spheres_of_water_keep_what_their_shipped_table_says(energy_MeV: float) -> None:
    spheres = tables()["photon"]
    kernel, batches = photon_kernel([energy_MeV], [1.0], medium="water", histories=20_000)
    i = int(np.argmin(np.abs(spheres.energy_MeV - energy_MeV)))
    nodes, weights = np.polynomial.legendre.leggauss(3)
    r, half = kernel.radius_g_per_cm2, 0.5 * np.diff(kernel.radius_g_per_cm2)
    for j in range(16, 40, 4):
        radius = float(spheres.radius_g_per_cm2[j])
        stays = overlap((r[:-1, None] + half[:, None] * (1.0 + nodes)) / radius) @ weights / 2.0
        found = float(np.diff(kernel.within) @ stays)
        se = np.hypot(
            spheres.standard_error[i, j], float(np.interp(2.0 * radius, r, standard_error(batches)))
        )
        # the table follows the electrons of first collisions, which go some 0.3 mm of 0.5 MeV photons, here
        # they stay: of the order of that over the radius
        flight = 0.03 / radius * found if energy_MeV > 0.3 else 0.0
        assert found == pytest.approx(spheres.fraction[i, j], abs=4.0 * se + flight + 1e-5), radius


def test_what_is_absorbed_far_out_is_all_and_the_bits_are_those_of_the_seed() -> None:
    kernel, batches = photon_kernel([0.0005, 0.06, 0.3], [0.2, 0.4, 0.4], histories=20_000)
    assert kernel.within[0] == pytest.approx(0.2)  # half a keV goes nowhere
    assert at(kernel, FAR) == pytest.approx(1.0, abs=4.0 * standard_error(batches)[-1] + 1e-3)
    again, _ = photon_kernel([0.3, 0.0005, 0.06], [4.0, 2.0, 4.0], histories=20_000)
    assert np.array_equal(kernel.within, again.within)
    other, _ = photon_kernel([0.0005, 0.06, 0.3], [0.2, 0.4, 0.4], histories=20_000, seed=3)
    assert not np.array_equal(kernel.within, other.within)


def test_in_g_per_cm2_the_kernel_knows_no_density() -> None:
    thin, thick = (Tissue("water", rho, {1: 0.111894, 8: 0.888106}) for rho in (0.25, 1.5))
    one, other = (photon_kernel([0.1], [1.0], medium=t, histories=4000).kernel for t in (thin, thick))
    assert one.within == pytest.approx(other.within, rel=2e-3)  # the same photons but for rounding


def test_offsets_far_away_are_those_of_the_exact_average() -> None:
    """A smooth kernel, whose averages are known to 1e-4 by the other function."""
    radius = np.concatenate([[0.0], np.geomspace(1e-3, 40.0, 4000)])
    kernel = PointKernel(radius, -np.expm1(-0.1 * radius))
    width = (0.4, 0.5, 0.8)
    found = photon_shares(kernel, width, (20, 17, 9))
    cut = radius[radius < 20.0]
    exact = voxel_shares(PointKernel(cut, np.interp(cut, radius, kernel.within)), width)
    assert found.shape == (20, 17, 9)
    corner = [w * (i + 1) for w, i in zip(width, np.indices(found.shape), strict=True)]
    inside = np.linalg.norm(corner, axis=0) < 19.0
    box = tuple(slice(0, n) for n in found.shape)
    assert (found / exact[box])[inside] == pytest.approx(1.0, abs=3e-3)
    assert np.count_nonzero(inside) > 1000


def test_bremsstrahlung_of_slow_electrons_has_its_closed_form() -> None:
    """Energy radiated over the electron's, at v << c: 16/3 alpha r_e^2 (Heitler 1954, section 25)."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    share = 0.5 * (weights @ bethe_heitler(0.02, 0.01 * (1.0 + nodes))) * 0.02 / (0.02 + 0.511)
    assert share == pytest.approx(16.0 / 3.0 * ALPHA * CLASSICAL_RADIUS_CM**2, rel=0.02)


@pytest.mark.parametrize("energy_MeV", [0.1, 1.0, 5.0])
def test_bremsstrahlung_cross_section_gives_the_radiative_stopping_power(energy_MeV: float) -> None:
    """Nuclei alone (Z^2) are below the published one of water, Z (Z + 1) without screening above."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    photon = 0.5 * energy_MeV * (1.0 + nodes)
    loss = 0.5 * energy_MeV * (weights @ bethe_heitler(energy_MeV, photon)) * 6.02214076e23 / 18.0153
    published = float(radiative_stopping_power(energy_MeV))
    assert 66.0 * loss < published < 76.0 * loss


def test_bremsstrahlung_photons_have_the_energy_that_electrons_do_not_leave() -> None:
    energy, emitted = [0.5, 2.0], [0.1, 0.8]
    photon, radiated = bremsstrahlung_spectrum(energy, emitted)
    assert radiated.sum() == pytest.approx(electron_kernel(energy, emitted).outside * 0.9, rel=1e-9)
    assert np.all(radiated[photon < 2.0] >= 0.0)
    assert photon.max() < 2.0


def test_bremsstrahlung_of_several_energies_is_the_sum_of_each() -> None:
    def above(energy: list[float], emitted: list[float], least: float) -> float:
        photon, radiated = bremsstrahlung_spectrum(energy, emitted, lines=400)
        step = np.log(photon[1] / photon[0])
        beyond = radiated[::-1].cumsum()[::-1]
        return float(np.interp(np.log(least), np.log(photon) - 0.5 * step, beyond, right=0.0))

    for least in (0.05, 0.3, 1.0):
        each = above([0.5], [0.8], least) + above([2.0], [0.1], least)
        # the yields of the transport, to which each is held, are 2 to 3 % above those of continuous slowing
        assert above([0.5, 2.0], [0.8, 0.1], least) == pytest.approx(each, rel=0.02)


def test_bremsstrahlung_spectrum_of_one_energy_by_nested_quadrature() -> None:
    """What is radiated above 0.5 MeV by an electron of 1 MeV that stops, over what is above 0.1 MeV."""
    nodes, weights = np.polynomial.legendre.leggauss(120)

    def above(least: float) -> float:
        energy = least + 0.5 * (1.0 - least) * (1.0 + nodes)
        total = 0.0
        for t, w in zip(energy, weights, strict=True):
            hard = least + 0.5 * (t - least) * (1.0 + nodes)
            every = 0.5 * t * (1.0 + nodes)
            share = (
                (t - least) * (weights @ bethe_heitler(t, hard)) / (t * (weights @ bethe_heitler(t, every)))
            )
            radiative = float(radiative_stopping_power(t))
            total += w * share * radiative / (radiative + float(collision_stopping_power(t)))
        return 0.5 * (1.0 - least) * total

    photon, radiated = bremsstrahlung_spectrum([1.0], [1.0], lines=400)
    step = np.log(photon[1] / photon[0])
    beyond = np.interp(np.log([0.5, 0.1]), np.log(photon) - 0.5 * step, radiated[::-1].cumsum()[::-1])
    assert beyond[0] / beyond[1] == pytest.approx(above(0.5) / above(0.1), rel=3e-3)
    # what is softer than the first line, 2 keV, counts to it
    assert beyond[1] / radiated.sum() == pytest.approx(above(0.1) / above(0.0), rel=2e-3)


def test_the_preview_is_the_dose_of_endless_tissue_times_the_mass() -> None:
    water = Tissue("water", 1.0, {1: 0.111894, 8: 0.888106})
    code = np.ones((12, 12, 10), dtype=np.uint8)
    code[6:], code[:, :, 9] = 2, 0
    kinds = (Kind(OUTSIDE, None, 0.0), Kind("muscle", water, 1.04), Kind("lung", water, 0.26))
    body = VoxelBody("box", "both", code, np.diag([5.0, 5.0, 8.0, 1.0]), kinds, {"muscle": 1.0, "lung": 1.0})
    emitted = np.zeros(code.shape)
    emitted[5, 6, 4], emitted[2, 2, 2] = 1.0, 2.0
    found = photon_preview(body, emitted, [0.2], [1.0], histories=2000)
    assert np.all(found[:, :, 9] == 0.0)
    kernel, _ = photon_kernel([0.2], [1.0], histories=2000)
    rho = DENSITY_G_PER_CM3
    shares = photon_shares(kernel, (0.5 * rho, 0.5 * rho, 0.8 * rho), code.shape)
    for place in ((5, 6, 4), (7, 3, 1), (0, 11, 8)):
        dose = 0.0
        for source, energy in (((5, 6, 4), 1.0), ((2, 2, 2), 2.0)):
            dose += energy * shares[tuple(np.abs(np.subtract(place, source)))]
        mass = 1.0 if place[0] < 6 else 0.25
        assert found[place] == pytest.approx(dose * mass, rel=1e-4)


@pytest.mark.parametrize(
    ("spectrum", "histories", "what"),
    [(([20.0], [1.0]), 200, "allowed: above 0, to 10 MeV"), (([0.2], [1.0]), 3, "at least 20")],
)
def test_photons_that_cannot_be_are_refused(
    spectrum: tuple[list[float], list[float]], histories: int, what: str
) -> None:
    with pytest.raises(PhantomError, match=what):
        photon_kernel(*spectrum, histories=histories)
