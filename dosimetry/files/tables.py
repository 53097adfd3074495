"""Tidy CSV tables in: columns that are known by name, values that are checked one by one.

A mistake is told with the file, the row (as a spreadsheet counts it: the header is row 1 unless comment
lines stand before it), the column, the value and what is allowed. Lines that begin with ``#`` before the
header are comments; a column named ``comment`` is free text.
"""

from __future__ import annotations

import csv
import difflib
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    import pandas as pd

COMMENT = "comment"


@dataclass(frozen=True)
class Column:
    """One column of a table.

    name : as the header has it, with its unit, e.g. ``"time_h"``.
    meaning : what belongs there, for messages.
    low, high : limits of a number; ``above`` True excludes ``low`` itself.
    text : True for text, else a number is needed.
    allowed : the only texts that are allowed, if not empty.
    required : "always", "file" (the column may be absent, but if present each row has a value), or
        "never" (single cells may be empty too).
    hint : said after what is allowed, when a value is refused.
    """

    name: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
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
        parts = []
        if self.low > -math.inf:
            parts.append(f"greater than {self.low:g}" if self.above else f"{self.low:g} or more")
        if self.high < math.inf:
            parts.append(f"at most {self.high:g}")
        return f"{self.meaning}: a number{' ' if parts else ''}{' and '.join(parts)} is needed"

    def parse(self, cell: str) -> str | float | None:
        """The cell's value, None where it is empty; ValueError says what is wrong."""
        cell = cell.strip()
        if not cell:
            if self.required == "never":
                return None
            raise ValueError(f"the value is missing; {self.limits()}")
        if self.text:
            if self.allowed and cell.lower() not in self.allowed:
                raise ValueError(f"'{cell}' is not allowed; {self.limits()}")
            return cell.lower() if self.allowed else cell
        try:
            number = float(cell)
        except ValueError:
            comma = "; write the decimal point as '.'" if "," in cell else ""
            raise ValueError(f"'{cell}' is not a number; {self.limits()}{comma}") from None
        if not math.isfinite(number):
            raise ValueError(f"'{cell}' is not a finite number; {self.limits()}")
        too_low = number <= self.low if self.above else number < self.low
        if too_low or number > self.high:
            hint = f"; {self.hint(number)}" if self.hint and self.hint(number) else ""
            raise ValueError(f"{cell} is not allowed; {self.limits()}{hint}")
        return number


@dataclass(frozen=True)
class Row:
    """One row: its number in the file, and its values by column name (None: not given)."""

    number: int
    values: dict[str, Any]

    def __getitem__(self, column: str) -> Any:
        return self.values.get(column)


@dataclass(frozen=True)
class Table:
    """A table that was read: where from, the columns it has, its rows in the file's order."""

    path: Path | str
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)

    def fail(self, row: Row, column: str, problem: str) -> DosimetryError:
        """The error to raise for one cell."""
        return DosimetryError(f"{self.path}: row {row.number}, column '{column}': {problem}")

    def groups(self, *keys: str) -> dict[tuple[str, ...], list[Row]]:
        """Rows by the values of key columns, in the order of their first appearance."""
        found: dict[tuple[str, ...], list[Row]] = {}
        for row in self.rows:
            found.setdefault(tuple(row[k] for k in keys), []).append(row)
        return found

    def require(self, column: str, why: str) -> None:
        """Raise where an optional column is absent that a chosen method needs."""
        if column not in self.columns:
            raise DosimetryError(f"{self.path}: column '{column}' is missing; {why}")


#: Columns of a table, or what says them where they depend on the header.
Columns = Sequence[Column] | Callable[[list[str]], Sequence[Column]]


def read_table(path: Path, columns: Columns) -> Table:
    """Read and check a CSV table.

    Raises
    ------
    DosimetryError : the file cannot be read, a column is missing, unknown or doubled, or a value is not
        what its column allows.
    """
    header, body = _lines(path)
    return _checked(path, header, body, columns)


