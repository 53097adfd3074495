"""What a few patients say of a mean and an SD; how comparisons are counted by strength."""

from __future__ import annotations

import numpy as np
import pytest

from validation.layers.cohort import ORGANS
from validation.layers.sampling import mean_half_width, sd_ratio_limits
from validation.outcome import CONSISTENCY, CONSTRUCTION, FAIL, FORWARD, MISSED, PASS, Outcome
from validation.report.headline import missed_table, sentences, strength_table, total


def test_the_interval_of_a_mean_holds_the_true_one_in_95_of_100() -> None:
    rng = np.random.default_rng(5)
    draws = rng.normal(3.0, 0.7, (20_000, 10))
    half = np.array([mean_half_width(sd, 10) for sd in draws.std(axis=1, ddof=1)[:4000]])
    inside = abs(draws.mean(axis=1)[:4000] - 3.0) < half
    assert inside.mean() == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 4000))


def test_ratios_of_sds_are_within_their_limits_in_95_of_100() -> None:
    rng = np.random.default_rng(6)
    ours = rng.normal(0.0, 1.0, (20_000, 40)).std(axis=1, ddof=1)
    theirs = rng.normal(0.0, 1.0, (20_000, 10)).std(axis=1, ddof=1)
    low, high = sd_ratio_limits(40, 10)
    for outside in (ours / theirs < low, ours / theirs > high):
        assert outside.mean() == pytest.approx(0.025, abs=4 * np.sqrt(0.025 / 20_000))


def line(strength: str, ours: float, known: str = "", limits: tuple[float, float] = (0.9, 1.1)) -> Outcome:
    return Outcome(
        "c", "l", "k", "q", published=1.0, ours=ours, limits=limits, strength=strength, known=known
    )


def test_a_declared_difference_is_missed_and_never_met() -> None:
    assert line(FORWARD, 1.2).verdict == FAIL
    assert line(FORWARD, 1.2, known="why").verdict == MISSED
    assert line(FORWARD, 1.05, known="why").verdict == PASS


def test_totals_count_only_what_was_judged() -> None:
    shown = Outcome("c", "l", "k", "q", published=1.0, ours=5.0)
    not_run = Outcome("c", "l", "k", note="no body")
    rows = [line(FORWARD, 1.02), line(FORWARD, 1.3, "why"), line(CONSISTENCY, 0.5), shown, not_run]
    found = total(r for r in rows if r.strength == FORWARD)
    assert (found.judged, found.passed, found.missed, found.failed) == (2, 1, 1, 0)
    assert found.median_percent == pytest.approx(16.0) and found.largest_percent == pytest.approx(30.0)
    text = sentences(rows)
    assert text[0].startswith("independent forward: 1 of 2 met, 1 missed, 0 FAIL")
    assert text[1].startswith("consistency: 0 of 1 met, 0 missed, 1 FAIL")
    assert text[-1] == "1 shown without a verdict, 1 not run (no body)"
    assert "by construction" not in " ".join(text)
    assert "| c | 2 | 1 | 1 | 0 | 16.0 % | 30.0 % |" in strength_table(rows)
    missed = missed_table(rows, [["q", "", "", "", ""]] * len(rows)).splitlines()[2:]
    assert len(missed) == 2 and "why" in missed[0] and "not known" in missed[1]


def test_what_the_cohort_got_from_its_own_dose_is_by_construction(rows: list[Outcome]) -> None:
    cohort = [r for r in rows if r.layer == "d. cohort" and r.limits != (None, None)]
    assert {r.quantity for r in cohort if r.strength == CONSTRUCTION} == set(ORGANS)
    assert all(r.strength in (CONSTRUCTION, CONSISTENCY) for r in cohort)
    heart = next(r for r in cohort if r.quantity == "heart wall" and r.check.startswith("mean"))
    assert heart.published is not None and heart.published_sd is not None and heart.limits[1] is not None
    # t(9) at 97.5 % is 2.262 (any table)
    assert heart.limits[1] - heart.published == pytest.approx(2.262 * heart.published_sd / 10**0.5, rel=1e-3)


def test_nothing_that_was_fitted_is_forward(rows: list[Outcome]) -> None:
    for row in rows:
        if row.layer.startswith(("b", "d")) or "published doses of" in row.check:
            assert row.strength != FORWARD, row
