"""Bounded least squares for many curves or many starts at once, with analytic Jacobians.

One Levenberg-Marquardt iteration (Marquardt 1963; damping by the diagonal, projection on the bounds) runs on
a whole batch of problems: the starts of one fit, the replicas of a bootstrap, the patients of a cohort.
Amplitudes are worked on as they are, rates by their logarithm.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import combinations as combinations_of
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.fitting.models import Model

#: (theta, gradient by theta) -> extra residuals (B, M) and their derivatives (B, M, P), for priors and
#: profiles.
Extra = Callable[[FloatArray], tuple[FloatArray, FloatArray]]


#: Iterations that every start of one problem gets.
RACE_ITERATIONS = 6


@dataclass(frozen=True)
class Problem:
    """A model on given times: weighted residual = (y - decay * f(t; theta)) * inverse_sd."""

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
        value, gradient = self.model.value_and_gradient(self.time_h, theta)
        gradient[..., q:] *= theta[..., None, q:]
        return value * self.weight, gradient * self.weight[:, None]


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
    wy = np.broadcast_to(y * problem.inverse_sd, (batch, problem.time_h.size))

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


@lru_cache
def _unit_grid(n_rates: int, exchangeable: bool) -> FloatArray:
    """(G, R) combinations of evenly spread numbers between 0 and 1; in one order only where order is free."""
    grid = np.linspace(0, 1, {1: 26, 2: 14}.get(n_rates, 10) + 2)[1:-1]
    choose = combinations_of if exchangeable and n_rates == 2 else permutations
    return np.array(list(choose(grid, n_rates)))


def starts(problem: Problem, y: FloatArray, *, stripped: tuple[float, ...] = (), keep: int = 4) -> FloatArray:
    """(S, P) inner starting points: a grid of rates with the amplitudes solved for, and the stripped rates.

    For given rates the amplitudes are linear; each combination of grid rates is scored by its weighted
    residual and the best ones that differ from each other are kept.
    """
    model, q = problem.model, problem.n_amplitudes
    n_rates = len(model.rates)
    if n_rates:
        low, high = problem.lower[q], problem.upper[q]
        combinations = low + (high - low) * _unit_grid(n_rates, bool(model.exchange))
        if len(stripped) >= n_rates:
            own = np.log(np.array(list(permutations(stripped[:n_rates], n_rates))))
            combinations = np.concatenate([np.clip(own, low, high), combinations])
    else:
        combinations = np.zeros((1, 0))
    basis = model.basis(problem.time_h, np.exp(combinations)) * problem.weight[:, None]
    transposed = np.swapaxes(basis, -1, -2)
    normal = transposed @ basis
    ridge = 1e-10 * np.trace(normal, axis1=-2, axis2=-1)[..., None, None] * np.eye(q) + 1e-300 * np.eye(q)
    wy = y * problem.inverse_sd
    amplitude = np.linalg.solve(normal + ridge, (transposed @ wy)[..., None])[..., 0]
    amplitude = np.clip(amplitude, 1e-3 * np.abs(y).max(), 0.5 * problem.upper[:q])
    cost = ((wy - (basis @ amplitude[..., None])[..., 0]) ** 2).sum(-1)
    chosen: list[int] = []
    for i in np.argsort(cost)[:60]:
        if all(np.abs(combinations[i] - combinations[j]).max(initial=0.0) > 0.7 for j in chosen):
            chosen.append(int(i))
        if len(chosen) >= keep:
            break
    return np.concatenate([amplitude[chosen], combinations[chosen]], axis=-1)


def strip(time_h: FloatArray, value: FloatArray, n: int) -> tuple[float, ...]:
    """Rates of up to ``n`` exponentials by curve stripping (peeling), slowest first, in 1/h.

    The last points give the slowest exponential by log-linear regression; what is left of the earlier points
    gives the next (Gibaldi & Perrier 1982, appendix C). Ends where fewer than two points are left.
    """
    rates: list[float] = []
    rest, time = value.astype(float), time_h
    for _ in range(n):
        size = max(2, time.size // (n + 1 - len(rates)))
        tail = slice(max(0, time.size - size), None)
        y, t = np.abs(rest[tail]), time[tail]
        if t.size < 2 or np.any(y <= 0):
            break
        slope, intercept = np.polyfit(t, np.log(y), 1)
        if slope >= 0:
            break
        rates.append(float(-slope))
        rest = (rest - np.exp(intercept + slope * time))[: tail.start]
        time = time[: tail.start]
    return tuple(rates)
