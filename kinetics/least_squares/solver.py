"""Bounded least squares for many curves or many starts at once, with analytic Jacobians.

One Levenberg-Marquardt iteration (Marquardt 1963; damping by the diagonal, projection on the bounds) runs on
a whole batch of problems: the starts of one fit, the replicas of a bootstrap, the patients of a cohort.
Amplitudes are worked on as they are, rates by their logarithm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.models import Model

#: (theta, gradient by theta) -> extra residuals (B, M) and their derivatives (B, M, P), for priors and
#: profiles.
Extra = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


#: Iterations that every start of one problem gets.
RACE_ITERATIONS = 6


@dataclass(frozen=True)
class Problem:
    """A model on given times: weighted residual = (y - decay * f(t; theta)) * inverse_sd.

    ``time_h``, ``decay`` and ``inverse_sd`` are (N,), and the bounds (P,); where the rows of a batch are
    different curves of as many points, they are (B, N) and (B, P).
    """

    model: Model
    time_h: FloatArray
    decay: FloatArray
    inverse_sd: FloatArray
    lower: FloatArray
    upper: FloatArray

    @cached_property
    def weight(self) -> FloatArray:
        """(N,) decay factor over standard deviation."""
        return self.decay * self.inverse_sd

    @property
    def n_amplitudes(self) -> int:
        """Number of parameters that are worked on as they are."""
        return len(self.model.amplitudes)

    def inner(self, theta: FloatArray) -> FloatArray:
        """Natural parameters -> what is worked on: rates become their logarithms."""
        q = self.n_amplitudes
        return np.concatenate([theta[..., :q], np.log(theta[..., q:])], axis=-1)

    def natural(self, phi: FloatArray) -> FloatArray:
        """The way back from :meth:`inner`."""
        q = self.n_amplitudes
        return np.concatenate([phi[..., :q], np.exp(phi[..., q:])], axis=-1)

    def scale(self, phi: FloatArray) -> FloatArray:
        """(..., P) d theta / d phi: 1 for amplitudes, the rate itself for rates."""
        q = self.n_amplitudes
        return np.concatenate([np.ones_like(phi[..., :q]), np.exp(phi[..., q:])], axis=-1)

    def weighted(
        self, phi: FloatArray, rows: NDArray[np.intp] | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) weighted function and (B, N, P) its derivative by the inner parameters.

        ``rows`` : which rows of the batch they are, for batches whose rows differ in more than parameters.
        """
        theta, q = self.natural(phi), self.n_amplitudes
        time, weight = self.time_h, self.weight
        if rows is not None and time.ndim == 2:
            time, weight = time[rows], weight[rows]
        value, gradient = self.model.value_and_gradient(time, theta)
        gradient[..., q:] *= theta[..., None, q:]
        return value * weight, gradient * weight[..., None]

    def taking(self, rows: NDArray[np.intp]) -> Problem:
        """The problem of some rows of a batch of curves, in that order; a row may be taken several times."""
        return replace(
            self,
            time_h=self.time_h[rows],
            decay=self.decay[rows],
            inverse_sd=self.inverse_sd[rows],
            lower=self.lower[rows],
            upper=self.upper[rows],
        )


def together(problems: Sequence[Problem]) -> Problem:
    """The problems of several curves of as many points and one model, as a batch of a row each."""
    return replace(
        problems[0],
        time_h=np.stack([p.time_h for p in problems]),
        decay=np.stack([p.decay for p in problems]),
        inverse_sd=np.stack([p.inverse_sd for p in problems]),
        lower=np.stack([p.lower for p in problems]),
        upper=np.stack([p.upper for p in problems]),
    )


@dataclass(frozen=True)
class Solution:
    """Minima: inner parameters (B, P), cost (B,) = sum of squared weighted residuals, at_bound (B, P)."""

    phi: FloatArray
    cost: FloatArray
    at_bound: np.ndarray
    converged: np.ndarray


