"""A value with next to no SD beside others: draws have hardly any room, the interval holds the area."""

from __future__ import annotations

import numpy as np
import pytest

from kinetics import Curve, Population, fit_population, fit_population_models, fit_with_population


def test_the_interval_holds_the_area() -> None:
    values = ([3.796, 2.629, 1.257, 0.2347], [3.028, 1.95, 0.797, 0.1143], [4.486, 3.161, 1.382, 0.2399])
    curves = []
    for i, v in enumerate(values):
        sd = 0.05 * np.array(v)
        if i == 0:
            sd[-1] = 1.17e-8
        curves.append(
            Curve(
                time_h=[4, 24, 72, 168], value=v, sd=sd, unit="%IA", decay_corrected=False, half_life_h=78.41,
                name=f"P0{i + 1}",
            )
        )  # fmt: skip
    fit = fit_population_models(curves, models=["monoexponential"], residual="sd+proportional").chosen
    for own in fit.individuals:
        low, high = own.area_interval() or (np.nan, np.nan)
        assert low <= own.area <= high


def test_a_value_of_next_to_no_sd_in_every_curve_is_no_traceback() -> None:
    """Curved by 1e20 beside 1: a second derivative that rounding leaves without a positive root."""
    rng, t, lam = np.random.default_rng(0), np.array([4.0, 24.0, 72.0, 168.0]), np.log(2) / 78.41
    curves = []
    for _ in range(6):
        at_0, rate = 20 * np.exp(0.2 * rng.normal()), 0.01 * np.exp(0.3 * rng.normal())
        value = at_0 * np.exp(-(rate + lam) * t) * (1 + 0.05 * rng.normal(size=4))
        sd = np.array([0.05, 0.05, 0.05, 1e-9]) * value
        curves.append(
            Curve(time_h=t, value=value, sd=sd, unit="%IA", decay_corrected=False, half_life_h=78.41)
        )
    fit = fit_population(curves, "monoexponential", residual="sd")
    assert all(np.isfinite(own.area_interval() or np.nan).all() for own in fit.individuals)


def test_estimates_that_are_given_lie_within_what_is_said_of_them() -> None:
    """One patient unlike the others, whose points give all areas: any set of estimates has the same areas."""
    rng, t, lam = np.random.default_rng(0), np.array([4.0, 24.0, 72.0, 168.0]), np.log(2) / 78.41
    curves = []
    for i in range(6):
        at_0, rate = 20 * np.exp(0.2 * rng.normal()), 0.01 * np.exp(0.3 * rng.normal())
        value = at_0 * np.exp(-(rate + lam) * t) * (1 + 0.05 * rng.normal(size=4))
        sd = 0.05 * value
        value = value * (np.array([1.0, 1.0, 1.0, 50.0]) if i == 5 else 1.0)
        curves.append(
            Curve(time_h=t, value=value, sd=sd, unit="%IA", decay_corrected=False, half_life_h=78.41)
        )
    fit = fit_population(curves, "monoexponential", residual="sd")
    assert fit.posterior is not None and not fit.posterior.determined
    for name, typical in fit.population.typical.items():
        said = fit.posterior.typical[name]
        assert said.low <= typical <= said.high  # lambda1 was 0.044/h, said to be 0.0005 to 0.02/h


@pytest.mark.filterwarnings("error")
def test_draws_without_density_are_no_draws() -> None:
    """A given population may say that next to nothing is known of it: numbers overflow, and nothing warns."""
    population = Population.from_dict(
        {
            "format": "milligray population 1", "model": "monoexponential", "unit": "%IA",
            "parameters": ["A1", "lambda1"], "residual": {"kind": "proportional", "b": 0.05},
            "mean": [3.0, -4.6], "covariance": [[0.04, 0.0], [0.0, 0.09]], "root": [[0.2, 0.0], [0.0, 0.3]],
            "estimates": ["mean A1", "mean lambda1", "root A1 A1", "root lambda1 lambda1", "ln b"],
            "estimates_covariance": (1e4 * np.diag([0.01, 0.02, 0.01, 0.02, 0.2])).tolist(),
        }
    )  # fmt: skip
    curve = Curve(time_h=[24.0], value=[13.0], unit="%IA", decay_corrected=False, half_life_h=78.41)
    own = fit_with_population(curve, population)
    assert own.area_weights is not None and 0 < own.area_weights.sum() < own.area_weights.size
    low, high = own.area_interval() or (np.nan, np.nan)
    assert low <= own.area <= high
