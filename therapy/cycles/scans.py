"""The table of scans of cycles other than the measured one, as curves by cycle and region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.regions import named_region
from dosimetry.files.tables import Row, Table, read_table
from dosimetry.patients.patient import ORGAN_UNITS, SERUM, WHOLE_BODY, Measurements, Patient, Place
from dosimetry.patients.sides import by_region
from dosimetry.study.input_tables.curve_rows.clock_times import LATEST_H
from dosimetry.study.input_tables.curves import organ
from dosimetry.svalues.folding import library_of
from dosimetry.tiacs.regions import is_rest
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from milligray.errors import Complaints
from therapy.cycles.columns import scan_columns
from therapy.cycles.course import Course

#: Units of the two curves that are of no organ.
UNITS = {WHOLE_BODY: "%IA", SERUM: "%IA/L"}


def with_scans(
    path: Path,
    courses: Mapping[str, Course],
    patients: Sequence[Patient],
    lambda_phys_per_h: float,
    found: Complaints,
    *,
    decay_corrected: bool,
    with_lesions: bool,
) -> dict[str, Course]:
    """The courses with what the table of scans has of each; mistakes go to ``found``.

    with_lesions : whether the study has doses of lesions; which there are is known when they are computed.
    """
    table = read_table(path, scan_columns, found)
    known = {p.name: p for p in patients}
    grouped: dict[str, dict[int, list[Row]]] = {}
    for row in table.rows:
        with table.complaints.catching():
            course = _course_of(row, table, known, courses)
            if course is None:
                continue
            _in_hours(row, table, course)
            grouped.setdefault(course.patient, {}).setdefault(int(row["cycle"]), []).append(row)
    made = dict(courses)
    for name, cycles in grouped.items():
        organs: dict[int, dict[str, Curve]] = {}
        of_lesions: dict[int, dict[str, Curve]] = {}
        places: dict[tuple[int, str], Place] = {}
        for number, rows in sorted(cycles.items()):
            with table.complaints.catching():
                curves, tumours, at = _curves(
                    table, rows, known[name], number, lambda_phys_per_h, decay_corrected, with_lesions
                )
                organs[number], of_lesions[number] = curves, tumours
                places |= {(number, region): place for region, place in at.items()}
        made[name] = replace(courses[name], scans=organs, lesion_scans=of_lesions, places=places)
    return made


def _course_of(
    row: Row, table: Table, known: Mapping[str, Patient], courses: Mapping[str, Course]
) -> Course | None:
    """The course that a scan is of; None where the patient's course has mistakes of its own."""
    name = row["patient"]
    if name not in known:
        raise table.fail(row, "patient", f"'{name}' is no patient of the study")
    course = courses.get(name)
    if course is None:
        return None
    number = row["cycle"]
    if not float(number).is_integer() or number > len(course.cycles):
        raise table.fail(
            row, "cycle", f"'{name}' has no cycle {number:g}; there are 1 to {len(course.cycles)}"
        )
    if number == course.measured:
        raise table.fail(
            row, "cycle", f"cycle {number:g} is the measured one, whose curves stand in the study's own"
            " tables; write the scan there"
        )  # fmt: skip
    if (row["organ"] is None) == (row["lesion"] is None):
        raise table.fail(
            row, "organ", "'organ' or 'lesion' says what was scanned; one of the two is needed in each row"
        )
    return course


def _in_hours(row: Row, table: Table, course: Course) -> None:
    """Hours after the cycle's start, where the table has clock times."""
    if "time_h" in table.columns:
        return
    cycle, moment = course.cycle(int(row["cycle"])), row["time"]
    both = f"{moment.time.isoformat()} of cycle {cycle.number}, which starts at {cycle.said_start}"
    if cycle.day_only or moment.day_only:
        raise table.fail(
            row, "time", f"{both}: clock times need a time of day in both; or give time_h, hours after the"
            " start"
        )  # fmt: skip
    if (moment.time.tzinfo is None) != (cycle.start.tzinfo is None):
        raise table.fail(row, "time", f"{both}: one has a time zone and one has none; give it to both, or to"
                         " neither")  # fmt: skip
    hours = (moment.time - cycle.start).total_seconds() / 3600.0
    if hours < 0:
        raise table.fail(row, "time", f"{both}: that is before the start of its cycle")
    if hours > LATEST_H:
        raise table.fail(row, "time", f"{both}: that is {hours:.3g} h later; is the year right?")
    row.values["time_h"] = hours


