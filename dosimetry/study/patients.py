"""The patients of a study, from the rows of its tables: bodies, curves, masses or TIACs, and their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dosimetry.errors import DosimetryError
from dosimetry.files import regions
from dosimetry.files.tables import Row, Table
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Measurements, Patient, Place
from dosimetry.patients.sides import by_region
from dosimetry.study import curves
from dosimetry.study.given import with_masses
from dosimetry.study.inputs import check_logarithms
from dosimetry.tiacs.regions import absent_of
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary
from phantoms.regions.sides import Named


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
    grouped = {
        name: table.groups("patient")
        for name in ("whole_body", "serum", "organs")
        if (table := getattr(tables, name)) is not None
    }
    found = []
    libraries = {name: load_phantom(name) for name in dict.fromkeys(p.phantom for p in patients)}
    for patient in patients:
        rows = {name: by_patient.get((patient.name,), []) for name, by_patient in grouped.items()}
        library = libraries[patient.phantom]
        measured = _measurements(tables, rows, patient, library, methods, lambda_phys_per_h)
        patient = replace(patient, measurements=measured)
        found.append(replace(patient, measurements=by_region(patient, library)))
    return found


def _place(table: Table, rows: Sequence[Row]) -> Place:
    ordered = sorted(rows, key=lambda row: row["time_h"])
    numbers = [row.number for row in ordered]
    span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
    return Place(str(table.path), span, tuple(numbers))


@contextmanager
def _located(table: Table, rows: Sequence[Row], whose: str) -> Iterator[None]:
    """Tell an error of a curve with the file and the rows that it is made of."""
    try:
        yield
    except KineticsError as error:
        raise DosimetryError(f"{_place(table, rows)}, {whose}: {error}") from None


def _measurements(
    tables: Tables,
    rows: dict[str, list[Row]],
    patient: Patient,
    library: SafLibrary,
    methods: Methods,
    lambda_phys_per_h: float,
) -> Measurements:
    """One patient's curves."""
    assert tables.whole_body is not None and tables.decay_corrected is not None
    state = tables.decay_corrected
    places = {WHOLE_BODY: _place(tables.whole_body, rows["whole_body"])}
    with _located(tables.whole_body, rows["whole_body"], patient.name):
        whole_body = curves.whole_body(
            tables.whole_body,
            rows["whole_body"],
            patient,
            decay_corrected=state["whole_body"],
            lambda_phys_per_h=lambda_phys_per_h,
        )
    serum = None
    if tables.serum is not None:
        places[SERUM] = _place(tables.serum, rows["serum"])
        with _located(tables.serum, rows["serum"], patient.name):
            serum = curves.serum(
                tables.serum,
                rows["serum"],
                patient,
                decay_corrected=state["serum"],
                lambda_phys_per_h=lambda_phys_per_h,
            )
    organs: dict[str, Curve] = {}
    if tables.organs is not None:
        for named, mine in _by_region(tables.organs, rows["organs"], patient, library):
            word = named.word
            places[word] = _place(tables.organs, mine)
            method = methods.of_curve(named.region, patient.curve_methods)
            check_logarithms(tables.organs, mine, method)
            with _located(tables.organs, mine, f"{patient.name}, {word}"):
                organs[word] = curves.organ(
                    tables.organs,
                    mine,
                    patient,
                    word,
                    decay_corrected=state["organs"],
                    lambda_phys_per_h=lambda_phys_per_h,
                )
            if organs[word].unit == "kBq/mL" and methods.density_g_per_mL(named.region) is None:
                raise tables.organs.fail(
                    mine[0], "unit", f"'kBq/mL' needs a density: add '{named.region}' or 'other' to"
                    " [organs.tissue_density_g_per_mL]"
                )  # fmt: skip
    return Measurements(whole_body=whole_body, serum=serum, organs=organs, places=places)


def _by_region(
    table: Table, rows: Sequence[Row], patient: Patient, library: SafLibrary
) -> Iterator[tuple[Named, list[Row]]]:
    """The rows of each curve: one unit in all of them, whatever the region is called."""
    absent = absent_of(patient.absent, library)
    found = regions.by_region(table, rows, "organ", library, absent=absent, whose=patient.name, once=False)
    for region, sides in found.items():
        for side, mine in sides.items():
            first = mine[0]
            regions.refuse_rest(
                table, first, "organ", region,
                "the remainder is made of the whole body's curve less all organs; drop these rows",
            )  # fmt: skip
            for row in mine:
                if row["unit"].lower() != first["unit"].lower():
                    raise table.fail(
                        row, "unit", f"'{row['organ']}' in '{row['unit']}', but row {first.number} has the"
                        f" same region, '{first['organ']}', in '{first['unit']}'; one unit for each curve is"
                        " needed"
                    )  # fmt: skip
            yield Named(region, side), mine
