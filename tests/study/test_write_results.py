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


def test_the_date_and_the_command_stand_in_the_readme_and_the_rest_is_the_same(
    study_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_study(study_folder / "study.toml")
    made = {}
    for name, epoch in (("one", "1700000000"), ("again", "1700000000"), ("later", "1800000000")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        folder = write_results(tmp_path / name, result, figures=False)
        made[name] = {p.name: p.read_bytes() for p in folder.iterdir()}
    assert made["one"] == made["again"]
    differ = {n for n in made["one"] if made["one"][n] != made["later"][n]}
    assert differ == {"README.txt", "results.h5", "manifest.sha256"}
    text = made["one"]["README.txt"].decode()
    assert "Made 2023-11-14T22:13:20+00:00 by milligray " in text
    assert "\n    dosimetry.write_results\n" in text and "figures/" not in text
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(DosimetryError, match="SOURCE_DATE_EPOCH is 'yesterday'"):
        write_results(tmp_path / "never", result, figures=False)
    assert not (tmp_path / "never").exists()


def test_icrp_103_of_one_body_is_marked(study_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dosimetry.files.terminal import Terminal
    from dosimetry.report.summary import print_summary

    result = run_study(study_folder / "study.toml")
    e = result.effective_dose
    for weights, marked in (("ICRP 103", True), ("ICRP 60", False)):
        notes = e[(e["weights"] == weights) & (e["statistic"] != "sex-averaged")]["note"].fillna("")
        assert (notes.str.contains("not sex-averaged") == marked).all() and len(notes) > 5
    print_summary(Terminal(), result)
    assert "sex-averaged)" in capsys.readouterr().out
