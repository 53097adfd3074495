"""Solutions of dx/dt = K x + u(t), u constant by pieces, and their derivatives by parameters of K.

:func:`propagate` is exact between times by the matrix exponential (scaling and squaring), whatever K. Fits
need derivatives hundreds of times: :func:`propagate_with_slopes` takes them from the eigenvectors of K where
these are well conditioned and there is no infusion, else from the exponential of a block matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kinetics.curve import FloatArray

#: (rate of input (S,), duration in h)
Input = tuple[FloatArray, float]

#: Eigenvectors are used up to this condition number.
WELL_CONDITIONED = 1e6


def propagate(k: FloatArray, start: FloatArray, inputs: Sequence[Input], time_h: FloatArray) -> FloatArray:
    """(T, S) contents at times in h, 0 or later, from ``start`` (S,) at time 0."""
    return _by_exponential(k, start, inputs, time_h, [])[0]


def propagate_with_slopes(
    k: FloatArray,
    start: FloatArray,
    inputs: Sequence[Input],
    time_h: FloatArray,
    derivatives: list[FloatArray],
) -> tuple[FloatArray, list[FloatArray]]:
    """Contents (T, S) and, for each dK/dp (S, S) in ``derivatives``, d contents/dp (T, S)."""
    if not inputs:
        found = _by_eigenvectors(k, start, time_h, derivatives)
        if found is not None:
            return found
    return _by_exponential(k, start, inputs, time_h, derivatives)


def _by_eigenvectors(
    k: FloatArray, start: FloatArray, time_h: FloatArray, derivatives: list[FloatArray]
) -> tuple[FloatArray, list[FloatArray]] | None:
    """V exp(L t) V^-1 x0; d/dp by V ((V^-1 dK V) o F(t)) V^-1 x0, F_ij = (e^(l_i t) - e^(l_j t))/(l_i - l_j).

    Daleckii & Krein 1965; Najfeld & Havel, Adv Appl Math 1995;16:321. None where V is near singular.
    """
    values, vectors = np.linalg.eig(k)
    if not np.linalg.cond(vectors) < WELL_CONDITIONED:
        return None
    inverse = np.linalg.inv(vectors)
    begin = inverse @ start
    growth = np.exp(np.outer(time_h, values))
    contents = (growth * begin) @ vectors.T
    if not derivatives:
        return np.real(contents), []
    first_larger = values.real[:, None] >= values.real[None, :]
    base = np.where(first_larger, values[:, None], values[None, :])
    gap = np.where(first_larger, values[None, :] - values[:, None], values[:, None] - values[None, :])
    same = np.abs(gap) < 1e-13 * (1.0 + np.abs(values).max())
    safe = np.where(same, 1.0, gap)
    t = time_h[:, None, None]
    f = np.exp(base * t) * np.where(same, t, np.expm1(gap * t) / safe)
    slopes = [np.real(((inverse @ d @ vectors) * f @ begin) @ vectors.T) for d in derivatives]
    return np.real(contents), slopes


def _by_exponential(
    k: FloatArray,
    start: FloatArray,
    inputs: Sequence[Input],
    time_h: FloatArray,
    derivatives: list[FloatArray],
) -> tuple[FloatArray, list[FloatArray]]:
    """Step by step with exp(K dt); derivatives by exp of [[K, 0], [dK/dp, K]] dt (Van Loan 1978).

    An infusion is one more state, constant, that feeds its compartment.
    """
    from scipy.linalg import expm

    size = start.size
    ends = [e for _, e in inputs if e < time_h.max(initial=0.0)]
    stops = np.unique(np.concatenate([time_h, ends, [0.0]]))
    state = np.concatenate([start, [1.0]])
    slopes = [np.zeros(size + 1) for _ in derivatives]
    found = {0.0: state[:size].copy()}
    found_slopes = [{0.0: s[:size].copy()} for s in slopes]
    cache: dict[tuple[float, int], list[FloatArray]] = {}
    for before, after in pairwise(stops):
        running = [rate for rate, end in inputs if end > before * (1 + 1e-12)]
        key = (round(float(after - before), 12), len(running))
        if key not in cache:
            a = np.zeros((size + 1, size + 1))
            a[:size, :size] = k
            for rate in running:
                a[:size, size] += rate
            blocks = [expm(a * (after - before))]
            for d in derivatives:
                double = np.zeros((2 * size + 2, 2 * size + 2))
                double[: size + 1, : size + 1] = double[size + 1 :, size + 1 :] = a
                double[size + 1 : 2 * size + 1, :size] = d
                blocks.append(expm(double * (after - before))[size + 1 :, : size + 1])
            cache[key] = blocks
        step, *cross = cache[key]
        slopes = [c @ state + step @ s for c, s in zip(cross, slopes, strict=True)]
        state = step @ state
        found[float(after)] = state[:size].copy()
        for store, s in zip(found_slopes, slopes, strict=True):
            store[float(after)] = s[:size].copy()
    at = [float(t) for t in time_h]
    return np.array([found[t] for t in at]), [np.array([store[t] for t in at]) for store in found_slopes]
