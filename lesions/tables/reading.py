"""The tables on lesions, read and put together: a patient with lesions, their scans, tissue and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table, read_table
from dosimetry.patients.patient import Patient
from kinetics.curves.body_size import lean_body_mass_kg
from kinetics.errors import KineticsError
from lesions.lesion import (
    QUANTITIES,
    Lesion,
    LesionPatient,
)
from lesions.tables import columns as c
from lesions.tables import scans
from lesions.tables.checks import axes_of, check_activities, one_value, organ_of
from lesions.tables.names import Known, LesionNames
from lesions.tables.settings import Formula, Lesions
from lesions.uptake.ratios import planned
from lesions.uptake.sul import lacks_sul
from milligray.errors import Complaints
from milligray.text_files import shown_path

COLUMNS = {
    "lesions": c.LESIONS,
    "lesions fdg": c.FDG,
    "lesions tissue": c.TISSUE,
    "lesions outcomes": c.OUTCOMES,
    "lesions references": c.REFERENCES,
}


@dataclass(frozen=True)
class LesionTables:
    """Patients with lesions, and the tables that they were read from.

    patients : in the order of the patients' table; those without lesions too.
    paths : name of each table ("lesions", "lesions fdg", ...) -> its file, for messages.
    warnings : what a reader of the results should know of the tables.
    """

    patients: list[LesionPatient]
    paths: Mapping[str, Path]
    warnings: list[str] = field(default_factory=list)

    def fail(self, table: str, row: int | None, column: str, problem: str) -> DosimetryError:
        """The error to tell of one cell of a table, e.g. ``fail("lesions fdg", scan.row, "scan", ...)``."""
        place = f"row {row}, " if row is not None else ""
        return DosimetryError(f"{shown_path(self.paths[table])}: {place}column '{column}': {problem}")


def read_lesions(
    settings: Lesions, paths: Mapping[str, Path], patients: Sequence[Patient], found: Complaints
) -> LesionTables:
    """The patients of a study with all that the tables say of their lesions.

    Parameters
    ----------
    paths : of each table of :meth:`lesions.tables.settings.Lesions.files`.
    patients : of the patients' table.
    found : what gathers the mistakes of all tables.
    """
    tables: dict[str, Table] = {}
    for name in settings.files():
        with found.catching():
            tables[name] = read_table(paths[name], COLUMNS[name], found)
    for name, table in tables.items():
        with found.catching():
            _check_header(name, table, settings)
    known = Known(patients, found)
    for table in tables.values():
        known.check(table)
    warnings: list[str] = []
    by_patient = {name: table.groups("patient") for name, table in tables.items()}
    made = []
    names = LesionNames(tables.get("lesions"))
    if "lesions" in tables:
        names.alike(tables["lesions"])
    for name in ("lesions fdg", "lesions tissue"):
        if name in tables:
            names.check(tables[name], known)
    for patient in patients:
        rows = {name: groups.get((patient.name,), []) for name, groups in by_patient.items()}
        made.append(_patient(patient, tables, rows, settings, warnings))
        for name in ("lesions", "lesions references"):
            if name in tables:
                _check_plan(tables[name], rows[name], settings)
        if settings.lean_body_mass is not None and lacks_sul(made[-1]):
            _check_size(patient, settings.lean_body_mass, found)
    return LesionTables(made, dict(paths), warnings)


def _check_header(name: str, table: Table, settings: Lesions) -> None:
    """What a table's columns ask of each other and of the study file."""
    problems = []
    timed = [t for t in (c.TIME_H, c.DAY) if t in table.columns]
    if name in ("lesions", "lesions references") and len(timed) != 1:
        which = "both are there; keep one" if timed else "one of the two is needed"
        problems.append(f"columns '{c.TIME_H}' and '{c.DAY}' (after administration): {which}")
    activities = [q for q in ("activity_MBq", "concentration_kBq_per_mL") if q in table.columns]
    if name == "lesions" and activities and settings.decay_corrected is None:
        problems.append(
            f"column '{activities[0]}' needs lesions.decay_corrected in the study file: true (corrected"
            " to the"
            " time of administration) or false (as at the scan)"
        )
    if name == "lesions" and not activities and settings.decay_corrected is not None:
        problems.append(
            "lesions.decay_corrected is of activity_MBq and concentration_kBq_per_mL, and the file has"
            " neither;"
            " take it out (SUVs are corrected to the time of administration by their definition)"
        )
    if name == "lesions" and not set(scans.MEASURED) & set(table.columns):
        problems.append(
            f"there is nothing measured; one of these columns is needed: {', '.join(scans.MEASURED)}"
        )
    if name in ("lesions fdg", "lesions references") and not set(QUANTITIES) & set(table.columns):
        problems.append(f"there is no uptake; one of these columns is needed: {', '.join(QUANTITIES)}")
    if name == "lesions tissue" and not {"ihc", "fish_ratio", "status"} & set(table.columns):
        problems.append("one of the columns ihc, fish_ratio, status is needed")
    for day, event in c.EVENTS.items():
        if name == "lesions outcomes" and (day in table.columns) != (event in table.columns):
            problems.append(
                f"columns '{day}' and '{event}' go together: the day, and whether it happened then"
            )
    if problems:
        raise DosimetryError(*(f"{shown_path(table.path)}: {p}" for p in problems))


