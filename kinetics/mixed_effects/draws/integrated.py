"""The likelihood of estimates with patients' deviations integrated out, for many sets at once, and fast.

The same as :mod:`kinetics.mixed_effects.likelihood.marginal` by FOCE, without gradient, and with modes that
are good enough for a value: this says where among the estimates to draw, and the draws themselves are made
with the joint density.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.target import Target
from kinetics.mixed_effects.likelihood.marginal import Rows
from kinetics.mixed_effects.likelihood.response import LARGEST_LOG

#: Gain of -log density at which a mode is found, steps at most, and a step's length at most.
SMALL_GAIN, MOST_STEPS, LONGEST = 1e-2, 8, 3.0
#: What stands for -log likelihood where there is none.
NONE = 1e12


@dataclass
class Integrated:
    """Sets of estimates: -log likelihood (C,), modes (C, n, D), second derivatives there (C, n, D, D)."""

    value: FloatArray
    b: FloatArray
    curved: FloatArray

    def taking(self, rows: Rows) -> Integrated:
        """Some sets of it."""
        return Integrated(self.value[rows], self.b[rows], self.curved[rows])

    def where(self, taken: np.ndarray, other: Integrated) -> Integrated:
        """Some sets of another one in place of these."""
        return Integrated(
            np.where(taken, other.value, self.value),
            np.where(taken[:, None, None], other.b, self.b),
            np.where(taken[:, None, None, None], other.curved, self.curved),
        )


class _Rows:
    """Patients under sets of estimates: B rows in all, the last axis of every array."""

    def __init__(self, target: Target, psi: FloatArray) -> None:
        data, layout = target.data, target.layout
        n, c = len(data), len(psi)
        self.target, self.n = target, n
        of = np.tile(np.arange(n), c)
        self.time, self.decay, self.value, self.known, self.unit, self.there = (
            np.ascontiguousarray(x[of].T)
            for x in (data.time_h, data.decay, data.value, data.known, data.unit, data.there)
        )
        self.shared = np.ascontiguousarray(np.moveaxis(data.shared[of], 0, -1))
        center = np.einsum("npf,cf->pcn", data.design, psi[:, : layout.n_fixed])
        self.center = center.reshape(len(center), -1)
        elements = psi[:, layout.n_fixed : layout.n_fixed + len(layout.elements)]
        self.elements = np.repeat(elements.T, n, axis=1)
        a2, b2 = np.exp(2 * layout.log_ab(psi)).T
        self.a2, self.b2 = np.repeat(a2, n), np.repeat(b2, n)

    def at(self, rows: Rows, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Of some rows at deviations b (D, B): -log density (B,), gradient (D, B), expected curvature."""
        target = self.target
        phi, elements = self.center[:, rows].copy(), self.elements[:, rows]
        for (p, d), element in zip(target.layout.elements, elements, strict=True):
            phi[p] += element * b[d]
        value, gradient = self._curve(rows, phi)
        spread = len(target.layout.random)
        slope = np.zeros((len(b), *value.shape))
        for (p, d), element in zip(target.layout.elements, elements, strict=True):
            slope[d] += gradient[p] * element
        for k in range(len(b) - spread):
            slope[spread + k] = self.shared[:, k][:, rows]
            value = value + slope[spread + k] * b[spread + k]
        there, b2 = self.there[:, rows], self.b2[rows]
        v = self.known[:, rows] + self.a2[rows] * self.unit[:, rows] + b2 * value**2
        v = np.where(there > 0, v, 1.0)
        e, r = (self.value[:, rows] - value) * there, 2 * b2 * value / v
        loss = 0.5 * (e**2 / v + there * np.log(v)).sum(0) + 0.5 * (b**2).sum(0)
        u, w = there * (-e / v + 0.5 * r - 0.5 * e**2 / v * r), there * (1 / v + 0.5 * r**2)
        curved = np.zeros((len(b), len(b), len(rows)))
        for i, one in enumerate(slope):
            weighted = w * one
            for j in range(i + 1):
                curved[i, j] = curved[j, i] = (weighted * slope[j]).sum(0)
            curved[i, i] += 1.0
        return loss, (slope * u).sum(1) + b, curved

    def _curve(self, rows: Rows, phi: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(N, B) means, and (P, N, B) their derivatives by phi (P, B)."""
        model, normal = self.target.model, self.target.data.function.normal
        scale = np.exp(np.clip(phi, -LARGEST_LOG, LARGEST_LOG))
        theta = np.where(normal[:, None], phi, scale)
        q, time, decay = len(model.amplitudes), self.time[:, rows], self.decay[:, rows]
        value, gradient = np.zeros(time.shape), np.zeros((len(phi), *time.shape))
        for c, s, constant in zip(model.coefficients, model.selector, model.constants, strict=True):
            each = np.exp(-(s @ theta[q:] + constant) * time) * decay
            whole = (c @ theta[:q]) * each
            value += whole
            for k in np.flatnonzero(c):
                gradient[k] += c[k] * each
            for k in np.flatnonzero(s):
                gradient[q + k] -= s[k] * whole * time
        return value, gradient * np.where(normal[:, None], 1.0, scale)[:, None]


def _solved(matrix: FloatArray, right: FloatArray) -> FloatArray:
    """(D, B) solutions of positive definite systems (D, D, B), by Cholesky's root, all rows at once."""
    d = len(right)
    root, x = np.zeros_like(matrix), np.zeros_like(right)
    for j in range(d):
        root[j, j] = np.sqrt(np.maximum(matrix[j, j] - (root[j, :j] ** 2).sum(0), 1e-12 * matrix[j, j]))
        for i in range(j + 1, d):
            root[i, j] = (matrix[i, j] - (root[i, :j] * root[j, :j]).sum(0)) / root[j, j]
    for j in range(d):
        x[j] = (right[j] - (root[j, :j] * x[:j]).sum(0)) / root[j, j]
    for j in reversed(range(d)):
        x[j] = (x[j] - (root[j + 1 :, j] * x[j + 1 :]).sum(0)) / root[j, j]
    return x


@np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore")
def integrated(target: Target, psi: FloatArray, start: FloatArray) -> Integrated:
    """Of estimates psi (C, E), from deviations (C, n, D) or (n, D) near the modes."""
    c, n, d = len(psi), len(target.data), target.n_deviations
    every = _Rows(target, psi)
    b = np.broadcast_to(start, (c, n, d)).reshape(c * n, d).T.copy()
    trial, left = b.copy(), np.arange(c * n)
    cost, damping = np.full(c * n, np.inf), np.zeros(c * n)
    gradient, curved = np.zeros((d, c * n)), np.repeat(np.eye(d)[..., None], c * n, axis=-1)
    for _ in range(MOST_STEPS if d else 1):
        loss, g, h = every.at(left, trial[:, left])
        fine = np.isfinite(loss) & np.isfinite(g).all(0) & np.isfinite(h).all((0, 1))
        better = fine & (loss <= cost[left] + 1e-12)
        won, lost = left[better], left[~better]
        b[:, won], cost[won] = trial[:, won], loss[better]
        gradient[:, won], curved[:, :, won] = g[:, better], h[:, :, better]
        less = 0.1 * damping[won]
        damping[won] = np.where(less < 1e-3, 0.0, less)
        damping[lost] = np.maximum(10 * damping[lost], 0.1)
        steep = curved[:, :, left] * (1 + damping[left] * np.eye(d)[..., None])
        step = -_solved(steep, gradient[:, left])
        gain = -(gradient[:, left] * step).sum(0)
        if d:
            step *= np.minimum(1.0, LONGEST / np.maximum(np.abs(step).max(0), 1e-300))
        trial[:, left] = b[:, left] + step
        left = left[~(better & (gain < SMALL_GAIN))]
        if not left.size:
            break
    each = np.moveaxis(curved, -1, 0).reshape(c, n, d, d)
    sign, log = np.linalg.slogdet(each)
    total = np.where((sign > 0).all(1), (cost.reshape(c, n) + 0.5 * log).sum(1), np.inf)
    return Integrated(np.where(np.isfinite(total), total, NONE), b.T.reshape(c, n, d), each)


def about(found: Integrated, numbers: FloatArray) -> FloatArray:
    """(C, n, D) deviations about the modes by the second derivatives there, from standard normal numbers."""
    if not found.b.shape[-1]:
        return found.b
    try:
        back = np.swapaxes(np.linalg.cholesky(found.curved), -1, -2)
    except np.linalg.LinAlgError:
        # a value of next to no SD: curved by so many powers of ten that rounding leaves no positive root. No
        # curvature is below 1, that of the deviations themselves
        size, axes = np.linalg.eigh(found.curved)
        back = np.sqrt(np.maximum(size, 1.0))[..., None] * np.swapaxes(axes, -1, -2)
    return np.asarray(found.b + np.linalg.solve(back, numbers[..., None])[..., 0], dtype=np.float64)
