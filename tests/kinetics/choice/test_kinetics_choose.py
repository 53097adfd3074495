"""The choice of a model: criterion, weights, who counts."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from kinetics import KineticsError
from kinetics.choice.candidates import Candidate, judge
from kinetics.choice.choose import choose_model
from kinetics.choice.rules import counted
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS

LAM = lambda_from_half_life(78.41)

TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 24, 48, 72, 120, 168.0])


def curve(time, value, *, corrected=True, sd=None, unit="%IA"):
    return Curve(time_h=time, value=value, sd=sd, unit=unit, decay_corrected=corrected)


def made(name, theta, noise=0.02, seed=3, time=TIME, with_sd=False):
    time = np.asarray(time, dtype=float)
    value = MODELS[name].value(time, np.array(theta, dtype=float))
    noisy = value * (1 + noise * np.random.default_rng(seed).normal(size=time.size))
    return curve(time, noisy, sd=noise * value if with_sd else None)


@pytest.mark.parametrize(
    ("name", "theta"),
    [
        ("monoexponential", [100, 0.004]),
        ("biexponential", [15, 18, 0.1, 0.006]),
        ("triexponential", [20, 15, 12, 2.0, 0.1, 0.006]),
        ("uptake", [12, 0.01, 0.4]),
        ("plateau", [80]),
        ("exponential-plateau", [60, 30, 0.08]),
        ("uptake-plateau", [12, 0.3]),
        ("uptake-offset", [12, 4, 0.01, 0.2]),
    ],
)
def test_the_area_of_the_model_that_made_the_data_is_found(name, theta):
    """Of 10 realisations at 2 % noise every area within 10 %, which is ten times its usual error."""
    truth = float(MODELS[name].area(np.array(theta, dtype=float), LAM))
    found = [choose_model(made(name, theta, seed=s), lambda_phys_per_h=LAM) for s in range(10)]
    for c in found:
        assert c.averaged_area.value == pytest.approx(truth, rel=0.1)
        assert c.chosen.area == pytest.approx(truth, rel=0.1)
    if not MODELS[name].has_constant_plateau and name != "uptake-offset":  # uptake-blood is nearly the same
        assert sum(c.chosen.model == name for c in found) >= 8, [c.chosen.model for c in found]


@pytest.mark.parametrize("weights", ["sd", "auto", "none", "poisson"])
def test_weights_are_the_likelihoods_ratios(weights):
    """exp(-criterion/2) is likelihood x e^-K; the likelihood by numerical integration over the scale."""
    c = made("biexponential", [15, 18, 0.1, 0.006], with_sd=weights == "sd", seed=5)
    choice = choose_model(c, lambda_phys_per_h=LAM, weights=weights)
    evidence = {}
    for x in choice.candidates:
        if x.weight is None or x.weight < 1e-6:
            continue
        errors = x.fit.errors
        z = x.fit.residuals / errors.sd
        if weights == "sd":
            likelihood = math.exp(norm.logpdf(z).sum())
        else:
            nu = errors.prior_points

            def integrand(u, z=z, nu=nu):
                # u = ln of the scale squared; scaled inverse chi-squared prior with 1 in its middle
                prior = -0.5 * nu * u - 0.5 * nu * math.exp(-u)
                return math.exp(prior + norm.logpdf(z, scale=math.exp(0.5 * u)).sum())

            likelihood = quad(integrand, -8, 8, epsabs=0, limit=400)[0]
        evidence[x.model] = likelihood * math.exp(-MODELS[x.model].n_parameters)
    assert len(evidence) >= 2
    total = sum(evidence.values())
    for x in choice.candidates:
        if x.model in evidence:
            assert x.weight == pytest.approx(evidence[x.model] / total, rel=2e-3)
    assert sum(x.weight for x in choice.candidates if x.weight is not None) == pytest.approx(1, rel=1e-12)


def test_standard_error_with_a_prior_of_the_scale():
    """A plateau is linear: its posterior is Student's t, which numerical integration gives too."""
    y = np.array([9.0, 11.0, 10.5, 8.5])
    c = curve([1, 2, 3, 4], y)
    fit = fit_curve(c, "plateau", lambda_phys_per_h=LAM, weights="auto")
    sd, nu = fit.errors.sd, fit.errors.prior_points
    u = np.linspace(-10, 14, 4001)[:, None]  # ln of the scale squared
    a = np.linspace(-60, 80, 3501)[None, :]
    chi2 = sum(((yi - a) / s) ** 2 for yi, s in zip(y, sd, strict=True))
    log = -0.5 * nu * u - 0.5 * nu * np.exp(-u) - 0.5 * y.size * u - 0.5 * chi2 * np.exp(-u)
    density = np.exp(log - log.max()).sum(0)
    inside = np.abs(a[0] - fit.theta[0]) <= fit.quantile(0.95) * fit.parameters["A1"].se
    assert density[inside].sum() / density.sum() == pytest.approx(0.95, abs=2e-3)


