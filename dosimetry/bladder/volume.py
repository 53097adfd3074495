"""The volume of a bladder's contents: what stays after a void, and urine that flows in."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError

DAY_H = 24.0
#: Largest volume that is taken: more is a mistake in a flow or an interval.
MOST_ML = 4000.0
#: Smallest: below it the range of electrons is no longer small against the contents' size.
LEAST_ML = 1.0


@dataclass(frozen=True, kw_only=True)
class BladderVolume:
    """Volume of the contents as it grows: V = V after the last void + flow of urine since then.

    Parameters
    ----------
    after_void_mL : what stays after each void, mL, 1 or more.
    flow_mL_per_h : flow of urine, mL/h, 0 or above.
    at_start_mL : at the administration, mL; None: as after a void.
    night_flow_mL_per_h : flow at night, mL/h; None: as by day. MIRD Pamphlet 14 revised takes half the day's.
    night_starts_h, night_lasts_h : when a night begins, h after administration, and how long it is, h; it
        comes back every 24 h.

    Raises
    ------
    DosimetryError : a volume outside 1 to 4000 mL, a flow below 0, a night without its times or longer than a
        day; all of them.

    Examples
    --------
    >>> volume = BladderVolume(after_void_mL=10.0, flow_mL_per_h=60.0)
    >>> volume.at([1.0, 3.0, 4.0], [0.0, 3.0]).tolist()  # voided at 3 h
    [70.0, 10.0, 70.0]
    """

    after_void_mL: float
    flow_mL_per_h: float
    at_start_mL: float | None = None
    night_flow_mL_per_h: float | None = None
    night_starts_h: float | None = None
    night_lasts_h: float | None = None

    def __post_init__(self) -> None:
        wrong = []
        for name, value in (("after a void", self.after_void_mL), ("at the start", self.at_start_mL)):
            if value is not None and not (math.isfinite(value) and LEAST_ML <= value <= MOST_ML):
                wrong.append(
                    f"the bladder's volume {name} is {value:g} mL; {LEAST_ML:g} to {MOST_ML:g} is allowed"
                )
        for name, value in (("flow", self.flow_mL_per_h), ("flow at night", self.night_flow_mL_per_h)):
            if value is not None and not (math.isfinite(value) and 0.0 <= value <= MOST_ML):
                wrong.append(f"the {name} of urine is {value:g} mL/h; 0 to {MOST_ML:g} is allowed")
        night = (self.night_flow_mL_per_h, self.night_starts_h, self.night_lasts_h)
        if any(n is None for n in night) and any(n is not None for n in night):
            wrong.append("a night needs its flow, when it begins, and how long it is: all three, or none")
        for name, value in (("begins", self.night_starts_h), ("lasts", self.night_lasts_h)):
            if value is not None and not (math.isfinite(value) and 0.0 <= value <= DAY_H):
                wrong.append(f"the night {name} {value:g} h; 0 to 24 is allowed")
        if wrong:
            raise DosimetryError(*wrong)

    def _flown(self, time_h: NDArray[np.float64]) -> NDArray[np.float64]:
        """Urine that has flown since some time, mL: differences are what counts."""
        if self.night_flow_mL_per_h is None or self.night_starts_h is None or self.night_lasts_h is None:
            return self.flow_mL_per_h * time_h
        since = time_h - self.night_starts_h
        hours = np.floor(since / DAY_H) * self.night_lasts_h
        hours += np.minimum(np.mod(since, DAY_H), self.night_lasts_h)
        return self.flow_mL_per_h * time_h - (self.flow_mL_per_h - self.night_flow_mL_per_h) * hours

    def at(self, time_h: ArrayLike, starts_h: ArrayLike) -> NDArray[np.float64]:
        """(N,) volume in mL at times (N,), given when filling began: 0 and the times of voids (at a void:
        after it)."""
        time, starts = np.asarray(time_h, dtype=float), np.asarray(starts_h, dtype=float)
        last = np.maximum(np.searchsorted(starts, time, side="right") - 1, 0)
        first = self.after_void_mL if self.at_start_mL is None else self.at_start_mL
        base = np.where(last == 0, first, self.after_void_mL)
        found: NDArray[np.float64] = base + self._flown(time) - self._flown(starts[last])
        return found

    def edges_h(self, until_h: float) -> NDArray[np.float64]:
        """Times at which the flow changes."""
        if self.night_starts_h is None or self.night_lasts_h is None:
            return np.empty(0)
        days = np.arange(-1.0, until_h // DAY_H + 1.0) * DAY_H + self.night_starts_h
        both = np.concatenate([days, days + self.night_lasts_h])
        return np.asarray(np.sort(both[(both > 0.0) & (both < until_h)]))
