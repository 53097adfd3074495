"""Proportions: exact and score intervals against published ones and against their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import beta, binom, norm

from dosimetry.errors import DosimetryError
from lesions import ClusteredProportion, Performance, Proportion, performance_of_counts
from lesions.statistics.performance import JudgedCase

#: Dehdashti et al., Breast Cancer Res Treat 2018;169:523-530, abstract: % with 95 % limits.
DEHDASHTI = {
    "sensitivity": (25, 33, 75.8, 57.7, 88.9),
    "positive predictive value": (25, 30, 83.3, 65.3, 94.4),
    "specificity": (8, 13, 61.5, 31.6, 86.1),
    "negative predictive value": (8, 16, 50.0, 24.7, 75.3),
}


@pytest.mark.parametrize("measure", DEHDASHTI)
def test_the_limits_that_dehdashti_prints(measure: str) -> None:
    events, n, *printed = DEHDASHTI[measure]
    found = performance_of_counts(true_positive=25, false_positive=5, false_negative=8, true_negative=8)
    share = found.share(measure)
    assert (share.events, share.n) == (events, n)
    limits = share.interval("Clopper-Pearson")
    assert [round(100 * x, 1) for x in (share.value, limits.low, limits.high)] == printed  # type: ignore[operator]


def test_the_negative_predictive_value_of_zephir() -> None:
    """18 of 93 negative lesions responded (Mileva et al., npj Breast Cancer 2024;10:4)."""
    limits = Proportion(75, 93).interval()
    assert [round(100 * x, 1) for x in (75 / 93, limits.low, limits.high)] == [80.6, 71.1, 88.1]  # type: ignore[operator]


@pytest.mark.parametrize(("events", "n"), [(0, 7), (7, 7), (1, 40), (25, 33)])
def test_intervals_are_what_they_are_defined_as(events: int, n: int) -> None:
    exact, wilson = (Proportion(events, n).interval(m, 0.9) for m in ("Clopper-Pearson", "Wilson"))  # type: ignore[arg-type]
    # Clopper & Pearson: as many events or more (fewer) have 5 % at the limits; and as quantiles of beta
    assert exact.low == pytest.approx(beta.ppf(0.05, events, n - events + 1) if events else 0.0, abs=1e-9)
    assert exact.high == pytest.approx(
        beta.ppf(0.95, events + 1, n - events) if events < n else 1.0, abs=1e-9
    )
    if 0 < events < n:
        assert binom.sf(events - 1, n, exact.low) == pytest.approx(0.05, abs=1e-8)
        assert binom.cdf(events, n, exact.high) == pytest.approx(0.05, abs=1e-8)
    # Wilson: the score test is at its quantile there
    for limit in (wilson.low, wilson.high):
        if 0 < limit < 1:  # type: ignore[operator]
            score = abs(events / n - limit) / np.sqrt(limit * (1 - limit) / n)  # type: ignore[operator]
            assert score == pytest.approx(norm.ppf(0.95), rel=1e-8)


def test_of_nobody_there_is_no_share_and_a_reason() -> None:
    none = Proportion(0, 0)
    assert none.value is None
    assert none.interval().low is None and "n is 0" in none.interval().reason
    cluster = ClusteredProportion((0, 0), (0, 0))
    assert cluster.value is None and "n is 0" in cluster.interval().reason


def test_counts_and_levels_that_cannot_be() -> None:
    with pytest.raises(DosimetryError, match="5 of 4"):
        Proportion(5, 4)
    with pytest.raises(DosimetryError, match="confidence level 95"):
        Proportion(2, 4).interval(level=95.0)
    with pytest.raises(DosimetryError, match="unknown interval 'Wald'"):
        Proportion(2, 4).interval("Wald")  # type: ignore[arg-type]
    with pytest.raises(DosimetryError, match="unknown measure"):
        Performance(()).share("precision")
    with pytest.raises(DosimetryError, match="0 or more"):
        performance_of_counts(true_positive=-1, false_positive=5, false_negative=8, true_negative=8)


def test_measures_are_of_the_cases_that_they_are_of() -> None:
    kinds = [(True, True)] * 3 + [(True, False)] * 2 + [(False, True)] + [(False, False)] * 4
    found = Performance(tuple(JudgedCase(f"P{i % 3}", *kind) for i, kind in enumerate(kinds)))
    told = {m: (found.share(m).events, found.share(m).n) for m in (*DEHDASHTI, "accuracy")}
    assert told == {
        "sensitivity": (3, 4), "specificity": (4, 6), "positive predictive value": (3, 5),
        "negative predictive value": (4, 5), "accuracy": (7, 10),
    }  # fmt: skip
    assert found.by_patient("accuracy").totals == (4, 3, 3)
