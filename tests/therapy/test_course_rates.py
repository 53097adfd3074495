"""Dose rates of targets and BED of a course: integrals, quadrature of the whole course, trapezoids."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from exact_course import LAMBDA, METHODS, TRUE, course, doses_of, exponential, measured, rules

from dosimetry import nuclide
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import area
from therapy.biology.curve_rate import dose_rate_of_curve
from therapy.cycles.doses import courses_doses
from therapy.cycles.rates import as_dose_rate, organ_bed, target_rate
from therapy.cycles.time_course import Exponentials, Lines, added, course_of, never_negative, value_and_errors
from therapy.limits.table import TissueConstants

TISSUE = TissueConstants(alpha_beta_Gy=2.6, repair_half_time_h=2.8, source="a test")
SCANS = {c: {"kidneys": exponential("kidneys", (96.0,), k)} for c, k in {2: 0.9, 3: 0.8, 4: 1.1}.items()}


def quadrature(rates: list, starts: list[float], mu: float, end: float) -> tuple[float, float]:
    """Dose and integral of 2 r(t) y(t), y' = r - mu y, by trapezoids on a fine grid, cycle by cycle."""
    dose = square = damage = 0.0
    for n, (start, stop) in enumerate(pairwise([*starts, end]), 1):
        time = start + np.concatenate([[0.0], np.geomspace(1e-4, stop - start, 20001)])
        rate = sum(r.at(time - s) for r, s in zip(rates[:n], starts[:n], strict=True))
        dt = np.diff(time)
        mean = 0.5 * (rate[1:] + rate[:-1])
        decay = np.exp(-mu * dt)
        y = np.empty(len(time))
        y[0] = damage
        for i, gained in enumerate(mean * (1.0 - decay) / mu):  # exact for a constant rate in a step
            y[i + 1] = y[i] * decay[i] + gained
        damage = float(y[-1])
        dose += float((mean * dt).sum())
        both = 2.0 * rate * y
        square += float((0.5 * (both[1:] + both[:-1]) * dt).sum())
    return dose, square


def test_the_bed_of_a_whole_course_is_that_of_a_quadrature() -> None:
    """BED = D + 2/(a/b) times the integral of r(t) times the damage left from before t."""
    doses = doses_of(course(scans=SCANS), u_same_tiac=0.1, u_same_half_life=0.05)
    found = organ_bed(doses, "kidneys", TISSUE, None)
    assert found.bed is not None and found.reason == ""
    starts = [doses.course.start_h(c.number) for c in doses.course.cycles]
    dose, square = quadrature(list(found.rates), starts, math.log(2.0) / 2.8, starts[-1] + 1400.0)
    assert found.bed.dose_Gy == pytest.approx(dose, rel=1e-5)
    assert found.bed.bed_Gy == pytest.approx(dose + square / 2.6, rel=1e-5)  # steps of 0.08 %: second order
    assert found.u_bed_Gy > float(doses.cumulative_u_Gy()[doses.targets.index("kidneys")])


@pytest.mark.parametrize("target", ["kidneys", "red marrow", "lungs"])
def test_a_dose_rate_gives_the_dose_of_its_cycle(target: str) -> None:
    doses = doses_of(course(scans=SCANS))
    for number in (1, 2, 4):
        t = doses.targets.index(target)
        made = target_rate(doses, number, target)
        assert made.rate.dose_Gy == pytest.approx(float(doses.dose_Gy[number - 1, t]), rel=1e-10)
        assert made.notes == ()


def test_a_dose_rate_is_the_sum_over_sources_of_s_times_content() -> None:
    doses = doses_of(course(scans=SCANS))
    t = doses.targets.index("red marrow")
    per_h = dict(zip(doses.sources, doses.per_tiac_mGy_per_MBq_h[:, :, t].sum(axis=1), strict=True))
    for time_h in (0.0, 5.0, 60.0):
        now = {name: share * math.exp(-rate * time_h) for name, (share, rate) in TRUE.items()}
        now["kidneys"] *= 0.8  # cycle 3
        rest = now["whole body"] - now["kidneys"] - now["liver"]
        expected = (
            per_h["kidneys"] * now["kidneys"] + per_h["liver"] * now["liver"] + per_h["remainder"] * rest
        )
        found = float(target_rate(doses, 3, "red marrow").rate.at(time_h))
        assert found == pytest.approx(expected * 7800.0 / 1000.0, rel=1e-8)


