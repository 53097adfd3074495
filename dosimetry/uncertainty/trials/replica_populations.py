"""Trials of a curve that was fitted with a population: its area is drawn, not fitted again.

A fit with a population is drawn to what other patients have, so that noise put on the points and fitted again
would show less than is open. What is open is in the fit's own draws of the area (points, differences between
patients, and the population's estimates); the stated inputs are put on them by the area's derivatives.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.tiacs.tiacs import UsedCurve
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.own_parts import COUNTS_AND_FIT
from dosimetry.uncertainty.trials.drawn_inputs import DrawnInputs
from dosimetry.uncertainty.trials.draws import Draws
from kinetics.curves.curve import Curve
from kinetics.mixed_effects.result import IndividualFit, weighted_quantiles

Array = NDArray[np.float64]


def individuals(chain: Chain) -> dict[str, IndividualFit]:
    """Region -> its fit with a population."""
    return {r: c.fit for r, c in chain.curves.items() if isinstance(c.fit, IndividualFit)}


def as_measured(chain: Chain, region: str) -> Curve:
    """The curve of a region as it was measured, with the decay constant of the nuclide."""
    measured = chain.measured.measurements
    assert measured is not None
    curve = {"whole body": measured.whole_body, "serum": measured.serum, **measured.organs}[region]
    assert curve is not None
    return replace(curve, lambda_phys_per_h=chain.nuclide.lambda_per_h, half_life_h=None, nuclide=None)


def area_factors(chain: Chain, region: str, fit: IndividualFit, drawn: DrawnInputs, draws: Draws) -> Array:
    """(K,) factors of the area in the trials."""
    found = np.ones(draws.size)
    if fit.log_areas is not None and fit.area_weights is not None:
        uniform = draws.generator(COUNTS_AND_FIT, chain.name, region).uniform(size=draws.size)
        logarithms = weighted_quantiles(fit.log_areas, fit.area_weights, uniform.tolist())
        found = np.exp(np.array(logarithms)) / fit.area
    factor, shift, slopes = drawn.factor[region], drawn.shift_h[region], chain.slopes(region)
    common = factor.mean(axis=1)
    change = np.zeros(draws.size)
    apart = factor / common[:, None] - 1.0
    if apart.any():
        change += (apart * chain.curves[region].curve.value) @ slopes.by_value
    if shift.any():
        change += shift @ slopes.by_time
    if np.any(drawn.half_life != 1.0):
        change += slopes.by_lambda * slopes.lam * (1.0 / drawn.half_life - 1.0)
    found = found * common * (1.0 + change / fit.area)
    if region in drawn.density and chain.measured_unit(region) == "kBq/mL":
        found = found / drawn.density[region]
    return np.asarray(found)


def with_area(used: UsedCurve, factor: float, lambda_phys_per_h: float) -> UsedCurve:
    """The used curve with the amplitudes of its fit, and its area, times a factor."""
    fit = used.fit
    assert fit is not None
    theta = fit.theta.copy()
    theta[: len(fit.function.amplitudes)] *= factor
    changed = replace(fit, theta=theta, area=fit.area * factor, lambda_phys_per_h=lambda_phys_per_h)
    return replace(used, fit=changed)
