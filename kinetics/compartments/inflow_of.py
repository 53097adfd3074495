"""What flows into a compartment that is emptied, as a sum of exponentials: from a model to closed forms."""

from __future__ import annotations

import numpy as np

from kinetics.compartments.checks import known
from kinetics.compartments.model import CompartmentModel
from kinetics.errors import KineticsError
from kinetics.excretion.inflow import Inflow
from kinetics.linear_systems.propagation import WELL_CONDITIONED

#: An imaginary part, or a part of the inflow, that is less than this share of the largest is rounding.
ROUNDING = 1e-10
#: What enters by the sum may differ from what enters by the model by so much.
SAME = 1e-4


def inflow_into(model: CompartmentModel, compartment: str) -> Inflow:
    """What enters a compartment that only an emptying leaves, such as a bladder, corrected for decay.

    The other compartments do not see what is in it, so their contents are sums of exponentials whose rates
    are eigenvalues of the model, and so is what flows in.

    Parameters
    ----------
    model : with a bolus, and no other input.
    compartment : its only way out is its emptying, into a sink.

    Raises
    ------
    KineticsError : an unknown compartment; one that is not emptied into a sink, or that rates leave;
        infusions, or another compartment that is emptied; rates that make no sum of exponentials, or lie
        too far apart for one.

    Examples
    --------
    >>> from kinetics import Emptying
    >>> model = CompartmentModel(
    ...     compartments=("body", "bladder"), sinks=("urine",), lambda_phys_per_h=0.3, bolus={"body": 1.0},
    ...     rates_per_h={("body", "bladder"): 0.5}, emptyings={"bladder": ("urine", Emptying(every_h=3.5))},
    ... )
    >>> inflow_into(model, "bladder")
    <Inflow: 1 with 0.5/h>
    """
    known(model.name, compartment, model.compartments, "what is filled")
    leaves = [way for way in model.rates_per_h if way[0] == compartment and model.rates_per_h[way] > 0]
    into = model.emptyings.get(compartment, ("", None))[0]
    if into not in model.sinks or leaves:
        raise KineticsError(
            f"{model.name}: '{compartment}' has to be emptied into a sink, and left by no rate"
        )
    if model.infusions or len(model.emptyings) > 1:
        raise KineticsError(
            f"{model.name}: what enters '{compartment}' is no sum of exponentials with infusions, or where"
            " something else is emptied"
        )
    others = [n for n in model.compartments if n != compartment]
    at = [model.states.index(n) for n in others]
    k = model.matrix()
    values, vectors = np.linalg.eig(k[np.ix_(at, at)])
    if not np.linalg.cond(vectors) < WELL_CONDITIONED:
        raise KineticsError(
            f"{model.name}: equal rates in a row make what enters '{compartment}' no such sum"
        )
    amplitude = (k[model.states.index(compartment), at] @ vectors) * np.linalg.solve(
        vectors, model.start()[at]
    )
    scale = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    if np.abs(values.imag).max(initial=0.0) > ROUNDING * scale:
        raise KineticsError(f"{model.name}: what enters '{compartment}' swings: no sum of exponentials")
    rate, speed, lam = -values.real, amplitude.real, model.lambda_phys_per_h
    leaves_it = rate > np.finfo(float).eps * scale
    # in decays, not in speed: a slow part may bring more than a fast one
    enters = np.abs(speed) / np.where(leaves_it, rate + lam, np.inf)
    kept = (enters > ROUNDING * max(float(enters.sum()), 1e-300)) & leaves_it
    if not kept.any():
        raise KineticsError(f"{model.name}: nothing enters '{compartment}'")
    own = float(model.bolus.get(compartment, 0.0))
    if own > 0:
        raise KineticsError(f"{model.name}: '{compartment}' holds {own:g} at time 0, which is no inflow")
    by_model = float(k[model.states.index(compartment), at] @ model.tiac_array()[at])
    by_sum = float((speed[kept] / (rate[kept] + lam)).sum())
    if not abs(by_sum - by_model) < SAME * by_model:
        raise KineticsError(
            f"{model.name}: rates up to {scale:g} per h lie too far apart for what enters '{compartment}' as"
            f" a sum of exponentials, which brings {by_sum:.5g} of {by_model:.5g} decays; mixing at once"
            " needs no rate above some 1e4 per h"
        )
    return Inflow(speed[kept] / rate[kept], rate[kept])
