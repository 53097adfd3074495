"""``milligray phantoms complete``: a patient's library with regions that it lacks from a reference body."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dosimetry.commands.phantoms import phantoms


def register(app: typer.Typer) -> None:
    """The command joins ``milligray phantoms``, which is registered by its own module."""


@phantoms.command("complete")
def complete(
    library: Annotated[Path, typer.Argument(metavar="LIBRARY", help="A patient's library, e.g. patient.h5")],
    reference: Annotated[
        str, typer.Option(metavar="BODY", help="The body that lends what is missing, e.g. 'adult female'.")
    ],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The new library (.h5).")],
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION", help="Take this target region (may be repeated). Default: all missing."
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        typer.Option(
            metavar="REGION",
            help="Take this source region (may be repeated), or 'none'. Default: all missing.",
        ),
    ] = None,
    stand_in: Annotated[
        list[str] | None,
        typer.Option(
            "--stand-in",
            metavar="REGION=REGION",
            help="Which region of the reference stands in for one that it lacks: 'lesion 1=liver'. For what"
            " it gives to the regions that are taken, and gets from them.",
        ),
    ] = None,
    others: Annotated[
        str | None,
        typer.Option(metavar="REGION", help="Which stands in for all that have no stand-in, e.g. 'muscle'."),
    ] = None,
) -> None:
    """Take the regions that a patient's library lacks from a reference body, marked as such."""
    from dosimetry.errors import DosimetryError
    from dosimetry.svalues.reference_regions import with_regions_of
    from milligray.hdf5 import open_hdf5
    from phantoms.library.installed import LibraryFile, find
    from phantoms.library.reference_regions import reference_note
    from phantoms.library.saf import REFERENCE_LEFT_OUT, VOXELS
    from phantoms.voxels.storing import load_voxel_body, save_voxel_library

    path = find(LibraryFile(str(library))).path
    if out.suffix.lower() != ".h5":
        raise DosimetryError(f"--out {out}: the name of a library ends in .h5")
    if out.exists() and out.resolve() == path.resolve():
        raise DosimetryError(f"--out {out}: this is the library itself; give another file")
    pairs = [pair.partition("=") for pair in stand_in or ()]
    if wrong := [a for a, equals, b in pairs if not (equals and a.strip() and b.strip())]:
        raise DosimetryError(f"--stand-in '{wrong[0]}': REGION=REGION is needed, e.g. 'lesion 1=liver'")
    made = with_regions_of(
        LibraryFile(str(library)), reference,
        targets=target, sources=[] if source == ["none"] else source,
        stand_ins={a.strip(): b.strip() for a, _, b in pairs}, others=others,
    )  # fmt: skip
    if not reference_note(made):
        raise DosimetryError(f"{library}: nothing is missing that '{reference}' has; no file was written")
    with open_hdf5(path) as f:
        voxels = VOXELS in f
    if voxels:
        save_voxel_library(made, load_voxel_body(path), out)
    else:
        made.save(out)
    typer.echo(f"{out}: {reference_note(made)}")
    if left := made.provenance.get(REFERENCE_LEFT_OUT):
        typer.echo(f"not taken: {left}")
