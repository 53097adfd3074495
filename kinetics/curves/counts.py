"""Count rates and what is common to several readings: the background, the physical decay.

Counting statistics are Poisson: a count N has variance N, so a net rate N/t - B/t_b has variance
N/t^2 + B/t_b^2 (Knoll, Radiation Detection and Measurement, ch. 3).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.curves.decay import Decay
from kinetics.errors import KineticsError


def broadcast(what: str, data: ArrayLike, n: int, *, above: float | None = None) -> FloatArray:
    """(n,) floats from a scalar or an array; finite, not negative, and above a limit where one is given."""
    try:
        array = np.broadcast_to(np.asarray(data, dtype=np.float64), (n,))
    except (TypeError, ValueError):
        raise KineticsError(f"{what}: one number, or one for each of the {n} readings, is needed") from None
    wrong = ~np.isfinite(array) | (array < 0) if above is None else ~np.isfinite(array) | (array <= above)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        limit = "0 or above" if above is None else f"above {above:g}"
        raise KineticsError(f"{what}: reading {row + 1} is {array[row]:g}; a number {limit} is needed")
    return array


def net_rate(
    counts: ArrayLike,
    live_time_s: ArrayLike,
    background_counts: ArrayLike,
    background_live_time_s: ArrayLike,
    *,
    what: str = "counts",
) -> tuple[FloatArray, FloatArray]:
    """Background-corrected count rates and their standard deviations.

    Parameters
    ----------
    counts : (N,) gross counts.
    live_time_s, background_counts, background_live_time_s : scalars or (N,); s, counts, s.
    what : what is counted, for messages.

    Returns
    -------
    rate_per_s, sd_per_s : (N,) each; sd^2 = N/t^2 + B/t_b^2.

    Raises
    ------
    KineticsError : a count is negative or a time isn't above 0; a net rate isn't above 0, in which case the
        message gives the detection limit (Currie 1968: 2.71 + 3.29 sqrt(B(1 + t/t_b))) for that reading.

    Examples
    --------
    >>> rate, sd = net_rate([1000, 500], live_time_s=10, background_counts=100, background_live_time_s=10)
    >>> rate.tolist(), round(float(sd[0]), 3)  # sqrt(1000/100 + 100/100)
    ([90.0, 40.0], 3.317)
    """
    n = np.atleast_1d(np.asarray(counts)).size
    gross = broadcast(f"{what}: counts", counts, n)
    live = broadcast(f"{what}: live_time_s", live_time_s, n, above=0.0)
    background = broadcast(f"{what}: background_counts", background_counts, n)
    background_live = broadcast(f"{what}: background_live_time_s", background_live_time_s, n, above=0.0)
    rate = gross / live - background / background_live
    if np.any(rate <= 0):
        row = int(np.flatnonzero(rate <= 0)[0])
        expected = background[row] * live[row] / background_live[row]
        limit = 2.71 + 3.29 * math.sqrt(expected * (1.0 + live[row] / background_live[row]))
        raise KineticsError(
            f"{what}: reading {row + 1} has {gross[row]:g} counts in {live[row]:g} s, not above the"
            f" background of {expected:g}; detection limit {limit:.3g} net counts: leave the reading out or"
            " mark it BLQ"
        )
    return rate, np.sqrt(gross / live**2 + background / background_live**2)


def common_parts(
    rate: FloatArray, background_counts: ArrayLike, background_live_time_s: ArrayLike
) -> list[FloatArray]:
    """(N,) signed relative standard deviations of the net rates from each measurement of the background.

    Readings with the same background counts and time share one measurement.
    """
    counts = np.broadcast_to(np.asarray(background_counts, dtype=np.float64), rate.shape)
    live = np.broadcast_to(np.asarray(background_live_time_s, dtype=np.float64), rate.shape)
    each, which = np.unique(np.stack([counts, live]), axis=1, return_inverse=True)
    return [
        np.where(which.ravel() == i, -math.sqrt(b) / t / rate, 0.0)
        for i, (b, t) in enumerate(each.T.tolist())
    ]


def relative_variance(parts: list[FloatArray], rate: FloatArray) -> FloatArray:
    """(N,) relative variance that common parts bring to the rates."""
    return np.sum([part**2 for part in parts], axis=0) if parts else np.zeros_like(rate)


def required_constant(name: str, decay: Decay) -> float:
    """The decay constant, 1/h; counts can't be put on one time scale without it."""
    if decay.lambda_phys_per_h is None:
        raise KineticsError(
            f"{name}: the half-life is not known; give half_life_h=... in hours (math.inf for a stable label)"
            " or nuclide=..."
        )
    return decay.lambda_phys_per_h
