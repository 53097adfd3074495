"""Kernels folded over a body: against a direct sum, energy that is kept or lost, classes of density."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import xraylib

from phantoms import PhantomError
from phantoms.transport.materials import ELECTRON_MASS_MEV, Tissue, tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels import convolve
from phantoms.voxels.kernels.convolve import (
    THINNEST,
    absorbed_by_code,
    density_classes,
    deposited,
    water_density,
)
from phantoms.voxels.kernels.fold import voxel_shares
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.kernels.stopping import electrons_and_excitation, relative_stopping_power

WATER = Tissue("water", 1.0, {1: 0.111894, 8: 0.888106})
SPECTRUM = ([0.2, 0.7], [0.4, 0.6])


def body_of(
    code: np.ndarray, densities: dict[str, float], mm: tuple[float, ...] = (1.0, 1.5, 2.0)
) -> VoxelBody:
    kinds = (Kind(OUTSIDE, None, 0.0), *(Kind(r, WATER, d) for r, d in densities.items()))
    mass = dict.fromkeys(densities, 1.0)
    return VoxelBody("box", "both", code.astype(np.uint8), np.diag([*mm, 1.0]), kinds, mass)


def by_direct_sum(body: VoxelBody, emitted: np.ndarray, density: dict[int, float]) -> np.ndarray:
    """From every voxel to every other, one after the other."""
    found = np.zeros(emitted.shape)
    kernel = electron_kernel(*SPECTRUM)
    every = np.moveaxis(np.indices(emitted.shape), 0, -1)
    by_code = {c: voxel_shares(kernel, tuple(rho * w for w in body.width_cm)) for c, rho in density.items()}
    for place in np.argwhere(emitted > 0.0):
        shares = by_code[int(body.code[tuple(place)])]
        offset = np.abs(every - place)
        near = np.all(offset < shares.shape, axis=-1)
        found[near] += emitted[tuple(place)] * shares[tuple(offset[near].T)]
    found[body.code == 0] = 0.0
    return found


def test_the_convolution_is_the_direct_sum_whatever_the_slabs_and_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = np.random.default_rng(5)
    code = rng.integers(0, 4, (9, 14, 7))
    body = body_of(code, {"lung": 0.3, "muscle": 1.05, "bone": 1.9})
    emitted = np.where((code > 0) & (rng.random(code.shape) < 0.1), rng.random(code.shape), 0.0)
    emitted[:2] = 0.0
    expected = by_direct_sum(body, emitted, {1: 0.3, 2: 1.05, 3: 1.9})
    found = deposited(body, emitted, electron_kernel(*SPECTRUM))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-13)
    assert np.all(found >= 0.0)
    assert np.array_equal(found, deposited(body, emitted, electron_kernel(*SPECTRUM), workers=2))
    monkeypatch.setattr(convolve, "MOST_VOXELS", 1)
    assert deposited(body, emitted, electron_kernel(*SPECTRUM)) == pytest.approx(
        expected, rel=1e-9, abs=1e-13
    )


def test_all_energy_but_the_bremsstrahlung_stays_in_a_body_that_is_large_enough() -> None:
    body = body_of(np.ones((21, 17, 15)), {"muscle": 1.0})
    emitted = np.zeros(body.code.shape)
    emitted[10, 8, 7] = 2.0
    kernel = electron_kernel(*SPECTRUM)
    found = deposited(body, emitted, kernel)
    assert found.sum() == pytest.approx(2.0 * kernel.within[-1], rel=1e-7)
    assert found[10, 8, 7] == found.max()
    shares = np.pad(voxel_shares(kernel, body.width_cm), [(0, 20)] * 3)
    reached = shares[tuple(np.abs(np.moveaxis(np.indices(found.shape), 0, -1) - (10, 8, 7)).T)].T > 1e-12
    assert 100 < np.count_nonzero(reached) < found.size
    assert not found[~reached & (found < 1e-15)].any()  # what no electron reaches has none, not rounding
    assert found == pytest.approx(found[::-1, ::-1, ::-1], abs=1e-12)


def test_energy_that_reaches_the_outside_or_the_end_of_the_grid_is_lost() -> None:
    """A half space emits evenly: what leaves a unit of its surface is a quarter of the mean distance."""
    code = np.ones((24, 30, 30))
    code[12:] = 0
    body = body_of(code, {"muscle": 1.0}, (1.0, 1.0, 1.0))
    kernel = electron_kernel(*SPECTRUM)
    r, w = kernel
    mean = (0.5 * (r[1:] + r[:-1]) * np.diff(w)).sum()
    emitted = np.where(code > 0, 1.0, 0.0)
    found = deposited(body, emitted, kernel)
    assert found[12:].sum() == 0.0
    column = found[:, 15, 15].sum()  # far from the other sides: loses at both of its ends
    assert 12.0 * w[-1] - column == pytest.approx(2.0 * mean / 0.1 / 4.0, rel=1e-4)


def test_a_source_of_starts_gives_the_share_by_code() -> None:
    code = np.ones((8, 8, 8))
    code[:, :, 4:] = 2
    body = body_of(code, {"left": 1.0, "right": 1.02})
    place = np.flatnonzero(code.ravel() == 1)
    starts = SimpleNamespace(voxel=place, cumulative=np.linspace(0.0, 1.0, place.size + 1)[1:])
    kernel = electron_kernel(*SPECTRUM)
    share = absorbed_by_code(body, starts, kernel)  # type: ignore[arg-type]
    emitted = np.where(code == 1, 1.0 / place.size, 0.0)
    found = deposited(body, emitted, kernel)
    assert share == pytest.approx([0.0, found[code == 1].sum(), found[code == 2].sum()], rel=1e-9)
    assert 0.5 < share[1] < 1.0
    assert absorbed_by_code(body, starts, None) == pytest.approx([0.0, 1.0, 0.0])  # type: ignore[arg-type]


def test_alphas_stay_in_their_voxel() -> None:
    code = np.array([[[0, 1, 2]]])
    body = body_of(code, {"lung": 0.3, "muscle": 1.05})
    emitted = np.array([[[0.0, 3.0, 4.0]]])
    assert np.array_equal(deposited(body, emitted, None), emitted)


def test_densities_of_a_class_are_within_ten_per_cent_and_each_code_with_emission_is_in_one() -> None:
    density = np.array([0.0, 0.25, 0.26, 0.30, 1.0, 1.03, 1.06, 1.4, 1.9])
    weight = np.array([0.0, 1.0, 1.0, 2.0, 5.0, 0.0, 5.0, 1.0, 3.0])
    classes = density_classes(density, weight)
    assert np.array_equal(sum(held.astype(int) for _, held in classes), (weight > 0).astype(int))
    for mean, held in classes:
        assert density[held].max() <= 1.1 * density[held].min()
        assert density[held].min() <= mean <= density[held].max()
    # the mean distance in cm of the class is that of its codes
    assert 1.0 / classes[2][0] == pytest.approx(0.5 * (1 / 1.0 + 1 / 1.06))


@pytest.mark.parametrize(
    ("name", "excitation_eV"),
    # Geant4's NIST materials (G4NistMaterialBuilder.cc): cortical bone 110, water 78 there; ICRU 37: water 75
    [("cortical bone", 110.0), ("water", 75.0)],
)
def test_stopping_power_of_tissues_has_the_mean_excitation_energy_of_the_tables(
    name: str, excitation_eV: float
) -> None:
    electrons, excitation = electrons_and_excitation(tissue(name).fractions)
    assert excitation == pytest.approx(excitation_eV, rel=0.02)
    expected = sum(w * z / xraylib.AtomicWeight(z) for z, w in tissue(name).fractions.items())
    assert electrons == pytest.approx(expected, rel=1e-9)


def test_kernels_reach_further_where_the_stopping_power_is_less() -> None:
    """Cortical bone, by Bethe's formula with 112 eV and 0.5147 electrons a gram: 11 % less than water."""
    bone = tissue("cortical bone")
    relative = 0.51469 / 0.55484 * (1.0 - 2.0 * np.log(111.997 / 75.361) / bethe_number(75.361))
    assert relative_stopping_power(bone) == pytest.approx(relative, rel=1e-4)
    body = body_of(np.ones((2, 2, 2)), {"bone": 1.92})
    body = replace(body, kinds=(body.kinds[0], Kind("bone", bone, 1.92)))
    assert water_density(body) == pytest.approx([0.0, 1.92 * relative], rel=1e-4)
    with pytest.raises(PhantomError, match=r"\[95\]; allowed: atomic numbers 1 to 92"):
        relative_stopping_power(Tissue("smoke detector", 1.0, {95: 1.0}))


