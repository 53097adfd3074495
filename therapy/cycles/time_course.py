"""How the activity of a source goes with time: sums of exponentials, or lines between points.

A time course is that of a share of the administered activity, with physical decay in it; its integral over
time is a TIAC in h.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.segments import DECAY_CORRECTED, logarithmic
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve, FloatArray
from kinetics.models import Model

#: Parts that an interval between two points is cut into where the curve is no straight line there.
PARTS = 16


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
    """Straight lines between points from time 0 on, and one exponential after the last.

    tail : value at the last point from which it goes on; 0: nothing comes after it.
    """

    time_h: FloatArray
    value: FloatArray
    tail: float
    tail_per_h: float

    @property
    def tiac_h(self) -> float:
        """Its integral from 0 to infinity."""
        lines = float((0.5 * (self.value[1:] + self.value[:-1]) * np.diff(self.time_h)).sum())
        return lines + (self.tail / self.tail_per_h if self.tail > 0 else 0.0)

    def at(self, time_h: FloatArray | float) -> FloatArray:
        """Its values at times."""
        time = np.asarray(time_h, dtype=np.float64)
        last = self.time_h[-1]
        after = self.tail * np.exp(-self.tail_per_h * np.maximum(time - last, 0.0))
        return np.where(time <= last, np.interp(time, self.time_h, self.value), after)

    def times(self, factor: float) -> Lines:
        """All of it times a number."""
        return replace(self, value=self.value * factor, tail=self.tail * factor)


TimeCourse = Exponentials | Lines


def course_of(used: UsedCurve, lambda_phys_per_h: float) -> TimeCourse | str:
    """The time course of a fitted or integrated curve with TIAC 1 h; or why it has none."""
    if used.fit is not None:
        if not isinstance(used.fit.function, Model):
            return "its fit is no sum of exponentials"
        amplitudes, _, biologic = used.fit.function.split(used.fit.theta)
        weights = used.fit.function.coefficients @ amplitudes
        kept = weights != 0.0
        made: TimeCourse = Exponentials(weights[kept], biologic[kept] + lambda_phys_per_h)
    else:
        lines = _lines(used, lambda_phys_per_h)
        if isinstance(lines, str):
            return lines
        made = lines
    whole = made.tiac_h
    return made.times(1.0 / whole) if whole > 0 else "its area is 0"


def _lines(used: UsedCurve, lam: float) -> Lines | str:
    """The time course of an area by trapezoids; logarithmic and decaying pieces by many short lines."""
    under = used.area
    if under is None or used.method is None or used.method.method is None:
        return "it has neither fit nor area"
    method, measured = used.method.method, used.curve.uncorrected(lam)
    time, value = measured.time_h, measured.value
    first = under.first_rule
    knots: list[FloatArray] = []
    values: list[FloatArray] = []
    if time[0] > 0:
        start = {"zero": 0.0, "constant": value[0] * np.exp(lam * time[0])}.get(first)
        if start is None:  # back along the logarithmic slope of the first two points
            start = value[0] * (value[0] / value[1]) ** (time[0] / (time[1] - time[0]))
        rule = "log" if first != "zero" else method if method == DECAY_CORRECTED else "linear"
        _piece(knots, values, 0.0, float(time[0]), float(start), float(value[0]), rule, lam)
    for i in range(len(time) - 1):
        _piece(knots, values, *map(float, (time[i], time[i + 1], value[i], value[i + 1])), method, lam)
    knots.append(time[-1:])
    values.append(value[-1:])
    all_knots, all_values = np.concatenate(knots), np.concatenate(values)
    if all_knots[0] > 0:
        all_knots, all_values = np.insert(all_knots, 0, 0.0), np.insert(all_values, 0, all_values[0])
    tail_area = under.area_tail or 0.0
    if under.tail_rule == "none" or tail_area == 0.0:
        return Lines(all_knots, all_values, 0.0, 1.0)
    last = float(value[-1])
    if under.tail_rule in ("effective", "predicted") and under.slope is not None:
        rate = under.slope.lambda_z_per_h
    elif under.tail_rule == "physical":
        rate = lam
    elif last > 0:
        rate = last / tail_area
    else:
        return "nothing is known of it after its last point"
    return Lines(all_knots, all_values, tail_area * rate, rate)


def _piece(
    knots: list[FloatArray],
    values: list[FloatArray],
    t1: float,
    t2: float,
    v1: float,
    v2: float,
    rule: str,
    lam: float,
) -> None:
    """Points of one interval without its end, by the rule that its area is made by."""
    one, two = np.array([v1]), np.array([v2])
    if rule == DECAY_CORRECTED:
        t = np.linspace(t1, t2, PARTS + 1)[:-1]
        share = (t - t1) / (t2 - t1)
        v = (v1 * (1 - share) + v2 * np.exp(lam * (t2 - t1)) * share) * np.exp(-lam * (t - t1))
    elif bool(logarithmic(one, two, rule)[0]):
        t = np.linspace(t1, t2, PARTS + 1)[:-1]
        v = v1 * (v2 / v1) ** ((t - t1) / (t2 - t1))
    else:
        t, v = np.array([t1]), one
    knots.append(t)
    values.append(v)


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
    here = float(value[0]) * decay
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
    """The sum of time courses, each times its factor; lines where one of them is of lines.

    Exponentials beside lines are taken at many points, and their own sum after the last of these is left
    out: the points go on until next to nothing is left.
    """
    if all(isinstance(course, Exponentials) for _, course in parts):
        amplitude = np.concatenate([f * c.amplitude for f, c in parts if isinstance(c, Exponentials)])
        rate = np.concatenate([c.rate_per_h for _, c in parts if isinstance(c, Exponentials)])
        same, index = np.unique(rate, return_inverse=True)
        return Exponentials(np.bincount(index, weights=amplitude, minlength=len(same)), same)
    knots = _common_knots([course for _, course in parts])
    value = np.sum([factor * course.at(knots) for factor, course in parts], axis=0)
    slowest = min(
        float(c.rate_per_h.min()) if isinstance(c, Exponentials) else c.tail_per_h
        for _, c in parts
        if isinstance(c, Exponentials) or c.tail > 0
    )
    return Lines(knots, np.maximum(value, 0.0), max(float(value[-1]), 0.0), slowest)


def _common_knots(courses: Sequence[TimeCourse]) -> FloatArray:
    """Times at which a sum of time courses is taken: every point of lines, and many between."""
    last = max(float(c.time_h[-1]) for c in courses if isinstance(c, Lines))
    rates = [float(c.rate_per_h.min()) for c in courses if isinstance(c, Exponentials)]
    rates += [c.tail_per_h for c in courses if isinstance(c, Lines) and c.tail > 0]
    end = last + 20.0 / min(rates) if rates else last
    grid = [np.geomspace(1e-3, end, 400), np.linspace(0.0, last, 200)]
    own = [c.time_h for c in courses if isinstance(c, Lines)]
    return np.unique(np.concatenate([[0.0], *grid, *own]))
