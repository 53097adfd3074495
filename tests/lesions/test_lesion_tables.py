"""Tables on lesions: what is read of them, and a line for each mistake with file, row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from lesion_tables import (
    FDG,
    LESIONS,
    OUTCOMES,
    PATIENTS,
    REFERENCES,
    TISSUE,
    Rows,
    changed,
    read,
    settings,
)
from pydantic import ValidationError

from dosimetry.errors import DosimetryError


def complaints(folder: Path, keys: Any = None, **tables: Rows) -> list[str]:
    with pytest.raises(DosimetryError) as error:
        read(folder, keys, **tables)
    return [line.removeprefix(f"{folder}/") for line in error.value.complaints]


def test_everything_that_the_tables_say_is_in_the_patients(tmp_path: Path) -> None:
    given = read(tmp_path)
    first = given.patients[0]
    (lesion,) = first.lesions
    assert (lesion.site, [u.time_h for u in lesion.uptake]) == ("bone", [24.0, 96.0])
    assert lesion.uptake[1].value == {"suv_max": 8.0}
    assert lesion.uptake[1].sd == {"suv_max": 0.8}
    assert lesion.uptake[1].background == {"suv_mean": 1.0}
    assert lesion.uptake[1].sd_background == {"suv_mean": 0.1}
    assert lesion.uptake[1].visual_class == 3
    assert lesion.uptake[1].row == 3
    assert [(f.when, f.day, f.volume_mL) for f in lesion.fdg] == [("baseline", -7, 5.0), ("early", 14, 5.0)]
    assert lesion.tissue is not None and (lesion.tissue.ihc, lesion.tissue.fish_ratio) == (3, 4.0)
    assert [(r.region, r.time_h, r.value["suv_mean"]) for r in first.references] == [
        ("blood pool", 24.0, 4.0), ("blood pool", 96.0, 2.0)
    ]  # fmt: skip
    outcome = first.outcome
    assert outcome is not None
    assert (outcome.survival_day, outcome.died, outcome.best_response, outcome.response_day) == (
        400,
        True,
        "PR",
        42,
    )
    assert (first.sex, first.body_mass_kg, first.height_cm, first.administered_MBq) == ("female", 70, 165, 37)
    assert given.patients[1].outcome is None


def test_sites_and_regions_come_together_however_they_are_written(tmp_path: Path) -> None:
    given = read(
        tmp_path,
        lesions=changed(LESIONS, 0, site="  Bone"),
        references=changed(REFERENCES, 0, region="Blood  pool"),
    )
    assert {x.site for p in given.patients for x in p.lesions} == {"bone"}
    assert {r.region for p in given.patients for r in p.references} == {"blood pool"}


def test_days_are_24_hours(tmp_path: Path) -> None:
    lesions = [{**row, "day": row["time_h"] / 24, "time_h": None} for row in LESIONS]  # type: ignore[operator]
    lesions = [{k: v for k, v in row.items() if k != "time_h"} for row in lesions]
    given = read(tmp_path, lesions=lesions)
    assert [u.time_h for u in given.patients[0].lesions[0].uptake] == [24.0, 96.0]
    assert given.patients[0].references[1].time_h == 96.0


IN_LESIONS: dict[str, tuple[dict[str, object], str]] = {
    "a class of 5": ({"visual_class": 5}, "row 2, column 'visual_class': 5 is not allowed"),
    "a class and a half": ({"visual_class": 2.5}, "row 2, column 'visual_class': 2.5 is not allowed"),
    "SUV 0": ({"suv_max": 0}, "row 2, column 'suv_max': 0 is not allowed"),
    "SUV in Bq/mL": ({"suv_max": 3200}, "is 3200 a concentration in Bq/mL or kBq/mL?"),
    "a time before": ({"time_h": -24}, "row 2, column 'time_h': -24 is not allowed"),
    "a scan twice": ({"time_h": 96}, "column 'time_h': 96 stands twice for P1, lesion 'L1'"),
    "two sites": ({"site": "liver"}, "is in 'bone' here, and in 'liver' in row 2"),
    "nobody": ({"patient": "P7"}, "row 2, column 'patient': 'P7' is not in"),
    "peak above max": ({"suv_peak": 5}, "row 2, column 'suv_peak': 5 is above suv_max, 4"),
    "mean above max": ({"suv_mean": 5}, "row 2, column 'suv_mean': 5 is above suv_max, 4"),
    "mean above peak": ({"suv_mean": 3.5, "suv_peak": 3}, "row 2, column 'suv_mean': 3.5 is above"
    " suv_peak, 3"),
    "SUL above SUV": ({"sul_max": 4.5}, "row 2, column 'sul_max': 4.5 is not below suv_max, 4"),
    "volume 0": ({"volume_mL": 0}, "row 2, column 'volume_mL': 0 is not allowed"),
    "an SD of nothing": ({"sd_suv_peak": 1, "suv_peak": None}, "1 is the SD of 'suv_peak', which is missing"),
    "another spelling": ({"lesion": "l1"}, "'L1' and 'l1' of row 2 differ in capitals, blanks or"
    " the code of a letter alone (P1)"),
    "no organ": ({"organ": "livre"}, "row 2, column 'organ': unknown source region 'livre'"),
    "nothing measured": ({"suv_max": None, "sd_suv_max": None, "visual_class": None}, "nothing was"
    " measured of P1"),
}  # fmt: skip


@pytest.mark.parametrize("what", IN_LESIONS)
def test_a_mistake_in_the_lesions_table_has_a_line(what: str, tmp_path: Path) -> None:
    cells, expected = IN_LESIONS[what]
    rows = changed(LESIONS, 0, **cells)
    for column in ("suv_peak", "volume_mL"):
        for row in rows:
            row.setdefault(column, None)
    found = complaints(tmp_path, lesions=rows)
    assert any(line.startswith("lesions.csv: ") and expected in line for line in found), found


def test_a_small_lesions_mean_may_be_above_its_peak(tmp_path: Path) -> None:
    """SUVpeak is of 1 mL, more than such a lesion has."""
    rows = changed(LESIONS, 0, suv_mean=3.5, suv_peak=3.0, volume_mL=0.6)
    assert read(tmp_path, lesions=rows).patients[0].lesions[0].uptake[0].value["suv_mean"] == 3.5
    assert complaints(tmp_path, lesions=changed(rows, 0, volume_mL=1.0))


IN_OTHERS: dict[str, tuple[str, Rows, int, dict[str, object], str]] = {
    "fdg twice": ("fdg", FDG, 1, {"scan": "baseline", "day": -6}, "'baseline' stands twice for P1, L1"),
    "early before the start": ("fdg", FDG, 1, {"day": -2}, "-2 is not allowed for 'early'"),
    "baseline after it": ("fdg", FDG, 0, {"day": 3}, "3 is not allowed for 'baseline'"),
    "a lesion nobody scanned": ("fdg", FDG, 0, {"lesion": "L8"}, "'L8' of P1 is not in"),
    "another site": ("fdg", FDG, 0, {"site": "lung"}, "is in 'lung' here, and in 'bone'"),
    "FISH 0": ("tissue", TISSUE, 0, {"fish_ratio": 0}, "column 'fish_ratio': 0 is not allowed"),
    "IHC 4": ("tissue", TISSUE, 0, {"ihc": 4}, "column 'ihc': 4 is not allowed"),
    "death before the start": ("outcomes", OUTCOMES, 0, {"survival_day": -3},
                               "day 0 is the start of the treatment"),
    "progression after death": ("outcomes", OUTCOMES, 0, {"progression_day": 500},
                                "column 'progression_day': 500 is after the death, day 400"),
    "a day without its event": ("outcomes", OUTCOMES, 0, {"died": None}, "column 'died': the value is"
    " missing"),
    "a response that is none": ("outcomes", OUTCOMES, 0, {"best_response": "SD"}, "a response is CR or PR"),
    "a response after progression": ("outcomes", OUTCOMES, 0, {"response_day": 200},
                                     "200 is not before the progression, day 200"),
    "a background for all": ("references", REFERENCES, 0, {"region": "Background"}, "stands beside the"
    " lesion"),
    "no height": ("patients", PATIENTS, 0, {"height_cm": None},
                  "patients.csv: row 2, column 'height_cm': the value is missing"),
    "too heavy for James": ("patients", PATIENTS, 0, {"body_mass_kg": 120}, "the James formula falls"
    " with mass"),
}  # fmt: skip


@pytest.mark.parametrize("what", IN_OTHERS)
def test_a_mistake_in_another_table_has_a_line(what: str, tmp_path: Path) -> None:
    name, rows, at, cells, expected = IN_OTHERS[what]
    found = complaints(tmp_path, settings(lean_body_mass="James"), **{name: changed(rows, at, **cells)})
    assert len(found) == 1, found
    assert found[0].startswith(f"{name}.csv: row ") and expected in found[0], found


def test_an_outcome_stands_once(tmp_path: Path) -> None:
    found = complaints(tmp_path, outcomes=[*OUTCOMES, *OUTCOMES])
    assert found == [
        "outcomes.csv: row 3, column 'patient': 'P1' stands twice (first in row 2); once is allowed"
    ]


def test_mistakes_of_all_tables_are_told_at_once(tmp_path: Path) -> None:
    found = complaints(
        tmp_path,
        lesions=changed(LESIONS, 0, visual_class=5),
        fdg=changed(FDG, 0, suv_max=0),
        outcomes=changed(OUTCOMES, 0, survival_day=-1),
    )
    assert [line.split(":")[0] for line in found] == ["lesions.csv", "fdg.csv", "outcomes.csv"]


def test_a_lesion_whose_row_has_a_mistake_is_not_told_as_unknown(tmp_path: Path) -> None:
    rows = [dict(row, suv_max=0) if row["patient"] == "P1" else row for row in LESIONS]
    assert {line.split(":")[0] for line in complaints(tmp_path, lesions=rows)} == {"lesions.csv"}


def test_a_lesion_without_its_name_makes_no_other_unknown(tmp_path: Path) -> None:
    """It may be any of those that other tables name."""
    rows = [{**row, "lesion": None} if row["patient"] == "P1" else row for row in LESIONS]
    assert {line.split(":")[0] for line in complaints(tmp_path, lesions=rows)} == {"lesions.csv"}


def test_an_early_scan_without_a_baseline_is_a_mistake_where_response_is_asked_for(tmp_path: Path) -> None:
    fdg = [row for row in FDG if (row["patient"], row["scan"]) != ("P1", "baseline")]
    response = {"criterion": "CONSIST", "by_patient": "every lesion"}
    (line,) = complaints(tmp_path, settings(response=response), fdg=fdg)
    assert line.startswith("fdg.csv: row 2, column 'scan': 'early' of P1, L1 has no baseline")
    assert len(read(tmp_path, settings(), fdg=fdg).patients[0].lesions[0].fdg) == 1


def test_activities_need_their_decay_state_and_no_more_than_was_given(tmp_path: Path) -> None:
    rows = [{**row, "activity_MBq": 0.5} for row in LESIONS]
    (line,) = complaints(tmp_path, lesions=rows)
    assert "needs lesions.decay_corrected" in line
    assert read(tmp_path, settings(decay_corrected=True), lesions=rows).settings.decay_corrected is True
    (line,) = complaints(tmp_path, settings(decay_corrected=True))
    assert "the file has neither" in line
    (line,) = complaints(tmp_path, settings(decay_corrected=True), lesions=changed(rows, 0, activity_MBq=40))
    assert "the lesions of P1 have 40 MBq at time_h = 24, and 37 MBq were administered" in line


def test_the_plan_puts_scans_together_and_refuses_those_far_from_it(tmp_path: Path) -> None:
    near = changed(LESIONS, 0, time_h=26.5)
    assert read(tmp_path, settings(scans_h=[24, 96]), lesions=near).settings.scans_h == [24, 96]
    (line,) = complaints(tmp_path, settings(scans_h=[24, 96]), lesions=changed(LESIONS, 0, time_h=40))
    assert line.startswith("lesions.csv: row 2, column 'time_h': 40 h is farther from the nearest")
    (line,) = complaints(tmp_path, settings(scans_h=[24, 96]), lesions=changed(LESIONS, 1, time_h=25))
    assert "has this scan and that of row 2 at the one time 24 h" in line


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"reference_quantity": "sul_mean"}, "one is by body mass (SUV) and the other by lean body mass"),
        ({"quantity": None}, "reference_quantity divides 'quantity', which is missing"),
        ({"reference_quantity": None}, "reference_quantity is missing"),
        ({"scans_h": [96, 24]}, "times in ascending order"),
        ({"fdg": None, "response": {"criterion": "CONSIST", "by_patient": "every lesion"}},
         "[lesions.response] needs [lesions.fdg]"),
        ({"outcomes": None, "survival": {}}, "[lesions.survival] needs [lesions.outcomes]"),
        ({"fdg": None, "positive": {"rule": "visual"}}, "[lesions.positive] needs [lesions.fdg]"),
    ],
)  # fmt: skip
def test_keys_that_do_not_fit_together(keys: dict[str, Any], expected: str) -> None:
    with pytest.raises(ValidationError) as error:
        settings(**keys)
    assert expected in str(error.value)


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"quantity": "suv_peak"}, "lesions.quantity = 'suv_peak', and no row of"),
        ({"quantity": "sul_max", "reference_quantity": "sul_mean"}, "lesions.lean_body_mass = 'James' or"),
        ({"reference_quantity": "suv_peak"}, "lesions.reference_quantity = 'suv_peak', and no row of"),
        ({"positive": {"rule": "reference", "quantity": "suv_max", "compared_quantity": "suv_mean",
                       "factor": 1.5, "reference": "liver"}}, "= 'liver' is no region of"),
        ({"response": {"criterion": "PERCIST 1.0", "by_patient": "hottest lesion"}}, "= 'sul_peak', and"
        " no row"),
    ],
)  # fmt: skip
def test_a_rule_whose_quantity_no_table_has_is_told(
    keys: dict[str, Any], expected: str, tmp_path: Path
) -> None:
    found = complaints(tmp_path, settings(**keys))
    assert any(expected in line for line in found), found
    assert all(line.startswith("study.toml: ") for line in found)


def test_tissue_that_contradicts_itself_is_a_warning(tmp_path: Path) -> None:
    given = read(tmp_path, tissue=changed(TISSUE, 0, status="negative"))
    assert "row 2: immunohistochemistry 3 with status 'negative'" in given.tables.warnings[0]
    assert not read(tmp_path).tables.warnings


def test_a_score_may_have_its_plus(tmp_path: Path) -> None:
    tissue = read(tmp_path, tissue=changed(TISSUE, 0, ihc="2+")).patients[0].lesions[0].tissue
    assert tissue is not None and tissue.ihc == 2
