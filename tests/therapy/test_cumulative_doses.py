"""Doses of a course against closed forms: single exponentials over four cycles, rules and their errors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from exact_course import ACTIVITIES, LAMBDA, METHODS, TRUE, course, doses_of, exponential, measured, rules

from dosimetry import DosimetryError, absorbed_dose, nuclide
from dosimetry.patients.results import results_of
from kinetics import Curve
from therapy.cycles.carried import _in_units_of_fits
from therapy.cycles.doses import CourseDoses, courses_doses

KIDNEYS = "kidneys"
LATE = 96.0


def closed_form_Gy(tiacs: list[dict[str, float]]) -> dict[str, float]:
    """Sum over cycles of activity x dose per activity of analytic TIACs in h, by target."""
    total: dict[str, float] = {}
    for activity, tiac in zip(ACTIVITIES, tiacs, strict=True):
        whole = {**tiac, "remainder": tiac["whole body"] - tiac[KIDNEYS] - tiac["liver"]}
        del whole["whole body"]
        for target, dose in absorbed_dose(whole, "Lu-177", "adult male").items():
            total[target] = total.get(target, 0.0) + dose * activity / 1000.0
    return total


def analytic(**scale: float) -> dict[str, float]:
    """TIAC = share / rate by region, h, times a factor."""
    return {name: share / rate * scale.get(name, 1.0) for name, (share, rate) in TRUE.items()}


def of(doses: CourseDoses, values: np.ndarray, target: str = KIDNEYS) -> float:
    return float(values[doses.targets.index(target)])


def test_four_cycles_of_one_tiac_are_the_closed_form() -> None:
    doses = doses_of(course())
    expected = closed_form_Gy([analytic()] * 4)
    for target, dose in zip(doses.targets, doses.cumulative_Gy(), strict=True):
        assert dose == pytest.approx(expected[target], rel=1e-10), target


def test_a_late_scan_scales_its_organ_and_the_remainder_takes_the_rest() -> None:
    """TIAC of a cycle = scan x exp(rate x t) / rate; the whole body is carried over."""
    factors = {2: 0.9, 3: 0.8, 4: 1.1}
    scans = {c: {KIDNEYS: exponential(KIDNEYS, (LATE,), k)} for c, k in factors.items()}
    doses = doses_of(course(scans=scans))
    expected = closed_form_Gy([analytic(), *(analytic(kidneys=k) for k in factors.values())])
    for target, dose in zip(doses.targets, doses.cumulative_Gy(), strict=True):
        assert dose == pytest.approx(expected[target], rel=1e-10), target
    made = doses.cycles[2].factors
    assert made[KIDNEYS].rule == "same half-life" and made["liver"].rule == "same TIAC"
    assert "one scan at 96 h" in made[KIDNEYS].words


def test_several_scans_are_a_curve_of_their_own() -> None:
    scans = {3: {KIDNEYS: exponential(KIDNEYS, (4.0, 48.0, 96.0, 150.0), 1.2, rate=0.02)}}
    doses = doses_of(course(scans=scans))
    share = 1.2 * TRUE[KIDNEYS][0] / 0.02
    factor = share / analytic()[KIDNEYS]
    expected = closed_form_Gy([analytic(), analytic(), analytic(kidneys=factor), analytic()])
    for target, dose in zip(doses.targets, doses.cumulative_Gy(), strict=True):
        assert dose == pytest.approx(expected[target], rel=1e-9), target
    assert doses.cycles[2].factors[KIDNEYS].rule == "own curve"


def test_scans_in_kBq_count_by_the_activity_of_their_own_cycle() -> None:
    """With the measured cycle's concentration in a cycle of half the activity, twice as much is taken up."""
    base = measured()
    curves = base.patient.measurements
    assert curves is not None
    in_kBq = replace(exponential(KIDNEYS), unit="kBq/g")
    patient = replace(base.patient, measurements=replace(curves, organs={KIDNEYS: in_kBq}))
    result = results_of([patient], METHODS, "Lu-177", [])[0]
    late = {2: {KIDNEYS: replace(exponential(KIDNEYS, (LATE,)), unit="kBq/g")}}
    halved = course((7400.0, 3700.0), scans=late)
    (doses,) = courses_doses([result], {"P01": halved}, METHODS, nuclide("Lu-177"), rules())
    first, second = (c.value_h(KIDNEYS) for c in doses.cycles)
    assert second == pytest.approx(2.0 * first, rel=1e-9)


