"""The page on spheres says what the code gives."""

from __future__ import annotations

from validation.page import spliced
from validation.spheres_page import OLINDA_310_G, PAGE, contents, olinda_table


def test_the_tables_of_the_page_are_those_of_a_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert spliced(text, contents(), str(PAGE)) == text


def test_the_first_table_holds_every_published_value() -> None:
    rows = olinda_table().splitlines()[2:]
    assert len(rows) == len(OLINDA_310_G)
    assert all(abs(float(row.split("|")[-2].strip(" %+"))) <= 3.0 for row in rows)
