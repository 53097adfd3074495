"""``milligray init`` makes a study that only lacks its rows; ``check`` says what a run would do."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

import dosimetry.doses.cohort
from dosimetry import DosimetryError, run_study
from dosimetry.commands.app import main
from dosimetry.study.input_tables.table_columns import COUNT_COLUMNS, DIRECT
from dosimetry.study.keys.new_study import KINDS, TABLES, study_text, write_new_study


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(a) for a in arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_study_lacks_only_its_rows(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new"
    product = '89Zr-"mAb" \\ = [x]'
    assert run("init", folder, "--nuclide", "89Zr", "--product", product, "--tables", kind) == 0
    assert f"milligray check {folder}/study.toml" in capsys.readouterr().out
    study = tomllib.loads((folder / "study.toml").read_text(encoding="utf-8"))
    assert (study["nuclide"], study["product"], study["name"]) == ("Zr-89", product, product)
    assert run("check", folder / "study.toml") == 2
    told = capsys.readouterr().err.splitlines()
    assert told == [
        f"milligray: error: {folder / name}: there are no rows under the header" for name in TABLES[kind]
    ]
    before = (folder / "study.toml").read_bytes()
    assert run("init", folder, "--nuclide", "Zr-89", "--product", "x", "--tables", kind) == 2
    assert "study.toml, patients.csv" in capsys.readouterr().err
    assert (folder / "study.toml").read_bytes() == before


def test_the_headers_are_those_that_counts_and_percentages_need() -> None:
    for name in ("whole_body", "serum"):
        assert set(COUNT_COLUMNS[name]) <= set(TABLES["counts"][f"{name}.csv"].split(","))
        assert DIRECT[name] in TABLES["percent-ia"][f"{name}.csv"].split(",")


@pytest.mark.parametrize(
    ("kind", "product", "message"),
    [("mCi", "x", "--tables is 'mCi'; allowed: counts, percent-ia, tiac"), ("tiac", " ", "--product is ' '")],
)
def test_what_init_refuses(kind: str, product: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match=message):
        write_new_study(tmp_path / "new", "Zr-89", product, kind)
    assert not (tmp_path / "new").exists()


def test_every_choice_of_the_new_study_is_explained() -> None:
    for line in study_text("Zr-89", "x", "counts").splitlines():
        assert line == line.rstrip()
        key = line.split("=")[0].strip()
        if key in (
            "model",
            "method",
            "first_interval",
            "tail",
            "decay_corrected",
            "heart_contents",
            "organs",
        ):
            assert "#" in line or line == 'model = "biexponential"' or line.startswith("decay_corrected")


def test_check_says_what_a_run_finds_and_computes_no_doses(
    study_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = run_study(study_folder / "study.toml")

    def never(*_: object, **__: object) -> None:
        raise AssertionError("a dose is computed")

    monkeypatch.setattr(dosimetry.doses.cohort, "absorbed_doses", never)
    assert run("check", study_folder / "study.toml", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [p["patient"] for p in found["patients"]] == [p.name for p in result.patients]
    assert len(found["curves"]) == len(result.curves)
    for row, used in zip(found["curves"], result.curves, strict=True):
        assert (row["patient"], row["curve"], row["points"]) == (used.patient, used.region, len(used.curve))
        assert row["extrapolated_fraction"] == used.extrapolated_fraction
    assert set(found["warnings"]) <= set(result.warnings)
    assert {f"{name}.csv" for name in result.tables()} <= set(found["outputs"])
    assert run("check", study_folder / "study.toml") == 0
    said = capsys.readouterr().out
    for words in ("P01", "biexponential", "linear trapezoids", "A run would write: subjects.csv"):
        assert words in " ".join(said.split()), words


def test_check_tells_all_mistakes(study_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("patients.csv", "whole_body.csv"):
        path = study_folder / name
        path.write_text(path.read_text().replace("P01", "P01,"))
    assert run("check", study_folder / "study.toml") == 2
    told = capsys.readouterr().err
    assert "patients.csv: row" in told and "whole_body.csv: row" in told
