"""Error models: how much each point of a curve weighs in a fit, and whether its scale is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.curve import Curve, FloatArray
from kinetics.errors import KineticsError

#: name -> what it says about the standard deviation of a point.
WEIGHTS = {
    "none": "the same standard deviation for every point, estimated from the residuals",
    "sd": "the curve's own absolute standard deviations",
    "relative": "standard deviations proportional to the values: a fractional SD that is given, or estimated",
    "poisson": "variances proportional to the values as measured: known for counts, else estimated up to a"
    " factor",
}


@dataclass(frozen=True)
class ErrorModel:
    """Inverse standard deviations of a curve's points.

    ``sd`` (N,) are absolute where ``known``, else relative to a factor that the residuals give; the
    covariance of a fit is multiplied by that factor squared (``rescaled`` in results) where it is not
    known.
    """

    name: str
    sd: FloatArray
    known: bool


def error_model(
    curve: Curve,
    weights: str,
    *,
    lambda_phys_per_h: float,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
) -> ErrorModel:
    """The error model of a curve.

    Parameters
    ----------
    curve : (N,) points.
    weights : a key of :data:`WEIGHTS`.
    lambda_phys_per_h : for Poisson weights of decay-corrected curves, whose variance is value / exp(-lambda
    t).
    fractional_sd : with "relative": the known fraction, e.g. 0.05; None: estimated from the residuals.
    rescale : True takes the standard deviations as right up to a common factor that the residuals give
        (SAAM's relative variance model); None: as the error model says.

    Raises
    ------
    KineticsError : unknown name; no ``sd`` column; a value whose weight would be infinite.
    """
    if weights not in WEIGHTS:
        raise KineticsError(f"unknown weights '{weights}'; there are: {', '.join(WEIGHTS)}")
    if fractional_sd is not None and weights != "relative":
        raise KineticsError(f"a fractional SD of {fractional_sd} was given, but the weights are '{weights}'")
    if weights == "none":
        if rescale is False:
            raise KineticsError("weights 'none' give no standard deviation, so their scale must be estimated")
        return ErrorModel("none", np.ones(len(curve)), False)
    if weights == "sd":
        if curve.sd is None:
            raise KineticsError(f"{curve.name}: weights 'sd' need a column 'sd'; there is none")
        return ErrorModel("sd", curve.sd, not rescale)
    low = np.flatnonzero(curve.value <= 0)
    if low.size:
        raise KineticsError(
            f"{curve.name}: value {curve.value[low[0]]:g} at {curve.time_h[low[0]]:g} h has no weight with"
            f" weights"
            f" '{weights}' (they need values above 0); leave the point out, or use weights 'none' or 'sd'"
        )
    if weights == "poisson":
        factor = curve.decay_factor(lambda_phys_per_h) if curve.decay_corrected else np.ones(len(curve))
        known = curve.unit.lower() in ("counts", "count") if rescale is None else not rescale
        return ErrorModel("poisson", np.sqrt(curve.value / factor), known)
    if fractional_sd is None:
        if rescale is False:
            raise KineticsError("weights 'relative' without a fractional SD: their scale must be estimated")
        return ErrorModel("relative", curve.value.copy(), False)
    if not 0 < fractional_sd < 10:
        raise KineticsError(f"fractional SD {fractional_sd} must be above 0 (5 % is 0.05)")
    return ErrorModel("relative", fractional_sd * curve.value, not rescale)
