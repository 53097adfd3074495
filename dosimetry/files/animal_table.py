"""The table of a biodistribution in animals: means with SD and number, or a row an animal."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, Row, Table, in_time, read_table
from dosimetry.projection.animal import (
    FAECES,
    MOST_PERCENT,
    PERCENT,
    PERCENT_PER_GRAM,
    URINE,
    WHOLE_BODY,
    WORDS,
    AnimalCurve,
    animal_curve,
)
from kinetics.curves.curve import MOST_HALF_LIVES
from milligray.errors import Complaints
from phantoms.regions.names import normal_form

COLUMNS = (
    Column("organ", "a source region, whole body, urine or faeces (in all up to that time)", text=True),
    Column("time_h", "hours after administration", low=0, high=1e5),
    Column("value", "the mean activity, or one animal's", low=0, high=1e5),
    Column("unit", "the unit", text=True, allowed=(PERCENT, PERCENT_PER_GRAM)),
    Column("sd", "SD between the animals at this time", low=0, high=1e5, required="never"),
    Column("n", "the number of animals at this time", low=1, high=1e4, required="never"),
    Column("animal", "the animal that this row is of", text=True, required="file"),
    Column(
        "organ_mass_g", "the organ's mean mass in the animals, in g", low=0, above=True, high=1e5,
        required="never",
    ),
)  # fmt: skip


def read_animals(path: str | Path, lambda_phys_per_h: float, decay_corrected: bool) -> list[AnimalCurve]:
    """The curves of a table, corrected for decay to the administration.

    Parameters
    ----------
    path : CSV file with columns organ, time_h, value, unit (%IA or %IA/g); sd and n, where rows are means of
        several animals, or animal, where each row is one animal's; organ_mass_g, the same in all rows of an
        organ that have it.
    lambda_phys_per_h : decay constant of the animals' label, 1/h.
    decay_corrected : whether the values are corrected for decay to the administration.

    Raises
    ------
    DosimetryError : all that is wrong in the file, a line each.

    Examples
    --------
    >>> curves = read_animals("examples/mouse-projection/mouse.csv", 0.00884, True)
    >>> curves[0].organ, curves[0].unit, curves[0].mass_g, len(curves[0].errors)  # an error a mouse
    ('liver', '%IA/g', 1.3, 20)
    """
    path = Path(path)
    factor = 0.0 if decay_corrected else lambda_phys_per_h
    with Complaints(DosimetryError) as found:
        table = read_table(path, COLUMNS, found)
        single = "animal" in table.columns
        if single and {"sd", "n"} & set(table.columns):
            raise DosimetryError(
                f"{path}: the columns 'sd' and 'n' are of means, 'animal' of single animals; leave one kind"
                " out"
            )
        curves = []
        for (organ,), rows in _by_organ(table).items():
            before = len(found)
            _check(table, organ, rows, factor)
            if len(found) > before:
                continue  # what is made of these rows would say it again
            make = _of_animals if single else _of_means
            with found.catching():
                try:
                    curves.append(make(table, organ, rows, factor))
                except DosimetryError as error:
                    raise DosimetryError(*(f"{path}: {c}" for c in error.complaints)) from None
    return curves


def _by_organ(table: Table) -> dict[tuple[str], list[Row]]:
    """Rows by organ, whatever the spelling of its name."""
    found: dict[tuple[str], list[Row]] = {}
    first: dict[str, str] = {}
    for row in table.rows:
        form = normal_form(row["organ"])
        form = WORDS.get(form, form)
        word = form if form in (WHOLE_BODY, URINE, FAECES) else row["organ"]
        found.setdefault((first.setdefault(form, word),), []).append(row)
    return found


def _check(table: Table, organ: str, rows: list[Row], lam: float) -> None:
    """Tell what is wrong with an organ's rows together."""
    for row in rows:
        passed = lam * row["time_h"] / math.log(2.0)
        if passed > MOST_HALF_LIVES:
            table.complain(
                row, "time_h", f"{row['time_h']:g} h is {passed:.3g} half-lives after the administration,"
                " where nothing is left to measure: are times in hours?"
            )  # fmt: skip
    for row in rows[1:]:
        if row["unit"] != rows[0]["unit"]:
            table.complain(
                row, "unit", f"row {rows[0].number} of {organ} has another; one unit for an organ is needed"
            )
    masses = [row for row in rows if row["organ_mass_g"] is not None]
    for row in masses[1:]:
        if row["organ_mass_g"] != masses[0]["organ_mass_g"]:
            table.complain(
                row, "organ_mass_g", f"{row['organ_mass_g']:g} g, but row {masses[0].number} has"
                f" {masses[0]['organ_mass_g']:g} g; the mean over the animals is needed, once or in each row"
            )  # fmt: skip
    for row in rows:
        if row["unit"] == PERCENT.lower() and row["value"] > MOST_PERCENT:
            table.complain(
                row, "value", f"{row['value']:g} %IA is more than was administered; per cent, corrected for"
                " decay once, is needed"
            )  # fmt: skip
        if organ in (URINE, FAECES) and row["time_h"] == 0.0 and row["value"] > 0.0:
            table.complain(row, "value", f"{row['value']:g} %IA at 0 h, when nothing has left yet")
        n = row["n"]
        if n is not None and n != int(n):
            table.complain(row, "n", f"{n:g} is not allowed; a whole number of animals is needed")
        if row["sd"] is not None and (n is None or n < 2):
            said = "n is missing" if n is None else f"n is {n:g}"
            table.complain(row, "sd", f"an SD needs the number of animals, 2 or more; {said}")


