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
    workers: Annotated[
        int, typer.Option(help="Processes that compute patients; results are the same for any.", min=1)
    ] = 1,
) -> None:
    """From a study's tables to kinetics, TIACs, organ doses and effective dose, per patient and cohort."""
    from dosimetry.files.output import check_free, new_folder

    check_free(out, overwrite=overwrite)
    from rich.console import Console

    from dosimetry.files.progress import progress_bar
    from dosimetry.report.folder import write_tables
    from dosimetry.report.summary import print_summary
    from dosimetry.study.chunks import processes
    from dosimetry.study.pipeline import run_study
    from dosimetry.study.settings import load_study

    with new_folder(out, overwrite=overwrite) as folder, progress_bar() as bar, processes(workers) as pool:
        patients = bar.add_task("patients", total=None)
        result = run_study(
            load_study(study),
            lambda done, total, _: bar.update(patients, completed=done, total=total),
            executor=pool,
        )
        write_tables(folder, result)
        if figures:
            from dosimetry.report.figures.draw import draw_all

            drawn = bar.add_task("figures", total=None)
            draw_all(
                folder / "figures",
                result,
                lambda done, total, _: bar.update(drawn, completed=done, total=total),
                executor=pool,
            )
    console = Console()
    print_summary(console, result)
    console.print(f"Results are in [bold]{out}[/bold].", highlight=False)
