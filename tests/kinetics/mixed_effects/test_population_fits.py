"""Population fits: what they must not depend on, what they find, and what a patient gets from them."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import numpy as np
import pytest

from kinetics import (
    Curve,
    KineticsError,
    MassEffect,
    Population,
    PopulationFit,
    Residual,
    bootstrap,
    fit_curve,
    fit_population,
    fit_population_models,
    fit_with_cohort,
    fit_with_population,
)
from kinetics.populations.cohort import Spread
from tests.kinetics.mixed_effects.cohorts import LAMBDA, simulated

UPTAKE = (10.0, 0.01, 0.1)


@pytest.fixture(scope="module")
def cohort() -> list[Curve]:
    return simulated("uptake", UPTAKE, 0.3, 20, 0.08, 1, points=[1 + i % 5 for i in range(20)])[0]


@pytest.fixture(scope="module")
def fit(cohort: list[Curve]) -> PopulationFit:
    return fit_population(cohort, "uptake", residual="proportional")


def numbers(fit: PopulationFit) -> np.ndarray:
    return np.concatenate([
        fit.population.mean, np.diag(fit.population.covariance), [fit.population.residual.b or 0.0],
    ])  # fmt: skip


def test_the_order_of_patients_changes_nothing(cohort: list[Curve], fit: PopulationFit) -> None:
    other = fit_population(cohort[::-1], "uptake", residual="proportional")
    assert numbers(other) == pytest.approx(numbers(fit), rel=1e-5)
    areas = [f.area for f in other.individuals[::-1]]
    assert areas == pytest.approx([f.area for f in fit.individuals], rel=1e-5)
    assert other.minus_2_log_likelihood == pytest.approx(fit.minus_2_log_likelihood, abs=1e-6)


def test_the_unit_of_the_values_changes_amplitudes_alone(cohort: list[Curve], fit: PopulationFit) -> None:
    other = fit_population(
        [replace(c, value=1000 * c.value, unit="MBq") for c in cohort], "uptake", residual="proportional"
    )
    mean = fit.population.mean + np.array([np.log(1000), 0, 0])
    assert other.population.mean == pytest.approx(mean, abs=1e-5)
    assert other.population.covariance == pytest.approx(fit.population.covariance, abs=1e-5)
    for one, two in zip(fit.individuals, other.individuals, strict=True):
        assert two.area == pytest.approx(1000 * one.area, rel=1e-5)
        assert two.se_area == pytest.approx(1000 * (one.se_area or 0), rel=2e-3)


def test_decay_corrected_curves_give_the_same(cohort: list[Curve], fit: PopulationFit) -> None:
    other = fit_population([c.corrected() for c in cohort], "uptake", residual="proportional")
    assert numbers(other) == pytest.approx(numbers(fit), rel=1e-5)
    assert [f.area for f in other.individuals] == pytest.approx([f.area for f in fit.individuals], rel=1e-5)


def test_every_patient_twice_is_twice_the_likelihood(cohort: list[Curve]) -> None:
    once = fit_population(cohort, "uptake", residual="proportional", reml=False)
    twice = fit_population([*cohort, *cohort], "uptake", residual="proportional", reml=False)
    assert twice.minus_2_log_likelihood == pytest.approx(2 * once.minus_2_log_likelihood, rel=1e-7)
    assert numbers(twice) == pytest.approx(numbers(once), rel=1e-4)
    for one, two in zip(once.fixed.values(), twice.fixed.values(), strict=True):
        assert two.se == pytest.approx((one.se or 0) / np.sqrt(2), rel=1e-4)


def test_many_precise_patients_are_found_again() -> None:
    curves, areas = simulated("uptake", UPTAKE, 0.3, 60, 0.02, 4)
    fit = fit_population(curves, "uptake", residual="proportional", method="Laplace")
    for name, true in zip(("A1", "lambda1", "lambda2"), UPTAKE, strict=True):
        mean, se = fit.fixed[name]
        assert se is not None and se == pytest.approx(0.3 / np.sqrt(60), rel=0.35)
        assert abs(mean - np.log(true)) < 4 * se
        sd, se_sd = fit.sd[name]
        assert abs(sd - 0.3) < 4 * (se_sd or 0)
    assert fit.residual["b"].value == pytest.approx(0.02, rel=0.25)  # 120 degrees of freedom: 4 SD
    ratio = np.array([f.area for f in fit.individuals]) / areas
    assert np.abs(ratio - 1).max() < 0.1
    assert all(0 <= (s or 0) < 0.1 for s in fit.shrinkage.values())
    alone = fit_curve(curves[0], "uptake", weights="relative", fractional_sd=0.02)  # points decide
    assert fit.individuals[0].area == pytest.approx(alone.area, rel=0.01)
    assert fit.individuals[0].se_area == pytest.approx(alone.se_area, rel=0.3)


def test_60_patients_of_4_points_take_less_than_5_seconds() -> None:
    curves, _ = simulated("uptake", UPTAKE, 0.3, 60, 0.1, 5, times=(4, 24, 72, 168))
    fit_population(curves[:3], "monoexponential", residual="proportional")  # imports
    start = time.process_time()
    fit = fit_population(curves, "uptake", residual="proportional")
    assert time.process_time() - start < 5.0
    assert fit.converged and all(f.se_area for f in fit.individuals)


def test_patients_of_few_points_have_more_of_the_population(fit: PopulationFit) -> None:
    share = [np.mean([f.shrinkage["lambda1"] for f in fit.individuals[i::5]]) for i in range(5)]
    assert share[0] > 1.5 * share[4]
    wide = [np.mean([f.se_area / f.area for f in fit.individuals[i::5]]) for i in range(5)]  # type: ignore[operator]
    assert wide[0] > 2 * wide[4]


def test_restricted_spreads_are_wider_in_small_cohorts() -> None:
    curves, _ = simulated("monoexponential", (10, 0.01), 0.3, 8, 0.02, 6)
    plain = fit_population(curves, "monoexponential", residual="proportional", reml=False)
    restricted = fit_population(curves, "monoexponential", residual="proportional")
    for name in ("A1", "lambda1"):  # by the root of n/(n-1), where scatter is small
        assert restricted.sd[name].value / plain.sd[name].value == pytest.approx(np.sqrt(8 / 7), rel=2e-3)
    logs = np.log([[e.value for e in fit_curve(c, "monoexponential", weights="relative").parameters.values()]
                   for c in curves])  # fmt: skip
    assert list(restricted.population.sd.values()) == pytest.approx(logs.std(axis=0, ddof=1), rel=0.02)


def test_a_covariate_s_power_is_found_and_the_spread_falls() -> None:
    curves, _ = simulated("monoexponential", (10, 0.01), 0.1, 30, 0.02, 7)
    mass = 70 * np.exp(0.25 * np.random.default_rng(7).normal(size=30))
    heavy = [replace(c, value=c.value * (m / 70) ** -1.0) for c, m in zip(curves, mass, strict=True)]
    told = {"mass_kg": mass}
    without = fit_population(heavy, "monoexponential", residual="proportional")
    fit = fit_population(
        heavy, "monoexponential", residual="proportional", covariates={"A1": ["mass_kg"]}, patients=told
    )
    exponent, se = fit.exponents["A1", "mass_kg"]
    assert se is not None and abs(exponent + 1.0) < 4 * se and se < 0.15
    assert fit.sd["A1"].value < 0.5 * without.sd["A1"].value
    assert fit.aic < without.aic - 10
    assert fit.population.effects[0].centre == pytest.approx(np.median(mass))
    again = fit_with_population(heavy[3], fit.population, patient={"mass_kg": mass[3]})
    assert again.area == pytest.approx(fit.individuals[3].area, rel=1e-6)


def test_a_population_goes_to_json_and_back(cohort: list[Curve], fit: PopulationFit) -> None:
    text = json.dumps(fit.population.as_dict(), allow_nan=False)
    back = Population.from_dict(json.loads(text))
    assert back.as_dict() == fit.population.as_dict()
    for i in (0, 1, 4):  # a patient of the cohort, given it: the same as in the cohort's own fit
        own, given = fit.individuals[i], fit_with_population(cohort[i], back)
        assert given.theta == pytest.approx(own.theta, rel=1e-6)
        assert given.covariance == pytest.approx(own.covariance, rel=1e-4, abs=1e-12)
        assert given.shared_area == pytest.approx(own.shared_area, rel=1e-3, abs=1e-3 * own.area)
        assert given.se_area == pytest.approx(own.se_area, rel=0.25)  # two ways to draw the estimates


def test_residuals_are_of_every_point(cohort: list[Curve], fit: PopulationFit) -> None:
    table = fit.residuals
    assert table.value == pytest.approx(np.concatenate([c.value for c in cohort]))
    assert table.curve.tolist() == [i for i, c in enumerate(cohort) for _ in range(len(c))]
    own = np.concatenate([f.residuals for f in fit.individuals])
    assert table.value - table.individual == pytest.approx(own)
    assert fit.residual_shrinkage == pytest.approx(1 - np.sqrt(np.mean(table.weighted**2)))
    # decorrelated over patients: 60 of mean 0 and variance 1, to 4 standard errors
    assert abs(table.population_weighted.mean()) < 4 / np.sqrt(60)
    assert table.population_weighted.var() == pytest.approx(1, abs=4 * np.sqrt(2 / 60))


def test_an_individual_is_a_fit_like_others(cohort: list[Curve], fit: PopulationFit) -> None:
    own = fit.individuals[2]
    assert own.curve.name == "P03" and own.model == "uptake"
    assert own.area == pytest.approx(float(own.function.area(own.theta, LAMBDA)))
    assert own.parameters["lambda1"].se and own.biologic_half_lives_h["lambda1"].value > 0
    low, high = own.interval("lambda1")  # type: ignore[misc]
    assert 0 < low < own.parameters["lambda1"].value < high
    assert own.interval("area") == own.area_interval()
    assert own.borrowed and "20 patients" in own.borrowed
    assert own.band([10.0]) is not None
    with pytest.raises(KineticsError, match="only the standard error carries that"):
        bootstrap(own, replicas=10, seed=1)
    wide = own.area_interval(0.99)
    assert wide and wide[0] < own.area_interval(0.9)[0]  # type: ignore[index]


def test_shared_parts_are_the_estimates_covariance(fit: PopulationFit) -> None:
    """The sum of products over shared parts is J Cov J' of two areas, by differences of whole refits."""
    population = fit.population
    c = population.estimates_covariance
    assert c is not None
    slopes = []
    for f in (fit.individuals[0], fit.individuals[1]):
        own = []
        for k in range(3):
            step = 1e-3
            moved = []
            for sign in (1, -1):
                mean = population.mean.copy()
                mean[k] += sign * step
                bare = replace(
                    population, mean=mean, estimates=(), estimates_covariance=None, root=None,
                    drawn_mean=None, drawn_covariance=None,
                )  # fmt: skip
                moved.append(fit_with_population(f.curve, bare).area)
            own.append((moved[0] - moved[1]) / (2 * step))
        slopes.append(own)
    # with the estimates of spreads and residuals taken as exact, what is left is the means' part
    exact = np.zeros_like(c)
    exact[:3, :3] = c[:3, :3]
    partly = replace(population, estimates_covariance=exact)
    one, two = (fit_with_population(f.curve, partly).shared_area for f in fit.individuals[:2])
    product = sum(one[n] * two[n] for n in one)
    assert product == pytest.approx(np.array(slopes[0]) @ c[:3, :3] @ np.array(slopes[1]), rel=1e-3)


