"""Fit of one model to one curve: parameters, covariance, half-lives, area and their standard errors."""

from __future__ import annotations

import math

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.covariance import BoolArray, bounds_said, gain, held, propagated, wide_area
from kinetics.fitting.models import Model, model_by_name
from kinetics.fitting.problem import make_problem, prepared
from kinetics.fitting.result import Estimate, FitResult
from kinetics.fitting.solver import Problem, Solution, minimise, starts, strip
from kinetics.fitting.weights import ASSUMED, ASSUMED_FRACTION, ErrorModel, error_model

__all__ = ["Estimate", "FitResult", "aicc", "fit_curve", "information_criterion"]

#: Residuals below this fraction of the values count as an exact fit: rounding, not measurement.
EXACT = 1e-9
#: Relative gain at which the solver stops for a candidate of a choice; the chosen model is fitted again.
CANDIDATE_TOLERANCE = 1e-8
#: A share of the area after the last point above this is warned of.
MUCH_EXTRAPOLATED = 0.5


def aicc(rss: float, n_points: int, n_parameters: int, *, known: bool) -> tuple[float | None, str | None]:
    """Akaike's criterion of a least-squares fit, or None and why not.

    With known standard deviations chi2 + 2K, K = parameters: unbiased whatever the number of points (Hurvich
    & Tsai, Biometrika 1989;76:297: the correction for few points comes from estimating the variance). With
    an estimated variance AICc = N ln(RSS/N) + 2K + 2K(K+1)/(N-K-1), K = parameters + 1. Terms that are the
    same for every model of one curve are left out (Burnham & Anderson 2002, section 2.4).

    >>> aicc(2.0, 4, 4, known=True)[0]
    10.0
    """
    if known:
        return rss + 2 * n_parameters, None
    k = n_parameters + 1
    if n_points - k - 1 <= 0:
        return None, (
            f"AICc is undefined: {n_points} points, {k} parameters (the variance counts as one);"
            f" N-K-1 is {n_points - k - 1}"
        )
    return n_points * math.log(rss / n_points) + 2 * k + 2 * k * (k + 1) / (n_points - k - 1), None


def information_criterion(
    rss: float, n_points: int, n_parameters: int, errors: ErrorModel
) -> tuple[float | None, str | None]:
    """The criterion that models of one curve are compared by: :func:`aicc`, or with a prior of the scale
    (N + nu) ln(1 + chi2/nu) + 2K.

    That is -2 ln of the likelihood with the unknown scale integrated out over its scaled inverse chi-squared
    prior of nu points (a multivariate t: Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 3.2),
    plus 2K. It is defined for as many points as parameters.
    """
    nu = errors.prior_points
    if errors.known or not nu:
        return aicc(rss, n_points, n_parameters, known=errors.known)
    return (n_points + nu) * math.log1p(rss / nu) + 2 * n_parameters, None


def polish(problem: Problem, y: FloatArray, phi: FloatArray, free: BoolArray) -> FloatArray:
    """Minimum by lmfit (MINPACK, analytic Jacobian) from a start near it; what isn't ``free`` is held."""
    if not free.any():
        return phi
    import lmfit

    parameters = lmfit.Parameters()
    for i, start in enumerate(phi):
        parameters.add(f"p{i}", value=float(start), vary=bool(free[i]))
    wy = y * problem.inverse_sd

    low, high = problem.lower - 1.0, problem.upper + np.abs(problem.upper) + 1.0  # keeps a wild step finite

    def now(p: lmfit.Parameters) -> FloatArray:
        return np.minimum(np.maximum([v.value for v in p.values()], low), high)

    def residual(p: lmfit.Parameters) -> FloatArray:
        return problem.weighted(now(p))[0] - wy

    def jacobian(p: lmfit.Parameters) -> FloatArray:
        return problem.weighted(now(p))[1].T[free]

    fitted = lmfit.Minimizer(residual, parameters, scale_covar=False, max_nfev=200).leastsq(
        Dfun=jacobian, col_deriv=1, xtol=1e-10, ftol=1e-14
    )
    return now(fitted.params)


