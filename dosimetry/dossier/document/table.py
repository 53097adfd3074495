"""A table apart from how it is written: title, columns with units, rows, digits, footnotes, origin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dosimetry.dossier.document.numbers import NOTHING, Digits


@dataclass(frozen=True)
class Origin:
    """Which cell of a result table a number is: value = that cell times ``factor``."""

    table: str
    row: int
    column: str
    factor: float = 1.0


@dataclass(frozen=True)
class Cell:
    """One cell.

    value : a number, a text; None where there is none.
    reason : why there is none; never blank then. It becomes a footnote.
    digits : how a number is printed; None: as its column says.
    origin : the cell of the study's CSV tables that it is; None: it was computed from several, or elsewhere.

    >>> Cell(None, reason="one patient has no SD").value is None
    True
    """

    value: float | int | str | None
    reason: str = ""
    digits: Digits | None = None
    origin: Origin | None = None

    def __post_init__(self) -> None:
        if self.value is None or self.value != self.value:
            if not self.reason:
                raise ValueError("a cell without a value has a reason")
            object.__setattr__(self, "value", None)


@dataclass(frozen=True)
class Column:
    """A column: its name in the CSV file, what is printed above it, unit, digits.

    name : with the unit, as the CSV file of this table has it, e.g. "mean_mGy_per_MBq".
    head : e.g. "Mean".
    unit : printed below the head; "" where there is none.
    group : printed above the heads of neighbouring columns that share it, e.g. "Women (n = 5)".
    digits : of its numbers; None: a column of text.
    """

    name: str
    head: str
    unit: str = ""
    group: str = ""
    digits: Digits | None = None

    @property
    def right(self) -> bool:
        """Whether its cells stand to the right, as numbers do."""
        return self.digits is not None


Kind = Literal["body", "heading", "total"]


@dataclass(frozen=True)
class Row:
    """A row of cells. A "heading" has one cell, over all columns; a "total" is set off by a line."""

    cells: tuple[Cell, ...]
    kind: Kind = "body"


@dataclass(frozen=True)
class Table:
    """A table of a dossier.

    name : of its files, e.g. "absorbed_dose"; lower case ASCII.
    title : without a number, which the document gives.
    footnotes : what a reader must know, in the order they are printed; reasons of empty cells follow them.
    reason : why there is no table, where rows and columns are empty.
    simulated : whether its numbers come from simulated data, which every writer says in red.
    sha256 : of the results that it was made of.
    landscape : whether it needs a page on its side.

    Raises
    ------
    ValueError : a row of another length, no rows without a reason.

    >>> dose = Column("mean_mGy_per_MBq", "Mean", "mGy/MBq", digits=Digits(3))
    >>> organ = Column("organ", "Organ")
    >>> rows = (Row((Cell("liver"), Cell(1.3456))), Row((Cell("lungs"), Cell(None, "no curve"))))
    >>> t = Table("doses", "Absorbed doses", (organ, dose), rows)
    >>> t.printed(), t.lettered()
    ((('liver', '1.35'), ('lungs', '– (a)')), {'no curve': 'a'})
    """

    name: str
    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[Row, ...] = ()
    footnotes: tuple[str, ...] = ()
    reason: str = ""
    simulated: bool = False
    sha256: str = ""
    landscape: bool = False

    def __post_init__(self) -> None:
        if not self.rows and not self.reason:
            raise ValueError(f"table '{self.name}' has no rows and no reason")
        for row in self.rows:
            if len(row.cells) != (1 if row.kind == "heading" else len(self.columns)):
                raise ValueError(f"table '{self.name}': {len(row.cells)} cells in a row of kind '{row.kind}'")

    def lettered(self) -> dict[str, str]:
        """Reasons of empty cells -> the letter that each has, in the order of the rows."""
        reasons = dict.fromkeys(c.reason for row in self.rows for c in row.cells if c.value is None)
        return {reason: _letter(i) for i, reason in enumerate(reasons)}

    def text(self, cell: Cell, column: Column) -> str:
        """A cell as it is printed, without the letter of its footnote."""
        if cell.value is None:
            return NOTHING
        if isinstance(cell.value, str):
            return cell.value
        digits = cell.digits or column.digits or Digits(decimals=0)
        return digits.text(float(cell.value))

    def printed(self) -> tuple[tuple[str, ...], ...]:
        """All rows as they are printed; empty cells with the letter of their footnote."""
        letters = self.lettered()
        return tuple(
            tuple(
                f"{NOTHING} ({letters[cell.reason]})" if cell.value is None else self.text(cell, column)
                for cell, column in zip(row.cells, self.columns, strict=row.kind != "heading")
            )
            for row in self.rows
        )

    def all_footnotes(self) -> tuple[str, ...]:
        """Footnotes, then the reasons of empty cells with their letters."""
        return (*self.footnotes, *(f"({letter}) {reason}" for reason, letter in self.lettered().items()))


def _letter(i: int) -> str:
    """a to z, then aa, ab, ..."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return letters[i] if i < 26 else _letter(i // 26 - 1) + letters[i % 26]


def groups(columns: Sequence[Column]) -> list[tuple[str, int]]:
    """Neighbouring columns of one group -> its name and how many; "" has none.

    >>> groups([Column("a", "A"), Column("b", "B", group="All"), Column("c", "C", group="All")])
    [('', 1), ('All', 2)]
    """
    found: list[tuple[str, int]] = []
    for column in columns:
        if found and found[-1][0] == column.group and column.group:
            found[-1] = (column.group, found[-1][1] + 1)
        else:
            found.append((column.group, 1))
    return found
