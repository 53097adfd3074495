"""Tidy CSV tables in: columns that are known by name, values that are checked one by one.

A mistake is told with the file, the row (as an editor counts lines), the column, the value and what is
allowed; all mistakes of a table are told at once. Lines that begin with ``#`` above the header are comments;
a column named ``comment`` is free text.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from milligray.errors import Complaints
from milligray.text_files import (
    CsvText,
    from_spreadsheet,
    is_spreadsheet_error,
    number,
    read_text,
    shown,
    shown_path,
)

if TYPE_CHECKING:
    import pandas as pd

COMMENT = "comment"
#: No number of a table is larger, and none but 0 is smaller, unless its column says otherwise.
LARGEST, SMALLEST = 1e15, 1e-30
#: A name or an identifier is no longer; nor does a message list more columns.
LONGEST_TEXT, MOST_LISTED = 100, 60


@dataclass(frozen=True)
class Column:
    """One column of a table.

    name : as the header has it, with its unit, e.g. ``"time_h"``.
    meaning : what belongs there, for messages.
    low, high : limits of a number; ``above`` True excludes ``low`` itself.
    smallest : limit of the size of a number that is not 0.
    text : True for text, else a number is needed.
    allowed : the only texts that are allowed, if not empty.
    required : "always", "file" (the column may be absent, but if present each row has a value), or
        "never" (single cells may be empty too).
    hint : said after what is allowed, when a value is refused.
    """

    name: str
    meaning: str
    low: float = -LARGEST
    high: float = LARGEST
    smallest: float = SMALLEST
    above: bool = False
    text: bool = False
    allowed: tuple[str, ...] = ()
    required: str = "always"
    hint: Callable[[float], str] | None = None

    def limits(self) -> str:
        """What is allowed, in words."""
        if self.allowed:
            return f"allowed: {', '.join(self.allowed)}"
        if self.text:
            return f"{self.meaning} is needed"
        low = f"greater than {self.low:g}" if self.above else f"{self.low:g} or more"
        return f"{self.meaning}: a number {low} and at most {self.high:g} is needed"

    def parse(self, cell: str) -> str | float | None:
        """The cell's value, None where it is empty; ValueError says what is wrong."""
        cell = cell.strip()
        if not cell:
            if self.required == "never":
                return None
            raise ValueError(f"the value is missing; {self.limits()}")
        if self.text:
            return self._parse_text(cell)
        try:
            value = number(cell)
        except ValueError as problem:
            raise ValueError(f"{problem}; {self.limits()}") from None
        if not self.low <= value <= self.high or (self.above and value == self.low):
            hint = f"; {self.hint(value)}" if self.hint and self.hint(value) else ""
            raise ValueError(f"{shown(cell)} is not allowed; {self.limits()}{hint}")
        if 0 < abs(value) < self.smallest:
            raise ValueError(f"{shown(cell)} is too small to be meant; {self.smallest:g} is the least")
        return value

    def _parse_text(self, cell: str) -> str:
        if self.allowed:
            if cell.lower() not in map(str.lower, self.allowed):
                raise ValueError(f"'{shown(cell)}' is not allowed; {self.limits()}")
            return cell.lower()
        cell = from_spreadsheet(cell)
        if cell[0] == "#" and is_spreadsheet_error(cell):
            raise ValueError(f"'{cell}' is what a spreadsheet writes where a formula failed; {self.limits()}")
        if not cell.isprintable():
            bad = next(c for c in cell if not c.isprintable())
            unclosed = "; is a quotation mark opened that is not closed?" if bad == "\n" else ""
            raise ValueError(
                f"'{shown(cell)}' holds a character that cannot be seen (U+{ord(bad):04X}){unclosed}"
            )
        if len(cell) > LONGEST_TEXT:
            raise ValueError(
                f"'{shown(cell)}' has {len(cell)} characters; at most {LONGEST_TEXT} are allowed"
            )
        return cell


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, and its values by column name (None: not given)."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)


