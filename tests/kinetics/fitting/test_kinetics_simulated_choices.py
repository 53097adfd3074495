"""The automatic area on simulated curves of few points: a small version of the table of docs/kinetics.md.

Limits come from the binomial distribution at the aim (6 % refused or off by more than 10 % at 3 to 5 % noise;
95 % coverage), at a chance of 1 in 1000 for a program that just meets it; none was set at what was seen.
"""

import pytest
from scipy.stats import binom

from validation.pages.choice_checks import simulate

CURVES = 40


@pytest.mark.parametrize(
    ("model", "points", "noise", "with_sd"),
    [
        ("biexponential", 8, 0.03, False),
        ("biexponential", 5, 0.05, True),
        ("monoexponential", 4, 0.05, False),
        ("monoexponential", 3, 0.05, True),
        ("uptake", 3, 0.05, False),
    ],
)
def test_areas_of_few_points(model, points, noise, with_sd):
    cell = simulate(model, points, noise, with_sd=with_sd, curves=CURVES)
    assert cell.wrong <= binom.ppf(0.999, CURVES, max(0.06, 1.5 * cell.plain_wrong / CURVES)), cell.words
    assert cell.covered >= binom.ppf(0.001, CURVES, 0.95), cell.words
