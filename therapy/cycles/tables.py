"""The table of cycles, read and checked: dates, activities, and what the patients' table says of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table, read_table
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.patient import Patient
from dosimetry.svalues.folding import spectra
from milligray.errors import Complaints
from therapy.cycles.columns import CYCLES, MBQ_PER
from therapy.cycles.course import LEAST_CYCLE_MBQ, Course, Cycle

#: Two statements of one activity may differ by rounding, relative.
SAME_ACTIVITY = 1e-6
#: And two of one start by less than this.
SAME_START = timedelta(minutes=1)


def read_courses(
    path: Path, patients: Sequence[Patient], measured: int, found: Complaints
) -> dict[str, Course]:
    """The courses of all patients, by name, without scans; mistakes go to ``found``.

    measured : number of the cycle that the study's tables are of.
    """
    table = read_table(path, CYCLES, found)
    columns = [name for name in MBQ_PER if name in table.columns]
    if len(columns) != 1:
        both = " and ".join(MBQ_PER)
        problem = "is missing" if not columns else "stand both there"
        word = f"column '{next(iter(MBQ_PER))}' {problem}" if not columns else f"the columns {both} {problem}"
        found.add(DosimetryError(f"{path}: {word}; one of the two ({both}) is needed"))
        return {}
    known = {p.name: p for p in patients}
    grouped = table.groups("patient")
    for (name,), rows in grouped.items():
        if name not in known:
            table.complain(rows[0], "patient", f"'{name}' is no patient of the study; there: {_some(known)}")
    courses: dict[str, Course] = {}
    doubtful = {row["patient"] for row in table.unsound}
    for name, patient in known.items():
        rows = grouped.get((name,), [])
        if name in doubtful or None in doubtful:
            _check_rows(table, name, rows)
            continue
        if not rows:
            found.add(
                DosimetryError(
                    f"{path}: patient '{name}' has no rows here; every patient of a study of therapy has"
                    " cycles: add them, or leave the patient out of the study"
                )
            )
            continue
        if _check_rows(table, name, rows, all_there=True):
            continue
        cycles = tuple(_cycle(row, columns[0]) for row in sorted(rows, key=lambda r: r["cycle"]))
        with found.catching():
            if measured > len(cycles):
                raise DosimetryError(
                    f"{path}: patient '{name}' has no cycle {measured}, in which the study's tables were"
                    f" measured (therapy.measured_cycle); the last is {len(cycles)}"
                )
            try:
                course = Course(patient=name, cycles=cycles, measured=measured)
            except DosimetryError as error:
                raise DosimetryError(f"{path}: {_rows(rows)}: {error}") from None
            _check_measured(patient, course, rows, table, columns[0])
            courses[name] = course
    return courses


def _some(known: Mapping[str, Patient]) -> str:
    return ", ".join(sorted(known)[:20])


def _rows(rows: Sequence[Row]) -> str:
    numbers = sorted(row.number for row in rows)
    return f"rows {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"row {numbers[0]}"


def _cycle(row: Row, column: str) -> Cycle:
    moment = row["start"]
    return Cycle(
        number=int(row["cycle"]),
        start=moment.time,
        day_only=moment.day_only,
        administered_MBq=float(row[column]) * MBQ_PER[column],
        row=row.number,
    )


def _check_rows(table: Table, name: str, rows: Sequence[Row], *, all_there: bool = False) -> bool:
    """Whether something is wrong with one patient's rows, each of which is told.

    all_there : no row was left out for a mistake, so that a cycle that is absent is really absent.
    """
    wrong = False
    seen: dict[int, Row] = {}
    for row in rows:
        if not float(row["cycle"]).is_integer():
            table.complain(row, "cycle", f"{row['cycle']:g} is no number of a cycle; 1, 2, 3 ... are")
            wrong = True
        elif (first := seen.setdefault(int(row["cycle"]), row)) is not row:
            table.complain(
                row, "cycle", f"cycle {row['cycle']:g} of '{name}' stands twice (first in row {first.number})"
                "; each is needed once"
            )  # fmt: skip
            wrong = True
    if all_there and not wrong and (lacking := set(range(1, max(seen, default=0))) - set(seen)):
        last = seen[max(seen)]
        table.complain(
            last, "cycle", f"cycle {max(seen)} of '{name}', but cycle"
            f"{'s' * (len(lacking) > 1)} {', '.join(map(str, sorted(lacking)))} is not there; a course is"
            " whole, since its sum is asked for"
        )  # fmt: skip
        wrong = True
    ordered = [seen[number] for number in sorted(seen)]
    for before, after in pairwise(ordered):
        one, two = before["start"].time, after["start"].time
        if (one.tzinfo is None) != (two.tzinfo is None):
            continue  # told with the course
        if two.date() == one.date():
            problem = f"on the same day as cycle {before['cycle']:g} in row {before.number}; add the"
            problem += " activities of one day, or correct the date"
        elif two.date() < one.date():
            problem = f"before cycle {before['cycle']:g} of {one.date()} in row {before.number}; cycles are"
            problem += " counted in the order of their dates"
        else:
            continue
        table.complain(after, "start", f"cycle {after['cycle']:g} of '{name}' is {problem}")
        wrong = True
    return wrong


def _check_measured(patient: Patient, course: Course, rows: Sequence[Row], table: Table, column: str) -> None:
    """What the patients' table says of the measured cycle is what the cycles' table says.

    Raises
    ------
    DosimetryError : another activity, another day of injection.
    """
    cycle = course.cycle(course.measured)
    row = next(r for r in rows if r["cycle"] == course.measured)
    given, stated = patient.administered_MBq, cycle.administered_MBq
    where = patient.place or f"patient '{patient.name}'"
    if given is not None and not math.isclose(given, stated, rel_tol=SAME_ACTIVITY):
        raise table.fail(
            row, column, f"{stated:g} MBq in cycle {cycle.number}, the measured one, of '{patient.name}', but"
            f" {where} has administered_MBq {given:g}; both are one thing: correct one"
        )  # fmt: skip
    if patient.injected_at is not None and not _same_start(patient.injected_at, cycle):
        raise table.fail(
            row, "start", f"cycle {cycle.number} of '{patient.name}', the measured one, starts at"
            f" {cycle.said_start}, but {where} has injected_at {patient.injected_at.isoformat()}; both are"
            " one thing: correct one"
        )  # fmt: skip


def _same_start(injected_at: datetime, cycle: Cycle) -> bool:
    """Whether an injection is at a cycle's start: to the minute; by the days alone where one has no more.

    A time with a zone and one without are compared as the clock on the wall has them.
    """
    start = cycle.start
    if (start.tzinfo is None) != (injected_at.tzinfo is None) or cycle.day_only:
        start, injected_at = start.replace(tzinfo=None), injected_at.replace(tzinfo=None)
    if cycle.day_only:
        return start.date() == injected_at.date()
    return abs(start - injected_at) < SAME_START


def activity_warnings(courses: Mapping[str, Course], n: Nuclide, daughters: str) -> list[str]:
    """What is said of activities that are too small for a therapy, where the nuclide emits no alphas."""
    if spectra(n, daughters)["alpha"].total_MeV > 0.0:
        return []
    found = []
    for course in courses.values():
        small = [c for c in course.cycles if c.administered_MBq < LEAST_CYCLE_MBQ]
        if small:
            listed = ", ".join(f"cycle {c.number}: {c.administered_MBq:g} MBq" for c in small)
            found.append(
                f"{course.patient}: {listed}: that is less than {LEAST_CYCLE_MBQ:g} MBq, and {n.name} emits"
                " no alphas: no therapy is that small; is it in GBq? (column administered_GBq)"
            )
    return found
