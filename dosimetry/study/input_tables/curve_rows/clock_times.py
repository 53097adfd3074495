"""Dates and times of day in a study's tables, as hours after each patient's injection.

Times with a time zone are moments, and their difference is what passed, whatever the clocks were put to in
between. Times without one are taken as they stand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dosimetry.errors import DosimetryError
from dosimetry.files.clock_cells import ClockColumn
from dosimetry.files.tables import Column, Row, Table

#: Column of clock times -> that of hours after administration in whose place it stands.
CLOCKS = {
    "time": "time_h",
    "started_at": "start_h",
    "counted_at": "counted_at_h",
    "standard_counted_at": "standard_counted_at_h",
}
INJECTED_AT = ClockColumn("injected_at", "when it was administered", required="never")
NAIVE = (
    "clock times without a time zone, taken as they stand: if clocks were changed (daylight saving time) in"
    " between, an hour is wrong"
)
#: Later than so many hours after injection a date is wrong: some hundred years.
LATEST_H = 1e6


@dataclass(frozen=True)
class ClockTable(Table):
    """A table of clock times with their hours; mistakes in hours are told of the columns that it has.

    naive : patients whose times have no time zone.
    """

    naive: frozenset[str] = frozenset()

    def fail(self, row: Row, column: str, problem: str) -> DosimetryError:
        """The error to raise for one cell."""
        own = {hours: clock for clock, hours in CLOCKS.items() if clock in row.values}
        return super().fail(row, own.get(column, column), problem)


def or_clocks(columns: Sequence[Column]) -> Callable[[Sequence[str]], Sequence[Column]]:
    """What says the columns of a table for a header that may have clock times in place of hours.

    >>> hours = [Column("time_h", "hours after administration"), Column("value", "a value")]
    >>> [c.name for c in or_clocks(hours)(["time", "value"])]
    ['time', 'value']
    """

    def of(header: Sequence[str]) -> Sequence[Column]:
        found: list[Column] = []
        for column in columns:
            clock = next((c for c, hours in CLOCKS.items() if hours == column.name), None)
            if clock is None or clock not in header:
                found.append(column)
                continue
            if column.name in header:
                found.append(replace(column, required="file"))
            found.append(ClockColumn(clock, f"{column.meaning}, as date and time", required="file"))
        return found

    return of


def check_injected_at(patients: Table, others: Iterable[Table]) -> None:
    """Times of injection stand in the patients' table only where another table has clock times.

    Raises
    ------
    DosimetryError : they change nothing, while their reader may think that they do.
    """
    name = INJECTED_AT.name
    if name in patients.columns and not any(c in CLOCKS for table in others for c in table.columns):
        raise DosimetryError(
            f"{patients.path}: column '{name}' is used by no table, as all have hours; take it out, or give"
            f" clock times ({', '.join(CLOCKS)})"
        )


def in_hours(table: Table, injected_at: Mapping[str, datetime | None], where: str) -> Table:
    """The table with hours after injection, where it has clock times.

    Parameters
    ----------
    injected_at : patient -> date and time of the injection; None where it is not known.
    where : what a missing ``injected_at`` is missing in, for messages.

    Raises
    ------
    DosimetryError : hours and clock times of one thing; a patient without ``injected_at``; a time before the
        injection, or one with a time zone against one without; with the row.
    """
    used = {clock: hours for clock, hours in CLOCKS.items() if clock in table.columns}
    for clock, hours in used.items():
        if hours in table.columns:
            raise DosimetryError(f"{table.path}: the columns '{clock}' and '{hours}' are one thing; keep one")
    if not used:
        return table
    naive: set[str] = set()
    told: set[str] = set()
    wrong: list[Row] = []
    for row in table.rows:
        start = injected_at.get(row["patient"])
        if start is None:
            wrong.append(row)
            if row["patient"] in injected_at and row["patient"] not in told:
                told.add(row["patient"])
                clock = next(iter(used))
                problem = f"clock times need 'injected_at' of patient '{row['patient']}' in {where}"
                table.complain(row, clock, problem)
            continue
        if start.tzinfo is None:
            naive.add(row["patient"])
        for clock, hours in used.items():
            problem = _problem(row[clock], start, row["patient"])
            if problem:
                wrong.append(row)
                table.complain(row, clock, problem)
            else:
                row.values[hours] = _hours(row[clock], start)
    table.set_aside(wrong)
    columns = (*table.columns, *used.values())
    return ClockTable(
        table.path, columns, table.rows, table.unsound, table.complaints, naive=frozenset(naive)
    )


def _hours(time: datetime, start: datetime) -> float:
    return (time - start).total_seconds() / 3600.0


def _problem(time: datetime, start: datetime, patient: str) -> str:
    """What is wrong with a time after an injection; "" where nothing is."""
    both = f"{time.isoformat()} of patient '{patient}', who was injected at {start.isoformat()}"
    if (time.tzinfo is None) != (start.tzinfo is None):
        return f"{both}: one has a time zone and one has none; give it to both, or to neither"
    hours = _hours(time, start)
    if hours < 0:
        return f"{both}: that is before the injection"
    if hours > LATEST_H:
        return f"{both}: that is {hours:.3g} h later; is the year right?"
    return ""
