"""``milligray phantoms``: list, show and import, on a made-up ICRP 133 supplement."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from dosimetry.cli import main

sys.path.insert(0, str(Path(__file__).parents[1] / "phantoms"))
import supplement


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "160")
    return supplement.write(tmp_path / "P133")


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


def test_import_then_list_and_show(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("phantoms", "import", "icrp133", folder) == 0
    said = capsys.readouterr().out
    assert "imported: phantoms 'ICRP adult male' and 'ICRP adult female'" in said

    assert run("phantoms", "list") == 0
    listed = capsys.readouterr().out
    for word in ("ICRP adult female", "ICRP Publication 133", "(c) ICRP", "sha256"):
        assert word in listed, word

    assert run("phantoms", "list", "--json") == 0
    rows = {r["phantom"]: r for r in json.loads(capsys.readouterr().out)}
    male = rows["ICRP adult male"]
    assert len(male["sha256"]) == 64 and male["shipped"] is False and male["masses"] == "ICRP 133"

    assert run("phantoms", "show", "icrp adult male", "--masses", "ICRP 89", "--json") == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["masses"] == "ICRP 89"
    assert shown["target_mass_kg"]["liver"] == pytest.approx(1.8)
    assert shown["target_mass_kg"]["colon"] is None
    assert any(k.startswith("sha256 rcp-am_photon") for k in shown["provenance"])

    assert run("phantoms", "show", "ICRP adult male") == 0
    text = capsys.readouterr().out
    assert "masses of ICRP 133" in text and "0.4 RC-stem" in text and "28 energies, 0 to 10 MeV" in text


def test_the_same_again_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("phantoms", "import", "icrp133", folder) == 0
    assert run("phantoms", "import", "icrp133", folder) == 0
    assert "nothing changed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "ICRP adult male"), "then 'milligray phantoms import icrp133 PATH'"),
        (("show", "adlut male"), "unknown phantom 'adlut male'"),
        (("import", "icrp133", "/no/such/place"), "/no/such/place: no such folder or zip"),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("phantoms", *arguments) == 2
    said = capsys.readouterr()
    assert words in said.err and said.err.count("\n") == 1 and "Traceback" not in said.err
