"""Cells that hold a date and a time of day, in ISO 8601."""

from __future__ import annotations

import re
from datetime import datetime

from dosimetry.files.tables import Column
from milligray.text_files import shown

EXAMPLES = "2026-03-14T09:30, or with its time zone 2026-03-14T09:30+01:00"


class ClockColumn(Column):
    """A column of dates with a time of day, with or without a time zone."""

    def limits(self) -> str:
        """What is allowed, in words."""
        return f"{self.meaning}: a date and time in ISO 8601 is needed, e.g. {EXAMPLES}"

    def parse(self, cell: str) -> str | float | datetime | None:  # type: ignore[override]
        """The cell's date and time; ValueError says what is wrong."""
        cell = cell.strip()
        if not cell:
            return super().parse(cell)
        try:
            found = datetime.fromisoformat(cell)
        except (ValueError, OverflowError):
            raise ValueError(f"'{shown(cell)}' is not a date and time; {self.limits()}") from None
        if not re.search(r"\d[T ]\d", cell.upper()):
            raise ValueError(f"'{shown(cell)}' has no time of day; {self.limits()}")
        return found