def by_trapezoids(method: str, first: str, tail: str) -> PatientResult:
    base = measured().patient
    methods = replace(
        METHODS,
        organ_model=None,
        organ_weights=None,
        organ_trapezoids=method,
        first_interval=first,
        tail=tail,
    )
    return results_of([base], methods, "Lu-177", [])[0]


@pytest.mark.parametrize("method", ["linear", "log", "linear-up/log-down", "linear-decay-corrected"])
@pytest.mark.parametrize(
    ("first", "tail"), [("zero", "physical"), ("constant", "effective"), ("extrapolate", "none")]
)
def test_lines_have_the_area_of_their_trapezoids(method: str, first: str, tail: str) -> None:
    used = next(c for c in by_trapezoids(method, first, tail).sources.curves if c.region == "kidneys")
    made = course_of(used, LAMBDA)
    assert isinstance(made, Lines)
    assert made.tiac_h == pytest.approx(1.0, rel=1e-12)
    assert used.area is not None and used.area.area is not None
    at_points = made.at(used.curve.time_h) * used.area.area
    assert at_points == pytest.approx(used.curve.value, rel=1e-9)


def test_a_course_by_trapezoids_has_its_bed_too() -> None:
    result = by_trapezoids("linear", "constant", "physical")
    scans = {2: {"kidneys": exponential("kidneys", (72.0,), 0.9)}}
    (doses,) = courses_doses(
        [result], {"P01": course((7400.0, 7000.0), scans=scans)}, METHODS, nuclide("Lu-177"), rules()
    )
    assert doses.cycles[1].factors["kidneys"].k == pytest.approx(0.9, rel=1e-9)
    found = organ_bed(doses, "kidneys", TISSUE, None)
    assert found.bed is not None, found.reason
    t = doses.targets.index("kidneys")
    assert found.bed.dose_Gy == pytest.approx(float(doses.cumulative_Gy()[t]), rel=1e-9)
    dose, square = quadrature(list(found.rates), [0.0, 1344.0], math.log(2.0) / 2.8, 1344.0 + 1400.0)
    assert found.bed.bed_Gy == pytest.approx(
        dose + square / 2.6, rel=3e-3
    )  # the tail past 1400 h is left out


def test_errors_of_trapezoids_at_a_time_are_those_of_moved_points() -> None:
    """Area over value at 72 h, a point: its derivative by each value, against differences."""
    used = next(
        c for c in by_trapezoids("linear", "constant", "physical").sources.curves if c.region == "kidneys"
    )
    value, errors, last_h = value_and_errors(used, 72.0, LAMBDA)
    assert errors is not None and last_h == 168.0
    assert value == pytest.approx(float(used.curve.value[2]), rel=1e-12)
    sd = used.curve.sd
    assert sd is not None

    def log_ratio(values: np.ndarray) -> float:
        moved = replace(used.curve, value=values)
        under = area(moved, tail="physical", first="constant", method="linear", alternatives=False)
        assert under.area is not None
        return math.log(under.area / values[2])

    for i in range(len(sd)):
        step = np.zeros(len(sd))
        step[i] = 1e-3 * sd[i]
        both = log_ratio(used.curve.value + step) - log_ratio(used.curve.value - step)
        assert float(errors[0][i]) == pytest.approx(both / 2e-3, rel=1e-4, abs=1e-9)


def test_a_source_without_a_curve_goes_as_the_whole_body_and_that_is_said() -> None:
    doses = doses_of(course((7400.0, 7000.0)))
    cycle = replace(
        doses.cycles[0], courses={**doses.cycles[0].courses, "liver": "it has no curve of its own"}
    )
    lacking = replace(doses, cycles=(cycle, doses.cycles[1]))
    made = target_rate(lacking, 1, "kidneys")
    assert made.notes[0].startswith("liver in time as the whole body, since it has no curve of its own (")
    none = replace(cycle, courses=dict.fromkeys(cycle.courses, "TIACs were given"))
    found = organ_bed(replace(doses, cycles=(none, doses.cycles[1])), "kidneys", TISSUE, None)
    assert found.bed is None and "has no course in time" in found.reason


