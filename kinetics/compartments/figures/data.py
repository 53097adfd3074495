"""The data of a model file beside the model, in the units and decay state of a figure; residuals over SDs."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.fit import CompartmentFit
from kinetics.compartments.given import ModelFile, Observation
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


def named(o: Observation) -> str:
    """What was measured: the compartment or region, and of which member of a chain."""
    return o.of if o.nuclide is None else f"{o.nuclide}: {o.of}"


def panel(o: Observation) -> tuple[str, bool]:
    """Unit and decay state: data that agree in them share a panel."""
    return o.curve.unit, o.curve.decay_corrected


def values_of(given: ModelFile, fitted: CompartmentFit | None) -> dict[str, float]:
    """Name -> value of each parameter, rates in 1/h."""
    start = {n: p.start for n, p in given.parameters.items()}
    return start | ({} if fitted is None else {n: e.value for n, e in fitted.parameters.items()})


def activity(
    model: CompartmentModel, chain: ChainModel | None, name: str, time_h: FloatArray, decay_corrected: bool
) -> FloatArray:
    """(T,) activity of the parent in a compartment or region, or of a daughter ("Bi-212: liver").

    Corrected to the time of administration for the parent's decay, if it is to be.
    """
    member, _, where = name.partition(": ")
    if chain is not None and member in chain.members:
        found = chain.retention(time_h, where, member)
        return found * np.exp(model.lambda_phys_per_h * time_h) if decay_corrected else found
    return model.retention(time_h, name, decay_corrected=decay_corrected)


def activities(
    model: CompartmentModel,
    chain: ChainModel | None,
    names: Iterable[str],
    time_h: FloatArray,
    decay_corrected: bool,
) -> dict[str, FloatArray]:
    """:func:`activity` of several names; a chain is followed once for all of them."""
    held: FloatArray | None = None
    found = {}
    for name in names:
        member, _, where = name.partition(": ")
        if chain is None or member not in chain.members:
            found[name] = activity(model, chain, name, time_h, decay_corrected)
            continue
        if held is None:
            held = chain.contents(time_h)
        at = np.asarray(held[:, chain.members.index(member), chain.parent.index(where)].sum(1))
        found[name] = at * np.exp(model.lambda_phys_per_h * time_h) if decay_corrected else at
    return found


def predicted(
    model: CompartmentModel,
    chain: ChainModel | None,
    o: Observation,
    values: dict[str, float],
    time_h: FloatArray,
) -> FloatArray:
    """What an observation would be at times in h: in its unit, its decay state, to its reference time."""
    lam = model.lambda_phys_per_h
    held = activity(model, chain, named(o), time_h, False)
    state = np.exp(lam * (time_h - o.curve.reference_h)) if o.curve.decay_corrected else 1.0
    return np.asarray(held * o.scale * state / (1.0 if o.divide_by is None else values[o.divide_by]))


def measured(
    given: ModelFile,
    model: CompartmentModel,
    chain: ChainModel | None,
    fitted: CompartmentFit | None,
    *,
    decay_corrected: bool,
) -> list[Series]:
    """The data; those without ``divide_by`` as fractions in the panel's decay state."""
    values, lam = values_of(given, fitted), model.lambda_phys_per_h
    errors = [error_model(o.curve, o.weights, lambda_phys_per_h=lam) for o in given.observations]
    weighted = [
        (o.curve.value - predicted(model, chain, o, values, o.curve.time_h)) / e.sd
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
        found.append(Series(named(o), time, o.curve.value * factor, sd, w / scale))
    return found
