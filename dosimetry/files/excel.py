"""Tables as an Excel workbook: numbers with all their digits, text that is never run as a formula."""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from milligray.errors import MilligrayError
from milligray.files import write_whole

if TYPE_CHECKING:
    import pandas as pd

#: What Excel allows: characters of a sheet's name, and those that may not be in it.
LONGEST_NAME, NOT_IN_NAME = 31, "[]:*?/\\"


def write_excel(path: str | Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write data frames as the sheets of an Excel workbook (.xlsx), whole or not at all.

    pandas' own ``to_excel`` makes a formula of every text that begins with "="; here text stays text. A
    missing value is an empty cell. Needs openpyxl: ``pip install 'milligray[excel]'``.

    Parameters
    ----------
    tables : sheet's name -> its table, e.g. ``result.tables()`` of a study or
        ``{"doses": doses.to_frame().reset_index()}``; the frame's index is not written.

    Raises
    ------
    DosimetryError : openpyxl is not installed, a sheet's name that Excel does not allow, no tables, or a path
        that cannot be written.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> write_excel("/dev/null", run_study("examples/zr89-huj591/study.toml").tables())
    >>> try:
    ...     write_excel("doses.xlsx", {})
    ... except DosimetryError as error:
    ...     print(error)
    doses.xlsx: no tables to write
    """
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError:
        raise DosimetryError("writing Excel needs openpyxl: pip install 'milligray[excel]'") from None
    if not tables:
        raise DosimetryError(f"{path}: no tables to write")
    book = Workbook(write_only=True)
    for name, frame in tables.items():
        if not 0 < len(name) <= LONGEST_NAME or set(name) & set(NOT_IN_NAME):
            raise DosimetryError(
                f"'{name}': a sheet's name has 1 to {LONGEST_NAME} characters and none of {NOT_IN_NAME}"
            )
        sheet = book.create_sheet(name)

        def cell(value: Any, sheet: Any = sheet) -> Any:
            value = value.item() if hasattr(value, "item") else value
            if value is None or value != value:
                return None
            if not isinstance(value, str):
                return value
            made = WriteOnlyCell(sheet, value)
            made.data_type = "s"  # also where it begins with "="
            made.quotePrefix = True
            return made

        sheet.append([cell(str(c)) for c in frame.columns])
        for row in frame.itertuples(index=False, name=None):
            sheet.append([cell(value) for value in row])
    content = io.BytesIO()
    book.save(content)
    try:
        write_whole(path, content.getvalue())
    except MilligrayError as error:
        raise DosimetryError(str(error)) from None
