"""Fit of one model to one curve: parameters, covariance, half-lives, area and their standard errors."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinetics.curve import Curve, FloatArray, check_lambda
from kinetics.errors import KineticsError
from kinetics.models import Model, model_by_name
from kinetics.solver import Problem, minimise, starts, strip
from kinetics.weights import ErrorModel, error_model

BoolArray = NDArray[np.bool_]

#: Fastest biologic half-life of a fit: this fraction of the shortest interval between two times.
FASTEST_OF_INTERVAL = 0.1
#: Slowest: this multiple of the last time. What is slower can't be told from no biologic loss.
SLOWEST_OF_LAST = 100.0
#: Largest amplitude: this multiple of the largest decay-corrected value.
LARGEST_OF_MAX = 100.0
#: Residuals below this fraction of the values count as an exact fit: rounding, not measurement.
EXACT = 1e-9


class Estimate(NamedTuple):
    """A number with its standard error; ``se`` is None where it can't be given."""

    value: float
    se: float | None


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """A fitted model.

    Parameters
    ----------
    model : the model's name; ``function`` is the model itself.
    parameters : name -> (value, se); amplitudes in the curve's unit at time 0, rates biologic in 1/h.
    covariance : (P, P) in the order of ``parameters``, or None where undefined (``reason`` says why).
    biologic_half_lives_h, effective_half_lives_h : rate's name -> (half-life in h, se).
    area, area_se : integral from 0 to infinity of the curve with physical decay, in unit x h.
    extrapolated_fraction : share of ``area`` after the last point.
    rss : sum of squared weighted residuals (chi-square where the standard deviations are known).
    aicc : second-order Akaike criterion, or None (``aicc_reason``); differences between models of one curve
        count, see :func:`aicc`.
    weights : the error model's name; ``rescaled``: the covariance was multiplied by the residual variance.
    bounds_reached : names of parameters that lie on a bound, or have no effect because another does (the rate
        of an amplitude that is 0); they were held there for the covariance.
    """

    curve: Curve
    function: Model
    theta: FloatArray
    lambda_phys_per_h: float
    covariance: FloatArray | None
    reason: str | None
    rss: float
    aicc: float | None
    aicc_reason: str | None
    errors: ErrorModel
    bounds_reached: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    area: float = field(default=math.nan)
    area_se: float | None = None
    extrapolated_fraction: float = field(default=math.nan)

    @property
    def model(self) -> str:
        """The model's name."""
        return self.function.name

    @property
    def weights(self) -> str:
        """The error model's name."""
        return self.errors.name

    @property
    def rescaled(self) -> bool:
        """True where the covariance carries the residual variance (no known standard deviations)."""
        return not self.errors.known

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.curve)

    @property
    def n_parameters(self) -> int:
        """Number of free parameters of the function."""
        return self.function.n_parameters

    @property
    def degrees_of_freedom(self) -> int:
        """Points less parameters."""
        return self.n_points - self.n_parameters

    @property
    def standard_errors(self) -> FloatArray | None:
        """(P,) standard errors in the order of ``parameters``, or None."""
        if self.covariance is None:
            return None
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def parameters(self) -> dict[str, Estimate]:
        """Name -> (value, se); a parameter on a bound has no standard error."""
        se = self.standard_errors
        return {
            name: Estimate(
                float(self.theta[i]), None if se is None or name in self.bounds_reached else float(se[i])
            )
            for i, name in enumerate(self.function.parameters)
        }

    def _half_lives(self, lambda_phys_per_h: float) -> dict[str, Estimate]:
        found = {}
        for name in self.function.rates:
            rate, se = self.parameters[name]
            total = rate + lambda_phys_per_h
            found[name] = Estimate(math.log(2) / total, None if se is None else math.log(2) / total**2 * se)
        return found

    @property
    def biologic_half_lives_h(self) -> dict[str, Estimate]:
        """ln 2 / lambda_biol of each free rate."""
        return self._half_lives(0.0)

    @property
    def effective_half_lives_h(self) -> dict[str, Estimate]:
        """ln 2 / (lambda_biol + lambda_phys) of each free rate."""
        return self._half_lives(self.lambda_phys_per_h)

    @property
    def correlation(self) -> FloatArray | None:
        """(P, P) correlation of the parameters; rows of parameters on a bound are 0. None where undefined."""
        se = self.standard_errors
        if se is None or self.covariance is None:
            return None
        safe = np.where(se > 0, se, np.inf)
        return self.covariance / np.outer(safe, safe)

    def quantile(self, level: float = 0.95) -> float:
        """Half-width of an interval in standard errors: Student's t where the variance is estimated."""
        from scipy.special import ndtri, stdtrit

        p = 0.5 + 0.5 * level
        return float(ndtri(p) if self.errors.known else stdtrit(self.degrees_of_freedom, p))

    def interval(self, name: str = "area", level: float = 0.95) -> tuple[float, float] | None:
        """Confidence interval of a parameter or of ``"area"`` by its standard error; None where undefined."""
        value, se = Estimate(self.area, self.area_se) if name == "area" else self.parameters[name]
        if se is None:
            return None
        half = self.quantile(level) * se
        return value - half, value + half

    def _decay(self, time_h: FloatArray, decay_corrected: bool | None) -> FloatArray:
        corrected = self.curve.decay_corrected if decay_corrected is None else decay_corrected
        return np.ones_like(time_h) if corrected else np.exp(-self.lambda_phys_per_h * time_h)

    def predict(self, time_h: ArrayLike, *, decay_corrected: bool | None = None) -> FloatArray:
        """(N,) fitted function at times in h; decay-corrected or not, by default as the curve is."""
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        return self.function.value(time, self.theta) * self._decay(time, decay_corrected)

    def band(
        self, time_h: ArrayLike, *, level: float = 0.95, decay_corrected: bool | None = None
    ) -> tuple[FloatArray, FloatArray] | None:
        """(N,) lower and upper confidence limits of the function (delta method); None where undefined."""
        if self.covariance is None:
            return None
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        value, gradient = self.function.value_and_gradient(time, self.theta)
        half = self.quantile(level) * np.sqrt(np.einsum("np,pq,nq->n", gradient, self.covariance, gradient))
        decay = self._decay(time, decay_corrected)
        return (value - half) * decay, (value + half) * decay

    @property
    def residuals(self) -> FloatArray:
        """(N,) measured less fitted values, in the curve's unit and decay state."""
        return self.curve.value - self.predict(self.curve.time_h)