def test_a_patient_s_covariance_holds_what_the_estimates_share(fit: PopulationFit) -> None:
    own = fit.individuals[1]
    exact = replace(
        fit.population, estimates=(), estimates_covariance=None, drawn_mean=None, drawn_covariance=None
    )
    given = fit_with_population(own.curve, exact)
    assert given.covariance is not None and own.covariance is not None and not given.shared_area
    gradient = own.function.area_and_gradient(own.theta, LAMBDA)[1]
    more = gradient @ (own.covariance - given.covariance) @ gradient
    assert more == pytest.approx(sum(v**2 for v in own.shared_area.values()), rel=1e-4)
    assert more > 0.01 * gradient @ own.covariance @ gradient
    assert (given.se_area or 0) < (own.se_area or 0)


def test_a_scale_common_to_all_values_is_in_the_area_s_error_alone(cohort: list[Curve]) -> None:
    scaled = fit_population(
        [replace(c, scale_relative_sd=0.05) for c in cohort], "uptake", residual="proportional"
    )
    plain = fit_population(cohort, "uptake", residual="proportional")
    assert numbers(scaled) == pytest.approx(numbers(plain), rel=1e-9)
    for one, two in zip(plain.individuals, scaled.individuals, strict=True):
        assert two.area == pytest.approx(one.area, rel=1e-9)
        relative = (two.se_area or 0) / two.area
        assert relative**2 == pytest.approx(((one.se_area or 0) / one.area) ** 2 + 0.05**2, rel=0.01)
        assert two.shared_area["scale"] == pytest.approx(0.05 * two.area)


