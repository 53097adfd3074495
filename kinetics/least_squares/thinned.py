"""Long curves: where to start is found on some of their points; the minimum is always that of all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.least_squares.solver import Problem

#: Points of a curve over which its starts are looked for, and raced, on so many of them, evenly spread.
MANY = 1000


def is_long(problem: Problem) -> bool:
    """Whether curves have more points than a search for starts needs."""
    return bool(problem.time_h.shape[-1] > MANY)


def points_kept(size: int) -> NDArray[np.intp]:
    """Positions of the points that stand for all of a long curve, first and last among them.

    >>> points_kept(3), points_kept(100_000)[[0, 1, -1]]
    (array([0, 1, 2]), array([    0,   100, 99999]))
    """
    return np.unique(np.linspace(0, size - 1, min(size, MANY)).round().astype(np.intp))


def thinned(problem: Problem, y: FloatArray) -> tuple[Problem, FloatArray]:
    """The problem (of one curve or a batch) and its values at :func:`points_kept`; short ones as they are."""
    if not is_long(problem):
        return problem, y
    at = points_kept(problem.time_h.shape[-1])
    fewer = replace(
        problem,
        time_h=problem.time_h[..., at],
        decay=problem.decay[..., at],
        inverse_sd=problem.inverse_sd[..., at],
    )
    return fewer, y[..., at]
