"""The command ``milligray theranostic``: a folder whole or not at all, its tables, figures and page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dosimetry.commands.app import main

STUDY = Path(__file__).parents[2] / "examples" / "zr89-trastuzumab"


def run(*words):
    with pytest.raises(SystemExit) as end:
        main(["theranostic", *map(str, words)])
    return end.value.code


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """Three patients of the example, without a budget of uncertainties."""
    folder = tmp_path_factory.mktemp("study")
    for name in ("patients", "whole_body", "serum", "organs"):
        table = pd.read_csv(STUDY / f"{name}.csv", comment="#", dtype=str, keep_default_na=False)
        table[table["patient"].isin(["P01", "P02", "P06"])].to_csv(folder / f"{name}.csv", index=False)
    text = (STUDY / "study.toml").read_text(encoding="utf-8").partition("[comparison]")[0]
    (folder / "study.toml").write_text(text, encoding="utf-8")
    return folder / "study.toml"


@pytest.fixture(scope="module")
def results(study, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "results"
    assert run(study, "--to", "Lu-177,Ac-225", "--out", out, "--rbe-alpha", "4", "--format", "svg") == 0
    return out


def test_the_folder_holds_tables_figures_and_a_page(results):
    assert sorted(p.relative_to(results).as_posix() for p in results.rglob("*") if p.is_file()) == [
        "README.txt", "figures/theranostic_beyond_the_points.svg", "figures/theranostic_doses.svg",
        "figures/theranostic_limits.svg", "manifest.sha256", "theranostic_doses.csv",
        "theranostic_limits.csv", "theranostic_side_by_side.csv", "theranostic_tiac.csv",
    ]  # fmt: skip
    page = (results / "README.txt").read_text(encoding="utf-8")
    for words in (
        "Research software; not for treatment of a patient.", "THE DATA ARE SIMULATED", "of alphas x 4",
        "kidneys 23 Gy: 23 Gy absorbed dose", "checked: from memory, not confirmed", "in equilibrium",
        "milligray theranostic", "BED of the kidneys: alpha/beta 2.6 Gy",
    ):  # fmt: skip
        assert words in page
    for figure in (results / "figures").iterdir():
        text = figure.read_text(encoding="utf-8")
        assert "not for treatment of a patient" in text and "SIMULATED DATA" in text


def test_tables_have_every_patient_and_the_cohort(results):
    doses = pd.read_csv(results / "theranostic_doses.csv")
    assert set(doses["nuclide"]) == {"Zr-89", "Lu-177", "Ac-225"}
    assert set(doses["data"]) == {"simulated"}
    assert not any("effective" in column for column in doses)
    rows = doses[(doses["nuclide"] == "Lu-177") & (doses["target"] == "liver")]
    each = rows[rows["statistic"] == "value"]["dose_mGy_per_MBq"]
    mean = rows[rows["statistic"] == "mean"]["dose_mGy_per_MBq"].item()
    assert mean == pytest.approx(each.mean(), rel=1e-6) and len(each) == 3
    wide = pd.read_csv(results / "theranostic_side_by_side.csv").set_index("target")
    assert wide["Lu-177 mean_mGy_per_MBq"]["liver"] == pytest.approx(mean, rel=1e-6)
    ratios = rows[rows["statistic"] == "value"]["ratio_to_measured_nuclide"]
    assert wide["Lu-177 mean_ratio_to_Zr-89"]["liver"] == pytest.approx(ratios.mean(), rel=1e-6)
    limits = pd.read_csv(results / "theranostic_limits.csv")
    assert set(limits[limits["patient"] == "cohort"]["organ"]) == {"kidneys", "red marrow", "lungs", "liver"}
    median = limits[(limits["nuclide"] == "Ac-225") & (limits["statistic"] == "median")]
    assert set(median["reached_first"]) == {"first in 3 of 3", "first in 0 of 3"}


def test_effective_dose_is_there_where_it_is_asked_for(study, tmp_path):
    out = tmp_path / "results"
    assert run(study, "--to", "Y-90", "--out", out, "--no-figures", "--effective-dose") == 0
    table = pd.read_csv(out / "theranostic_effective_dose.csv")
    assert set(table["nuclide"]) == {"Zr-89", "Y-90"} and set(table["weights"]) == {
        "ICRP 60",
        "ICRP 103",
        "ICRP 26",
    }
    assert not (out / "figures").exists()


def test_a_folder_that_is_there_is_left_alone(study, results, capsys):
    before = (results / "README.txt").read_bytes()
    assert run(study, "--to", "Y-90", "--out", results) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert (results / "README.txt").read_bytes() == before
    assert run(study.parent / "none.toml", "--to", "Y-90", "--out", results) == 2
    told = capsys.readouterr().err  # before anything is read, let alone computed
    assert "--overwrite" in told and "none.toml" not in told


def test_limits_of_ones_own(study, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(
        '[[limit]]\nname = "spleen, ours"\norgan = "spleen"\n'
        'quantity = "absorbed dose"\nvalue_Gy = 40\nsource = "x"\n'
    )
    assert run(study, "--to", "Lu-177", "--out", tmp_path / "o", "--limits", own, "--no-figures") == 0
    limits = pd.read_csv(tmp_path / "o" / "theranostic_limits.csv")
    assert set(limits["limit"]) == {"spleen, ours"} and set(limits["limit_Gy"]) == {40.0}


def test_mistakes_are_told_together_and_nothing_is_written(study, tmp_path, capsys):
    out = tmp_path / "results"
    code = run(
        study, "--to", "Lu-178x,Cf-252", "--out", out, "--limits", tmp_path / "no.toml", "--rbe-alpha", "-1"
    )
    told = capsys.readouterr().err
    assert code == 2 and not out.exists()
    assert told.count("milligray: error: ") == 4 and "Traceback" not in told
    for words in ("unknown nuclide 'Lu-178x'", "Cf-252", "no such file", "RBE of 'alpha' is -1"):
        assert words in told
    assert run(study, "--to", "Lu-177", "--out", out, "--no-figures", "--dpi", "300") == 2


def test_a_curve_that_cannot_decay_so_fast_is_told(study, tmp_path, capsys):
    assert run(study, "--to", "Bi-213", "--out", tmp_path / "o") == 2
    told = capsys.readouterr().err
    assert "Bi-213" in told and "half-lives after" in told and not (tmp_path / "o").exists()
