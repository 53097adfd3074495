"""Odd but legitimate studies: days beside hours, letters of two codes, no FDG, equal shares."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from lesion_cohort import by_counts, fdg, lesion, patient, seen
from lesion_tables import FDG, LESIONS, OUTCOMES, PATIENTS, REFERENCES, changed, read, settings
from pydantic import ValidationError

from dosimetry.errors import DosimetryError
from dosimetry.files.terminal import Terminal
from lesions import (
    ClusteredProportion,
    PositiveKeys,
    PositiveRule,
    ReferenceScan,
    ResponseKeys,
    SurvivalKeys,
    concordance,
    judge_lesions,
    lesion_statistics,
    uptake_ratios,
)
from lesions.part import PART
from lesions.positive.patterns import LoadRule, patient_patterns
from lesions.statistics.kappa import agreement_of_table

VISUAL = PositiveRule(rule="visual")


def test_a_scan_in_days_is_that_of_the_same_hours(tmp_path: Path) -> None:
    """24 x 4.1 is 98.39999999999999: without a plan the blood pool of 98.4 h was of another scan."""
    rows = [{**row, "time_h": None, "day": 4.1} for row in LESIONS[1::2]]
    rows = [{k: v for k, v in row.items() if k != "time_h"} for row in rows]
    tissues = [{**row, "time_h": 98.4} for row in REFERENCES[1::2]]
    given = read(tmp_path, lesions=rows, references=tissues)
    found = uptake_ratios(given.patients, "suv_max", "suv_mean")
    assert [r.ratio for r in found if r.beside == "blood pool"] == [4.0, 4.0]


def test_a_tissue_of_another_hour_is_not_of_the_scan() -> None:
    """80 h and 110 h both count as the plan's 96 h; their ratio would be of two scans."""
    blood = ReferenceScan(time_h=80.0, region="blood pool", value={"suv_mean": 2.0})
    one = patient(lesion("a", seen(8.0, time_h=110.0)), references=[blood])
    (found,) = uptake_ratios([one], "suv_max", "suv_mean", scans_h=(24, 96))
    assert found.ratio is None
    assert found.reason.endswith("it was measured at 80 h, more than 2 h off")


def test_names_with_letters_of_two_codes_are_one_name(tmp_path: Path) -> None:
    decomposed = unicodedata.normalize("NFD", "Ósseo")
    given = read(tmp_path, lesions=changed(changed(LESIONS, 0, site="Ósseo"), 1, site=decomposed))
    assert given.patients[0].lesions[0].site == "ósseo"
    spelled = changed(LESIONS, 0, lesion="Läsion")
    with pytest.raises(DosimetryError, match="the code of a letter alone"):
        read(tmp_path, lesions=changed(spelled, 1, lesion=unicodedata.normalize("NFD", "Läsion")), fdg=(),
             keys=settings(fdg=None, tissue=None))  # fmt: skip


def test_a_patient_in_letters_of_another_code_has_one_line_that_says_so(tmp_path: Path) -> None:
    """Both names look alike: 'near names: ...', and a line for each lesion, helped nobody."""
    patients = changed(PATIENTS, 0, patient="Núñez")
    rows = changed(changed(LESIONS, 0, patient="Núñez"), 1, patient="Núñez")
    other = [{**row, "patient": unicodedata.normalize("NFD", "Núñez")} for row in FDG[:2]]
    keys = settings(tissue=None, outcomes=None, references=None, quantity=None, reference_quantity=None)
    with pytest.raises(DosimetryError) as error:
        read(tmp_path, keys, patients=patients, lesions=rows, fdg=other)
    (line,) = error.value.complaints
    assert "'Núñez' there differs in capitals, blanks or the code of a letter alone" in line


