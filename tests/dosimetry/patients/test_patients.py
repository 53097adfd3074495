"""A patient from curves or from pandas to TIACs and doses: closed forms, a study's numbers, clear errors."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry import BladderMethod, DosimetryError, absorbed_dose
from dosimetry.files.tables import frame_table
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Measurements, Patient
from dosimetry.patients.results import patient_doses, results_of
from dosimetry.patients.sources import patient_tiacs
from dosimetry.study.input_tables.frames import patient_from_frames
from dosimetry.study.input_tables.given import with_given_tiacs
from dosimetry.study.input_tables.table_columns import PATIENT, TIAC
from dosimetry.study.pipeline import run_study
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import Tiacs
from kinetics import Emptying
from kinetics.curves.curve import Curve
from phantoms import PhantomError, load_phantom

EXAMPLE = Path(__file__).parents[3] / "examples" / "zr89-trastuzumab"
LAMBDA = nuclide("Zr-89").lambda_per_h
TIME = np.array([1.0, 24.0, 72.0, 144.0])
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="monoexponential",
    serum_weights="sd", organ_trapezoids="log", first_interval="extrapolate", tail="effective",
    tissue_density_g_per_mL={"other": 1.05}, heart_contents="serum", red_marrow="serum",
    organ_masses="reference",
)  # fmt: skip
AS_IN_THE_EXAMPLE = Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="biexponential",
    serum_weights="sd", organ_trapezoids="linear", first_interval="constant", tail="physical",
    tissue_density_g_per_mL={"lungs": 0.296, "other": 1.04}, heart_contents="serum", red_marrow="serum",
    organ_masses="reference",
)  # fmt: skip


def exponential(unit: str, at_0: float, biologic_per_h: float) -> Curve:
    value = at_0 * np.exp(-(biologic_per_h + LAMBDA) * TIME)
    return Curve(time_h=TIME, value=value, sd=0.02 * value, unit=unit, decay_corrected=False, name=unit)


def patient(**other: object) -> Patient:
    """Whole body, serum and a liver in kBq/mL, each one exponential."""
    measured = Measurements(
        whole_body=exponential("%IA", 100.0, 0.002),
        serum=exponential("%IA/L", 20.0, 0.006),
        organs={"liver": exponential("kBq/mL", 7.0, 0.001)},
    )
    known = {"administered_MBq": 180.0, "haematocrit": 0.42, "measurements": measured} | other
    return Patient(name="P01", sex="male", phantom="adult male", **known)  # type: ignore[arg-type]


def test_tiacs_of_exponentials_in_closed_form() -> None:
    tiacs = patient_tiacs(patient(), METHODS, "Zr-89")
    mass_g = load_phantom("adult male").source_mass_kg
    serum_h_per_L = 0.20 / (0.006 + LAMBDA)
    expected = {
        "liver": 7.0 / (0.001 + LAMBDA) * mass_g["liver"] / 1.05 / 180.0,
        "heart contents": serum_h_per_L * (1 - 0.42) * mass_g["heart contents"] / 1.06,
        "red marrow": serum_h_per_L * 0.19 * mass_g["red marrow"] / 1.03,
    }
    expected["remainder"] = 1.0 / (0.002 + LAMBDA) - sum(expected.values())
    assert dict(tiacs) == pytest.approx(expected, rel=1e-6)
    assert list(tiacs.to_frame().index) == [*expected, "whole body"]


def test_covariance_of_what_rests_on_one_curve() -> None:
    tiacs = patient_tiacs(patient(), METHODS, "Zr-89")
    covariance = tiacs.covariance_h2()
    heart, marrow = tiacs.se_h("heart contents"), tiacs.se_h("red marrow")
    assert heart and marrow
    assert covariance.loc["heart contents", "red marrow"] == pytest.approx(heart * marrow, rel=1e-12)
    assert covariance.loc["heart contents", "liver"] == 0.0
    total = math.sqrt(covariance.to_numpy().sum())  # of the sum of all regions: the whole body's
    assert total == pytest.approx(tiacs.whole_body.se_h, rel=1e-9)


def test_frames_give_the_numbers_of_the_study_file() -> None:
    result = run_study(EXAMPLE / "study.toml")
    tables = {t: pd.read_csv(EXAMPLE / f"{t}.csv", comment="#") for t in ("whole_body", "serum", "organs")}
    people = pd.read_csv(EXAMPLE / "patients.csv", comment="#").set_index("patient")
    state = {"whole_body": False, "serum": True, "organs": False}
    for name in ("P03", "P10"):
        row = people.loc[name]
        who = Patient(
            name=name, sex=row["sex"], phantom=f"adult {row['sex']}",
            administered_MBq=float(row["administered_MBq"]), haematocrit=float(row["haematocrit"]),
        )  # fmt: skip
        mine = {t: frame[frame["patient"] == name] for t, frame in tables.items()}
        p = patient_from_frames(who, AS_IN_THE_EXAMPLE, "Zr-89", **mine, decay_corrected=state)
        doses = patient_doses(p, AS_IN_THE_EXAMPLE, "Zr-89")
        study = result.organ_doses.query("patient == @name").set_index("target")
        own = study["dose_mGy_per_MBq"].notna()
        assert set(study.index[~own]) == {"P03": {"ovaries", "uterus"}, "P10": {"testes"}}[name]
        assert {t: d for t, d in doses.items() if own[t]} == study["dose_mGy_per_MBq"][own].to_dict()
        assert doses.se_mGy_per_MBq[own].tolist() == study["se_mGy_per_MBq"][own].tolist()


def frames(**columns: object) -> pd.DataFrame:
    return pd.DataFrame({"time_h": [1.0, 24.0, 72.0], "percent_ia": [100.0, 77.0, 40.0], **columns})


@pytest.mark.parametrize(
    ("table", "state", "said"),
    [
        (frames(), {}, r"decay_corrected\['whole_body'\] is missing: True .* or False"),
        (frames(), {"whole_body": False, "serum": True}, "decay_corrected names 'serum'; there are: whole_"),
        (frames(patient="P02"), {"whole_body": False}, "whole_body: row 1, column 'patient': 'P02' is not"),
        (
            frames(percent_ia=[100.0, None, 40.0]), {"whole_body": False},
            "whole_body: row 2, column 'percent_ia': the value is missing",
        ),
        (frames(time_h=[1.0, 24.0, -3.0]), {"whole_body": False}, "row 3, column 'time_h': -3.0 is not"),
        (frames(hours=1.0), {"whole_body": False}, "whole_body: unknown column 'hours'"),
        (frames().iloc[:1], {"whole_body": False}, None),
    ],
)  # fmt: skip
def test_a_mistake_in_a_frame_is_told_with_its_row(
    table: pd.DataFrame, state: dict[str, bool], said: str | None
) -> None:
    who = Patient(name="P01", sex="male", phantom="adult male")
    methods = Methods(
        whole_body_model="monoexponential", whole_body_weights="none", heart_contents="none",
        red_marrow="none", organ_masses="reference",
    )  # fmt: skip
    with pytest.raises(DosimetryError, match=said or "whole_body: row 1, P01: .*1 point"):
        p = patient_from_frames(who, methods, "Zr-89", whole_body=table, decay_corrected=state)
        patient_doses(p, methods, "Zr-89")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"haematocrit": None}, "patient 'P01': 'haematocrit': the value is missing; the TIAC of the heart"),
        ({"administered_MBq": None}, "patient 'P01': 'administered_MBq': the value is missing; organ curves"),
        ({"haematocrit": 45.0}, "haematocrit is 45; .* did you mean 0.45"),
        ({"body_mass_kg": 0.0}, "'P01': body_mass_kg is 0; a number greater than 0 is needed"),
        ({"organ_mass_kg": {"liver": 1.8}}, "'P01' has measured organ masses, but organ masses are 'ref"),
        ({"measurements": None}, "patient 'P01' has neither measurements nor TIACs"),
    ],
)
def test_what_a_method_needs_is_asked_for(change: dict[str, object], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        patient_tiacs(patient(**change), METHODS, "Zr-89")


def test_measured_masses_are_used_and_travel_to_the_dose() -> None:
    methods = Methods(**{**METHODS.__dict__, "organ_masses": "measured"})
    reference = load_phantom("adult male").source_mass_kg["liver"]
    heavy = patient(organ_mass_kg={"liver": 2 * reference})
    twice, once = (patient_tiacs(p, m, "Zr-89") for p, m in ((heavy, methods), (patient(), METHODS)))
    assert twice["liver"] == pytest.approx(2 * once["liver"], rel=1e-12)
    assert twice.organ_mass_kg == {"liver": 2 * reference}
    # twice the activity in twice the mass: the electrons' dose of the liver to itself is the same
    doses = [patient_doses(p, m, "Zr-89") for p, m in ((heavy, methods), (patient(), METHODS))]
    electron = [d.part_mGy_per_MBq["electron"][d.targets.index("liver")] for d in doses]
    assert electron[0] == pytest.approx(electron[1], rel=1e-9)


def test_words_that_are_not_allowed() -> None:
    with pytest.raises(DosimetryError, match="tail is 'physcal'; allowed: physical, effective"):
        Methods(**{**METHODS.__dict__, "tail": "physcal"})
    with pytest.raises(DosimetryError, match="serum_model: 'biexponental' is not a model; near names: biexp"):
        Methods(**{**METHODS.__dict__, "serum_model": "biexponental"})
    with pytest.raises(DosimetryError, match="curve of 'serum' is in 'kBq/mL'; allowed: %IA/L"):
        Measurements(whole_body=exponential("%IA", 100, 0.1), serum=exponential("kBq/mL", 1, 0.1))
    with pytest.raises(DosimetryError, match="density of 'lungs' is 296 g/mL; above 0 and below 25"):
        Methods(**{**METHODS.__dict__, "tissue_density_g_per_mL": {"lungs": 296.0}})


def test_curves_of_a_patient_carry_the_half_life_of_the_nuclide() -> None:
    who = Patient(name="P01", sex="male", phantom="adult male")
    state = {"whole_body": False}
    p = patient_from_frames(who, METHODS, "Zr-89", whole_body=frames(), decay_corrected=state)
    assert p.measurements is not None
    assert p.measurements.whole_body.lambda_phys_per_h == LAMBDA


@pytest.mark.parametrize("wrong", ["whole_body", "serum", "liver"])
def test_a_curve_of_another_nuclide_is_refused(wrong: str) -> None:
    """Curves that say they are of 111In can't make the TIACs of 89Zr, whatever method integrates them."""
    ours = patient().measurements
    assert ours is not None
    other = nuclide("In-111")
    if wrong == "liver":
        changed = replace(ours, organs={"liver": replace(ours.organs["liver"], nuclide=other)})
    else:
        changed = replace(ours, **{wrong: replace(getattr(ours, wrong), nuclide=other)})
    with pytest.raises(DosimetryError, match=r"decay constant .* was given, but the curve is of"):
        patient_tiacs(patient(measurements=changed), METHODS, "Zr-89")
    right = replace(ours, serum=replace(ours.serum, nuclide=nuclide("Zr-89")))
    assert dict(patient_tiacs(patient(measurements=right), METHODS, "Zr-89")) == dict(
        patient_tiacs(patient(), METHODS, "Zr-89")
    )


