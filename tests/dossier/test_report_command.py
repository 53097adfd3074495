"""``milligray report`` and ``milligray run --report``: what they write, and what they say of mistakes."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from dosimetry.commands import app as cli
from dosimetry.dossier.results.reading import read_results

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def complaints(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [line.removeprefix("milligray: error: ") for line in capsys.readouterr().err.splitlines()]


def test_it_writes_what_was_asked_for(
    trastuzumab_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "dossier"
    asked = ("--shell", "ema-section-11", "--format", "html,word", "--units", "mrad/MBq", "--no-figures")
    assert run("report", trastuzumab_folder, "--out", out, *asked) == 0
    assert f"The dossier is in {out}" in " ".join(capsys.readouterr().out.split())
    assert sorted(p.name for p in out.iterdir()) == [
        "dossier.docx", "dossier.html", "manifest.sha256", "tables",
    ]  # fmt: skip
    page = (out / "dossier.html").read_text(encoding="utf-8")
    assert "mrad/MBq" in page and read_results(trastuzumab_folder).sha256 in page
    assert [p.name for p in tmp_path.iterdir()] == ["dossier"]
    assert run("report", trastuzumab_folder, "--out", out, *asked) == 2
    assert "the folder exists" in complaints(capsys)[0]
    assert run("report", trastuzumab_folder, "--out", out, *asked, "--overwrite") == 0


def test_all_mistakes_are_told_at_once_and_nothing_is_written(
    trastuzumab_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = {
        "--format": ("excel,pdf", "unknown format 'pdf' of a dossier; there are: word, excel, html"),
        "--figure-format": ("png,gif", "unknown format 'gif' of figures; there are: png, pdf, svg"),
        "--shell": ("jornal", r"unknown shell 'jornal'; there are: full, .*journal"),
        "--units": ("cGy/MBq", r"unknown unit 'cGy/MBq' of dose coefficients; there are: mGy/MBq, "),
        "--date": ("tomorrow", r"date is 'tomorrow'; it is written like 2026-11-22"),
        "--digits": ("8", "digits is 8; 2 to 7, a whole number, is allowed"),
        "--dpi": ("49", r"dpi of figures is 49; 50 to 1200"),
        "--limit-mSv": ("-1", r"limit, mSv, is -1\.0; a number above 0"),
        "--recommended-MBq": ("inf", r"recommended activity, MBq, is inf; a number above 0"),
        "--cycles": ("0", "cycles is 0; 1 or more"),
        "--template": ("house.docx", r"house\.docx: a template is for Word, and Word is none"),
    }
    words = [word for option, (value, _) in wrong.items() for word in (option, value)]
    assert run("report", trastuzumab_folder, "--out", tmp_path / "dossier", *words) == 2
    said = complaints(capsys)
    for _, message in wrong.values():
        assert sum(bool(re.search(message, line)) for line in said) == 1, message
    assert any("give both cycles and activity, or none" in line for line in said)
    assert len(said) == len(wrong) + 1
    assert not list(tmp_path.iterdir())


def test_what_the_results_do_not_have_is_said(
    trastuzumab_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("--effective-dose", "ICRP 30", "--target-region", "livr", "--also-units", "rad/mCi")
    assert run("report", trastuzumab_folder, "--out", tmp_path / "dossier", *asked) == 2
    weights, target = complaints(capsys)
    assert "no effective dose 'ICRP 30' in these results; there are: ICRP 60, ICRP 103, ICRP 26" in weights
    assert "no target region 'livr' in these results; there are: adrenals, " in target
    assert not list(tmp_path.iterdir())


def test_changed_results_and_other_folders_are_refused(
    trastuzumab_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(trastuzumab_folder, changed)
    with (changed / "tiac.csv").open("a") as f:
        f.write("x\n")
    assert run("report", changed, "--out", tmp_path / "dossier") == 2
    assert "tiac.csv: changed since milligray wrote it" in complaints(capsys)[0]
    assert run("report", tmp_path, "--out", tmp_path / "dossier") == 2
    assert "there is no results.h5 in it" in complaints(capsys)[0]
    for template, message in (("no.docx", "there is no such file"), ("tiac.csv", "this is no Word document")):
        path = trastuzumab_folder / template
        assert run("report", trastuzumab_folder, "--out", tmp_path / "d", "--template", path) == 2
        assert message in complaints(capsys)[0]
    assert not (tmp_path / "dossier").exists() and not (tmp_path / "d").exists()


def test_a_run_reports_too_and_its_folder_is_still_one_of_results(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1795000000")
    out, study = tmp_path / "results", EXAMPLES / "zr89-huj591" / "study.toml"
    assert run("run", study, "--out", out, "--no-figures", "--report", "excel") == 0
    inside = out / "dossier"
    assert sorted(p.name for p in inside.iterdir()) == ["dossier.xlsx", "tables"]
    assert "dossier/: tables and figures" in (out / "README.txt").read_text(encoding="utf-8")
    changed = next((inside / "tables").glob("*.csv"))
    changed.write_text("a writer's own", encoding="utf-8")  # no table of the results
    assert run("report", out, "--out", tmp_path / "again", "--format", "excel", "--no-figures") == 0
    again = tmp_path / "again"
    assert (again / "dossier.xlsx").read_bytes() == (inside / "dossier.xlsx").read_bytes()
    capsys.readouterr()
    assert run("run", study, "--out", tmp_path / "x", "--report", "pdf") == 2
    assert "unknown format 'pdf' of a dossier" in complaints(capsys)[0]
    assert not (tmp_path / "x").exists()