def test_the_measured_cycle_is_the_study_and_may_be_any() -> None:
    for number in (1, 3):
        doses = doses_of(course(measured=number))
        theirs = measured().doses
        assert np.array_equal(doses.doses[number - 1].total_mGy_per_MBq, theirs.total_mGy_per_MBq)
        assert np.array_equal(doses.doses[number - 1].se_mGy_per_MBq, theirs.se_mGy_per_MBq)
        assert doses.cycles[number - 1].factors[KIDNEYS].rule == "measured cycle"


def test_carried_over_errors_are_one_error_in_all_cycles() -> None:
    doses = doses_of(course())
    assert np.allclose(doses.cumulative_se_Gy(), doses.se_Gy().sum(axis=0), rtol=1e-12)


def test_measured_cycles_are_independent() -> None:
    """The whole body's and the liver's errors are common; the kidneys' own curves are independent."""
    scans = {c: {KIDNEYS: exponential(KIDNEYS)} for c in (2, 3, 4)}
    doses = doses_of(course(scans=scans))
    t = doses.targets.index(KIDNEYS)
    per_h = dict(zip(doses.sources, doses.per_tiac_mGy_per_MBq_h[:, :, t].sum(axis=1), strict=True))
    tiac = measured().sources.of
    own = (per_h[KIDNEYS] - per_h["remainder"]) * tiac(KIDNEYS).se_h
    others = [per_h["remainder"] * measured().sources.whole_body.se_h]
    others.append((per_h["liver"] - per_h["remainder"]) * tiac("liver").se_h)
    gbq = np.array(ACTIVITIES) / 1000.0
    expected = math.hypot(own * math.hypot(*gbq), *(x * gbq.sum() for x in others))
    saf = doses.doses[0].se_from_saf_mGy_per_MBq
    expected = math.hypot(expected, float(saf[t]) * gbq.sum()) if saf is not None else expected
    assert of(doses, doses.cumulative_se_Gy()) == pytest.approx(expected, rel=1e-6)


def test_the_error_of_a_late_scan_is_that_of_form_and_scan() -> None:
    """TIAC = scan e^(k t)/k, so u^2 = u(scan)^2 + ((t - 1/k) u(k))^2; its correlation with cycle 1 too."""
    doses = doses_of(
        course((7400.0, 7400.0), scans={2: {KIDNEYS: exponential(KIDNEYS, (LATE,), 0.9, sd=0.05)}})
    )
    fit = next(c.fit for c in measured().sources.curves if c.region == KIDNEYS)
    assert fit is not None and fit.covariance is not None
    (amplitude, _), k = fit.theta, TRUE[KIDNEYS][1]
    root = np.linalg.cholesky(fit.covariance)
    of_area = np.array([1.0 / amplitude, -1.0 / k]) @ root
    of_form = np.array([0.0, LATE - 1.0 / k]) @ root
    first, second = (next(t for t in c.tiacs if t.source == KIDNEYS) for c in doses.cycles)
    assert second.se_h / second.value_h == pytest.approx(math.hypot(0.05, *of_form), rel=1e-6)
    names = set(first.se_parts_h or {}) | set(second.se_parts_h or {})
    common = sum((first.se_parts_h or {}).get(n, 0.0) * (second.se_parts_h or {}).get(n, 0.0) for n in names)
    assert common / first.value_h / second.value_h == pytest.approx(float(of_area @ of_form), rel=1e-6)


def test_a_rules_own_uncertainty_is_one_error_of_a_region_in_all_cycles() -> None:
    doses = doses_of(course(), u_same_tiac=0.1)
    t = doses.targets.index(KIDNEYS)
    per_h = dict(zip(doses.sources, doses.per_tiac_mGy_per_MBq_h[:, :, t].sum(axis=1), strict=True))
    later = sum(ACTIVITIES[1:]) / 1000.0
    rest = per_h["remainder"]
    tiac = analytic()
    each = [
        (per_h[KIDNEYS] - rest) * tiac[KIDNEYS], (per_h["liver"] - rest) * tiac["liver"],
        rest * tiac["whole body"],
    ]  # fmt: skip
    own = 0.1 * later * math.hypot(*each)
    expected = math.hypot(of(doses, doses.cumulative_se_Gy()), own)
    assert of(doses, doses.cumulative_u_Gy()) == pytest.approx(expected, rel=1e-6)
    covariance = doses.covariance_Gy2(KIDNEYS)
    assert covariance is not None
    assert math.sqrt(covariance.sum()) == pytest.approx(expected, rel=1e-6)


