"""What each value of a patient brings to the parameters, where a population stands behind them."""

from __future__ import annotations

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.result import IndividualFit
from kinetics.models import Model


def gain_with_population(fit: IndividualFit) -> FloatArray:
    """(P, N) derivative of the parameters by the values, such that the area goes with the values' level.

    With ln(parameter) = mean + R b, b standard normal over patients, weighted Jacobian J and unit matrix 1,
    the maximum a posteriori moves by R (R' J' J R + 1)^-1 R' J' (Gauss-Newton). What the values do not say
    the population says, and it was measured with the same instruments: an error that all values of the study
    have in common moves the area by just that. So the gain is multiplied by a factor that makes the area
    homogeneous in the values; of errors of one patient alone it says rather too much.

    Examples
    --------
    >>> from kinetics import Curve, Population, Residual, fit_with_population
    >>> kidneys = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
    ...     sd_log={"A1": 0.3, "lambda1": 0.25}, source="made up",
    ...     residual=Residual(kind="proportional", b=0.05),
    ... )
    >>> one = Curve(time_h=[96], value=[1.2], unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> fit = fit_with_population(one, kidneys)
    >>> by_area = fit.function.area_and_gradient(fit.theta, fit.lambda_phys_per_h)[1]
    >>> round(float(by_area @ gain_with_population(fit) @ fit.curve.value / fit.area), 9)
    1.0
    """
    curve, population = fit.curve, fit.population
    assert isinstance(fit.function, Model)
    jacobian = fit.function.value_and_gradient(curve.time_h, fit.theta)[1]
    decay = 1.0 if curve.decay_corrected else np.exp(-fit.lambda_phys_per_h * curve.time_h)[:, None]
    normal = np.array([name in population.normal for name in fit.function.parameters])
    by_phi = np.where(normal, 1.0, fit.theta)
    weighted = jacobian * by_phi * decay / fit.errors.sd[:, None]
    covariance = population.covariance.copy()
    for name in population.free:  # nothing is known beforehand
        i = fit.function.parameters.index(name)
        covariance[i, i] = FREE
    size, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(size, 0.0))
    inner = weighted @ root
    moved = root @ np.linalg.solve(inner.T @ inner + np.eye(root.shape[1]), inner.T)
    gain: FloatArray = by_phi[:, None] * moved / fit.errors.sd
    by_area = fit.function.area_and_gradient(fit.theta, fit.lambda_phys_per_h)[1]
    level = float(by_area @ gain @ curve.value)
    if level <= 0.0:  # no parameter spreads: the values play no part, but for their common level
        gain = np.zeros_like(gain)
        amplitudes = len(fit.function.amplitudes)
        gain[:amplitudes] = np.outer(fit.theta[:amplitudes], 1.0 / (curve.value * len(curve)))
        level = float(by_area @ gain @ curve.value)
    return gain * (fit.area / level)


#: Variance of the logarithm of a parameter of which nothing is known beforehand.
FREE = 100.0
