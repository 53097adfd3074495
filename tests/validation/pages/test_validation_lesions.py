"""The page on lesions' statistics says what the code gives, and the code what papers print."""

from __future__ import annotations

import tomllib

from lesions import PositiveKeys, ResponseKeys, StatisticsKeys, SurvivalKeys
from validation.pages.lesions_page import PAGE, contents
from validation.report.markdown import spliced


def test_the_tables_of_the_page_are_those_of_a_run() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert spliced(text, contents(), str(PAGE)) == text


def test_the_study_of_the_page_is_one() -> None:
    said = tomllib.loads(PAGE.read_text(encoding="utf-8").split("```toml")[1].split("```")[0])["lesions"]
    keys = {
        "positive": PositiveKeys,
        "response": ResponseKeys,
        "statistics": StatisticsKeys,
        "survival": SurvivalKeys,
    }
    assert set(said) == set(keys)
    for name, section in keys.items():
        section(**said[name])


def test_what_is_printed_is_what_is_found() -> None:
    columns = {"proportions": (3, 4), "concordance": (1, 3), "survival": (1, 2), "kappa": (2, 3)}
    for name, (printed, ours) in columns.items():
        rows = [line.strip("| ").split(" | ") for line in contents()[name].splitlines()[2:]]
        assert len(rows) >= 3
        for row in rows:
            assert row[printed] == row[ours], row
