"""Names with what a terminal library takes for markup come out as they went in."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_a_study_with_brackets_in_its_names(study_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from dosimetry.commands import app as cli

    for file in study_folder.glob("*.csv"):
        file.write_text(file.read_text().replace("P01", "[/x] P01"))
    study = study_folder / "study.toml"
    text = study.read_text()
    name = next(line for line in text.splitlines() if line.startswith("name"))
    study.write_text(text.replace(name, 'name = "[pilot] study [/x]"'))
    out = study_folder / "res[v2]"
    with pytest.raises(SystemExit) as ended:
        cli.main(["run", str(study), "--out", str(out), "--no-figures"])
    assert not ended.value.code
    printed = capsys.readouterr().out
    assert "[pilot] study [/x]" in printed
    assert "[/x] P01" in printed
    assert f"Results are in {out}\n" in printed
