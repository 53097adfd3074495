"""A patient's numbers made a second way, by hand from the tables."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry import absorbed_dose, effective_dose
from dosimetry.errors import DosimetryError
from dosimetry.study.pipeline import run_study
from dosimetry.study.results import StudyResult
from dosimetry.study.study_file import load_study
from phantoms import load_phantom

LAMBDA = math.log(2) / 78.41


@pytest.fixture
def result(study_folder: Path) -> StudyResult:
    return run_study(study_folder / "study.toml")


def tiacs_of(result: StudyResult, patient: str) -> pd.DataFrame:
    t = result.tiac
    return t[(t["patient"] == patient) & (t["statistic"] == "value")].set_index("source")


#: Organs of the other sex, which a patient's table does not give.
OTHERS = {"P01": ("ovaries", "uterus"), "P09": ("testes",)}


def test_organ_tiac_by_hand(result: StudyResult, study_folder: Path) -> None:
    organs = pd.read_csv(study_folder / "organs.csv", comment="#")
    one = organs[(organs["patient"] == "P01") & (organs["organ"] == "lungs")]
    t, v = one["time_h"].to_numpy(), one["value"].to_numpy()
    first = v[0] * math.exp(LAMBDA * t[0])
    area = (first - v[0]) / LAMBDA + float(np.trapezoid(v, t)) + v[-1] / LAMBDA
    mass_g = 1000 * load_phantom("test male").source_mass_kg["lungs"]
    administered_kBq = 1000 * pd.read_csv(study_folder / "patients.csv", comment="#")["administered_MBq"][0]
    expected = area / 0.296 * mass_g / administered_kBq
    row = tiacs_of(result, "P01").loc["lungs"]
    assert row["tiac_h"] == pytest.approx(expected, rel=1e-9)
    assert row["extrapolated_fraction"] == pytest.approx(v[-1] / LAMBDA / area, rel=1e-9)
    assert "reference" in row["obtained"]


def test_blood_sources_by_hand(result: StudyResult) -> None:
    k = result.kinetics
    auc = k[(k["patient"] == "P01") & (k["curve"] == "serum") & k["quantity"].str.startswith("AUC to inf")]
    per_L = auc["value"].item() / 100
    mass = load_phantom("test male").source_mass_kg
    found = tiacs_of(result, "P01")["tiac_h"]
    assert found["heart contents"] == pytest.approx(
        per_L * (1 - 0.41) * mass["heart contents"] / 1.06, rel=1e-6
    )
    assert found["red marrow"] == pytest.approx(per_L * 0.19 * mass["red marrow"] / 1.03, rel=1e-6)


def test_sources_sum_to_the_whole_body(result: StudyResult) -> None:
    for patient in ("P01", "P09"):
        found = tiacs_of(result, patient)["tiac_h"]
        assert found.drop("whole body").sum() == pytest.approx(found["whole body"], rel=1e-12)


def test_doses_are_those_of_the_tiacs(result: StudyResult) -> None:
    for patient, body in (("P01", "test male"), ("P09", "test female")):
        tiac = tiacs_of(result, patient)["tiac_h"].drop("whole body")
        expected = absorbed_dose(tiac.to_dict(), "Zr-89", body).total
        d = result.organ_doses[result.organ_doses["patient"] == patient].set_index("target")
        d = d.drop(index=list(OTHERS[patient]))
        expected = expected.drop(list(OTHERS[patient]))
        pd.testing.assert_series_equal(d["dose_mGy_per_MBq"], expected, check_names=False, rtol=1e-9)
        parts = d[["photon_part_mGy_per_MBq", "electron_part_mGy_per_MBq", "alpha_part_mGy_per_MBq"]].sum(
            axis=1
        )
        pd.testing.assert_series_equal(parts, d["dose_mGy_per_MBq"], check_names=False, rtol=1e-9)


def test_uncertainty_of_doses_against_random_draws(result: StudyResult) -> None:
    """Whole body, serum and organs drawn independently; the remainder and both blood sources follow."""
    rng = np.random.default_rng(1)
    tiac = tiacs_of(result, "P01")
    n = 400
    value, se = tiac["tiac_h"], tiac["se_h"]
    serum = rng.normal(1, se["red marrow"] / value["red marrow"], n)
    draws = {s: rng.normal(value[s], se[s], n) for s in ("liver", "kidneys", "spleen", "lungs")}
    draws |= {s: value[s] * serum for s in ("heart contents", "red marrow")}
    draws["remainder"] = rng.normal(value["whole body"], se["whole body"], n) - sum(draws.values())
    doses = [absorbed_dose({s: x[i] for s, x in draws.items()}, "Zr-89", "test male") for i in range(n)]
    spread = pd.concat([d.total for d in doses], axis=1).std(axis=1)
    stated = result.organ_doses.query("patient == 'P01'").set_index("target")["se_from_tiac_mGy_per_MBq"]
    for target in ("liver", "lungs", "red marrow", "muscle", "heart wall"):
        assert stated[target] == pytest.approx(spread[target], rel=0.15), target
    effective = np.std([float(effective_dose(d, "ICRP 60")) for d in doses], ddof=1)
    e = result.effective_dose.query("patient == 'P01' and weights == 'ICRP 60'")
    assert e["se_from_tiac_mSv_per_MBq"].item() == pytest.approx(effective, rel=0.15)


def test_masses_scaled_to_the_body(study_folder: Path, result: StudyResult) -> None:
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    study.write_text(text.replace('organs = "reference"', 'organs = "scaled to body mass"'), encoding="utf-8")
    scaled = run_study(study)
    mass_kg = next(p.body_mass_kg for p in scaled.patients if p.name == "P01")
    ratio = mass_kg / load_phantom("test male").source_mass_kg["total body"]
    before, after = tiacs_of(result, "P01"), tiacs_of(scaled, "P01")
    assert after["tiac_h"]["liver"] == pytest.approx(ratio * before["tiac_h"]["liver"], rel=1e-9)
    assert "scaled to body mass" in after["obtained"]["liver"]
    note = scaled.organ_doses.query("patient == 'P01'")["note"].iloc[0]
    assert f"body {mass_kg:.4g} kg" in note and "remainder" in note
    tiac = after["tiac_h"].drop("whole body").to_dict()
    expected = absorbed_dose(tiac, "Zr-89", "test male", body_mass_kg=mass_kg).total
    found = scaled.organ_doses.query("patient == 'P01'").set_index("target")["dose_mGy_per_MBq"]
    others = list(OTHERS["P01"])
    pd.testing.assert_series_equal(found.drop(others), expected.drop(others), check_names=False, rtol=1e-9)


def test_measured_masses(study_folder: Path, result: StudyResult) -> None:
    rows = "patient,organ,mass_g\nP01,liver,1000\nP01,heart contents,600\n"
    (study_folder / "masses.csv").write_text(rows, encoding="utf-8")
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    text = text.replace('organs = "reference"', 'organs = "measured"\nfile = "masses.csv"')
    study.write_text(text, encoding="utf-8")
    measured = run_study(study)
    before, after = tiacs_of(result, "P01")["tiac_h"], tiacs_of(measured, "P01")
    assert after["tiac_h"]["liver"] == pytest.approx(before["liver"] / 1.9, rel=1e-9)
    assert after["tiac_h"]["spleen"] == pytest.approx(before["spleen"], rel=1e-12)
    assert "not measured" in after["obtained"]["spleen"]
    tiac, mass = after["tiac_h"].drop("whole body").to_dict(), {"liver": 1.0, "heart contents": 0.6}
    expected = absorbed_dose(tiac, "Zr-89", "test male", organ_mass_kg=mass).total
    found = measured.organ_doses.query("patient == 'P01'").set_index("target")["dose_mGy_per_MBq"]
    others = list(OTHERS["P01"])
    pd.testing.assert_series_equal(found.drop(others), expected.drop(others), check_names=False, rtol=1e-9)


def test_direct_values_give_what_the_counts_gave(study_folder: Path, result: StudyResult) -> None:
    """Retention in %IA and serum in %IA/L, decay-corrected or not, instead of counts."""
    rows = {"whole body": ["patient,time_h,percent_ia,sd_percent_ia"], "serum": []}
    rows["serum"] = ["patient,time_h,percent_ia_per_L,sd_percent_ia_per_L"]
    for used in result.curves:
        if used.region in rows:
            curve = used.curve.corrected(LAMBDA)
            for t, v, sd in zip(curve.time_h, curve.value, curve.sd, strict=True):
                rows[used.region].append(f"{used.patient},{float(t)!r},{float(v)!r},{float(sd)!r}")
    (study_folder / "whole_body.csv").write_text("\n".join(rows["whole body"]) + "\n", encoding="utf-8")
    (study_folder / "serum.csv").write_text("\n".join(rows["serum"]) + "\n", encoding="utf-8")
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8")
    text = text.replace("decay_corrected = false       # as counted", "decay_corrected = true")
    study.write_text(text, encoding="utf-8")
    again = run_study(study)
    for patient in ("P01", "P09"):
        expected = tiacs_of(result, patient)["tiac_h"]
        pd.testing.assert_series_equal(tiacs_of(again, patient)["tiac_h"], expected, rtol=1e-6)


def test_the_model_may_be_chosen(study_folder: Path) -> None:
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('model = "monoexponential"', 'model = "auto"')
    head, tail = text.split("[serum]")  # the whole body's weights are left to the program too
    study.write_text(head.replace('weights = "sd"', 'weights = "auto"') + "[serum]" + tail, encoding="utf-8")
    result = run_study(study)
    k = result.kinetics.query("curve == 'whole body' and statistic == 'value'")
    assert set(k["weights"]) == {"sd"}
    assert k["quantity"].str.startswith("Akaike weight").any()
    whole = k[k["quantity"] == "AUC to infinity, averaged over models"].set_index("patient")
    for patient in whole.index:  # it is the averaged area that goes on to the dose
        t = tiacs_of(result, patient).loc["whole body"]
        assert t["tiac_h"] == pytest.approx(whole["value"][patient] / 100, rel=1e-12)
        assert t["se_h"] == pytest.approx(whole["se_value"][patient] / 100, rel=1e-12)


def test_progress_is_told_patient_by_patient(study_folder: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    run_study(load_study(study_folder / "study.toml"), lambda *now: seen.append(now))
    assert seen == [(1, 2, "P01"), (2, 2, "P09")]


def test_a_study_file_that_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(DosimetryError, match=r"study\.toml"):
        load_study(tmp_path)


def test_standard_errors_from_the_counts_one_by_one(study_folder: Path) -> None:
    """Every count of probe and counter moved by hand, from the tables to the TIACs: one source of error each.

    Blank, backgrounds and standard stand in several rows and are one measurement each; the first reading
    normalises the probe's curve. Expected counts of one exponential, so that weights don't matter.
    """
    probe_h, serum_h = (0.5, 24.0, 72.0), (1.0, 4.0, 24.0, 72.0, 120.0)
    counts = {f"probe {t}": 12000 * math.exp(-(0.02 + LAMBDA) * t) + 1200 for t in probe_h}
    counts |= {f"serum {t}": 5000 * math.exp(-(0.003 + LAMBDA) * t) + 900 for t in serum_h}
    counts |= {"background": 1200.0, "blank": 900.0, "standard": 50900.0}
    study = study_folder / "study.toml"
    text = study.read_text(encoding="utf-8").replace('model = "biexponential"', 'model = "monoexponential"')
    text = text.replace("decay_corrected = true ", "decay_corrected = false ")
    begin, end = text.index("[organs]"), text.index("[blood]")
    study.write_text(text[:begin] + text[end : text.index("[comparison]")], encoding="utf-8")

    def tiacs(n: dict[str, float]) -> pd.DataFrame:
        wb = ["patient,time_h,anterior_counts,live_time_s,background_counts,background_live_time_s"]
        sr = [
            "patient,time_h,sample_counts,live_time_s,sample_volume_mL,background_counts,"
            "background_live_time_s,standard_counts,standard_live_time_s,standard_activity_kBq,counted_at_h,"
            "standard_counted_at_h"
        ]
        for p in ("P01", "P09"):
            wb += [f"{p},{t},{n[f'probe {t}']!r},60,{n['background']!r},60" for t in probe_h]
            sr += [
                f"{p},{t},{n[f'serum {t}']!r},300,1,{n['blank']!r},300,{n['standard']!r},300,5,{t + 1},1"
                for t in serum_h
            ]
        (study_folder / "whole_body.csv").write_text("\n".join(wb) + "\n", encoding="utf-8")
        (study_folder / "serum.csv").write_text("\n".join(sr) + "\n", encoding="utf-8")
        return tiacs_of(run_study(study), "P01")

    here = tiacs(counts)
    variance = dict.fromkeys(("whole body", "red marrow", "heart contents", "remainder"), 0.0)
    for name, n in counts.items():
        there = tiacs(counts | {name: n + 0.02 * math.sqrt(n)})
        for source in variance:
            variance[source] += ((there["tiac_h"][source] - here["tiac_h"][source]) / 0.02) ** 2
    for source, v in variance.items():
        assert here["se_h"][source] == pytest.approx(math.sqrt(v), rel=0.01), source