def aicc(rss: float, n_points: int, n_parameters: int, *, known: bool) -> tuple[float | None, str | None]:
    """Second-order Akaike criterion of a least-squares fit, or None and why not.

    With estimated variance N ln(RSS/N) + 2K + 2K(K+1)/(N-K-1), K = parameters + 1 for the variance; with
    known
    standard deviations chi2 + 2K + 2K(K+1)/(N-K-1), K = parameters. Terms that are the same for every model
    of one curve are left out (Burnham & Anderson 2002, section 2.4; Hurvich & Tsai 1989).
    """
    k = n_parameters + (0 if known else 1)
    if n_points - k - 1 <= 0:
        counted = "" if known else " (the variance counts as one)"
        return (
            None,
            f"AICc is undefined: {n_points} points, {k} parameters{counted}; N-K-1 is {n_points - k - 1}",
        )
    penalty = 2 * k + 2 * k * (k + 1) / (n_points - k - 1)
    return (rss if known else n_points * math.log(rss / n_points)) + penalty, None


def check_values(curve: Curve) -> None:
    """Refuse values that no model of a measured activity can mean; the message says which and what to do."""
    if not np.any(curve.value):
        raise KineticsError(f"{curve.name}: every value is 0; there is nothing to fit")
    for bad, what in ((curve.value < 0, "is negative"), ((curve.value == 0) & (curve.time_h > 0), "is zero")):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise KineticsError(
                f"{curve.name}: value {curve.value[row]:g} at {curve.time_h[row]:g} h {what}: a reading at"
                f" or below"
                " its background is no measured activity; leave the point out or write it as BLQ"
            )


