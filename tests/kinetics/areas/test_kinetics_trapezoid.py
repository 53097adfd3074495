"""Areas by trapezoids against closed forms."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.areas.segments import AREA_METHODS, segment_areas
from kinetics.areas.terminal import terminal_slope
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life

LAM = lambda_from_half_life(78.41)
TIME = np.array([0.5, 4, 24, 72, 144.0])


def mono(rate=0.005, corrected=True, **more):
    value = 10 * np.exp(-rate * TIME) * (1 if corrected else np.exp(-LAM * TIME))
    return Curve(time_h=TIME, value=value, unit="%IA", decay_corrected=corrected, **more)


@pytest.mark.parametrize("corrected", [True, False])
def test_log_rule_is_exact_for_an_exponential(corrected):
    a = area(
        mono(corrected=corrected), lambda_phys_per_h=LAM, tail="effective", first="extrapolate", method="log"
    )
    assert a.area == pytest.approx(10 / (0.005 + LAM), rel=1e-10)
    tail = 10 / (0.005 + LAM) * math.exp(-(0.005 + LAM) * 144)
    assert a.area_tail == pytest.approx(tail, rel=1e-10)
    assert a.extrapolated_fraction == pytest.approx(tail / a.area, rel=1e-10)
    assert "5 points from 0.5 h" in a.tail or "4 points" in a.tail
    for rule in ("predicted", "fitted"):
        other = area(
            mono(corrected=corrected), lambda_phys_per_h=LAM, tail=rule, first="extrapolate", method="log"
        )
        assert other.area == pytest.approx(a.area, rel=1e-6)


def test_tails_and_first_intervals_by_hand():
    c = mono()
    measured = c.value * np.exp(-LAM * TIME)
    inner = float((0.5 * (measured[1:] + measured[:-1]) * np.diff(TIME)).sum())
    for first, begin in (
        ("zero", 0.5 * 0.5 * measured[0]),
        ("constant", c.value[0] * (1 - math.exp(-LAM * 0.5)) / LAM),
    ):
        a = area(c, lambda_phys_per_h=LAM, tail="physical", first=first)
        assert a.area_first == pytest.approx(begin, rel=1e-9)
        assert a.area == pytest.approx(begin + inner + measured[-1] / LAM, rel=1e-9)
        assert a.first_interval.startswith("0 to 0.5 h: ")
        assert a.tail.startswith("after 144 h: physical decay only")
    none = area(c, lambda_phys_per_h=LAM, tail="none", first="zero")
    assert none.extrapolated_fraction == 0
    assert none.area == none.area_observed


def test_linear_rule_is_exact_for_a_line_and_the_mixed_rule_takes_each_where_it_fits():
    t, v = np.array([0.0, 1, 2, 4]), np.array([1.0, 3, 5, 2])
    assert segment_areas(t, v, "linear").tolist() == [2, 4, 7]
    mixed = segment_areas(t, v, "linear-up/log-down")
    assert mixed[:2].tolist() == [2, 4]
    assert mixed[2] == pytest.approx(2 * (5 - 2) / math.log(5 / 2))
    assert segment_areas(t, np.array([1.0, 0, 0, 2]), "log").tolist() == [0.5, 0, 2]
    with pytest.raises(KineticsError, match="unknown trapezoid method 'simpson'"):
        segment_areas(t, v, "simpson")


def test_uncertainty_is_what_repetition_shows():
    rng = np.random.default_rng(11)
    c = mono(sd=0.05 * mono().value, scale_relative_sd=0.03)
    rules = dict(lambda_phys_per_h=LAM, tail="effective", first="constant", method="log", slope_points=3)
    told = area(c, **rules)
    found = []
    for _ in range(3000):
        value = c.value * (1 + 0.05 * rng.normal(size=5)) * (1 + 0.03 * rng.normal())
        found.append(area(Curve(time_h=TIME, value=value, unit="%IA", decay_corrected=True), **rules).area)
    assert np.std(found) == pytest.approx(told.se_area, rel=0.06)
    assert area(mono(), **rules).se_area is None


def test_slope_rule():
    """The most points among those within 1e-4 of the best adjusted R^2; the peak isn't one of them."""
    t = np.array([0, 1, 2, 4, 8, 12, 24.0])
    v = np.array([0, 9, 10, 8, 5, 3, 0.8])
    s = terminal_slope(t, v)
    assert s.start_h > 2
    assert s.n_points >= 3
    exact = terminal_slope(t, np.exp(-0.1 * t))
    assert exact.lambda_z_per_h == pytest.approx(0.1)
    assert exact.n_points == 6
    assert terminal_slope(t, np.exp(-0.1 * t), include_peak=True).n_points == 7
    assert exact.span == pytest.approx(23 * 0.1 / math.log(2))


