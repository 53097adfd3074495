"""Choice of a model, and the area averaged over the models that the data support.

In one line: every model is fitted, each counts by exp(-criterion/2), and the area is their average, with a
standard error that holds each model's own and their disagreement (Akaike weights and model averaging:
Burnham & Anderson, Model Selection and Multimodel Inference, 2nd ed. 2002, sections 2.9 and 4.3).

The criterion is chi2 + 2K where the standard deviations are known, and (N + nu) ln(1 + chi2/nu) + 2K where
their common scale isn't, with a weak prior of the scale that counts for nu = 2 points
(:func:`kinetics.fitting.fit.information_criterion`); neither throws models away because points are few, as
AICc does. A model with as many parameters as points is welcome, one with more is out.

A model is a last resort where it holds that something never leaves: it counts only if every other usable one
has a criterion more than :data:`kinetics.choice.rules.NO_SUPPORT` above its own. A model on a bound is a
smaller one in disguise and counts only if nothing else can be had. A model that misses the data by more than
:data:`kinetics.choice.candidates.MOST_MISSED`, or whose area has a standard error over
:data:`kinetics.least_squares.covariance.MUCH_OF_AREA` of it, never counts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kinetics.choice.candidates import Asked, Candidate, fitted_candidates
from kinetics.choice.rules import (
    average,
    averaged_prediction,
    counted,
    explained,
    said,
    too_small,
    weighted,
)
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.fitting.finish import Task
from kinetics.fitting.fit import checked_problem, fit_curve, fit_tasks
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.problem import prepared
from kinetics.models import MODELS, Model, model_by_name
from kinetics.weights import ASSUMED, ErrorModel, error_model

__all__ = ["Candidate", "Choice", "choose_model", "choose_models"]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The chosen fit, the runner-up, the model-averaged area, and every candidate.

    ``averaged_area`` : mean of the areas by weight, and its standard error sqrt(sum w (se^2 + (area -
    mean)^2)): within plus between models, the variance of the mixture. Burnham & Anderson 2002, equation 4.9
    takes the mean of the roots instead, which is never larger; theirs of 2004 (Sociol Methods Res 33:261,
    equation 4) is this one. ``averaged_over`` names the models, the heaviest first.
    ``forced`` : the model was asked for; the area is then that model's alone.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> choice.chosen.model, choice.averaged_over[0], choice.forced
    ('monoexponential', 'monoexponential', False)
    >>> low, high = choice.area_interval()
    >>> low < choice.averaged_area.value < high
    True
    """

    chosen: FitResult
    runner_up: FitResult | None
    averaged_area: Estimate
    averaged_over: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    forced: bool
    warnings: tuple[str, ...]

    def __repr__(self) -> str:
        value, se = self.averaged_area
        error = "" if se is None else f" +- {se:.2g}"
        how = "forced" if self.forced else f"averaged over {', '.join(self.averaged_over)}"
        return f"<Choice: {self.chosen.model}; area {value:.4g}{error} {self.chosen.curve.unit} x h, {how}>"

    def area_interval(self, level: float = 0.95) -> tuple[float, float] | None:
        """Interval of the averaged area by its standard error and the chosen fit's quantile."""
        value, se = self.averaged_area
        if se is None:
            return None
        half = self.chosen.quantile(level) * se
        return value - half, value + half


def choose_model(
    curve: Curve,
    *,
    lambda_phys_per_h: float | None = None,
    weights: str = "auto",
    fractional_sd: float | None = None,
    rescale: bool | None = None,
    candidates: Iterable[str | Model] | None = None,
    force: str | Model | None = None,
) -> Choice:
    """Fit every candidate, choose, and average.

    Parameters
    ----------
    curve, lambda_phys_per_h, fractional_sd, rescale : as for :func:`kinetics.fit_curve`.
    weights : a key of :data:`kinetics.WEIGHTS`. A scale that these leave unknown gets the
        weak prior of :meth:`kinetics.weights.ErrorModel.with_prior`.
    candidates : models to compare; None: all of :data:`kinetics.MODELS`.
    force : take this model whatever the criterion says, fitted as :func:`kinetics.fit_curve`
        does; the table is made all the same.

    Raises
    ------
    KineticsError : no candidate can be chosen, or every one misses the data; the message has each one's
        reason.

    >>> import numpy as np
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * np.exp(-t / 50), unit="%IA", decay_corrected=True)
    >>> choice = choose_model(curve, lambda_phys_per_h=0.01)
    >>> choice.chosen.model, round(choice.averaged_area.value)
    ('monoexponential', 3333)
    """
    (found,) = choose_models(
        [curve],
        lambda_phys_per_h=lambda_phys_per_h,
        weights=weights,
        fractional_sd=fractional_sd,
        rescale=rescale,
        candidates=candidates,
        force=force,
    )
    if isinstance(found, KineticsError):
        raise found
    return found


