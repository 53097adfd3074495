"""A kernel averaged over pairs of voxels: closed form, random points, refined quadrature, all energy kept."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.voxels.kernels.fold import shell_edges, shells, voxel_shares
from phantoms.voxels.kernels.point import LOCAL, PointKernel, electron_kernel

WIDTH = (1.0, 1.3, 2.0)


def shell(radius: float) -> PointKernel:
    """All energy at one distance."""
    return PointKernel(np.array([0.0, radius * (1.0 - 1e-9), radius]), np.array([0.0, 0.0, 1.0]))


def over_all_offsets(shares: np.ndarray) -> float:
    both = shares.copy()
    for axis in range(3):
        np.moveaxis(both, axis, 0)[1:] *= 2.0
    return float(both.sum())


@pytest.mark.parametrize("radius", [1e-3, 0.1, 0.5, 0.99])
def test_what_stays_has_a_closed_form_for_spheres_smaller_than_the_voxel(radius: float) -> None:
    """Means over the sphere: |u| 1/2, |u v| 2/(3 pi), |u v w| 1/(4 pi)."""
    a, b, c = WIDTH
    stays = 1.0 - radius / 2.0 * (1 / a + 1 / b + 1 / c) - radius**3 / (4.0 * np.pi * a * b * c)
    stays += 2.0 / (3.0 * np.pi) * radius**2 * (1 / (a * b) + 1 / (b * c) + 1 / (c * a))
    found = voxel_shares(shell(radius), WIDTH)
    assert found[0, 0, 0] == pytest.approx(stays, abs=1e-6)
    assert over_all_offsets(found) == pytest.approx(1.0, abs=1e-9)


@pytest.mark.parametrize("radius", [1.7, 4.3])
def test_spheres_larger_than_the_voxel_against_random_points(radius: float) -> None:
    found = voxel_shares(shell(radius), WIDTH)
    rng = np.random.default_rng(1)
    n = 400_000
    step = rng.normal(size=(n, 3))
    step *= radius / np.linalg.norm(step, axis=1)[:, None]
    place = np.abs(np.floor(rng.random((n, 3)) + step / WIDTH)).astype(int)
    counts = np.zeros(found.shape)
    np.add.at(counts, tuple(place.T), 1.0)
    for axis in range(3):
        np.moveaxis(found, axis, 0)[1:] *= 2.0
    expected = n * found
    assert found.sum() == pytest.approx(1.0, abs=1e-7)
    # chi squared of the offsets that have counts enough
    many = expected > 20.0
    chi2 = ((counts - expected)[many] ** 2 / expected[many]).sum()
    assert abs(chi2 - many.sum()) < 5.0 * np.sqrt(2.0 * many.sum())
    assert counts[expected == 0.0].sum() == 0.0


@pytest.mark.parametrize("widths_cm", [(0.02, 0.02, 0.03), (0.2, 0.2, 0.3), (3.0, 3.0, 3.0)])
def test_every_offset_is_right_to_a_part_in_ten_thousand_of_what_stays(
    widths_cm: tuple[float, float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Against ten times finer shells, and means over the sphere of 12 nodes between kinks."""
    kernel = electron_kernel([0.1, 0.4], [0.3, 0.7])
    found = voxel_shares(kernel, widths_cm)

    def finer(top: float, width: float) -> np.ndarray:
        return np.linspace(0.0, top, 1200)

    nodes = np.polynomial.legendre.leggauss(12)
    monkeypatch.setattr("phantoms.voxels.kernels.fold.shell_edges", finer)
    monkeypatch.setattr("phantoms.voxels.kernels.fold._NODES", dict.fromkeys((4, 5), nodes))
    fine = voxel_shares(kernel, widths_cm)
    assert np.abs(found - fine).max() < 1e-4 * fine[0, 0, 0]
    assert over_all_offsets(found) == pytest.approx(kernel.within[-1], abs=1e-7)


def test_shells_hold_all_energy_and_its_mean_distance() -> None:
    kernel = electron_kernel([0.0005, 0.4, 2.0], [0.1, 0.4, 0.5])
    r, w = kernel
    mean = (0.5 * (r[1:] + r[:-1]) * np.diff(w)).sum()
    for width in (0.01, 0.3, 50.0):
        radius, share = shells(kernel, shell_edges(float(r[-1]), width))
        assert share.sum() == pytest.approx(w[-1], rel=1e-12)
        assert radius @ share == pytest.approx(mean, rel=1e-9)
        assert np.all(np.diff(radius[share > 0.0]) > 0.0)


def test_what_is_local_stays() -> None:
    found = voxel_shares(LOCAL, (0.1, 0.1, 0.1))
    assert found[0, 0, 0] == 1.0
    assert found.sum() == 1.0


def test_kernels_of_batches_are_folded_as_each_alone() -> None:
    kernel = electron_kernel([0.4], [1.0])
    stretched = np.interp(kernel.radius_g_per_cm2, 1.01 * kernel.radius_g_per_cm2, kernel.within)
    found = voxel_shares(kernel, (0.05, 0.06, 0.07), np.array([kernel.within, stretched]))
    assert found[0] == pytest.approx(voxel_shares(kernel, (0.05, 0.06, 0.07)), abs=1e-12)
    alone = voxel_shares(PointKernel(kernel.radius_g_per_cm2, stretched), (0.05, 0.06, 0.07))
    assert found[1] == pytest.approx(alone, abs=1e-6)
    assert abs(found[1, 0, 0, 0] - found[0, 0, 0, 0]) > 1e-3
