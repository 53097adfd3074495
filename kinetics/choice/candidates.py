"""The candidates of a choice: every model fitted to one curve, and judged by its parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.criterion import information_criterion
from kinetics.fitting.finish import Task, finished
from kinetics.fitting.fit import CANDIDATE_TOLERANCE, checked_problem, fit_tasks
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.covariance import determined
from kinetics.least_squares.solver import Problem, Solution, together
from kinetics.least_squares.stack import fits_in, minimise_all
from kinetics.least_squares.starts import starts_of_each
from kinetics.models import Model
from kinetics.weights import ErrorModel

#: Root mean square of the residuals, as a fraction of the signal, over which a model misses the data.
MOST_MISSED = 0.3
#: Points of curves whose starts are looked for together, and fits that are solved together.
STARTED_POINTS, STACKED = 600, 320


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


@dataclass(frozen=True)
class Asked:
    """Models to fit to one curve.

    ``begin`` : model's name -> natural parameters near the minimum; starts are looked for where there are
    none.
    """

    curve: Curve
    models: Sequence[Model]
    errors: ErrorModel
    lambda_phys_per_h: float
    begin: Mapping[str, FloatArray] = field(default_factory=dict)


def fitted_candidates(asked: Sequence[Asked]) -> list[list[Candidate]]:
    """Every model of each curve fitted and judged: the same for a curve, bit for bit, whatever the others.

    Models that are small enough are solved in one batch for all curves of as many points.
    """
    found: list[dict[str, Candidate]] = []
    tasks: dict[tuple[int, str], Task] = {}
    for i, a in enumerate(asked):
        found.append({})
        for model in a.models:
            try:
                problem = _checked(a, model)
            except KineticsError as error:
                found[i][model.name] = _out(model, a.curve, error)
            else:
                tasks[i, model.name] = Task(a.curve, problem, a.errors, a.lambda_phys_per_h)
    near = {key: asked[key[0]].begin[key[1]] for key in tasks if key[1] in asked[key[0]].begin}
    small = {key: t for key, t in tasks.items() if fits_in(t.problem)}
    fits = _in_stacks(small, near)
    for group in _alike({key: t for key, t in tasks.items() if key not in small}).values():
        for known in (True, False):
            some = {key: tasks[key] for key in group if (key in near) == known}
            begin = {n: near[key] for n, key in enumerate(some)} if known else None
            made = fit_tasks(dict(enumerate(some.values())), polish=False, begin=begin)
            fits |= {key: made[n] for n, key in enumerate(some)}
    for (i, name), fit in fits.items():
        task = tasks[i, name]
        found[i][name] = (
            _out(task.problem.model, task.curve, fit) if isinstance(fit, KineticsError) else judge(fit)
        )
    return [[f[m.name] for m in a.models] for f, a in zip(found, asked, strict=True)]


def _checked(asked: Asked, model: Model) -> Problem:
    counted = counted_parameters(model)
    if len(asked.curve) < counted:
        held = ", one of them a rate held at 0" if model.has_constant_plateau else ""
        raise KineticsError(f"{len(asked.curve)} points for {counted} parameters{held}")
    return checked_problem(asked.curve, model, asked.errors, asked.lambda_phys_per_h)


Key: TypeAlias = tuple[int, str]


def _alike(tasks: Mapping[Key, Task]) -> dict[tuple[str, int], list[Key]]:
    """Keys of tasks by model and number of points."""
    groups: dict[tuple[str, int], list[Key]] = {}
    for key, task in tasks.items():
        groups.setdefault((key[1], len(task.curve)), []).append(key)
    return groups


def _in_stacks(
    tasks: Mapping[Key, Task], near: Mapping[Key, FloatArray]
) -> dict[Key, FitResult | KineticsError]:
    """Fits of small models: started and finished model by model, solved all models together."""
    begin: dict[Key, FloatArray] = {}
    for (_, size), group in _alike(tasks).items():
        cold = [key for key in group if key not in near]
        step = max(1, STARTED_POINTS // size)
        for at in range(0, len(cold), step):
            some = cold[at : at + step]
            values = np.stack([tasks[key].curve.value for key in some])
            phi, whose = starts_of_each(together([tasks[key].problem for key in some]), values)
            begin |= {key: phi[whose == n] for n, key in enumerate(some)}
    for key, theta in near.items():
        if key in tasks:
            begin[key] = tasks[key].problem.inner(np.maximum(theta, 1e-300))[None, :]
    solved: dict[Key, Solution] = {}
    by_size: dict[int, list[Key]] = {}
    for key, task in tasks.items():
        by_size.setdefault(len(task.curve), []).append(key)
    for group in by_size.values():
        for at in range(0, len(group), STACKED):
            some = group[at : at + STACKED]
            minima = minimise_all(
                [tasks[key].problem for key in some],
                [tasks[key].curve.value for key in some],
                [begin[key] for key in some],
                tolerance=CANDIDATE_TOLERANCE,
            )
            solved |= dict(zip(some, minima, strict=True))
    fits: dict[Key, FitResult | KineticsError] = {}
    for group in _alike(tasks).values():
        m = [solved[key] for key in group]
        phi, at_bound, cost = (
            np.concatenate([getattr(one, n) for one in m]) for n in ("phi", "at_bound", "cost")
        )
        made = finished([tasks[key] for key in group], phi, at_bound, cost, polish=False)
        fits |= dict(zip(group, made, strict=True))
    return fits


def _out(model: Model, curve: Curve, error: KineticsError) -> Candidate:
    return Candidate(model=model.name, reason=str(error).removeprefix(f"{curve.name}: "))
