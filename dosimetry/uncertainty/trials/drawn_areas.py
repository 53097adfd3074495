"""Trials of curves whose area is drawn, not fitted again: fits with a population, areas averaged over models.

A fit with a population is pulled to what other patients have, and an average over models to what most of them
have: noise put on the points and fitted again would show less than is open. What is open is in the fit's own
draws of the area (points, differences between patients, the population's estimates), and in the mixture of
the models: one of them by its weight, its area by its standard error. The stated inputs are put on these by
the area's derivatives.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiacs import UsedCurve
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.own_parts import COUNTS_AND_FIT, degrees_of_freedom
from dosimetry.uncertainty.propagation.slopes import averaged_fits
from dosimetry.uncertainty.trials.drawn_inputs import DrawnInputs
from dosimetry.uncertainty.trials.draws import Draws
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import IndividualFit, weighted_quantiles
from kinetics.populations.averaged import IndividualChoice

Array = NDArray[np.float64]


def is_drawn(chain: Chain, region: str) -> bool:
    """Whether a curve's area is drawn: of a fit with a population, or averaged over models.

    Where sources rest on more of a fit than its area (gut and bladder by what leaves the whole body), models
    are chosen and averaged anew in each trial.

    Raises
    ------
    DosimetryError : such sources rest on a fit with a population.
    """
    used = chain.curves[region]
    if isinstance(used.fit, IndividualFit):
        if chain.rests_on(region):
            raise DosimetryError(
                f"{chain.name}: {', '.join(chain.by_fit)} rest on the {region}'s fit with a population, of"
                " which a Monte Carlo draws the area alone: take monte_carlo = 0, or another model of it"
            )
        return True
    return used.choice is not None and not used.choice.forced and not chain.rests_on(region)


def as_measured(chain: Chain, region: str) -> Curve:
    """The curve of a region as it was measured, with the decay constant of the nuclide."""
    measured = chain.measured.measurements
    assert measured is not None
    curve = {"whole body": measured.whole_body, "serum": measured.serum, **measured.organs}[region]
    assert curve is not None
    return replace(curve, lambda_phys_per_h=chain.nuclide.lambda_per_h, half_life_h=None, nuclide=None)


def area_factors(chain: Chain, region: str, drawn: DrawnInputs, draws: Draws) -> Array:
    """(K,) factors of the area in the trials."""
    used = chain.curves[region]
    area, generator = chain.area(region), draws.generator(COUNTS_AND_FIT, chain.name, region)
    found = np.ones(draws.size)
    if not isinstance(used.fit, IndividualFit):
        found = _mixture(used, generator, draws.size) / area
    elif (own := own_draws(used)) is not None:
        uniform = generator.uniform(size=draws.size).tolist()
        found = np.exp(np.array(weighted_quantiles(*own, uniform))) / area
    factor, shift, slopes = drawn.factor[region], drawn.shift_h[region], chain.slopes(region)
    common = factor.mean(axis=1)
    change = np.zeros(draws.size)
    apart = factor / common[:, None] - 1.0
    if apart.any():
        change += (apart * used.curve.value) @ slopes.by_value
    if shift.any():
        change += shift @ slopes.by_time
    if np.any(drawn.half_life != 1.0):
        change += slopes.by_lambda * slopes.lam * (1.0 / drawn.half_life - 1.0)
    found = found * common * (1.0 + change / area)
    fitted_per_g = used.curve.unit == "%IA/g" and chain.measured_unit(region) == "kBq/mL"
    if region in drawn.density and fitted_per_g:
        found = found / drawn.density[region]
    return np.asarray(found)


def own_draws(used: UsedCurve) -> tuple[Array, Array] | None:
    """Draws of the logarithm of an area that was fitted with a population, and their weights.

    Of the model, or of all that are averaged.
    """
    fit = used.fit
    if isinstance(used.choice, IndividualChoice):
        return used.choice.draws()
    if not isinstance(fit, IndividualFit) or fit.log_areas is None or fit.area_weights is None:
        return None
    return fit.log_areas, fit.area_weights


def _mixture(used: UsedCurve, generator: np.random.Generator, size: int) -> Array:
    """(K,) areas of the averaged models: one of them by its weight, with Student's t where the scale of the
    errors was estimated."""
    fits = averaged_fits(used)
    weights = np.array([w for _, w in fits])
    which = generator.choice(len(fits), size=size, p=weights / weights.sum())
    normal = generator.standard_normal(size)
    areas = np.array([f.area for f, _ in fits])
    errors = np.array([f.se_area or 0.0 for f, _ in fits])
    freedom = degrees_of_freedom(used)
    if np.isfinite(freedom):
        normal = normal * np.sqrt(freedom / generator.chisquare(freedom, size))
    return np.asarray(areas[which] + errors[which] * normal)


def with_area(chain: Chain, region: str, factor: float) -> UsedCurve:
    """The used curve with its area, and the amplitudes of its fits, times a factor.

    Raises
    ------
    KineticsError : the factor is not above 0.
    """
    used = chain.curves[region]
    if not factor > 0.0:
        raise KineticsError(f"{region}: an area below 0 was drawn")
    return chain.slopes(region).moved(value=used.curve.value * (factor - 1.0))
