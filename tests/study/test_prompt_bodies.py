"""`milligray dose` with several bodies and with all ages: one table, averages, what is refused."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from dosimetry import AGES, absorbed_dose, doses_in_bodies
from dosimetry.commands import app as cli

BOTH = ("--phantom", "test male", "--phantom", "test female")
TIAC = {"liver": 11.0, "heart contents": 3.0, "remainder": 60.0}
ROWS = "source,tiac_h,sd_h\nLiver,11,1\nheart contents,3,0.5\nremainder,60,2\n"


def output(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert not ended.value.code
    return capsys.readouterr().out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(arguments))
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()


@pytest.fixture
def tiac(tmp_path: Path, bodies: Path) -> Path:
    path = tmp_path / "tiac.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_two_bodies_of_one_kind_have_a_sex_averaged_dose_that_names_them(
    tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("dose", "--nuclide", "Zr-89", *BOTH, "--tiac", str(tiac))
    found = json.loads(output(capsys, *arguments, "--json", "--activity-MBq", "37"))
    expected = doses_in_bodies(
        TIAC, "Zr-89", BOTH[1::2], tiac_se_h={"liver": 1.0, "heart contents": 0.5, "remainder": 2.0}
    )
    e = expected.sex_averaged()["test male", "test female"]
    (averaged,) = found["sex_averaged"]
    assert averaged["bodies"] == ["test male", "test female"]
    assert averaged["weights"] == "ICRP 103"
    assert averaged["effective_dose_mSv_per_MBq"] == float(e)
    assert averaged["se_from_tiac_mSv_per_MBq"] == pytest.approx(e.se_from_tiac_mSv_per_MBq, rel=1e-12)
    assert averaged["effective_dose_mSv"] == pytest.approx(37 * float(e), rel=1e-12)
    for label in expected:
        doses = {row["target"]: row["dose_mGy_per_MBq"] for row in found["bodies"][label]["doses"]}
        assert doses == dict(expected[label])
    printed = " ".join(output(capsys, *arguments).split())
    assert f"(ICRP 103, test male and test female): {float(e):.4g} ± " in printed
    assert "E, ICRP 103, sex-averaged" in printed
    one = output(capsys, "dose", "--nuclide", "Zr-89", *BOTH[:2], "--tiac", str(tiac), "--csv", "-")
    assert "(ICRP 103, test male, not sex-averaged)" in one


def test_the_csv_has_the_average_with_its_pair_alone_and_doses_of_an_activity(
    tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = (*BOTH, "--phantom", "5-year-old")
    arguments = ("dose", "--nuclide", "Zr-89", *bodies, "--tiac", str(tiac), "--activity-MBq", "37")
    text = output(capsys, *arguments, "--csv", "-")
    frame = pd.read_csv(io.StringIO(text), comment="#").set_index(["quantity", "of", "unit"]).sort_index()
    e = doses_in_bodies(TIAC, "Zr-89", BOTH[1::2]).sex_averaged()["test male", "test female"]
    key = "effective dose, sex-averaged: test male and test female", "ICRP 103"
    row = frame.loc[(*key, "mSv/MBq")]
    assert row["test male"] == row["test female"] == float(e)
    assert pd.isna(row["5-year-old"])
    assert frame.loc[(*key, "mSv"), "test male"] == pytest.approx(37 * float(e), rel=1e-12)
    for label in bodies[1::2]:
        for column in (label, f"se_{label}"):
            each = frame[column]
            per_MBq = each["absorbed dose", "liver", "mGy/MBq"]
            assert each["absorbed dose", "liver", "Gy"] == pytest.approx(0.037 * per_MBq, rel=1e-12)
    assert "Gy and mSv are of 37.0 MBq administered" in text


def test_ages_are_the_columns_of_one_table(tiac: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = output(capsys, "dose", "--nuclide", "Zr-89", "--ages", "--tiac", str(tiac), "--csv", "-")
    frame = pd.read_csv(io.StringIO(text), comment="#").set_index(["quantity", "of", "unit"])
    assert list(frame.columns) == [*AGES, *(f"se_{age}" for age in AGES)]
    for age, body in AGES.items():
        doses = absorbed_dose(TIAC, "Zr-89", body)
        assert frame.loc[("absorbed dose", "liver", "mGy/MBq"), age] == doses["liver"]
        e = frame.loc[("effective dose", "ICRP 60", "mSv/MBq"), age]
        assert e == float(doses.effective("ICRP 60"))
    assert "sex-averaged:" not in text
    printed = output(capsys, "dose", "--nuclide", "Zr-89", "--ages", "--tiac", str(tiac))
    for age in AGES:
        assert age in printed


def test_each_body_can_have_its_own_rows(
    tmp_path: Path, tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(
        "body,source,tiac_h\ntest male,liver,11\ntest female,liver,12\ntest female,ovaries,1\n",
        encoding="utf-8",
    )
    arguments = ("dose", "--nuclide", "Zr-89", *BOTH, "--tiac", str(path))
    found = json.loads(output(capsys, *arguments, "--json"))
    assert found["bodies"]["test female"]["tiac_h"] == {"Zr-89": {"liver": 12.0, "ovaries": 1.0}}
    assert found["bodies"]["test male"]["tiac_h"] == {"Zr-89": {"liver": 11.0}}
    path.write_text("body,source,tiac_h\ntest male,liver,11\nJoe,lier,12\n", encoding="utf-8")
    said = refused(capsys, *arguments)
    assert said == [
        f"milligray: error: {path}: row 3, column 'body': 'Joe' is not asked for; asked for are: test male,"
        " test female",
    ]
    path.write_text("body,source,tiac_h\ntest male,liver,11\n", encoding="utf-8")
    assert "column 'body': no row for test female" in refused(capsys, *arguments)[0]
    path.write_text("body,source,tiac_h\ntest male,liver,1100\ntest female,livr,1\n", encoding="utf-8")
    said = refused(capsys, *arguments)
    assert "row 2, column 'tiac_h': TIAC of 'liver' is 1100 h" in said[0]
    assert "row 3, column 'source': unknown source region 'livr'" in said[1]


def test_the_remainder_is_made_from_the_whole_body_in_each(
    tmp_path: Path, bodies: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "whole.csv"
    path.write_text("source,tiac_h,sd_h\ntotal body,80,2\nliver,11,1\n", encoding="utf-8")
    arguments = ("dose", "--nuclide", "Zr-89", *BOTH, "--tiac", str(path))
    rule = ("--remainder", "whole body minus sources")
    found = json.loads(output(capsys, *arguments, *rule, "--json"))
    for body in BOTH[1::2]:
        assert found["bodies"][body]["tiac_h"] == {"Zr-89": {"liver": 11.0, "remainder": 69.0}}
    assert "remainder: whole body 80 h - liver." in found["notes"]
    assert "has the total body and other regions" in refused(capsys, *arguments)[0]


def test_options_of_one_body_are_refused_with_several(tiac: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ("--body-mass-kg", "60", "--absent", "left kidney", "--organ-masses", "m.csv", "--confirm-masses")
    said = refused(capsys, "dose", "--nuclide", "Zr-89", *BOTH, "--tiac", str(tiac), *given)
    options = [line.split("error: ")[1].split(" belongs to one body")[0] for line in said]
    assert options == ["--organ-masses", "--confirm-masses", "--body-mass-kg", "--absent"]
    said = refused(capsys, "dose", "--nuclide", "Zr-89", *BOTH, "--ages", "--tiac", str(tiac))
    assert "--phantom and --ages exclude each other" in said[0]
    assert "which body?" in refused(capsys, "dose", "--nuclide", "Zr-89", "--tiac", str(tiac))[0]
    twice = refused(capsys, "dose", "--nuclide", "Zr-89", *BOTH[:2], *BOTH[:2], "--tiac", str(tiac))
    assert "body 'test male' is given twice" in twice[0]


def test_what_is_no_fault_of_a_body_is_told_once_and_without_it(
    tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("dose", *BOTH, "--tiac", str(tiac))
    assert refused(capsys, *arguments, "--nuclide", "Zr-89", "--daughters", "x") == [
        "milligray: error: daughters 'x' is unknown; allowed: none, equilibrium"
    ]
    (said,) = refused(capsys, *arguments, "--nuclide", "Cf-252")
    assert said.startswith("milligray: error: Cf-252 decays by spontaneous fission")


def test_what_a_body_lacks_is_an_empty_cell_with_a_reason(
    tmp_path: Path, tiac: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ("dose", "--nuclide", "Zr-89", "--phantom", "test male", "--phantom", "combined male")
    text = output(capsys, *arguments, "--tiac", str(tiac), "--csv", "-")
    row = next(line for line in text.splitlines() if line.startswith("absorbed dose,colon,"))
    assert row.split(",")[3] == ""
    assert "# no dose of colon in column \"test male\": the body 'test male' has no target region" in text
    printed = output(capsys, *arguments, "--tiac", str(tiac))
    assert "No dose (–) in 'test male', which has no such target region: colon." in " ".join(printed.split())
    path = tmp_path / "thymus.csv"
    path.write_text("source,tiac_h\nthymus,1\n", encoding="utf-8")
    said = refused(capsys, *arguments, "--tiac", str(path))
    assert said[0].startswith(
        f"milligray: error: {path}: body 'combined male': unknown source region 'thymus'"
    )


def test_small_doses_are_not_cut_to_the_width_of_their_column(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A dose of 7.8e-05 that stands as "7.76e-…" can be read as any power of ten."""
    path = tmp_path / "tiac.csv"
    path.write_text("source,tiac_h\nkidneys,4\n", encoding="utf-8")
    said = output(capsys, "dose", "--nuclide", "Lu-177", "--tiac", str(path), "--ages")
    assert "…" not in said
    brain = [line.split() for line in said.splitlines() if line.strip().startswith("brain ")]
    found = doses_in_bodies({"kidneys": 4.0}, "Lu-177", AGES)
    assert [float(cell) for line in brain for cell in line[1:]] == pytest.approx(
        [doses["brain"] for doses in found.values()], rel=0.005
    )


def test_rows_by_age_and_what_else_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each refusal says what to write or to ask instead."""
    path = tmp_path / "tiac.csv"
    path.write_text("body,source,tiac_h\n5 years,kidneys,4\n", encoding="utf-8")
    ask = ("dose", "--nuclide", "Lu-177", "--tiac", str(path))
    (line,) = refused(capsys, *ask, "--phantom", "5-year-old", "--phantom", "newborn")
    assert line.endswith("('5 years' is an age: its body is '5-year-old')")
    (line,) = refused(capsys, *ask, "--ages")
    assert line.endswith("15 years, adult; for some ages alone say --phantom with each body")
    (line,) = refused(capsys, *ask, "--phantom", "5-year-old")
    assert line.endswith("(rows by body are for several: say --phantom again, or --ages)")
