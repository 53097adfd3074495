"""Derivatives of what follows from a model, such as its TIACs, by the parameters that were fitted."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.given import ModelFile
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray

#: Step of a central difference in the logarithm of a rate: its own error is some 1e-8 of the slope's scale.
STEP = 1e-4


def by_parameters(
    given: ModelFile,
    values: Mapping[str, float],
    free: Sequence[str],
    of: Callable[[CompartmentModel | ChainModel], FloatArray],
) -> FloatArray:
    """(N, P) derivatives of (N,) numbers of a model by its free parameters; 0 by one that is no rate.

    TIACs are right to rounding (:mod:`kinetics.linear_systems.elimination`), so that central differences are
    right to some 9 figures; (lambda I - K)^-1 (dK/dp) tau would lose all of them to cancellation where rates
    are far apart.

    Parameters
    ----------
    given : the model's file.
    values : of all its parameters, rates in 1/h.
    free : those to differentiate by.
    of : model -> (N,) numbers.
    """

    def changed(name: str, factor: float) -> FloatArray:
        return of(given.with_values({**values, name: values[name] * factor}))

    slopes = np.zeros((of(given.with_values(values)).size, len(free)))
    for j, name in enumerate(free):
        if given.parameters[name].is_rate:
            ends = changed(name, math.exp(STEP)) - changed(name, math.exp(-STEP))
            slopes[:, j] = ends / (2 * STEP * values[name])
    return slopes
