"""The dose rate that goes with a curve: the shape of its fit or trapezoids, just as its area is made."""

from __future__ import annotations

import math

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.area_result import AreaResult
from kinetics.areas.course import course_of_area
from kinetics.errors import KineticsError
from kinetics.fitting.result import FitResult
from kinetics.models import Model
from therapy.biology.dose_rate import AnyDoseRate, DoseRate, FloatArray, PiecewiseDoseRate


def dose_rate_of_curve(used: UsedCurve, dose_Gy: float, lambda_phys_per_h: float) -> AnyDoseRate:
    """A dose rate with the shape of a curve with physical decay, and the given dose.

    So it is in a region whose dose comes from the activity in itself.

    Parameters
    ----------
    used : the curve with its fit or its area.
    dose_Gy : above 0.
    lambda_phys_per_h : the physical decay constant.

    Raises
    ------
    DosimetryError : no fit of exponentials and no area to infinity; a dose not above 0; a fit below 0.

    Examples
    --------
    >>> from kinetics import Curve, area
    >>> curve = Curve(time_h=[0, 10], value=[10, 5], unit="%IA", decay_corrected=False, half_life_h=10)
    >>> used = UsedCurve("P01", "liver", curve, area=area(curve, tail="physical", first="zero"))
    >>> rate = dose_rate_of_curve(used, 2.0, curve.constant())
    >>> round(rate.dose_Gy, 9), round(float(rate.at(10.0) / rate.at(0.0)), 6)
    (2.0, 0.5)
    """
    if not (math.isfinite(dose_Gy) and dose_Gy > 0.0):
        raise DosimetryError(f"the dose of {used.region} is {dose_Gy:g} Gy; above 0 is needed")
    if used.fit is not None:
        return _of_fits(used, dose_Gy, lambda_phys_per_h)
    if used.area is None or not used.area.area:
        raise DosimetryError(
            f"the curve of {used.region} has no area to infinity, so its dose rate has no shape"
        )
    return _of_area(used, used.area, lambda_phys_per_h).times(dose_Gy / used.area.area)


def _of_fits(used: UsedCurve, dose_Gy: float, lam: float) -> DoseRate:
    """The fit's exponentials, or those of all models that the area is averaged over."""
    parts = [_terms(used, fit, weight) for fit, weight in used.weighted_fits]
    amplitude = np.concatenate([a for a, _ in parts])
    rate = np.concatenate([k for _, k in parts]) + lam
    kept = amplitude != 0.0
    amplitude, rate = amplitude[kept], rate[kept]
    if not amplitude.size:
        raise DosimetryError(f"the fit of {used.region} is 0 everywhere, so its dose rate has no shape")
    return DoseRate(amplitude * (dose_Gy / float((amplitude / rate).sum())), rate)


def _terms(used: UsedCurve, fit: FitResult, weight: float) -> tuple[FloatArray, FloatArray]:
    if not isinstance(fit.function, Model):
        raise DosimetryError(
            f"the fit of {used.region} is no sum of exponentials, so its dose rate has no shape"
        )
    amplitude, rate = fit.exponentials()
    return weight * amplitude, rate


def _of_area(used: UsedCurve, under: AreaResult, lam: float) -> PiecewiseDoseRate:
    """Trapezoids as :func:`kinetics.area` has them: the same rule in each interval, and the same tail."""
    try:
        made = course_of_area(used.curve, under, lam)
    except KineticsError as error:
        raise DosimetryError(str(error)) from None
    return PiecewiseDoseRate(
        made.time_h,
        made.value,
        made.tail_per_h,
        between=made.between,
        decay_per_h=made.decay_per_h,
        tail_Gy_per_h=made.tail if made.tail > 0.0 else None,
    )
