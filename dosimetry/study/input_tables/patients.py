"""The patients of a study, from the rows of its tables: bodies, curves, masses or TIACs, and their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

from dosimetry.errors import DosimetryError
from dosimetry.files import regions
from dosimetry.files.tables import Row, Table, in_time
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, WHOLE_GUT, Measurements, Patient, Place
from dosimetry.patients.sides import by_region
from dosimetry.study.input_tables import curves
from dosimetry.study.input_tables.curve_rows.treatment import Treatment
from dosimetry.study.input_tables.given import with_masses
from dosimetry.tiacs.regions import absent_of, is_rest
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary
from phantoms.regions.sides import Named

TABLES = ("whole_body", "serum", "organs", "masses")


@dataclass(frozen=True)
class Tables:
    """The tables of measurements that were read; None where there is none.

    decay_corrected : table's name ("whole_body", "serum", "organs") -> whether its activities are corrected
        to the time of administration.
    """

    whole_body: Table | None = None
    serum: Table | None = None
    organs: Table | None = None
    masses: Table | None = None
    decay_corrected: dict[str, bool] | None = None


def with_measurements(
    patients: Sequence[Patient], tables: Tables, methods: Methods, lambda_phys_per_h: float
) -> list[Patient]:
    """The patients with what the tables have of each.

    Raises
    ------
    DosimetryError : rows that make no curve, an unknown region, a unit without its density; with the row.
    """
    if tables.masses is not None:
        patients = with_masses(patients, tables.masses)
    read = {n: t for n in TABLES if (t := getattr(tables, n)) is not None}
    grouped = {name: table.groups("patient") for name, table in read.items()}
    doubtful = {name: {row["patient"] for row in table.unsound} for name, table in read.items()}
    found = []
    told: set[str] = set()
    libraries = {name: load_phantom(name) for name in dict.fromkeys(p.phantom for p in patients)}
    for patient in patients:
        rows = {name: by_patient.get((patient.name,), []) for name, by_patient in grouped.items()}
        sound = {name: not names & {patient.name, None} for name, names in doubtful.items()}
        library = libraries[patient.phantom]
        complaints = (tables.organs or tables.whole_body or Table("", ())).complaints
        before = len(complaints)
        measured = _measurements(tables, rows, sound, patient, library, methods, lambda_phys_per_h, told)
        found.append(replace(patient, measurements=measured))
        # a side whose other side has a mistake does not stand alone
        if measured is not None and sound.get("masses", True) and len(complaints) == before:
            with complaints.catching():
                found[-1] = replace(patient, measurements=by_region(found[-1], library))
    return found


def _place(table: Table, rows: Sequence[Row]) -> Place:
    ordered = sorted(rows, key=lambda row: row["time_h"])
    numbers = [row.number for row in ordered]
    span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
    return Place(str(table.path), span, tuple(numbers))


@contextmanager
def _located(table: Table, rows: Sequence[Row], whose: str) -> Iterator[None]:
    """Tell an error of a curve with the file and the rows that it is made of, among the table's mistakes."""
    with table.complaints.catching():
        try:
            yield
        except KineticsError as error:
            raise DosimetryError(f"{_place(table, rows)}, {whose}: {error}") from None


def _curve(
    table: Table | None, rows: Sequence[Row], whose: str, sound: bool, make: Callable[[], Curve]
) -> Curve | None:
    """The curve of some rows; None where there are none, or where a mistake in them was told already."""
    curve = None
    if table is not None and rows:
        with _located(table, rows, whose):
            if sound:
                curve = make()
            else:
                in_time(table, rows, whose)
    return curve


def _measurements(
    tables: Tables,
    rows: dict[str, list[Row]],
    sound: dict[str, bool],
    patient: Patient,
    library: SafLibrary,
    methods: Methods,
    lambda_phys_per_h: float,
    told: set[str],
) -> Measurements | None:
    """One patient's curves; None where a mistake that is told with others leaves no whole body.

    told : regions whose density was found to be missing; each is told once.
    """
    assert tables.decay_corrected is not None
    state = tables.decay_corrected
    places = {}
    made: dict[str, Curve | None] = {}
    treatment = Treatment(patient, methods)
    for name, region, of in (("whole_body", WHOLE_BODY, curves.whole_body), ("serum", SERUM, curves.serum)):
        table = getattr(tables, name)
        if table is not None and rows[name]:
            places[region] = _place(table, rows[name])
            make = partial(treatment.curve, of, table, rows[name], name, region,
                           decay_corrected=state[name], lambda_phys_per_h=lambda_phys_per_h)  # fmt: skip
            made[name] = _curve(table, rows[name], patient.name, sound[name], make)
    organs: dict[str, Curve] = {}
    if tables.organs is not None:
        for named, mine in _by_region(tables.organs, rows["organs"], sound["organs"], patient, library):
            word = named.word
            places[word] = _place(tables.organs, mine)
            of_word = partial(curves.organ, region=word)
            make = partial(treatment.curve, of_word, tables.organs, mine, "organs", named.region, word,
                           decay_corrected=state["organs"], lambda_phys_per_h=lambda_phys_per_h)  # fmt: skip
            curve = _curve(tables.organs, mine, f"{patient.name}, {word}", sound["organs"], make)
            if curve is not None:
                organs[word] = curve
            region = named.region
            lacks = mine[0]["unit"].lower() == "kbq/ml" and methods.density_g_per_mL(region) is None
            if lacks and region not in told:
                told.add(region)
                tables.organs.complain(
                    mine[0], "unit", f"'kBq/mL' needs a density: add '{region}' or 'other' to"
                    " [organs.tissue_density_g_per_mL]"
                )  # fmt: skip
    whole_body = made.get("whole_body")
    if whole_body is None:
        return None
    places |= {word: _place(table, used) for word, (table, used) in treatment.used.items()}
    return Measurements(
        whole_body=whole_body,
        serum=made.get("serum"),
        organs=organs,
        places=places,
        below_limit=treatment.below_limit,
        notes=treatment.notes,
    )


def _by_region(
    table: Table, rows: Sequence[Row], sound: bool, patient: Patient, library: SafLibrary
) -> Iterator[tuple[Named, list[Row]]]:
    """The rows of each curve: one unit in all of them, whatever the region is called.

    sound : no row of the patient was left out for a mistake, so that what is absent is really absent.
    """
    absent = absent_of(patient.absent, library)
    found = regions.by_region(
        table,
        rows,
        "organ",
        library,
        absent=absent,
        whose=patient.name,
        once=False,
        complete=sound,
        beside=(WHOLE_GUT,),
    )
    rest = "the remainder is made of the whole body's curve less all organs; drop these rows"
    for region, sides in found.items():
        for side, mine in sides.items():
            first = mine[0]
            if is_rest(region):
                table.complain(first, "organ", f"'{first['organ']}' is not an organ: {rest}")
                continue
            others = [row for row in mine if row["unit"].lower() != first["unit"].lower()]
            for row in others:
                table.complain(
                    row, "unit", f"'{row['organ']}' in '{row['unit']}', but row {first.number} has the same"
                    f" region, '{first['organ']}', in '{first['unit']}'; one unit for each curve is needed"
                )  # fmt: skip
            if not others:
                yield Named(region, side), mine