def test_the_share_after_the_last_point_is_that_of_the_curve_behind_a_tiac() -> None:
    table = patient_tiacs(patient(), METHODS, "Zr-89").to_frame()["extrapolated_fraction"]
    for source, biologic_per_h in (("liver", 0.001), ("heart contents", 0.006), ("red marrow", 0.006)):
        after = math.exp(-(biologic_per_h + LAMBDA) * TIME[-1])
        assert table[source] == pytest.approx(after, rel=1e-6), source


def test_two_organs_are_measured_independently() -> None:
    measured = patient().measurements
    organs = {"liver": exponential("kBq/mL", 7.0, 0.001), "kidneys": exponential("kBq/mL", 5.0, 0.003)}
    both = patient(measurements=replace(measured, organs=organs))
    covariance = patient_tiacs(both, METHODS, "Zr-89").covariance_h2()
    assert covariance.loc["liver", "kidneys"] == 0.0
    assert covariance.loc["liver", "liver"] > 0.0 < covariance.loc["kidneys", "kidneys"]


def given(**options: object) -> tuple[Patient, Methods]:
    tiacs = Tiacs((Tiac("liver", 20.0, {"liver": 1.0}), Tiac("remainder", 60.0, {"rest": 2.0})))
    who = Patient(name="P01", sex="male", phantom="adult male", given_tiacs=tiacs)
    return who, Methods(heart_contents="none", red_marrow="none", organ_masses="reference", **options)  # type: ignore[arg-type]


