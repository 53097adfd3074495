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
    gain,
    held,
    propagated,
    weakest,
)
from kinetics.least_squares.problem import make_problem, prepared
from kinetics.least_squares.solver import Problem, minimise
from kinetics.models import Model, model_by_name
from kinetics.populations.borrowed_rates import cohort_result, starts_with
from kinetics.weights import error_model


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
