"""``milligray project``: the worked example, tables of animals, what a user gets wrong."""

from __future__ import annotations

import csv
import importlib.util
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from dosimetry import Animals, DosimetryError, nuclide, project_to_humans
from dosimetry.commands.app import app
from dosimetry.files.animal_table import read_animals

EXAMPLE = Path(__file__).parents[3] / "examples" / "mouse-projection"
MOUSE = EXAMPLE / "mouse.csv"
SUBTRACT = "whole body minus sources"
RULES = ["--nuclide", "Zr-89", "--species", "mouse", "--body-mass-g", "25", "--first", "constant"]
RULES += ["--tail", "physical", "--remainder", SUBTRACT, "--decay-corrected", "--data", "simulated"]


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as f:
        return list(csv.DictReader(f))


def run(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["project", *arguments])


def test_the_script_makes_the_example_again() -> None:
    spec = importlib.util.spec_from_file_location("make_mouse", EXAMPLE / "make_data.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.table() == MOUSE.read_text(encoding="utf-8")
    assert "SIMULATED" in MOUSE.read_text(encoding="utf-8").splitlines()[0]
    assert "SIMULATED" in (EXAMPLE / "README.md").read_text(encoding="utf-8")


def test_the_example_as_its_readme_has_it(tmp_path: Path) -> None:
    out = tmp_path / "out"
    said = run(
        str(MOUSE), *RULES, "--limit", "effective dose=10", "--limit", "any organ=50", "--out", str(out)
    )
    assert said.exit_code == 0, said.output
    assert "THE DATA ARE SIMULATED" in said.output
    assert "warning" not in said.output
    names = {"projected_tiac", "projected_curves", "projected_doses", "projected_effective_dose"}
    tables = {name: read(out / f"{name}.csv") for name in (*names, "largest_activity")}
    assert all(row["data"] == "simulated" for rows in tables.values() for row in rows)
    assert (out / "mouse.csv").read_bytes() == MOUSE.read_bytes()
    assert "SIMULATED" in (out / "README.txt").read_text(encoding="utf-8")
    assert (out / "manifest.sha256").is_file()
    # whatever the scaling: all that is in the body is in its regions, less than all decays
    most = nuclide("Zr-89").half_life_h / math.log(2)
    for scaling in ("none", "mass", "time", "mass and time"):
        for body in ("adult male", "adult female"):
            own = [r for r in tables["projected_tiac"] if (r["scaling"], r["body"]) == (scaling, body)]
            assert len(own) == 7
            assert 0.7 * most < sum(float(r["tiac_h"]) for r in own) < most
            assert all(float(r["se_h"]) > 0 for r in own)
    activity = {(r["limit_of"], r["scaling"]): r for r in tables["largest_activity"]}
    effective = [
        float(r["effective_dose_mSv_per_MBq"])
        for r in tables["projected_effective_dose"]
        if (r["scaling"], r["weights"], r["body"]) == ("mass", "ICRP 103", "adult male and adult female")
    ]
    largest = float(activity["effective dose", "mass"]["largest_activity_MBq"])
    assert largest * effective[0] == pytest.approx(10.0, rel=1e-6)
    organs = [
        float(r["dose_mGy_per_MBq"])
        for r in tables["projected_doses"]
        if r["scaling"] == "time" and r["target"] != "total body" and r["dose_mGy_per_MBq"]
    ]
    largest = float(activity["any organ", "time"]["largest_activity_MBq"])
    assert largest * max(organs) == pytest.approx(50.0, rel=1e-6)  # 89Zr has no alphas


def test_the_page_has_the_examples_largest_activities() -> None:
    limits = ["--limit", "effective dose=10", "--limit", "any organ=50", "--json"]
    found = json.loads(run(str(MOUSE), *RULES, *limits).output)["largest_activity"]
    page = (EXAMPLE.parents[1] / "docs" / "projection.md").read_text(encoding="utf-8")
    for quantity, mSv in (("effective dose", 10), ("any organ", 50)):
        values = [f"{r['largest_activity_MBq']:.1f}" for r in found if r["limit_of"] == quantity]
        assert f"| {quantity} {mSv} mSv | {' | '.join(values)} |" in page


def test_json_has_the_same_and_what_is_to_be_said() -> None:
    content = json.loads(run(str(MOUSE), *RULES, "--scaling", "mass", "--json").output)
    assert {row["scaling"] for row in content["projected_doses"]} == {"mass"}
    assert content["simulated"] is True
    assert any("choice of the scaling" in note for note in content["notes"])


def test_single_animals_bring_the_covariance_of_their_organs(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    liver = rng.normal(8, 1, 6)
    kidneys = 0.5 * liver + rng.normal(2, 0.3, 6)
    path = tmp_path / "single.csv"
    rows = [f"{o},{4 + 20 * (i // 3)},M{i},{v[i]},%IA,," for o, v in (("liver", liver), ("kidneys", kidneys))
            for i in range(6)]  # fmt: skip
    path.write_text(
        "\n".join(["organ,time_h,animal,value,unit,organ_mass_g,comment", *rows]), encoding="utf-8"
    )
    curves = read_animals(path, nuclide("Zr-89").lambda_per_h, True)
    errors = [np.array(list((c.errors or {}).values())) for c in curves]  # (animals, times)
    for i, at in ((0, slice(0, 3)), (1, slice(3, 6))):
        ours = np.array([[a[:, i] @ b[:, i] for b in errors] for a in errors])
        assert ours == pytest.approx(np.cov(liver[at], kidneys[at]) / 3, rel=1e-9)
    assert abs(float((errors[0][:, 0] * errors[0][:, 1]).sum())) < 1e-12  # other animals at other times


def test_values_as_measured_are_corrected_by_the_animals_label(tmp_path: Path) -> None:
    lam = nuclide("Cu-64").lambda_per_h
    corrected, measured = tmp_path / "corrected.csv", tmp_path / "measured.csv"
    head = "organ,time_h,value,unit,sd,n\n"
    rows = [(1.0, 9.0, 1.0), (24.0, 6.0, 0.5)]
    corrected.write_text(head + "".join(f"liver,{t},{v},%IA,{s},4\n" for t, v, s in rows), encoding="utf-8")
    decayed = [(t, v * math.exp(-lam * t), s * math.exp(-lam * t)) for t, v, s in rows]
    measured.write_text(
        head + "".join(f"liver,{t},{v!r},%IA,{s!r},4\n" for t, v, s in decayed), encoding="utf-8"
    )
    options = {"first": "constant", "tail": "physical", "remainder": "as given", "scalings": ["time"]}
    found = [
        project_to_humans(Animals("rat", 250.0, read_animals(path, lam, state)), "Lu-177", **options)  # type: ignore[arg-type]
        for path, state in ((corrected, True), (measured, False))
    ]
    first, second = (f["time"].tiacs["adult male"][0] for f in found)
    assert (first.value_h, first.se_h) == pytest.approx((second.value_h, second.se_h), rel=1e-12)


def test_all_mistakes_of_a_table_have_their_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(
        "organ,time_h,value,unit,sd,n,organ_mass_g\nliver,2,9.5,%IA/g,0.9,5,1.3\nLIVER,2,9.5,%IA/g,0.9,5,1.3\n"
        "liver,24,9.5,%IA,0.9,5,1.4\nkidney,24,-1,%IA/g,0.9,5,\nspleen,24,5,%ID/g,0.9,5,\n"
        "lungs,x,5,%IA/g,0.9,1,\nlungs,2,5,%IA/g,0.9,1,\nlungs,3,5,%IA/g,0.9,,\nlungs,4,5,%IA/g,0.9,2.5,\n"
        "feces,0,5,%IA,0.9,3,\nwhole body,24,150,%IA,,,\n",
        encoding="utf-8",
    )
    with pytest.raises(DosimetryError) as error:
        read_animals(path, 0.01, True)
    told = str(error.value).splitlines()
    for row, column, words in (
        (4, "unit", "row 2 of liver has another"),
        (4, "organ_mass_g", "1.4 g, but row 2 has 1.3 g"),
        (5, "value", "-1 is not allowed"),
        (6, "unit", "'%ID/g' is not allowed"),
        (7, "time_h", "'x' is not a number"),
        (8, "sd", "n is 1"),
        (9, "sd", "n is missing"),
        (10, "n", "a whole number of animals"),
        (11, "value", "nothing has left yet"),
        (12, "value", "more than was administered"),
    ):
        assert any(f"row {row}, column '{column}'" in line and words in line for line in told), words
    mixed = tmp_path / "mixed.csv"
    mixed.write_text("organ,time_h,value,unit,animal,n\nliver,2,9,%IA,M1,3\n", encoding="utf-8")
    with pytest.raises(DosimetryError, match="leave one kind out"):
        read_animals(mixed, 0.01, True)
    with pytest.raises(DosimetryError, match="half-lives after the administration"):
        read_animals(MOUSE, 5.0, False)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--body-mass-g": "25000"}, "--body-mass-g: body mass of the mouse is 25000 g; 10 to 80 g"),
        ({"--data": "guessed"}, "--data is 'guessed'"),
        ({"--first": "x"}, "unknown first interval 'x'"),
        ({"--remainder": "x"}, "unknown rule of the remainder 'x'"),
        ({"--scaling": "x"}, "unknown scaling 'x'"),
        ({"--limit": "elbow=5"}, "--limit: limit of 'elbow': no body has such a target region"),
        ({"--limit": "any organ"}, "is not a number; a dose and its limit in mSv"),
        ({"--void-every-h": "4"}, "mouse.csv: voids of the bladder need a curve of urine"),
        ({"--phantom": "adult mail"}, "unknown phantom 'adult mail'"),
        ({"--time-exponent": "2"}, "a number from 0 to 1"),
    ],
)
def test_what_is_wrong_with_an_option_is_said(change: dict[str, str], words: str) -> None:
    arguments = [*RULES]
    for option, value in change.items():
        if option in arguments:
            arguments[arguments.index(option) + 1] = value
        else:
            arguments += [option, value]
    said = run(str(MOUSE), *arguments)
    assert said.exit_code != 0 and words in str(said.exception)


