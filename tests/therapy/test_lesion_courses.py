"""Doses of lesions over a course: closed forms of late scans in every unit, errors, BED, mistakes."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from exact_course import ACTIVITIES, LAMBDA, course, rules

from dosimetry import DosimetryError, nuclide
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.patient import Place
from kinetics import Curve
from lesions.doses.lesion_dose import ExponentialRate, LesionDose
from therapy.biology.dose_rate import DoseRate
from therapy.cycles.course import Course
from therapy.cycles.lesions import LesionCourse, lesion_courses
from therapy.limits.table import TissueConstants

SHARE, RATE, MASS_G = 0.008, 0.0075, 25.0
TIAC = SHARE / RATE
SELF, CROSS = 3.6, 0.05  # mGy/MBq


def lesion(**changes: Any) -> LesionDose:
    """A lesion of one exponential; its own dose is known to 10 %, the whole by nothing else."""
    by_kind = {"photon": 0.02 * SELF, "electron": 0.98 * SELF, "alpha": 0.0}
    rate = ExponentialRate(amplitude_mGy_per_h_MBq=(SELF * RATE,), rate_per_h=(RATE,))
    said = dict.fromkeys(("recovery", "volume", "model"), "not stated")
    made = LesionDose(
        patient="P01", lesion="L1", site="liver", nuclide="Lu-177", tiac_h=TIAC, se_tiac_h=0.05,
        mass_kg=MASS_G / 1000, u_mass_kg=None, density_g_per_cm3=1.04, shape="sphere",
        self_mGy_per_MBq=by_kind, cross_mGy_per_MBq={"photon": CROSS, "electron": 0.0, "alpha": 0.0},
        cross_method="a test", u_parts_mGy_per_MBq={"kinetics": 0.1 * (SELF + CROSS)}, rate=rate,
        missing=said,
    )  # fmt: skip
    return replace(made, **changes)


def scan(
    value: float, unit: str = "%IA", *, times: tuple[float, ...] = (96.0,), sd: float | None = 0.05
) -> Curve:
    return Curve(
        time_h=times, value=[value] * len(times), sd=None if sd is None else [sd * value] * len(times),
        unit=unit, decay_corrected=False, name="L1", lambda_phys_per_h=LAMBDA,
    )  # fmt: skip


def with_scan(curve: Curve, name: str = "L1", cycle: int = 2) -> Course:
    place = {(cycle, name): Place("later_scans.csv", "row 6")}
    return course(lesion_scans={cycle: {name: curve}}, places=place)


def made(of: Course, dose: LesionDose | None = None, **keys: Any) -> LesionCourse:
    settings = rules(**{"u_same_tiac": 0.1, "u_same_half_life": 0.05, **keys})
    (found,) = lesion_courses([dose or lesion()], {"P01": of}, nuclide("Lu-177"), settings)["P01"]
    return found


THEN = SHARE * math.exp(-RATE * 96.0)  # share of the administered activity at 96 h in the measured cycle


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        (100 * THEN, "%IA"),
        (100 * THEN / MASS_G, "%IA/g"),
        (1000 * THEN * ACTIVITIES[1] / MASS_G, "kBq/g"),
        (1000 * THEN * ACTIVITIES[1] / (MASS_G / 1.04), "kBq/mL"),
    ],
)
def test_a_late_scan_scales_the_lesions_own_dose(value: float, unit: str) -> None:
    """Seven tenths of what the measured cycle had then: seven tenths of the self dose, all cross dose."""
    found = made(with_scan(scan(0.7 * value, unit)))
    gbq = np.array(ACTIVITIES) / 1000
    expected = np.array([1.0, 0.7, 1.0, 1.0]) * SELF * gbq + CROSS * gbq
    assert found.dose_Gy == pytest.approx(expected, rel=1e-10)
    assert found.cumulative_Gy() == pytest.approx(float(expected.sum()), rel=1e-10)
    assert found.part_Gy.sum(axis=1) == pytest.approx(expected, rel=1e-10)
    assert [c.rule for c in found.cycles] == ["measured cycle", "same half-life", "same TIAC", "same TIAC"]


def test_errors_are_one_in_all_cycles_but_those_of_scans() -> None:
    found = made(with_scan(scan(70 * THEN)))
    gbq = np.array(ACTIVITIES) / 1000
    total, own = found.cumulative_Gy(), SELF * gbq * np.array([1.0, 0.7, 1.0, 1.0])
    se = math.hypot(0.1 * total, 0.05 * own[1])
    assert found.cumulative_se_Gy() == pytest.approx(se, rel=1e-10)
    u = math.hypot(se, 0.05 * own[1], 0.1 * (own[2] + own[3]))
    assert found.cumulative_u_Gy() == pytest.approx(u, rel=1e-10)
    covariance = found.covariance_Gy2()
    assert covariance is not None and math.sqrt(covariance.sum()) == pytest.approx(u, rel=1e-10)
    assert np.sqrt(np.diag(covariance)) == pytest.approx(found.u_Gy(), rel=1e-10)


def test_what_is_not_known_is_not_0() -> None:
    assert np.isnan(made(with_scan(scan(70 * THEN, sd=None))).cumulative_se_Gy())
    silent = made(with_scan(scan(70 * THEN)), u_same_tiac=None)
    assert np.isnan(silent.cumulative_u_Gy()) and silent.cumulative_se_Gy() > 0
    assert silent.covariance_Gy2() is None and "u_same_tiac" in silent.cycles[2].unstated
    missing = dict.fromkeys(("kinetics", "recovery", "volume", "model"), "not stated")
    bare = lesion(u_parts_mGy_per_MBq={}, missing=missing)
    assert np.isnan(made(course(), bare).cumulative_se_Gy())


def test_the_bed_of_a_lesion_is_that_of_its_exponentials() -> None:
    """Cycles eight weeks apart with repair in 1.5 h: the sum of Dale's D (1 + D k/((k + mu) a/b))."""
    found = made(with_scan(scan(70 * THEN)))
    of = found.bed(TissueConstants(alpha_beta_Gy=10.0, repair_half_time_h=1.5, source="a test"), None)
    mu = math.log(2) / 1.5
    doses = found.dose_Gy
    expected = sum(d * (1 + d * RATE / ((RATE + mu) * 10.0)) for d in doses)
    assert of.bed is not None
    left = math.exp(-RATE * 1344)  # what a cycle's rate still is when the next begins
    assert of.bed.bed_Gy == pytest.approx(expected, rel=2 * left)
    assert of.notes == ("the dose from other regions in time as the lesion's own",)


