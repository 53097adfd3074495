"""TIACs and masses that stand in tables: of one body, or of the patients of a study."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from dosimetry.bladder.method import BLADDER
from dosimetry.errors import DosimetryError
from dosimetry.files.regions import all_rows, by_region
from dosimetry.files.tables import Row, Table, read_table
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.excretion.bladder import voided
from dosimetry.patients.methods import Methods
from dosimetry.patients.organ_masses import OrganMasses, own_masses
from dosimetry.patients.patient import WHOLE_BODY, Patient
from dosimetry.patients.sides import check_mass_of_half
from dosimetry.patients.sources import rest_of
from dosimetry.study.input_tables.table_columns import ORGAN_MASSES
from dosimetry.study.input_tables.tiac_tables import check_row
from dosimetry.svalues.mass_limits import too_heavy, unlikely_mass
from dosimetry.tiacs.plausible import Bound, bound_of
from dosimetry.tiacs.regions import absent_of, is_rest
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import Tiacs
from milligray.errors import Complaints
from phantoms.library.installed import load_phantom
from phantoms.library.locality import TOTAL_BODY
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import REMAINDER, normal_form
from phantoms.regions.sides import Named

#: Words for the whole body in a table of TIACs, where it is no source region.
WHOLE = (WHOLE_BODY, TOTAL_BODY)


def masses_kg(
    table: Table,
    rows: Sequence[Row],
    library: SafLibrary,
    *,
    absent: Collection[str] = (),
    body_kg: float | None = None,
    whose: str = "",
    confirmed: bool = False,
    complete: bool = True,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """Measured masses in kg by source region or side ("left kidney"), and the regions that are confirmed.

    Parameters
    ----------
    absent : sides that the patient lacks.
    body_kg : the patient's body mass, where it is known.
    confirmed : all are as given; else the column ``confirmed`` says which.
    complete : no row was left out for a mistake.

    Raises
    ------
    DosimetryError : an unknown region, one twice or with one side alone; the whole body or the remainder; a
        mass outside 0.2 to 5 times the reference body's that is not confirmed; more than the body's mass.
    """
    found: dict[str, float] = {}
    sure: list[str] = []
    sums: dict[str, float] = {}
    of = f" for {whose}" if whose else ""
    named = by_region(table, rows, "organ", library, absent=absent, whose=whose, complete=complete)
    for region, sides in named.items():
        mine = all_rows(sides)
        if is_rest(region):
            table.complain(
                mine[0], "organ", f"'{mine[0]['organ']}' is not an organ: the body's mass is body_mass_kg"
            )
            continue
        found |= {Named(region, side).word: part[0]["mass_g"] / 1000 for side, part in sides.items()}
        sums[region] = math.fsum(row["mass_g"] for row in mine) / 1000
        said = confirmed or all(row["confirmed"] == "yes" for row in mine)
        problem = None if said else unlikely_mass(region, sums[region], library, body_kg)
        if not problem:
            sure.append(region)  # not asked again by the dose, which does not know the patient's body
        else:
            table.complain(
                mine[-1], "mass_g", f"{mine[-1]['mass_g']:g} g{of}: the mass of '{region}' {problem}; write"
                " 'yes' in a column 'confirmed' if it is so"
            )  # fmt: skip
    if problem := too_heavy(sums, library, body_kg):
        who = f"patient '{whose}': " if whose else ""
        table.complaints.add(DosimetryError(f"{table.path}: {who}{problem}"))
    return found, tuple(sure)


def read_masses(
    path: Path,
    library: SafLibrary,
    *,
    absent: Collection[str] = (),
    body_kg: float | None = None,
    confirmed: bool = False,
) -> tuple[dict[str, float], tuple[str, ...]]:
    """One body's measured masses from a table with the columns ``organ`` and ``mass_g``.

    Parameters and errors : as :func:`masses_kg`.
    """
    with Complaints(DosimetryError) as found:
        table = read_table(path, ORGAN_MASSES, found)
        return masses_kg(
            table, table.rows, library,
            absent=absent, body_kg=body_kg, confirmed=confirmed, complete=not table.unsound,
        )  # fmt: skip


def with_masses(patients: Sequence[Patient], table: Table) -> list[Patient]:
    """The patients with their measured masses.

    Raises
    ------
    DosimetryError : see :func:`masses_kg`.
    """
    by_patient = table.groups("patient")
    doubtful = {row["patient"] for row in table.unsound}
    found = []
    for patient in patients:
        rows = by_patient.get((patient.name,), [])
        if patient.own_body:
            if rows:
                table.complain(rows[0], "organ", own_masses(patient))
            found.append(patient)
            continue
        library, sound = load_phantom(patient.phantom), not doubtful & {patient.name, None}
        with table.complaints.catching():
            masses, sure = masses_kg(
                table,
                rows,
                library,
                absent=absent_of(patient.absent, library),
                body_kg=patient.body_mass_kg,
                whose=patient.name,
                complete=sound,
            )
            if sound:  # part of them would be told of again, as sides that stand alone
                patient = replace(patient, organ_mass_kg=masses, confirmed_masses=sure)
        found.append(patient)
    return found


def with_given_tiacs(
    patients: Sequence[Patient], table: Table, n: Nuclide, methods: Methods, *, subtract: bool
) -> list[Patient]:
    """The patients with TIACs as a table gives them.

    Parameters
    ----------
    n : the nuclide, whose half-life bounds the TIACs.
    methods : which masses organs have, and what fills the urinary bladder from measured urine.
    subtract : the table has the whole body, and the remainder is it less all other regions.

    Raises
    ------
    DosimetryError : an unknown region, one that stands twice or with one side alone; no whole body; a TIAC
        above half-life/ln 2; a remainder below 0.
    """
    by_patient = table.groups("patient")
    bound = bound_of(n)
    doubtful = {row["patient"] for row in table.unsound}
    found = []
    for p in patients:
        with table.complaints.catching():
            library, rows = load_phantom(p.phantom), by_patient.get((p.name,), [])
            sound = not doubtful & {p.name, None}
            tiacs = _given(table, rows, sound, p, library, bound, methods, n.lambda_per_h, subtract=subtract)
            masses = _masses_of(p, tiacs, methods.organ_masses, library)
            found.append(replace(p, given_tiacs=replace(tiacs, **masses)))
    return found


def _masses_of(patient: Patient, tiacs: Tiacs, choice: str, library: SafLibrary) -> dict[str, Any]:
    """What the dose must know of the patient's masses."""
    masses = OrganMasses(choice, patient, library)
    used = {r: m for r, m in masses.measured.items() if r in tiacs}
    return {"organ_mass_kg": used, "body_mass_kg": masses.body_mass_kg}


