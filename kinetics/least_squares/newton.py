"""Newton's method from a point near a least-squares minimum to the minimum, for many curves at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.least_squares.covariance import BoolArray
from kinetics.least_squares.solver import Problem

#: Steps at most; from where the solver stops, four are usual.
MOST_STEPS = 100
#: A step that lowers the cost by less than this fraction of it is the last: it is quadratic in the distance,
#: which is then some 1e-12 of a standard error.
LAST_GAIN = 1e-22
#: Rounding of the cost, over the root of its product with that of the values' squares.
ROUNDING = 200.0


def to_the_minimum(problem: Problem, y: FloatArray, phi: FloatArray, free: BoolArray) -> FloatArray:
    """(B, P) minima by Newton's method with exact second derivatives; what isn't ``free`` is held.

    Where the second derivatives make no minimum (far from one, or along a valley without end) the step is
    that of Gauss and Newton; a step that doesn't lower the cost is damped (Marquardt 1963). Bounds aren't
    looked at, but no step goes far beyond them.

    Parameters
    ----------
    problem : of B curves of N points.
    y : (B, N) measured values.
    phi : (B, P) inner parameters near the minimum.
    free : (B, P) False where a parameter is held.
    """
    phi, wy = phi.copy(), y * problem.inverse_sd
    low, high = problem.lower - 1.0, problem.upper + np.abs(problem.upper) + 1.0  # keeps a wild step finite
    noise = np.finfo(float).eps ** 2 * (wy**2).sum(-1)
    damping = np.zeros(len(phi))
    rows = np.flatnonzero(free.any(-1))
    cost = np.full(len(phi), np.inf)
    cost[rows] = _cost(problem, wy, phi[rows], rows)
    for _ in range(MOST_STEPS):
        if not rows.size:
            break
        step, gain = _step(problem, wy, phi[rows], free[rows], rows, damping[rows])
        trial = np.minimum(np.maximum(phi[rows] + step, low[rows]), high[rows])
        new = _cost(problem, wy, trial, rows)
        last = gain <= LAST_GAIN * cost[rows] + noise[rows]
        # a cost is known no better than its residuals, differences of much larger numbers
        better = new <= cost[rows] + ROUNDING * np.sqrt(cost[rows] * noise[rows]) + noise[rows]
        poor = better & (cost[rows] - new < 0.25 * gain) & (gain > 1e-9 * cost[rows])
        phi[rows[better]], cost[rows[better]] = trial[better], new[better]
        d = damping[rows]
        less = np.where(poor, d, np.where(d > 1e-9, 0.3 * d, 0.0))
        damping[rows] = np.where(better, less, np.maximum(4.0 * d, 1e-7))
        rows = rows[~last & (damping[rows] < 1e8)]
    return phi


def _cost(problem: Problem, wy: FloatArray, phi: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
    value, _ = problem.weighted(phi, rows)
    return np.asarray(((wy[rows] - value) ** 2).sum(-1))


def _step(
    problem: Problem,
    wy: FloatArray,
    phi: FloatArray,
    free: BoolArray,
    rows: NDArray[np.intp],
    damping: FloatArray,
) -> tuple[FloatArray, FloatArray]:
    """(b, P) steps and (b,) by how much they should lower the cost."""
    value, jacobian = problem.weighted(phi, rows)
    jacobian = jacobian * free[:, None, :]
    residual = wy[rows] - value
    size = np.sqrt((jacobian**2).sum(-2))
    size = np.where(size > 0, size, 1.0)
    transposed = np.swapaxes(jacobian / size[:, None, :], -1, -2)
    gradient = (transposed @ residual[..., None])[..., 0]
    normal = transposed @ np.swapaxes(transposed, -1, -2)
    curved = _curvature(problem, phi, residual, jacobian, rows) / (size[:, :, None] * size[:, None, :])
    both = free[:, :, None] & free[:, None, :]
    held = ~free[:, :, None] * np.eye(free.shape[1])
    hessian = np.where(both, normal - curved, held)
    value_of, direction = np.linalg.eigh(hessian)
    minimum = value_of[:, 0] > 1e-14 * value_of[:, -1]
    if not minimum.all():
        other = np.flatnonzero(~minimum)
        own, turned = np.linalg.eigh(np.where(both[other], normal[other], held[other]))
        value_of[other], direction[other] = np.maximum(own, 1e-14 * own[:, -1:]), turned
    along = (np.swapaxes(direction, -1, -2) @ gradient[..., None])[..., 0]
    moved = along / (value_of + damping[:, None])
    return (direction @ moved[..., None])[..., 0] / size, (along * moved).sum(-1)


def _curvature(
    problem: Problem, phi: FloatArray, residual: FloatArray, jacobian: FloatArray, rows: NDArray[np.intp]
) -> FloatArray:
    """(b, P, P) sum over the points of residual x second derivative by the inner parameters."""
    q, theta = problem.n_amplitudes, problem.natural(phi)
    weight = residual * problem.weight[rows]
    scale = problem.scale(phi)
    second = problem.model.second_derivatives(problem.time_h[rows], theta, weight)
    found = second * scale[:, :, None] * scale[:, None, :]
    # rates are worked on as logarithms: d2f/dphi2 = rate^2 d2f/drate2 + rate df/drate
    diagonal = np.arange(q, phi.shape[1])
    found[:, diagonal, diagonal] += (jacobian[:, :, q:] * residual[..., None]).sum(1)
    return found
