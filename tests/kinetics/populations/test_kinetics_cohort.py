"""Few points: borrowed and shared rates, single-time-point areas."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.models import MODELS
from kinetics.fitting.uncertainty import bootstrap
from kinetics.populations.cohort import Spread, cohort_spread, fit_with_cohort
from kinetics.populations.shared import fit_shared
from kinetics.populations.single_point import haenscheid, haenscheid_ratio, madsen

LAM = lambda_from_half_life(78.41)
TIME = np.array([1, 4, 24, 72, 144.0])


def patient(time, half_life, rng, amplitude=100.0, noise=0.03, name="patient"):
    time = np.asarray(time, dtype=float)
    value = amplitude * np.exp(-math.log(2) / half_life * time)
    return Curve(
        time_h=time, value=value * (1 + noise * rng.normal(size=time.size)), sd=noise * value, unit="%IA",
        decay_corrected=True, name=name,
    )  # fmt: skip


def true_area(half_life, amplitude=100.0):
    return amplitude / (math.log(2) / half_life + LAM)


def test_spread_of_a_cohort():
    rng = np.random.default_rng(1)
    half_lives = 300 * np.exp(0.25 * rng.normal(size=40))
    fits = [
        fit_curve(patient(TIME, h, rng, noise=0.005), "mono", lambda_phys_per_h=LAM, weights="sd")
        for h in half_lives
    ]
    s = cohort_spread(fits)["lambda1"]
    assert s.half_life_h == pytest.approx(np.exp(np.log(half_lives).mean()), rel=0.03)
    assert s.sd_log == pytest.approx(np.log(half_lives).std(ddof=1), rel=0.15)
    assert s.n == 40


def test_one_point_with_the_cohort_s_half_life_covers_the_truth():
    """1000 patients of one point at 96 h: the 95 % interval holds 90 to 98 % of the true areas."""
    rng = np.random.default_rng(2)
    spread = {"lambda1": Spread(math.log(2) / 120, 0.3, 20)}
    held = 0
    for _ in range(1000):
        h = 120 * math.exp(0.3 * rng.normal())
        fit = fit_with_cohort(patient([96.0], h, rng), "mono", spread, lambda_phys_per_h=LAM, weights="sd")
        low, high = fit.interval("area")
        held += low <= true_area(h) <= high
    assert 900 <= held <= 980, held
    assert "borrowed from a cohort: lambda1 (half-life 120 h, n = 20)" in fit.warnings[0]
    assert fit.aicc is None
    with pytest.raises(KineticsError, match="no profile or bootstrap"):
        bootstrap(fit, seed=1)


def test_good_points_overrule_the_cohort():
    rng = np.random.default_rng(3)
    spread = {"lambda1": Spread(math.log(2) / 100, 0.3, 20)}
    c = patient(TIME, 300.0, rng, noise=0.001)
    own = fit_curve(c, "mono", lambda_phys_per_h=LAM, weights="sd")
    with_prior = fit_with_cohort(c, "mono", spread, lambda_phys_per_h=LAM, weights="sd")
    assert with_prior.area == pytest.approx(own.area, rel=2e-3)
    assert with_prior.se_area <= own.se_area * 1.001


def test_borrowed_fit_is_the_minimum_of_its_own_criterion():
    from scipy.optimize import minimize

    rng = np.random.default_rng(4)
    spread = {"lambda2": Spread(0.01, 0.2, 9)}
    value = MODELS["biexponential"].value(np.array([0.5, 2, 24]), np.array([14, 18, 0.2, 0.008]))
    c = Curve(
        time_h=[0.5, 2, 24], value=value * (1 + 0.03 * rng.normal(size=3)), sd=0.03 * value, unit="%IA/L",
        decay_corrected=True,
    )  # fmt: skip
    fit = fit_with_cohort(c, "biexponential", spread, lambda_phys_per_h=LAM, weights="sd")

    def criterion(x):
        theta = np.exp(x)
        r = (c.value - MODELS["biexponential"].value(c.time_h, theta)) / c.sd
        return float(r @ r) + ((x[3] - math.log(0.01)) / 0.2) ** 2

    best = minimize(
        criterion, np.log(fit.theta), method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12}
    )
    assert criterion(np.log(fit.theta)) <= best.fun + 1e-6


def test_shared_half_life_against_one_joint_fit():
    """Values and covariance against lmfit with every parameter of every curve in one vector."""
    import lmfit

    rng = np.random.default_rng(5)
    curves = [patient([1, 24, 72], 300, rng, a) for a in (90, 100, 110)] + [patient([96], 300, rng)]
    s = fit_shared(curves, "mono", ["lambda1"], lambda_phys_per_h=LAM, weights="sd")
    p = lmfit.Parameters()
    p.add("k", 0.002)
    for i in range(4):
        p.add(f"a{i}", 100.0)

    def residual(q):
        return np.concatenate(
            [(c.value - q[f"a{i}"] * np.exp(-q["k"] * c.time_h)) / c.sd for i, c in enumerate(curves)]
        )

    joint = lmfit.minimize(residual, p, scale_covar=False)
    assert s.shared["lambda1"].value == pytest.approx(joint.params["k"].value, rel=1e-5)
    assert s.shared["lambda1"].se == pytest.approx(joint.params["k"].stderr, rel=1e-3)
    for i, fit in enumerate(s.fits):
        assert fit.parameters["A1"].value == pytest.approx(joint.params[f"a{i}"].value, rel=1e-5)
        assert fit.parameters["A1"].se == pytest.approx(joint.params[f"a{i}"].stderr, rel=1e-3)
        assert fit.parameters["lambda1"].value == pytest.approx(s.shared["lambda1"].value)
    assert s.n_parameters == 5
    assert s.n_points == 10
    assert s.rss == pytest.approx(joint.chisqr, rel=1e-6)


def test_shared_rate_of_a_biexponential_keeps_its_name():
    rng = np.random.default_rng(6)
    time = np.array([0.1, 0.5, 1, 4, 24, 72, 144.0])
    curves = []
    for a in (10.0, 14.0, 18.0):
        value = MODELS["biexponential"].value(time, np.array([a, 18, 0.3 * a / 14, 0.006]))
        curves.append(
            Curve(
                time_h=time, value=value * (1 + 0.01 * rng.normal(size=7)), unit="%IA/L", decay_corrected=True
            )
        )
    s = fit_shared(curves, "biexponential", ["lambda2"], lambda_phys_per_h=LAM, weights="relative")
    assert list(s.shared) == ["lambda2"]
    assert s.shared["lambda2"].value == pytest.approx(0.006, rel=0.05)
    assert s.rescaled
    assert all(f.interval("area") is not None for f in s.fits)


def test_shared_coverage():
    """A patient with one late point in a cohort that shares the half-life: coverage of the area."""
    held = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        curves = [patient(TIME[1:], 200, rng) for _ in range(4)] + [patient([96], 200, rng, 70.0)]
        s = fit_shared(curves, "mono", ["lambda1"], lambda_phys_per_h=LAM, weights="sd")
        low, high = s.fits[-1].interval("area")
        held += low <= true_area(200, 70.0) <= high
    assert 88 <= held <= 99, held


def test_haenscheid():
    """Exact at one and two half-lives; -10.8 and -11.6 % at the ends of its range, +6.1 % between."""
    np.testing.assert_allclose(haenscheid_ratio([1.0, 2.0]), 1.0)
    assert haenscheid_ratio(0.75) == pytest.approx(0.892, abs=5e-4)
    assert haenscheid_ratio(2.5) == pytest.approx(0.884, abs=5e-4)
    assert float(haenscheid_ratio(np.linspace(1, 2, 1001)).max()) == pytest.approx(1.0615, abs=5e-4)
    lam177 = math.log(2) / 159.5
    for half_life in (40.0, 60.0, 80.0):
        true = 50 * half_life / math.log(2)
        c = Curve(time_h=[96.0], value=[50 * 2 ** (-96 / half_life)], unit="MBq", decay_corrected=False)
        r = haenscheid(c, lambda_phys_per_h=lam177, effective_half_life_h=(40, 80))
        assert r.area / true == pytest.approx(float(haenscheid_ratio(96 / half_life)))
        assert r.relative_error[0] - 1e-6 <= r.area / true - 1 <= r.relative_error[1] + 1e-3
        assert "single time point (96 h)" in r.warning
        assert r.se_area is None


def test_madsen():
    rng = np.random.default_rng(7)
    spread = Spread(math.log(2) / 120, 0.3, 20)
    k = spread.rate_per_h + LAM
    exact = Curve(time_h=[80.0], value=[100 * math.exp(-k * 80)], unit="%IA", decay_corrected=False)
    assert madsen(exact, spread, lambda_phys_per_h=LAM).area == pytest.approx(100 / k)
    errors = []
    for _ in range(4000):
        h = 120 * math.exp(0.3 * rng.normal())
        c = patient([150.0], h, rng, noise=0.02)
        r = madsen(c, spread, lambda_phys_per_h=LAM)
        errors.append(r.area / true_area(h) - 1)
    errors = np.array(errors)
    assert r.se_area / r.area == pytest.approx(np.sqrt(np.mean((1 / (1 + errors) - 1) ** 2)), rel=0.05)
    low, high = np.quantile(errors, [0.025, 0.975])
    assert low == pytest.approx(r.relative_error[0], abs=0.03)
    assert high == pytest.approx(r.relative_error[1], abs=0.03)
    assert "20 other patients" in r.warning


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (
            lambda c: haenscheid(c, lambda_phys_per_h=LAM, effective_half_life_h=(20, 25)),
            "the method holds for",
        ),
        (
            lambda c: haenscheid(c, lambda_phys_per_h=LAM, effective_half_life_h=(60, 90)),
            "longer than the physical",
        ),
        (lambda c: haenscheid(c, lambda_phys_per_h=LAM, effective_half_life_h=(0, 60)), "two ascending"),
        (
            lambda c: fit_with_cohort(
                c, "mono", {"lambda9": Spread(1, 1, 3)}, lambda_phys_per_h=LAM, weights="sd"
            ),
            "'lambda9' is no rate",
        ),
        (
            lambda c: fit_with_cohort(
                c, "mono", {"lambda1": Spread(1, 1, 3)}, lambda_phys_per_h=LAM, weights="none"
            ),
            "must be known",
        ),
        (
            lambda c: fit_with_cohort(
                c, "biexponential", {"lambda2": Spread(1, 1, 3)}, lambda_phys_per_h=LAM, weights="sd"
            ),
            "1 points for 3 parameters",
        ),
        (lambda c: fit_shared([c], "mono", ["lambda1"], lambda_phys_per_h=LAM, weights="sd"), "two or more"),
        (
            lambda c: fit_shared([c, c], "mono", [], lambda_phys_per_h=LAM, weights="sd"),
            "rates in common: none",
        ),
        (
            lambda c: fit_shared([c, c], "mono", ["lambda1"], lambda_phys_per_h=LAM, weights="sd"),
            "2 points for 3",
        ),
    ],
)
def test_bad_input(call, says):
    c = Curve(time_h=[144.0], value=[40.0], sd=[1.0], unit="%IA", decay_corrected=True)
    with pytest.raises(KineticsError, match=says):
        call(c)


def test_methods_for_one_point_refuse_more():
    c = Curve(time_h=[24, 96], value=[2, 1], unit="%IA", decay_corrected=True)
    with pytest.raises(KineticsError, match="2 points; a single-time-point method takes one"):
        madsen(c, Spread(0.01, 0.2, 5), lambda_phys_per_h=LAM)
    with pytest.raises(KineticsError, match="three patients"):
        cohort_spread([])
