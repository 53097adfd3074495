"""Population fits whose areas would rest on what the cohort's points do not give say so, or are refused."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom

from kinetics import Curve, KineticsError, PopulationFit, fit_population, fit_with_population
from kinetics.populations.believable import refuse_unbelievable
from kinetics.populations.rising import refuse_rising
from validation.few_points.cohorts import SERUM, cohort


@pytest.fixture(scope="module")
def three_times() -> tuple[PopulationFit, np.ndarray]:
    """Samples at the same 2, 48 and 144 h of all: likelihood's maximum lies at an edge, by chance."""
    drawn = cohort(SERUM, 10, 3, 0.05, [2, 10, 3, 50], with_sd=True)
    return fit_population(drawn.curves, "biexponential", residual="sd"), drawn.area


def test_two_exponentials_of_three_times_are_not_determined(
    three_times: tuple[PopulationFit, np.ndarray],
) -> None:
    fit, areas = three_times
    refuse_unbelievable(fit)
    assert fit.posterior is not None
    assert not fit.posterior.determined
    assert not fit.held
    assert any("don't determine the population's estimates" in w for w in fit.warnings)
    # the fast rate may be anything between the samples: a factor of 10 at least
    fast = fit.posterior.typical["lambda1"]
    assert fast.high > 10 * fast.low
    # patients of one cohort share the estimates: each counts for half of an independent area
    held = sum(
        low < true < high
        for own, true in zip(fit.individuals, areas, strict=True)
        for low, high in [own.area_interval() or (np.nan, np.nan)]
    )
    assert held / 2 >= binom.ppf(1e-3, 5, 0.92)


def test_areas_given_are_in_the_middle_of_what_fits_alike(
    three_times: tuple[PopulationFit, np.ndarray],
) -> None:
    fit, _ = three_times
    for own in fit.individuals:
        assert own.log_areas is not None
        below = float((own.log_areas < np.log(own.area)).mean())
        assert 0.2 < below < 0.8


def test_a_patient_of_such_a_population_has_as_wide_an_interval(
    three_times: tuple[PopulationFit, np.ndarray],
) -> None:
    fit, _ = three_times
    assert fit.population.drawn_rows is not None
    for own in fit.individuals[:3]:
        alone = fit_with_population(own.curve, fit.population)
        one, two = (np.log(f.area_interval()) for f in (own, alone))  # type: ignore[arg-type]
        assert two[1] - two[0] == pytest.approx(one[1] - one[0], rel=0.25)


def test_draws_that_differ_by_where_they_began_are_refused(
    three_times: tuple[PopulationFit, np.ndarray],
) -> None:
    fit, _ = three_times
    assert fit.posterior is not None
    apart = replace(fit, posterior=replace(fit.posterior, settled=False, disagreement=1.7))
    with pytest.raises(KineticsError, match=r"draws of the areas differ by where they began \(R-hat 1.70\)"):
        refuse_unbelievable(apart)


def test_four_times_of_whole_bodies_determine_them() -> None:
    from validation.few_points.cohorts import WHOLE_BODY

    drawn = cohort(WHOLE_BODY, 8, 4, 0.05, [1, 8, 4, 50], with_sd=True)
    fit = fit_population(drawn.curves, "monoexponential", residual="sd")
    refuse_unbelievable(fit)
    assert fit.posterior is not None
    assert fit.posterior.determined
    assert fit.population.drawn_rows is None


@pytest.mark.parametrize(
    ("rate_per_h", "model", "refused"),
    [
        (-0.003, "monoexponential", True),
        (-0.003, "uptake", False),
        (0.0, "monoexponential", False),
        (0.003, "monoexponential", False),
    ],
)
def test_curves_that_rise_are_not_given_a_model_that_falls(
    rate_per_h: float, model: str, refused: bool
) -> None:
    rng = np.random.default_rng(5)
    time_h, lam = np.array([2.0, 24.0, 72.0, 144.0]), 0.0088
    facts = {"unit": "%IA", "decay_corrected": False, "lambda_phys_per_h": lam}
    rates = rate_per_h * np.exp(0.2 * rng.standard_normal(8))
    noise = 1.0 + 0.03 * rng.standard_normal((8, 4))
    curves = [
        Curve(time_h=time_h, value=5.0 * np.exp(-(r + lam) * time_h) * e, name=f"P{i}", **facts)
        for i, (r, e) in enumerate(zip(rates, noise, strict=True))
    ]
    fit = fit_population(curves, model, residual="proportional")
    if refused:
        with pytest.raises(KineticsError, match=r"don't fall with 'mono.* rise by a factor of 1\.[45]\d"):
            refuse_rising(fit)
    else:
        refuse_rising(fit)