def _curves(
    table: Table,
    rows: Sequence[Row],
    patient: Patient,
    number: int,
    lambda_phys_per_h: float,
    decay_corrected: bool,
    with_lesions: bool,
) -> tuple[dict[str, Curve], dict[str, Curve], dict[str, Place]]:
    """The curves of one patient in one cycle by region and by lesion, and where each stands."""
    library = library_of(patient.phantom)
    by_word: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        with table.complaints.catching():
            if row["lesion"] is not None:
                by_word.setdefault(("lesion", _lesion(row, table, with_lesions)), []).append(row)
                continue
            word = region = row["organ"].strip().lower()
            if word not in UNITS:
                named = named_region(table, row, "organ", library)
                if is_rest(named.region):
                    raise table.fail(
                        row, "organ", f"'{row['organ']}' is no organ; the remainder is made of the whole body"
                        " less all organs: give 'whole body' (%IA)"
                    )  # fmt: skip
                word, region = named.word, named.region
            _check_measured(row, table, patient, region)
            by_word.setdefault(("organ", word), []).append(row)
    made: dict[str, dict[str, Curve]] = {"organ": {}, "lesion": {}}
    places: dict[str, Place] = {}
    for (kind, word), mine in by_word.items():
        place = _place(table, mine)
        places[word] = place
        try:
            curve = _curve(table, mine, patient, word, lambda_phys_per_h, decay_corrected)
        except KineticsError as error:
            raise DosimetryError(f"{place}: cycle {number} of '{patient.name}', {word}: {error}") from None
        made[kind][word] = curve
    organs = {word: curve for word, curve in made["organ"].items() if word not in UNITS}
    measured = patient.measurements
    if organs and measured is not None:
        whole = replace(patient, measurements=Measurements(
            whole_body=measured.whole_body, organs=organs, places=places
        ))  # fmt: skip
        regions = by_region(whole, library)
        places |= regions.places
        made["organ"] = {w: c for w, c in made["organ"].items() if w in UNITS} | dict(regions.organs)
    for region, curve in made["organ"].items():
        _check_unit(table, rows, patient, region, curve)
    return made["organ"], made["lesion"], places


def _lesion(row: Row, table: Table, with_lesions: bool) -> str:
    name = str(row["lesion"])
    if not with_lesions:
        raise table.fail(
            row, "lesion", f"'{name}', but the study has no doses of lesions ([lesions] with [lesions.dose])"
        )
    return name


def _check_measured(row: Row, table: Table, patient: Patient, region: str) -> None:
    """The measured cycle has a curve of the region."""
    measured = patient.measurements
    if measured is None:
        raise table.fail(
            row, "organ", "the study gives TIACs, so no curve is there that a scan could be set against; take"
            " the scans out, or give the measured cycle's curves"
        )  # fmt: skip
    have = {WHOLE_BODY, *measured.organs} | ({SERUM} if measured.serum is not None else set())
    if region not in have:
        raise table.fail(
            row, "organ", f"the measured cycle of '{patient.name}' has no curve of '{region}', so that this"
            f" scan says nothing; there: {', '.join(sorted(have))}"
        )  # fmt: skip


def _place(table: Table, rows: Sequence[Row]) -> Place:
    ordered = sorted(rows, key=lambda row: row["time_h"])
    numbers = [row.number for row in ordered]
    span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
    return Place(str(table.path), span, tuple(numbers))


def _curve(
    table: Table,
    rows: Sequence[Row],
    patient: Patient,
    word: str,
    lambda_phys_per_h: float,
    decay_corrected: bool,
) -> Curve:
    """The curve of some rows of one region, whose unit is one."""
    first = rows[0]
    allowed = (UNITS[word],) if word in UNITS else ORGAN_UNITS
    for row in rows:
        if row["unit"].lower() not in [u.lower() for u in allowed]:
            raise table.fail(
                row, "unit", f"'{row['unit']}' is not allowed for {word}; allowed: {', '.join(allowed)}"
            )
        if row["unit"].lower() != first["unit"].lower():
            raise table.fail(
                row, "unit", f"'{row['unit']}', but row {first.number} of the same region and cycle has"
                f" '{first['unit']}'; one unit is needed"
            )  # fmt: skip
    if word == SERUM:
        given = [row["sd"] for row in rows if row["sd"] is not None]
        return Curve(
            time_h=[row["time_h"] for row in rows],  # type: ignore[arg-type]
            value=[row["value"] for row in rows],  # type: ignore[arg-type]
            sd=given if len(given) == len(rows) else None,  # type: ignore[arg-type]
            unit="%IA/L",
            decay_corrected=decay_corrected,
            name=word,
            lambda_phys_per_h=lambda_phys_per_h,
        )
    return organ(
        table, rows, patient, word, decay_corrected=decay_corrected, lambda_phys_per_h=lambda_phys_per_h
    )


def _check_unit(table: Table, rows: Sequence[Row], patient: Patient, region: str, curve: Curve) -> None:
    """A scan has the unit of the measured cycle's curve, whose mass then cancels."""
    measured = patient.measurements
    assert measured is not None
    own = {WHOLE_BODY: measured.whole_body, SERUM: measured.serum, **measured.organs}.get(region)
    if own is not None and own.unit != curve.unit:
        row = next(r for r in rows if r["unit"].lower() == curve.unit.lower())
        raise table.fail(
            row, "unit", f"'{curve.unit}' for {region}, but its curve of the measured cycle is in"
            f" '{own.unit}'; the same unit is needed"
        )  # fmt: skip
