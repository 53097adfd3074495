"""``milligray project``: from a biodistribution in animals to human TIACs and doses by four scalings."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.doses.options import Convention, Daughters, Json, Masses
from dosimetry.errors import DosimetryError
from milligray.errors import MilligrayError
from milligray.text_files import number, shown, shown_path

if TYPE_CHECKING:
    from dosimetry.projection.limits import Limit

DATA = ("measured", "simulated")


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("project")(project)


def project(
    context: typer.Context,
    animals: Annotated[
        Path,
        typer.Argument(
            metavar="ANIMALS.csv",
            help="Columns organ, time_h, value, unit (%IA/g or %IA); sd and n, or animal; organ_mass_g.",
        ),
    ],
    nuclide: Annotated[str, typer.Option(help="Of the human study, e.g. Zr-89.")],
    species: Annotated[str, typer.Option(help="e.g. mouse")],
    body_mass_g: Annotated[float, typer.Option("--body-mass-g", help="Mean body mass of the animals, g.")],
    data: Annotated[str, typer.Option(help="measured or simulated.")],
    first: Annotated[
        str, typer.Option(help="Up to the first point: zero, constant or extrapolate.", metavar="RULE")
    ],
    tail: Annotated[
        str,
        typer.Option(
            help="After the last point: physical, effective, predicted, fitted or none.", metavar="RULE"
        ),
    ],
    remainder: Annotated[
        str, typer.Option(help="'whole body minus sources', 'no excretion' or 'as given'.", metavar="RULE")
    ],
    decay_corrected: Annotated[
        bool,
        typer.Option(
            "--decay-corrected/--not-decay-corrected",
            help="Whether the values are corrected for decay to the administration. No default.",
        ),
    ],
    measured_nuclide: Annotated[
        str | None, typer.Option(help="Of the animals' label, where it is another. [default: --nuclide]")
    ] = None,
    method: Annotated[
        str, typer.Option(help="Between points: linear-decay-corrected, linear, log, linear-up/log-down.")
    ] = "linear-decay-corrected",
    phantom: Annotated[
        list[str] | None, typer.Option(help="A human body; may be repeated. [default: both stylised adults]")
    ] = None,
    scaling: Annotated[
        list[str] | None,
        typer.Option(help="none, mass, time or 'mass and time'; may be repeated. [default: all four]"),
    ] = None,
    time_exponent: Annotated[
        float, typer.Option(help="Power of the body mass that biologic times go with.")
    ] = 0.25,
    void_every_h: Annotated[
        float | None,
        typer.Option("--void-every-h", help="With urine: the human bladder is emptied so often, h."),
    ] = None,
    limit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DOSE=mSv",
            help="For the largest activity: 'effective dose=10', 'any organ=50', 'red marrow=30'; may be"
            " repeated.",
        ),
    ] = None,
    weights: Annotated[str, typer.Option(help="Tissue weights of the effective dose's limit.")] = "ICRP 103",
    daughters: Daughters = "none",
    masses: Masses = None,
    convention: Convention = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the tables; it must not exist yet.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace results in that folder.")] = False,
    as_json: Json = False,
) -> None:
    """What animals let expect in humans: TIACs, organ doses, effective dose, largest activity."""
    from dosimetry.commands.doses.projected import content, show, write
    from dosimetry.doses.bodies.forms import labelled
    from dosimetry.doses.effective import weight_set
    from dosimetry.files.animal_table import read_animals
    from dosimetry.files.results_folder import check_free
    from dosimetry.nuclides.nuclide import nuclide as find_nuclide
    from dosimetry.projection.animal import Animals
    from dosimetry.projection.checks import check_rules
    from dosimetry.projection.human_curves import Rules
    from dosimetry.projection.limits import largest_activities
    from dosimetry.projection.project import project_to_humans
    from dosimetry.projection.scaling import SCALINGS
    from dosimetry.svalues.folding import library_of, spectra
    from milligray.errors import Complaints

    if out is not None:
        check_free(out, overwrite=overwrite)
    elif overwrite:
        raise DosimetryError("--overwrite is of the folder that --out names; name one")
    rules = Rules(first, tail, method)
    scalings = scaling or list(SCALINGS)
    limits: list[Limit] = []
    with Complaints(DosimetryError) as found:
        if data not in DATA:
            found.add(DosimetryError(f"--data is '{shown(data)}'; allowed: {', '.join(DATA)}"))
        for text in limit or ():
            with found.catching():
                limits.append(limit_of(text))
        with found.catching():
            check_rules(rules, remainder, scalings, time_exponent, void_every_h)
            weight_set(weights)
        of = find_nuclide(nuclide)
        label = of if measured_nuclide is None else find_nuclide(measured_nuclide)
        bodies = [library_of(p, masses, convention) for p in phantom or ("adult male", "adult female")]
        labelled(bodies)
        spectra(of, daughters)
        curves = read_animals(animals, label.lambda_per_h, decay_corrected)
    with _of_file(animals):
        measured = Animals(species, body_mass_g, curves, data == "simulated")
        projection = project_to_humans(
            measured, of, bodies,
            first=first, tail=tail, remainder=remainder, method=method, scalings=scalings,
            time_exponent=time_exponent, void_every_h=void_every_h, daughters=daughters,
        )  # fmt: skip
        if all(s.doses is None for s in projection.values()):
            raise DosimetryError(*(f"scaling '{s.scaling}': {s.reason}" for s in projection.values()))
    try:
        activities = largest_activities(projection, limits, weights)
    except DosimetryError as error:
        raise DosimetryError(*(f"--limit: {c}" for c in error.complaints)) from None
    tables = content(projection, activities)
    if out is not None:
        command = str(context.obj or "milligray project")
        write(out, projection, tables, animals, command, overwrite=overwrite)
    if as_json:
        from dosimetry.files.output import json_text, write_text

        found_ = {name: frame.to_dict("records") for name, frame in tables.items()}
        facts = {"simulated": measured.simulated, "notes": projection.notes, "warnings": projection.warnings}
        write_text("-", json_text(found_ | facts))
        return
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    show(console, projection, activities)
    if out is not None:
        console.print(f"Results are in {out}", style="bold", soft_wrap=True)


@contextmanager
def _of_file(path: Path) -> Iterator[None]:
    """Mistakes that are the table's, with its name; the animals' mass is an option."""
    try:
        yield
    except MilligrayError as error:
        raise DosimetryError(
            *(
                f"--body-mass-g: {c}" if c.startswith("body mass of the") else f"{shown_path(path)}: {c}"
                for c in error.complaints
            )
        ) from None


def limit_of(text: str) -> Limit:
    """A limit as it is written.

    Raises
    ------
    DosimetryError : it is no dose and number of mSv.

    >>> limit_of("any organ=50")
    Limit(quantity='any organ', mSv=50.0)
    """
    from dosimetry.projection.limits import Limit

    quantity, _, mSv = text.rpartition("=")
    try:
        value = number(mSv.strip().removesuffix("mSv").strip())
    except ValueError as problem:
        raise DosimetryError(
            f"--limit '{shown(text)}': {problem}; a dose and its limit in mSv, e.g. 'any organ=50'"
        ) from None
    if not quantity.strip():
        raise DosimetryError(f"--limit '{shown(text)}': of what? e.g. 'effective dose=10', 'any organ=50'")
    return Limit(quantity.strip(), value)
