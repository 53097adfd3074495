"""Stiff compartment models, microseconds to centuries: conservation, closed forms, 120-digit arithmetic."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kinetics import KineticsError
from kinetics.compartments.fit import fit_compartments
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.linear_systems.elimination import residence
from kinetics.linear_systems.integrals import contents, contents_with_slopes
from kinetics.linear_systems.system import System
from kinetics.model_files.files import parse_model

YEAR_H = 8766.0
TIMES = np.array([0.0, 1e-9, 1e-6, 1e-3, 1.0, 24.0, YEAR_H, 50 * YEAR_H, 1000 * YEAR_H])


def exponential(k, t):
    """exp(K t) in 120-digit arithmetic: Taylor and squaring; only the rates beside the diagonal are read."""
    n = len(k)
    with localcontext() as context:
        context.prec = 120
        a = np.array([[Decimal(x) * Decimal(float(t)) for x in row] for row in k], dtype=object)
        for j in range(n):
            a[j, j] = -sum((a[i, j] for i in range(n) if i != j), Decimal(0))
        squarings = max(int(max(abs(x) for x in a.ravel()).adjusted() * 3.33) + 5, 0)
        a = a / Decimal(2) ** squarings
        term = np.array([[Decimal(int(i == j)) for j in range(n)] for i in range(n)], dtype=object)
        total = term.copy()
        for i in range(1, 50):
            term = term.dot(a) / Decimal(i)
            total = total + term
        for _ in range(squarings):
            total = total.dot(total)
        return total


def generator(rates):
    k = np.array(rates, dtype=float)
    np.fill_diagonal(k, 0.0)
    np.fill_diagonal(k, -k.sum(0))
    return k


def exchanging(fast, **change):
    """Two compartments in exchange at one rate, a slow loss from the second."""
    told = dict(
        compartments=("a", "b"), sinks=("out",), bolus={"a": 1.0}, lambda_phys_per_h=1.83e-7,
        rates_per_h={("a", "b"): fast, ("b", "a"): fast, ("b", "out"): 1e-6},
    )  # fmt: skip
    return CompartmentModel(**(told | change))


@pytest.mark.parametrize("fast", [1e3, 1e6, 1e9, 1e12, 1e15])
def test_a_fast_exchange_with_a_slow_loss(fast):
    """Lumped: a = b = exp(-k t/2)/2 but for k/fast; the sink lags by 1/(4 fast), until b has filled."""
    model = exchanging(fast)
    found = model.contents(TIMES, decay_corrected=True)
    np.testing.assert_allclose(found.sum(1), 1.0, rtol=1e-14)
    assert np.all(found >= 0)
    late = TIMES * fast > 100
    for i in (0, 1):
        half = 0.5 * np.exp(-0.5e-6 * TIMES[late])
        np.testing.assert_allclose(found[late, i], half, rtol=2e-6 / fast + 1e-13)
    out = -np.expm1(-0.5e-6 * TIMES[late])
    assert np.all(np.abs(found[late, 2] / out - 1) < 1e-6 / fast + 0.5 / (fast * TIMES[late]) + 1e-13)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.integers(0, 10**6))
def test_every_entry_against_120_digits(seed):
    """Random models with rates from 1e-9 to 1e12 per h: each content to 1e-11 of itself, at every time."""
    rng = np.random.default_rng(seed)
    n = 5
    k = 10 ** rng.uniform(-9, 12, (n, n)) * (rng.random((n, n)) < 0.5)
    k[:, -1] = 0
    k = generator(k)
    for t in (1e-9, 1.0, 50 * YEAR_H):
        true = np.array([float(x) for x in exponential(k, t)[:, 0]])
        found = contents(System(k, np.eye(n)[0]), np.array([t]))[0]
        assert np.all(found >= 0)
        seen = true > 1e-280
        np.testing.assert_allclose(found[seen], true[seen], rtol=1e-11)


def test_a_chain_by_bateman():
    """Bateman's sum in 120 digits: rates from 1e12 to 1e-7 per h, each member to 1e-12 of itself."""
    rates = [1e12, 3e5, 2.0, 1e-3, 1e-7]
    names = [f"n{i}" for i in range(5)]
    model = CompartmentModel(
        compartments=tuple(names), sinks=("end",), bolus={"n0": 1.0}, lambda_phys_per_h=0.0,
        rates_per_h={(a, b): r for a, b, r in zip(names, [*names[1:], "end"], rates, strict=True)},
    )  # fmt: skip
    found = model.contents(TIMES)
    with localcontext() as context:
        context.prec = 120
        k = [Decimal(r) for r in rates]
        for row, t in zip(found[1:], TIMES[1:], strict=True):
            for n in range(5):
                total = sum(
                    (-k[i] * Decimal(t)).exp()
                    / math.prod((k[j] - k[i] for j in range(n + 1) if j != i), start=Decimal(1))
                    for i in range(n + 1)
                )
                true = float(math.prod(k[:n], start=Decimal(1)) * total)
                if true > 1e-280:
                    assert row[n] == pytest.approx(true, rel=1e-12), (t, n)
    np.testing.assert_allclose(model.tiac_array(), 1 / np.array(rates), rtol=1e-14)


