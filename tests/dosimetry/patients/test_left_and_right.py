"""Curves of left and right as one: sums, weighted means, their errors in closed form; what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest

from dosimetry import DosimetryError, absorbed_dose, patient_doses, patient_tiacs
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Measurements, Patient
from dosimetry.patients.sides import by_region
from kinetics.curves.curve import Curve
from phantoms import load_phantom

T = np.array([1.0, 24.0, 72.0])
LAMBDA = math.log(2) / 78.41
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="none", organ_trapezoids="linear",
    first_interval="constant", tail="physical", heart_contents="none", red_marrow="none",
    organ_masses="measured",
)  # fmt: skip


def curve(*value: float, unit: str = "%IA", sd: float | None = 0.1, time: np.ndarray = T) -> Curve:
    return Curve(
        time_h=time, value=value, sd=None if sd is None else np.full(len(value), sd), unit=unit,
        decay_corrected=True, lambda_phys_per_h=LAMBDA,
    )  # fmt: skip


PROBE = curve(100.0, 90.0, 70.0)


def patient(organs: Mapping[str, Curve], **more: object) -> Patient:
    who = Patient(name="P01", sex="male", phantom="adult male", administered_MBq=100.0)
    return replace(who, measurements=Measurements(whole_body=PROBE, organs=organs), **more)


def merged(organs: Mapping[str, Curve], **more: object) -> Curve:
    measured = by_region(patient(organs, **more), load_phantom("adult male"))
    (found,) = measured.organs.values()
    assert list(measured.organs) == [found.name]
    return found


def test_contents_are_added_and_errors_in_quadrature() -> None:
    both = merged({"right kidney": curve(1.0, 2.0, 1.0, sd=0.3), "left kidney": curve(2.0, 3.0, 1.5, sd=0.4)})
    np.testing.assert_allclose(both.value, [3.0, 5.0, 2.5])
    np.testing.assert_allclose(both.sd, 0.5)
    assert (both.name, both.unit) == ("kidneys", "%IA")


def test_concentrations_are_weighted_by_the_masses() -> None:
    sides = {
        "left lung": curve(2.0, 2.0, 1.0, unit="kBq/g"),
        "right lung": curve(5.0, 5.0, 4.0, unit="kBq/g"),
    }
    masses = {"left lung": 0.4, "Lung, right": 0.6}
    both = merged(sides, organ_mass_kg=masses)
    np.testing.assert_allclose(both.value, [0.4 * 2 + 0.6 * 5, 3.8, 0.4 + 2.4])
    np.testing.assert_allclose(both.sd, math.hypot(0.04, 0.06))


def test_sides_that_are_alike_are_halves_where_their_masses_are_not_known() -> None:
    sides = {
        "left kidney": curve(2.0, 2.0, 1.0, unit="%IA/g"),
        "right kidney": curve(4.0, 2.0, 3.0, unit="%IA/g"),
    }
    np.testing.assert_allclose(merged(sides).value, [3.0, 2.0, 2.0])
    lungs = {k.replace("kidney", "lung"): c for k, c in sides.items()}
    with pytest.raises(DosimetryError, match="the two are not alike: the measured mass of each is needed"):
        merged(lungs)


def test_both_sides_give_the_dose_of_the_whole() -> None:
    half, whole = curve(1.5, 1.4, 1.2), curve(3.0, 2.8, 2.4)
    apart = patient_doses(patient({"left kidney": half, "right kidney": half}), METHODS, "Zr-89")
    assert dict(apart) == pytest.approx(dict(patient_doses(patient({"kidney": whole}), METHODS, "Zr-89")))


@pytest.mark.parametrize(
    ("organs", "said"),
    [
        ({"left kidney": curve(1, 1, 1)}, "'left kidney' stands alone: .* the right kidney is needed too"),
        ({"kidneys": curve(1, 1, 1), "left kidney": curve(1, 1, 1)}, "given twice, also as 'kidneys'"),
        ({"kidney": curve(1, 1, 1), "Kidneys": curve(1, 1, 1)}, "given twice"),
        ({"remainder": curve(1, 1, 1)}, "'remainder' is not an organ"),
        ({"Whole body": curve(1, 1, 1)}, "'Whole body' is not an organ"),
        (
            {"left kidney": curve(1, 1, 1), "right kidney": curve(1, 1, 1, time=np.array([1.0, 25.0, 72.0]))},
            "24 h and 25 h; both sides are needed at each time",
        ),
        (
            {"left kidney": curve(1, 1, 1), "right kidney": curve(1, 1, time=T[:2])},
            "72 h and no further time",
        ),
        (
            {"left kidney": curve(1, 1, 1), "right kidney": curve(1, 1, 1, unit="%IA/g")},
            "'%IA' and '%IA/g'; one unit",
        ),
        (
            {"left kidney": curve(1, 1, 1), "right kidney": curve(1, 1, 1, sd=None)},
            "'right kidney' has no sd; both or none",
        ),
        (
            {"left kidney": curve(1, 1, 1), "right kidney": replace(curve(1, 1, 1), decay_corrected=False)},
            "one is decay-corrected and the other is not",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(organs: dict[str, Curve], said: str) -> None:
    with pytest.raises(DosimetryError, match=said):
        patient_tiacs(patient(organs), METHODS, "Zr-89")


def test_a_single_kidney_needs_its_mass() -> None:
    one = {"left kidney": curve(2.0, 1.9, 1.7)}
    with pytest.raises(DosimetryError, match="the mass of the left kidney must be measured"):
        patient_doses(patient(one, absent=("right kidney",)), METHODS, "Zr-89")
    with pytest.raises(DosimetryError, match="is given, but the left kidney is said to be absent"):
        patient_doses(patient(one, absent=("left kidney",)), METHODS, "Zr-89")
    dose = patient_doses(
        patient(one, absent=("right kidney",), organ_mass_kg={"left kidney": 0.22}), METHODS, "Zr-89"
    )
    same = patient_doses(
        patient({"kidneys": one["left kidney"]}, organ_mass_kg={"kidneys": 0.22}), METHODS, "Zr-89"
    )
    assert dose["kidneys"] == same["kidneys"]
    assert dose.notes[0] == "Absent: right kidney."


def test_one_sides_mass_is_refused() -> None:
    whole = patient({"kidneys": curve(3, 2, 1)}, organ_mass_kg={"left kidney": 0.15})
    with pytest.raises(DosimetryError, match="measured mass of 'left kidney' stands alone"):
        patient_doses(whole, METHODS, "Zr-89")


def test_sides_of_tiacs_errors_and_covariances() -> None:
    import pandas as pd

    tiac = {"left kidney": 0.6, "right kidney": 0.4, "remainder": 60.0}
    se = {"left kidney": 0.03, "right kidney": 0.04, "remainder": 1.0}
    whole = absorbed_dose({"kidneys": 1.0, "remainder": 60.0}, "Zr-89", "adult male",
                          tiac_se_h={"kidneys": 0.05, "remainder": 1.0})  # fmt: skip
    by_se = absorbed_dose(tiac, "Zr-89", "adult male", tiac_se_h=se)
    names = list(tiac)
    covariance = pd.DataFrame(np.diag([v**2 for v in se.values()]), index=names, columns=names)
    by_covariance = absorbed_dose(tiac, "Zr-89", "adult male", tiac_covariance_h2=covariance)
    for found in (by_se, by_covariance):
        assert dict(found) == pytest.approx(dict(whole))
        np.testing.assert_allclose(found.se_from_tiac_mGy_per_MBq, whole.se_from_tiac_mGy_per_MBq)
    # errors of both sides that are one go linearly
    covariance.loc["left kidney", "right kidney"] = covariance.loc["right kidney", "left kidney"] = (
        0.03 * 0.04
    )
    linear = absorbed_dose(tiac, "Zr-89", "adult male", tiac_covariance_h2=covariance)
    wider = absorbed_dose({"kidneys": 1.0, "remainder": 60.0}, "Zr-89", "adult male",
                          tiac_se_h={"kidneys": 0.07, "remainder": 1.0})  # fmt: skip
    np.testing.assert_allclose(linear.se_from_tiac_mGy_per_MBq, wider.se_from_tiac_mGy_per_MBq)
    with pytest.raises(DosimetryError, match="standard error of the TIAC of 'left kidney' stands alone"):
        absorbed_dose(tiac, "Zr-89", "adult male", tiac_se_h={"left kidney": 0.1, "remainder": 1.0})
    with pytest.raises(DosimetryError, match="TIAC of 'left kidney' stands alone"):
        absorbed_dose({"left kidney": 0.6}, "Zr-89", "adult male")
    with pytest.raises(DosimetryError, match="the mass of the left kidney must be measured"):
        absorbed_dose({"left kidney": 0.6}, "Zr-89", "adult male", absent=["right kidney"])