def make_problem(
    curve: Curve,
    model: Model,
    errors: ErrorModel,
    lambda_phys_per_h: float,
    *,
    full_scale: float | None = None,
) -> Problem:
    """The least-squares problem of a curve whose decay-corrected values refer to time 0, with its bounds."""
    time = curve.time_h
    decay = np.ones(len(curve)) if curve.decay_corrected else np.exp(-lambda_phys_per_h * time)
    gaps = np.diff(np.concatenate([[0.0], time]))
    shortest = float(gaps[gaps > 0].min(initial=np.inf))
    last = float(time[-1])
    if not last > 0:
        raise KineticsError(f"{curve.name}: all points are at time 0; a later point is due")
    full = float((curve.value / decay).max()) if full_scale is None else full_scale
    q, r = len(model.amplitudes), len(model.rates)
    slow = math.log(math.log(2) / (SLOWEST_OF_LAST * last))
    fast = math.log(math.log(2) / (FASTEST_OF_INTERVAL * shortest))
    return Problem(
        model,
        time,
        decay,
        1.0 / errors.sd,
        np.array([0.0] * q + [slow] * r),
        np.array([LARGEST_OF_MAX * full] * q + [fast] * r),
    )


def polish(
    problem: Problem, y: FloatArray, phi: FloatArray, free: BoolArray
) -> tuple[FloatArray, FloatArray | None]:
    """Minimum and unscaled covariance (P, P) by lmfit (MINPACK, analytic Jacobian) from a start near it.

    Parameters on a bound (``free`` False) are held and have zero covariance. None: no covariance.
    """
    import lmfit

    parameters = lmfit.Parameters()
    for i, start in enumerate(phi):
        parameters.add(f"p{i}", value=float(start), vary=bool(free[i]))
    wy = y * problem.inverse_sd

    def now(p: lmfit.Parameters) -> FloatArray:
        return np.array([v.value for v in p.values()])

    def residual(p: lmfit.Parameters) -> FloatArray:
        return problem.weighted(now(p))[0] - wy

    def jacobian(p: lmfit.Parameters) -> FloatArray:
        return problem.weighted(now(p))[1].T[free]

    fitted = lmfit.Minimizer(residual, parameters, scale_covar=False).leastsq(
        Dfun=jacobian, col_deriv=1, xtol=1e-10, ftol=1e-14
    )
    covariance = None
    if fitted.covar is not None and np.all(np.isfinite(fitted.covar)):
        covariance = np.zeros((phi.size, phi.size))
        covariance[np.ix_(free, free)] = fitted.covar
    return now(fitted.params), covariance


def fit_curve(
    curve: Curve,
    model: str | Model,
    *,
    lambda_phys_per_h: float,
    weights: str,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
) -> FitResult:
    """Fit a model to a curve, with the physical decay constant held apart.

    Several starts (a grid of rates and curve stripping) go through a bounded least-squares solver; lmfit
    polishes the best and gives the covariance.

    Parameters
    ----------
    curve : (N,) points, decay-corrected or not: the model is fitted to the values as they are given.
    model : a name of :data:`kinetics.models.MODELS` or a Model.
    lambda_phys_per_h : physical decay constant, 1/h; 0 for a stable label.
    weights : "none", "sd", "relative" or "poisson" (:data:`kinetics.weights.WEIGHTS`).
    fractional_sd, rescale : see :func:`kinetics.weights.error_model`.

    Raises
    ------
    KineticsError : fewer points than parameters; zeros or negative values; a curve that doesn't fall where
        the area rests on its falling; an area that is infinite.
    """
    lam = check_lambda(lambda_phys_per_h)
    function = model_by_name(model)
    check_values(curve)
    if curve.decay_corrected and curve.reference_h:
        curve = curve.corrected(lam)
    p = function.n_parameters
    if len(curve) < p:
        raise KineticsError(
            f"{curve.name}: {len(curve)} point{'s' * (len(curve) > 1)} for the {p} parameters of"
            f" '{function.name}';"
            " take a smaller model, or a method for few points (cohort or single-time-point)"
        )
    if function.has_constant_plateau and lam == 0:
        raise KineticsError(f"{curve.name}: '{function.name}' without physical decay has an infinite area")
    errors = error_model(curve, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd, rescale=rescale)
    problem = make_problem(curve, function, errors, lam)
    corrected = curve.value / problem.decay
    first = starts(problem, curve.value, stripped=strip(curve.time_h, corrected, len(function.rates)))
    solved = minimise(problem, curve.value, first)
    best = int(np.argmin(solved.cost))
    return _finish(curve, problem, errors, lam, solved.phi[best], solved.at_bound[best])


