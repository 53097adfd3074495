"""The choice of a model for a cohort by its likelihood, and patients' areas averaged over models.

Every model is fitted by maximum likelihood, and counts by exp(-criterion/2) (Burnham & Anderson 2002, section
2.9); the estimates that are given are then restricted likelihood's, where that is asked. As for single curves
(:mod:`kinetics.choice.choose`) a model that holds that something never leaves is a last resort, and one on a
bound, one that misses the data, or one whose areas the data don't determine, doesn't count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from kinetics.choice.candidates import MOST_MISSED
from kinetics.choice.rules import NO_SUPPORT
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.least_squares.covariance import MUCH_OF_AREA
from kinetics.mixed_effects.fit import Found, estimated
from kinetics.mixed_effects.mixture import mixed_area, mixed_interval
from kinetics.mixed_effects.result import PopulationCandidate, PopulationChoice, PopulationFit
from kinetics.models import MODELS, Model, model_by_name

CRITERIA = ("BIC", "AIC")
#: A model whose weight is below this isn't averaged, nor are patients fitted by it.
LEAST_WEIGHT = 1e-3


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
    curves, lambda_phys_per_h, residual, covariance, covariates, patients, method, reml : as for
        :func:`fit_population`, the same for all models; a covariate of a parameter that a model hasn't is
        left out of that model.
    models : names or Models; None: all of :data:`kinetics.MODELS` with no more parameters than the patient of
        most points has points.
    criterion : "BIC" (K ln of the number of patients) or "AIC" (2 K); of maximum likelihood.

    Raises
    ------
    KineticsError : as for :func:`fit_population`; no model can be chosen: the message has each one's reason.

    Examples
    --------
    >>> rng, t = np.random.default_rng(1), np.array([4.0, 24.0, 96.0])
    >>> def patient():
    ...     a, rate = 20 * np.exp(0.2 * rng.normal()), 0.02 * np.exp(0.3 * rng.normal())
    ...     value = a * np.exp(-rate * t) * (1 + 0.05 * rng.normal(size=3))
    ...     return Curve(time_h=t, value=value, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> curves = [patient() for _ in range(12)]
    >>> choice = fit_population_models(
    ...     curves, models=["plateau", "monoexponential", "uptake"], residual="proportional"
    ... )
    >>> choice.averaged_over[0], choice.candidates[0].reason[:10]
    ('monoexponential', 'misses the')
    """
    if criterion not in CRITERIA:
        raise KineticsError(f"unknown criterion '{criterion}'; there are: {', '.join(CRITERIA)}")
    if method == "NLME":
        raise KineticsError(
            "method 'NLME' has a likelihood of tangents that differ from model to model; take 'FOCE'"
        )
    curves = list(curves)
    if models is None:
        most = max((len(c) for c in curves if isinstance(c, Curve)), default=0)
        chosen = [m for m in MODELS.values() if m.n_parameters <= most]
    else:
        chosen = [model_by_name(m) for m in models]
    named = {p for m in chosen for p in m.parameters}
    unknown = [p for p in covariates or {} if p not in named]
    if unknown or not chosen:
        raise KineticsError(
            f"covariates: '{unknown[0]}' is no parameter of any of {', '.join(m.name for m in chosen)}"
            if unknown else "no models to choose from"
        )  # fmt: skip
    found: dict[str, Found] = {}
    why: dict[str, str] = {}
    errors: list[KineticsError] = []
    for model in chosen:
        own = {p: c for p, c in (covariates or {}).items() if p in model.parameters}
        try:
            found[model.name] = estimated(
                curves, model, lambda_phys_per_h=lambda_phys_per_h, residual=residual, covariance=covariance,
                covariates=own, patients=patients, method=method, reml=False,
            )  # fmt: skip
        except KineticsError as error:
            errors.append(error)
            why[model.name] = str(error)
    if not found:
        lines = dict.fromkeys(line for e in errors for line in e.complaints)
        raise KineticsError(*lines)
    scores = {name: _criterion(f, criterion) for name, f in found.items()}
    for name, f in found.items():
        if unusable := _unusable(f):
            why[name] = unusable
    usable = [n for n in found if n not in why]
    regular = [n for n in usable if not _never_leaves(found[n])]
    best = min((scores[n] for n in regular), default=math.inf)
    pool = [n for n in usable if n in regular or scores[n] < best - NO_SUPPORT]
    if not pool:
        words = "; ".join(f"{m.name}: {why.get(m.name, 'last resort')}" for m in chosen)
        raise KineticsError(
            f"no model can be chosen for the cohort: {words} (a model can be asked for by its name)"
        )
    lowest = min(scores[n] for n in pool)
    raw = {n: math.exp(-0.5 * (scores[n] - lowest)) for n in pool}
    kept = {n: w for n, w in raw.items() if w >= LEAST_WEIGHT * sum(raw.values())}
    fits = {n: (found[n].restricted() if reml else found[n]).result() for n in kept}
    for n in kept:
        if wide := _wide(fits[n]):
            why[n] = wide
            del fits[n]
    open_ = [n for n, fit in fits.items() if fit.posterior is not None and not fit.posterior.determined]
    for n in open_ if len(open_) < len(fits) else ():
        why[n] = "the points don't determine its estimates, and those of another model they do"
        del fits[n]
    if not fits:
        words = "; ".join(f"{n}: {words}" for n, words in why.items())
        raise KineticsError(f"no model can be chosen for the cohort: {words}")
    weights = {n: kept[n] / sum(kept[m] for m in fits) for n in sorted(fits, key=lambda n: -kept[n])}
    winner = next(iter(weights))
    candidates = []
    for model in chosen:
        n = model.name
        reason: str | None = why.get(n)
        if reason is None and n != winner:
            reason = f"criterion {scores[n] - scores[winner]:+.3g} to the chosen model's"
            if n not in pool:
                reason = f"last resort (it never leaves): {reason}"
        candidates.append(PopulationCandidate(
            model=n, fit=fits.get(n), criterion=scores.get(n), weight=weights.get(n), reason=reason
        ))  # fmt: skip
    patients_fits = zip(*(fits[n].individuals for n in weights), strict=True)
    each = [list(zip(own, weights.values(), strict=True)) for own in patients_fits]
    warnings = list(fits[winner].warnings)
    if _never_leaves(found[winner]):
        warnings.insert(0, f"'{winner}' is a last resort (it never leaves); no other model is near the data")
    return PopulationChoice(
        chosen=fits[winner], candidates=tuple(candidates), averaged_over=tuple(weights),
        areas=tuple(map(mixed_area, each)), intervals=tuple(map(mixed_interval, each)),
        criterion=criterion, warnings=tuple(warnings),
    )  # fmt: skip


