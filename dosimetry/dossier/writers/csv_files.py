"""The tables of a dossier as CSV files: all digits, reasons of empty cells, for the next program."""

from __future__ import annotations

import csv
import io

from dosimetry.dossier.document.document import NumberedTable
from dosimetry.dossier.document.table import Row, Table
from milligray.text_files import for_spreadsheet


def csv_name(numbered: NumberedTable) -> str:
    """Name of a table's CSV file, with its number in the dossier.

    >>> csv_name(NumberedTable("3", Table("tiacs", "TIACs", reason="no curves")))
    'table_03_tiacs.csv'
    """
    return f"table_{int(numbered.number):02d}_{numbered.table.name}.csv"


def table_csv(table: Table) -> str:
    """A table as CSV: ``data``, the section where the table has headings in it, its columns, ``reason``.

    Raises
    ------
    ValueError : two columns of the same name.

    >>> from dosimetry.dossier.document.table import Cell, Column, Row
    >>> rows = (Row((Cell("liver"), Cell(1.25))), Row((Cell("lungs"), Cell(None, "no curve"))))
    >>> print(table_csv(Table("t", "T", (Column("organ", "Organ"), Column("mean_h", "Mean")), rows)), end="")
    data,organ,mean_h,reason
    measured,liver,1.25,
    measured,lungs,,Mean: no curve
    """
    names = [c.name for c in table.columns]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise ValueError(f"table '{table.name}': columns of the same name: {', '.join(twice)}")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    sections = any(row.kind == "heading" for row in table.rows)
    writer.writerow(["data", *(["section"] if sections else []), *names, "reason"])
    section = ""
    for row in table.rows:
        if row.kind == "heading":
            section = str(row.cells[0].value)
            continue
        cells = [_cell(c.value) for c in row.cells]
        data = "simulated" if table.simulated else "measured"
        writer.writerow(
            [data, *([for_spreadsheet(section)] if sections else []), *cells, _reasons(table, row)]
        )
    if not table.rows:
        writer.writerow(["simulated" if table.simulated else "measured", *("" for _ in names), table.reason])
    return out.getvalue()


def _cell(value: float | int | str | None) -> str:
    if value is None:
        return ""
    return for_spreadsheet(value) if isinstance(value, str) else repr(value)


def _reasons(table: Table, row: Row) -> str:
    """Why cells of a row are empty; columns that share a reason are named together."""
    found: dict[str, list[str]] = {}
    for cell, column in zip(row.cells, table.columns, strict=True):
        if cell.value is None:
            group = f"{column.group}, " if column.group else ""
            found.setdefault(cell.reason, []).append(f"{group}{column.head}")
    return for_spreadsheet("; ".join(f"{', '.join(heads)}: {why}" for why, heads in found.items()))
