"""Rules of positivity, at named scans; what cannot be judged is neither positive nor negative."""

from __future__ import annotations

import pytest
from lesion_cohort import lesion, patient, seen

from dosimetry.errors import DosimetryError
from lesions import PositiveRule, judge_lesions
from lesions.lesion import ReferenceScan
from lesions.positive.rules import deciding

THRESHOLD = PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2)


def calls(rule: PositiveRule, *lesions, **more) -> list[bool | None]:
    found = judge_lesions([patient(*lesions, **more)], rule)
    return [j.positive for j in found if j.decides]


@pytest.mark.parametrize(("visual_class", "positive"), [(1, False), (2, False), (3, True), (4, True)])
def test_visual_classes_1_and_2_are_negative_3_and_4_positive(visual_class: int, positive: bool) -> None:
    assert calls(PositiveRule(rule="visual"), lesion("a", seen(visual_class=visual_class))) == [positive]


def test_a_threshold_is_positive_from_it_up() -> None:
    assert calls(THRESHOLD, *(lesion(str(v), seen(v)) for v in (3.19, 3.2, 5.0))) == [False, True, True]


def test_above_background_is_above_the_factor() -> None:
    rule = PositiveRule(rule="background", quantity="suv_max", compared_quantity="suv_mean", factor=2.0)
    of = [(4.0, 2.0), (4.1, 2.0), (1.0, 0.4)]
    lesions = [lesion(str(i), seen(v, background={"suv_mean": b})) for i, (v, b) in enumerate(of)]
    assert calls(rule, *lesions) == [False, True, True]
    found = judge_lesions([patient(lesions[1])], rule)
    assert (found[0].value, found[0].limit) == (pytest.approx(2.05), 2.0)


def test_a_ratio_to_the_liver_takes_the_livers_own_scan() -> None:
    rule = PositiveRule(rule="reference", quantity="suv_max", factor=1.5, reference="Liver")
    liver = [
        ReferenceScan(time_h=t, region="liver", value={"suv_max": v}) for t, v in ((24.0, 10.0), (97.0, 4.0))
    ]
    early, late = seen(7.0, time_h=24.0), seen(7.0, time_h=96.0)
    found = judge_lesions([patient(lesion("a", early, late), references=liver)], rule)
    assert [(j.value, j.positive) for j in found] == [(0.7, False), (1.75, True)]
    # a scan that is too far off, and a tissue that nobody measured
    far = judge_lesions([patient(lesion("a", seen(7.0, time_h=60.0)), references=liver)], rule)
    assert far[0].positive is None and "within 2 h" in far[0].reason
    assert calls(rule, lesion("a", late)) == [None]


def test_the_scan_that_decides() -> None:
    one = lesion("a", seen(5.0, time_h=24.0), seen(2.0, time_h=96.0), seen(time_h=144.0, visual_class=2))
    # the latest that can be judged
    latest = judge_lesions([patient(one)], THRESHOLD)
    assert [(j.positive, j.decides) for j in latest] == [(True, False), (False, True), (None, False)]
    # the one nearest to a time, if it is near enough
    at = PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2, scan_h=30.0, scan_within_h=6.0)
    assert deciding(judge_lesions([patient(one)], at))["P1", "a"].positive is True
    none = PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2, scan_h=60.0, scan_within_h=6.0)
    found = deciding(judge_lesions([patient(one)], none))["P1", "a"]
    assert found.positive is None and found.reason == "no scan within 6 h of 60 h"
    # a scan of the named time that lacks the uptake does not let another decide
    lacks = PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2, scan_h=144.0, scan_within_h=6.0)
    assert deciding(judge_lesions([patient(one)], lacks))["P1", "a"].reason == "no suv_max"


@pytest.mark.parametrize(
    ("rule", "scan", "reason"),
    [
        (PositiveRule(rule="visual"), seen(5.0), "no visual class"),
        (THRESHOLD, seen(visual_class=4), "no suv_max"),
        (
            PositiveRule(rule="background", quantity="suv_max", factor=1.0),
            seen(5.0),
            "no suv_max of the background",
        ),
    ],
)
def test_a_lesion_that_cannot_be_judged_has_a_reason(rule: PositiveRule, scan, reason: str) -> None:
    found = judge_lesions([patient(lesion("a", scan))], rule)
    assert [(j.positive, j.reason, j.decides) for j in found] == [(None, reason, True)]


def test_a_lesion_without_a_scan_has_one_row() -> None:
    found = judge_lesions([patient(lesion("a"))], THRESHOLD)
    assert [(j.positive, j.reason, j.time_h) for j in found] == [(None, "no scan", None)]


def test_rules_without_what_they_need() -> None:
    with pytest.raises(DosimetryError, match="needs threshold"):
        PositiveRule(rule="threshold", quantity="suv_max")
    with pytest.raises(DosimetryError, match="needs factor and reference"):
        PositiveRule(rule="reference", quantity="suv_max")
    with pytest.raises(DosimetryError, match="unknown rule"):
        PositiveRule(rule="guess")  # type: ignore[arg-type]
    with pytest.raises(DosimetryError, match="go together"):
        PositiveRule(rule="visual", scan_h=96.0)
    with pytest.raises(DosimetryError, match="no patient has a lesion"):
        judge_lesions([patient()], THRESHOLD)
