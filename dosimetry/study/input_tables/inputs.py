"""The tables of a study: what a study asks of them beyond single values.

``docs/study.md`` lists the columns for users. Tables come back as rows that know their number in the
file, so that whatever is found wrong later can still be pointed at.
"""

from __future__ import annotations

import difflib
import unicodedata
from pathlib import Path

from dosimetry.doses.absolute import MBQ_PER_MCI
from dosimetry.errors import DosimetryError
from dosimetry.files.tables import MOST_LISTED, Row, Table, read_table
from dosimetry.patients.patient import ORGAN_UNITS, Patient, Place
from dosimetry.study.input_tables.curve_rows.below_limit import is_below
from dosimetry.study.input_tables.curve_rows.clock_times import or_clocks
from dosimetry.study.input_tables.patient_methods import method_columns, own_methods
from dosimetry.study.input_tables.table_columns import COUNT_COLUMNS, DIRECT, MEASURED, ORGANS, PATIENTS
from dosimetry.study.results import COHORT
from milligray.errors import TOLD, Complaints


def _administered_MBq(row: Row) -> float | None:
    mCi = row["administered_mCi"]
    value = row["administered_MBq"] if mCi is None else MBQ_PER_MCI * mCi
    return None if value is None else float(value)


class PatientTable:
    """The patients, and the errors that point into their table."""

    def __init__(self, table: Table, phantom_of: dict[str, str]) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        #: Names in rows that have a mistake: patients that other tables may speak of.
        self.unsound = {row["patient"] for row in table.unsound if row["patient"] is not None}
        #: Whether a patient who is not here is not meant by any row.
        self.complete = table.all_known("patient")
        alike: dict[str, Row] = {}
        for row in table.rows:
            same = alike.setdefault(_as_read(row["patient"]), row)
            if _as_read(row["patient"]) == COHORT:
                table.complain(
                    row, "patient", f"'{row['patient']}' is what results call all patients; rename"
                )
            if row["patient"] not in self.rows and same is not row:
                table.complain(
                    row,
                    "patient",
                    f"'{row['patient']}' and '{same['patient']}' of row {same.number} differ in capitals or"
                    " blanks alone; rename one, or take out one where both are one patient",
                )
            if row["patient"] in self.rows:
                self.complete = False
                first = self.rows[row["patient"]].number
                table.complain(
                    row, "patient", f"'{row['patient']}' stands twice (first in row {first}); once is allowed"
                )
            else:
                self.rows[row["patient"]] = row
        self.patients: list[Patient] = []
        for name, row in self.rows.items():
            with table.complaints.catching():
                patient = Patient(
                    name=name,
                    sex=row["sex"],
                    phantom=row["phantom"] or phantom_of[row["sex"]],
                    age_y=row["age_y"],
                    body_mass_kg=row["body_mass_kg"],
                    height_cm=row["height_cm"],
                    administered_MBq=_administered_MBq(row),
                    mass_dose_mg=row["mass_dose_mg"],
                    injected_at=row["injected_at"],
                    haematocrit=row["haematocrit"],
                    absent=tuple(w for word in (row["absent"] or "").split(";") if (w := word.strip())),
                    curve_methods=own_methods(table, row),
                    place=Place(str(table.path), f"row {row.number}"),
                )
                self.patients.append(patient)

    def check(self, other: Table, *, complete: bool = True) -> None:
        """Every patient of another table is known, and (if complete) every known one has rows there."""
        known = {*self.rows, *self.unsound}
        strangers: dict[str, list[Row]] = {}
        for row in other.rows:
            if row["patient"] not in known:
                strangers.setdefault(row["patient"], []).append(row)
        if self.complete:
            for i, (name, rows) in enumerate(strangers.items()):
                near = difflib.get_close_matches(name, known, n=3, cutoff=0.5) if i < TOLD else []
                some = [*known][:MOST_LISTED]
                hint = f"near names: {', '.join(near)}" if near else f"there: {', '.join(sorted(some))}"
                more = f" (nor in {len(rows) - 1} more rows)" if len(rows) > 1 else ""
                other.complain(rows[0], "patient", f"'{name}' is not in {self.table.path}{more}; {hint}")
        if complete and other.all_known("patient"):
            present = {r["patient"] for r in (*other.rows, *other.unsound)}
            for name in self.rows:
                if name not in present:
                    other.complaints.add(
                        DosimetryError(
                            f"{other.path}: patient '{name}' of {self.table.path} has no rows here"
                        )
                    )


