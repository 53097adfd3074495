"""What enters the gut by the whole body's loss, and the tail of the whole tract, against an ODE solver."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kinetics import Inflow, KineticsError, entered, entered_gut, tract, tract_tiac_h, transit_tail_h

SMALL = "small intestine contents"


@pytest.mark.parametrize("half_life_h", [6.0067, 78.41])
@pytest.mark.parametrize("f", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("model", ["ICRP 30", "ICRP 100"])
def test_a_body_whose_measurement_sees_the_gut(model: str, f: float, half_life_h: float) -> None:
    """Two pools lose to urine and gut; by the area of all that the body holds the gut's TIACs come back."""
    lam, of = math.log(2) / half_life_h, tract(model)
    names = of.compartments
    pools = ((0.6, 0.05), (0.4, 0.002))

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        change = -lam * y
        for i, (_, b) in enumerate(pools):
            change[i] -= b * y[i]
            change[2 + names.index(SMALL)] += f * b * y[i]
        for (source, target), k in of.rates_per_h.items():
            change[2 + names.index(source)] -= k * y[2 + names.index(source)]
            if target in names:
                change[2 + names.index(target)] += k * y[2 + names.index(source)]
        n = 2 + len(names)
        change[n:] = y[:n]
        return change

    n = 2 + len(names)
    start = np.zeros(2 * n)
    start[:2] = [a for a, _ in pools]
    end = solve_ivp(slope, (0, 60 / lam), start, method="LSODA", rtol=1e-12, atol=1e-14).y[n:, -1]
    left = 1.0 - lam * end.sum()  # what leaves the whole body, as a measurement of all of it has it
    into = entered_gut(left, f, of, lam)
    for name, hours in tract_tiac_h(of, lam).items():
        assert into * hours == pytest.approx(end[2 + names.index(name)], rel=1e-8, abs=1e-12)


def test_without_decay_it_is_the_share() -> None:
    assert entered_gut(1.0, 0.3, tract("ICRP 30"), 0.0) == pytest.approx(0.3, rel=1e-15)


@pytest.mark.parametrize("time_h", [2.0, 24.0, 168.0])
@pytest.mark.parametrize("model", ["ICRP 30", "ICRP 100"])
def test_tail_of_the_whole_tract(model: str, time_h: float) -> None:
    lam, of = math.log(2) / 78.41, tract(model)
    share, rate = [0.03, 0.2], [0.04, 0.003]
    names = of.compartments

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        change = np.zeros(len(names) + 1)
        change[:-1] = -lam * y[:-1]
        change[names.index(SMALL)] += sum(
            a * b * math.exp(-(b + lam) * t) for a, b in zip(share, rate, strict=True)
        )
        for (source, target), k in of.rates_per_h.items():
            change[names.index(source)] -= k * y[names.index(source)]
            if target in names:
                change[names.index(target)] += k * y[names.index(source)]
        change[-1] = y[:-1].sum()
        return change

    found = solve_ivp(
        slope,
        (0, 6000),
        np.zeros(len(names) + 1),
        t_eval=[time_h, 6000],
        method="LSODA",
        rtol=1e-12,
        atol=1e-14,
    ).y
    expected = (found[-1, 1] - found[-1, 0]) / found[:-1, 0].sum()
    assert transit_tail_h(of, Inflow(share, rate), lam, time_h) == pytest.approx(expected, rel=1e-7)
    # the same whatever the amount
    assert transit_tail_h(of, Inflow([0.003, 0.02], rate), lam, time_h) == pytest.approx(expected, rel=1e-7)


def test_late_tail_is_that_of_the_slowest_inflow_or_of_the_slowest_compartment() -> None:
    lam, of = 0.00884, tract("ICRP 30")
    assert transit_tail_h(of, Inflow([1.0], [1e-4]), lam, 3000.0) == pytest.approx(1 / (1e-4 + lam), rel=1e-9)
    all_in_at_once = transit_tail_h(of, Inflow([1.0], [50.0]), lam, 1000.0)
    assert all_in_at_once == pytest.approx(1 / (1 / 24 + lam), rel=1e-9)
    # a moment after a bolus all is in the small intestine
    assert transit_tail_h(of, Inflow([1.0], [1e6]), lam, 1e-4) == pytest.approx(
        sum(tract_tiac_h(of, lam).values()), rel=1e-4
    )


def test_first_part_and_tail_are_the_area() -> None:
    lam, of, inflow = 0.00884, tract("ICRP 100"), Inflow([0.1, 0.2], [0.5, 0.004])
    whole = sum(tract_tiac_h(of, lam).values()) * entered(inflow, lam)
    from kinetics import CompartmentModel

    model = CompartmentModel(
        compartments=("a", "b", *of.compartments),
        sinks=(of.sink,),
        rates_per_h={("a", SMALL): 0.5, ("b", SMALL): 0.004, **of.rates_per_h},
        bolus={"a": 0.1, "b": 0.2},
        lambda_phys_per_h=lam,
    )

    def held(t: float) -> float:
        return float(model.contents([t])[0, 2 : 2 + len(of.compartments)].sum())

    observed = quad(held, 0, 72, epsabs=0, epsrel=1e-11, limit=200)[0]
    assert observed + held(72) * transit_tail_h(of, inflow, lam, 72.0) == pytest.approx(whole, rel=1e-9)


def test_clear_errors() -> None:
    of, one = tract("ICRP 30"), Inflow([1.0], [0.1])
    for f in (-0.1, 1.1, math.nan):
        with pytest.raises(KineticsError, match="0 to 1 is allowed"):
            entered_gut(0.5, f, of, 0.01)
    with pytest.raises(KineticsError, match="enters the body again"):
        entered_gut(0.5, 0.3, tract("ICRP 30", f1=0.2, absorbed_into="Blood"), 0.01)
    with pytest.raises(KineticsError, match="a time above 0"):
        transit_tail_h(of, one, 0.01, 0.0)
    with pytest.raises(KineticsError, match="sum of exponentials that fall"):
        transit_tail_h(of, Inflow([1.0], [0.0]), 0.01, 1.0)
