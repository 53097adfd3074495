"""Results of population fits: the population's estimates, and each patient's own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.fitting.result import Estimate, FitResult
from kinetics.mixed_effects.draws.summary import PopulationPosterior
from kinetics.mixed_effects.population import Population
from kinetics.models import Model


@dataclass(frozen=True, kw_only=True, repr=False)
class IndividualFit(FitResult):
    """A patient's own parameters given a population: a FitResult whose errors hold the population's part.

    Attributes
    ----------
    theta, area : at the maximum a posteriori; ``covariance`` is the posterior's and the population's
        estimates' part, in the parameters themselves; ``se_area`` area x SD of its logarithm, by draws.
    deviations : (P,) from what the population has for such a patient, in logarithms (as is, where normal).
    posterior_se_area : the part of ``se_area`` that isn't shared: given the population.
    shared_area : name -> signed part of the area's standard error in unit x h that all patients of one
        population share; the covariance of two patients' areas is the sum of products. "scale" is what the
        curve's own ``scale_relative_sd`` brings, which may be shared with others too.
    shrinkage : parameter -> posterior variance over the population's: 1 where the points say nothing.

    Examples
    --------
    >>> from kinetics import Curve, Population, Residual, fit_with_population
    >>> population = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 3.0, "lambda1": 0.01}, sd_log={"lambda1": 0.3},
    ...     residual=Residual(kind="proportional", b=0.05), source="an example",
    ... )
    >>> one = Curve(time_h=[72], value=[1.2], unit="%IA", decay_corrected=True, half_life_h=159.5)
    >>> fit = fit_with_population(one, population)
    >>> low, high = fit.area_interval()
    >>> low < fit.area < high, round(fit.shrinkage["lambda1"], 2)
    (True, 1.0)
    """

    population: Population
    deviations: FloatArray = field(default_factory=lambda: np.zeros(0))
    posterior_se_area: float | None = None
    shared_area: Mapping[str, float] = field(default_factory=dict)
    shrinkage: Mapping[str, float] = field(default_factory=dict)
    log_areas: FloatArray | None = field(default=None, repr=False)
    area_weights: FloatArray | None = field(default=None, repr=False)

    def area_interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Interval of the area by the draws' quantiles; None for a Response, which has no area.

        Where the draws lie beside the area of the most likely curve (a value whose SD is next to nothing
        leaves them hardly any room) it is widened to hold that too.
        """
        if self.log_areas is None or self.area_weights is None:
            return None
        low, high = weighted_quantiles(self.log_areas, self.area_weights, [0.5 - level / 2, 0.5 + level / 2])
        return min(math.exp(low), self.area), max(math.exp(high), self.area)

    def interval(self, name: str = "area", level: float = 0.95) -> tuple[float, float] | None:
        """Interval of the area by draws, or of a parameter by its standard error, symmetric in its logarithm.

        A parameter that is normal over patients has it symmetric in itself.
        """
        if name == "area":
            return self.area_interval(level)
        value, se = self.parameters[name]
        if se is None:
            return None
        half = self.quantile(level) * se
        if name in self.population.normal or not value > 0:
            return value - half, value + half
        return value * math.exp(-half / value), value * math.exp(half / value)

    def _half_lives(self, lambda_phys_per_h: float) -> dict[str, Estimate]:
        """None for a Response."""
        return super()._half_lives(lambda_phys_per_h) if isinstance(self.function, Model) else {}


def weighted_quantiles(values: FloatArray, weights: FloatArray, levels: list[float]) -> list[float]:
    """Quantiles of weighted draws, between them by straight lines.

    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.ones(3), [0.5])
    [2.0]
    """
    order = np.argsort(values)
    share = np.cumsum(weights[order]) - 0.5 * weights[order]
    return [float(q) for q in np.interp(levels, share / weights.sum(), values[order])]


