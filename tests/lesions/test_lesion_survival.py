"""Kaplan-Meier, median, rates, log-rank: Freireich's printed answers, SciPy's, lifelines', and edges."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.stats import CensoredData, ecdf, logrank

from dosimetry.errors import DosimetryError
from lesions import FollowUp, KaplanMeier, log_rank

#: Freireich et al., Blood 1963;21:699-716: weeks of remission; + still in remission.
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"


def weeks(text: str) -> FollowUp:
    words = text.split()
    return FollowUp(tuple(float(w.rstrip("+")) for w in words), tuple(not w.endswith("+") for w in words))


def test_freireichs_data_give_the_printed_answers() -> None:
    """S(t), its standard error and log-log limits as Stata lists them, the medians, log-rank chi2 16.79."""
    mp, placebo = KaplanMeier(weeks(SIX_MP)), KaplanMeier(weeks(PLACEBO))
    assert (mp.followed.n + placebo.followed.n, mp.followed.events + placebo.followed.events) == (42, 30)
    assert list(mp.day) == [6, 7, 10, 13, 16, 22, 23]
    assert list(mp.at_risk) == [21, 17, 15, 12, 11, 7, 6]
    assert list(mp.events) == [3, 1, 1, 1, 1, 1, 1]
    printed = [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert [round(float(s), 4) for s in mp.survival] == printed
    assert [round(float(s), 4) for s in mp.se] == [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]
    low, high = mp.limits("log-log")
    assert [round(float(x), 4) for x in (low[0], high[0], low[1], high[1])] == [
        0.6197,
        0.9516,
        0.5631,
        0.9228,
    ]
    assert (mp.median, placebo.median) == (23, 8)
    limits = mp.median_interval()
    assert limits.low == 13 and limits.high is None and "not reached" in limits.reason
    test = log_rank({"6-MP": mp.followed, "placebo": placebo.followed})
    assert (round(test.chi2, 2), round(test.chi2, 4), test.degrees) == (16.79, 16.7929, 1)
    assert f"{test.p:.3e}" == "4.169e-05"
    assert test.observed == {"6-MP": 9, "placebo": 21}


@pytest.fixture(scope="module")
def two() -> list[FollowUp]:
    """Two drawn groups with ties and censoring."""
    random = np.random.default_rng(5)
    groups = []
    for scale in (8.0, 14.0):
        time, end = np.ceil(random.exponential(scale, 40)), np.ceil(random.uniform(2, 25, 40))
        groups.append(FollowUp(tuple(map(float, np.minimum(time, end))), tuple(map(bool, time <= end))))
    return groups


def censored(followed: FollowUp) -> CensoredData:
    return CensoredData.right_censored(np.array(followed.day), ~np.array(followed.happened))


@pytest.mark.parametrize(("method", "scipys"), [("log-log", "log-log"), ("Greenwood", "linear")])
def test_curves_and_limits_are_scipys(two: list[FollowUp], method: str, scipys: str) -> None:
    for followed in two:
        km, theirs = KaplanMeier(followed), ecdf(censored(followed)).sf
        np.testing.assert_allclose(km.survival, theirs.evaluate(km.day), rtol=1e-12)
        low, high = km.limits(method)  # type: ignore[arg-type]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # where all have had the event SciPy warns that there are none
            band = theirs.confidence_interval(0.95, method=scipys)
        known = km.survival > 0
        np.testing.assert_allclose(low[known], band.low.evaluate(km.day)[known], rtol=1e-9)
        np.testing.assert_allclose(high[known], band.high.evaluate(km.day)[known], rtol=1e-9)


def test_log_rank_of_two_is_scipys(two: list[FollowUp]) -> None:
    found = log_rank({"a": two[0], "b": two[1]})
    theirs = logrank(censored(two[0]), censored(two[1]))
    assert found.chi2 == pytest.approx(theirs.statistic**2, rel=1e-10)
    assert found.p == pytest.approx(theirs.pvalue, rel=1e-10)
    assert sum(found.expected.values()) == pytest.approx(sum(found.observed.values()))


def test_log_rank_of_three_keeps_its_level() -> None:
    """Without a difference, 5 % of the tests are below 0.05: within 4 standard errors."""
    random, trials = np.random.default_rng(3), 600
    below = 0
    for _ in range(trials):
        time, end = random.exponential(10, 90), random.uniform(3, 30, 90)
        day, event = np.minimum(time, end), time <= end
        parts = [slice(0, 30), slice(30, 60), slice(60, 90)]
        groups = {str(i): FollowUp(tuple(day[s]), tuple(map(bool, event[s]))) for i, s in enumerate(parts)}
        below += log_rank(groups).p < 0.05
    assert abs(below / trials - 0.05) < 4 * np.sqrt(0.05 * 0.95 / trials)


def test_log_rank_of_three_is_that_of_two_where_one_is_never_there(two: list[FollowUp]) -> None:
    never = FollowUp((0.5, 0.25), (False, False))  # censored before the first event
    pair = {"a": two[0], "b": two[1]}
    assert log_rank({**pair, "c": never}).chi2 == pytest.approx(log_rank(pair).chi2, rel=1e-9)
    assert log_rank({**pair, "c": never}).degrees == 1
    assert log_rank({**pair, "nobody": FollowUp((), ())}).degrees == 1


def test_lifelines_says_the_same(two: list[FollowUp]) -> None:
    lifelines = pytest.importorskip("lifelines", reason="lifelines (extra 'survival') is not installed")
    from lifelines.statistics import multivariate_logrank_test
    from lifelines.utils import median_survival_times

    for followed in (*two, weeks(SIX_MP), weeks(PLACEBO)):
        theirs = lifelines.KaplanMeierFitter().fit(followed.day, followed.happened)
        km = KaplanMeier(followed)
        np.testing.assert_allclose(
            theirs.survival_function_at_times(km.day), km.survival, rtol=1e-9, atol=1e-12
        )
        known = km.survival > 0
        for mine, column in zip(km.limits(), (0, 1), strict=True):
            band = theirs.confidence_interval_.iloc[:, column].reindex(km.day)
            np.testing.assert_allclose(band[known], mine[known], rtol=1e-6)
        assert theirs.median_survival_time_ == (np.inf if km.median is None else km.median)
        low, high = median_survival_times(theirs.confidence_interval_).iloc[0]
        limits = km.median_interval()
        assert low == limits.low
        if limits.high is not None:
            assert high == limits.high
    groups = {"a": two[0], "b": two[1], "c": weeks(SIX_MP)}
    days = np.concatenate([g.day for g in groups.values()])
    events = np.concatenate([g.happened for g in groups.values()])
    names = np.repeat(list(groups), [g.n for g in groups.values()])
    theirs = multivariate_logrank_test(days, names, events)
    assert log_rank(groups).chi2 == pytest.approx(theirs.test_statistic, rel=1e-9)


def test_all_censored() -> None:
    km = KaplanMeier(FollowUp((3.0, 8.0, 9.0), (False,) * 3))
    assert km.median is None and km.median_interval().reason == "no event"
    assert km.rate(8.0) == (1.0, "")
    assert "no event until then" in km.rate_interval(8.0).reason
    s, reason = km.rate(9.5)
    assert s is None and "nobody was followed so long: the last on day 9" in reason
    with pytest.raises(DosimetryError, match="needs an event"):
        log_rank({"a": km.followed, "b": km.followed})


def test_a_median_that_is_not_reached_is_no_number() -> None:
    km = KaplanMeier(FollowUp((1.0, 5.0, 6.0, 7.0), (True, False, False, False)))
    assert km.median is None
    assert km.median_interval().high is None and "not reached" in km.median_interval().reason


def test_a_curve_of_exactly_one_half_reaches_its_median() -> None:
    """(1 - 1/6)(1 - 1/5)(1 - 1/4) is 0.5 but for rounding."""
    km = KaplanMeier(FollowUp((1.0, 2.0, 3.0, 9.0, 9.0, 9.0), (True, True, True, False, False, False)))
    assert km.median == 3.0


def test_one_patient() -> None:
    died = KaplanMeier(FollowUp((100.0,), (True,)))
    assert died.median == 100.0
    limits = died.median_interval()
    assert limits.low is None and limits.high is None and "no variance" in limits.reason
    assert died.rate(99.0) == (1.0, "") and died.rate(100.0) == (0.0, "")
    # nobody is left: after the last event S stays 0
    assert died.rate(500.0) == (0.0, "") and "all have had the event" in died.rate_interval(500.0).reason


def test_nobody() -> None:
    nobody = KaplanMeier(FollowUp((), ()))
    assert nobody.median is None and nobody.rate(3.0) == (None, "nobody")
    with pytest.raises(DosimetryError, match="two classes with patients"):
        log_rank({"a": FollowUp((1.0,), (True,)), "b": nobody.followed})


def test_classes_that_are_never_at_risk_together() -> None:
    with pytest.raises(DosimetryError, match="only one class was at risk"):
        log_rank({"a": FollowUp((1.0, 2.0), (False, False)), "b": FollowUp((5.0, 6.0), (True, True))})


def test_who_is_censored_on_the_day_of_an_event_is_at_risk_on_it() -> None:
    km = KaplanMeier(FollowUp((5.0, 5.0), (True, False)))
    assert list(km.at_risk) == [2.0] and km.rate(5.0)[0] == 0.5


def test_follow_up_that_cannot_be() -> None:
    with pytest.raises(DosimetryError, match="-1 days"):
        FollowUp((-1.0,), (True,))
    with pytest.raises(DosimetryError, match="nan days"):
        FollowUp((float("nan"),), (True,))
    with pytest.raises(DosimetryError, match="2 days, but 1"):
        FollowUp((1.0, 2.0), (True,))
    with pytest.raises(DosimetryError, match="unknown interval"):
        KaplanMeier(FollowUp((1.0, 2.0), (True, True))).limits("Wald")  # type: ignore[arg-type]