def test_alphas_need_their_rbe() -> None:
    alpha = lesion(
        self_mGy_per_MBq={"photon": 0.0, "electron": 0.0, "alpha": SELF}, cross_mGy_per_MBq=None,
        missing={**lesion().missing, "cross_mGy_per_MBq": "no body"},
    )  # fmt: skip
    tissue = TissueConstants(alpha_beta_Gy=10.0, repair_half_time_h=1.5, source="a test")
    without = made(course(), alpha).bed(tissue, None)
    assert without.bed is None and "their RBE is not stated (therapy.rbe_alpha)" in without.reason
    with_rbe = made(course(), alpha).bed(tissue, 5.0)
    assert with_rbe.bed is not None and with_rbe.bed.rbe_max == 5.0


@pytest.mark.parametrize(
    ("of", "dose", "told"),
    [
        (
            with_scan(scan(1.0), "L9"),
            None,
            "row 6, column 'lesion': 'L9' of 'P01' has no dose in the measured",
        ),
        (
            with_scan(scan(1.0)),
            lesion(tiac_h=None, se_tiac_h=None, missing={**lesion().missing, "tiac_h": "concentration"}),
            "has no TIAC, as its curve is of concentrations alone; give activities",
        ),
        (with_scan(scan(99.0)), None, "are left by decay; is the unit right?"),
        (with_scan(scan(1e6, "kBq/mL")), None, "are left by decay; is the unit right?"),
    ],
)
def test_scans_that_cannot_be_used_are_refused(of: Course, dose: LesionDose | None, told: str) -> None:
    with pytest.raises(DosimetryError) as error:
        made(of, dose)
    assert told in str(error.value) and "later_scans.csv: row 6" in str(error.value)


def test_a_late_scan_is_corrected_for_recovery_as_the_measured_cycle_was() -> None:
    """Half of what is there is seen in both cycles, so the scan's factor is the same as without."""
    dose = lesion(recovery=0.5)
    found = made(with_scan(scan(0.5 * 70 * THEN)), dose)
    assert found.cycles[1].k == pytest.approx(0.7, rel=1e-10)


def test_a_late_concentration_has_the_volume_of_the_measured_curve() -> None:
    """A region of the patient's own body weighs something else than the volume that was outlined."""
    dose = lesion(mass_kg=2 * MASS_G / 1000, curve_volume_mL=MASS_G / 1.04)
    then = 1000 * THEN * ACTIVITIES[1] / (MASS_G / 1.04)
    assert made(with_scan(scan(0.7 * then, "kBq/mL")), dose).cycles[1].k == pytest.approx(0.7, rel=1e-10)