def choose_models(
    curves: Iterable[Curve],
    *,
    lambda_phys_per_h: float | None = None,
    weights: str = "auto",
    fractional_sd: float | None = None,
    rescale: bool | None = None,
    candidates: Iterable[str | Model] | None = None,
    force: str | Model | None = None,
) -> list[Choice | KineticsError]:
    """:func:`choose_model` of many curves, each on its own: the same bits, but faster.

    Parameters
    ----------
    curves : any number of curves, of any numbers of points.
    lambda_phys_per_h, weights, fractional_sd, rescale, candidates, force : as for one, the same for all.

    Returns
    -------
    For each curve its choice, or the error that :func:`choose_model` would raise for it.

    Raises
    ------
    KineticsError : there is no such model.

    Examples
    --------
    >>> import numpy as np
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curves = [Curve(time_h=t, value=100 * np.exp(-t / tau), unit="%IA", decay_corrected=True)
    ...           for tau in (50.0, 80.0)]
    >>> [choice.chosen.model for choice in choose_models(curves, lambda_phys_per_h=0.01)]
    ['monoexponential', 'monoexponential']
    """
    names = [model_by_name(m) for m in (MODELS.values() if candidates is None else candidates)]
    own = None if force is None else model_by_name(force)
    if own is not None and own not in names:
        names.append(own)
    steps = [
        _choosing(
            curve,
            names,
            own,
            lambda_phys_per_h=lambda_phys_per_h,
            weights=weights,
            fractional_sd=fractional_sd,
            rescale=rescale,
        )
        for curve in curves
    ]
    found: dict[int, Choice | KineticsError] = {}
    answers: dict[int, Any] = dict.fromkeys(range(len(steps)))
    while answers:
        asked: dict[int, Asked | Polish] = {}
        for i, answer in answers.items():
            try:
                asked[i] = steps[i].send(answer)
            except StopIteration as end:
                found[i] = end.value
            except KineticsError as error:
                found[i] = error
        tables = {i: a for i, a in asked.items() if isinstance(a, Asked)}
        answers = dict(zip(tables, fitted_candidates(list(tables.values())), strict=True))
        answers |= _polished({i: a for i, a in asked.items() if isinstance(a, Polish)})
    return [found[i] for i in range(len(steps))]


@dataclass(frozen=True)
class Polish:
    """A candidate's fit that is to be taken to the minimum from where it is."""

    fit: FitResult
    errors: ErrorModel


def _polished(asked: Mapping[int, Polish]) -> dict[int, FitResult | KineticsError]:
    by_model: dict[str, dict[int, Polish]] = {}
    for i, a in asked.items():
        by_model.setdefault(a.fit.model, {})[i] = a
    found: dict[int, FitResult | KineticsError] = {}
    for group in by_model.values():
        tasks = {}
        for i, a in group.items():
            curve, lam = a.fit.curve, a.fit.lambda_phys_per_h
            tasks[i] = Task(curve, checked_problem(curve, a.fit.function, a.errors, lam), a.errors, lam)
        found |= fit_tasks(tasks, polish=True, begin={i: a.fit.theta for i, a in group.items()})
    return found


def _choosing(
    curve: Curve,
    names: list[Model],
    own: Model | None,
    *,
    lambda_phys_per_h: float | None,
    weights: str,
    fractional_sd: float | None,
    rescale: bool | None,
) -> Generator[Asked | Polish, Any, Choice]:
    """The choice for one curve; it asks for fits, which its caller makes for many curves at once."""
    ready, lam = prepared(curve, lambda_phys_per_h)
    errors = error_model(ready, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd, rescale=rescale)
    errors, notes = errors.with_prior(ready), []
    table = yield Asked(ready, names, errors, lam)
    pool = counted(table)
    if errors.name == ASSUMED and any(c.fit for c in table):
        errors = errors.following(ready, averaged_prediction(table))
        table = yield _again(table, ready, names, errors, lam)
        pool = counted(table)
    elif pool and own is None and (factor := too_small(pool)) > 1:
        notes.append(
            f"the standard deviations given are too small for every model, by a factor of {factor:.3g}"
            " (root of chi-square per degree of freedom of the best one): multiplied by it"
        )
        errors = replace(errors, sd=errors.sd * factor)
        table = yield _again(table, ready, names, errors, lam)
        pool = counted(table)
    if not pool and own is None:
        raise KineticsError(
            f"{curve.name}: no model can be chosen: "
            + "; ".join(f"{c.model}: {c.reason or c.reserve}" for c in table)
            + " (a model can be asked for by its name)"
        )
    pool = weighted(pool)
    winner = pool[0].model if own is None else own.name
    second = next((c.fit for c in pool if c.model != winner), None)
    mine = next(c for c in table if c.model == winner)
    if own is None:
        assert mine.fit is not None
        chosen = yield Polish(mine.fit, errors)
        if isinstance(chosen, KineticsError):
            raise chosen
    else:
        chosen = fit_curve(
            curve, own, lambda_phys_per_h=lam, weights=weights, fractional_sd=fractional_sd, rescale=rescale
        )
    averaged = pool if own is None else []
    weights_of = {c.model: c.weight for c in averaged}
    return Choice(
        chosen=chosen,
        runner_up=second,
        averaged_area=average(averaged, chosen),
        averaged_over=tuple(weights_of) or (winner,),
        candidates=tuple(explained(c, mine, weights_of.get(c.model)) for c in table),
        forced=own is not None,
        warnings=(*notes, *said(pool, mine, forced=own is not None), *chosen.warnings),
    )


def _again(
    table: list[Candidate], curve: Curve, models: list[Model], errors: ErrorModel, lam: float
) -> Asked:
    """All candidates with other errors, each from where it was."""
    return Asked(curve, models, errors, lam, {c.model: c.fit.theta for c in table if c.fit is not None})
