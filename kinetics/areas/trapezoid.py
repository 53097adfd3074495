"""Areas under a curve by trapezoids, with the first interval and the tail each by a named rule.

The area is that of the curve with physical decay in it (a TIAC, where the curve is a fraction of the injected
activity); a decay-corrected curve is turned back first.
"""

from __future__ import annotations

import math

import numpy as np

from kinetics.areas import gradients
from kinetics.areas.alternatives import MOST_POWER, NO_SPREAD, rule_spread
from kinetics.areas.area_result import AreaResult
from kinetics.areas.segments import AREA_METHODS, DECAY_CORRECTED, segment_areas
from kinetics.areas.terminal import TerminalSlope, terminal_slope
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError

#: What is taken between time 0 and the first point.
FIRST = {
    "zero": "from 0 at time 0 in a straight line to the first point",
    "constant": "the first point's decay-corrected value from time 0 on (physical decay only)",
    "extrapolate": "back to time 0 along the logarithmic slope of the first two points",
}
#: What is taken after the last point.
TAILS = {
    "physical": "physical decay only, from the last point",
    "effective": "the effective slope of the last points by log-linear regression, from the last point",
    "predicted": "the effective slope of the last points, from the regression line's value at the last time",
    "fitted": "a monoexponential fitted from the peak on, from its value at the last time",
    "none": "nothing",
}


def value_at_0(
    time: FloatArray, value: FloatArray, first: str, lam: float, rising: bool = False
) -> tuple[float, str]:
    """Value at time 0, and what was done in words."""
    if first not in FIRST:
        raise KineticsError(f"unknown first interval '{first}'; there are: {', '.join(FIRST)}")
    if time[0] == 0:
        return float(value[0]), "the first point is at time 0"
    words = f"0 to {time[0]:g} h: {FIRST[first]}"
    if first == "zero":
        return 0.0, words
    if first == "constant":
        return float(value[0] * math.exp(lam * time[0])), words
    if value.size < 2 or not value[1] > 0 or not (value[1] < value[0] or (rising and value[0] > 0)):
        raise KineticsError(
            f"first interval 'extrapolate' needs two first points above 0 that fall; they are"
            f" {', '.join(f'{v:g}' for v in value[:2])}: take 'zero' or 'constant'"
        )
    power = math.log(value[0] / value[1]) / (time[1] - time[0]) * time[0]
    if power > MOST_POWER:
        raise KineticsError(
            f"first interval 'extrapolate' would start at e^{power:.0f} times the first value: the first two"
            f" points ({time[0]:g} and {time[1]:g} h) lie too close together for that; take 'zero' or"
            " 'constant'"
        )
    return float(value[0] * math.exp(power)), words


def _observed(
    time: FloatArray, value: FloatArray, method: str, first: str, lam: float, rising: bool
) -> tuple[float, float, str]:
    """Area of 0 to the last point, the part before the first point, and words."""
    start, words = value_at_0(time, value, first, lam, rising)
    before = 0.0
    if time[0] > 0:
        pair = np.array([start, value[0]])
        before = float(segment_areas(np.array([0.0, time[0]]), pair, first_method(first, method), lam)[0])
        if first == "zero" and method == DECAY_CORRECTED:
            words += " (decay-corrected)"
    return before + float(segment_areas(time, value, method, lam).sum()), before, words


def first_method(first: str, method: str) -> str:
    """The rule for the interval before the first point: a line from 0, or an exponential."""
    if first != "zero":
        return "log"
    return method if method == DECAY_CORRECTED else "linear"


#: The rule's name where what comes after the last point is told as a number of hours.
GIVEN = "given"


