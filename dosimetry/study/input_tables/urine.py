"""The table of measured urine: its voids by patient, as activities or as concentrations with volumes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table, in_time, read_table
from dosimetry.patients.patient import Patient
from dosimetry.study.input_tables.curve_rows.clock_times import NAIVE, ClockTable, or_clocks
from dosimetry.study.input_tables.table_columns import URINE
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.urine import Urine
from milligray.errors import Complaints

#: What stands in a table of urine: activities, or concentrations.
DIRECT, CONCENTRATION = "percent_ia", "kBq_per_mL"


def read_urine(path: Path, complaints: Complaints | None = None) -> Table:
    """The table of voids, which has activities in %IA, or concentrations with volumes.

    Raises
    ------
    DosimetryError : both or none of the two, a column or a value that is needed and missing.
    """
    table = read_table(path, or_clocks(URINE), complaints)
    if (DIRECT in table.columns) == (CONCENTRATION in table.columns):
        raise DosimetryError(
            f"{path}: column '{DIRECT}', or '{CONCENTRATION}' with 'volume_mL': one of the two is needed"
        )
    value = DIRECT if DIRECT in table.columns else CONCENTRATION
    other = f"sd_{CONCENTRATION if value == DIRECT else DIRECT}"
    if other in table.columns:
        raise DosimetryError(f"{path}: column '{other}' belongs to no column of values; take it out")
    if value == CONCENTRATION:
        table.require("volume_mL", why=f"with '{CONCENTRATION}' it is needed")
    asked = [value, *(c for c in (f"sd_{value}", "counted_at_h") if c in table.columns)]
    asked += ["volume_mL"] if value == CONCENTRATION else []
    lacking = [row for row in table.rows if any(row[c] is None for c in asked)]
    for row in (*lacking, *table.unsound):
        for column in asked:
            if column in row.values and row[column] is None:
                table.complain(row, column, "the value is missing; leave the row out if it was not measured")
    table.set_aside(lacking)
    return table


def with_urine(
    patients: Sequence[Patient],
    table: Table,
    *,
    decay_corrected: bool,
    complete: bool,
    lambda_phys_per_h: float,
) -> list[Patient]:
    """The patients with their voids.

    Raises
    ------
    DosimetryError : voids that cannot be one patient's, with their rows; no administered activity where it is
        needed. That a patient has no rows is told by :meth:`PatientTable.check`.
    """
    by_patient = table.groups("patient")
    doubtful = {row["patient"] for row in table.unsound}
    found = []
    for patient in patients:
        rows = by_patient.get((patient.name,), [])
        if rows and not doubtful & {patient.name, None}:
            with table.complaints.catching():
                voids = in_time(table, rows, patient.name)
                made = _urine(table, voids, patient, decay_corrected, complete, lambda_phys_per_h)
                naive = isinstance(table, ClockTable) and patient.name in table.naive
                patient = replace(patient, urine=replace(made, notes=(NAIVE,) if naive else ()))
        found.append(patient)
    return found


def _urine(
    table: Table, rows: Sequence[Row], patient: Patient, decay_corrected: bool, complete: bool, lam: float
) -> Urine:
    def column(name: str) -> FloatArray | None:
        return np.array([row[name] for row in rows], dtype=float) if name in table.columns else None

    def needed(name: str) -> FloatArray:
        return np.array([row[name] for row in rows], dtype=float)

    try:
        if DIRECT in table.columns:
            return Urine(
                end_h=needed("time_h"),
                percent_ia=needed(DIRECT),
                sd_percent_ia=column(f"sd_{DIRECT}"),
                start_h=column("start_h"),
                measured_at_h=column("counted_at_h"),
                decay_corrected=decay_corrected,
                complete=complete,
                lambda_phys_per_h=lam,
            )
        return Urine.from_concentration(
            end_h=needed("time_h"),
            kBq_per_mL=needed(CONCENTRATION),
            sd_kBq_per_mL=column(f"sd_{CONCENTRATION}"),
            volume_mL=needed("volume_mL"),
            administered_MBq=patient.need("administered_MBq", "urine in kBq/mL needs it"),
            start_h=column("start_h"),
            measured_at_h=column("counted_at_h"),
            decay_corrected=decay_corrected,
            complete=complete,
            lambda_phys_per_h=lam,
        )
    except KineticsError as error:
        numbers = [row.number for row in rows]
        span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
        where = f"{table.path}: {span}, {patient.name}"
        raise DosimetryError(*(f"{where}: {line}" for line in error.complaints)) from None
