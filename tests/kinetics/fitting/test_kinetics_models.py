"""Every fit function against numerical derivatives and quadrature."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad

from kinetics import KineticsError
from kinetics.fitting.models import MODELS, model_by_name

LAM = math.log(2) / 78.41
RATES = {"lambda1": 0.9, "lambda2": 0.02, "lambda3": 0.004}
AMPLITUDES = {"A1": 30.0, "A2": 20.0, "A3": 7.0}
UPTAKE_RATES = {"lambda1": 0.01, "lambda2": 0.4, "lambda3": 1.1}


def theta_of(model):
    table = AMPLITUDES | (UPTAKE_RATES if model.name.startswith("uptake") else RATES)
    return np.array([table[name] for name in model.parameters])


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.name)
def test_gradient_and_area(model):
    theta, time = theta_of(model), np.array([0.0, 0.3, 2.0, 20.0, 100.0])
    value, gradient = model.value_and_gradient(time, theta)
    np.testing.assert_allclose(value, model.value(time, theta), rtol=1e-14)
    area, area_gradient = model.area_and_gradient(theta, LAM, start_h=3.0)
    for i, x in enumerate(theta):
        h = np.zeros_like(theta)
        h[i] = 1e-6 * x
        numeric = (model.value(time, theta + h) - model.value(time, theta - h)) / (2 * h[i])
        np.testing.assert_allclose(gradient[:, i], numeric, rtol=1e-6, atol=1e-7 * np.abs(numeric).max())
        numeric = (model.area(theta + h, LAM, start_h=3.0) - model.area(theta - h, LAM, start_h=3.0)) / (
            2 * h[i]
        )
        assert area_gradient[i] == pytest.approx(numeric, rel=1e-6)
    pieces = [0, 0.05, 0.5, 5, 50, 500, 8000]
    for moment, told in ((0, model.area(theta, LAM)), (1, model.first_moment(theta, LAM))):
        whole = sum(
            quad(lambda t, k=moment: float(model.value([t], theta)[0]) * math.exp(-LAM * t) * t**k, a, b)[0]
            for a, b in itertools.pairwise(pieces)
        )
        assert told == pytest.approx(whole, rel=1e-7)
    assert area == pytest.approx(
        quad(lambda t: float(model.value([t], theta)[0]) * math.exp(-LAM * t), 3, 3000, limit=200)[0],
        rel=1e-6,
    )


@pytest.mark.parametrize("model", MODELS.values(), ids=lambda m: m.name)
def test_forms_are_physical(model):
    """Positive everywhere; the uptake forms start at 0 unless they are said to have an offset."""
    time = np.geomspace(1e-3, 500, 300)
    assert np.all(model.value(time, theta_of(model)) > 0)
    at_zero = float(model.value([0.0], theta_of(model))[0])
    if model.name.startswith("uptake") and model.name != "uptake-offset":
        assert at_zero == pytest.approx(0, abs=1e-12)
    else:
        assert at_zero > 0


def test_batches_are_the_same_as_one_at_a_time():
    model = MODELS["biexponential"]
    rng = np.random.default_rng(1)
    sets, time = rng.uniform(0.1, 2, (5, 4)), np.linspace(0, 9, 7)
    value, gradient = model.value_and_gradient(time, sets)
    assert gradient.shape == (5, 7, 4)
    for k in range(5):
        np.testing.assert_allclose(value[k], model.value(time, sets[k]), rtol=1e-13)


def test_order_is_fastest_first():
    model = MODELS["triexponential"]
    theta = np.array([1.0, 2.0, 3.0, 0.1, 0.5, 0.2])
    assert theta[model.order(theta)].tolist() == [2, 3, 1, 0.5, 0.2, 0.1]


def test_names():
    assert model_by_name("Mono") is MODELS["monoexponential"]
    assert model_by_name("uptake_blood") is MODELS["uptake-blood"]
    with pytest.raises(KineticsError, match="unknown model 'gamma'; there are: plateau, mono"):
        model_by_name("gamma")
    with pytest.raises(KineticsError, match="infinite"):
        MODELS["plateau"].area(np.array([1.0]), 0.0)
