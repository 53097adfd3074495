"""Results of a study written from Python: the files of ``milligray run``, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dosimetry import DosimetryError, run_study, write_results


def test_the_folder_is_that_of_the_command(study_folder: Path, tmp_path: Path) -> None:
    result = run_study(study_folder / "study.toml")
    folder = write_results(tmp_path / "made" / "results", result, figures=False)
    names = {p.name for p in folder.iterdir()}
    tables = [f"{name}.csv" for name in result.tables()]
    assert names == {"README.txt", "manifest.sha256", "results.h5", *tables}
    for name, frame in result.tables().items():
        written = pd.read_csv(folder / f"{name}.csv")
        assert list(written) == list(frame) and len(written) == len(frame)


def test_a_folder_that_is_there_is_kept(study_folder: Path, tmp_path: Path) -> None:
    result = run_study(study_folder / "study.toml")
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "mine.txt").write_text("kept")
    for overwrite, message in ((False, "the folder exists"), (True, "holds no results of milligray")):
        with pytest.raises(DosimetryError, match=message):
            write_results(tmp_path / "results", result, figures=False, overwrite=overwrite)
    assert [p.name for p in (tmp_path / "results").iterdir()] == ["mine.txt"]
    (tmp_path / "results" / "mine.txt").unlink()
    write_results(tmp_path / "results", result, figures=False)
    (tmp_path / "results" / "mine.txt").write_text("kept")
    write_results(tmp_path / "results", result, figures=False, overwrite=True)
    assert (tmp_path / "results" / "mine.txt").read_text() == "kept"
    assert (tmp_path / "results" / "organ_doses.csv").exists()
