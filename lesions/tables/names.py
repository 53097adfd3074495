"""Names in the tables on lesions: every patient is known, every lesion was scanned."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from dosimetry.files.tables import MOST_LISTED, Row, Table
from dosimetry.patients.patient import Patient
from lesions.lesion import as_read
from milligray.errors import TOLD, Complaints
from milligray.text_files import shown_path

#: What two names differ in that people read as one.
ALONE = "capitals, blanks or the code of a letter alone"


class Known:
    """The patients of a study; a table that names another has a mistake.

    found : mistakes so far; where rows of the patients' table have some, who is in it is not known.
    """

    def __init__(self, patients: Sequence[Patient], found: Complaints) -> None:
        self.names = [p.name for p in patients]
        places = [p.place.file for p in patients if p.place is not None]
        self.table = places[0] if places else "the patients' table"
        self.complete = bool(self.names)  # no patient: the table has mistakes, which are told
        if places:
            rows = f"{shown_path(Path(places[0]))}: row "
            self.complete = not any(line.startswith(rows) for line in found.lines())

    def check(self, table: Table) -> None:
        """Tell each name that is not of the patients' table, once."""
        if not self.complete:
            return
        strangers: dict[str, list[Row]] = {}
        for row in table.rows:
            if row["patient"] not in self.names:
                strangers.setdefault(row["patient"], []).append(row)
        for i, (name, rows) in enumerate(strangers.items()):
            more = f" (nor in {len(rows) - 1} more rows)" if len(rows) > 1 else ""
            alike = [n for n in self.names if as_read(n) == as_read(name)]
            hint = f"'{alike[0]}' there differs in {ALONE}" if alike else _near(name, self.names, i)
            table.complain(rows[0], "patient", f"'{name}' is not in {self.table}{more}; {hint}")


class LesionNames:
    """The lesions of the table of scans; another table may speak of these only."""

    def __init__(self, table: Table | None) -> None:
        self.path = "" if table is None else shown_path(table.path)
        # a row with a mistake may name any lesion
        self.complete = table is not None and all(table.all_known(n) for n in ("patient", "lesion"))
        every = (*table.rows, *table.unsound) if table is not None else ()
        self.of: dict[str, list[str]] = {}
        for row in every:
            if row["patient"] is not None and row["lesion"] is not None:
                self.of.setdefault(row["patient"], []).append(row["lesion"])

    def alike(self, table: Table) -> None:
        """Tell lesions of a patient whose names differ in capitals, blanks or forms of letters alone."""
        first: dict[tuple[str, str], Row] = {}
        for row in table.rows:
            same = first.setdefault((row["patient"], as_read(row["lesion"])), row)
            if same["lesion"] != row["lesion"]:
                table.complain(
                    row, "lesion", f"'{row['lesion']}' and '{same['lesion']}' of row {same.number} differ in"
                    f" {ALONE} ({row['patient']}); one lesion has one name, two have two"
                )  # fmt: skip

    def check(self, other: Table, known: Known) -> None:
        """Tell each lesion of another table that has no scan of the tracer, of patients who are known."""
        if not self.complete:
            return
        told: set[tuple[str, str]] = set()
        for row in other.rows:
            one = (row["patient"], row["lesion"])
            there = self.of.get(one[0], [])
            if one[1] in there or one in told or one[0] not in known.names:
                continue
            told.add(one)
            other.complain(
                row, "lesion", f"'{one[1]}' of {one[0]} is not in {self.path};"
                f" {_near(one[1], list(dict.fromkeys(there)), len(told))}. A lesion that the tracer does not"
                " show has rows there too, with its visual_class"
            )  # fmt: skip


def _near(name: str, names: Sequence[str], told: int) -> str:
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5) if told < TOLD else []
    return f"near names: {', '.join(near)}" if near else f"there: {', '.join(names[:MOST_LISTED]) or 'none'}"
