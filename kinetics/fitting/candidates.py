"""The candidates of a choice: every model fitted to one curve, and judged by its parameters."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.covariance import determined
from kinetics.fitting.criterion import information_criterion
from kinetics.fitting.finish import Task, finished
from kinetics.fitting.fit import CANDIDATE_TOLERANCE, checked_problem, fit_prepared
from kinetics.fitting.models import Model
from kinetics.fitting.result import Estimate, FitResult
from kinetics.fitting.solver import Problem
from kinetics.fitting.stack import fits_in, minimise_all
from kinetics.fitting.starts import starts
from kinetics.fitting.weights import ErrorModel

#: Root mean square of the residuals, as a fraction of the signal, over which a model misses the data.
MOST_MISSED = 0.3


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One model of a choice.

    ``criterion`` : :func:`kinetics.fitting.fit.information_criterion`, with one parameter more for a model
    that holds a rate at 0. ``usable`` : fitted, no bound reached, area determined, and near the data.
    ``reserve`` : why a usable model is a last resort (None: it isn't). ``weight`` : its share of the averaged
    area, None where it has none. ``reason`` : why it isn't the chosen one (None for the chosen one).

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> first = choose_model(curve).candidates[0]
    >>> first.model, first.reason is None
    ('plateau', False)
    """

    model: str
    fit: FitResult | None = None
    criterion: float | None = None
    weight: float | None = None
    cv: dict[str, float | None] | None = None
    largest_correlation: float | None = None
    usable: bool = False
    reserve: str | None = None
    reason: str | None = None

    @property
    def area(self) -> Estimate | None:
        """Area and its standard error, where the model could be fitted."""
        return None if self.fit is None else Estimate(self.fit.area, self.fit.se_area)


def missed_fraction(fit: FitResult) -> float:
    """Root mean square of the residuals over that of the signal, both in standard deviations.

    The first by degrees of freedom, but at least one. For relative errors that is a fraction of the value.
    """
    left = max(fit.n_points - fit.n_parameters, 1)
    return math.sqrt(fit.rss / left / float(np.mean((fit.curve.value / fit.errors.sd) ** 2)))


def counted_parameters(model: Model) -> int:
    """Free parameters, and one for a rate that is held at 0: that nothing leaves wasn't known beforehand."""
    return model.n_parameters + model.has_constant_plateau


def judge(fit: FitResult) -> Candidate:
    """Whether a fit is usable or a reserve, and why not."""
    model = fit.function
    criterion, _ = information_criterion(fit.rss, fit.n_points, counted_parameters(model), fit.errors)
    base = Candidate(model=fit.model, fit=fit, criterion=criterion)
    if fit.bounds_reached:
        return replace(base, reason=f"bound reached: {', '.join(fit.bounds_reached)}")
    correlation = fit.correlation
    if fit.covariance is None or correlation is None or fit.se_area is None:
        return replace(base, reason=f"standard errors {fit.reason}")
    cv = {
        name: None if e.se is None or e.value == 0 else abs(e.se / e.value)
        for name, e in fit.parameters.items()
    }
    upper = np.abs(correlation[np.triu_indices(fit.n_parameters, 1)])
    base = replace(base, cv=cv, largest_correlation=float(upper.max(initial=0.0)))
    missed = missed_fraction(fit)
    if missed > MOST_MISSED:
        return replace(base, reason=f"misses the data by {100 * missed:.0f} % (root mean square)")
    if not determined(fit.area, fit.se_area):
        return replace(base, reason=f"standard error of the area {100 * fit.se_area / fit.area:.0f} %")
    return replace(base, usable=True, reserve="it never leaves" if model.has_constant_plateau else None)


def fitted_candidates(
    curve: Curve,
    models: list[Model],
    errors: ErrorModel,
    lam: float,
    *,
    begin: dict[str, FloatArray] | None = None,
) -> list[Candidate]:
    """Every model fitted and judged; those that are small enough in one batch.

    ``begin`` : model's name -> natural parameters near the minimum; starts are looked for where there are
    none.
    """
    outcome: dict[str, Candidate] = {}
    problems: list[Problem] = []
    for model in models:
        if len(curve) < counted_parameters(model):
            held = ", one of them a rate held at 0" if model.has_constant_plateau else ""
            why = f"{len(curve)} points for {counted_parameters(model)} parameters{held}"
            outcome[model.name] = Candidate(model=model.name, reason=why)
            continue
        try:
            problems.append(checked_problem(curve, model, errors, lam))
        except KineticsError as error:
            outcome[model.name] = _out(model, curve, error)
    near = begin or {}
    together = [p for p in problems if fits_in(p)]
    solved = {}
    if together:
        begins = [
            p.inner(np.maximum(near[p.model.name], 1e-300))[None, :]
            if p.model.name in near
            else starts(p, curve.value, stripped=True)
            for p in together
        ]
        minima = minimise_all(together, curve.value, begins, tolerance=CANDIDATE_TOLERANCE)
        solved = {p.model.name: m for p, m in zip(together, minima, strict=True)}
    for problem in problems:
        model = problem.model
        try:
            if model.name in solved:
                m = solved[model.name]
                task = Task(curve, problem, errors, lam)
                (fit,) = finished([task], m.phi, m.at_bound, m.cost, polish=False)
                if isinstance(fit, KineticsError):
                    raise fit
            else:
                fit = fit_prepared(curve, model, errors, lam, polish=False, begin=near.get(model.name))
        except KineticsError as error:
            outcome[model.name] = _out(model, curve, error)
            continue
        outcome[model.name] = judge(fit)
    return [outcome[m.name] for m in models]


def _out(model: Model, curve: Curve, error: KineticsError) -> Candidate:
    return Candidate(model=model.name, reason=str(error).removeprefix(f"{curve.name}: "))
