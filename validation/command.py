"""``milligray validate``: every case, a table, and the page docs/validation.md with its figures.

The command joins ``milligray`` as a plug-in (entry point ``milligray.commands``), because nothing in the
program may import ``validation``: the arrow runs from here to ``dosimetry``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from validation.outcome import Outcome


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("validate")(validate)


def validate(
    case: Annotated[
        list[str] | None, typer.Option(help="Only this case; may be given more than once.")
    ] = None,
    show_list: Annotated[bool, typer.Option("--list", help="List the cases and do nothing else.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    page: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Folder for validation.md and its figures. Default: docs, where this command made such a"
            " page before and all cases are run.",
        ),
    ] = None,
) -> None:
    """Check the program against published doses and SAFs; exit status 1 if a check fails.

    What a case file declares as missed, with its cause, is counted as missed and is no failure.

    In a checkout of the project this makes docs/validation.md and its figures anew.
    """
    from validation.case import CaseError, chosen, read_cases
    from validation.outcome import FAIL
    from validation.run import run

    cases = read_cases()
    wanted = chosen(cases, case or [])
    if page is not None and case:
        raise CaseError("--page writes all cases into the page; leave out --case")
    if show_list:
        for c in wanted:
            patients = f", n = {c.n}" if c.n else ""
            typer.echo(f"{c.name}: {c.title}{patients} ({len(c.check)} checks)")
        return
    from dosimetry.files.terminal import Terminal
    from validation.report.page import check_folder, is_ours

    if page is None and not case and not as_json and is_ours(Path("docs")):
        page = Path("docs")
    if page is not None:
        check_folder(page)
    with Terminal(stderr=True).status("") as status:
        rows = run(wanted, cases, lambda name: status.update(name))
        if page is not None:
            from validation.report.page import write_page

            status.update("page and figures")
            write_page(page, rows, cases)
    failed = any(r.verdict == FAIL for r in rows)
    try:
        if as_json:
            import json

            typer.echo(json.dumps([r.as_dict() for r in rows], indent=1))
        else:
            _print(rows)
            if page is not None:
                typer.echo(f"Page: {page / 'validation.md'}")
    except BrokenPipeError:
        if not failed:  # the verdict stands, whether or not all of it was read
            raise
    if failed:
        raise typer.Exit(1)


def _print(rows: list[Outcome]) -> None:
    """One block a check: its name, and a line a quantity."""
    from itertools import groupby

    from rich.table import Table
    from rich.text import Text

    from dosimetry.files.terminal import Terminal
    from validation.report.headline import sentences
    from validation.report.tables import cells

    console = Terminal()
    style = {"FAIL": "bold red", "missed": "red", "pass": "green"}
    for (case, layer, check), block in groupby(rows, lambda r: (r.case, r.layer, r.check)):
        console.print(Text.assemble((case, "bold"), f", {layer}: {check}"), soft_wrap=True)
        grid = Table(box=None, padding=(0, 1), show_header=False, width=min(console.width, 110))
        grid.add_column(ratio=1)
        for justify in ("right", "right", "right", "left", "left"):
            grid.add_column(no_wrap=True, min_width=7, justify=justify)  # type: ignore[arg-type]
        notes = []
        for row in block:
            colour = style.get(row.verdict, "dim")
            grid.add_row(*cells(row), Text(row.verdict, colour))
            note = row.note or (row.known if row.verdict == "missed" else "")
            notes += [f"{row.quantity}: {note}"] if note else []
        console.print(grid)
        for note in notes:
            console.print(f"   {note.removeprefix(': ')}", style="dim", soft_wrap=True)
    console.print("Columns: quantity, published, ours, difference, allowed, verdict.")
    for sentence in sentences(rows):
        console.print(sentence, soft_wrap=True)
