"""``milligray theranostic``: a study of a diagnostic nuclide in, doses of others on its carrier out."""

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


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("theranostic")(theranostic)


def theranostic(
    context: typer.Context,
    study: Annotated[
        Path, typer.Argument(metavar="STUDY.toml", help="The study file, with measured curves.")
    ],
    to: Annotated[str, typer.Option(metavar="NUCLIDES", help="Of therapy, with commas: Lu-177,Y-90,Ac-225.")],
    out: Annotated[Path, typer.Option(help="Folder for the results; it must not exist yet.")],
    overwrite: Overwrite = False,
    limits: Annotated[
        Path | None,
        typer.Option(help="A file of dose limits in place of milligray's; see docs/theranostics.md."),
    ] = None,
    rbe_alpha: Annotated[
        float, typer.Option(help="RBE of alphas for deterministic effects (MIRD Pamphlet No. 22: 5).")
    ] = 5.0,
    effective_dose: Annotated[
        bool, typer.Option("--effective-dose", help="Also effective doses, which are not meant for therapy.")
    ] = False,
    figures: Figures = True,
    formats: Formats = None,
    dpi: Dpi = None,
    width: Width = None,
    allow_outside: AllowOutside = False,
) -> None:
    """Doses of other nuclides on the carrier of a study: biology carried over, physical decay exchanged.

    Research software; not for treatment of a patient.
    """
    from dosimetry.errors import DosimetryError
    from dosimetry.files.results_folder import check_free

    options = asked_figures(figures, formats, dpi, width)
    check_free(out, overwrite=overwrite)
    from dosimetry.files.progress import progress_bar
    from dosimetry.files.terminal import Terminal
    from dosimetry.study.pipeline import run_study
    from dosimetry.study.study_file import load_study
    from milligray.errors import Complaints
    from therapy.biology.rbe import checked_rbe
    from therapy.exchange.nuclides import therapeutic_nuclides
    from therapy.exchange.project import theranostic as projected
    from therapy.exchange.writing import show, write_theranostic
    from therapy.limits.table import load_limits

    names = [word.strip() for word in to.split(",") if word.strip()]
    with Complaints(DosimetryError) as found:
        with found.catching():
            therapeutic_nuclides(names)
        with found.catching():
            table = load_limits(limits)
        with found.catching():
            rbe = checked_rbe({"alpha": rbe_alpha})
        with found.catching():
            loaded = load_study(study, allow_outside=allow_outside)
    with progress_bar() as bar:
        task = bar.add_task("patients", total=None)
        result = run_study(loaded, lambda done, total, _: bar.update(task, completed=done, total=total))
    made = projected(result, names, weights=result.settings.effective_dose if effective_dose else ())
    tables = write_theranostic(
        out, made, limits=table, rbe=rbe, figures=options, overwrite=overwrite,
        command=str(context.obj or "milligray theranostic"),
    )  # fmt: skip
    console = Terminal()
    show(console, made, tables)
    console.print(f"Results are in {out}", style="bold", soft_wrap=True)
