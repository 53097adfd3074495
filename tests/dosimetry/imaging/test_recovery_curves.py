"""Recovery curves: the fit and its covariance, parts by independent input, nonsense refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.optimize import curve_fit

from dosimetry import DosimetryError, Recovery, SphereRecovery, fit_recovery

VOLUME = np.array([0.5, 1.1, 2.6, 5.6, 11.5, 26.5])
TRUTH = 1 - 1 / (1 + (VOLUME / 4.0) ** 0.9)
U = np.array([0.03, 0.02, 0.02, 0.015, 0.01, 0.01])


def form(v: Any, b1: float, b2: float) -> Any:
    return 1 - 1 / (1 + (v / b1) ** b2)


def test_the_form_and_its_derivatives() -> None:
    curve = Recovery(b1_mL=4.0, b2=0.9, covariance=[[0.04, 0.001], [0.001, 0.0025]])
    for v in (0.01, 0.5, 4.0, 60.0, 2000.0):
        assert curve.at(v) == pytest.approx(form(np.array(v), 4.0, 0.9), rel=1e-12)
        step = 1e-5 * v
        by_v = (form(v + step, 4.0, 0.9) - form(v - step, 4.0, 0.9)) / 2 / step
        assert curve.per_mL(v) == pytest.approx(by_v, rel=1e-7)
        assert curve.log_slope(v) == pytest.approx(by_v * v / curve.at(v), rel=1e-7)
        by_b = [
            (form(v, 4 + 1e-5, 0.9) - form(v, 4 - 1e-5, 0.9)) / 2e-5,
            (form(v, 4, 0.9 + 1e-6) - form(v, 4, 0.9 - 1e-6)) / 2e-6,
        ]
        assert curve.jacobian(v) == pytest.approx(by_b, rel=1e-5, abs=1e-9)
        variance = np.array(by_b) @ np.asarray(curve.covariance) @ np.array(by_b)
        assert curve.u(v) == pytest.approx(math.sqrt(variance), rel=1e-5)


def test_two_volumes_have_the_covariance_of_one_curve() -> None:
    """The parts by two directions make the covariance of R at two volumes, not the variances alone."""
    curve = Recovery(b1_mL=4.0, b2=0.9, covariance=[[0.04, -0.008], [-0.008, 0.0025]])
    at = (1.0, 30.0)
    parts = [curve.relative_parts(v) for v in at]
    assert list(parts[0]) == list(parts[1]) == ["recovery: fit, direction 1", "recovery: fit, direction 2"]
    made = sum(parts[0][name] * parts[1][name] for name in parts[0]) * curve.at(at[0]) * curve.at(at[1])
    expected = curve.jacobian(at[0]) @ np.asarray(curve.covariance) @ curve.jacobian(at[1])
    assert made == pytest.approx(expected, rel=1e-12)
    assert made < 0  # b1 and b2 turn the curve about a volume between them


def test_a_fit_against_scipy() -> None:
    rng = np.random.default_rng(3)
    measured = TRUTH + U * rng.standard_normal(VOLUME.size)
    found = fit_recovery(VOLUME, measured, U)
    best, covariance = curve_fit(form, VOLUME, measured, p0=[3, 1], sigma=U, absolute_sigma=True)
    assert [found.b1_mL, found.b2] == pytest.approx(best, rel=1e-5)
    assert np.asarray(found.covariance) == pytest.approx(covariance, rel=1e-3)
    equal = fit_recovery(VOLUME, measured)
    best, covariance = curve_fit(form, VOLUME, measured, p0=[3, 1])
    assert [equal.b1_mL, equal.b2] == pytest.approx(best, rel=1e-5)
    assert np.asarray(equal.covariance) == pytest.approx(covariance, rel=1e-3)
    assert "4 degrees of freedom" in equal.notes[0]


def test_its_covariance_is_what_repetition_shows() -> None:
    """1000 phantoms with own errors and a common calibration: SD of R(v) at three volumes."""
    rng, n = np.random.default_rng(7), 1000
    told = fit_recovery(VOLUME, TRUTH, U, common_relative_u=0.04)
    at = (1.0, 5.0, 40.0)
    seen = []
    for _ in range(n):
        one = TRUTH * (1 + 0.04 * rng.standard_normal()) + U * rng.standard_normal(VOLUME.size)
        curve = fit_recovery(VOLUME, one, U)
        seen.append([curve.at(v) for v in at])
    # 4 standard deviations of an SD of n, and 3 % for what is not linear
    limit = 4 / math.sqrt(2 * n) + 0.03
    assert np.std(seen, axis=0) == pytest.approx([told.u(v) for v in at], rel=limit)
    assert told.u(5.0) > 1.3 * fit_recovery(VOLUME, TRUTH, U).u(5.0)  # the calibration matters here


def test_misfits_are_told() -> None:
    bent = TRUTH + np.array([0.1, -0.1, 0.1, -0.1, 0.1, -0.1])
    assert "the curve misses the recoveries" in fit_recovery(VOLUME, bent, U).notes[0]
    assert fit_recovery(VOLUME, TRUTH, U).notes == ()


def test_spheres_as_a_curve() -> None:
    curve = SphereRecovery(fwhm_mm=8.0, u_fwhm_mm=0.4, name="PET")
    for v in (0.5, 20.0):
        step = 1e-4
        by_v = (math.log(curve.at(v * (1 + step))) - math.log(curve.at(v * (1 - step)))) / 2 / step
        assert curve.log_slope(v) == pytest.approx(by_v, rel=1e-5)
        wide, narrow = (math.log(SphereRecovery(fwhm_mm=w).at(v)) for w in (8.001, 7.999))
        parts = curve.relative_parts(v)
        assert parts == {"PET: resolution": pytest.approx((wide - narrow) / 0.002 * 0.4, rel=1e-5)}
        assert curve.u(v) == pytest.approx(curve.at(v) * abs(parts["PET: resolution"]))


@pytest.mark.parametrize(
    ("covariance", "words"),
    [
        ([[0.04, 0.02], [0.01, 0.0025]], "not symmetric"),
        ([[0.04, 0.02], [0.02, 0.0025]], "correlation outside of -1 to 1"),
        ([[-0.04, 0.0], [0.0, 0.0025]], "a variance is -0.04"),
        ([[0.04, float("nan")], [0.0, 0.0025]], "2 rows of 2 finite numbers"),
        ([0.04, 0.0025], "2 rows of 2 finite numbers"),
        ([[0.04], [0.0, 0.0025]], "2 rows of 2 numbers"),
    ],
)
def test_a_covariance_that_is_none(covariance: Any, words: str) -> None:
    with pytest.raises(DosimetryError, match=f"SPECT: covariance of b1 and b2: .*{words}"):
        Recovery(b1_mL=4.0, b2=0.9, covariance=covariance, name="SPECT")


def test_other_nonsense_is_told_at_once() -> None:
    with pytest.raises(DosimetryError) as error:
        fit_recovery([0.5, -1.0, 2.0, 4.0], [0.2, 0.3, 1.25, 85.0], [0.01, -0.01, 0.01, 0.01])
    assert error.value.complaints == (
        "recovery: insert 2: volume_mL is -1; a number above 0 is needed",
        "recovery: insert 2: u is -0.01; a standard uncertainty above 0 is needed",
        "recovery: insert 3: the recovery is 1.25; it is above 0 and at most 1.2 (a fraction, not per cent)",
        "recovery: insert 4: the recovery is 85; it is above 0 and at most 1.2 (a fraction, not per cent)",
    )
    with pytest.raises(DosimetryError) as error:
        Recovery.from_standard_errors(b1_mL=4, u_b1_mL=-0.1, b2=1, u_b2=0.1, correlation=1.5)
    assert [line.split(": ", 1)[1] for line in error.value.complaints] == [
        "u_b1_mL is -0.1; a standard uncertainty of 0 or above is needed",
        "the correlation of b1 and b2 is 1.5; it lies from -1 to 1",
    ]
    with pytest.raises(DosimetryError, match="recovery: b2 is 0; a number above 0"):
        Recovery(b1_mL=4.0, b2=0.0)
    with pytest.raises(DosimetryError, match="u_fwhm_mm is -1"):
        SphereRecovery(fwhm_mm=5.0, u_fwhm_mm=-1.0)
    with pytest.raises(DosimetryError, match="covariance of b1 and b2 is not known"):
        Recovery(b1_mL=4.0, b2=0.9).u(1.0)
    with pytest.raises(DosimetryError, match="1 different volumes; 2 or more"):
        fit_recovery([2.0, 2.0], [0.4, 0.5], [0.1, 0.1])
    with pytest.raises(DosimetryError, match="3 and 2 entries"):
        fit_recovery([2.0, 3.0, 4.0], [0.4, 0.5])
    with pytest.raises(DosimetryError, match="determine no curve"):
        fit_recovery([2.0, 3.0, 4.0], [1.1, 1.1, 1.1], [0.01] * 3)
    with pytest.raises(DosimetryError, match="common_relative_u is -1"):
        fit_recovery(VOLUME, TRUTH, U, common_relative_u=-1.0)
