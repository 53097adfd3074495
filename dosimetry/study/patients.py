"""The patients of a study, from the rows of its tables: bodies, curves, masses or TIACs, and their places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Row, Table
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Measurements, Patient, Place
from dosimetry.study import curves
from dosimetry.study.inputs import check_logarithms, source_region
from dosimetry.tiacs.tiac import Tiac, remainder
from dosimetry.tiacs.tiacs import Tiacs
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from phantoms.library.installed import load_phantom
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, normal_form


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
    grouped = {
        name: table.groups("patient")
        for name in ("whole_body", "serum", "organs", "masses")
        if (table := getattr(tables, name)) is not None
    }
    found = []
    libraries = {name: load_phantom(name) for name in dict.fromkeys(p.phantom for p in patients)}
    for patient in patients:
        rows = {name: by_patient.get((patient.name,), []) for name, by_patient in grouped.items()}
        library = libraries[patient.phantom]
        if tables.masses is not None:
            masses = _masses(tables.masses, rows["masses"], patient, library)
            patient = replace(patient, organ_mass_kg=masses)
        found.append(
            replace(
                patient,
                measurements=_measurements(tables, rows, patient, library, methods, lambda_phys_per_h),
            )
        )
    return found


def with_given_tiacs(patients: Sequence[Patient], table: Table, *, subtract: bool) -> list[Patient]:
    """The patients with TIACs as a table gives them.

    subtract : the table has the whole body, and the remainder is it less all other regions.

    Raises
    ------
    DosimetryError : an unknown region or one that stands twice; no whole body; a remainder below 0.
    """
    by_patient = table.groups("patient")
    libraries = {name: load_phantom(name) for name in dict.fromkeys(p.phantom for p in patients)}
    return [
        replace(
            p, given_tiacs=_given(table, by_patient[(p.name,)], p, libraries[p.phantom], subtract=subtract)
        )
        for p in patients
    ]


def _place(table: Table, rows: Sequence[Row]) -> Place:
    numbers = [row.number for row in rows]
    span = f"rows {min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"row {numbers[0]}"
    return Place(str(table.path), span)


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
        for region, mine in _by_region(tables.organs, rows["organs"], library).items():
            places[region] = _place(tables.organs, mine)
            check_logarithms(tables.organs, mine, methods.of_curve(region, patient.curve_methods))
            with _located(tables.organs, mine, f"{patient.name}, {region}"):
                organs[region] = curves.organ(
                    tables.organs,
                    mine,
                    patient,
                    region,
                    decay_corrected=state["organs"],
                    lambda_phys_per_h=lambda_phys_per_h,
                )
            if organs[region].unit == "kBq/mL" and methods.density_g_per_mL(region) is None:
                raise tables.organs.fail(
                    mine[0], "unit", f"'kBq/mL' needs a density: add '{region}' or 'other' to"
                    " [organs.tissue_density_g_per_mL]"
                )  # fmt: skip
    return Measurements(whole_body=whole_body, serum=serum, organs=organs, places=places)


def _by_region(table: Table, rows: Sequence[Row], library: SafLibrary) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(source_region(table, row, "organ", library), []).append(row)
    return found


def _masses(table: Table, rows: Sequence[Row], patient: Patient, library: SafLibrary) -> dict[str, float]:
    """Measured masses in kg by source region."""
    found: dict[str, float] = {}
    for row in rows:
        region = source_region(table, row, "organ", library)
        if region in found:
            raise table.fail(row, "organ", f"'{row['organ']}' stands twice for {patient.name}")
        found[region] = row["mass_g"] / 1000
    return found


def _given(
    table: Table, rows: Sequence[Row], patient: Patient, library: SafLibrary, *, subtract: bool
) -> Tiacs:
    """TIACs as a table gives them; the remainder from the whole body, or given too."""
    tiacs: list[Tiac] = []
    whole_body: Tiac | None = None
    seen: set[str] = set()
    for row in rows:
        whole = subtract and normal_form(row["source"]) in (WHOLE_BODY, "total body")
        region = WHOLE_BODY if whole else source_region(table, row, "source", library)
        if region in seen:
            raise table.fail(row, "source", f"'{row['source']}' stands twice for {patient.name}")
        if subtract and region == REMAINDER:
            raise table.fail(
                row, "source", "the study makes the remainder from the whole body; drop this row"
            )
        seen.add(region)
        known = None if row["sd_h"] is None else {region: row["sd_h"]}
        tiac = Tiac(region, row["tiac_h"], known, "given", "" if known else "not given")
        if whole:
            whole_body = tiac
        else:
            tiacs.append(tiac)
    if subtract:
        who = f"{table.path}: patient '{patient.name}'"
        if whole_body is None:
            raise DosimetryError(f"{who} has no row for 'whole body'")
        try:
            tiacs.append(remainder(whole_body, tiacs))
        except DosimetryError as error:
            raise DosimetryError(f"{who}: {error}") from None
    return Tiacs(tuple(tiacs), whole_body)
