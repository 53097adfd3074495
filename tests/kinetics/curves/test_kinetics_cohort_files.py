"""The curves of several patients: a long table or a folder; all mistakes at once, each with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from kinetics import KineticsError, read_cohort

AS_MEASURED = {"decay_corrected": False, "half_life_h": 159.5}


def table(folder: Path, *rows: str) -> Path:
    file = folder / "kidneys.csv"
    file.write_text("\n".join(rows) + "\n")
    return file


def test_patients_stand_in_the_order_in_which_they_first_come(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "time_h;patient;value;sd;unit;body_mass_kg;scanner",
        "96;P2;1.1;0.1;%IA;71;a",
        "4;P1;3;0.3;%IA;60;a",
        "24;P2;2;0.2;%IA;;b",
        "200;P2;BLQ;;%IA;;b",
    )
    found = read_cohort(file, **AS_MEASURED)
    assert [c.name for c in found.curves] == ["P2", "P1"]
    assert found.curves[0].time_h.tolist() == [24, 96] and found.curves[0].sd.tolist() == [0.2, 0.1]
    assert {c.unit for c in found.curves} == {"%IA"}
    assert found.blq_time_h == {"P2": (200.0,)}
    assert found.body_mass_kg == {"P2": 71.0, "P1": 60.0} and found.unread == ("scanner",)


def test_a_folder_has_a_patient_a_file(tmp_path: Path) -> None:
    for name in ("P2", "P1"):
        (tmp_path / f"{name}.csv").write_text("time_h,value\n4,3\n96,1\n")
    (tmp_path / "notes.txt").write_text("not a curve")
    assert [c.name for c in read_cohort(tmp_path, unit="%IA", **AS_MEASURED).curves] == ["P1", "P2"]


def complaints(path: Path, **how: object) -> tuple[str, ...]:
    with pytest.raises(KineticsError) as told:
        read_cohort(path, **{**AS_MEASURED, **how})  # type: ignore[arg-type]
    return told.value.complaints


def test_all_mistakes_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    file = table(
        tmp_path,
        "patient,time_h,value,unit,body_mass_kg",
        "P1,4,3,%IA,60",
        "P1,4,3,%IA,61",
        "P2,4,-3,%IA/L,70",
        "P3,,3,%IA,",
        "P4,24,BLQ,%IA,80",
        ",24,3,%IA,80",
        "P5,24,x,%IA,8000",
    )
    told = complaints(file)
    for row, column, what in (
        (3, "time_h", "4 stands twice of P1 (first in row 2)"),
        (3, "body_mass_kg", "61 kg, but 60 kg in row 2 for P1"),
        (4, "value", "-3 of P2 is below 0"),
        (5, "time_h", "the value is missing"),
        (7, "patient", "the value is missing"),
        (8, "value", "'x' is not a number"),
        (8, "body_mass_kg", "8000 is not allowed"),
    ):
        assert any(f"{file}: row {row}, column '{column}': {what}" in line for line in told), (row, column)
    assert any("'%IA' (row 2), '%IA/L' (row 4); one unit is" in line for line in told)
    assert any("row 6: patient P4 has no point" in line for line in told)
    assert any("row 5, column 'body_mass_kg': the value is missing for P3" in line for line in told)


def test_a_unit_that_is_said_must_be_the_tables(tmp_path: Path) -> None:
    file = table(tmp_path, "patient,time_h,value,unit", "P1,4,3,%IA")
    assert "row 2, column 'unit': '%IA', but '%IA/L' was said" in complaints(file, unit="%IA/L")[0]


@pytest.mark.parametrize(
    ("rows", "what"),
    [
        (["time_h,value", "1,2"], "row 1: column 'patient' is missing; there are: time_h, value"),
        (["patient,time_h,value,value", "P1,1,2,3"], "row 1: column 'value' stands twice"),
        (["patient,time_h,value"], "no rows under the header"),
        (["# nothing"], "empty; a header with patient, time_h and value"),
    ],
)
def test_a_header_that_is_none(tmp_path: Path, rows: list[str], what: str) -> None:
    assert what in complaints(table(tmp_path, *rows))[0]


def test_mistakes_of_every_file_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "P1.csv").write_text("time_h,value\n4,-1\n96,1\n")
    (tmp_path / "P2.csv").write_text("time_h,value\n4,x\n")
    (tmp_path / "P3.csv").write_text("time_h,value,sd\n4,1,0.1\n")
    (tmp_path / "P4.csv").write_text("time_h,value\n4,1\n")
    told = complaints(tmp_path)
    assert any("P1.csv: column 'value': below 0 at 4 h" in line for line in told)
    assert any("P2.csv: row 2, column 'value': 'x' is not a number" in line for line in told)
    assert any("P4.csv: no column 'sd', but P3.csv has one" in line for line in told)


def test_a_folder_without_a_curve(tmp_path: Path) -> None:
    assert "no file NAME.csv in this folder" in complaints(tmp_path)[0]
