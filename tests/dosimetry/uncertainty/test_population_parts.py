"""Budgets of patients whose curves were fitted together: what the population brings is shared."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from a_cohort import LAMBDA, METHODS, WEIGHTS, patient, stated

from dosimetry import (
    CohortBudget,
    Effect,
    Methods,
    Patient,
    PopulationMethod,
    UncertaintyMethod,
    budgets,
    nuclide,
    with_populations,
)
from dosimetry.patients.results import PatientResult, results_of
from dosimetry.uncertainty.trials.drawn_areas import own_draws
from kinetics import Curve
from kinetics.choice.candidates import Candidate
from kinetics.mixed_effects.result import IndividualFit
from kinetics.populations.averaged import IndividualChoice, individual_choice

ZR = nuclide("Zr-89")
INPUTS = (
    stated("scanner", "everybody", Effect("curve", 0.03, "liver")),
    stated("activity", "patient", Effect("administered activity", 0.02)),
    stated("density", "organ", Effect("density", 0.02, "liver")),
    stated("noise", "point", Effect("curve", 0.03, "liver")),
    stated("clock", "patient", Effect("time", 0.1, "liver")),
)
Made = tuple[list[Patient], Methods, list[PatientResult], CohortBudget]


def with_liver(k: int, times: tuple[float, ...], rng: np.random.Generator, uptake: float = np.inf) -> Patient:
    """A liver with a level and a rate of its own, in kBq/mL, taken up with a rate in 1/h."""
    who = patient(f"P{k:02d}")
    assert who.measurements is not None
    t = np.array(times)
    level, rate = 10.0 * np.exp(0.2 * rng.standard_normal()), 0.003 * np.exp(0.2 * rng.standard_normal())
    value = level * np.exp(-(rate + LAMBDA) * t) * (1 + 0.05 * rng.standard_normal(t.size))
    value = value * (1 - np.exp(-uptake * t))
    liver = Curve(time_h=t, value=value, unit="kBq/mL", decay_corrected=False, name="liver")
    return replace(who, measurements=replace(who.measurements, organs={"liver": liver}))


@pytest.fixture(scope="module")
def made() -> Made:
    rng = np.random.default_rng(5)
    patients = [with_liver(k, (24.0, 96.0) if k == 7 else (4.0, 24.0, 72.0, 144.0), rng) for k in range(8)]
    method = PopulationMethod(models=("monoexponential",), residual="proportional", covariance="diagonal")
    named = replace(
        METHODS, organ_model="population", organ_population=method, organ_trapezoids=None,
        first_interval=None, tail=None,
    )  # fmt: skip
    methods, _ = with_populations(patients, named, ZR)
    results = results_of(patients, methods, ZR, WEIGHTS)
    asked = UncertaintyMethod(inputs=INPUTS, monte_carlo=1000)
    return patients, methods, results, budgets(patients, methods, ZR, WEIGHTS, asked, results=results)


def row(cohort: CohortBudget, name: str, of: str) -> float:
    budget = cohort.of("P07")
    (i,) = [k for k, e in enumerate(budget.errors) if e.name == name]
    return float(budget.changes[i, budget.of("tiac", of)])


def test_the_populations_estimates_are_errors_that_all_share(made: Made) -> None:
    _, _, results, cohort = made
    few = cohort.of("P07")
    i = few.of("tiac", "liver")
    shared = [e for e in few.errors if e.name == "population of liver"]
    assert shared and all(e in cohort.of("P00").errors for e in shared)
    at = [few.errors.index(e) for e in shared]
    own = row(cohort, "counts and fit: liver", "liver")
    both = np.hypot(own, np.sqrt(np.square(few.changes[at, i]).sum()))
    assert both == pytest.approx(results[7].sources.se_h("liver"))
    many = cohort.of("P00")
    by_population = [many.changes[many.errors.index(e), many.of("tiac", "liver")] for e in shared]
    expected = float(few.changes[at, i] @ np.array(by_population))
    for name in ("scanner", "density"):
        expected += (
            row(cohort, name, "liver")
            * many.changes[[e.name for e in many.errors].index(name), many.of("tiac", "liver")]
        )
    assert cohort.covariance("tiac", "liver")[7, 0] == pytest.approx(expected)


def test_what_was_measured_in_kBq_per_mL_goes_with_activity_and_density(made: Made) -> None:
    """Though it is fitted in %IA/g."""
    *_, cohort = made
    value = cohort.of("P07").value[cohort.of("P07").of("tiac", "liver")]
    used = next(c for c in made[2][7].sources.curves if c.region == "liver")
    assert isinstance(used.fit, IndividualFit) and used.curve.unit == "%IA/g"
    assert row(cohort, "scanner", "liver") == pytest.approx(0.03 * value)
    assert row(cohort, "activity", "liver") == pytest.approx(-0.02 * value)
    assert row(cohort, "density", "liver") == pytest.approx(-0.02 * value)


def test_points_of_a_fit_that_the_population_holds(made: Made) -> None:
    """Against the patient fitted again with the population, each value changed; the population stays."""
    patients, methods, _, cohort = made
    who = patients[7]
    assert who.measurements is not None
    liver = who.measurements.organs["liver"]
    squares = 0.0
    for i in range(len(liver)):
        ends = []
        for sign in (1.0, -1.0):
            value = liver.value.copy()
            value[i] *= 1 + sign * 1e-3
            changed = replace(who.measurements, organs={"liver": replace(liver, value=value)})
            again = results_of([replace(who, measurements=changed)], methods, ZR, WEIGHTS)[0]
            ends.append(again.sources["liver"])
        squares += (0.03 * (ends[0] - ends[1]) / 2e-3) ** 2
    # the covariance that the gain is made of is that by draws, and the residual model follows the curve
    assert row(cohort, "noise", "liver") == pytest.approx(np.sqrt(squares), rel=0.25)


def test_trials_have_what_is_open_of_the_area(made: Made) -> None:
    *_, cohort = made
    for name in ("P00", "P07"):
        budget = cohort.of(name)
        trials = budget.monte_carlo
        assert trials is not None and trials.trials == 1000
        i = budget.of("tiac", "liver")
        # the area is nearly log-normal; the standard error of a fit is area x SD of its logarithm
        s = budget.u()[i] / budget.value[i]
        assert trials.u[i] / budget.u()[i] == pytest.approx(1.0, abs=0.05 + s + 4 / np.sqrt(2000))


@pytest.fixture(scope="module")
def averaged() -> Made:
    """Areas averaged over two models: the points hardly tell whether there is an uptake."""
    rng = np.random.default_rng(5)
    times = (4.0, 24.0, 72.0, 144.0)
    patients = [with_liver(k, (24.0, 96.0) if k == 7 else times, rng, uptake=0.8) for k in range(8)]
    method = PopulationMethod(
        models=("monoexponential", "uptake"), residual="proportional", covariance="diagonal", criterion="AIC",
        average=True,
    )  # fmt: skip
    named = replace(
        METHODS, organ_model="population", organ_population=method, organ_trapezoids=None,
        first_interval=None, tail=None,
    )  # fmt: skip
    methods, _ = with_populations(patients, named, ZR)
    results = results_of(patients, methods, ZR, WEIGHTS)
    asked = UncertaintyMethod(inputs=INPUTS, monte_carlo=1000)
    return patients, methods, results, budgets(patients, methods, ZR, WEIGHTS, asked, results=results)


def test_which_model_is_right_is_one_error_of_all(averaged: Made) -> None:
    _, _, results, cohort = averaged
    few, many = cohort.of("P07"), cohort.of("P00")
    i = few.of("tiac", "liver")
    named = [e for e in few.errors if e.name == "choice of model: liver"]
    assert len(named) == 2 and all(e in many.errors and e.kind == "B" for e in named)
    used = next(c for c in results[7].sources.curves if c.region == "liver")
    assert isinstance(used.choice, IndividualChoice) and len(used.choice.fits) == 2
    areas = np.array([fit.area for fit, _ in used.choice.fits])
    weights = np.array([w for _, w in used.choice.fits])
    mean, tiac = used.choice.averaged_area.value, results[7].sources["liver"]
    between = [few.changes[few.errors.index(e), i] for e in named]
    expected = np.sqrt(weights) * (areas - mean) * tiac / mean
    assert sorted(between) == pytest.approx(sorted(expected))
    # all that the curve brings together is the averaged area's standard error
    lines = ("counts and fit: liver", "population of liver", "choice of model: liver")
    squares = sum(few.changes[k, i] ** 2 for k, e in enumerate(few.errors) if e.name in lines)
    assert np.sqrt(squares) == pytest.approx(results[7].sources.se_h("liver"))


def test_trials_of_an_average_are_of_the_mixture(averaged: Made) -> None:
    """Every stated input is small beside the fit, so that the trials' spread is the mixture's."""
    *_, cohort = averaged
    for name in ("P00", "P07"):
        budget = cohort.of(name)
        trials, i = budget.monte_carlo, budget.of("tiac", "liver")
        assert trials is not None
        s = budget.u()[i] / budget.value[i]
        assert trials.u[i] / budget.u()[i] == pytest.approx(1.0, abs=0.05 + s + 4 / np.sqrt(2000))
        assert trials.mean[i] == pytest.approx(budget.value[i], rel=s**2 + 4 * s / np.sqrt(1000))


def test_the_models_of_an_average_are_drawn_by_their_weights(averaged: Made) -> None:
    """With one model's areas doubled half of the draws lie there, where both weigh alike."""
    used = next(c for c in averaged[2][7].sources.curves if c.region == "liver")
    assert isinstance(used.choice, IndividualChoice)
    (one, _), (two, _) = used.choice.fits
    assert one.log_areas is not None and one.area_weights is not None
    far = replace(one, area=2 * one.area, log_areas=one.log_areas + np.log(2.0))
    alike = [Candidate(model=name, weight=0.5) for name in (one.model, two.model)]
    choice = individual_choice(alike, {one.model: one, two.model: far})
    drawn = own_draws(replace(used, choice=choice))
    assert drawn is not None
    (logs, weights), n = drawn, len(one.log_areas)
    np.testing.assert_array_equal(logs, np.concatenate([one.log_areas, one.log_areas + np.log(2.0)]))
    assert weights[:n].sum() == pytest.approx(0.5) == weights[n:].sum()
    alone = own_draws(replace(used, choice=None))
    assert alone is not None and used.fit is not None
    np.testing.assert_array_equal(alone[0], used.fit.log_areas)  # type: ignore[attr-defined]


def test_a_common_factor_scales_an_average(averaged: Made) -> None:
    *_, cohort = averaged
    budget = cohort.of("P07")
    value = budget.value[budget.of("tiac", "liver")]
    assert row(cohort, "scanner", "liver") == pytest.approx(0.03 * value)
    assert row(cohort, "density", "liver") == pytest.approx(-0.02 * value)
