"""The pertuzumab example: its tables are made again, have the published design, and give the stated doses."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry import StudyResult, run_study

FOLDER = Path(__file__).parents[2] / "examples" / "zr89-pertuzumab"
TABLES = ["organs.csv", "patients.csv", "serum.csv", "whole_body.csv"]


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(FOLDER / "study.toml")


def test_the_script_makes_these_tables_again(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_pertuzumab_data", FOLDER / "make_data.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == TABLES
    for name in TABLES:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text == (FOLDER / name).read_text(encoding="utf-8"), name
        assert "SIMULATED" in text.splitlines()[0]
    assert "SIMULATED" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_the_design_is_the_published_one() -> None:
    """Yeh et al., J Nucl Med 2024;65:386-393, text."""
    patients, serum, body, organs = (
        pd.read_csv(FOLDER / f"{name}.csv", comment="#")
        for name in ("patients", "serum", "whole_body", "organs")
    )
    assert patients["sex"].value_counts().to_dict() == {"female": 5, "male": 1}
    activity = patients["administered_MBq"]
    assert (activity.min(), round(activity.mean(), 1), activity.max()) == (70.7, 73.1, 74.4)
    age = patients["age_y"]
    assert (age.min(), age.median(), age.max()) == (41, 51, 69)
    assert patients["mass_dose_mg"].mean() == pytest.approx(19.1, abs=0.05)
    assert patients["mass_dose_mg"].std() == pytest.approx(0.375, abs=0.03)
    scans = organs[organs["organ"] == "liver"].groupby("patient")["time_h"].apply(list)
    for name, times in scans.items():
        days = np.asarray(times) / 24
        assert 0.9 <= days[0] <= 1.1 and 3 <= days[1] <= 4 and 5 <= days[2] <= 8, name
        assert serum.loc[serum["patient"] == name, "time_h"].tolist() == [0.5, 1.0, 2.0, *times]
        assert body.loc[body["patient"] == name, "time_h"].tolist() == [0.1, 1.5, *times]
    assert set(organs.loc[organs["organ"] == "whole gut", "patient"]) == {"P02", "P05"}


def test_uptake_rises_in_the_kidneys_alone() -> None:
    organs = pd.read_csv(FOLDER / "organs.csv", comment="#")
    corrected = organs.assign(value=organs["value"] * np.exp2(organs["time_h"] / 78.41))
    for organ in ("kidneys", "liver", "lungs", "spleen"):
        curves = corrected[corrected["organ"] == organ].groupby("patient")["value"]
        change = (curves.last() / curves.first()).to_numpy()
        assert (change > 1).all() if organ == "kidneys" else change.mean() < 1, organ


def test_doses_are_near_the_published_ones_and_those_of_the_readme(result: StudyResult) -> None:
    found = result.comparison.set_index("target")
    readme = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ([^|]+) \| ([\d.]+), ([\d.]+) \| ([\d.]+), ([\d.]+) \|$", readme, re.MULTILINE)
    assert {r[0] for r in rows} == set(found.index)
    for target, published, published_sd, mean, sd in rows:
        row = found.loc[target]
        assert (row["published_mean"], row["published_sd"]) == (float(published), float(published_sd))
        assert f"{row['mean']:.{len(mean) - 2}f}" == mean and f"{row['sd']:.{len(sd) - 2}f}" == sd
        assert row["mean"] == pytest.approx(row["published_mean"], rel=0.10)


def test_the_gut_is_a_source_in_two(result: StudyResult) -> None:
    tiac = result.tiac[result.tiac["statistic"] == "mean"].set_index("source")
    gut = tiac[tiac.index.str.contains("intestine contents")]
    assert len(gut) == 3 and (gut["n"] == 2).all()
    wall = result.organ_doses.query("target == 'lower large intestine wall' and statistic == 'mean'")
    assert wall["n"].tolist() == [2]
    assert tiac.loc["kidneys", "n"] == 6 and 1.5 < tiac.loc["kidneys", "tiac_h"] < 4
    assert any("P01, P03, P04, P06: small intestine contents: not measured" in w for w in result.warnings)