def test_a_divisor_s_error_is_in_the_individual_areas() -> None:
    curves, _ = simulated("monoexponential", (100, 0.01), 0.1, 10, 0.03, 8, times=(1, 24, 96), stated=True)
    normalised = [replace(c, normalised_at_h=1.0) for c in curves]
    plain = fit_population(curves, "monoexponential", residual="sd")
    fit = fit_population(normalised, "monoexponential", residual="sd")
    assert numbers(fit) == pytest.approx(numbers(plain), rel=1e-9)
    one, two = plain.individuals[0], fit.individuals[0]
    alone = fit_curve(curves[0], "monoexponential", weights="sd")
    divided = fit_curve(normalised[0], "monoexponential", weights="sd")
    expected = (divided.se_area / divided.area) ** 2 - (alone.se_area / alone.area) ** 2  # type: ignore[operator]
    found = (two.se_area / two.area) ** 2 - (one.se_area / one.area) ** 2  # type: ignore[operator]
    assert found == pytest.approx(expected, rel=0.25)
    assert any("normalised" in w for w in fit.warnings)


def test_one_point_and_a_stated_prior_agree_with_the_fit_to_a_cohort_s_rate() -> None:
    one = Curve(time_h=[72], value=[1.2], sd=[0.06], unit="%IA", decay_corrected=True, half_life_h=159.5)
    population = Population.stated(
        "monoexponential", unit="%IA", median={"A1": 2.0, "lambda1": 0.01}, sd_log={"lambda1": 0.3},
        residual=Residual(kind="sd"), source="a test",
    )  # fmt: skip
    found = fit_with_population(one, population)
    other = fit_with_cohort(
        one, "monoexponential", {"lambda1": Spread(rate_per_h=0.01, sd_log=0.3, n=9)}, weights="sd"
    )
    assert found.area == pytest.approx(other.area, rel=1e-4)  # the free amplitude has a prior of SD 30
    assert found.covariance == pytest.approx(other.covariance, rel=1e-2)
    # by quadrature: lambda is the prior's, A1 follows the point; area = y e^(lambda t)/(lambda + lambda_phys)
    z, w = np.polynomial.hermite_e.hermegauss(60)
    lam = np.log(2) / 159.5
    rate = 0.01 * np.exp(0.3 * z)
    logs = np.log(1.2 * np.exp(rate * 72) / (rate + lam))
    about = np.log(found.area)
    spread = np.sqrt(np.sum(w * (logs - about) ** 2) / w.sum() + 0.05**2)
    assert found.se_area / found.area == pytest.approx(spread, rel=0.05)  # type: ignore[operator]