def test_a_late_scan_of_more_than_was_administered_is_refused() -> None:
    with pytest.raises(DosimetryError, match=r"later_scans.csv: row 6, .* no more than \d+ MBq"):
        made(with_scan(scan(1e5 * THEN)))


#: Of the lesion in cycle 2, at the scans: another share, another rate.
THEN_SHARE, THEN_RATE = 0.006, 0.0095
SCANS = (24.0, 96.0, 168.0)


def own(method: CurveMethod, sd: float | None = 0.05, **keys: Any) -> LesionCourse:
    """The lesion with three scans of its own in cycle 2."""
    value = [100 * THEN_SHARE * math.exp(-THEN_RATE * t) for t in SCANS]
    curve = Curve(
        time_h=SCANS, value=value, sd=None if sd is None else [sd * v for v in value], unit="%IA",
        decay_corrected=False, name="L1", lambda_phys_per_h=LAMBDA,
    )  # fmt: skip
    settings = rules(u_same_tiac=0.1, u_same_half_life=0.05)
    dose = lesion(**keys)
    (found,) = lesion_courses([dose], {"P01": with_scan(curve)}, nuclide("Lu-177"), settings, method)["P01"]
    return found


FIT = CurveMethod(model="monoexponential", weights="relative")


def test_a_lesions_own_curve_in_a_later_cycle_is_fitted_by_its_method() -> None:
    found = own(FIT)
    tiac_h = THEN_SHARE / THEN_RATE
    assert found.cycles[1].rule == "own curve" and f"TIAC {tiac_h:.4g} h" in found.cycles[1].words
    Gy = ACTIVITIES[1] / 1000
    assert found.dose_Gy[1] == pytest.approx((SELF * tiac_h / TIAC + CROSS) * Gy, rel=1e-6)
    rate = found.rates()[1]
    assert isinstance(rate, DoseRate) and rate.rate_per_h.tolist() == pytest.approx([THEN_RATE], rel=1e-6)
    assert rate.dose_Gy == pytest.approx(found.dose_Gy[1], rel=1e-12)
    others = found.rates()[2]
    assert isinstance(others, DoseRate) and others.rate_per_h.tolist() == pytest.approx([RATE], rel=1e-12)


def test_a_lesions_own_curve_by_trapezoids_has_their_area() -> None:
    found = own(CurveMethod(method="linear", first_interval="zero", tail="physical"))
    v = [THEN_SHARE * math.exp(-THEN_RATE * t) for t in SCANS]
    area = 12 * v[0] + 36 * (v[0] + v[1]) + 36 * (v[1] + v[2]) + v[2] / LAMBDA
    assert found.cycles[1].k == pytest.approx(area / TIAC, rel=1e-10)
    assert found.rates()[1].dose_Gy == pytest.approx(found.dose_Gy[1], rel=1e-10)


def test_an_own_curves_error_is_not_that_of_the_measured_cycle() -> None:
    """The measured cycle's curve is one error in the three other cycles; mass is one in all four."""
    total = SELF + CROSS
    parts = {"kinetics": 0.1 * total, "volume": 0.08 * total}
    said = {"recovery": "not stated", "model": "not stated"}
    found = own(CurveMethod(model="monoexponential", weights="sd"), u_parts_mGy_per_MBq=parts, missing=said)
    scan_Gy = found.cycles[1].u_scan * SELF * found.cycles[1].k * ACTIVITIES[1] / 1000
    assert 0.02 < found.cycles[1].u_scan < 0.2
    assert found.se_Gy()[1] == pytest.approx(math.hypot(0.08 * found.dose_Gy[1], scan_Gy), rel=1e-12)
    assert found.se_Gy()[0] == pytest.approx(math.hypot(0.08, 0.1) * found.dose_Gy[0], rel=1e-12)
    without = found.cumulative_Gy() - found.dose_Gy[1]
    whole = math.hypot(0.08 * found.cumulative_Gy(), 0.1 * without, scan_Gy)
    assert found.cumulative_se_Gy() == pytest.approx(whole, rel=1e-12)
    covariance = found.covariance_Gy2()
    assert covariance is not None
    rest = covariance.sum() - sum(float(v.sum()) ** 2 for v in found._rules().values())
    assert rest == pytest.approx(whole**2, rel=1e-12)
    assert covariance[0, 1] == pytest.approx(0.08**2 * found.dose_Gy[0] * found.dose_Gy[1], rel=1e-12)


def test_an_own_curve_that_cannot_be_fitted_says_where() -> None:
    with pytest.raises(DosimetryError, match=r"later_scans.csv: row 6, cycle 2, lesion 'L1': "):
        own(CurveMethod(model="triexponential", weights="relative"))
