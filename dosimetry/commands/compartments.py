"""``milligray compartments``: a compartment model solved, and fitted where it has data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosimetry.commands.curve_options import Json, print_notes


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("compartments")(compartments)


def compartments(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.toml", help="A compartment model; see docs/kinetics.md.")
    ],
    as_json: Json = False,
) -> None:
    """Solve a linear compartment model: TIACs, contents over time; fit its rates where the file has data."""
    from dosimetry.files.output import json_text, write_text
    from kinetics.compartments.fit import fit_compartments
    from kinetics.errors import KineticsError
    from kinetics.model_files.files import read_model
    from kinetics.summary import compartments_summary

    given = read_model(file)
    try:
        fits = given.observations and any(not p.held for p in given.parameters.values())
        content = compartments_summary(given, fit_compartments(given) if fits else None)
    except KineticsError as error:
        raise KineticsError(f"{file}: {error}") from None
    content = {"file": str(file)} | content
    if as_json:
        write_text("-", json_text(content))
        return
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    table = plain_table(f"{content['model']}: TIAC", {"": "left", "TIAC / h": "right", "SE": "right"})
    for name, e in content["tiac_h"].items():
        table.add_row(name, significant(e["value"], 4), significant(e["se"], 3))
    console.print(table)
    if "parameters" in content:
        table = plain_table("Parameters", {"": "left", "value": "right", "SE": "right", "unit": "left"})
        for name, e in content["parameters"].items():
            table.add_row(
                name, significant(e["value"], 4), significant(e["se"], 3), "held" if e["held"] else e["unit"]
            )
        console.print(table)
    if "time_h" in content:
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
