"""Damaged, huge and foreign input of a study: refused with its place, and nothing foreign is quoted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from dosimetry import DosimetryError, load_study, run_study
from dosimetry.files.tables import Column, read_table
from kinetics import KineticsError, read_curve

COLUMNS = (Column("name", "a name", text=True), Column("time_h", "hours", low=0, high=1e6, smallest=1e-9))
SECRET = "root:x:0:0:secret:/root:/bin/sh\n"


def told(call: Callable[[], object]) -> str:
    with pytest.raises((DosimetryError, KineticsError)) as caught:
        call()
    return str(caught.value)


def table(tmp_path: Path, text: str) -> str:
    path = tmp_path / "t.csv"
    path.write_text(text, encoding="utf-8")
    return told(lambda: read_table(path, COLUMNS))


@pytest.mark.parametrize("cell", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#name?"])
def test_spreadsheet_errors_are_named_in_every_column(tmp_path: Path, cell: str) -> None:
    for row in (f"{cell},1", f"a,{cell}"):
        assert "row 2, column" in table(tmp_path, f"name,time_h\n{row}\n")
        assert "a spreadsheet writes where a formula failed" in table(tmp_path, f"name,time_h\n{row}\n")


def test_no_row_is_dropped_as_a_comment(tmp_path: Path) -> None:
    assert "row 3 begins with '#'" in table(tmp_path, "name,time_h\na,1\n# b,2\nc,3\n")
    assert "row 1 begins with what a spreadsheet writes" in table(
        tmp_path, "#REF!,time_h\nname,time_h\na,1\n"
    )
    assert "row 1 is one behind '#'" in table(tmp_path, "# name,time_h\na,1\n")


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1_000", "'1_000' is not a number"),
        ("9" * 5000, "at most 1e+06"),
        ("1e308", "at most 1e+06"),
        ("5e-324", "too small to be meant; 1e-09 is the least"),
        ("1e-5000", "too small to be told from 0"),
    ],
)
def test_numbers_beyond_bounds(tmp_path: Path, cell: str, said: str) -> None:
    found = table(tmp_path, f"name,time_h\na,{cell}\n")
    assert "row 2, column 'time_h'" in found
    assert said in found
    assert len(found) < 400


def test_a_cell_is_never_glued_from_two_lines(tmp_path: Path) -> None:
    assert "'1\\n2' is not a number" in table(tmp_path, 'name,time_h\na,"1\n2"\n')
    assert "quotation mark" in table(tmp_path, 'name,time_h\n"a\nb",1\n')


def test_a_file_that_is_no_table_of_ours_is_not_quoted(tmp_path: Path) -> None:
    found = table(tmp_path, SECRET * 3)
    assert "has none of the columns that are known" in found
    assert "secret" not in found
    path = tmp_path / "t.csv"
    assert "secret" not in told(lambda: read_curve(path, unit="%IA", decay_corrected=True, half_life_h=6.0))


@pytest.fixture
def leading_out(study_folder: Path, request: pytest.FixtureRequest) -> Path:
    """A study whose table of patients lies outside: by an absolute path, by "..", by a link."""
    outside = study_folder.parent / "patients.csv"
    (study_folder / "patients.csv").rename(outside)
    name = {
        "absolute": str(outside),
        "dots": "../patients.csv",
        "link": "link.csv",
        "folder": "up/patients.csv",
    }[request.param]
    (study_folder / "link.csv").symlink_to(outside)
    (study_folder / "up").symlink_to("..")
    study = study_folder / "study.toml"
    study.write_text(
        study.read_text(encoding="utf-8").replace('"patients.csv"', f'"{name}"'), encoding="utf-8"
    )
    return study


@pytest.mark.parametrize("leading_out", ["absolute", "dots", "link", "folder"], indirect=True)
def test_paths_stay_in_the_folder_of_the_study(leading_out: Path) -> None:
    found = told(lambda: load_study(leading_out))
    assert "patients.file = " in found
    assert "leads out of the study's folder" in found
    assert "--allow-outside" in found
    assert len(run_study(load_study(leading_out, allow_outside=True)).patients) == 2


def test_a_path_that_goes_out_and_comes_back_is_inside(study_folder: Path) -> None:
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('"patients.csv"', '"../study/patients.csv"')
    study.write_text(text, encoding="utf-8")
    load_study(study)


def test_the_command_has_the_option(study_folder: Path, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from dosimetry.commands.app import app

    (study_folder / "patients.csv").rename(tmp_path / "patients.csv")
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('"patients.csv"', '"../patients.csv"')
    study.write_text(text, encoding="utf-8")
    given = ["run", str(study), "--out", str(tmp_path / "out"), "--no-figures"]
    assert isinstance(CliRunner().invoke(app, given).exception, DosimetryError)
    assert CliRunner().invoke(app, [*given, "--allow-outside"]).exit_code == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('name = "', 'name = "\\u0000', r"name: '\\x00.* holds a character that cannot be seen"),
        ('nuclide = "Zr-89"', "nuclide = 2020-01-01", "nuclide: "),
        ('nuclide = "Zr-89"', "nuclide = [[[1]]]", "nuclide: "),
        ("other = 1.04", f"other = {'9' * 400}", "organs.tissue_density_g_per_mL.other"),
        ("other = 1.04", "other = nan", "organs.tissue_density_g_per_mL.other"),
        ('file = "serum.csv"', 'file = "a\\u0000"', "serum.file"),
        ("[whole_body]", "whole_body = 5\n[x]", "whole_body"),
    ],
)
def test_values_of_wrong_kinds_in_the_study_file(study_folder: Path, old: str, new: str, said: str) -> None:
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    assert old in text
    study.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DosimetryError, match=said):
        load_study(study)
