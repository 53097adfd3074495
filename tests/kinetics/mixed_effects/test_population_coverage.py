"""Intervals of areas on simulated cohorts of known truth: how often they hold it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from kinetics import fit_population, fit_with_population
from tests.kinetics.mixed_effects.cohorts import simulated

#: Chance that a limit fails although intervals hold 92 to 98 %. Patients of one cohort share estimates: each
#: area counts for half of an independent one.
CHANCE, COUNTS = 1e-3, 0.5
#: Patients of a cohort that are fitted alone as well, with its population.
ALONE = 3


@pytest.mark.parametrize(
    ("model", "typical", "n", "points", "cohorts"),
    [
        ("monoexponential", (10.0, 0.01), 8, [1, 2, 3, 4, 5, 1, 2, 3], 10),
        ("monoexponential", (10.0, 0.01), 8, [2] * 8, 10),  # scatter and spreads hardly told apart
        ("uptake", (10.0, 0.01, 0.1), 20, [1 + i % 5 for i in range(20)], 5),
    ],
)
def test_intervals_hold_the_true_area(
    model: str, typical: tuple[float, ...], n: int, points: list[int], cohorts: int
) -> None:
    held, given = 0, 0
    for k in range(cohorts):
        curves, areas = simulated(model, typical, 0.3, n, 0.1, 100 + k, points=points)
        fit = fit_population(curves, model, residual="proportional")
        for own, true in zip(fit.individuals, areas, strict=True):
            low, high = own.area_interval()  # type: ignore[misc]
            held += low < true < high
        for curve, true in list(zip(curves, areas, strict=True))[:ALONE]:
            low, high = fit_with_population(curve, fit.population).area_interval()  # type: ignore[misc]
            given += low < true < high
    for found, total in ((held, n * cohorts), (given, ALONE * cohorts)):
        counts, share = int(COUNTS * total), found / total
        assert share >= binom.ppf(CHANCE, counts, 0.92) / counts
        assert share <= binom.ppf(1 - CHANCE, counts, 0.98) / counts


def test_areas_are_not_biased_by_the_population() -> None:
    ratios = []
    for k in range(6):
        points = [1 + i % 3 for i in range(12)]
        curves, areas = simulated("monoexponential", (10.0, 0.01), 0.3, 12, 0.1, 200 + k, points=points)
        fit = fit_population(curves, "monoexponential", residual="proportional")
        ratios += [f.area / a for f, a in zip(fit.individuals, areas, strict=True)]
    logs = np.log(ratios)
    assert abs(logs.mean()) < 4 * logs.std() / np.sqrt(COUNTS * logs.size)
