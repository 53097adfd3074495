"""Methods of single patients and organs: columns named like keys of the study file; all are used."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, Row, Table
from dosimetry.patients.curve_methods import FIT, TRAPEZOIDS, CurveMethod, names_region
from dosimetry.patients.methods import OTHER, Methods
from dosimetry.patients.patient import ORGANS, SERUM, WHOLE_BODY, Patient
from phantoms.regions.names import SOURCES, normal_form, some_names

#: Section of the study file -> what its curves are called.
KINDS = {"whole_body": WHOLE_BODY, "serum": SERUM, "organs": ORGANS}


def method_columns(header: Iterable[str]) -> list[Column]:
    """The columns of a patients' table that are named like keys of methods in the study file.

    >>> [c.name for c in method_columns(["patient", "serum.model", "organs.liver.tail", "organs.liver.file"])]
    ['serum.model', 'organs.liver.tail']
    """
    return [
        Column(name, f"as {name} in the study file, for this patient", text=True, required="never")
        for name in header
        if _path(name) is not None
    ]


def _path(column: str) -> tuple[str, str] | None:
    """What a column's method is of, and its key: ("serum", "model"), ("liver", "tail")."""
    section, *rest = column.split(".")
    if section not in KINDS or not rest:
        return None
    keys = (*FIT, *TRAPEZOIDS) if section == "organs" else FIT
    if len(rest) == 1:
        return (KINDS[section], rest[0]) if rest[0] in keys else None
    organ, key = ".".join(rest[:-1]).strip(), rest[-1]
    return (organ, key) if section == "organs" and organ and key in keys else None


def _column(what: str, key: str) -> str:
    section = {v: k for k, v in KINDS.items()}.get(what, f"organs.{what}")
    return f"{section}.{key}"


def own_methods(table: Table, row: Row) -> dict[str, CurveMethod]:
    """A patient's methods of his or her own, by "whole body", "serum", "organs" or the name of an organ.

    Raises
    ------
    DosimetryError : a word that is not allowed; a fit and trapezoids of one curve; with row and column.
    """
    said: dict[str, dict[str, str]] = {}
    for column in table.columns:
        path = _path(column)
        if path is None or row[column] is None:
            continue
        what, key = path
        try:
            method_of({key: row[column]})
            said.setdefault(what, {})[key] = row[column]
            method_of(said[what])
        except DosimetryError as error:
            table.complain(row, column, str(error))
            said.get(what, {}).pop(key, None)
    return {what: method_of(keys) for what, keys in said.items()}


def method_of(words: Mapping[str, str]) -> CurveMethod:
    """A method of words by key."""
    said: dict[str, Any] = dict(words)
    return CurveMethod(**said)


def check_complete(
    table: Table, rows: Mapping[str, Row], patients: Sequence[Patient], methods: Methods
) -> None:
    """A patient's own methods are whole together with the study's: a fit has its weights, and so on."""
    for patient in patients:
        for what, own in patient.curve_methods.items():
            whole = methods.said_of(what, patient.curve_methods)
            if lacking := whole.lacking():
                table.complain(
                    rows[patient.name], _column(what, own.given()[0]),
                    f"with '{getattr(own, own.given()[0])}', {_column(what, lacking[0])} is needed too: add"
                    " the column, or the key to the study file",
                )  # fmt: skip


def check_used(
    path: object, table: Table, rows: Mapping[str, Row], patients: Sequence[Patient], methods: Methods
) -> None:
    """Every method or density of an organ, or of a patient, is of a curve that was measured, and of one.

    path : the study file, for messages.
    """
    everywhere: dict[str, None] = {}
    for patient in patients:
        regions = list(patient.measurements.organs) if patient.measurements else []
        everywhere |= dict.fromkeys(regions)
        there = {WHOLE_BODY, ORGANS} if patient.measurements else set()
        if patient.measurements is not None and patient.measurements.serum is not None:
            there.add(SERUM)
        for what, own in patient.curve_methods.items():
            problem = "" if what in there else _wrong(what, regions, list(patient.curve_methods))
            if problem:
                table.complain(rows[patient.name], _column(what, own.given()[0]), problem)
    for name in methods.by_organ:
        if problem := _wrong(name, list(everywhere), list(methods.by_organ)):
            table.complaints.add(DosimetryError(f"{path}: organs.{name}: {problem}"))
    densities = [name for name in methods.tissue_density_g_per_mL if normal_form(name) != OTHER]
    for name in densities:
        known = not any(names_region(name, r) for r in everywhere) and any(
            names_region(name, r) for r in SOURCES
        )  # of an organ that nobody was measured in
        if problem := "" if known else _wrong(name, list(everywhere), densities):
            table.complaints.add(DosimetryError(f"{path}: organs.tissue_density_g_per_mL.{name}: {problem}"))


def _wrong(name: str, regions: Sequence[str], names: Sequence[str]) -> str:
    """Why the name of an organ that has a method is none of a curve; "" where it is."""
    if name in KINDS.values():
        return f"there is no curve of {name}, which this method is of; leave it out"
    for one in regions:
        if some_names((one,), "source").side_of(name):
            return f"'{name}' is one side of '{one}', which has one curve: name the region"
    region = next((r for r in regions if names_region(name, r)), None)
    if region is None:
        there = f"; there are: {', '.join(regions)}" if regions else ""
        return f"no curve of '{name}' was measured, so this is of none{there}"
    twice = [n for n in names if n not in KINDS.values() and n != name and names_region(n, region)]
    return f"'{name}' and '{twice[0]}' are both '{region}'; one of them is enough" if twice else ""
