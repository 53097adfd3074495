"""Tables of patients and of measured points: what was given, in its unit and in %IA, and what is missing."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dosimetry import DosimetryError, Measurements, Patient, run_study
from dosimetry.study.result_tables.measured_rows import activity_frame
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics import Curve
from kinetics.curves.blq import BlqPoint
from phantoms import load_phantom

LAMBDA = math.log(2) / 78.41


def set_patients(folder: Path, **columns: list[str]) -> None:
    frame = pd.read_csv(folder / "patients.csv", comment="#", dtype=str)
    for name, cells in columns.items():
        frame[name] = cells
    frame.to_csv(folder / "patients.csv", index=False)


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_subjects_are_the_patients_with_what_is_not_stated(study_folder: Path) -> None:
    set_patients(study_folder, age_y=["71", ""], mass_dose_mg=["45.5", "20"], height_cm=["", "161"])
    given = pd.read_csv(study_folder / "patients.csv")
    subjects = run_study(study_folder / "study.toml").subjects
    for name in ("age_y", "body_mass_kg", "height_cm", "haematocrit", "administered_MBq", "mass_dose_mg"):
        np.testing.assert_array_equal(subjects[name], given[name])
    assert subjects["patient"].tolist() == ["P01", "P09"] and subjects["sex"].tolist() == ["male", "female"]
    assert subjects["phantom"].tolist() == ["test male", "test female"]
    assert subjects["reason"].tolist() == [
        f"not stated in the patients' table: {name}" for name in ("height_cm", "age_y")
    ]
    assert (subjects["data"] == "simulated").all()


def test_age_and_mass_dose_change_no_dose(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    set_patients(study_folder, age_y=["71", "55"], mass_dose_mg=["45.5", "20"])
    after = run_study(study_folder / "study.toml")
    pd.testing.assert_frame_equal(before.organ_doses, after.organ_doses, check_exact=True)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("age_y", "121", "at most 120"),
        ("age_y", "-1", "0 or more"),
        ("age_y", "1951-03-14", "a number"),
        ("mass_dose_mg", "0", "greater than 0"),
        ("mass_dose_mg", "2e6", "at most 1e"),
    ],
)
def test_what_cannot_be_is_refused(column: str, cell: str, said: str, study_folder: Path) -> None:
    set_patients(study_folder, **{column: [cell, ""]})
    with pytest.raises(DosimetryError, match=rf"patients\.csv: row \d, column '{column}'.*{said}"):
        run_study(study_folder / "study.toml")


def test_a_patient_in_python_is_refused_too() -> None:
    who = {"name": "P", "sex": "male", "phantom": "adult male"}
    assert Patient(**who, age_y=0).age_y == 0  # type: ignore[arg-type]
    for age in (-0.1, 120.5, float("nan")):
        with pytest.raises(DosimetryError, match="0 to 120 years are allowed"):
            Patient(**who, age_y=age)  # type: ignore[arg-type]
    with pytest.raises(DosimetryError, match="mass_dose_mg is 0"):
        Patient(**who, mass_dose_mg=0.0)  # type: ignore[arg-type]


def test_organs_are_the_rows_of_their_table_and_per_cent_by_hand(study_folder: Path) -> None:
    activities = run_study(study_folder / "study.toml").activities
    given = pd.read_csv(study_folder / "organs.csv", comment="#")
    administered = pd.read_csv(study_folder / "patients.csv", comment="#").set_index("patient")
    for (who, organ), rows in given.groupby(["patient", "organ"]):
        rows = rows.sort_values("time_h")
        found = activities.query("patient == @who and region == @organ")
        for name in ("time_h", "value", "sd"):
            np.testing.assert_array_equal(found[name], rows[name])
        assert (found["unit"] == "kBq/mL").all() and (found["decay_corrected"] == "no").all()
        density = 0.296 if organ == "lungs" else 1.04  # of the study file
        body = load_phantom("test male" if who == "P01" else "test female")
        mL = 1000 * body.source_mass_kg[organ] / density
        np.testing.assert_allclose(found["volume_mL"], mL, rtol=1e-12)
        per = mL / (1000 * administered.loc[who, "administered_MBq"]) * 100
        np.testing.assert_allclose(found["value_percent_IA"], per * rows["value"], rtol=1e-12)
        np.testing.assert_allclose(found["sd_percent_IA"], per * rows["sd"], rtol=1e-12)
        assert found["mass_g"].isna().all() and (found["reason"] == "mass_g: a volume is used").all()


@pytest.mark.parametrize(("unit", "per_MBq"), [("kBq/g", 0.001), ("%IA/g", 0.01), ("%IA", None)])
def test_the_amount_is_what_a_concentration_was_multiplied_by(
    unit: str, per_MBq: float | None, study_folder: Path
) -> None:
    frame = pd.read_csv(study_folder / "organs.csv", comment="#")
    mine = (frame["patient"] == "P01") & (frame["organ"] == "liver")
    # some size that a liver can have in that unit
    frame.loc[mine, ["value", "sd"]] *= {"kBq/g": 1.0, "%IA/g": 5e-4, "%IA": 1.0}[unit]
    frame.loc[mine, "unit"] = unit
    frame.to_csv(study_folder / "organs.csv", index=False)
    liver = run_study(study_folder / "study.toml").activities.query("patient == 'P01' and region == 'liver'")
    assert (liver["unit"] == unit).all() and liver["volume_mL"].isna().all()
    if per_MBq is None:
        assert liver["mass_g"].isna().all() and (liver["reason"] == "mass_g, volume_mL: none is used").all()
        np.testing.assert_array_equal(liver["value_percent_IA"], liver["value"])
        return
    g = 1000 * load_phantom("test male").source_mass_kg["liver"]
    np.testing.assert_allclose(liver["mass_g"], g, rtol=1e-12)
    MBq = 178.4 if unit == "kBq/g" else 1.0  # P01's
    np.testing.assert_allclose(
        liver["value_percent_IA"], 100 * liver["value"] * per_MBq * g / MBq, rtol=1e-12
    )


def test_serum_is_a_concentration_and_the_whole_body_is_per_cent(study_folder: Path) -> None:
    result = run_study(study_folder / "study.toml")
    serum = result.activities.query("region == 'serum'")
    assert (serum["unit"] == "%IA/L").all() and (serum["decay_corrected"] == "yes").all()
    for name in ("value_percent_IA", "sd_percent_IA", "mass_g", "volume_mL"):
        assert serum[name].isna().all() and serum["reason"].str.contains(name).all()
    body = result.activities.query("region == 'whole body' and patient == 'P09'")
    np.testing.assert_array_equal(body["value"], body["value_percent_IA"])
    counts = pd.read_csv(study_folder / "whole_body.csv", comment="#").query("patient == 'P09'")
    net = counts["background_counts"] / counts["background_live_time_s"]
    rate = np.sqrt(  # geometric mean of the views
        (counts["anterior_counts"] / counts["live_time_s"] - net)
        * (counts["posterior_counts"] / counts["live_time_s"] - net)
    )
    fit = result.of("whole body")[1].curve
    at_injection = 100 * np.exp(-LAMBDA * fit.time_h[0])
    np.testing.assert_allclose(body["value"], at_injection * rate / rate.iloc[0], rtol=1e-4)


def test_a_curve_without_sd_says_so(study_folder: Path) -> None:
    frame = pd.read_csv(study_folder / "organs.csv", comment="#").drop(columns="sd")
    frame.to_csv(study_folder / "organs.csv", index=False)
    liver = run_study(study_folder / "study.toml").activities.query("region == 'liver'")
    assert liver["sd"].isna().all() and liver["sd_percent_IA"].isna().all()
    assert liver["reason"].str.startswith("sd, sd_percent_IA: none was stated").all()


@pytest.mark.parametrize(("blq", "done"), [("M1", "left out"), ("M5", "set to the value here")])
def test_points_below_the_limit_stand_in_the_table(blq: str, done: str, study_folder: Path) -> None:
    frame = pd.read_csv(study_folder / "organs.csv", comment="#", dtype=str)
    liver = frame[(frame["patient"] == "P01") & (frame["organ"] == "liver")]
    last = liver["time_h"].astype(float).idxmax()
    frame.loc[last, ["value", "sd"]] = "<0.5", ""
    frame.to_csv(study_folder / "organs.csv", index=False)
    replaced(study_folder / "study.toml", "[organs]\n", f'[organs]\nblq = "{blq}"\n')
    activities = run_study(study_folder / "study.toml").activities
    found = activities.query("patient == 'P01' and region == 'liver'")
    assert len(found) == len(liver) and found["time_h"].is_monotonic_increasing
    assert found["below_limit"].tolist() == ["no"] * (len(liver) - 1) + [f"< 0.5: {done}"]
    low = found.iloc[-1]
    if blq == "M1":
        assert np.isnan([low["value"], low["sd"], low["value_percent_IA"]]).all()
        assert low["reason"].startswith("value, sd: below the limit of quantification, left out; ")
    else:  # half of the limit, uniform between 0 and it
        assert (low["value"], low["sd"]) == (0.25, pytest.approx(0.5 / math.sqrt(12)))
    assert (activities["below_limit"] != "no").sum() == 1


def test_given_tiacs_have_subjects_and_no_activities() -> None:
    result = run_study(Path(__file__).parents[2] / "examples" / "zr89-huj591" / "study.toml")
    assert len(result.subjects) == 1 and "activities" not in result.tables()


def test_a_limit_is_told_in_the_unit_that_the_curve_was_used_in() -> None:
    """A curve in kBq/mL that was fitted in %IA/g, where the limit was stated in kBq/mL."""
    given = Curve(time_h=[4, 24, 72], value=[5, 4, 1], unit="kBq/mL", decay_corrected=False)
    used = UsedCurve(
        "P01",
        "liver",
        replace(given, value=0.002 * given.value, unit="%IA/g"),
        below_limit=(BlqPoint(96.0, 0.5), BlqPoint(72.0, None, 1.0)),
        to_percent=1800.0,
    )
    probe = Curve(time_h=[1, 24], value=[100, 80], unit="%IA", decay_corrected=False)
    patient = Patient(
        name="P01",
        sex="male",
        phantom="adult male",
        measurements=Measurements(whole_body=probe, organs={"liver": given}),
    )
    result: Any = SimpleNamespace(patient=patient, sources=SimpleNamespace(curves=(used,)))
    frame = activity_frame([result])
    assert frame["below_limit"].tolist() == [
        "no", "no", "limit not known: set to the value here", "< 0.001: left out",
    ]  # fmt: skip
    assert frame["mass_g"].tolist() == [1800.0] * 4
    np.testing.assert_allclose(frame["value_percent_IA"][:3], [18.0, 14.4, 3.6], rtol=1e-12)
