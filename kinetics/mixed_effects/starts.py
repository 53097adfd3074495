"""Where the search for a population begins: all points as one curve, and patients fitted one by one."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curves
from kinetics.fitting.result import FitResult
from kinetics.least_squares.problem import FASTEST_OF_INTERVAL, LARGEST_OF_MAX, SLOWEST_OF_LAST
from kinetics.least_squares.solver import Problem, minimise, together
from kinetics.least_squares.starts import starts_of_each
from kinetics.mixed_effects.cohort import Asked, Cohort
from kinetics.models import Model

#: Spread of logarithms to begin with, and fraction of the fitted values for the residuals.
SPREAD, FRACTION = 0.4, 0.15
#: Starts that are followed, and how far apart (of a logarithm) two are in a parameter.
KEPT, APART = 3, 0.3


def starting_rows(
    cohort: Cohort, question: Asked, start: Mapping[str, float] | None
) -> tuple[list[FloatArray], FloatArray]:
    """Rows of estimates to begin with, and (E,) what counts as a step of 1 in each.

    Raises
    ------
    KineticsError : a Response without a start; a start without a parameter, or not above 0.
    """
    layout = question.layout
    if start is not None:
        typical = [_given(question, start)]
    elif isinstance(question.model, Model):
        typical = _found(cohort, question, question.model)
    else:
        raise KineticsError(f"'{question.model.name}': a start of its parameters is needed (start=...)")
    size = np.where(question.normal, 0.3 * np.maximum(np.abs(typical[0]), 1e-6), 1.0)
    p, rest = len(layout.parameters), layout.n_fixed + len(layout.elements)
    rows = []
    for phi in typical:
        row = np.zeros(len(layout.names))
        row[:p] = phi
        for i, (q, d) in enumerate(layout.elements):
            row[layout.n_fixed + i] = SPREAD * size[q] if q == layout.random[d] else 0.0
        if layout.has_a:
            row[rest] = np.log(_additive(cohort, question, phi))
        if layout.has_b:
            row[-1] = np.log(FRACTION)
        rows.append(row)
    scale = np.ones(len(layout.names))
    scale[:p] = size
    for i, (q, _) in enumerate(layout.elements):
        scale[layout.n_fixed + i] = size[q]
    return rows, scale


def _given(question: Asked, start: Mapping[str, float]) -> FloatArray:
    names = question.model.parameters
    missing = [n for n in names if n not in start]
    unknown = [n for n in start if n not in names]
    if missing or unknown:
        words = [f"{', '.join(missing)} missing"] * bool(missing) + [f"{', '.join(unknown)} unknown"] * bool(
            unknown
        )
        raise KineticsError(f"start of '{question.model.name}': {'; '.join(words)}")
    theta = np.array([float(start[n]) for n in names])
    for name, value, normal in zip(names, theta, question.normal, strict=True):
        if not (np.isfinite(value) and (normal or value > 0)):
            raise KineticsError(f"start of '{name}' is {value:g}; a number above 0 is needed")
    return np.asarray(question.function.inner(theta), dtype=np.float64)


def _additive(cohort: Cohort, question: Asked, phi: FloatArray) -> float:
    """A standard deviation for a start: half the root mean square about the typical curve."""
    if question.residual == "scaled-sd":
        return 1.0
    data = cohort.data
    rows = np.arange(len(data))
    wide = np.pad(np.tile(phi, (len(data), 1)), ((0, 0), (0, data.shared.shape[2])))
    value, _, _ = data.derivatives(wide, rows, second=False)
    left = ((data.value - value) ** 2 * data.there).sum() / data.there.sum()
    return float(0.5 * np.sqrt(left)) or 1.0


def _found(cohort: Cohort, question: Asked, model: Model) -> list[FloatArray]:
    """Typical parameters, (P,) each: of all points as one curve, and the median of single fits."""
    problem, y = _pooled(cohort, model)
    begin, _ = starts_of_each(together([problem]), y[None], stripped=False)
    solved = minimise(problem, y, begin)
    thetas = [problem.natural(phi) for phi in solved.phi[np.argsort(solved.cost)]]
    own = [c for c in cohort.curves if len(c) >= model.n_parameters]
    if len(own) >= 3:
        fits = [f for f in fit_curves(own, model, lambda_phys_per_h=None, weights="none")]
        logs = [np.log(f.theta) for f in fits if isinstance(f, FitResult) and (f.theta > 0).all()]
        if len(logs) >= 3:
            thetas.insert(0, np.exp(np.median(logs, axis=0)))
    low = np.concatenate(
        [
            1e-3 * problem.upper[: problem.n_amplitudes] / LARGEST_OF_MAX,
            np.exp(problem.lower[problem.n_amplitudes :]),
        ]
    )
    kept: list[FloatArray] = []
    for theta in thetas:
        theta = np.maximum(theta[model.order(theta)], low)
        phi = np.asarray(question.function.inner(theta), dtype=np.float64)
        if all(np.abs(np.log(theta) - np.log(question.function.natural(k))).max() > APART for k in kept):
            kept.append(phi)
    return kept[:KEPT]


def _pooled(cohort: Cohort, model: Model) -> tuple[Problem, FloatArray]:
    """All points as one curve, with errors in proportion to the values."""
    data = cohort.data
    there = data.there > 0
    time, y, decay = data.time_h[there], data.value[there], data.decay[there]
    order = np.argsort(time, kind="stable")
    time, y, decay = time[order], y[order], decay[order]
    full = float((y / decay).max())
    sd = np.maximum(np.abs(y), 1e-3 * decay * full)
    gaps = np.concatenate([np.diff(np.concatenate([[0.0], c.time_h])) for c in cohort.curves])
    slow = np.log(np.log(2) / (SLOWEST_OF_LAST * time[-1]))
    fast = np.log(np.log(2) / (FASTEST_OF_INTERVAL * gaps[gaps > 0].min()))
    q, r = len(model.amplitudes), len(model.rates)
    problem = Problem(
        model, time, decay, 1.0 / sd,
        np.array([0.0] * q + [slow] * r), np.array([LARGEST_OF_MAX * full] * q + [fast] * r),
    )  # fmt: skip
    return problem, y
