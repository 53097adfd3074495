"""Error models: how much each point of a curve weighs in a fit, and whether its scale is known."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError

#: name -> what it says about the standard deviation of a point.
WEIGHTS = {
    "auto": "the curve's own standard deviations where it has them, else relative errors of about 5 %",
    "none": "the same standard deviation for every point, estimated from the residuals",
    "sd": "the curve's own absolute standard deviations",
    "relative": "standard deviations proportional to the values: a fractional SD that is given, or estimated",
    "poisson": "variances proportional to the values as measured: known for counts, else estimated up to a"
    " factor",
}
#: Relative error of a point that is assumed where nothing is known of it, and of which the scale's prior has
#: its middle.
ASSUMED_FRACTION = 0.05
#: Points that the prior of an unknown scale counts for: with 2, nine tenths of it lie between 3 and 22 %.
PRIOR_POINTS = 2.0
#: Name of the error model of weights "auto" where a curve has no standard deviations.
ASSUMED = "relative, 5 % assumed"


@dataclass(frozen=True)
class ErrorModel:
    """Inverse standard deviations of a curve's points.

    ``sd`` (N,) are absolute where ``known``, else relative to a factor that the residuals give; the
    covariance of a fit is multiplied by that factor squared (``rescaled`` in results) where it is not
    known.

    ``prior_points`` is nu of a scaled inverse chi-squared prior of that factor squared, with 1 in its middle
    (Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 3.2); 0: the residuals alone give it.
    Together with chi2 of N points and P parameters, the factor squared is (nu + chi2)/(nu + N - P) with
    nu + N - P degrees of freedom.
    """

    name: str
    sd: FloatArray
    known: bool
    prior_points: float = 0.0

    def with_prior(self, curve: Curve) -> ErrorModel:
        """The same with a weak prior of an unknown scale: :data:`ASSUMED_FRACTION` of the signal.

        The signal is the root mean square of value over ``sd``, so that relative errors are 5 % of each
        value, equal errors 5 % of the root mean square of the values.
        """
        if self.known or self.prior_points:
            return self
        middle = ASSUMED_FRACTION * math.sqrt(float(np.mean((curve.value / self.sd) ** 2)))
        return replace(self, sd=self.sd * middle, prior_points=PRIOR_POINTS)

    def following(self, curve: Curve, fitted: FloatArray) -> ErrorModel:
        """Assumed relative errors as fractions of the fitted values (N,), within a factor 2 of the measured.

        Errors in proportion to the measured values would pull a fit to the low ones, by twice their relative
        variance (4.5 % at 15 % noise). Other error models stay as they are.
        """
        if self.name != ASSUMED:
            return self
        near = np.clip(fitted, 0.5 * curve.value, 2.0 * curve.value)
        return replace(self, sd=np.where(curve.value > 0, ASSUMED_FRACTION * near, self.sd))


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
    weights : a key of :data:`WEIGHTS`. "auto" is "sd" where the curve has standard deviations; else errors
        of 5 % of each value, on which the residuals have their say (:data:`PRIOR_POINTS`). A 0 at time 0 then
        has the error of the smallest value above 0.
    lambda_phys_per_h : for Poisson weights of decay-corrected curves, whose variance is
        value / exp(-lambda t).
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
    if weights == "auto":
        if curve.sd is None:
            if rescale is False:
                raise KineticsError(f"{curve.name}: weights 'auto' without a column 'sd': no scale is known")
            positive = np.where(curve.value > 0, curve.value, curve.value[curve.value > 0].min())
            return ErrorModel(ASSUMED, ASSUMED_FRACTION * positive, False, PRIOR_POINTS)
        weights = "sd"
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
            f" weights '{weights}' (they need values above 0); leave the point out, or use weights 'none' or"
            " 'sd'"
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
