"""Values below the limit of quantification (BLQ), treated by rule: those that are written as such, zeros."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError

#: What is done with values below the limit of quantification (PKNCA's default): before the first measured
#: value they are 0, between measured values they are left out, after the last one they are 0.
BLQ_RULES: Mapping[str, str] = {"first": "keep", "middle": "drop", "last": "keep"}

#: Methods for values below the limit, by their numbers in Beal, J Pharmacokinet Pharmacodyn 2001;28:481-504,
#: and PKNCA's default. (His M2 to M4 are likelihoods of censored values, which least squares do not have.)
BLQ_METHODS: Mapping[str, str] = {
    "M1": "left out",
    "M5": "half of the limit",
    "M6": "half of the limit for the first of a run (the last of one at the beginning), others left out",
    "M7": "0",
    "PKNCA": "0 before the first and after the last measured value, left out between",
}


@dataclass(frozen=True)
class BlqPoint:
    """A point below the limit of quantification, and what was made of it.

    time_h : hours after administration.
    limit : the limit of quantification in the curve's unit; None: not known.
    value : what it was set to; None: left out.
    sd : standard deviation of that value as one that lies anywhere between 0 and the limit; None where the
        limit is not known.

    Examples
    --------
    >>> BlqPoint(96.0, 0.1).words()
    '96 h (< 0.1): left out'
    """

    time_h: float
    limit: float | None
    value: float | None = None
    sd: float | None = None

    def words(self) -> str:
        """Time, limit and what was done.

        >>> BlqPoint(96.0, 0.1, 0.05, 0.029).words()
        '96 h (< 0.1): set to 0.05'
        """
        limit = "" if self.limit is None else f" (< {self.limit:g})"
        return f"{self.time_h:g} h{limit}: {'left out' if self.value is None else f'set to {self.value:g}'}"


def blq_points(
    time_h: Sequence[float], limit: Sequence[float | None], measured_h: Sequence[float], method: str
) -> list[BlqPoint]:
    """What a method makes of the points of a curve that are below the limit of quantification.

    Parameters
    ----------
    time_h : times of those points, h.
    limit : the limit of each, in the curve's unit; None where it is not known.
    measured_h : times of the points that were measured.
    method : a key of :data:`BLQ_METHODS`.

    Returns
    -------
    The points in order of time. A value is known to lie between 0 and the limit L, each as likely: about
    half of the limit its standard deviation is L/sqrt(12), about 0 L/sqrt(3) (JCGM 100:2008, 4.3.7).

    Raises
    ------
    KineticsError : an unknown method; no measured point; half of a limit that is not known, or not above 0.

    Examples
    --------
    >>> [p.words() for p in blq_points([96, 144], [0.1, 0.1], [1, 24, 48], "M6")]
    ['96 h (< 0.1): set to 0.05', '144 h (< 0.1): left out']
    """
    if method not in BLQ_METHODS:
        raise KineticsError(f"BLQ method '{method}' is unknown; there are: {blq_choices()}")
    if not len(measured_h):
        raise KineticsError("every value is below the limit of quantification")
    first, last = min(measured_h), max(measured_h)
    pairs = sorted(zip(time_h, limit, strict=True), key=lambda pair: pair[0])
    found = []
    for i, (t, low) in enumerate(pairs):
        if low is not None and not (math.isfinite(low) and low > 0):
            raise KineticsError(f"limit of quantification {low:g} at {t:g} h; a number above 0 is needed")
        half = method == "M5"
        if method == "M6":
            previous = pairs[i - 1][0] if i else -math.inf
            following = pairs[i + 1][0] if i + 1 < len(pairs) else math.inf
            half = following > first if t < first else any(previous < m < t for m in measured_h)
        zero = method == "M7" or (method == "PKNCA" and not first < t < last)
        if half and low is None:
            raise KineticsError(
                f"{method} needs the limit at {t:g} h, which is not known; write it, e.g. <0.1, or take M1"
            )
        if half or zero:
            sd = None if low is None else low / math.sqrt(12.0 if half else 3.0)
            found.append(BlqPoint(t, low, 0.5 * low if half and low is not None else 0.0, sd))
        else:
            found.append(BlqPoint(t, low))
    return found


def blq_choices(methods: Sequence[str] = tuple(BLQ_METHODS)) -> str:
    """The methods with what each does, for messages.

    >>> blq_choices(["M1", "M7"])
    "'M1' (left out), 'M7' (0)"
    """
    return ", ".join(f"'{m}' ({BLQ_METHODS[m]})" for m in methods)


def apply_blq(curve: Curve, rules: Mapping[str, str] | None = None) -> tuple[Curve, list[str]]:
    """A curve whose zeros (values below the limit of quantification) were treated by rule, and notes.

    Parameters
    ----------
    curve : zeros in it are values below the limit.
    rules : "keep" (0) or "drop" for "first", "middle", "last"; None: :data:`BLQ_RULES`.

    Raises
    ------
    KineticsError : an unknown rule, or no value above 0.

    Examples
    --------
    >>> curve = Curve(time_h=[1, 2, 3, 4], value=[5, 0, 2, 0], unit="mg/L", decay_corrected=True)
    >>> kept, notes = apply_blq(curve)
    >>> kept.time_h.tolist(), notes[0]
    ([1.0, 3.0, 4.0], 'below the limit of quantification at 2 h (middle): left out')
    """
    chosen = dict(BLQ_RULES) | dict(rules or {})
    for place, what in chosen.items():
        if place not in BLQ_RULES or what not in ("keep", "drop"):
            raise KineticsError(f"BLQ rule '{place}: {what}': first, middle or last; keep or drop")
    measured = np.flatnonzero(curve.value > 0)
    if measured.size == 0:
        raise KineticsError(f"{curve.name}: no value above 0")
    index = np.arange(len(curve))
    places = {
        "first": index < measured[0],
        "middle": (index > measured[0]) & (index < measured[-1]) & (curve.value <= 0),
        "last": index > measured[-1],
    }
    keep, notes = np.ones(len(curve), dtype=bool), []
    for place, rows in places.items():
        if rows.any():
            done = "taken as 0" if chosen[place] == "keep" else "left out"
            at = ", ".join(f"{t:g}" for t in curve.time_h[rows])
            notes.append(f"below the limit of quantification at {at} h ({place}): {done}")
            if chosen[place] == "drop":
                keep &= ~rows
    return (curve if keep.all() else curve.subset(keep)), notes