def test_a_stated_population_with_everything_known_holds_the_patient_to_it() -> None:
    population = Population.stated(
        "uptake", unit="%IA", median=dict(zip(("A1", "lambda1", "lambda2"), UPTAKE, strict=True)),
        sd_log={"A1": 0.3, "lambda1": 0.3, "lambda2": 0.3}, correlation={("A1", "lambda1"): 0.5},
        residual=Residual(kind="proportional", b=0.05),
        effects=(MassEffect(parameter="A1", covariate="mass_kg", exponent=-1.0, centre=70.0),),
        n_patients=20, source="a test",
    )  # fmt: skip
    curves, areas = simulated("uptake", UPTAKE, 0.3, 1, 0.05, 9, points=[1])
    fit = fit_with_population(curves[0], population, patient={"mass_kg": 70.0})
    low, high = fit.area_interval()  # type: ignore[misc]
    assert low < areas[0] < high
    assert any("taken as exact" in w for w in fit.warnings)
    typical = population.predict([24.0], patient={"mass_kg": 70.0})[0]
    assert population.predict([24.0], patient={"mass_kg": 140.0})[0] == pytest.approx(typical / 2)
    upper = population.predict([24.0], quantile=0.975)[0]
    assert upper > typical > population.predict([24.0], quantile=0.025)[0]
    assert Population.from_dict(population.as_dict()).as_dict() == population.as_dict()


