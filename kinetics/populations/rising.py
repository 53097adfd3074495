"""Cohorts whose curves rise once they are corrected for decay, under a model that can only fall."""

from __future__ import annotations

import math

import numpy as np

from kinetics.errors import KineticsError
from kinetics.mixed_effects.result import PopulationFit
from kinetics.models import Model

#: A mean rise of the logarithm from first to last point that is less is a plateau; and how many of its
#: standard errors over patients it must be away from none.
LEAST_RISE, SURE = 0.05, 3.0


def refuse_rising(fit: PopulationFit) -> None:
    """A model of exponentials that fall isn't given to curves that rise, corrected for decay.

    Half-life or decay state are wrong then, or the organ takes up activity over the whole time.

    Raises
    ------
    KineticsError : that, with the mean rise.
    """
    model = fit.population.model
    if not isinstance(model, Model) or np.any(model.coefficients < 0.0):
        return
    rises = []
    for own in fit.individuals:
        curve = own.curve
        seen = np.flatnonzero(curve.value > 0.0)
        if seen.size < 2:
            continue
        first, last = seen[0], seen[-1]
        lam = 0.0 if curve.decay_corrected else own.lambda_phys_per_h
        passed_h = float(curve.time_h[last] - curve.time_h[first])
        rises.append(math.log(curve.value[last] / curve.value[first]) + lam * passed_h)
    if len(rises) < 2:
        return
    mean, error = float(np.mean(rises)), float(np.std(rises, ddof=1)) / math.sqrt(len(rises))
    if mean > max(LEAST_RISE, SURE * error):
        corrected = fit.individuals[0].curve.decay_corrected
        state = "" if corrected else " once corrected for decay (if they are already, say so)"
        raise KineticsError(
            f"the patients' curves don't fall with '{model.name}'{state}: from first to last point they rise"
            f" by a factor of {math.exp(min(mean, 700.0)):.3g} ({len(rises)} patients' mean); check half-life"
            " and decay state, or choose a model with uptake"
        )
