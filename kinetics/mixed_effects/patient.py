"""The fit of one patient, of however few points, given a population."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.mixed_effects.cohort import assembled, checked_patients
from kinetics.mixed_effects.finish import individuals
from kinetics.mixed_effects.individuals import Estimated, Spread, known, normal_spread
from kinetics.mixed_effects.likelihood.estimates import Layout
from kinetics.mixed_effects.parts import Residual
from kinetics.mixed_effects.population import Population
from kinetics.mixed_effects.result import IndividualFit
from kinetics.models import Model
from milligray.errors import Complaints


def fit_with_population(
    curve: Curve,
    population: Population,
    *,
    lambda_phys_per_h: float | None = None,
    patient: Mapping[str, float] | None = None,
    residual: str | None = None,
) -> IndividualFit:
    """A patient of any number of points, one at least, given a population: maximum a posteriori.

    Parameters
    ----------
    curve : in the population's unit.
    population : of a :class:`PopulationFit`, read from a file, or stated by hand.
    lambda_phys_per_h : physical decay constant, 1/h; None: the curve's own.
    patient : covariate's name -> the patient's value.
    residual : "sd" takes the curve's own standard deviations instead of the population's residual model.

    Raises
    ------
    KineticsError : another unit; values at or below 0; a covariate missing, or one that the population
        doesn't have; no standard deviations where they are needed.

    Examples
    --------
    >>> population = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 3.0, "lambda1": 0.01}, sd_log={"lambda1": 0.3},
    ...     residual=Residual(kind="proportional", b=0.05), source="an example",
    ... )
    >>> late = Curve(time_h=[72], value=[1.2], unit="%IA", decay_corrected=True, half_life_h=159.5)
    >>> fit = fit_with_population(late, population)  # a single point: its rate is the population's
    >>> round(fit.parameters["lambda1"].value, 4), fit.borrowed
    (0.01, 'maximum a posteriori with the population of a stated population (an example)')
    """
    needed = {e.covariate for e in population.effects}
    if not isinstance(population.model, Model):
        needed |= set(population.model.constants)
    given = dict(patient or {})
    with Complaints(KineticsError) as wrong:
        if curve.unit != population.unit:
            wrong.add(KineticsError(
                f"{curve.name}: in '{curve.unit}', but the population is of '{population.unit}'"
            ))  # fmt: skip
        for name in sorted(needed - set(given)):
            wrong.add(KineticsError(f"{curve.name}: the population needs the patient's '{name}'"))
        for name in sorted(set(given) - needed):
            there = ", ".join(sorted(needed)) or "none"
            wrong.add(
                KineticsError(f"{curve.name}: '{name}' is no covariate of the population; there are: {there}")
            )
        with wrong.catching():
            told = checked_patients({k: [v] for k, v in given.items()}, 1)
    if residual not in (None, "sd"):
        raise KineticsError(f"residual '{residual}': 'sd' (the curve's own), or None (the population's)")
    if residual == "sd":
        population = population.with_residual(Residual(kind="sd"))
    question = population.asked()
    cohort = assembled([curve], question, told, lambda_phys_per_h)
    psi = population.row()
    covariance = population.estimates_covariance
    estimated = Estimated(
        psi, np.zeros((psi.size, psi.size)) if covariance is None else covariance, np.ones(psi.size)
    )
    b = np.zeros((1, len(question.random) + cohort.data.shared.shape[2]))
    warnings = list(cohort.warnings)
    if covariance is None:
        warnings.append("the population's numbers are taken as exact: their own uncertainty isn't known")
    layout = question.layout
    found = known(cohort.data, layout, estimated, _spread(population, layout, estimated), b, cohort.lambdas)
    (fit,) = individuals(cohort, question, population, estimated, found, common_warnings=warnings)
    return fit


def _spread(population: Population, layout: Layout, estimated: Estimated) -> Spread:
    """How the population's estimates spread: as its cohort's likelihood said, where that is known."""
    mean, covariance = population.drawn_mean, population.drawn_covariance
    if mean is None or covariance is None:
        return normal_spread(layout, estimated)
    logarithmic = [k for k in layout.spreads()[0] if mean[k] > 0 < covariance[k, k]]
    return Spread(mean, covariance, logarithmic, population.drawn_rows)
