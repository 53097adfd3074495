"""Volumes, activities and doses of outlined organs: printed numbers, correlations by sampling, bad input."""

from __future__ import annotations

import math

import numpy as np
import pytest

from dosimetry import (
    DosimetryError,
    ImagedOrgan,
    Recovery,
    SphereRecovery,
    organ_activity_u,
    phi,
    sphere_radius_mm,
    sphere_recovery,
    volume_relative_u,
)
from validation.pages.imaging_page import PAGE, fast

SPECT = Recovery(b1_mL=2.5, b2=0.7, covariance=[[0.09, 0.003], [0.003, 0.0016]], name="SPECT")


def test_the_volumes_term_of_the_dose() -> None:
    """FWHM 6 mm, voxels 4 mm, S as m^-0.96: 76, 42, 23, 10, 4 % at 0.5, 2, 10, 100, 1000 mL."""
    found = {
        v: organ_activity_u(v, voxel_mm=4.0, fwhm_mm=6.0, recovery=SphereRecovery(fwhm_mm=6.0))
        for v in (0.5, 2, 10, 100, 1000)
    }
    assert [round(100 * one.u_dose(-0.96)) for one in found.values()] == [76, 42, 23, 10, 4]
    # with everything absorbed, c2 = -1, in closed form: (phi/2)/R u(v)/v
    for v, one in found.items():
        r = sphere_radius_mm(v)
        uv = 3 * math.sqrt(16 / 6 + 36 / 4 / math.log(2)) / (2 * r)
        assert one.u_mass == pytest.approx(uv, rel=1e-12)
        assert one.u_dose() == pytest.approx(0.5 * phi(r, 6) / sphere_recovery(r, 6) * uv, rel=1e-9)
        assert one.u_concentration == one.u_dose()


def test_three_widths_of_voxels() -> None:
    same = volume_relative_u(30.0, voxel_mm=[4.0, 4.0, 4.0], fwhm_mm=1e-9)
    assert same == pytest.approx(volume_relative_u(30.0, voxel_mm=4.0, fwhm_mm=1e-9))
    d = 2 * sphere_radius_mm(30.0)
    found = volume_relative_u(30.0, voxel_mm=[1.0, 2.0, 5.0], fwhm_mm=1e-9)
    assert found == pytest.approx(8.0 / math.sqrt(6) / d)
    more = volume_relative_u(30.0, voxel_mm=4.0, fwhm_mm=1e-9, observer_relative_u=0.1)
    assert more == pytest.approx(math.hypot(same, 0.1))


def sampled(n: int = 400_000) -> tuple[ImagedOrgan, np.ndarray, np.ndarray, np.ndarray]:
    """ln A, ln C and ln R of an organ of 150 mL by sampling every input, with slopes from the sphere."""
    told = organ_activity_u(
        150.0, voxel_mm=1.0, fwhm_mm=12.0, recovery=SPECT, counts_relative_u=0.02, outline_fwhm_mm=1.5,
        observer_relative_u=0.03, name="kidney",
    )  # fmt: skip
    rng = np.random.default_rng(5)
    ln_v = volume_relative_u(
        150.0, voxel_mm=1.0, fwhm_mm=1.5, observer_relative_u=0.03
    ) * rng.standard_normal(n)
    b1, b2 = rng.multivariate_normal([2.5, 0.7], np.asarray(SPECT.covariance), n).T
    r = sphere_radius_mm(150.0)
    ln_c = 0.5 * phi(r, 12.0) / sphere_recovery(r, 12.0) * ln_v + 0.02 * rng.standard_normal(n)
    ln_r = -np.log1p((150.0 * np.exp(ln_v) / b1) ** -b2)
    return told, ln_v, ln_c, ln_r


def test_parts_against_sampling() -> None:
    """Within 4 standard errors of 400 000 samples and 0.5 % of what is not linear."""
    told, ln_v, ln_c, ln_r = sampled()
    limit = 4 / math.sqrt(2 * ln_v.size) + 0.005
    ln_a = ln_c - ln_r
    assert told.u_activity == pytest.approx(ln_a.std(), rel=limit)
    assert told.u_mass == pytest.approx(ln_v.std(), rel=limit)
    for c2 in (-1.0, -0.9, 0.0):
        assert told.u_dose(c2) == pytest.approx((ln_a + c2 * ln_v).std(), rel=limit)
    assert told.correlation == pytest.approx(np.corrcoef(ln_a, ln_v)[0, 1], abs=0.01)
    assert told.correlation_counts_recovery == pytest.approx(np.corrcoef(ln_c, ln_r)[0, 1], abs=0.01)
    variance = told.u_activity**2  # as Gear et al. write it: with the covariance of C and R
    u_c, u_r = ln_c.std(), ln_r.std()
    assert variance == pytest.approx(u_c**2 + u_r**2 - 2 * np.cov(ln_c, ln_r)[0, 1], rel=2 * limit)


