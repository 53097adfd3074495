"""How the activity of a source goes with time: sums of exponentials, or lines between points.

A time course is that of a share of the administered activity, with physical decay in it; its integral over
time is a TIAC in h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.course import EXPONENTIAL, course_of_area
from kinetics.areas.segments import decay_weights
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.models import Model

#: Times, besides the measured ones, at which a sum that holds lines is taken.
TIMES = 24


@dataclass(frozen=True)
class Exponentials:
    """sum of amplitude x exp(-rate x t), amplitudes in shares of the administered activity, rates in 1/h."""

    amplitude: FloatArray
    rate_per_h: FloatArray

    @property
    def tiac_h(self) -> float:
        """Its integral from 0 to infinity."""
        return float((self.amplitude / self.rate_per_h).sum())

    def at(self, time_h: FloatArray | float) -> FloatArray:
        """Its values at times."""
        time = np.asarray(time_h, dtype=np.float64)
        found: FloatArray = (self.amplitude * np.exp(-self.rate_per_h * time[..., None])).sum(-1)
        return found

    def times(self, factor: float) -> Exponentials:
        """All of it times a number."""
        return replace(self, amplitude=self.amplitude * factor)


@dataclass(frozen=True)
class Lines:
    """Straight lines or exponentials between points from time 0 on, and one exponential after the last.

    between : "linear" or "exponential", of each interval; an exponential only between values above 0.
    tail : value at the last point from which it goes on; 0: nothing comes after it.
    decay_per_h : lines are those of the curve corrected for this decay, (a + b t) exp(-decay_per_h t).
    """

    time_h: FloatArray
    value: FloatArray
    between: tuple[str, ...]
    tail: float
    tail_per_h: float
    decay_per_h: float = 0.0

    def _bent(self) -> FloatArray:
        """(N-1,) rates of the intervals that are exponentials; 0 of lines."""
        v1, v2 = self.value[:-1], self.value[1:]
        bent = np.array([rule == EXPONENTIAL for rule in self.between], dtype=bool) & (v1 > 0) & (v2 > 0)
        ratio = np.where(bent, v1, 1.0) / np.where(bent, v2, 1.0)
        found: FloatArray = np.asarray(np.log(ratio) / np.diff(self.time_h), dtype=np.float64)
        found[np.abs(np.log(ratio)) <= 1e-9] = 0.0
        return found

    @property
    def tiac_h(self) -> float:
        """Its integral from 0 to infinity."""
        v1, v2, rate = self.value[:-1], self.value[1:], self._bent()
        first, last = decay_weights(np.diff(self.time_h), self.decay_per_h)
        lines = first * v1 + last * v2
        parts = np.where(rate != 0.0, (v1 - v2) / np.where(rate != 0.0, rate, 1.0), lines)
        return float(parts.sum()) + (self.tail / self.tail_per_h if self.tail > 0 else 0.0)

    def at(self, time_h: FloatArray | float) -> FloatArray:
        """Its values at times."""
        time = np.asarray(time_h, dtype=np.float64)
        last = self.time_h[-1]
        after = self.tail * np.exp(-self.tail_per_h * np.maximum(time - last, 0.0))
        if len(self.time_h) == 1:
            return np.asarray(np.where(time <= last, self.value[0], after), dtype=np.float64)
        i = np.clip(np.searchsorted(self.time_h, time, side="right") - 1, 0, len(self.time_h) - 2)
        rate = self._bent()[i]
        bent = self.value[i] * np.exp(-rate * (np.minimum(time, last) - self.time_h[i]))
        t1, t2, now = self.time_h[i], self.time_h[i + 1], np.clip(time, self.time_h[0], last)
        share, k = (now - t1) / (t2 - t1), self.decay_per_h
        line = self.value[i] * (1 - share) * np.exp(-k * (now - t1))
        line = line + self.value[i + 1] * share * np.exp(k * (t2 - now))
        found: FloatArray = np.where(time <= last, np.where(rate != 0.0, bent, line), after)
        return found

    def times(self, factor: float) -> Lines:
        """All of it times a number."""
        return replace(self, value=self.value * factor, tail=self.tail * factor)


TimeCourse = Exponentials | Lines


def course_of(used: UsedCurve, lambda_phys_per_h: float) -> TimeCourse | str:
    """The time course of a fitted or integrated curve with TIAC 1 h; or why it has none."""
    if used.fit is not None:
        exponentials = _exponentials(used, lambda_phys_per_h)
        if isinstance(exponentials, str):
            return exponentials
        made: TimeCourse = exponentials
    else:
        lines = _lines(used, lambda_phys_per_h)
        if isinstance(lines, str):
            return lines
        made = lines
    whole = made.tiac_h
    return made.times(1.0 / whole) if whole > 0 else "its area is 0"


def _exponentials(used: UsedCurve, lam: float) -> Exponentials | str:
    """The fit's, in the curve's unit; where the area is a mean over models, the mean of theirs."""
    amplitude, rate = [], []
    for fit, weight in used.weighted_fits:
        if not isinstance(fit.function, Model):
            return "its fit is no sum of exponentials"
        one, biologic = fit.exponentials()
        amplitude.append(weight * one)
        rate.append(biologic + lam)
    every = np.concatenate(amplitude)
    return Exponentials(every[every != 0.0], np.concatenate(rate)[every != 0.0])


def _lines(used: UsedCurve, lam: float) -> Lines | str:
    """The time course of an area by trapezoids, by its own rules."""
    if used.area is None or used.method is None or used.method.method is None:
        return "it has neither fit nor area"
    try:
        made = course_of_area(used.curve, used.area, lam)
    except KineticsError as error:
        return str(error)
    return Lines(made.time_h, made.value, made.between, made.tail, made.tail_per_h or 1.0, made.decay_per_h)


def value_and_errors(used: UsedCurve, time_h: float, lam: float) -> tuple[float, FloatArray | None, float]:
    """A curve's value at a time with physical decay in it, in its unit; what its errors change in it; how.

    Returns
    -------
    value : of the fitted function, or by the rule between points.
    relative : what each of M independent errors of the curve changes in the logarithm of (area/value), (M,)
        and in that of the area, as (2, M); None where errors are not known.
    last_h : last measured time.
    """
    last_h = float(used.curve.time_h[-1])
    if used.fit is not None and isinstance(used.fit.function, Model):
        return _of_fit(used, time_h, lam, last_h)
    made = course_of(used, lam)
    under = used.area
    if isinstance(made, str) or under is None or under.area is None:
        return float("nan"), None, last_h
    value = float(made.at(time_h)) * under.area
    return value, _errors_of_lines(used, time_h, lam, value), last_h


def _of_fit(
    used: UsedCurve, time_h: float, lam: float, last_h: float
) -> tuple[float, FloatArray | None, float]:
    fit = used.fit
    assert fit is not None and isinstance(fit.function, Model)
    time = np.array([time_h])
    value, by_value = fit.function.value_and_gradient(time, fit.theta)
    decay = float(np.exp(-lam * time_h))
    mean = _exponentials(used, lam)  # of all models that the area is a mean over
    here = float(value[0]) * decay if isinstance(mean, str) else float(mean.at(time_h))
    if fit.covariance is None or fit.se_area is None or here <= 0:
        return here, None, last_h
    total, by_area = fit.function.area_and_gradient(fit.theta, lam)
    share, axes = np.linalg.eigh(fit.covariance)
    root = axes * np.sqrt(np.maximum(share, 0.0))
    of_area = by_area @ root / float(total)
    of_value = by_value[0] @ root / float(value[0])
    return here, np.stack([of_area - of_value, of_area]), last_h


def _errors_of_lines(used: UsedCurve, time_h: float, lam: float, value: float) -> FloatArray | None:
    """As :func:`value_and_errors`, of an area by trapezoids: each point's error moves area and value."""
    under, measured = used.area, used.curve.uncorrected(lam)
    if under is None or under.area is None or measured.sd is None or under.by_value is None or value <= 0:
        return None
    moved = []
    for i, sd in enumerate(measured.sd):
        step = 1e-4 * float(sd)
        values = measured.value.copy()
        values[i] += step
        one = replace(measured, value=values)
        moved.append((_value_at(used, one, time_h, lam) - value) / step * float(sd) / value)
    of_area = under.by_value * measured.sd / under.area
    return np.stack([of_area - np.array(moved), of_area])


