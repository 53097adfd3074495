"""Intervals hold the truth as often as they say: simulated patients through the whole pipeline."""

from __future__ import annotations

import math

import pytest

from validation.pages.budget_coverage import SCENARIOS, Scenario, coverage

REPLICAS = 300
#: Four standard errors of a share of 95 %, which one in 16 000 passes by chance; four quantities a scenario.
NEAR = 4.0 * math.sqrt(0.95 * 0.05 / REPLICAS)
BY_NAME = {s.name: s for s in SCENARIOS}
HELD = [BY_NAME[n] for n in ("both; fits", "counts dominate; fits", "both, three points a curve; fits")]


@pytest.mark.parametrize("scenario", HELD, ids=[s.name for s in HELD])
def test_a_95_percent_interval_holds_the_truth_in_95_percent(scenario: Scenario) -> None:
    for found in coverage(scenario, REPLICAS, seed=11):
        assert abs(found.held - 0.95) < NEAR, found
        assert abs(found.spread_percent / found.u_percent - 1.0) < 4.0 / math.sqrt(2 * REPLICAS), found


def test_a_rule_that_is_biased_moves_the_interval_and_does_not_widen_it() -> None:
    """Of liver, kidneys and effective dose; and nothing holds where the rules are left out.

    The middle of what can be defended is not the truth: a fourth of the bias may be left.
    """
    name = "counts dominate; linear trapezoids"
    found = coverage(BY_NAME[name], REPLICAS, seed=11)
    for one in found:
        assert abs(one.held - 0.95) < NEAR, one
        assert abs(one.bias_percent + one.offset_percent) < max(0.25 * abs(one.bias_percent), 0.1), one
        assert one.u_percent < 1.2 * one.spread_percent, one
    assert found[0].bias_percent > 3.0
    without = coverage(BY_NAME[f"{name}, their rules left out"], REPLICAS, seed=11)[0]
    assert without.offset_percent == 0.0 and without.held < 0.5 and without.too_low == 0.0
