"""Choice of a model: who is out and why, on made curves of known kind and on real ones."""

import math

import numpy as np
import pytest

from kinetics import KineticsError
from kinetics.choose import NO_SUPPORT, choose_model
from kinetics.curve import Curve, lambda_from_half_life
from kinetics.models import MODELS

LAM = lambda_from_half_life(78.41)
TIME = np.array([0.1, 0.3, 0.6, 1, 2, 4, 8, 24, 48, 72, 120, 168.0])


def curve(time, value, *, corrected=True, sd=None, unit="%IA"):
    return Curve(time_h=time, value=value, sd=sd, unit=unit, decay_corrected=corrected)


def made(name, theta, noise=0.02, seed=3, time=TIME):
    value = MODELS[name].value(time, np.array(theta, dtype=float))
    rng = np.random.default_rng(seed)
    return curve(time, value * (1 + noise * rng.normal(size=time.size)))


@pytest.mark.parametrize(
    ("name", "theta"),
    [
        ("plateau", [80]),
        ("monoexponential", [100, 0.004]),
        ("exponential-plateau", [60, 30, 0.08]),
        ("biexponential", [15, 18, 0.1, 0.006]),
        ("triexponential", [20, 15, 12, 2.0, 0.1, 0.006]),
        ("uptake-plateau", [12, 0.3]),
        ("uptake", [12, 0.01, 0.4]),
        ("uptake-offset", [12, 4, 0.01, 0.2]),
    ],
)
def test_the_model_that_made_the_data_is_found(name, theta):
    """In at least 8 of 10 noise realisations; the rest is what AICc is."""
    found = [
        choose_model(made(name, theta, seed=s), lambda_phys_per_h=LAM, weights="relative") for s in range(10)
    ]
    assert sum(c.chosen.model == name for c in found) >= 8, [c.chosen.model for c in found]
    truth = float(MODELS[name].area(np.array(theta, dtype=float), LAM))
    for c in found:
        assert c.chosen.area == pytest.approx(truth, rel=0.1)
        assert c.averaged_area.value == pytest.approx(truth, rel=0.1)


def test_table_of_candidates():
    c = choose_model(made("biexponential", [15, 18, 0.1, 0.006]), lambda_phys_per_h=LAM, weights="relative")
    assert [x.model for x in c.candidates] == list(MODELS)
    by_name = {x.model: x for x in c.candidates}
    assert by_name["biexponential"].reason is None
    assert all(x.reason for x in c.candidates if x.model != "biexponential")
    weights = [x.weight for x in c.candidates if x.weight is not None]
    assert sum(weights) == pytest.approx(1)
    eligible = [x for x in c.candidates if x.eligible]
    low = min(x.aicc for x in eligible)
    raw = {x.model: math.exp(-0.5 * (x.aicc - low)) for x in eligible}
    for x in eligible:
        assert x.weight == pytest.approx(raw[x.model] / sum(raw.values()))
        assert set(x.cv) == set(MODELS[x.model].parameters)
        assert 0 <= x.largest_correlation <= 1
    assert c.runner_up is not None
    assert c.runner_up.model != c.chosen.model


def test_a_bound_puts_a_model_out_and_says_which():
    c = choose_model(made("monoexponential", [100, 0.02]), lambda_phys_per_h=LAM, weights="relative")
    out = {x.model: x for x in c.candidates if x.reason and x.reason.startswith("bound reached")}
    assert out
    assert all(x.weight is None and not x.eligible for x in out.values())


def test_undefined_aicc_puts_a_model_out():
    time = np.array([1, 24, 48, 72, 120.0])
    c = choose_model(
        made("monoexponential", [100, 0.02], time=time), lambda_phys_per_h=LAM, weights="relative"
    )
    by_name = {x.model: x for x in c.candidates}
    assert "N-K-1 is -1" in by_name["biexponential"].reason
    assert by_name["biexponential"].aicc is None
    assert by_name["biexponential"].fit is None
    assert c.chosen.model == "monoexponential"


def test_few_points_that_admit_only_a_wrong_model_are_refused():
    """Four points without standard deviations leave AICc only the plateau; a falling curve isn't one."""
    time = np.array([0.2, 24, 72, 144.0])
    falling = made("monoexponential", [100, 0.004], time=time)
    with pytest.raises(KineticsError, match="admits nothing larger than 'plateau', which misses the data"):
        choose_model(falling, lambda_phys_per_h=LAM, weights="none")
    known = curve(time, falling.value, sd=0.02 * falling.value)
    assert choose_model(known, lambda_phys_per_h=LAM, weights="sd").chosen.model == "monoexponential"


