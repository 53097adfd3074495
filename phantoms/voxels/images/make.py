"""From a label volume, and a CT where there is one, to a body of voxels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.images.classes import Classes, classes_of
from phantoms.voxels.images.coarse import Coarse, coarsened, coarser_grid
from phantoms.voxels.images.densities import checked_densities, kinds_of, masses
from phantoms.voxels.images.grids import difference, resampled
from phantoms.voxels.images.missing import missing_facts
from phantoms.voxels.images.nifti import Volume, read_ct, read_label_volume
from phantoms.voxels.images.outline import inside_body
from phantoms.voxels.images.skeleton import skeleton_of
from phantoms.voxels.images.tables.calibration import read_calibration
from phantoms.voxels.images.tables.icrp110 import SEX_BY_PREFIX
from phantoms.voxels.images.tables.label_tables import read_label_table

SEXES = ("male", "female", "both")


def body_from_images(
    labels: str | Path,
    table: str | Path,
    *,
    ct: str | Path | None = None,
    calibration: str | Path | None = None,
    outline: str | Path | None = None,
    voxel_mm: float | Sequence[float] | None = None,
    name: str = "patient",
    sex: str = "both",
    tables_folder: str | Path | None = None,
    resample_ct: bool = False,
    marrow_kg: float | None = None,
) -> VoxelBody:
    """A body of voxels from a label volume (NIfTI) and, where there is one, a CT.

    The array keeps its axes and their order; the body's affine says where they point. Masses of regions are
    sums over their voxels at full resolution, whatever the grid of the transport is, and the densities on
    that grid give the same masses, but for what has fewer voxels than its volume.
    What is missing, assumed or odd is in the body's facts; what a user must
    be told has a key that begins with "warning".

    Parameters
    ----------
    labels : label volume, NIfTI; 0 is unlabelled.
    table : "totalsegmentator", "icrp110", or the path of a label table (TOML).
    ct : CT in HU on the grid of the labels; densities come from it. None: those of the table.
    calibration : table of HU and density (TOML or CSV) in place of Schneider's.
    outline : label volume whose voxels above 0 are the body. None: the labels, or the CT.
    voxel_mm : width of the transport grid's voxels, mm, or three widths along the array's axes. One width
        leaves an axis as it is whose voxels are wider already. None: those of the labels.
    name, sex : of the body; sex is "male", "female" or "both".
    tables_folder : folder of ICRP's own tables, for "icrp110".
    resample_ct : put a CT of another grid onto the labels' by linear interpolation.
    marrow_kg : mass of the red marrow of the whole patient; None: the reference adult's.

    Raises
    ------
    PhantomError : images, tables or an outline that do not fit; all mistakes of a file at once.

    Examples
    --------
    A block of muscle with a liver in it, 2 mm voxels, and its label table:

    >>> import tempfile
    >>> import nibabel
    >>> import numpy as np
    >>> block = np.full((30, 30, 30), 2, dtype=np.uint8)
    >>> block[10:20, 10:20, 10:20] = 1
    >>> table = [
    ...     'name = "a block"', 'source = "made up"', 'complete = true', '[labels]',
    ...     '1 = { region = "liver", tissue = "liver" }', '2 = { region = "muscle", tissue = "muscle" }',
    ... ]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nibabel.save(nibabel.Nifti1Image(block, np.diag([2.0, 2.0, 2.0, 1.0])), f"{folder}/seg.nii")
    ...     _ = Path(f"{folder}/block.toml").write_text("\\n".join(table))
    ...     body = body_from_images(f"{folder}/seg.nii", f"{folder}/block.toml", sex="male")
    >>> body.regions, round(body.mass_of("liver"), 5), body.width_cm
    (('liver', 'muscle'), 0.00848, (0.2, 0.2, 0.2))
    """
    if sex not in SEXES:
        raise PhantomError(f"sex is '{sex}'; there are {', '.join(SEXES)}")
    if marrow_kg is not None and not 0.01 <= marrow_kg <= 5.0:
        raise PhantomError(f"marrow_kg is {marrow_kg:g}; a mass of red marrow from 0.01 to 5 kg is needed")
    if ct is None and (calibration is not None or resample_ct):
        raise PhantomError("a calibration and the resampling are of a CT, and there is none; name it (--ct)")
    widths = _widths(voxel_mm)
    known = read_label_table(table, tables_folder=tables_folder)
    if known.icrp is not None:
        sex = _icrp_sex(known.icrp.prefix, sex, marrow_kg)
    curve = read_calibration(calibration) if ct is not None else None
    seen = read_label_volume(labels)
    grid = None
    if widths:
        grid = coarser_grid(seen.values.shape, seen.affine_mm, _three(widths, seen.width_mm))
    classes = classes_of(seen, known)
    facts: dict[str, str] = {"labels": f"{seen.path} (SHA-256 {seen.sha256})"}
    facts["label table"] = f"{known.name}; {known.source} (SHA-256 {known.sha256})"
    scan = None
    if ct is not None:
        scan, facts["ct"] = _ct(ct, seen, resample_ct)
        assert curve is not None
        facts["calibration"] = f"{curve.name}; {curve.source} (SHA-256 {curve.sha256})"
    inside, facts["outline"] = inside_body(seen, known, scan, None if outline is None else str(outline))
    facts |= _said(seen, scan)
    which = classes.assign(seen.values, inside)
    facts |= missing_facts(known, classes, inside, seen)
    del inside
    volume_cm3 = float(seen.width_mm.prod()) / 1000.0
    hu = None if scan is None else scan.values
    mass = masses(which, hu, classes, curve, volume_cm3)
    facts |= checked_densities(seen.path, classes, mass, curve)
    if several := classes.several_tissues(mass.by_class_kg):
        facts["regions of several tissues"] = f"each voxel is of its own label's: {several}"
    if grid is None:
        coarse, affine, ratio = Coarse(which, hu, ()), seen.affine_mm, 1.0
        facts["transport grid"] = f"that of the labels, {_times(seen.width_mm)} mm"
    else:
        coarse, affine, ratio = coarsened(which, hu, grid, len(classes.entries)), grid.affine_mm, grid.ratio
        facts["transport grid"] = _grid_words(coarse, classes, grid.affine_mm)
    del which
    code, kinds = kinds_of(coarse, classes, curve, mass, volume_cm3 / ratio)
    skeleton = skeleton_of(known, mass.by_label(classes), sex, marrow_kg)
    facts |= skeleton.facts
    sums = {s: tuple(r for r in parts if r in mass.by_region_kg) for s, parts in known.sums.items()}
    return VoxelBody(
        name, sex, code, affine, kinds, {**mass.by_region_kg, **skeleton.mass_kg},
        {s: parts for s, parts in sums.items() if parts}, skeleton.spread, skeleton.cranial, facts,
    )  # fmt: skip


def _icrp_sex(prefix: str, sex: str, marrow_kg: float | None) -> str:
    """The sex of a phantom of ICRP, by the name of its tables."""
    own = SEX_BY_PREFIX[prefix.upper()]
    if marrow_kg is not None:
        raise PhantomError("marrow_kg is of a patient; the marrow of ICRP's phantoms is in their own tables")
    if sex not in (own, "both"):
        raise PhantomError(
            f"sex is '{sex}', and the tables ({prefix}organs.dat) are those of the adult {own}"
        )
    return own


def _widths(voxel_mm: float | Sequence[float] | None) -> tuple[float, ...] | None:
    if voxel_mm is None:
        return None
    try:
        given = np.atleast_1d(np.asarray(voxel_mm, dtype=float)).ravel().tolist()
    except (TypeError, ValueError):
        given = []
    if len(given) not in (1, 3) or not all(0.1 <= w <= 50.0 for w in given):
        raise PhantomError(f"voxel_mm is {voxel_mm}; one width or three are needed, from 0.1 to 50 mm")
    return tuple(given)


def _three(widths: tuple[float, ...], own: NDArray[np.float64]) -> tuple[float, float, float]:
    """Three widths; one for all axes leaves those as they are whose voxels are wider already."""
    if len(widths) == 1 and widths[0] >= own.min() * (1 - 1e-6):
        widths = tuple(max(widths[0], float(w)) for w in own)
    a, b, c = widths if len(widths) == 3 else widths * 3
    return a, b, c


def _ct(path: str | Path, labels: Volume, resample: bool) -> tuple[Volume, str]:
    """The CT on the grid of the labels, and in words how it got there."""
    ct = read_ct(path)
    words = f"{ct.path} (SHA-256 {ct.sha256})"
    differs = difference(labels, ct)
    if not differs:
        return ct, words
    if not resample:
        raise PhantomError(
            f"{ct.path}: not on the grid of {labels.path}: {differs}. If both affines are right, the CT can"
            " be resampled onto the labels (--resample-ct, resample_ct=True); an affine that a tool has"
            " flipped must be put right first"
        )
    return resampled(ct, labels), f"{words}, resampled linearly onto the labels ({differs})"


def _said(*volumes: Volume | None) -> dict[str, str]:
    """What was odd about the files, as facts."""
    texts = [text for volume in volumes if volume is not None for text in volume.said]
    found = {}
    for n, text in enumerate(dict.fromkeys(texts), 1):
        warns = text.startswith("warning: ")
        found[f"{'warning image' if warns else 'image'} {n}"] = text.removeprefix("warning: ")
    return found


def _grid_words(coarse: Coarse, classes: Classes, affine_mm: NDArray[np.float64]) -> str:
    words = (
        f"voxels of {_times(np.linalg.norm(affine_mm[:3, :3], axis=0))} mm; each has the label of most of"
        " its fine voxels, weighted so that every label keeps its volume; densities there give the masses"
        " at full resolution"
    )
    if coarse.forced:
        kept = ", ".join(classes.entries[c].region for c in coarse.forced)
        words += f"; smaller than a voxel and kept in one, at their own density: {kept}"
    return words


def _times(numbers: NDArray[Any]) -> str:
    return " x ".join(f"{n:.4g}" for n in numbers)
