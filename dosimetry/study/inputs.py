"""The tables of a study: their columns, and what a study asks of them beyond single values.

``docs/study.md`` lists the columns for users. Tables come back as rows that know their number in the
file, so that whatever is found wrong later can still be pointed at.
"""

from __future__ import annotations

import difflib
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import LARGEST, MOST_LISTED, SMALLEST, Column, Row, Table, read_table
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.patient import ORGAN_UNITS, Patient, Place
from dosimetry.study.patient_methods import method_columns, own_methods
from milligray.errors import TOLD, Complaints

PATIENT = Column("patient", "a patient's identifier", text=True)
#: Latest time in h: some hundred years.
LATEST_H = 1e6
TIME = Column("time_h", "hours after administration", low=0, high=LATEST_H)


def _counts(name: str, meaning: str, high: float = LARGEST) -> Column:
    return Column(name, meaning, low=0, high=high, required="never")


def _positive(name: str, meaning: str, smallest: float, high: float, required: str = "never") -> Column:
    return Column(name, meaning, low=0, above=True, smallest=smallest, high=high, required=required)


def _seconds(name: str, meaning: str) -> Column:
    return _positive(name, meaning, 1e-6, 1e8)


def _is_it_per_cent(value: float) -> str:
    return f"write {value / 100:g} if {value:g} is a percentage" if 1 < value <= 100 else ""


PATIENTS = (
    PATIENT,
    Column("sex", "male or female", text=True, allowed=("male", "female")),
    _positive("body_mass_kg", "body mass in kg", 0.1, 400),
    Column("height_cm", "height in cm", low=25, high=280, required="never"),
    _positive("administered_MBq", "administered activity in MBq at the time of administration", 1e-9, 1e7),
    Column(
        "haematocrit",
        "haematocrit as a fraction",
        low=0.1,
        high=0.7,
        required="never",
        hint=_is_it_per_cent,
    ),
    Column("phantom", "a phantom's name, in place of the sex's", text=True, required="never"),
    Column(
        "absent",
        "what the patient lacks, e.g. 'left kidney', several separated by ';'",
        text=True,
        required="never",
    ),
)

WHOLE_BODY = (
    PATIENT,
    TIME,
    _counts("anterior_counts", "gross counts of the anterior (or single) view"),
    _counts("posterior_counts", "gross counts of the posterior view"),
    _seconds("live_time_s", "counting time of each view in s"),
    _counts("background_counts", "background counts"),
    _seconds("background_live_time_s", "counting time of the background in s"),
    _counts("percent_ia", "retention in % of the injected activity, in place of counts", 1e6),
    _positive("sd_percent_ia", "standard deviation of percent_ia", SMALLEST, 1e6),
)

SERUM = (
    PATIENT,
    TIME,
    _counts("sample_counts", "gross counts of the serum sample"),
    _seconds("live_time_s", "counting time of the sample in s"),
    _positive("sample_volume_mL", "volume of serum counted in mL", 1e-9, 1e6),
    _counts("background_counts", "background counts"),
    _seconds("background_live_time_s", "counting time of the background in s"),
    _counts("standard_counts", "gross counts of the standard"),
    _seconds("standard_live_time_s", "counting time of the standard in s"),
    _positive(
        "standard_activity_kBq",
        "activity of the counted standard in kBq at the time of administration",
        1e-12,
        1e12,
    ),
    Column(
        "counted_at_h",
        "when the sample was counted, hours after administration",
        low=0,
        high=LATEST_H,
        required="never",
    ),
    Column(
        "standard_counted_at_h",
        "when the standard was counted, h after administration",
        low=0,
        high=LATEST_H,
        required="never",
    ),
    _counts("percent_ia_per_L", "serum concentration in %IA/L, in place of counts", 1e9),
    _positive("sd_percent_ia_per_L", "standard deviation of percent_ia_per_L", SMALLEST, 1e9),
)

ORGANS = (
    PATIENT,
    Column("organ", "a source region", text=True),
    TIME,
    Column("value", "activity content or concentration", low=0),
    _positive("sd", "standard deviation of value", SMALLEST, LARGEST),
    Column("unit", "the unit of value", text=True),
)

ORGAN_MASSES = (
    Column("organ", "a region", text=True),
    _positive("mass_g", "the organ's mass in g", 1e-6, 1e6, required="always"),
    Column(
        "confirmed",
        "'yes' where a mass is as given, though it is far from the reference body's",
        text=True,
        allowed=("yes", "no"),
        required="never",
    ),
)

MASSES = (PATIENT, *ORGAN_MASSES)

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
        #: Names in rows that have a mistake: patients that other tables may speak of.
        self.unsound = {row["patient"] for row in table.unsound if row["patient"] is not None}
        #: Whether a patient who is not here is not meant by any row.
        self.complete = table.all_known("patient")
        for row in table.rows:
            if row["patient"] in self.rows:
                self.complete = False
                first = self.rows[row["patient"]].number
                table.complain(
                    row, "patient", f"'{row['patient']}' stands twice (first in row {first}); once is allowed"
                )
            else:
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
                absent=tuple(w for word in (row["absent"] or "").split(";") if (w := word.strip())),
                curve_methods=own_methods(table, row),
                place=Place(str(table.path), f"row {row.number}"),
            )
            for name, row in self.rows.items()
        ]

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


def read_patients(path: Path, male: str, female: str, complaints: Complaints | None = None) -> PatientTable:
    """The patients' table, with the phantom that stands for each patient."""
    table = read_table(path, lambda header: (*PATIENTS, *method_columns(header)), complaints)
    return PatientTable(table, {"male": male, "female": female})


def read_measurements(path: Path, kind: str, complaints: Complaints | None = None) -> Table:
    """The table of the whole-body probe or of the serum: counts, or values in %IA or %IA/L.

    kind : "whole_body" or "serum".
    """
    return checked_measurements(read_table(path, MEASURED[kind], complaints), kind)


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
    lacking = [row for row in table.rows if any(row[c] is None for c in asked)]
    for row in (*lacking, *table.unsound):
        for column in asked:
            if column in row.values and row[column] is None:
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
    return checked_organs(read_table(path, ORGANS, complaints))


def checked_organs(table: Table) -> Table:
    """The same table, whose units are known."""
    by_form = {u.lower(): u for u in ORGAN_UNITS}
    unfit = []
    for row in table.rows:
        if row["unit"].lower() not in by_form:
            unfit.append(row)
            table.complain(row, "unit", f"'{row['unit']}' is not allowed; allowed: {', '.join(ORGAN_UNITS)}")
    table.set_aside(unfit)
    for (patient, organ), rows in table.groups("patient", "organ").items():
        others = [r for r in rows if r["unit"].lower() != rows[0]["unit"].lower()]
        for other in others:
            table.complain(
                other, "unit", f"'{other['unit']}', but row {rows[0].number} of {patient}, {organ} has"
                f" '{rows[0]['unit']}'; one unit for each curve is needed"
            )  # fmt: skip
        table.set_aside(others)
    return table


def check_logarithms(table: Table, rows: list[Row], method: CurveMethod) -> None:
    """The values of a curve suit the trapezoids by which its area is made."""
    for row in rows:
        if "log" in (method.method or "") and row["value"] <= 0:
            table.complain(
                row,
                "value",
                f"{row['value']:g} has no logarithm; a value greater than 0 is needed for {method.method}"
                " areas",
            )