@dataclass(frozen=True)
class Table:
    """A table that was read: where from, the columns it has, its rows in the file's order.

    unsound : rows with a mistake, with the values that have none; only while mistakes are gathered.
    complaints : where the table's mistakes go; they are raised at once where nobody gathers them.
    """

    path: Path | str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)
    unsound: list[Row] = field(default_factory=list)
    complaints: Complaints = field(default_factory=lambda: Complaints(DosimetryError), compare=False)

    def fail(self, row: Row, column: str, problem: str) -> DosimetryError:
        """The error to raise for one cell."""
        return DosimetryError(f"{shown_path(self.path)}: row {row.number}, column '{column}': {problem}")

    def complain(self, row: Row, column: str, problem: str) -> None:
        """Tell a mistake in one cell, together with others where they are gathered."""
        self.complaints.add(self.fail(row, column, problem))

    def groups(self, *keys: str) -> dict[tuple[str, ...], list[Row]]:
        """Rows by the values of key columns, in the order of their first appearance."""
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(tuple(row[k] for k in keys), []).append(row)
        return found

    def set_aside(self, rows: Iterable[Row]) -> None:
        """Take rows in which a mistake was found out of those that are sound."""
        numbers = {row.number for row in rows}
        if numbers:
            self.unsound.extend(row for row in self.rows if row.number in numbers)
            self.rows[:] = [row for row in self.rows if row.number not in numbers]

    def all_known(self, column: str) -> bool:
        """Whether no mistake hides a value of this column, so that what is absent is really absent."""
        return all(row[column] is not None for row in self.unsound)

    def require(self, *columns: str, why: str) -> None:
        """Raise where optional columns are absent that a chosen method needs."""
        absent = [
            f"{shown_path(self.path)}: column '{c}' is missing; {why}"
            for c in columns
            if c not in self.columns
        ]
        if absent:
            raise DosimetryError(*absent)


#: Columns of a table, or what says them where they depend on the header.
Columns = Sequence[Column] | Callable[[list[str]], Sequence[Column]]


def read_table(path: Path, columns: Columns, complaints: Complaints | None = None) -> Table:
    """Read and check a CSV table.

    Parameters
    ----------
    complaints : what gathers mistakes, of several tables and of what is checked later. The table then has
        the rows that are sound. None: all mistakes of this table are raised.

    Raises
    ------
    DosimetryError : the file cannot be read, a column is missing, unknown or doubled, or values are not
        what their columns allow. All mistakes have a line each, but for what is beyond the first 20.
    """
    where = shown_path(path)
    if complaints is None:
        with Complaints(DosimetryError) as found:
            return read_table(path, columns, found)
    text = CsvText(read_text(path, DosimetryError, needed="a CSV file is needed"), DosimetryError, where)
    if not text.header_row:
        raise DosimetryError(f"{where}: the file is empty; a header with column names is needed")
    rows = text.rows(",")
    header = [h.strip() for h in next(rows, (0, []))[1]]
    columns = columns(header) if callable(columns) else columns
    known = {c.name for c in columns}
    if not known & set(header):
        raise DosimetryError(f"{where}: row {text.header_row}: {_no_header(text, known)}")
    return _checked(path, header, rows, columns, complaints.section(where))


def _no_header(text: CsvText, known: set[str]) -> str:
    """Why a line is no header; it is not quoted, since the file may be none of ours."""
    for used, separator in (("';'", ";"), ("tab", "\t")):
        if known & {cell.strip() for cell in text.header.split(separator)}:
            return f"the columns are separated by {used}; a comma is needed"
    for row, comment in text.comments:
        if known & {cell.strip() for cell in comment.lstrip("#").split(",")}:
            return f"there is no header; row {row} is one behind '#', which makes it a comment"
    return f"this is no header: it has none of the columns that are known ({', '.join(sorted(known))})"


def frame_table(
    name: str, frame: pd.DataFrame, columns: Columns, complaints: Complaints | None = None
) -> Table:
    """A DataFrame as a table, checked like a file; rows are counted from 1.

    Parameters
    ----------
    name : what messages call the table.
    frame : one column for each of ``columns`` that is given; NaN and None stand for "not given".
    complaints : as for :func:`read_table`.

    Raises
    ------
    DosimetryError : as :func:`read_table`.
    """
    import pandas as pd

    if complaints is None:
        with Complaints(DosimetryError) as found:
            return frame_table(name, frame, columns, found)
    cells = [
        ["" if pd.isna(v) else repr(float(v)) if isinstance(v, float) else str(v) for v in row]
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]
    header = [str(c) for c in frame.columns]
    columns = columns(header) if callable(columns) else columns
    return _checked(name, header, enumerate(cells, 1), columns, complaints.section(name))


