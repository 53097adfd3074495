"""Few points a patient: rates taken from a cohort, with their spread.

A rate's spread over a cohort is taken as log-normal. A patient's fit with borrowed rates is the maximum of
likelihood x prior (Sheiner & Beal, J Pharm Sci 1982;71:1344; for time-integrated activity Devasia et al., J
Nucl Med 2021;62:1118): the prior is one more residual (ln lambda - mean)/SD a rate, so that many or good
points overrule it and one late point rests on it. Bounds, singular matrices and correlated data follow the
rules of every fit (:mod:`kinetics.least_squares.covariance`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.finish import refuse_unbelievable
from kinetics.fitting.result import FitResult
from kinetics.least_squares.covariance import (
    BoolArray,
    bounds_said,
    gain,
    held,
    propagated,
    weakest,
    wide_area,
)
from kinetics.least_squares.problem import make_problem, prepared
from kinetics.least_squares.solver import Problem, minimise
from kinetics.least_squares.starts import starts
from kinetics.models import Model, model_by_name
from kinetics.weights import ErrorModel, error_model


@dataclass(frozen=True)
class Spread:
    """A biologic rate over a cohort: ``rate_per_h`` is the geometric mean, ``sd_log`` the SD of ln(rate).

    ``sd_log`` 0 is a rate without a spread: a fit holds it there, and says so.

    Raises
    ------
    KineticsError : a rate that isn't above 0, an SD below 0, a number that isn't finite.

    Examples
    --------
    >>> round(Spread(rate_per_h=0.01, sd_log=0.3, n=10).half_life_h, 1)
    69.3
    """

    rate_per_h: float
    sd_log: float
    n: int

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate_per_h) and self.rate_per_h > 0):
            raise KineticsError(f"cohort's rate is {self.rate_per_h:g} per h; a number above 0 is needed")
        if not (math.isfinite(self.sd_log) and self.sd_log >= 0):
            raise KineticsError(f"cohort's SD of ln(rate) is {self.sd_log:g}; 0 or above is needed")

    @property
    def half_life_h(self) -> float:
        """Geometric mean of the biologic half-life."""
        return math.log(2) / self.rate_per_h


def cohort_spread(fits: Sequence[FitResult]) -> dict[str, Spread]:
    """Geometric mean and spread of each rate over patients fitted with one model.

    The spread includes the fits' own errors, so that what it says of a new patient is rather too wide.

    Raises
    ------
    KineticsError : fewer than three fits, different models, or a rate on a bound.

    Examples
    --------
    >>> from kinetics import Curve, fit_curve
    >>> t = np.array([1.0, 24.0, 72.0])
    >>> def patient(rate):
    ...     facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 78.41}
    ...     return Curve(time_h=t, value=100 * np.exp(-rate * t), **facts)
    >>> fits = [fit_curve(patient(r), "monoexponential", weights="relative") for r in (0.01, 0.02, 0.04)]
    >>> spread = cohort_spread(fits)["lambda1"]
    >>> round(spread.rate_per_h, 4), spread.n  # geometric mean of 0.01, 0.02 and 0.04
    (0.02, 3)
    """
    if len(fits) < 3:
        raise KineticsError(f"{len(fits)} fits; a spread needs three patients or more")
    if len({f.model for f in fits}) > 1:
        raise KineticsError("a spread needs fits of one model")
    found = {}
    for name in fits[0].function.rates:
        held = [f.curve.name for f in fits if name in f.bounds_reached]
        if held:
            raise KineticsError(f"{held[0]}: {name} is on a bound; leave the fit out of the cohort")
        logs = np.log([f.parameters[name].value for f in fits])
        found[name] = Spread(float(np.exp(logs.mean())), float(logs.std(ddof=1)), len(fits))
    return found


def fit_with_cohort(
    curve: Curve,
    model: str | Model,
    spread: Mapping[str, Spread],
    *,
    lambda_phys_per_h: float | None = None,
    weights: str,
    fractional_sd: float | None = None,
) -> FitResult:
    """Fit a patient of few points, with rates borrowed from a cohort.

    Parameters
    ----------
    curve, model, lambda_phys_per_h, weights, fractional_sd : as for :func:`kinetics.fit_curve`;
        the standard deviations must be known ("sd", "relative" with ``fractional_sd``, "poisson" of counts).
    spread : rate's name -> spread, of some or all rates of the model.

    Returns
    -------
    FitResult whose errors carry the cohort's spread; ``borrowed`` and a warning say what was taken. As in
    :func:`kinetics.fit_curve` a parameter on a bound is held and named, and a covariance that the
    data don't determine is None, with its reason.

    Raises
    ------
    KineticsError : unknown standard deviations, a rate that the model hasn't, too few points for what isn't
        borrowed, a best fit of 0, an area that rests on a rate which the data don't give.

    Examples
    --------
    >>> from kinetics import Curve, fit_curve
    >>> t = np.array([1.0, 24.0, 72.0])
    >>> def patient(rate):
    ...     facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 78.41}
    ...     return Curve(time_h=t, value=100 * np.exp(-rate * t), **facts)
    >>> fits = [fit_curve(patient(r), "monoexponential", weights="relative") for r in (0.01, 0.02, 0.04)]
    >>> spread = cohort_spread(fits)
    >>> late = Curve(
    ...     time_h=[72.0], value=[23.0], sd=[1.0], unit="%IA", decay_corrected=True, half_life_h=78.41
    ... )
    >>> fit = fit_with_cohort(late, "monoexponential", spread, weights="sd")
    >>> fit.borrowed is not None, fit.se_area > 0.3 * fit.area  # the cohort's spread is in it
    (True, True)
    """
    function = model_by_name(model)
    unknown = [n for n in spread if n not in function.rates]
    if unknown:
        raise KineticsError(
            f"'{unknown[0]}' is no rate of '{function.name}'; there are: {', '.join(function.rates)}"
        )
    from scipy.linalg import block_diag

    ready, lam = prepared(curve, lambda_phys_per_h)
    errors = error_model(ready, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd)
    if not errors.known:
        raise KineticsError(
            f"{curve.name}: to weigh points against a cohort, their standard deviations must be known:"
            " weights 'sd', or 'relative' with a fractional SD"
        )
    own = function.n_parameters - len(spread)
    if len(ready) < own:
        raise KineticsError(f"{curve.name}: {len(ready)} points for {own} parameters that aren't borrowed")
    problem = _wide(make_problem(ready, function, errors, lam), spread)
    names = list(spread)
    columns = [problem.n_amplitudes + function.rates.index(n) for n in names]
    mean = np.log([spread[n].rate_per_h for n in names])
    sd = np.array([spread[n].sd_log for n in names])
    pulled = np.flatnonzero(sd > 0)
    pull = np.zeros((pulled.size, function.n_parameters))  # one row a rate that has a spread
    pull[np.arange(pulled.size), np.array(columns)[pulled]] = 1.0 / sd[pulled]
    exact = np.zeros(function.n_parameters, dtype=bool)
    exact[np.array(columns)[sd == 0]] = True
    problem.lower[exact] = problem.upper[exact] = mean[sd == 0]

    def prior(phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        residual = (mean[pulled] - phi[:, np.array(columns)[pulled]]) / sd[pulled]
        return residual, np.broadcast_to(-pull, (phi.shape[0], *pull.shape))

    begin = starts_with(problem, ready.value, dict(zip(columns, mean, strict=True)))
    solved = minimise(problem, ready.value, begin, extra=prior)
    best = int(np.argmin(solved.cost))
    phi = solved.phi[best]
    jacobian = np.concatenate([problem.weighted(phi)[1], pull])
    at_bound = held(jacobian, solved.at_bound[best])
    own_bounds = replace(problem, lower=np.where(exact, -np.inf, problem.lower))
    refuse_unbelievable(ready, own_bounds, phi, at_bound & ~exact, lam)
    gained = gain(jacobian, ~at_bound)
    covariance = None
    if gained is not None:
        data = ready.error_factors(errors.sd**2) * problem.inverse_sd[:, None]
        covariance = propagated(gained * problem.scale(phi)[:, None], block_diag(data, np.eye(pulled.size)))
    words = ", ".join(
        f"{n} (half-life {spread[n].half_life_h:.4g} h, n = {spread[n].n}"
        f"{', held: it has no spread' if spread[n].sd_log == 0 else ''})"
        for n in names
    )
    weak = weakest(jacobian, ~at_bound, list(function.parameters))
    return cohort_result(
        ready, problem, errors, lam, phi, covariance, f"borrowed from a cohort: {words}",
        at_bound=at_bound & ~exact, weak=weak,
    )  # fmt: skip


def _wide(problem: Problem, spread: Mapping[str, Spread]) -> Problem:
    """Bounds that hold a cohort's rates whatever the patient's own times."""
    lower, upper = problem.lower.copy(), problem.upper.copy()
    for name, s in spread.items():
        i = problem.n_amplitudes + problem.model.rates.index(name)
        reach = max(6 * s.sd_log, 1.0)
        lower[i] = min(lower[i], math.log(s.rate_per_h) - reach)
        upper[i] = max(upper[i], math.log(s.rate_per_h) + reach)
    upper[: problem.n_amplitudes] *= 100.0
    return replace(problem, lower=lower, upper=upper)


def starts_with(problem: Problem, y: FloatArray, fixed: Mapping[int, float]) -> FloatArray:
    """Starts with the borrowed rates at the cohort's mean and the amplitudes solved for."""
    begin = starts(problem, y)
    for column, value in fixed.items():
        begin[:, column] = value
    q = problem.n_amplitudes
    basis = problem.model.basis(problem.time_h, np.exp(begin[:, q:])) * problem.weight[:, None]
    for row, b in zip(begin, basis, strict=True):
        row[:q] = np.maximum(
            np.linalg.lstsq(b, y * problem.inverse_sd, rcond=None)[0], 1e-6 * np.abs(y).max()
        )
    return begin