def minimise(
    problem: Problem,
    y: FloatArray,
    phi0: FloatArray,
    *,
    extra: Extra | None = None,
    max_iterations: int = 120,
    tolerance: float = 1e-11,
    race: Sequence[int] | None = None,
) -> Solution:
    """Minima of a batch.

    Parameters
    ----------
    y : (N,) or (B, N) measured values.
    phi0 : (B, P) starts, inner parameters.
    extra : more residuals a problem, e.g. a prior.
    tolerance : relative gain of the cost at which a problem is done.
    race : first row of each group of starts of one and the same problem: a group is done when its best has
        converged and all have had :data:`RACE_ITERATIONS`; None: every row is a problem of its own.
    """
    lower, upper, q = problem.lower, problem.upper, problem.n_amplitudes
    phi = np.minimum(np.maximum(phi0, lower), upper)
    batch, size = phi.shape
    wy = np.broadcast_to(y * problem.inverse_sd, (batch, problem.time_h.shape[-1]))

    def evaluate(p: FloatArray, rows: NDArray[np.intp]) -> tuple[FloatArray, FloatArray, FloatArray]:
        value, jacobian = problem.weighted(p, rows)
        residual = wy[rows] - value
        if extra is not None:
            more, more_jacobian = extra(p)
            residual = np.concatenate([residual, more], axis=-1)
            jacobian = np.concatenate([jacobian, -more_jacobian], axis=-2)
        transposed = np.swapaxes(jacobian, -1, -2)
        gradient = (transposed @ residual[..., None])[..., 0]
        return np.einsum("bn,bn->b", residual, residual), gradient, transposed @ jacobian

    cost, gradient, normal = evaluate(phi, np.arange(batch))
    damping = np.full(batch, 1e-3)
    converged = np.zeros(batch, dtype=bool)
    floor = np.finfo(float).eps ** 2 * np.einsum("bn,bn->b", wy, wy)
    diagonal = np.arange(size)
    group = None if race is None else np.repeat(np.arange(len(race)), np.diff([*race, batch]))
    largest_step = np.concatenate([np.full(q, np.inf), np.full(size - q, 2.0)])
    for iteration in range(max_iterations):
        if race is not None and group is not None and iteration >= RACE_ITERATIONS:
            leads = converged & (cost <= np.minimum.reduceat(cost, race)[group])
            converged |= np.logical_or.reduceat(leads, race)[group]
        rows = np.flatnonzero(~converged)
        if rows.size == 0:
            break
        whole = rows.size == batch
        p, g, matrix, d = (phi, gradient, normal, damping) if whole else (
            phi[rows], gradient[rows], normal[rows], damping[rows]
        )  # fmt: skip
        matrix = matrix.copy()
        low, high = (lower, upper) if whole or lower.ndim == 1 else (lower[rows], upper[rows])
        held = ((p <= low) & (g < 0)) | ((p >= high) & (g > 0))
        if held.any():
            g = np.where(held, 0.0, g)
            matrix[held] = 0.0
            np.swapaxes(matrix, -1, -2)[held] = 0.0
        own = matrix[:, diagonal, diagonal]
        least = 1e-14 * own.max(-1, keepdims=True, initial=1e-300)
        matrix[:, diagonal, diagonal] = own * (1.0 + d[:, None]) + least + held
        step = np.linalg.solve(matrix, g[..., None])[..., 0]
        step = np.minimum(np.maximum(step, -largest_step), largest_step)
        trial = np.minimum(np.maximum(p + step, low), high)
        new_cost, new_gradient, new_normal = evaluate(trial, rows)
        gain = (cost if whole else cost[rows]) - new_cost
        better = gain >= 0
        small = better & (gain <= tolerance * new_cost) & (d <= 1e-2)
        small |= (np.abs(gain) <= 1e-13 * new_cost) | (new_cost <= floor[rows])
        if whole and better.all():
            phi, cost, gradient, normal = trial, new_cost, new_gradient, new_normal
        else:
            won = rows[better]
            phi[won], cost[won] = trial[better], new_cost[better]
            gradient[won], normal[won] = new_gradient[better], new_normal[better]
        d = np.where(better, np.maximum(d * 0.1, 1e-15), np.maximum(d * 5.0, 1e-10))
        damping[rows] = d
        converged[rows] = small | (d > 1e8)
    near = 1e-9 * np.maximum(1.0, np.abs(phi))
    at_bound = (phi <= lower + near) | (phi >= upper - near)
    return Solution(phi, cost, at_bound, converged)
