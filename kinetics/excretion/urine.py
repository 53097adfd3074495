"""Measured urine: voids with their activity, and what was excreted."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.inflow import MOST_SHARE


@dataclass(frozen=True, kw_only=True, eq=False)
class Urine:
    """Voids of one patient, in the order of time.

    Parameters
    ----------
    end_h : (N,) times of the voids, h after administration.
    percent_ia : (N,) activity of each, % of the administered activity.
    sd_percent_ia : (N,) its standard deviations, independent of each other; None: not known.
    start_h : (N,) when the bladder was emptied before each; None: each begins where the one before it ends,
        the first at 0.
    measured_at_h : (N,) times that the activities are of, where they are as measured; None: of the voids.
    decay_corrected : True: corrected to the time of administration; False: physical decay is in them.
        There is no default.
    complete : True: every void from 0 to the last time is here; False: some are missing, and then
        ``start_h`` is needed. There is no default.
    lambda_phys_per_h : the physical decay constant, 1/h.
    notes : what a reader should know of how the table was made, one sentence each.

    Raises
    ------
    KineticsError : lists of other lengths, times out of order or that overlap, gaps in a complete collection
        or an incomplete one without starts, an activity below 0, a standard deviation that is not above 0,
        more than 110 % of the administered activity; all of them.

    Examples
    --------
    >>> urine = Urine(
    ...     end_h=[0.75, 2.0, 4.5], percent_ia=[9.0, 11.0, 8.0], decay_corrected=True, complete=True,
    ...     lambda_phys_per_h=0.379,
    ... )
    >>> urine.cumulative().tolist()
    [9.0, 20.0, 28.0]
    """

    end_h: FloatArray
    percent_ia: FloatArray
    sd_percent_ia: FloatArray | None = None
    start_h: FloatArray | None = None
    measured_at_h: FloatArray | None = None
    decay_corrected: bool
    complete: bool
    lambda_phys_per_h: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("end_h", "percent_ia", "sd_percent_ia", "start_h", "measured_at_h"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, np.atleast_1d(np.asarray(value, dtype=np.float64)))
        n = self.end_h.size
        wrong = [
            f"urine has {n} times of voids and {value.size} of {name}; one for each void is needed"
            for name in ("percent_ia", "sd_percent_ia", "start_h", "measured_at_h")
            if (value := getattr(self, name)) is not None and value.shape != self.end_h.shape
        ]
        if self.end_h.ndim != 1 or not n:
            wrong.append("urine without a void; times in one list are needed")
        if not (math.isfinite(self.lambda_phys_per_h) and self.lambda_phys_per_h >= 0.0):
            wrong.append(f"the decay constant is {self.lambda_phys_per_h:g} 1/h; 0 or above is needed")
        if self.start_h is None and not self.complete:
            wrong.append(
                "a collection that is not complete needs the start of each void's interval (start_h)"
            )
        if self.measured_at_h is not None and self.decay_corrected:
            wrong.append("times of measurement are for activities as measured; these are decay-corrected")
        if wrong:
            raise KineticsError(*wrong)
        wrong = [*self._wrong_times(), *self._wrong_values()]
        if not wrong and (total := float(self.corrected.sum())) > 100.0 * MOST_SHARE:
            wrong.append(
                f"all voids hold {total:.4g} % of the administered activity, corrected for decay: is the"
                " decay state right, and the unit?"
            )
        if wrong:
            raise KineticsError(*wrong)

    def _wrong_times(self) -> list[str]:
        wrong, before = [], 0.0
        starts = [None] * self.end_h.size if self.start_h is None else self.start_h.tolist()
        for i, (start, end) in enumerate(zip(starts, self.end_h.tolist(), strict=True), 1):
            if start is not None and not (math.isfinite(start) and start >= before):
                wrong.append(
                    f"void {i} starts at {start:g} h; the one before ends at {before:g} h: later is needed"
                )
            elif start is not None and self.complete and start != before:
                wrong.append(
                    f"void {i} starts at {start:g} h, but the one before ends at {before:g} h: a collection"
                    " with a gap is not complete"
                )
            low = before if start is None else max(before, start)
            if not (math.isfinite(end) and end > low):
                wrong.append(f"void {i} is at {end:g} h; a time after {low:g} h is needed: voids in order")
            else:
                before = end
        return wrong

    def _wrong_values(self) -> list[str]:
        wrong = [
            f"void {i} holds {x:g} %IA; 0 or more is needed"
            for i, x in enumerate(self.percent_ia.tolist(), 1)
            if not (math.isfinite(x) and x >= 0.0)
        ]
        if self.sd_percent_ia is not None:
            wrong += [
                f"the standard deviation of void {i} is {x:g} %IA; above 0 is needed"
                for i, x in enumerate(self.sd_percent_ia.tolist(), 1)
                if not (math.isfinite(x) and x > 0.0)
            ]
        if self.measured_at_h is not None:
            wrong += [
                f"void {i}, at {end:g} h, was measured at {x:g} h; not before the void is needed"
                for i, (x, end) in enumerate(zip(self.measured_at_h, self.end_h, strict=True), 1)
                if not (math.isfinite(x) and x >= end)
            ]
        return wrong

    @classmethod
    def from_concentration(
        cls,
        *,
        end_h: ArrayLike,
        kBq_per_mL: ArrayLike,
        volume_mL: ArrayLike,
        administered_MBq: float,
        decay_corrected: bool,
        complete: bool,
        lambda_phys_per_h: float,
        sd_kBq_per_mL: ArrayLike | None = None,
        start_h: ArrayLike | None = None,
        measured_at_h: ArrayLike | None = None,
    ) -> Urine:
        """Voids whose concentration (kBq/mL) and volume (mL) were measured; all else as for the class.

        Raises
        ------
        KineticsError : as the class; an administered activity or a volume that is not above 0.

        >>> Urine.from_concentration(
        ...     end_h=[2.0], kBq_per_mL=[50.0], volume_mL=[200.0], administered_MBq=100.0,
        ...     decay_corrected=True, complete=True, lambda_phys_per_h=0.379,
        ... ).percent_ia.tolist()
        [10.0]
        """
        volume = np.atleast_1d(np.asarray(volume_mL, dtype=np.float64))
        wrong = [
            f"the volume of void {i} is {v:g} mL; above 0 is needed"
            for i, v in enumerate(volume.tolist(), 1)
            if not (math.isfinite(v) and v > 0.0)
        ]
        if not (math.isfinite(administered_MBq) and administered_MBq > 0.0):
            wrong.append(f"the administered activity is {administered_MBq:g} MBq; above 0 is needed")
        concentration = np.atleast_1d(np.asarray(kBq_per_mL, dtype=np.float64))
        if concentration.shape != volume.shape:
            wrong.append(f"urine has {concentration.size} concentrations and {volume.size} volumes")
        if wrong:
            raise KineticsError(*wrong)
        per_cent = volume / (10.0 * administered_MBq)  # of 1 kBq/mL: 100 x 1e-3 MBq/kBq
        sd = None if sd_kBq_per_mL is None else np.asarray(sd_kBq_per_mL, dtype=np.float64) * per_cent
        return cls(
            end_h=np.asarray(end_h, dtype=np.float64),
            percent_ia=concentration * per_cent,
            sd_percent_ia=sd,
            start_h=None if start_h is None else np.asarray(start_h, dtype=np.float64),
            measured_at_h=None if measured_at_h is None else np.asarray(measured_at_h, dtype=np.float64),
            decay_corrected=decay_corrected,
            complete=complete,
            lambda_phys_per_h=lambda_phys_per_h,
        )

    def __repr__(self) -> str:
        kind = "complete" if self.complete else "incomplete"
        voids = f"{self.end_h.size} voids to {self.end_h[-1]:g} h"
        return f"<Urine: {voids}, {kind}, {self.corrected.sum():.4g} %IA>"

    @cached_property
    def starts(self) -> FloatArray:
        """(N,) start of each void's interval, h."""
        if self.start_h is not None:
            return self.start_h
        return np.concatenate([[0.0], self.end_h[:-1]])

    @cached_property
    def _factor(self) -> FloatArray:
        """(N,) from the values to those corrected for decay."""
        if self.decay_corrected:
            return np.ones(self.end_h.size)
        at = self.end_h if self.measured_at_h is None else self.measured_at_h
        found: FloatArray = np.exp(self.lambda_phys_per_h * at)
        return found

    @property
    def corrected(self) -> FloatArray:
        """(N,) activity of each void, corrected for decay to the time of administration, %IA."""
        return self.percent_ia * self._factor

    @property
    def sd_corrected(self) -> FloatArray | None:
        """(N,) its standard deviations, %IA; None: not known."""
        return None if self.sd_percent_ia is None else self.sd_percent_ia * self._factor

    def cumulative(self) -> FloatArray:
        """(N,) what was excreted up to each void, corrected for decay, %IA.

        Raises
        ------
        KineticsError : the collection is not complete.
        """
        if not self.complete:
            raise KineticsError("the collection of urine is not complete: what was excreted is not known")
        found: FloatArray = np.cumsum(self.corrected)
        return found
