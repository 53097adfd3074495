"""Errors of outlines and recoveries as they really act: overlaps of spheres, slopes, digital outlines."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from dosimetry import DosimetryError, Recovery, SphereRecovery, organ_activity_u
from dosimetry.imaging.digital_spheres import digital_sphere
from dosimetry.imaging.outline_errors import OutlineErrors, outlined_share
from dosimetry.imaging.recovery import AnyRecovery
from dosimetry.imaging.spheres import FWHM_PER_SIGMA, sphere_recovery, sphere_volume_mL

FITTED = Recovery(b1_mL=2.5, b2=0.7, covariance=[[0.09, 0.003], [0.003, 0.0016]])
BLUR = SphereRecovery(fwhm_mm=6.5, u_fwhm_mm=0.5)


def overlap(a: float, b: float, d: float) -> float:
    """Volume that two spheres have in common."""
    if d <= abs(a - b):
        return 4.0 / 3.0 * math.pi * min(a, b) ** 3
    if d >= a + b:
        return 0.0
    return math.pi * (a + b - d) ** 2 * (d * d + 2 * d * (a + b) - 3 * (a - b) ** 2) / (12 * d)


@pytest.mark.parametrize("radius, fwhm", [(5.0, 6.0), (30.0, 10.0), (150.0, 5.0), (2.0, 20.0)])
@pytest.mark.parametrize("outline", [0.3, 0.9, 1.0, 1.3, 3.0])
def test_share_is_the_mean_overlap_of_spheres_that_lie_a_blur_apart(
    radius: float, fwhm: float, outline: float
) -> None:
    sigma, edge = fwhm / FWHM_PER_SIGMA, outline * radius

    def part(d: float) -> float:
        blur = math.sqrt(2.0 / math.pi) * d * d / sigma**3 * math.exp(-0.5 * (d / sigma) ** 2)
        return overlap(radius, edge, d) * blur

    breaks = [d for d in (abs(radius - edge), radius + edge) if 0.0 < d < 12.0 * sigma] or None
    mean, _ = quad(part, 0.0, 12.0 * sigma, points=breaks, limit=300, epsabs=1e-13)
    found = float(outlined_share([edge], radius, fwhm)[0])
    assert found == pytest.approx(mean / (4.0 / 3.0 * math.pi * radius**3), rel=1e-11)
    if outline == 1.0:
        assert found == pytest.approx(sphere_recovery(radius, fwhm), rel=1e-12)


@pytest.mark.parametrize("recovery", [FITTED, BLUR, None])
def test_small_errors_are_those_of_first_order(recovery: AnyRecovery | None) -> None:
    """By central differences at a volume known to 1e-4, where log-normal and normal are one."""
    found = organ_activity_u(
        2.0, voxel_mm=4.0, fwhm_mm=6.0, recovery=recovery, observer_relative_u=0.1, name="organ"
    )
    small = tuple((name, 1e-4 * u) for name, u in found.ln_mass.items())
    for quantity, of_mass in (("activity", 0.0), ("concentration", -1.0)):
        errors = OutlineErrors(
            quantity=quantity, volume_mL=2.0, fwhm_mm=6.0, u_volume=small, recovery=recovery,  # type: ignore[arg-type]
        )  # fmt: skip
        for name, part in found.ln_activity.items():
            step = 1.0 if name in found.ln_mass else 1e-4
            low, high = errors({name: np.array([-step, step])})
            expected = part + of_mass * found.ln_mass.get(name, 0.0)
            assert math.log(high / low) / 2e-4 == pytest.approx(expected, rel=1e-6, abs=1e-9), name


def test_outlines_of_a_digital_sphere_far_from_the_right_size() -> None:
    """10 mm at FWHM 6 mm, outlined with half and twice the volume; its voxels blur too."""
    factors = np.array([0.5, 2.0])
    outlines = np.repeat(10.0 * factors ** (1 / 3), 300)
    seen = digital_sphere(10.0, 6.0, voxel_mm=2.0, outline_mm=outlines, seed=3).counts_mL.reshape(2, -1)
    expected = outlined_share(
        10.0 * factors ** (1 / 3), 10.0, math.hypot(6.0, 2.0 / 12**0.5 * FWHM_PER_SIGMA)
    )
    np.testing.assert_allclose(seen.mean(axis=1) / sphere_volume_mL(10.0), expected, rtol=0.01)


def test_parts_are_added_before_the_volume_is_used() -> None:
    u = (("voxels", 0.3), ("resolution", 0.3))
    errors = OutlineErrors(quantity="activity", volume_mL=2.0, fwhm_mm=6.0, u_volume=u, recovery=FITTED)
    s2 = math.log1p(0.09)
    volume = 2.0 * math.exp(2.0 * math.sqrt(s2) - s2)
    radius = (0.75 * 2000.0 / math.pi) ** (1 / 3)
    organ = radius * (volume / 2.0) ** (1 / 3)
    seen = outlined_share([radius], organ, 6.0)[0]  # of the larger organ, in the outline that was drawn
    expected = sphere_recovery(organ, 6.0) / seen * FITTED.at(2.0) / FITTED.at(volume)
    both = errors({"voxels": np.array([1.0]), "resolution": np.array([1.0])})
    assert float(both[0]) == pytest.approx(expected, rel=1e-11)


@pytest.mark.parametrize("quantity", ["activity", "concentration", "mass"])
def test_far_errors_stay_finite_and_above_0(quantity: str) -> None:
    errors = OutlineErrors(
        quantity=quantity, volume_mL=0.5, fwhm_mm=6.0, u_volume=(("observer", 3.0),), recovery=BLUR,  # type: ignore[arg-type]
    )  # fmt: skip
    found = errors({"observer": np.array([-8.0, 8.0]), "recovery: resolution": np.array([8.0, -8.0])})
    assert np.isfinite(found).all() and (found > 0.0).all()


def test_bad_input() -> None:
    with pytest.raises(DosimetryError, match="unknown quantity 'dose'"):
        OutlineErrors(quantity="dose", volume_mL=2.0, fwhm_mm=6.0, u_volume=(), recovery=None)  # type: ignore[arg-type]
    with pytest.raises(DosimetryError, match=r"observer: u\(v\)/v is -0\.1"):
        OutlineErrors(
            quantity="mass", volume_mL=2.0, fwhm_mm=6.0, u_volume=(("observer", -0.1),), recovery=None
        )
    with pytest.raises(DosimetryError, match="outline_mm"):
        outlined_share([0.0], 5.0, 6.0)


def test_intervals_of_trials_hold_the_true_activity() -> None:
    """A sphere of 2 mL, outlined with errors: 150 intervals of 95 %, a standard error of 1.8 %."""
    rng, hits = np.random.default_rng(5), 0
    right = sphere_recovery(radius := (0.75 * 2000.0 / math.pi) ** (1 / 3), 6.0)
    for _ in range(150):
        u = dict(organ_activity_u(2.0, voxel_mm=4.0, fwhm_mm=6.0, name="o").ln_mass)
        s = [math.sqrt(math.log1p(x * x)) for x in u.values()]
        drawn = 2.0 * math.exp(-sum(a * rng.standard_normal() - 0.5 * a * a for a in s))
        edge = (0.75 * 1000.0 * drawn / math.pi) ** (1 / 3)
        found = outlined_share([edge], radius, 6.0)[0] / right * FITTED.at(2.0) / FITTED.at(drawn)
        parts = organ_activity_u(max(drawn, 0.064), voxel_mm=4.0, fwhm_mm=6.0, name="o").ln_mass
        errors = OutlineErrors(
            quantity="activity", volume_mL=drawn, fwhm_mm=6.0, u_volume=tuple(parts.items()), recovery=FITTED
        )
        trials = found * errors({name: rng.standard_normal(300) for name in parts})
        low, high = np.quantile(trials, [0.025, 0.975])
        hits += low <= 1.0 <= high
    assert hits / 150 > 0.90
