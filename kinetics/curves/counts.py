"""From counts to curves: the whole-body probe and the gamma counter for serum.

Counting statistics are Poisson: a count N has variance N, so a net rate N/t - B/t_b has variance
N/t^2 + B/t_b^2 (Knoll, Radiation Detection and Measurement, ch. 3). What one measurement brings to several
points stays one source of error: a background that was counted once and subtracted from several readings
(``Curve.common_sd``), the reading that a probe's curve is normalised to (``normalised_at_h``), the counted
standard (``scale_relative_sd``).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import Decay, HasHalfLife, known_decay
from kinetics.errors import KineticsError


def _broadcast(what: str, data: ArrayLike, n: int, *, above: float | None = None) -> FloatArray:
    """(n,) floats from a scalar or an array; finite, not negative, and above a limit where one is given."""
    try:
        array = np.broadcast_to(np.asarray(data, dtype=np.float64), (n,))
    except (TypeError, ValueError):
        raise KineticsError(f"{what}: one number, or one for each of the {n} readings, is due") from None
    wrong = ~np.isfinite(array) | (array < 0) if above is None else ~np.isfinite(array) | (array <= above)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        limit = "0 or above" if above is None else f"above {above:g}"
        raise KineticsError(f"{what}: reading {row + 1} is {array[row]:g}; a number {limit} is due")
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

    Returns
    -------
    rate_per_s, sd_per_s : (N,) each; sd^2 = N/t^2 + B/t_b^2.

    Raises
    ------
    KineticsError : a count is negative or a time isn't above 0; a net rate isn't above 0, in which case the
        message gives the detection limit (Currie 1968: 2.71 + 3.29 sqrt(B(1 + t/t_b))) for that reading.
    """
    n = np.atleast_1d(np.asarray(counts)).size
    gross = _broadcast(f"{what}: counts", counts, n)
    live = _broadcast(f"{what}: live_time_s", live_time_s, n, above=0.0)
    background = _broadcast(f"{what}: background_counts", background_counts, n)
    background_live = _broadcast(f"{what}: background_live_time_s", background_live_time_s, n, above=0.0)
    rate = gross / live - background / background_live
    if np.any(rate <= 0):
        row = int(np.flatnonzero(rate <= 0)[0])
        expected = background[row] * live[row] / background_live[row]
        limit = 2.71 + 3.29 * math.sqrt(expected * (1.0 + live[row] / background_live[row]))
        raise KineticsError(
            f"{what}: reading {row + 1} has {gross[row]:g} counts in {live[row]:g} s, not above the"
            f" background of"
            f" {expected:g}; detection limit {limit:.3g} net counts: leave the reading out or mark it BLQ"
        )
    return rate, np.sqrt(gross / live**2 + background / background_live**2)


