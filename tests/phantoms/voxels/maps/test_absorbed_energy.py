"""Energy absorbed by voxel with real photons and electrons: balance, equilibrium, symmetry, bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.maps.absorbed import Absorbed, Emission, Statistics, absorbed_energy, in_tissue
from phantoms.voxels.maps.grids import Grid

WATER = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
AIR = Tissue("air", 0.0012, {7: 0.76, 8: 0.24})
NONE = np.empty(0)
ROUGH = Statistics(0.2, histories_per_batch=4000, workers=1)


def cube(n: int, width_mm: float, inner: int) -> VoxelBody:
    """n^3 voxels of water, of which inner^3 in the middle are a region of their own; air in one corner."""
    code = np.ones((n, n, n), dtype=np.uint8)
    first = (n - inner) // 2
    code[(slice(first, first + inner),) * 3] = 2
    code[0, 0, 0], code[-1, -1, -1] = 0, 3
    kinds = (
        Kind(OUTSIDE, None, 0.0),
        Kind("shell", WATER, 1.0),
        Kind("middle", WATER, 1.0),
        Kind("gas", AIR, 0.0012),
    )
    affine = np.diag([width_mm, width_mm, width_mm, 1.0])
    return VoxelBody("cube", "both", code, affine, kinds, {"shell": 1.0, "middle": 1.0, "gas": 1e-6})


def photons(*lines: tuple[float, float], electrons: tuple[float, float] | None = None, alpha=0.0) -> Emission:
    energy, emitted = (np.array(v) for v in zip(*lines, strict=True)) if lines else (NONE, NONE)
    if electrons is None:
        return Emission(energy, emitted, NONE, NONE, alpha)
    return Emission(energy, emitted, np.array(electrons[:1]), np.array(electrons[1:]), alpha)


def uniform(body: VoxelBody) -> np.ndarray:
    return in_tissue(body).astype(float)


def made(body: VoxelBody, activity: np.ndarray, emission: Emission, **changes: Any) -> Absorbed:
    return absorbed_energy(body, activity, emission, **{"statistics": ROUGH, **changes})


def test_what_cannot_leave_is_absorbed() -> None:
    """20 keV photons 15 cm deep in water (0.8/cm, so exp(-12) fly as far), and 1 MeV electrons (5 mm)."""
    body = cube(15, 20.0, 1)
    point = np.zeros(body.code.shape)
    point[7, 7, 7] = 3.0
    found = made(body, point, photons((0.020, 0.5), (0.003, 0.1), electrons=(1.0, 2.0), alpha=0.25))
    b = found.balance
    everything = 0.5 + 0.1 + 2.0 + 0.25
    assert b.emitted == pytest.approx(everything, rel=1e-12)
    assert b.electrons_left == pytest.approx(0.0, abs=1e-5)
    assert b.bremsstrahlung == pytest.approx(2.0 * electron_kernel([1.0], [1.0]).outside, rel=1e-9)
    assert b.local == pytest.approx(0.1, abs=2e-3)  # with the softest of the bremsstrahlung
    total, se = found.regions_MeV(("shell", "middle"))
    gone = b.bremsstrahlung  # harder photons may leave
    assert everything - gone - 4.0 * se < total < everything + 4.0 * se
    assert found.voxels_MeV.sum() == pytest.approx(total, rel=1e-5)
    assert b.photons_left + b.electrons_left + found.voxels_MeV.sum() == pytest.approx(everything, rel=1e-5)


def test_the_middle_of_a_uniform_source_absorbs_what_it_emits() -> None:
    """Equilibrium: 15 cm of water around, in which 20 keV photons and 1 MeV electrons are absorbed."""
    body = cube(15, 20.0, 3)
    found = made(body, uniform(body), photons((0.020, 0.7), electrons=(0.3, 0.4)), statistics=ROUGH_BUT_MORE)
    energy, se = found.regions_MeV(("middle",))
    share = 27.0 / in_tissue(body).sum()
    assert se / energy < 0.02
    # 0.1 % of the electrons' energy are photons of bremsstrahlung, of which the hardest travel farther
    assert energy == pytest.approx(1.1 * share, abs=4.0 * se + 1e-3 * 0.4 * share)


ROUGH_BUT_MORE = Statistics(0.05, histories_per_batch=20_000, workers=1)


def test_a_symmetric_body_has_a_symmetric_dose_within_its_standard_error() -> None:
    body = cube(9, 20.0, 3)
    code = body.code.copy()
    code[0, 0, 0] = code[-1, -1, -1] = 1
    body = VoxelBody("cube", "both", code, body.affine_mm, body.kinds, body.mass_kg)
    found = made(body, code == 2, photons((0.4, 0.9)), statistics=Statistics(0.01, histories_per_batch=5000))
    assert found.se_MeV is not None and found.photons is not None
    dose, variance = found.voxels_MeV.reshape(code.shape), found.se_MeV.reshape(code.shape) ** 2
    half = np.s_[:4]
    for axis in range(3):
        d, v = (np.moveaxis(x, axis, 0) for x in (dose, variance))
        t2 = ((d - d[::-1]) ** 2 / (v + v[::-1]))[half].ravel()
        batches = found.photons.sums[0].batches
        freedom = 2.0 * (batches - 1)
        expected = freedom / (freedom - 2.0)  # of Student's t
        assert t2.mean() == pytest.approx(expected, abs=4.0 * np.sqrt(2.0 / t2.size) * expected**2)


def test_bits_do_not_depend_on_the_number_of_threads() -> None:
    body = cube(9, 20.0, 3)
    emission = photons((0.4, 0.9), (0.02, 0.1))
    one, two = (
        made(body, uniform(body), emission, statistics=Statistics(0.1, histories_per_batch=2000, workers=n))
        for n in (1, 3)
    )
    np.testing.assert_array_equal(one.voxels_MeV, two.voxels_MeV)
    np.testing.assert_array_equal(one.se_MeV, two.se_MeV)
    assert one.photons is not None and two.photons is not None
    assert one.photons.histories == two.photons.histories


def test_a_coarser_grid_has_the_sums_and_the_masses() -> None:
    body = cube(8, 20.0, 2)
    affine = np.diag([40.0, 40.0, 40.0, 1.0])
    affine[:3, 3] = 10.0
    found = made(body, uniform(body), photons((0.3, 0.9), electrons=(0.3, 0.4)), grid=Grid((4, 4, 4), affine))
    fine = np.zeros(body.code.size)
    fine[found.inside] = found.voxels_MeV
    sums = fine.reshape(4, 2, 4, 2, 4, 2).sum(axis=(1, 3, 5))
    np.testing.assert_allclose(found.others_MeV, sums, rtol=1e-5)
    kg = in_tissue(body).reshape(4, 2, 4, 2, 4, 2).sum(axis=(1, 3, 5)) * 8e-3
    np.testing.assert_allclose(found.others_kg, kg, rtol=1e-12)
    assert found.others_se_MeV is not None and np.all(found.others_se_MeV > 0.0)


def test_the_preview_has_no_statistics_and_is_within_its_kind_of_error_in_water() -> None:
    body = cube(15, 20.0, 3)
    activity = np.where(body.code == 2, 1.0, 0.0)
    emission = photons((0.4, 0.9))
    quick = made(body, activity, emission, preview=True)
    assert quick.se_MeV is None and quick.photons is None
    slow = made(body, activity, emission, statistics=ROUGH_BUT_MORE)
    a, b = (x.regions_MeV(("middle",))[0] for x in (quick, slow))
    assert np.isnan(quick.regions_MeV(("middle",))[1])
    assert a == pytest.approx(b, rel=0.2)


def test_activity_must_lie_in_tissue() -> None:
    body = cube(9, 20.0, 3)
    for place in ((0, 0, 0), (-1, -1, -1)):
        activity = uniform(body)
        activity[place] = 1.0
        with pytest.raises(PhantomError, match="has no tissue to start in"):
            made(body, activity, photons((0.4, 0.9)))


def test_without_photons_nothing_is_followed_and_alphas_stay() -> None:
    body = cube(9, 20.0, 3)
    activity = np.random.default_rng(3).random(body.code.shape) * in_tissue(body)
    found = made(body, activity, photons(alpha=5.0))
    np.testing.assert_allclose(
        found.voxels_MeV, 5.0 * activity.ravel()[found.inside] / activity.sum(), rtol=1e-12
    )
    assert found.photons is not None and found.photons.histories == ()
    assert found.se_MeV is not None and not found.se_MeV.any()


def test_a_preview_keeps_its_photons_on_the_second_grid_whatever_the_order_of_the_array() -> None:
    """Images of nibabel are in the order of Fortran; photons were lost to a copy of such an array."""
    body = cube(8, 5.0, 4)
    affine = np.diag([2.5, 2.5, 2.5, 1.0])
    affine[:3, 3] = -1.25
    emission = photons((0.3, 0.9), electrons=(0.3, 0.4))
    for order in ("C", "F"):
        activity = np.asarray(uniform(body), order=order)  # type: ignore[call-overload]
        found = absorbed_energy(body, activity, emission, grid=Grid((16, 16, 16), affine), preview=True)
        assert found.others_MeV is not None
        assert found.others_MeV.sum() == pytest.approx(found.voxels_MeV.sum(), rel=1e-6)
