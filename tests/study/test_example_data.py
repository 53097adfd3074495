"""The example's tables are made again, and have the published clearance that they were drawn from."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


FOLDER = EXAMPLES / "zr89-trastuzumab"


def test_the_script_makes_the_tables_again(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_data", FOLDER / "make_data.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    made = sorted(tmp_path.iterdir())
    assert [p.name for p in made] == ["organs.csv", "patients.csv", "serum.csv", "whole_body.csv"]
    for path in made:
        assert path.read_text(encoding="utf-8") == (FOLDER / path.name).read_text(encoding="utf-8"), path.name


def test_every_table_and_the_readme_say_that_the_data_are_simulated() -> None:
    for name in ("organs.csv", "patients.csv", "serum.csv", "whole_body.csv"):
        assert "SIMULATED" in (FOLDER / name).read_text(encoding="utf-8").splitlines()[0]
    assert "SIMULATED" in (FOLDER / "README.md").read_text(encoding="utf-8")


def test_eight_men_and_two_women() -> None:
    patients = pd.read_csv(FOLDER / "patients.csv", comment="#")
    assert patients["sex"].value_counts().to_dict() == {"male": 8, "female": 2}
    assert patients["administered_MBq"].mean() == pytest.approx(184, rel=0.02)


def test_clearance_is_the_published_one(tmp_path: Path, bodies: Path) -> None:
    """Medians and ranges of O'Donoghue 2018, abstract, through the program; noise allows a few per cent."""
    import shutil

    from dosimetry.study.pipeline import run_study

    folder = tmp_path / "study"
    shutil.copytree(FOLDER, folder)
    text = (folder / "study.toml").read_text(encoding="utf-8")
    text = text.replace("adult male", "test male").replace("adult female", "test female")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    result = run_study(folder / "study.toml")
    k = result.kinetics[result.kinetics["statistic"] == "value"]
    for curve, quantity, published in (
        ("whole body", "biologic half-life of lambda1", (257, 370, 578)),
        ("serum", "biologic half-life of lambda2", (78, 111, 193)),
    ):
        found = k[(k["curve"] == curve) & (k["quantity"] == quantity)]["value"]
        assert len(found) == 10
        assert [found.min(), found.median(), found.max()] == pytest.approx(published, rel=0.06)

    tiac = result.tiac[result.tiac["statistic"] == "mean"].set_index("source")["tiac_h"]
    assert tiac["whole body"] == pytest.approx(93.3, rel=0.02)
    assert tiac.drop("whole body").sum() == pytest.approx(tiac["whole body"], rel=1e-9)
    assert 10 < tiac["liver"] < 14
    assert 0.7 < tiac["kidneys"] < 1.5
    assert 0.7 < tiac["spleen"] < 1.5
    assert 3 < tiac["lungs"] < 4.5


def test_serum_starts_at_the_published_share_in_plasma(tmp_path: Path) -> None:
    """First sample x plasma volume: 102 % (78 to 113) of the injected activity, within 3 %."""
    serum = pd.read_csv(FOLDER / "serum.csv", comment="#").groupby("patient").first()
    patients = pd.read_csv(FOLDER / "patients.csv", comment="#").set_index("patient")
    net = (
        serum["sample_counts"] / serum["live_time_s"]
        - serum["background_counts"] / serum["background_live_time_s"]
    )
    standard = (
        serum["standard_counts"] / serum["standard_live_time_s"]
        - serum["background_counts"] / serum["background_live_time_s"]
    )
    kBq_per_mL = net / standard * serum["standard_activity_kBq"] / serum["sample_volume_mL"]
    plasma_mL = 38 * patients["body_mass_kg"]
    share = kBq_per_mL * plasma_mL / (1000 * patients["administered_MBq"])
    assert [share.min(), share.median(), share.max()] == pytest.approx((0.78, 1.02, 1.13), rel=0.03)
    assert np.all(share > 0)
