"""Areas of single intervals between two points: linear, logarithmic, linear in the decay-corrected curve."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

METHODS = ("linear", "log", "linear-up/log-down")
#: A straight line through the decay-corrected points, with physical decay integrated exactly.
DECAY_CORRECTED = "linear-decay-corrected"
#: Rules for a curve with physical decay in it; those of :data:`METHODS` know no decay.
AREA_METHODS = (*METHODS, DECAY_CORRECTED)


def segment_areas(time_h: FloatArray, value: FloatArray, method: str, decay_per_h: float = 0.0) -> FloatArray:
    """(N-1,) area of each interval.

    Linear: (v1+v2)/2 dt. Logarithmic: (v1-v2)/ln(v1/v2) dt, the exact area of an exponential through both
    points; where a value is 0 or below, or both are equal, the linear rule (as PKNCA and WinNonlin have it).
    "linear-up/log-down": logarithmic only where the curve falls. "linear-decay-corrected": the values are
    (a + b t) e^(-decay_per_h t), and the area is exact for that: :func:`decay_weights`.
    """
    if method not in AREA_METHODS:
        raise KineticsError(f"unknown trapezoid method '{method}'; there are: {', '.join(AREA_METHODS)}")
    dt, v1, v2 = np.diff(time_h), value[:-1], value[1:]
    if method == DECAY_CORRECTED:
        first, last = decay_weights(dt, decay_per_h)
        return first * v1 + last * v2
    linear = 0.5 * (v1 + v2) * dt
    if method == "linear":
        return linear
    use = logarithmic(v1, v2, method)
    safe1, safe2 = np.where(use, v1, 2.0), np.where(use, v2, 1.0)
    return np.where(use, (safe1 - safe2) / np.log(safe1 / safe2) * dt, linear)


def decay_weights(dt_h: FloatArray, decay_per_h: float) -> tuple[FloatArray, FloatArray]:
    """(N,) what the first and the last value of each interval count in its area, in h.

    The integral of (a + b s) e^(-lambda s) over an interval, with a = v1 and (a + b dt) e^(-lambda dt) = v2,
    is dt (g(x) v1 + g(-x) v2) with x = lambda dt and g(x) = (x - 1 + e^-x) / x^2, which is 1/2 without decay.
    """
    x = decay_per_h * np.asarray(dt_h, dtype=np.float64)
    return dt_h * _share(x), dt_h * _share(-x)


#: Below this |x| the series is used, whose terms left out are below 1e-16 of the sum.
_SERIES_BELOW, _TERMS = 0.5, 14
#: Coefficients of (-x)^k, 1/(k + 2)!, the highest first.
_COEFFICIENTS = [1.0 / math.factorial(k + 2) for k in range(_TERMS - 1, -1, -1)]


def _share(x: FloatArray) -> FloatArray:
    """(x - 1 + e^-x) / x^2, to the last digits for small x too."""
    small = np.abs(x) < _SERIES_BELOW
    safe = np.where(small, 1.0, x)
    return np.where(small, np.polyval(_COEFFICIENTS, -x), (safe + np.expm1(-safe)) / safe**2)


def decay_share(x: float) -> float:
    """(x - 1 + e^-x) / x^2 of one number, as :func:`decay_weights` has it."""
    if abs(x) >= _SERIES_BELOW:
        return (x + math.expm1(-x)) / x**2
    found = 0.0
    for c in _COEFFICIENTS:
        found = found * -x + c
    return found


def logarithmic(v1: FloatArray, v2: FloatArray, method: str) -> NDArray[np.bool_]:
    """Intervals between these values that the logarithmic rule is taken for."""
    if method in ("linear", DECAY_CORRECTED):
        return np.zeros(np.shape(v1), dtype=np.bool_)
    use = (v1 > 0) & (v2 > 0) & (np.abs(v1 - v2) > 1e-9 * np.abs(v1))
    if method == "linear-up/log-down":
        use &= v2 < v1
    return use


def moment_areas(time_h: FloatArray, value: FloatArray, method: str) -> FloatArray:
    """(N-1,) area under t x value of each interval, by the same rule as :func:`segment_areas`.

    Logarithmic: (t1 c1 - t2 c2)/k + (c1 - c2)/k^2 with k = ln(c1/c2)/(t2 - t1).
    """
    linear = segment_areas(time_h, time_h * value, "linear")
    t1, t2, c1, c2 = time_h[:-1], time_h[1:], value[:-1], value[1:]
    use = logarithmic(c1, c2, method)
    k = np.log(np.where(use, c1, 2.0) / np.where(use, c2, 1.0)) / (t2 - t1)
    return np.where(use, (t1 * c1 - t2 * c2) / k + (c1 - c2) / k**2, linear)
