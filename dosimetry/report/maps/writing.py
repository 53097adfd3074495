"""A dose map written: all of its files, whole, or none of them."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.files.output import csv_text, json_text
from dosimetry.maps.dose_map import DoseMap
from dosimetry.maps.histograms import SHARES
from dosimetry.report.archive import versions
from dosimetry.report.maps.histograms import histograms_png
from dosimetry.report.maps.names import map_files
from dosimetry.report.maps.slices import slices_png

COMPRESSION = 6
#: Length of the texts of a NIfTI header.
DESCRIPTION, INTENT = 79, 15


def write_map(
    path: str | Path,
    result: DoseMap,
    *,
    shares: Sequence[float] = SHARES,
    doses: Sequence[float] = (),
    regions: Sequence[str] = (),
    overwrite: bool = False,
    facts: Mapping[str, str] | None = None,
) -> dict[str, Path]:
    """Write a dose map: the images of dose and of its relative standard error, tables, figures, provenance.

    Parameters
    ----------
    path : of the image of dose, ``*.nii.gz`` or ``*.nii``; the other files lie beside it, under names that
        begin with its own. A preview's names say that it is one.
    result : what :func:`dosimetry.dose_map` gave.
    shares, doses : D and V of the table by region, as in :meth:`dosimetry.DoseMap.by_region`.
    regions : drawn in the figure of dose-volume histograms; none: those of the highest mean doses.
    overwrite : replace files that are there.
    facts : more texts for the provenance, e.g. the command.

    Returns
    -------
    The paths, by what they are.

    Raises
    ------
    DosimetryError : another ending, files that are there, a path that cannot be written, an unknown region.

    Examples
    --------
    >>> import tempfile
    >>> from dosimetry.maps.activity import ActivityImage
    >>> from dosimetry.maps.making import MapOptions, dose_map
    >>> from phantoms.transport.materials import Tissue
    >>> from phantoms.voxels.body import Kind, VoxelBody
    >>> water = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
    >>> kinds = (Kind("outside", None, 0.0), Kind("liver", water, 1.05))
    >>> code, affine = np.ones((4, 4, 4), dtype=np.uint8), np.diag([10.0, 10.0, 10.0, 1.0])
    >>> body = VoxelBody("cube", "both", code, affine, kinds, {"liver": 0.0672})
    >>> image = ActivityImage(np.full(code.shape, 0.1), affine, "MBq_h")
    >>> found = dose_map(image, body, "Lu-177", options=MapOptions(10.0, histories_per_batch=1000))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     [path.name for path in write_map(f"{folder}/dose.nii.gz", found).values()][:2]
    ['dose.nii.gz', 'dose_relative_se.nii.gz']
    """
    paths = map_files(path, preview=result.preview)
    check_map_places(paths, overwrite=overwrite)
    table = result.by_region(shares, doses)
    content: dict[Path, bytes] = {
        paths["dose"]: _nifti(
            paths["dose"], result, result.dose, f"absorbed dose, {result.unit}", result.unit
        ),
        paths["regions"]: (_head(result) + csv_text(table, index=True)).encode(),
        paths["dvh"]: _curves(result).encode(),
        paths["dvh figure"]: histograms_png(result, regions),
        paths["slices figure"]: slices_png(result),
    }
    if result.relative_se is not None:
        content[paths["relative_se"]] = _nifti(
            paths["relative_se"], result, result.relative_se, "relative standard error of absorbed dose", "1"
        )
    provenance = {
        **result.provenance,
        **{f"version {name}": text for name, text in versions().items()},
        **(facts or {}),
    }
    content[paths["provenance"]] = json_text(
        {
            "preview": result.preview,
            "unit": result.unit,
            "missing": "NaN in the images: no tissue of the body there",
            "files": {p.name: {"sha256": hashlib.sha256(data).hexdigest()} for p, data in content.items()},
            "warnings": list(result.warnings),
            "regions": table.reset_index().to_dict(orient="records"),
            "provenance": provenance,
        }
    ).encode()
    write_together(content)
    return paths


def check_map_places(paths: Mapping[str, Path], *, overwrite: bool) -> None:
    """Nothing, where all files of a map can be written.

    Raises
    ------
    DosimetryError : files that are there, without ``overwrite``; no such folder; folders in their place.
    """
    folder = next(iter(paths.values())).parent
    if not folder.is_dir():
        raise DosimetryError(f"{folder}: there is no such folder to write in")
    if not os.access(folder, os.W_OK):
        raise DosimetryError(f"{folder}: nothing can be written in this folder")
    wrong = [f"{p}: this is not a file" for p in paths.values() if p.exists() and not p.is_file()]
    there = [p.name for p in paths.values() if p.is_file()]
    if there and not overwrite:
        wrong.append(f"{folder}: {', '.join(there)} exist; name another file, or --overwrite to replace them")
    if wrong:
        raise DosimetryError(*wrong)


def write_together(content: Mapping[Path, bytes]) -> None:
    """Write several files of one folder: all of them under other names first, which then become their own.

    Raises
    ------
    DosimetryError : one of them cannot be written; then none is.
    """
    parts = {path: path.with_name(f".{path.name[:200]}.{os.getpid()}.part") for path in content}
    kept = {path: path.with_name(f".{path.name[:200]}.{os.getpid()}.old") for path in content}
    done: list[Path] = []
    try:
        for path, data in content.items():
            parts[path].write_bytes(data)
        for path in content:
            done.append(path)
            if path.exists():
                os.replace(path, kept[path])
            os.replace(parts[path], path)
    except BaseException as error:
        for path in done:
            with contextlib.suppress(OSError):
                if kept[path].exists():
                    os.replace(kept[path], path)
                elif not parts[path].exists():
                    path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DosimetryError(
                f"{error.filename or 'the map'}: cannot be written ({error.strerror}); nothing was"
            ) from None
        raise
    finally:
        for path in (*parts.values(), *kept.values()):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)


def _nifti(path: Path, result: DoseMap, values: NDArray[Any], what: str, unit: str) -> bytes:
    """An image as the content of a file; its header says unit, nuclide, and whether it is a preview."""
    import nibabel as nib

    made: Any = nib.Nifti1Image
    image = made(values.astype(np.float32), result.affine_mm)
    header = image.header
    header.set_xyzt_units("mm")
    image.set_sform(result.affine_mm, 1)
    image.set_qform(result.affine_mm, 1)
    mark = "PREVIEW, no result: " if result.preview else ""
    text = f"{mark}{what}, {result.provenance['nuclide']}, milligray {versions().get('milligray', '')}"
    header["descrip"] = text.encode("ascii", "replace")[:DESCRIPTION]
    header["intent_name"] = f"{'PREVIEW ' if result.preview else ''}{unit}".encode()[:INTENT]
    data: bytes = image.to_bytes()
    if not path.name.lower().endswith(".gz"):
        return data
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", compresslevel=COMPRESSION, mtime=0, filename="") as f:
        f.write(data)
    return out.getvalue()


def _head(result: DoseMap) -> str:
    """The first line of a table."""
    mark = "PREVIEW, no result: " if result.preview else ""
    of = f"{result.provenance['nuclide']}, body {' '.join(result.body.name.split())}"
    return f"# {mark}absorbed dose by voxel, {result.unit}, {of}\n"


def _curves(result: DoseMap) -> str:
    """Dose-volume histograms of all regions: a row a dose."""
    import pandas as pd

    unit = result.unit.replace("/", "_per_")
    parts = []
    for region in result.regions:
        dose, share = result.dvh(region).curve()
        parts.append(pd.DataFrame({"region": region, f"dose_{unit}": dose, "volume_percent": share}))
    return _head(result) + csv_text(pd.concat(parts, ignore_index=True))
