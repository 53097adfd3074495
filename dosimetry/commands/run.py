"""``milligray run``: a study file in, a folder of results out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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

#: Patients from which on it pays to start processes that draw.
MANY = 4


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("run")(run)


def run(
    context: typer.Context,
    study: Annotated[Path, typer.Argument(metavar="STUDY.toml", help="The study file; see docs/study.md.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; it must not exist yet.")],
    overwrite: Overwrite = False,
    figures: Figures = True,
    formats: Formats = None,
    dpi: Dpi = None,
    width: Width = None,
    report: Annotated[
        str | None,
        typer.Option(
            metavar="FORMATS",
            help="Also a dossier of all tables, in the folder dossier: word, excel, html, or several with"
            " commas. 'milligray report' makes others.",
        ),
    ] = None,
    allow_outside: AllowOutside = False,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Processes that compute patients and draw their pages; results are the same for any. Not"
            " said: one computes, and as many as there are cores draw where patients are many.",
            min=1,
        ),
    ] = None,
) -> None:
    """From a study's tables to kinetics, TIACs, organ doses and effective dose, per patient and cohort."""
    from dosimetry.files.results_folder import check_free, new_folder

    options = asked_figures(figures, formats, dpi, width)
    asked = None
    if report is not None:
        from dosimetry.commands.dossier.report import words
        from dosimetry.dossier.options import DossierOptions

        asked = DossierOptions(formats=words(report), figures=figures)
    check_free(out, overwrite=overwrite)
    from dosimetry.files.progress import MonteCarloBar, progress_bar
    from dosimetry.files.terminal import Terminal
    from dosimetry.report.folder import DOSSIER, with_figure_warnings, write_tables
    from dosimetry.report.summary import print_summary
    from dosimetry.study.chunks import own_processes, processes
    from dosimetry.study.pipeline import run_study
    from dosimetry.study.study_file import load_study

    n = own_processes() if workers is None else workers
    with new_folder(out, overwrite=overwrite) as folder, progress_bar() as bar, processes(n) as pool:
        patients = bar.add_task("patients", total=None)
        monte_carlo = MonteCarloBar(bar)
        result = run_study(
            load_study(study, allow_outside=allow_outside),
            lambda done, total, _: bar.update(patients, completed=done, total=total),
            executor=None if workers is None else pool,
            trials=monte_carlo,
        )
        if options is not None:
            result = with_figure_warnings(result)
        command = str(context.obj or "milligray run")
        write_tables(folder, result, figures=figures, dossier=asked is not None, command=command)
        if options is not None:
            from dosimetry.report.figures.draw import draw_all

            drawn = bar.add_task("figures", total=None)
            draw_all(
                folder / "figures",
                result,
                lambda done, total, _: bar.update(drawn, completed=done, total=total),
                options=options,
                executor=pool if workers is not None or len(result.patients) >= MANY else None,
            )
        if asked is not None:
            from dosimetry.dossier.results.reading import results_of
            from dosimetry.dossier.writing import write_files

            (folder / DOSSIER).mkdir()
            write_files(folder / DOSSIER, results_of(result), asked)
    console = Terminal()
    print_summary(console, result)
    console.print(f"Results are in {out}", style="bold", soft_wrap=True)
