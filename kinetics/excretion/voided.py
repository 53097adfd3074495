"""Contents that are filled by a sum of exponentials and emptied: at times, or continuously.

What enters is sum_i a_i b_i exp(-b_i t), corrected for decay. Everything is linear in a_i, so one rate b with
a = 1 is enough. From an emptying at s, which leaves c (corrected for decay), to the next at s + T

    C(t) = c + e^(-b s) (1 - e^(-b (t - s))),     c' = r C(s + T),     r the share that stays,

and the interval's part of the TIAC, with the decay constant l, is

    e^(-l s) [ c (1 - e^(-l T))/l + e^(-b s) T filling(l T, b T) ]

(:mod:`kinetics.excretion.integrals`). Listed intervals are added one by one. For those of one length T that
follow each other from s on without end, c_m and e^(-b s_m) are geometric in e^(-b T) and r, and the sum is

    e^(-l s) [ S (1 - e^(-l T))/l + A T filling(l T, b T)/D ],    A = e^(-b s),   D = 1 - e^(-(l + b) T)
    S = [ c + r e^(-l T) A (1 - e^(-b T))/D ] / (1 - r e^(-l T)).

With r = 0 and s = 0 this is the bladder of ICRP Publications 53, 106 and 128. Emptied with a rate k, as ICRP
130 has it, the TIAC is b/((l + b)(l + k)). All parts are 0 or above, so that no figure is lost where l T or
b T is tiny. Derivatives by b are those of the same formulas.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.excretion.inflow import Inflow
from kinetics.excretion.integrals import filling, mean, moment

#: Slowest and fastest rate, 1/h, and shortest and longest interval, h, that are meant as such.
SLOWEST, FASTEST = 1e-15, 1e15
SHORTEST_H, LONGEST_H = 1e-6, 1e9


@dataclass(frozen=True)
class ContinuousEmptying:
    """Contents that leave all the time, with one rate.

    Parameters
    ----------
    rate_per_h : 1/h; ICRP Publication 130 has 12 per day, 0.5/h, for the adult's urinary bladder.

    Raises
    ------
    KineticsError : a rate that is not above 0.

    Examples
    --------
    >>> ContinuousEmptying(12 / 24).rate_per_h
    0.5
    """

    rate_per_h: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rate_per_h) and self.rate_per_h > 0.0):
            raise KineticsError(f"the rate of emptying is {self.rate_per_h:g} 1/h; above 0 is needed")


class _Part(NamedTuple):
    """Values for each rate at a share of 1, and their derivatives by the rate."""

    value: FloatArray
    by_rate: FloatArray


@dataclass(frozen=True, eq=False)
class Contents:
    """The contents of a bladder: filled by a sum of exponentials, emptied at times or continuously.

    Parameters
    ----------
    inflow : what enters, fractions of the administered activity.
    emptied : when it is emptied, and what stays; or a rate.
    lambda_phys_per_h : the physical decay constant, 1/h.

    Raises
    ------
    KineticsError : a decay constant below 0; without decay, contents that are never emptied after the last
        listed time, or a rate of 0: their TIAC is infinite, or not defined. A rate or an interval that nobody
        means.

    Examples
    --------
    >>> fdg = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])  # 18F-FDG of ICRP Publication 128
    >>> [round(Contents(fdg, Emptying(every_h=t), 0.37887).tiac_h, 2) for t in (3.5, 3.0, 2.0)]
    [0.26, 0.23, 0.16]
    >>> round(Contents(fdg, ContinuousEmptying(0.5), 0.37887).tiac_h, 3)
    0.174
    """

    inflow: Inflow
    emptied: Emptying | ContinuousEmptying
    lambda_phys_per_h: float

    def __post_init__(self) -> None:
        lam = self.lambda_phys_per_h
        if not (math.isfinite(lam) and lam >= 0.0):
            raise KineticsError(f"the decay constant is {lam:g} 1/h; 0 or above is needed")
        if absurd := self._absurd():
            raise KineticsError(*absurd)
        if lam > 0.0:
            return
        if isinstance(self.emptied, Emptying) and self.emptied.every_h is None:
            raise KineticsError(
                "without physical decay, contents that are not emptied after the last of the listed times"
                " have an infinite TIAC; give an interval, or the decay constant"
            )
        if (self.inflow.rate_per_h == 0.0).any():
            raise KineticsError(
                "without physical decay, an inflow with a rate of 0 is not defined; leave it out"
            )

    def _absurd(self) -> list[str]:
        """Numbers so large or small that nobody means them, and that the sums would not survive."""
        found = [
            f"{what} is {value:g} 1/h; 0, or {SLOWEST:g} to {FASTEST:g} is allowed"
            for what, value in (
                ("the decay constant", self.lambda_phys_per_h),
                *(("a rate of what enters", b) for b in self.inflow.rate_per_h.tolist()),
            )
            if value and not SLOWEST <= value <= FASTEST
        ]
        if isinstance(self.emptied, ContinuousEmptying):
            if not SLOWEST <= self.emptied.rate_per_h <= FASTEST:
                found.append(
                    f"the rate of emptying is {self.emptied.rate_per_h:g} 1/h; {SLOWEST:g} to {FASTEST:g} is"
                    " allowed"
                )
            return found
        lengths = np.diff([0.0, *self.emptied.listed_h]).tolist()
        lengths += [] if self.emptied.every_h is None else [self.emptied.every_h]
        found += [
            f"an interval between emptyings is {length:g} h; {SHORTEST_H:g} to {LONGEST_H:g} h is allowed"
            for length in lengths
            if not SHORTEST_H <= length <= LONGEST_H
        ]
        return found

    def __repr__(self) -> str:
        error = "" if self.se_h is None else f" +- {self.se_h:.2g}"
        return f"<Contents: TIAC {self.tiac_h:.4g}{error} h>"

    @property
    def tiac_h(self) -> float:
        """Time-integrated activity coefficient of the contents, h."""
        return math.fsum((self.inflow.share * self._part.value).tolist())

    @property
    def gradient(self) -> FloatArray:
        """(2n,) of the TIAC: by the shares, h, then by the rates, h2."""
        return np.concatenate([self._part.value, self.inflow.share * self._part.by_rate])

    @property
    def se_h(self) -> float | None:
        """Standard error of the TIAC from the inflow's covariance, to first order; None: not known."""
        covariance = self.inflow.covariance
        if covariance is None:
            return None
        return math.sqrt(max(float(self.gradient @ covariance @ self.gradient), 0.0))

    @cached_property
    def _part(self) -> _Part:
        rate, lam = self.inflow.rate_per_h, self.lambda_phys_per_h
        if isinstance(self.emptied, ContinuousEmptying):
            both, out = lam + rate, lam + self.emptied.rate_per_h
            return _Part(rate / both / out, lam / both**2 / out)
        return _emptied(rate, lam, self.emptied)

    def at(self, time_h: ArrayLike, *, before: bool = False) -> FloatArray:
        """(N,) activity in the contents at times (N,), decay in it, as fractions of the administered one.

        Parameters
        ----------
        before : at a time of emptying what there is before it; else what stays.

        Raises
        ------
        KineticsError : a time below 0; more than 100 000 emptyings up to the last time.

        >>> one = Contents(Inflow([1.0], [0.1]), Emptying(every_h=2.0), 0.0)
        >>> one.at([1.0, 2.0]).round(4).tolist(), one.at([2.0], before=True).round(4).tolist()
        ([0.0952, 0.0], [0.1813])
        """
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        if time.size and not (np.isfinite(time).all() and time.min() >= 0.0):
            raise KineticsError("contents are asked for at a time that is below 0 or not finite")
        rate, lam = self.inflow.rate_per_h, self.lambda_phys_per_h
        if isinstance(self.emptied, ContinuousEmptying):
            out = self.emptied.rate_per_h
            t = time[:, None]
            held = rate * t * np.exp(-np.minimum(rate, out) * t) * mean(np.abs(out - rate) * t)
        else:
            emptyings = self.emptied.until(float(time.max(initial=0.0)))
            starts = np.concatenate([[0.0], emptyings])
            left = np.zeros((starts.size, rate.size))
            entered = -np.expm1(-rate * np.diff(starts)[:, None]) * np.exp(-rate * starts[:-1, None])
            for i, more in enumerate(entered):
                left[i + 1] = self.emptied.residual * (left[i] + more)
            last = np.searchsorted(starts, time, side="left" if before else "right") - 1
            last = np.maximum(last, 0)
            since = time - starts[last]
            held = left[last] - np.expm1(-rate * since[:, None]) * np.exp(-rate * starts[last, None])
        found: FloatArray = np.exp(-lam * time) * (held @ self.inflow.share)
        return found


