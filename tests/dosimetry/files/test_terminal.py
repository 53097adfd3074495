"""What is printed is what was given: brackets, emoji codes and numbers in names; closed and full outputs."""

from __future__ import annotations

import subprocess
import sys

import pytest

from dosimetry.files.output import plain_table
from dosimetry.files.progress import progress_bar
from dosimetry.files.terminal import Terminal

#: Names that rich would take for markup, an error in it, a link, an emoji.
NAMES = ("res[v2]", "[pilot] P01", "[/x]", "[bold]", "[link=file:///etc]a", ":smile:", "a\\[b]")
MILLIGRAY = [sys.executable, "-m", "dosimetry.commands.app"]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_printed_as_they_are(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    console = Terminal()
    table = plain_table(name, {name: "left"}, caption=name)
    table.add_row(name)
    console.rule(name)
    console.print(name, style="bold")
    console.print(table)
    assert capsys.readouterr().out.count(name) == 6
    with progress_bar() as bar:
        bar.add_task(name)
        assert str(bar.columns[0].render(bar.tasks[0])) == name  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", ["nuclide Zr-89", "nuclide Zr-89 --json", "phantoms list", "--help"])
def test_a_reader_that_has_seen_enough_is_no_error(command: str) -> None:
    code = f"{' '.join(MILLIGRAY)} {command} | true; exit ${{PIPESTATUS[0]}}"
    ended = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("command", ["nuclide Zr-89", "nuclide Zr-89 --json"])
def test_a_full_disk_behind_standard_output_is_said(command: str) -> None:
    with open("/dev/full", "w") as full:
        ended = subprocess.run(
            [*MILLIGRAY, *command.split()], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert ended.returncode == 2
    assert ended.stderr == "milligray: error: standard output: No space left on device\n"


def test_statistics_that_limit_nothing_are_not_said_to_two_digits() -> None:
    from dosimetry.commands.doses.sphere import per_cent

    assert [per_cent(se) for se in (0.0, 1.6e-5, 0.00099, 0.001, 0.0234)] == [
        "below 0.1 %", "below 0.1 %", "below 0.1 %", "0.10 %", "2.3 %",
    ]  # fmt: skip
