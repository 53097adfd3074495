"""The rule that is linear in the decay-corrected curve: closed form, small decay, biases of all rules."""

import math

import numpy as np
import pytest
from scipy.integrate import quad

from kinetics import KineticsError, nca
from kinetics.areas.segments import AREA_METHODS, DECAY_CORRECTED, decay_share, decay_weights, segment_areas
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve
from validation.pages.area_rules import CASES, area_rules, biases_percent, measured
from validation.pages.kinetics_checks import ROOT


@pytest.mark.parametrize("rate", [0.0, 1e-9, 1e-4, 0.0088, 0.4999 / 48, 0.5001 / 48, 0.3])
def test_areas_are_those_of_a_line_times_decay(rate):
    """Against adaptive quadrature of (a + b t) e^(-rate t) through both points."""
    time, value = np.array([2.0, 50.0, 168.0]), np.array([7.0, 9.0, 0.4])
    found = segment_areas(time, value, DECAY_CORRECTED, rate)
    for i, made in enumerate(found):
        t1, dt = time[i], time[i + 1] - time[i]
        a, end = value[i], value[i + 1] * math.exp(rate * dt)

        def line(t, t1=t1, dt=dt, a=a, end=end):
            return (a + (end - a) * (t - t1) / dt) * math.exp(-rate * (t - t1))

        assert made == pytest.approx(quad(line, t1, t1 + dt, epsabs=0, epsrel=1e-13)[0], rel=1e-12)


def test_without_decay_it_is_the_linear_rule():
    time, value = np.array([2.0, 50.0, 168.0]), np.array([7.0, 9.0, 0.4])
    linear = segment_areas(time, value, "linear")
    assert segment_areas(time, value, DECAY_CORRECTED, 0.0) == pytest.approx(linear, rel=1e-15)
    assert segment_areas(time, value, DECAY_CORRECTED, 1e-14) == pytest.approx(linear, rel=1e-12)


def test_one_number_and_an_array_have_the_same_weights():
    """(x - 1 + e^-x)/x^2 in 50 digits for a few arguments: 1/2 - x/6 + ... at both ends of the series."""
    import decimal

    decimal.getcontext().prec = 50
    for x in (-138.0, -3.0, -0.5, -0.499999, -1e-3, -1e-8, 0.0, 1e-300, 1e-8, 0.1, 0.499999, 0.5, 2.0, 138.0):
        if abs(x) < 1e-12:
            exact = 0.5
        else:
            d = decimal.Decimal(x)
            exact = float((d - 1 + (-d).exp()) / d**2)
        assert decay_share(x) == pytest.approx(exact, rel=4e-15)
        if x > 0:
            first, last = decay_weights(np.array([2.0]), x / 2.0)
            assert first[0] == pytest.approx(2.0 * exact, rel=4e-15)
            assert last[0] == pytest.approx(2.0 * decay_share(-x), rel=4e-15)


def test_what_moves_in_a_straight_line_is_exact():
    """10 + 0.05 t with decay, from time 0 to infinity after 100 h by physical decay."""
    lam, time = math.log(2) / 78.41, np.array([0.0, 3.0, 40.0, 100.0])
    curve = Curve(time_h=time, value=10 + 0.05 * time, unit="u", decay_corrected=True, half_life_h=78.41)
    found = area(curve, tail="physical", first="zero", method=DECAY_CORRECTED)
    e = math.exp(-100 * lam)
    until = 10 * (1 - e) / lam + 0.05 * (1 - (1 + 100 * lam) * e) / lam**2
    assert found.area == pytest.approx(until + 15 * e / lam, rel=1e-12)
    assert found.u_rules["between points"] < 0.01 * found.area


def test_the_line_before_the_first_point_is_of_the_decay_corrected_curve():
    lam = math.log(2) / 78.41
    curve = Curve(time_h=[40.0, 60.0], value=[8.0, 6.0], unit="u", decay_corrected=False, half_life_h=78.41)
    found = area(curve, tail="none", first="zero", method=DECAY_CORRECTED)
    slope = 8.0 * math.exp(lam * 40) / 40
    assert found.area_first == pytest.approx(slope * (1 - (1 + 40 * lam) * math.exp(-40 * lam)) / lam**2)
    assert "decay-corrected" in found.first_interval
    assert area(curve, tail="none", first="zero").area_first == pytest.approx(0.5 * 40 * 8.0)


def test_the_biases_that_rules_have():
    """89Zr: +8.8, +5.6, +2.8, +14, +7, +9 %; linear in the decay-corrected curve lies 0.1 % above log."""
    three, four, blood, _ = (biases_percent(case, "physical") for case in CASES)
    assert three["linear"] == pytest.approx(8.8, abs=0.05)
    assert four["linear"] == pytest.approx(5.6, abs=0.05)
    for found in (three, four):
        assert found["log"] == pytest.approx(2.8, abs=0.05)
        assert found["linear-up/log-down"] == found["log"]
        assert 0 < found[DECAY_CORRECTED] - found["log"] < 0.15
    assert [round(blood[m]) for m in ("linear", "log", DECAY_CORRECTED)] == [14, 7, 9]
    # the part of the tail by physical decay alone: without it, the rule's own is left
    tail = {m: b - biases_percent(CASES[1], "effective")[m] for m, b in four.items()}
    assert all(part == pytest.approx(2.8, abs=0.05) for part in tail.values())


def test_the_uncertainty_of_the_rules_reaches_the_truth_of_one_exponential():
    for case in CASES[:2]:
        for tail in ("physical", "effective"):
            for method in AREA_METHODS:
                truth, found = measured(case, method, tail)
                assert abs(found.area - truth) < 2 * found.u_method


def test_the_table_of_the_page_is_of_this_version():
    page = (ROOT / "docs" / "kinetics.md").read_text(encoding="utf-8")
    assert page.split("<!-- area-rules -->\n")[1].split("<!-- /")[0].strip() == area_rules()


def test_an_analysis_of_the_substance_says_which_rule_that_is():
    curve = Curve(time_h=[1, 2, 4, 6], value=[8, 4, 1, 0.25], unit="mg/L", decay_corrected=True)
    with pytest.raises(KineticsError, match="corrected for decay first, and that rule is 'linear'"):
        nca(curve, dose=100, method=DECAY_CORRECTED, lambda_phys_per_h=0.0)
    with pytest.raises(
        KineticsError, match=r"unknown trapezoid method 'simpson'; there are: .*decay-corrected"
    ):
        area(curve, lambda_phys_per_h=0.0, tail="none", first="zero", method="simpson")
