"""Small studies of given TIACs, run and read as a dossier reads them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from dosimetry import run_study
from dosimetry.dossier.document.table import Row, Table
from dosimetry.dossier.results.reading import results_of
from dosimetry.dossier.results.results import Results

STUDY = """
name = "a study"
data = "measured"
nuclide = "{nuclide}"
product = "a product"
effective_dose = ["ICRP 60", "ICRP 103"]
[phantom]
male = "{male}"
female = "{female}"
[patients]
file = "patients.csv"
[tiac]
file = "tiac.csv"
remainder = "as given"
{more}
"""
Tiacs = Mapping[str, float]


def small_study(
    folder: Path,
    patients: str,
    tiacs: Mapping[str, Tiacs],
    *,
    nuclide: str = "F-18",
    male: str = "adult male",
    female: str = "adult female",
    more: str = "",
) -> Results:
    """A study of TIACs by patient; ``patients`` is the text of its table."""
    rows = [f"{p},{source},{h!r}" for p, of in tiacs.items() for source, h in of.items()]
    texts = {
        "study.toml": STUDY.format(nuclide=nuclide, male=male, female=female, more=more),
        "patients.csv": patients,
        "tiac.csv": "\n".join(["patient,source,tiac_h", *rows, ""]),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    return results_of(run_study(folder / "study.toml"))


def cell_rows(table: Table) -> dict[str, dict[str, object]]:
    """Rows by their first cell, without its capital; cells by the names of their columns. Headings are left
    out, later rows win."""
    return {
        named(row): {c.name: cell.value for c, cell in zip(table.columns, row.cells, strict=True)}
        for row in table.rows
        if row.kind != "heading"
    }


def named(row: Row) -> str:
    """The first cell of a row without its capital."""
    name = str(row.cells[0].value)
    return name[:1].lower() + name[1:]


def under(table: Table, heading: str) -> list[Row]:
    """The rows below the heading that begins so, to the next one."""
    rows, inside = [], False
    for row in table.rows:
        if row.kind == "heading":
            inside = str(row.cells[0].value).startswith(heading)
        elif inside:
            rows.append(row)
    return rows


def check_origins(table: Table, results: Results) -> int:
    """Every cell with an origin is that cell of the results' tables times its factor; how many there are."""
    found = 0
    for row in table.rows:
        for cell in row.cells:
            if cell.origin is not None:
                o, value = cell.origin, cell.value
                there = results.tables[o.table][o.column][o.row]
                assert value == (there if isinstance(value, str) else there * o.factor)
                found += 1
    return found
