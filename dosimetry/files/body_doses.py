"""Doses in several bodies in a CSV file: organs and effective doses as rows, bodies or ages as columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from dosimetry.doses.bodies.result import FORMAT, BodyDoses
from dosimetry.doses.bodies.rows import dose_rows
from dosimetry.files.output import write_text
from milligray.text_files import for_spreadsheet


def write_body_doses(
    path: str | Path, doses: BodyDoses, administered_MBq: float | None = None, said: Sequence[str] = ()
) -> None:
    """Write doses in several bodies to a CSV file, whole or not at all.

    A row a target region and an effective dose: ``quantity``, ``of`` (the region or the set of tissue
    weights), ``unit``, then a column for each body, and one with its standard error, ``se_`` and its name.
    A sex-averaged effective dose stands with both of its bodies. A dose that a body lacks is an empty cell;
    the comment lines say why, and which TIACs each body had.

    Parameters
    ----------
    path, doses : where to, "-" for the terminal; and what.
    administered_MBq : adds the doses of so much activity, in Gy and mSv.
    said : comment lines of where the TIACs are from, such as of a model.

    Raises
    ------
    DosimetryError : the folder is not there, or the path is a folder; an activity that nobody is given.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from dosimetry import AGES, doses_in_bodies
    >>> doses = doses_in_bodies({"liver": 0.13, "remainder": 1.7}, "F-18", AGES)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_body_doses(f"{folder}/ages.csv", doses)
    ...     table = pd.read_csv(f"{folder}/ages.csv", comment="#").set_index(["quantity", "of"])
    >>> abs(float(table.loc[("absorbed dose", "liver"), "adult"] / doses["adult"]["liver"]) - 1) < 1e-12
    True
    """
    write_text(path, body_doses_text(doses, administered_MBq, said))


def body_doses_text(doses: BodyDoses, administered_MBq: float | None = None, said: Sequence[str] = ()) -> str:
    """The text of that file; numbers with all their digits."""
    out = io.StringIO()
    for line in (*_comments(doses, administered_MBq), *said):
        out.write(f"# {' '.join(line.split())}\n")
    writer = csv.writer(out, lineterminator="\n")
    labels, known = list(doses), doses.has_errors
    errors = [f"se_{label}" for label in labels] if known else []
    writer.writerow(map(for_spreadsheet, ["quantity", "of", "unit", *labels, *errors]))
    for row in dose_rows(doses, administered_MBq):
        cells = ["" if v != v else repr(float(v)) for v in (*row.values, *(row.se if known else ()))]
        said = f"{row.quantity} ({row.note})" if row.note else row.quantity
        quantity = f"{said}: {' and '.join(row.pair)}" if row.pair else said
        writer.writerow([for_spreadsheet(quantity), for_spreadsheet(row.of), row.unit, *cells])
    return out.getvalue()


def _comments(doses: BodyDoses, administered_MBq: float | None) -> Iterator[str]:
    yield FORMAT
    yield f"nuclides: {json.dumps(list(doses.nuclides))}"
    if doses.has_errors:
        yield "se_: 1 standard error; of effective doses that from the TIACs"
    if administered_MBq is not None:
        yield f"Gy and mSv are of {administered_MBq!r} MBq administered, taken as exact"
    for label, each in doses.items():
        facts = {"body": each.body, "sex": each.sex, "tiac_h": doses.tiac_h.get(label, {})}
        yield f"column {json.dumps(label)}: {json.dumps({**facts, 'provenance': dict(each.provenance)})}"
    for (target, label), why in doses.missing.items():
        yield f"no dose of {target} in column {json.dumps(label)}: {why}"
    for (weights, label), why in doses.lacking.items():
        yield f"no effective dose by {weights} in column {json.dumps(label)}: {why}"
    for what, why in missing_errors(doses).items():
        yield f"{what} not known: {why}"
    for note in doses.notes:
        yield f"note: {note}"


def missing_errors(doses: BodyDoses) -> dict[str, str]:
    """Which standard error is not known, and why."""
    names = {
        "se_from_tiac": "Standard errors from the TIACs",
        "se_from_saf": "Standard errors from the SAFs",
    }
    found: dict[str, dict[str, None]] = {}
    for each in doses.values():
        for key, why in each.missing.items():
            found.setdefault(names.get(key, key), {})[why] = None
    for e in doses.sex_averaged().values():
        if e.missing and not doses.same_errors and not e.lacking:
            found.setdefault("Standard error of the sex-averaged effective dose", {})[e.missing] = None
    return {what: "; ".join(reasons) for what, reasons in found.items()}
