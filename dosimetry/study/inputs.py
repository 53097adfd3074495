"""The tables of a study: their columns, and what a study asks of them beyond single values.

``docs/study.md`` lists the columns for users. Tables come back as rows that know their number in the
file, so that whatever is found wrong later can still be pointed at.
"""

from __future__ import annotations

import difflib
import math
from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, Row, Table, read_table
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.patient import ORGAN_UNITS, Patient, Place
from dosimetry.study.patient_methods import method_columns, own_methods
from dosimetry.tiacs.regions import other_side
from phantoms.errors import PhantomError
from phantoms.regions.names import REMAINDER, resolve

if TYPE_CHECKING:
    from phantoms.library.saf import SafLibrary

PATIENT = Column("patient", "a patient's identifier", text=True)
TIME = Column("time_h", "hours after administration", low=0)


def _counts(name: str, meaning: str, required: str = "never") -> Column:
    return Column(name, meaning, low=0, required=required)


def _positive(name: str, meaning: str, required: str = "never", high: float = math.inf) -> Column:
    return Column(name, meaning, low=0, above=True, high=high, required=required)


def _is_it_per_cent(value: float) -> str:
    return f"write {value / 100:g} if {value:g} is a percentage" if 1 < value <= 100 else ""


PATIENTS = (
    PATIENT,
    Column("sex", "male or female", text=True, allowed=("male", "female")),
    _positive("body_mass_kg", "body mass in kg", high=400),
    Column("height_cm", "height in cm", low=25, high=280, required="never"),
    _positive("administered_MBq", "administered activity in MBq at the time of administration"),
    Column(
        "haematocrit",
        "haematocrit as a fraction",
        low=0.1,
        high=0.7,
        required="never",
        hint=_is_it_per_cent,
    ),
    Column("phantom", "a phantom's name, in place of the sex's", text=True, required="never"),
)

WHOLE_BODY = (
    PATIENT,
    TIME,
    _counts("anterior_counts", "gross counts of the anterior (or single) view"),
    _counts("posterior_counts", "gross counts of the posterior view"),
    _positive("live_time_s", "counting time of each view in s"),
    _counts("background_counts", "background counts"),
    _positive("background_live_time_s", "counting time of the background in s"),
    _counts("percent_ia", "retention in % of the injected activity, in place of counts"),
    _positive("sd_percent_ia", "standard deviation of percent_ia"),
)

SERUM = (
    PATIENT,
    TIME,
    _counts("sample_counts", "gross counts of the serum sample"),
    _positive("live_time_s", "counting time of the sample in s"),
    _positive("sample_volume_mL", "volume of serum counted in mL"),
    _counts("background_counts", "background counts"),
    _positive("background_live_time_s", "counting time of the background in s"),
    _counts("standard_counts", "gross counts of the standard"),
    _positive("standard_live_time_s", "counting time of the standard in s"),
    _positive(
        "standard_activity_kBq", "activity of the counted standard in kBq at the time of administration"
    ),
    Column(
        "counted_at_h", "when the sample was counted, hours after administration", low=0, required="never"
    ),
    Column(
        "standard_counted_at_h",
        "when the standard was counted, h after administration",
        low=0,
        required="never",
    ),
    _counts("percent_ia_per_L", "serum concentration in %IA/L, in place of counts"),
    _positive("sd_percent_ia_per_L", "standard deviation of percent_ia_per_L"),
)

ORGANS = (
    PATIENT,
    Column("organ", "a source region", text=True),
    TIME,
    Column("value", "activity content or concentration", low=0),
    _positive("sd", "standard deviation of value"),
    Column("unit", "the unit of value", text=True),
)

MASSES = (
    PATIENT,
    Column("organ", "a region", text=True),
    _positive("mass_g", "the organ's mass in g", "always"),
)

TIAC = (
    Column("source", "a source region", text=True),
    Column("tiac_h", "time-integrated activity coefficient in h", low=0),
    Column("sd_h", "standard deviation of tiac_h in h, 0 if exact", low=0, required="file"),
)

COMPARISON = (
    Column("target", "a target region, or a quantity of effective dose", text=True),
    Column("mean", "published mean", low=0),
    Column("sd", "published standard deviation", low=0, required="never"),
    Column(
        "unit",
        "the unit",
        text=True,
        allowed=("mgy/mbq", "msv/mbq", "cgy/mci", "rad/mci", "csv/mci", "rem/mci"),
    ),
)

#: Tables of measurements, and the column that stands in place of counts.
MEASURED = {"whole_body": WHOLE_BODY, "serum": SERUM}
DIRECT = {"whole_body": "percent_ia", "serum": "percent_ia_per_L"}
COUNT_COLUMNS = {
    "whole_body": ("anterior_counts", "live_time_s", "background_counts", "background_live_time_s"),
    "serum": (
        "sample_counts", "live_time_s", "sample_volume_mL", "background_counts", "background_live_time_s",
        "standard_counts", "standard_live_time_s", "standard_activity_kBq",
    ),
}  # fmt: skip


