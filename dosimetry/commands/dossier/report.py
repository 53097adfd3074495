"""``milligray report``: a folder of results in, Word, Excel and HTML out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("report")(report)


def report(
    results: Annotated[
        Path, typer.Argument(metavar="RESULTS", help="A folder of results that 'milligray run' wrote.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the dossier; it must not exist yet.")],
    formats: Annotated[
        str, typer.Option("--format", help="word, excel, html, or several with commas.")
    ] = "word,excel,html",
    shell: Annotated[
        str,
        typer.Option(
            help="Which tables and figures: full, fda-label, ema-section-11, eanm-first-in-human, journal."
        ),
    ] = "full",
    template: Annotated[
        Path | None,
        typer.Option(metavar="FILE.docx", help="A Word document whose styles, page and header are taken."),
    ] = None,
    units: Annotated[
        str, typer.Option(help="Of dose coefficients: mGy/MBq, Gy/GBq, mrad/MBq or rad/mCi.")
    ] = "mGy/MBq",
    also_units: Annotated[
        str | None, typer.Option("--also-units", help="A second set of units beside them, e.g. rad/mCi.")
    ] = None,
    digits: Annotated[int, typer.Option(help="Significant digits, 2 to 7.")] = 3,
    effective_dose: Annotated[
        list[str] | None,
        typer.Option(
            "--effective-dose", metavar="WEIGHTS", help="e.g. 'ICRP 103'; again for more. [default: all]"
        ),
    ] = None,
    limit_msv: Annotated[
        float | None,
        typer.Option("--limit-mSv", help="An effective dose to stay under, mSv, beside those of the law."),
    ] = None,
    cycles: Annotated[int | None, typer.Option(help="Of a course of therapy; needs --activity-GBq.")] = None,
    activity_gbq: Annotated[
        float | None, typer.Option("--activity-GBq", help="Of each cycle, GBq; needs --cycles.")
    ] = None,
    recommended_mbq: Annotated[
        float | None, typer.Option("--recommended-MBq", help="The (maximal) recommended activity, MBq.")
    ] = None,
    target_region: Annotated[
        list[str] | None,
        typer.Option("--target-region", help="A region that the product is meant for; again for more."),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(help="That the dossier says, e.g. 2026-11-22. [default: now, or SOURCE_DATE_EPOCH]"),
    ] = None,
    figures: Annotated[bool, typer.Option(help="Draw the figures.")] = True,
    figure_formats: Annotated[
        str, typer.Option("--figure-format", help="Of files in figures/, besides PNG: pdf, svg.")
    ] = "png,pdf",
    dpi: Annotated[int, typer.Option(help="Dots per inch of PNG figures, 50 to 1200.")] = 300,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a dossier in that folder.")] = False,
) -> None:
    """From a folder of results to the tables and figures that regulators and journals take."""
    from dosimetry.dossier.options import DossierOptions
    from dosimetry.dossier.writing import write_dossier
    from dosimetry.files.results_folder import check_free
    from dosimetry.files.terminal import Terminal

    asked = DossierOptions(
        formats=words(formats),
        shell=shell,
        template=template,
        units=units,
        also_units=also_units,
        digits=digits,
        effective_dose=tuple(effective_dose or ()),
        limit_mSv=limit_msv,
        cycles=cycles,
        activity_GBq=activity_gbq,
        recommended_MBq=recommended_mbq,
        target_regions=tuple(target_region or ()),
        date=date,
        figures=figures,
        figure_formats=words(figure_formats),
        dpi=dpi,
    )
    check_free(out, overwrite=overwrite)
    write_dossier(results, out, asked, overwrite=overwrite)
    Terminal().print(f"The dossier is in {out}", style="bold", soft_wrap=True)


def words(given: str) -> tuple[str, ...]:
    """What a list with commas names.

    >>> words("word, HTML")
    ('word', 'html')
    """
    return tuple(w.strip().lower() for w in given.split(",") if w.strip())