def fit_curve(
    curve: Curve,
    model: str | Model,
    *,
    lambda_phys_per_h: float | None = None,
    weights: str,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
) -> FitResult:
    """Fit a model to a curve, with the physical decay constant held apart.

    Several starts (a grid of rates and curve stripping) go through a bounded least-squares solver; lmfit
    polishes the best. The covariance carries what is common to several values
    (:mod:`kinetics.fitting.covariance`).

    Parameters
    ----------
    curve : (N,) points, decay-corrected or not: the model is fitted to the values as they are given.
    model : a name of :data:`kinetics.fitting.models.MODELS` or a Model.
    lambda_phys_per_h : physical decay constant, 1/h; 0 for a stable label; None: the curve's own.
    weights : "auto", "none", "sd", "relative" or "poisson" (:data:`kinetics.fitting.weights.WEIGHTS`).
    fractional_sd, rescale : see :func:`kinetics.fitting.weights.error_model`.

    Raises
    ------
    KineticsError : fewer points than parameters; zeros or negative values; a curve that doesn't fall where
        the area rests on its falling; an area that is infinite.
    """
    curve, lam = prepared(curve, lambda_phys_per_h)
    errors = error_model(curve, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd, rescale=rescale)
    function = model_by_name(model)
    fit = fit_prepared(curve, function, errors, lam, by_lmfit=True)
    if errors.name != ASSUMED:
        return fit
    errors = errors.following(curve, fit.predict(curve.time_h))
    return fit_prepared(curve, function, errors, lam, by_lmfit=True, begin=fit.theta)


def fit_prepared(
    curve: Curve,
    function: Model,
    errors: ErrorModel,
    lam: float,
    *,
    by_lmfit: bool,
    begin: FloatArray | None = None,
) -> FitResult:
    """Like :func:`fit_curve`, on what :func:`prepared` gives.

    ``begin`` (P,) are natural parameters near the minimum; None: starts are looked for. Without lmfit the
    minimum is the solver's, which is the same to about 4 figures and takes half the time.
    """
    problem = checked_problem(curve, function, errors, lam)
    first = (
        first_starts(curve, problem) if begin is None else problem.inner(np.maximum(begin, 1e-300))[None, :]
    )
    solved = minimise(
        problem, curve.value, first, tolerance=1e-11 if by_lmfit else CANDIDATE_TOLERANCE, race=[0]
    )
    return finished(curve, problem, errors, lam, solved, by_lmfit=by_lmfit)


def checked_problem(curve: Curve, function: Model, errors: ErrorModel, lam: float) -> Problem:
    """The problem of a model that has enough points and a finite area; else a KineticsError."""
    n, p = len(curve), function.n_parameters
    if n < p:
        raise KineticsError(
            f"{curve.name}: {n} point{'s' * (n > 1)} for the {p} parameters of '{function.name}'; take a"
            " smaller model, or a method for few points (cohort or single-time-point)"
        )
    if function.has_constant_plateau and lam == 0:
        raise KineticsError(f"{curve.name}: '{function.name}' without physical decay has an infinite area")
    return make_problem(curve, function, errors, lam)


def first_starts(curve: Curve, problem: Problem) -> FloatArray:
    """(S, P) inner parameters to begin from."""
    stripped = strip(curve.time_h, curve.value / problem.decay, len(problem.model.rates))
    return starts(problem, curve.value, stripped=stripped)


def finished(
    curve: Curve, problem: Problem, errors: ErrorModel, lam: float, solved: Solution, *, by_lmfit: bool
) -> FitResult:
    """The result at the best of some minima: what is held, covariance, area; refused where not believed."""
    best = int(np.argmin(solved.cost))
    phi, at_bound, rss = solved.phi[best], solved.at_bound[best], float(solved.cost[best])
    at_bound = held(problem.weighted(phi)[1], at_bound)
    if by_lmfit:
        polished = polish(problem, curve.value, phi, ~at_bound)
        cost = float(((problem.weighted(polished)[0] - curve.value * problem.inverse_sd) ** 2).sum())
        inside = np.all((polished >= problem.lower) & (polished <= problem.upper))
        if inside and cost <= rss * (1 + 1e-9) + 1e-300:
            phi, rss = polished, cost
    refuse_unbelievable(curve, problem, phi, at_bound, lam)
    return _result(curve, problem, errors, lam, phi, at_bound, rss)


