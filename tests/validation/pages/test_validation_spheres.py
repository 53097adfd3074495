"""The page on spheres says what the code gives."""

from __future__ import annotations

from validation.pages.spheres_page import PAGE, contents
from validation.report.markdown import spliced


def test_the_tables_of_the_page_are_those_of_a_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert spliced(text, contents(), str(PAGE)) == text
