"""How the cells of a table are set in Word and HTML: minus signs, powers of ten, decimal points in line."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dosimetry.dossier.document.numbers import NOTHING
from dosimetry.dossier.document.table import Row, Table

#: As wide as a digit, as wide as a full stop: they bring decimal points into line at the right.
FIGURE_SPACE, PUNCTUATION_SPACE = "\u2007", "\u2008"
MINUS = "\u2212"
_EXPONENT = re.compile(r"e([+-]?)0*(\d+)$")
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
#: What XML 1.0 cannot hold.
_NO_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class SetCell:
    """A cell as it is set: its text, the letter of its footnote, spaces after it, whether it is a number."""

    text: str
    letter: str = ""
    padding: str = ""
    number: bool = False


def set_number(text: str) -> str:
    """A printed number as a typesetter sets it.

    >>> set_number("-1.50e-07"), set_number("0.50")
    ('−1.50 × 10⁻⁷', '0.50')
    """
    text = _EXPONENT.sub(lambda m: f" × 10{(m[1].strip('+') + m[2]).translate(_SUPERSCRIPT)}", text)
    return text.replace("-", MINUS)


def number_of(text: str) -> float:
    """The number that :func:`set_number` set, whatever spaces bring it into line.

    >>> number_of("−1.50 × 10⁻⁷"), number_of("0.50\u2007")
    (-1.5e-07, 0.5)
    """
    text = text.strip(f"{FIGURE_SPACE}{PUNCTUATION_SPACE}").replace(MINUS, "-")
    mantissa, _, exponent = text.partition(" × 10")
    return float(f"{mantissa}e{exponent.translate(_PLAIN) or 0}")


def set_rows(table: Table) -> list[tuple[Row, tuple[SetCell, ...]]]:
    """All rows of a table with their cells set; numbers of a column have their decimal points in line."""
    letters = table.lettered()
    rows = []
    for row in table.rows:
        cells = []
        for cell, column in zip(row.cells, table.columns, strict=row.kind != "heading"):
            if cell.value is None:
                cells.append(SetCell(NOTHING, letters[cell.reason]))
            elif isinstance(cell.value, str):
                cells.append(SetCell(cell.value))
            else:
                cells.append(SetCell(set_number(table.text(cell, column)), number=True))
        rows.append((row, cells))
    for i in range(len(table.columns)):
        of_column = [cells for row, cells in rows if row.kind != "heading"]
        decimals = max((_decimals(c[i].text) for c in of_column if c[i].number), default=0)
        for cells in of_column:
            if cells[i].number and "×" not in cells[i].text:
                cells[i] = SetCell(cells[i].text, padding=_padding(cells[i].text, decimals), number=True)
    return [(row, tuple(cells)) for row, cells in rows]


@dataclass(frozen=True)
class Note:
    """A line below a table: its text, the letter that refers to it, whether it is red."""

    text: str
    letter: str = ""
    red: bool = False


def notes(table: Table) -> list[Note]:
    """What stands below a table: in red that data are simulated, footnotes, reasons of empty cells.

    >>> [n.text for n in notes(Table("t", "T", reason="no serum", footnotes=("SD",), simulated=True))]
    ['SIMULATED DATA', 'Not available: no serum', 'SD']
    """
    found = [Note(f"Not available: {table.reason}")] if not table.rows else []
    told = [note for note in table.footnotes if note.lower().startswith("simulated data")]
    if table.simulated:
        found[:0] = [Note(note, red=True) for note in told or ["SIMULATED DATA"]]
    found += [Note(note) for note in table.footnotes if not (table.simulated and note in told)]
    return found + [Note(reason, letter) for reason, letter in table.lettered().items()]


def xml_text(text: str) -> str:
    """A text without the characters that XML cannot hold; a mark stands for each.

    >>> xml_text("a\\x00b")
    'a\ufffdb'
    """
    return _NO_XML.sub("\ufffd", text)


def _decimals(text: str) -> int:
    return 0 if "×" in text else len(text.partition(".")[2])


def _padding(text: str, decimals: int) -> str:
    own = _decimals(text)
    point = PUNCTUATION_SPACE if decimals and not own else ""
    return point + FIGURE_SPACE * (decimals - own)