def test_assumed_relative_errors_are_of_the_fitted_values():
    """A plateau's fitted values are all the same, so that the best one is the mean, not the low values'."""
    y = 10 * (1 + 0.15 * np.random.default_rng(2).normal(size=12))
    free = fit_curve(curve(TIME, y), "plateau", lambda_phys_per_h=LAM, weights="auto")
    assert free.theta[0] == pytest.approx(y.mean(), rel=1e-9)
    chosen = choose_model(curve(TIME, y), lambda_phys_per_h=LAM, candidates=["plateau"])
    assert chosen.averaged_area.value == pytest.approx(y.mean() / LAM, rel=1e-6)
    low = fit_curve(curve(TIME, y), "plateau", lambda_phys_per_h=LAM, weights="relative")
    assert low.theta[0] == pytest.approx((1 / y).sum() / (1 / y**2).sum(), rel=1e-9)


def test_averaged_area_is_the_mixture_s():
    """Mean and standard deviation of areas drawn from the models by weight (within 5 of their errors)."""
    c = made("biexponential", [15, 10, 0.03, 0.006], noise=0.1, time=[0.5, 4, 24, 72, 168], seed=11)
    choice = choose_model(c, lambda_phys_per_h=0.001)
    used = [x for x in choice.candidates if x.weight is not None]
    weights = np.array([x.weight for x in used])
    areas, errors = np.array([x.area for x in used]).T
    n = 400_000
    rng = np.random.default_rng(1)
    which = rng.choice(len(used), size=n, p=weights / weights.sum())
    drawn = areas[which] + errors[which] * rng.normal(size=n)
    value, se = choice.averaged_area
    between = float(weights @ (areas - value) ** 2)
    assert between > 0.05 * se**2, "a curve is needed whose models disagree"
    assert value == pytest.approx(drawn.mean(), abs=5 * se / math.sqrt(n))
    assert se == pytest.approx(drawn.std(), rel=5 / math.sqrt(n))
    assert set(choice.averaged_over) == {x.model for x in used}
    low, high = choice.area_interval()
    assert high - value == pytest.approx(value - low)
    assert high - value > 1.96 * se


def _candidate(name, criterion, reserve=None):
    return Candidate(model=name, criterion=criterion, usable=True, reserve=reserve)


@pytest.mark.parametrize(("below", "let_in"), [(9.9, False), (10.1, True)])
def test_a_last_resort_counts_only_where_the_others_have_no_support(below, let_in):
    """Burnham & Anderson 2002, p. 70: a difference over 10 is essentially no support."""
    table = [_candidate("a", 20.0), _candidate("b", 25.0), _candidate("c", 20.0 - below, "it never leaves")]
    assert ("c" in [c.model for c in counted(table)]) == let_in
    assert [c.model for c in counted([table[2]])] == ["c"]


@pytest.mark.parametrize(("cv", "usable"), [(0.45, True), (0.55, False)])
def test_an_area_with_half_of_it_as_its_error_does_not_count(cv, usable):
    fit = fit_curve(made("monoexponential", [100, 0.02]), "mono", lambda_phys_per_h=LAM, weights="auto")
    assert judge(fit).usable
    assert judge(replace(fit, se_area=cv * fit.area)).usable == usable


def test_an_undetermined_area_is_not_taken_for_its_fit_either():
    """A model whose area is anything fits these by more than 10 better; one exponential made them."""
    time = np.array([5 / 60, 0.25, 0.5, 1, 2, 4, 8, 24, 48, 72, 120, 168])
    lam, theta = math.log(2) / 159.5, np.array([100.0, math.log(2) / 80])
    rng = np.random.default_rng([12, 10, 29, 0])
    value = MODELS["monoexponential"].value(time, theta) * (1 + 0.10 * rng.normal(size=12))
    choice = choose_model(curve(time, value), lambda_phys_per_h=lam)
    assert abs(choice.averaged_area.value - theta[0] / (theta[1] + lam)) < 3 * choice.averaged_area.se
    assert choice.averaged_area.se < 0.1 * choice.averaged_area.value


