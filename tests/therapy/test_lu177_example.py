"""The 177Lu-DOTATATE example: its tables made again, its doses against the README and the truth."""

from __future__ import annotations

import importlib.util
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from exact_course import EXAMPLE

from dosimetry import StudyResult, absorbed_dose, run_study
from therapy.cycles.result import PatientTherapy

TABLES = [
    "cycles.csv", "later_scans.csv", "lesions.csv", "masses.csv", "organs.csv", "patients.csv", "serum.csv",
    "truth.csv", "whole_body.csv",
]  # fmt: skip
MARROW_L = 1.12 / 1.03  # volume of the adult male's active marrow


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return run_study(EXAMPLE / "study.toml")


@pytest.fixture(scope="module")
def readme() -> dict[str, list[str]]:
    """The README's table against the truth."""
    text = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \| ([\d.]+) \| (-?[\d.]+) \|$", text, re.MULTILINE
    )
    return {name: list(values) for name, *values in rows}


def true_doses(patient: PatientTherapy) -> dict[str, float]:
    """Cumulative Gy of the true TIACs, by organ and lesion."""
    frame = pd.read_csv(EXAMPLE / "truth.csv", comment="#")
    true = frame.pivot_table(index="region", columns="cycle", values="tiac_h")
    found: dict[str, float] = {}
    masses = {"kidneys": 0.310, "liver": 1.750, "spleen": 0.190}
    for cycle in patient.organs.course.cycles:
        tiac = {name: true.loc[name, cycle.number] for name in masses}
        tiac["red marrow"] = 0.19 * MARROW_L * true.loc["serum, h/L", cycle.number]
        tiac["remainder"] = true.loc["whole body", cycle.number] - sum(tiac.values())
        dose = absorbed_dose(tiac, "Lu-177", "adult male", organ_mass_kg=masses)
        gbq = cycle.administered_MBq / 1000
        for name in (*masses, "red marrow"):
            found[name] = found.get(name, 0.0) + dose[name] * gbq
        for lesion in patient.lesions:
            of = lesion.dose
            assert of.tiac_h is not None and of.cross_dose_mGy_per_MBq is not None
            own = of.self_dose_mGy_per_MBq / of.tiac_h * true.loc[of.lesion, cycle.number]
            found[of.lesion] = found.get(of.lesion, 0.0) + (own + of.cross_dose_mGy_per_MBq) * gbq
    return found


def test_the_script_makes_these_tables_again(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_lu177_data", EXAMPLE / "make_data.py")
    assert spec is not None and spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.main(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == TABLES
    for name in TABLES:
        text = (tmp_path / name).read_text(encoding="utf-8")
        assert text == (EXAMPLE / name).read_text(encoding="utf-8"), name
        assert "SIMULATED" in text.splitlines()[0]


def test_doses_are_those_of_the_readme_and_near_the_truth(
    result: StudyResult, readme: dict[str, list[str]]
) -> None:
    patient = result.parts["therapy"].result.patients[0]
    true = true_doses(patient)
    assert set(readme) == set(true)
    frame = result.tables()["therapy_cumulative"].set_index("target")
    for name, (expected, dose, u, ratio) in readme.items():
        row = frame.loc[name]
        for text, value in ((expected, true[name]), (dose, row["dose_Gy"]), (u, row["u_Gy"])):
            assert f"{value:.{len(text.partition('.')[2])}f}" == text, name
        away = (row["dose_Gy"] - true[name]) / row["u_Gy"]
        assert f"{away + 0.0:.1f}".replace("-0.0", "0.0") == ratio, name
        assert abs(away) < 3.0, name  # three standard uncertainties


def test_doses_per_activity_are_within_what_is_printed(result: StudyResult) -> None:
    """Ranges of the README: 0.27 to 0.91 Gy/GBq for kidneys, 0.009 to 0.029 for marrow by blood."""
    first = result.tables()["therapy_cycles"].query("cycle == 1").set_index("target")["dose_mGy_per_MBq"]
    assert 0.27 < first["kidneys"] < 0.91
    assert 0.009 < first["red marrow"] < 0.029


def test_one_command_gives_organs_and_lesions_over_four_cycles(result: StudyResult) -> None:
    cycles = result.tables()["therapy_cycles"]
    shown = cycles[cycles["target"].isin(["kidneys", "spleen", "liver", "red marrow", "L1", "L2", "L3"])]
    assert shown.groupby("target")["cycle"].apply(list).map(lambda c: c == [1, 2, 3, 4]).all()
    assert (shown["u_Gy"] > 0).all()
    total = result.tables()["therapy_cumulative"].set_index("target")
    assert (
        total.loc[["kidneys", "L1", "L2", "L3"], "bed_Gy"]
        > total.loc[["kidneys", "L1", "L2", "L3"], "dose_Gy"]
    ).all()
    assert total.loc["L1", "note"].startswith("not in u: ")


def test_organs_that_hold_lesions_are_warned_of(tmp_path: Path, result: StudyResult) -> None:
    assert not any(w.startswith("therapy: the doses of") for w in result.warnings)
    shutil.copytree(EXAMPLE, tmp_path / "held")
    study = tmp_path / "held" / "study.toml"
    text = study.read_text(encoding="utf-8")
    old = 'activity = "without lesions", mass = "without lesions"'
    assert old in text
    study.write_text(text.replace(old, old.replace("without", "with")), encoding="utf-8")
    told = [w for w in run_study(study).warnings if w.startswith("therapy: the doses of")]
    assert len(told) == 1 and "liver, pancreas" in told[0] and "organ_doses_without_lesions.csv" in told[0]
