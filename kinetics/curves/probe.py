"""The whole-body probe: from counts of one or two views to retention in %IA.

What one measurement brings to several points stays one source of error: a background that was counted once
and subtracted from several readings (``Curve.common_sd``), the reading that the curve is normalised to
(``normalised_at_h``).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.counts import common_parts, net_rate, relative_variance, required_constant
from kinetics.curves.curve import Curve
from kinetics.curves.decay import HasHalfLife, known_decay
from kinetics.errors import KineticsError


def whole_body_curve(
    time_h: ArrayLike,
    anterior_counts: ArrayLike,
    posterior_counts: ArrayLike | None = None,
    *,
    live_time_s: ArrayLike,
    background_counts: ArrayLike,
    background_live_time_s: ArrayLike,
    decay_corrected: bool,
    half_life_h: float | None = None,
    lambda_phys_per_h: float | None = None,
    nuclide: HasHalfLife | str | None = None,
    posterior_live_time_s: ArrayLike | None = None,
    background_posterior_counts: ArrayLike | None = None,
    name: str = "whole body",
) -> Curve:
    """Whole-body retention in %IA from a probe, normalised to the first reading.

    The first reading (immediately after infusion, before any voiding) is 100 % of the injected activity. With
    two views the geometric mean of the net rates is used, with relative variance
    (var_a/r_a^2 + var_p/r_p^2)/4 where nothing is common to the views. Counts are always as measured; the
    curve is decay-corrected to the time of administration where ``decay_corrected`` is True.

    Parameters
    ----------
    time_h : (N,) hours after administration.
    anterior_counts, posterior_counts : (N,) gross counts; leave the second out for a single view.
    live_time_s : s, scalar or (N,); ``posterior_live_time_s`` where the second view's differ.
    background_counts, background_live_time_s : scalar or (N,); ``background_posterior_counts`` where the
        second view has a background of its own. Readings with the same counts and time of background share
        one measurement of it, which makes them correlated; so do the views where one background is given.
    decay_corrected : which curve to make; there is no default.
    half_life_h, lambda_phys_per_h, nuclide : the label's physical decay by any of the three, as
        :class:`kinetics.Curve` has it; the curve carries it on.
    name : of the curve, for messages and figures.

    Returns
    -------
    Curve in %IA. ``sd`` holds each reading's counting uncertainty, ``common_sd`` what backgrounds bring to
    several; ``normalised_at_h`` says that the first reading's moves all others (:meth:`Curve.covariance`).

    Raises
    ------
    KineticsError : a reading that is not above its background, readings and times of other number, a
        half-life that is not given.

    Examples
    --------
    >>> probe = whole_body_curve(
    ...     [0.5, 24, 96], [90000, 62000, 20000], live_time_s=60, background_counts=120,
    ...     background_live_time_s=60, decay_corrected=False, half_life_h=78.41,
    ... )
    >>> probe.value.round(1).tolist(), probe.unit, probe.normalised_at_h
    ([99.6, 68.5, 22.0], '%IA', 0.5)
    """
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    decay = known_decay(name, half_life_h, lambda_phys_per_h, nuclide)
    lam = required_constant(name, decay)
    two = posterior_counts is not None
    rate, sd = net_rate(
        anterior_counts,
        live_time_s,
        background_counts,
        background_live_time_s,
        what=f"{name}, {'anterior' if two else 'single view'}",
    )
    relative = sd / rate
    common = common_parts(rate, background_counts, background_live_time_s)
    if posterior_counts is not None:
        background_p = (
            background_counts if background_posterior_counts is None else background_posterior_counts
        )
        rate_p, sd_p = net_rate(
            posterior_counts,
            live_time_s if posterior_live_time_s is None else posterior_live_time_s,
            background_p,
            background_live_time_s,
            what=f"{name}, posterior",
        )
        if rate_p.size != rate.size:
            raise KineticsError(f"{name}: {rate.size} anterior but {rate_p.size} posterior readings")
        common_p = common_parts(rate_p, background_p, background_live_time_s)
        own = relative**2 - relative_variance(common, rate)
        own += (sd_p / rate_p) ** 2 - relative_variance(common_p, rate)
        if background_posterior_counts is None:
            common = [0.5 * (a + p) for a, p in zip(common, common_p, strict=True)]
        else:
            common = [0.5 * part for part in (*common, *common_p)]
        relative = np.sqrt(0.25 * np.maximum(own, 0.0) + relative_variance(common, rate))
        rate = np.sqrt(rate * rate_p)
    if time.size != rate.size:
        raise KineticsError(f"{name}: {time.size} times but {rate.size} readings")
    first = int(np.argmin(time))
    measured = 100.0 * rate / rate[first] * math.exp(-lam * time[first])
    as_measured = Curve(
        time_h=time,
        value=measured,
        sd=measured * relative,
        unit="%IA",
        decay_corrected=False,
        name=name,
        common_sd=measured * np.array(common),
        normalised_at_h=float(time[first]),
        **decay._asdict(),
    )
    return as_measured.corrected() if decay_corrected else as_measured
