"""Organs that a patient does not have: refused where they stand, in curves, TIACs and masses."""

from __future__ import annotations

import pytest

from dosimetry import DosimetryError, Measurements, Methods, Patient, Tiac, Tiacs, patient_tiacs
from dosimetry.patients.patient import Place
from kinetics import Curve

METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="relative", organ_trapezoids="linear",
    first_interval="constant", tail="physical", heart_contents="none", red_marrow="none",
    organ_masses="measured",
)  # fmt: skip


def curve(start: float) -> Curve:
    values = [start, start / 2, start / 4]
    return Curve(time_h=[1, 24, 72], value=values, unit="%IA", decay_corrected=False, half_life_h=78.41)


def measured(region: str, sex: str) -> Patient:
    places = {region: Place("organs.csv", "rows 3 to 5")}
    curves = Measurements(whole_body=curve(90), organs={region: curve(1)}, places=places)
    return Patient(name="P01", sex=sex, phantom=f"adult {sex}", measurements=curves)


def given(region: str, sex: str) -> Patient:
    tiacs = Tiacs((Tiac(region, 0.1), Tiac("remainder", 60.0)))
    return Patient(name="P01", sex=sex, phantom=f"adult {sex}", given_tiacs=tiacs)


@pytest.mark.parametrize(("region", "sex"), [("testes", "female"), ("ovaries", "male"), ("uterus", "male")])
def test_organs_of_the_other_sex_are_refused(region: str, sex: str) -> None:
    with pytest.raises(DosimetryError, match=rf"^organs.csv: rows 3 to 5.*{region}: no organ of a {sex}"):
        patient_tiacs(measured(region, sex), METHODS, "Zr-89")
    with pytest.raises(DosimetryError, match=rf"patient 'P01', {region}: no organ of a {sex} patient"):
        patient_tiacs(given(region, sex), METHODS, "Zr-89")
    own = {"male": "female", "female": "male"}[sex]
    assert patient_tiacs(measured(region, own), METHODS, "Zr-89")[region] > 0
    assert patient_tiacs(given(region, own), METHODS, "Zr-89")[region] == 0.1
    weighed = Patient(name="P01", sex=sex, phantom=f"adult {sex}", organ_mass_kg={region: 0.03},
                      measurements=Measurements(whole_body=curve(90)))  # fmt: skip
    with pytest.raises(DosimetryError, match=f"{region}: no organ of a {sex}"):
        patient_tiacs(weighed, METHODS, "Zr-89")
