"""Choice of a model and the averaged area: the rule against second methods, on made curves and real ones."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from kinetics import KineticsError
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.candidates import Candidate, judge
from kinetics.fitting.choose import choose_model
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.models import MODELS, Model
from kinetics.fitting.rules import counted

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


# ------------------------------------------------------------------ the criterion and the weights


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


# ------------------------------------------------------------------ who counts


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


# ------------------------------------------------------------------ standard deviations


def test_standard_deviations_are_used_where_there_are_some():
    c = made("monoexponential", [100, 0.004], with_sd=True, seed=1)
    choice = choose_model(c, lambda_phys_per_h=LAM)
    assert choice.chosen.weights == "sd"
    assert not choice.chosen.rescaled
    assert np.array_equal(choice.chosen.errors.sd, c.sd)
    assert not any("assumed" in w for w in choice.warnings)


def test_without_standard_deviations_the_assumption_is_said():
    choice = choose_model(made("monoexponential", [100, 0.004]), lambda_phys_per_h=LAM)
    assert choice.chosen.weights == "relative, 5 % assumed"
    assert any(
        w.startswith("no standard deviations given: relative errors of about 5 %") for w in choice.warnings
    )


def test_standard_deviations_that_no_model_is_near_with_are_multiplied():
    """Twice or ten times too small is all the same: the residuals then give the scale."""
    c = made("monoexponential", [100, 0.004], noise=0.05, seed=8)
    found = []
    for factor in (0.01, 0.002):
        small = curve(c.time_h, c.value, sd=factor * c.value)
        choice = choose_model(small, lambda_phys_per_h=LAM, candidates=["plateau", "mono", "uptake"])
        assert choice.warnings[0].startswith("the standard deviations given are too small for every model")
        found.append(choice)
    a, b = found
    assert a.averaged_area.value == pytest.approx(b.averaged_area.value, rel=1e-6)
    assert a.averaged_area.se == pytest.approx(b.averaged_area.se, rel=1e-6)
    plain = fit_curve(curve(c.time_h, c.value, sd=c.value), "mono", lambda_phys_per_h=LAM, weights="sd",
                      rescale=True)  # fmt: skip
    assert a.chosen.model == "monoexponential"
    assert a.chosen.se_area == pytest.approx(plain.se_area, rel=1e-3)


def test_believed_standard_deviations_stay_as_they_are():
    """chi-square is beyond its 1 % point in 1 % of true curves; of 30 more than 4 would be chance 1e-5."""
    multiplied = 0
    for seed in range(30):
        c = made("monoexponential", [100, 0.004], noise=0.03, seed=seed, with_sd=True)
        choice = choose_model(c, lambda_phys_per_h=LAM)
        multiplied += any("too small" in w for w in choice.warnings)
    assert multiplied <= 4


def test_units_do_not_matter():
    c = made("biexponential", [15, 18, 0.1, 0.006], noise=0.05)
    for weights in ("auto", "none", "relative", "poisson"):
        one = choose_model(c, lambda_phys_per_h=LAM, weights=weights)
        other = choose_model(curve(c.time_h, 1000 * c.value), lambda_phys_per_h=LAM, weights=weights)
        assert other.averaged_area.value == pytest.approx(1000 * one.averaged_area.value, rel=1e-5)
        assert other.averaged_area.se == pytest.approx(1000 * one.averaged_area.se, rel=1e-3)


def test_decay_corrected_or_not_is_the_same():
    c = made("biexponential", [15, 18, 0.1, 0.006], noise=0.05)
    measured = curve(c.time_h, c.value * np.exp(-LAM * c.time_h), corrected=False)
    one, other = (choose_model(x, lambda_phys_per_h=LAM) for x in (c, measured))
    assert other.averaged_area.value == pytest.approx(one.averaged_area.value, rel=1e-5)
    assert other.averaged_area.se == pytest.approx(one.averaged_area.se, rel=1e-3)


def test_a_zero_at_time_0_without_standard_deviations():
    """Uptake from nothing: the 0 is no measurement with a relative error, and no error either."""
    time = np.array([0, 1, 4, 24, 72, 168.0])
    value = MODELS["uptake"].value(time, np.array([12, 0.01, 0.4]))
    choice = choose_model(curve(time, value), lambda_phys_per_h=LAM)
    assert choice.chosen.model == "uptake"
    assert choice.averaged_area.value == pytest.approx(
        float(MODELS["uptake"].area(np.array([12, 0.01, 0.4]), LAM)), rel=0.02
    )


# ------------------------------------------------------------------ what comes out


def test_table_of_candidates():
    c = choose_model(made("biexponential", [15, 18, 0.1, 0.006]), lambda_phys_per_h=LAM)
    assert [x.model for x in c.candidates] == list(MODELS)
    by_name = {x.model: x for x in c.candidates}
    assert by_name["biexponential"].reason is None
    assert all(x.reason for x in c.candidates if x.model != "biexponential")
    for x in c.candidates:
        if x.weight is not None:
            assert set(x.cv) == set(MODELS[x.model].parameters)
            assert 0 <= x.largest_correlation <= 1
    assert c.runner_up is not None
    assert c.runner_up.model == c.averaged_over[1]
    assert c.chosen.model == c.averaged_over[0]


def test_force_takes_the_model_as_a_plain_fit_does_and_says_what_is_better():
    data = made("biexponential", [15, 18, 0.1, 0.006])
    for weights in ("relative", "auto"):
        c = choose_model(data, lambda_phys_per_h=LAM, weights=weights, force="mono")
        assert c.chosen.model == "monoexponential"
        assert c.forced
        assert "'monoexponential' was asked for" in c.warnings[0]
        assert any("'biexponential' describes the data better" in w for w in c.warnings)
        assert c.averaged_over == ("monoexponential",)
        assert c.averaged_area == (c.chosen.area, c.chosen.se_area)
        plain = fit_curve(data, "mono", lambda_phys_per_h=LAM, weights=weights)
        assert (c.chosen.area, c.chosen.se_area) == (plain.area, plain.se_area)


def test_indometh_subject_1():
    """R's own example: two exponentials, also where the choice is ours."""
    time = [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8]
    value = [1.5, 0.94, 0.78, 0.48, 0.37, 0.19, 0.12, 0.11, 0.08, 0.07, 0.05]
    data = curve(time, value, unit="mg/L")
    for weights in ("none", "relative", "poisson", "auto"):
        assert choose_model(data, lambda_phys_per_h=0.0, weights=weights).chosen.model == "biexponential"
    p = choose_model(data, lambda_phys_per_h=0.0, weights="none").chosen.parameters
    assert round(p["A1"].value, 4) == 2.0293
    assert round(math.log(p["lambda1"].value), 4) == 0.5794
    assert p["A2"].value == pytest.approx(0.19155, abs=1e-4)
    assert math.log(p["lambda2"].value) == pytest.approx(-1.7878, abs=1e-4)