def _result(
    curve: Curve,
    problem: Problem,
    errors: ErrorModel,
    lam: float,
    phi: FloatArray,
    at_bound: BoolArray,
    rss: float,
) -> FitResult:
    function = problem.model
    n, p = len(curve), function.n_parameters
    order = function.order(problem.natural(phi))
    theta = problem.natural(phi)[order]
    bounds_reached = tuple(
        name for name, source in zip(function.parameters, order, strict=True) if at_bound[source]
    )
    warnings: list[str] = []
    exact = EXACT**2 * float(((curve.value * problem.inverse_sd) ** 2).sum())
    nu = errors.prior_points
    if not errors.known and not nu and rss < exact:
        warnings.append("the fit is exact to rounding: its standard errors and AICc are those of rounding")
        rss = exact
    covariance, reason = None, None
    gained = gain(problem.weighted(phi)[1], ~at_bound)
    if gained is None:
        reason = "undefined: the data don't determine the parameters separately (singular normal matrix)"
    elif not errors.known and n - p + nu <= 0:
        reason = "undefined: as many points as parameters leave no residual variance"
    else:
        variance = errors.sd**2 * (1.0 if errors.known else (nu + rss) / (nu + n - p))
        factors = curve.error_factors(variance) * problem.inverse_sd[:, None]
        covariance = propagated((gained * problem.scale(phi)[:, None])[order], factors)
    warnings += bounds_said(bounds_reached, function.name)
    if errors.known and n > p:
        from scipy.special import chdtrc

        chance = float(chdtrc(n - p, rss))
        if chance < 0.01:
            warnings.append(
                f"lack of fit: chi-square {rss:.3g} with {n - p} degrees of freedom (P = {chance:.2g})"
            )
    elif errors.known:
        warnings.append("as many points as parameters: no test of the fit")
    area, gradient = function.area_and_gradient(theta, lam)
    if not area > 0:
        raise KineticsError(
            f"{curve.name}: the best fit of '{function.name}' is 0 everywhere; it doesn't follow the data"
        )
    after = float(function.area(theta, lam, start_h=float(curve.time_h[-1])) / area)
    if after > MUCH_EXTRAPOLATED:
        warnings.append(f"{100 * after:.0f} % of the area is extrapolated past the last point")
    se_area = None if covariance is None else math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
    warnings += wide_area(float(area), se_area)
    if errors.name == ASSUMED:
        found = 100 * ASSUMED_FRACTION * math.sqrt((nu + rss) / (nu + n - p))
        warnings.append(
            f"no standard deviations given: relative errors of about {100 * ASSUMED_FRACTION:g} % assumed,"
            f" {found:.2g} % with the residuals"
        )
    criterion, criterion_reason = information_criterion(rss, n, p, errors)
    return FitResult(
        curve=curve,
        function=function,
        theta=theta,
        lambda_phys_per_h=lam,
        covariance=covariance,
        reason=reason,
        rss=rss,
        aicc=criterion,
        aicc_reason=criterion_reason,
        errors=errors,
        bounds_reached=bounds_reached,
        warnings=tuple(warnings),
        area=float(area),
        se_area=se_area,
        extrapolated_fraction=after,
    )


def refuse_unbelievable(
    curve: Curve, problem: Problem, phi: FloatArray, at_bound: BoolArray, lam: float
) -> None:
    """An area that rests on a rate which the data don't give isn't given."""
    function, q = problem.model, problem.n_amplitudes
    amplitude_of = {rate: amplitude for amplitude, rate in function.exchange}
    flat = []
    for i, rate in enumerate(function.rates):
        amplitude = amplitude_of.get(rate)
        absent = amplitude is not None and at_bound[function.amplitudes.index(amplitude)]
        if phi[q + i] <= problem.lower[q + i] + 1e-6 and not absent:
            flat.append(rate)
    if not flat:
        return
    if lam == 0:
        raise KineticsError(
            f"{curve.name}: the data don't fall with '{function.name}' ({', '.join(flat)} goes to 0):"
            " constant or rising data have no finite area; measure later, or give the half-life if physical"
            " decay is in them"
        )
    corrected = curve.value / problem.decay
    if function.name == "monoexponential" and np.all(corrected > 0) and len(curve) > 2:
        t = curve.time_h - curve.time_h.mean()
        logs = np.log(corrected) - np.log(corrected).mean()
        slope = float(t @ logs / (t @ t))
        spread = math.sqrt(float(((logs - slope * t) ** 2).sum()) / (len(curve) - 2) / float(t @ t))
        if slope > 2 * spread and slope * (curve.time_h[-1] - curve.time_h[0]) > 1e-6:
            state = "" if curve.decay_corrected else " once corrected for decay (if it is already, say so)"
            raise KineticsError(
                f"{curve.name}: the curve rises with time{state}; a monoexponential can't describe it"
            )
