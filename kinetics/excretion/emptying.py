"""When a bladder or a gallbladder is emptied: at regular intervals, at listed times, or at both."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: More emptyings than anyone is asked for before a curve has ended.
MOST_TIMES = 100_000
#: Times that differ by less than this share are one; a number of intervals is whole that is so near to it.
SAME_TIME, ROUNDING = 1e-9, 1e-14


@dataclass(frozen=True, kw_only=True)
class Emptying:
    """Times of emptying, and what stays.

    Parameters
    ----------
    every_h : interval of regular emptying, h; None: never again after the listed times.
    first_h : time of the first one, h; None: ``every_h``, as ICRP Publications 53 and 128 have it.
    times_h : times of the first ones, h, in order, in place of ``first_h``; the next is ``every_h``
        after the last.
    residual : share of the contents that stays each time, 0 to below 1.

    Raises
    ------
    KineticsError : no time at all, an interval that is not above 0, times out of order, first_h beside
        times_h, a residual outside 0 to 1; all of them.

    Examples
    --------
    >>> Emptying(every_h=3.5).until(12.0).tolist()
    [3.5, 7.0, 10.5]
    >>> Emptying(times_h=(1.0, 2.5), every_h=4.0).until(11.0).tolist()
    [1.0, 2.5, 6.5, 10.5]
    """

    every_h: float | None = None
    first_h: float | None = None
    times_h: tuple[float, ...] = ()
    residual: float = 0.0

    def __post_init__(self) -> None:
        wrong = []
        if self.every_h is not None and not (math.isfinite(self.every_h) and self.every_h > 0):
            wrong.append(f"an interval between emptyings is {self.every_h:g} h; above 0 is needed")
        if self.first_h is not None and not (math.isfinite(self.first_h) and self.first_h > 0):
            wrong.append(f"the first emptying is at {self.first_h:g} h; above 0 is needed")
        if self.first_h is not None and self.times_h:
            wrong.append("give the time of the first emptying, or a list of times, and not both")
        if self.every_h is None and self.first_h is None and not self.times_h:
            wrong.append("no time of emptying: give an interval, or times")
        before = 0.0
        for number, time in enumerate(self.times_h, 1):
            if not (math.isfinite(time) and time > before):
                after = "above 0" if number == 1 else f"above the one before it, {before:g} h,"
                wrong.append(f"time {number} of emptying is {time:g} h; {after} is needed: times in order")
            before = max(before, time) if math.isfinite(time) else before
        if not 0.0 <= self.residual < 1.0:
            wrong.append(f"a share of {self.residual:g} stays at an emptying; 0 to below 1 is allowed")
        if wrong:
            raise KineticsError(*wrong)

    @property
    def listed_h(self) -> tuple[float, ...]:
        """The times before regular emptying: those listed, or the first."""
        if self.times_h:
            return self.times_h
        first = self.every_h if self.first_h is None else self.first_h
        assert first is not None
        return (first,)

    @property
    def regular_from_h(self) -> float:
        """The last of the listed times, h: every later one follows ``every_h`` after another."""
        return self.listed_h[-1]

    def until(self, time_h: float) -> FloatArray:
        """Times of emptying up to and with ``time_h``, h.

        Raises
        ------
        KineticsError : more than 100 000 of them.
        """
        return self.between(0.0, time_h)

    def between(self, after_h: float, until_h: float) -> FloatArray:
        """Times of emptying after one time and up to and with another, h.

        Raises
        ------
        KineticsError : more than 100 000 of them.
        """
        listed = np.array([t for t in self.listed_h if after_h < t <= until_h])
        last = self.regular_from_h
        if self.every_h is None or until_h < last:
            return listed
        begin = max(math.floor((after_h - last) / self.every_h * (1 + ROUNDING)) + 1, 1)
        end = math.floor((until_h - last) / self.every_h * (1 + ROUNDING))
        if end - begin >= MOST_TIMES:
            raise KineticsError(
                f"{end - begin + 1} emptyings until {until_h:g} h; at most {MOST_TIMES} are followed"
            )
        return np.concatenate([listed, last + self.every_h * np.arange(begin, end + 1)])

    def is_due(self, time_h: float) -> bool:
        """Whether there is an emptying at this time, but for rounding.

        >>> Emptying(every_h=0.1).is_due(1000 * 0.1), Emptying(every_h=0.1).is_due(0.25)
        (True, False)
        """
        if time_h < self.regular_from_h * (1 + SAME_TIME):
            return any(math.isclose(time_h, t, rel_tol=SAME_TIME) for t in self.listed_h)
        if self.every_h is None:
            return False
        number = (time_h - self.regular_from_h) / self.every_h
        return abs(number - round(number)) < SAME_TIME * max(number, 1.0)
