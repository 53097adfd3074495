"""More than 100 % in an organ, in all organs, in the whole body: refused, said, or left alone."""

from __future__ import annotations

import numpy as np
import pytest

from dosimetry import DosimetryError, Tiacs, patient_tiacs
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Measurements, Patient
from kinetics.curves.curve import Curve

LAMBDA = np.log(2) / 78.41
T = np.array([1.0, 24.0, 72.0])
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="none", organ_trapezoids="linear",
    first_interval="constant", tail="physical", heart_contents="none", red_marrow="none",
    organ_masses="reference",
)  # fmt: skip


def curve(first: float, *, sd: float | None = None, unit: str = "%IA", rate: float = 0.02) -> Curve:
    value = first * np.exp(-rate * T)
    return Curve(time_h=T, value=value, sd=None if sd is None else np.full(3, sd), unit=unit,
                 decay_corrected=True, lambda_phys_per_h=LAMBDA)  # fmt: skip


def tiacs(body: float = 100.0, body_sd: float | None = None, **organs: Curve) -> Tiacs:
    measured = Measurements(whole_body=curve(body, sd=body_sd, rate=0.001), organs=organs)
    return patient_tiacs(
        Patient(name="P01", sex="male", phantom="adult male", measurements=measured), METHODS, "Zr-89"
    )


def at_1h(percent: float) -> float:
    """First value of a curve that has so many per cent at 1 h."""
    return percent * float(np.exp(0.02))


@pytest.mark.parametrize(
    ("percent", "sd", "refused", "warned"),
    [
        (90, None, False, False), (104, None, False, False), (108, None, False, True), (111, None, True,
        True), (111, 3.0, True, True), (111, 4.0, False, True), (151, 60.0, True, True),
    ],
)  # fmt: skip
def test_one_organ(percent: float, sd: float | None, refused: bool, warned: bool) -> None:
    liver = curve(at_1h(percent), sd=sd, rate=0.05)
    if refused:
        with pytest.raises(DosimetryError, match=rf"P01.*{percent} % of the administered activity at 1 h"):
            tiacs(liver=curve(at_1h(percent), sd=sd))
    else:
        liver = curve(percent * float(np.exp(0.05)), sd=sd, rate=0.05)
        assert bool(tiacs(liver=liver).warnings.get("liver")) == warned


def test_concentrations_count_with_the_organs_mass() -> None:
    """1.91 kg of liver: 0.06 %IA/g are 115 %."""
    with pytest.raises(DosimetryError, match=r"administered activity at 1 h.* is the organ's mass right\?"):
        tiacs(liver=curve(0.0615, unit="%IA/g"))


def test_all_organs_at_one_time() -> None:
    fast = {"rate": 0.08}
    one = 0.5 * float(np.exp(0.08))
    with pytest.raises(
        DosimetryError, match=r"112 % of the administered activity in all organs at 1 h \(liver 56"
    ):
        tiacs(liver=curve(112 * one, **fast), spleen=curve(112 * one, **fast))
    found = tiacs(liver=curve(106 * one, **fast), spleen=curve(106 * one, **fast)).warnings["liver"]
    assert "106 % of the administered activity in all organs at 1 h" in found[0]
    assert not tiacs(liver=curve(104 * one, **fast), spleen=curve(104 * one, **fast)).warnings


@pytest.mark.parametrize(
    ("percent", "sd", "refused"), [(119, None, False), (122, None, True), (122, 8.0, False)]
)
def test_the_whole_body(percent: float, sd: float | None, refused: bool) -> None:
    if refused:
        with pytest.raises(DosimetryError, match=r"P01.*: 122 % of the administered activity at 1 h"):
            tiacs(body=percent * float(np.exp(0.001)), body_sd=sd)
    else:
        # its TIAC is then above half-life/ln 2 too, or not: the curve itself is what is looked at here
        assert (
            "look at the calibration"
            in tiacs(body=percent * float(np.exp(0.001)) * 0.95, body_sd=sd).warnings["whole body"][0]
        )


def test_fractions_taken_for_per_cent() -> None:
    assert "were fractions given" in tiacs(body=1.0).warnings["whole body"][0]


def test_a_patients_tiacs_are_bound_by_the_half_life() -> None:
    """109 % at first and no loss: 1.09 times half-life/ln 2, above 5 %."""
    with pytest.raises(DosimetryError, match="TIAC of 'remainder' is"):
        measured = Measurements(whole_body=curve(109.0, rate=0.0))
        patient_tiacs(
            Patient(name="P01", sex="male", phantom="adult male", measurements=measured), METHODS, "Zr-89"
        )
