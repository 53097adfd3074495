"""Choice of a model by AICc among those that the data support, with every candidate's reason.

The procedure is that of Kletting et al. 2013 (NUKFIT) and Glatting et al., Med Phys 2007;34:4285: fit every
candidate, refuse those whose parameters aren't determined (coefficient of variation over 50 %, a correlation
over 0.8, a bound reached), and take the lowest AICc; Akaike weights as in Burnham & Anderson 2002, ch. 2.

Followed to the letter this can leave nothing, or only a model that misses the data: two exponentials of a
serum curve are nearly always correlated over 0.8. So the candidates that fail a criterion, but whose area is
determined (standard error under half of it), are taken where none passes, or where the best of those that
pass has an AICc more than :data:`NO_SUPPORT` above theirs, which Burnham & Anderson call essentially no
support. What was done is a warning in the result.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from kinetics.candidates import Candidate, fitted_candidates, score, with_weights
from kinetics.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fit import (
    fit_prepared,
)
from kinetics.models import MODELS, Model, model_by_name
from kinetics.problem import prepared
from kinetics.result import Estimate, FitResult
from kinetics.weights import ErrorModel, error_model

__all__ = ["Candidate", "Choice", "choose_model"]

#: Difference of AICc over which a model has essentially no support (Burnham & Anderson 2002, p. 70).
NO_SUPPORT = 10.0


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen fit, the runner-up, the model-averaged area, and every candidate.

    ``averaged_area`` is over the accepted candidates (all eligible ones where a model that isn't accepted was
    chosen), with their Akaike weights and the unconditional standard error sqrt(sum w (se^2 + (area -
    average)^2)) (Burnham & Anderson
    2002, section 4.3); ``averaged_over`` names them.
    """

    chosen: FitResult
    runner_up: FitResult | None
    averaged_area: Estimate
    averaged_over: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    forced: bool
    warnings: tuple[str, ...]


def _pool(candidates: list[Candidate]) -> list[Candidate]:
    """Those to choose from, best first: the accepted ones unless they miss the data, else the eligible."""
    eligible = sorted((c for c in candidates if c.eligible), key=score)
    accepted = [c for c in eligible if c.accepted]
    if accepted and score(accepted[0]) <= score(eligible[0]) + NO_SUPPORT:
        return accepted
    return eligible


def _refuse_if_too_few_points(
    table: list[Candidate], best: Candidate, curve: Curve, errors: ErrorModel, lam: float
) -> None:
    """Few points let AICc admit only small models; where those miss the data, none of them is believed.

    Test: F (chi-square where standard deviations are known) of the best candidate against each model that is
    out for want of points, at 5 %.
    """
    from scipy.special import chdtrc, fdtrc

    n, fit = len(curve), best.fit
    for other in table:
        model = MODELS.get(other.model)
        if (
            model is None
            or fit is None
            or other.fit is not None
            or not fit.n_parameters < model.n_parameters < n
        ):
            continue
        try:
            larger = fit_prepared(curve, model, errors, lam, by_lmfit=False)
        except KineticsError:
            continue
        if larger.bounds_reached:
            continue
        more, rest = model.n_parameters - fit.n_parameters, n - model.n_parameters
        gain = max(fit.rss - larger.rss, 0.0)
        chance = chdtrc(more, gain) if errors.known else fdtrc(more, rest, gain / more / (larger.rss / rest))
        if chance < 0.05:
            raise KineticsError(
                f"{curve.name}: with {n} points AICc admits nothing larger than '{best.model}', which misses"
                f" the data ('{larger.model}' is better, P = {float(chance):.1g}); give standard deviations,"
                f" measure more points, or ask for '{larger.model}' by name"
            )