def _given(
    table: Table,
    rows: Sequence[Row],
    sound: bool,
    patient: Patient,
    library: SafLibrary,
    bound: Bound,
    methods: Methods,
    lambda_phys_per_h: float,
    *,
    subtract: bool,
) -> Tiacs:
    """TIACs as a table gives them; the remainder from the whole body, or given too.

    sound : no row of the patient was left out for a mistake, so that a remainder can be made.
    """
    whole = [r for r in rows if subtract and normal_form(r["source"]) in WHOLE]
    for again in whole[1:]:
        table.complain(again, "source", f"'{again['source']}' stands twice for {patient.name}")
    absent = absent_of(patient.absent, library)
    others = [r for r in rows if r not in whole]
    found = by_region(table, others, "source", library, absent=absent, whose=patient.name, complete=sound)
    whole_body = _tiac(WHOLE_BODY, {"": whole[:1]}) if whole else None
    if whole_body is not None:
        check_row(table, whole[0], WHOLE_BODY, whole_body.value_h, whole_body.se_h, bound)
    tiacs = []
    for region, sides in found.items():
        row = all_rows(sides)[0]
        if subtract and region == REMAINDER:
            table.complain(row, "source", "the study makes the remainder from the whole body; drop this row")
            continue
        if region == BLADDER and methods.bladder is not None:
            table.complain(
                row, "source", f"'{row['source']}' has a TIAC here and a [bladder] in the study file as well;"
                " take one of them out"
            )  # fmt: skip
            continue
        tiac = _tiac(region, sides)
        check_row(table, row, region, tiac.value_h, tiac.se_h, bound)
        tiacs.append(tiac)
    if TOTAL_BODY in found and (len(found) > 1 or methods.bladder is not None):
        row = all_rows(found[TOTAL_BODY])[0]
        table.complain(
            row, "source", f"'{row['source']}' for {patient.name} stands beside other regions, whose activity"
            " would count twice: give 'remainder' (total body less all other regions) instead, or say"
            " tiac.remainder = \"whole body minus sources\" in the study file"
        )  # fmt: skip
    check_mass_of_half(patient, absent, found, library)
    bladder, warnings, named = [], {}, len(tiacs)
    if patient.urine is not None and (filled := voided(patient, methods, None, library, lambda_phys_per_h)):
        bladder, warnings = [filled.tiac], {BLADDER: filled.warnings} if filled.warnings else {}
    told = len([r for sides in found.values() for r in all_rows(sides)]) < len(others)
    if subtract and sound and not told:
        who = f"{table.path}: patient '{patient.name}'"
        if whole_body is None:
            raise DosimetryError(f"{who} has no row for 'whole body'")
        try:
            tiacs.append(rest_of(whole_body, [*tiacs, *bladder], methods))
        except DosimetryError as error:
            raise DosimetryError(f"{who}: {error}") from None
    return Tiacs((*tiacs[:named], *bladder, *tiacs[named:]), whole_body, warnings=warnings)


def _tiac(region: str, sides: Mapping[str, Sequence[Row]]) -> Tiac:
    """The TIAC of a region, its sides added, with their errors as independent parts."""
    rows = [row for part in sides.values() for row in part]
    value = math.fsum(row["tiac_h"] for row in rows)
    how = "given" if len(rows) == 1 else f"given, {' + '.join(row['source'] for row in rows)}"
    if any(row["sd_h"] is None for row in rows):
        return Tiac(region, value, None, how, "not given")
    one = len(rows) == 1
    return Tiac(region, value, {region if one else row["source"]: row["sd_h"] for row in rows}, how)