def bethe_number(excitation_eV: float) -> float:
    """What the mean excitation energy stands in: collision_stopping_power without the density effect."""
    t = 0.5 / ELECTRON_MASS_MEV
    f = (1 + t * t / 8 - (2 * t + 1) * np.log(2)) / (t + 1) ** 2
    return float(2 * np.log(0.5e6 / excitation_eV) + np.log(1 + t / 2) + f)


@pytest.mark.parametrize(
    ("place", "value", "what"),
    [((0, 0, 0), 1.0, "0.5 of the energy is emitted outside of the body 'box'"),
     ((0, 0, 1), -1.0, "negative or not finite"), ((0, 0, 1), np.nan, "negative or not finite")],
)  # fmt: skip
def test_emission_that_cannot_be_is_refused(place: tuple[int, ...], value: float, what: str) -> None:
    body = body_of(np.array([[[0, 1, 1]]]), {"muscle": 1.0})
    emitted = np.array([[[0.0, 0.0, 1.0]]])
    emitted[place] = value
    with pytest.raises(PhantomError, match=what):
        deposited(body, emitted, None)
    with pytest.raises(PhantomError, match=r"of shape \(2, 1, 1\); the body's: \(1, 1, 3\)"):
        deposited(body, np.zeros((2, 1, 1)), None)


