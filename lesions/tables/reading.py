"""The tables on lesions, read and put together: a patient with lesions, their scans, tissue and outcome."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table, in_time, read_table
from dosimetry.patients.patient import Patient
from kinetics.curves.body_size import lean_body_mass_kg
from kinetics.errors import KineticsError
from lesions.lesion import (
    QUANTITIES,
    FdgScan,
    Lesion,
    LesionPatient,
    Outcome,
    ReferenceScan,
    Tissue,
    Uptake,
)
from lesions.tables import columns as c
from lesions.tables.checks import check_activities, check_outcome, check_values, one_value, organ_of
from lesions.tables.names import Known, LesionNames
from lesions.tables.settings import Formula, Lesions
from lesions.uptake.ratios import BACKGROUND, planned
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
MEASURED = (*QUANTITIES, "activity_MBq", "concentration_kBq_per_mL", "visual_class")


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
    known = Known(patients)
    for table in tables.values():
        known.check(table)
    warnings: list[str] = []
    by_patient = {name: table.groups("patient") for name, table in tables.items()}
    made = []
    names = LesionNames(tables.get("lesions"))
    for name in ("lesions fdg", "lesions tissue"):
        if name in tables:
            names.check(tables[name])
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
    if name == "lesions" and not set(MEASURED) & set(table.columns):
        problems.append(f"there is nothing measured; one of these columns is needed: {', '.join(MEASURED)}")
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
            at = planned(_time_h(row), settings.scans_h)
        except DosimetryError as error:
            table.complain(row, time_column(table), str(error))
            continue
        first = counted.setdefault((row[what].casefold(), at), row)
        if _time_h(first) != _time_h(row):  # equal times are told where they are put in order
            table.complain(
                row, time_column(table), f"'{row[what]}' of {row['patient']} has this scan and that of row"
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
    fdg, tissue = (_by_lesion(rows.get(f"lesions {n}", [])) for n in ("fdg", "tissue"))
    for name, mine in _by_lesion(rows.get("lesions", [])).items():
        table = tables["lesions"]
        lesions.append(
            Lesion(
                patient=patient.name,
                name=name,
                site=_site(tables, mine, fdg.get(name, [])),
                organ=organ_of(table, mine, patient),
                uptake=_uptakes(table, mine, patient),
                fdg=_fdg(tables.get("lesions fdg"), fdg.get(name, []), f"{patient.name}, {name}"),
                tissue=_tissue(tables.get("lesions tissue"), tissue.get(name, []), name, warnings),
                density_g_per_cm3=one_value(table, mine, "density_g_per_cm3", name),
            )
        )
    if "lesions" in tables:
        check_activities(tables["lesions"], rows.get("lesions", []), patient)
    return LesionPatient(
        name=patient.name,
        lesions=tuple(lesions),
        references=_references(tables.get("lesions references"), rows.get("lesions references", []), patient),
        outcome=_outcome(tables.get("lesions outcomes"), rows.get("lesions outcomes", []), patient.name),
        sex=patient.sex,
        body_mass_kg=patient.body_mass_kg,
        height_cm=patient.height_cm,
        administered_MBq=patient.administered_MBq,
    )


def _by_lesion(rows: Sequence[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["lesion"], []).append(row)
    return found


def time_column(table: Table) -> str:
    """The column that a table of scans has its times in."""
    return c.DAY if c.DAY in table.columns else c.TIME_H


def _time_h(row: Row) -> float:
    day = row[c.DAY]
    return float(row[c.TIME_H]) if day is None else 24.0 * float(day)


def _given(row: Row, prefix: str = "") -> dict[str, float]:
    return {q: float(row[prefix + q]) for q in QUANTITIES if row[prefix + q] is not None}


def _site(tables: Mapping[str, Table], mine: Sequence[Row], fdg: Sequence[Row]) -> str:
    """The lesion's site, the same in each of its rows."""
    first = mine[0]
    for name, rows in (("lesions", mine[1:]), ("lesions fdg", fdg)):
        for row in rows:
            if row["site"] is not None and row["site"].casefold() != first["site"].casefold():
                tables[name].complain(
                    row, "site", f"lesion '{first['lesion']}' of {first['patient']} is in"
                    f" '{row['site']}' here,"
                    f" and in '{first['site']}' in row {first.number} of"
                    f" {shown_path(tables['lesions'].path)};"
                    " one lesion has one site"
                )  # fmt: skip
    return str(first["site"])


