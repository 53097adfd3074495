"""Energy by offset in an endless tissue: what is kept, who gets it, what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms import PhantomError
from phantoms.transport.materials import cross_sections, tissue
from phantoms.voxels.kernels.offsets import OffsetEnergies, energy_by_offset
from phantoms.voxels.kernels.photons import photon_kernel
from phantoms.voxels.kernels.point import bremsstrahlung_share


def everywhere(found: OffsetEnergies, radiation: str) -> float:
    both = found.by_radiation[radiation].copy()
    for axis in range(3):
        np.moveaxis(both, axis, 0)[1:] *= 2.0
    return float(both.sum())


def test_each_radiation_leaves_its_energy() -> None:
    electron = ([0.3, 1.0], [0.2, 0.7])
    photon = ([0.02], [0.5])
    found = energy_by_offset(
        (20.0, 25.0, 30.0), electron=electron, photon=photon, alpha_MeV=5.0, offsets=10, histories=4000
    )
    lost = bremsstrahlung_share(*electron)
    assert everywhere(found, "electron") == pytest.approx(0.9 * (1.0 - lost), rel=1e-6)
    assert everywhere(found, "alpha") == 5.0
    kernel = photon_kernel(*photon, histories=4000).kernel  # of 20 keV nothing goes 20 cm
    assert everywhere(found, "photon") == pytest.approx(0.5 * kernel.within[-1], rel=1e-5)
    assert kernel.within[-1] == pytest.approx(1.0, rel=0.05)
    # mean energy 0.2 MeV: some of it goes further than 20 cm
    assert 0.8 * 0.9 * lost < everywhere(found, "bremsstrahlung") < 0.9 * lost
    assert found.total == pytest.approx(sum(found.by_radiation.values()))
    assert found.mass_kg == pytest.approx(1.04e-3 * 15.0)
    assert 0.0 < found.standard_error[2, 2, 2] < 0.2 * found.by_radiation["photon"][2, 2, 2]
    without = energy_by_offset(20.0, electron=electron, bremsstrahlung=False)
    assert list(without.by_radiation) == ["electron"]
    assert not without.standard_error.any()


def test_a_photon_line_far_away_has_the_inverse_square_and_its_attenuation() -> None:
    """First collisions of 15 keV: mu_en exp(-mu r) / (4 pi r^2); scattered photons add a few per cent."""
    xs = cross_sections(("soft tissue",))
    i = int((np.log(0.015) - xs.log_low) * xs.per_step)
    energy = float(np.exp(xs.log_low + i / xs.per_step))
    mu = float((xs.photo + xs.coherent + xs.incoherent + xs.pair)[1, i])
    found = energy_by_offset(0.5, photon=([energy], [1.0]), offsets=12, histories=20_000)
    for offset in (4, 7, 11):
        r = 0.05 * offset
        first = xs.transfer[1, i] * np.exp(-mu * r) / (4.0 * np.pi * r**2) * 0.05**3
        assert 1.0 < found.total[0, 0, offset] / first < 1.35
    assert found.total[0, 0, 0] == pytest.approx(
        xs.transfer[1, i] * 0.05 * pair_mean() * np.exp(-mu * 0.02), rel=0.03,
    )  # fmt: skip


def pair_mean() -> float:
    """Mean of 1/(4 pi r^2) over pairs of points of a unit cube, by spherical shells and random directions."""
    rng = np.random.default_rng(2)
    step = np.abs(rng.normal(size=(40_000, 3)))
    step /= np.linalg.norm(step, axis=1)[:, None]
    nodes, weights = np.polynomial.legendre.leggauss(24)
    longest = 1.0 / step.max(axis=1)
    r = 0.5 * longest[:, None] * (1.0 + nodes)
    inside = np.prod(1.0 - r[:, :, None] * step[:, None, :], axis=2)
    return float(np.mean(0.5 * longest * (inside @ weights)))


def test_electrons_in_another_tissue_reach_as_its_density_and_stopping_power_say() -> None:
    bone = tissue("cortical bone")
    found = energy_by_offset(1.0, electron=([0.5], [1.0]), medium=bone, bremsstrahlung=False)
    wide = energy_by_offset(1.92 * 0.8862568, electron=([0.5], [1.0]), medium="water", bremsstrahlung=False)
    assert found.total == pytest.approx(wide.total, rel=1e-4, abs=1e-9)
    assert found.mass_kg == pytest.approx(1.92e-6)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"width_mm": 0.0}, "allowed: 0.05 to 100 mm"),
        ({"width_mm": (1.0, 2.0, np.nan)}, "allowed: 0.05 to 100 mm"),
        ({"width_mm": 3.0, "offsets": 0}, "allowed: 1 to 100"),
        ({"width_mm": 3.0, "medium": "cheese"}, "unknown material 'cheese'"),
    ],
)
def test_what_cannot_be_is_refused(arguments: dict[str, object], what: str) -> None:
    with pytest.raises(PhantomError, match=what):
        energy_by_offset(electron=([0.5], [1.0]), **arguments)  # type: ignore[arg-type]
