"""A course of therapy: cycles with their starts and activities, and what was measured in each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from dosimetry.patients.patient import Place
    from kinetics.curves.curve import Curve

#: More is given to nobody in one cycle: 100 GBq. High-dose 131I-MIBG, the largest, comes to some 60 GBq.
MOST_CYCLE_MBQ = 1e5
#: Less of an emitter of photons and electrons is no therapy; alpha emitters are given in a few MBq.
LEAST_CYCLE_MBQ = 100.0
#: Cycles of one course, and hours that it can last.
MOST_CYCLES, MOST_COURSE_H = 50, 20 * 365.25 * 24


@dataclass(frozen=True, kw_only=True)
class Cycle:
    """One administration.

    number : 1, 2, 3 ...
    start : date and time of the administration; its date alone where ``day_only``.
    administered_MBq : above 0.
    row : in its table, for messages.

    Raises
    ------
    DosimetryError : a number below 1, an activity that nobody is given.

    Examples
    --------
    >>> cycle = Cycle(number=1, start=datetime(2026, 3, 2, 10, 30), administered_MBq=7400.0)
    >>> cycle.administered_MBq
    7400.0
    """

    number: int
    start: datetime
    administered_MBq: float
    day_only: bool = False
    row: int | None = None

    def __post_init__(self) -> None:
        if self.number < 1:
            raise DosimetryError(f"cycle {self.number}: cycles are counted from 1")
        if not (math.isfinite(self.administered_MBq) and 0.0 < self.administered_MBq <= MOST_CYCLE_MBQ):
            raise DosimetryError(
                f"cycle {self.number}: administered activity is {self.administered_MBq:g} MBq; above 0 and at"
                f" most {MOST_CYCLE_MBQ:g} MBq (100 GBq) is allowed in one cycle"
            )

    @property
    def said_start(self) -> str:
        """The start as tables have it."""
        return self.start.date().isoformat() if self.day_only else self.start.isoformat()


@dataclass(frozen=True, kw_only=True)
class Course:
    """The cycles of one patient, ascending.

    measured : number of the cycle that the study's tables of curves are of.
    scans : cycle's number -> "whole body", "serum" or source region -> curve of what was measured then, one
        point or several, in the unit of the measured cycle's curve.
    lesion_scans : cycle's number -> lesion -> curve.
    places : (cycle's number, region or lesion) -> where its scans stand.

    Raises
    ------
    DosimetryError : no cycles, numbers that are not 1, 2, 3 ..., starts that do not ascend by a day or more,
        no measured cycle among them.

    Examples
    --------
    >>> first = Cycle(number=1, start=datetime(2026, 3, 2), administered_MBq=7400.0, day_only=True)
    >>> second = Cycle(number=2, start=datetime(2026, 4, 27), administered_MBq=7350.0, day_only=True)
    >>> course = Course(patient="P01", cycles=(first, second))
    >>> course.start_h(2), course.administered_MBq
    (1344.0, 14750.0)
    """

    patient: str
    cycles: tuple[Cycle, ...]
    measured: int = 1
    scans: Mapping[int, Mapping[str, Curve]] = field(default_factory=dict)
    lesion_scans: Mapping[int, Mapping[str, Curve]] = field(default_factory=dict)
    places: Mapping[tuple[int, str], Place] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.cycles:
            raise DosimetryError(f"patient '{self.patient}': a course has one cycle or more")
        numbers = [c.number for c in self.cycles]
        if numbers != list(range(1, len(numbers) + 1)):
            raise DosimetryError(
                f"patient '{self.patient}': cycles {', '.join(map(str, numbers))}; they are 1, 2, 3 ... in"
                " order, none left out"
            )
        for before, after in zip(self.cycles, self.cycles[1:], strict=False):
            if (before.start.tzinfo is None) != (after.start.tzinfo is None):
                raise DosimetryError(
                    f"patient '{self.patient}': the starts of cycles {before.number} and {after.number}: one"
                    " has a time zone and one has none; give it to both, or to neither"
                )
            if after.start.date() <= before.start.date():
                raise DosimetryError(
                    f"patient '{self.patient}': cycle {after.number} starts on {after.said_start}, which is"
                    f" not after cycle {before.number} on {before.said_start}; a later day is needed"
                )
        if self.measured not in numbers:
            raise DosimetryError(f"patient '{self.patient}': there is no cycle {self.measured}")
        if self.start_h(numbers[-1]) > MOST_COURSE_H:
            raise DosimetryError(
                f"patient '{self.patient}': from {self.cycles[0].said_start} to {self.cycles[-1].said_start}:"
                " no course lasts so long; is the year right?"
            )

    def cycle(self, number: int) -> Cycle:
        """The cycle of a number."""
        return self.cycles[number - 1]

    def start_h(self, number: int) -> float:
        """Start of a cycle, hours after the first one's; by their dates alone where one of both has no time.

        A course of dates alone is known to the day, which matters only to repair between cycles.
        """
        first, this = self.cycles[0], self.cycle(number)
        if first.day_only or this.day_only:
            return (this.start.date() - first.start.date()).days * 24.0
        return (this.start - first.start).total_seconds() / 3600.0

    @property
    def administered_MBq(self) -> float:
        """Of all cycles together."""
        return math.fsum(c.administered_MBq for c in self.cycles)
