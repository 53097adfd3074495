"""Early response by FDG: PERCIST's and CONSIST's cuts, lesions and patients, new lesions, best responses."""

from __future__ import annotations

from dataclasses import replace

import pytest
from lesion_cohort import fdg, lesion, patient

from dosimetry.errors import DosimetryError
from lesions import RESPONSE_CRITERIA, ResponseCriterion, patient_change, response_rates
from lesions.positive.fdg_response import lesion_change

PERCIST, CONSIST = RESPONSE_CRITERIA["PERCIST 1.0"], RESPONSE_CRITERIA["CONSIST"]


@pytest.mark.parametrize(
    ("baseline", "early", "found"),
    [
        (10.0, 7.0, "response"),  # a fall of at least 30 %
        (10.0, 7.01, "stable"),
        (2.0, 1.2, "response"),  # 40 % and 0.8
        (2.0, 1.21, "stable"),  # 39.5 % but 0.79
        (10.0, 13.0, "stable"),  # a rise of 30 % is not above 30 %
        (10.0, 13.01, "progression"),
        (2.0, 2.8, "stable"),  # 40 % but not above 0.8
        (2.0, 2.81, "progression"),
    ],
)
def test_percist(baseline: float, early: float, found: str) -> None:
    assert PERCIST.change_of(baseline, early) == found


def test_consist_is_15_percent_without_a_least_change() -> None:
    of = {
        (10.0, 8.5): "response",
        (10.0, 8.51): "stable",
        (1.0, 0.85): "response",
        (10.0, 11.51): "progression",
    }
    assert {pair: CONSIST.change_of(*pair) for pair in of} == of
    assert (CONSIST.quantity, PERCIST.quantity) == ("suv_max", "sul_peak")


def with_lesions(*pairs: tuple[float | None, float | None]):
    return patient(*(lesion(str(i), fdg=fdg(*pair, quantity="sul_peak")) for i, pair in enumerate(pairs)))


def by(rule: str) -> ResponseCriterion:
    return replace(PERCIST, by_patient=rule)  # type: ignore[arg-type]


def test_the_hottest_lesion_of_each_scan_need_not_be_the_same() -> None:
    one = with_lesions((10.0, 3.0), (6.0, 6.5))
    found = patient_change(one, by("hottest lesion"))
    assert (found.baseline, found.early, found.response) == (10.0, 6.5, "response")
    # the sum of the same lesions: 16 to 9.5; every lesion: one is stable
    same = patient_change(one, by("same lesions"))
    assert (same.baseline, same.early, same.response) == (16.0, 9.5, "response")
    assert patient_change(one, by("every lesion")).response == "stable"
    assert patient_change(with_lesions((10.0, 3.0), (6.0, 4.2)), by("every lesion")).response == "response"
    assert patient_change(with_lesions((10.0, 3.0), (6.0, 9.0)), by("every lesion")).response == "progression"


@pytest.mark.parametrize("rule", ["hottest lesion", "same lesions", "every lesion"])
def test_a_new_lesion_is_progression_whatever_the_others_do(rule: str) -> None:
    found = patient_change(with_lesions((10.0, 1.0), (None, 2.0)), by(rule))
    assert (found.response, found.new, found.reason) == ("progression", True, "new lesion: 1")


@pytest.mark.parametrize("rule", ["hottest lesion", "same lesions", "every lesion"])
def test_a_lesion_that_lacks_a_scan_leaves_the_patient_open(rule: str) -> None:
    found = patient_change(with_lesions((10.0, 3.0), (6.0, None)), by(rule))
    assert found.response is None and found.reason == "1: no sul_peak in the early scan"


def test_lesions_without_the_uptake_have_a_reason() -> None:
    other = lesion("a", fdg=fdg(8.0, 5.0, quantity="suv_max"))
    assert lesion_change(other, PERCIST).reason == "no sul_peak in the baseline and early scan"
    none = lesion("b")
    assert (lesion_change(none, PERCIST).response, lesion_change(none, PERCIST).reason) == (
        None,
        "no FDG lesion",
    )
    assert patient_change(patient(none), PERCIST).reason == "no FDG lesion"
    assert lesion_change(lesion("c", fdg=fdg(8.0, 5.0)), CONSIST).percent == -37.5


def test_rates_of_best_responses() -> None:
    best = ["CR", "PR", "PR", "SD", "SD", "SD", "PD", "NE", None]
    rates = {how: response_rates(best, not_evaluable=how) for how in ("no response", "left out")}  # type: ignore[arg-type]
    assert [(r.share.events, r.share.n, r.left_out) for r in rates["no response"]] == [(3, 8, 1), (6, 8, 1)]
    assert [(r.share.events, r.share.n, r.left_out) for r in rates["left out"]] == [(3, 7, 2), (6, 7, 2)]


def test_what_cannot_be() -> None:
    with pytest.raises(DosimetryError, match="unknown best response XX"):
        response_rates(["XX"])
    with pytest.raises(DosimetryError, match="unknown quantity 'suv'"):
        ResponseCriterion(name="own", quantity="suv", cut_percent=20.0)
    with pytest.raises(DosimetryError, match="cut_percent lies between"):
        ResponseCriterion(name="own", quantity="suv_max", cut_percent=0.0)
    with pytest.raises(DosimetryError, match="unknown rule"):
        patient_change(patient(), by("mean"))
