"""T1: subjects and administration."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.dossier.document.numbers import Digits
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.tables import footnotes
from dosimetry.dossier.tables.parts import COUNT, Source, as_stated, beside, capital

if TYPE_CHECKING:
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.dossier.results.results import Results

NOT_STATED = "not stated"
#: Column of the result table -> head, unit.
QUANTITIES = {
    "age_y": ("Age", "y"),
    "body_mass_kg": ("Body mass", "kg"),
    "height_cm": ("Height", "cm"),
    "haematocrit": ("Haematocrit", "fraction"),
    "administered_MBq": ("Administered activity", "MBq"),
    "mass_dose_mg": ("Mass dose", "mg"),
}


def subjects_table(results: Results, options: TableOptions) -> Table:
    """Sex, age, body, activity and mass administered of each subject, with the cohort's statistics below.

    A quantity that no subject has is no column; a footnote names it.
    """
    source = Source(results, "subjects")
    frame = source.frame
    title = "Subjects and administration"
    if not len(frame):
        return Table(
            "subjects",
            title,
            reason="the results have no table of subjects; run the study again with this version",
            simulated=results.simulated,
            sha256=results.sha256,
        )
    stated = [name for name in QUANTITIES if frame[name].notna().any()]
    digits = {name: _digits(frame[name].dropna().tolist()) for name in stated}
    columns = (
        Column("subject", "Subject"),
        Column("sex", "Sex"),
        *(Column(name, *QUANTITIES[name], digits=digits[name]) for name in stated),
        Column("phantom", "Reference body"),
    )
    rows = [
        Row(
            (
                Cell(source.at(i, "patient")),
                Cell(source.at(i, "sex")),
                *(_of_subject(source, i, name) for name in stated),
                Cell(capital(source.at(i, "phantom"))),
            )
        )
        for i in range(len(frame))
    ]
    if stated:
        rows += _statistics(source, digits)
    return Table(
        "subjects",
        title,
        columns,
        tuple(rows),
        (*footnotes.simulated(results), *_notes(results, source, stated)),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=len(stated) > 5,
    )


def _of_subject(source: Source, row: int, name: str) -> Cell:
    cell = source.cell(row, name, why_not=NOT_STATED)
    return Cell(None, NOT_STATED) if cell.value is None else cell


def _digits(values: list[float]) -> Digits:
    """As many decimals as the most precise of some stated numbers has; they stand as they were stated."""
    return Digits(decimals=max(as_stated(v).decimals or 0 for v in values))


def _statistics(source: Source, stated: dict[str, Digits]) -> list[Row]:
    """n, mean, SD, median, minimum and maximum of what is stated, by its name and digits."""
    known = {name: source.frame[name].dropna().to_numpy(float) for name in stated}
    mean = {name: Cell(float(np.mean(v))) for name, v in known.items()}

    def sd(name: str) -> Cell:
        v = known[name]
        if len(v) < 2:
            return Cell(None, "one subject has no SD")
        return beside(mean[name], Cell(float(np.std(v, ddof=1))), stated[name])

    made = {
        "n": {name: Cell(len(v), digits=COUNT) for name, v in known.items()},
        "Mean": mean,
        "SD": {name: sd(name) for name in known},
        "Median": {name: Cell(float(np.median(v))) for name, v in known.items()},
        "Minimum": {name: Cell(float(np.min(v))) for name, v in known.items()},
        "Maximum": {name: Cell(float(np.max(v))) for name, v in known.items()},
    }
    return [
        Row((Cell(label), Cell(""), *(cells[name] for name in stated), Cell("")), "total")
        for label, cells in made.items()
    ]


def _notes(results: Results, source: Source, stated: list[str]) -> list[str]:
    notes = [footnotes.subjects(results)]
    if stated:
        notes.append("SD: standard deviation between subjects (n \u2212 1).")
    if unknown := [QUANTITIES[name][0].lower() for name in QUANTITIES if name not in stated]:
        notes.append(f"Not stated for any subject: {footnotes.joined(unknown)}.")
    if "administered_MBq" in stated:
        notes.append("Administered activity is at the time of administration.")
    if "mass_dose_mg" in stated:
        notes.append("Mass dose: administered mass of the substance, labelled and unlabelled.")
    lack = [
        f"{who}: {what}"
        for who, what in zip(source.column("patient"), source.column("absent"), strict=True)
        if what
    ]
    if lack:
        notes.append(f"Absent organs: {'; '.join(lack)}.")
    notes.append("Reference body: whose S values stand for the subject. " + footnotes.masses(results))
    return notes