def test_an_infusion_into_a_stiff_model():
    """In at u over d hours, lumped: u (1 - e^(-k t/2))/(k/2) while it runs; conservation throughout."""
    model = exchanging(1e12, bolus={}, infusions=(Infusion(compartment="a", fraction=1.0, duration_h=100.0),))
    t = np.array([1e-6, 1.0, 100.0, 1e6])
    found = model.contents(t, decay_corrected=True)
    np.testing.assert_allclose(found.sum(1), np.minimum(t / 100, 1), rtol=1e-13)
    body = found[:, :2].sum(1)
    ran = np.minimum(t, 100.0)
    true = -np.expm1(-0.5e-6 * ran) / 0.5e-6 / 100 * np.exp(-0.5e-6 * (t - ran))
    np.testing.assert_allclose(body, true, rtol=1e-12)


def test_tiac_of_a_stiff_model():
    """Exchange at 1e12/h, loss 1e-6/h from one, decay 1.83e-7/h: half of 1/(lambda + k/2) in each."""
    tau = exchanging(1e12).tiac_h()
    for name in ("a", "b"):
        assert tau[name] == pytest.approx(0.5 / (1.83e-7 + 0.5e-6), rel=1e-11)
    with pytest.raises(KineticsError, match="isn't finite: what is never lost"):
        residence(np.array([[0, 1.0], [1.0, 0]]), np.zeros(2), np.array([1.0, 0.0]))


@pytest.mark.parametrize("seed", range(6))
def test_tiacs_by_two_ways(seed):
    """The elimination against numpy's solver where nothing is stiff."""
    rng = np.random.default_rng(seed)
    rates, loss, amount = rng.random((7, 7)), rng.random(7), rng.random(7)
    np.fill_diagonal(rates, 0)
    system = np.diag(loss + rates.sum(0)) - rates
    np.testing.assert_allclose(residence(rates, loss, amount), np.linalg.solve(system, amount), rtol=1e-12)


def slopes_and_truth(k, t, i, j):
    """Contents, d contents/d ln(rate j -> i) as computed, and by differences of 120-digit exponentials."""
    n = len(k)
    d = np.zeros((n, n))
    d[i, j], d[j, j] = 1.0, -1.0
    there, (slope,) = contents_with_slopes(System(k, np.eye(n)[0]), np.array([t]), [d])
    with localcontext() as context:
        context.prec = 120
        ends = []
        for sign in (1, -1):
            changed = [[Decimal(float(x)) for x in row] for row in k]
            changed[i][j] *= 1 + sign * Decimal("1e-25")
            ends.append(exponential(changed, t)[:, 0])
        true = [float((a - b) / Decimal("2e-25")) for a, b in zip(*ends, strict=True)]
    return there, slope[0] * k[i, j], true


@pytest.mark.parametrize("seed", range(4))
def test_derivatives_of_a_stiff_model(seed):
    rng = np.random.default_rng(seed)
    k = 10 ** rng.uniform(-8, 11, (4, 4))
    k[:, -1] = 0
    k = generator(k)
    t = 10 ** rng.uniform(-3, 5)
    for i, j in ((1, 0), (0, 1), (3, 2)):
        there, slope, true = slopes_and_truth(k, t, i, j)
        np.testing.assert_allclose(slope, true, rtol=1e-9, atol=1e-13 * float(there.max()))


@pytest.mark.parametrize(("i", "j"), [(1, 0), (0, 1), (2, 1)])
def test_derivatives_of_an_exchange_after_50_years(i, j):
    """By each of the two fast rates and by the slow one: 58 squarings must not pile up rounding."""
    _, slope, true = slopes_and_truth(exchanging(1e12).matrix(), 50 * YEAR_H, i, j)
    np.testing.assert_allclose(slope, true, rtol=1e-9)


def test_a_fit_with_a_rate_that_is_too_fast_to_see():
    """Mixing held at 1e12/h: the slow rate and its TIAC come out as in the lumped model."""
    time = [10.0, 50.0, 100.0, 200.0, 400.0]
    slow = 0.01
    value = [100 * math.exp(-slow / 2 * t) * (1 + 0.01 * (-1) ** i) for i, t in enumerate(time)]
    data = {"of": "whole body", "unit": "%IA", "decay_corrected": True, "weights": "relative", "time": time,
            "value": value}  # fmt: skip
    common = {"time_unit": "h", "half_life_h": 78.41, "sinks": ["out"], "data": [data],
              "parameters": {"k": {"start": 0.03}}}  # fmt: skip
    stiff = fit_compartments(
        parse_model(
            common
            | {
                "compartments": ["a", "b"],
                "bolus": {"a": 1.0},
                "transfers": {"a -> b": 1e12, "b -> a": 1e12, "b -> out": "k"},
            }
        )
    )
    lumped = fit_compartments(
        parse_model(common | {"compartments": ["a"], "bolus": {"a": 1.0}, "transfers": {"a -> out": "k"}})
    )
    for ours, theirs in zip(stiff.parameters["k"], lumped.parameters["k"], strict=True):
        assert ours == pytest.approx(2 * theirs, rel=1e-6)
    for ours, theirs in zip(stiff.tiac_h["whole body"], lumped.tiac_h["whole body"], strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6)


def test_what_isn_t_finite_never_leaves():
    with pytest.raises(KineticsError, match="compartment model: contents after 1e\\+300 h aren't finite"):
        exchanging(1e200).contents([1e300])
    with pytest.raises(KineticsError, match="finite and 0 or above"):
        System(np.array([[-1.0, 0], [math.nan, 0]]), np.array([1.0, 0]))
    with pytest.raises(KineticsError, match="finite and 0 or above"):
        System(np.array([[0.0, 0], [-0.5, 0]]), np.array([1.0, 0]))
