"""Budgets of gut, urine, sides of pairs and absent ones; what is shared with whom."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest
from a_cohort import METHODS, TIMES, WEIGHTS, of_exponentials, patient, stated

from dosimetry import BladderMethod, Effect, GutMethod, Methods, Patient, UncertaintyMethod, budgets, nuclide
from dosimetry.patients.results import results_of
from dosimetry.uncertainty.budget import Budget
from kinetics import Curve, Emptying
from kinetics.excretion.urine import Urine

ZR = nuclide("Zr-89")


def one(who: Patient, methods: Methods, *inputs: object, **more: object) -> Budget:
    method = UncertaintyMethod(inputs=inputs, **more)  # type: ignore[arg-type]
    return budgets([who], methods, ZR, WEIGHTS, method).budgets[0]


def line(budget: Budget, name: str) -> np.ndarray:
    rows = [i for i, e in enumerate(budget.errors) if e.name == name]
    assert len(rows) == 1
    return budget.changes[rows[0]]


def with_organs(who: Patient, organs: dict[str, Curve]) -> Patient:
    assert who.measurements is not None
    return replace(who, measurements=replace(who.measurements, organs={**who.measurements.organs, **organs}))


def difference(ends: list[tuple[Patient, Methods]], step: float, budget: Budget) -> np.ndarray:
    """Central difference of the TIACs and doses."""
    found = []
    for who, methods in ends:
        result = results_of([who], methods, ZR, WEIGHTS)[0]
        whole = result.sources.whole_body
        assert whole is not None
        tiacs = [*(t.value_h for t in result.sources.tiacs), whole.value_h]
        found.append(
            np.array([*tiacs, *result.doses.total_mGy_per_MBq, *(v for v, _ in result.effective.values())])
        )
    return (found[0] - found[1]) / (2 * step)


def gut_curve(x: float = 0.0) -> Curve:
    time = TIMES
    value = (1 + x) * 6.0 * (np.exp(-0.03 * time) - np.exp(-0.2 * time)) * np.exp(-ZR.lambda_per_h * time)
    return Curve(
        time_h=time, value=value, sd=0.05 * value, unit="%IA", decay_corrected=False, name="whole gut"
    )


@pytest.mark.parametrize("tail", ["transit", "as organs"])
def test_a_curve_of_the_whole_gut(tail: str) -> None:
    methods = replace(METHODS, gut=GutMethod(model="ICRP 30", contents="organ curve", tail=tail))
    who = with_organs(patient(), {"whole gut": gut_curve()})
    budget = one(who, methods, stated("scanner", "everybody", Effect("curve", 0.03, "whole gut")))
    ends = [(with_organs(patient(), {"whole gut": gut_curve(s * 1e-3)}), methods) for s in (1, -1)]
    np.testing.assert_allclose(
        line(budget, "scanner"), 0.03 * difference(ends, 1e-3, budget), rtol=1e-5, atol=1e-10
    )
    assert line(budget, "scanner")[budget.of("tiac", "small intestine contents")] > 0


def test_measured_urine_has_a_calibration_of_its_own() -> None:
    def urine(x: float) -> Urine:
        value = np.array([2.0, 1.5, 1.0, 0.8]) * (1 + x)
        return Urine(
            end_h=[4.0, 10.0, 20.0, 30.0], percent_ia=value, sd_percent_ia=0.05 * value, decay_corrected=True,
            complete=True, lambda_phys_per_h=ZR.lambda_per_h,
        )  # fmt: skip

    bladder = BladderMethod(
        urine_model="one exponential", urine_weights="sd", emptied=Emptying(every_h=3.5),
        whole_body_counted="after voiding",
    )  # fmt: skip
    methods = replace(METHODS, bladder=bladder)
    who = patient(urine=urine(0.0))
    counter = stated("counter of urine", "everybody", Effect("curve", 0.04, "urine"))
    budget = one(who, methods, counter)
    ends = [(patient(urine=urine(s * 1e-3)), methods) for s in (1, -1)]
    np.testing.assert_allclose(
        line(budget, "counter of urine"), 0.04 * difference(ends, 1e-3, budget), rtol=1e-5, atol=1e-10
    )
    assert line(budget, "counter of urine")[budget.of("tiac", "remainder")] == 0.0  # counted without it
    assert line(budget, "counts and fit: urine")[budget.of("tiac", "urinary bladder contents")] > 0
    trials = one(who, methods, counter, monte_carlo=400).monte_carlo
    assert trials is not None
    i = budget.of("tiac", "urinary bladder contents")
    assert abs(trials.u[i] / budget.u()[i] - 1) < 0.05 + 4 / np.sqrt(800)


def test_left_and_right_are_one_curve_with_one_error() -> None:
    sides = {
        f"{side} kidney": of_exponentials("%IA", [(share, 0.004)])
        for side, share in (("left", 1.2), ("right", 1.0))
    }
    assert patient().measurements is not None
    organs = {"liver": of_exponentials("kBq/mL", [(10.0, 0.002)]), **sides}
    who = patient(measurements=replace(patient().measurements, organs=organs))  # type: ignore[type-var]
    budget = one(who, METHODS, stated("scanner", "curve", Effect("curve", 0.03, "organs")))
    i = budget.of("tiac", "kidneys")
    rows = [k for k, e in enumerate(budget.errors) if e.name == "scanner"]
    assert {budget.errors[k].whose for k in rows} == {("P01", "liver"), ("P01", "kidneys")}
    assert np.abs(budget.changes[rows, i]).max() == pytest.approx(0.03 * budget.value[i])
    trials = one(who, METHODS, stated("scanner", "curve", Effect("curve", 0.2, "kidneys")), monte_carlo=300)
    assert trials.monte_carlo is not None and not trials.monte_carlo.failed
    assert abs(trials.monte_carlo.u[i] / trials.u()[i] - 1) < 0.05 + 4 / np.sqrt(600)


def test_a_single_kidney_keeps_its_mass() -> None:
    assert patient().measurements is not None
    organs = {"right kidney": of_exponentials("%IA", [(2.0, 0.004)])}
    who = patient(
        measurements=replace(patient().measurements, organs=organs), absent=("left kidney",),  # type: ignore[type-var]
        organ_mass_kg={"right kidney": 0.2},
    )  # fmt: skip
    methods = replace(METHODS, organ_masses="measured")
    mass = stated("mass", "curve", Effect("mass", 0.1, "kidneys"))
    budget = one(who, methods, mass, monte_carlo=400)
    i = budget.of("absorbed dose", "kidneys")
    ends = [(replace(who, organ_mass_kg={"right kidney": 0.2 * (1 + s * 1e-3)}), methods) for s in (1, -1)]
    np.testing.assert_allclose(
        line(budget, "mass"), 0.1 * difference(ends, 1e-3, budget), rtol=1e-5, atol=1e-10
    )
    assert budget.monte_carlo is not None and not budget.monte_carlo.failed
    assert abs(budget.monte_carlo.u[i] / budget.u()[i] - 1) < 0.05 + 4 / np.sqrt(800)


@pytest.mark.parametrize(
    ("shared_by", "keys"),
    [
        ("everybody", {()}),
        ("organ", {("liver",), ("kidneys",), ("lungs",)}),
        ("patient", {("P01",), ("P02",)}),
        ("curve", {(p, o) for p in ("P01", "P02") for o in ("liver", "kidneys", "lungs")}),
        ("point", {(p, o, "points") for p in ("P01", "P02") for o in ("liver", "kidneys", "lungs")}),
    ],
)
def test_with_whom_an_error_is_shared(shared_by: str, keys: set[tuple[str, ...]]) -> None:
    method = UncertaintyMethod(inputs=[stated("it", shared_by, Effect("curve", 0.03, "organs"))])
    cohort = budgets([patient("P01"), patient("P02")], METHODS, ZR, WEIGHTS, method)
    found = {e.whose for b in cohort.budgets for e in b.errors if e.name == "it"}
    assert found == keys


def test_a_budget_travels_to_another_process_and_back() -> None:
    budget = one(patient(), METHODS, stated("scanner", "everybody", Effect("curve", 0.03, "organs")))
    back = pickle.loads(pickle.dumps(budget))
    np.testing.assert_array_equal(back.changes, budget.changes)
    assert back.errors == budget.errors
