"""Several models' least squares, of one curve or many, in one batch: a choice costs little more than a fit.

Every model of the table has at most three amplitudes, three rates and three exponentials; here each row of
the batch has them all, those that its model lacks held at 0. Nothing is approximated by that.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.least_squares.solver import Problem, Solution, minimise
from kinetics.least_squares.thinned import is_long, thinned

#: Amplitudes, rates, and exponentials of the largest model.
SLOTS = 3


def fits_in(problem: Problem) -> bool:
    """Whether a model is small enough for the stack."""
    m = problem.model
    return max(len(m.amplitudes), len(m.rates), len(m.terms)) <= SLOTS


class Stack(Problem):
    """Rows of different models and curves; ``weighted`` is that of each row's own model on its own curve."""

    def __init__(self, problems: list[Problem], counts: list[int]) -> None:
        first = problems[0]
        models = [p.model for p in problems]
        coefficients = np.zeros((len(models), SLOTS, SLOTS))
        selector = np.zeros((len(models), SLOTS, SLOTS))
        constants = np.zeros((len(models), SLOTS))
        bounds = np.zeros((2, len(models), 2 * SLOTS))
        for i, (m, p) in enumerate(zip(models, problems, strict=True)):
            coefficients[i, : len(m.terms), : len(m.amplitudes)] = m.coefficients
            selector[i, : len(m.terms), : len(m.rates)] = m.selector
            constants[i, : len(m.terms)] = m.constants
            bounds[0, i, slots(p)], bounds[1, i, slots(p)] = p.lower, p.upper
        row = np.repeat(np.arange(len(models)), counts)
        times, decays, weights = (
            np.stack([getattr(p, n) for p in problems])[row] for n in ("time_h", "decay", "inverse_sd")
        )
        super().__init__(first.model, times, decays, weights, bounds[0][row], bounds[1][row])
        object.__setattr__(self, "_tables", (coefficients[row], selector[row], constants[row]))

    @cached_property
    def n_amplitudes(self) -> int:  # type: ignore[override]
        """Amplitudes have the first slots, whatever the row's model."""
        return SLOTS

    def weighted(
        self, phi: FloatArray, rows: NDArray[np.intp] | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) weighted function and (B, N, 6) its derivative; see :meth:`Problem.weighted`."""
        c, s, k = self._tables if rows is None else (t[rows] for t in self._tables)  # type: ignore[attr-defined]
        amplitudes, rates = phi[:, :SLOTS], np.exp(phi[:, SLOTS:])
        mu = (s @ rates[..., None])[..., 0] + k
        all_rows = slice(None) if rows is None else rows
        time, weight = self.time_h[all_rows][..., None], self.weight[all_rows]
        exponentials = np.exp(-mu[:, None, :] * time)
        basis = exponentials @ c
        strength = (c @ amplitudes[..., None])[..., 0]
        by_rate = -((exponentials * strength[:, None, :]) @ s) * time * rates[:, None, :]
        value = (basis @ amplitudes[..., None])[..., 0]
        gradient = np.concatenate([basis, by_rate], axis=-1)
        return value * weight, gradient * weight[..., None]


def slots(problem: Problem) -> list[int]:
    """Where a model's parameters stand among the six."""
    m = problem.model
    return [*range(len(m.amplitudes)), *range(SLOTS, SLOTS + len(m.rates))]


def minimise_all(
    problems: list[Problem], y: list[FloatArray], starts: list[FloatArray], *, tolerance: float
) -> list[Solution]:
    """The best minimum of each problem, each from its own starts (S, P), as a batch of one.

    Problems of curves of as many points, each with the curve's values (N,).
    """
    if any(len(s) > 1 for s in starts) and is_long(problems[0]):
        few = [thinned(p, v) for p, v in zip(problems, y, strict=True)]
        raced = minimise_all([p for p, _ in few], [v for _, v in few], starts, tolerance=tolerance)
        starts = [one.phi for one in raced]
    counts = [len(s) for s in starts]
    begin = np.zeros((sum(counts), 2 * SLOTS))
    first = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(int).tolist()
    for problem, at, phi in zip(problems, first, starts, strict=True):
        begin[at : at + len(phi), slots(problem)] = phi
    values = np.repeat(np.stack(y), counts, axis=0)
    solved = minimise(Stack(problems, counts), values, begin, tolerance=tolerance, race=first)
    found = []
    for problem, at, n in zip(problems, first, counts, strict=True):
        best = at + int(np.argmin(solved.cost[at : at + n]))
        own = slots(problem)
        found.append(
            Solution(
                solved.phi[best : best + 1, own],
                solved.cost[best : best + 1],
                solved.at_bound[best : best + 1, own],
                solved.converged[best : best + 1],
            )
        )
    return found
