"""The columns of the tables of cycles and of scans: what each holds, and within which limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from dosimetry.files.tables import LARGEST, SMALLEST, Column
from dosimetry.study.input_tables.curve_rows.clock_times import CLOCKS
from dosimetry.study.input_tables.table_columns import PATIENT, TIME
from milligray.text_files import shown
from therapy.cycles.course import MOST_CYCLE_MBQ, MOST_CYCLES

#: MBq in a unit that a column can be in.
MBQ_PER = {"administered_MBq": 1.0, "administered_GBq": 1000.0}


class Moment(NamedTuple):
    """A date, or a date and time of day."""

    time: datetime
    day_only: bool


class MomentColumn(Column):
    """A column of dates, with or without a time of day."""

    def limits(self) -> str:
        """What is allowed, in words."""
        return f"{self.meaning}: a date in ISO 8601 is needed, e.g. 2026-03-14, or 2026-03-14T09:30"

    def parse(self, cell: str) -> str | float | Moment | None:  # type: ignore[override]
        """The cell's date; ValueError says what is wrong."""
        cell = cell.strip()
        if not cell:
            return super().parse(cell)
        try:
            found = datetime.fromisoformat(cell)
        except (ValueError, OverflowError):
            raise ValueError(f"'{shown(cell)}' is not a date; {self.limits()}") from None
        return Moment(found, day_only=not any(mark in cell.upper()[1:] for mark in ("T", ":", " ")))


def _too_much_MBq(value: float) -> str:
    if value <= 0:
        return ""
    return f"no cycle has {value / 1000:g} GBq: is it in kBq or Bq?"


def _too_much_GBq(value: float) -> str:
    return f"no cycle has {value:g} GBq: write {value / 1000:g} if it is in MBq" if value > 0 else ""


_ACTIVITY = Column(
    "administered_MBq",
    "activity administered in this cycle in MBq",
    low=0,
    above=True,
    smallest=1e-6,
    high=MOST_CYCLE_MBQ,
    required="file",
    hint=_too_much_MBq,
)
CYCLE = Column("cycle", "the cycle's number, 1, 2, 3 ...", low=1, high=MOST_CYCLES)
CYCLES = (
    PATIENT,
    CYCLE,
    MomentColumn("start", "start of the administration"),
    _ACTIVITY,
    replace(
        _ACTIVITY,
        name="administered_GBq",
        meaning="activity administered in this cycle in GBq",
        high=MOST_CYCLE_MBQ / 1000,
        hint=_too_much_GBq,
    ),
)


def _before(value: float) -> str:
    return "a scan before its cycle's start belongs to the cycle before" if value < 0 else ""


_HOURS = replace(TIME, meaning="hours after the start of the scan's cycle", hint=_before)


def scan_columns(header: Sequence[str]) -> Sequence[Column]:
    """Columns of the table of scans, whose times are hours or clock times."""
    clock = next(name for name, hours in CLOCKS.items() if hours == "time_h")
    time = (
        [MomentColumn(clock, "when it was scanned", required="file")]
        if clock in header and "time_h" not in header
        else [_HOURS]
    )
    return (
        PATIENT,
        CYCLE,
        Column("organ", "a source region, 'whole body' or 'serum'", text=True, required="never"),
        Column("lesion", "a lesion of [lesions]", text=True, required="never"),
        *time,
        Column("value", "activity content or concentration", low=0, above=True, smallest=SMALLEST),
        Column("sd", "standard deviation of value", low=0, above=True, high=LARGEST, required="never"),
        Column("unit", "the unit of value", text=True),
    )
