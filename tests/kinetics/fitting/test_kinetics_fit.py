"""Fits: known truth comes back, standard errors mean what they say, bad data are refused."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import aicc, fit_curve
from kinetics.fitting.models import MODELS

LAM = lambda_from_half_life(78.41)
SERUM_H = np.array([5 / 60, 0.25, 0.5, 1, 2, 24, 72, 144])
BODY_H = np.array([0.2, 24.0, 72.0, 144.0])
TRUE_SERUM = np.array([14.0, 18.0, math.log(2) / 12, math.log(2) / 111])


def curve(time, value, *, corrected=True, sd=None, unit="%IA/L", **more):
    return Curve(time_h=time, value=value, unit=unit, decay_corrected=corrected, sd=sd, **more)


def serum(corrected):
    value = MODELS["biexponential"].value(SERUM_H, TRUE_SERUM)
    return curve(SERUM_H, value if corrected else value * np.exp(-LAM * SERUM_H), corrected=corrected)


@pytest.mark.parametrize("corrected", [True, False])
@pytest.mark.parametrize("weights", ["none", "relative", "poisson"])
def test_exact_data_give_the_truth(corrected, weights):
    fit = fit_curve(serum(corrected), "biexponential", lambda_phys_per_h=LAM, weights=weights)
    np.testing.assert_allclose(fit.theta, TRUE_SERUM, rtol=1e-6)
    assert fit.area == pytest.approx(float(MODELS["biexponential"].area(TRUE_SERUM, LAM)), rel=1e-7)
    assert fit.biologic_half_lives_h["lambda2"].value == pytest.approx(111, rel=1e-6)
    assert fit.effective_half_lives_h["lambda2"].value == pytest.approx(1 / (1 / 111 + 1 / 78.41), rel=1e-6)
    assert any("exact to rounding" in w for w in fit.warnings)


@pytest.mark.parametrize("name", [n for n in MODELS if n != "uptake-blood"])
def test_every_model_finds_its_own_truth(name):
    model = MODELS[name]
    table = {"A1": 30.0, "A2": 20.0, "A3": 9.0}
    uptake = {"lambda1": 0.02, "lambda2": 0.3, "lambda3": 1.0}
    if name == "uptake-biexponential":
        uptake = {"lambda1": 0.1, "lambda2": 0.01, "lambda3": 1.5}
    table |= uptake if name.startswith("uptake") else {"lambda1": 1.5, "lambda2": 0.1, "lambda3": 0.008}
    theta = np.array([table[p] for p in model.parameters])
    time = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 16, 30, 60, 120, 200])
    fit = fit_curve(curve(time, model.value(time, theta)), name, lambda_phys_per_h=LAM, weights="relative")
    np.testing.assert_allclose(fit.theta, theta, rtol=1e-4)


def test_whole_body_of_370_h_has_a_TIAC_of_93_3_h():
    """89Zr whole-body biologic half-life 370 h, 100 % at time 0: 93.3 h."""
    value = np.exp(-math.log(2) / 370 * BODY_H)
    fit = fit_curve(
        curve(BODY_H, value, unit="IA/IA"), "monoexponential", lambda_phys_per_h=LAM, weights="none"
    )
    assert round(fit.area, 1) == 93.3
    assert fit.area == pytest.approx(1 / (math.log(2) / 370 + LAM), rel=1e-9)


@pytest.mark.parametrize(
    ("half_lives", "amplitudes"),
    [((7.0, 62.0), (15.0, 18.0)), ((3.7, 33.8), (12.3, 17.9))],
    ids=["huJ591", "IAB2M"],
)
def test_published_89Zr_serum_half_lives_come_back(half_lives, amplitudes):
    """Pandit-Taskar 2014 (7 h and 62 h; amplitudes not published, ours) and the IAB2M minibody."""
    theta = np.array([*amplitudes, *(math.log(2) / t for t in half_lives)])
    time = np.array([0.1, 0.5, 1, 2, 4, 24, 72, 144.0])
    fit = fit_curve(
        curve(time, np.round(MODELS["biexponential"].value(time, theta), 4)),
        "biexponential", lambda_phys_per_h=LAM, weights="relative",
    )  # fmt: skip
    found = [fit.biologic_half_lives_h[k].value for k in ("lambda1", "lambda2")]
    np.testing.assert_allclose(found, half_lives, rtol=1e-3)


def test_an_uptake_curve_against_scipy():
    """Four points off the model by some per cent: scipy's least squares, and the area by quadrature."""
    from scipy.integrate import quad
    from scipy.optimize import curve_fit

    time = np.array([3.5, 27.0, 101.0, 125.0])
    value = 110.0 * (np.exp(-0.0142 * time) - np.exp(-0.8 * time)) * np.array([1.01, 0.98, 1.02, 0.995])

    def uptake(t, a, slow, fast):
        return a * (np.exp(-slow * t) - np.exp(-fast * t))

    fit = fit_curve(
        curve(time, value, corrected=False, unit="MBq"), "uptake", lambda_phys_per_h=0.0, weights="none"
    )
    expected, _ = curve_fit(uptake, time, value, p0=(100.0, 0.02, 1.0), xtol=1e-14, ftol=1e-14)
    found = [fit.parameters[name].value for name in ("A1", "lambda1", "lambda2")]
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert fit.area == pytest.approx(quad(lambda t: uptake(t, *expected), 0, 2000, limit=200)[0], rel=1e-5)


