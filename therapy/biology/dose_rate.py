"""Dose rates over time: sums of exponentials, and pieces between points with an exponential tail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from therapy.biology.convolutions import exact, integral

FloatArray = NDArray[np.float64]

#: Constants in 1/h that a dose rate or a repair can have: half-times of 2.5 us to 80,000 years.
SMALLEST_PER_H, LARGEST_PER_H = 1e-9, 1e9
#: Between two points of a :class:`PiecewiseDoseRate`.
BETWEEN = ("linear", "exponential")
#: A sum of exponentials below 0 by less than this share of its amplitudes is 0 with rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Piece:
    """A dose rate from one time to another: the sum of c s^p exp(-k s), s from the piece's start.

    terms : (p, k in 1/h) -> c, in Gy/h (p = 0) or Gy/h^2 (p = 1).
    """

    start_h: float
    end_h: float
    terms: dict[tuple[int, Decimal], Decimal]


@dataclass(frozen=True, eq=False, repr=False)
class DoseRate:
    """The dose rate of one cycle as a sum of exponentials: sum of a_i exp(-k_i t), t from the cycle's start.

    Parameters
    ----------
    amplitude_Gy_per_h : (n,) a_i; those of uptake phases are negative.
    rate_per_h : (n,) k_i, above 0: effective constants, physical decay in them.

    Raises
    ------
    DosimetryError : other lengths, a rate that is not above 0, a dose rate below 0 at some time, no dose.

    Examples
    --------
    >>> kidneys = DoseRate([0.05, -0.03], [0.0135, 0.5])  # uptake with a half-time of 1.4 h
    >>> round(kidneys.dose_Gy, 4)
    3.6437
    >>> round(float(kidneys.at(24.0)), 5)
    0.03616
    """

    amplitude_Gy_per_h: FloatArray
    rate_per_h: FloatArray
    dose_Gy: float = field(init=False)

    def __post_init__(self) -> None:
        a = _numbers(self.amplitude_Gy_per_h, "amplitudes of a dose rate")
        k = _numbers(self.rate_per_h, "rates of a dose rate")
        object.__setattr__(self, "amplitude_Gy_per_h", a)
        object.__setattr__(self, "rate_per_h", k)
        if a.size != k.size or a.size == 0:
            raise DosimetryError(
                f"a dose rate has {a.size} amplitudes and {k.size} rates; as many are needed"
            )
        for value in k:
            check_constant(float(value), "a rate of the dose rate")
        _check_sum(a, k)
        object.__setattr__(self, "dose_Gy", _dose(self.pieces()))
        if not self.dose_Gy > 0.0:
            raise DosimetryError(f"the dose rate has a dose of {self.dose_Gy:g} Gy; above 0 is needed")

    def at(self, time_h: ArrayLike) -> FloatArray:
        """Dose rate at times after the start, Gy/h; 0 before it."""
        t = np.asarray(time_h, dtype=np.float64)
        late = np.maximum(t, 0.0)[..., None]
        found: FloatArray = np.where(
            t < 0.0, 0.0, (self.amplitude_Gy_per_h * np.exp(-self.rate_per_h * late)).sum(-1)
        )
        return found

    def times(self, factor: float) -> DoseRate:
        """The dose rate times a number above 0 (e.g. MBq, of a dose rate per MBq)."""
        return replace(self, amplitude_Gy_per_h=self.amplitude_Gy_per_h * check_factor(factor))

    def pieces(self) -> tuple[Piece, ...]:
        """As :func:`therapy.biology.interaction.interaction` takes it."""
        terms: dict[tuple[int, Decimal], Decimal] = {}
        for a, k in zip(self.amplitude_Gy_per_h.tolist(), self.rate_per_h.tolist(), strict=True):
            key = (0, Decimal(k))
            terms[key] = terms.get(key, Decimal(0)) + Decimal(a)
        return (Piece(0.0, math.inf, terms),)

    def __repr__(self) -> str:
        parts = zip(self.amplitude_Gy_per_h, self.rate_per_h, strict=True)
        return (
            f"<DoseRate: {self.dose_Gy:.4g} Gy, {' + '.join(f'{a:.4g} exp(-{k:.4g} t)' for a, k in parts)}>"
        )


@dataclass(frozen=True, eq=False, repr=False)
class PiecewiseDoseRate:
    """The dose rate of one cycle through points: between two of them a line or an exponential, then a tail.

    Parameters
    ----------
    time_h : (n,) from the cycle's start, ascending, the first 0.
    rate_Gy_per_h : (n,) 0 or above.
    tail_rate_per_h : constant of the exponential after the last point; None: nothing after it.
    tail_Gy_per_h : what that exponential begins with at the last point; None: with the last value.
    between : "linear", "exponential", or one of these for each of the n - 1 intervals. An exponential is
        taken only between two values above 0; else the interval is linear, as the trapezoid rules have it.
    decay_per_h : "linear" means a line of the decay-corrected dose rate with this constant: the rate is
        (a + b t) exp(-decay_per_h t), as the area rule "linear-decay-corrected" has it. 0: a plain line.

    Raises
    ------
    DosimetryError : times that do not ascend from 0, a negative rate, no dose.

    Examples
    --------
    >>> PiecewiseDoseRate([0, 10], [0.2, 0.1], tail_rate_per_h=0.05).dose_Gy  # 1.5 Gy, then 0.1/0.05
    3.5
    """

    time_h: FloatArray
    rate_Gy_per_h: FloatArray
    tail_rate_per_h: float | None = None
    between: str | Sequence[str] = field(default="linear", kw_only=True)
    decay_per_h: float = field(default=0.0, kw_only=True)
    tail_Gy_per_h: float | None = field(default=None, kw_only=True)
    dose_Gy: float = field(init=False)

    def __post_init__(self) -> None:
        t = _numbers(self.time_h, "times of a dose rate")
        v = _numbers(self.rate_Gy_per_h, "values of a dose rate")
        rules = (self.between,) * (t.size - 1) if isinstance(self.between, str) else tuple(self.between)
        for name, value in (("time_h", t), ("rate_Gy_per_h", v), ("between", rules)):
            object.__setattr__(self, name, value)
        if t.size != v.size or t.size == 0:
            raise DosimetryError(f"a dose rate has {t.size} times and {v.size} values; as many are needed")
        if t[0] != 0.0 or np.any(np.diff(t) <= 0.0):
            raise DosimetryError(
                f"times of a dose rate ascend from 0; they are {', '.join(f'{x:g}' for x in t)} h"
            )
        if np.any(v < 0.0):
            i = int(np.flatnonzero(v < 0.0)[0])
            raise DosimetryError(f"the dose rate at {t[i]:g} h is {v[i]:g} Gy/h; it cannot be below 0")
        if len(rules) != t.size - 1 or not set(rules) <= set(BETWEEN):
            raise DosimetryError(
                f"between points of a dose rate: {', '.join(rules)}; one of {' or '.join(BETWEEN)} for"
                f" each of {t.size - 1} intervals is needed"
            )
        if self.tail_rate_per_h is not None:
            check_constant(self.tail_rate_per_h, "the rate of the tail")
        if self.tail_Gy_per_h is not None and not 0.0 <= self.tail_Gy_per_h < math.inf:
            raise DosimetryError(
                f"the tail of the dose rate begins with {self.tail_Gy_per_h:g} Gy/h; 0 or more"
            )
        if self.decay_per_h != 0.0:
            check_constant(self.decay_per_h, "the decay constant between points")
        object.__setattr__(self, "dose_Gy", _dose(self.pieces()))
        if not self.dose_Gy > 0.0:
            raise DosimetryError("every value of the dose rate is 0; a dose above 0 is needed")

    def at(self, time_h: ArrayLike) -> FloatArray:
        """Dose rate at times after the start, Gy/h; 0 before it."""
        t = np.asarray(time_h, dtype=np.float64)
        found: FloatArray = np.zeros(t.shape)
        for piece in self.pieces():
            s = np.clip(t - piece.start_h, 0.0, None)
            value = sum(float(c) * s**p * np.exp(-float(k) * s) for (p, k), c in piece.terms.items())
            found = np.where((t >= piece.start_h) & (t < piece.end_h), value, found)
        return found

    def times(self, factor: float) -> PiecewiseDoseRate:
        """The dose rate times a number above 0 (e.g. MBq, of a dose rate per MBq)."""
        tail = None if self.tail_Gy_per_h is None else self.tail_Gy_per_h * factor
        return replace(self, rate_Gy_per_h=self.rate_Gy_per_h * check_factor(factor), tail_Gy_per_h=tail)

    def pieces(self) -> tuple[Piece, ...]:
        """As :func:`therapy.biology.interaction.interaction` takes it."""
        t, v = self.time_h.tolist(), self.rate_Gy_per_h.tolist()
        found = []
        for i, rule in enumerate(self.between):
            length = t[i + 1] - t[i]
            if rule == "exponential" and v[i] > 0.0 and v[i + 1] > 0.0:
                k = Decimal(math.log(v[i] / v[i + 1]) / length)
                terms = {(0, k): Decimal(v[i])}
            else:
                k = Decimal(self.decay_per_h)
                with exact():
                    back = Decimal(v[i + 1]) * (k * Decimal(length)).exp()
                    terms = {(0, k): Decimal(v[i]), (1, k): (back - Decimal(v[i])) / Decimal(length)}
            found.append(Piece(t[i], t[i + 1], terms))
        if self.tail_rate_per_h is not None:
            begins = v[-1] if self.tail_Gy_per_h is None else self.tail_Gy_per_h
            found.append(Piece(t[-1], math.inf, {(0, Decimal(self.tail_rate_per_h)): Decimal(begins)}))
        return tuple(found)

    def __repr__(self) -> str:
        return f"<PiecewiseDoseRate: {self.dose_Gy:.4g} Gy, {self.time_h.size} points>"


@dataclass(frozen=True, eq=False, repr=False)
class SummedDoseRate:
    """The sum of several dose rates of one cycle, e.g. of the activity in several source regions.

    Raises
    ------
    DosimetryError : there is none of them.

    Examples
    --------
    >>> own = PiecewiseDoseRate([0, 10], [0.2, 0.1], tail_rate_per_h=0.05)
    >>> SummedDoseRate((own, DoseRate([0.01], [0.02]))).dose_Gy
    4.0
    """

    parts: tuple[DoseRate | PiecewiseDoseRate, ...]

    def __post_init__(self) -> None:
        if not self.parts:
            raise DosimetryError("a sum of dose rates has none; one at least is needed")

    @property
    def dose_Gy(self) -> float:
        """Dose of all parts."""
        return math.fsum(part.dose_Gy for part in self.parts)

    def at(self, time_h: ArrayLike) -> FloatArray:
        """Dose rate at times after the start, Gy/h; 0 before it."""
        found: FloatArray = np.sum([part.at(time_h) for part in self.parts], axis=0)
        return found

    def times(self, factor: float) -> SummedDoseRate:
        """The dose rate times a number above 0 (e.g. MBq, of a dose rate per MBq)."""
        return SummedDoseRate(tuple(part.times(factor) for part in self.parts))

    def pieces(self) -> tuple[Piece, ...]:
        """As :func:`therapy.biology.interaction.interaction` takes it."""
        return tuple(piece for part in self.parts for piece in part.pieces())

    def __repr__(self) -> str:
        return f"<SummedDoseRate: {self.dose_Gy:.4g} Gy, {len(self.parts)} parts>"


#: What a cycle's dose rate can be.
AnyDoseRate = DoseRate | PiecewiseDoseRate | SummedDoseRate


def check_constant(value: float, what: str) -> float:
    """A constant in 1/h; DosimetryError where it is not a number that one can be."""
    if not (math.isfinite(value) and SMALLEST_PER_H <= value <= LARGEST_PER_H):
        raise DosimetryError(
            f"{what} is {value:g}/h; a number from {SMALLEST_PER_H:g} to {LARGEST_PER_H:g} is needed"
        )
    return value


def check_factor(factor: float) -> float:
    """A factor above 0."""
    if not (math.isfinite(factor) and factor > 0.0):
        raise DosimetryError(f"a dose rate times {factor:g}; a number above 0 is needed")
    return factor


def _numbers(values: ArrayLike, what: str) -> FloatArray:
    """(n,) finite numbers."""
    found = np.array(values, dtype=np.float64, ndmin=1)
    if found.ndim != 1 or not np.all(np.isfinite(found)):
        raise DosimetryError(f"{what} are not a list of finite numbers")
    found.flags.writeable = False
    return found


def _dose(pieces: Sequence[Piece]) -> float:
    """Dose of all pieces, Gy."""
    found = Decimal(0)
    with exact():
        for piece in pieces:
            length = None if piece.end_h == math.inf else Decimal(piece.end_h) - Decimal(piece.start_h)
            for (power, k), c in piece.terms.items():
                found += c * integral((k,) * (power + 1), length)
    return float(found)


def _check_sum(a: FloatArray, k: FloatArray) -> None:
    """A sum of exponentials that is nowhere below 0.

    Its slowest part must be positive, and so must its value at 0. Between, it is looked at on a grid of times
    whose steps are far shorter than the half-time of anything that can bend it.
    """
    if np.all(a >= 0.0):
        return
    slowest = a[k == k.min()].sum()
    first = 1e-4 / k.max()
    last = 60.0 / k.min()
    t = np.concatenate([[0.0], np.geomspace(first, last, 4000)])
    parts = a * np.exp(-k * t[:, None])
    value, size = parts.sum(1), np.abs(parts).sum(1)
    low = value < -_ROUNDING * size
    if slowest < 0.0 or np.any(low):
        i = int(np.argmin(np.where(low, value, np.inf))) if np.any(low) else t.size - 1
        raise DosimetryError(
            f"the dose rate is below 0 at {t[i]:.4g} h ({value[i]:.4g} Gy/h): the negative amplitudes"
            " (uptake) are larger than the others there; a dose rate cannot be negative"
        )
