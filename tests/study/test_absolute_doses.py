"""Absolute doses: doses per activity times the activity, in Gy and mSv: tables, prompt, Python."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pandas as pd
import pytest

from dosimetry import DosimetryError, absorbed_dose, read_doses
from dosimetry.commands import app as cli
from dosimetry.study.pipeline import run_study

TIAC = {"liver": 11.0, "remainder": 70.0}
SE = {"liver": 1.0, "remainder": 3.0}


def test_rows_of_patients_have_gray_and_those_of_the_cohort_have_none(study_folder: Path) -> None:
    result = run_study(study_folder / "study.toml")
    activity = pd.read_csv(study_folder / "patients.csv", comment="#").set_index("patient")[
        "administered_MBq"
    ]
    for table, per_MBq, whole, unit in (
        (result.organ_doses, "dose_mGy_per_MBq", "absorbed_dose_Gy", 1000.0),
        (result.organ_doses, "se_mGy_per_MBq", "se_Gy", 1000.0),
        (result.effective_dose, "effective_dose_mSv_per_MBq", "effective_dose_mSv", 1.0),
        (result.effective_dose, "se_from_tiac_mSv_per_MBq", "se_from_tiac_mSv", 1.0),
    ):
        for patient in ("P01", "P09"):
            rows = table[table["patient"] == patient].dropna(subset=[per_MBq])
            assert len(rows)
            expected = rows[per_MBq] * activity[patient] / unit
            assert rows[whole].tolist() == pytest.approx(expected.tolist(), rel=1e-12)
        assert table.loc[table["patient"] == "cohort", whole].isna().all()


def test_a_patient_whose_activity_is_not_known_has_none_and_a_reason(tmp_path: Path, bodies: Path) -> None:
    (tmp_path / "patients.csv").write_text(
        "patient,sex,administered_MBq\nA,male,7400\nB,male,\n", encoding="utf-8"
    )
    rows = [f"{p},{s},{h},0.5" for p in "AB" for s, h in (("liver", 11), ("remainder", 70))]
    (tmp_path / "tiac.csv").write_text("\n".join(["patient,source,tiac_h,sd_h", *rows]), encoding="utf-8")
    head = 'name = "x"\ndata = "measured"\nnuclide = "Lu-177"\nproduct = "x"\neffective_dose = ["ICRP 103"]\n'
    sections = (
        '[phantom]\nmale = "test male"\nfemale = "test female"\n[patients]\nfile = "patients.csv"\n'
        '[tiac]\nfile = "tiac.csv"\nremainder = "as given"\n'
    )
    (tmp_path / "study.toml").write_text(head + sections, encoding="utf-8")
    result = run_study(tmp_path / "study.toml")
    of = result.organ_doses.query("statistic == 'value'").set_index("patient")
    assert (of.loc["A"]["absorbed_dose_Gy"].dropna() > 0).sum() >= 20
    assert of.loc["B", "absorbed_dose_Gy"].isna().all()
    assert of.loc["B", "se_Gy"].isna().all()
    assert of.loc["B", "reason"].str.contains("administered activity is not known").all()
    assert not of.loc["A", "reason"].str.contains("administered").any()
    text = (tmp_path / "patients.csv").read_text(encoding="utf-8").replace("7400", "")
    (tmp_path / "patients.csv").write_text(text, encoding="utf-8")
    assert "absorbed_dose_Gy" not in run_study(tmp_path / "study.toml").organ_doses


def test_python_gives_the_dose_of_an_activity_with_its_errors() -> None:
    doses = absorbed_dose(TIAC, "Lu-177", "adult male", tiac_se_h=SE)
    whole = doses.for_activity(7400.0)
    assert whole.loc["liver", "absorbed_dose_Gy"] == pytest.approx(7.4 * doses["liver"], rel=1e-12)
    parts = whole.loc["liver", ["se_from_tiac_Gy", "se_from_saf_Gy"]]
    assert whole.loc["liver", "se_Gy"] == pytest.approx(math.hypot(*parts), rel=1e-12)
    # by another way: the doses of TIACs that are twice as large
    of_two = doses.for_activity(2.0)
    twice = absorbed_dose(
        {k: 2 * v for k, v in TIAC.items()},
        "Lu-177",
        "adult male",
        tiac_se_h={k: 2 * v for k, v in SE.items()},
    )
    assert (1000 * of_two["absorbed_dose_Gy"]).tolist() == pytest.approx(twice.total.tolist(), rel=1e-12)
    assert (1000 * of_two["se_Gy"]).tolist() == pytest.approx(twice.se_mGy_per_MBq.tolist(), rel=1e-12)
    value, se = doses.effective("ICRP 103").for_activity_mSv(2.0)
    expected = twice.effective("ICRP 103")
    assert value == pytest.approx(float(expected), rel=1e-12)
    assert se == pytest.approx(expected.se_from_tiac_mSv_per_MBq, rel=1e-12)


@pytest.mark.parametrize("activity", [0.0, -1.0, math.nan, math.inf, 7.4e9])
def test_an_activity_that_nobody_is_given_is_refused(activity: float) -> None:
    with pytest.raises(DosimetryError, match=r"administered activity is .* MBq; a number greater than 0"):
        absorbed_dose(TIAC, "Lu-177", "adult male").for_activity(activity)


def prompt(tmp_path: Path, *more: str, csv: bool = False) -> list[str]:
    table = "".join(f"{s},{TIAC[s]},{SE[s]}\n" for s in TIAC)
    (tmp_path / "tiac.csv").write_text("source,tiac_h,sd_h\n" + table, encoding="utf-8")
    of = ["dose", "--nuclide", "Lu-177", "--phantom", "adult male", "--tiac", str(tmp_path / "tiac.csv")]
    with pytest.raises(SystemExit) as ended:
        cli.main([*of, *more])
    return [str(ended.value.code or 0)]


def test_at_the_prompt(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    doses = absorbed_dose(TIAC, "Lu-177", "adult male", tiac_se_h=SE)
    assert prompt(tmp_path, "--activity-MBq", "7400", "--json") == ["0"]
    content = json.loads(capsys.readouterr().out)
    liver = next(d for d in content["doses"] if d["target"] == "liver")
    assert liver["absorbed_dose_Gy"] == pytest.approx(7.4 * doses["liver"], rel=1e-9)
    assert content["administered_MBq"] == 7400.0
    e = next(d for d in content["effective_doses"] if d["weights"] == "ICRP 103")
    assert e["effective_dose_mSv"] == pytest.approx(7400 * float(doses.effective("ICRP 103")), rel=1e-9)
    assert prompt(tmp_path, "--activity-MBq", "7400") == ["0"]
    out = capsys.readouterr().out
    assert "SE / Gy" in out
    assert "7400 MBq, taken as exact" in out
    assert prompt(tmp_path, "--activity-MBq", "7400", "--csv", str(tmp_path / "d.csv")) == ["0"]
    assert "of 7400 MBq" in capsys.readouterr().out
    frame = pd.read_csv(tmp_path / "d.csv", comment="#").set_index("target")
    assert frame.loc["liver", "absorbed_dose_Gy"] == pytest.approx(7.4 * doses["liver"], rel=1e-12)
    assert read_doses(tmp_path / "d.csv")["liver"] == doses["liver"]
    for wrong in ("0", "-5", "nan", "1e9"):
        assert prompt(tmp_path, "--activity-MBq", wrong) == ["2"]
        assert "administered activity is" in capsys.readouterr().err


def test_without_an_activity_nothing_is_absolute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert prompt(tmp_path, "--json") == ["0"]
    assert 'Gy"' not in capsys.readouterr().out.replace("mGy", "")
    assert prompt(tmp_path, "--csv", str(tmp_path / "d.csv")) == ["0"]
    assert "_Gy" not in (tmp_path / "d.csv").read_text(encoding="utf-8")