def test_lmfit_and_scipy_agree_on_covariance():
    from scipy.optimize import curve_fit

    rng = np.random.default_rng(3)
    value = MODELS["biexponential"].value(SERUM_H, TRUE_SERUM)
    sd = 0.04 * value
    noisy = value + rng.normal(size=8) * sd

    def f(t, a, b, k, m):
        return a * np.exp(-k * t) + b * np.exp(-m * t)

    for weights, absolute in (("sd", True), ("none", False)):
        fit = fit_curve(curve(SERUM_H, noisy, sd=sd), "biexponential", lambda_phys_per_h=LAM, weights=weights)
        popt, pcov = curve_fit(
            f, SERUM_H, noisy, p0=TRUE_SERUM, sigma=sd if absolute else None, absolute_sigma=absolute,
            xtol=1e-12, ftol=1e-12,
        )  # fmt: skip
        np.testing.assert_allclose(fit.theta, popt, rtol=1e-4)
        np.testing.assert_allclose(fit.covariance, pcov, rtol=5e-3)
        assert fit.rescaled is not absolute


@pytest.mark.parametrize("case", ["whole body, sd", "serum, sd", "serum, relative", "serum, not corrected"])
def test_coverage_of_the_95_per_cent_interval(case):
    """1000 replicas: between 90 and 98 % of the intervals of the area and of each rate hold the truth."""
    rng = np.random.default_rng(2024)
    if case == "whole body, sd":
        time, theta, name = BODY_H, np.array([100.0, math.log(2) / 370]), "monoexponential"
    else:
        time, theta, name = SERUM_H, TRUE_SERUM, "biexponential"
    model = MODELS[name]
    corrected = case != "serum, not corrected"
    value = model.value(time, theta) * (1.0 if corrected else np.exp(-LAM * time))
    sd = 0.03 * value
    weights = "relative" if case == "serum, relative" else "sd"
    truth = {"area": float(model.area(theta, LAM))} | dict(zip(model.parameters, theta, strict=True))
    held = dict.fromkeys(truth, 0)
    estimates = []
    for _ in range(1000):
        c = curve(time, value + rng.normal(size=time.size) * sd, sd=sd, corrected=corrected)
        fit = fit_curve(c, name, lambda_phys_per_h=LAM, weights=weights)
        estimates.append(fit.theta)
        for key, true in truth.items():
            low, high = fit.interval(key, 0.95)
            held[key] += low <= true <= high
    for key, count in held.items():
        assert 900 <= count <= 980, (case, key, count)
    np.testing.assert_allclose(np.median(estimates, axis=0), theta, rtol=0.02)