class PatientTable:
    """The patients, and the errors that point into their table."""

    def __init__(self, table: Table, phantom_of: dict[str, str]) -> None:
        self.table = table
        self.rows: dict[str, Row] = {}
        for row in table.rows:
            if row["patient"] in self.rows:
                raise table.fail(row, "patient", f"'{row['patient']}' stands twice; once is allowed")
            self.rows[row["patient"]] = row
        self.patients = [
            Patient(
                name=name,
                sex=row["sex"],
                phantom=row["phantom"] or phantom_of[row["sex"]],
                body_mass_kg=row["body_mass_kg"],
                height_cm=row["height_cm"],
                administered_MBq=row["administered_MBq"],
                haematocrit=row["haematocrit"],
                curve_methods=own_methods(table, row),
                place=Place(str(table.path), f"row {row.number}"),
            )
            for name, row in self.rows.items()
        ]

    def check(self, other: Table, *, complete: bool = True) -> None:
        """Every patient of another table is known, and (if complete) every known one has rows there."""
        for row in other.rows:
            if row["patient"] not in self.rows:
                near = difflib.get_close_matches(row["patient"], self.rows, n=3, cutoff=0.5)
                hint = f"near names: {', '.join(near)}" if near else f"there: {', '.join(self.rows)}"
                raise other.fail(row, "patient", f"'{row['patient']}' is not in {self.table.path}; {hint}")
        present = {r["patient"] for r in other.rows}
        absent = [name for name in self.rows if name not in present]
        if complete and absent:
            raise DosimetryError(f"{other.path}: patient '{absent[0]}' of {self.table.path} has no rows here")


def read_patients(path: Path, male: str, female: str) -> PatientTable:
    """The patients' table, with the phantom that stands for each patient."""
    table = read_table(path, lambda header: (*PATIENTS, *method_columns(header)))
    return PatientTable(table, {"male": male, "female": female})


def read_measurements(path: Path, kind: str, patients: PatientTable) -> Table:
    """The table of the whole-body probe or of the serum: counts, or values in %IA or %IA/L.

    kind : "whole_body" or "serum".
    """
    table = read_table(path, MEASURED[kind])
    patients.check(table)
    return checked_measurements(table, kind)


def checked_measurements(table: Table, kind: str) -> Table:
    """The same table, which has either counts or direct values, and all that these need."""
    path, direct = table.path, DIRECT[kind]
    counted = COUNT_COLUMNS[kind]
    if (direct in table.columns) == (counted[0] in table.columns):
        raise DosimetryError(
            f"{path}: column '{direct}' or the counts ({', '.join(counted)}): one of the two is needed"
        )
    due = (direct,) if direct in table.columns else counted
    for column in due:
        table.require(column, f"with '{due[0]}' it is needed")
    optional = ("posterior_counts", f"sd_{direct}", "counted_at_h", "standard_counted_at_h")
    for row in table.rows:
        for column in (*due, *(c for c in optional if c in table.columns)):
            if row[column] is None:
                raise table.fail(
                    row, column, "the value is missing; leave the row out if it was not measured"
                )
        _check_net_counts(table, row)
    return table


def _check_net_counts(table: Table, row: Row) -> None:
    for column in ("anterior_counts", "posterior_counts", "sample_counts"):
        if row[column] is None:
            continue
        expected = row["background_counts"] / row["background_live_time_s"] * row["live_time_s"]
        if row[column] <= expected:
            raise table.fail(
                row,
                column,
                f"{row[column]:g} counts in {row['live_time_s']:g} s are not above the background of"
                f" {expected:.6g}; a net rate greater than 0 is needed: leave the row out",
            )


def read_organs(path: Path, patients: PatientTable) -> Table:
    """The table of organ curves; one unit for each curve."""
    table = read_table(path, ORGANS)
    patients.check(table, complete=False)
    return checked_organs(table)


def checked_organs(table: Table) -> Table:
    """The same table, whose units are known."""
    by_form = {u.lower(): u for u in ORGAN_UNITS}
    for row in table.rows:
        if row["unit"].lower() not in by_form:
            raise table.fail(
                row, "unit", f"'{row['unit']}' is not allowed; allowed: {', '.join(ORGAN_UNITS)}"
            )
    for (patient, organ), rows in table.groups("patient", "organ").items():
        other = next((r for r in rows if r["unit"].lower() != rows[0]["unit"].lower()), None)
        if other is not None:
            raise table.fail(
                other, "unit", f"'{other['unit']}', but row {rows[0].number} of {patient}, {organ} has"
                f" '{rows[0]['unit']}'; one unit for each curve is needed"
            )  # fmt: skip
    return table


def check_logarithms(table: Table, rows: list[Row], method: CurveMethod) -> None:
    """The values of a curve suit the trapezoids by which its area is made."""
    for row in rows:
        if "log" in (method.method or "") and row["value"] <= 0:
            raise table.fail(
                row,
                "value",
                f"{row['value']:g} has no logarithm; a value greater than 0 is needed for {method.method}"
                " areas",
            )


def read_tiac(path: Path, library: SafLibrary) -> tuple[dict[str, float], dict[str, float] | None]:
    """TIACs in h by source region of a phantom, and their standard deviations where the table has them.

    Left and right of one region ("left kidney", "right kidney") are added.
    """
    table = read_table(path, TIAC)
    values: dict[str, float] = {}
    sd: dict[str, float] = {}
    words: dict[str, list[str]] = {}
    for row in table.rows:
        source = source_region(table, row, "source", library)
        before = words.setdefault(source, [])
        if before and not other_side(before, row["source"]):
            raise table.fail(row, "source", f"'{row['source']}' stands twice; each region is needed once")
        before.append(row["source"])
        values[source] = values.get(source, 0.0) + row["tiac_h"]
        if "sd_h" in table.columns:
            sd[source] = math.hypot(sd.get(source, 0.0), row["sd_h"])
    return values, sd if "sd_h" in table.columns else None


def source_region(table: Table, row: Row, column: str, library: SafLibrary) -> str:
    """Canonical name of the source region that a cell names in a phantom."""
    where = f"phantom '{library.phantom}'"
    try:
        return resolve(row[column], (*library.sources, REMAINDER), kind="source region", where=where)
    except PhantomError as error:
        raise table.fail(row, column, str(error)) from None