def test_an_undetermined_model_does_not_spoil_the_average():
    """Two exponentials of flat late data: the slow one's area is anything; one exponential is right."""
    spoiled = 0
    for seed in range(20):
        c = made("monoexponential", [100, 0.05], noise=0.03, seed=seed, time=[1, 4, 8, 12, 24])
        choice = choose_model(c, lambda_phys_per_h=0.0)
        wide = [x for x in choice.candidates if x.area and x.area.se and x.area.se > 0.5 * x.area.value]
        spoiled += bool(wide)
        assert all(x.weight is None for x in wide)
        assert choice.averaged_area.value == pytest.approx(2000, rel=0.15)
    assert spoiled > 3, "curves are needed where such a model is about"


def test_never_an_area_from_a_model_that_misses_the_data():
    """A curve that no sum of exponentials follows, with and without standard deviations."""
    zigzag = np.array([10, 1, 10, 1, 10, 1, 10, 1.0])
    time = [1, 2, 4, 8, 16, 32, 64, 128]
    for sd in (None, 0.05 * zigzag):
        with pytest.raises(KineticsError, match="no model can be chosen: plateau: misses the data by"):
            choose_model(curve(time, zigzag, sd=sd), lambda_phys_per_h=LAM)


@pytest.mark.parametrize(("missed", "refused"), [(0.2, False), (0.45, True)])
def test_how_far_off_the_data_a_model_may_be(missed, refused):
    """Every second point up or down by the same fraction: the residuals' root mean square is that."""
    time = np.linspace(1, 160, 40)
    value = 100 * np.exp(-0.004 * time) * (1 + missed * (-1.0) ** np.arange(40))
    if refused:
        with pytest.raises(KineticsError, match="misses the data by 4"):
            choose_model(curve(time, value), lambda_phys_per_h=LAM, candidates=["mono"])
    else:
        assert choose_model(curve(time, value), lambda_phys_per_h=LAM, candidates=["mono"])


def test_a_bound_puts_a_model_out_and_says_which():
    c = choose_model(made("monoexponential", [100, 0.02]), lambda_phys_per_h=LAM)
    out = [x for x in c.candidates if x.reason and x.reason.startswith("bound reached")]
    assert out
    assert all(x.weight is None and not x.usable for x in out)


def test_more_parameters_than_points_are_out_as_many_are_not():
    c = choose_model(made("biexponential", [14, 18, 0.1, 0.006], time=[1, 6, 48, 144]), lambda_phys_per_h=LAM)
    by_name = {x.model: x for x in c.candidates}
    assert by_name["triexponential"].reason == "4 points for 6 parameters"
    assert by_name["uptake-biexponential"].reason == "4 points for 5 parameters"
    assert c.chosen.model == "biexponential"
    assert c.averaged_area.se > 0
    three = choose_model(made("monoexponential", [100, 0.01], time=[1, 24, 120]), lambda_phys_per_h=LAM)
    by_name = {x.model: x for x in three.candidates}
    held = "3 points for 4 parameters, one of them a rate held at 0"
    assert by_name["exponential-plateau"].reason == held


@pytest.mark.parametrize("with_sd", [False, True])
def test_three_points(with_sd):
    """What clinics have: the area of one exponential, and of uptake, within 3 of its standard errors."""
    for name, theta in (("monoexponential", [100, 0.01]), ("uptake", [12, 0.01, 0.15])):
        truth = float(MODELS[name].area(np.array(theta, dtype=float), LAM))
        c = choose_model(
            made(name, theta, noise=0.03, time=[1, 24, 120], with_sd=with_sd), lambda_phys_per_h=LAM
        )
        assert abs(c.averaged_area.value - truth) < 3 * c.averaged_area.se < 0.3 * truth


def test_one_point_is_refused_with_what_to_do():
    with pytest.raises(KineticsError, match="monoexponential: 1 points for 2 parameters"):
        choose_model(curve([24], [50]), lambda_phys_per_h=LAM)
