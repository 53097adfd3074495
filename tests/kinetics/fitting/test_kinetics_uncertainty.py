"""Bootstrap and profile likelihood, against the delta method, closed forms, and each other."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.models import MODELS
from kinetics.fitting.uncertainty import bootstrap, profile

LAM = lambda_from_half_life(78.41)
TIME = np.array([5 / 60, 0.25, 0.5, 1, 2, 24, 72, 144])
THETA = np.array([14.0, 18.0, math.log(2) / 12, math.log(2) / 111])


def serum(seed=4, noise=0.02, **more):
    value = MODELS["biexponential"].value(TIME, THETA)
    noisy = value * (1 + noise * np.random.default_rng(seed).normal(size=8))
    return Curve(time_h=TIME, value=noisy, sd=noise * value, unit="%IA/L", decay_corrected=True, **more)


@pytest.mark.parametrize("weights", ["sd", "relative", "none", "poisson"])
def test_bootstrap_agrees_with_the_delta_method_where_the_data_are_good(weights):
    fit = fit_curve(serum(noise=0.005), "biexponential", lambda_phys_per_h=LAM, weights=weights)
    b = bootstrap(fit, seed=1, replicas=4000)
    assert b.se("area") == pytest.approx(fit.se_area, rel=0.12)
    assert b.se("A2") == pytest.approx(fit.parameters["A2"].se, rel=0.12)
    assert np.median(b.area) == pytest.approx(fit.area, rel=0.01)
    low, high = b.interval("area")
    assert low < fit.area < high


def test_bootstrap_is_made_again_by_its_seed():
    fit = fit_curve(serum(), "biexponential", lambda_phys_per_h=LAM, weights="sd")
    assert np.array_equal(bootstrap(fit, seed=7).area, bootstrap(fit, seed=7).area)
    assert not np.array_equal(bootstrap(fit, seed=7).area, bootstrap(fit, seed=8).area)


def test_bootstrap_carries_the_common_scale():
    fit = fit_curve(
        serum(noise=0.002, scale_relative_sd=0.1), "biexponential", lambda_phys_per_h=LAM, weights="sd"
    )
    assert bootstrap(fit, seed=1, replicas=4000).se("area") / fit.area == pytest.approx(0.1, rel=0.06)


def test_poisson_counts():
    rng = np.random.default_rng(2)
    time = np.array([1, 5, 10, 20, 40, 80.0])
    c = Curve(
        time_h=time, value=rng.poisson(400 * np.exp(-0.02 * time)), unit="counts", decay_corrected=False
    )
    fit = fit_curve(c, "monoexponential", lambda_phys_per_h=0.0, weights="poisson")
    assert not fit.rescaled
    assert bootstrap(fit, seed=3, replicas=3000).se("area") == pytest.approx(fit.se_area, rel=0.1)


def test_profile_of_a_linear_parameter_is_the_exact_interval():
    """The plateau is linear in A1, so all three ways are one."""
    c = Curve(time_h=[1, 2, 3, 4, 5], value=[5.1, 4.9, 5.2, 4.8, 5.05], unit="%IA", decay_corrected=True)
    fit = fit_curve(c, "plateau", lambda_phys_per_h=LAM, weights="none")
    p = profile(fit, "A1")
    low, high = fit.interval("A1")
    assert p.lower == pytest.approx(low, rel=1e-5)
    assert p.upper == pytest.approx(high, rel=1e-5)
    p = profile(fit, "area")
    assert p.upper == pytest.approx(fit.interval("area")[1], rel=1e-5)


def test_profile_points_are_constrained_minima():
    """At a point of the profile of lambda2, a fit with lambda2 held there can't be better."""
    from scipy.optimize import least_squares

    c = serum()
    fit = fit_curve(c, "biexponential", lambda_phys_per_h=LAM, weights="sd")
    p = profile(fit, "lambda2")
    for i in (2, len(p.value) // 2, -3):
        held = p.value[i]

        def residual(x, held=held):
            theta = np.array([x[0], x[1], math.exp(x[2]), held])
            return (c.value - MODELS["biexponential"].value(TIME, theta)) / c.sd

        best = least_squares(residual, [*fit.theta[:2], math.log(fit.theta[2])], xtol=1e-12, ftol=1e-12)
        assert p.rise[i] == pytest.approx(2 * best.cost - fit.rss, abs=1e-5)


def test_profile_is_asymmetric_where_the_data_are_poor_and_says_when_there_is_no_limit():
    time = [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8]
    value = [1.5, 0.94, 0.78, 0.48, 0.37, 0.19, 0.12, 0.11, 0.08, 0.07, 0.05]
    c = Curve(time_h=time, value=value, unit="mg/L", decay_corrected=True)
    fit = fit_curve(c, "biexponential", lambda_phys_per_h=0.0, weights="none")
    p = profile(fit, "area")
    assert p.upper is None
    assert p.lower > fit.interval("area")[0]
    good = fit_curve(c, "biexponential", lambda_phys_per_h=0.0, weights="relative")
    p = profile(good, "area")
    assert p.upper - good.area > good.area - p.lower
    delta = good.interval("area")
    assert p.lower == pytest.approx(delta[0], rel=0.02)
    assert p.upper == pytest.approx(delta[1], rel=0.02)


@pytest.mark.parametrize("way", ["delta", "profile", "bootstrap"])
def test_coverage_of_the_area(way):
    """Each way's 95 % interval over 100 replicas of a serum curve with known standard deviations."""
    truth = float(MODELS["biexponential"].area(THETA, LAM))
    held = 0
    for seed in range(100):
        fit = fit_curve(serum(seed, 0.03), "biexponential", lambda_phys_per_h=LAM, weights="sd")
        if way == "delta":
            low, high = fit.interval("area")
        elif way == "profile":
            p = profile(fit, "area", points=14)
            low, high = p.lower, p.upper
        else:
            low, high = bootstrap(fit, seed=seed, replicas=400).interval("area")
        held += low <= truth <= high
    assert 88 <= held <= 99, held


def test_half_lives():
    """Profile and bootstrap don't mind the scale: a half-life's interval is its rate's, turned over."""
    fit = fit_curve(serum(), "biexponential", lambda_phys_per_h=LAM, weights="sd")
    rate, half = profile(fit, "lambda2"), profile(fit, "half_life_lambda2")
    assert half.lower == pytest.approx(math.log(2) / rate.upper, rel=1e-3)
    assert half.upper == pytest.approx(math.log(2) / rate.lower, rel=1e-3)
    effective = profile(fit, "effective_half_life_lambda2")
    assert effective.upper == pytest.approx(math.log(2) / (rate.lower + LAM), rel=1e-3)
    b = bootstrap(fit, seed=2)
    low, high = b.interval("lambda2")
    assert b.interval("half_life_lambda2") == (
        pytest.approx(math.log(2) / high, rel=1e-2), pytest.approx(math.log(2) / low, rel=1e-2)
    )  # fmt: skip
    assert b.se("effective_half_life_lambda2") == pytest.approx(
        fit.effective_half_lives_h["lambda2"].se, rel=0.25
    )


def test_refusals():
    two = Curve(time_h=[1, 24], value=[90, 80], unit="%IA", decay_corrected=True)
    fit = fit_curve(two, "mono", lambda_phys_per_h=LAM, weights="none")
    with pytest.raises(KineticsError, match="as many points as parameters"):
        bootstrap(fit, seed=1)
    with pytest.raises(KineticsError, match="no profile of area"):
        profile(fit)
    good = fit_curve(serum(), "biexponential", lambda_phys_per_h=LAM, weights="sd")
    with pytest.raises(KineticsError, match="'x' is no quantity of 'biexponential'; there are: area, A1"):
        profile(good, "x")
    with pytest.raises(KineticsError, match="1 replicas"):
        bootstrap(good, seed=1, replicas=1)
