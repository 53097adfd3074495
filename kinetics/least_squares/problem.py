"""The least-squares problem of a curve and a model: what values are allowed, and what bounds hold."""

from __future__ import annotations

import math

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.least_squares.solver import Problem
from kinetics.models import Model
from kinetics.weights import ErrorModel

#: Fastest biologic half-life of a fit: this fraction of the shortest interval between two times.
FASTEST_OF_INTERVAL = 0.1
#: Slowest: this multiple of the last time. What is slower can't be told from no biologic loss.
SLOWEST_OF_LAST = 100.0
#: Largest amplitude: this multiple of the largest decay-corrected value.
LARGEST_OF_MAX = 100.0


def check_values(curve: Curve) -> None:
    """Refuse values that no model of a measured activity can mean; the message says which and what to do."""
    if not np.any(curve.value):
        raise KineticsError(f"{curve.name}: every value is 0; there is nothing to fit")
    for bad, what in ((curve.value < 0, "is negative"), ((curve.value == 0) & (curve.time_h > 0), "is zero")):
        if bad.any():
            row = int(np.flatnonzero(bad)[0])
            raise KineticsError(
                f"{curve.name}: value {curve.value[row]:g} at {curve.time_h[row]:g} h {what}: a reading at or"
                " below its background is no measured activity; leave the point out or write it as BLQ"
            )


def prepared(curve: Curve, lambda_phys_per_h: float | None = None) -> tuple[Curve, float]:
    """A curve whose values can be fitted and, where decay-corrected, refer to time 0; and the constant."""
    lam = curve.constant(lambda_phys_per_h)
    check_values(curve)
    return (curve.corrected(lam) if curve.decay_corrected and curve.reference_h else curve), lam


def make_problem(
    curve: Curve,
    model: Model,
    errors: ErrorModel,
    lambda_phys_per_h: float,
    *,
    full_scale: float | None = None,
) -> Problem:
    """The least-squares problem of a curve whose decay-corrected values refer to time 0, with its bounds."""
    time = curve.time_h
    decay = np.ones(len(curve)) if curve.decay_corrected else np.exp(-lambda_phys_per_h * time)
    gaps = np.diff(np.concatenate([[0.0], time]))
    shortest = float(gaps[gaps > 0].min(initial=np.inf))
    last = float(time[-1])
    if not last > 0:
        raise KineticsError(f"{curve.name}: all points are at time 0; a later point is needed")
    full = float((curve.value / decay).max()) if full_scale is None else full_scale
    q, r = len(model.amplitudes), len(model.rates)
    slow = math.log(math.log(2) / (SLOWEST_OF_LAST * last))
    fast = math.log(math.log(2) / (FASTEST_OF_INTERVAL * shortest))
    return Problem(
        model,
        time,
        decay,
        1.0 / errors.sd,
        np.array([0.0] * q + [slow] * r),
        np.array([LARGEST_OF_MAX * full] * q + [fast] * r),
    )