def _finish(
    curve: Curve, problem: Problem, errors: ErrorModel, lam: float, phi: FloatArray, at_bound: BoolArray
) -> FitResult:
    function = problem.model
    columns = np.sqrt((problem.weighted(phi)[1] ** 2).sum(0))
    at_bound = at_bound | (columns <= 1e-12 * columns.max())  # e.g. the rate of an amplitude that is 0
    polished, covariance = polish(problem, curve.value, phi, ~at_bound)
    inside = np.all((polished >= problem.lower) & (polished <= problem.upper))
    wy = curve.value * problem.inverse_sd
    costs = [float(((problem.weighted(x)[0] - wy) ** 2).sum()) for x in (phi, polished)]
    if inside and costs[1] <= costs[0] * (1 + 1e-9) + 1e-300:
        phi, rss = polished, costs[1]
    else:
        rss = costs[0]
    order = function.order(problem.natural(phi))
    theta = problem.natural(phi)[order]
    names = function.parameters
    bounds_reached = tuple(names[i] for i, source in enumerate(order) if at_bound[source])
    n, p = len(curve), function.n_parameters
    warnings: list[str] = []
    exact = (EXACT**2) * float((wy**2).sum())
    if not errors.known and rss < exact:
        warnings.append(
            "the fit is exact to rounding: standard errors and AICc say nothing about a measurement"
        )
        rss = exact
    reason = None
    if covariance is None:
        reason = "undefined: the data don't determine the parameters separately (singular normal matrix)"
    elif not errors.known and n == p:
        covariance, reason = None, "undefined: as many points as parameters leave no residual variance"
    if covariance is not None:
        scale = problem.scale(phi)
        covariance = covariance * np.outer(scale, scale) * (1.0 if errors.known else rss / (n - p))
        covariance = covariance[np.ix_(order, order)]
        common = np.concatenate([theta[: len(function.amplitudes)], np.zeros(len(function.rates))])
        covariance = covariance + curve.scale_relative_sd**2 * np.outer(common, common)
    _refuse_unbelievable(curve, function, bounds_reached, theta, problem, lam)
    if bounds_reached:
        warnings.append(
            f"bound reached: {', '.join(bounds_reached)}; the data don't support '{function.name}'"
        )
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
    variance = None if covariance is None else float(gradient @ covariance @ gradient)
    criterion, criterion_reason = aicc(rss, n, p, known=errors.known)
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
        area_se=None if variance is None else math.sqrt(max(variance, 0.0)),
        extrapolated_fraction=float(function.area(theta, lam, start_h=float(curve.time_h[-1])) / area),
    )


def _refuse_unbelievable(
    curve: Curve,
    function: Model,
    bounds_reached: tuple[str, ...],
    theta: FloatArray,
    problem: Problem,
    lam: float,
) -> None:
    """An area that rests on a rate which the data don't give isn't given."""
    q = len(function.amplitudes)
    slow = np.exp(problem.lower[q:]) * (1 + 1e-6)
    flat = [
        name for i, name in enumerate(function.rates) if theta[q + i] <= slow[i] and name in bounds_reached
    ]
    if not flat:
        return
    if lam == 0:
        raise KineticsError(
            f"{curve.name}: the data don't fall with '{function.name}' ({', '.join(flat)} goes to 0):"
            f" constant or"
            " rising data have no finite area; measure later, or give the half-life if physical decay is in"
            " them"
        )
    corrected = curve.value / problem.decay
    if function.name == "monoexponential" and np.all(corrected > 0) and len(curve) > 2:
        t = curve.time_h - curve.time_h.mean()
        logs = np.log(corrected) - np.log(corrected).mean()
        slope = float(t @ logs / (t @ t))
        spread = math.sqrt(float(((logs - slope * t) ** 2).sum()) / (len(curve) - 2) / float(t @ t))
        if slope > 2 * spread and slope * (curve.time_h[-1] - curve.time_h[0]) > 1e-6:
            state = (
                ""
                if curve.decay_corrected
                else " once corrected for decay; if it is corrected already, say so"
            )
            raise KineticsError(
                f"{curve.name}: the curve rises with time{state}; a monoexponential can't describe it"
            )
