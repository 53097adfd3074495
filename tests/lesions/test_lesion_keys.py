"""Keys of [lesions.positive] and its neighbours: what goes together, and what is said of what does not."""

from __future__ import annotations

import pytest
from lesion_cohort import fdg, lesion, patient
from pydantic import ValidationError

from dosimetry.errors import DosimetryError
from lesions import PositiveKeys, ResponseKeys, StatisticsKeys, SurvivalKeys
from lesions.positive.checking import check_response
from milligray.errors import Complaints

THRESHOLD = {"rule": "threshold", "quantity": "suv_max", "threshold": 3.2}


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"rule": "threshold", "quantity": "suv_max"}, "rule = 'threshold' needs threshold"),
        ({"rule": "reference", "quantity": "suv_max"}, "needs factor and reference"),
        ({"rule": "visual", "threshold": 3.2}, "threshold does nothing with rule = 'visual'"),
        ({"rule": "visual", "quantity": "suv_max"}, "takes no quantity"),
        ({"rule": "threshold", "threshold": 3.2}, "needs a quantity"),
        ({**THRESHOLD, "compared_quantity": "suv_mean"}, "compared_quantity does nothing"),
        ({**THRESHOLD, "positive_from": 3}, "positive_from does nothing"),
        ({**THRESHOLD, "scan_h": 96}, "scan_h and scan_within_h go together"),
        ({**THRESHOLD, "load": "volume"}, "needs volume"),
        ({**THRESHOLD, "volume": "FDG"}, "takes no volume"),
        ({**THRESHOLD, "share_of": "all lesions", "load": "FDG burden"}, "no load by FDG"),
        ({**THRESHOLD, "threshold": 0}, "greater than 0"),
        ({**THRESHOLD, "dominant_above": 50}, "less than 1"),
        ({"rule": "visual", "positive_from": 5}, "less than or equal to 4"),
        (
            {"rule": "background", "quantity": "suv_max", "factor": 2, "compared_quantity": "sul_mean"},
            "no ratio",
        ),
    ],
)
def test_keys_that_do_not_go_together(said: dict[str, object], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        PositiveKeys(**said)  # type: ignore[arg-type]


def test_what_is_said_is_the_rule() -> None:
    keys = PositiveKeys(rule="background", quantity="suv_max", factor=2, load="volume", volume="tracer")
    assert keys.positive_rule().words == "suv_max above 2 times the background's suv_max"
    assert (keys.load_rule().load, keys.load_rule().volume) == ("volume", "tracer")
    assert PositiveKeys(rule="visual").positive_rule().words == "visual class 3 or more"
    at = PositiveKeys(**THRESHOLD, scan_h=96, scan_within_h=12)  # type: ignore[arg-type]
    assert at.positive_rule().scan_words == "scan nearest to 96 h, at most 12 h off"


def test_a_criterion_of_ones_own_says_all_and_a_published_one_nothing() -> None:
    own = ResponseKeys(
        criterion="own", quantity="suv_mean", cut_percent=25, least_change=0, by_patient="same lesions"
    )
    assert own.response_criterion().words == "own: 25 % of suv_mean, same lesions"
    with pytest.raises(ValidationError, match="needs quantity, cut_percent and least_change"):
        ResponseKeys(criterion="own", quantity="suv_mean", by_patient="same lesions")
    with pytest.raises(ValidationError, match="'CONSIST' says cut_percent itself"):
        ResponseKeys(criterion="CONSIST", cut_percent=20, by_patient="same lesions")
    with pytest.raises(ValidationError, match="by_patient"):
        ResponseKeys(criterion="CONSIST")  # type: ignore[call-arg]


@pytest.mark.parametrize(
    ("keys", "said"),
    [(StatisticsKeys, {"confidence": 95}), (StatisticsKeys, {"draws": 10}), (SurvivalKeys, {"months": [0]}),
     (SurvivalKeys, {"by": ["sex"]}), (SurvivalKeys, {"interval": "plain"})],
)  # fmt: skip
def test_values_that_cannot_be(keys: type, said: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        keys(**said)


def fail(table: str, row: int | None, column: str, problem: str) -> DosimetryError:
    return DosimetryError(f"{table}: row {row}, column '{column}': {problem}")


def test_an_early_scan_without_a_baseline_is_a_mistake_unless_it_is_said_to_be_new() -> None:
    patients = [patient(lesion("a", fdg=fdg(8.0, 5.0)), lesion("b", fdg=fdg(None, 5.0)))]
    keys = {"criterion": "CONSIST", "by_patient": "every lesion"}
    with pytest.raises(DosimetryError) as told, Complaints(DosimetryError) as found:
        check_response(patients, ResponseKeys(**keys), fail, found)  # type: ignore[arg-type]
    (line,) = told.value.complaints
    assert "'early' of P1, b has no baseline" in line and "early_without_baseline = 'new lesion'" in line
    with Complaints(DosimetryError) as found:
        said = ResponseKeys(**keys, early_without_baseline="new lesion")  # type: ignore[arg-type]
        check_response(patients, said, fail, found)
