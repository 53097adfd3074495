"""``milligray compare``: doses of two or more cohorts side by side, with ratios and tests."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.commands.doses.options import Json
from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from rich.console import Console

    from dosimetry.dossier.cohorts.cohort import Cohort
    from dosimetry.dossier.cohorts.comparing import Comparison
    from dosimetry.dossier.document.numbers import DoseUnits
    from dosimetry.dossier.document.table import Table

#: What each file of the folder is, for the page beside them.
CONTENTS = {
    "cohort_means": "mean, SD between subjects and n of each dose by cohort",
    "cohort_tests": "ratio of means with its interval, Welch's t-test, Holm's correction, for each pair",
}


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("compare")(compare)


def compare(
    context: typer.Context,
    results: Annotated[
        list[Path] | None, typer.Argument(metavar="RESULTS...", help="Folders that milligray run wrote.")
    ] = None,
    published: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="CSV table of published doses: columns target, mean, unit; cohort, sd, n, nuclide, body."
            " May be repeated; these cohorts come after the folders.",
        ),
    ] = None,
    name: Annotated[
        list[str] | None,
        typer.Option(help="Name of a folder's cohort in tables, once a folder. [default: its product]"),
    ] = None,
    all_pairs: Annotated[
        bool,
        typer.Option("--all-pairs", help="Compare every two cohorts, not the first with each other one."),
    ] = False,
    level: Annotated[float, typer.Option(help="Of the intervals of ratios, 0.5 to 0.999.")] = 0.95,
    units: Annotated[str, typer.Option(help="Of doses: mGy/MBq, Gy/GBq, mrad/MBq or rad/mCi.")] = "mGy/MBq",
    digits: Annotated[int, typer.Option(help="Significant digits that are printed.", min=1, max=7)] = 3,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables; it must not exist yet.")] = None,
    figure_format: Annotated[
        str | None,
        typer.Option(help="Draw the cohorts side by side, into figures/ of --out: png, pdf, svg."),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results in that folder.")] = False,
    as_json: Json = False,
) -> None:
    """Cohorts side by side: means, ratios with intervals, Welch's t-test, Holm's correction."""
    from dosimetry.dossier.cohorts.comparing import compare_cohorts
    from dosimetry.dossier.cohorts.tables import comparison_tables
    from dosimetry.dossier.document.numbers import dose_units
    from dosimetry.dossier.document.options import TableOptions
    from dosimetry.files.results_folder import check_free
    from dosimetry.report.figures.options import figure_options

    options = TableOptions(units=dose_units(units), digits=digits)
    if out is not None:
        check_free(out, overwrite=overwrite)
    elif overwrite:
        raise DosimetryError("--overwrite is of the folder that --out names; name one")
    elif figure_format is not None:
        raise DosimetryError("--figure-format is of the folder that --out names; name one")
    figures = () if figure_format is None else figure_options(figure_format, None, "one-column").formats
    cohorts = cohorts_of(results or [], published or [], name or [])
    comparison = compare_cohorts(cohorts, level=level, all_pairs=all_pairs)
    tables = comparison_tables(comparison, options)
    if out is not None:
        command = str(context.obj or "milligray compare")
        write(out, comparison, tables, command, overwrite=overwrite, figures=figures, units=options.units)
    if as_json:
        from dosimetry.files.output import json_text, write_text

        write_text("-", json_text(content(tables)))
        return
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    show(console, comparison, tables)
    if out is not None:
        console.print(f"Tables are in {out}", style="bold", soft_wrap=True)


def cohorts_of(folders: list[Path], published: list[Path], names: list[str]) -> list[Cohort]:
    """All cohorts, in the order given.

    Raises
    ------
    DosimetryError : a folder or a table with mistakes, all of them; not as many names as folders.
    """
    from dosimetry.dossier.cohorts.cohort import cohort_of
    from dosimetry.dossier.cohorts.published import read_published
    from dosimetry.dossier.results.reading import read_results
    from milligray.errors import Complaints

    if names and len(names) != len(folders):
        raise DosimetryError(f"--name: {len(names)} for {len(folders)} folders; one for each is needed")
    found: list[Cohort] = []
    with Complaints(DosimetryError) as complaints:
        for i, folder in enumerate(folders):
            with complaints.catching():
                found.append(cohort_of(read_results(folder), names[i] if names else ""))
        for path in published:
            with complaints.catching():
                found += read_published(path)
    return found


def content(tables: tuple[Table, ...]) -> dict[str, Any]:
    """Tables as JSON has them: all digits, reasons where a value is missing, notes."""
    found: dict[str, Any] = {}
    for table in tables:
        found[table.name] = rows_of(table)
        found[f"{table.name}_notes"] = list(table.footnotes)
    found["simulated"] = any(t.simulated for t in tables)
    return found


def rows_of(table: Table) -> list[dict[str, Any]]:
    """Rows by the columns' names; the heading above them is ``pair``; ``reason`` says what is missing."""
    rows, pair = [], ""
    for row in table.rows:
        if row.kind == "heading":
            pair = str(row.cells[0].value)
            continue
        values = {c.name: cell.value for c, cell in zip(table.columns, row.cells, strict=True)}
        why = dict.fromkeys(cell.reason for cell in row.cells if cell.value is None)
        rows.append({**({"pair": pair} if pair else {}), **values, "reason": "; ".join(why)})
    return rows


