"""Results are the same from a folder and from memory, and only those of an unchanged folder are taken."""

from __future__ import annotations

import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from dosimetry.dossier.results.reading import read_results
from dosimetry.dossier.results.results import Results
from dosimetry.errors import DosimetryError
from dosimetry.files.output import csv_text


@pytest.fixture
def folder(trastuzumab_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trastuzumab_folder, tmp_path / "results"))


def test_a_folder_and_memory_give_the_same(trastuzumab_folder: Path, trastuzumab: Results) -> None:
    read = read_results(trastuzumab_folder)
    assert read.sha256 == trastuzumab.sha256
    assert read.settings == trastuzumab.settings and read.provenance == trastuzumab.provenance
    assert read.inputs == trastuzumab.inputs and read.versions == trastuzumab.versions
    assert read.warnings == trastuzumab.warnings and len(read.warnings) > 0
    assert read.patients == [f"P{i:02d}" for i in range(1, 11)]
    assert len(read.curves) == len(trastuzumab.curves) == 60
    for one, other in zip(read.curves, trastuzumab.curves, strict=True):
        for name in one.__dataclass_fields__:
            a, b = getattr(one, name), getattr(other, name)
            same = np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
            assert same, (one, name)


def test_tables_have_the_digits_of_their_files(trastuzumab_folder: Path) -> None:
    read = read_results(trastuzumab_folder)
    files = {p.stem for p in trastuzumab_folder.glob("*.csv")}
    assert set(read.tables) == files and len(files) >= 8
    for name, frame in read.tables.items():
        assert csv_text(frame) == (trastuzumab_folder / f"{name}.csv").read_text(encoding="utf-8")
    assert not read.table("no such table").size


def test_a_fingerprint_changes_with_any_number(trastuzumab: Results) -> None:
    doses = trastuzumab.tables["organ_doses"].copy()
    doses.loc[0, "dose_mGy_per_MBq"] *= 1.00001
    changed = Results(**{**vars(trastuzumab), "tables": {**trastuzumab.tables, "organ_doses": doses}})
    assert changed.sha256 != trastuzumab.sha256


@pytest.mark.parametrize("name", ["organ_doses.csv", "results.h5"])
def test_changed_results_are_refused(folder: Path, name: str) -> None:
    with (folder / name).open("ab") as f:
        f.write(b" ")
    with pytest.raises(DosimetryError, match=f"{name}: changed since milligray wrote it; run the study"):
        read_results(folder)


def test_missing_files_are_told_together(folder: Path) -> None:
    (folder / "tiac.csv").unlink()
    (folder / "kinetics.csv").unlink()
    with pytest.raises(DosimetryError) as error:
        read_results(folder)
    assert [line.split(": ")[1] for line in error.value.complaints] == ["missing; run the study again"] * 2


def test_no_results_and_another_format_are_said(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match=r"there is no results\.h5 in it; give a folder of results"):
        read_results(tmp_path)
    with h5py.File(folder / "results.h5", "a") as f:
        f.attrs["format"] = "milligray results 1"
    digest = __import__("hashlib").sha256((folder / "results.h5").read_bytes()).hexdigest()
    manifest = (folder / "manifest.sha256").read_text(encoding="utf-8").splitlines()
    lines = [f"{digest}  results.h5" if line.endswith("results.h5") else line for line in manifest]
    (folder / "manifest.sha256").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with pytest.raises(DosimetryError, match=r"format 'milligray results 1', but 'milligray results \d'"):
        read_results(folder)
