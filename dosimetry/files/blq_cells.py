"""Cells of values below the limit of quantification: "<0.1", "BLQ", "< LLOQ"."""

from __future__ import annotations

from dataclasses import dataclass

from dosimetry.files.tables import Column
from milligray.text_files import number, shown

#: What stands in a cell, in lower case without blanks, where the limit is not said.
WORDS = ("blq", "bloq", "bql", "lloq", "<lloq", "<loq", "nd")


@dataclass(frozen=True)
class BelowLimit:
    """A value below the limit of quantification: the cell, and the limit where it is said."""

    text: str
    limit: float | None


class ValueColumn(Column):
    """A column of measured values, in which cells may be below the limit of quantification."""

    def parse(self, cell: str) -> str | float | BelowLimit | None:  # type: ignore[override]
        """The cell's value; ValueError says what is wrong."""
        text = "".join(cell.split()).lower()
        if text in WORDS:
            return BelowLimit(cell.strip(), None)
        if not text.startswith("<"):
            return super().parse(cell)
        try:
            limit = number(text[1:])
        except ValueError:
            limit = 0.0
        if not self.smallest <= limit <= self.high:
            raise ValueError(
                f"'{shown(cell.strip())}' is not a value below a limit; write the limit of quantification, a"
                " number greater than 0, behind '<', or BLQ"
            )
        return BelowLimit(cell.strip(), limit)
