"""A system as time goes on, from event to event: emptyings, begins and ends of inputs.

Between two events contents go on by :mod:`kinetics.linear_systems.propagation`. After the last listed
emptying all that follows repeats: n periods are one period's step to the power of n, by doublings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import SAME_TIME
from kinetics.linear_systems.propagation import Step, step
from kinetics.linear_systems.system import Move, System

#: Most emptyings within the period that several regular ones have in common.
MOST_IN_A_PERIOD = 2000


@dataclass(frozen=True)
class At:
    """A moment, h: contents (S + M,) of states and sources, slopes (D, S + M), integrals (S + M,) in h."""

    time_h: float
    contents: FloatArray
    slopes: FloatArray
    area: FloatArray

    def after(self, by: Step) -> At:
        """What a step leads to."""
        x = self.contents
        cross = by.slopes @ x if len(by.slopes) else self.slopes
        slopes = cross + self.slopes @ by.moved.T if len(by.slopes) else self.slopes
        area = self.area if by.held is None else self.area + by.held @ x
        return At(self.time_h + by.duration_h, by.moved @ x, slopes, area)


class Course:
    """A system from time 0 on.

    integrals : whether areas are wanted; without, they stay 0.
    regular_h : from here on, h, there are no inputs, and emptyings repeat with ``period_h`` (None: there are
        none any more).
    """

    def __init__(
        self, system: System, derivatives: list[FloatArray] | None = None, *, integrals: bool = True
    ) -> None:
        self.system, self._integrals = system, integrals
        self.size, self.sources = len(system.start), len(system.source_start)
        whole = self.size + self.sources
        self._by = []
        for d in derivatives or []:
            wide = np.zeros((whole, whole))
            wide[: self.size, : self.size] = d
            self._by.append(wide)
        self._steps: dict[tuple[float, tuple[int, ...]], Step] = {}
        start = np.concatenate([system.start, system.source_start])
        self._begin = At(0.0, start, np.zeros((len(self._by), whole)), np.zeros(whole))
        self._last = self._begin
        ends = [one.end_h for one in system.inputs]
        self.regular_h = max([0.0, *ends, *(m.when.regular_from_h for m in system.moves)])
        repeated = [m.when.every_h for m in system.moves if m.when.every_h is not None]
        self.period_h = common_period_h(repeated) if repeated else None

    def at(self, time_h: float) -> At:
        """The moment of a time, h, just after an emptying at it."""
        if self.period_h is not None and time_h > self.regular_h + self.period_h:
            whole = math.floor((time_h - self.regular_h) / self.period_h * (1 + SAME_TIME))
            now = self._regular.after(self.period.times(whole))
            return self._onward(replace(now, time_h=self.regular_h + whole * self.period_h), time_h)
        begin = self._last if self._last.time_h <= time_h else self._begin
        self._last = self._onward(begin, time_h)
        return self._last

    @cached_property
    def _regular(self) -> At:
        return self._onward(self._begin, self.regular_h)

    @cached_property
    def period(self) -> Step:
        """One period of regular emptying, from just after ``regular_h`` on, emptyings with it."""
        assert self.period_h is not None
        found: Step | None = None
        last = self.regular_h
        for after in self._stops(last, last + self.period_h):
            one = self._step(last, after)
            moved, slopes = one.moved.copy(), one.slopes.copy()
            for move in self._due(after):
                _empty(move, moved)
                _empty(move, np.moveaxis(slopes, 1, 0))
            one = replace(one, moved=moved, slopes=slopes)
            found = one if found is None else found.then(one)
            last = after
        assert found is not None
        return found

    def _onward(self, now: At, time_h: float) -> At:
        """From a moment to a later one, from event to event."""
        for after in self._stops(now.time_h, time_h):
            now = replace(now.after(self._step(now.time_h, after)), time_h=after)
            if due := self._due(after):
                x, slopes = now.contents.copy(), now.slopes.copy()
                for move in due:
                    _empty(move, x)
                    _empty(move, slopes.T)
                now = replace(now, contents=x, slopes=slopes)
        return now

    def _due(self, time_h: float) -> list[Move]:
        return [m for m in self.system.moves if m.when.is_due(time_h)]

    def _stops(self, begin_h: float, end_h: float) -> list[float]:
        """Times of events after a begin, and the end."""
        stops = {end_h}
        for one in self.system.inputs:
            stops |= {one.begin_h, one.end_h}
        for move in self.system.moves:
            stops |= set(move.when.between(begin_h, end_h).tolist())
        found: list[float] = []
        for t in sorted(t for t in stops if t <= end_h):
            if t > (found[-1] if found else begin_h) * (1 + SAME_TIME):
                found.append(t)
        return found

    def _step(self, begin_h: float, end_h: float) -> Step:
        middle = 0.5 * (begin_h + end_h)
        inputs = self.system.inputs
        running = tuple(i for i, one in enumerate(inputs) if one.begin_h < middle < one.end_h)
        dt = float(f"{end_h - begin_h:.13g}")  # so that equal intervals are one step, whenever they are
        if (dt, running) not in self._steps:
            whole = self.size + self.sources
            rates = np.zeros((whole, whole))
            rates[: self.size, : self.size] = self.system.rates_per_h
            rates[self.size :, self.size :] = self.system.sources_per_h
            for i in running:
                rates[: self.size, self.size :] += inputs[i].rate
            self._steps[dt, running] = step(rates, dt, self._by, self.sources, integrals=self._integrals)
        return self._steps[dt, running]


def _empty(move: Move, values: FloatArray) -> None:
    """Move along the first axis, in place."""
    values[move.target] += (1.0 - move.when.residual) * values[move.source]
    values[move.source] *= move.when.residual


def common_period_h(every_h: list[float]) -> float:
    """The shortest time that is a whole multiple of every interval, h.

    Raises
    ------
    KineticsError : intervals of which there are more than 2000 in any such time.

    >>> common_period_h([3.5, 24.0]), common_period_h([0.1])
    (168.0, 0.1)
    """
    different = sorted(set(every_h))
    if len(different) == 1:
        return different[0]
    exact = [Fraction(x).limit_denominator(100_000) for x in different]
    period = Fraction(math.lcm(*(f.numerator for f in exact)), math.gcd(*(f.denominator for f in exact)))
    agree = all(math.isclose(float(f), x, rel_tol=1e-12) for f, x in zip(exact, different, strict=True))
    if not agree or sum(period / f for f in exact if f) > MOST_IN_A_PERIOD:
        raise KineticsError(
            f"emptyings every {' and '.join(f'{x:g}' for x in different)} h repeat together only after more"
            f" than {MOST_IN_A_PERIOD} of them; choose intervals that fit, such as 3.5 and 7 h"
        )
    return float(period)