def _checked(
    path: Path | str,
    header: list[str],
    body: Iterable[tuple[int, list[str]]],
    columns: Sequence[Column],
    complaints: Complaints,
) -> Table:
    """The table of a header and numbered rows of cells; mistakes go to ``complaints``."""
    where = shown_path(path)
    by_name = {c.name: c for c in columns}
    mistakes = DosimetryError(*(f"{where}: {text}" for text in _header_mistakes(header, by_name)))
    if mistakes.complaints:
        complaints.add(mistakes)
    table = Table(path, tuple(header), complaints=complaints)
    used = [(i, name, by_name[name].parse) for i, name in enumerate(header) if name in by_name]
    for row, cells in body:
        if len(cells) != len(header):
            complaints.add(
                DosimetryError(
                    f"{where}: row {row} has {len(cells)} cells, the header has {len(header)} columns"
                )
            )
            table.unsound.append(Row(row, {}))
        elif cells[0].startswith("#") and not is_spreadsheet_error(cells[0]):
            complaints.add(
                DosimetryError(
                    f"{where}: row {row} begins with '#', but only lines above the header are comments; take"
                    f" it out, or say it in a column '{COMMENT}'"
                )
            )
            table.unsound.append(Row(row, {}))
        else:
            _add_row(table, row, cells, used)
    if not table.rows and not table.unsound:
        raise DosimetryError(*mistakes.complaints, f"{where}: there are no rows under the header")
    if mistakes.complaints:
        raise mistakes  # what is checked next would miss the columns
    return table


def _add_row(
    table: Table, row: int, cells: list[str], used: Sequence[tuple[int, str, Callable[[str], Any]]]
) -> None:
    """One row into a table, with its rows or with those that are not sound."""
    try:
        table.rows.append(Row(row, {name: parse(cells[i]) for i, name, parse in used}))
    except ValueError:
        values: dict[str, Any] = {}
        partial = Row(row, values)
        table.unsound.append(partial)
        for i, name, parse in used:
            try:
                values[name] = parse(cells[i])
            except ValueError as error:
                table.complain(partial, name, str(error))


def _header_mistakes(header: list[str], by_name: dict[str, Column]) -> list[str]:
    """What is wrong with a header, each in a text of its own."""
    found = [
        f"the column '{shown(name)}' stands twice in the header"
        for name in dict.fromkeys(header)
        if name and header.count(name) > 1
    ]
    missing = [c for c in by_name.values() if c.required == "always" and c.name not in header]
    unknown = [h for h in dict.fromkeys(header) if h not in by_name and h != COMMENT]
    meant: set[str] = set()  # columns that are told as the misspelt name of another
    for column in missing:
        near = difflib.get_close_matches(column.name, [u for u in unknown if u not in meant], n=1, cutoff=0.6)
        meant.update(near)
        hint = f"; is '{shown(near[0])}' meant to be it?" if near else ""
        there = ", ".join(map(shown, header[:MOST_LISTED])) + (", …" if len(header) > MOST_LISTED else "")
        found.append(f"column '{column.name}' is missing ({column.meaning}); the file has: {there}{hint}")
    for name in (u for u in unknown if u not in meant):
        if not name:
            found.append(
                f"column {header.index(name) + 1} of the header has no name; give it one, or take it out"
            )
            continue
        near = difflib.get_close_matches(name[:LONGEST_TEXT], by_name, n=2, cutoff=0.6)
        hint = f"near names: {', '.join(near)}" if near else f"allowed: {', '.join(by_name)}, {COMMENT}"
        found.append(f"unknown column '{shown(name)}'; {hint}")
    return found


def in_time(table: Table, rows: Iterable[Row], whose: str, column: str = "time_h") -> list[Row]:
    """Rows of one curve sorted by time, the first of each time; two rows at the same time are a mistake."""
    ordered = sorted(rows, key=lambda r: r[column])
    for earlier, later in itertools.pairwise(ordered):
        if earlier[column] == later[column]:
            first, second = sorted((earlier, later), key=lambda r: r.number)
            table.complain(
                second,
                column,
                f"{second[column]:g} stands twice for {whose} (first in row {first.number}); each time is"
                " allowed once",
            )
    return [row for i, row in enumerate(ordered) if i == 0 or row[column] != ordered[i - 1][column]]
