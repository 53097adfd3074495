"""The time of best contrast: of a lesion, of a patient, of the cohort, with intervals of medians."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from scipy.stats import binom

from dosimetry.errors import DosimetryError
from lesions import BestContrast, UptakeRatio, best_contrasts, median_interval


def ratios(cohort: Mapping[str, Mapping[str, Mapping[float, float | None]]]) -> list[UptakeRatio]:
    """Patient -> lesion -> time -> ratio."""
    return [
        UptakeRatio(
            patient=p, lesion=x, site="bone", time_h=t, planned_h=t, quantity="suv_max",
            reference_quantity="suv_mean", beside="liver", ratio=r,
        )
        for p, lesions in cohort.items()
        for x, of in lesions.items()
        for t, r in of.items()
    ]  # fmt: skip


def by_name(found: list[BestContrast]) -> dict[tuple[str, str], BestContrast]:
    return {(b.patient, b.lesion): b for b in found}


@pytest.mark.parametrize("n", [6, 7, 10, 25, 101])
def test_the_interval_is_the_narrowest_that_the_binomial_distribution_allows(n: int) -> None:
    values = list(range(1, n + 1))
    found = median_interval([float(v) for v in values])
    assert found is not None
    j = round(found[0])
    assert found[1] == n + 1 - j
    assert 1 - 2 * binom.cdf(j - 1, n, 0.5) >= 0.95 > 1 - 2 * binom.cdf(j, n, 0.5)


def test_few_values_have_no_interval() -> None:
    assert median_interval([1.0] * 5) is None
    assert median_interval([]) is None
    assert median_interval([3.0, 1.0, 2.0], 0.7) == (1.0, 3.0)  # 1 - 2/8 = 0.75
    with pytest.raises(DosimetryError, match="level"):
        median_interval([1.0], 95)


def test_the_interval_holds_the_median_as_often_as_it_says() -> None:
    """10 log-normal values: P = 1 - 2 (1 + 10)/1024 = 0.9785; 4 standard errors of 4000 trials."""
    rng = np.random.default_rng(3)
    inside = 0
    for sample in np.exp(rng.normal(size=(4000, 10))):
        low, high = median_interval(sample.tolist()) or (math.nan, math.nan)
        inside += low <= 1.0 <= high
    expected = 1 - 22 / 1024
    assert inside / 4000 == pytest.approx(expected, abs=4 * math.sqrt(expected * (1 - expected) / 4000))


def test_best_times_of_a_lesion_a_patient_and_the_cohort() -> None:
    found = by_name(
        best_contrasts(
            ratios(
                {
                    "P1": {"a": {24: 1.0, 96: 3.0, 144: 2.0}, "b": {24: 5.0, 96: 1.0, 144: 9.0}},
                    "P2": {"c": {24: 1.0, 96: 8.0, 144: 2.0}},
                }
            )
        )
    )
    assert (found["P1", "a"].best_h, found["P1", "b"].best_h) == (96, 144)
    assert [a.ratio for a in found["P1", ""].at] == [3.0, 2.0, 5.5]
    assert found["P1", ""].best_h == 144
    cohort = found["", ""]
    assert [a.ratio for a in cohort.at] == [2.0, 5.0, 3.75]  # medians over patients, not over lesions
    assert (cohort.best_h, cohort.n_patients, cohort.n_lesions, cohort.left_out) == (96, 2, 3, 0)
    assert cohort.at[0].low is None and cohort.at[0].reason == "no interval: fewer than 6 patients"


def test_each_time_has_the_same_lesions() -> None:
    """A hot lesion that only the late scan has would make the late time look best."""
    found = by_name(
        best_contrasts(
            ratios(
                {
                    "P1": {"a": {24: 3.0, 96: 2.0}, "hot": {24: None, 96: 90.0}},
                    "P2": {"c": {24: 3.0, 96: 2.0}},
                }
            )
        )
    )
    assert found["P1", ""].best_h == 24
    assert (found["P1", ""].n_lesions, found["P1", ""].left_out) == (1, 1)
    late = by_name(best_contrasts(ratios({"P1": {"a": {24: 3.0, 96: 2.0}}, "P2": {"c": {96: 90.0}}})))
    assert (late["", ""].best_h, late["", ""].n_patients, late["", ""].left_out) == (24, 1, 1)


def test_without_times_to_choose_from_there_is_a_reason() -> None:
    found = by_name(best_contrasts(ratios({"P1": {"a": {24: 3.0}, "b": {24: None}}})))
    assert (found["P1", "a"].best_h, found["P1", "a"].reason) == (
        None,
        "scanned at one time only, so there is none to choose",
    )
    assert (found["P1", "b"].best_h, found["P1", "b"].reason) == (None, "no ratio is known")
    assert found["", ""].best_h is None
    apart = by_name(best_contrasts(ratios({"P1": {"a": {24: 3.0, 96: None}, "b": {24: None, 96: 2.0}}})))
    assert apart["P1", ""].reason == "no lesion was measured at all of the times (24, 96 h)"


def test_a_time_that_few_have_costs_nobody_their_place() -> None:
    cohort = {f"P{i}": {"a": {24: 1.0, 96: 2.0 + i}} for i in range(4)}
    cohort["P4"] = {"a": {24: 1.0, 48: 9.0, 96: 3.0}}
    found = by_name(best_contrasts(ratios(cohort)))["", ""]
    assert (found.best_h, found.n_patients, found.left_out) == (96, 5, 0)
    assert found.reason == "left out: 48 h, when fewer than half of the patients were measured"


def test_of_equal_ratios_the_earliest_is_best() -> None:
    assert best_contrasts(ratios({"P1": {"a": {96: 3.0, 24: 3.0}}}))[0].best_h == 24


def test_two_scans_at_one_time_of_the_plan_are_refused() -> None:
    one = ratios({"P1": {"a": {24: 3.0}}})
    with pytest.raises(DosimetryError, match="two scans count as the one at 24 h"):
        best_contrasts([*one, *one])
