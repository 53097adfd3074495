"""``milligray run``: a study file in, a folder of results out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("run")(run)


def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file; see docs/study.md.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; it must not exist yet.")],
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results in that folder.")] = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
) -> None:
    """From a study's tables to kinetics, TIACs, organ doses and effective dose, per patient and cohort."""
    from dosimetry.files.output import check_free, new_folder

    check_free(out, overwrite=overwrite)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from dosimetry.report.folder import write_tables
    from dosimetry.report.summary import print_summary
    from dosimetry.study.pipeline import run_study
    from dosimetry.study.settings import load_study

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with new_folder(out, overwrite=overwrite) as folder, bar:
        patients = bar.add_task("patients", total=None)
        result = run_study(
            load_study(study), lambda done, total, _: bar.update(patients, completed=done, total=total)
        )
        write_tables(folder, result)
        if figures:
            from dosimetry.report.figures.draw import draw_all

            drawn = bar.add_task("figures", total=None)
            draw_all(
                folder / "figures",
                result,
                lambda done, total, _: bar.update(drawn, completed=done, total=total),
            )
    console = Console()
    print_summary(console, result)
    console.print(f"Results are in [bold]{out}[/bold].", highlight=False)
