"""A time-activity curve: times, values, their standard deviations, the unit and the decay state."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from kinetics.curves.decay import HasHalfLife, agreed, known_decay
from kinetics.errors import KineticsError

FloatArray = NDArray[np.float64]

#: Physical half-lives after administration beyond which times or half-life are taken for a mistake.
MOST_HALF_LIVES = 200.0


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
    scale_relative_sd : relative standard deviation of a factor common to all values (the standard of a gamma
        counter), which is no part of ``sd``.
    common_sd : (K, N) signed standard deviations in ``unit`` that K independent sources bring to several
        values at once (a blank that is subtracted from all); they are part of ``sd``. None: there are none.
    normalised_at_h : time of the reading that all values were divided by (a probe's first); its ``sd`` is
        then the divisor's too, and enters once. None: not normalised to a reading of its own.
    half_life_h : physical half-life in h, ``math.inf`` for a stable label; or ``lambda_phys_per_h``, the
        decay constant in 1/h, 0 for a stable label; or
    nuclide : an object with ``name`` and ``half_life_h`` (``dosimetry.nuclide("Zr-89")``), of which the curve
        keeps the name. What is known stays with the curve through every change of it, so that no function
        needs to be told again; None of the three: not known.

    Raises
    ------
    KineticsError : lengths differ, a number isn't finite, a time is negative or occurs twice,
        a standard deviation isn't above 0, common parts without ``sd`` or larger than it, two half-lives
        that contradict.

    Examples
    --------
    >>> curve = Curve(
    ...     time_h=[1, 24, 72], value=[98, 75, 44], unit="%IA", decay_corrected=False, half_life_h=78.41
    ... )
    >>> curve
    Curve 'curve': 3 points from 1 to 72 h, %IA, not decay-corrected, half-life 78.41 h
    >>> curve.corrected().value.round(1)
    array([98.9, 92.7, 83.2])
    """

    time_h: FloatArray
    value: FloatArray
    unit: str
    decay_corrected: bool
    sd: FloatArray | None = None
    name: str = "curve"
    reference_h: float = 0.0
    scale_relative_sd: float = 0.0
    common_sd: FloatArray | None = None
    normalised_at_h: float | None = None
    half_life_h: float | None = None
    lambda_phys_per_h: float | None = None
    nuclide: HasHalfLife | str | None = None

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
                f"{self.name}: time {time[0]:g} h is negative; hours after administration are needed"
            )
        twice = np.flatnonzero(np.diff(time) == 0)
        if twice.size:
            raise KineticsError(f"{self.name}: time {time[twice[0]]:g} h occurs twice; average or drop one")
        if sd is not None and np.any(sd <= 0):
            bad = order[np.flatnonzero(sd[order] <= 0)[0]]
            raise KineticsError(
                f"{self.name}: sd {sd[bad]:g} at {self._column('time_h', self.time_h)[bad]:g} h;"
                " a standard deviation above 0 is needed (or leave the column out)"
            )
        if not (math.isfinite(self.scale_relative_sd) and self.scale_relative_sd >= 0):
            raise KineticsError(f"{self.name}: scale_relative_sd {self.scale_relative_sd} must be 0 or above")
        common = None
        if self.common_sd is not None:
            common = self._common(sd)[:, order]
        if self.normalised_at_h is not None:
            at = np.flatnonzero(time == self.normalised_at_h)
            if at.size != 1 or sd is None or not value[order][at[0]] > 0:
                raise KineticsError(
                    f"{self.name}: normalised at {self.normalised_at_h:g} h; a reading above 0 at that time,"
                    " with an sd, is needed"
                )
        for column, array in (
            ("time_h", time),
            ("value", value[order]),
            ("sd", None if sd is None else sd[order]),
            ("common_sd", common),
        ):
            if array is not None:
                array.setflags(write=False)
            object.__setattr__(self, column, array)
        decay = known_decay(self.name, self.half_life_h, self.lambda_phys_per_h, self.nuclide)
        for field, known in decay._asdict().items():
            object.__setattr__(self, field, known)

    def __repr__(self) -> str:
        points = f"{len(self)} point{'s' * (len(self) != 1)} from {self.time_h[0]:g} to {self.time_h[-1]:g} h"
        if not self.decay_corrected:
            state = "not decay-corrected"
        else:
            state = f"decay-corrected to {self.reference_h:g} h"
        if self.half_life_h is None:
            decay = "half-life not known"
        else:
            decay = f"half-life {self.half_life_h:.6g} h" if self.lambda_phys_per_h else "stable label"
        of = f" of {self.nuclide}" if self.nuclide else ""
        return f"Curve '{self.name}'{of}: {points}, {self.unit or 'no unit'}, {state}, {decay}"

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

    def _common(self, sd: FloatArray | None) -> FloatArray:
        """(K, N) checked common parts."""
        common = np.atleast_2d(np.array(self.common_sd, dtype=np.float64))
        if sd is None or common.ndim != 2 or common.shape[1] != sd.size or not np.all(np.isfinite(common)):
            raise KineticsError(f"{self.name}: common_sd needs an sd, and a finite number for each value")
        if np.any((common**2).sum(0) > sd**2 * (1 + 1e-9)):
            raise KineticsError(f"{self.name}: common_sd is part of sd and can't be larger")
        return common

    def error_factors(self, variance: FloatArray, *, scale: bool = True) -> FloatArray:
        """(N, M) factors F of the values' covariance F F^T, one column an independent source of error.

        Parameters
        ----------
        variance : (N,) of each value before normalisation, as an error model has it; what is common to
            several values is taken out of it, the rest is each value's own.
        scale : whether ``scale_relative_sd`` is in it.

        Notes
        -----
        With own variances s^2, common parts c and a reading n that all were divided by, to first order
        V = T (diag(s^2) + sum c c^T) T^T + scale^2 y y^T, T = I - (y/y_n) e_n^T: the normalising reading is
        exact by definition, and its error is in all others.
        """
        common = np.zeros((0, len(self))) if self.common_sd is None else self.common_sd
        own = np.sqrt(np.maximum(variance - (common**2).sum(0), 0.0))
        factors = np.concatenate([np.diag(own), common.T], axis=1)
        if self.normalised_at_h is not None:
            at = int(np.flatnonzero(self.time_h == self.normalised_at_h)[0])
            factors = factors - np.outer(self.value / self.value[at], factors[at])
        if scale and self.scale_relative_sd:
            factors = np.concatenate([factors, self.scale_relative_sd * self.value[:, None]], axis=1)
        return factors

    def carried(self, weights: FloatArray, variance: FloatArray, *, scale: bool = True) -> FloatArray:
        """(P, M) ``weights`` (P, N) times :meth:`error_factors`, without their (N, M) numbers.

        For curves of many points: what is each value's own is a diagonal.
        """
        common = np.zeros((0, len(self))) if self.common_sd is None else self.common_sd
        own = np.sqrt(np.maximum(variance - (common**2).sum(0), 0.0))
        turned = weights
        if self.normalised_at_h is not None:
            at = int(np.flatnonzero(self.time_h == self.normalised_at_h)[0])
            turned = weights.copy()
            turned[:, at] -= weights @ (self.value / self.value[at])
        parts = [turned * own, turned @ common.T]
        if scale and self.scale_relative_sd:
            parts.append(self.scale_relative_sd * (weights @ self.value)[:, None])
        return np.concatenate(parts, axis=1)

    def covariance(self) -> FloatArray | None:
        """(N, N) covariance of the values, with all that is common to them; None without ``sd``."""
        if self.sd is None:
            return None
        factors = self.error_factors(self.sd**2)
        return np.asarray(factors @ factors.T, dtype=np.float64)

    def __len__(self) -> int:
        return int(self.time_h.size)

    def constant(self, lambda_phys_per_h: float | None = None) -> float:
        """The decay constant in 1/h: the curve's own or the given one, checked against the curve's times.

        Raises
        ------
        KineticsError : both are known and differ; none is known; by the last time, more than
            :data:`MOST_HALF_LIVES` have passed.
        """
        lam = agreed(self.name, self.lambda_phys_per_h, lambda_phys_per_h)
        if lam is None:
            raise KineticsError(
                f"{self.name}: the half-life is not known; make the curve with half_life_h=... in hours"
                " (math.inf for a stable label) or nuclide=..., or give lambda_phys_per_h=..."
            )
        passed = lam * float(self.time_h[-1]) / math.log(2)
        if passed > MOST_HALF_LIVES:
            raise KineticsError(
                f"{self.name}: {self.time_h[-1]:g} h is {passed:.3g} physical half-lives after"
                " administration, where nothing is left to measure: are times and half-life in hours?"
            )
        return lam

    def decay_factor(self, lambda_phys_per_h: float | None = None) -> FloatArray:
        """(N,) exp(-lambda_phys (t - reference)): measured value = corrected value x this factor."""
        return np.exp(-self.constant(lambda_phys_per_h) * (self.time_h - self.reference_h))

    def corrected(self, lambda_phys_per_h: float | None = None) -> Curve:
        """The same curve, decay-corrected to the time of administration.

        One that is so already needs no half-life.
        """
        given = lambda_phys_per_h if lambda_phys_per_h is not None else self.lambda_phys_per_h
        if self.decay_corrected and self.reference_h == 0.0 and given is None:
            return self
        if self.decay_corrected:
            factor = np.full(len(self), math.exp(self.constant(lambda_phys_per_h) * self.reference_h))
        else:
            factor = np.exp(self.constant(lambda_phys_per_h) * self.time_h)
        return self._scaled(factor, decay_corrected=True)

    def uncorrected(self, lambda_phys_per_h: float | None = None) -> Curve:
        """The same curve as measured, with the physical decay in it."""
        if not self.decay_corrected:
            return self
        return self._scaled(self.decay_factor(lambda_phys_per_h), decay_corrected=False)

    def _scaled(self, factor: FloatArray, *, decay_corrected: bool) -> Curve:
        return replace(
            self,
            value=self.value * factor,
            sd=None if self.sd is None else self.sd * factor,
            common_sd=None if self.common_sd is None else self.common_sd * factor,
            decay_corrected=decay_corrected,
            reference_h=0.0,
        )

    def subset(self, keep: ArrayLike | slice) -> Curve:
        """The rows that a boolean mask or an index array keeps.

        Without the reading that all were normalised to, its error is a common part of those that stay.
        """
        rows = keep if isinstance(keep, slice) else np.asarray(keep)
        sd, common, at = self.sd, self.common_sd, self.normalised_at_h
        if sd is not None and at is not None and at not in self.time_h[rows]:
            factors = self.error_factors(sd**2, scale=False)
            sd, at = np.sqrt((factors**2).sum(1)), None
            common = factors.T[np.count_nonzero(np.abs(factors) > 0, axis=0) > 1]
            sd = np.where(sd > 0, sd, 1.0)  # of the reading that goes
        return replace(
            self,
            time_h=self.time_h[rows],
            value=self.value[rows],
            sd=None if sd is None else sd[rows],
            common_sd=None if common is None else common[:, rows],
            normalised_at_h=at,
        )
