"""``milligray phantoms voxels``: a body of voxels and its SAF library from a segmented image."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from dosimetry.commands.phantoms import phantoms

if TYPE_CHECKING:
    from rich.progress import Progress

    from phantoms.library.saf import SafLibrary
    from phantoms.voxels.body import VoxelBody
    from phantoms.voxels.saf.cells import CellWork
    from phantoms.voxels.saf.work import PhotonWork, Told

#: Facts of a body that are told before the work, besides warnings: what is missing.
NOTES = ("regions without a voxel", "sums in part", "image ends", "doses to the rest", "hollow organs as one")
#: Transport on more voxels than this is slow and large: wider ones are named.
MANY_VOXELS = 30_000_000
IMAGE, WORK, PARTS = "The body", "Photons", "Several machines"


def register(app: typer.Typer) -> None:
    """The command joins ``milligray phantoms``, which is registered by its own module."""


@phantoms.command("voxels")
def voxels(
    segmentation: Annotated[Path, typer.Argument(metavar="SEG.nii.gz", help="Label volume (NIfTI).")],
    labels: Annotated[
        str,
        typer.Option(
            help="What the labels are: totalsegmentator, icrp110, or a label table (TOML).",
            rich_help_panel=IMAGE,
        ),
    ],
    out: Annotated[Path | None, typer.Option(help="The library with its body (HDF5).")] = None,
    nuclide: Annotated[
        str | None, typer.Option(help="For this nuclide alone, e.g. Zr-89. Without it by energy, for all.")
    ] = None,
    daughters: Annotated[
        str, typer.Option(help="none, or equilibrium: short-lived daughters decay with it.")
    ] = "none",
    ct: Annotated[
        Path | None, typer.Option(help="CT in HU (NIfTI): densities from it.", rich_help_panel=IMAGE)
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(help="HU to density (TOML or CSV).", rich_help_panel=IMAGE)
    ] = None,
    outline: Annotated[
        Path | None, typer.Option(help="Body outline (NIfTI, above 0 inside).", rich_help_panel=IMAGE)
    ] = None,
    voxel_mm: Annotated[
        float | None,
        typer.Option(min=0.1, help="Width of the transport's voxels; default: the image's.",
                     rich_help_panel=IMAGE),
    ] = None,
    resample_ct: Annotated[
        bool, typer.Option("--resample-ct", help="Take a CT of another grid.", rich_help_panel=IMAGE)
    ] = False,
    tables_folder: Annotated[
        Path | None, typer.Option(help="Folder of ICRP's tables, for icrp110.", rich_help_panel=IMAGE)
    ] = None,
    name: Annotated[str, typer.Option(help="Name of the body.", rich_help_panel=IMAGE)] = "patient",
    sex: Annotated[
        str, typer.Option(help="male, female or both (unknown).", rich_help_panel=IMAGE)
    ] = "both",
    marrow_kg: Annotated[
        float | None,
        typer.Option(help="Red marrow of the whole patient, kg; default: the reference adult's.",
                     rich_help_panel=IMAGE),
    ] = None,
    rest_from: Annotated[
        str | None,
        typer.Option(help="Reference body for organs that the image lacks, marked so, e.g. 'adult male'.",
                     rich_help_panel=IMAGE),
    ] = None,
    rest_others: Annotated[
        str | None,
        typer.Option(help="Its region that stands in, for that, for what it lacks of yours: total body.",
                     rich_help_panel=IMAGE),
    ] = None,
    sources: Annotated[
        str | None,
        typer.Option(help="Source regions with commas; total body is added. Default: all.",
                     rich_help_panel=WORK),
    ] = None,
    precision: Annotated[
        float, typer.Option(help="Wanted standard error of SAFs, %.", rich_help_panel=WORK)
    ] = 1.0,
    within_cm: Annotated[
        float, typer.Option(help="For targets so near to the source (and red marrow).", rich_help_panel=WORK)
    ] = 10.0,
    max_histories: Annotated[
        int, typer.Option(help="Photons a source (and energy) at most.", rich_help_panel=WORK)
    ] = 20_000_000,
    minutes: Annotated[
        float | None, typer.Option(min=0.0, help="Begin no photons after this time.", rich_help_panel=WORK)
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.", min=0, rich_help_panel=WORK)] = 1,
    workers: Annotated[
        int, typer.Option("--workers", "--threads", help="Threads; 0: as many as cores.", min=0,
                          rich_help_panel=WORK),
    ] = 0,
    units: Annotated[
        Path | None,
        typer.Option(help="Folder of finished units; default: the user's cache.", rich_help_panel=PARTS),
    ] = None,
    unit: Annotated[
        str | None,
        typer.Option(help="Do one part, e.g. 2/4, and make no library; needs --units.",
                     rich_help_panel=PARTS),
    ] = None,
    merge: Annotated[
        bool,
        typer.Option("--merge", help="Follow no photons: the library from the units that are there.",
                     rich_help_panel=PARTS),
    ] = False,
) -> None:  # fmt: skip
    """Make a patient's own SAF library from a segmented image, by photon transport in its voxels.

    It runs until the wanted precision is reached. Stopped by Ctrl-C it keeps what is done, and the same
    command goes on from there. The file is taken wherever a phantom is named: dose --phantom patient.h5.
    """
    from dosimetry.commands.simulate import with_extra
    from dosimetry.files.terminal import Terminal
    from milligray.cores import cores
    from phantoms.user_folders import user_cache

    _check_options(out, unit, merge, units)
    with with_extra("transport in voxels"):
        from dosimetry.svalues.voxel_bodies import emissions_of
        from phantoms.voxels.images.make import body_from_images
        from phantoms.voxels.saf.facts import warnings
        from phantoms.voxels.saf.make import empty_library
        from phantoms.voxels.saf.precision import Wanted
        from phantoms.voxels.saf.work import PhotonWork

        console = Terminal(stderr=True)
        emissions = emissions_of(nuclide, daughters) if nuclide else None
        body = body_from_images(
            segmentation, labels, ct=ct, calibration=calibration, outline=outline, voxel_mm=voxel_mm,
            name=name, sex=sex, tables_folder=tables_folder, resample_ct=resample_ct,
            marrow_kg=marrow_kg,
        )  # fmt: skip
        for key in (n for n in NOTES if n in body.facts):
            console.print(f"{key}: {body.facts[key]}", soft_wrap=True)
        for text in warnings(body.facts):
            console.print(f"warning: {text}", soft_wrap=True)
        if body.code.size > MANY_VOXELS:
            console.print(
                f"the transport has {body.code.size / 1e6:.0f} million voxels; with --voxel-mm 4 it is faster"
                " and takes less memory",
                soft_wrap=True,
            )
        home = units or user_cache() / "units" / "voxels"
        work = PhotonWork(
            body, emissions, sources=_names(sources), seed=seed, units=home,
            wanted=Wanted(precision / 100.0, within_cm, max_histories),
        )  # fmt: skip
    cells = work.part(unit)
    _with_rest(empty_library(work), rest_from, rest_others)  # a mistake is told before the work is done
    if not merge:
        _run(work, cells, workers or cores(), minutes, home)
    if unit is not None:
        left = sum(not c.finished for c in cells)
        console.print(
            f"unit {unit}: {len(cells) - left} of its {len(cells)} sources and energies are done, in {home};"
            " when all units are, --merge makes the library",
            soft_wrap=True,
        )
        return
    made = _library(work, merge=merge, limited=minutes is not None)
    _save(_with_rest(made, rest_from, rest_others), body, out)


def _check_options(out: Path | None, unit: str | None, merge: bool, units: Path | None) -> None:
    from dosimetry.errors import DosimetryError
    from milligray.errors import Complaints
    from milligray.files import check_places

    with Complaints(DosimetryError) as found:
        if unit is not None and units is None:
            found.add(DosimetryError("--unit needs --units: the folder that its batches are written into"))
        if unit is not None and merge:
            found.add(DosimetryError("--unit follows photons and --merge does not: give one of the two"))
        if merge and units is None:
            found.add(DosimetryError("--merge needs --units: the folder that the units are in"))
        if unit is None and out is None:
            found.add(DosimetryError("--out is needed: the file for the library, e.g. --out patient.h5"))
        if unit is None:
            with found.catching():
                check_places({"--out": out})


def _names(sources: str | None) -> list[str] | None:
    from dosimetry.errors import DosimetryError

    if sources is None:
        return None
    names = [n.strip() for n in sources.split(",") if n.strip()]
    if not names:
        raise DosimetryError("--sources names no region; e.g. --sources liver,kidneys")
    return names


def _with_rest(library: SafLibrary, reference: str | None, others: str | None) -> SafLibrary:
    """With the regions that the image lacks from the reference body, where one is named."""
    from dosimetry.errors import DosimetryError
    from dosimetry.svalues.reference_regions import with_regions_of
    from phantoms.errors import PhantomError

    if reference is None:
        if others is not None:
            raise DosimetryError("--rest-others is a region of the body that --rest-from names: name both")
        return library
    try:
        return with_regions_of(library, reference, others=others)
    except PhantomError as error:
        if others is None and "no counterpart" in str(error):
            raise PhantomError(f"{error}; on the command line: --rest-others REGION") from None
        raise


def _run(work: PhotonWork, cells: list[CellWork], workers: int, minutes: float | None, home: Path) -> None:
    from dosimetry.files.progress import progress_bar
    from dosimetry.files.terminal import Terminal

    with progress_bar(transient=False) as bar:
        tell = _Bar(bar, work.body.name)
        seconds = None if minutes is None else 60.0 * minutes
        try:
            work.run(cells, workers=workers, seconds=seconds, tell=tell)
        except KeyboardInterrupt:
            Terminal(stderr=True).print(
                f"interrupted; what is done is kept in {home} and the same command goes on from it",
                soft_wrap=True,
            )
            raise typer.Exit(130) from None


class _Bar:
    """A bar of batches; how many there will be is known better and better."""

    def __init__(self, bar: Progress, name: str) -> None:
        self.bar, self.task = bar, bar.add_task(name, total=None)

    def __call__(self, told: Told) -> None:
        self.bar.update(
            self.task, completed=told.done, total=told.expected, description=f"photons from {told.source}"
        )


def _library(work: PhotonWork, *, merge: bool, limited: bool) -> SafLibrary:
    from dosimetry.errors import DosimetryError
    from dosimetry.files.progress import progress_bar
    from dosimetry.report.archive import versions
    from phantoms.voxels.saf.make import library, missing_work

    if merge:
        for cell in work.cells:
            cell.resume()
        if not limited and (missing := missing_work(work)):
            folder = work.files.folder if work.files else ""
            raise DosimetryError(
                f"{folder}: no library is made, for want of {missing} (seed {work.seed}, precision"
                f" {work.wanted.relative_se * 100:g} %); other images, options or versions have other units"
            )
    facts = {f"version {package}": v for package, v in versions().items()}
    with progress_bar() as bar:
        task = bar.add_task("electrons", total=len(work.regions.simulated))

        def tell(source: str) -> None:
            bar.update(task, advance=1, description=f"electrons from {source}")

        return library(work, facts, unfinished=limited, tell=tell)


def _save(made: SafLibrary, body: VoxelBody, out: Path | None) -> None:
    from dosimetry.files.terminal import Terminal
    from phantoms.voxels.saf.facts import warnings
    from phantoms.voxels.storing import save_voxel_library

    assert out is not None
    console = Terminal(stderr=True)
    for text in warnings({k: v for k, v in made.provenance.items() if k not in body.facts}):
        console.print(f"warning: {text}", soft_wrap=True)
    save_voxel_library(made, body, out)
    console.print(
        f"{made.phantom}: {len(made.targets)} targets, {len(made.sources)} sources"
        f"{f', for {made.spectrum} alone' if made.spectrum else ', by energy'}; standard error"
        f" {made.provenance['precision reached']}: {out}",
        soft_wrap=True,
    )
