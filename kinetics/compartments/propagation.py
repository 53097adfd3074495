"""Solutions of dx/dt = K x + u(t), u constant by pieces, and their derivatives by parameters of K.

:func:`propagate` takes sums, products and quotients of non-negative numbers only, so that nothing cancels: a
short step by uniformisation (Grassmann, Comput Oper Res 1977;4:47), then squaring, each column brought back
to its known sum after every squaring. Without that last step the squarings double the rounding error each
time, which is how exp(K t) of a stiff K is lost: 58 squarings for a rate of 1e12/h over 50 years (Moler &
Van Loan, SIAM Rev 2003;45:3, method 3; on every entry's relative accuracy Xue & Ye, Math Comp 2013;82:1577).
Fits need derivatives hundreds of times: :func:`propagate_with_slopes` takes them from the eigenvectors of K
where these are accurate and there is no infusion, else from the derivative of the same squarings.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: (rate of input (S,), duration in h)
Input = tuple[FloatArray, float]

#: Eigenvectors are used up to this condition number, and up to this bound of the error of exp(eigenvalue t).
WELL_CONDITIONED = 1e6
EIGENVALUE_ERROR = 1e-10
#: Terms of the series of a short step, beside one for each state that a path can lead through.
TERMS = 20


def propagate(k: FloatArray, start: FloatArray, inputs: Sequence[Input], time_h: FloatArray) -> FloatArray:
    """(T, S) contents at times in h, 0 or later, from ``start`` (S,) at time 0.

    Never negative; their sum is what was put in, to rounding. ``k`` (S, S) in 1/h has rates of 0 or above
    beside its diagonal and columns that sum to 0 (sinks are states); its diagonal isn't read beyond that.

    Raises
    ------
    KineticsError : a negative or non-finite rate, columns that don't sum to 0, contents that aren't finite.
    """
    return _by_squaring(k, start, inputs, time_h, [])[0]


def propagate_with_slopes(
    k: FloatArray,
    start: FloatArray,
    inputs: Sequence[Input],
    time_h: FloatArray,
    derivatives: list[FloatArray],
) -> tuple[FloatArray, list[FloatArray]]:
    """Contents (T, S) and, for each dK/dp (S, S) in ``derivatives``, d contents/dp (T, S).

    Raises
    ------
    KineticsError : as :func:`propagate`.
    """
    if not inputs:
        found = _by_eigenvectors(k, start, time_h, derivatives)
        if found is not None:
            return found
    return _by_squaring(k, start, inputs, time_h, derivatives)


def _by_eigenvectors(
    k: FloatArray, start: FloatArray, time_h: FloatArray, derivatives: list[FloatArray]
) -> tuple[FloatArray, list[FloatArray]] | None:
    """V exp(L t) V^-1 x0; d/dp by V ((V^-1 dK V) o F(t)) V^-1 x0, F_ij = (e^(l_i t) - e^(l_j t))/(l_i - l_j).

    Daleckii & Krein 1965; Najfeld & Havel, Adv Appl Math 1995;16:321. None where V is near singular, or where
    rounding of the largest eigenvalue (Bauer & Fike 1960) leaves too little of exp(L t).
    """
    if not np.all(np.isfinite(k)):
        return None
    values, vectors = np.linalg.eig(k)
    condition = np.linalg.cond(vectors)
    if not condition < WELL_CONDITIONED:
        return None
    rounding = np.finfo(float).eps * condition * float(np.abs(values).max() * time_h.max(initial=0.0))
    if not rounding < EIGENVALUE_ERROR:
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


def _by_squaring(
    k: FloatArray,
    start: FloatArray,
    inputs: Sequence[Input],
    time_h: FloatArray,
    derivatives: list[FloatArray],
) -> tuple[FloatArray, list[FloatArray]]:
    """From time to time with exp(K dt) and its derivatives; an infusion is one more state, constant."""
    _check(k)
    size = start.size
    ends = [e for _, e in inputs if e < time_h.max(initial=0.0)]
    stops = np.unique(np.concatenate([time_h, ends, [0.0]]))
    state = np.concatenate([start, [1.0]])
    slopes = np.zeros((len(derivatives), size + 1))
    found = {0.0: (state, slopes)}
    cache: dict[tuple[float, int], tuple[FloatArray, FloatArray]] = {}
    for before, after in pairwise(stops):
        running = [rate for rate, end in inputs if end > before * (1 + 1e-12)]
        dt = float(f"{after - before:.15g}")
        if (dt, len(running)) not in cache:
            feed = np.sum(running, axis=0) if running else np.zeros(size)
            cache[dt, len(running)] = _step(k, feed, dt, derivatives)
        step, cross = cache[dt, len(running)]
        slopes = cross @ state + slopes @ step.T
        state = step @ state
        found[float(after)] = (state, slopes)
    at = [found[float(t)] for t in time_h]
    contents = np.array([x[:size] for x, _ in at])
    by_parameter = [np.array([s[j, :size] for _, s in at]) for j in range(len(derivatives))]
    if not all(np.all(np.isfinite(a)) for a in (contents, *by_parameter)):
        raise KineticsError(
            f"contents at {float(time_h.max()):g} h aren't finite with a largest rate of"
            f" {float(np.abs(k).max()):g} per h: rates and times must stay within the range of numbers"
        )
    return contents, by_parameter


def _check(k: FloatArray) -> None:
    beside = k - np.diag(np.diag(k))
    if not np.all(np.isfinite(k)) or np.any(beside < 0):
        raise KineticsError("rates of a compartment model must be finite and 0 or above")
    if np.any(np.abs(k.sum(0)) > 1e-12 * np.abs(np.diag(k))):
        raise KineticsError("columns of a compartment model's matrix must sum to 0: a sink is a state too")


def _step(
    k: FloatArray, feed: FloatArray, dt: float, derivatives: list[FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """exp(A dt) (S+1, S+1) of K with a constant state that feeds it, and its derivatives (D, S+1, S+1)."""
    size = feed.size
    beside = k - np.diag(np.diag(k))
    out = beside.sum(0)
    q = 2.0 * float(out.max(initial=0.0)) or 1.0 / dt
    squarings = max(math.frexp(q * dt)[1], 0) if math.isfinite(q * dt) else 0
    h = math.ldexp(dt, -squarings)
    share = np.zeros((size + 1, size + 1))  # I + A/q: no entry is negative, and no difference small
    share[:size, :size] = beside / q + np.diag(1.0 - out / q)
    share[:size, size] = feed / q
    share[size, size] = 1.0
    moved = np.zeros((len(derivatives), size + 1, size + 1))
    for j, d in enumerate(derivatives):
        moved[j, :size, :size] = d / q
    power, slope = np.eye(size + 1), np.zeros_like(moved)
    weight = math.exp(-q * h)
    total, total_slope = weight * power, np.zeros_like(moved)
    for term in range(1, TERMS + size + 1):
        slope = moved @ power + share @ slope
        power = share @ power
        weight *= q * h / term
        total = total + weight * power
        total_slope = total_slope + weight * slope
    given = float(feed.sum())
    for doubled in range(squarings + 1):
        if doubled:
            total_slope = total_slope @ total + total @ total_slope
            total = total @ total
        sums = np.ones(size + 1)  # what each column's states must hold together
        sums[size] = given * math.ldexp(h, doubled)
        held = total[:size].sum(0)
        total[:size] *= np.where(held > 0, sums / np.where(held > 0, held, 1.0), 1.0)
        total[size] = 0.0
        total[size, size] = 1.0
        part = total[:size] / np.where(sums > 0, sums, 1.0)
        total_slope[:, :size] -= part * total_slope[:, :size].sum(1)[:, None, :]
    return total, total_slope