def write(
    out: Path,
    comparison: Comparison,
    tables: tuple[Table, ...],
    command: str,
    *,
    overwrite: bool,
    figures: tuple[str, ...],
    units: DoseUnits,
) -> None:
    """The tables as CSV with seven digits, figures, and a page on them, whole or not at all."""
    import pandas as pd

    from dosimetry.files.output import csv_text, write_text
    from dosimetry.files.results_folder import new_folder
    from dosimetry.report.archive import made_utc, versions

    title = " against ".join(c.name for c in comparison.cohorts)
    lines = [title, "=" * len(title), ""]
    if comparison.simulated:
        lines += ["SIMULATED DATA are among these cohorts; the notes say which.", ""]
    lines += [f"Made {made_utc()} by milligray {versions()['milligray']}:", f"    {command}", ""]
    lines += [f"{name}.csv: {what}" for name, what in CONTENTS.items()]
    lines += ["In cohort_means.csv the cohorts are, by number:"]
    lines += [
        f"    {i}: {c.name}" + (f" (results with SHA-256 {c.sha256})" if c.sha256 else "")
        for i, c in enumerate(comparison.cohorts, 1)
    ]
    lines += ["", "An empty cell is a value that is missing; the column reason says why.", ""]
    lines += list(dict.fromkeys(note for table in tables for note in table.footnotes))
    with new_folder(out, overwrite=overwrite) as folder:
        for table in tables:
            write_text(folder / f"{table.name}.csv", csv_text(pd.DataFrame(rows_of(table))))
        if figures:
            from dosimetry.dossier.figures.cohorts import draw_cohorts

            (folder / "figures").mkdir()
            drawn = draw_cohorts(folder / "figures", comparison.cohorts, figures, units=units)
            lines += ["", *(f"figures/{f.path.stem}: {f.caption}" for f in drawn)]
        write_text(folder / "README.txt", "\n".join(lines) + "\n")


def show(console: Console, comparison: Comparison, tables: tuple[Table, ...]) -> None:
    """Both tables and their notes on the terminal."""
    from rich.text import Text

    from dosimetry.files.output import plain_table

    means, tests = tables
    if comparison.simulated:
        console.print("SIMULATED DATA are among these cohorts", style="bold red")
    table = plain_table(
        means.title, {"": "left", "unit": "left"} | {c.name: "right" for c in comparison.cohorts}
    )
    for row in means.printed():
        cells = [
            f"{m} ± {s} ({n})" if not m.startswith("–") else m
            for m, s, n in zip(row[2::3], row[3::3], row[4::3], strict=True)
        ]
        table.add_row(*map(Text, (row[0], row[1], *cells)))
    console.print(table)
    _notes(console, ("Mean ± SD (n).", *means.all_footnotes()[len(means.footnotes) :]))
    heads = {"": "left", "ratio": "right", f"{100 * comparison.level:g} %": "right"}
    heads |= {"t": "right", "df": "right", "P": "right", f"P, Holm ({comparison.tests})": "right"}
    pairs = [str(row.cells[0].value) for row in tests.rows if row.kind == "heading"]
    printed = iter(tests.printed())
    next(printed)
    for pair in pairs:
        table = plain_table(pair, heads)
        for row in printed:
            if len(row) == 1:
                break
            interval = row[2] if row[2] == row[3] else f"{row[2]} to {row[3]}"
            table.add_row(*map(Text, (row[0], row[1], interval, *row[4:])))
        console.print(table)
    _notes(console, tests.all_footnotes())


def _notes(console: Console, notes: tuple[str, ...]) -> None:
    for note in notes:
        console.print(note, style="dim", markup=False)
    console.print()
