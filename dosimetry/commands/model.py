"""``milligray model``: from a biokinetic model to doses, in any number of bodies or at all ages."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.commands.contents import print_retention
from dosimetry.commands.doses.options import Convention, Csv, Json, Masses

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.biokinetics.model_doses import ModelDoses


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("model")(model)


def model(
    file: Annotated[
        Path, typer.Argument(metavar="MODEL.toml", help="A biokinetic model; see docs/models.md.")
    ],
    nuclide: Annotated[
        str | None, typer.Option(help="e.g. I-131; by default the one that the file names.")
    ] = None,
    body: Annotated[
        list[str] | None,
        typer.Option(help="A body; 'milligray phantoms list' has them. May be repeated: a column a body."),
    ] = None,
    ages: Annotated[
        bool, typer.Option("--ages", help="The stylised bodies of newborn, 1, 5, 10, 15 years and adult.")
    ] = False,
    age: Annotated[
        str | None, typer.Option(help="One of the file's [ages], in all bodies, e.g. '5 years'.")
    ] = None,
    years: Annotated[
        float | None, typer.Option(help="End of the commitment period; by default all time.")
    ] = None,
    csv: Csv = None,
    tiac: Annotated[
        Path | None, typer.Option("--tiac", metavar="FILE", help="Write the TIACs, as a CSV table.")
    ] = None,
    slopes: Annotated[
        Path | None,
        typer.Option(
            "--slopes", metavar="FILE", help="Write what each rate does to each dose, as a CSV table."
        ),
    ] = None,
    retention: Annotated[
        Path | None,
        typer.Option(
            "--retention", metavar="FILE", help="Write contents at the file's [output] times, as a CSV table."
        ),
    ] = None,
    plot: Annotated[
        Path | None,
        typer.Option("--plot", metavar="FILE", help="Draw the doses of all bodies (.png, .pdf, .svg)."),
    ] = None,
    as_json: Json = False,
    masses: Masses = None,
    convention: Convention = None,
    activity: Annotated[
        float | None,
        typer.Option("--activity-MBq", metavar="MBQ", help="Administered: gives doses in Gy and mSv too."),
    ] = None,
) -> None:
    """Organ doses and effective dose from a biokinetic model: compartments, fraction tables, gut, chains."""
    from dosimetry.biokinetics.model_doses import model_doses
    from dosimetry.biokinetics.retention import retentions
    from dosimetry.biokinetics.slopes import dose_slopes
    from dosimetry.biokinetics.tables import tiac_table
    from dosimetry.commands.curve_options import check_numbers
    from dosimetry.commands.doses.bodies import content, draw, tell
    from dosimetry.doses.absolute import checked_MBq
    from dosimetry.errors import DosimetryError
    from dosimetry.files.body_doses import write_body_doses
    from dosimetry.files.output import csv_text, json_text, write_text
    from milligray.files import check_places

    check_numbers(years=years)
    printed = "-" if as_json else None
    check_places(
        {
            "--json": printed,
            "--csv": csv,
            "--tiac": tiac,
            "--slopes": slopes,
            "--retention": retention,
            "--plot": plot,
        }
    )
    if activity is not None:
        checked_MBq(activity)
    if not body and not ages:
        raise DosimetryError(
            "which body? Say --body NAME (again for more bodies), or --ages; 'milligray phantoms list' has"
            " the names"
        )
    found = model_doses(
        file, nuclide, body or [], age=age, ages=ages, years=math.inf if years is None else years,
        masses=masses, convention=convention,
    )  # fmt: skip
    first = next(iter(found.given))
    given = found.given[first]
    if retention is not None and not given.output_h:
        raise DosimetryError(f"{file}: --retention needs times: write [output] with times = [1, 24, 72]")
    contents = retentions(found) if given.output_h else None
    said = model_lines(found, file)
    tables: dict[str | Path | None, Callable[[], pd.DataFrame]] = {
        tiac: lambda: tiac_table(found),
        slopes: lambda: dose_slopes(found),
    }
    if contents is not None:
        tables[retention] = lambda: contents
    heading = "".join(f"# {line}\n" for line in said)
    texts = {path: heading + csv_text(table()) for path, table in tables.items() if path is not None}
    if plot is not None:
        draw(found.doses, plot)
    for path, text in texts.items():
        write_text(path, text)
        typer.echo(f"{path}: written", err=True)
    if as_json:
        if csv is not None:
            write_body_doses(csv, found.doses, activity, said)
        everything = {"model": facts(found, file), **content(found.doses, activity)}
        if contents is not None:
            everything["retention"] = contents.to_dict("records")
        write_text("-", json_text(everything))
        return
    if csv is None:
        print_model(found, contents, given.time_unit)
    tell(found.doses, csv=csv, as_json=False, activity_MBq=activity, said=said)
    for label, wall in found.walls.items():
        typer.echo(
            f"{label}: bladder wall from contents that grow, {wall.smallest_mL:.0f} to"
            f" {wall.largest_mL:.0f} mL:"
            f" {wall.dynamic_total_mGy_per_MBq:.3g} mGy/MBq, from the body's own {wall.reference_mL:.0f} mL:"
            f" {wall.static_total_mGy_per_MBq:.3g} (the table has the latter)",
            err=csv is not None,
        )
        for note in wall.notes:
            typer.echo(f"{label}: bladder wall: {note}", err=csv is not None)
    for note in found.notes:
        typer.echo(note, err=csv is not None)


def model_lines(found: ModelDoses, file: Path) -> list[str]:
    """Comment lines of a table: which model, from where, for how long, and its notes; each one line."""
    names = dict.fromkeys(given.model.name for given in found.given.values())
    nuclides = dict.fromkeys(n for by_nuclide in found.tiac_h.values() for n in by_nuclide)
    lines = [
        f"model: {', '.join(names)}",
        f"citation: {found.citation or 'none in the file'}",
        f"file: {file.name}, SHA-256 {hashlib.sha256(file.read_bytes()).hexdigest()}",
        f"followed: {', '.join(nuclides)}; TIACs for {_until(found)}; milligray {version('milligray')}",
        *(f"note: {note}" for note in found.notes),
    ]
    return [" ".join(line.split()) for line in lines]


def _until(found: ModelDoses) -> str:
    return "all time" if math.isinf(found.years) else f"{found.years:g} years"


def facts(found: ModelDoses, file: Path) -> dict[str, Any]:
    """What JSON says of the model itself."""
    return {
        "file": str(file),
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "names": {label: given.model.name for label, given in found.given.items()},
        "citation": found.citation,
        "years": None if math.isinf(found.years) else found.years,
        "compartment_tiac_h": found.compartment_tiac_h,
        "source_regions": found.sources,
        "parameters": {
            label: {
                name: {"value": e.value, "se": e.se, "unit": "1/h" if given.parameters[name].is_rate else ""}
                for name, e in found.fits[label].parameters.items()
            }
            for label, given in found.given.items()
            if label in found.fits
        },
        "bladder_wall_of_growing_contents": {
            label: {
                "dynamic_mGy_per_MBq": wall.dynamic_total_mGy_per_MBq,
                "static_mGy_per_MBq": wall.static_total_mGy_per_MBq,
                "notes": list(wall.notes),
            }
            for label, wall in found.walls.items()
        },
        "notes": list(found.notes),
    }


def print_model(found: ModelDoses, contents: pd.DataFrame | None, time_unit: str) -> None:
    """The model's name, what was fitted, and its retention, before its doses."""
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    first, given = next(iter(found.given.items()))
    console.print(f"{given.model.name}; TIACs for {_until(found)}", style="bold")
    if found.citation:
        console.print(found.citation)
    if first in found.fits:
        table = plain_table("Parameters", {"": "left", "value": "right", "SE": "right", "unit": "left"})
        for name, e in found.fits[first].parameters.items():
            unit = "held" if given.parameters[name].held else "1/h" if given.parameters[name].is_rate else ""
            table.add_row(name, significant(e.value, 4), significant(e.se, 3), unit)
        console.print(table)
    if contents is not None:
        if len({id(one) for one in found.given.values()}) > 1:
            console.print(f"Contents of {first}; --retention FILE has those of all:", style="dim")
        print_retention(console, contents[contents["body"] == first], given)
