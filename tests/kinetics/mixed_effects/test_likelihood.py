"""The marginal likelihood against closed forms, quadrature, and differences."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import multivariate_normal, norm

from kinetics import MODELS, Curve, fit_population
from kinetics.mixed_effects.likelihood.estimates import Layout, Search
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.mixed_effects.likelihood.response import Function
from kinetics.mixed_effects.likelihood.scatter import terms


def search_of(
    model: str, typical: list[float], *, n: int = 6, common: int = 0, full: bool = False, has_a: bool = True,
    has_b: bool = True, exact: bool = False, restricted: bool = False, noise: float = 0.1,
) -> tuple[Search, np.ndarray]:  # fmt: skip
    """A cohort's likelihood, and a row of estimates that isn't its best."""
    rng, function = np.random.default_rng(3), MODELS[model]
    p, t = function.n_parameters, np.array([1.0, 4.0, 24.0, 72.0, 168.0])
    time = np.tile(t, (n, 1))
    decay = np.exp(-0.005 * time)
    value = function.value(time, np.exp(np.log(typical) + 0.3 * rng.normal(size=(n, p)))) * decay
    value *= 1 + noise * rng.normal(size=value.shape)
    there = np.ones_like(time)
    there[0, 3:] = 0.0  # a patient of fewer points
    data = Data(
        Function(function, np.zeros(p, dtype=bool)), time * there, value * there, decay, np.zeros_like(time),
        there.copy(), there, 0.05 * rng.normal(size=(n, t.size, common)) * (value * there)[..., None],
        np.zeros((n, 0)), np.tile(np.eye(p), (n, 1, 1)),
    )  # fmt: skip
    layout = Layout(function.parameters, function.parameters, tuple(range(p)), full, has_a, has_b)
    psi = np.zeros(len(layout.names))
    psi[:p] = np.log(typical) + 0.05
    for i, (q, d) in enumerate(layout.elements):
        psi[p + i] = 0.25 + 0.03 * q if q == d else 0.05
    at = p + len(layout.elements)
    if has_a:
        psi[at] = np.log(0.5)
    if has_b:
        psi[-1] = np.log(0.1)
    wide = np.full(psi.size, 50.0)
    return Search(data, layout, exact, restricted, -wide, wide, np.ones(psi.size)), psi


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("restricted", [False, True])
@pytest.mark.parametrize("common", [0, 1])
@pytest.mark.parametrize(
    ("model", "typical", "full"),
    [("biexponential", [50, 30, 0.1, 0.01], True), ("uptake-blood", [50, 5, 0.01, 0.1], False)],
)
def test_the_gradient_is_that_of_differences(
    model: str, typical: list[float], full: bool, common: int, restricted: bool, exact: bool
) -> None:
    search, psi = search_of(model, typical, full=full, common=common, restricted=restricted, exact=exact)
    b = np.zeros((len(search.data), len(search.layout.random) + common))
    _, gradient, b, _ = search.of(psi[None], b)
    step = 1e-5 * np.eye(psi.size)
    values = search.of(np.concatenate([psi + step, psi - step]), b[0])[0]
    differences = (values[: psi.size] - values[psi.size :]) / 2e-5
    # rounding of the value, 1e-13 of some 100, over the step; "exact" has third derivatives by differences
    assert gradient[0] == pytest.approx(differences, abs=3e-6 * np.abs(differences).max())


def test_scatter_derivatives_are_those_of_differences() -> None:
    one = np.ones((1, 4))
    y, f, known = np.array([[3.0, 1.0, 0.5, 9.0]]), np.array([[2.5, 1.3, 0.7, 9.0]]), 0.04 * one
    ab = np.log([[0.3, 0.2]])

    def at(shift: float, a: float = 0.0, b: float = 0.0):  # type: ignore[no-untyped-def]
        return terms(y, f + shift, known, one, ab + np.array([[a, b]]), one)

    h = 1e-5
    for name, by in (("loss", "g"), ("g", "g2"), ("g2", "g3"), ("w", "w1")):
        slope = (getattr(at(h), name) - getattr(at(-h), name)) / (2 * h)
        assert getattr(at(0), by) == pytest.approx(slope, rel=1e-7, abs=1e-7)
    for k, (a, b) in enumerate([(h, 0.0), (0.0, h)]):
        for name in ("loss", "g", "g2", "w"):
            slope = (getattr(at(0, a, b), name) - getattr(at(0, -a, -b), name)) / (2 * h)
            assert getattr(at(0), f"{name}_s")[k] == pytest.approx(slope, rel=1e-6, abs=1e-7)


class Line:
    """Linear in its parameters, which are normal: the likelihood is a multivariate normal's."""

    name, parameters, constants = "line", ("start", "slope"), ()

    def value_and_gradient(
        self, time_h: np.ndarray, theta: np.ndarray, constants: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        gradient = np.stack([np.ones_like(time_h), time_h / 10], axis=-1)
        return (gradient @ theta[..., None])[..., 0], gradient


def lines(n: int = 9, common: bool = False) -> list[Curve]:
    rng = np.random.default_rng(5)
    found = []
    for i in range(n):
        t = np.array([1.0, 5.0, 20.0, 40.0])[: 2 + i % 3]
        value = 30 + 2 * rng.normal() + (3 + 0.7 * rng.normal()) * t / 10 + 0.5 * rng.normal(size=t.size)
        more = {"sd": np.full(t.size, 0.6), "common_sd": [np.linspace(0.3, 0.5, t.size)]} if common else {}
        found.append(Curve(time_h=t, value=value, unit="1", decay_corrected=True, half_life_h=np.inf, **more))
    return found


def closed_form(curves: list[Curve], fit, restricted: bool) -> float:  # type: ignore[no-untyped-def]
    """-2 log (restricted) likelihood of a linear mixed model, by the multivariate normal density."""
    mean = fit.population.mean
    total, information = 0.0, np.zeros((2, 2))
    for c in curves:
        x = np.stack([np.ones(len(c)), c.time_h / 10], axis=-1)
        own = np.eye(len(c)) * fit.residual["a"].value ** 2 if fit.residual else c.covariance()
        v = x @ fit.population.covariance @ x.T + own
        total -= 2 * multivariate_normal(x @ mean, v).logpdf(c.value)
        information += x.T @ np.linalg.inv(v) @ x
    if not restricted:
        return total
    return total + np.linalg.slogdet(information)[1] - 2 * np.log(2 * np.pi)


@pytest.mark.parametrize("method", ["FOCE", "Laplace", "NLME"])
@pytest.mark.parametrize("covariance", ["diagonal", "full"])
def test_linear_mixed_models_are_exact(method: str, covariance: str) -> None:
    curves = lines()
    fit = fit_population(
        curves, Line(), residual="additive", covariance=covariance, method=method, reml=True,
        start={"start": 25.0, "slope": 2.0},
    )  # fmt: skip
    assert fit.minus_2_log_likelihood == pytest.approx(closed_form(curves, fit, False), rel=1e-9)
    assert fit.minus_2_restricted == pytest.approx(closed_form(curves, fit, True), rel=1e-9)
    # typical parameters by generalised least squares, and their standard errors
    weight, sum_ = np.zeros((2, 2)), np.zeros(2)
    for c in curves:
        x = np.stack([np.ones(len(c)), c.time_h / 10], axis=-1)
        v = x @ fit.population.covariance @ x.T + np.eye(len(c)) * fit.residual["a"].value ** 2
        weight += x.T @ np.linalg.solve(v, x)
        sum_ += x.T @ np.linalg.solve(v, c.value)
    best = np.linalg.solve(weight, sum_)
    assert [e.value for e in fit.fixed.values()] == pytest.approx(best, rel=1e-7)
    information = np.linalg.inv(
        fit.population.estimates_covariance
    )  # observed: with means and spreads crossed
    assert information[:2, :2] == pytest.approx(weight, rel=1e-5)
    assert [e.se for e in fit.fixed.values()] == pytest.approx(
        np.sqrt(np.diag(fit.population.estimates_covariance))[:2]
    )


def test_errors_common_to_several_values_are_their_covariance() -> None:
    curves = lines(common=True)
    fit = fit_population(curves, Line(), residual="sd", reml=False, start={"start": 25.0, "slope": 2.0})
    assert fit.minus_2_log_likelihood == pytest.approx(closed_form(curves, fit, False), rel=1e-9)
    moved = fit_population(  # without what is common the likelihood is another
        lines(), Line(), residual="additive", reml=False, start={"start": 25.0, "slope": 2.0}
    )
    assert abs(moved.minus_2_log_likelihood - fit.minus_2_log_likelihood) > 0.1


def integrated(search: Search, psi: np.ndarray) -> float:
    """-log likelihood of patients whose rate alone spreads, by adaptive quadrature."""
    data, layout = search.data, search.layout
    log_a, log_rate = psi[:2]
    spread, b = abs(psi[2]), np.exp(psi[-1])
    total = 0.0
    for i in range(len(data)):
        there = data.there[i] > 0
        t, y, decay = data.time_h[i, there], data.value[i, there], data.decay[i, there]

        def density(eta: float, t=t, y=y, decay=decay) -> float:  # type: ignore[no-untyped-def]
            f = np.exp(log_a - np.exp(log_rate + spread * eta) * t) * decay
            return float(np.prod(norm.pdf(y, f, b * f)) * norm.pdf(eta))

        at = layout.at(data, psi[None])
        mode = float(search.of(psi[None], np.zeros((len(data), 1)))[2][0, i, 0])
        assert at.root.shape == (len(data), 2, 1)
        scale = density(mode)
        area, _ = quad(
            lambda e, d=density, s=scale: d(e) / s,
            mode - 9,
            mode + 9,
            points=[mode],
            epsabs=0,
            epsrel=1e-11,
            limit=400,
        )
        total -= np.log(area * scale)
    return total


@pytest.mark.parametrize("exact", [False, True])
def test_laplace_comes_to_quadrature_as_the_scatter_falls(exact: bool) -> None:
    """Laplace's error is of the order of the scatter's variance: a fourth at half the noise."""
    errors = []
    for noise in (0.02, 0.01, 0.005):
        search, psi = search_of(
            "monoexponential", [50, 0.02], has_a=False, exact=exact, noise=noise
        )  # fmt: skip
        layout = Layout(("A1", "lambda1"), ("A1", "lambda1"), (1,), False, False, True)
        psi = np.array([np.log(50), np.log(0.02), 0.3, np.log(noise)])
        rng = np.random.default_rng(8)
        data = search.data
        rate = 0.02 * np.exp(0.3 * rng.normal(size=(6, 1)))
        value = (
            50 * np.exp(-rate * data.time_h) * data.decay * (1 + noise * rng.normal(size=data.time_h.shape))
        )
        data = Data(
            data.function, data.time_h, value * data.there, data.decay, data.known, data.unit * 0,
            data.there, data.shared, data.constants, data.design,
        )  # fmt: skip
        wide = np.full(4, 50.0)
        own = Search(data, layout, exact, False, -wide, wide, np.ones(4))
        laplace = float(own.of(psi[None], np.zeros((6, 1)))[0][0])
        errors.append(laplace - integrated(own, psi))
    assert abs(errors[0]) < 0.005 * 6  # of -log L, 6 patients
    for wide_, narrow in pairwise(errors):
        assert 0.15 < narrow / wide_ < 0.35
