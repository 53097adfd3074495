"""What the study's rules need of its tables: a quantity that they have, or that can be made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from dosimetry.errors import DosimetryError
from lesions.lesion import QUANTITIES, LesionPatient
from lesions.tables.reading import LesionTables
from lesions.tables.settings import Lesions
from milligray.errors import Complaints
from milligray.text_files import shown_path


def check_needs(
    settings: Lesions, tables: LesionTables, patients: Sequence[LesionPatient], study: Path, found: Complaints
) -> None:
    """Tell each quantity that a key names and no row has.

    patients : with SULs made where they can be.
    study : path of the study file, for messages.
    """
    for key, quantity, where in _asked(settings):
        has = _has(patients, where)
        if quantity in has:
            continue
        path = shown_path(tables.paths["lesions" if where in ("lesions", "background") else where])
        words = f"the backgrounds in {path}" if where == "background" else path
        there = ", ".join(q for q in QUANTITIES if q in has) or "none"
        hint = ""
        if quantity.startswith("sul") and quantity.replace("sul", "suv") in has:
            hint = "; to make it of SUV, say the formula: lesions.lean_body_mass = 'James' or 'Janmahasatian'"
        found.add(
            DosimetryError(
                f"{shown_path(study)}: lesions.{key} = '{quantity}', and no row of {words} has it (there:"
                f" {there}){hint}"
            )
        )


def _asked(s: Lesions) -> Iterator[tuple[str, str, str]]:
    """Key, quantity, and which table must have it."""
    if s.quantity is not None:
        yield "quantity", s.quantity, "lesions"
    if s.reference_quantity is not None:
        yield (
            "reference_quantity",
            s.reference_quantity,
            ("lesions references" if s.references is not None else "background"),
        )


def _has(patients: Sequence[LesionPatient], where: str) -> set[str]:
    """Quantities that any scan of a table has."""
    if where == "lesions references":
        return {q for p in patients for r in p.references for q in r.value}
    lesions = [x for p in patients for x in p.lesions]
    if where == "lesions fdg":
        return {q for x in lesions for f in x.fdg for q in f.value}
    return {q for x in lesions for u in x.uptake for q in (u.value if where == "lesions" else u.background)}