@dataclass(frozen=True, kw_only=True, eq=False)
class ResidualTable:
    """Every point of a cohort, (M,) each: whose, time, value, predictions and normalised residuals.

    ``curve`` is the number of the curve; ``population`` and ``individual`` are predictions in the curve's
    unit and decay state, for a typical patient (with this one's covariates) and for the patient; ``weighted``
    is (value - individual)/SD; ``population_weighted`` is decorrelated: by the covariance of the values over
    patients, from the function's tangent at the patient's mode (conditional weighted residuals: Hooker,
    Staatz & Karlsson, Pharm Res 2007;24:2187).
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
    population : the estimates, ready for :func:`kinetics.fit_with_population`, for JSON and back.
    method, reml : how it was fitted.
    fixed : parameter -> (mean of its logarithm, or of itself where normal; standard error).
    exponents : (parameter, covariate) -> exponent of the power law.
    sd : parameter -> SD over patients of its logarithm (of itself where normal), None as error where held.
    correlations : (parameter, parameter) -> correlation, where the covariance is full.
    residual : "a", "b" -> estimate.
    individuals : in the order of the curves.
    shrinkage : parameter -> 1 - SD of the patients' deviations over the population's; None where it has none.
    residual_shrinkage : 1 - root mean square of the normalised individual residuals.
    minus_2_log_likelihood : of maximum likelihood, at the estimates; ``minus_2_restricted`` the restricted
        one, None where the estimates are maximum likelihood's.
    n_estimates, n_points, converged : as they say.
    held : parameter (or "a", "b") -> why it has no spread, or no estimate.
    warnings : what must be read with the numbers.
    residuals : of every point.
    posterior : means, medians and 95 % intervals of typical values, SDs, a and b by the draws that areas'
        intervals are of; None for a Response.

    Examples
    --------
    >>> from kinetics import Curve, fit_population
    >>> rng, t = np.random.default_rng(1), np.array([4.0, 24.0, 96.0])
    >>> def patient():
    ...     a, rate = 20 * np.exp(0.2 * rng.normal()), 0.02 * np.exp(0.3 * rng.normal())
    ...     value = a * np.exp(-rate * t) * (1 + 0.05 * rng.normal(size=3))
    ...     return Curve(time_h=t, value=value, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> fit = fit_population([patient() for _ in range(12)], "monoexponential", residual="proportional")
    >>> fit.n_patients, fit.converged, 0.15 < fit.sd["lambda1"].value < 0.5
    (12, True, True)
    >>> spread = fit.posterior.sd["lambda1"]
    >>> spread.low < fit.sd["lambda1"].value < spread.high
    True
    >>> low, high = fit.individuals[0].area_interval()
    >>> low < fit.individuals[0].area < high
    True
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
    minus_2_restricted: float | None
    n_estimates: int
    n_points: int
    converged: bool
    held: dict[str, str]
    warnings: tuple[str, ...]
    residuals: ResidualTable
    posterior: PopulationPosterior | None = None

    def __repr__(self) -> str:
        words = ", ".join(
            f"{n} {v:.4g} (SD {self.sd[n].value:.2g})" for n, v in self.population.typical.items()
        )
        return f"<PopulationFit of {self.n_patients} patients: {self.population.model.name}; {words}>"

    @property
    def n_patients(self) -> int:
        """Number of patients."""
        return len(self.individuals)

    @property
    def typical(self) -> dict[str, Estimate]:
        """Each parameter's median over patients, with its standard error."""
        normal = self.population.normal
        return {
            n: Estimate(v, None if (se := self.fixed[n].se) is None else se * (1.0 if n in normal else v))
            for n, v in self.population.typical.items()
        }

    @property
    def aic(self) -> float:
        """-2 log L + 2 K, K the number of estimates."""
        return self.minus_2_log_likelihood + 2.0 * self.n_estimates

    @property
    def bic(self) -> float:
        """-2 log L + K ln(number of patients)."""
        return self.minus_2_log_likelihood + self.n_estimates * math.log(self.n_patients)


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationCandidate:
    """A model of a choice: its fit, or the reason why there is none; its criterion and its weight."""

    model: str
    fit: PopulationFit | None = None
    criterion: float | None = None
    weight: float | None = None
    reason: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class PopulationChoice:
    """The model that a cohort's likelihood chooses, and each patient's area averaged over the models.

    ``areas`` : one a patient, in the order of the curves: the mean by weight, with the standard error of the
    mixture (:class:`kinetics.Choice` says which). ``individuals`` are the chosen model's. ``averaged_over``
    names the models, the heaviest first.

    Examples
    --------
    >>> from kinetics import Curve, fit_population_models
    >>> rng, t = np.random.default_rng(1), np.array([4.0, 24.0, 96.0])
    >>> def patient():
    ...     a, rate = 20 * np.exp(0.2 * rng.normal()), 0.02 * np.exp(0.3 * rng.normal())
    ...     value = a * np.exp(-rate * t) * (1 + 0.05 * rng.normal(size=3))
    ...     return Curve(time_h=t, value=value, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> curves = [patient() for _ in range(12)]
    >>> choice = fit_population_models(
    ...     curves, models=["monoexponential", "uptake"], residual="proportional"
    ... )
    >>> choice.chosen.population.model.name, len(choice.areas)
    ('monoexponential', 12)
    """

    chosen: PopulationFit
    candidates: tuple[PopulationCandidate, ...]
    averaged_over: tuple[str, ...]
    areas: tuple[Estimate, ...]
    intervals: tuple[tuple[float, float] | None, ...]
    criterion: str
    warnings: tuple[str, ...]

    @property
    def individuals(self) -> tuple[IndividualFit, ...]:
        """The chosen model's fits, in the order of the curves."""
        return self.chosen.individuals
