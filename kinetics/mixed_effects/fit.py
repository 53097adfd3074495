"""The fit of a population to a cohort of curves, and of a patient given a population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kinetics.curves.curve import Curve
from kinetics.mixed_effects.population import Population
from kinetics.mixed_effects.response import Response
from kinetics.mixed_effects.result import IndividualFit, PopulationChoice, PopulationFit
from kinetics.models import Model


def fit_population(
    curves: Sequence[Curve],
    model: str | Model | Response,
    *,
    lambda_phys_per_h: float | None = None,
    residual: str,
    covariance: str = "diagonal",
    random: Sequence[str] | None = None,
    normal: Sequence[str] | None = None,
    covariates: Mapping[str, Sequence[str]] | None = None,
    patients: Mapping[str, Sequence[float]] | None = None,
    method: str = "FOCE",
    reml: bool = True,
    start: Mapping[str, float] | None = None,
) -> PopulationFit:
    """Fit one model to a cohort: typical parameters, their spread over patients, and each patient's own.

    Parameters
    ----------
    curves : two or more patients' curves, of any numbers of points from one on; one unit.
    model : a name of :data:`kinetics.MODELS`, a Model, or any Response.
    lambda_phys_per_h : 1/h; None: each curve's own.
    residual : a key of :data:`kinetics.mixed_effects.population.RESIDUALS`.
    covariance : "diagonal" (parameters spread independently) or "full".
    random : names of the parameters that spread over patients; None: all.
    normal : names of those that are normal instead of log-normal; None: none of a Model's, all of a Response's.
    covariates : parameter -> names of what it depends on by a power law (``{"A1": ["mass_kg"]}``).
    patients : name -> one number a patient, in the order of the curves: covariates, and a Response's constants.
    method : "FOCE" (with interaction), "Laplace" or "NLME" (Lindstrom and Bates).
    reml : restricted maximum likelihood, by which spreads of small cohorts aren't too small.
    start : parameter -> typical value (on its own scale) to start from; needed for a Response.
    """
    raise NotImplementedError


def fit_population_models(
    curves: Sequence[Curve],
    *,
    models: Sequence[str | Model] | None = None,
    lambda_phys_per_h: float | None = None,
    residual: str,
    covariance: str = "diagonal",
    covariates: Mapping[str, Sequence[str]] | None = None,
    patients: Mapping[str, Sequence[float]] | None = None,
    method: str = "FOCE",
    reml: bool = True,
    criterion: str = "BIC",
) -> PopulationChoice:
    """Fit every model to the cohort, choose by the cohort's likelihood, and average each patient's area.

    Parameters
    ----------
    models : names; None: those that most patients' points could support.
    criterion : "BIC" or "AIC"; of maximum likelihood, whatever the estimates are.
    """
    raise NotImplementedError


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
    population : of a :class:`PopulationFit`, read from a file, or stated.
    patient : covariate's name -> the patient's value.
    residual : "sd" takes the curve's own standard deviations instead of the population's residual model.
    """
    raise NotImplementedError
