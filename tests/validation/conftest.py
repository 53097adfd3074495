"""One run of all cases for all tests of this folder."""

from __future__ import annotations

import pytest

from validation.case import read_cases
from validation.outcome import Outcome
from validation.run import run


@pytest.fixture(scope="session")
def rows() -> list[Outcome]:
    cases = read_cases()
    return run(cases.values(), cases)
