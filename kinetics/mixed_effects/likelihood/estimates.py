"""The estimates of a population as one row of numbers, and the search for the best of them.

The row holds the fixed effects, the elements of the root of the covariance (lower triangular, of any sign, so
that a spread of 0 is a point like others) and the logarithms of the residuals' a and b.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.least_squares.covariance import BoolArray
from kinetics.mixed_effects.likelihood.marginal import At, Data, Marginal, marginal

#: Steps of a search at most, the gain of -log L at which it ends, and how far it may move at once.
MOST_STEPS, SMALL_GAIN, FARTHEST = 80, 1e-10, 1.0
#: Share of the value that is no gain any more, where steps end for another reason.
NO_GAIN = 1e-6
#: Step of the second derivatives' differences.
STEP = 1e-4
#: Shares of a step that are tried at once.
SHARES = np.array([1.0, 0.5, 0.25, 0.1, 0.03, 0.01, 0.001, 1e-4])


@dataclass(frozen=True)
class Layout:
    """What each number of the row is.

    ``fixed`` names of the fixed effects; ``parameters`` of the P parameters, ``random`` which of them spread
    (numbers); ``full`` with correlations; ``has_a``, ``has_b`` of the residual.
    """

    fixed: tuple[str, ...]
    parameters: tuple[str, ...]
    random: tuple[int, ...]
    full: bool
    has_a: bool
    has_b: bool

    @cached_property
    def elements(self) -> list[tuple[int, int]]:
        """(parameter, column) of each element of the root."""
        return [
            (p, d)
            for i, p in enumerate(self.random)
            for d in (range(i + 1) if self.full else (i,))
        ]  # fmt: skip

    @cached_property
    def names(self) -> tuple[str, ...]:
        """What each number is, for files."""
        roots = [f"root {self.parameters[p]} {self.parameters[self.random[d]]}" for p, d in self.elements]
        return (*self.fixed, *roots, *(["ln a"] * self.has_a), *(["ln b"] * self.has_b))

    @property
    def n_fixed(self) -> int:
        """Number of fixed effects."""
        return len(self.fixed)

    def diagonal(self, parameter: int) -> int:
        """Place in the row of a parameter's own element of the root."""
        at = self.random.index(parameter)
        return self.n_fixed + self.elements.index((parameter, at))

    def row_of(self, parameter: int) -> list[int]:
        """Places in the row of all elements of the root in a parameter's row."""
        return [self.n_fixed + i for i, (p, _) in enumerate(self.elements) if p == parameter]

    def spreads(self) -> tuple[list[int], list[int]]:
        """Places of the root's diagonal, and of ln a and ln b."""
        last = self.n_fixed + len(self.elements)
        return [self.diagonal(p) for p in self.random], list(range(last, len(self.names)))

    def root(self, psi: FloatArray) -> FloatArray:
        """(S, P, D) root of the covariance."""
        found = np.zeros((len(psi), len(self.parameters), len(self.random)))
        for i, (p, d) in enumerate(self.elements):
            found[:, p, d] = psi[:, self.n_fixed + i]
        return found

    def log_ab(self, psi: FloatArray) -> FloatArray:
        """(S, 2) ln a and ln b, -inf where there is none."""
        found = np.full((len(psi), 2), -np.inf)
        at = self.n_fixed + len(self.elements)
        if self.has_a:
            found[:, 0], at = psi[:, at], at + 1
        if self.has_b:
            found[:, 1] = psi[:, at]
        return found

    def at(self, data: Data, psi: FloatArray) -> At:
        """Sets (S, E) as rows of all patients, set by set."""
        n, k = len(data), data.shared.shape[2]
        center = np.einsum("npf,sf->snp", data.design, psi[:, : self.n_fixed])
        p, d = center.shape[2], len(self.random)
        center = np.pad(center, ((0, 0), (0, 0), (0, k))).reshape(-1, p + k)
        root = np.zeros((len(psi), p + k, d + k))
        root[:, :p, :d] = self.root(psi)
        root[:, range(p, p + k), range(d, d + k)] = 1.0
        return At(
            center, np.repeat(root, n, axis=0), np.repeat(self.log_ab(psi), n, axis=0),
            np.tile(np.arange(n), len(psi)),
        )  # fmt: skip

    def gradient(self, data: Data, found: Marginal) -> FloatArray:
        """(S n, E) derivative of each row's -log L by the estimates."""
        rows = np.tile(np.arange(len(data)), len(found.value) // len(data))
        p = len(self.parameters)
        parts = [np.einsum("bpf,bp->bf", data.design[rows], found.by_center[:, :p])]
        parts.append(
            np.stack([found.by_root[:, q, d] for q, d in self.elements], axis=-1)
            if self.elements else np.zeros((len(rows), 0))
        )  # fmt: skip
        parts.append(found.by_log_ab[:, [i for i, h in enumerate((self.has_a, self.has_b)) if h]])
        return np.concatenate(parts, axis=-1)


@dataclass
class Search:
    """-log likelihood of a cohort by the row of estimates, and its minimum.

    ``lower``, ``upper``, ``scale`` (E,): bounds, and what counts as a step of 1. ``flat`` takes off the
    logarithms of spreads, a and b: what is lowest is then the mode, by these logarithms, of a posterior whose
    prior is flat in the spreads themselves.
    """

    data: Data
    layout: Layout
    exact: bool
    restricted: bool
    lower: FloatArray
    upper: FloatArray
    scale: FloatArray
    held: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=bool))
    flat: bool = False

    def __post_init__(self) -> None:
        if not self.held.size:
            self.held = np.zeros(len(self.layout.names), dtype=bool)

    def of(self, psi: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, Marginal]:
        """(S,) values, (S, E) gradients, (S, n, D) modes, and all; from modes b (n, D) or (S, n, D)."""
        n, s = len(self.data), len(psi)
        b = np.broadcast_to(b, (s, n, b.shape[-1])).reshape(s * n, -1)
        found = marginal(
            self.data, self.layout.at(self.data, psi), b, exact=self.exact, restricted=self.restricted
        )
        value = found.value.reshape(s, n).sum(1)
        gradient = self.layout.gradient(self.data, found).reshape(s, n, -1).sum(1)
        if self.flat:
            roots, logs = self.layout.spreads()
            with np.errstate(divide="ignore"):
                value = value - np.log(np.abs(psi[:, roots])).sum(-1) - psi[:, logs].sum(-1)
                gradient[:, roots] -= 1.0 / psi[:, roots]
            gradient[:, logs] -= 1.0
        return np.where(np.isfinite(value), value, np.inf), gradient, found.b.reshape(s, n, -1), found

    def hessian(self, psi: FloatArray, b: FloatArray) -> FloatArray:
        """(E, E) second derivatives, by central differences of the gradient."""
        steps = np.diag(STEP * self.scale)
        _, gradient, _, _ = self.of(np.concatenate([psi + steps, psi - steps]), b)
        e = len(psi)
        rise = (gradient[:e] - gradient[e:]) / (2 * STEP * self.scale[:, None])
        return np.asarray(0.5 * (rise + rise.T), dtype=np.float64)

    def run(
        self, psi: FloatArray, b: FloatArray, *, most_steps: int = MOST_STEPS
    ) -> tuple[FloatArray, FloatArray, float, bool]:
        """The minimum by Newton's method, its modes, its value, and whether it was reached."""
        psi = np.clip(psi, self.lower, self.upper)
        value, gradient, modes, _ = self.of(psi[None], b)
        best, g, b = float(value[0]), gradient[0], modes[0]
        radius, gain = FARTHEST, np.inf
        for _ in range(most_steps):
            free = ~self.held & ~((psi <= self.lower) & (g > 0)) & ~((psi >= self.upper) & (g < 0))
            if not free.any():
                return psi, b, best, True
            s = self.scale[free]
            h = self.hessian(psi, b)[np.ix_(free, free)] * np.outer(s, s)
            size, axes = np.linalg.eigh(np.where(np.isfinite(h), h, 0.0))
            along = axes.T @ (g[free] * s)
            firm = np.maximum(np.abs(size), 1e-7 * max(1.0, float(np.abs(size).max())))
            step = -axes @ (along / firm)
            gain = 0.5 * float((along**2 / firm).sum())
            if gain < SMALL_GAIN * (1 + abs(best)) and size.min() > -1e-5:
                return psi, b, best, True
            step *= min(1.0, radius / float(np.abs(step).max()))
            moved = np.zeros_like(psi)
            moved[free] = step * s
            trials = np.clip(psi + SHARES[:, None] * moved, self.lower, self.upper)
            values, gradients, all_modes, _ = self.of(trials, b)
            at = int(np.argmin(values))
            if not values[at] < best:
                return psi, b, best, bool(gain < NO_GAIN * (1 + abs(best)))
            radius = min(4.0, 2 * radius) if at == 0 else max(0.05, radius * 0.7)
            psi, best, g, b = trials[at], float(values[at]), gradients[at], all_modes[at]
        # where SDs explain all scatter, a fraction besides goes to 0 by ever smaller gains
        return psi, b, best, bool(gain < NO_GAIN * (1 + abs(best)))


