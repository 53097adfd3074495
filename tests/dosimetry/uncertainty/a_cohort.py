"""Patients whose curves are known functions, for the tests of budgets."""

from __future__ import annotations

import numpy as np

from dosimetry import Effect, Input, Measurements, Methods, Patient, nuclide
from kinetics import Curve

LAMBDA = nuclide("Zr-89").lambda_per_h
WEIGHTS = ["ICRP 60", "ICRP 103"]
TIMES = np.array([2.0, 24.0, 72.0, 144.0, 240.0])
METHODS = Methods(
    whole_body_model="monoexponential", whole_body_weights="sd", serum_model="biexponential",
    serum_weights="sd", organ_trapezoids="linear", first_interval="constant", tail="physical",
    tissue_density_g_per_mL={"lungs": 0.296, "other": 1.04}, heart_contents="serum", red_marrow="serum",
    organ_masses="reference",
)  # fmt: skip


def of_exponentials(
    unit: str, parts: list[tuple[float, float]], *, sd: float | None = 0.02, seed: int | None = None,
    time_h: np.ndarray = TIMES,
) -> Curve:  # fmt: skip
    """Sum of at_0 exp(-(biologic + lambda) t), as measured; noise of relative ``sd`` by a seed."""
    value = sum(a * np.exp(-(rate + LAMBDA) * time_h) for a, rate in parts)
    error = None if sd is None else sd * value
    if seed is not None and error is not None:
        value = value + error * np.random.default_rng(seed).standard_normal(time_h.size)
    return Curve(time_h=time_h, value=value, sd=error, unit=unit, decay_corrected=False, name=unit)


def patient(name: str = "P01", **other: object) -> Patient:
    """Whole body, serum, liver and kidneys in kBq/mL and lungs in kBq/mL."""
    k = int(name[1:])
    early = np.array([0.5, 4.0, 24.0, 72.0, 120.0, 200.0])
    measured = Measurements(
        whole_body=of_exponentials("%IA", [(99.0 + 0.3 * k, 0.002)], seed=k),
        serum=of_exponentials("%IA/L", [(12.0, 0.05), (16.0 + k, 0.006)], seed=20 + k, time_h=early),
        organs={
            "liver": of_exponentials("kBq/mL", [(10.0 + k, 0.002)]),
            "kidneys": of_exponentials("kBq/mL", [(4.0, 0.004)]),
            "lungs": of_exponentials("kBq/mL", [(1.5, 0.005)]),
        },
    )
    known = {"administered_MBq": 180.0, "haematocrit": 0.42, "measurements": measured} | other
    return Patient(name=name, sex="male", phantom="adult male", **known)  # type: ignore[arg-type]


def stated(
    name: str, shared_by: str, *effects: Effect, distribution: str = "normal", apart: bool = False
) -> Input:
    """An input of kind B."""
    return Input(
        name=name, effects=effects, kind="B", distribution=distribution, shared_by=shared_by,  # type: ignore[arg-type]
        source="test", apart=apart,
    )  # fmt: skip