def test_tails_that_can_t_be_given_say_why():
    rising = Curve(time_h=[1, 4, 24], value=[1, 2, 3], unit="%IA", decay_corrected=False)
    a = area(rising, lambda_phys_per_h=LAM, tail="effective", first="zero")
    assert a.area is None
    assert a.extrapolated_fraction is None
    assert a.area_observed > 0
    assert "0 points after the peak; 3 are needed" in a.reason
    a = area(rising, lambda_phys_per_h=0, tail="physical", first="zero")
    assert "decay constant is 0" in a.reason
    a = area(rising, lambda_phys_per_h=LAM, tail="effective", first="zero", slope_points=2)
    assert "the last 2 points don't fall" in a.reason
    slow = Curve(time_h=[1, 24, 72, 144], value=[1, 1.2, 1.5, 2], unit="%IA", decay_corrected=True)
    a = area(slow, lambda_phys_per_h=LAM, tail="effective", first="zero", slope_points=3)
    assert a.reason or "slower than physical decay" in a.warnings[0]


def test_bad_input():
    with pytest.raises(KineticsError, match="unknown tail 'some'"):
        area(mono(), lambda_phys_per_h=LAM, tail="some", first="zero")
    with pytest.raises(KineticsError, match="unknown first interval"):
        area(mono(), lambda_phys_per_h=LAM, tail="none", first="some")
    bad = Curve(time_h=[1, 2], value=[1, -2], unit="%IA", decay_corrected=True)
    with pytest.raises(KineticsError, match="value -2 at 2 h is negative"):
        area(bad, lambda_phys_per_h=LAM, tail="none", first="zero")
    up = Curve(time_h=[1, 2], value=[1, 2], unit="%IA", decay_corrected=True)
    with pytest.raises(KineticsError, match="'extrapolate' needs two first points"):
        area(up, lambda_phys_per_h=LAM, tail="none", first="extrapolate")
    with pytest.raises(KineticsError, match="every value is 0"):
        area(
            Curve(time_h=[1, 2], value=[0, 0], unit="%IA", decay_corrected=True),
            lambda_phys_per_h=LAM, tail="none", first="zero",
        )  # fmt: skip


def test_a_tail_of_so_many_hours():
    curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False)
    found = area(curve, lambda_phys_per_h=LAM, tail=30.0, first="zero")
    assert (found.area, found.area_tail, found.tail_rule) == (75 + 150, 150, "given")
    assert found.tail == "after 10 h: the last value for 30 h"
    for wrong in (-1.0, float("nan"), float("inf")):
        with pytest.raises(KineticsError, match="a number of 0 or above"):
            area(curve, lambda_phys_per_h=LAM, tail=wrong, first="zero")


@pytest.mark.parametrize("tail", ["none", "physical", "effective", "predicted", 37.0])
@pytest.mark.parametrize("first", ["zero", "constant", "extrapolate"])
@pytest.mark.parametrize("method", AREA_METHODS)
def test_standard_errors_are_those_of_differences(method, first, tail):
    """Each value moved by a little: the change of the area is its part in the standard error."""
    time = np.array([2.0, 9.0, 30.0, 70.0, 120.0, 168.0])
    value = np.array([60.0, 48.0, 52.0, 30.0, 17.0, 9.0])
    rules = {"lambda_phys_per_h": LAM, "tail": tail, "first": first, "method": method, "slope_points": 3}

    def areas(values):
        found = area(Curve(time_h=time, value=values, unit="u", decay_corrected=False), **rules)
        return np.array([found.area_observed, found.area])

    sd = 0.05 * value
    told = area(Curve(time_h=time, value=value, sd=sd, unit="u", decay_corrected=False), **rules)
    change = np.array(
        [(areas(value + 1e-4 * step) - areas(value - 1e-4 * step)) / 2e-4 for step in np.diag(sd)]
    )
    expected = np.sqrt((change**2).sum(0))
    assert [told.se_area_observed, told.se_area] == pytest.approx(expected.tolist(), rel=1e-6)
