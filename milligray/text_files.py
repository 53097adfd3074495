"""Text that users give: files, cells and numbers, read with one rule each for what they may hold."""

from __future__ import annotations

import csv
import io
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from milligray.errors import MilligrayError

#: Largest sizes that are read, in bytes.
LARGEST_TABLE, LARGEST_TOML = 100_000_000, 1_000_000
#: What a spreadsheet writes into a cell whose formula failed.
SPREADSHEET_ERRORS = (
    "#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#FIELD!",
    "#BLOCKED!", "#BUSY!",
)  # fmt: skip
NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
#: How text begins that a spreadsheet runs as a formula, and such text with apostrophes before it.
FORMULA = re.compile(r"'*[=+\-@\t\r]")
#: So many characters of a cell or name are quoted in a message.
QUOTED = 60


def shown(text: str) -> str:
    """A text as a message quotes it: what cannot be seen is written out, and what is long is cut.

    >>> shown("P\\x0001"), len(shown("9" * 5000))
    ('P\\\\x0001', 61)
    """
    visible = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[:QUOTED])
    return visible if len(text) <= QUOTED else f"{visible}…"


def for_spreadsheet(text: str) -> str:
    """A text as a cell of a CSV file that no spreadsheet takes for a formula: an apostrophe before it.

    Text that begins with = + - @, a tab or a carriage return gets one, and so does text that begins with
    apostrophes and one of these, so that :func:`from_spreadsheet` gives it back. Numbers are no text.

    >>> [for_spreadsheet(text) for text in ("=1+1", "-P01", "P-01", "'=1")]
    ["'=1+1", "'-P01", 'P-01', "''=1"]
    """
    return f"'{text}" if FORMULA.match(text) else text


def from_spreadsheet(cell: str) -> str:
    """The text of which :func:`for_spreadsheet` made the cell.

    >>> from_spreadsheet("'=1+1"), from_spreadsheet("'quoted'")
    ('=1+1', "'quoted'")
    """
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def is_spreadsheet_error(cell: str) -> bool:
    """Whether a spreadsheet wrote the cell because a formula failed.

    >>> is_spreadsheet_error("#REF!"), is_spreadsheet_error("# a comment")
    (True, False)
    """
    return cell.strip().upper() in SPREADSHEET_ERRORS


def number(cell: str) -> float:
    """The number of a cell: decimal digits, a point, an exponent, and nothing else.

    Python's own ``float`` also takes ``1_000``, digits of other scripts and ``nan``; in a table they are
    mistakes. A number beyond the largest of a computer comes back as infinity, for the column to refuse.

    Raises
    ------
    ValueError : it is no number, or so small that a computer takes it for 0.

    >>> number("1.5e3")
    1500.0
    >>> number("1_000")
    Traceback (most recent call last):
    ValueError: '1_000' is not a number
    """
    if NUMBER.fullmatch(cell) is None:
        if is_spreadsheet_error(cell):
            raise ValueError(f"'{cell}' is what a spreadsheet writes where a formula failed")
        unfit = "a finite number" if cell.strip("+-").lower() in ("nan", "inf", "infinity") else "a number"
        comma = "; write the decimal point as '.'" if "," in cell else ""
        raise ValueError(f"'{shown(cell)}' is not {unfit}{comma}")
    value = float(cell)
    if value == 0 and any(c in "123456789" for c in re.split("[eE]", cell)[0]):
        raise ValueError(f"{shown(cell)} is too small to be told from 0")
    return value


@contextmanager
def opened(path: str | Path, error: type[MilligrayError], *, needed: str) -> Iterator[tuple[BinaryIO, int]]:
    """A plain file that somebody named, open to be read, and its size in bytes.

    Parameters
    ----------
    error : the class of the error to raise.
    needed : what to do, where the path is a folder.

    Raises
    ------
    MilligrayError : (of class ``error``) there is no such file, it is a folder, a pipe or a device, or it may
        not be read, then or while it is.
    """
    where = shown_path(path)
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise error(f"{where}: this is a folder; {needed}")
        if not stat.S_ISREG(status.st_mode):
            raise error(f"{where}: this is a pipe or a device; save what it gives in a file first")
        with open(path, "rb") as file:
            yield file, status.st_size
    except (FileNotFoundError, NotADirectoryError):
        raise error(f"{where}: there is no such file") from None
    except OSError as problem:
        raise error(f"{where}: it cannot be read ({problem.strerror})") from None
    except MilligrayError:
        raise
    except ValueError:
        raise error(f"{where}: no file can have this name") from None