def best_of(
    search: Search, starts: Sequence[FloatArray], b: FloatArray
) -> tuple[FloatArray, FloatArray, float, bool]:
    """The lowest minimum from several starts: all go some steps, the best to the end."""
    if len(starts) == 1:
        return search.run(starts[0], b)
    some = [search.run(start, b, most_steps=6) for start in starts]
    some = sorted((s for s in some if np.isfinite(s[2])), key=lambda s: s[2])
    if not some:
        return search.run(starts[0], b)
    found = [search.run(some[0][0], some[0][1])]
    if len(some) > 1 and some[1][2] < found[0][2] + 3.0:  # not far behind the best's end
        found.append(search.run(some[1][0], some[1][1]))
    return min(found, key=lambda s: s[2])


def semiroot(covariance: FloatArray) -> FloatArray:
    """(P, P) lower triangular root of a covariance that may have variances of 0.

    >>> semiroot(np.array([[0.0, 0.0], [0.0, 4.0]]))
    array([[0., 0.],
           [0., 2.]])
    """
    n = len(covariance)
    root = np.zeros((n, n))
    for j in range(n):
        left = float(covariance[j, j] - root[j] @ root[j])
        if left <= 1e-12 * max(float(covariance[j, j]), 1e-300):
            continue
        root[j, j] = math.sqrt(left)
        root[j + 1 :, j] = (covariance[j + 1 :, j] - root[j + 1 :] @ root[j]) / root[j, j]
    return root
