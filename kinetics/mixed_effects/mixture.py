"""One patient's area by several models of a cohort, each with the cohort's weight: mean, variance, draws."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.fitting.result import Estimate
from kinetics.mixed_effects.result import IndividualFit, weighted_quantiles

#: A patient's fit by each model, with the model's weight; weights sum to 1.
Weighted = Sequence[tuple[IndividualFit, float]]


def mixed_area(fits: Weighted) -> Estimate:
    """The mean by weight, with the standard error of the mixture: within the models, and between them."""
    w = np.array([weight for _, weight in fits])
    area = np.array([fit.area for fit, _ in fits])
    se = np.array([fit.se_area or 0.0 for fit, _ in fits])
    mean = float(w @ area)
    return Estimate(mean, float(np.sqrt(w @ (se**2 + (area - mean) ** 2))))


def mixed_draws(fits: Weighted) -> tuple[FloatArray, FloatArray] | None:
    """Logarithms of areas of all models, and weights that sum to 1; None: a model has none."""
    logs, weights = [], []
    for fit, weight in fits:
        if fit.log_areas is None or fit.area_weights is None:
            return None
        logs.append(fit.log_areas)
        weights.append(weight * fit.area_weights / fit.area_weights.sum())
    return np.concatenate(logs), np.concatenate(weights)


def mixed_interval(fits: Weighted, level: float = 0.95) -> tuple[float, float] | None:
    """Interval of the averaged area by the quantiles of the mixture's draws; it holds the area."""
    drawn = mixed_draws(fits)
    if drawn is None:
        return None
    low, high = weighted_quantiles(*drawn, [0.5 - level / 2, 0.5 + level / 2])
    value = mixed_area(fits).value
    return min(math.exp(low), value), max(math.exp(high), value)