def test_the_model_is_chosen_for_the_cohort_and_few_points_take_part(cohort: list[Curve]) -> None:
    choice = fit_population_models(
        cohort, models=["plateau", "monoexponential", "uptake", "biexponential"], residual="proportional"
    )
    assert choice.chosen.population.model.name == "uptake"
    assert len(choice.areas) == len(cohort) and len(cohort[0]) == 1
    by_name = {c.model: c for c in choice.candidates}
    assert by_name["uptake"].reason is None and by_name["plateau"].reason
    assert sum(c.weight or 0 for c in choice.candidates) == pytest.approx(1)
    for (area, se), (low, high), one in zip(choice.areas, choice.intervals, choice.individuals, strict=True):
        assert se is not None and low < area < high
        assert (
            se
            >= 0.9
            * (one.se_area or 0)
            * dict((c.model, c.weight) for c in choice.candidates)["uptake"] ** 0.5
        )  # type: ignore[operator]


def test_stated_sds_up_to_a_factor_and_a_fraction_besides() -> None:
    curves, _ = simulated("monoexponential", (10, 0.01), 0.3, 25, 0.06, 10, stated=True)
    half = [replace(c, sd=c.sd / 2) for c in curves]
    fit = fit_population(half, "monoexponential", residual="scaled-sd")
    assert abs(fit.residual["a"].value - 2.0) < 4 * (fit.residual["a"].se or 0)
    more = fit_population(half, "monoexponential", residual="sd+proportional")
    assert abs(more.residual["b"].value - 0.06 * np.sqrt(0.75)) < 4 * (more.residual["b"].se or 0)
    two = fit_population(half, "monoexponential", residual="combined")
    assert two.population.residual.b == pytest.approx(0.06, abs=0.025)


def test_a_rate_that_goes_to_0_is_held_and_said() -> None:
    rng, t = np.random.default_rng(11), np.array([4.0, 24.0, 96.0])
    curves = [
        Curve(
            time_h=t, value=20 * np.exp(0.2 * rng.normal()) * (1 + 0.02 * rng.normal(size=3)), unit="%IA",
            decay_corrected=True, half_life_h=78.41,
        )
        for _ in range(10)
    ]  # fmt: skip
    fit = fit_population(curves, "exponential-plateau", residual="proportional")
    assert fit.warnings and fit.individuals[0].warnings
    assert all(np.isfinite(f.area) and (f.se_area or 0) > 0 for f in fit.individuals)
    mono = fit_population(curves, "monoexponential", residual="proportional")
    flat = np.log(2) / 78.41
    assert [f.area for f in mono.individuals] == pytest.approx(
        [c.value.mean() / flat for c in curves], rel=0.12
    )
