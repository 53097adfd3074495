"""What flows into a model's bladder as a sum of exponentials: TIACs by the closed form and by the model."""

import math
from dataclasses import replace

import numpy as np
import pytest

from kinetics import CompartmentModel, Contents, Emptying, Infusion, KineticsError
from kinetics.compartments.inflow_of import inflow_into


def blood(**change):
    told = dict(
        compartments=("blood", "tissue", "kidneys", "bladder"), sinks=("urine", "faeces"),
        bolus={"blood": 1.0},
        rates_per_h={("blood", "tissue"): 0.4, ("tissue", "blood"): 0.1, ("blood", "kidneys"): 0.3,
                     ("kidneys", "bladder"): 1.7, ("blood", "faeces"): 0.05},
        emptyings={"bladder": ("urine", Emptying(every_h=3.0, first_h=1.0, residual=0.15))},
        lambda_phys_per_h=math.log(2) / 6.0,
    )  # fmt: skip
    return CompartmentModel(**(told | change))


@pytest.mark.parametrize(
    "when", [Emptying(every_h=3.0, first_h=1.0, residual=0.15), Emptying(times_h=(0.5, 4.0), every_h=2.5)]
)
def test_two_ways_to_a_bladder(when):
    model = blood(emptyings={"bladder": ("urine", when)})
    inflow = inflow_into(model, "bladder")
    contents = Contents(inflow, when, model.lambda_phys_per_h)
    assert contents.tiac_h == pytest.approx(model.tiac_h()["bladder"], rel=1e-12)
    times = [0.3, 2.0, 7.7, 30.0]
    np.testing.assert_allclose(contents.at(times), model.retention(times, "bladder"), rtol=1e-10, atol=1e-15)
    assert (inflow.share < 0).any()  # what the kidneys hold first comes late
    assert inflow.total == pytest.approx(0.3 / 0.35, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"emptyings": {}, "rates_per_h": {("blood", "bladder"): 1.0, ("bladder", "urine"): 1.0}}, "no rate"),
        ({"infusions": (Infusion(compartment="blood", fraction=0.0, duration_h=1.0),)}, "with infusions"),
        ({"bolus": {"blood": 0.5, "bladder": 0.5}}, "holds 0.5 at time 0"),
        ({"bolus": {"tissue": 1.0}, "rates_per_h": {("blood", "bladder"): 1.0}}, "nothing enters"),
    ],
)  # fmt: skip
def test_what_is_no_such_sum(change, says):
    with pytest.raises(KineticsError, match=says):
        inflow_into(blood(**change), "bladder")


def test_swinging_and_equal_rates():
    around = {
        ("blood", "tissue"): 1.0,
        ("tissue", "kidneys"): 1.0,
        ("kidneys", "blood"): 1.0,
        ("blood", "bladder"): 0.1,
    }
    with pytest.raises(KineticsError, match="swings"):
        inflow_into(blood(rates_per_h=around), "bladder")
    row = {("blood", "tissue"): 1.0, ("tissue", "kidneys"): 1.0, ("kidneys", "bladder"): 1.0}
    with pytest.raises(KineticsError, match="equal rates in a row"):
        inflow_into(blood(rates_per_h=row), "bladder")
    with pytest.raises(KineticsError, match="unknown compartment 'bladdr'"):
        inflow_into(replace(blood()), "bladdr")


def _two_ways(fast: float, slow: float = 0.05) -> CompartmentModel:
    return CompartmentModel(
        compartments=("kidneys", "body", "bladder"), sinks=("urine",), lambda_phys_per_h=1e-3,
        bolus={"kidneys": 0.5, "body": 0.5}, emptyings={"bladder": ("urine", Emptying(every_h=3.5))},
        rates_per_h={("body", "bladder"): slow, ("kidneys", "bladder"): fast},
    )  # fmt: skip


@pytest.mark.parametrize("fast", [1e3, 1e9, 1e11])
def test_a_slow_part_beside_one_at_once_is_kept(fast: float) -> None:
    model = _two_ways(fast)
    found = Contents(inflow_into(model, "bladder"), model.emptyings["bladder"][1], 1e-3)
    assert found.tiac_h == pytest.approx(model.tiac_h()["bladder"], rel=1e-12)


def test_rates_too_far_apart_for_a_sum_of_exponentials_are_told() -> None:
    model = CompartmentModel(
        compartments=("a", "b", "bladder"), sinks=("urine",), lambda_phys_per_h=1e-3, bolus={"a": 1.0},
        rates_per_h={("a", "b"): 1e12, ("b", "a"): 1e12, ("a", "bladder"): 1e-3},
        emptyings={"bladder": ("urine", Emptying(every_h=3.5))},
    )  # fmt: skip
    with pytest.raises(KineticsError, match="too far apart for what enters 'bladder'"):
        inflow_into(model, "bladder")
