"""The candidates of a choice: every model fitted to one curve, and judged by its parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fit import (
    CANDIDATE_TOLERANCE,
    aicc,
    checked_problem,
    finished,
    first_starts,
    fit_prepared,
)
from kinetics.models import Model
from kinetics.result import Estimate, FitResult
from kinetics.solver import Problem
from kinetics.stack import fits_in, minimise_all
from kinetics.weights import ErrorModel

#: Largest coefficient of variation of a parameter (Kletting et al. 2013).
MAX_CV = 0.5
#: Largest absolute correlation of two parameters (Kletting et al. 2013).
MAX_CORRELATION = 0.8


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model of a choice.

    ``accepted`` : passed every criterion. ``eligible`` : AICc and area are determined and no bound is
    reached,
    so that it can be chosen where nothing that passes fits. ``weight`` is the Akaike weight among the
    eligible ones. ``reason`` says why it wasn't chosen (None for the chosen one).
    """

    model: str
    fit: FitResult | None = None
    aicc: float | None = None
    weight: float | None = None
    cv: dict[str, float | None] | None = None
    largest_correlation: float | None = None
    accepted: bool = False
    eligible: bool = False
    reason: str | None = None

    @property
    def area(self) -> Estimate | None:
        """Area and its standard error, where the model could be fitted."""
        return None if self.fit is None else Estimate(self.fit.area, self.fit.area_se)


def judge(fit: FitResult, curve: Curve) -> Candidate:
    """Whether a fit is accepted or eligible, and what it failed."""
    base = Candidate(model=fit.model, fit=fit, aicc=fit.aicc)
    if fit.bounds_reached:
        return replace(base, reason=f"bound reached: {', '.join(fit.bounds_reached)}")
    correlation = fit.correlation
    if fit.covariance is None or correlation is None:
        return replace(base, reason=f"standard errors {fit.reason}")
    cv = {
        name: None if e.se is None or e.value == 0 else abs(e.se / e.value)
        for name, e in fit.parameters.items()
    }
    size = fit.n_parameters
    upper = np.abs(correlation[np.triu_indices(size, 1)])
    largest = float(upper.max(initial=0.0))
    base = replace(base, cv=cv, largest_correlation=largest)
    failed = []
    wide = [f"{100 * c:.0f} % of {name}" for name, c in cv.items() if c is not None and not c <= MAX_CV]
    if wide:
        failed.append(f"coefficient of variation {', '.join(wide)} over {100 * MAX_CV:.0f} %")
    if largest > MAX_CORRELATION:
        i, j = (int(k[upper.argmax()]) for k in np.triu_indices(size, 1))
        names = fit.function.parameters
        failed.append(f"correlation {largest:.2f} of {names[i]} and {names[j]} over {MAX_CORRELATION:g}")
    if fit.area_se is not None and not fit.area_se <= MAX_CV * fit.area:
        return replace(base, reason="; ".join([*failed, "the area's standard error is over half of it"]))
    return replace(base, accepted=not failed, eligible=True, reason="; ".join(failed) or None)


def score(candidate: Candidate) -> float:
    """AICc, or infinity where there is none."""
    return math.inf if candidate.aicc is None else candidate.aicc


def with_weights(candidates: list[Candidate]) -> list[Candidate]:
    """Akaike weights among the eligible candidates."""
    low = min((score(c) for c in candidates if c.eligible), default=0.0)
    raw = [math.exp(-0.5 * (score(c) - low)) if c.eligible else None for c in candidates]
    total = sum(w for w in raw if w is not None)
    return [c if w is None else replace(c, weight=w / total) for c, w in zip(candidates, raw, strict=True)]


def fitted_candidates(
    curve: Curve, models: list[Model], errors: ErrorModel, lam: float, forced: Model | None
) -> list[Candidate]:
    """Every model fitted and judged; those that are small enough in one batch."""
    outcome: dict[str, Candidate] = {}
    problems: list[Problem] = []
    undefined: dict[str, str | None] = {}
    for model in models:
        why = aicc(1.0, len(curve), model.n_parameters, known=errors.known)[1]
        undefined[model.name] = why
        if why and model is not forced:
            outcome[model.name] = Candidate(model=model.name, reason=why)
            continue
        try:
            problems.append(checked_problem(curve, model, errors, lam))
        except KineticsError as error:
            outcome[model.name] = _out(model, curve, error)
    together = [p for p in problems if fits_in(p)]
    solved = {}
    if together:
        begin = [first_starts(curve, p) for p in together]
        minima = minimise_all(together, curve.value, begin, tolerance=CANDIDATE_TOLERANCE)
        solved = {p.model.name: m for p, m in zip(together, minima, strict=True)}
    for problem in problems:
        model = problem.model
        try:
            if model.name in solved:
                fit = finished(curve, problem, errors, lam, solved[model.name], by_lmfit=False)
            else:
                fit = fit_prepared(curve, model, errors, lam, by_lmfit=False)
        except KineticsError as error:
            outcome[model.name] = _out(model, curve, error)
            continue
        judged, reason = judge(fit, curve), undefined[model.name]
        outcome[model.name] = (
            replace(judged, accepted=False, eligible=False, reason=reason) if reason else judged
        )
    return [outcome[m.name] for m in models]


def _out(model: Model, curve: Curve, error: KineticsError) -> Candidate:
    return Candidate(model=model.name, reason=str(error).removeprefix(f"{curve.name}: "))