def test_a_remainder_that_falls_below_0_keeps_its_dose_and_that_is_said() -> None:
    """Whole body 0.1 e^(-0.02 t) less 0.03 e^(-0.0125 t): 0 at 161 h, the rest scaled."""
    whole = Exponentials(np.array([0.1]), np.array([0.02]))
    rest = added([(1.0, whole), (-0.6, Exponentials(np.array([0.05]), np.array([0.0125])))])
    made, said = never_negative(rest)
    zero = math.log(0.1 / 0.03) / 0.0075
    assert isinstance(made, Lines) and "below 0 from 16" in said
    assert made.tiac_h == pytest.approx(rest.tiac_h, rel=1e-12)
    above = 0.1 / 0.02 * (1 - math.exp(-0.02 * zero)) - 0.03 / 0.0125 * (1 - math.exp(-0.0125 * zero))
    assert float(made.at(5.0)) == pytest.approx(float(rest.at(5.0)) * rest.tiac_h / above, rel=5e-3)
    assert float(made.at(2 * zero)) == 0.0
    same, nothing = never_negative(whole)
    assert same is whole and nothing == ""


def test_a_scan_after_the_last_point_is_said() -> None:
    late = {2: {"kidneys": exponential("kidneys", (200.0,), 0.9)}}
    doses = doses_of(course((7400.0, 7000.0), scans=late))
    assert doses.cycles[1].notes == (
        "kidneys: the scan at 200 h lies after the measured cycle's last point at 168 h",
    )


def test_a_curve_with_neither_fit_nor_area_has_no_course() -> None:
    bare = UsedCurve("P01", "kidneys", exponential("kidneys"))
    assert course_of(bare, LAMBDA) == "it has neither fit nor area"


def test_lines_of_the_decay_corrected_curve_are_exact() -> None:
    """Between two points (a + b t) exp(-lambda t), in the dose rate too; not pieces that stand for it."""
    result = by_trapezoids("linear-decay-corrected", "constant", "physical")
    used = next(c for c in result.sources.curves if c.region == "kidneys")
    made = course_of(used, LAMBDA)
    assert isinstance(made, Lines) and made.time_h.tolist() == [0.0, *used.curve.time_h]
    assert used.area is not None and used.area.area is not None
    (a, b), (one, other) = used.curve.time_h[1:3], used.curve.value[1:3]
    time = np.linspace(a, b, 7)
    share = (time - a) / (b - a)
    line = one * math.exp(LAMBDA * a) * (1 - share) + other * math.exp(LAMBDA * b) * share
    expected = line * np.exp(-LAMBDA * time) / used.area.area
    assert made.at(time) == pytest.approx(expected, rel=1e-12)
    rate = as_dose_rate(made, 3.0)
    assert rate.dose_Gy == pytest.approx(3.0, rel=1e-12)
    assert rate.at(time[:-1]) == pytest.approx(3.0 * expected[:-1], rel=1e-12)


def test_a_mean_over_models_is_the_mean_of_their_courses() -> None:
    """Its TIAC is of all of them, so is its course, and the value that a late scan is set against."""
    methods = replace(METHODS, organ_model="auto")
    uptake = exponential("kidneys")
    noise = np.array([0.80, 1.10, 0.97, 1.05, 0.93])
    base = measured().patient
    assert base.measurements is not None
    organs = {**base.measurements.organs, "kidneys": replace(uptake, value=uptake.value * noise)}
    who = replace(base, measurements=replace(base.measurements, organs=organs))
    result = results_of([who], methods, "Lu-177", [])[0]
    used = next(c for c in result.sources.curves if c.region == "kidneys")
    assert used.choice is not None and len(used.choice.averaged_over) > 1
    made = course_of(used, LAMBDA)
    assert isinstance(made, Exponentials)
    shape = dose_rate_of_curve(used, 1.0, LAMBDA)
    time = np.array([0.0, 10.0, 100.0, 300.0])
    assert made.at(time) == pytest.approx(shape.at(time), rel=1e-12)
    value, _, _ = value_and_errors(used, 96.0, LAMBDA)
    assert value == pytest.approx(float(made.at(96.0)) * used.choice.averaged_area.value, rel=1e-10)
