"""Time-integrated activity from a single late measurement, and the error that this brings.

A single point says nothing of the half-life; both methods supply it. Their results always carry a warning.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.populations.cohort import Spread

#: Measurement time over effective half-life within which Haenscheid's approximation holds to about 10 %.
HAENSCHEID_RANGE = (0.75, 2.5)


@dataclass(frozen=True, kw_only=True)
class SinglePointArea:
    """Area in unit x h from one point.

    ``se_area`` : standard error from the point's SD and, for Madsen's method, the cohort's spread.
    ``relative_error`` : lowest and highest error of the method as a fraction of the true area (Haenscheid:
    over the stated range of half-lives; Madsen: the central 95 % of the cohort).

    Examples
    --------
    >>> from kinetics import Curve
    >>> one = Curve(time_h=[96], value=[40], unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> found = haenscheid(one, effective_half_life_h=(60, 90))
    >>> found.method, found.se_area
    ('Haenscheid', None)
    """

    area: float
    se_area: float | None
    relative_error: tuple[float, float]
    method: str
    warning: str


def _point(curve: Curve, lam: float) -> tuple[float, float, float | None]:
    """Time, activity with physical decay, relative SD."""
    if len(curve) != 1:
        raise KineticsError(f"{curve.name}: {len(curve)} points; a single-time-point method takes one")
    measured = curve.uncorrected(lam)
    time, value = float(measured.time_h[0]), float(measured.value[0])
    if not (time > 0 and value > 0):
        raise KineticsError(
            f"{curve.name}: {value:g} at {time:g} h; a value above 0 at a time above 0 is needed"
        )
    relative = None
    if measured.sd is not None:
        covariance = measured.covariance()
        assert covariance is not None
        relative = math.sqrt(float(covariance[0, 0])) / value
    return time, value, relative


def haenscheid_ratio(time_over_half_life: FloatArray | float) -> FloatArray:
    """Estimated over true area, 2x/2^x, for x = measurement time / effective half-life (one exponential).

    >>> [round(float(haenscheid_ratio(x)), 3) for x in (0.75, 1, 2, 2.5)]
    [0.892, 1.0, 1.0, 0.884]
    """
    x = np.asarray(time_over_half_life, dtype=np.float64)
    return 2.0 * x / 2.0**x


def haenscheid(
    curve: Curve, *, lambda_phys_per_h: float | None = None, effective_half_life_h: tuple[float, float]
) -> SinglePointArea:
    """Area = A(t) 2 t / ln 2 (Haenscheid et al., J Nucl Med 2018;59:75).

    Exact where t is one or two effective half-lives of a single exponential, and within -12 to +6 % for 0.75
    to 2.5; the activity must be falling with one exponential at that time.

    Parameters
    ----------
    curve : one point.
    lambda_phys_per_h : physical decay constant, 1/h, to turn back a decay-corrected value; None: the curve's.
    effective_half_life_h : lowest and highest effective half-life to be expected in such patients; the
        method's error over that range is given.

    Raises
    ------
    KineticsError : more than one point; or, for all of the range, the time is outside 0.75 to 2.5 half-lives.

    Examples
    --------
    >>> one = Curve(time_h=[96], value=[40], unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> round(haenscheid(one, effective_half_life_h=(60, 90)).area)  # 40 x 2 x 96/ln 2
    11080
    """
    lam = curve.constant(lambda_phys_per_h)
    time, value, relative = _point(curve, lam)
    low, high = effective_half_life_h
    if not 0 < low <= high:
        raise KineticsError(
            f"effective half-lives {low:g} to {high:g} h: two ascending numbers above 0 are needed"
        )
    if lam > 0 and high > math.log(2) / lam * (1 + 1e-9):
        raise KineticsError(
            f"effective half-life {high:g} h is longer than the physical one, {math.log(2) / lam:.4g} h"
        )
    x_low, x_high = time / high, time / low
    if x_high < HAENSCHEID_RANGE[0] or x_low > HAENSCHEID_RANGE[1]:
        raise KineticsError(
            f"{curve.name}: {time:g} h is {x_low:.2g} to {x_high:.2g} effective half-lives; the method holds"
            f" for {HAENSCHEID_RANGE[0]} to {HAENSCHEID_RANGE[1]}"
        )
    errors = haenscheid_ratio(np.linspace(x_low, x_high, 400)) - 1.0
    area = value * 2.0 * time / math.log(2)
    outside = x_low < HAENSCHEID_RANGE[0] or x_high > HAENSCHEID_RANGE[1]
    warning = (
        f"single time point ({time:g} h): the method's error is {100 * errors.min():+.0f} to"
        f" {100 * errors.max():+.0f} % for effective half-lives of {low:g} to {high:g} h"
        + ("; part of that range is outside what the method is for" if outside else "")
    )
    return SinglePointArea(
        area=area,
        se_area=None if relative is None else relative * area,
        relative_error=(float(errors.min()), float(errors.max())),
        method="Haenscheid",
        warning=warning,
    )


def madsen(curve: Curve, spread: Spread, *, lambda_phys_per_h: float | None = None) -> SinglePointArea:
    """Area = A(t) exp(k t)/k with the cohort's mean effective rate k (Madsen et al., Med Phys 2018;45:2318).

    The error is least where t is about 1/k, for there d/dk of exp(kt)/k is 0. The cohort's spread of the
    biologic rate (log-normal) gives the error of a patient: the distribution of estimated over true area.

    Parameters
    ----------
    curve : one point.
    spread : of the biologic rate, from :func:`kinetics.cohort_spread`.
    lambda_phys_per_h : physical decay constant, 1/h; None: the curve's own.

    Raises
    ------
    KineticsError : more than one point, a time or value that is not above 0, a half-life that is not known.

    Examples
    --------
    >>> one = Curve(time_h=[72], value=[40], unit="%IA", decay_corrected=True, half_life_h=159.5)
    >>> found = madsen(one, Spread(rate_per_h=0.01, sd_log=0.2, n=12))
    >>> 0 < found.se_area < 0.2 * found.area
    True
    """
    lam = curve.constant(lambda_phys_per_h)
    time, value, relative = _point(curve, lam)
    k = spread.rate_per_h + lam
    area = value * math.exp(k * time) / k
    quantiles = np.linspace(0.0005, 0.9995, 1000)
    from scipy.special import ndtri

    own = spread.rate_per_h * np.exp(spread.sd_log * ndtri(quantiles)) + lam
    ratio = area / (value * np.exp(own * time) / own)
    true = 1.0 / ratio
    error = (float(np.quantile(ratio, 0.025) - 1), float(np.quantile(ratio, 0.975) - 1))
    method_sd = float(np.sqrt(np.mean((true - 1.0) ** 2)))
    return SinglePointArea(
        area=area,
        se_area=area * math.hypot(method_sd, relative or 0.0),
        relative_error=error,
        method="Madsen",
        warning=(
            f"single time point ({time:g} h; best near {1 / k:.0f} h) with the half-life of {spread.n} other"
            f" patients: 95 % of such patients would be {100 * error[0]:+.0f} to {100 * error[1]:+.0f} % off"
        ),
    )