def test_a_rule_without_uncertainty_leaves_u_unknown() -> None:
    doses = doses_of(course())
    assert np.isnan(doses.cumulative_u_Gy()).all() and np.isfinite(doses.cumulative_se_Gy()).all()
    assert np.isfinite(doses.u_Gy()[0]).all() and np.isnan(doses.u_Gy()[1:]).all()
    assert doses.unstated() == ["the uncertainty of the rule 'same TIAC' is not stated (therapy.u_same_tiac)"]
    assert doses.covariance_Gy2(KIDNEYS) is None
    assert np.isfinite(doses_of(course(), u_same_tiac=0.0).cumulative_u_Gy()).all()


def test_a_scan_without_sd_has_no_error_in_its_cycle_alone() -> None:
    late = replace(exponential(KIDNEYS, (LATE,)), sd=None)
    doses = doses_of(course(scans={2: {KIDNEYS: late}}), u_same_tiac=0.1, u_same_half_life=0.1)
    known = np.isfinite(doses.se_Gy()).all(axis=1)
    assert known.tolist() == [True, False, True, True]
    assert np.isnan(doses.cumulative_se_Gy()).all()
    assert "has no sd" in doses.cycles[1].factors[KIDNEYS].why


def test_organs_beyond_the_carried_over_whole_body_are_refused() -> None:
    late = {2: {"liver": exponential("liver", (LATE,), 15.0)}}
    with pytest.raises(DosimetryError, match=r"'P01', cycle 2: negative remainder.*the whole body is by"):
        doses_of(course(scans=late))


def test_shares_of_radiation_add_up() -> None:
    doses = doses_of(course())
    assert np.allclose(doses.part_Gy.sum(axis=1), doses.dose_Gy, rtol=1e-12)
    assert np.allclose(doses.dose_Gy.sum(axis=0), doses.cumulative_Gy(), rtol=1e-12)


def test_marrow_goes_with_serum_and_the_remainder_with_the_whole_body() -> None:
    """Serum at 1.5 times and whole body at 1.2 times the measured cycle's: TIACs likewise, and their rest."""
    times = (1.0, 4.0, 24.0, 48.0)
    value = 2.0 * np.exp(-0.03 * np.array(times))
    serum = Curve(
        time_h=times, value=value, sd=0.03 * value, unit="%IA/L", decay_corrected=False, name="serum",
        lambda_phys_per_h=LAMBDA,
    )  # fmt: skip
    methods = replace(METHODS, serum_model="monoexponential", serum_weights="sd", red_marrow="serum")
    base = measured().patient
    assert base.measurements is not None
    patient = replace(base, haematocrit=0.4, measurements=replace(base.measurements, serum=serum))
    result = results_of([patient], methods, "Lu-177", [])[0]
    late = replace(serum, time_h=(24.0,), value=1.5 * value[2:3], sd=0.03 * value[2:3])
    scans = {2: {"serum": late, "whole body": exponential("whole body", (LATE,), 1.2)}}
    two = course((7400.0, 7000.0), scans=scans)
    (doses,) = courses_doses([result], {"P01": two}, methods, nuclide("Lu-177"), rules())
    first, second = doses.cycles
    assert second.value_h("red marrow") == pytest.approx(1.5 * first.value_h("red marrow"), rel=1e-9)
    assert second.factors["red marrow"].rule == "same half-life"
    whole = 1.2 * analytic()["whole body"]
    named = sum(second.value_h(s) for s in ("kidneys", "liver", "red marrow"))
    assert second.value_h("remainder") == pytest.approx(whole - named, rel=1e-9)


def test_scans_go_to_the_unit_that_curves_were_fitted_in() -> None:
    """Curves that patients are fitted together by are %IA/g of the cycle's own activity."""
    found = measured()
    curves = tuple(
        replace(c, curve=replace(c.curve, unit="%IA/g")) if c.region == KIDNEYS else c
        for c in found.sources.curves
    )
    together = replace(found, sources=replace(found.sources, curves=curves))
    scans = {2: {KIDNEYS: replace(exponential(KIDNEYS, (LATE,)), unit="kBq/g", value=[140.0], sd=[7.0])}}
    made = _in_units_of_fits(together, course(scans=scans), METHODS).scans[2][KIDNEYS]
    assert made.unit == "%IA/g" and made.sd is not None
    assert float(made.value[0]) == pytest.approx(100 * 140.0 / 1000 / ACTIVITIES[1], rel=1e-12)
    assert float(made.sd[0] / made.value[0]) == pytest.approx(0.05, rel=1e-12)


def test_a_scan_before_the_first_measured_point_is_told() -> None:
    """There the fit is no more than what it goes on with, as after the last point."""
    doses = doses_of(course(scans={2: {KIDNEYS: exponential(KIDNEYS, (0.5,))}}))
    told = "the scan at 0.5 h lies before the measured cycle's first point at 4 h"
    assert any(told in note for note in doses.cycles[1].notes)
