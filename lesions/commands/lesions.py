"""``milligray lesions``: a study of lesions in, a folder of tables and figures out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.figure_options import (
    AllowOutside,
    Dpi,
    Figures,
    Formats,
    Overwrite,
    Width,
    asked_figures,
)

if TYPE_CHECKING:
    from dosimetry.files.terminal import Terminal
    from lesions.study import LesionStudyFile


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("lesions")(lesions)


def lesions(
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file; see docs/lesions.md.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the results; it must not exist yet.")] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Read and check everything, and write nothing.")
    ] = False,
    overwrite: Overwrite = False,
    figures: Figures = True,
    formats: Formats = None,
    dpi: Dpi = None,
    width: Width = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Lesions of an imaging study: uptake, contrast, concordance, response, survival, as the study file says.

    Of a study with organ curves the lesions alone; 'milligray run' does both.
    """
    from dosimetry.errors import DosimetryError
    from dosimetry.files.results_folder import check_free
    from lesions.study import load_lesion_study

    options = asked_figures(figures, formats, dpi, width)
    if (out is None) != check:
        raise DosimetryError("give --out FOLDER for the results, or --check to read and check alone")
    if out is not None:
        check_free(out, overwrite=overwrite)
    read = load_lesion_study(study, allow_outside=allow_outside)
    if out is None:
        _check(read)
        return
    from dosimetry.files.progress import progress_bar
    from dosimetry.files.terminal import Terminal
    from lesions.report.folder import write_lesions
    from lesions.study import run_lesions

    result = run_lesions(read)
    with progress_bar() as bar:
        drawn = bar.add_task("figures", total=None)
        write_lesions(
            out, result, figures=False if options is None else options, overwrite=overwrite,
            command=str(context.obj or "milligray lesions"),
            progress=lambda done, total: bar.update(drawn, completed=done, total=total),
        )  # fmt: skip
    console = Terminal()
    _head(console, result.study.settings.name, result.study.settings.data == "simulated")
    if result.part.show is not None:
        result.part.show(console)
    for warning in result.part.warnings:
        console.print(f"warning: {warning}", style="yellow")
    console.print(f"Results are in {out}", style="bold", soft_wrap=True)


def _head(console: Terminal, name: str, simulated: bool) -> None:
    """The study's name, and that its data are simulated where they are."""
    console.rule(name)
    if simulated:
        console.print("SIMULATED DATA: no result here was measured in a patient.", style="bold yellow")


def _check(study: LesionStudyFile) -> None:
    """Say what is there, and which tables would be written."""
    from dosimetry.files.output import plain_table
    from dosimetry.files.terminal import Terminal
    from lesions.part import PART
    from lesions.study import read_lesion_study

    given, n = read_lesion_study(study)
    s, console = study.settings, Terminal()
    _head(console, s.name, s.data == "simulated")
    console.print(f"{s.product}; {n.name}, half-life {n.half_life_h:g} h; data {s.data}")
    table = plain_table(
        "Patients",
        {"patient": "left", "lesions": "right", "scans / h": "left", "FDG baseline": "right",
         "early": "right", "tissue": "right", "outcome": "right"},
    )  # fmt: skip
    for p in given.patients:
        times = sorted({u.time_h for x in p.lesions for u in x.uptake})
        when = [f.when for x in p.lesions for f in x.fdg]
        tissue = sum(x.tissue is not None for x in p.lesions)
        table.add_row(
            p.name, str(len(p.lesions)), ", ".join(f"{t:g}" for t in times) or "–",
            str(when.count("baseline")), str(when.count("early")), str(tissue), "yes" if p.outcome else "–",
        )  # fmt: skip
    console.print(table)
    for warning in given.tables.warnings:
        console.print(f"warning: {warning}", style="yellow")
    tables = ", ".join(f"{name}.csv" for name in PART.outputs(given))
    console.print(f"Results would be: {tables}, README.txt, manifest.sha256, figures/")
