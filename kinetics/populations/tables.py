"""A population fit as rows: what was estimated, the models, and each patient's own values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from kinetics.errors import KineticsError
from kinetics.fitting.result import Estimate
from kinetics.mixed_effects.population import Population
from kinetics.mixed_effects.result import IndividualFit, PopulationChoice, PopulationFit

NO_ERROR = "no standard error: not estimated"


class Row(NamedTuple):
    """One number of a population: what, its value and standard error, unit, and why an error is missing."""

    quantity: str
    value: float | None
    se: float | None
    unit: str
    reason: str = ""


def population_rows(fit: PopulationFit) -> list[Row]:
    """Estimates, shrinkage and criteria of a population fit, a row a number.

    Medians are over patients, at the covariates' centres; their standard errors are those of the logarithm
    times the value.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_population
    >>> t = np.array([1.0, 24.0, 72.0])
    >>> facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 159.5}
    >>> noise = np.array([1.03, 0.98, 1.01])
    >>> curves = [
    ...     Curve(time_h=t, value=4 * np.exp(-r * t) * np.roll(noise, i), name=f"P{i}", **facts)
    ...     for i, r in enumerate((0.008, 0.011, 0.009, 0.014, 0.012))
    ... ]
    >>> rows = population_rows(fit_population(curves, "monoexponential", residual="proportional"))
    >>> rows[1].quantity, rows[1].unit, 0.009 < rows[1].value < 0.012
    ('median of lambda1', '1/h (biologic)', True)
    """
    model, normal = fit.population.model, fit.population.normal
    amplitudes = getattr(model, "amplitudes", ())
    rows = []

    def unit_of(name: str) -> str:
        return fit.population.unit if name in amplitudes else "1/h (biologic)"

    for name, (mean, se) in fit.fixed.items():
        if name in normal:
            rows.append(_row(f"mean of {name}", Estimate(mean, se), unit_of(name), fit.held.get(name)))
        else:
            own = Estimate(math.exp(mean), None if se is None else math.exp(mean) * se)
            rows.append(_row(f"median of {name}", own, unit_of(name), fit.held.get(name)))
    for name, estimate in fit.sd.items():
        what = f"SD of {name}" if name in normal else f"SD of ln {name}"
        rows.append(
            _row(f"{what} between patients", estimate, unit_of(name) if name in normal else "1",
                 fit.held.get(name))
        )  # fmt: skip
    for (a, b), estimate in fit.correlations.items():
        rows.append(_row(f"correlation of {a} and {b} between patients", estimate, "1"))
    for (name, covariate), estimate in fit.exponents.items():
        rows.append(_row(f"exponent of {covariate} in {name}", estimate, "1"))
    units = {"a": fit.population.unit, "b": "1"}
    words = {"a": "constant part", "b": "fraction of the value"}
    if fit.population.residual.kind == "scaled-sd":
        units, words = {"a": "1"}, {"a": "factor of the stated SDs"}
    for name, estimate in fit.residual.items():
        rows.append(_row(f"residual SD: {words[name]}", estimate, units[name]))
    for name, share in fit.shrinkage.items():
        rows.append(Row(f"shrinkage of {name}", share, None, "1", fit.held.get(name, "a descriptive number")))
    told = "a descriptive number"
    rows.append(Row("shrinkage of the residuals", fit.residual_shrinkage, None, "1", told))
    rows.append(Row("-2 ln likelihood", fit.minus_2_log_likelihood, None, "1", told))
    rows.append(Row("AIC", fit.aic, None, "1", told))
    rows.append(Row("BIC", fit.bic, None, "1", told))
    rows.append(Row("number of points", float(fit.n_points), None, "1", told))
    return rows


def given_rows(population: Population) -> list[Row]:
    """Medians and spreads of a population that is given, a row a number.

    Examples
    --------
    >>> from kinetics import Population, Residual
    >>> given = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
    ...     sd_log={"A1": 0.35, "lambda1": 0.38}, source="a paper",
    ...     residual=Residual(kind="proportional", b=0.05),
    ... )
    >>> [(row.quantity, row.unit) for row in given_rows(given)][:2]
    [('median of A1', '%IA'), ('median of lambda1', '1/h (biologic)')]
    """
    told = "given, not estimated here"
    units = dict.fromkeys(getattr(population.model, "amplitudes", ()), population.unit)
    medians = [
        Row(f"median of {name}", value, None, units.get(name, "1/h (biologic)"), told)
        for name, value in population.typical.items()
    ]
    spreads = [
        Row(f"SD of ln {name} between patients", value, None, "1", told)
        for name, value in population.sd.items()
    ]
    return medians + spreads


def _row(quantity: str, estimate: Estimate, unit: str, held: str | None = None) -> Row:
    value, se = estimate
    return Row(quantity, value, se, unit, "" if se is not None else held or NO_ERROR)


def candidate_rows(choice: PopulationChoice) -> list[dict[str, Any]]:
    """The models of a choice: criterion, weight, -2 ln likelihood, estimates, and why one was not chosen."""
    best = choice.chosen.population.model.name
    return [
        {
            "model": c.model,
            "criterion": c.criterion,
            "weight": c.weight,
            "minus_2_log_likelihood": None if c.fit is None else c.fit.minus_2_log_likelihood,
            "estimates": None if c.fit is None else c.fit.n_estimates,
            "chosen": c.model == best,
            "why_not_chosen": "" if c.model == best else c.reason or f"{choice.criterion} is higher",
        }
        for c in choice.candidates
    ]


def individual_rows(
    fits: Sequence[IndividualFit], averaged: Sequence[Estimate] | None = None, level: float = 0.95
) -> list[dict[str, Any]]:
    """A row a patient: points, parameters, area with its interval, and the share that is extrapolated.

    averaged : areas averaged over models, in the order of the fits.
    """
    rows = []
    for i, fit in enumerate(fits):
        interval = fit.area_interval(level)
        row: dict[str, Any] = {
            "patient": fit.curve.name,
            "points": len(fit.curve),
            "last_h": float(fit.curve.time_h[-1]),
            "model": fit.model,
        }
        for name, (value, se) in fit.parameters.items():
            row |= {name: value, f"se_{name}": se}
        for name, (value, se) in fit.effective_half_lives_h.items():
            row |= {f"effective_half_life_{name}_h": value, f"se_effective_half_life_{name}_h": se}
        row |= {
            "area": fit.area,
            "se_area": fit.se_area,
            "low_area": None if interval is None else interval[0],
            "high_area": None if interval is None else interval[1],
            "extrapolated_fraction": fit.extrapolated_fraction,
        }
        if averaged is not None:
            row |= {"averaged_area": averaged[i].value, "se_averaged_area": averaged[i].se}
        rows.append(row | {"note": "; ".join(dict.fromkeys(fit.warnings))})
    return rows


def residual_rows(fit: PopulationFit) -> list[dict[str, Any]]:
    """A row a point: measured, predicted for the population and for the patient, normalised residuals."""
    r = fit.residuals
    if not len(r.curve) == fit.n_points:
        raise KineticsError("the residuals' table has not one row a point")
    return [
        {
            "patient": fit.individuals[int(r.curve[i])].curve.name,
            "time_h": float(r.time_h[i]),
            "value": float(r.value[i]),
            "population": float(r.population[i]),
            "individual": float(r.individual[i]),
            "population_weighted_residual": float(r.population_weighted[i]),
            "weighted_residual": float(r.weighted[i]),
        }
        for i in range(len(r.curve))
    ]
