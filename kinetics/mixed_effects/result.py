"""Results of population fits: the population's estimates, and each patient's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.fitting.result import Estimate, FitResult
from kinetics.mixed_effects.population import Population


@dataclass(frozen=True, kw_only=True)
class IndividualFit(FitResult):
    """A patient's own parameters given the population: a FitResult with the population's part in its errors.

    ``effects`` (P,) the patient's deviation from what the population has for such a patient; ``area`` at the
    maximum a posteriori. ``posterior_relative_se`` of the area given the population; ``shared_area`` name of a
    shared direction -> signed part of the area's standard error, in unit x h (the same names in all patients of
    a fit: covariance between two patients' areas is the sum of products). ``degrees_of_freedom_area`` of
    Student's t of ``area_interval``.
    """

    population: Population
    effects: FloatArray = field(default_factory=lambda: np.zeros(0))
    posterior_relative_se: float | None = None
    shared_area: Mapping[str, float] = field(default_factory=dict)
    degrees_of_freedom_area: float = float("inf")

    def area_interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Interval of the area, symmetric in its logarithm: the posterior's, with the population's errors."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True, eq=False)
class ResidualTable:
    """Residuals of every point, (M,) each: whose (index of the curve), time, value, predictions, residuals.

    ``population`` and ``individual`` predictions are in the curve's unit and decay state; ``weighted`` is
    (value - individual)/SD, ``population_weighted`` is decorrelated by the population's spread (linearised).
    """

    curve: np.ndarray
    time_h: FloatArray
    value: FloatArray
    population: FloatArray
    individual: FloatArray
    weighted: FloatArray
    population_weighted: FloatArray


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationFit:
    """A population fitted to a cohort, and every patient's own fit.

    Attributes
    ----------
    population : the estimates, ready for :func:`kinetics.fit_with_population`, JSON and back.
    fixed : parameter -> (mean of its logarithm, or of itself where normal; standard error).
    exponents : (parameter, covariate) -> exponent of the power law.
    sd : parameter -> SD over patients of its logarithm (itself where normal); se None where held.
    correlations : (parameter, parameter) -> correlation, where the covariance is full.
    residual : "a", "b" -> estimate.
    individuals : in the order of the curves.
    shrinkage : parameter -> 1 - SD of the patients' effects over the population's SD; None where held.
    residual_shrinkage : 1 - SD of the weighted individual residuals.
    minus_2_log_likelihood : of maximum likelihood also where the estimates are REML's.
    held : parameter -> why it has no spread, or no estimate.
    """

    population: Population
    method: str
    reml: bool
    fixed: dict[str, Estimate]
    exponents: dict[tuple[str, str], Estimate]
    sd: dict[str, Estimate]
    correlations: dict[tuple[str, str], Estimate]
    residual: dict[str, Estimate]
    individuals: tuple[IndividualFit, ...]
    shrinkage: dict[str, float | None]
    residual_shrinkage: float
    minus_2_log_likelihood: float
    minus_2_restricted_log_likelihood: float | None
    n_estimates: int
    n_points: int
    converged: bool
    held: dict[str, str]
    warnings: tuple[str, ...]
    residuals: ResidualTable

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self.individuals)

    @property
    def aic(self) -> float:
        """-2 log L + 2 K, K all estimates."""
        return self.minus_2_log_likelihood + 2.0 * self.n_estimates

    @property
    def bic(self) -> float:
        """-2 log L + K ln(number of patients)."""
        return self.minus_2_log_likelihood + self.n_estimates * float(np.log(self.n_patients))


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationCandidate:
    """A model of a choice: its fit, or why there is none; its criterion and weight."""

    model: str
    fit: PopulationFit | None
    criterion: float | None
    weight: float | None
    reason: str | None


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationChoice:
    """The model that a cohort's likelihood chooses, and each patient's area averaged over the models.

    ``areas`` one a patient, in the order of the curves: mean by weight, standard error of the mixture.
    """

    chosen: PopulationFit
    candidates: tuple[PopulationCandidate, ...]
    averaged_over: tuple[str, ...]
    areas: tuple[Estimate, ...]
    criterion: str
    warnings: tuple[str, ...]
