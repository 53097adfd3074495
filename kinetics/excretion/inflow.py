"""What enters a bladder: a sum of exponentials, with the covariance of what it was fitted to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: Share of what was administered that may enter: above 1 by what calibrations bring, as organs' curves may.
MOST_SHARE = 1.1
#: An inflow below 0 by less than this share of its parts is rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Inflow:
    """What enters, corrected for decay: sum_i a_i b_i exp(-b_i t) of the administered activity per hour.

    Parameters
    ----------
    share : (n,) a_i, fractions of the administered activity (not per cent) that leave with rate b_i but for
        decay. Some may be below 0 in a sum that is nowhere below 0, such as uptake forms.
    rate_per_h : (n,) b_i, biologic rates, 1/h, 0 or above; nothing leaves with 0.
    covariance : (2n, 2n) of the shares, then the rates; None: not known.

    Raises
    ------
    KineticsError : lists of other lengths, a number that is not finite, a rate below 0, an inflow that is
        below 0 at some time, shares that sum to more than 1.1, a covariance of another shape.

    Examples
    --------
    >>> fdg = Inflow.of_half_lives([0.06, 0.18], [0.20, 1.5])  # 18F-FDG of ICRP Publication 128
    >>> round(fdg.total, 6), fdg.cumulative([1.5]).round(4).tolist()
    (0.24, [0.1497])
    """

    share: FloatArray
    rate_per_h: FloatArray
    covariance: FloatArray | None = field(default=None)

    def __post_init__(self) -> None:
        share = np.atleast_1d(np.asarray(self.share, dtype=np.float64))
        rate = np.atleast_1d(np.asarray(self.rate_per_h, dtype=np.float64))
        object.__setattr__(self, "share", share)
        object.__setattr__(self, "rate_per_h", rate)
        if share.ndim != 1 or share.shape != rate.shape or not share.size:
            raise KineticsError(
                f"an inflow has {share.size} shares and {rate.size} rates; one rate for each share is needed"
            )
        wrong = [
            f"share {i} of an inflow is {a:g}; a fraction of the administered activity is needed"
            for i, a in enumerate(share.tolist(), 1)
            if not math.isfinite(a)
        ]
        wrong += [
            f"rate {i} of an inflow is {b:g} 1/h; 0 or above is needed"
            for i, b in enumerate(rate.tolist(), 1)
            if not (math.isfinite(b) and b >= 0.0)
        ]
        if wrong:
            raise KineticsError(*wrong)
        if self.covariance is not None:
            covariance = np.asarray(self.covariance, dtype=np.float64)
            object.__setattr__(self, "covariance", covariance)
            if covariance.shape != (2 * share.size,) * 2 or not np.isfinite(covariance).all():
                raise KineticsError(
                    f"the covariance of an inflow has the shape {covariance.shape}; finite numbers in"
                    f" {(2 * share.size,) * 2}, shares and then rates, are needed"
                )
        if self.total > MOST_SHARE:
            raise KineticsError(
                f"{self.total:g} of the administered activity enters; at most 1 can (fractions are needed,"
                " not per cent)"
            )
        self._check_sign()

    def _check_sign(self) -> None:
        """Nothing flows backwards."""
        speed, moving = self.share * self.rate_per_h, self.rate_per_h > 0.0
        if (speed >= 0.0).all():
            return
        slowest, fastest = self.rate_per_h[moving].min(), self.rate_per_h[moving].max()
        time = np.concatenate([[0.0], np.geomspace(1e-3 / fastest, 40.0 / slowest, 4000)])
        parts = speed * np.exp(-np.multiply.outer(time, self.rate_per_h))
        # against what its parts are at that time: late parts are small, and may be all that there is
        below = parts.sum(-1) < -ROUNDING * np.abs(parts).sum(-1)
        if below.any():
            raise KineticsError(
                f"what enters is below 0 at {time[np.argmax(below)]:.4g} h: the curve rises there, so nothing"
                " can have left by it"
            )

    @classmethod
    def of_half_lives(cls, share: Sequence[float], half_life_h: Sequence[float]) -> Inflow:
        """Shares with biologic half-lives in h, as ICRP's tables print them.

        Raises
        ------
        KineticsError : as the class; a half-life that is not above 0.

        >>> Inflow.of_half_lives([0.5], [2.0]).rate_per_h.round(4).tolist()
        [0.3466]
        """
        wrong = [
            f"half-life {i} of an inflow is {t:g} h; above 0 is needed"
            for i, t in enumerate(half_life_h, 1)
            if not (math.isfinite(t) and t > 0.0)
        ]
        if wrong:
            raise KineticsError(*wrong)
        return cls(np.asarray(share), math.log(2.0) / np.asarray(half_life_h, dtype=np.float64))

    def __repr__(self) -> str:
        parts = ", ".join(f"{a:.4g} with {b:.4g}/h" for a, b in zip(self.share, self.rate_per_h, strict=True))
        return f"<Inflow: {parts}>"

    @property
    def total(self) -> float:
        """Fraction of the administered activity that enters at last, but for decay."""
        return math.fsum(a for a, b in zip(self.share.tolist(), self.rate_per_h.tolist(), strict=True) if b)

    def cumulative(self, time_h: ArrayLike) -> FloatArray:
        """(N,) what has entered up to times (N,), corrected for decay: sum_i a_i (1 - exp(-b_i t))."""
        time = np.asarray(time_h, dtype=np.float64)
        found: FloatArray = -np.expm1(-np.multiply.outer(time, self.rate_per_h)) @ self.share
        return found
