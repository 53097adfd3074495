"""Starting points of a fit: a grid of rates with the amplitudes solved for, and rates by curve stripping."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.least_squares.solver import Problem, together
from kinetics.least_squares.thinned import thinned

#: Starts that a fit keeps at most, and by how much (of a logarithm) two must differ in a rate.
KEPT, APART = 4, 0.7
#: Best combinations of rates among which the starts are chosen.
LOOKED_AT = 60


@lru_cache
def _unit_grid(n_rates: int, exchangeable: bool) -> FloatArray:
    """(G, R) combinations of evenly spread numbers between 0 and 1; in one order only where order is free."""
    grid = np.linspace(0, 1, {1: 26, 2: 14}.get(n_rates, 10) + 2)[1:-1]
    choose = combinations if exchangeable and n_rates == 2 else permutations
    return np.array(list(choose(grid, n_rates)))


def starts(problem: Problem, y: FloatArray, *, stripped: bool = False) -> FloatArray:
    """(S, P) inner starting points of one curve; see :func:`starts_of_each`."""
    return starts_of_each(together([problem]), y[None], stripped=stripped)[0]


def starts_of_each(
    problem: Problem, y: FloatArray, *, stripped: bool = True
) -> tuple[FloatArray, NDArray[np.intp]]:
    """Inner starting points (M, P) of a batch of curves, and (M,) the curve that each belongs to.

    For given rates the amplitudes are linear; each combination of grid rates is scored by its weighted
    residual and the best ones that differ from each other are kept, up to :data:`KEPT` a curve.

    Parameters
    ----------
    problem : of B curves of N points.
    y : (B, N) measured values.
    stripped : whether the rates that curve stripping gives are tried too.
    """
    problem, y = thinned(problem, y)
    model, q, batch = problem.model, problem.n_amplitudes, y.shape[0]
    n_rates = len(model.rates)
    low, high = problem.lower[:, None, q:], problem.upper[:, None, q:]
    if n_rates:
        grid = low + (high - low) * _unit_grid(n_rates, bool(model.exchange))
    else:
        grid = np.zeros((batch, 1, 0))
    known = np.ones(grid.shape[:2], dtype=bool)
    if n_rates and stripped:
        rates = strip(problem.time_h, y / problem.decay, n_rates)
        found = np.asarray(np.isfinite(rates).all(-1))
        logs = np.log(np.where(found[:, None], rates, 1.0))
        own = logs[:, np.array(list(permutations(range(n_rates))))]
        grid = np.concatenate([np.clip(own, low, high), grid], axis=1)
        known = np.concatenate([np.repeat(found[:, None], own.shape[1], axis=1), known], axis=1)
    basis = model.basis(problem.time_h[:, None, :], np.exp(grid)) * problem.weight[:, None, :, None]
    transposed = np.swapaxes(basis, -1, -2)
    normal = transposed @ basis
    ridge = 1e-10 * np.trace(normal, axis1=-2, axis2=-1)[..., None, None] * np.eye(q) + 1e-300 * np.eye(q)
    wy = (y * problem.inverse_sd)[:, None, :, None]
    amplitude = np.linalg.solve(normal + ridge, transposed @ wy)[..., 0]
    least = 1e-3 * np.abs(y).max(-1)[:, None, None]
    amplitude = np.clip(amplitude, least, 0.5 * problem.upper[:, None, :q])
    cost = ((wy - basis @ amplitude[..., None])[..., 0] ** 2).sum(-1)
    return _chosen(np.concatenate([amplitude, grid], axis=-1), np.where(known, cost, np.inf), q)


def _chosen(points: FloatArray, cost: FloatArray, n_amplitudes: int) -> tuple[FloatArray, NDArray[np.intp]]:
    """Of points (B, G, P) with their cost (B, G): each curve's best that differ, and whose they are."""
    best = np.argsort(cost, axis=-1)[:, :LOOKED_AT]
    points = np.take_along_axis(points, best[..., None], axis=1)
    left = np.isfinite(np.take_along_axis(cost, best, axis=1))
    rates = points[..., n_amplitudes:]
    kept, every = [], np.arange(len(points))
    for _ in range(KEPT):
        at = np.argmax(left, axis=-1)
        there = left[every, at]
        kept.append(np.where(there, at, -1))
        distance = np.abs(rates - rates[every, at][:, None]).max(-1, initial=0.0)
        left &= distance > APART
    at = np.stack(kept, axis=1)
    whose, which = np.nonzero(at >= 0)
    return points[whose, at[whose, which]], whose


def strip(time_h: FloatArray, value: FloatArray, n: int) -> FloatArray:
    """(B, n) rates of exponentials by curve stripping (peeling), slowest first, in 1/h; NaN where it ends.

    The last points give the slowest exponential by log-linear regression; what is left of the earlier points
    gives the next (Gibaldi & Perrier 1982, appendix C). Ends where fewer than two points are left, or where
    the logarithm of the rest does not fall.

    >>> t = np.array([[1.0, 2.0, 20.0, 40.0]])
    >>> strip(t, 10 * np.exp(-t) + 5 * np.exp(-0.01 * t), 2).round(2)
    array([[0.01, 1.  ]])
    """
    rates = np.full((len(value), n), np.nan)
    falls = np.ones(len(value), dtype=bool)
    rest, time = np.asarray(value, dtype=float), time_h
    for i in range(n):
        start = max(0, time.shape[1] - max(2, time.shape[1] // (n + 1 - i)))
        y, t = np.abs(rest[:, start:]), time[:, start:]
        if t.shape[1] < 2:
            break
        falls &= (y > 0).all(-1)
        logs = np.log(np.where(falls[:, None], y, 1.0))
        t_mean, log_mean = t.mean(-1, keepdims=True), logs.mean(-1, keepdims=True)
        slope = ((t - t_mean) * (logs - log_mean)).sum(-1) / ((t - t_mean) ** 2).sum(-1)
        falls &= slope < 0
        rates[falls, i] = -slope[falls]
        line = np.where(falls[:, None], log_mean + slope[:, None] * (time - t_mean), 0.0)
        rest, time = (rest - np.exp(line))[:, :start], time[:, :start]
    return rates