def _as_read(name: str) -> str:
    """A name as people read it, who do not tell apart capitals, kinds of blanks and forms of letters."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def read_patients(path: Path, male: str, female: str, complaints: Complaints | None = None) -> PatientTable:
    """The patients' table, with the phantom that stands for each patient."""
    table = read_table(path, lambda header: (*PATIENTS, *method_columns(header)), complaints)
    if {"administered_MBq", "administered_mCi"} <= set(table.columns):
        raise DosimetryError(
            f"{table.path}: the columns 'administered_MBq' and 'administered_mCi' are one thing; keep one"
        )
    return PatientTable(table, {"male": male, "female": female})


def read_measurements(path: Path, kind: str, complaints: Complaints | None = None) -> Table:
    """The table of the whole-body probe or of the serum: counts, or values in %IA or %IA/L.

    kind : "whole_body" or "serum".
    """
    return checked_measurements(read_table(path, or_clocks(MEASURED[kind]), complaints), kind)


def checked_measurements(table: Table, kind: str) -> Table:
    """The same table, which has either counts or direct values, and all that these need."""
    path, direct = table.path, DIRECT[kind]
    counted = COUNT_COLUMNS[kind]
    if (direct in table.columns) == (counted[0] in table.columns):
        raise DosimetryError(
            f"{path}: column '{direct}' or the counts ({', '.join(counted)}): one of the two is needed"
        )
    due = (direct,) if direct in table.columns else counted
    table.require(*due, why=f"with '{due[0]}' it is needed")
    optional = ("posterior_counts", f"sd_{direct}", "counted_at_h", "standard_counted_at_h")
    asked = (*due, *(c for c in optional if c in table.columns))

    def absent(row: Row, column: str) -> bool:
        return row[column] is None and not (column == f"sd_{direct}" and is_below(row[direct]))

    lacking = [row for row in table.rows if any(absent(row, c) for c in asked)]
    for row in (*lacking, *table.unsound):
        for column in asked:
            if column in row.values and absent(row, column):
                table.complain(row, column, "the value is missing; leave the row out if it was not measured")
    table.set_aside(lacking)
    low = [row for row in table.rows if not _net_counts(table, row)]
    table.set_aside(low)
    return table


def _net_counts(table: Table, row: Row) -> bool:
    """Whether all counts of a row are above their background; a mistake where not."""
    above = True
    for column in ("anterior_counts", "posterior_counts", "sample_counts"):
        if row[column] is None:
            continue
        expected = row["background_counts"] / row["background_live_time_s"] * row["live_time_s"]
        if row[column] <= expected:
            above = False
            table.complain(
                row,
                column,
                f"{row[column]:g} counts in {row['live_time_s']:g} s are not above the background of"
                f" {expected:.6g}; a net rate greater than 0 is needed: leave the row out",
            )
    return above


def read_organs(path: Path, complaints: Complaints | None = None) -> Table:
    """The table of organ curves; one unit for each curve."""
    return checked_organs(read_table(path, or_clocks(ORGANS), complaints))


def checked_organs(table: Table) -> Table:
    """The same table, whose units are known."""
    by_form = {u.lower(): u for u in ORGAN_UNITS}
    unfit = []
    for row in table.rows:
        if row["unit"].lower() not in by_form:
            unfit.append(row)
            table.complain(row, "unit", f"'{row['unit']}' is not allowed; allowed: {', '.join(ORGAN_UNITS)}")
    table.set_aside(unfit)
    return table
