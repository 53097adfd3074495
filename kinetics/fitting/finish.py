"""From minima of least squares to results: what is held, covariance, area; refused where not believed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.criterion import information_criterion
from kinetics.fitting.result import FitResult
from kinetics.least_squares.covariance import BoolArray, bounds_said, gains, held, wide_area
from kinetics.least_squares.newton import to_the_minimum
from kinetics.least_squares.solver import Problem, together
from kinetics.weights import ASSUMED, ASSUMED_FRACTION, ErrorModel

#: Residuals below this fraction of the values count as an exact fit: rounding, not measurement.
EXACT = 1e-9
#: A share of the area after the last point above this is warned of.
MUCH_EXTRAPOLATED = 0.5


@dataclass(frozen=True)
class Task:
    """A curve whose values can be fitted, its least-squares problem, its error model and decay constant."""

    curve: Curve
    problem: Problem
    errors: ErrorModel
    lambda_phys_per_h: float


def finished(
    tasks: Sequence[Task], phi: FloatArray, at_bound: BoolArray, rss: FloatArray, *, polish: bool
) -> list[FitResult | KineticsError]:
    """The results at minima of curves of one model and as many points; an error in place of one refused.

    Parameters
    ----------
    phi, at_bound, rss : (B, P), (B, P) and (B,) of the minima, as the solver gives them.
    polish : whether Newton's method is to bring them to the minimum as far as numbers go.
    """
    problem = together([t.problem for t in tasks])
    value, jacobian = problem.weighted(phi)
    at_bound = held(jacobian, at_bound)
    if polish:
        y = np.stack([t.curve.value for t in tasks])
        polished = to_the_minimum(problem, y, phi, ~at_bound)
        value, _ = problem.weighted(polished)
        cost = ((value - y * problem.inverse_sd) ** 2).sum(-1)
        inside = ((polished >= problem.lower) & (polished <= problem.upper)).all(-1)
        taken = np.flatnonzero(inside & (cost <= rss * (1 + 1e-9) + 1e-300))
        phi, rss = phi.copy(), rss.copy()
        phi[taken], rss[taken] = polished[taken], cost[taken]
        value, jacobian = problem.weighted(phi)
    return _results(tasks, problem, phi, at_bound, rss, jacobian)


def _results(
    tasks: Sequence[Task],
    problem: Problem,
    phi: FloatArray,
    at_bound: BoolArray,
    rss: FloatArray,
    jacobian: FloatArray,
) -> list[FitResult | KineticsError]:
    function, q = problem.model, problem.n_amplitudes
    gained, determined = gains(jacobian, ~at_bound)
    gained = gained * problem.scale(phi)[..., None]
    theta = problem.natural(phi)
    orders = [function.order(row) for row in theta]
    theta = np.take_along_axis(theta, np.array(orders), axis=1)
    flat = np.any(phi[:, q:] <= problem.lower[:, q:] + 1e-6, axis=-1)
    lam = np.array([[t.lambda_phys_per_h] for t in tasks])
    area, gradient = function.area_and_gradient(theta, lam)
    last = function.area(theta, lam, start_h=problem.time_h[:, -1:])
    found: list[FitResult | KineticsError] = []
    for i, (task, order) in enumerate(zip(tasks, orders, strict=True)):
        try:
            if flat[i]:
                refuse_unbelievable(task.curve, task.problem, phi[i], at_bound[i], task.lambda_phys_per_h)
            if not area[i] > 0:
                raise KineticsError(
                    f"{task.curve.name}: the best fit of '{function.name}' is 0 everywhere; it doesn't"
                    " follow the data"
                )
        except KineticsError as error:
            found.append(error)
            continue
        own = gained[i][order] if determined[i] else None
        found.append(
            _result(
                task, theta[i], at_bound[i][order], float(rss[i]), own,
                float(area[i]), gradient[i], float(last[i] / area[i]),
            )
        )  # fmt: skip
    return found


def _result(
    task: Task,
    theta: FloatArray,
    at_bound: BoolArray,
    rss: float,
    gained: FloatArray | None,
    area: float,
    gradient: FloatArray,
    after: float,
) -> FitResult:
    """One result; parameters, gain (P, N) and gradient of the area (P,) in the order of the result."""
    curve, problem, errors = task.curve, task.problem, task.errors
    function = problem.model
    n, p = len(curve), function.n_parameters
    reached = tuple(name for name, on in zip(function.parameters, at_bound.tolist(), strict=True) if on)
    warnings: list[str] = []
    exact = EXACT**2 * float(((curve.value * problem.inverse_sd) ** 2).sum())
    nu = errors.prior_points
    if not errors.known and not nu and rss < exact:
        warnings.append("the fit is exact to rounding: its standard errors and AICc are those of rounding")
        rss = exact
    covariance, reason = None, None
    if gained is None:
        reason = "undefined: the data don't determine the parameters separately (singular normal matrix)"
    elif not errors.known and n - p + nu <= 0:
        reason = "undefined: as many points as parameters leave no residual variance"
    else:
        variance = errors.sd**2 * (1.0 if errors.known else (nu + rss) / (nu + n - p))
        half = curve.carried(gained * problem.inverse_sd, variance)
        covariance = half @ half.T
    warnings += bounds_said(reached, function.name)
    if errors.known and n > p:
        from scipy.special import chdtrc

        chance = float(chdtrc(n - p, rss))
        if chance < 0.01:
            warnings.append(
                f"lack of fit: chi-square {rss:.3g} with {n - p} degrees of freedom (P = {chance:.2g})"
            )
    elif errors.known:
        warnings.append("as many points as parameters: no test of the fit")
    if after > MUCH_EXTRAPOLATED:
        warnings.append(f"{100 * after:.0f} % of the area is extrapolated past the last point")
    se_area = None if covariance is None else math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
    warnings += wide_area(area, se_area)
    if errors.name == ASSUMED:
        given = 100 * ASSUMED_FRACTION * math.sqrt((nu + rss) / (nu + n - p))
        warnings.append(
            f"no standard deviations given: relative errors of about {100 * ASSUMED_FRACTION:g} % assumed,"
            f" {given:.2g} % with the residuals"
        )
    criterion, criterion_reason = information_criterion(rss, n, p, errors)
    return FitResult(
        curve=curve,
        function=function,
        theta=theta,
        lambda_phys_per_h=task.lambda_phys_per_h,
        covariance=covariance,
        reason=reason,
        rss=rss,
        aicc=criterion,
        aicc_reason=criterion_reason,
        errors=errors,
        bounds_reached=reached,
        warnings=tuple(warnings),
        area=area,
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
