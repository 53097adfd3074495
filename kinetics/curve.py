"""A time-activity curve: times, values, their standard deviations, the unit and the decay state."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinetics.errors import KineticsError

FloatArray = NDArray[np.float64]

#: Physical half-lives after administration beyond which times or half-life are taken for a mistake.
MOST_HALF_LIVES = 200.0


def lambda_from_half_life(half_life_h: float) -> float:
    """Decay constant in 1/h of a half-life in h: ln 2 / T.

    >>> round(lambda_from_half_life(78.41), 8)
    0.00884003
    """
    if not (half_life_h > 0 and math.isfinite(half_life_h)):
        raise KineticsError(f"half-life {half_life_h} h is not a positive number of hours")
    return math.log(2.0) / half_life_h


def check_lambda(lambda_phys_per_h: float) -> float:
    """The physical decay constant in 1/h as a float: finite and not negative; 0 means a stable label."""
    value = float(lambda_phys_per_h)
    if not (math.isfinite(value) and value >= 0):
        raise KineticsError(f"physical decay constant {lambda_phys_per_h} per h: 0 (stable) or above is due")
    return value


@dataclass(frozen=True, kw_only=True, eq=False)
class Curve:
    """A measured time-activity curve. Rows are sorted by time; a time occurs once.

    Parameters
    ----------
    time_h : (N,) hours after administration, 0 or later.
    value : (N,) activity, concentration or per cent of the injected activity, in ``unit``.
    sd : (N,) absolute standard deviations in ``unit``, or None where none are known.
    unit : unit of the values, e.g. ``"%IA"``, ``"%IA/L"``, ``"kBq/mL"``, ``"counts"``.
    decay_corrected : True: each value is corrected for physical decay back to ``reference_h``;
        False: as measured, the physical decay is in it. There is no default.
    name : what was measured, for messages and figures.
    reference_h : hours after administration to which the values are decay-corrected.
    scale_relative_sd : relative standard deviation of a factor common to all values (the normalising
        reading of a probe, the standard of a gamma counter). A fit adds it to amplitudes and areas.

    Raises
    ------
    KineticsError : lengths differ, a number isn't finite, a time is negative or occurs twice,
        a standard deviation isn't above 0.
    """

    time_h: FloatArray
    value: FloatArray
    unit: str
    decay_corrected: bool
    sd: FloatArray | None = None
    name: str = "curve"
    reference_h: float = 0.0
    scale_relative_sd: float = 0.0

    def __post_init__(self) -> None:
        if not isinstance(self.decay_corrected, bool | np.bool_):
            raise KineticsError(
                f"{self.name}: decay_corrected is {self.decay_corrected!r}; True or False must be said"
            )
        time = self._column("time_h", self.time_h)
        value = self._column("value", self.value)
        sd = None if self.sd is None else self._column("sd", self.sd)
        for column, array in (("value", value), ("sd", sd)):
            if array is not None and array.size != time.size:
                raise KineticsError(f"{self.name}: {time.size} times but {array.size} entries in '{column}'")
        if time.size == 0:
            raise KineticsError(f"{self.name}: no points")
        order = np.argsort(time, kind="stable")
        time = time[order]
        if time[0] < 0:
            raise KineticsError(
                f"{self.name}: time {time[0]:g} h is negative; hours after administration are due"
            )
        twice = np.flatnonzero(np.diff(time) == 0)
        if twice.size:
            raise KineticsError(f"{self.name}: time {time[twice[0]]:g} h occurs twice; average or drop one")
        if sd is not None and np.any(sd <= 0):
            bad = order[np.flatnonzero(sd[order] <= 0)[0]]
            raise KineticsError(
                f"{self.name}: sd {sd[bad]:g} at {self._column('time_h', self.time_h)[bad]:g} h;"
                " a standard deviation above 0 is due (or leave the column out)"
            )
        if not (math.isfinite(self.scale_relative_sd) and self.scale_relative_sd >= 0):
            raise KineticsError(f"{self.name}: scale_relative_sd {self.scale_relative_sd} must be 0 or above")
        for column, array in (
            ("time_h", time),
            ("value", value[order]),
            ("sd", None if sd is None else sd[order]),
        ):
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(self, column, array)

    def _column(self, column: str, data: ArrayLike) -> FloatArray:
        try:
            array = np.array(data, dtype=np.float64)
        except (TypeError, ValueError):
            raise KineticsError(f"{self.name}: column '{column}' holds something that is no number") from None
        if array.ndim != 1:
            raise KineticsError(f"{self.name}: column '{column}' must be one-dimensional")
        bad = np.flatnonzero(~np.isfinite(array))
        if bad.size:
            raise KineticsError(
                f"{self.name}: column '{column}', entry {bad[0] + 1} is {array[bad[0]]}; leave the row out"
            )
        return array

    def __len__(self) -> int:
        return int(self.time_h.size)

    def constant(self, lambda_phys_per_h: float) -> float:
        """The decay constant, checked against the curve's times.

        Raises
        ------
        KineticsError : by the last time, more than :data:`MOST_HALF_LIVES` have passed.
        """
        lam = check_lambda(lambda_phys_per_h)
        passed = lam * float(self.time_h[-1]) / math.log(2)
        if passed > MOST_HALF_LIVES:
            raise KineticsError(
                f"{self.name}: {self.time_h[-1]:g} h is {passed:.3g} physical half-lives after"
                f" administration, where"
                " nothing is left to measure: are times and half-life in hours?"
            )
        return lam

    def decay_factor(self, lambda_phys_per_h: float) -> FloatArray:
        """(N,) exp(-lambda_phys (t - reference)): measured value = corrected value x this factor."""
        return np.exp(-self.constant(lambda_phys_per_h) * (self.time_h - self.reference_h))

    def corrected(self, lambda_phys_per_h: float) -> Curve:
        """The same curve, decay-corrected to the time of administration."""
        if self.decay_corrected:
            factor = np.full(len(self), math.exp(self.constant(lambda_phys_per_h) * self.reference_h))
        else:
            factor = np.exp(self.constant(lambda_phys_per_h) * self.time_h)
        return self._scaled(factor, decay_corrected=True)

    def uncorrected(self, lambda_phys_per_h: float) -> Curve:
        """The same curve as measured, with the physical decay in it."""
        if not self.decay_corrected:
            return self
        return self._scaled(self.decay_factor(lambda_phys_per_h), decay_corrected=False)

    def _scaled(self, factor: FloatArray, *, decay_corrected: bool) -> Curve:
        return replace(
            self,
            value=self.value * factor,
            sd=None if self.sd is None else self.sd * factor,
            decay_corrected=decay_corrected,
            reference_h=0.0,
        )

    def subset(self, keep: ArrayLike | slice) -> Curve:
        """The rows that a boolean mask or an index array keeps."""
        rows = keep if isinstance(keep, slice) else np.asarray(keep)
        return replace(
            self,
            time_h=self.time_h[rows],
            value=self.value[rows],
            sd=None if self.sd is None else self.sd[rows],
        )
