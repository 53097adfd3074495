"""Results as plain dictionaries, for JSON and for other programs: what every key means stands here once.

A number that can't be given is None, and a reason stands beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from kinetics.areas.nca import NcaResult, Parameter
from kinetics.choice.choose import Choice
from kinetics.errors import KineticsError
from kinetics.fitting.result import Estimate, FitResult

if TYPE_CHECKING:
    from kinetics.compartments.fit import CompartmentFit
    from kinetics.compartments.given import ModelFile
    from kinetics.fitting.uncertainty import Bootstrap


def _number(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def _estimate(e: Estimate) -> dict[str, float | None]:
    return {"value": _number(e.value), "se": _number(e.se)}


def interval_summary(
    fit: FitResult, method: str, name: str = "area", *, level: float = 0.95, replicas: Bootstrap | None = None
) -> dict[str, Any]:
    """Confidence interval of the area, a parameter or a half-life.

    ``method`` : "delta", "profile", or "bootstrap" with its ``replicas``. Names as in
    :func:`kinetics.profile`; the delta method's interval of a half-life is that of its
    rate, turned over.
    """
    found: dict[str, Any] = {"method": method, "level": level, "lower": None, "upper": None, "reason": None}
    if fit.covariance is None:
        return found | {"reason": fit.reason}
    if method == "profile":
        from kinetics.fitting.uncertainty import profile

        try:
            p = profile(fit, name, level=level)
        except KineticsError as error:
            return found | {"reason": str(error)}
        open_ends = [end for end, limit in (("lower", p.lower), ("upper", p.upper)) if limit is None]
        reason = f"no {' and no '.join(open_ends)} limit: the data don't bound it" if open_ends else None
        return found | {"lower": p.lower, "upper": p.upper, "reason": reason}
    if method == "bootstrap" and replicas is not None:
        low, high = replicas.interval(name, level)
        return found | {"lower": low, "upper": high, "seed": replicas.seed}
    if name.startswith("half_life_"):
        limits = fit.interval(name.removeprefix("half_life_"), level)
        if limits is None:
            return found | {"reason": "no standard error: bound reached"}
        if limits[0] <= 0:
            return found | {"lower": math.log(2) / limits[1], "reason": "no upper limit: the rate may be 0"}
        return found | {"lower": math.log(2) / limits[1], "upper": math.log(2) / limits[0]}
    limits = fit.interval(name, level)
    return found if limits is None else found | {"lower": limits[0], "upper": limits[1]}


def fit_summary(fit: FitResult) -> dict[str, Any]:
    """A fit: ``half_lives_h`` are biologic, ``effective_half_lives_h`` with physical decay; ``area`` is the
    integral from 0 to infinity of the curve with physical decay in it.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> found = fit_summary(choice.chosen)
    >>> found["model"], found["parameters"]["lambda1"]["unit"], found["area_unit"]
    ('monoexponential', '1/h', '%IA h')
    """
    rates = set(fit.function.rates)
    return {
        "model": fit.model,
        "formula": fit.function.formula,
        "parameters": {
            name: _estimate(e) | {"unit": "1/h" if name in rates else fit.curve.unit}
            for name, e in fit.parameters.items()
        },
        "half_lives_h": {k: _estimate(v) for k, v in fit.biologic_half_lives_h.items()},
        "effective_half_lives_h": {k: _estimate(v) for k, v in fit.effective_half_lives_h.items()},
        "area": _number(fit.area),
        "se_area": _number(fit.se_area),
        "area_unit": f"{fit.curve.unit} h".strip(),
        "extrapolated_fraction": _number(fit.extrapolated_fraction),
        "aicc": _number(fit.aicc),
        "aicc_reason": fit.aicc_reason,
        "se_reason": fit.reason,
        "weights": fit.weights,
        "covariance_rescaled": fit.rescaled,
        "n_points": fit.n_points,
        "rss": _number(fit.rss),
        "bounds_reached": list(fit.bounds_reached),
    }


def choice_summary(choice: Choice) -> dict[str, Any]:
    """The chosen fit (keys of :func:`fit_summary`), the runner-up, the averaged area with its 95 % interval,
    every candidate.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, choose_model
    >>> t = np.array([1.0, 24.0, 72.0, 168.0])
    >>> curve = Curve(time_h=t, value=100 * 0.98**t, unit="%IA", decay_corrected=True, half_life_h=78.41)
    >>> choice = choose_model(curve)
    >>> found = choice_summary(choice)
    >>> sorted(found["averaged_area"])
    ['lower', 'over', 'se', 'upper', 'value']
    """
    second = choice.runner_up
    return fit_summary(choice.chosen) | {
        "forced": choice.forced,
        "runner_up": None
        if second is None
        else {"model": second.model, "area": _number(second.area), "se_area": _number(second.se_area)},
        "averaged_area": _estimate(choice.averaged_area)
        | dict(zip(("lower", "upper"), choice.area_interval() or (None, None), strict=True))
        | {"over": list(choice.averaged_over)},
        "candidates": [
            {
                "model": c.model,
                "criterion": _number(c.criterion),
                "weight": _number(c.weight),
                "area": None if c.area is None else _number(c.area.value),
                "se_area": None if c.area is None else _number(c.area.se),
                "cv": None if c.cv is None else {k: _number(v) for k, v in c.cv.items()},
                "largest_correlation": _number(c.largest_correlation),
                "chosen": c.model == choice.chosen.model,
                "why_not_chosen": c.reason,
            }
            for c in choice.candidates
        ],
        "warnings": list(choice.warnings),
    }


def parameters_summary(parameters: dict[str, Parameter]) -> dict[str, Any]:
    """Pharmacokinetic parameters: value, se, unit, and why one of them is missing."""
    return {
        name: {
            "value": _number(p.value),
            "se": _number(p.se),
            "unit": p.unit,
            "reason": p.reason,
            "se_reason": p.se_reason,
        }
        for name, p in parameters.items()
    }


def nca_summary(result: NcaResult) -> dict[str, Any]:
    """Non-compartmental parameters with the rules they were made by.

    Examples
    --------
    >>> from kinetics import Curve, nca
    >>> curve = Curve(time_h=[1, 2, 4, 6], value=[8, 4, 1, 0.25], unit="mg/L", decay_corrected=True)
    >>> nca_summary(nca(curve, dose=100))["parameters"]["cl"]["unit"]
    'L/h'
    """
    return {
        "route": result.route,
        "method": result.method,
        "dose": result.dose,
        "slope": {
            "n_points": result.slope.n_points,
            "start_h": _number(result.slope.start_h),
            "end_h": _number(result.slope.end_h),
            "reason": result.slope.reason,
        },
        "parameters": parameters_summary(result.parameters),
        "notes": list(result.notes),
    }


def compartments_summary(given: ModelFile, fitted: CompartmentFit | None) -> dict[str, Any]:
    """A compartment model: TIACs, contents at the output times, and the fit where there was one.

    Of a chain names are "nuclide: name"; contents without a nuclide are the parent's.

    Examples
    --------
    >>> from kinetics import parse_model
    >>> given = parse_model({
    ...     "time_unit": "h", "half_life_h": 69.31471805599453, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 0.09},
    ... })
    >>> round(compartments_summary(given, None)["tiac_h"]["blood"]["value"], 6)  # 1/(0.09 + 0.01)
    10.0
    """
    from kinetics.compartments.fit import named_tiacs

    model = given.model if fitted is None else fitted.model
    chain = given.chain if fitted is None else fitted.chain
    tiac = (
        {k: Estimate(v, None) for k, v in named_tiacs(chain or model).items()}
        if fitted is None
        else fitted.tiac_h
    )
    trapped = [] if fitted is not None else model.never_excreted()
    found: dict[str, Any] = {
        "model": model.name,
        "citation": given.citation,
        "half_life_h": math.log(2) / model.lambda_phys_per_h if model.lambda_phys_per_h else None,
        "tiac_h": {k: _estimate(v) for k, v in tiac.items()},
        "warnings": [f"never excreted, only decays: {', '.join(trapped)}"] if trapped else [],
    }
    if given.output_h:
        contents = model.contents(given.output_h)
        names = (*model.states, *model.regions, "whole body")
        found["time_h"] = list(given.output_h)
        found["activity_fraction"] = {name: contents[:, model.index(name)].sum(1).tolist() for name in names}
        if chain is not None:
            of_members = chain.contents(given.output_h)
            for m, nuclide in list(enumerate(chain.members))[1:]:
                for name in names:
                    held = of_members[:, m, model.index(name)].sum(1)
                    found["activity_fraction"][f"{nuclide}: {name}"] = held.tolist()
    if fitted is not None:
        found |= {
            "parameters": {
                name: _estimate(e)
                | {
                    "unit": "1/h" if given.parameters[name].is_rate else "",
                    "held": given.parameters[name].held,
                }
                for name, e in fitted.parameters.items()
            },
            "se_reason": fitted.reason,
            "rss": _number(fitted.rss),
            "n_points": fitted.n_points,
            "aicc": _number(fitted.aicc),
            "covariance_rescaled": fitted.rescaled,
            "warnings": list(fitted.warnings),
        }
    return found