def _never_leaves(found: Found) -> bool:
    """Whether a model holds that something never leaves, so that it is a last resort."""
    return isinstance(found.question.model, Model) and found.question.model.has_constant_plateau


def _criterion(found: Found, criterion: str) -> float:
    each = math.log(len(found.cohort.curves)) if criterion == "BIC" else 2.0
    return 2 * found.value + each * len(found.question.layout.names)


def _unusable(found: Found) -> str:
    """Why a model doesn't count; nothing where it does."""
    if not found.converged:
        return "the search for its best estimates didn't come to rest"
    search, fixed = found.search, found.question.layout.n_fixed
    on = (found.psi <= search.lower) | (found.psi >= search.upper)
    if on[:fixed].any():
        reached = [n for n, o in zip(found.question.layout.names, on, strict=True) if o]
        return f"bound reached: {', '.join(reached)}"
    data = found.cohort.data
    at = found.question.layout.at(data, found.psi[None])
    fitted, _, _ = data.derivatives(at.phi(found.b), at.rows, second=False)
    there = data.there > 0
    relative = (data.value[there] - fitted[there]) / np.where(data.value[there] > 0, data.value[there], 1.0)
    missed = float(np.sqrt(np.mean(relative[data.value[there] > 0] ** 2)))
    return f"misses the data by {100 * missed:.0f} % (root mean square)" if missed > MOST_MISSED else ""


def _wide(fit: PopulationFit) -> str:
    """Why a model's areas aren't known, by the rule of single curves; nothing where they are."""
    relative = [i.se_area / i.area for i in fit.individuals if i.se_area is not None]
    middle = float(np.median(relative)) if relative else 0.0
    if middle <= MUCH_OF_AREA:
        return ""
    return (
        f"the areas' standard errors are {100 * middle:.0f} % in the middle: the points don't determine them"
    )
