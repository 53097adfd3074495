"""``milligray map``: dose by voxel from activity by voxel."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dosimetry.commands.doses.options import Daughters


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("map")(dose_map)


def dose_map(
    context: typer.Context,
    activity: Annotated[
        Path,
        typer.Argument(
            metavar="ACTIVITY.nii.gz", help="Activity by voxel, integrated over time (NIfTI, 3 axes)."
        ),
    ],
    body: Annotated[
        Path, typer.Option(metavar="PATIENT.h5", help="The patient's body, of 'milligray phantoms voxels'.")
    ],
    nuclide: Annotated[str, typer.Option(help="e.g. Zr-89")],
    out: Annotated[
        Path,
        typer.Option(metavar="DOSE.nii.gz", help="The map; tables, figures and provenance lie beside it."),
    ],
    quantity: Annotated[
        str,
        typer.Option(
            help="What the image holds: tiac_h (h in each voxel), tiac_h_per_mL (the map is in mGy/MBq);"
            " MBq_h, MBq_h_per_mL, MBq_s, Bq_s, Bq_s_per_mL (in Gy)."
        ),
    ] = "tiac_h",
    precision: Annotated[
        float,
        typer.Option(
            metavar="PERCENT",
            help="Standard error of the dose in a voxel where the activity is (rms, weighted with it).",
        ),
    ] = 1.0,
    resample: Annotated[
        bool, typer.Option("--resample", help="The image has other voxels than the body: resample it.")
    ] = False,
    most_outside: Annotated[
        float,
        typer.Option(
            metavar="PERCENT", help="Activity that may lie outside of the body or in air; it is left out."
        ),
    ] = 1.0,
    daughters: Daughters = "none",
    per_MBq_of: Annotated[
        str | None,
        typer.Option(
            "--per-mbq-of",
            metavar="NUCLIDE",
            help="The nuclide administered, where the activity is that of its daughter.",
        ),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option(help="A region of the figure of dose-volume histograms (may be repeated)."),
    ] = None,
    d: Annotated[
        list[float] | None,
        typer.Option(
            "--d", metavar="PERCENT", help="D of so much of the volume, in the table (may be repeated)."
        ),
    ] = None,
    v: Annotated[
        list[float] | None,
        typer.Option(
            "--v", metavar="DOSE", help="V: the volume that gets so much at least (may be repeated)."
        ),
    ] = None,
    preview: Annotated[
        bool,
        typer.Option("--preview", help="In seconds, by a photon kernel of endless tissue: never a result."),
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.", min=0)] = 1,
    workers: Annotated[int, typer.Option(help="Threads; 0: as many as cores.", min=0)] = 0,
    most_histories: Annotated[
        int | None,
        typer.Option(
            "--max-histories", metavar="N", help="Photons at which the run ends at the latest.", min=1
        ),
    ] = None,
    work: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where a run keeps what is done, to go on from; default: the user's cache, until done.",
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace files that are there.")] = False,
) -> None:
    """Absorbed dose by voxel with its standard error, dose-volume histograms and pictures.

    Photons are followed until the precision is met; a run that is stopped goes on where it was when the same
    command is given again.
    """
    from dosimetry.commands.simulate import with_extra
    from dosimetry.files.progress import progress_bar
    from dosimetry.files.terminal import Terminal
    from phantoms.user_folders import user_cache

    with with_extra("a dose map", "simulate,images"):
        from dosimetry.maps.histograms import SHARES, checked_doses, checked_shares
        from dosimetry.maps.making import MapOptions
        from dosimetry.maps.making import dose_map as make
        from dosimetry.maps.reading import read_activity
        from dosimetry.report.maps.histograms import check_regions
        from dosimetry.report.maps.names import map_files
        from dosimetry.report.maps.writing import check_map_places, write_map
        from phantoms.voxels.storing import load_voxel_body

    console = Terminal(stderr=True)
    options = MapOptions(
        precision_percent=precision, seed=seed, workers=workers or None, resample=resample,
        most_outside_percent=most_outside, preview=preview, most_histories=most_histories,
        work=work or user_cache() / "units" / "maps",
    )  # fmt: skip
    paths = map_files(out, preview=preview)
    check_map_places(paths, overwrite=overwrite)
    shares = checked_shares(sorted({*SHARES, *(d or ())})).tolist()
    doses = checked_doses(v or ()).tolist()
    patient = load_voxel_body(body)
    check_regions(patient, region or ())
    image = read_activity(activity, quantity)
    with progress_bar(transient=False) as bar:
        task = bar.add_task("photons", total=None)

        def done(work_done: float, wanted: float) -> None:
            bar.update(task, completed=round(work_done), total=round(wanted))

        try:
            result = make(
                image,
                patient,
                nuclide,
                daughters=daughters,
                per_MBq_of=per_MBq_of,
                options=options,
                progress=done,
            )
        except KeyboardInterrupt:
            console.print(
                f"interrupted; what is done is kept in {options.work}: the same command goes on from it"
            )
            raise typer.Exit(130) from None
    write_map(
        out, result, shares=shares, doses=doses, regions=region or (), overwrite=overwrite,
        facts={"command": str(context.obj or "milligray map"), "body file": str(body)},
    )  # fmt: skip
    done_in = None if result.absorbed.photons is None else result.absorbed.photons.kept_in
    if work is None and done_in is not None:
        done_in.unlink(missing_ok=True)
    _tell(console, result, paths)


def _tell(console: Any, result: Any, paths: Any) -> None:
    """What was made, and what is to be known of it."""
    from dosimetry.files.output import plain_table, significant
    from dosimetry.files.terminal import Terminal

    for text in result.warnings:
        console.print(f"warning: {text}", soft_wrap=True)
    facts = result.provenance
    mark = "PREVIEW, no result: " if result.preview else ""
    table = plain_table(
        f"{mark}{facts['nuclide']} in {result.body.name}: absorbed dose / ({result.unit})",
        {"region": "left", "mass / g": "right", "mean": "right", "se": "right", "D98": "right",
         "D50": "right", "D2": "right", "of a voxel": "right"},
        caption="se: of the mean; of a voxel: median relative standard error of the region's voxels",
    )  # fmt: skip
    unit = result.unit.replace("/", "_per_")
    for name, row in result.by_region().iterrows():
        relative = row.get("median_relative_se_percent", float("nan"))
        table.add_row(
            str(name), significant(1e3 * row["mass_kg"]), significant(row[f"mean_{unit}"], 4),
            significant(row[f"se_mean_{unit}"], 2),
            *(significant(row[f"D{s}_{unit}"]) for s in (98, 50, 2)),
            "–" if relative != relative else f"{significant(relative, 2)} %",
        )  # fmt: skip
    Terminal().print(table)
    console.print(
        f"activity in the image: {facts['activity in the image']}"
        f" ({facts['quantity of the activity'].partition(':')[0]})",
        soft_wrap=True,
    )
    if "precision reached" in facts:
        console.print(
            f"precision reached: {facts['precision reached']} ({facts['what precision is']})", soft_wrap=True
        )
    console.print(f"bremsstrahlung: {facts['bremsstrahlung']}", soft_wrap=True)
    for what, path in paths.items():
        console.print(f"{what}: {path}", soft_wrap=True)