def _unit(rows: list[Row]) -> str:
    return PERCENT if rows[0]["unit"] == PERCENT.lower() else PERCENT_PER_GRAM


def _mass(rows: list[Row]) -> float | None:
    return next((float(row["organ_mass_g"]) for row in rows if row["organ_mass_g"] is not None), None)


def _of_means(table: Table, organ: str, rows: list[Row], lam: float) -> AnimalCurve:
    rows = in_time(table, rows, organ)
    time = np.array([row["time_h"] for row in rows])
    back = np.exp(lam * time)
    value, sd, n = (
        np.array([math.nan if row[c] is None else row[c] for row in rows]) for c in ("value", "sd", "n")
    )
    return animal_curve(organ, time, value * back, _unit(rows), sd=sd * back, n=n, mass_g=_mass(rows))


def _of_animals(table: Table, organ: str, rows: list[Row], lam: float) -> AnimalCurve:
    """Means over the animals at each time; an animal's deviation is one error in all of its organs.

    The covariance of means of n animals is the sum over them of d d^T/(n (n - 1)), d an animal's deviations.
    """
    at: dict[float, list[Row]] = {}
    for row in sorted(rows, key=lambda r: float(r["time_h"])):
        same = [r for r in at.setdefault(row["time_h"], []) if r["animal"] == row["animal"]]
        if same:
            table.complain(
                row, "animal", f"'{row['animal']}' stands twice for {organ} at {row['time_h']:g} h (first in"
                f" row {same[0].number})"
            )  # fmt: skip
        at[row["time_h"]].append(row)
    time = np.array(list(at))
    mean = np.array([np.mean([r["value"] for r in group]) for group in at.values()]) * np.exp(lam * time)
    alone = [f"{t:g} h" for t, group in at.items() if len(group) < 2]
    errors: dict[str, NDArray[np.float64]] = {}
    for i, (t, group) in enumerate(at.items()):
        for r in group if not alone else ():
            deviation = r["value"] * math.exp(lam * t) - mean[i]
            change = errors.setdefault(f"animal {r['animal']}", np.zeros(len(time)))
            change[i] = deviation / math.sqrt(len(group) * (len(group) - 1))
    why = f"{organ}: one animal alone at {', '.join(alone)}" if alone else ""
    return AnimalCurve(organ, time, mean, _unit(rows), _mass(rows), None if alone else errors, why)
