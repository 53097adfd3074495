"""What other rules would have given, and the uncertainty by the choice of a rule."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.areas.alternatives import LAST_TWO
from kinetics.areas.segments import AREA_METHODS, DECAY_CORRECTED
from kinetics.areas.trapezoid import FIRST, TAILS, area
from kinetics.curves.curve import Curve

TIME = np.array([2.0, 9.0, 30.0, 70.0, 120.0, 168.0])
FALLING = np.array([60.0, 48.0, 40.0, 30.0, 17.0, 6.0])
RISING = np.array([10.0, 60.0, 52.0, 45.0, 37.0, 12.0])
LATE = np.array([10.0, 28.0, 52.0, 60.0, 37.0, 12.0])  # two points after the peak


def curve(value, time=TIME, half_life_h=78.41):
    return Curve(time_h=time, value=value, unit="%IA", decay_corrected=False, half_life_h=half_life_h)


@pytest.mark.parametrize("value", [FALLING, RISING, LATE], ids=["falling", "rising", "late"])
@pytest.mark.parametrize("tail", [*TAILS, 37.0])
@pytest.mark.parametrize("first", ["zero", "constant"])
@pytest.mark.parametrize("method", AREA_METHODS)
def test_each_is_what_its_rule_gives(method, first, tail, value):
    """By asking for that rule: the whole of both ways of computing an area, one against the other."""
    rules = {"method": method, "first": first, "tail": tail, "slope_points": None}
    found = area(curve(value), **rules)
    if value is LATE and tail in ("effective", "predicted"):
        assert found.area is None
        return
    parts = {"between points": "method", "first interval": "first", "tail": "tail"}
    for words, other in found.alternatives.items():
        part, rule = words.split(": ", 1)
        change = {parts[part]: rule}
        if rule == LAST_TWO:
            change = {"tail": "effective", "slope_points": 2}
        assert other == pytest.approx(area(curve(value), **{**rules, **change}).area, rel=1e-12), words
    rules_of = {
        part: {w.split(": ", 1)[1] for w in found.alternatives if w.startswith(part)} for part in parts
    }
    assert rules_of["between points"] == set(AREA_METHODS)
    assert rules_of["first interval"] == set(FIRST) - (set() if value is FALLING else {"extrapolate"})
    assert {"physical", "none"} <= rules_of["tail"]


def test_the_uncertainty_is_of_a_rectangle_about_what_can_be_defended():
    found = area(curve(FALLING), tail="physical", first="constant")
    other = found.alternatives
    good = {
        "between points": ["linear-up/log-down", DECAY_CORRECTED],
        "first interval": ["zero", "constant", "extrapolate"],
        "tail": ["physical", "effective", "predicted"],
    }
    for part, rules in good.items():
        areas = [other[f"{part}: {rule}"] for rule in rules]
        lo, hi = min(areas), max(areas)
        # by numbers: where the truth may lie, evenly
        truth = np.linspace(lo, hi, 200001)
        assert found.u_rules[part] == pytest.approx(np.sqrt(((truth - found.area) ** 2).mean()), rel=1e-4)
        assert found.offset_rules[part] == pytest.approx(truth.mean() - found.area, rel=1e-9, abs=1e-9)
        assert found.spread_rule(part) == pytest.approx(truth.std(), rel=1e-4)
    # offsets are known with their signs and add as they are; the rest is independent
    spread = math.hypot(*(found.spread_rule(part) for part in good))
    assert found.u_method == pytest.approx(math.hypot(spread, sum(found.offset_rules.values())))
    assert found.unknown_rules == {}


def test_a_first_interval_is_not_extrapolated_farther_than_the_points_lie_apart():
    time = np.array([20.0, 25.0, 70.0, 120.0, 168.0])
    found = area(curve(FALLING[1:], time), tail="physical", first="constant")
    assert "first interval: extrapolate" in found.alternatives
    lo, hi = (found.alternatives[f"first interval: {rule}"] for rule in ("zero", "constant"))
    assert found.alternatives["first interval: extrapolate"] > hi
    assert found.u_rules["first interval"] == pytest.approx((hi - lo) / math.sqrt(3))


def test_points_too_close_to_extrapolate_from():
    """e^1098 times the first value is no number: refused where asked for, left out where it is not."""
    close = curve(np.array([9.0, 3.0, 1.0]), np.array([100.0, 100.1, 200.0]))
    with pytest.raises(KineticsError, match=r"e\^1099 times the first value"):
        area(close, tail="physical", first="extrapolate")
    assert "first interval: extrapolate" not in area(close, tail="physical", first="zero").alternatives


def test_a_slope_that_is_slower_than_decay_is_no_tail_to_defend():
    value = 10 * np.exp(-0.002 * TIME)  # a stable substance that the last points lose; its label would decay
    found = area(curve(value, half_life_h=78.41), tail="physical", first="constant")
    assert "tail: effective" in found.alternatives
    assert "tail" not in found.u_rules
    assert (
        found.unknown_rules["tail"]
        == "no other tail than 'physical' can be had: the last points give no slope"
    )


def test_the_last_two_points_where_three_have_no_slope():
    found = area(
        curve(np.array([5.0, 9.0, 4.0]), np.array([2.0, 24.0, 168.0])), tail="physical", first="zero"
    )
    rate = math.log(9 / 4) / 144
    observed = found.area_observed
    assert found.alternatives[f"tail: {LAST_TWO}"] == pytest.approx(observed + 4 / rate)
    stable = area(
        curve(np.array([5.0, 9.0, 4.0]), np.array([2.0, 24.0, 168.0]), math.inf), tail="none", first="zero"
    )
    assert stable.u_rules["tail"] == pytest.approx(4 / rate)  # all of what can be defended is that far


def test_what_is_not_known_is_said_and_not_0():
    given = area(curve(FALLING), tail=37.0, first="zero")
    assert given.unknown_rules == {"tail": "what comes after the last point is told, not found by a rule"}
    rising = area(curve(np.array([1.0, 2.0]), np.array([1.0, 24.0]), math.inf), tail="none", first="zero")
    assert "no tail can be defended" in rising.unknown_rules["tail"]
    one = area(curve(np.array([3.0]), np.array([0.0])), tail="physical", first="zero")
    assert (dict(one.u_rules), list(one.unknown_rules)) == ({}, ["tail"])
    nothing = area(curve(np.array([5.0, 9.0]), np.array([2.0, 24.0])), tail="effective", first="zero")
    assert nothing.area is None
    assert nothing.alternatives["tail: physical"] > nothing.area_observed  # what could be had instead
    assert nothing.u_rules == {}


def test_no_area_at_all_is_refused():
    at_0 = curve(np.array([3.0]), np.array([0.0]))
    for tail in ("none", 0.0):
        with pytest.raises(KineticsError, match="a point at 0 h alone, and nothing after it, has no area"):
            area(at_0, tail=tail, first="zero")


def test_differences_of_more_than_3_percent_are_told_in_classes():
    found = area(curve(FALLING), tail="none", first="constant")
    parts = {d.part: d for d in found.rule_differences}
    most = max(found.alternatives[f"tail: {r}"] for r in ("physical", "effective", "predicted"))
    assert parts["tail"].relative == pytest.approx(most / found.area - 1)
    assert 0.1 < parts["tail"].relative < 0.3
    text = "after the last point 'none' was taken; by 'physical' the area would be larger by more than 10 %"
    assert text in found.warnings
    dense = np.linspace(0.0, 600.0, 400)
    quiet = area(curve(10 * np.exp(-0.03 * dense), dense), tail="effective", first="zero")
    assert (quiet.rule_differences, quiet.warnings) == ((), ())
