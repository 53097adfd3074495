"""Text from outside never becomes a formula of a spreadsheet, and comes back as it was."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dosimetry import DosimetryError, write_excel
from dosimetry.files.output import csv_text
from dosimetry.files.tables import Column, read_table
from milligray.text_files import for_spreadsheet, from_spreadsheet

FORMULAS = ['=HYPERLINK("http://x")', "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-x"]
PLAIN = ["P01", "a=b", "P-01", "'quoted'", "", "–", "1", "#x", " =1"]


@pytest.mark.parametrize("text", FORMULAS + PLAIN)
def test_there_and_back(text: str) -> None:
    assert from_spreadsheet(for_spreadsheet(text)) == text
    assert (for_spreadsheet(text) != text) == (text in FORMULAS)
    assert for_spreadsheet(text)[:1] not in ("=", "+", "-", "@", "\t", "\r")


def test_text_is_escaped_and_numbers_stay_numbers() -> None:
    frame = pd.DataFrame({"=patient": FORMULAS, "value": -np.arange(8.0) / 2, "n": -np.arange(8)})
    header, *rows = csv.reader(io.StringIO(csv_text(frame), newline=""))
    assert header == ["'=patient", "value", "n"]
    assert [r[0] for r in rows] == ["'" + text for text in FORMULAS]
    assert [(r[1], r[2]) for r in rows[:3]] == [("-0", "0"), ("-0.5", "-1"), ("-1", "-2")]
    frame, rows = frame.drop(index=5), [*rows[:5], *rows[6:]]
    indexed = csv_text(frame.set_index("=patient"), index=True)
    assert [line[0] for line in csv.reader(io.StringIO(indexed, newline=""))][1:] == [r[0] for r in rows]
    one = csv_text(frame[["=patient"]])
    assert [line[0] for line in csv.reader(io.StringIO(one, newline=""))] == [
        "'=patient",
        *(r[0] for r in rows),
    ]


def test_our_own_table_is_read_back_as_it_was(tmp_path: Path) -> None:
    names = [t for t in FORMULAS if t.isprintable()] + ["P01", "'quoted'"]
    (tmp_path / "t.csv").write_text(csv_text(pd.DataFrame({"patient": names, "value": range(len(names))})))
    table = read_table(
        tmp_path / "t.csv", [Column("patient", "a name", text=True), Column("value", "a number")]
    )
    assert [row["patient"] for row in table.rows] == names


def test_a_workbook_holds_text_as_text_and_numbers_whole(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    frame = pd.DataFrame({"patient": ["=1+1", "P01", None], "dose": [-0.5, 1 / 3, np.nan], "n": [1, 2, 3]})
    write_excel(tmp_path / "a.xlsx", {"doses": frame, "more": frame.iloc[:0]})
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames == ["doses", "more"]
    rows = list(book["doses"].iter_rows())
    assert [c.value for c in rows[0]] == ["patient", "dose", "n"]
    assert (rows[1][0].value, rows[1][0].data_type) == ("=1+1", "s")
    assert [c.value for c in rows[2]] == ["P01", 1 / 3, 2]
    assert (rows[1][1].value, rows[1][1].data_type, rows[3][0].value, rows[3][1].value) == (
        -0.5,
        "n",
        None,
        None,
    )
    with pytest.raises(DosimetryError, match="a sheet's name"):
        write_excel(tmp_path / "b.xlsx", {"a/b": frame})
    with pytest.raises(DosimetryError, match="no tables"):
        write_excel(tmp_path / "b.xlsx", {})
    assert [p.name for p in tmp_path.iterdir()] == ["a.xlsx"]


def test_without_openpyxl_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "openpyxl", None)
    with pytest.raises(DosimetryError, match=r"pip install 'milligray\[excel\]'"):
        write_excel(tmp_path / "a.xlsx", {"a": pd.DataFrame({"x": [1]})})
