"""``milligray phantoms simulate``: make the SAF library of a stylised body; ``slices``: look at the body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dosimetry.commands.phantoms import phantoms
from milligray.cores import cores

Name = Annotated[str, typer.Argument(help="A stylised body, e.g. 'adult male'.")]


def register(app: typer.Typer) -> None:
    """The commands join ``milligray phantoms``, which is registered by its own module."""


@contextmanager
def with_extra(what: str, extras: str = "simulate") -> Iterator[None]:
    """Tell in one line which package is missing, and which extras of the program bring it."""
    from dosimetry.errors import DosimetryError

    try:
        yield
    except ImportError as error:
        raise DosimetryError(
            f"{what} needs '{error.name}'; install it with: pip install 'milligray[{extras}]'"
        ) from error


@phantoms.command("simulate")
def simulate(
    name: Name,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the library (HDF5); default: the user's data folder.")
    ] = None,
    histories: Annotated[int, typer.Option(help="Photons per source and energy.", min=1)] = 2_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)] = 1,
    workers: Annotated[
        int, typer.Option("--workers", "--threads", help="Units at a time; 0: as many as cores.", min=0)
    ] = 0,
    units: Annotated[
        Path | None,
        typer.Option("--units", "--work", help="Folder of finished units; default: the user's cache."),
    ] = None,
    part: Annotated[
        str | None,
        typer.Option(help="Do one part of the units, e.g. 2/4, and make no library; needs --units."),
    ] = None,
    merge: Annotated[
        bool, typer.Option("--merge", help="Simulate nothing: the library from the units that are there.")
    ] = False,
    keep_from: Annotated[
        Path | None,
        typer.Option(
            help="An earlier library of this body with more histories: its values are kept but for red marrow"
            " as a target and for sources in the skeleton."
        ),
    ] = None,
) -> None:
    """Make a body's SAF library by photon transport: tens of minutes on two cores; resumes where it stopped.

    Several machines share the work: each does its part into a folder of units, and the same command with
    --merge makes the library from all units in one folder.
    """
    from dosimetry.errors import DosimetryError
    from dosimetry.files.progress import progress_bar
    from dosimetry.files.terminal import Terminal
    from phantoms.library.saf import SafLibrary
    from phantoms.user_folders import user_cache, user_folder

    with with_extra("simulation"):
        from phantoms.bodies.stylised.body import load_body
        from phantoms.simulation.assemble import derived_bodies, derived_library, library
        from phantoms.simulation.simulate import HISTORIES_PER_BATCH, Simulation
        from phantoms.simulation.units import missing_units, part_of, units_there
    from dosimetry.report.archive import versions

    if part is not None and units is None:
        raise DosimetryError("--part needs --units: the folder that this part's units are written into")
    if part is not None and merge:
        raise DosimetryError("--part simulates and --merge does not: give one of the two")
    console = Terminal(stderr=True)
    earlier = SafLibrary.load(keep_from) if keep_from else None
    body = load_body(name)
    home = units or user_cache() / "units" / body.name.replace(" ", "_")
    run = Simulation(body, histories, seed, home)
    tasks = run.tasks() if part is None else part_of(run.tasks(), part)
    if merge and (missing := missing_units(run)):
        raise DosimetryError(
            f"{home}: no library is made, for want of {missing} (body '{body.name}', {run.histories}"
            f" histories, seed {seed})"
        )
    with progress_bar(transient=False) as progress:
        total = sum(batches for _, _, batches in tasks)
        task = progress.add_task(body.name, total=total, completed=units_there(run, tasks))

        def done(source: str, energy_MeV: float, n: int) -> None:
            progress.update(
                task, advance=n / HISTORIES_PER_BATCH, description=f"{source}, {energy_MeV * 1e3:g} keV"
            )

        try:
            run.run(workers or cores(), done, tasks=tasks)
        except KeyboardInterrupt:
            console.print(f"interrupted; what is done is kept in {home} and the same command goes on from it")
            raise typer.Exit(130) from None
    if part is not None:
        left = missing_units(run)
        rest = f"still missing there: {left}" if left else "all units are there: --merge makes the library"
        console.print(f"part {part}: its {len(tasks)} units are in {home}; {rest}")
        return
    folder = out or user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    made = library(run, {f"version {package}": v for package, v in versions().items()}, earlier)
    for one in (made, *(derived_library(made, d, body.mass_g) for d in derived_bodies(body.name))):
        path = folder / f"{one.phantom.replace(' ', '_')}.h5"
        one.save(path)
        console.print(f"{one.phantom}: {path}")


@phantoms.command("slices")
def slices(
    name: Name,
    out: Annotated[Path, typer.Option(help="The picture, PNG, PDF or SVG.")] = Path("slices.png"),
) -> None:
    """Draw slices through a stylised body."""
    with with_extra("drawing a body"):
        from phantoms.bodies.pictures import draw_slices
        from phantoms.bodies.stylised.body import load_body

    draw_slices(load_body(name), out)
    typer.echo(str(out))
