"""Names of patients: none is lost in a file of another, and names that people read as one are refused."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dosimetry import DosimetryError, run_study
from dosimetry.report.figures.names import DEVICES, file_names


def rename(folder: Path, **names: str) -> None:
    for table in folder.glob("*.csv"):
        lines = table.read_text(encoding="utf-8").splitlines()
        for old, new in names.items():
            lines = [new + line.removeprefix(old) if line.startswith(f"{old},") else line for line in lines]
        table.write_text("\n".join(lines) + "\n", encoding="utf-8")


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=100), unique=True, max_size=8))
def test_every_patient_has_a_file_on_every_system(patients: list[str]) -> None:
    found = file_names(patients)
    assert list(found) == patients
    assert len({name.casefold() for name in found.values()}) == len(patients)
    for name in found.values():
        assert 0 < len(name.encode()) <= 130
        assert not name.startswith(".")
        assert name.split(".")[0].casefold() not in DEVICES
        assert not set(name) & set('/\\:*?"<>| \n\0')


def test_plain_names_stay() -> None:
    assert file_names(["P01", "P-2", "3.b"]) == {"P01": "P01", "P-2": "P-2", "3.b": "3.b"}


@pytest.mark.parametrize(
    ("first", "second"),
    [("a1", "A1"), ("A 1", "A  1"), (unicodedata.normalize("NFD", "é1"), "é1")],
)
def test_names_that_are_read_as_one_are_refused_with_both_rows(
    study_folder: Path, first: str, second: str
) -> None:
    rename(study_folder, P01=first, P09=second)
    with pytest.raises(
        DosimetryError, match=rf"row 4, column 'patient': '{second}' and '.*' of row 3 differ"
    ):
        run_study(study_folder / "study.toml")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Cohort", "'Cohort' is what results call all patients"),
        ("P\x0101", r"holds a character that cannot be seen \(U\+0001\)"),
        ("P\u200b1", r"holds a character that cannot be seen \(U\+200B\)"),
        ("P" * 101, "has 101 characters; at most 100"),
    ],
)
def test_names_that_no_table_can_have(study_folder: Path, name: str, said: str) -> None:
    rename(study_folder, P09=name)
    with pytest.raises(DosimetryError, match=f"row 4, column 'patient': .*{said}"):
        run_study(study_folder / "study.toml")


def test_names_that_clash_as_files_are_told_apart(study_folder: Path) -> None:
    rename(study_folder, P01="A 1", P09="A/1")
    result = run_study(study_folder / "study.toml")
    assert [p.name for p in result.patients] == ["A 1", "A/1"]
