"""The choice of a model: standard deviations, units, and what comes out."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.choice.choose import choose_model
from kinetics.curves.curve import Curve
from kinetics.curves.decay import lambda_from_half_life
from kinetics.fitting.fit import fit_curve
from kinetics.models import MODELS, Model

LAM = lambda_from_half_life(78.41)

TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 24, 48, 72, 120, 168.0])


def curve(time, value, *, corrected=True, sd=None, unit="%IA"):
    return Curve(time_h=time, value=value, sd=sd, unit=unit, decay_corrected=corrected)


def made(name, theta, noise=0.02, seed=3, time=TIME, with_sd=False):
    time = np.asarray(time, dtype=float)
    value = MODELS[name].value(time, np.array(theta, dtype=float))
    noisy = value * (1 + noise * np.random.default_rng(seed).normal(size=time.size))
    return curve(time, noisy, sd=noise * value if with_sd else None)


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
