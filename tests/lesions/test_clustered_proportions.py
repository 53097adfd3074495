"""Lesions of one patient are not independent: variance by patients, coverage where plain limits fail."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import bootstrap

from dosimetry.errors import DosimetryError
from lesions import ClusteredProportion, Proportion
from lesions.statistics.bootstrap import bootstrap_interval

EVENTS, TOTALS = (4, 0, 3, 5, 1, 2, 0, 6, 2, 1), (5, 2, 3, 8, 4, 2, 3, 6, 5, 2)


def test_the_ratio_estimator_is_the_sum_of_squares_over_patients() -> None:
    found = ClusteredProportion((*EVENTS, 0), (*TOTALS, 0))  # a patient without lesions says nothing
    p = sum(EVENTS) / sum(TOTALS)
    squares = sum((x - p * n) ** 2 for x, n in zip(EVENTS, TOTALS, strict=True))
    assert found.se == pytest.approx(np.sqrt(10 / 9 * squares) / sum(TOTALS), rel=1e-12)
    assert found.n_patients == 10


def test_one_lesion_a_patient_is_independent() -> None:
    """The variance is then that of a proportion, but for n - 1."""
    events = (1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 1)
    found = ClusteredProportion(events, (1,) * 12)
    assert found.design_effect == pytest.approx(12 / 11, rel=1e-12)


def test_equal_lesions_of_a_patient_are_one() -> None:
    """So many lesions that are all alike in a patient know as much as one of each."""
    one, many = ClusteredProportion((1, 0, 1, 1), (1,) * 4), ClusteredProportion((7, 0, 7, 7), (7,) * 4)
    assert many.se == pytest.approx(one.se, rel=1e-12)
    assert many.interval().low == pytest.approx(one.interval().low, rel=1e-12)
    assert many.interval().high == pytest.approx(one.interval().high, rel=1e-12)


def drawn(random: np.random.Generator, patients: int, share: float, within: float) -> ClusteredProportion:
    """Patients of 1 to 8 lesions whose own shares scatter: beta-binomial."""
    spread = 1 / within - 1
    own = random.beta(share * spread, (1 - share) * spread, patients)
    totals = random.integers(1, 9, patients)
    return ClusteredProportion(tuple(map(int, random.binomial(totals, own))), tuple(map(int, totals)))


def test_coverage_is_what_it_says_where_plain_limits_fall_short() -> None:
    """95 % limits of 700 simulated cohorts, 30 patients each: within 4 standard errors of such a share."""
    random, share, cohorts = np.random.default_rng(20241122), 0.75, 700
    inside = {"ratio": 0, "plain": 0}
    for _ in range(cohorts):
        found = drawn(random, 30, share, 0.3)
        for name, limits in (("ratio", found.interval()), ("plain", found.as_independent.interval())):
            assert limits.low is not None and limits.high is not None
            inside[name] += limits.low <= share <= limits.high
    error = np.sqrt(0.95 * 0.05 / cohorts)
    assert abs(inside["ratio"] / cohorts - 0.95) < 4 * error
    assert inside["plain"] / cohorts < 0.95 - 4 * error


def test_coverage_of_the_bootstrap() -> None:
    """Percentiles fall short by some percent for few patients: here 60, within 4 errors."""
    random, share, cohorts = np.random.default_rng(7), 0.5, 250
    inside = 0
    for i in range(cohorts):
        limits = drawn(random, 60, share, 0.3).bootstrap(draws=500, seed=i)
        assert limits.low is not None and limits.high is not None
        inside += limits.low <= share <= limits.high
    assert abs(inside / cohorts - 0.95) < 4 * np.sqrt(0.95 * 0.05 / cohorts)


@pytest.mark.parametrize("events", [EVENTS, (0, 0, 0, 0, 0, 0, 1, 6, 0, 0)])
@pytest.mark.parametrize("method", ["percentile", "BCa"])
def test_the_bootstrap_is_scipys(method: str, events: tuple[int, ...]) -> None:
    """Within what the number of draws leaves open: the quantiles 4 standard errors beside the limits."""
    draws = 50_000
    found = ClusteredProportion(events, TOTALS).bootstrap(method=method, draws=draws, seed=3)  # type: ignore[arg-type]
    data = (np.array(events, float), np.array(TOTALS, float))
    theirs = bootstrap(
        data, lambda x, n, axis=-1: x.sum(axis) / n.sum(axis), paired=True, vectorized=True, method=method,
        n_resamples=draws, batch=5000, rng=np.random.default_rng(8),
    )  # fmt: skip
    every = np.sort(theirs.bootstrap_distribution)
    band = theirs.confidence_interval
    for mine, limit in ((found.low, band.low), (found.high, band.high)):
        at = np.searchsorted(every, limit) / draws
        off = 4 * np.sqrt(2 * at * (1 - at) / draws)
        low, high = np.quantile(every, np.clip([at - off, at + off], 0, 1))
        assert low <= mine <= high  # type: ignore[operator]


def test_limits_are_students_on_the_logit_scale() -> None:
    found = ClusteredProportion(EVENTS, TOTALS)
    p = sum(EVENTS) / sum(TOTALS)
    # Student's t with 9 degrees of freedom: 2.2622 (two-sided 95 %, tables)
    half = 2.2622 * found.se / (p * (1 - p))  # type: ignore[operator]
    limits = found.interval()
    for sign, limit in ((-1, limits.low), (1, limits.high)):
        assert np.log(limit / (1 - limit)) == pytest.approx(np.log(p / (1 - p)) + sign * half, abs=1e-4)  # type: ignore[operator]


def test_the_same_seed_gives_the_same_limits() -> None:
    found = ClusteredProportion(EVENTS, TOTALS)
    assert found.bootstrap(seed=5) == found.bootstrap(seed=5) != found.bootstrap(seed=6)


def test_what_has_no_variance_has_a_reason_instead_of_limits() -> None:
    one = ClusteredProportion((3,), (4,))
    assert (
        one.se is None
        and "one patient" in one.interval().reason
        and "one patient" in one.bootstrap(seed=1).reason
    )
    alike = ClusteredProportion((4, 2, 3), (4, 2, 3))
    assert "same value" in alike.bootstrap(seed=1).reason
    same = ClusteredProportion((2, 1, 3), (4, 2, 6))
    assert "same share" in same.interval().reason
    assert alike.as_independent == Proportion(9, 9)


def test_lesions_that_are_all_alike_are_so_many_patients() -> None:
    """Of 3 patients: 0.025 is the chance that all 3 are so at the lower limit."""
    limits = ClusteredProportion((4, 2, 3, 0), (4, 2, 3, 0)).interval()
    assert limits.low == pytest.approx(0.025 ** (1 / 3)) and limits.high == 1.0
    assert limits.method == "Clopper-Pearson of patients, all lesions being alike"
    none = ClusteredProportion((0, 0, 0), (4, 2, 3)).interval()
    assert none.low == 0.0 and none.high == pytest.approx(1 - 0.025 ** (1 / 3))


def test_draws_without_a_value_are_counted() -> None:
    """A statistic that only has a value where the first patient was drawn: in about 2 of 3 draws."""
    found = bootstrap_interval(lambda w: np.where(w[:, 0] > 0, w[:, 1], np.nan), 6, draws=1000, seed=1)
    assert found.low is None and "of 1000 draws have no value" in found.reason


def test_counts_that_do_not_fit() -> None:
    with pytest.raises(DosimetryError, match="2 counts of 3"):
        ClusteredProportion((1, 2), (2, 2, 2))
    with pytest.raises(DosimetryError, match="3 of 2"):
        ClusteredProportion((3,), (2,))
