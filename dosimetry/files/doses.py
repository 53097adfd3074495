"""Doses of one body in a CSV file, whole: every kind of radiation, every standard error, whose body it is."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np

from dosimetry.doses.effective import TISSUE_WEIGHTS
from dosimetry.doses.plain import FORMAT, LARGEST, checked_facts
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.files.output import write_text
from dosimetry.files.tables import Column, read_table
from dosimetry.svalues.folding import KINDS
from milligray.errors import Complaints
from milligray.text_files import CsvText, for_spreadsheet, read_text, shown, shown_path

FIRST_LINE = f"# {FORMAT}"
TOTAL, UNIT = "dose_mGy_per_MBq", "mGy_per_MBq"
SE, SE_TIAC, SE_SAF = f"se_{UNIT}", f"se_from_tiac_{UNIT}", f"se_from_saf_{UNIT}"
PART = {kind: f"{kind}_part_{UNIT}" for kind in KINDS}
#: Absolute doses, in a file that is of an administered activity.
ABSOLUTE = ("absorbed_dose_Gy", "se_Gy")
#: Share of a total by which a file's total may miss the sum of its parts before it counts as changed.
TOTAL_TOLERANCE = 1e-6
#: What stands in the comment lines, as JSON.
FACTS = (
    "nuclides", "body", "sex", "masses", "body_mass_kg", "organ_mass_kg", "missing", "provenance", "notes",
)  # fmt: skip


def doses_text(result: DoseResult, administered_MBq: float | None = None) -> str:
    """A result as the text of a CSV file; numbers with all their digits."""
    table: dict[str, Any] = {"target": result.targets, **result.to_frame()}
    if administered_MBq is not None:
        table.update(result.for_activity(administered_MBq)[list(ABSOLUTE)])
    if result.tiac_error_mGy_per_MBq is not None:
        for m, one in enumerate(result.tiac_error_mGy_per_MBq):
            table.update({_error(m, k): one[i] for i, k in enumerate(KINDS)})
    out = io.StringIO()
    out.write(f"{FIRST_LINE}\n# absorbed dose per administered activity; {SE} is 1 standard error\n")
    if administered_MBq is not None:
        out.write(f"# {ABSOLUTE[0]} is of {administered_MBq!r} MBq administered\n")
    facts = result.to_dict()
    for name in FACTS:
        out.write(f"# {name}: {json.dumps(facts[name])}\n")
    for weights in TISSUE_WEIGHTS:
        try:
            e = result.effective(weights)
        except DosimetryError as error:
            out.write(f"# effective dose ({weights}): not given: {' '.join(str(error).split())}\n")
            continue
        why = f"; no standard error: {e.missing}" if e.missing else ""
        out.write(f"# {e}{why}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table)
    for row in zip(*table.values(), strict=True):
        writer.writerow(
            ["" if v != v else for_spreadsheet(v) if isinstance(v, str) else repr(float(v)) for v in row]
        )
    return out.getvalue()


def write_doses(path: str | Path, result: DoseResult, administered_MBq: float | None = None) -> None:
    """Write a result to a CSV file, whole or not at all; :func:`read_doses` gives it back, bit by bit.

    Parameters
    ----------
    path, result : where to, and what.
    administered_MBq : also writes absolute doses in Gy, which are for readers: they do not come back.

    Raises
    ------
    DosimetryError : the folder is not there, or the path is a folder; an activity that nobody is given.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry import absorbed_dose
    >>> doses = absorbed_dose({"liver": 11.0}, "Zr-89", "adult male")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_doses(f"{folder}/doses.csv", doses)
    ...     read_doses(f"{folder}/doses.csv")["liver"] == doses["liver"]
    True
    """
    write_text(path, doses_text(result, administered_MBq))


def read_doses(path: str | Path) -> DoseResult:
    """The result that :func:`write_doses` or ``milligray dose --csv`` wrote.

    Raises
    ------
    DosimetryError : not such a file, or one that was changed: a part of the doses or a fact is missing, a
        number is none, a total is not the sum of its parts; the message says file, row and column.

    Examples
    --------
    >>> try:
    ...     read_doses("no such file.csv")
    ... except DosimetryError as error:
    ...     print(error)
    no such file.csv: there is no such file
    """
    path = Path(path)
    facts, errors = _head(path)
    saf = "se_from_saf" not in facts["missing"]
    columns = [
        Column("target", "target region", text=True),
        _dose(TOTAL, "dose in mGy/MBq"),
        *(_dose(se, "standard error in mGy/MBq", required="never") for se in (SE, SE_TIAC)),
        *(_dose(name, "of an activity, for readers", required="never") for name in ABSOLUTE),
        _dose(SE_SAF, "standard error in mGy/MBq", required="always" if saf else "never"),
        *(_dose(PART[k], f"dose by {k}s in mGy/MBq") for k in KINDS),
        *(_dose(_error(m, k), "change in mGy/MBq", low=-LARGEST) for m in range(errors) for k in KINDS),
    ]
    with Complaints(DosimetryError) as found:
        table = read_table(path, columns, found)
        seen: set[str] = set()
        for row in table.rows:
            if row["target"] in seen:
                table.complain(row, "target", f"'{row['target']}' stands twice; once is allowed")
            seen.add(row["target"])
            total = sum(row[PART[k]] for k in KINDS)
            if abs(row[TOTAL] - total) > TOTAL_TOLERANCE * max(total, row[TOTAL]):
                table.complain(row, TOTAL, f"{row[TOTAL]:g} is not the sum of its parts, {total:g}")

    def column(name: str) -> Any:
        return np.array([row[name] for row in table.rows], dtype=float)

    try:
        return DoseResult(
            tuple(row["target"] for row in table.rows),
            {k: column(PART[k]) for k in KINDS},
            tiac_error_mGy_per_MBq=None
            if "se_from_tiac" in facts["missing"]
            else np.array([[column(_error(m, k)) for k in KINDS] for m in range(errors)]).reshape(
                errors, len(KINDS), len(table.rows)
            ),
            se_from_saf_mGy_per_MBq=column(SE_SAF) if saf else None,
            **facts,
        )
    except DosimetryError as error:
        raise DosimetryError(f"{shown_path(path)}: {error}") from None


def _dose(name: str, meaning: str, low: float = 0.0, required: str = "always") -> Column:
    """A column of doses: they may be as small as a computer can tell, and what a result may have."""
    return Column(name, meaning, low=low, high=LARGEST, smallest=0.0, required=required)


def _error(m: int, kind: str) -> str:
    return f"tiac_error_{m + 1}_{kind}_{UNIT}"


def _head(path: Path) -> tuple[dict[str, Any], int]:
    """The facts in the comment lines, and how many independent errors of the TIACs the header has."""
    where = shown_path(path)
    text = CsvText(read_text(path, DosimetryError, needed="a file of doses is needed"), DosimetryError, where)
    if not text.comments or text.comments[0] != (1, FIRST_LINE):
        raise DosimetryError(f"{where}: this is no table of doses of this program ('{FIRST_LINE}' is line 1)")
    facts: dict[str, Any] = {}
    for row, line in text.comments:
        name, colon, content = line.removeprefix("#").strip().partition(": ")
        if colon and name in FACTS:
            try:
                facts[name] = json.loads(content)
            except (ValueError, RecursionError):
                raise DosimetryError(f"{where}: line {row}: {name} is '{shown(content)}', not JSON") from None
    lost = [
        f"{where}: the line '# {name}: ...' is missing above the header"
        for name in FACTS
        if name not in facts
    ]
    if lost:
        raise DosimetryError(*lost)
    errors = sum(1 for name in text.header.split(",") if name.startswith("tiac_error_")) // len(KINDS)
    return checked_facts(facts, where), errors