def choose_model(
    curve: Curve,
    *,
    lambda_phys_per_h: float,
    weights: str,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
    candidates: Iterable[str | Model] | None = None,
    force: str | Model | None = None,
) -> Choice:
    """Fit every candidate and choose.

    Parameters
    ----------
    curve, lambda_phys_per_h, weights, fractional_sd, rescale : as for :func:`kinetics.fit.fit_curve`.
    candidates : models to compare; None: all of :data:`kinetics.models.MODELS` (those with a plateau only
        where there is physical decay).
    force : take this model whatever the criteria say; the table is made all the same.

    Raises
    ------
    KineticsError : no candidate can be chosen; the message has each one's reason.
    """
    names = [model_by_name(m) for m in (MODELS.values() if candidates is None else candidates)]
    own = None if force is None else model_by_name(force)
    if own is not None and own not in names:
        names.append(own)
    ready, lam = prepared(curve, lambda_phys_per_h)
    errors = error_model(ready, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd, rescale=rescale)
    table = fitted_candidates(ready, names, errors, lam, own)
    table = with_weights(table)
    pool = _pool(table)
    if not pool and own is None:
        raise KineticsError(
            f"{curve.name}: no model can be chosen: "
            + "; ".join(f"{c.model}: {c.reason}" for c in table)
            + " (a model can be asked for by its name)"
        )
    if own is None:
        _refuse_if_too_few_points(table, pool[0], ready, errors, lam)
    winner = pool[0].model if own is None else own.name
    second = next((c for c in pool if c.model != winner), None)
    chosen = _polished(next(c for c in table if c.model == winner), ready, errors, lam)
    runner_up = None if second is None else second.fit
    # a model that was asked for against the criteria is not averaged with those that they admit
    averaged = pool if any(c.model == winner for c in pool) else []
    return Choice(
        chosen=chosen,
        runner_up=runner_up,
        averaged_area=_average(averaged, chosen),
        averaged_over=tuple(c.model for c in averaged) or (winner,),
        candidates=tuple(_explain(c, winner, chosen) for c in table),
        forced=own is not None,
        warnings=(*_warnings(table, winner, chosen, forced=own is not None), *chosen.warnings),
    )


def _polished(candidate: Candidate, curve: Curve, errors: ErrorModel, lam: float) -> FitResult:
    """A candidate's fit by lmfit from where it is, or from the start where it couldn't be fitted."""
    model = MODELS.get(candidate.model)
    begin = None if candidate.fit is None else candidate.fit.theta
    if candidate.fit is not None:
        model = candidate.fit.function
    return fit_prepared(
        curve, model_by_name(model or candidate.model), errors, lam, by_lmfit=True, begin=begin
    )


def _average(pool: list[Candidate], chosen: FitResult) -> Estimate:
    if not pool:
        return Estimate(chosen.area, chosen.area_se)
    w = np.array([c.weight for c in pool], dtype=float)
    w /= w.sum()
    areas = np.array([c.fit.area for c in pool if c.fit is not None])
    variances = np.array([(c.fit.area_se or 0.0) ** 2 for c in pool if c.fit is not None])
    mean = float(w @ areas)
    return Estimate(mean, float(np.sqrt(w @ (variances + (areas - mean) ** 2))))


def _explain(candidate: Candidate, winner: str, chosen: FitResult) -> Candidate:
    """The candidate with the reason why it isn't the chosen one."""
    if candidate.model == winner:
        return replace(candidate, reason=None)
    if candidate.aicc is None or chosen.aicc is None or not candidate.eligible:
        return candidate
    difference = candidate.aicc - chosen.aicc
    place = f"AICc {abs(difference):.3g} {'above' if difference >= 0 else 'below'} the chosen model's"
    return replace(candidate, reason=place if candidate.reason is None else f"{candidate.reason}; {place}")


def _warnings(table: list[Candidate], winner: str, chosen: FitResult, *, forced: bool) -> list[str]:
    mine = next(c for c in table if c.model == winner)
    found = []
    if forced:
        found.append(f"'{winner}' was asked for" + (f"; {mine.reason}" if mine.reason else ""))
    elif not mine.accepted:
        found.append(
            f"no model that passes every criterion is within {NO_SUPPORT:g} AICc; '{winner}' fails:"
            f" {mine.reason}"
        )
    for c in table:
        if c.eligible and c.reason and chosen.aicc is not None and score(c) < chosen.aicc - 2.0:
            found.append(f"'{c.model}' has an AICc {chosen.aicc - score(c):.3g} lower, but {c.reason}")
    return found
