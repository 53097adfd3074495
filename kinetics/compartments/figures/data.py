"""The data of a model file beside the model, in the units and decay state of a figure; residuals over SDs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.compartments.files import ModelFile, Observation
from kinetics.compartments.fit import CompartmentFit
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray
from kinetics.weights import error_model


@dataclass(frozen=True)
class Series:
    """One measured curve beside the model: times in h, values, SDs or None, the model's values there."""

    of: str
    time_h: FloatArray
    value: FloatArray
    sd: FloatArray | None
    residual: FloatArray


def panel(o: Observation) -> tuple[str, bool]:
    """Unit and decay state: data that agree in them share a panel."""
    return o.curve.unit, o.curve.decay_corrected


def values_of(given: ModelFile, fitted: CompartmentFit | None) -> dict[str, float]:
    """Name -> value of each parameter, rates in 1/h."""
    start = {n: p.start for n, p in given.parameters.items()}
    return start | ({} if fitted is None else {n: e.value for n, e in fitted.parameters.items()})


def predicted(
    model: CompartmentModel, o: Observation, values: dict[str, float], time_h: FloatArray
) -> FloatArray:
    """What an observation would be at times in h: in its unit, its decay state, to its reference time."""
    inside = model.contents(time_h, decay_corrected=True)[:, model.index(o.of)].sum(1)
    lam = model.lambda_phys_per_h
    decay = np.exp(-lam * (o.curve.reference_h if o.curve.decay_corrected else time_h))
    return np.asarray(inside * o.scale * decay / (1.0 if o.divide_by is None else values[o.divide_by]))


def measured(
    given: ModelFile, model: CompartmentModel, fitted: CompartmentFit | None, *, decay_corrected: bool
) -> list[Series]:
    """The data; those without ``divide_by`` as fractions in the panel's decay state."""
    values, lam = values_of(given, fitted), model.lambda_phys_per_h
    errors = [error_model(o.curve, o.weights, lambda_phys_per_h=lam) for o in given.observations]
    weighted = [
        (o.curve.value - predicted(model, o, values, o.curve.time_h)) / e.sd
        for o, e in zip(given.observations, errors, strict=True)
    ]
    scale = 1.0
    if errors and not all(e.known for e in errors):  # standard deviations up to a factor
        left = sum(w.size for w in weighted) - (0 if fitted is None else len(fitted.free))
        total = math.sqrt(sum(float(w @ w) for w in weighted) / max(left, 1))
        scale = total if total > 0 else 1.0
    found = []
    for o, w in zip(given.observations, weighted, strict=True):
        time, factor = o.curve.time_h, np.ones(len(o.curve))
        if o.divide_by is None:
            now = np.exp(-lam * (o.curve.reference_h if o.curve.decay_corrected else time))
            factor = (1.0 if decay_corrected else np.exp(-lam * time)) / (now * o.scale)
        sd = None if o.curve.sd is None else o.curve.sd * factor
        found.append(Series(o.of, time, o.curve.value * factor, sd, w / scale))
    return found
