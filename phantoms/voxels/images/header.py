"""The affine of a NIfTI header, in mm, and whether the header can be believed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError

#: Widths of a voxel (mm) and extents of an image (mm) that a patient's image can have.
WIDTH_MM, EXTENT_MM = (0.1, 30.0), (20.0, 3000.0)
_UNITS_MM = {"meter": 1000.0, "mm": 1.0, "micron": 1e-3, "unknown": 1.0}


def affine_of(where: str, header: Any, affine: Any) -> tuple[NDArray[np.float64], list[str]]:
    """The affine in mm, checked against the header's own widths; and what there is to say of it."""
    said = []
    unit = header.get_xyzt_units()[0]
    scale = _UNITS_MM.get(unit)
    if scale is None:
        raise PhantomError(f"{where}: the unit of its axes is '{unit}'; mm, metres or microns are lengths")
    if unit == "unknown":
        said.append(f"{where}: the header names no unit of length; taken as mm")
    if affine is None or not np.isfinite(affine).all():
        raise PhantomError(f"{where}: the affine is not finite; the file's orientation was lost")
    matrix = np.array(affine, dtype=float)
    widths = np.linalg.norm(matrix[:3, :3], axis=0)
    if not widths.min() > 0 or abs(np.linalg.det(matrix[:3, :3])) < 1e-6 * widths.prod():
        raise PhantomError(
            f"{where}: the affine is flat (its determinant is 0); the file's orientation was lost"
        )
    cosines = (matrix[:3, :3] / widths).T @ (matrix[:3, :3] / widths) - np.eye(3)
    if np.abs(cosines).max() > 2e-3:
        angle = math.degrees(math.asin(min(1.0, float(np.abs(cosines).max()))))
        raise PhantomError(
            f"{where}: its axes are not at right angles ({angle:.2g} degrees off): a sheared image, as of a"
            " tilted gantry; resample it onto a straight grid first"
        )
    stated = np.abs(np.array([float(w) for w in header.get_zooms()[:3]]))
    if np.abs(stated / widths - 1.0).max() > 0.01:
        raise PhantomError(
            f"{where}: voxels are {_times(stated)} wide by pixdim and {_times(widths)} by the affine; one of"
            " them is wrong (millimetres against metres?)"
        )
    matrix[:3] *= scale
    widths = widths * scale
    shape = np.array(header.get_data_shape()[:3])
    too_wide = widths.min() < WIDTH_MM[0] or widths.max() > WIDTH_MM[1]
    if too_wide or not EXTENT_MM[0] <= float((shape * widths).max()) <= EXTENT_MM[1]:
        raise PhantomError(
            f"{where}: voxels of {_times(widths)} mm, {_times(shape * widths)} mm in all (unit in the"
            f" header: {unit}); a patient's image has voxels of {WIDTH_MM[0]:g} to {WIDTH_MM[1]:g} mm and is"
            f" at most {EXTENT_MM[1]:g} mm long: is the unit right (millimetres against metres)?"
        )
    said += _codes(where, header, matrix)
    return matrix, said


def _codes(where: str, header: Any, matrix: NDArray[np.float64]) -> list[str]:
    """What to say of sform and qform: none of them set, or both and not the same."""
    sform, qform = int(header["sform_code"]), int(header["qform_code"])
    if not sform and not qform:
        return [
            f"warning: {where}: the header states no orientation (sform and qform codes are 0); its axes are"
            " taken as right to left, posterior to anterior, inferior to superior"
        ]
    if sform and qform:
        other, scale = (
            header.get_qform(),
            np.abs(matrix[:3, :3]).max() / np.abs(header.get_sform()[:3, :3]).max(),
        )
        off = np.abs(other[:3] * scale - matrix[:3]).max()
        if off > 0.1 * np.linalg.norm(matrix[:3, :3], axis=0).min():
            return [
                f"warning: {where}: sform and qform of the header differ by up to {off:.3g} mm; the sform is"
                " taken"
            ]
    return []


def _times(numbers: NDArray[Any]) -> str:
    return " x ".join(f"{n:.4g}" for n in numbers)
