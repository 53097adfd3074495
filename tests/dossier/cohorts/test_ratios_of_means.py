"""Welch's test, Fieller's interval, Holm's correction: against scipy, closed forms, coverage, a paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from dosimetry.dossier.cohorts.welch import Sample, Welch, degrees_of_freedom, holm, ratio_interval, welch

#: Yeh et al., J Nucl Med 2024;65:386-393: effective doses in mSv/MBq; ss-pertuzumab against DFO-pertuzumab
#: (Ulaner et al., J Nucl Med 2018;59:900-906) P > 0.05, against trastuzumab (O'Donoghue et al., J Nucl Med
#: 2018;59:161-166) P < 0.05.
SS_PERTUZUMAB, DFO_PERTUZUMAB = Sample(0.54, 0.03, 6), Sample(0.54, 0.07, 6)
TRASTUZUMAB = Sample(0.48, 0.06, 10)


def test_the_published_comparison_of_three_tracers_comes_out_as_published() -> None:
    same, other = welch(SS_PERTUZUMAB, DFO_PERTUZUMAB), welch(SS_PERTUZUMAB, TRASTUZUMAB)
    assert isinstance(same, Welch) and isinstance(other, Welch)
    assert same.p > 0.05 > other.p
    # even where each mean and SD is wrong by its rounding, the worst way round
    worst = welch(Sample(0.535, 0.035, 6), Sample(0.485, 0.065, 10))
    assert isinstance(worst, Welch) and worst.p > 0.05  # so the printed digits do not settle it


def test_welch_is_scipys_on_the_values_themselves() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.normal(1.3, 0.2, 7), rng.normal(1.1, 0.4, 5)
    ours = welch(*(Sample(float(x.mean()), float(x.std(ddof=1)), len(x)) for x in (a, b)))
    theirs = stats.ttest_ind(a, b, equal_var=False)
    assert isinstance(ours, Welch)
    assert (ours.t, ours.p, ours.df) == pytest.approx((theirs.statistic, theirs.pvalue, theirs.df), rel=1e-12)


@pytest.mark.parametrize("level", [0.8, 0.95])
@pytest.mark.parametrize("n", [(3, 10), (6, 6), (2, 40)])
def test_every_ratio_at_an_end_is_just_refused_by_welchs_test(level: float, n: tuple[int, int]) -> None:
    a, b = Sample(1.4, 0.3, n[0]), Sample(1.0, 0.15, n[1])
    found = ratio_interval(a, b, level)
    ends = [found.low, found.high]
    assert None not in ends
    for end in ends:
        assert end is not None
        scaled = Sample(end * b.mean, end * (b.sd or 0.0), b.n)
        test = welch(a, scaled)
        assert isinstance(test, Welch)
        assert test.p == pytest.approx(1 - level, rel=1e-8) or (end == 0.0 and test.p > 1 - level)


def test_with_many_subjects_it_is_fiellers_quadratic() -> None:
    a, b = Sample(2.0, 8.0, 400), Sample(1.0, 3.0, 300)
    found = ratio_interval(a, b)
    # ends solve (1 - g) r^2 - 2 r ratio + ratio^2 - t^2 va/mean_b^2 = 0, g = t^2 vb/mean_b^2, at their own t
    for end in (found.low, found.high):
        assert end is not None
        t = stats.t.ppf(0.975, degrees_of_freedom(a, b, end))
        g = t**2 * b.variance / b.mean**2
        inside = math.sqrt(4.0 - (1 - g) * (4.0 - t**2 * a.variance / b.mean**2))
        assert min(abs(end - (2.0 + s * inside) / (1 - g)) for s in (1, -1)) < 1e-9


@pytest.mark.parametrize("n", [(6, 6), (6, 10), (10, 20)])
@pytest.mark.parametrize("cv", [(0.1, 0.1), (0.3, 0.1), (0.1, 0.3)])
def test_the_interval_holds_the_true_ratio_as_often_as_it_says(
    n: tuple[int, int], cv: tuple[float, float]
) -> None:
    trials, ratio = 20_000, 1.25
    rng = np.random.default_rng([*n, *(int(100 * c) for c in cv)])
    a = rng.normal(ratio, ratio * cv[0], (trials, n[0]))
    b = rng.normal(1.0, cv[1], (trials, n[1]))
    # the true ratio lies between the ends where Welch's test of a against ratio x b doesn't refuse it
    inside = stats.ttest_ind(a, ratio * b, axis=1, equal_var=False).pvalue >= 0.05
    # Satterthwaite's degrees of freedom are an approximation: 0.01 of coverage is what is asked of them
    assert abs(inside.mean() - 0.95) < 0.01 + 4 * math.sqrt(0.95 * 0.05 / trials)
    for i in range(50):  # and the ends agree with that
        x, y = (Sample(float(v[i].mean()), float(v[i].std(ddof=1)), v.shape[1]) for v in (a, b))
        found = ratio_interval(x, y)
        assert found.low is not None and found.high is not None
        assert (found.low <= ratio <= found.high) == inside[i]


@pytest.mark.parametrize(
    ("a", "b", "why"),
    [
        (Sample(1.0, None, 1), TRASTUZUMAB, "the first: n = 1"),
        (TRASTUZUMAB, Sample(0.47, None, 12), "the second: its SD is not known"),
        (TRASTUZUMAB, Sample(0.47, 0.1, None), "the second: n is not known"),
        (Sample(1.0, 0.0, 3), Sample(2.0, 0.0, 3), "both SDs are 0"),
    ],
)
def test_where_there_is_no_test_it_is_said_why(a: Sample, b: Sample, why: str) -> None:
    test, interval = welch(a, b), ratio_interval(a, b)
    assert isinstance(test, str) and test.startswith(why)
    assert (interval.low, interval.high) == (None, None) and interval.reason.startswith(why)


def test_a_spread_of_0_in_one_cohort_leaves_the_others() -> None:
    exact, other = Sample(1.7, 0.0, 6), Sample(1.32, 0.24, 10)
    found = ratio_interval(exact, other)
    t = stats.t.ppf(0.975, 9)  # the other's alone: it is t of one sample
    half = t * 0.24 / math.sqrt(10)
    assert (found.low, found.high) == pytest.approx((1.7 / (1.32 + half), 1.7 / (1.32 - half)), rel=1e-9)
    turned = ratio_interval(other, exact)
    assert (turned.low, turned.high) == pytest.approx(((1.32 - half) / 1.7, (1.32 + half) / 1.7), rel=1e-9)


def test_a_denominator_that_may_be_0_leaves_the_ratio_without_an_upper_end() -> None:
    found = ratio_interval(Sample(1.0, 0.5, 3), Sample(1.0, 0.9, 3))
    assert found.low is not None and found.high is None and "no upper end" in found.reason


def test_holm_refuses_step_by_step() -> None:
    rng = np.random.default_rng(3)
    for _ in range(50):
        p = rng.uniform(0, 0.2, 7)
        corrected = np.array(holm(p.tolist()))
        for alpha in (0.01, 0.05, 0.2):
            # Holm (1979): go up the sorted P values as long as P <= alpha/(m - rank)
            refused: set[int] = set()
            for rank, i in enumerate(np.argsort(p)):
                if p[i] > alpha / (len(p) - rank):
                    break
                refused.add(int(i))
            assert refused == set(np.flatnonzero(corrected <= alpha).tolist())
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_no_upper_end_where_the_second_mean_may_be_zero() -> None:
    """Ratios on the way to infinity are refused (at 20 with 6.4 degrees of freedom), those beyond are not."""
    a, b = Sample(10.0, 14.0, 50), Sample(1.0, 0.111 * math.sqrt(2.0), 2)

    def refused(ratio: float) -> bool:
        found = welch(a, Sample(ratio * b.mean, ratio * (b.sd or 0.0), b.n))
        assert isinstance(found, Welch)
        return found.p < 0.05

    assert refused(20.0) and not refused(1e6)
    found = ratio_interval(a, b)
    assert found.high is None and "no upper end" in found.reason
    assert found.low is not None and not refused(found.low * 1.01)
