"""``milligray fit-cohort``: a table or a folder in, the population and each patient's area out."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry.commands import app as cli
from kinetics import fit_population, fit_with_population, read_cohort, read_population

LU = ("--nuclide", "Lu-177", "--not-decay-corrected")
LAM = math.log(2) / 159.528


def rows(few: int = 1) -> list[str]:
    """Seven patients of four points and one of ``few``: 4 %IA, biologic half-life 75 h, 5 % scatter."""
    rng = np.random.default_rng(3)
    found = []
    for i in range(8):
        share, rate = 4 * math.exp(0.3 * rng.normal()), math.log(2) / 75 * math.exp(0.3 * rng.normal())
        for t in (4, 24, 72, 168)[4 - (few if i == 7 else 4) :]:
            value = share * math.exp(-(rate + LAM) * t) * (1 + 0.05 * rng.normal())
            found.append(f"P{i + 1},{t},{value:.6g}")
    return found


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "kidneys.csv"
    file.write_text("\n".join(["patient,time_h,value", *rows(), ""]))
    return file


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        cli.main([str(a) for a in arguments])
    said = capsys.readouterr()
    return int(end.value.code or 0), said.out, said.err


def test_json_is_what_python_gives(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys, "fit-cohort", table, *LU, "--unit", "%IA", "--model", "mono", "--json")
    assert status == 0 and not err
    told = json.loads(out)
    curves = read_cohort(table, unit="%IA", decay_corrected=False, half_life_h=159.528).curves
    fit = fit_population(curves, "monoexponential", residual="proportional")
    medians = {r["quantity"]: r["value"] for r in told["population"]}
    assert medians["median of lambda1"] == pytest.approx(math.exp(fit.fixed["lambda1"].value), rel=1e-6)
    assert medians["SD of ln A1 between patients"] == pytest.approx(fit.sd["A1"].value, rel=1e-6)
    for row, own in zip(told["individuals"], fit.individuals, strict=True):
        assert row["area"] == pytest.approx(own.area, rel=1e-6)
        low, high = own.area_interval() or (0.0, 0.0)
        assert (row["low_area"], row["high_area"]) == pytest.approx((low, high), rel=1e-6)
    assert len(told["residuals"]) == fit.n_points == 29
    assert told["individuals"][7]["points"] == 1
    assert any("proportional" in note for note in told["notes"])  # taken for granted, and said


def test_a_folder_is_the_same_cohort(table: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    folder = tmp_path / "curves"
    folder.mkdir()
    for name, group in pd.read_csv(table).groupby("patient"):
        group[["time_h", "value"]].to_csv(folder / f"{name}.csv", index=False)
    how = (*LU, "--unit", "%IA", "--model", "mono", "--csv", "-")
    one = run(capsys, "fit-cohort", table, *how)[1]
    assert one == run(capsys, "fit-cohort", folder, *how)[1]
    assert one.splitlines()[0].startswith("patient,points,last_h,model,A1,se_A1,lambda1,se_lambda1")
    assert len(one.splitlines()) == 9


def test_a_population_is_saved_and_given_to_a_new_patient_of_one_point(
    table: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    saved = tmp_path / "kidneys.json"
    how = (*LU, "--unit", "%IA")
    status, out, _ = run(capsys, "fit-cohort", table, *how, "--model", "mono", "--save-population", saved)
    assert status == 0 and "shrinkage of lambda1" in out and "95 % interval" in out
    new = tmp_path / "new.csv"
    new.write_text("patient,time_h,value\nN1,96,0.9\n")
    status, out, _ = run(capsys, "fit-cohort", new, *how, "--population", saved, "--json")
    units = {r["quantity"]: r["unit"] for r in json.loads(out)["population"]}
    assert units["median of A1"] == "%IA" and units["median of lambda1"] == "1/h (biologic)"
    (row,) = json.loads(out)["individuals"]
    (curve,) = read_cohort(new, unit="%IA", decay_corrected=False, half_life_h=159.528).curves
    fit = fit_with_population(curve, read_population(saved))
    assert status == 0 and row["area"] == pytest.approx(fit.area) and row["points"] == 1
    assert row["low_area"] < row["area"] < row["high_area"]


def test_figures(table: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    status, _, err = run(
        capsys, "fit-cohort", table, *LU, "--unit", "%IA", "--model", "mono", "--plot", tmp_path / "f.svg"
    )
    assert status == 0 and not err
    assert {p.name for p in tmp_path.glob("*.svg")} == {"f.svg", "f_observed.svg", "f_residuals.svg"}


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--residual", "sd"], "kidneys.csv: no column 'sd', which --residual sd needs"),
        (["--residual", "x"], "residual is 'x'; allowed: sd, scaled-sd"),
        (["--covariance", "x"], "covariance is 'x'; allowed: diagonal, full"),
        (["--model", "monoexponental"], "near names: monoexponential"),
        (["--body-mass", "A1"], "kidneys.csv: column 'body_mass_kg' is missing; --body-mass needs it"),
        (["--body-mass", "l1"], "'l1' is no parameter of monoexponential; there are: A1, lambda1"),
        (["--population", "no.json"], "no.json: there is no such file"),
        (["--population", "no.json", "--covariance", "full"], "--covariance is of a population that"),
        (["--save-population", "x.csv"], "x.csv: a population is written as .json"),
    ],
)  # fmt: skip
def test_options_that_are_wrong(
    options: list[str], what: str, table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = [] if {"--model", "--population"} & set(options) else ["--model", "mono"]
    status, out, err = run(capsys, "fit-cohort", table, *LU, "--unit", "%IA", *model, *options)
    assert status == 2 and not out and what in err, err
    assert "Traceback" not in err


def test_one_patient_is_no_population(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "one.csv"
    file.write_text("patient,time_h,value\nP1,4,3\nP1,96,1\n")
    status, _, err = run(capsys, "fit-cohort", file, *LU)
    assert status == 2 and "one.csv: one patient is no population; two or more are needed" in err


def test_a_wrong_half_life_gives_no_area(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Values that fall more slowly than the nuclide decays: corrected for decay they rise."""
    how = ("--half-life-h", "5", "--not-decay-corrected", "--unit", "%IA", "--model", "mono")
    status, out, err = run(capsys, "fit-cohort", table, *how)
    assert status == 2 and not out
    assert f"{table}: the patients' curves don't fall with 'monoexponential' once corrected for decay" in err


def test_all_mistakes_of_a_table_are_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("patient,time_h,value\nP1,4,-3\nP2,x,1\nP3,24,BLQ\n")
    status, _, err = run(capsys, "fit-cohort", file, *LU)
    assert status == 2
    assert "row 2, column 'value': -3 of P1 is below 0" in err
    assert "row 3, column 'time_h': 'x' is not a number" in err
    assert "row 4: patient P3 has no point" in err


def test_the_population_of_another_unit(
    table: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    stated = tmp_path / "serum.toml"
    stated.write_text(
        'model = "monoexponential"\nunit = "%IA/L"\nsource = "made up"\nmedian = {A1 = 20, lambda1 = 0.01}\n'
        'sd_log = {A1 = 0.3, lambda1 = 0.3}\nresidual = {kind = "proportional", b = 0.05}\n'
    )
    status, _, err = run(capsys, "fit-cohort", table, *LU, "--unit", "%IA", "--population", stated)
    assert status == 2 and "the values are in '%IA'" in err and "'%IA/L'" in err
    status, out, _ = run(
        capsys, "fit-cohort", table, *LU, "--unit", "%IA/L", "--population", stated, "--json"
    )
    assert status == 0 and json.loads(out)["source"] == "made up"
