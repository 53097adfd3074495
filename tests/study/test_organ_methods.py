"""Organ curves by fits, and methods of single organs and patients: closed forms, nonsense refused."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry.commands import app as cli
from dosimetry.errors import DosimetryError
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Measurements, Patient
from dosimetry.patients.sources import patient_tiacs
from dosimetry.report.archive import write_archive
from dosimetry.report.curve_archive import read_curve
from dosimetry.report.figures.draw import draw_all
from dosimetry.study.pipeline import run_study
from dosimetry.study.results import StudyResult
from kinetics import Curve, fit_curve
from phantoms import load_phantom

LAMBDA = math.log(2) / 78.41
TRAPEZOIDS = """method = "linear"             # trapezoids between the scans
first_interval = "constant"   # before the first scan: its decay-corrected value
tail = "physical"             # after the last scan: physical decay only
"""


def change(folder: Path, organs: str = TRAPEZOIDS, **columns: list[str]) -> Path:
    """The study with other methods of organs, and with columns of the patients' table for P01 and P09."""
    study = folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    assert TRAPEZOIDS in text
    tables = organs.split("[organs.", 1)
    text = text.replace(TRAPEZOIDS, tables[0]) + "".join(f"\n[organs.{t}" for t in tables[1:])
    study.write_text(text, encoding="utf-8")
    patients = folder / "patients.csv"
    frame = pd.read_csv(patients, comment="#")
    for name, values in columns.items():
        frame[name.replace("__", ".")] = values
    frame.to_csv(patients, index=False)
    return study


def rows(result: StudyResult, patient: str) -> pd.DataFrame:
    t = result.tiac
    return t[(t["patient"] == patient) & (t["statistic"] == "value")].set_index("source")