def _common_parts(
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


def _variance(parts: list[FloatArray], rate: FloatArray) -> FloatArray:
    """(N,) relative variance that common parts bring to the rates."""
    return np.sum([part**2 for part in parts], axis=0) if parts else np.zeros_like(rate)


def _required(name: str, decay: Decay) -> float:
    """The decay constant, 1/h; counts can't be put on one time scale without it."""
    if decay.lambda_phys_per_h is None:
        raise KineticsError(
            f"{name}: the half-life is not known; give half_life_h=... in hours (math.inf for a stable label)"
            " or nuclide=..."
        )
    return decay.lambda_phys_per_h


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

    Returns
    -------
    Curve in %IA. ``sd`` holds each reading's counting uncertainty, ``common_sd`` what backgrounds bring to
    several; ``normalised_at_h`` says that the first reading's moves all others (:meth:`Curve.covariance`).
    """
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    decay = known_decay(name, half_life_h, lambda_phys_per_h, nuclide)
    lam = _required(name, decay)
    two = posterior_counts is not None
    rate, sd = net_rate(
        anterior_counts,
        live_time_s,
        background_counts,
        background_live_time_s,
        what=f"{name}, {'anterior' if two else 'single view'}",
    )
    relative = sd / rate
    common = _common_parts(rate, background_counts, background_live_time_s)
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
        common_p = _common_parts(rate_p, background_p, background_live_time_s)
        own = relative**2 - _variance(common, rate) + (sd_p / rate_p) ** 2 - _variance(common_p, rate)
        if background_posterior_counts is None:
            common = [0.5 * (a + p) for a, p in zip(common, common_p, strict=True)]
        else:
            common = [0.5 * part for part in (*common, *common_p)]
        relative = np.sqrt(0.25 * np.maximum(own, 0.0) + _variance(common, rate))
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


@dataclass(frozen=True)
class Standard:
    """A counted standard of known activity, made from the administered product.

    Parameters
    ----------
    activity_MBq : activity in the counted standard, referred to the time of administration.
    counts, live_time_s : gross counts and counting time in s.
    counted_at_h : when it was counted, hours after administration; None: together with the samples.
    """

    activity_MBq: float
    counts: float
    live_time_s: float
    counted_at_h: float | None = None

    @classmethod
    def from_dilution(
        cls,
        stock_MBq_per_mL: float,
        dilution: float,
        volume_mL: float,
        *,
        counts: float,
        live_time_s: float,
        counted_at_h: float | None = None,
    ) -> Standard:
        """A standard of ``volume_mL`` of the product, diluted 1 in ``dilution`` (1000 for 1:1000)."""
        for what, number in (("stock_MBq_per_mL", stock_MBq_per_mL), ("volume_mL", volume_mL)):
            if not number > 0:
                raise KineticsError(f"standard: {what} is {number:g}; a number above 0 is due")
        if not dilution >= 1:
            raise KineticsError(
                f"standard: dilution is {dilution:g}; write 1000 for 1:1000 (1 or above is due)"
            )
        return cls(stock_MBq_per_mL * volume_mL / dilution, counts, live_time_s, counted_at_h)


def serum_curve(
    time_h: ArrayLike,
    sample_counts: ArrayLike,
    *,
    sample_volume_mL: ArrayLike,
    live_time_s: ArrayLike,
    standard: Standard,
    administered_MBq: float,
    background_counts: float,
    background_live_time_s: float,
    decay_corrected: bool,
    half_life_h: float | None = None,
    lambda_phys_per_h: float | None = None,
    nuclide: HasHalfLife | str | None = None,
    counted_at_h: ArrayLike | None = None,
    name: str = "serum",
) -> Curve:
    """Serum activity concentration in %IA/L from gamma-counter counts against a standard.

    A sample's activity, referred to the time of administration, is (net sample rate / net standard rate) x
    standard activity, where sample and standard are counted together; where they are counted at other times,
    the ratio is corrected by exp(lambda (t_sample - t_standard)). Samples of serum that are given directly in
    %IA/L need no counts: make a :class:`Curve` with that unit.

    Parameters
    ----------
    time_h : (N,) time of drawing, hours after administration.
    sample_counts : (N,) gross counts.
    sample_volume_mL, live_time_s : scalar or (N,), mL of serum counted and s.
    standard : the counted standard; its own counting uncertainty goes into ``scale_relative_sd``.
    administered_MBq : administered activity at the time of administration.
    background_counts, background_live_time_s : the counter's blank, counted once: what it brings to samples
        and standard is common to all values (``common_sd``).
    decay_corrected : which curve to make; there is no default.
    half_life_h, lambda_phys_per_h, nuclide : the label's physical decay by any of the three, as
        :class:`kinetics.Curve` has it; the curve carries it on.
    counted_at_h : scalar or (N,), when the samples were counted, hours after administration; due where the
        standard has one, and only there.

    Returns
    -------
    Curve in %IA/L.
    """
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    decay = known_decay(name, half_life_h, lambda_phys_per_h, nuclide)
    lam = _required(name, decay)
    if not administered_MBq > 0:
        raise KineticsError(f"{name}: administered activity {administered_MBq:g} MBq is not above 0")
    if not standard.activity_MBq > 0:
        raise KineticsError(f"{name}: standard's activity {standard.activity_MBq:g} MBq is not above 0")
    if (counted_at_h is None) != (standard.counted_at_h is None):
        raise KineticsError(
            f"{name}: counting times are due for the samples and for the standard, or for neither (counted"
            f" together)"
        )
    rate, _ = net_rate(sample_counts, live_time_s, background_counts, background_live_time_s, what=name)
    rate_std, _ = net_rate(
        [standard.counts],
        standard.live_time_s,
        background_counts,
        background_live_time_s,
        what=f"{name}, standard",
    )
    if time.size != rate.size:
        raise KineticsError(f"{name}: {time.size} times but {rate.size} samples")
    volume_L = _broadcast(f"{name}: sample_volume_mL", sample_volume_mL, time.size, above=0.0) / 1000.0
    ratio = rate / rate_std[0]
    if counted_at_h is not None and standard.counted_at_h is not None:
        counted = _broadcast(f"{name}: counted_at_h", counted_at_h, time.size)
        if np.any(counted < time):
            row = int(np.flatnonzero(counted < time)[0])
            raise KineticsError(
                f"{name}: sample {row + 1} counted at {counted[row]:g} h, before it was drawn at"
                f" {time[row]:g} h"
            )
        ratio = ratio * np.exp(lam * (counted - standard.counted_at_h))
    value = 100.0 * ratio * standard.activity_MBq / administered_MBq / volume_L
    blank = -math.sqrt(background_counts) / background_live_time_s * (1.0 / rate - 1.0 / rate_std[0])
    own = (
        np.sqrt(_broadcast(name, sample_counts, time.size)) / _broadcast(name, live_time_s, time.size) / rate
    )
    corrected = Curve(
        time_h=time,
        value=value,
        sd=value * np.hypot(own, blank),
        unit="%IA/L",
        decay_corrected=True,
        name=name,
        common_sd=(value * blank)[None, :],
        scale_relative_sd=math.sqrt(standard.counts) / standard.live_time_s / float(rate_std[0]),
        **decay._asdict(),
    )
    return corrected if decay_corrected else corrected.uncorrected()
