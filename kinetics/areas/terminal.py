"""The terminal slope lambda_z of a curve, by log-linear regression on its last points."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: Among slopes whose adjusted R^2 is within this of the best, the one with most points wins (WinNonlin,
#: PKNCA).
R2_TOLERANCE = 1e-4
#: Least number of points for a chosen slope.
LEAST_POINTS = 3


@dataclass(frozen=True, kw_only=True)
class TerminalSlope:
    """Log-linear regression of the last points; ``reason`` says why there is none (numbers are then NaN).

    lambda_z_per_h, se_lambda_z_per_h : slope, 1/h, and its standard error (None of two points).
    intercept : logarithm of the line at time 0.
    r2, adjusted_r2 : R^2 of the logarithms; with a penalty for few points.
    n_points, start_h, end_h : how many last points, from when to when.

    Examples
    --------
    >>> from kinetics import terminal_slope
    >>> import numpy as np
    >>> slope = terminal_slope(np.array([1.0, 2.0, 3.0, 4.0]), np.array([16.0, 8.0, 4.0, 2.0]))
    >>> round(slope.half_life_h, 6), slope.n_points
    (1.0, 3)
    """

    lambda_z_per_h: float = math.nan
    se_lambda_z_per_h: float | None = None
    intercept: float = math.nan
    r2: float = math.nan
    adjusted_r2: float = math.nan
    n_points: int = 0
    start_h: float = math.nan
    end_h: float = math.nan
    reason: str | None = None

    @property
    def half_life_h(self) -> float:
        """ln 2 / lambda_z."""
        return math.log(2) / self.lambda_z_per_h

    @property
    def span(self) -> float:
        """Time from the first to the last point used, in half-lives; under 2 the slope is poorly held."""
        return (self.end_h - self.start_h) / self.half_life_h

    def predicted(self, time_h: float) -> float:
        """The regression line's value at a time."""
        return math.exp(self.intercept - self.lambda_z_per_h * time_h)


def _regression(time: FloatArray, value: FloatArray) -> TerminalSlope:
    n = time.size
    y = np.log(value)
    time_mean, mean = float(time.sum()) / n, float(y.sum()) / n
    t = time - time_mean
    sxx = float(t @ t)
    slope = float(t @ y) / sxx
    rest = float(((y - mean - slope * t) ** 2).sum())
    total = float(((y - mean) ** 2).sum())
    r2 = 1.0 - rest / total if total > 0 else 0.0
    return TerminalSlope(
        lambda_z_per_h=-slope,
        se_lambda_z_per_h=math.sqrt(rest / (n - 2) / sxx) if n > 2 else None,
        intercept=mean - slope * time_mean,
        r2=r2,
        adjusted_r2=1.0 - (1.0 - r2) * (n - 1) / (n - 2) if n > 2 else math.nan,
        n_points=n,
        start_h=float(time[0]),
        end_h=float(time[-1]),
    )


def terminal_slope(
    time_h: FloatArray,
    value: FloatArray,
    *,
    n_points: int | None = None,
    include_peak: bool = False,
    from_h: float = 0.0,
) -> TerminalSlope:
    """Slope of the last points.

    Parameters
    ----------
    time_h, value : (N,) times in h, ascending, and values; zeros are left out.
    n_points : how many last points; None: the last 3, 4, ... back to the point after the peak, by best
        adjusted R^2; among those within :data:`R2_TOLERANCE` of the best the one with most points (the
        rule of PKNCA and of WinNonlin).
    include_peak : whether the largest value may be one of the points (it may after an IV bolus).
    from_h : earlier points are not used, as those before an infusion's end (Phoenix WinNonlin's rule too).

    Returns
    -------
    TerminalSlope; with its ``reason`` where no falling slope is to be had.

    Raises
    ------
    KineticsError : fewer than 2 points asked for.

    Examples
    --------
    >>> slope = terminal_slope(np.array([1.0, 2.0, 4.0]), np.array([8.0, 4.0, 1.0]), n_points=2)
    >>> round(slope.lambda_z_per_h, 4)  # ln 2 per h
    0.6931
    >>> terminal_slope(np.array([1.0, 2.0]), np.array([8.0, 4.0])).reason
    '1 points after the peak; 3 are needed'
    """
    keep = value > 0
    time, values = np.asarray(time_h)[keep], np.asarray(value)[keep]
    if values.size == 0:
        return TerminalSlope(reason="no value above 0")
    peak = int(np.argmax(values))
    late = int(np.searchsorted(time, from_h))
    if n_points is not None:
        if n_points < 2:
            raise KineticsError(f"a slope needs 2 points or more; {n_points} asked for")
        if values.size < n_points:
            return TerminalSlope(reason=f"{n_points} last points asked for; {values.size} values are above 0")
        if values.size - late < n_points:
            return TerminalSlope(
                reason=f"{n_points} last points asked for; {values.size - late} are at {from_h:g} h or later,"
                " when the infusion has ended"
            )
        chosen = _regression(time[-n_points:], values[-n_points:])
        if not chosen.lambda_z_per_h > 0:
            return TerminalSlope(reason=f"the last {n_points} points don't fall")
        return chosen
    after_peak = peak if include_peak else peak + 1
    available = values.size - max(after_peak, late)
    if available < LEAST_POINTS:
        where = f"{'from' if include_peak else 'after'} the peak"
        if late > after_peak:
            where = f"at {from_h:g} h or later, when the infusion has ended"
        return TerminalSlope(reason=f"{available} points {where}; {LEAST_POINTS} are needed")
    fits = [_regression(time[-n:], values[-n:]) for n in range(LEAST_POINTS, available + 1)]
    falling = [f for f in fits if f.lambda_z_per_h > 0]
    if not falling:
        return TerminalSlope(reason="the last points don't fall")
    best = max(f.adjusted_r2 for f in falling)
    return max((f for f in falling if f.adjusted_r2 >= best - R2_TOLERANCE), key=lambda f: f.n_points)
