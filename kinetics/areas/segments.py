"""Areas of single intervals between two points, by the linear and the logarithmic rule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

METHODS = ("linear", "log", "linear-up/log-down")


def segment_areas(time_h: FloatArray, value: FloatArray, method: str) -> FloatArray:
    """(N-1,) area of each interval.

    Linear: (v1+v2)/2 dt. Logarithmic: (v1-v2)/ln(v1/v2) dt, the exact area of an exponential through both
    points; where a value is 0 or below, or both are equal, the linear rule (as PKNCA and WinNonlin have it).
    "linear-up/log-down": logarithmic only where the curve falls.
    """
    if method not in METHODS:
        raise KineticsError(f"unknown trapezoid method '{method}'; there are: {', '.join(METHODS)}")
    dt, v1, v2 = np.diff(time_h), value[:-1], value[1:]
    linear = 0.5 * (v1 + v2) * dt
    if method == "linear":
        return linear
    use = logarithmic(v1, v2, method)
    safe1, safe2 = np.where(use, v1, 2.0), np.where(use, v2, 1.0)
    return np.where(use, (safe1 - safe2) / np.log(safe1 / safe2) * dt, linear)


def logarithmic(v1: FloatArray, v2: FloatArray, method: str) -> NDArray[np.bool_]:
    """Intervals between these values that the logarithmic rule is taken for."""
    use = (v1 > 0) & (v2 > 0) & (np.abs(v1 - v2) > 1e-9 * np.abs(v1))
    if method == "linear-up/log-down":
        use &= v2 < v1
    return use & (method != "linear")


def moment_areas(time_h: FloatArray, value: FloatArray, method: str) -> FloatArray:
    """(N-1,) area under t x value of each interval, by the same rule as :func:`segment_areas`.

    Logarithmic: (t1 c1 - t2 c2)/k + (c1 - c2)/k^2 with k = ln(c1/c2)/(t2 - t1).
    """
    linear = segment_areas(time_h, time_h * value, "linear")
    t1, t2, c1, c2 = time_h[:-1], time_h[1:], value[:-1], value[1:]
    use = logarithmic(c1, c2, method)
    k = np.log(np.where(use, c1, 2.0) / np.where(use, c2, 1.0)) / (t2 - t1)
    return np.where(use, (t1 * c1 - t2 * c2) / k + (c1 - c2) / k**2, linear)
