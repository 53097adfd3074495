"""The course of a curve that an area by trapezoids is of: its integral is the area, by quadrature."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad

from kinetics import Curve, area
from kinetics.areas.course import AreaCourse, course_of_area
from kinetics.areas.segments import AREA_METHODS
from kinetics.areas.trapezoid import FIRST
from kinetics.errors import KineticsError

LAMBDA = np.log(2) / 78.41
TIME = np.array([3.0, 24.0, 72.0, 120.0, 168.0])
VALUE = np.array([9.0, 8.0, 5.0, 3.5, 1.6])


def at(course: AreaCourse, t: float) -> float:
    """Value by the words of the docstring alone."""
    time, value = course.time_h, course.value
    if t > time[-1]:
        return 0.0 if course.tail_per_h is None else course.tail * np.exp(-course.tail_per_h * (t - time[-1]))
    i = min(int(np.searchsorted(time, t, side="right")) - 1, time.size - 2)
    share = (t - time[i]) / (time[i + 1] - time[i])
    if course.between[i] == "exponential":
        return float(value[i] * (value[i + 1] / value[i]) ** share)
    k = course.decay_per_h
    first, last = value[i] * np.exp(k * time[i]), value[i + 1] * np.exp(k * time[i + 1])
    return float((first + (last - first) * share) * np.exp(-k * t))


def integral(course: AreaCourse) -> float:
    pieces = [
        quad(lambda t: at(course, t), *ends, epsabs=1e-12)[0] for ends in itertools.pairwise(course.time_h)
    ]
    after = 0.0 if course.tail_per_h is None else course.tail / course.tail_per_h
    return sum(pieces) + after


@pytest.mark.parametrize("decay_corrected", [False, True])
@pytest.mark.parametrize("method", sorted(AREA_METHODS))
@pytest.mark.parametrize("first", sorted(FIRST))
@pytest.mark.parametrize("tail", ["physical", "effective", "predicted", "fitted", "none", 40.0])
def test_its_integral_is_the_area(tail: str | float, first: str, method: str, decay_corrected: bool) -> None:
    curve = Curve(
        time_h=TIME, value=VALUE, unit="%IA", decay_corrected=decay_corrected, lambda_phys_per_h=LAMBDA
    )
    found = area(curve, tail=tail, first=first, method=method)
    assert found.area is not None
    made = course_of_area(curve, found, LAMBDA)
    assert made.time_h[0] == 0.0
    assert integral(made) == pytest.approx(found.area, rel=1e-9)
    assert (made.tail == 0.0) == (tail == "none")


def test_a_fitted_tail_goes_on_with_the_fits_rate() -> None:
    """Points of one exponential from the peak on: the tail has its rate, wherever the last value lies."""
    biologic, time = 0.004, np.array([2.0, 24.0, 72.0, 120.0])
    value = np.append(1.0, 8.0 * np.exp(-(biologic + LAMBDA) * time[1:]))
    curve = Curve(time_h=time, value=value, unit="%IA", decay_corrected=False, lambda_phys_per_h=LAMBDA)
    found = area(curve, tail="fitted", first="zero")
    assert found.tail_per_h == pytest.approx(biologic + LAMBDA, rel=1e-6)
    moved = Curve(time_h=time, value=[*value[:3], 1.2 * value[3]], unit="%IA", decay_corrected=False,
                  lambda_phys_per_h=LAMBDA)  # fmt: skip
    other = area(moved, tail="fitted", first="zero")
    assert other.area_tail is not None and other.tail_per_h is not None
    made = course_of_area(moved, other, LAMBDA)
    assert made.tail_per_h == other.tail_per_h != pytest.approx(moved.value[3] / other.area_tail, rel=1e-2)
    assert made.tail == pytest.approx(other.area_tail * other.tail_per_h, rel=1e-12)


def test_the_course_starts_where_a_curve_starts_at_0() -> None:
    curve = Curve(time_h=[0, 10, 20], value=[4, 8, 2], unit="%IA", decay_corrected=False, half_life_h=10)
    made = course_of_area(curve, area(curve, tail="none", first="zero", method="linear"), curve.constant())
    assert made.time_h.tolist() == [0, 10, 20] and made.tail_per_h is None


def test_a_tail_without_a_rate_is_refused() -> None:
    curve = Curve(time_h=[0, 10], value=[4, 2], unit="%IA", decay_corrected=False, half_life_h=10)
    found = replace(area(curve, tail="physical", first="zero"), tail_per_h=None)
    with pytest.raises(KineticsError, match="nothing is known of it after its last point but an area"):
        course_of_area(curve, found, curve.constant())
