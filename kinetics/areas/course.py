"""The curve that an area by trapezoids is of: what its rules take between, before and after the points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.areas.area_result import AreaResult
from kinetics.areas.segments import DECAY_CORRECTED, logarithmic
from kinetics.areas.trapezoid import first_method, value_at_0
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError

LINEAR, EXPONENTIAL = "linear", "exponential"


@dataclass(frozen=True)
class AreaCourse:
    """A curve from time 0 to infinity whose integral is the area.

    time_h, value : (N,) points, the one at time 0 that the first interval's rule makes among them.
    between : (N-1,) "linear" or "exponential"; a line is one of the values corrected for ``decay_per_h``,
        with the decay in it again.
    tail : value at the last point from which an exponential of the rate ``tail_per_h`` goes on; 0: nothing.
    """

    time_h: FloatArray
    value: FloatArray
    between: tuple[str, ...]
    decay_per_h: float
    tail: float
    tail_per_h: float | None


def course_of_area(curve: Curve, found: AreaResult, lambda_phys_per_h: float) -> AreaCourse:
    """The course of a curve as :func:`kinetics.area` integrated it.

    Parameters
    ----------
    curve : that was integrated.
    found : its area.
    lambda_phys_per_h : the decay constant that it was integrated with.

    Raises
    ------
    KineticsError : there is a tail, and nothing is known of how it goes on.

    Examples
    --------
    >>> from kinetics import area
    >>> curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> made = course_of_area(curve, area(curve, tail="physical", first="zero"), curve.constant())
    >>> made.between, made.tail, round(made.tail_per_h, 4)
    (('linear',), 5.0, 0.0693)
    """
    measured = curve.uncorrected(lambda_phys_per_h)
    time, value = measured.time_h, measured.value
    rules = [found.method] * (time.size - 1)
    if time[0] > 0:
        start, _ = value_at_0(time, value, found.first_rule, lambda_phys_per_h, rising=True)
        time, value = np.append(0.0, time), np.append(start, value)
        rules.insert(0, first_method(found.first_rule, found.method))
    curved = [bool(logarithmic(value[i], value[i + 1], rule)) for i, rule in enumerate(rules)]
    tail, rate = 0.0, found.tail_per_h
    if found.area_tail:
        if rate is None:
            raise KineticsError(f"{curve.name}: nothing is known of it after its last point but an area")
        tail = found.area_tail * rate
    return AreaCourse(
        time,
        value,
        tuple(EXPONENTIAL if c else LINEAR for c in curved),
        lambda_phys_per_h if DECAY_CORRECTED in rules else 0.0,
        tail,
        rate if tail > 0.0 else None,
    )