def _se_area(function: Model, theta: FloatArray, lam: float, covariance: FloatArray) -> float:
    """Second-order standard error of the area: g C g + tr((H C)^2)/2, in amplitudes and log rates.

    A single point near 1/lambda_eff lies where the area doesn't depend on the rate to first order; what a
    borrowed rate then costs is in the second.
    """
    q = len(function.amplitudes)
    scale = np.concatenate([np.ones(q), theta[q:]])
    inner = covariance / np.outer(scale, scale)

    def gradient(x: FloatArray) -> FloatArray:
        rates = np.exp(x[q:])
        own = function.area_and_gradient(np.concatenate([x[:q], rates]), lam)[1]
        gradient: FloatArray = own * np.concatenate([np.ones(q), rates])
        return gradient

    at = np.concatenate([theta[:q], np.log(theta[q:])])
    hessian = np.zeros((at.size, at.size))
    for i in range(at.size):
        step = np.zeros(at.size)
        step[i] = 1e-4 * max(abs(float(at[i])), 1e-3)
        hessian[i] = (gradient(at + step) - gradient(at - step)) / (2 * step[i])
    g = gradient(at)
    bent = 0.5 * (hessian + hessian.T) @ inner
    return math.sqrt(max(float(g @ inner @ g) + 0.5 * float(np.trace(bent @ bent)), 0.0))


