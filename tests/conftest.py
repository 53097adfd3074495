"""At the end of a run: what was not shown, because data that the project may not hold are not beside it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

#: How a reason to skip begins that says what the run then does not show.
NOT_SHOWN = "not shown: "


def not_shown(reports: list[Any]) -> list[str]:
    """Lines of the summary from the reports of skipped tests, with how many tests each stands for."""
    reasons: Counter[str] = Counter()
    for report in reports:
        text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found = text.removeprefix("Skipped: ")
        if found.startswith(NOT_SHOWN):
            reasons[found.removeprefix(NOT_SHOWN)] += 1
    return [f"{reason}: {n} test{'s' if n > 1 else ''}" for reason, n in reasons.items()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print them, if there are any."""
    lines = not_shown(terminalreporter.stats.get("skipped", []))
    if lines:
        terminalreporter.section("not shown in this run")
        for line in lines:
            terminalreporter.write_line(line)
