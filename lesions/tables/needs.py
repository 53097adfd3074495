"""What the study's rules need of its tables: a quantity that they have, or that can be made."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from pathlib import Path

from dosimetry.errors import DosimetryError
from lesions.lesion import QUANTITIES, LesionPatient, as_read
from lesions.positive.checking import check_response
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
    says = shown_path(study)
    for key, quantity, where in _asked(settings):
        has = _has(patients, where)
        if quantity in has:
            continue
        path = shown_path(tables.paths["lesions" if where == "background" else where])
        of = f"of the backgrounds in {path}" if where == "background" else f"of {path}"
        there = ", ".join(q for q in QUANTITIES if q in has) or "none"
        hint = ""
        if quantity.startswith("sul") and quantity.replace("sul", "suv") in has:
            hint = "; to make it of SUV, say the formula: lesions.lean_body_mass = 'James' or 'Janmahasatian'"
        found.add(
            DosimetryError(
                f"{says}: lesions.{key} = '{quantity}', and no row {of} has it (there: {there}){hint}"
            )
        )
    _check_positive(settings, tables, patients, says, found)
    if settings.response is not None:
        check_response(patients, settings.response, tables.fail, found)


def _check_positive(
    settings: Lesions, tables: LesionTables, patients: Sequence[LesionPatient], says: str, found: Complaints
) -> None:
    """Classes that were read, a normal tissue that was measured."""
    s = settings.positive
    if s is None:
        return
    scans = [u for p in patients for x in p.lesions for u in x.uptake]
    if s.rule == "visual" and not any(u.visual_class for u in scans):
        path = shown_path(tables.paths["lesions"])
        found.add(
            DosimetryError(
                f"{says}: lesions.positive.rule = 'visual', and no row of {path} has a visual_class"
            )
        )
    regions = sorted({r.region for p in patients for r in p.references})
    if s.rule == "reference" and as_read(s.reference or "") not in map(as_read, regions):
        near = difflib.get_close_matches(s.reference or "", regions, n=2, cutoff=0.5)
        hint = f"near names: {', '.join(near)}" if near else f"there: {', '.join(regions) or 'none'}"
        path = shown_path(tables.paths["lesions references"])
        found.add(
            DosimetryError(
                f"{says}: lesions.positive.reference = '{s.reference}' is no region of {path}; {hint}"
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
    p = s.positive
    if p is not None and p.quantity is not None:
        yield "positive.quantity", p.quantity, "lesions"
        key = "positive.compared_quantity" if p.compared_quantity else "positive.quantity"
        if p.rule in ("reference", "background"):
            where = "lesions references" if p.rule == "reference" else "background"
            yield key, p.compared_quantity or p.quantity, where
    if s.response is not None:
        key = "response.quantity" if s.response.quantity else "response.criterion: quantity"
        yield key, s.response.response_criterion().quantity, "lesions fdg"
    if s.statistics is not None and s.statistics.roc_quantity is not None:
        yield "statistics.roc_quantity", s.statistics.roc_quantity, "lesions"


def _has(patients: Sequence[LesionPatient], where: str) -> set[str]:
    """Quantities that any scan of a table has."""
    if where == "lesions references":
        return {q for p in patients for r in p.references for q in r.value}
    lesions = [x for p in patients for x in p.lesions]
    if where == "lesions fdg":
        return {q for x in lesions for f in x.fdg for q in f.value}
    return {q for x in lesions for u in x.uptake for q in (u.value if where == "lesions" else u.background)}
