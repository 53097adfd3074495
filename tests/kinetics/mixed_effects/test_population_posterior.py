"""Draws of a population's posterior: the density, the steps that must leave it as it is, the digits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from kinetics import MODELS, Curve, fit_population
from kinetics.mixed_effects.draws.chains import Chains
from kinetics.mixed_effects.draws.integrated import integrated
from kinetics.mixed_effects.draws.target import FREEDOM, SCALE, Target
from kinetics.mixed_effects.fit import Found, estimated
from tests.kinetics.mixed_effects.cohorts import LAMBDA, simulated

TYPICAL = {"monoexponential": (10.0, 0.01), "uptake": (10.0, 0.01, 0.1)}


def target(model: str, residual: str, covariance: str = "diagonal", n: int = 6) -> tuple[Target, Found]:
    """The density of a cohort, and the maximum of its likelihood."""
    curves, _ = simulated(model, TYPICAL[model], 0.3, n, 0.1, 3, stated=residual == "sd")
    found = estimated(curves, model, residual=residual, covariance=covariance, reml=False)
    lower = found.search.lower.copy()
    lower[found.question.layout.spreads()[0]] = 0.0
    whole = Target(
        found.cohort.data, MODELS[model], found.question.layout, lower, found.search.upper, LAMBDA, 4.0
    )
    return whole, found


@pytest.mark.parametrize("residual", ["sd", "proportional", "combined"])
@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_the_fast_integral_is_that_of_the_likelihood(residual: str, covariance: str) -> None:
    whole, found = target("uptake", residual, covariance)
    rng = np.random.default_rng(0)
    psi = found.psi + 0.05 * rng.normal(size=(4, found.psi.size))
    exact = found.search.of(psi, found.b)[0]
    n, points = len(found.cohort.curves), found.cohort.data.there.sum()
    fast = integrated(whole, psi, np.zeros_like(found.b)).value + 0.5 * np.log(2 * np.pi) * points
    # a mode is left where a step would gain 0.01: so much a patient at most, but for the curvature's change
    np.testing.assert_allclose(fast, exact, atol=0.03 * n)


def test_the_joint_density_is_that_of_the_values() -> None:
    whole, found = target("uptake", "combined")
    psi, b = found.psi[None], found.b[None] + 0.1
    phi = whole.phi(psi, b)
    data = found.cohort.data
    rows = np.arange(len(data))
    value, _, _ = data.derivatives(phi[0], rows, second=False)
    np.testing.assert_allclose(whole.fitted(phi, b)[0], value, rtol=1e-12)
    log_ab = np.repeat(found.question.layout.log_ab(psi), len(data), axis=0)
    np.testing.assert_allclose(whole.loss(value[None], psi)[0], data.loss(value, log_ab, rows), rtol=1e-12)


@pytest.mark.parametrize(("residual", "covariance"), [("proportional", "diagonal"), ("sd", "full")])
def test_without_values_the_chains_stay_at_the_prior(residual: str, covariance: str) -> None:
    """Every step must leave the density as it is: with no value in it, that is the prior, which is known."""
    whole, _ = target("monoexponential", residual, covariance)
    whole = replace(whole, data=replace(whole.data, there=np.zeros_like(whole.data.there)))
    rng = np.random.default_rng(5)
    chains_ = 600
    psi = whole.prior_draws(chains_, rng)
    b = rng.normal(size=(chains_, len(whole.data), whole.n_deviations))
    chains = Chains(whole, psi, b, rng)
    archive = chains.archive([(whole.prior_draws(200, rng), rng.normal(size=(200, *b.shape[1:])))])
    for _ in range(25):
        chains.sweep(archive)
    state = chains.state
    # more than half of all estimates have moved
    assert (state.psi != psi).mean() > 0.5
    again = whole.prior_draws(20_000, rng)
    for k in range(psi.shape[1]):
        assert kstest(state.psi[:, k], again[:, k]).pvalue > 1e-4, (k, whole.layout.names[k])
    assert kstest(state.b[:, 0, 0], "norm").pvalue > 1e-4


def test_the_prior_that_is_drawn_is_the_density() -> None:
    """Of a rate's logarithm and of a spread, by quadrature."""
    whole, _ = target("monoexponential", "proportional")
    psi = whole.prior_draws(20_000, np.random.default_rng(1))
    rate, spread = whole.rates[0], whole.roots[0]
    grid = np.linspace(whole.lower[rate], whole.upper[rate], 4001)
    density = 1 / (1 + LAMBDA / np.exp(grid)) / (1 + np.exp(grid) * 4.0)
    share = np.cumsum(density) / density.sum()
    assert kstest(psi[:, rate], lambda x: np.interp(x, grid, share)).pvalue > 1e-4
    grid = np.linspace(0, 3, 4001)
    density = (1 + (grid / SCALE) ** 2 / FREEDOM) ** (-(FREEDOM + 1) / 2)
    share = np.cumsum(density) / density.sum()
    inside = psi[psi[:, spread] < 2.99, spread]
    assert kstest(inside, lambda x: np.interp(x, grid, share) / np.interp(2.99, grid, share)).pvalue > 1e-4


def test_the_same_data_give_the_same_digits() -> None:
    curves, _ = simulated("monoexponential", (10.0, 0.01), 0.3, 6, 0.1, 3)
    one, two = (fit_population(curves, "monoexponential", residual="proportional") for _ in range(2))
    for a, b in zip(one.individuals, two.individuals, strict=True):
        assert a.log_areas is not None
        np.testing.assert_array_equal(a.log_areas, b.log_areas)
    assert one.posterior == two.posterior


def test_exponentials_are_listed_fastest_first() -> None:
    rng, t = np.random.default_rng(4), np.array([1.0, 4.0, 24.0, 72.0, 144.0])
    curves = []
    for _ in range(6):
        a, b, k1, k2 = np.exp(np.log([8, 17, 0.1, 0.004]) + 0.2 * rng.normal(size=4))
        value = (a * np.exp(-k1 * t) + b * np.exp(-k2 * t)) * (1 + 0.03 * rng.normal(size=5))
        curves.append(Curve(time_h=t, value=value, unit="%IA/L", decay_corrected=True, half_life_h=78.41))
    fit = fit_population(curves, "biexponential", residual="proportional")
    assert fit.posterior is not None
    assert fit.posterior.typical["lambda1"].low > fit.posterior.typical["lambda2"].median