def _tail(
    curve: Curve, measured: Curve, tail: str | float, lam: float, slope_points: int | None
) -> tuple[float | None, float | None, str, str | None, TerminalSlope | None, tuple[str, ...]]:
    """Tail area, the rate of its exponential, words, why it can't be given, the slope, warnings."""
    last_t, last_v = float(measured.time_h[-1]), float(measured.value[-1])
    if not isinstance(tail, str):
        rate = 1.0 / tail if tail > 0.0 else None
        return last_v * tail, rate, f"after {last_t:g} h: the last value for {tail:.4g} h", None, None, ()
    words = f"after {last_t:g} h: {TAILS[tail]}"
    if tail == "none":
        return 0.0, None, words, None, None, ()
    if tail == "physical":
        if lam == 0:
            why = "no tail: physical decay was asked for, but the decay constant is 0"
            return None, None, words, why, None, ()
        return last_v / lam, lam, words, None, None, ()
    if tail == "fitted":
        from kinetics.fitting.fit import fit_curve

        peak = int(np.argmax(measured.value))
        try:
            fitted = fit_curve(
                curve.subset(slice(peak, None)), "monoexponential", lambda_phys_per_h=lam, weights="none"
            )
        except KineticsError as error:
            return None, None, words, f"no tail: {error}", None, ()
        part = float(fitted.function.area(fitted.theta, lam, start_h=last_t))
        rate = float(fitted.function.split(fitted.theta)[2][0]) + lam
        return part, rate, f"{words} ({len(curve) - peak} points)", None, None, fitted.warnings
    slope = terminal_slope(measured.time_h, measured.value, n_points=slope_points)
    if slope.reason is not None:
        return None, None, words, f"no tail: {slope.reason}", slope, ()
    words += f" ({slope.n_points} points from {slope.start_h:g} h, half-life {slope.half_life_h:.4g} h)"
    warnings: tuple[str, ...] = ()
    if lam > 0 and slope.lambda_z_per_h < lam:
        warnings = (
            f"the slope of the last points (half-life {slope.half_life_h:.4g} h) is slower than physical"
            f" decay ({math.log(2) / lam:.4g} h): activity still comes in, so the tail is too large",
        )
    start = last_v if tail == "effective" else slope.predicted(last_t)
    return start / slope.lambda_z_per_h, slope.lambda_z_per_h, words, None, slope, warnings


def area(
    curve: Curve,
    *,
    lambda_phys_per_h: float | None = None,
    tail: str | float,
    first: str,
    method: str = "linear",
    slope_points: int | None = None,
    alternatives: bool = True,
    rising: bool = False,
) -> AreaResult:
    """Area under a curve from time 0 to infinity by trapezoids.

    Parameters
    ----------
    curve : (N,) points.
    lambda_phys_per_h : physical decay constant, 1/h; 0 for a stable label; None: the curve's own.
    tail : after the last point: "physical", "effective", "predicted", "fitted" or "none" (:data:`TAILS` says
        what each is); or a number of hours by which the last value is multiplied, from a model of what comes
        after it.
    first : up to the first point: "zero", "constant" or "extrapolate" (:data:`FIRST`); no effect where that
        is at time 0.
    method : "linear", "log", "linear-up/log-down", or "linear-decay-corrected": a straight line through the
        decay-corrected points, with physical decay integrated exactly (a line "zero" before the first point
        is then one of the decay-corrected curve too). A line through decaying activity overestimates
        (docs/kinetics.md has by how much).
    slope_points : number of last points for the effective slope; None: by best adjusted R^2
        (:func:`kinetics.terminal_slope`).
    alternatives : False: what other rules would have given is left out, for many areas of one rule.
    rising : whether "extrapolate" may go back along two first points that rise: of a curve that fell with
        the label that was measured, and has another's decay now.

    Returns
    -------
    AreaResult; its ``se_area`` propagates the points' covariance, where the curve has standard deviations,
    through the whole rule: what is common to several points with it.

    Raises
    ------
    KineticsError : an unknown rule, a negative value, one point with a rule that needs two, no area at all.

    Examples
    --------
    >>> curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> round(area(curve, tail="physical", first="zero", method="log").area, 3)  # 10 x 10 h/ln 2
    144.27
    """
    lam = curve.constant(lambda_phys_per_h)
    if method not in AREA_METHODS:
        raise KineticsError(f"unknown trapezoid method '{method}'; there are: {', '.join(AREA_METHODS)}")
    if tail not in TAILS and isinstance(tail, str):
        raise KineticsError(f"unknown tail '{tail}'; there are: {', '.join(TAILS)}")
    if not (isinstance(tail, str) or 0.0 <= tail < math.inf):
        raise KineticsError(f"the tail is the last value for {tail:g} h; a number of 0 or above is needed")
    measured = curve.uncorrected(lam)
    if np.any(measured.value < 0):
        row = int(np.flatnonzero(measured.value < 0)[0])
        raise KineticsError(
            f"{curve.name}: value {curve.value[row]:g} at {curve.time_h[row]:g} h is negative; leave the"
            " point out or write it as BLQ"
        )
    if not np.any(measured.value):
        raise KineticsError(f"{curve.name}: every value is 0; there is no area")
    observed, before, first_words = _observed(measured.time_h, measured.value, method, first, lam, rising)
    tail_area, tail_per_h, tail_words, reason, slope, warnings = _tail(
        curve, measured, tail, lam, slope_points
    )
    total = None if tail_area is None else observed + tail_area
    if total == 0.0:
        raise KineticsError(
            f"{curve.name}: a point at 0 h alone, and nothing after it, has no area; take a tail"
        )
    se_observed = se_total = by_value = None
    if measured.sd is not None:
        by_value = _observed_gradient(measured.time_h, measured.value, method, first, lam, rising)
        se_observed = _carried_se(measured, by_value)
        if total is not None:
            by_value = by_value + _tail_gradient(measured, tail, lam, slope)
            se = _carried_se(measured, by_value)
            se_total = None if math.isnan(se) else se
    spread = NO_SPREAD
    if alternatives:
        spread = rule_spread(
            measured.time_h, measured.value, lam, method=method, first=first, tail=tail, slope=slope,
            slope_points=slope_points, area=total, tail_area=tail_area, rising=rising,
        )  # fmt: skip
    return AreaResult(
        area=total,
        se_area=se_total,
        area_observed=observed,
        se_area_observed=se_observed,
        area_tail=tail_area,
        area_first=before,
        extrapolated_fraction=None if total is None or tail_area is None else tail_area / total,
        first_interval=first_words,
        tail=tail_words,
        method=method,
        unit=f"{curve.unit} x h",
        reason=reason,
        slope=slope,
        warnings=(*warnings, *(d.text for d in spread.differences)),
        rule_differences=spread.differences,
        alternatives=spread.alternatives,
        u_rules=spread.u_rules,
        offset_rules=spread.offset_rules,
        unknown_rules=spread.unknown,
        first_rule=first,
        tail_rule=tail if isinstance(tail, str) else GIVEN,
        tail_per_h=tail_per_h,
        by_value=None if total is None else by_value,
    )