def _emptied(rate: FloatArray, lam: float, emptying: Emptying) -> _Part:
    """TIAC for each rate at a share of 1, h, and its derivative by the rate."""
    left: FloatArray = np.zeros(rate.size)
    left_by: FloatArray = np.zeros(rate.size)
    value, by_rate = np.zeros(rate.size), np.zeros(rate.size)
    start = 0.0
    for time in emptying.listed_h:
        length = time - start
        decay, then, alone = math.exp(-lam * start), np.exp(-rate * start), length * mean(lam * length)
        fill = length * filling(lam * length, rate * length)
        fill_by = length**2 * moment((lam + rate) * length)
        value += decay * (left * alone + then * fill)
        by_rate += decay * (left_by * alone + then * (fill_by - start * fill))
        entered, remain = -np.expm1(-rate * length), np.exp(-rate * length)
        left_by = emptying.residual * (left_by + then * (length * remain - start * entered))
        left = emptying.residual * (left + then * entered)
        start = time
    decay, then = math.exp(-lam * start), np.exp(-rate * start)
    if emptying.every_h is None:
        both = lam + rate
        value += decay * (left / lam + then * rate / both / lam)
        by_rate += decay * (left_by / lam + then * (1.0 / both**2 - start * rate / both / lam))
        return _Part(value, by_rate)
    length, stays = emptying.every_h, emptying.residual
    p, q = math.exp(-lam * length), np.exp(-rate * length)
    lost, entered = -math.expm1(-lam * length), -np.expm1(-rate * length)
    gone = -np.expm1(-(lam + rate) * length)
    alone, fill = length * mean(lam * length), length * filling(lam * length, rate * length)
    fill_by = length**2 * moment((lam + rate) * length)
    kept = (1.0 - stays) + stays * lost  # 1 - stays p
    held = (left + stays * p * then * entered / gone) / kept
    more_by = then / gone * (length * q * lost / gone - start * entered)
    held_by = (left_by + stays * p * more_by) / kept
    value += decay * (held * alone + then * fill / gone)
    by_rate += decay * (
        held_by * alone + then / gone * (fill_by - start * fill - fill * length * p * q / gone)
    )
    return _Part(value, by_rate)
