"""Compartments that are emptied: closed forms, an ODE solver from event to event, mass balance."""

import math

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from kinetics import KineticsError
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.excretion.emptying import Emptying
from kinetics.linear_systems.course import Course, common_period_h

LAMBDA = math.log(2) / 1.83


def two_ways_out(when, **change):
    """18F-FDG's excreted part (ICRP 128): 6 % with 0.2 h, 18 % with 1.5 h, into a bladder."""
    told = dict(
        compartments=("a", "b", "bladder"), sinks=("urine",), lambda_phys_per_h=LAMBDA,
        bolus={"a": 0.06, "b": 0.18}, emptyings={"bladder": ("urine", when)},
        rates_per_h={("a", "bladder"): math.log(2) / 0.2, ("b", "bladder"): math.log(2) / 1.5},
    )  # fmt: skip
    return CompartmentModel(**(told | change))


def followed(model, until_h):
    """Contents (decay-corrected) and time-integrals (with decay), by an ODE solver from event to event."""
    k, n = model.matrix(), len(model.states)
    x, area, now = model.start(), np.zeros(n), 0.0
    at = {name: i for i, name in enumerate(model.states)}
    ends = {t for i in model.infusions for t in (i.begin_h, i.begin_h + i.duration_h)}
    due = {t for _, when in model.emptyings.values() for t in when.until(until_h).tolist()}
    for after in sorted({t for t in ends | due if 0 < t <= until_h} | {until_h}):
        feed = np.zeros(n)
        for i in model.infusions:
            if i.begin_h <= now < i.begin_h + i.duration_h:
                feed[at[i.compartment]] += i.fraction / i.duration_h
        solved = solve_ivp(
            lambda t, y, feed=feed: np.r_[k @ y[:n] + feed, y[:n] * math.exp(-model.lambda_phys_per_h * t)],
            (now, after), np.r_[x, area], method="DOP853", rtol=1e-12, atol=1e-15,
        )  # fmt: skip
        x, area, now = solved.y[:n, -1].copy(), solved.y[n:, -1], after
        for source, (target, when) in model.emptyings.items():
            if any(math.isclose(after, t) for t in when.until(until_h)):
                x[at[target]] += (1 - when.residual) * x[at[source]]
                x[at[source]] *= when.residual
    return x, area


@pytest.mark.parametrize("every_h", [2.0, 3.0, 3.5])
def test_constant_intervals_in_closed_form(every_h):
    """sum F b/(both - l) ... as a geometric series, to 1e-13 of itself."""
    total = 0.0
    for fraction, half_h in ((0.06, 0.2), (0.18, 1.5)):
        both = LAMBDA + math.log(2) / half_h
        filled = -math.expm1(-LAMBDA * every_h) / LAMBDA + math.expm1(-both * every_h) / both
        total += fraction * filled / -math.expm1(-both * every_h)
    found = two_ways_out(Emptying(every_h=every_h)).tiac_h()
    assert found["bladder"] == pytest.approx(total, rel=1e-13)
    held = sum(f / (LAMBDA + math.log(2) / h) for f, h in ((0.06, 0.2), (0.18, 1.5)))
    assert found["whole body"] == pytest.approx(held + total, rel=1e-13)


@pytest.mark.parametrize(
    "when",
    [
        Emptying(every_h=3.5, first_h=1.0, residual=0.1),
        Emptying(times_h=(0.3, 2.0, 2.5), every_h=4.0),
        Emptying(times_h=(0.5, 6.0)),
        Emptying(first_h=2.0, residual=0.5),
    ],
)
def test_any_times_against_an_ode_solver(when):
    infusion = (Infusion(compartment="a", fraction=0.3, duration_h=1.5, begin_h=0.7),)
    model = two_ways_out(when, infusions=infusion)
    for until in (0.6, 1.0, 5.0, 40.0):
        x, area = followed(model, until)
        found = model.contents([until], decay_corrected=True)[0]
        np.testing.assert_allclose(found, x, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.tiac_array(until), area[:3], rtol=1e-9)
    np.testing.assert_allclose(model.tiac_array(), followed(model, 80.0)[1][:3], rtol=1e-8)