@pytest.mark.parametrize(
    ("organ", "words"),
    [
        ("blood", "give its %IA/g as 'heart contents'"),
        ("bone", "'cortical bone' or 'trabecular bone'"),
        ("livr", "near names: liver"),
        ("left kidney", "give 'kidneys'"),
        ("remainder", "its rule is 'as given'"),
    ],
)
def test_what_is_no_source_region_is_said_with_what_to_do(organ: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "animals.csv"
    path.write_text(f"organ,time_h,value,unit\n{organ},2,9,%IA\nwhole body,2,99,%IA\n", encoding="utf-8")
    said = run(str(path), *RULES)
    assert said.exit_code != 0
    assert str(said.exception).startswith(f"{path}: ") and words in str(said.exception)


def test_where_no_scaling_can_be_used_nothing_is_written(tmp_path: Path) -> None:
    path, out = tmp_path / "animals.csv", tmp_path / "out"
    path.write_text("organ,time_h,value,unit\nliver,2,40,%IA/g\nwhole body,2,1,%IA\n", encoding="utf-8")
    said = run(str(path), *RULES, "--out", str(out))
    told = str(said.exception)
    assert "scaling 'none': liver: its mass in the animal is needed" in told
    assert "scaling 'mass': negative remainder" in told
    assert not out.exists()


def test_a_table_of_zeros_has_zeros_and_no_activity(tmp_path: Path) -> None:
    table = tmp_path / "zeros.csv"
    rows = "".join(f"liver,{t},{a},0,%IA,1.3\n" for t in (2, 24) for a in ("A", "B"))
    table.write_text(f"organ,time_h,animal,value,unit,organ_mass_g\n{rows}", encoding="utf-8")
    rules = ["as given" if rule == SUBTRACT else rule for rule in RULES]
    said = run(str(table), *rules, "--limit", "any organ=50")
    assert said.exit_code == 0, said.output
    assert "the dose is 0" in said.output and "smallest" not in said.output
