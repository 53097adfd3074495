"""Serum against plasma volume, whole body and scans' times: errors, warnings, and what passes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dosimetry import DosimetryError, patient_tiacs
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import Measurements, Patient
from dosimetry.patients.serum_limits import other_unit, plasma_volume
from kinetics import nadler_plasma_volume_L
from kinetics.curves.curve import Curve
from phantoms import load_phantom

LAMBDA = np.log(2) / 78.41
SCANS = np.array([1.0, 24.0, 72.0, 168.0])
WHO = Patient(
    name="P01", sex="male", phantom="adult male", body_mass_kg=75.0, height_cm=175.0, haematocrit=0.42
)
VOLUME_L = nadler_plasma_volume_L("male", 1.75, 75.0, 0.42)
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="none", serum_model="monoexponential",
    serum_weights="none", heart_contents="serum", red_marrow="none", organ_masses="reference",
)  # fmt: skip


def said(
    time: np.ndarray, percent: np.ndarray, *, sd: float | None = None, body: float = 0.002, **more: object
) -> list[str]:
    """What is said of a serum curve that puts so many per cent into the plasma."""

    def made(t: np.ndarray, v: np.ndarray, unit: str, s: float | None = None) -> Curve:
        return Curve(time_h=t, value=v, sd=None if s is None else s * v, unit=unit, decay_corrected=True,
                     lambda_phys_per_h=LAMBDA)  # fmt: skip

    curves = Measurements(
        whole_body=made(SCANS, 100.0 * np.exp(-body * SCANS), "%IA"),
        serum=made(time, percent / VOLUME_L, "%IA/L", sd),
    )
    return list(
        patient_tiacs(replace(WHO, measurements=curves, **more), METHODS, "Zr-89").warnings.get("serum", [])
    )


def falling(first: float, rate: float = 0.01, time: np.ndarray = SCANS) -> np.ndarray:
    return first * np.exp(-rate * time)


def test_plasma_volume_by_what_is_known() -> None:
    man, woman = load_phantom("adult male"), load_phantom("adult female")
    assert plasma_volume(WHO, man).litres == pytest.approx(VOLUME_L)
    assert plasma_volume(replace(WHO, height_cm=None), man).litres == pytest.approx(
        75.0 * 5.3 / 73.0 * (1 - 0.91 * 0.42)
    )
    child = replace(WHO, height_cm=110.0, body_mass_kg=20.0, haematocrit=None)
    assert plasma_volume(child, man).litres == pytest.approx(20.0 * 3.0 / 73.0)
    unknown = Patient(name="P02", sex="female", phantom="adult female")
    mass = woman.source_mass_kg["total body"]
    assert plasma_volume(unknown, woman).litres == pytest.approx(mass * 2.4 / 60.0)


def test_usual_serum_says_nothing() -> None:
    assert said(SCANS, falling(100.0)) == []
    assert said(SCANS, falling(149.0, 0.02)) == [] or "whole body" in said(SCANS, falling(149.0, 0.02))[0]
    assert said(np.array([0.1, 1.0, 4.0, 24.0]), np.array([90.0, 20.0, 5.0, 3.0])) == []


def test_more_than_the_plasma_can_hold() -> None:
    assert (
        "are 158 % of the administered activity in"
        in said(np.array([0.5, 24.0, 72.0]), np.array([158.0, 50, 20]))[0]
    )
    with pytest.raises(DosimetryError, match=r"P01.* are 210 % of the administered .*sample volume \(mL\)"):
        said(np.array([0.5, 24.0, 72.0]), np.array([210.0, 50.0, 20.0]))
    # within three standard deviations of what can be
    assert said(np.array([0.5, 24.0, 72.0]), np.array([210.0, 50.0, 20.0]), sd=0.1)
    # a fit that shoots up before the first sample
    early = said(np.array([20.0, 24.0, 30.0]), falling(400.0, 0.08, np.array([20.0, 24.0, 30.0])), body=1e-4)
    assert "the fit at time 0 is 400 %" in early[0]


@pytest.mark.parametrize("factor", [1e3, 1e6])
def test_volumes_and_standards_in_another_unit(factor: float) -> None:
    with pytest.raises(DosimetryError, match="sample volume"):
        said(SCANS, factor * falling(80.0))
    low = said(SCANS, falling(80.0) / factor)
    assert (
        "of the administered activity" in low[0] and "usual only for what leaves the blood at once" in low[0]
    )


def test_more_than_the_whole_body_holds() -> None:
    """At 72 h the body has 100 exp(-0.03 * 72) = 11.5 %."""
    times = np.array([1.0, 24.0, 72.0])
    assert said(times, np.array([60.0, 30.0, 17.0]), body=0.03) == []
    assert "but 11.5 % in the whole body" in said(times, np.array([60.0, 30.0, 20.0]), body=0.03)[0]
    with pytest.raises(DosimetryError, match=r"40 % of the administered .* but 11\.5 % in the whole body"):
        said(times, np.array([60.0, 50.0, 40.0]), body=0.03)
    # far beyond the last scan the body's fit is no measure to refuse by
    assert (
        "in the whole body" in said(np.array([1.0, 24.0, 400.0]), np.array([60.0, 30.0, 5.0]), body=0.03)[0]
    )


def test_times_in_another_unit() -> None:
    shape = falling(80.0)
    with pytest.raises(DosimetryError, match="if they were minutes: all times are hours"):
        said(SCANS * 60.0, shape)
    assert "if they were days; all times are hours" in said(SCANS / 24.0, shape)[0]
    assert said(SCANS * 1.05, shape) == []
    assert said(np.array([0.1, 0.5, 1.0, 4.0]), np.array([90.0, 80.0, 70.0, 60.0])) == []


def test_other_unit_needs_more_than_chance() -> None:
    assert other_unit(SCANS * 3600, SCANS) == "seconds"
    assert other_unit([0.1, 1.0, 3.0, 24.0], [24.0, 72.0, 168.0]) is None  # two scans, and one in hours
    assert other_unit([1.0, 3.0], [24.0, 72.0]) is None
    assert other_unit(SCANS, SCANS) is None
