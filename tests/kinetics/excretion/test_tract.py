"""The alimentary tract against the printed values, an ODE solver, and the engine of compartment models."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kinetics import (
    CompartmentModel,
    Inflow,
    KineticsError,
    Tract,
    entered,
    entered_gradient,
    tract,
    tract_tiac_h,
)

EXAMPLES = Path(__file__).parents[3] / "examples"
SMALL = "small intestine contents"
AGES = ("3 months", "1 year", "5 years", "10 years", "15 years", "adult")


def by_solver(of: Tract, lam: float, rate, enters: str = SMALL, end_h: float = 4000.0) -> dict[str, float]:
    """TIACs by integration of the differential equations, for activity that comes in at a rate over time."""
    names, n = of.compartments, len(of.compartments)

    def slope(t: float, y: np.ndarray) -> np.ndarray:
        change = np.zeros(2 * n)
        change[:n] -= lam * y[:n]
        change[names.index(enters)] += rate(t) * math.exp(-lam * t)
        for (source, target), k in of.rates_per_h.items():
            change[names.index(source)] -= k * y[names.index(source)]
            if target in names:
                change[names.index(target)] += k * y[names.index(source)]
        change[n:] = y[:n]
        return change

    found = solve_ivp(slope, (0.0, end_h), np.zeros(2 * n), method="LSODA", rtol=1e-12, atol=1e-14)
    return dict(zip(names, found.y[n:, -1], strict=True))


@pytest.mark.parametrize(
    ("half_life_h", "hours"),
    [
        (6.0067, "2.737 3.594 1.716"),  # 99mTc; by the 6.015 h of ICRP 107: 2.738, 3.598, 1.720
        (1.82951, "1.590 0.876 0.156"),  # 18F
        (2.8047 * 24, "3.842 11.26 16.25"),  # 111In
        (78.41, "3.863 11.52 17.11"),  # 89Zr
    ],
)
def test_icrp_30_per_unit_that_enters_the_small_intestine(half_life_h: float, hours: str) -> None:
    found = tract_tiac_h(tract("ICRP 30"), math.log(2) / half_life_h)
    assert found["stomach contents"] == 0.0
    for ours, printed in zip(list(found.values())[1:], hours.split(), strict=True):
        assert f"{ours:.{len(printed.split('.')[1])}f}" == printed


def test_the_rates_of_icrp_30_are_the_same_at_all_ages() -> None:
    per_d = [24 * k for k in tract("ICRP 30").rates_per_h.values()]
    assert per_d == pytest.approx([24, 6, 1.8, 1])
    for age in AGES:
        assert tract("ICRP 30", age=age).rates_per_h == tract("ICRP 30").rates_per_h


def test_the_rates_of_icrp_100_by_age() -> None:
    """ICRP 158, table 2.10; transit times of the colon: 8, 10, 11, 11, 11, 12 h for right and left."""
    for age, hours, stomach_min in zip(AGES, (8, 10, 11, 11, 11, 12), (75, 70, 70, 70, 70, 70), strict=True):
        k = tract("ICRP 100", age=age).rates_per_h
        assert 60 / k["stomach contents", SMALL] == pytest.approx(stomach_min, rel=2e-4)
        assert 1 / k["right colon contents", "left colon contents"] == pytest.approx(hours, rel=2e-4)
        assert 1 / k["left colon contents", "rectosigmoid contents"] == pytest.approx(hours, rel=2e-4)
        assert 1 / k["rectosigmoid contents", "Faeces"] == 12
        assert 1 / k[SMALL, "right colon contents"] == 4


def test_the_rates_are_those_of_the_icrps_model_of_zirconium() -> None:
    """Transcribed from ICRP 134 for another purpose; its small intestine absorbs 0.002."""
    rows = tomllib.loads((EXAMPLES / "models" / "zirconium-icrp134.toml").read_text(encoding="utf-8"))[
        "transfers"
    ]
    named = {
        SMALL: "SI contents",
        "right colon contents": "Right colon",
        "left colon contents": "Left colon",
        "rectosigmoid contents": "Rectosigmoid",
    }
    of = tract("ICRP 100", f1=0.002, absorbed_into="Blood1")
    for (source, target), per_h in of.rates_per_h.items():
        if source in named:
            assert 24 * per_h == pytest.approx(
                rows[f"{named[source]} -> {named.get(target, target)}"], rel=1e-7
            )


def test_through_mouth_and_oesophagus() -> None:
    hatm = tract("ICRP 100", from_mouth=True)
    found = tract_tiac_h(hatm, 0.0, enters="oral cavity")
    assert 3600 * found["oral cavity"] == pytest.approx(12)  # s
    assert 3600 * found["Oesophag-f"] / 0.9 == pytest.approx(7, rel=1e-4)
    assert 3600 * found["Oesophag-s"] / 0.1 == pytest.approx(40)
    below = tract_tiac_h(tract("ICRP 100"), 0.0, enters="stomach contents")
    assert all(found[name] == pytest.approx(hours, rel=1e-12) for name, hours in below.items())
    by_ode = by_solver(hatm, 0.1, lambda t: math.exp(-t), "oral cavity", 400.0)
    unit = tract_tiac_h(hatm, 0.1, enters="oral cavity")
    came_in = entered(Inflow([1.0], [1.0]), 0.1)
    assert [unit[n] * came_in for n in unit] == pytest.approx([by_ode[n] for n in unit], rel=1e-8)


@pytest.mark.parametrize("model", ["ICRP 30", "ICRP 100"])
@pytest.mark.parametrize("f1", [0.0, 0.3, 0.99])
def test_against_the_differential_equations_with_absorption(model: str, f1: float) -> None:
    lam = math.log(2) / 78.41
    of = tract(model, f1=f1, absorbed_into="Blood")
    inflow = Inflow([0.4, 0.6], [0.2, 0.01])
    unit = tract_tiac_h(of, lam)
    came_in = entered(inflow, lam)
    by_ode = by_solver(of, lam, lambda t: 0.08 * math.exp(-0.2 * t) + 0.006 * math.exp(-0.01 * t))
    assert [unit[n] * came_in for n in unit] == pytest.approx([by_ode[n] for n in unit], rel=1e-8)


def test_what_is_absorbed_of_a_stable_label_is_f1() -> None:
    of = tract("ICRP 100", f1=0.3, absorbed_into="Blood")
    stable = tract_tiac_h(of, 0.0)
    assert of.rates_per_h[SMALL, "Blood"] * stable[SMALL] == pytest.approx(0.3, rel=1e-14)
    assert of.rates_per_h["rectosigmoid contents", "Faeces"] * stable[
        "rectosigmoid contents"
    ] == pytest.approx(0.7)


def test_all_absorbed_is_the_limit() -> None:
    """f1 = 1: what leaves the stomach is in the blood at once; nothing is further down."""
    lam = 0.1
    whole = tract("ICRP 30", f1=1.0, absorbed_into="Blood")
    assert whole.compartments == ("stomach contents",)
    assert whole.rates_per_h == {("stomach contents", "Blood"): 1.0}
    near = tract("ICRP 30", f1=1 - 1e-9, absorbed_into="Blood")
    of_near = tract_tiac_h(near, lam, enters="stomach contents")
    of_whole = tract_tiac_h(whole, lam, enters="stomach contents")
    assert of_whole["stomach contents"] == pytest.approx(of_near["stomach contents"], rel=1e-14)
    assert all(h < 1e-7 for name, h in of_near.items() if name != "stomach contents")
    assert near.rates_per_h[SMALL, "Blood"] * of_near[SMALL] == pytest.approx(
        whole.rates_per_h["stomach contents", "Blood"] * of_whole["stomach contents"], rel=1e-8
    )
    with pytest.raises(KineticsError, match="no compartment 'small intestine contents'"):
        tract_tiac_h(whole, lam)


def test_the_engine_of_compartment_models_gives_the_same() -> None:
    of, lam = tract("ICRP 100", age="5 years", f1=0.1, absorbed_into="Blood"), 0.02
    model = CompartmentModel(
        compartments=(*of.compartments, "Blood"),
        sinks=(of.sink, "Urine"),
        rates_per_h={**of.rates_per_h, ("Blood", "Urine"): 1.0},
        bolus={"stomach contents": 1.0},
        lambda_phys_per_h=lam,
    )
    engine = model.tiac_h()
    for name, hours in tract_tiac_h(of, lam, enters="stomach contents").items():
        assert hours == pytest.approx(engine[name], rel=1e-13)


def test_ratios_do_not_depend_on_how_activity_comes_in() -> None:
    of, lam = tract("ICRP 30"), 0.00884
    unit = tract_tiac_h(of, lam)
    for rate in (lambda t: math.exp(-0.5 * t), lambda t: 0.01 * t * math.exp(-0.02 * t)):
        by_ode = by_solver(of, lam, rate)
        total = sum(by_ode.values())
        for name in of.compartments:
            assert by_ode[name] / total == pytest.approx(unit[name] / sum(unit.values()), rel=1e-8)


def test_own_transit_times() -> None:
    colon = ("right colon contents", "left colon contents", "rectosigmoid contents")
    of = tract("ICRP 100", sex="female", transit_h=dict.fromkeys(colon, 16.0))
    assert [1 / of.rates_per_h[way] for way in of.rates_per_h][2:] == pytest.approx([16, 16, 16])
    assert "own transit times" in of.name
    with pytest.raises(KineticsError, match="no rates of its own for sex 'female'"):
        tract("ICRP 100", sex="female", transit_h={"left colon contents": 16.0})
    kept = tract("ICRP 100", from_mouth=True, transit_h={"oral cavity": 0.01}).rates_per_h
    assert kept["oral cavity", "Oesophag-f"] / kept["oral cavity", "Oesophag-s"] == pytest.approx(9)
    assert kept["oral cavity", "Oesophag-f"] + kept["oral cavity", "Oesophag-s"] == pytest.approx(100)


def test_inflow_is_the_laplace_transform_and_its_gradient() -> None:
    lam, a, b = 0.03, [0.5, -0.05, 0.2], [0.4, 2.0, 0.0]
    inflow = Inflow(a, b)

    def rate(t: float) -> float:
        return sum(x * y * math.exp(-(y + lam) * t) for x, y in zip(a, b, strict=True))

    assert entered(inflow, lam) == pytest.approx(
        quad(rate, 0, 400, epsabs=0, epsrel=1e-12, limit=400)[0], rel=1e-10
    )
    gradient, step = entered_gradient(inflow, lam), 1e-6
    for i in range(6):

        def shifted(sign: float, i: int = i) -> float:
            values = [*a, *b]
            values[i] += sign * step
            return entered(Inflow(values[:3], values[3:]), lam)

        if i == 5:  # a rate of 0: from above alone
            assert gradient[i] == pytest.approx((shifted(1) - entered(inflow, lam)) / step, rel=1e-4)
        else:
            assert gradient[i] == pytest.approx((shifted(1) - shifted(-1)) / (2 * step), rel=1e-7, abs=1e-12)
    assert entered(Inflow([1.0], [0.0]), 0.0) == 0.0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "ICRP 66"}, "no model of the alimentary tract; there are: 'ICRP 30', 'ICRP 100'"),
        ({"model": "ICRP 30", "age": "newborn"}, "the youngest is '3 months'"),
        ({"model": "ICRP 30", "sex": "f"}, "sex 'f': allowed"),
        ({"model": "ICRP 30", "from_mouth": True}, "begins with the stomach"),
        ({"model": "ICRP 30", "f1": 0.1}, "absorbed_into"),
        ({"model": "ICRP 30", "absorbed_into": "Blood"}, "f1"),
        ({"model": "ICRP 30", "f1": 1.1, "absorbed_into": "Blood"}, "f1 is 1.1; 0 to 1"),
        ({"model": "ICRP 30", "f1": math.nan, "absorbed_into": "Blood"}, "f1 is nan"),
        ({"model": "ICRP 30", "f1": 0.1, "absorbed_into": "stomach contents"}, "of the tract itself"),
        ({"model": "ICRP 30", "transit_h": {"colon": 3.0}}, "'colon' is no compartment"),
        ({"model": "ICRP 30", "transit_h": {SMALL: 0.0}}, "is 0 h; above 0"),
    ],
)
def test_clear_errors(options: dict, said: str) -> None:
    with pytest.raises(KineticsError, match=said):
        tract(**options)


def test_all_mistakes_at_once() -> None:
    with pytest.raises(KineticsError) as told:
        tract("ICRP 30", age="old", sex="x", f1=2.0, absorbed_into="Blood", transit_h={SMALL: -1.0})
    assert len(told.value.complaints) == 4


def test_a_decay_constant_below_0() -> None:
    with pytest.raises(KineticsError):
        tract_tiac_h(tract("ICRP 30"), -0.1)
    with pytest.raises(KineticsError):
        entered(Inflow([1.0], [0.1]), -0.1)