def test_a_mistake_in_a_patients_row_is_not_told_as_a_patient_who_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DosimetryError) as error:
        read(tmp_path, patients=changed(PATIENTS, 0, administered_MBq=0))
    (line,) = error.value.complaints
    assert "column 'administered_MBq': 0 is not allowed" in line


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"died": "no", "treatment_failure_day": 900, "treatment_failed": "no"},
         "column 'treatment_failure_day': 900 is after the last day on which the patient was known to live"),
        ({"progressed": "no", "progression_day": 30},
         "column 'response_day': 42 is after the last day without progression, 30"),
    ],
)  # fmt: skip
def test_follow_up_that_contradicts_itself_has_a_line(
    cells: dict[str, object], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(DosimetryError) as error:
        read(tmp_path, outcomes=changed(OUTCOMES, 0, **cells))
    (line,) = error.value.complaints
    assert "outcomes.csv: row 2, " in line and problem in line


def test_of_a_patient_without_fdg_nothing_is_tracer_only() -> None:
    """Nobody looked with FDG: that the tracer alone shows these lesions is not known."""
    no_fdg = patient(lesion("b", seen(visual_class=4), patient="P2"), name="P2")
    patients = [*by_counts([(1, 2)]), no_fdg]
    first, second = concordance(patients, judge_lesions(patients, VISUAL))
    assert (first.tracer_only, second.tracer_only) == (0, None)
    found = lesion_statistics(patients, positive=PositiveKeys(rule="visual"))
    frame = found.tables["lesion_concordance"]
    assert frame["tracer_only"].isna().tolist()[:2] == [False, True]
    assert frame["reason"][1] == "no scan with FDG in the tables"
    assert frame["tracer_only"][2] == 0


def test_lesions_that_cannot_be_judged_count_alike_in_patterns_and_concordance() -> None:
    one = [patient(lesion("a", seen(5.0), fdg=fdg(8.0)))]
    judged = judge_lesions(one, VISUAL)
    for how, share, pattern in (("negative", 0.0, "D"), ("positive", 1.0, "A"), ("left out", None, None)):
        (found,) = patient_patterns(one, judged, LoadRule(not_judged=how))  # type: ignore[arg-type]
        (beside,) = concordance(one, judged, not_judged=how)  # type: ignore[arg-type]
        assert (found.share, found.pattern, beside.share) == (share, pattern, share)


def test_no_variance_but_for_rounding_gives_no_limits() -> None:
    """1 of 49 in each patient had limits of 2.0408 to 2.0408 %, full agreement 0.99999997 to 1."""
    limits = ClusteredProportion((1, 1, 1), (49, 49, 49)).interval()
    assert limits.low is None and "every patient has the same share" in limits.reason
    for n in range(2, 30):
        for a in range(1, n):
            found = agreement_of_table([[a, 0], [0, n - a]]).interval()
            assert found.low is None and "no variance" in found.reason, (a, n)


def test_each_month_of_a_rate_is_said_once() -> None:
    with pytest.raises(ValidationError, match="each once"):
        SurvivalKeys(months=[6, 6])


def test_the_terminal_counts_positive_lesions_of_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """P2's lesion is positive, and FDG was not done: '1 lesion, 0 positive' would be wrong."""
    keys = settings(positive={"rule": "visual"}, tissue=None, outcomes=None, quantity=None,
                    reference_quantity=None, references=None)  # fmt: skip
    given = read(tmp_path, keys, fdg=FDG[:2])
    show = PART.compute(given, None).show
    assert show is not None
    show(Terminal())
    said = capsys.readouterr().out
    assert "Lesions: 2 of 2 patients, 4 measurements" in said and "research software" in said
    (row,) = [line.split() for line in said.splitlines() if line.split()[:1] == ["P2"]]
    assert row[:3] == ["P2", "1", "1"]


def test_lesions_that_fdg_shows_no_more_are_named(tmp_path: Path) -> None:
    """Left out in silence, complete responders would not be in the rate of response."""
    gone = patient(lesion("a", seen(5.0), fdg=fdg(8.0)))
    other = patient(lesion("b", seen(5.0), fdg=fdg(8.0, 6.0), patient="P2"), name="P2")
    keys = ResponseKeys(criterion="CONSIST", by_patient="every lesion")
    found = lesion_statistics([gone, other], response=keys).warnings
    assert any("no suv_max in the early scan of P1 a" in w and "at its place" in w for w in found)
    with pytest.raises(DosimetryError, match=r"column .suv_max.: 0 is not allowed.*at its place"):
        read(tmp_path, fdg=changed(FDG, 1, suv_max=0))
