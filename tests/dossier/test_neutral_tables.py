"""A table says what it holds, and no gap stands without a reason."""

from __future__ import annotations

import pytest

from dosimetry.dossier.document.numbers import UNITS, Digits, dose_units
from dosimetry.dossier.document.table import Cell, Column, Row, Table, groups
from dosimetry.errors import DosimetryError

ORGAN = Column("organ", "Organ")
DOSE = Column("dose_mGy_per_MBq", "Dose", "mGy/MBq", digits=Digits(3))


def test_a_gap_needs_a_reason() -> None:
    for nothing in (None, float("nan")):
        with pytest.raises(ValueError, match="without a value has a reason"):
            Cell(nothing)
        assert Cell(nothing, reason="not measured").value is None
    with pytest.raises(ValueError, match="no rows and no reason"):
        Table("doses", "Doses", (ORGAN, DOSE))


def test_rows_fit_their_columns() -> None:
    with pytest.raises(ValueError, match="1 cells in a row of kind 'body'"):
        Table("doses", "Doses", (ORGAN, DOSE), (Row((Cell("liver"),)),))
    with pytest.raises(ValueError, match="2 cells in a row of kind 'heading'"):
        Table("doses", "Doses", (ORGAN, DOSE), (Row((Cell("a"), Cell("b")), "heading"),))


def test_equal_reasons_share_a_letter_and_are_told_below() -> None:
    whys = ["no curve", "one patient", "no curve"]
    rows = tuple(Row((Cell(f"organ {i}"), Cell(None, why))) for i, why in enumerate(whys))
    table = Table("doses", "Doses", (ORGAN, DOSE), (Row((Cell("Organs"),), "heading"), *rows), ("SD",))
    assert [r[-1] for r in table.printed()] == ["Organs", "– (a)", "– (b)", "– (a)"]
    assert table.all_footnotes() == ("SD", "(a) no curve", "(b) one patient")
    many = tuple(Row((Cell("x"), Cell(None, f"reason {i}"))) for i in range(28))
    assert list(Table("doses", "Doses", (ORGAN, DOSE), many).lettered().values())[24:] == [
        "y",
        "z",
        "aa",
        "ab",
    ]


@pytest.mark.parametrize(
    ("value", "rule", "text", "shown"),
    [
        (1.3456, Digits(3), "1.35", "0.00"),
        (1234.6, Digits(3), "1235", "0"),
        (0.00004, Digits(2), "4.0e-05", "0.0E+00"),
        (-0.5, Digits(decimals=2), "-0.50", "0.00"),
        (0.0, Digits(3), "0", "0"),
    ],
)
def test_numbers_and_their_formats_in_excel(value: float, rule: Digits, text: str, shown: str) -> None:
    assert rule.text(value) == text and rule.excel_format(value) == shown


def test_units_agree_with_their_definitions() -> None:
    assert UNITS["mrad/MBq"].factor == 100  # 1 Gy = 100 rad
    assert UNITS["rad/mCi"].factor == pytest.approx(37 * 0.1)  # 1 mGy = 0.1 rad, 1 mCi = 37 MBq
    assert UNITS["Gy/GBq"].factor == 1
    with pytest.raises(DosimetryError, match=r"unknown unit 'cGy'.*rad/mCi"):
        dose_units("cGy")


def test_groups_of_columns() -> None:
    names = ["", "All", "All", "Men", "All"]
    assert groups([Column(str(i), "x", group=g) for i, g in enumerate(names)]) == [
        ("", 1), ("All", 2), ("Men", 1), ("All", 1),
    ]  # fmt: skip
