"""Budgets of organs whose sides were measured one by one: the study's keys and the chain have one region."""

from __future__ import annotations

from dataclasses import replace

import pytest
from a_cohort import METHODS, of_exponentials, patient, stated

from dosimetry import Effect, Patient, UncertaintyMethod, budgets
from dosimetry.study.uncertainty.facts import facts_of

MEASURED = replace(METHODS, organ_masses="measured")


def sided(**masses: float) -> Patient:
    """The kidneys as two curves, by names as a table may have them."""
    one = patient(organ_mass_kg={k.replace("_", " "): v for k, v in masses.items()})
    assert one.measurements is not None
    organs = {k: c for k, c in one.measurements.organs.items() if k != "kidneys"}
    for word, at_0 in (("Kidney, left", 4.0), ("right kidney", 4.4)):
        organs[word] = of_exponentials("kBq/mL", [(at_0, 0.004)])
    return replace(one, measurements=replace(one.measurements, organs=organs))


def test_a_study_sees_one_region_of_two_sides() -> None:
    """What acts on 'left kidney' would act on nothing: the results have kidneys alone."""
    one = sided(left_kidney=0.16, right_kidney=0.15)
    facts = facts_of([one], MEASURED)
    assert list(facts.organs) == ["liver", "lungs", "kidneys"]
    assert facts.organs["kidneys"].measured_mass and not facts.organs["lungs"].measured_mass
    assert facts.densities == ("liver", "lungs", "kidneys", "heart contents", "red marrow")
    effects = [stated(name, "everybody", Effect("curve", 0.05, name)) for name in facts.organs]
    budget = budgets([one], MEASURED, "Zr-89", ["ICRP 103"], UncertaintyMethod(inputs=effects)).budgets[0]
    i = budget.of("tiac", "kidneys")
    assert budget.shares()["kidneys"][i] > 0.0


@pytest.mark.parametrize("left", ["left kidney", "Kidney, left"])
def test_measured_masses_of_sides_are_drawn_under_any_of_their_names(left: str) -> None:
    one = replace(sided(), organ_mass_kg={left: 0.16, "right kidney": 0.15})
    method = UncertaintyMethod(
        inputs=[stated("mass", "patient", Effect("mass", 0.1, "kidneys"))], rules=False, monte_carlo=400
    )
    budget = budgets([one], MEASURED, "Zr-89", ["ICRP 103"], method).budgets[0]
    i = budget.of("tiac", "kidneys")
    assert budget.monte_carlo is not None
    # half of the points' noise is the sides', 2 % of each; sd of 400 draws is known to 3.5 %
    assert budget.monte_carlo.u[i] / budget.u()[i] == pytest.approx(1.0, abs=0.14)
