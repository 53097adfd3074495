"""``milligray model`` at the prompt: tables, JSON, files written, and what is told of mistakes."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from dosimetry import AGES, model_doses
from dosimetry.commands.app import main

MODELS = Path(__file__).parents[3] / "examples" / "models"
FDG = str(MODELS / "fdg-icrp128.toml")
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(["model", *words])
        told = capsys.readouterr()
        return int(end.value.code or 0), told.out, told.err

    return ran


def test_the_terminal_has_retention_tiacs_doses_and_both_sexes(run: Run) -> None:
    status, out, _ = run(FDG, "--body", "adult male", "--body", "adult female")
    assert status == 0
    assert "18F-FDG, ICRP 128; TIACs for all time" in out and "ICRP Publication 128" in out
    assert "F-18: activity per administered activity" in out and "sex-averaged" in out
    found = model_doses(FDG, bodies=["adult male", "adult female"])
    (both,) = found.doses.sex_averaged().values()
    assert f"{float(both):.4g}" in out


def test_json_is_the_python_result(run: Run) -> None:
    status, out, _ = run(FDG, "--ages", "--json")
    assert status == 0
    content = json.loads(out)
    found = model_doses(FDG, ages=True)
    assert list(content["bodies"]) == list(AGES)
    for label in AGES:
        rows = {row["target"]: row["dose_mGy_per_MBq"] for row in content["bodies"][label]["doses"]}
        assert rows["liver"] == found.doses[label]["liver"]
        assert content["bodies"][label]["tiac_h"]["F-18"] == found.tiac_h[label]["F-18"]
    assert content["model"]["citation"].startswith("ICRP Publication 128")
    assert content["model"]["years"] is None
    assert {row["time_h"] for row in content["retention"]} == {0.5, 1.0, 2.0, 4.0}


def test_files_that_are_asked_for(run: Run, tmp_path: Path) -> None:
    names = ("doses", "tiac", "slopes", "retention")
    files = {name: tmp_path / f"{name}.csv" for name in names}
    status, _, err = run(
        FDG, "--body", "adult male", "--csv", str(files["doses"]), "--tiac", str(files["tiac"]),
        "--slopes", str(files["slopes"]), "--retention", str(files["retention"]),
        "--plot", str(tmp_path / "doses.png"), "--years", "50",
    )  # fmt: skip
    assert status == 0, err
    assert (tmp_path / "doses.png").stat().st_size > 10_000

    def rows(name: str) -> list[dict[str, str]]:
        with files[name].open(encoding="utf-8", newline="") as f:
            return list(csv.DictReader(line for line in f if not line.startswith("#")))

    assert {row["source"] for row in rows("tiac")} >= {"brain", "urinary bladder contents", "remainder"}
    slopes = rows("slopes")
    assert {row["transfer"] for row in slopes} == {
        f"remainder {i} -> urinary bladder contents" for i in (1, 2)
    }
    wall = [float(r["slope_per_relative_change"]) for r in slopes if r["quantity"] == "urinary bladder wall"]
    assert all(value > 0 for value in wall)
    assert rows("retention")[0]["whole body"]
    assert "never excreted, only decays: brain" in err


def test_one_age_in_a_body(run: Run) -> None:
    status, out, _ = run(FDG, "--age", "5 years", "--body", "5-year-old", "--json")
    assert status == 0
    tiac = json.loads(out)["bodies"]["5-year-old"]["tiac_h"]["F-18"]
    assert tiac["urinary bladder contents"] == pytest.approx(0.229, abs=5e-4)


def test_a_bladder_that_grows(run: Run, tmp_path: Path) -> None:
    """As milligray bladder has it for the same contents, voids, volume and flow."""
    file = tmp_path / "model.toml"
    grown = Path(FDG).read_text(encoding="utf-8").replace(
        "every = 3.5\n", "every = 3.5\nvolume_mL = 10\nflow_mL_per_h = 60\n"
    )  # fmt: skip
    file.write_text(grown, encoding="utf-8")
    status, out, _ = run(str(file), "--body", "adult male")
    assert status == 0 and "from contents that grow, 10 to 220 mL: 0.275 mGy/MBq" in out
    from dosimetry import BladderVolume, nuclide, wall_dose
    from kinetics import Contents, Emptying, Inflow

    fdg = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])
    contents = Contents(fdg, Emptying(every_h=3.5), nuclide("F-18").lambda_per_h)
    alone = wall_dose(contents, BladderVolume(after_void_mL=10, flow_mL_per_h=60), "F-18", "adult male")
    wall = model_doses(file, bodies=["adult male"]).walls["adult male"]
    assert wall.dynamic_total_mGy_per_MBq == pytest.approx(alone.dynamic_total_mGy_per_MBq, rel=1e-9)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([FDG], "which body? Say --body NAME"),
        ([FDG, "--body", "adult mal"], "adult male"),
        ([FDG, "--body", "adult male", "--ages"], "give ages, or bodies"),
        ([FDG, "--body", "adult male", "--nuclide", "Xx-18"], "unknown nuclide 'Xx-18'"),
        ([FDG, "--body", "adult male", "--years", "-1"], "period of -1 years"),
        ([FDG, "--body", "adult male", "--years", "0"], "a commitment period of 0 years"),
        ([FDG, "--body", "adult male", "--age", "2 years"], "age '2 years' isn't among [ages]"),
        ([str(MODELS / "none.toml"), "--body", "adult male"], "none.toml"),
        ([str(MODELS / "adc-deconjugation.toml"), "--body", "adult male"], "which nuclide?"),
    ],
)
def test_mistakes_are_told(run: Run, words: list[str], says: str) -> None:
    status, _, err = run(*words)
    assert status == 2 and says in err


def test_times_are_needed_for_retention(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "model.toml"
    file.write_text(Path(FDG).read_text(encoding="utf-8").split("[output]")[0], encoding="utf-8")
    status, _, err = run(str(file), "--body", "adult male", "--retention", str(tmp_path / "r.csv"))
    assert status == 2 and "--retention needs times" in err
    assert not (tmp_path / "r.csv").exists()


SMALL = """
name = "small"
citation = "A. Person, 2026"
nuclide = "F-18"
time_unit = "h"
compartments = ["blood", "urinary bladder contents"]
sinks = ["urine"]
bolus = { blood = 1 }
transfers = { "blood -> urinary bladder contents" = 0.3 }
emptying."urinary bladder contents" = { into = "urine", every = 3.5 }
source_regions = { blood = "remainder" }
output = { times = [1, 2] }
ages."5 years".transfers = { "blood -> urinary bladder contents" = 3 }
"""


def test_contents_of_every_age_are_written(run: Run, tmp_path: Path) -> None:
    file, written = tmp_path / "small.toml", tmp_path / "r.csv"
    file.write_text(SMALL, encoding="utf-8")
    status, out, _ = run(str(file), "--ages", "--retention", str(written))
    assert status == 0 and "Contents of newborn; --retention FILE has those of all" in out
    text = written.read_text(encoding="utf-8")
    assert "# citation: A. Person, 2026" in text and "TIACs for all time" in text
    rows = list(csv.DictReader(line for line in text.splitlines() if not line.startswith("#")))
    blood = {row["body"]: float(row["blood"]) for row in rows if row["time_h"] == "1"}
    assert list(blood) == list(AGES)
    assert blood["5 years"] / blood["adult"] == pytest.approx(math.exp(-3.0 + 0.3), rel=1e-6)
    status, out, _ = run(str(file), "--ages", "--json")
    assert {row["body"] for row in json.loads(out)["retention"]} == set(AGES)


def test_all_files_or_none(run: Run, tmp_path: Path) -> None:
    same, nowhere = tmp_path / "x.csv", tmp_path / "none" / "x.csv"
    status, _, err = run(
        FDG, "--body", "adult male", "--tiac", str(same), "--slopes", str(same), "--csv", str(nowhere),
        "--retention", str(tmp_path),
    )  # fmt: skip
    assert status == 2
    assert f"--slopes {same}: --tiac writes this file already" in err
    assert f"--csv {nowhere}: there is no such folder" in err
    assert f"--retention {tmp_path}: this is a folder" in err
    assert list(tmp_path.iterdir()) == []
    status, out, err = run(FDG, "--body", "adult male", "--json", "--tiac", "-")
    assert status == 2 and out == "" and "--json is written to standard output already" in err


def test_json_and_a_table_of_doses_that_says_its_model(run: Run, tmp_path: Path) -> None:
    status, out, _ = run(
        FDG, "--body", "adult male", "--json", "--csv", str(tmp_path / "d.csv"), "--years", "50"
    )
    assert status == 0 and json.loads(out)["model"]["years"] == 50
    text = (tmp_path / "d.csv").read_text(encoding="utf-8")
    assert f"# file: fdg-icrp128.toml, SHA-256 {json.loads(out)['model']['sha256']}" in text
    assert "# citation: ICRP Publication 128" in text and "TIACs for 50 years" in text
    assert "# note: never excreted, only decays: brain" in text


def test_ages_and_bodies_that_are_none_are_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL + 'ages."1 years" = {}\nbodies."adut male" = {}\n', encoding="utf-8")
    status, out, _ = run(str(file), "--ages")
    assert status == 0
    said = " ".join(out.split())
    assert "[ages] 1 years: none of newborn" in said
    assert "[bodies] adut male: no body or kind of body that is known here" in said


@pytest.mark.parametrize("other", ['nuclide = "I-131"', 'chain.daughters = "all"'])
def test_a_nuclide_is_one_for_the_whole_file(run: Run, tmp_path: Path, other: str) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL + f'ages."1 year".{other}\n', encoding="utf-8")
    status, _, err = run(str(file), "--ages")
    assert status == 2 and "this is one for the whole file" in err


def test_a_wall_of_a_part_of_the_time_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    grown = SMALL.replace("every = 3.5", "every = 3.5, volume_mL = 10, flow_mL_per_h = 60")
    file.write_text(grown, encoding="utf-8")
    assert run(str(file), "--body", "adult male", "--years", "50")[0] == 0
    status, _, err = run(str(file), "--body", "adult male", "--years", "0.0002")
    assert status == 2 and "calculated for all time; the period ends before" in " ".join(err.split())


def test_standard_errors_that_a_fit_lacks_have_a_reason(tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    model = SMALL.replace('contents" = 0.3', 'contents" = "k"').replace('ages."5', "#")
    model += """
[parameters]
k = { start = 0.3 }
[[data]]
of = "blood"
unit = "IA"
decay_corrected = true
weights = "relative"
time = [1]
value = [0.7]
"""
    file.write_text(model, encoding="utf-8")
    found = model_doses(file, bodies=["adult male"])
    assert (
        "standard errors of the fit: undefined: as many points as parameters leave no residual variance"
        in (found.notes)
    )


def test_what_is_not_put_in_is_told(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "small.toml"
    file.write_text(SMALL.replace("blood = 1 }", "blood = 0.3 }"), encoding="utf-8")
    _, out, _ = run(str(file), "--body", "adult male", "--json")
    assert "0.3 of the administered activity is put in" in json.loads(out)["model"]["notes"][0]
