"""The curve whose area the trapezoids are: between the points, before the first and after the last."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from kinetics.areas.area_result import AreaResult
from kinetics.areas.segments import DECAY_CORRECTED, logarithmic
from kinetics.areas.trapezoid import TAILS
from kinetics.curves.curve import Curve, FloatArray


def counted_curve(
    curve: Curve, found: AreaResult, time_h: ArrayLike, *, lambda_phys_per_h: float | None = None
) -> FloatArray:
    """Values at these times of the curve whose integral from 0 to infinity is an area by trapezoids.

    Parameters
    ----------
    curve, found : points, and their area from :func:`kinetics.area`.
    time_h : (N,) times from 0 on.
    lambda_phys_per_h : physical decay constant, 1/h; None: the curve's own.

    Returns
    -------
    (N,) values with physical decay in them, in the curve's unit; NaN where nothing is counted (after the last
    point without a tail, or with one that could not be had).

    Examples
    --------
    >>> from kinetics import Curve, area
    >>> curve = Curve(time_h=[2, 10], value=[8, 4], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> found = area(curve, tail="physical", first="zero")
    >>> counted_curve(curve, found, [1, 6, 20]).round(3).tolist()
    [4.0, 6.0, 2.0]
    """
    lam = curve.constant(lambda_phys_per_h)
    measured = curve.uncorrected(lam)
    t, v = measured.time_h, measured.value
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    values = np.interp(time, t, v)
    if found.method == DECAY_CORRECTED:  # from the last point's time on, so that nothing overflows
        values = np.interp(time, t, v * np.exp(-lam * (t[-1] - t))) * np.exp(lam * (t[-1] - time))
    for i in np.flatnonzero(logarithmic(v[:-1], v[1:], found.method)):
        inside = (time > t[i]) & (time < t[i + 1])
        rate = math.log(v[i] / v[i + 1]) / (t[i + 1] - t[i])
        values[inside] = v[i] * np.exp(-rate * (time[inside] - t[i]))
    before, after = time < t[0], time > t[-1]
    values[before] = _before(time[before], t, v, found, lam)
    values[after] = _after(time[after], curve, found, lam, float(t[-1]), float(v[-1]))
    return values


def _before(time: FloatArray, t: FloatArray, v: FloatArray, found: AreaResult, lam: float) -> FloatArray:
    if found.first_rule == "zero":
        if not time.size:
            return time
        rate = lam if found.method == DECAY_CORRECTED else 0.0
        return np.asarray(v[0] * time / t[0] * np.exp(-rate * (time - t[0])))
    rate = lam
    if found.first_rule == "extrapolate" and t.size > 1 and time.size:
        rate = math.log(v[0] / v[1]) / (t[1] - t[0])
    return np.asarray(v[0] * np.exp(-rate * (time - t[0])))


def _after(
    time: FloatArray, curve: Curve, found: AreaResult, lam: float, last_h: float, last: float
) -> FloatArray:
    if found.area is None or found.tail_rule == "none" or not time.size:
        return np.full(time.shape, math.nan)
    if found.tail_rule == "fitted":
        from kinetics.fitting.fit import fit_curve

        peak = int(np.argmax(curve.uncorrected(lam).value))
        rest = curve.subset(slice(peak, None))
        fit = fit_curve(rest, "monoexponential", lambda_phys_per_h=lam, weights="none")
        return fit.predict(time, decay_corrected=False)
    if found.tail_rule not in TAILS:  # so many hours of the last value: one exponential of that area
        assert found.area_tail is not None
        rate = last / found.area_tail if found.area_tail > 0 else math.inf
        return np.asarray(last * np.exp(-rate * (time - last_h)))
    if found.tail_rule == "physical":
        return np.asarray(last * np.exp(-lam * (time - last_h)))
    assert found.slope is not None
    start = last if found.tail_rule == "effective" else found.slope.predicted(last_h)
    return np.asarray(start * np.exp(-found.slope.lambda_z_per_h * (time - last_h)))