def _check_plan(table: Table, rows: Sequence[Row], settings: Lesions) -> None:
    """Each scan is near a time of the plan, and no two scans count as one."""
    what = "lesion" if "lesion" in table.columns else "region"
    counted: dict[tuple[str, float], Row] = {}
    for row in rows:
        try:
            at = planned(scans.time_h(row), settings.scans_h)
        except DosimetryError as error:
            table.complain(row, scans.time_column(table), str(error))
            continue
        first = counted.setdefault((row[what].casefold(), at), row)
        if scans.time_h(first) != scans.time_h(row):  # equal times are told where they are put in order
            table.complain(
                row, scans.time_column(table), f"'{row[what]}' of {row['patient']} has this scan and"
                " that of row"
                f" {first.number} at the one time {at:g} h of lesions.scans_h; add a time there, or"
                " leave one out"
            )  # fmt: skip


def _check_size(patient: Patient, formula: Formula, found: Complaints) -> None:
    """A body that the formula of lean body mass holds for."""
    why = f"lesions.lean_body_mass = '{formula}' makes SUL of SUV by it"
    for quantity in ("body_mass_kg", "height_cm"):
        with found.catching():
            patient.need(quantity, why)
    if patient.body_mass_kg is None or patient.height_cm is None:
        return
    try:
        lean_body_mass_kg(patient.sex, patient.height_cm / 100, patient.body_mass_kg, formula)
    except KineticsError as error:
        where = patient.place or f"patient '{patient.name}'"
        found.add(DosimetryError(f"{where}, columns 'body_mass_kg' and 'height_cm': {error}"))


def _patient(
    patient: Patient,
    tables: Mapping[str, Table],
    rows: Mapping[str, list[Row]],
    settings: Lesions,
    warnings: list[str],
) -> LesionPatient:
    """One patient, from their rows of each table; mistakes go to the tables' complaints."""
    lesions = []
    of_fdg, of_tissue = (scans.by_lesion(rows.get(f"lesions {n}", [])) for n in ("fdg", "tissue"))
    for name, mine in scans.by_lesion(rows.get("lesions", [])).items():
        table = tables["lesions"]
        lesions.append(
            Lesion(
                patient=patient.name,
                name=name,
                site=scans.site(tables, mine, of_fdg.get(name, [])),
                organ=organ_of(table, mine, patient),
                uptake=scans.uptakes(table, mine, patient),
                fdg=scans.fdg(tables.get("lesions fdg"), of_fdg.get(name, []), f"{patient.name}, {name}"),
                tissue=scans.tissue(tables.get("lesions tissue"), of_tissue.get(name, []), name, warnings),
                axes_mm=axes_of(table, mine),
                density_g_per_cm3=one_value(table, mine, "density_g_per_cm3", name),
            )
        )
    if "lesions" in tables:
        check_activities(tables["lesions"], rows.get("lesions", []), patient)
    return LesionPatient(
        name=patient.name,
        lesions=tuple(lesions),
        references=scans.references(
            tables.get("lesions references"), rows.get("lesions references", []), patient
        ),
        outcome=scans.outcome(tables.get("lesions outcomes"), rows.get("lesions outcomes", []), patient.name),
        sex=patient.sex,
        body_mass_kg=patient.body_mass_kg,
        height_cm=patient.height_cm,
        administered_MBq=patient.administered_MBq,
    )