def test_daughters_decay_with_the_nuclide_where_the_methods_say_so() -> None:
    without, together = (patient_doses(*given(daughters=d), "Ac-225") for d in ("none", "equilibrium"))
    tiac = {"liver": 20.0, "remainder": 60.0}
    expected = absorbed_dose(tiac, "Ac-225", "adult male", daughters="equilibrium")
    assert dict(together) == pytest.approx(dict(expected), rel=1e-12)
    assert together["liver"] > 3.0 * without["liver"]


def test_the_convention_of_target_masses_reaches_the_body() -> None:
    with pytest.raises(PhantomError, match="'adult male' has no masses by 'ICRP 89'; it has: only its own"):
        patient_doses(*given(target_masses="ICRP 89"), "Zr-89")


def test_a_given_tiac_without_a_standard_deviation_has_no_standard_error() -> None:
    rows = pd.DataFrame({"patient": "P01", "source": ["liver", "whole body"], "tiac_h": [11.0, 90.0]})
    who = Patient(name="P01", sex="male", phantom="adult male")
    for table, known in ((rows, False), (rows.assign(sd_h=[1.0, 2.0]), True)):
        (p,) = with_given_tiacs(
            [who], frame_table("tiac", table, (PATIENT, *TIAC)), nuclide("Zr-89"), METHODS, subtract=True
        )
        assert p.given_tiacs["remainder"] == pytest.approx(79.0)
        assert p.given_tiacs.se_h("remainder") == (pytest.approx(math.sqrt(5.0)) if known else None)
        assert (p.given_tiacs.covariance_h2() is not None) == known


def test_a_bladder_of_the_methods_is_not_dropped_where_tiacs_are_given() -> None:
    method = BladderMethod(
        urine_fraction=0.5, emptied=Emptying(every_h=3.0), whole_body_counted="after voiding"
    )
    who, methods = given()
    with pytest.raises(DosimetryError, match="given TIACs without 'urinary bladder contents'"):
        patient_tiacs(who, replace(methods, bladder=method), "Zr-89")


def test_of_several_patients_the_one_without_anything_is_named() -> None:
    empty = Patient(name="P02", sex="male", phantom="adult male")
    with pytest.raises(DosimetryError, match="patient 'P02' has neither measurements nor TIACs"):
        results_of([patient(), empty], METHODS, "Zr-89", ["ICRP 103"])


def test_given_and_measured_tiacs_stand_side_by_side() -> None:
    other, _ = given()
    found = results_of([other, patient(), other], METHODS, "Zr-89", ["ICRP 103"])
    assert [r.patient.measurements is None for r in found] == [True, False, True]
    assert dict(found[0].sources) == dict(found[2].sources) == {"liver": 20.0, "remainder": 60.0}
    assert dict(found[1].sources) == dict(patient_tiacs(patient(), METHODS, "Zr-89"))