def test_accepted_models_win_unless_they_have_no_support():
    close = choose_model(made("monoexponential", [100, 0.02]), lambda_phys_per_h=LAM, weights="relative")
    assert next(x for x in close.candidates if x.model == close.chosen.model).accepted
    far = choose_model(made("biexponential", [15, 18, 0.1, 0.006]), lambda_phys_per_h=LAM, weights="relative")
    mine = next(x for x in far.candidates if x.model == far.chosen.model)
    accepted = [x.aicc for x in far.candidates if x.accepted]
    if not mine.accepted:
        assert not accepted or min(accepted) > mine.aicc + NO_SUPPORT
        assert any("fails: correlation" in w for w in far.warnings)


def test_force_takes_the_model_and_says_what_it_failed():
    c = choose_model(
        made("biexponential", [15, 18, 0.1, 0.006]), lambda_phys_per_h=LAM, weights="relative", force="mono"
    )
    assert c.chosen.model == "monoexponential"
    assert c.forced
    assert "'monoexponential' was asked for" in c.warnings[0]
    assert any("'biexponential' has an AICc" in w for w in c.warnings)


def test_indometh_subject_1():
    """R's own example: two exponentials, also where the choice is ours."""
    time = [0.25, 0.5, 0.75, 1, 1.25, 2, 3, 4, 5, 6, 8]
    value = [1.5, 0.94, 0.78, 0.48, 0.37, 0.19, 0.12, 0.11, 0.08, 0.07, 0.05]
    for weights in ("none", "relative", "poisson"):
        c = choose_model(curve(time, value, unit="mg/L"), lambda_phys_per_h=0.0, weights=weights)
        assert c.chosen.model == "biexponential"
    p = choose_model(curve(time, value, unit="mg/L"), lambda_phys_per_h=0.0, weights="none").chosen.parameters
    assert round(p["A1"].value, 4) == 2.0293
    assert round(math.log(p["lambda1"].value), 4) == 0.5794
    assert round(p["A2"].value, 4) == 0.1916 or p["A2"].value == pytest.approx(0.19155, abs=1e-4)
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
    assert c.chosen.model == "plateau"
    with pytest.raises(KineticsError, match="no model can be chosen"):
        choose_model(flat, lambda_phys_per_h=0.0, weights="none")


def test_exact_data_take_the_smallest_model_that_gives_them():
    c = choose_model(
        made("biexponential", [15, 18, 0.1, 0.006], noise=0.0), lambda_phys_per_h=LAM, weights="relative"
    )
    assert c.chosen.model == "biexponential"
    assert any("exact to rounding" in w for w in c.warnings)


def test_candidates_in_one_batch_are_the_same_as_one_by_one():
    """The stack of padded models against a fit of each model by itself."""
    from kinetics.fit import fit_curve

    for seed, (name, theta) in enumerate(
        [
            ("biexponential", [15, 18, 0.1, 0.006]),
            ("uptake", [12, 0.01, 0.4]),
            ("monoexponential", [100, 0.004]),
        ]
    ):
        c = made(name, theta, seed=seed)
        choice = choose_model(c, lambda_phys_per_h=LAM, weights="relative")
        for candidate in choice.candidates:
            if not candidate.eligible:
                continue
            alone = fit_curve(c, candidate.model, lambda_phys_per_h=LAM, weights="relative")
            assert candidate.fit.rss == pytest.approx(alone.rss, rel=1e-6), candidate.model
            assert candidate.fit.area == pytest.approx(alone.area, rel=1e-4), candidate.model
            assert candidate.fit.area_se == pytest.approx(alone.area_se, rel=1e-2), candidate.model


def test_a_model_of_one_s_own_too_large_for_the_batch():
    """A new model is one row: four exponentials of fixed rates, chosen where they made the data."""
    from kinetics.models import Model

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


def test_a_model_asked_for_against_the_criteria_is_not_averaged_with_others() -> None:
    # 4 points without standard deviations: AICc admits only the plateau, which misses these
    curve = Curve(
        time_h=np.array([3.741111, 27.725278, 103.094167, 123.983611]),
        value=np.array([98.561432, 73.599408, 25.39568, 19.04661]),
        unit="MBq",
        decay_corrected=False,
    )
    choice = choose_model(curve, lambda_phys_per_h=np.log(2) / 159.53, weights="none", force="uptake")
    assert choice.averaged_over == ("uptake",)
    assert choice.averaged_area.value == choice.chosen.area