def test_electrons_out_of_air_stop_in_the_tissue_around_it() -> None:
    """By the density of air their ranges would be metres, and the table of offsets a billion voxels."""
    code = np.ones((30, 30, 30), dtype=np.uint8)
    code[14:16, 14:16, 14:16] = 2
    body = body_of(code, {"tissue": 1.0, "air": 0.0012})
    assert water_density(body)[2] == THINNEST
    kernel = electron_kernel([0.1], [0.1])
    found = deposited(body, (code == 2).astype(float), kernel)
    assert found.sum() == pytest.approx(8.0 * kernel.within[-1], rel=1e-6)
    assert found[code == 1].sum() > 0.5 * found.sum()


@pytest.mark.parametrize("gas", [0.2, 0.05, 0.0012])
def test_gas_keeps_what_its_mass_takes_and_electrons_cross_it(gas: float) -> None:
    """Else a bubble's dose is that of the tissue around it times the ratio of densities."""
    code = np.ones((24, 24, 24), dtype=np.uint8)
    code[10:13, 10:13, 10:13] = 2
    kernel = electron_kernel([0.3, 0.8], [0.3, 0.8])
    emitted = np.zeros(code.shape)
    emitted[4:20, 4:20, 4:20] = code[4:20, 4:20, 4:20] == 1

    def dose(density: float) -> np.ndarray:
        body = body_of(code, {"tissue": 1.0, "bubble": density}, (1.0, 1.0, 1.0))
        found = deposited(body, emitted, kernel)
        # nothing leaves the grid of what starts 4 mm within, and all of it is somewhere
        assert found.sum() == pytest.approx(emitted.sum() * kernel.within[-1], rel=1e-6)
        return np.asarray(found / body.density_by_code[code])

    even, found = dose(1.0), dose(gas)
    assert found[code == 2] == pytest.approx(even[code == 2], rel=0.2)
    assert found[code == 2].max() < found[code == 1].max()
    # what the bubble does not keep goes to its neighbours: none of them loses
    assert np.all(found[code == 1] >= even[code == 1] - 1e-12)


def test_lung_keeps_all_that_comes_to_it() -> None:
    """A lung is thick against the range: what leaves the liver for it is absorbed in it."""
    code = np.ones((12, 12, 12), dtype=np.uint8)
    code[6:] = 2
    emitted = np.zeros(code.shape)
    emitted[5, 6, 6] = 1.0
    kernel = electron_kernel([0.8], [0.8])
    even = deposited(body_of(code, {"liver": 1.0, "lung": 1.0}), emitted, kernel)
    found = deposited(body_of(code, {"liver": 1.0, "lung": 0.2}), emitted, kernel)
    assert found == pytest.approx(even, rel=1e-12)
