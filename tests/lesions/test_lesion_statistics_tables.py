"""Tables of a cohort: what stands in them, which are left out, and what is said of those."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from lesion_cohort import by_counts, fdg, lesion, patient, seen

from dosimetry.errors import DosimetryError
from lesions import (
    FollowUp,
    KaplanMeier,
    PositiveKeys,
    ResponseKeys,
    StatisticsKeys,
    SurvivalKeys,
    lesion_statistics,
)
from lesions.cohort.comparisons import patients_of, tissue_call
from lesions.cohort.endpoints import time_to
from lesions.cohort.lesion_statistics import lesion_statistics_outputs
from lesions.lesion import LesionPatient, Outcome, Tissue

VISUAL = PositiveKeys(rule="visual")
SUV = PositiveKeys(rule="threshold", quantity="suv_max", threshold=3.2, share_of="all lesions")
CONSIST = ResponseKeys(criterion="CONSIST", by_patient="hottest lesion")
MONTH = 30.4375


def rows(frame: pd.DataFrame, **of: object) -> pd.DataFrame:
    for column, value in of.items():
        frame = frame[frame[column] == value]
    return frame


@pytest.fixture(scope="module")
def cohort() -> list[LesionPatient]:
    """12 patients of two lesions: PET, tissue, FDG, blood and outcome, in some disagreement."""
    made = []
    for i in range(12):
        name, good = f"P{i:02}", i % 2 == 0
        pet = (5.0 + 0.1 * i, 4.0 if good else 2.0)
        tissue = [
            Tissue(ihc=3 if good or i == 3 else 1, status="positive" if good or i == 3 else "negative")
        ] * 2
        lesions = [
            lesion(
                str(j),
                seen(v, visual_class=4 if v > 3.2 else 2),
                patient=name,
                tissue=t,
                fdg=fdg(10.0, 6.0 if good else 9.5),
            )
            for j, (v, t) in enumerate(zip(pet, tissue, strict=True))
        ]
        day = 100.0 + 40 * i + (300 if good else 0)
        outcome = Outcome(
            treatment_failure_day=day,
            treatment_failed=i != 10,
            survival_day=day + 100,
            died=False,
            progression_day=day,
            progressed=True,
            best_response="PR" if good else "PD",
            response_day=60.0 if good else None,
            blood_status="positive" if i < 8 else "negative",
        )
        made.append(patient(*lesions, name=name, outcome=outcome))
    return made


def test_concordance_by_patient_and_together() -> None:
    found = lesion_statistics(by_counts([(2, 2), (2, 2), (0, 2), (2, 27), (1, 5), (4, 5)]), positive=VISUAL)
    table = found.tables["lesion_concordance"]
    patients = table[table["patient"] != "cohort"]
    assert [f"{v:.1f}" for v in patients["value"]] == ["100.0", "100.0", "0.0", "7.4", "20.0", "80.0"]
    cohort = rows(table, patient="cohort")
    assert (cohort["events"] == 11).all() and (cohort["n"] == 43).all() and (cohort["patients"] == 6).all()
    assert [name.split(",")[0] for name in cohort["interval"]] == [
        "Clopper-Pearson", "Wilson", "ratio estimator", "bootstrap over patients"
    ]  # fmt: skip
    assumed = list(cohort["interval"].str.endswith("as if lesions were independent"))
    assert assumed == [True, True, False, False]
    plain, clustered = cohort.iloc[0], cohort.iloc[2]
    assert clustered["high"] - clustered["low"] > plain["high"] - plain["low"]
    patterns = rows(found.tables["lesion_patterns"], statistic="share of the tumour load")
    assert list(patterns["pattern"]) == ["A", "A", "D", "C", "C", "B"]
    positive = rows(found.tables["lesion_patterns"], statistic="positive patients").iloc[0]
    assert (positive["events"], positive["n"], positive["value"]) == (3, 6, 50.0)


def test_performance_agreement_and_roc(cohort: list[LesionPatient]) -> None:
    keys = {"positive": SUV, "response": CONSIST, "statistics": StatisticsKeys(draws=200)}
    found = lesion_statistics(cohort, **keys, survival=SurvivalKeys())  # type: ignore[arg-type]
    assert list(found.tables) == lesion_statistics_outputs(**keys, survival=SurvivalKeys())  # type: ignore[arg-type]
    table = found.tables["test_performance"]
    lesions = rows(table, of="lesions", measure="sensitivity")
    # positive by tissue: 6 patients of two, and both of P03, of which PET sees one
    assert (lesions["events"] == 13).all() and (lesions["n"] == 14).all() and (lesions["patients"] == 7).all()
    specificity = rows(table, of="lesions", measure="specificity").iloc[0]
    assert (specificity["events"], specificity["n"]) == (5, 10)
    early = rows(table, test="early FDG response", measure="accuracy").iloc[0]
    assert (early["events"], early["n"], early["unit"]) == (12, 12, "%")
    areas = rows(table, measure="area under the ROC curve")
    names = [name.split(",")[0] for name in areas["interval"]]
    assert names == ["DeLong", "Obuchowski", "bootstrap over patients"]
    assert found.roc is not None and areas["value"].iloc[0] == found.roc.area
    assert len(found.tables["roc_curve"]) == len({v for v in found.roc.value})
    kappas = found.tables["agreement"]
    assert (rows(kappas, first="tissue", second="PET")["n"] == 24).all()
    # PET positive: patients with more than half of their lesions, the even ones; blood: the first 8
    assert list(rows(kappas, first="PET", second="blood")["same_percent"]) == pytest.approx([50.0])
    assert set(rows(kappas, first="IHC 0 to 3")["weighting"]) == {"linear", "quadratic"}


def test_survival_by_class(cohort: list[LesionPatient]) -> None:
    found = lesion_statistics(
        cohort, positive=SUV, survival=SurvivalKeys(by=["imaging", "pattern"], months=[12])
    )
    table = rows(found.tables["survival"], endpoint="time to treatment failure")
    negative = rows(table, by="imaging", **{"class": "negative"}, quantity="median").iloc[0]
    # failures on day 140, 220, 300, 380, 460, 540: S is one half on the third
    assert negative["value"] == pytest.approx(300 / MONTH) and negative["unit"] == "months"
    failures = KaplanMeier(FollowUp((140.0, 220.0, 300.0, 380.0, 460.0, 540.0), (True,) * 6))
    assert negative["low"] == pytest.approx(failures.median_interval().low / MONTH)  # type: ignore[operator]
    rate = rows(table, by="imaging", **{"class": "negative"}, quantity="rate at 12 months").iloc[0]
    assert (rate["value"], rate["at_risk"]) == (pytest.approx(50.0), 3)
    nobody = rows(table, by="pattern", **{"class": "D (none)"}).iloc[0]
    assert nobody["n"] == 0 and np.isnan(nobody["value"]) and nobody["reason"] == "nobody in this class"
    assert rows(table, by="imaging", quantity="log-rank p")["value"].iloc[0] < 0.05
    survival = rows(found.tables["survival"], endpoint="overall survival", by="", quantity="median").iloc[0]
    assert np.isnan(survival["value"]) and "not reached: the estimate stays at 100.0 %" in survival["reason"]
    curve = rows(found.tables["survival_curves"], endpoint="time to treatment failure", by="")
    assert curve["survival_percent"].iloc[0] == 100 and curve["at_risk"].iloc[0] == 12
    assert curve["survival_percent"].is_monotonic_decreasing
    duration = found.survival["duration of response", ""]["all patients"]
    assert (duration.n, min(duration.day)) == (6, 400 - 60)


def test_what_a_study_lacks_is_left_out_and_said() -> None:
    bare = [patient(lesion("a", seen(5.0)), lesion("b", seen(visual_class=2)))]
    found = lesion_statistics(
        bare, positive=SUV, response=CONSIST, statistics=StatisticsKeys(), survival=SurvivalKeys(by=["blood"])
    )
    assert set(found.tables) == {"lesion_positivity", "lesion_patterns"}
    said = "\n".join(found.warnings)
    for words in (
        "1 of 2 lesions cannot be judged: P1 b (no suv_max); in shares they count as: left out",
        "no lesion has suv_max in a baseline and an early scan",
        "no best response is recorded",
        "PET against tissue is left out: no lesion has both",
        "agreement is left out",
        "by = 'blood' is left out",
        "not recorded of any patient: time to treatment failure, overall survival",
    ):
        assert words in said
    only = lesion_statistics(bare, positive=VISUAL)
    assert "no concordance, and no share of the FDG lesions" in "\n".join(only.warnings)
    assert rows(only.tables["lesion_patterns"], patient="cohort")["reason"].iloc[0].startswith("of nobody")


def test_who_is_left_out_of_a_comparison_is_named(cohort: list[LesionPatient]) -> None:
    first, second, third, *others = cohort
    open_ = replace(first.lesions[0], uptake=(seen(visual_class=4),))
    silent = replace(second.lesions[0], tissue=Tissue(ihc=2))
    assert third.outcome is not None
    no_end = replace(third.outcome, survival_day=None, died=None, blood_status=None)
    changed = [
        replace(first, lesions=(open_, *first.lesions[1:])),
        replace(second, lesions=(silent, *second.lesions[1:])),
        replace(third, outcome=no_end),
        *others,
    ]
    keys = {"statistics": StatisticsKeys(draws=200, tissue="scores"), "survival": SurvivalKeys(by=["blood"])}
    said = "\n".join(lesion_statistics(changed, positive=SUV, **keys).warnings)  # type: ignore[arg-type]
    assert (
        "2 of 24 biopsied lesions are not compared: P00 0 (PET not judged), P01 0 (tissue does not say)"
        in said
    )
    assert "overall survival is not recorded of P02; they are not in it" in said
    assert "by = 'blood': P02 in no class, and not compared" in said
    assert "time to treatment failure is not recorded" not in said


def test_either_and_both_of_two_tests(cohort: list[LesionPatient]) -> None:
    """PET calls the even patients positive, FDG all of these but P00, whose fall is made small."""
    less = [replace(x, fdg=fdg(10.0, 9.5)) for x in cohort[0].lesions]
    changed = [replace(cohort[0], lesions=tuple(less)), *cohort[1:]]
    found = lesion_statistics(changed, positive=SUV, response=CONSIST, statistics=StatisticsKeys(draws=200))
    table = found.tables["test_performance"]
    counts = {
        test: [
            tuple(rows(table, test=test, measure=m).iloc[0][["events", "n"]])
            for m in ("positive predictive value", "negative predictive value")
        ]
        for test in ("PET and early FDG response", "PET or early FDG response")
    }
    assert counts == {
        "PET and early FDG response": [(5, 5), (6, 7)], "PET or early FDG response": [(6, 6), (6, 6)],
    }  # fmt: skip


def test_the_curve_is_of_the_scan_that_decides() -> None:
    def two_scans(name: str, early: float, late: float, status: str):
        scans = (seen(early, time_h=24.0), seen(late, time_h=120.0))
        return lesion(name, *scans, tissue=Tissue(status=status))  # type: ignore[arg-type]

    lesions = (two_scans("a", 1.0, 6.0, "positive"), two_scans("b", 9.0, 2.0, "negative"))
    found = lesion_statistics([patient(*lesions)], positive=SUV, statistics=StatisticsKeys(draws=200))
    assert found.roc is not None and found.roc.value == (6.0, 2.0) and found.roc.area == 1.0


def test_a_standard_that_calls_all_alike_has_no_roc(cohort: list[LesionPatient]) -> None:
    found = lesion_statistics([cohort[0]], positive=SUV, statistics=StatisticsKeys(draws=200))
    assert "roc_curve" not in found.tables and "ROC curve of suv_max is left out" in "\n".join(found.warnings)
    specificity = rows(found.tables["test_performance"], measure="specificity").iloc[0]
    assert specificity["n"] == 0 and np.isnan(specificity["value"]) and "n is 0" in specificity["reason"]


@pytest.mark.parametrize(
    ("tissue", "rule", "low", "call"),
    [
        (Tissue(status="positive"), "reported", "negative", True),
        (Tissue(status="low"), "reported", "negative", False),
        (Tissue(status="low"), "reported", "left out", None),
        (Tissue(ihc=3), "reported", "negative", None),
        (Tissue(ihc=3, status="negative"), "scores", "negative", True),
        (Tissue(ihc=2, fish_ratio=2.0), "scores", "negative", True),
        (Tissue(ihc=2, fish_ratio=1.9), "scores", "negative", False),
        (Tissue(ihc=2), "scores", "negative", None),
        (Tissue(ihc=1, fish_ratio=1.0), "scores", "negative", False),
        (Tissue(fish_ratio=5.0), "scores", "negative", True),
        (None, "scores", "negative", None),
    ],
)
def test_tissue(tissue: Tissue | None, rule, low, call: bool | None) -> None:
    assert tissue_call(tissue, rule, low) is call


def test_a_patient_is_positive_by_tissue_if_any_lesion_is() -> None:
    calls = {("P1", "a"): True, ("P1", "b"): False, ("P2", "a"): False, ("P2", "b"): True, ("P3", "a"): False}
    assert patients_of(calls) == {"P1": True, "P2": True, "P3": False}


def test_endpoints() -> None:
    one = Outcome(
        progression_day=100.0,
        progressed=False,
        survival_day=150.0,
        died=True,
        best_response="CR",
        response_day=30.0,
    )
    assert time_to(one, "overall survival") == (150.0, True)
    assert time_to(one, "progression-free survival") == (150.0, True)  # death without progression
    assert time_to(one, "duration of response") == (120.0, True)
    assert time_to(replace(one, died=False), "progression-free survival") == (100.0, False)
    assert time_to(replace(one, progressed=True), "duration of response") == (70.0, True)
    assert time_to(replace(one, best_response="SD"), "duration of response") == "no response"
    assert time_to(replace(one, response_day=None), "duration of response") == "not recorded"
    # a death says nothing of progression that nobody recorded
    unknown = replace(one, progression_day=None, progressed=None)
    assert time_to(unknown, "progression-free survival") == "not recorded"
    assert time_to(one, "time to treatment failure") == "not recorded"


def test_a_response_after_the_last_follow_up_is_told() -> None:
    late = Outcome(progression_day=20.0, progressed=False, best_response="CR", response_day=30.0)
    with pytest.raises(DosimetryError, match="P1, duration of response: the response is of day 30, after"):
        lesion_statistics([patient(outcome=late)], survival=SurvivalKeys())


def test_the_same_seed_gives_the_same_tables(cohort: list[LesionPatient]) -> None:
    first, again, other = (
        lesion_statistics(cohort, positive=SUV, statistics=StatisticsKeys(draws=200, seed=seed))
        for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(first.tables["test_performance"], again.tables["test_performance"])
    assert not first.tables["test_performance"].equals(other.tables["test_performance"])
    assert first.provenance["test performance"]["bootstrap"] == "200 draws of patients, percentile, seed 1"
