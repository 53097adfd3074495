"""Standard deviations that explain all scatter: nothing is left for a fraction that is estimated besides."""

from __future__ import annotations

import math
import random

import numpy as np

from kinetics import Curve, fit_population_models

LAMBDA = math.log(2) / 159.528


def curves() -> list[Curve]:
    """Twelve patients of one exponential, 5 % noise, SDs of 5 %; three of two points and one of one."""
    rng = random.Random(1)
    found = []
    for i in range(12):
        a = 4 * math.exp(0.35 * rng.gauss(0, 1))
        rate = 0.0095 * math.exp(0.38 * rng.gauss(0, 1)) + LAMBDA
        times = [4, 24, 72, 168] if i < 8 else [72, 168] if i < 11 else [96]
        value = np.array([a * math.exp(-rate * t) * (1 + 0.05 * rng.gauss(0, 1)) for t in times])
        sd, time_h = 0.05 * value, np.array(times, float)
        found.append(Curve(time_h=time_h, value=value, sd=sd, unit="%IA", decay_corrected=False, name=str(i)))
    return found


def test_the_right_model_is_not_refused_for_a_fraction_that_goes_to_0() -> None:
    """-log L falls by ever less as b goes to 0: the steps ended, and two exponentials were taken."""
    choice = fit_population_models(
        curves(),
        models=["monoexponential", "biexponential"],
        lambda_phys_per_h=LAMBDA,
        residual="sd+proportional",
    )
    assert "lambda2" not in choice.chosen.fixed
    assert choice.chosen.converged and choice.chosen.residual["b"][0] < 1e-3
