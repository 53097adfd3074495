"""``milligray export``: a folder of results in, datasets in CDISC's form out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("export")(export)


def export(
    results: Annotated[Path, typer.Argument(help="A folder of results that milligray run wrote.")],
    out: Annotated[Path, typer.Option(help="Folder for the datasets; it must not exist yet.")],
    cdisc: Annotated[
        bool, typer.Option("--cdisc", help="PC, PP, ADNCA, ADPP and ADRD, the only form there is.")
    ] = False,
    study_id: Annotated[
        str | None, typer.Option("--study-id", help="STUDYID. [default: the study's name]")
    ] = None,
    analyte: Annotated[
        str | None, typer.Option(help="PCTEST. [default: Radioactivity of the product]")
    ] = None,
    analyte_code: Annotated[str, typer.Option("--analyte-code", help="PCTESTCD.")] = "RADIOACT",
    route: Annotated[str, typer.Option(help="bolus, infusion or extravascular.")] = "bolus",
    infusion_h: Annotated[
        float | None,
        typer.Option("--infusion-h", help="Duration of the infusion in h, which starts at time 0."),
    ] = None,
    method: Annotated[
        str, typer.Option(help="Trapezoids: linear, log or linear-up/log-down.")
    ] = "linear-up/log-down",
    slope_points: Annotated[
        int | None, typer.Option(help="Last points for lambda_z; not said: best adjusted R2.")
    ] = None,
    formats: Annotated[str, typer.Option("--format", help="xpt, json, or both with a comma.")] = "xpt,json",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace datasets in that folder.")] = False,
) -> None:
    """From results to CDISC datasets: concentrations, pharmacokinetic parameters, radiation doses."""
    from dosimetry.cdisc.datasets import cdisc_datasets
    from dosimetry.cdisc.folder import check_folder, check_formats, write_datasets
    from dosimetry.cdisc.options import CdiscOptions
    from dosimetry.errors import DosimetryError
    from dosimetry.files.terminal import Terminal

    if not cdisc:
        raise DosimetryError("say what is to be made of the results: --cdisc")
    asked = tuple(dict.fromkeys(f.strip() for f in formats.split(",")))
    check_formats(asked)
    check_folder(out, overwrite=overwrite)
    options = CdiscOptions(
        study_id=study_id,
        analyte=analyte,
        analyte_code=analyte_code,
        route=route,
        infusion_h=infusion_h,
        method=method,
        slope_points=slope_points,
    )
    made = cdisc_datasets(results, options)
    write_datasets(out, made, asked, overwrite=overwrite)
    console = Terminal()
    for d in made.datasets.values():
        console.print(f"{d.name}: {len(d.rows)} records, {d.label}", soft_wrap=True)
    for name, why in made.absent.items():
        console.print(f"{name}: not made, since {why}", soft_wrap=True)
    for note in made.notes:
        console.print(f"Note: {note}", soft_wrap=True)
    console.print(f"Datasets are in {out}", style="bold", soft_wrap=True)