def test_names_of_parts_say_what_is_shared() -> None:
    left, right = (
        organ_activity_u(v, voxel_mm=4.0, fwhm_mm=12.0, recovery=SPECT, counts_relative_u=0.02, name=name)
        for v, name in ((150.0, "left kidney"), (20.0, "lesion"))
    )
    shared = set(left.ln_activity) & set(right.ln_activity)
    assert shared == {"SPECT: fit, direction 1", "SPECT: fit, direction 2"}
    both = sum(left.ln_activity[name] * right.ln_activity[name] for name in shared)
    r = [SPECT.jacobian(v) / SPECT.at(v) for v in (150.0, 20.0)]
    assert both == pytest.approx(r[0] @ np.asarray(SPECT.covariance) @ r[1], rel=1e-12)
    assert set(left.ln_mass) == {"left kidney: outline, voxels", "left kidney: outline, resolution"}


def test_the_two_rules_differ_by_the_recovery() -> None:
    for v in (0.5, 1000.0):
        ours, gear = (organ_activity_u(v, voxel_mm=4.0, fwhm_mm=6.0, rule=r) for r in ("sphere", "Gear"))
        assert gear.counts_slope == phi(sphere_radius_mm(v), 6.0) / 2
        assert gear.counts_slope / ours.counts_slope == pytest.approx(
            sphere_recovery(sphere_radius_mm(v), 6.0)
        )


def test_what_is_not_stated_is_listed() -> None:
    found = organ_activity_u(
        150.0, voxel_mm=4.0, fwhm_mm=12.0, recovery=Recovery(b1_mL=2, b2=0.7), name="liver"
    )
    assert found.unknown == ("liver: outline, observer", "recovery: fit", "liver: counts")
    assert found.recovery == pytest.approx(0.954, abs=5e-4)
    stated = organ_activity_u(
        150.0, voxel_mm=4.0, fwhm_mm=12.0, recovery=SPECT, counts_relative_u=0.0, observer_relative_u=0.0
    )
    assert stated.unknown == ()


def test_notes() -> None:
    none = organ_activity_u(5.0, voxel_mm=2.0, fwhm_mm=6.0, name="lesion")
    assert "not corrected for recovery, of which a sphere of this volume has 0.72" in none.notes[0]
    other = organ_activity_u(5.0, voxel_mm=2.0, fwhm_mm=16.0, recovery=Recovery(b1_mL=0.1, b2=1.0))
    assert "belong to one image" in other.notes[0]
    assert "u(v)/v is" in other.notes[1]
    large = organ_activity_u(1500.0, voxel_mm=2.0, fwhm_mm=6.0, recovery=SphereRecovery(fwhm_mm=6.0))
    assert large.notes == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"volume_mL": 0.05}, r"volume_mL is 0.05, less than one voxel \(0.064 mL\)"),
        ({"volume_mL": -2.0}, "volume_mL is -2; a number above 0"),
        ({"fwhm_mm": 0.0}, "fwhm_mm is 0; a number above 0"),
        ({"voxel_mm": [4.0, 4.0]}, "voxel_mm has 2 numbers; one or three"),
        ({"voxel_mm": [4.0, -4.0, 4.0]}, "voxel_mm is -4; a number above 0"),
        ({"counts_relative_u": -0.1}, "counts_relative_u is -0.1; a standard uncertainty of 0 or above"),
        ({"observer_relative_u": float("nan")}, "observer_relative_u is nan; a standard uncertainty of 0"),
        ({"rule": "cube"}, "unknown rule 'cube' of counts in an outline; there are: sphere, Gear"),
    ],
)
def test_bad_input(change: dict[str, object], words: str) -> None:
    with pytest.raises(DosimetryError, match=words):
        organ_activity_u(**{"volume_mL": 20.0, "voxel_mm": 4.0, "fwhm_mm": 6.0, **change})  # type: ignore[arg-type]


def test_an_exponent_that_is_none() -> None:
    with pytest.raises(DosimetryError, match="mass_exponent is nan; a finite number"):
        organ_activity_u(20.0, voxel_mm=4.0, fwhm_mm=6.0).u_dose(float("nan"))


def test_the_tables_of_the_page_are_of_this_version() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for name, made in fast().items():
        assert page.split(f"<!-- {name} -->\n")[1].split("<!-- /")[0].strip() == made
