"""A dossier as an Excel workbook: contents, a sheet for each table, numbers with all their digits."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING, Any

from dosimetry.dossier.document.document import Document, NumberedTable, Paragraph
from dosimetry.dossier.document.numbers import NOTHING, Digits
from dosimetry.dossier.document.table import Cell, Column, groups
from dosimetry.dossier.writers.packages import needed
from dosimetry.dossier.writers.typeset import notes, xml_text
from dosimetry.dossier.writers.widths import text_width

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

#: What Excel allows in a sheet's name: so many characters, none of these.
LONGEST_NAME, NOT_IN_NAME = 31, re.compile(r"[\[\]:*?/\\']")
CONTENTS = "Contents"
RED = "#C00000"
#: Widths of columns in characters of the default font.
NARROWEST, WIDEST = 7, 46
LONGEST_TEXT, LONGEST_LINK = 32767, 250
#: Least width of titles and footnotes, and width of a column without content, characters.
LINE_WIDTH, EMPTY_COLUMN = 84.0, 9.0
#: Rows and footnotes that are printed on one page, upright and on its side.
ONE_PAGE = (62, 44)
CONTENTS_WIDTHS = (28.0, 78.0)
#: Width of a digit, by which Excel measures columns, in shares of the font's size.
AVERAGE = 0.5575
#: Texts have more narrow letters than tables of widths think.
WRAPPED = 0.94
#: A line of text in its default size, points.
LINE = 13.5


def excel_bytes(document: Document, paper: str = "a4") -> bytes:
    """A dossier as the content of an .xlsx file.

    Numbers are cells with all their digits, shown with those that the dossier prints; texts are never
    formulas. Figures are not in it.

    Raises
    ------
    DosimetryError : XlsxWriter is not installed.
    """
    needed("xlsxwriter", "XlsxWriter", "Excel")
    from xlsxwriter import Workbook

    out = io.BytesIO()
    book = Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "nan_inf_to_errors": False,
        },
    )
    book.set_properties(
        {
            "title": xml_text(document.title),
            "author": "milligray",
            "subject": xml_text(document.facts.get("Study", "")),
            "keywords": "SIMULATED DATA" if document.simulated else "",
            "created": datetime.fromisoformat(document.made_utc).replace(tzinfo=None),
        }
    )
    _Book(book, document, paper).write()
    book.close()
    return out.getvalue()


def sheet_name(numbered: NumberedTable) -> str:
    """Name of a table's sheet.

    >>> from dosimetry.dossier.document.table import Table
    >>> sheet_name(NumberedTable("5", Table("absorbed_dose_by_subject_1", "Doses", reason="none")))
    'T5 absorbed dose by subject 1'
    """
    name = NOT_IN_NAME.sub(" ", f"T{numbered.number} {numbered.table.name.replace('_', ' ')}")
    return name[:LONGEST_NAME].strip()


class _Book:
    """Writes the sheets of a workbook."""

    def __init__(self, book: Workbook, document: Document, paper: str) -> None:
        self._book, self._document = book, document
        self._paper = 9 if paper == "a4" else 1
        self._formats: dict[tuple[tuple[str, Any], ...], Any] = {}

    def write(self) -> None:
        """All sheets."""
        self._contents()
        for numbered in self._document.tables:
            self._sheet(numbered)

    def _format(self, **properties: Any) -> Any:
        """A format of cells; the same one for the same properties."""
        key = tuple(sorted(properties.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format(
                {"font_name": "Arial", "font_size": 10, "valign": "top", **properties}
            )
        return self._formats[key]

    def _new_sheet(self, name: str, landscape: bool) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_paper(self._paper)
        sheet.set_landscape() if landscape else sheet.set_portrait()
        sheet.fit_to_pages(1, 0)
        sheet.hide_gridlines(2)
        sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        mark = "&KC00000&BSIMULATED DATA&B&K000000   " if self._document.simulated else ""
        title = xml_text(self._document.title).replace("&", "&&")
        sheet.set_header(f"&R&8{mark}{title}"[:255])
        results = self._document.facts.get("SHA-256 of the results", "")[:12]
        sheet.set_footer(f"&L&8Results {results}&R&8&A, page &P of &N")
        return sheet

    def _contents(self) -> None:
        sheet = self._new_sheet(CONTENTS, landscape=False)
        for i, width in enumerate(CONTENTS_WIDTHS):
            sheet.set_column(i, i, width)
        text, bold = self._format(text_wrap=True), self._format(bold=True)
        self._text(sheet, 0, 0, self._document.title, self._format(bold=True, font_size=14))
        at = 2
        for block in self._document.blocks:
            if isinstance(block, Paragraph) and block.red:
                self._text(sheet, at, 0, block.text, self._format(bold=True, font_color=RED))
                at += 2
        for name, fact in self._document.facts.items():
            red = name == "Data" and self._document.simulated
            self._text(sheet, at, 0, name, self._format(bold=True, text_wrap=True))
            self._text(sheet, at, 1, fact, self._format(text_wrap=True, font_color=RED) if red else text)
            sheet.set_row(at, _height((name, fact), CONTENTS_WIDTHS))
            at += 1
        warnings = [b.text for b in self._document.blocks if isinstance(b, Paragraph) and b.bullet]
        for i, warning in enumerate(warnings):
            self._text(sheet, at, 0, "Warnings of the computation" if i == 0 else "", bold)
            self._text(sheet, at, 1, warning, text)
            sheet.set_row(at, _height(("", warning), CONTENTS_WIDTHS))
            at += 1
        at += 1
        link = self._format(font_color="#0563C1", underline=1, text_wrap=True)
        for numbered in self._document.tables:
            self._text(sheet, at, 0, f"Table {numbered.number}", bold)
            target = f"internal:'{sheet_name(numbered)}'!A1"
            title = xml_text(numbered.table.title)[:LONGEST_LINK]
            sheet.write_url(at, 1, target, link, string=title)
            sheet.set_row(at, _height(("", title), CONTENTS_WIDTHS))
            at += 1

    def _sheet(self, numbered: NumberedTable) -> None:
        table = numbered.table
        sheet = self._new_sheet(sheet_name(numbered), table.landscape or len(table.columns) > 7)
        wide = [_width(numbered, i, column) for i, column in enumerate(table.columns)] or [90.0]
        for i, width in enumerate(wide):
            sheet.set_column(i, i, width)
        texts = [[c.value if isinstance(c.value, str) else "" for c in row.cells] for row in table.rows]
        lines = len(table.all_footnotes()) + sum(
            _height(t, wide[: len(t)]) / LINE
            for t in texts  # a heading has one cell
        )
        if lines <= (ONE_PAGE[1] if sheet.orientation == 0 else ONE_PAGE[0]):
            sheet.fit_to_pages(1, 1)
        self._line(sheet, 0, f"Table {numbered.number}. {table.title}", wide, bold=True, font_size=12)
        below = notes(table)
        at = 1
        for note in (n for n in below if n.red):
            self._line(sheet, at, note.text, wide, bold=True, font_color=RED)
            at += 1
        at += 1
        if table.rows:
            at = self._heads(sheet, at, table.columns, wide)
            at = self._rows(sheet, at, numbered, wide)
        for note in (n for n in below if not n.red):
            letter = f"({note.letter}) " if note.letter else ""
            self._line(sheet, at, letter + note.text, wide, font_size=9)
            at += 1

    def _line(self, sheet: Worksheet, at: int, text: str, wide: list[float], **properties: Any) -> None:
        """A line over all columns, and some more where they are narrow; as high as it needs to be."""
        shape = self._format(text_wrap=True, **properties)
        more = max(0, ceil((LINE_WIDTH - sum(wide)) / EMPTY_COLUMN))
        wide = [*wide, *(EMPTY_COLUMN for _ in range(more))]
        if len(wide) > 1:
            sheet.merge_range(at, 0, at, len(wide) - 1, "", shape)
        self._text(sheet, at, 0, text, shape)
        size = properties.get("font_size", 10) / 10
        sheet.set_row(at, size * _height((text,), (sum(wide) / size,)))

    def _heads(self, sheet: Worksheet, at: int, columns: tuple[Column, ...], wide: list[float]) -> int:
        """Groups, heads and units; they repeat on each printed page and stay in view."""
        first = at
        if any(c.group for c in columns):
            i = 0
            for name, n in groups(columns):
                # a border of its own, or none: cells of no group have the table's upper line all the same
                shape = self._format(bold=True, align="center", top=2, **({"bottom": 1} if name else {}))
                for j in range(n):
                    self._text(sheet, at, i + j, name if j == 0 else "", shape)
                if n > 1:
                    sheet.merge_range(at, i, at, i + n - 1, "", shape)
                    self._text(sheet, at, i, name, shape)
                i += n
            at += 1
        units = any(c.unit for c in columns)
        sheet.set_row(at, _height([c.head for c in columns], [w / 1.15 for w in wide]))
        for i, column in enumerate(columns):
            side = _side(column, i)
            upper = {"top": 2} if at == first else {}
            shape = self._format(
                bold=True,
                **side,
                text_wrap=True,
                valign="bottom",
                **upper,
                **({} if units else {"bottom": 1}),
            )
            self._text(sheet, at, i, column.head, shape)
            if units:
                unit = f"({column.unit})" if column.unit else ""
                self._text(sheet, at + 1, i, unit, self._format(**side, bottom=1))
        at += 2 if units else 1
        sheet.repeat_rows(first, at - 1)
        sheet.freeze_panes(at, 1)
        return at

    def _rows(self, sheet: Worksheet, at: int, numbered: NumberedTable, wide: list[float]) -> int:
        table = numbered.table
        letters = table.lettered()
        for i, row in enumerate(table.rows):
            lines = {"bottom": 2} if i == len(table.rows) - 1 else {}
            if row.kind == "total" and (i == 0 or table.rows[i - 1].kind != "total"):
                lines["top"] = 1
            if row.kind == "heading":
                self._text(sheet, at, 0, str(row.cells[0].value), self._format(bold=True, **lines))
                for j in range(1, len(table.columns)):
                    sheet.write_blank(at, j, None, self._format(**lines))
            else:
                for j, (cell, column) in enumerate(zip(row.cells, table.columns, strict=True)):
                    self._cell(sheet, at, j, cell, column, letters, lines)
                texts = [c.value if isinstance(c.value, str) else "" for c in row.cells]
                sheet.set_row(at, _height(texts, wide))
            at += 1
        return at

    def _cell(
        self,
        sheet: Worksheet,
        row: int,
        at: int,
        cell: Cell,
        column: Column,
        letters: dict[str, str],
        lines: dict[str, int],
    ) -> None:
        side = _side(column, at)
        if cell.value is None:
            self._text(sheet, row, at, f"{NOTHING} ({letters[cell.reason]})", self._format(**side, **lines))
        elif isinstance(cell.value, str):
            self._text(sheet, row, at, cell.value, self._format(text_wrap=True, **side, **lines))
        else:
            digits = cell.digits or column.digits or Digits(decimals=0)
            shown = digits.excel_format(float(cell.value))
            sheet.write_number(row, at, cell.value, self._format(num_format=shown, **side, **lines))

    def _text(self, sheet: Worksheet, row: int, column: int, text: str, shape: Any) -> None:
        """A text as a text, whatever it begins with."""
        text = _within(xml_text(text))
        if text:
            sheet.write_string(row, column, text, shape)
        else:
            sheet.write_blank(row, column, None, shape)


def _within(text: str) -> str:
    """A text that a cell can hold; of a longer one it says that there is more."""
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 4] + " ..."


def _side(column: Column, at: int) -> dict[str, Any]:
    """On which side a column's cells stand; texts keep off the numbers at their left."""
    if column.right:
        return {"align": "right"}
    return {"align": "left", "indent": 1} if at else {"align": "left"}


def _height(texts: Sequence[str], wide: Sequence[float]) -> float:
    """Height of a row of wrapped texts in columns so many characters wide, points."""
    lines = []
    for text, width in zip(texts, wide, strict=True):
        shares = (WRAPPED * text_width(line) / AVERAGE / max(1.0, width - 1) for line in text.split("\n"))
        lines.append(sum(max(1, ceil(share)) for share in shares))
    return LINE * max(lines, default=1) + 1.5


def _width(numbered: NumberedTable, at: int, column: Column) -> float:
    table = numbered.table
    cells = [row.cells[at] for row in table.rows if row.kind != "heading"]
    longest = max((len(table.text(c, column)) + (4 if c.value is None else 0) for c in cells), default=0)
    head = max(map(len, [*column.head.split(), f"({column.unit})" if column.unit else ""]), default=0)
    # a head of several words may wrap into two lines
    # a table of two columns of text has the page for itself
    widest = WIDEST if len(table.columns) > 2 else LINE_WIDTH - NARROWEST
    return min(widest, max(NARROWEST, 1.1 * longest + 1.5, 1.15 * head + 1.5, 0.6 * len(column.head) + 1.5))