def test_nothing_to_choose_says_why_for_each():
    with pytest.raises(
        KineticsError, match=r"no model can be chosen: plateau: .*; monoexponential: .*asked for"
    ):
        choose_model(curve([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]), lambda_phys_per_h=0.0, weights="none")
    with pytest.raises(KineticsError, match="unknown model 'x'"):
        choose_model(curve([1, 2], [1, 2]), lambda_phys_per_h=0.0, weights="none", candidates=["x"])


def test_constant_data():
    flat = curve(TIME, np.full(TIME.size, 5.0))
    c = choose_model(flat, lambda_phys_per_h=LAM, weights="none")
    assert c.averaged_area.value == pytest.approx(5.0 / LAM, rel=0.02)
    with pytest.raises(KineticsError, match="no model can be chosen"):
        choose_model(flat, lambda_phys_per_h=0.0, weights="none")


def test_exact_data_take_the_smallest_model_that_gives_them():
    c = choose_model(made("biexponential", [15, 18, 0.1, 0.006], noise=0.0), lambda_phys_per_h=LAM)
    assert c.chosen.model == "biexponential"
    truth = float(MODELS["biexponential"].area(np.array([15, 18, 0.1, 0.006]), LAM))
    assert c.averaged_area.value == pytest.approx(truth, rel=1e-3)


def test_candidates_in_one_batch_are_the_same_as_one_by_one():
    """The stack of padded models against a fit of each model by itself."""
    for seed, (name, theta) in enumerate(
        [
            ("biexponential", [15, 18, 0.1, 0.006]),
            ("uptake", [12, 0.01, 0.4]),
            ("monoexponential", [100, 0.004]),
        ]
    ):
        c = made(name, theta, seed=seed, with_sd=True)
        choice = choose_model(c, lambda_phys_per_h=LAM)
        for candidate in choice.candidates:
            if not candidate.usable:
                continue
            alone = fit_curve(c, candidate.model, lambda_phys_per_h=LAM, weights="sd")
            assert candidate.fit.rss == pytest.approx(alone.rss, rel=1e-6), candidate.model
            assert candidate.fit.area == pytest.approx(alone.area, rel=1e-4), candidate.model
            assert candidate.fit.se_area == pytest.approx(alone.se_area, rel=1e-2), candidate.model


def test_a_model_of_one_s_own_too_large_for_the_batch():
    """A new model is one row: four exponentials of fixed rates, chosen where they made the data."""
    own = Model(
        "four fixed rates", "", ("A1", "A2", "A3", "A4"), (),
        tuple((r, tuple(float(i == j) for j in range(4))) for i, r in enumerate((1.0, 0.1, 0.01, 0.001))),
    )  # fmt: skip
    value = own.value(TIME, np.array([5.0, 8.0, 11.0, 13.0]))
    noisy = value * (1 + 0.01 * np.random.default_rng(4).normal(size=TIME.size))
    c = choose_model(
        curve(TIME, noisy),
        lambda_phys_per_h=LAM,
        weights="relative",
        candidates=["mono", "biexponential", own],
    )
    assert c.chosen.model == "four fixed rates"
    assert c.chosen.area == pytest.approx(float(own.area(np.array([5.0, 8.0, 11.0, 13.0]), LAM)), rel=0.02)
