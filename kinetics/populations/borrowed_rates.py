"""Starts and results of a curve whose rates aren't its own alone: borrowed from a cohort, or shared."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.result import FitResult
from kinetics.least_squares.covariance import (
    BoolArray,
    bounds_said,
    wide_area,
)
from kinetics.least_squares.solver import Problem
from kinetics.least_squares.starts import starts
from kinetics.models import Model
from kinetics.weights import ErrorModel


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
