"""Published means with SD and n, read as cohorts."""

from __future__ import annotations

from pathlib import Path

from dosimetry.doses.effective import TISSUE_WEIGHTS, weight_set
from dosimetry.dossier.cohorts.cohort import NOT_STATED, Cohort, Measured, key_of
from dosimetry.dossier.cohorts.welch import Sample
from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Column, Row, Table, read_table
from dosimetry.study.result_tables.comparison import UNIT_FACTOR, UNIT_NAME
from milligray.errors import Complaints
from milligray.text_files import shown_path
from phantoms.errors import PhantomError
from phantoms.regions.icrp_names import TARGET_NAMES
from phantoms.regions.names import TARGETS, resolve

COLUMNS = (
    Column("cohort", "the cohort's name", text=True, required="file"),
    Column("target", "a target region, or a quantity as in 'effective dose, ICRP 60'", text=True),
    Column("mean", "the published mean", low=0, above=True),
    Column("sd", "the published standard deviation between subjects", low=0, required="never"),
    Column("n", "the number of subjects", low=1, high=1e6, required="never"),
    Column("unit", "the unit", text=True, allowed=tuple(UNIT_FACTOR)),
    Column("nuclide", "the nuclide, e.g. Zr-89", text=True, required="never"),
    Column("body", "the bodies or program that the doses are of", text=True, required="never"),
)
SIEVERT = ("msv/mbq", "csv/mci", "rem/mci")


def read_published(path: str | Path) -> list[Cohort]:
    """The cohorts of a table of published doses.

    Parameters
    ----------
    path : CSV file with columns target, mean, unit; cohort, where there are several (else the file's name is
        the cohort's); sd, n, nuclide and body, where the paper states them. ``target`` is a region or, as in
        "effective dose, ICRP 60", a quantity and its weights.

    Raises
    ------
    DosimetryError : all that is wrong in the file, a line each.
    """
    path = Path(path)
    with Complaints(DosimetryError) as found:
        table = read_table(path, COLUMNS, found)
        cohorts = [
            _cohort(table, str(name or path.stem), rows) for (name,), rows in table.groups("cohort").items()
        ]
    return cohorts


def _cohort(table: Table, name: str, rows: list[Row]) -> Cohort:
    values: dict[str, Measured] = {}
    seen: dict[str, int] = {}
    for row in rows:
        weighted = row["target"].lower().startswith("effective")
        try:
            target = _quantity(row["target"]) if weighted else _region(row["target"])
        except PhantomError as error:
            table.complain(row, "target", str(error))
            continue
        if weighted != (row["unit"] in SIEVERT):
            table.complain(row, "unit", f"'{UNIT_NAME[row['unit']]}' is not a unit of '{row['target']}'")
        n = row["n"]
        if n is not None and n != int(n):
            table.complain(row, "n", f"{n:g} is not allowed; a whole number of subjects is needed")
        key = key_of(target)
        if key in seen:
            table.complain(row, "target", f"'{row['target']}' stands twice for '{name}' (row {seen[key]})")
        seen[key] = row.number
        factor = UNIT_FACTOR[row["unit"]]
        sd = None if row["sd"] is None else row["sd"] * factor
        sample = Sample(row["mean"] * factor, sd, None if n is None else int(n))
        values[key] = Measured(target, "mSv/MBq" if weighted else "mGy/MBq", sample)
    facts = {column: _stated(table, rows, column) for column in ("nuclide", "body")}
    units = dict.fromkeys(UNIT_NAME[row["unit"]] for row in rows)
    counts = sorted({int(row["n"]) for row in rows if row["n"] is not None})
    return Cohort(
        name,
        values,
        facts["nuclide"],
        facts["body"],
        " or ".join(f"n = {n}" for n in counts) or NOT_STATED,
        printed_units=tuple(u for u in units if u not in ("mGy/MBq", "mSv/MBq")),
        published=True,
        where=shown_path(table.path),
    )


def _region(word: str) -> str:
    return resolve(word, dict.fromkeys((*TARGETS, *TARGET_NAMES.values())), kind="target region")


def _quantity(word: str) -> str:
    """ "effective dose, ICRP 60" and its like: without its weights it is none that can be compared."""
    names = [f"{weight_set(w)['quantity']}, {w}" for w in TISSUE_WEIGHTS]
    return resolve(word, names, kind="quantity")


def _stated(table: Table, rows: list[Row], column: str) -> str:
    """What all rows of a cohort that state it say; the nuclide by its usual name."""
    from dosimetry.nuclides.nuclide import nuclide

    found: dict[str, Row] = {}
    for row in rows:
        text = row[column]
        if text is None:
            continue
        if column == "nuclide":
            try:
                text = nuclide(text).name
            except DosimetryError as error:
                table.complain(row, column, str(error))
        found.setdefault(text, row)
    if len(found) > 1:
        table.complain(
            list(found.values())[1], column, f"two are stated for one cohort: {', '.join(found)}; give each"
            " its own name in the column 'cohort'"
        )  # fmt: skip
    return next(iter(found), NOT_STATED)