def _value_at(used: UsedCurve, measured: Curve, time_h: float, lam: float) -> float:
    method = used.method
    assert method is not None and method.tail is not None and method.first_interval is not None
    assert method.method is not None
    under = area(
        measured,
        lambda_phys_per_h=lam,
        tail=method.tail,
        first=method.first_interval,
        method=method.method,
        alternatives=False,
    )
    made = course_of(replace(used, curve=measured, area=under), lam)
    if isinstance(made, str) or under.area is None:
        return float("nan")
    return float(made.at(time_h)) * under.area


def added(parts: Sequence[tuple[float, TimeCourse]]) -> TimeCourse:
    """The sum of time courses, each times its factor; by points where one of them is of lines.

    A sum by points is taken at the points of all lines and at :data:`TIMES` more, up to where next to nothing
    is left, with exponentials between; it is an approximation, whose integral is not exactly the sum's.
    """
    if all(isinstance(course, Exponentials) for _, course in parts):
        amplitude = np.concatenate([f * c.amplitude for f, c in parts if isinstance(c, Exponentials)])
        rate = np.concatenate([c.rate_per_h for _, c in parts if isinstance(c, Exponentials)])
        same, index = np.unique(rate, return_inverse=True)
        summed = np.zeros(len(same))
        np.add.at(summed, index, amplitude)
        return Exponentials(summed, same)
    if len(parts) == 1:
        return parts[0][1].times(parts[0][0])
    knots, slowest = _common_knots([course for _, course in parts])
    value = np.maximum(np.sum([factor * course.at(knots) for factor, course in parts], axis=0), 0.0)
    return Lines(knots, value, (EXPONENTIAL,) * (len(knots) - 1), float(value[-1]), slowest)


