"""Derivatives of areas by trapezoids by the measured values, for their standard errors."""

from __future__ import annotations

import math

import numpy as np

from kinetics.areas.segments import DECAY_CORRECTED, decay_weights, logarithmic
from kinetics.areas.terminal import TerminalSlope
from kinetics.curves.curve import FloatArray


def segments(
    time_h: FloatArray, v1: FloatArray, v2: FloatArray, method: str, decay_per_h: float
) -> tuple[FloatArray, FloatArray]:
    """(N-1,) derivatives of the area of each interval by its first and its last value.

    Linear: dt/2 each. Logarithmic, (v1-v2)/L dt with L = ln(v1/v2): dt (1/L - (v1-v2)/(L^2 v1)) and
    dt (-1/L + (v1-v2)/(L^2 v2)). Linear in the decay-corrected curve: the weights of both values.
    """
    dt = np.diff(time_h)
    if method == DECAY_CORRECTED:
        return decay_weights(dt, decay_per_h)
    use = logarithmic(v1, v2, method)
    a, b = np.where(use, v1, 2.0), np.where(use, v2, 1.0)
    log = np.log(a / b)
    by_first = np.where(use, (1.0 - (1.0 - b / a) / log) / log, 0.5)
    by_last = np.where(use, ((a / b - 1.0) / log - 1.0) / log, 0.5)
    return by_first * dt, by_last * dt


def first_value(time_h: FloatArray, value: FloatArray, first: str, lambda_phys_per_h: float) -> FloatArray:
    """(N,) derivative of the value at time 0 that a rule of the first interval gives."""
    found = np.zeros(value.size)
    if first == "constant":
        found[0] = math.exp(lambda_phys_per_h * time_h[0])
    elif first == "extrapolate":
        power = time_h[0] / (time_h[1] - time_h[0])
        start = value[0] * (value[0] / value[1]) ** power
        found[:2] = start / value[0] * (1.0 + power), -start / value[1] * power
    return found


def tail(
    time_h: FloatArray, value: FloatArray, rule: str, lambda_phys_per_h: float, slope: TerminalSlope | None
) -> FloatArray:
    """(N,) derivative of the area after the last point: "none", "physical", "effective" or "predicted".

    The points of the regression are taken as chosen.
    """
    found = np.zeros(value.size)
    if rule == "physical":
        found[-1] = 1.0 / lambda_phys_per_h
    if slope is None:
        return found
    used = np.flatnonzero(value > 0)[-slope.n_points :]
    rate, t = slope.lambda_z_per_h, time_h[used] - time_h[used].mean()
    by_log = -t / (t @ t)  # of lambda_z by the logarithms of the values
    if rule == "effective":
        found[used] = -value[-1] / rate**2 * by_log / value[used]
        found[-1] += 1.0 / rate
    else:
        line = 1.0 / used.size - by_log * (time_h[-1] - time_h[used].mean())
        found[used] = slope.predicted(float(time_h[-1])) / rate * (line - by_log / rate) / value[used]
    return found
