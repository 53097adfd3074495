"""``milligray phantoms simulate``: make the SAF library of a stylised body; ``slices``: look at the body."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from dosimetry.commands.phantoms import phantoms

Name = Annotated[str, typer.Argument(help="A stylised body, e.g. 'adult male'.")]


def register(app: typer.Typer) -> None:
    """The commands join ``milligray phantoms``, which is registered by its own module."""


@contextmanager
def _extra(what: str) -> Iterator[None]:
    """Tell in one line which packages are to be installed where the extra ``simulate`` is not."""
    from dosimetry.errors import DosimetryError

    try:
        yield
    except ImportError as error:
        raise DosimetryError(
            f"{what} needs '{error.name}'; install it with: pip install 'milligray[simulate]'"
        ) from error


@phantoms.command("simulate")
def simulate(
    name: Name,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the library (HDF5); default: the user's data folder.")
    ] = None,
    histories: Annotated[int, typer.Option(help="Photons per source and energy.", min=1)] = 2_000_000,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)] = 1,
    threads: Annotated[int, typer.Option(help="Threads; 0 takes all cores.", min=0)] = 0,
    work: Annotated[
        Path | None, typer.Option(help="Folder for finished units; default: the user's cache.")
    ] = None,
    keep_from: Annotated[
        Path | None,
        typer.Option(
            help="An earlier library of this body with more histories: its values are kept but for red marrow"
            " as a target and for sources in the skeleton."
        ),
    ] = None,
) -> None:
    """Make a body's SAF library by photon transport: about an hour on two cores; resumes where it stopped."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from phantoms.library.saf import SafLibrary
    from phantoms.user_folders import user_cache, user_folder

    with _extra("simulation"):
        from phantoms.bodies.stylised.body import load_body
        from phantoms.simulation.assemble import derived_bodies, derived_library, library
        from phantoms.simulation.simulate import HISTORIES_PER_BATCH, Simulation
    from dosimetry.report.archive import versions

    console = Console(stderr=True)
    earlier = SafLibrary.load(keep_from) if keep_from else None
    body = load_body(name)
    folder = out or user_folder()
    folder.mkdir(parents=True, exist_ok=True)
    units = work or user_cache() / "units" / body.name.replace(" ", "_")
    run = Simulation(body, histories, seed, units)
    pending = run.pending()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        total = sum(batches for _, _, batches in run.tasks())
        left = sum(batches for _, _, batches in pending)
        task = progress.add_task(body.name, total=total, completed=total - left)

        def done(source: str, energy_MeV: float, n: int) -> None:
            progress.update(
                task, advance=n / HISTORIES_PER_BATCH, description=f"{source}, {energy_MeV * 1e3:g} keV"
            )

        try:
            run.run(threads or os.cpu_count() or 1, done)
        except KeyboardInterrupt:
            console.print(
                f"interrupted; what is done is kept in {units} and the same command goes on from it"
            )
            raise typer.Exit(130) from None
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
    with _extra("drawing a body"):
        from phantoms.bodies.pictures import draw_slices
        from phantoms.bodies.stylised.body import load_body

    draw_slices(load_body(name), out)
    typer.echo(str(out))
