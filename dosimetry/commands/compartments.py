"""``milligray compartments``: a compartment model solved, and fitted where it has data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.curve_options import Json, print_notes

if TYPE_CHECKING:
    from kinetics.compartments.fit import CompartmentFit
    from kinetics.compartments.given import ModelFile


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("compartments")(compartments)


def compartments(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.toml", help="A compartment model; see docs/kinetics.md.")
    ],
    picture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Draw boxes and arrows with rates (.svg, .png, .pdf; .dot for Graphviz).",
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Draw contents, data, residuals and excretion over time (.svg, .png, .pdf)."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Solve a linear compartment model: TIACs, contents over time; fit its rates where the file has data."""
    from dosimetry.biokinetics.decay import decay_of
    from dosimetry.errors import DosimetryError
    from dosimetry.files.output import json_text, write_text
    from kinetics.compartments.fit import fit_compartments
    from kinetics.errors import KineticsError
    from kinetics.model_files.files import open_model
    from kinetics.summary import compartments_summary
    from milligray.files import check_places
    from milligray.text_files import shown_path

    check_places({"--picture": picture, "--plot": plot})
    text = open_model(file)
    try:
        decay = None if text.nuclide is None else decay_of(text.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{shown_path(file)}: nuclide: {error}") from None
    given = text.build(decay=decay)
    try:
        fits = given.observations and any(not p.held for p in given.parameters.values())
        fitted = fit_compartments(given) if fits else None
        content = compartments_summary(given, fitted)
    except KineticsError as error:
        raise KineticsError(f"{file}: {error}") from None
    content["warnings"] += _draw(given, fitted, picture, plot)
    content = {"file": str(file)} | content
    if as_json:
        write_text("-", json_text(content))
        return
    from dosimetry.biokinetics.retention import retention_table
    from dosimetry.commands.contents import print_retention
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    table = plain_table(f"{content['model']}: TIAC", {"": "left", "TIAC / h": "right", "SE": "right"})
    for name, e in content["tiac_h"].items():
        if e["value"] or given.chain is None:  # of a chain there are many that are 0
            table.add_row(name, significant(e["value"], 4), significant(e["se"], 3))
    console.print(table)
    if "parameters" in content:
        table = plain_table("Parameters", {"": "left", "value": "right", "SE": "right", "unit": "left"})
        for name, e in content["parameters"].items():
            table.add_row(
                name, significant(e["value"], 4), significant(e["se"], 3), "held" if e["held"] else e["unit"]
            )
        console.print(table)
    if "time_h" in content and given.chain is not None:
        own = given if fitted is None else replace(given, model=fitted.model, chain=fitted.chain)
        print_retention(console, retention_table(own, given.chain.nuclide), own)
    elif "time_h" in content:
        names = (
            ["whole body", *given.model.regions]
            if given.model.regions
            else [*given.model.states, "whole body"]
        )
        table = plain_table(
            "Fraction of the administered activity", {"time / h": "right"} | dict.fromkeys(names, "right")
        )
        for i, t in enumerate(content["time_h"]):
            table.add_row(f"{t:g}", *(significant(content["activity_fraction"][n][i], 3) for n in names))
        console.print(table)
    print_notes(console, content["warnings"], content.get("se_reason"))


def _draw(
    given: ModelFile, fitted: CompartmentFit | None, picture: Path | None, plot: Path | None
) -> list[str]:
    """Write the figures asked for; what they can't show."""
    from dosimetry.files.output import write_text
    from kinetics.compartments.figures.over_time import plot_compartments
    from kinetics.compartments.figures.picture import draw_model
    from kinetics.compartments.figures.ways import model_dot
    from kinetics.errors import KineticsError
    from kinetics.plots import save_figure
    from milligray.figures.files import FORMATS
    from milligray.figures.text import font_warnings

    model = given.model if fitted is None else fitted.model
    drawn = [path for path in (picture, plot) if path is not None and path.suffix.lower() != ".dot"]
    kinds = (*(f".{kind}" for kind in FORMATS), ".dot")
    if picture is not None and picture.suffix.lower() not in kinds:
        raise KineticsError(f"{picture}: a picture of a model is written as {', '.join(kinds)}")
    if picture is not None and picture.suffix.lower() == ".dot":
        write_text(picture, model_dot(model, per=given.time_unit, rate_names=given.rate_names))
    elif picture is not None:
        save_figure(draw_model(model, per=given.time_unit, rate_names=given.rate_names), picture)
    if plot is not None:
        save_figure(plot_compartments(given, fitted), plot)
    names = {model.name: "the model's name"} | dict.fromkeys(model.regions, "region")
    return font_warnings(names | dict.fromkeys(model.states, "compartment")) if drawn else []
