"""The tables of a written dossier read back from each of its formats, as rows of texts and numbers."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path

from lxml import etree, html
from openpyxl import load_workbook
from openpyxl.utils import coordinate_to_tuple

from dosimetry.dossier.document.document import NumberedTable
from dosimetry.dossier.document.numbers import Digits
from dosimetry.dossier.document.table import Row
from dosimetry.dossier.writers.csv_files import csv_name
from dosimetry.dossier.writers.excel import sheet_name
from dosimetry.dossier.writers.typeset import FIGURE_SPACE, PUNCTUATION_SPACE, set_number, xml_text
from milligray.text_files import from_spreadsheet

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PADDING = FIGURE_SPACE + PUNCTUATION_SPACE


@dataclass
class Expected:
    """What a cell is by its CSV file: a number with the text it is printed as, a text, or nothing."""

    text: str
    number: float | None = None
    letter: str = ""
    shown: str = ""


def expected(folder: Path, numbered: NumberedTable) -> list[list[Expected]]:
    """Rows by the table's CSV file; digits and kinds of rows by the table."""
    table = numbered.table
    with (folder / "tables" / csv_name(numbered)).open(encoding="utf-8", newline="") as f:
        lines = list(csv.DictReader(f))
    letters, found = table.lettered(), []
    for row in table.rows:
        if row.kind == "heading":
            found.append([Expected(str(row.cells[0].value))])
            continue
        line = lines.pop(0)
        assert line["data"] == ("simulated" if table.simulated else "measured")
        found.append([_cell(line, row, i, numbered, letters) for i in range(len(table.columns))])
    assert not lines or (len(lines) == 1 and not table.rows and lines[0]["reason"])
    return found


def _cell(
    line: dict[str, str], row: Row, i: int, numbered: NumberedTable, letters: dict[str, str]
) -> Expected:
    cell, column = row.cells[i], numbered.table.columns[i]
    text = line[column.name]
    if text == "" and cell.value is None:
        assert cell.reason in from_spreadsheet(line["reason"]), (column.name, line)
        return Expected("–", letter=letters[cell.reason])
    if isinstance(cell.value, str):
        return Expected(from_spreadsheet(text))
    digits = cell.digits or column.digits or Digits(decimals=0)
    number = float(text)
    return Expected(digits.text(number), number, shown=digits.excel_format(number))


def assert_word(path: Path, tables: list[NumberedTable], wanted: list[list[list[Expected]]]) -> int:
    """Every cell of the Word document is as wanted; how many there are."""
    with zipfile.ZipFile(path) as archive:
        root = etree.fromstring(archive.read("word/document.xml"))
    found = [t for t in root.iter(f"{W}tbl") if _style(t) == "DossierTable"]
    with_rows = [rows for t, rows in zip(tables, wanted, strict=True) if t.table.rows]
    assert len(found) == len(with_rows)
    n = 0
    for tbl, rows in zip(found, with_rows, strict=True):
        lines = [tr for tr in tbl.iter(f"{W}tr") if tr.find(f"{W}trPr/{W}tblHeader") is None]
        assert len(lines) == len(rows)
        for tr, row in zip(lines, rows, strict=True):
            cells = ["".join(t.text or "" for t in tc.iter(f"{W}t")) for tc in tr.iter(f"{W}tc")]
            n += _assert_texts(cells, row)
    return n


def _style(tbl: etree._Element) -> str:
    return str(tbl.find(f"{W}tblPr/{W}tblStyle").get(f"{W}val"))


def assert_html(path: Path, tables: list[NumberedTable], wanted: list[list[list[Expected]]]) -> int:
    """Every cell of the HTML file is as wanted; how many there are."""
    root = html.document_fromstring(path.read_bytes())
    n = 0
    for numbered, rows in zip(tables, wanted, strict=True):
        section = root.get_element_by_id(f"table-{numbered.number}")
        lines = section.findall(".//tbody/tr")
        assert len(lines) == len(rows)
        for tr, row in zip(lines, rows, strict=True):
            n += _assert_texts([c.text_content() for c in tr], row)
    return n


def _assert_texts(cells: list[str], row: list[Expected]) -> int:
    assert len(cells) == len(row)
    for cell, wanted in zip(cells, row, strict=True):
        text = set_number(wanted.text) if wanted.number is not None else xml_text(wanted.text)
        assert cell.strip(PADDING) == (text + wanted.letter).strip(PADDING)
    return len(cells)


def assert_excel(path: Path, tables: list[NumberedTable], wanted: list[list[list[Expected]]]) -> int:
    """Every cell of the workbook is as wanted: all digits, and a format that shows the printed ones."""
    book = load_workbook(path)
    assert book.sheetnames == ["Contents", *map(sheet_name, tables)]
    n = 0
    for numbered, rows in zip(tables, wanted, strict=True):
        sheet = book[sheet_name(numbered)]
        if not rows:
            continue
        first = coordinate_to_tuple(sheet.freeze_panes)[0]
        for i, row in enumerate(rows):
            for j, one in enumerate(row):
                cell = sheet.cell(first + i, 1 + j)
                if one.number is not None:
                    assert cell.data_type == "n" and cell.value == one.number
                    assert cell.number_format == one.shown
                else:
                    text = xml_text(one.text) + (f" ({one.letter})" if one.letter else "")
                    assert (cell.value or "") == text and cell.data_type in "sn"
                n += 1
    return n
