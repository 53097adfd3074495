"""Values below the limit of quantification (BLQ): zeros in a curve, treated by rule."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError

#: What is done with values below the limit of quantification (PKNCA's default): before the first measured
#: value they are 0, between measured values they are left out, after the last one they are 0.
BLQ_RULES: Mapping[str, str] = {"first": "keep", "middle": "drop", "last": "keep"}


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
