"""``milligray run``: a study file in, a folder of results out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("run")(run)


def run(
    study: Annotated[
        Path, typer.Argument(metavar="STUDY.toml", help="The study file; docs/study.md explains it.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; it must not exist yet.")],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the results in an existing folder.")
    ] = False,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
) -> None:
    """From a study's tables to kinetics, TIACs, organ doses and effective dose, per patient and cohort."""
    from dosimetry.output import check_free

    check_free(out, overwrite=overwrite)
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from dosimetry.output import new_folder
    from dosimetry.report import print_summary, write_results
    from dosimetry.study import load_study, patient_count, run_study

    console = Console()
    loaded = load_study(study)
    bar = Progress(
        TextColumn("{task.description}", justify="left"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    with new_folder(out, overwrite=overwrite) as folder:
        with bar:
            patients = bar.add_task("patients", total=patient_count(loaded))
            result = run_study(loaded, lambda name: bar.update(patients, advance=1, description=name))
            write_results(folder, result)
            if figures:
                from dosimetry.plots import draw_all, figure_count

                drawn = bar.add_task("figures", total=figure_count(result))
                draw_all(
                    folder / "figures", result, lambda name: bar.update(drawn, advance=1, description=name)
                )
    print_summary(console, result)
    console.print(f"Results in [bold]{out}[/bold]", highlight=False)