def test_known_scale_is_not_rescaled_and_a_relative_one_is():
    rng = np.random.default_rng(5)
    value = 50 * np.exp(-0.01 * np.arange(0, 100, 10.0))
    noisy = value + rng.normal(size=10)
    base = dict(time=np.arange(0, 100, 10.0), value=noisy)
    fits = {
        (k, r): fit_curve(
            curve(**base, sd=np.full(10, k)),
            "monoexponential",
            lambda_phys_per_h=LAM,
            weights="sd",
            rescale=r,
        )
        for k in (1.0, 2.0)
        for r in (None, True)
    }
    assert fits[2.0, None].se_area == pytest.approx(2 * fits[1.0, None].se_area, rel=1e-9)
    assert fits[2.0, True].se_area == pytest.approx(fits[1.0, True].se_area, rel=1e-9)
    assert not fits[1.0, None].rescaled
    assert fits[1.0, True].rescaled
    counts = curve(**(base | {"value": noisy * 100}), unit="counts")
    assert not fit_curve(counts, "monoexponential", lambda_phys_per_h=LAM, weights="poisson").rescaled
    assert fit_curve(curve(**base), "monoexponential", lambda_phys_per_h=LAM, weights="poisson").rescaled


def test_common_scale_goes_into_amplitudes_and_area_but_not_into_half_lives():
    rng = np.random.default_rng(6)
    time = np.array([0.2, 24, 48, 96, 144])
    noisy = 100 * np.exp(-0.002 * time) * (1 + 0.01 * rng.normal(size=5))
    plain, scaled = (
        fit_curve(
            curve(time, noisy, sd=0.01 * noisy, scale_relative_sd=s),
            "mono",
            lambda_phys_per_h=LAM,
            weights="sd",
        )
        for s in (0.0, 0.05)
    )
    assert scaled.se_area == pytest.approx(math.hypot(plain.se_area, 0.05 * plain.area), rel=1e-9)
    assert scaled.biologic_half_lives_h == plain.biologic_half_lives_h


def test_as_many_points_as_parameters():
    c = curve([1, 24], [90, 80.0])
    fit = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="none")
    assert fit.se_area is None
    assert fit.parameters["A1"].se is None
    assert fit.band([5.0]) is None
    assert "as many points as parameters" in fit.reason
    assert fit.aicc is None
    known = fit_curve(curve([1, 24], [90, 80.0], sd=[1, 1]), "mono", lambda_phys_per_h=LAM, weights="sd")
    assert known.se_area > 0


def test_aicc_by_hand():
    """Burnham & Anderson 2002: N ln(RSS/N) + 2K + 2K(K+1)/(N-K-1), the variance counted in K."""
    value, _ = aicc(2.0, 11, 4, known=False)
    assert value == pytest.approx(11 * math.log(2 / 11) + 10 + 2 * 5 * 6 / 5)
    assert aicc(2.0, 7, 4, known=False)[0] == pytest.approx(7 * math.log(2 / 7) + 10 + 2 * 5 * 6 / 1)
    assert aicc(2.0, 6, 4, known=False)[0] is None
    assert "N-K-1 is 0" in aicc(2.0, 6, 4, known=False)[1]


def test_known_standard_deviations_need_no_correction_for_few_points():
    """chi2 + 2K predicts the chi-square of new data without bias, whatever N (Hurvich & Tsai 1989).

    For K linear parameters the expectation of chi2 of N old points is N - K, of N new ones N + K: the mean of
    the criterion over simulated sets is that of the new chi-square, within 5 of its standard errors.
    """
    rng = np.random.default_rng(3)
    for n, k in ((3, 2), (4, 3), (6, 4)):
        basis = np.exp(-np.outer(np.arange(n), 0.3 * np.arange(1, k + 1)))
        hat = basis @ np.linalg.pinv(basis)
        old, new = rng.normal(size=(2, 20_000, n))
        fitted = old @ hat.T
        penalty = aicc(0.0, n, k, known=True)[0]
        difference = ((new - fitted) ** 2).sum(1) - ((old - fitted) ** 2).sum(1) - penalty
        assert abs(difference.mean()) < 5 * difference.std() / math.sqrt(20_000)


