"""Differences of patients and ratios of organs: intervals by the same rules as those of single quantities."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from dosimetry.uncertainty.budget import Budget, Error, Quantity
from dosimetry.uncertainty.cohort_budget import CohortBudget

LIVER, KIDNEYS = Quantity("tiac", "liver", "h"), Quantity("tiac", "kidneys", "h")


def one(name: str, u: float, freedom: float | None = None) -> Budget:
    counts = Error("counts and fit: liver", (name,), "A")
    return Budget(
        name, (LIVER, KIDNEYS), np.array([10.0, 2.0]), (counts,), np.array([[10.0 * u, 0.0]]),
        degrees_of_freedom={} if freedom is None else {counts: freedom},
    )  # fmt: skip


def test_few_residuals_have_students_factor_in_ratios_and_differences() -> None:
    both = CohortBudget([one("P01", 0.05, 3.0), one("P02", 0.05, 3.0)])
    ratio = both.ratio("P01", "tiac", "liver", "kidneys")
    assert (ratio.high - ratio.value) / ratio.u == pytest.approx(stats.t.ppf(0.975, 3))
    assert (ratio.high - ratio.value) / ratio.value == pytest.approx(
        (both.of("P01").interval().high[0] - 10.0) / 10.0
    )
    difference = both.difference("P01", "P02", "tiac", "liver")
    # two equal parts of 3 degrees of freedom each: 6
    assert difference.u == pytest.approx(math.sqrt(0.5))
    assert difference.high / difference.u == pytest.approx(stats.t.ppf(0.975, 6))


def test_a_wide_ratio_is_not_below_0() -> None:
    found = CohortBudget([one("P01", 0.6)]).ratio("P01", "tiac", "liver", "kidneys")
    assert found.u == pytest.approx(3.0)
    assert found.low > 0.0 and found.low * found.high == pytest.approx(25.0)
    own = CohortBudget([one("P01", 0.6)]).of("P01").interval()
    assert found.high == pytest.approx(own.high[0] / 2.0)