def test_the_tiac_of_a_fitted_organ_in_closed_form(study_folder: Path) -> None:
    """A e^(-(l + L) t) in kBq/mL has the area A/(l + L); uptake A (1/(l + L) - 1/(k + L))."""
    t = np.array([3.0, 24.0, 50.0, 96.0, 144.0, 200.0])
    truth = {
        "liver": (9.0 * np.exp(-0.003 * t), 9.0 / (0.003 + LAMBDA)),
        "spleen": (
            6.0 * (np.exp(-0.002 * t) - np.exp(-0.08 * t)),
            6.0 / (0.002 + LAMBDA) - 6.0 / (0.08 + LAMBDA),
        ),
    }
    lines = ["patient,organ,time_h,value,sd,unit"]
    for patient in ("P01", "P09"):
        for organ, (value, _) in truth.items():
            for x, v in zip(t.tolist(), (value * np.exp(-LAMBDA * t)).tolist(), strict=True):
                lines.append(f"{patient},{organ},{x!r},{v!r},{0.05 * v!r},kBq/mL")
    (study_folder / "organs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    organs = 'model = "monoexponential"\nweights = "sd"\n[organs.spleen]\nmodel = "uptake"\n'
    result = run_study(change(study_folder, organs))
    mass = load_phantom("test male").source_mass_kg
    administered = next(p.administered_MBq for p in result.patients if p.name == "P01")
    found = rows(result, "P01")
    for organ, (_, area) in truth.items():
        expected = area * mass[organ] / 1.04 / administered
        assert found.loc[organ, "tiac_h"] == pytest.approx(expected, rel=1e-7), organ
    after = math.exp(-(0.003 + LAMBDA) * t[-1])
    assert found.loc["liver", "extrapolated_fraction"] == pytest.approx(after, rel=1e-6)


def test_standard_error_and_rows_are_those_of_one_fit(study_folder: Path, tmp_path: Path) -> None:
    organs = 'model = "monoexponential"\nweights = "sd"\n'
    result = run_study(change(study_folder, organs))
    (used,) = [c for c in result.of("liver") if c.patient == "P09"]
    fit = fit_curve(used.curve, "monoexponential", weights="sd")
    k = result.kinetics.query("patient == 'P09' and curve == 'liver'").set_index("quantity")
    assert k.loc["AUC to infinity, not decay-corrected", "value"] == fit.area
    assert k.loc["AUC to infinity, not decay-corrected", "se_value"] == fit.se_area
    assert k.loc["lambda1", "value"] == fit.parameters["lambda1"].value
    assert set(k["model"]) == {"monoexponential"}
    assert set(k["weights"]) == {"sd"}
    tiac = rows(result, "P09").loc["liver"]
    assert tiac["se_h"] / tiac["tiac_h"] == pytest.approx(fit.se_area / fit.area, rel=1e-12)
    assert tiac["extrapolated_fraction"] == fit.extrapolated_fraction
    write_archive(tmp_path / "r.h5", result)
    kept = read_curve(tmp_path / "r.h5", "P09", "liver")
    assert kept["model"] == "monoexponential"
    assert kept["parameters"] == {n: e.value for n, e in fit.parameters.items()}
    assert kept["parameter_covariance"] == pytest.approx(fit.covariance, rel=1e-12)


def test_fitted_organs_are_measurements_of_their_own(study_folder: Path) -> None:
    """The remainder's variance: the whole body's, each organ's, and serum's twice as one."""
    result = run_study(change(study_folder, 'model = "auto"\nweights = "sd"\n'))
    found = rows(result, "P01")["se_h"]
    serum = found["heart contents"] + found["red marrow"]
    organs = [found[o] for o in ("liver", "kidneys", "spleen", "lungs")]
    assert found["remainder"] == pytest.approx(math.hypot(found["whole body"], serum, *organs), rel=1e-9)
    averaged = result.kinetics.query("patient == 'P01' and curve == 'liver'").set_index("quantity")
    choice = next(c.choice for c in result.of("liver") if c.patient == "P01")
    assert choice is not None
    assert averaged.loc["AUC to infinity, averaged over models", "value"] == choice.averaged_area.value


def test_a_patients_own_methods_change_that_patient_alone(study_folder: Path) -> None:
    before = run_study(study_folder / "study.toml")
    own = {"serum__model": ["monoexponential", ""], "organs__kidney__model": ["monoexponential", ""],
           "organs__kidney__weights": ["relative", ""], "organs__tail": ["effective", ""]}  # fmt: skip
    after = run_study(change(study_folder, **own))
    pd.testing.assert_frame_equal(rows(before, "P09"), rows(after, "P09"))
    k = after.kinetics.query("patient == 'P01' and statistic == 'value'")
    assert set(k.query("curve == 'serum'")["model"]) == {"monoexponential"}
    assert set(k.query("curve == 'kidneys'")["model"]) == {"monoexponential"}
    assert set(k.query("curve == 'kidneys'")["weights"]) == {"relative"}
    assert set(k.query("curve == 'liver'")["model"]) == {"linear trapezoids"}
    assert k.query("curve == 'liver'")["note"].str.contains("effective slope").all()
    assert rows(before, "P01").loc["lungs", "tiac_h"] != rows(after, "P01").loc["lungs", "tiac_h"]


def test_which_of_several_goes_first() -> None:
    """A patient's word on an organ, the study's on it, a patient's on all organs, the study's on all."""
    methods = Methods(
        organ_trapezoids="linear", first_interval="constant", tail="physical",
        by_organ={"Kidney": CurveMethod(tail="none")}, heart_contents="none", red_marrow="none",
        organ_masses="reference",
    )  # fmt: skip
    own = {"organs": CurveMethod(tail="effective")}
    assert methods.of_curve("liver").tail == "physical"
    assert methods.of_curve("liver", own).tail == "effective"
    assert methods.of_curve("kidneys", own).tail == "none"
    assert methods.of_curve("kidneys", own | {"kidneys": CurveMethod(tail="fitted")}).tail == "fitted"
    assert methods.of_curve("kidneys", own | {"kidneys": CurveMethod(tail="fitted")}).method == "linear"
    fit = methods.of_curve("kidneys", {"kidneys": CurveMethod(model="uptake", weights="sd")})
    assert (fit.model, fit.tail) == ("uptake", None)
    with pytest.raises(DosimetryError, match="the curve of liver needs the method 'organ_weights'"):
        methods.of_curve("liver", {"liver": CurveMethod(model="uptake")})
    with pytest.raises(DosimetryError, match="organs: 'model' is of a fit, 'method' of trapezoids"):
        Methods(**{**methods.__dict__, "organ_model": "uptake"})


def test_figures_of_fitted_and_integrated_organs(study_folder: Path, tmp_path: Path) -> None:
    organs = TRAPEZOIDS + '[organs.liver]\nmodel = "monoexponential"\nweights = "sd"\n'
    drawn = draw_all(tmp_path, run_study(change(study_folder, organs)))
    assert {p.name for p in drawn} >= {"organs.png", "P01.png"}
    assert all(p.stat().st_size > 1000 for p in drawn)


FIT = 'model = "monoexponential"\nweights = "sd"\n'
NONSENSE: dict[str, tuple[str, dict[str, list[str]], list[str]]] = {
    "fit and trapezoids": (TRAPEZOIDS + FIT, {}, ["organs", "'model' is of a fit, 'method' of trapezoids"]),
    "no weights": ('model = "auto"\n', {}, ["organs", "weights is missing"]),
    "no method at all": ("", {}, ["organs", "trapezoids", "a fit"]),
    "no tail": (TRAPEZOIDS.replace("tail", "#"), {}, ["organs", "tail is missing"]),
    "a key that is none": (TRAPEZOIDS + "tial = 3\n", {}, ["unknown key organs.tial", "near names: tail"]),
    "densities misspelled": (
        TRAPEZOIDS + "[organs.tissue_density_g_per_ml]\nliver = 1.04\n", {},
        ["unknown key tissue_density_g_per_ml", "tissue_density_g_per_mL"],
    ),
    "an organ without its weights": (
        TRAPEZOIDS + '[organs.liver]\nmodel = "uptake"\n', {}, ["liver.weights is missing"]
    ),
    "an organ's unknown model": (
        FIT + '[organs.liver]\nmodel = "uptke"\n', {}, ["organs.liver.model", "'uptke'", "near names: uptake"]
    ),
    "an organ's unknown key": (
        FIT + '[organs.liver]\nmodl = "uptake"\n', {}, ["unknown key organs.liver.modl"]
    ),
    "an organ's empty table": (FIT + "[organs.liver]\n", {}, ["organs.liver", "says nothing"]),
    "an organ that was not measured": (
        FIT + '[organs.brain]\nmodel = "uptake"\n', {},
        ["study.toml", "organs.brain", "no curve of 'brain' was measured", "liver"],
    ),
    "an organ by two names": (
        FIT + '[organs.kidney]\nmodel = "uptake"\n[organs.kidneys]\nmodel = "auto"\n', {},
        ["organs.kidney", "are both 'kidneys'"],
    ),
    "a patient's unknown model": (
        FIT, {"serum__model": ["bixponential", ""]},
        ["patients.csv", "row 2", "'serum.model'", "'bixponential' is not a model", "biexponential"],
    ),
    "a patient's unknown key": (
        FIT, {"serum__tail": ["none", ""]}, ["patients.csv", "unknown column 'serum.tail'"]
    ),
    "a patient's fit without weights": (
        TRAPEZOIDS, {"organs__liver__model": ["uptake", ""]},
        ["patients.csv", "row 2", "'organs.liver.model'", "organs.liver.weights is needed too"],
    ),
    "a patient's fit and trapezoids": (
        FIT, {"organs__liver__model": ["uptake", ""], "organs__liver__tail": ["none", ""]},
        ["patients.csv", "row 2", "'organs.liver.tail'", "'model' is of a fit"],
    ),
    "a patient's organ that was not measured": (
        FIT, {"organs__brain__model": ["", "uptake"]},
        ["patients.csv", "row 3", "'organs.brain.model'", "no curve of 'brain' was measured"],
    ),
    "too few points": (
        'model = "triexponential"\nweights = "sd"\n', {},
        ["organs.csv: rows", "P01, liver", "4 points for the 6"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NONSENSE)
def test_nonsense_is_refused(
    case: str, study_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    organs, columns, said = NONSENSE[case]
    study = change(study_folder, organs, **columns)
    with pytest.raises(SystemExit) as stopped:
        cli.main(["run", str(study), "--out", str(tmp_path / "out"), "--no-figures"])
    assert stopped.value.code == 2
    words = " ".join(capsys.readouterr().err.split())
    for text in said:
        assert text in words, words
    assert not (tmp_path / "out").exists()


def test_a_method_of_a_curve_that_a_patient_does_not_have_is_refused_in_python_too() -> None:
    t = np.array([1.0, 24.0, 72.0, 144.0])
    probe = Curve(time_h=t, value=100 * np.exp(-0.02 * t), unit="%IA", decay_corrected=False)
    methods = Methods(
        whole_body_model="monoexponential", whole_body_weights="relative", heart_contents="none",
        red_marrow="none", organ_masses="reference",
    )  # fmt: skip
    for what in ("spleen", "serum"):
        own = {what: CurveMethod(model="auto", weights="relative")}
        who = Patient(
            name="P01", sex="male", phantom="adult male", curve_methods=own,
            measurements=Measurements(whole_body=probe),
        )  # fmt: skip
        with pytest.raises(DosimetryError, match=f"'P01': a method is named for the curve of '{what}', but"):
            patient_tiacs(who, methods, "Zr-89")
    own = {"whole body": CurveMethod(weights="none")}
    who = Patient(
        name="P01", sex="male", phantom="adult male", curve_methods=own,
        measurements=Measurements(whole_body=probe),
    )  # fmt: skip
    (used,) = patient_tiacs(who, methods, "Zr-89").curves
    assert used.fit is not None
    assert (used.fit.model, used.fit.weights) == ("monoexponential", "none")
