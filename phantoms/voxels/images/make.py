"""From a label volume, and a CT where there is one, to a body of voxels."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from phantoms.voxels.body import VoxelBody


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
) -> VoxelBody:
    """A body of voxels from a label volume (NIfTI) and, where there is one, a CT.

    Parameters
    ----------
    labels : label volume, NIfTI; 0 is unlabelled.
    table : "totalsegmentator", "icrp110", or the path of a label table (TOML).
    ct : CT in HU on the grid of the labels; densities come from it. None: those of the table.
    calibration : table of HU and density (TOML or CSV) in place of Schneider's.
    outline : label volume whose voxels above 0 are the body. None: a label of the table, or the CT.
    voxel_mm : width of the transport grid's voxels, mm, one or three (along the array's axes); None: those
        of the labels. Masses are those at full resolution whatever it is.
    name, sex : of the body; sex is "male", "female" or "both".
    tables_folder : folder of ICRP's own tables, for "icrp110".
    resample_ct : resample a CT of another grid onto the labels' (linear).

    Raises
    ------
    PhantomError : images, tables or an outline that do not fit; all mistakes of a file at once.
    """
    raise NotImplementedError