def test_a_second_exponential_that_isn_t_there_is_named():
    time = np.array([0.5, 1, 2, 5, 24, 72, 144.0])
    value = 40 * np.exp(-0.006 * time) * (1 + 0.01 * np.array([1, -1, 1, -1, 1, -1, 1]))
    fit = fit_curve(curve(time, value), "biexponential", lambda_phys_per_h=LAM, weights="relative")
    mono = fit_curve(curve(time, value), "monoexponential", lambda_phys_per_h=LAM, weights="relative")
    if fit.bounds_reached:
        assert any("bound reached" in w for w in fit.warnings)
        assert fit.area == pytest.approx(mono.area, rel=0.05)


def test_prediction_and_band():
    rng = np.random.default_rng(8)
    value = MODELS["biexponential"].value(SERUM_H, TRUE_SERUM) * (1 + 0.02 * rng.normal(size=8))
    fit = fit_curve(curve(SERUM_H, value), "biexponential", lambda_phys_per_h=LAM, weights="relative")
    grid = np.linspace(0, 200, 9)
    np.testing.assert_allclose(
        fit.predict(grid, decay_corrected=False), fit.predict(grid) * np.exp(-LAM * grid), rtol=1e-13
    )
    low, high = fit.band(grid)
    assert np.all(low < fit.predict(grid))
    assert np.all(fit.predict(grid) < high)


@pytest.mark.parametrize(
    ("time", "value", "lam", "says"),
    [
        ([1.0], [5.0], LAM, "1 point for the 2 parameters"),
        ([1, 2, 3], [0, 0, 0], LAM, "every value is 0"),
        ([1, 2, 3], [3, 0, 1], LAM, "value 0 at 2 h is zero"),
        ([1, 2, 3], [3, -1, 1], LAM, "value -1 at 2 h is negative"),
        ([1, 2, 3, 4], [5, 5, 5, 5], 0.0, "constant or rising data have no finite area"),
        ([1, 2, 3, 4], [5, 6, 7, 9], 0.0, "constant or rising data have no finite area"),
        ([1, 24, 48, 72], [5, 6, 7, 9], LAM, "the curve rises with time"),
        ([0.0, 1.0], [5, 6], -1.0, "decay constant"),
    ],
)
def test_refusals(time, value, lam, says):
    with pytest.raises(KineticsError, match=says):
        fit_curve(curve(time, value), "monoexponential", lambda_phys_per_h=lam, weights="none")


def test_constant_decay_corrected_data_are_a_plateau():
    fit = fit_curve(curve([1, 24, 48], [5, 5, 5]), "plateau", lambda_phys_per_h=LAM, weights="none")
    assert fit.area == pytest.approx(5 / LAM)
    with pytest.raises(KineticsError, match="infinite area"):
        fit_curve(curve([1, 24, 48], [5, 5, 5]), "plateau", lambda_phys_per_h=0, weights="none")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"weights": "sd"}, "need a column 'sd'"),
        ({"weights": "some"}, "unknown weights 'some'; there are: auto, none, sd, relative, poisson"),
        ({"weights": "relative", "fractional_sd": 0.0}, "fractional SD 0.0 must be above 0"),
        ({"weights": "none", "fractional_sd": 0.1}, "weights are 'none'"),
        ({"weights": "none", "rescale": False}, "must be estimated"),
    ],
)
def test_bad_weights(change, says):
    with pytest.raises(KineticsError, match=says):
        fit_curve(curve([1, 2, 3], [3, 2, 1]), "mono", **({"lambda_phys_per_h": LAM} | change))


def test_relative_weights_refuse_a_zero():
    c = curve([0, 2, 3, 9], [0, 2, 2.5, 1])
    with pytest.raises(KineticsError, match="value 0 at 0 h has no weight"):
        fit_curve(c, "uptake", lambda_phys_per_h=LAM, weights="relative")