def cohort_result(
    curve: Curve,
    problem: Problem,
    errors: ErrorModel,
    lam: float,
    phi: FloatArray,
    covariance: FloatArray | None,
    borrowed: str,
    *,
    at_bound: BoolArray,
    weak: str,
    joint_degrees_of_freedom: int | None = None,
) -> FitResult:
    """The result of a curve whose rates aren't its own alone.

    ``covariance`` (P, P) is of the natural parameters with what is common to the curve's values, or None
    where the data don't determine those named in ``weak``; ``at_bound`` (P,) those that were held.
    """
    function, theta = problem.model, problem.natural(phi)
    order = function.order(theta)
    theta = theta[order]
    reason = None
    if covariance is not None:
        covariance = covariance[np.ix_(order, order)]
    else:
        reason = f"undefined: the data don't determine {weak} separately (singular normal matrix)"
    reached = tuple(n for n, i in zip(function.parameters, order, strict=True) if at_bound[i])
    warnings = [borrowed, *bounds_said(reached, function.name)]
    if reason:
        warnings.append(f"standard errors {reason}")
    area = function.area(theta, lam)
    if not area > 0:
        raise KineticsError(
            f"{curve.name}: the best fit of '{function.name}' is 0 everywhere; it doesn't follow the data"
        )
    se_area = None if covariance is None else _se_area(function, theta, lam, covariance)
    warnings += wide_area(float(area), se_area)
    residual = curve.value * problem.inverse_sd - problem.weighted(phi)[0]
    return FitResult(
        curve=curve,
        function=function,
        theta=theta,
        lambda_phys_per_h=lam,
        covariance=covariance,
        reason=reason,
        rss=float(residual @ residual),
        aicc=None,
        aicc_reason="rates are shared with a cohort: no AICc of this curve alone",
        errors=errors,
        bounds_reached=reached,
        warnings=tuple(warnings),
        area=float(area),
        se_area=se_area,
        extrapolated_fraction=float(function.area(theta, lam, start_h=float(curve.time_h[-1])) / area),
        borrowed=borrowed,
        joint_degrees_of_freedom=joint_degrees_of_freedom,
    )
