"""Many curves at once: the same bits as one by one, at the minimum; lmfit, independently, ends there too."""

import math

import numpy as np
import pytest

import kinetics.fitting.fit as fit_module
from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.fitting.fit import fit_curve, fit_curves
from kinetics.fitting.models import MODELS
from kinetics.fitting.problem import make_problem
from kinetics.fitting.result import FitResult

LAM = 0.00884
TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 16, 30, 60, 120, 200])


def truth(name):
    table = {"A1": 30.0, "A2": 20.0, "A3": 9.0}
    uptake = {"lambda1": 0.02, "lambda2": 0.3, "lambda3": 1.0}
    if name == "uptake-biexponential":
        uptake = {"lambda1": 0.1, "lambda2": 0.01, "lambda3": 1.5}
    table |= uptake if name.startswith("uptake") else {"lambda1": 1.5, "lambda2": 0.1, "lambda3": 0.008}
    return np.array([table[p] for p in MODELS[name].parameters])


def simulated(name, n, *, seed=4, noise=0.02, with_sd=True):
    """Curves of 8 and 12 points, decay-corrected and not, whose parameters differ by some 10 %."""
    rng, curves = np.random.default_rng(seed), []
    for i in range(n):
        time = TIME if i % 3 else TIME[[0, 2, 4, 6, 8, 9, 10, 11]]
        theta = truth(name) * np.exp(0.1 * rng.normal(size=truth(name).size))
        value = MODELS[name].value(time, theta) * (1.0 if i % 2 else np.exp(-LAM * time))
        value = value * (1 + noise * rng.normal(size=time.size))
        sd = noise * value if with_sd else None
        curves.append(Curve(time_h=time, value=value, sd=sd, unit="%IA", decay_corrected=bool(i % 2)))
    return curves


def same_bits(a, b):
    if isinstance(a, KineticsError):
        return str(a) == str(b)
    numbers = ("rss", "area", "se_area", "aicc", "extrapolated_fraction", "warnings", "bounds_reached")
    return (
        np.array_equal(a.theta, b.theta)
        and all(getattr(a, n) == getattr(b, n) for n in numbers)
        and np.array_equal(a.covariance, b.covariance)
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_batch_gives_the_bits_of_one_by_one(name, monkeypatch):
    for weights in ("sd", "auto", "none"):
        curves = simulated(name, 9, with_sd=weights == "sd")
        options = {"lambda_phys_per_h": LAM, "weights": weights}
        many = fit_curves(curves, name, **options)
        assert sum(isinstance(m, FitResult) for m in many) >= 8
        for curve, found in zip(curves, many, strict=True):
            try:
                assert same_bits(fit_curve(curve, name, **options), found)
            except KineticsError as error:
                assert str(error) == str(found)
        monkeypatch.setattr(fit_module, "BATCH_NUMBERS", 1)
        assert all(map(same_bits, many, fit_curves(curves, name, **options)))
        monkeypatch.undo()


def test_a_curve_that_cannot_be_fitted_leaves_the_others_alone():
    curves = simulated("biexponential", 5)
    bad = Curve(time_h=[1.0, 2.0], value=[1.0, 2.0], unit="%IA", decay_corrected=True, name="two points")
    zero = Curve(time_h=[1.0, 2.0, 3.0, 4.0], value=[1.0, 0.0, 1.0, 1.0], unit="%IA", decay_corrected=True)
    options = {"lambda_phys_per_h": LAM, "weights": "none"}
    found = fit_curves([curves[0], bad, *curves[1:], zero], "biexponential", **options)
    assert isinstance(found[1], KineticsError)
    assert "two points: 2 points for the 4 parameters" in str(found[1])
    assert "is zero" in str(found[-1])
    alone = fit_curves(curves, "biexponential", **options)
    assert all(map(same_bits, [found[0], *found[2:-1]], alone))
    assert fit_curves([], "biexponential", **options) == []


@pytest.mark.parametrize("name", MODELS)
def test_second_derivatives_are_those_of_the_gradient(name):
    model, theta = MODELS[name], truth(name)
    weight = np.random.default_rng(0).normal(size=TIME.size)
    by_differences = np.empty((theta.size, theta.size))
    for i, value in enumerate(theta):
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[i] = value * (1 + sign * 1e-5)
            ends.append(weight @ model.value_and_gradient(TIME, moved)[1])
        by_differences[i] = (ends[0] - ends[1]) / (2e-5 * value)
    found = model.second_derivatives(TIME, theta, weight)
    np.testing.assert_allclose(found, by_differences, rtol=1e-6, atol=1e-6 * np.abs(by_differences).max())


@pytest.mark.parametrize("name", [n for n in MODELS if n not in ("uptake-blood", "uptake-offset")])
def test_the_slope_is_0_at_the_minimum(name):
    """The cost can't be told apart from its minimum long before its slope is 0: parameters need the slope."""
    for fit in fit_curves(simulated(name, 6), name, lambda_phys_per_h=LAM, weights="sd"):
        assert not fit.bounds_reached
        problem = make_problem(fit.curve, fit.function, fit.errors, LAM)
        value, jacobian = problem.weighted(problem.inner(fit.theta))
        residual = fit.curve.value * problem.inverse_sd - value
        # how far the parameters still move, in standard errors
        moved = np.linalg.lstsq(jacobian, residual, rcond=None)[0]
        assert math.sqrt(float(((jacobian @ moved) ** 2).sum())) < 1e-9


def test_a_few_steps_do_where_residuals_are_large(monkeypatch):
    """Newton's steps are quadratic; those of Gauss and Newton alone would go by a constant factor."""
    curves = simulated("biexponential", 6, noise=0.15)
    options = {"lambda_phys_per_h": LAM, "weights": "sd"}
    many = fit_curves(curves, "biexponential", **options)
    monkeypatch.setattr("kinetics.fitting.newton.MOST_STEPS", 3)
    for fit, few in zip(many, fit_curves(curves, "biexponential", **options), strict=True):
        np.testing.assert_allclose(few.theta, fit.theta, rtol=1e-12)


@pytest.mark.parametrize("name", ["monoexponential", "biexponential", "triexponential", "uptake", "plateau"])
def test_lmfit_ends_at_the_same_minimum(name):
    import lmfit

    for fit in fit_curves(simulated(name, 4), name, lambda_phys_per_h=LAM, weights="sd"):
        start = lmfit.Parameters()
        for p, value in zip(fit.function.parameters, fit.theta, strict=True):
            start.add(p, value=float(value) * 1.03, min=0)
        decay = 1.0 if fit.curve.decay_corrected else np.exp(-LAM * fit.curve.time_h)

        def residual(p, fit=fit, decay=decay):
            theta = np.array([v.value for v in p.values()])
            return (fit.function.value(fit.curve.time_h, theta) * decay - fit.curve.value) / fit.curve.sd

        theirs = lmfit.minimize(residual, start, xtol=1e-13, ftol=1e-13, scale_covar=False)
        found = [p.value for p in theirs.params.values()]
        assert fit.rss <= theirs.chisqr * (1 + 1e-12)
        np.testing.assert_allclose(fit.theta, found, rtol=1e-5)
        se = [p.stderr for p in theirs.params.values()]
        np.testing.assert_allclose(fit.standard_errors, se, rtol=1e-2)
