"""Fit of a model to one curve or to many: parameters, covariance, half-lives, area, standard errors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.criterion import aicc, information_criterion
from kinetics.fitting.finish import Task, finished
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.problem import make_problem, prepared
from kinetics.least_squares.solver import Problem, Solution, minimise, together
from kinetics.least_squares.starts import starts_of_each
from kinetics.least_squares.thinned import is_long, thinned
from kinetics.models import Model, model_by_name
from kinetics.weights import ASSUMED, ErrorModel, error_model

__all__ = ["Estimate", "FitResult", "aicc", "fit_curve", "fit_curves", "information_criterion"]

#: Relative gain at which the solver stops; and for a candidate of a choice, whose winner is fitted again.
TOLERANCE = 1e-11
CANDIDATE_TOLERANCE = 1e-8
#: Numbers in the largest array that a batch of fits makes: 8 MB of memory.
BATCH_NUMBERS = 1_000_000


def fit_curve(
    curve: Curve,
    model: str | Model,
    *,
    lambda_phys_per_h: float | None = None,
    weights: str,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
) -> FitResult:
    """Fit a model to a curve, with the physical decay constant held apart.

    Several starts (a grid of rates and curve stripping) go through a bounded least-squares solver; Newton's
    method takes the best to the minimum as far as numbers go. The covariance carries what is common to
    several values (:mod:`kinetics.least_squares.covariance`).

    Parameters
    ----------
    curve : (N,) points, decay-corrected or not: the model is fitted to the values as they are given.
    model : a name of :data:`kinetics.MODELS` or a Model.
    lambda_phys_per_h : physical decay constant, 1/h; 0 for a stable label; None: the curve's own.
    weights : "auto", "none", "sd", "relative" or "poisson" (:data:`kinetics.WEIGHTS`).
    fractional_sd : with weights "relative": the known fraction, e.g. 0.05; None: from the residuals.
    rescale : True takes the standard deviations as right up to a common factor that the residuals give;
        False: as they are; None: as the error model says.

    Raises
    ------
    KineticsError : fewer points than parameters; zeros or negative values; a curve that doesn't fall where
        the area rests on its falling; an area that is infinite.

    Examples
    --------
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> curve = Curve(
    ...     time_h=t, value=20 * np.exp(-0.02 * t), unit="%IA/L", decay_corrected=True, half_life_h=78.41
    ... )
    >>> fit = fit_curve(curve, "monoexponential", weights="relative")
    >>> round(fit.biologic_half_lives_h["lambda1"].value, 2)  # ln 2/0.02
    34.66
    >>> round(fit.area, 1)  # 20/(0.02 + 0.00884)
    693.5
    """
    (found,) = fit_curves(
        [curve],
        model,
        lambda_phys_per_h=lambda_phys_per_h,
        weights=weights,
        fractional_sd=fractional_sd,
        rescale=rescale,
    )
    return _fitted(found)


def fit_curves(
    curves: Iterable[Curve],
    model: str | Model,
    *,
    lambda_phys_per_h: float | None = None,
    weights: str,
    fractional_sd: float | None = None,
    rescale: bool | None = None,
) -> list[FitResult | KineticsError]:
    """Fit one model to many curves, each on its own: what :func:`fit_curve` gives, bit for bit, but faster.

    Curves of as many points are solved together.

    Parameters
    ----------
    curves : any number of curves, of any numbers of points.
    model, lambda_phys_per_h, weights, fractional_sd, rescale : as for :func:`fit_curve`, the same for all.

    Returns
    -------
    For each curve its fit, or the error that :func:`fit_curve` would raise for it.

    Raises
    ------
    KineticsError : there is no such model.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curves = [Curve(time_h=t, value=100 * np.exp(-t / tau), unit="%IA", decay_corrected=True)
    ...           for tau in (50.0, 80.0)]
    >>> fits = fit_curves(curves, "monoexponential", lambda_phys_per_h=0.01, weights="none")
    >>> [round(fit.area) for fit in fits]
    [3333, 4444]
    """
    function = model_by_name(model)

    def task(curve: Curve) -> Task:
        ready, lam = prepared(curve, lambda_phys_per_h)
        errors = error_model(
            ready, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd, rescale=rescale
        )
        return Task(ready, checked_problem(ready, function, errors, lam), errors, lam)

    tasks: dict[int, Task] = {}
    found: dict[int, FitResult | KineticsError] = {}
    for i, curve in enumerate(curves):
        try:
            tasks[i] = task(curve)
        except KineticsError as error:
            found[i] = error
    found |= fit_tasks(tasks, polish=True)
    again, begin = {}, {}
    for i, t in tasks.items():
        fit = found[i]
        if t.errors.name == ASSUMED and isinstance(fit, FitResult):
            errors = t.errors.following(t.curve, fit.predict(t.curve.time_h))
            problem = make_problem(t.curve, function, errors, t.lambda_phys_per_h)
            again[i], begin[i] = Task(t.curve, problem, errors, t.lambda_phys_per_h), fit.theta
    found |= fit_tasks(again, polish=True, begin=begin)
    return [found[i] for i in range(len(found))]


def fit_tasks(
    tasks: Mapping[int, Task], *, polish: bool, begin: Mapping[int, FloatArray] | None = None
) -> dict[int, FitResult | KineticsError]:
    """Curves of one model by their number -> their fits, in batches of as many points.

    ``begin`` : (P,) natural parameters near each minimum; None: starts are looked for. Without ``polish`` the
    minimum is the solver's, which is the same to about 4 figures.
    """
    by_size: dict[int, list[int]] = {}
    for i, t in tasks.items():
        by_size.setdefault(len(t.curve), []).append(i)
    found: dict[int, FitResult | KineticsError] = {}
    for size, numbers in by_size.items():
        terms = len(tasks[numbers[0]].problem.model.rates)
        grid = {0: 1, 1: 27, 2: 184}.get(terms, 726) if begin is None else 1
        step = max(1, BATCH_NUMBERS // (3 * size * grid))
        for at in range(0, len(numbers), step):
            batch = numbers[at : at + step]
            near = None if begin is None else np.stack([begin[i] for i in batch])
            fits = _fit_batch([tasks[i] for i in batch], polish, near)
            found.update(zip(batch, fits, strict=True))
    return found


def _fit_batch(
    tasks: Sequence[Task], polish: bool, begin: FloatArray | None
) -> list[FitResult | KineticsError]:
    """Fits of curves of one model and as many points, solved together."""
    problem = together([t.problem for t in tasks])
    y = np.stack([t.curve.value for t in tasks])
    if begin is None:
        starts, whose = starts_of_each(problem, y)
    else:
        starts, whose = problem.inner(np.maximum(begin, 1e-300)), np.arange(len(tasks))
    tolerance = TOLERANCE if polish else CANDIDATE_TOLERANCE

    def best(problem: Problem, y: FloatArray) -> tuple[Solution, NDArray[np.intp]]:
        first = np.flatnonzero(np.diff(whose, prepend=-1))
        solved = minimise(problem.taking(whose), y[whose], starts, tolerance=tolerance, race=first.tolist())
        # the rows of each curve stand together, so its best stands at its first row's place
        return solved, np.lexsort((solved.cost, whose))[first]

    if is_long(problem) and len(starts) > len(tasks):
        solved, rows = best(*thinned(problem, y))
        starts, whose = solved.phi[rows], np.arange(len(tasks))
    solved, rows = best(problem, y)
    return finished(tasks, solved.phi[rows], solved.at_bound[rows], solved.cost[rows], polish=polish)


def _fitted(found: FitResult | KineticsError) -> FitResult:
    if isinstance(found, KineticsError):
        raise found
    return found


def checked_problem(curve: Curve, function: Model, errors: ErrorModel, lam: float) -> Problem:
    """The problem of a model that has enough points and a finite area; else a KineticsError."""
    n, p = len(curve), function.n_parameters
    if n < p:
        raise KineticsError(
            f"{curve.name}: {n} point{'s' * (n > 1)} for the {p} parameters of '{function.name}'; take a"
            " smaller model, or a method for few points (cohort or single-time-point)"
        )
    if function.has_constant_plateau and lam == 0:
        raise KineticsError(f"{curve.name}: '{function.name}' without physical decay has an infinite area")
    return make_problem(curve, function, errors, lam)
