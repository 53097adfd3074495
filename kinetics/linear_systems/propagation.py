"""exp(K t) and its integral over time, for rates K of 0 or above, and their derivatives by parameters of K.

:func:`step` takes sums, products and quotients of non-negative numbers only, so that nothing cancels: a
short step by uniformisation (Grassmann, Comput Oper Res 1977;4:47), then doubling, each column brought back
to its known sum after every doubling. Without that last step the doublings double the rounding error each
time, which is how exp(K t) of a stiff K is lost: 58 of them for a rate of 1e12/h over 50 years (Moler &
Van Loan, SIAM Rev 2003;45:3, method 3; on every entry's relative accuracy Xue & Ye, Math Comp 2013;82:1577).
With E = exp(K t) and J its integral from 0 to t, two steps in a row are E2 E1 and J1 + J2 E1
(Van Loan, IEEE Trans Autom Control 1978;23:395): again nothing is subtracted.

Fits need derivatives hundreds of times: :func:`by_eigenvectors` takes them from the eigenvectors of K where
these are accurate.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: Eigenvectors are used up to this condition number, and up to this bound of the error of exp(eigenvalue t).
WELL_CONDITIONED = 1e6
EIGENVALUE_ERROR = 1e-10
#: Terms of the series of a short step, and the doublings that every step has. With them what a path through
#: more states than terms lacks is 2^(-4 x 16) of its entry: longer paths come from the doublings.
TERMS, LEAST_DOUBLINGS = 16, 4


@dataclass(frozen=True)
class Step:
    """What a stretch of time does to contents.

    duration_h : its length, h.
    moved : (S, S) contents at its end, by state and by where they were at its beginning: exp(K t).
    held : (S, S) time-integral of the contents over it, h; None: not asked for.
    slopes : (D, S, S) derivatives of ``moved``.
    sources : the last so many states are in no body but feed one, as a syringe does: they lose nothing by it.
    """

    duration_h: float
    moved: FloatArray
    held: FloatArray | None
    slopes: FloatArray
    sources: int = 0

    def then(self, after: Step) -> Step:
        """This step and another one after it, as one step; columns keep their sums to rounding."""
        return _summed(
            self.duration_h + after.duration_h,
            after.moved @ self.moved,
            None if self.held is None or after.held is None else self.held + after.held @ self.moved,
            after.slopes @ self.moved + after.moved @ self.slopes,
            self.sources,
        )

    def times(self, n: int) -> Step:
        """This step ``n`` times in a row, n of 1 or above, by doublings."""
        power, found = self, None
        while n:
            if n & 1:
                found = power if found is None else found.then(power)
            n >>= 1
            if n:
                power = power.then(power)
        assert found is not None
        return found


def step(
    rates_per_h: FloatArray,
    duration_h: float,
    derivatives: list[FloatArray] | None = None,
    sources: int = 0,
    *,
    integrals: bool = True,
) -> Step:
    """The step of a duration.

    Parameters
    ----------
    rates_per_h : (S, S) rate from j to i at [i, j], 0 or above; the diagonal isn't read: nothing is lost.
    duration_h : h, above 0.
    derivatives : (S, S) each: derivatives of the whole matrix K, diagonal with it.
    sources : so many of the last states feed the others by their rates and lose nothing by it.
    integrals : whether ``held`` is wanted.

    Raises
    ------
    KineticsError : numbers that leave their range.

    >>> short = step(np.array([[0.0, 0.0], [0.5, 0.0]]), 2.0)
    >>> bool(abs(short.moved[0, 0] - math.exp(-1)) < 1e-15), bool(abs(short.held[:, 0].sum() - 2) < 1e-15)
    (True, True)
    """
    size = len(rates_per_h)
    by = np.zeros((0, size, size)) if not derivatives else np.array(derivatives, dtype=np.float64)
    rates = rates_per_h - np.diag(np.diag(rates_per_h))
    out = rates.sum(0)
    body = size - sources
    out[body:] = rates[body:, body:].sum(0)
    q = 2.0 * float(out.max(initial=0.0)) or 1.0 / duration_h
    doublings = LEAST_DOUBLINGS + (
        max(math.frexp(q * duration_h)[1], 0) if math.isfinite(q * duration_h) else 0
    )
    h = math.ldexp(duration_h, -doublings)
    share = rates / q + np.diag(1.0 - out / q)  # I + K/q: no entry is negative, and no difference small
    change = by / q
    weights = [math.exp(-q * h)]
    for term in range(1, 2 * TERMS):
        weights.append(weights[-1] * q * h / term)
    later = np.cumsum(weights[::-1])[::-1]  # of this term and all after it: the integral's weights, times q
    power, slope = np.eye(size), np.zeros_like(change)
    moved, slopes = weights[0] * power, np.zeros_like(change)
    held = later[1] / q * power if integrals else None
    for term in range(1, TERMS):
        if len(by):
            slope = change @ power + share @ slope
            slopes = slopes + weights[term] * slope
        power = share @ power
        moved = moved + weights[term] * power
        if held is not None:
            held = held + later[term + 1] / q * power
    with np.errstate(all="ignore"):
        found = _summed(h, moved, held, slopes, sources)
        for _ in range(doublings):
            found = found.then(found)
    made = (found.moved, found.slopes, 0.0 if found.held is None else found.held)
    if not all(np.all(np.isfinite(a)) for a in made):
        raise KineticsError(
            f"contents after {duration_h:g} h aren't finite with a largest rate of {float(out.max()):g} per"
            " h: rates and times must stay within the range of numbers"
        )
    return found


def _summed(
    duration_h: float, moved: FloatArray, held: FloatArray | None, slopes: FloatArray, sources: int
) -> Step:
    """A step whose columns have the sums that they must have: 1, its duration, and 0."""
    body = len(moved) - sources
    moved = _scaled(moved, body, 1.0)
    held = None if held is None else _scaled(held, body, duration_h)
    if len(slopes):
        inside = moved[:body].sum(0)
        part = np.zeros_like(moved)
        part[:body] = moved[:body] / np.where(inside > 0, inside, 1.0)
        slopes = slopes - part * slopes.sum(1)[:, None, :]
    return Step(duration_h, moved, held, slopes, sources)


def _scaled(of: FloatArray, body: int, total: float) -> FloatArray:
    """Columns with their sum; sources have it among themselves, and what they fed as it is."""
    sums = np.full_like(of, total)
    sums[:, :body] = of[:, :body].sum(0)
    sums[body:, body:] = of[body:, body:].sum(0)
    return of * (total / sums)


def by_eigenvectors(
    k: FloatArray, start: FloatArray, time_h: FloatArray, derivatives: list[FloatArray]
) -> tuple[FloatArray, list[FloatArray]] | None:
    """Contents (T, S) of dx/dt = K x, and for each dK/dp (S, S) their derivatives (T, S).

    V exp(L t) V^-1 x0; d/dp by V ((V^-1 dK V) o F(t)) V^-1 x0, F_ij = (e^(l_i t) - e^(l_j t))/(l_i - l_j).
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