def frame_table(name: str, frame: pd.DataFrame, columns: Columns) -> Table:
    """A DataFrame as a table, checked like a file; rows are counted from 1.

    Parameters
    ----------
    name : what messages call the table.
    frame : one column for each of ``columns`` that is given; NaN and None stand for "not given".

    Raises
    ------
    DosimetryError : as :func:`read_table`.
    """
    import pandas as pd

    cells = [
        ["" if pd.isna(value) else repr(value) if isinstance(value, float) else str(value) for value in row]
        for row in frame.astype(object).itertuples(index=False, name=None)
    ]
    return _checked(name, [str(c) for c in frame.columns], list(enumerate(cells, 1)), columns)


def _checked(
    path: Path | str, header: list[str], body: list[tuple[int, list[str]]], columns: Columns
) -> Table:
    """The table of a header and numbered rows of cells."""
    if callable(columns):
        columns = columns(header)
    by_name = {c.name: c for c in columns}
    _check_header(path, header, by_name)
    rows = []
    for number, cells in body:
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(header):
            raise DosimetryError(
                f"{path}: row {number} has {len(cells)} cells, the header has {len(header)} columns"
            )
        values: dict[str, Any] = {}
        for name, cell in zip(header, cells, strict=True):
            if name == COMMENT:
                continue
            try:
                values[name] = by_name[name].parse(cell)
            except ValueError as error:
                raise DosimetryError(f"{path}: row {number}, column '{name}': {error}") from None
        rows.append(Row(number, values))
    if not rows:
        raise DosimetryError(f"{path}: there are no rows under the header")
    return Table(path, tuple(header), rows)


def _lines(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The header and the numbered rows of a CSV file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DosimetryError(f"{path}: there is no such file") from None
    except IsADirectoryError:
        raise DosimetryError(f"{path}: this is a folder; a CSV file is needed") from None
    except UnicodeDecodeError:
        raise DosimetryError(
            f"{path}: this is not a text file in UTF-8; save the table as CSV (UTF-8)"
        ) from None
    lines = text.splitlines()
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), None)
    if first is None:
        raise DosimetryError(f"{path}: the file is empty; a header with column names is needed")
    reader = csv.reader(lines[first:])
    header = [h.strip() for h in next(reader)]
    if len(header) == 1 and (";" in header[0] or "\t" in header[0]):
        used = ";" if ";" in header[0] else "tab"
        raise DosimetryError(f"{path}: the columns are separated by '{used}'; a comma is needed")
    return header, [(first + reader.line_num, cells) for cells in reader]


def _check_header(path: Path | str, header: list[str], by_name: dict[str, Column]) -> None:
    for name in header:
        if header.count(name) > 1:
            raise DosimetryError(f"{path}: the column '{name}' stands twice in the header")
    missing = [c.name for c in by_name.values() if c.required == "always" and c.name not in header]
    unknown = [h for h in header if h not in by_name and h != COMMENT]
    if missing:
        near = difflib.get_close_matches(missing[0], unknown, n=1, cutoff=0.6)
        meant = f"; is '{near[0]}' meant to be it?" if near else ""
        raise DosimetryError(
            f"{path}: column '{missing[0]}' is missing ({by_name[missing[0]].meaning}); the file has:"
            f" {', '.join(header)}{meant}"
        )
    if unknown:
        near = difflib.get_close_matches(unknown[0], by_name, n=2, cutoff=0.6)
        hint = f"near names: {', '.join(near)}" if near else f"allowed: {', '.join(by_name)}, {COMMENT}"
        raise DosimetryError(f"{path}: unknown column '{unknown[0]}'; {hint}")


def in_time(table: Table, rows: Iterable[Row], whose: str, column: str = "time_h") -> list[Row]:
    """Rows of one curve sorted by time; two rows at the same time are an error."""
    ordered = sorted(rows, key=lambda r: r[column])
    for earlier, later in itertools.pairwise(ordered):
        if earlier[column] == later[column]:
            first, second = sorted((earlier, later), key=lambda r: r.number)
            raise table.fail(
                second,
                column,
                f"{second[column]:g} stands twice for {whose} (first in row {first.number}); each time is"
                " allowed once",
            )
    return ordered
