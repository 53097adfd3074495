"""The joint minimum of curves that share rates: own parameters in batches, shared by profiled residuals."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import Curve, FloatArray
from kinetics.least_squares.covariance import BoolArray
from kinetics.least_squares.solver import Problem, minimise
from kinetics.populations.borrowed_rates import starts_with

#: Where between its bounds (of the logarithm) a shared rate may start, and how many starts are followed.
START_SHARES = (0.2, 0.35, 0.5, 0.65, 0.8)
STARTS = 3


def joint_jacobian(
    problems: list[Problem], phis: list[FloatArray], common: list[int], private: list[int]
) -> tuple[FloatArray, list[NDArray[np.intp]]]:
    """Weighted Jacobian of all curves by (shared, then each curve's own) parameters; each curve's columns."""
    rows = np.cumsum([0, *(pr.time_h.size for pr in problems)])
    jacobian = np.zeros((rows[-1], len(common) + len(private) * len(problems)))
    columns = []
    for i, (problem, phi) in enumerate(zip(problems, phis, strict=True)):
        own = np.zeros(phi.size, dtype=np.intp)
        own[common] = np.arange(len(common))
        own[private] = len(common) + len(private) * i + np.arange(len(private))
        jacobian[rows[i] : rows[i + 1], own] = problem.weighted(phi)[1]
        columns.append(own)
    return jacobian, columns


def joint_minimum(
    curves: list[Curve],
    problems: list[Problem],
    common: list[int],
    private: list[int],
    low: FloatArray,
    high: FloatArray,
) -> tuple[FloatArray, list[FloatArray], list[BoolArray]]:
    """Shared inner parameters, each curve's inner parameters at the joint minimum, and which are on a bound.

    Own parameters are minimised by the batch solver with the shared ones held; the shared ones by bounded
    least squares on the profiled residuals, from several starts.
    """
    from scipy.optimize import least_squares

    def inner(shared: FloatArray) -> list[FloatArray]:
        return [phi for phi, _ in solved_each(shared)]

    def solved_each(shared: FloatArray) -> list[tuple[FloatArray, BoolArray]]:
        found = []
        for curve, problem in zip(curves, problems, strict=True):
            fixed = replace(problem, lower=problem.lower.copy(), upper=problem.upper.copy())
            fixed.lower[common] = fixed.upper[common] = shared
            begin = starts_with(fixed, curve.value, dict(zip(common, shared, strict=True)))
            solved = minimise(fixed, curve.value, begin)
            best = int(np.argmin(solved.cost))
            found.append((solved.phi[best], solved.at_bound[best]))
        return found

    def residuals(shared: FloatArray) -> FloatArray:
        return np.concatenate(
            [
                c.value * pr.inverse_sd - pr.weighted(phi)[0]
                for c, pr, phi in zip(curves, problems, inner(shared), strict=True)
            ]
        )

    def jacobian(shared: FloatArray) -> FloatArray:
        """Of the profiled residuals (Kaufman): the part of d r/d shared that own parameters can't take up."""
        rows = []
        for pr, phi in zip(problems, inner(shared), strict=True):
            j = pr.weighted(phi)[1]
            basis, _ = np.linalg.qr(j[:, private])
            rows.append(-(j[:, common] - basis @ (basis.T @ j[:, common])))
        return np.concatenate(rows)

    # shares differ between the rates: from equal ones, two exponentials can never part
    grid = [low + (high - low) * np.array(p) for p in permutations(START_SHARES, len(low))]
    scores = [float((residuals(g) ** 2).sum()) for g in grid]
    solved = [
        least_squares(
            residuals,
            grid[i],
            jac=jacobian,
            bounds=(low - 1e-9, high + 1e-9),
            xtol=1e-10,
            ftol=1e-12,
        )
        for i in np.argsort(scores)[:STARTS]
    ]
    best = min(solved, key=lambda one: float(one.cost))
    last = solved_each(best.x)
    return np.asarray(best.x, dtype=np.float64), [phi for phi, _ in last], [reached for _, reached in last]
