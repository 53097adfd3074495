"""Compartment models: closed forms, published retention, an independent solver, what cannot be."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from kinetics import KineticsError
from kinetics.compartments.model import CompartmentModel, Infusion
from kinetics.curves.decay import lambda_from_half_life
from kinetics.model_files.files import read_model

EXAMPLES = Path(__file__).parents[3] / "examples" / "compartments"
MODELS_FOLDER = Path(__file__).parents[3] / "examples" / "models"

LAM = lambda_from_half_life(78.41)

ZR_DAYS = (0.25, 1, 2, 3, 5, 7, 10, 14, 30)


@pytest.fixture(scope="module")
def zirconium():
    return read_model(MODELS_FOLDER / "zirconium-icrp134.toml").model


def two(**change):
    given = dict(
        compartments=("c", "p"),
        sinks=("out",),
        rates_per_h={("c", "p"): 0.06, ("p", "c"): 0.045, ("c", "out"): 0.03},
        bolus={"c": 1.0},
        lambda_phys_per_h=LAM,
    )
    return CompartmentModel(**(given | change))


def test_two_compartments_closed_form():
    """Hybrid rates a, b: sum k10+k12+k21, product k10 k21; C = ((a-k21)e^-at + (k21-b)e^-bt)/(a-b)."""
    s, p = 0.03 + 0.06 + 0.045, 0.03 * 0.045
    a, b = (0.5 * (s + r * math.sqrt(s * s - 4 * p)) for r in (1, -1))
    t = np.array([0, 0.1, 1, 10, 100, 500.0])
    c = ((a - 0.045) * np.exp(-a * t) + (0.045 - b) * np.exp(-b * t)) / (a - b)
    np.testing.assert_allclose(two().retention(t, "c", decay_corrected=True), c, rtol=1e-11)
    np.testing.assert_allclose(two().retention(t, "c"), c * np.exp(-LAM * t), rtol=1e-11)


def test_published_retention_of_zirconium(zirconium):
    """ICRP 134, injected 89Zr, whole body, not decay-corrected, to the printed digits."""
    published = (0.94, 0.79, 0.63, 0.51, 0.33, 0.21, 0.11, 0.046, 0.0015)
    ours = zirconium.retention(np.array(ZR_DAYS) * 24)
    for day, told, found in zip(ZR_DAYS, published, ours, strict=True):
        assert float(f"{found:.2g}") == told, (day, found)


def test_tiacs_are_the_integrals_of_the_contents(zirconium):
    """One linear solve against quadrature of the matrix exponential."""
    tiac = zirconium.tiac_h()
    for name in ("whole body", "Bladder contents"):
        pieces = [0, 1, 5, 24, 100, 400, 1500]
        total = sum(
            quad(lambda t, n=name: float(zirconium.retention([t], n)[0]), a, b, epsrel=1e-7)[0]
            for a, b in pairwise(pieces)
        )
        assert tiac[name] == pytest.approx(total, rel=2e-5), name
    assert sum(tiac[n] for n in zirconium.compartments) == pytest.approx(tiac["whole body"])


def test_against_an_ode_solver(zirconium):
    """A stiff solver (Radau) on the same equations."""
    k = zirconium.matrix()
    t = np.array(ZR_DAYS) * 24
    solved = solve_ivp(
        lambda _, x: k @ x, (0, t[-1]), zirconium.start(), method="Radau", t_eval=t, rtol=1e-9, atol=1e-12,
        jac=lambda _, x: k,
    )  # fmt: skip
    np.testing.assert_allclose(zirconium.contents(t, decay_corrected=True), solved.y.T, rtol=1e-6, atol=1e-9)


def test_nothing_is_lost(zirconium):
    """Body and excreta together hold the whole bolus, decay-corrected, at every time."""
    total = zirconium.contents([0, 0.3, 10, 1e3, 1e5], decay_corrected=True).sum(1)
    np.testing.assert_allclose(total, 1.0, rtol=1e-10)


def test_a_stiff_model_of_thirty_compartments():
    """Rates over nine orders of magnitude, in a chain: TIAC_i = TIAC_{i-1} k_{i-1}/(k_i + lambda)."""
    rates = np.geomspace(1e-7, 1e2, 30)
    names = tuple(f"x{i}" for i in range(30))
    ways = {(names[i], names[i + 1] if i < 29 else "out"): float(rates[i]) for i in range(30)}
    m = CompartmentModel(
        compartments=names, sinks=("out",), rates_per_h=ways, bolus={"x0": 1.0}, lambda_phys_per_h=LAM
    )
    tau = 1.0 / (rates[0] + LAM)
    found = m.tiac_h()
    for i in range(30):
        if i:
            tau *= rates[i - 1] / (rates[i] + LAM)
        assert found[names[i]] == pytest.approx(tau, rel=1e-9)
    assert np.all(m.contents([1, 100, 1e4]) >= -1e-12)


def test_infusion_is_a_bolus_spread_out():
    """Convolution of the bolus answer; TIAC by quadrature over the infusion."""
    bolus = two()
    infused = two(bolus={}, infusions=(Infusion(compartment="c", fraction=1.0, duration_h=4.0),))
    for t in (1.0, 4.0, 30.0):
        spread = (
            quad(
                lambda s, t=t: float(bolus.retention([t - s], "c", decay_corrected=True)[0]), 0, min(t, 4.0)
            )[0]
            / 4
        )
        assert float(infused.retention([t], "c", decay_corrected=True)[0]) == pytest.approx(spread, rel=1e-8)
    share = -math.expm1(-LAM * 4) / (LAM * 4)
    assert infused.tiac_h()["c"] == pytest.approx(bolus.tiac_h()["c"] * share, rel=1e-12)
    stable = two(bolus={}, infusions=infused.infusions, lambda_phys_per_h=0.0)
    assert stable.tiac_h()["c"] == pytest.approx(1 / 0.03, rel=1e-12)


def test_retention_that_never_leaves_is_allowed_with_decay_and_named():
    m = two(rates_per_h={("c", "p"): 0.06, ("c", "out"): 0.03})
    assert m.never_excreted() == ["p"]
    assert m.tiac_h()["p"] == pytest.approx(0.06 / (0.09 + LAM) / LAM)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rates_per_h": {("c", "p"): -0.1}}, "rate of 'c -> p' is -0.1; 0 or above"),
        ({"rates_per_h": {("c", "q"): 0.1}}, "unknown compartment 'q' in transfer 'c -> q'"),
        ({"rates_per_h": {("c", "c"): 0.1}}, "goes nowhere"),
        ({"rates_per_h": {("out", "c"): 0.1}}, "leaves a sink"),
        ({"bolus": {}}, "nothing is put in"),
        ({"bolus": {"x": 1.0}}, "unknown compartment 'x' in the input"),
        ({"bolus": {"c": -1.0}}, "input to 'c' is -1"),
        ({"lambda_phys_per_h": 0.0, "rates_per_h": {("c", "p"): 1.0, ("p", "c"): 1.0}}, "never excreted"),
        ({"compartments": ("c", "p", "c")}, "'c' is listed twice"),
        ({"regions": {"r": ("zz",)}}, "unknown compartment 'zz' in region 'r'"),
    ],
)
def test_models_that_can_t_be(change, says):
    with pytest.raises(KineticsError, match=says):
        two(**change)
    with pytest.raises(KineticsError, match="times of 0 h or later"):
        two().contents([-1.0])