@pytest.mark.parametrize("emptied", [False, True])
def test_an_infusion_that_begins_late_in_closed_form(emptied):
    """f e^(-l b) (1 - e^(-l d))/(l d) enters undecayed, and stays 1/(l + k): with a bladder and without."""
    lam, k = 0.2, 0.35
    model = CompartmentModel(
        compartments=("a", "bladder"), sinks=("out",), lambda_phys_per_h=lam,
        infusions=(Infusion(compartment="a", fraction=0.8, duration_h=2.5, begin_h=1.5),),
        rates_per_h={("a", "out"): k, ("bladder", "out"): 0.0 if emptied else 1.0},
        emptyings={"bladder": ("out", Emptying(every_h=3.0))} if emptied else {},
    )  # fmt: skip
    entered = 0.8 * math.exp(-lam * 1.5) * -math.expm1(-lam * 2.5) / (lam * 2.5)
    assert model.tiac_h()["a"] == pytest.approx(entered / (lam + k), rel=1e-13)
    assert model.tiac_array(500.0)[0] == pytest.approx(entered / (lam + k), rel=1e-12)


def test_two_bladders_of_two_intervals():
    """A gallbladder into the gut every 6 h and a bladder every 4 h: their common period is 12 h."""
    model = CompartmentModel(
        compartments=("blood", "gallbladder", "gut", "bladder"), sinks=("urine", "faeces"),
        bolus={"blood": 1.0}, lambda_phys_per_h=0.01,
        rates_per_h={("blood", "gallbladder"): 0.1, ("blood", "bladder"): 0.2, ("gut", "faeces"): 0.05,
                     ("gut", "blood"): 0.02},
        emptyings={"gallbladder": ("gut", Emptying(every_h=6.0, first_h=2.0, residual=0.3)),
                   "bladder": ("urine", Emptying(every_h=4.0))},
    )  # fmt: skip
    assert Course(model.system(decaying=True)).period_h == 12.0
    for until in (30.0, 100.0):
        x, area = followed(model, until)
        np.testing.assert_allclose(model.contents([until], decay_corrected=True)[0], x, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(model.tiac_array(until), area[:4], rtol=1e-9)
    np.testing.assert_allclose(model.tiac_array(), model.tiac_array(3000.0), rtol=1e-11)


def test_mass_balance_over_125_000_emptyings():
    """50 years of a nuclide that hardly decays, emptied every 3.5 h: nothing is lost, to 1e-12."""
    model = two_ways_out(
        Emptying(every_h=3.5, first_h=0.25, residual=0.02), lambda_phys_per_h=1e-9,
        rates_per_h={("a", "bladder"): 1e-6, ("b", "bladder"): 3e-5, ("b", "a"): 1e-3},
    )  # fmt: skip
    times = np.array([0.1, 0.25, 3.75, 1000.0, 50 * 8766.0])
    found = model.contents(times, decay_corrected=True)
    np.testing.assert_allclose(found.sum(1), 0.24, rtol=1e-12)
    late = model.tiac_array(50 * 8766.0)
    body = found[-1, :3].sum()
    assert late.sum() < model.tiac_array().sum()
    assert late.sum() + body / 1e-6 == pytest.approx(model.tiac_array().sum(), rel=2e-3)


def test_a_fit_goes_through_the_emptyings():
    """Slopes by the rates against differences, before, at and after the emptyings."""
    from kinetics.linear_systems.integrals import contents, contents_with_slopes

    def system(a):
        rates = {("a", "bladder"): a, ("b", "bladder"): 0.4}
        return two_ways_out(Emptying(every_h=1.5, residual=0.2), rates_per_h=rates).system(decaying=False)

    by_a = np.zeros((4, 4))
    by_a[2, 0], by_a[0, 0] = 1.0, -1.0
    time = np.array([0.5, 1.5, 2.0, 7.4, 21.0])
    there, (slope,) = contents_with_slopes(system(0.7), time, [by_a])
    step = 1e-5
    apart = (contents(system(0.7 + step), time) - contents(system(0.7 - step), time)) / (2 * step)
    np.testing.assert_allclose(slope, apart, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(there, contents(system(0.7), time), rtol=1e-13)


def test_what_cannot_be_is_told():
    with pytest.raises(KineticsError, match="unknown compartment 'bladdr' in what is emptied"):
        two_ways_out(Emptying(every_h=1.0), emptyings={"bladdr": ("urine", Emptying(every_h=1.0))})
    with pytest.raises(KineticsError, match="'bladder' is emptied into itself"):
        two_ways_out(Emptying(every_h=1.0), emptyings={"bladder": ("bladder", Emptying(every_h=1.0))})
    with pytest.raises(KineticsError, match="repeat together only after more than 2000"):
        common_period_h([3.5, 3.5001])
    with pytest.raises(KineticsError, match="a period of 0 h; above 0 is needed"):
        two_ways_out(Emptying(every_h=1.0)).tiac_array(0.0)
    with pytest.raises(KineticsError, match="what reaches a, b, bladder is never excreted"):
        two_ways_out(Emptying(times_h=(2.0,)), lambda_phys_per_h=0.0)  # never emptied again: held for good