def read_text(
    path: str | Path,
    error: type[MilligrayError],
    *,
    needed: str = "a text file is needed",
    largest_bytes: int = LARGEST_TABLE,
) -> str:
    """The text of a plain file in UTF-8, its lines ended by line feeds.

    Parameters
    ----------
    error : the class of the error to raise.
    needed : what to do, where the path is a folder.

    Raises
    ------
    MilligrayError : (of class ``error``) there is no such file, it is a folder, a pipe or a device, it may
        not be read, it is larger than ``largest_bytes``, it is not UTF-8, or it holds a NUL byte.

    >>> read_text("no such file.csv", MilligrayError)
    Traceback (most recent call last):
    milligray.errors.MilligrayError: no such file.csv: there is no such file
    """
    where = shown_path(path)
    with opened(path, error, needed=needed) as (file, size):
        if size > largest_bytes:
            raise error(
                f"{where}: the file has {size / 1e6:.3g} MB; at most {largest_bytes / 1e6:g} MB are read:"
                " split it, or leave out what is not needed"
            )
        content = file.read(largest_bytes + 1)
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise error(f"{where}: this is text in UTF-16; save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')")
    nul = content.find(b"\0")
    if nul >= 0:
        raise error(
            f"{where}: row {content.count(bytes([10]), 0, nul) + 1} holds a NUL byte; this is not plain text:"
            " save it again as text in UTF-8"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = content.count(b"\n", 0, problem.start) + 1
        raise error(
            f"{where}: row {row} is not text in UTF-8; save it as UTF-8 (in a spreadsheet: 'CSV UTF-8')"
        ) from None
    return text.replace("\r\n", "\n").replace("\r", "\n")


def shown_path(path: str | Path) -> str:
    """A path as a message names it, whole unless it is absurdly long."""
    text = str(path)
    return text if text.isprintable() and len(text) < 1000 else shown(text)


def read_toml(
    path: str | Path, error: type[MilligrayError], *, needed: str = "a TOML file is needed"
) -> tuple[str, dict[str, Any]]:
    """The text of a TOML file, and its content.

    Raises
    ------
    MilligrayError : (of class ``error``) as :func:`read_text`; or it is not valid TOML.
    """
    text = read_text(path, error, needed=needed, largest_bytes=LARGEST_TOML)
    where = shown_path(path)
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        raise error(f"{where}: this is not valid TOML: {problem}") from None
    except RecursionError:
        raise error(f"{where}: brackets are nested too deep") from None
    except ValueError:
        raise error(f"{where}: a whole number in it has thousands of digits") from None


class CsvText:
    """The comment lines, the header and the rows of a CSV text; rows are counted as an editor counts lines.

    Lines that begin with ``#`` above the header are comments, and blank lines are nothing.

    comments : row and text of each comment line.
    header_row, header : where the header stands, and its line; 0 and "" where the text has none.

    Raises
    ------
    MilligrayError : (of class ``error``) a spreadsheet's error stands where a comment or the header should.

    >>> text = CsvText("# what it is\\ntime_h,value\\n1,30\\n", MilligrayError, "serum.csv")
    >>> text.header, list(text.rows(","))
    ('time_h,value', [(2, ['time_h', 'value']), (3, ['1', '30'])])
    """

    def __init__(self, text: str, error: type[MilligrayError], where: str) -> None:
        self.error, self.where = error, where
        self.comments: list[tuple[int, str]] = []
        self.header, self.header_row = "", 0
        self._body = io.StringIO(text, newline="\n")
        start = 0
        for row, line in enumerate(self._body, 1):
            if line.startswith("#"):
                if is_spreadsheet_error(line.split(",")[0].split(";")[0].split("\t")[0]):
                    raise error(
                        f"{where}: row {row} begins with what a spreadsheet writes where a formula failed; it"
                        " is neither a comment nor a header: repair the formula, or take the row out"
                    )
                self.comments.append((row, line.strip()))
            elif line.strip():
                self.header, self.header_row = line.strip("\n"), row
                self._body.seek(start)
                break
            start += len(line)

    def rows(self, separator: str) -> Iterator[tuple[int, list[str]]]:
        """The row and the cells of the header and of each line under it that has any text.

        Raises
        ------
        MilligrayError : a quotation mark that is not closed, or is followed by more text.
        """
        if not self.header_row:
            return
        reader = csv.reader(self._body, delimiter=separator, strict=True)
        row = self.header_row
        try:
            for cells in reader:
                if any(not cell.isspace() for cell in cells if cell):
                    yield row, cells
                row = self.header_row + reader.line_num
        except csv.Error as problem:
            what = (
                "a cell has more than 131 072 characters; is a quotation mark opened that is not closed?"
                if "limit" in str(problem)
                else "a quotation mark is opened here that is not closed, or is followed by more than the"
                " separator; close it, or write two for one that is meant"
            )
            raise self.error(f"{self.where}: row {row}: {what}") from None
