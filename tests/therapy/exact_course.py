"""Courses of therapy with closed forms: a patient whose curves are exponentials without noise."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from dosimetry import Measurements, Methods, Patient, nuclide
from dosimetry.patients.results import PatientResult, results_of
from kinetics import Curve
from therapy.cycles.course import Course, Cycle
from therapy.cycles.doses import CourseDoses, courses_doses
from therapy.cycles.settings import Therapy

EXAMPLE = Path(__file__).parents[2] / "examples" / "lu177-dotatate"
ACTIVITIES = (7400.0, 7000.0, 7800.0, 7200.0)
#: Shares at time 0 and effective rates in 1/h, above physical decay; the whole body's is the slowest, so that
#: the remainder is never below 0.
TRUE = {"kidneys": (0.030, 0.0135), "liver": (0.060, 0.0100), "whole body": (0.70, 0.0095)}
TIMES = (4.0, 24.0, 72.0, 120.0, 168.0)
METHODS = Methods(
    whole_body_model="monoexponential",
    whole_body_weights="sd",
    organ_model="monoexponential",
    organ_weights="sd",
    heart_contents="none",
    red_marrow="none",
    organ_masses="reference",
)
LAMBDA = nuclide("Lu-177").lambda_per_h


def exponential(name: str, times: tuple[float, ...] = TIMES, scale: float = 1.0, **options: Any) -> Curve:
    """A curve without noise, as counted, with standard deviations of 2 % of its values."""
    share, rate = TRUE[name]
    value = 100.0 * scale * share * np.exp(-options.pop("rate", rate) * np.array(times))
    return Curve(
        time_h=times, value=value, sd=options.pop("sd", 0.02) * value, unit="%IA", decay_corrected=False,
        name=name, lambda_phys_per_h=LAMBDA,
    )  # fmt: skip


def course(activities_MBq: tuple[float, ...] = ACTIVITIES, **options: Any) -> Course:
    """Cycles eight weeks apart."""
    start = datetime(2026, 1, 12, 10)
    cycles = tuple(
        Cycle(number=i + 1, start=start + timedelta(weeks=8 * i), administered_MBq=activity)
        for i, activity in enumerate(activities_MBq)
    )
    return Course(patient="P01", cycles=cycles, **options)


@lru_cache
def measured() -> PatientResult:
    """The results of the measured cycle."""
    organs = {name: exponential(name) for name in ("kidneys", "liver")}
    patient = Patient(
        name="P01", sex="male", phantom="adult male", administered_MBq=7400.0,
        measurements=Measurements(whole_body=exponential("whole body"), organs=organs),
    )  # fmt: skip
    return results_of([patient], METHODS, "Lu-177", ["ICRP 103"])[0]


def rules(**keys: Any) -> Therapy:
    """Settings with every rule named."""
    scans = {"file": "scans.csv", "decay_corrected": False}
    named = {"without_scan": "same TIAC", "one_scan": "same half-life", "several_scans": "own curve"}
    return Therapy.model_validate({"file": "cycles.csv", "scans": scans, **named, **keys})


def doses_of(of: Course, **keys: Any) -> CourseDoses:
    """Doses of a course of that patient."""
    return courses_doses([measured()], {"P01": of}, METHODS, nuclide("Lu-177"), rules(**keys))[0]
