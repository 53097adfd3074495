"""Population fits whose areas would rest on what the cohort's points do not give are refused."""

from __future__ import annotations

import pytest

from kinetics import KineticsError, fit_population
from kinetics.populations.believable import refuse_unbelievable
from validation.few_points.cohorts import SERUM, cohort


def test_two_exponentials_of_three_times_are_not_determined() -> None:
    """Samples at the same 2, 48 and 144 h of all: a spread that runs away, intervals that hold 75 %."""
    drawn = cohort(SERUM, 60, [3] * 60, 0.05, [2, 60, 3, 50], with_sd=True)
    fit = fit_population(drawn.curves, "biexponential", residual="sd", covariance="diagonal")
    assert any(words.startswith("at the highest") for words in fit.held.values())
    with pytest.raises(
        KineticsError, match=r"don't determine a population of 'biexponential': the spread of"
    ):
        refuse_unbelievable(fit)


def test_four_times_determine_them() -> None:
    drawn = cohort(SERUM, 20, [4] * 20, 0.05, [1, 20, 4, 50], with_sd=True)
    refuse_unbelievable(fit_population(drawn.curves, "biexponential", residual="sd", covariance="diagonal"))