def _carried_se(curve: Curve, by_value: FloatArray) -> float:
    """Standard error of a number whose gradient by the curve's values is (N,) ``by_value``."""
    assert curve.sd is not None
    return math.sqrt(float((curve.carried(by_value[None], curve.sd**2) ** 2).sum()))


def _observed_gradient(
    time: FloatArray, value: FloatArray, method: str, first: str, lam: float, rising: bool
) -> FloatArray:
    """(N,) derivative of the area from 0 to the last point."""
    found = np.zeros(value.size)
    v1, v2 = value[:-1], value[1:]
    by_first, by_last = gradients.segments(time, v1, v2, method, lam)
    found[:-1] += by_first
    found[1:] += by_last
    if time[0] > 0:
        start, at_0 = np.array([value_at_0(time, value, first, lam, rising)[0]]), value[:1]
        rule = first_method(first, method)
        by_start, by_value = gradients.segments(np.array([0.0, time[0]]), start, at_0, rule, lam)
        found += by_start * gradients.first_value(time, value, first, lam)
        found[0] += by_value[0]
    return found


def _tail_gradient(measured: Curve, tail: str | float, lam: float, slope: TerminalSlope | None) -> FloatArray:
    """(N,) derivative of the area after the last point; of a fitted one by central differences."""
    if not isinstance(tail, str):
        return np.append(np.zeros(len(measured) - 1), tail)
    if tail != "fitted":
        return gradients.tail(measured.time_h, measured.value, tail, lam, slope)
    assert measured.sd is not None
    found = np.zeros(len(measured))
    for i, (v, s) in enumerate(zip(measured.value, measured.sd, strict=True)):
        step = 1e-4 * max(abs(v), s)
        ends = []
        for sign in (1.0, -1.0):
            values = measured.value.copy()
            values[i] = max(v + sign * step, 0.0)
            shifted = Curve(
                time_h=measured.time_h,
                value=values,
                unit=measured.unit,
                decay_corrected=False,
                name=measured.name,
            )
            more = _tail(shifted, shifted, tail, lam, None)[0]
            ends.append((values[i], math.nan if more is None else more))
        found[i] = (ends[0][1] - ends[1][1]) / (ends[0][0] - ends[1][0])
    return found
