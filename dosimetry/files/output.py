"""Results out: CSV and JSON, and tables for people."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from milligray.errors import MilligrayError
from milligray.files import write_whole
from milligray.text_files import for_spreadsheet

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table


def significant(value: float | None, digits: int = 3) -> str:
    """A number with so many significant digits, plain where that is readable; an en dash for none.

    >>> significant(0.0123456), significant(1234.5), significant(1.5e-7), significant(9.996), significant(None)
    ('0.0123', '1234', '1.50e-07', '10.0', '–')
    """
    if value is None or value != value:
        return "–"
    if value == 0:
        return "0"
    size = abs(value)
    if size < 1e-3 or size >= 1e6:
        return f"{value:.{digits - 1}e}"
    decimals = max(0, digits - 1 - int(f"{size:.{digits - 1}e}".split("e")[1]))
    return f"{value:.{decimals}f}"


def csv_text(frame: pd.DataFrame, *, index: bool = False) -> str:
    """A frame as CSV with seven significant digits; empty cells where a value is missing.

    The text is that of pandas' ``to_csv``, in a third of the time; but text that a spreadsheet would take for
    a formula has an apostrophe before it (:func:`milligray.text_files.for_spreadsheet`).
    """
    if index or len(frame.columns) < 2:
        frame = frame.rename(index=_safe, columns=_safe)
        for name in frame.select_dtypes(exclude="number"):
            frame[name] = frame[name].map(_safe)
        return str(frame.to_csv(index=index, float_format="%.7g", lineterminator="\n"))
    rows = zip(*(_cells(frame.iloc[:, i]) for i in range(len(frame.columns))), strict=True)
    header = ",".join(_cell(str(c)) for c in frame.columns)
    return "\n".join([header, *map(",".join, rows), ""])


def _safe(value: Any) -> Any:
    return for_spreadsheet(value) if isinstance(value, str) else value


def _cells(column: pd.Series) -> list[str]:
    """A column's cells as a CSV file has them."""
    values = column.to_numpy().tolist()
    if column.dtype.kind == "f":
        return ["" if v != v else f"{v:.7g}" for v in values]
    if column.dtype.kind in "iu":
        return list(map(str, values))
    known: dict[str, str] = {}
    found = []
    for v in values:
        if isinstance(v, str):
            if v not in known:
                known[v] = _cell(v)
            found.append(known[v])
        else:
            found.append("" if v is None or v != v else _cell(v))
    return found


def _cell(value: Any) -> str:
    """One cell, in quotes where it needs them."""
    value = _safe(value)
    if isinstance(value, str) and "\r" in value:  # the end of a row for many readers
        return '"' + value.replace('"', '""') + '"'
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([value, ""])
    return out.getvalue()[:-2]


def write_text(path: str | Path, text: str) -> None:
    """Write a file whole, or print it where the path is ``-``; as :func:`milligray.files.write_whole`.

    Raises
    ------
    DosimetryError : the path cannot be written; it says which and why.
    """
    try:
        write_whole(path, text)
    except MilligrayError as error:
        raise DosimetryError(str(error)) from None


def json_text(content: Any) -> str:
    """JSON for programs and people; a number that is missing is null."""
    import json

    def clean(x: Any) -> Any:
        if isinstance(x, dict):
            return {str(k): clean(v) for k, v in x.items()}
        if isinstance(x, list | tuple):
            return [clean(v) for v in x]
        if hasattr(x, "item"):
            x = x.item()
        return None if isinstance(x, float) and x != x else x

    return json.dumps(clean(content), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def plain_table(title: str, columns: dict[str, str], caption: str = "") -> Table:
    """An empty table for the terminal; columns by header, with "left" or "right"."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, caption=caption or None, box=box.SIMPLE_HEAD, title_justify="left",
                  caption_justify="left", title_style="bold", pad_edge=False)  # fmt: skip
    for header, justify in columns.items():
        table.add_column(header, justify="right" if justify == "right" else "left")
    return table