def _uptakes(table: Table, rows: Sequence[Row], patient: Patient) -> tuple[Uptake, ...]:
    whose = f"{patient.name}, lesion '{rows[0]['lesion']}'"
    made = []
    for row in in_time(table, rows, whose, time_column(table)):
        check_values(table, row)
        if all(row[q] is None for q in MEASURED):
            table.complain(
                row, time_column(table), f"nothing was measured of {whose} in this scan; give one of"
                f" {', '.join(q for q in MEASURED if q in table.columns)}, or leave the row out"
            )  # fmt: skip
        made.append(
            Uptake(
                time_h=_time_h(row),
                value=_given(row),
                sd=_given(row, "sd_"),
                background=_given(row, "background_"),
                sd_background=_given(row, "sd_background_"),
                activity_MBq=row["activity_MBq"],
                sd_activity_MBq=row["sd_activity_MBq"],
                concentration_kBq_per_mL=row["concentration_kBq_per_mL"],
                sd_concentration_kBq_per_mL=row["sd_concentration_kBq_per_mL"],
                volume_mL=row["volume_mL"],
                sd_volume_mL=row["sd_volume_mL"],
                visual_class=row["visual_class"],
                row=row.number,
            )
        )
    return tuple(made)


def _fdg(table: Table | None, rows: Sequence[Row], whose: str) -> tuple[FdgScan, ...]:
    """The scans with FDG, baseline first."""
    made: dict[str, Row] = {}
    for row in rows:
        assert table is not None
        check_values(table, row)
        if not _given(row):
            table.complain(row, "scan", f"no uptake is given for {whose}; leave the row out if it has none")
        first = made.setdefault(row["scan"], row)
        if first is not row:
            table.complain(
                row, "scan", f"'{row['scan']}' stands twice for {whose} (first in row {first.number}); each"
                " lesion has one scan before the treatment and one early in it"
            )  # fmt: skip
    baseline, early = made.get("baseline"), made.get("early")
    for row in made.values():
        day = row[c.DAY]
        if table is None or day is None or (day <= 0) == (row is baseline):
            continue
        what = (
            "a baseline is before the treatment, on day 0 at the latest"
            if row is baseline
            else "an early scan is after the start of the treatment, which is day 0"
        )
        table.complain(row, c.DAY, f"{day:g} is not allowed for '{row['scan']}'; {what}")
    return tuple(
        FdgScan(
            when=row["scan"], day=row[c.DAY], value=_given(row), volume_mL=row["volume_mL"], row=row.number
        )
        for row in (baseline, early)
        if row is not None
    )


def _tissue(table: Table | None, rows: Sequence[Row], lesion: str, warnings: list[str]) -> Tissue | None:
    if table is None or not rows:
        return None
    first, *others = rows
    for row in others:
        table.complain(
            row, "lesion", f"'{lesion}' of {row['patient']} stands twice (first in row {first.number}); one"
            " tissue for each lesion is needed: give the one that the comparison is to be with"
        )  # fmt: skip
    ihc, status = first["ihc"], first["status"]
    if ihc is None and status is None and first["fish_ratio"] is None:
        table.complain(first, "lesion", f"nothing is said of '{lesion}'; give ihc, fish_ratio or status")
    if (ihc == 3 and status in ("negative", "low")) or (ihc == 0 and status in ("positive", "low")):
        warnings.append(
            f"{shown_path(table.path)}: row {first.number}: immunohistochemistry {ihc} with status"
            f" '{status}';"
            " both are kept as reported"
        )
    return Tissue(ihc=ihc, fish_ratio=first["fish_ratio"], status=status, row=first.number)


def _references(table: Table | None, rows: Sequence[Row], patient: Patient) -> tuple[ReferenceScan, ...]:
    made: list[ReferenceScan] = []
    if table is None:
        return ()
    regions: dict[str, list[Row]] = {}
    for row in rows:
        regions.setdefault(" ".join(row["region"].lower().split()), []).append(row)
    for region, mine in regions.items():
        if region == BACKGROUND:
            table.complain(
                mine[0], "region", "'background' is the tissue around one lesion: it stands beside the"
                " lesion, in"
                " the columns background_...; this table has normal tissues"
            )  # fmt: skip
        for row in in_time(table, mine, f"{patient.name}, {region}", time_column(table)):
            check_values(table, row)
            if not _given(row):
                table.complain(row, "region", f"no uptake of '{region}' is given; leave the row out")
            made.append(
                ReferenceScan(
                    time_h=_time_h(row),
                    region=region,
                    value=_given(row),
                    sd=_given(row, "sd_"),
                    row=row.number,
                )
            )
    return tuple(sorted(made, key=lambda r: (r.region, r.time_h)))


def _outcome(table: Table | None, rows: Sequence[Row], patient: str) -> Outcome | None:
    if table is None or not rows:
        return None
    first, *others = rows
    for row in others:
        table.complain(
            row, "patient", f"'{patient}' stands twice (first in row {first.number}); once is allowed"
        )
    check_outcome(table, first)
    events = {event: None if first[event] is None else first[event] == "yes" for event in c.EVENTS.values()}
    response = first["best_response"]
    return Outcome(
        **{day: first[day] for day in c.EVENTS},
        **events,
        best_response=None if response is None else response.upper(),
        response_day=first["response_day"],
        blood_status=first["blood_status"],
        row=first.number,
    )
