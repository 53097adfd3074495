"""The gamma counter: from counts of serum samples and of a standard to a concentration in %IA/L.

The blank is counted once, so what it brings to samples and standard is common to all values
(``Curve.common_sd``); so is the counting uncertainty of the standard (``scale_relative_sd``). Where samples
were counted in batches, each standard and each blank is one measurement that its samples alone share.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.counts import broadcast, net_rate, required_constant
from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import HasHalfLife, known_decay
from kinetics.errors import KineticsError


@dataclass(frozen=True)
class Standard:
    """A counted standard of known activity, made from the administered product.

    Parameters
    ----------
    activity_MBq : activity in the counted standard, referred to the time of administration.
    counts, live_time_s : gross counts and counting time in s.
    counted_at_h : when it was counted, hours after administration; None: together with the samples.

    Examples
    --------
    >>> Standard.from_dilution(20.0, dilution=1000, volume_mL=1.0, counts=50000, live_time_s=60).activity_MBq
    0.02
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
                raise KineticsError(f"standard: {what} is {number:g}; a number above 0 is needed")
        if not dilution >= 1:
            raise KineticsError(
                f"standard: dilution is {dilution:g}; write 1000 for 1:1000 (1 or above is needed)"
            )
        return cls(stock_MBq_per_mL * volume_mL / dilution, counts, live_time_s, counted_at_h)


def serum_curve(
    time_h: ArrayLike,
    sample_counts: ArrayLike,
    *,
    sample_volume_mL: ArrayLike,
    live_time_s: ArrayLike,
    standard: Standard | Sequence[Standard],
    administered_MBq: float,
    background_counts: ArrayLike,
    background_live_time_s: ArrayLike,
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
    standard : the counted standard; its own counting uncertainty goes into ``scale_relative_sd``. Or one for
        each sample, where they were counted in batches: equal ones are one measurement, whose error (a row of
        ``common_sd``, part of ``sd``) its samples share.
    administered_MBq : administered activity at the time of administration.
    background_counts, background_live_time_s : the counter's blank, counted once: what it brings to samples
        and standard is common to all values (``common_sd``). Or (N,), in batches: equal ones are one
        measurement.
    decay_corrected : which curve to make; there is no default.
    half_life_h, lambda_phys_per_h, nuclide : the label's physical decay by any of the three, as
        :class:`kinetics.Curve` has it; the curve carries it on.
    name : of the curve, for messages and figures.
    counted_at_h : scalar or (N,), when the samples were counted, hours after administration; needed where the
        standard has one, and only there.

    Returns
    -------
    Curve in %IA/L.

    Raises
    ------
    KineticsError : a sample that is not above its background, activities or volumes that are not above 0,
        counting times of samples or standard alone, a half-life that is not given.

    Examples
    --------
    >>> serum = serum_curve(
    ...     [1, 24], [50000, 25000], sample_volume_mL=1.0, live_time_s=60,
    ...     standard=Standard(0.02, 50000, 60), administered_MBq=70, background_counts=60,
    ...     background_live_time_s=60, decay_corrected=True, half_life_h=78.41,
    ... )
    >>> serum.value.round(1).tolist(), serum.unit  # 0.02 MBq/mL of 70 MBq are 28.6 %IA/L
    ([28.6, 14.3], '%IA/L')
    """
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    decay = known_decay(name, half_life_h, lambda_phys_per_h, nuclide)
    lam = required_constant(name, decay)
    if not administered_MBq > 0:
        raise KineticsError(f"{name}: administered activity {administered_MBq:g} MBq is not above 0")
    standards = [standard] if isinstance(standard, Standard) else list(standard)
    if len(standards) not in (1, time.size):
        raise KineticsError(
            f"{name}: {len(standards)} standards for {time.size} samples; one, or one for each"
        )
    for s in standards:
        if not s.activity_MBq > 0:
            raise KineticsError(f"{name}: standard's activity {s.activity_MBq:g} MBq is not above 0")
        if (counted_at_h is None) != (s.counted_at_h is None):
            raise KineticsError(
                f"{name}: counting times are needed for the samples and for the standard, or for neither"
                " (counted together)"
            )
    rate, _ = net_rate(sample_counts, live_time_s, background_counts, background_live_time_s, what=name)
    rate_std, _ = net_rate(
        np.broadcast_to([s.counts for s in standards], rate.shape),
        [s.live_time_s for s in standards],
        background_counts,
        background_live_time_s,
        what=f"{name}, standard",
    )
    if time.size != rate.size:
        raise KineticsError(f"{name}: {time.size} times but {rate.size} samples")
    volume_L = broadcast(f"{name}: sample_volume_mL", sample_volume_mL, time.size, above=0.0) / 1000.0
    ratio = rate / rate_std
    if counted_at_h is not None:
        counted = broadcast(f"{name}: counted_at_h", counted_at_h, time.size)
        if np.any(counted < time):
            row = int(np.flatnonzero(counted < time)[0])
            raise KineticsError(
                f"{name}: sample {row + 1} counted at {counted[row]:g} h, before it was drawn at"
                f" {time[row]:g} h"
            )
        ratio = ratio * np.exp(lam * (counted - np.array([s.counted_at_h for s in standards], dtype=float)))
    activity = np.array([s.activity_MBq for s in standards])
    value = 100.0 * ratio * activity / administered_MBq / volume_L
    blanks = _blanks(rate, rate_std, background_counts, background_live_time_s)
    which = [next(i for i, other in enumerate(standards) if other == s) for s in standards]
    relative = [math.sqrt(s.counts) / s.live_time_s for s in standards] / rate_std
    one = len(set(which)) == 1 and len(blanks) == 1
    counted_standards = (
        [] if one else [np.where(np.array(which) == i, relative, 0.0) for i in sorted(set(which))]
    )
    common = np.array([*blanks, *counted_standards])
    own = np.sqrt(broadcast(name, sample_counts, time.size)) / broadcast(name, live_time_s, time.size) / rate
    corrected = Curve(
        time_h=time,
        value=value,
        sd=value * (np.hypot(own, blanks[0]) if one else np.sqrt(own**2 + (common**2).sum(axis=0))),
        unit="%IA/L",
        decay_corrected=True,
        name=name,
        common_sd=value * common,
        scale_relative_sd=float(relative[0]) if one else 0.0,
        **decay._asdict(),
    )
    return corrected if decay_corrected else corrected.uncorrected()


def _blanks(
    rate: FloatArray, rate_std: FloatArray, background_counts: ArrayLike, background_live_time_s: ArrayLike
) -> list[FloatArray]:
    """(N,) signed relative standard deviations from each blank, which samples and their standard share."""
    counts = np.broadcast_to(np.asarray(background_counts, dtype=np.float64), rate.shape)
    live = np.broadcast_to(np.asarray(background_live_time_s, dtype=np.float64), rate.shape)
    difference = 1.0 / rate - 1.0 / rate_std
    return [
        np.where((counts == b) & (live == t), -math.sqrt(b) / t * difference, 0.0)
        for b, t in dict.fromkeys(zip(counts.tolist(), live.tolist(), strict=True))
    ]
