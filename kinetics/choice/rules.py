"""The rules of a choice: which candidates count, by which weights, and what is said of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from kinetics.choice.candidates import MOST_MISSED, Candidate, missed_fraction
from kinetics.curves.curve import FloatArray
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.covariance import determined

#: Difference of the criterion over which a model has essentially no support (Burnham & Anderson 2002, p. 70).
NO_SUPPORT = 10.0
#: Chance of a chi-square as large as the best model's, below which given standard deviations aren't believed.
NOT_BELIEVED = 0.01


def counted(table: list[Candidate]) -> list[Candidate]:
    """The candidates to average, best first; see the module's text for who is let in."""
    regular = [c for c in table if c.usable and c.reserve is None]
    best = min((score(c) for c in regular), default=math.inf)
    reserve = [c for c in table if c.usable and c.reserve and score(c) < best - NO_SUPPORT]
    if regular or reserve:
        return sorted(regular + reserve, key=score)
    on_bound = [
        c for c in table if c.fit is not None and c.fit.bounds_reached
        and determined(c.fit.area, c.fit.se_area) and missed_fraction(c.fit) <= MOST_MISSED
    ]  # fmt: skip
    return sorted(on_bound, key=score)[:1]


def score(candidate: Candidate) -> float:
    """The criterion, infinite where there is none."""
    return math.inf if candidate.criterion is None else candidate.criterion


def weighted(pool: list[Candidate]) -> list[Candidate]:
    """The same with their Akaike weights, which sum to 1."""
    raw = [math.exp(-0.5 * (score(c) - score(pool[0]))) for c in pool]
    return [replace(c, weight=w / sum(raw)) for c, w in zip(pool, raw, strict=True)]


def averaged_prediction(table: list[Candidate]) -> FloatArray:
    """(N,) the fitted values of all models that were fitted, by weight: the points without their scatter."""
    fitted = weighted(sorted((c for c in table if c.fit is not None), key=score))
    averaged: FloatArray = np.sum(
        [(c.weight or 0.0) * c.fit.predict(c.fit.curve.time_h) for c in fitted if c.fit], axis=0
    )
    return averaged


def too_small(pool: list[Candidate]) -> float:
    """What given standard deviations must be multiplied by; 1 where the best model is believed with them.

    The root of the smallest chi-square per degree of freedom, as for quasi-likelihood (Burnham & Anderson
    2002, section 2.5) and in the Review of Particle Physics ("scale factor").
    """
    from scipy.special import chdtrc

    best = pool[0].fit
    assert best is not None
    left = best.n_points - best.n_parameters
    if not best.errors.known or left <= 0 or chdtrc(left, best.rss) >= NOT_BELIEVED:
        return 1.0
    fits = [c.fit for c in pool if c.fit is not None and c.fit.n_points > c.fit.n_parameters]
    return math.sqrt(max(1.0, min(f.rss / (f.n_points - f.n_parameters) for f in fits)))


def average(pool: list[Candidate], chosen: FitResult) -> Estimate:
    """The area averaged by weight, with the variance of the mixture; of the chosen fit where none has one."""
    if not pool:
        return Estimate(chosen.area, chosen.se_area)
    w = np.array([c.weight for c in pool], dtype=float)
    areas = np.array([c.fit.area for c in pool if c.fit is not None])
    variances = np.array([(c.fit.se_area or 0.0) ** 2 for c in pool if c.fit is not None])
    mean = float(w @ areas)
    return Estimate(mean, float(np.sqrt(w @ (variances + (areas - mean) ** 2))))


def explained(candidate: Candidate, chosen: Candidate, weight: float | None) -> Candidate:
    """The candidate with its weight, and the reason why it isn't the chosen one."""
    candidate = replace(candidate, weight=weight)
    if candidate.model == chosen.model:
        return replace(candidate, reason=None)
    if not candidate.usable or candidate.criterion is None or chosen.criterion is None:
        return candidate
    difference = candidate.criterion - chosen.criterion
    words = f"criterion {abs(difference):.3g} {'above' if difference >= 0 else 'below'} the chosen model's"
    if candidate.reserve is not None and weight is None:
        words = f"last resort ({candidate.reserve}): {words}"
    return replace(candidate, reason=words)


def said(pool: list[Candidate], mine: Candidate, *, forced: bool) -> list[str]:
    """Warnings: what was forced, and that nothing but a last resort is to be had."""
    found = []
    if forced:
        found.append(f"'{mine.model}' was asked for" + (f"; {mine.reason}" if mine.reason else ""))
        better = next((c for c in pool if c.model != mine.model), None)
        if better is not None and mine.criterion is not None and score(better) < mine.criterion - 2.0:
            found.append(
                f"'{better.model}' describes the data better: criterion"
                f" {mine.criterion - score(better):.3g} lower"
            )
    elif not mine.usable:
        found.append(f"nothing but a model on a bound can be had; '{mine.model}': {mine.reason}")
    elif mine.reserve is not None:
        found.append(f"'{mine.model}' is a last resort ({mine.reserve}); no other model is near the data")
    return found