def never_negative(course: TimeCourse) -> tuple[TimeCourse, str]:
    """A time course that is nowhere below 0, and what was done for that; "" where nothing.

    A whole body's curve less those of its organs can fall below 0, late most often, where the fits of both
    are not of one mind. It is 0 there then, and all of it is scaled to keep its integral.
    """
    if not isinstance(course, Exponentials) or np.all(course.amplitude >= 0.0):
        return course, ""
    slowest, fastest = float(course.rate_per_h.min()), float(course.rate_per_h.max())
    time = np.concatenate([[0.0], np.geomspace(1e-3 / fastest, 40.0 / slowest, 1000)])
    value = course.at(time)
    size = Exponentials(np.abs(course.amplitude), course.rate_per_h).at(time)
    low = value < -1e-12 * size
    if not low.any() and float(course.amplitude[np.argmin(course.rate_per_h)]) > 0.0:
        return course, ""
    changes = time[np.flatnonzero(np.diff(low.astype(int)) != 0)]
    last = float(time[~low][-1]) if (~low).any() else 0.0
    knots = np.unique(np.concatenate([[0.0], np.geomspace(0.05, max(last, 0.1), 2 * TIMES), changes]))
    kept = np.maximum(course.at(knots), 0.0)
    lines = Lines(knots, kept, (EXPONENTIAL,) * (len(knots) - 1), 0.0, 1.0)
    if not lines.tiac_h > 0.0:
        return course, ""
    below = 1.0 - course.tiac_h / lines.tiac_h
    first = float(time[low][0]) if low.any() else float(time[-1])
    said = f"below 0 from {first:.3g} h on, there taken as 0 ({100 * below:.2g} % of it), the rest scaled"
    return lines.times(course.tiac_h / lines.tiac_h), said


def _common_knots(courses: Sequence[TimeCourse]) -> tuple[FloatArray, float]:
    """Times at which a sum of time courses is taken, and the slowest rate of its parts."""
    last = max(float(c.time_h[-1]) for c in courses if isinstance(c, Lines))
    rates = [float(c.rate_per_h.min()) for c in courses if isinstance(c, Exponentials)]
    rates += [c.tail_per_h for c in courses if isinstance(c, Lines) and c.tail > 0]
    slowest = min(rates, default=1.0)
    own = [c.time_h for c in courses if isinstance(c, Lines)]
    more = np.geomspace(0.05, last + 12.0 / slowest, TIMES)
    return np.unique(np.concatenate([[0.0], more, *own])), slowest
