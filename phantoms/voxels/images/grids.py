"""Whether two images are on one grid, and a CT put onto the grid of the labels."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from phantoms.errors import PhantomError
from phantoms.voxels.images.nifti import Volume

#: Two grids are one where no corner is off by more than this share of a voxel.
TOLERANCE = 0.05
AIR_HU = -1000
#: Slices along the last axis that are resampled at a time.
SLICES = 16


def axis_names(affine_mm: NDArray[np.float64]) -> str:
    """Where the axes of the array point to, e.g. "RAS": right, anterior, superior.

    >>> axis_names(np.diag([-2.0, 2.0, 3.0, 1.0]))
    'LAS'
    """
    names = ""
    for column in affine_mm[:3, :3].T:
        axis = int(np.argmax(np.abs(column)))
        names += ("LR", "PA", "IS")[axis][int(column[axis] > 0)]
    return names


def long_axis(affine_mm: NDArray[np.float64]) -> int:
    """The axis of the array that runs from feet to head."""
    return int(np.argmax(np.abs(affine_mm[2, :3]) / np.linalg.norm(affine_mm[:3, :3], axis=0)))


def difference(one: Volume, other: Volume) -> str:
    """How the grid of another image differs from that of one; "" where they are the same."""
    if one.values.shape != other.values.shape:
        return f"{_sizes(one)} voxels there, {_sizes(other)} here"
    corners = _corners(one.values.shape)
    off = corners @ (other.affine_mm - one.affine_mm)[:3].T
    if np.abs(off).max() <= TOLERANCE * min(one.width_mm.min(), other.width_mm.min()):
        return ""
    if np.abs(one.width_mm / other.width_mm - 1).max() > 1e-3:
        return f"voxels of {_widths(one)} mm there, {_widths(other)} mm here"
    there, here = axis_names(one.affine_mm), axis_names(other.affine_mm)
    if there != here:
        return (
            f"axes point to {there} there and to {here} here: the affine is flipped, or the axes are in"
            " another order"
        )
    shift = other.affine_mm[:3, 3] - one.affine_mm[:3, 3]
    return "shifted by " + ", ".join(f"{s:.3g}" for s in shift) + " mm, or turned"


def resampled(ct: Volume, labels: Volume) -> Volume:
    """A CT on the grid of the labels, by linear interpolation; air where the CT does not reach.

    Raises
    ------
    PhantomError : the CT does not reach some of the labelled voxels.
    """
    to_ct = np.linalg.inv(ct.affine_mm) @ labels.affine_mm
    matrix, offset = to_ct[:3, :3], to_ct[:3, 3]
    shape, reach = labels.values.shape, np.array(ct.values.shape)
    values = np.empty(shape, dtype=np.int16, order="F")
    i, j = (np.arange(n, dtype=float) for n in shape[:2])
    lost = 0
    for first in range(0, shape[2], SLICES):
        last = min(first + SLICES, shape[2])
        start = offset + matrix[:, 2] * first
        size = (shape[0], shape[1], last - first)
        part = np.rint(
            ndimage.affine_transform(ct.values, matrix, start, size, np.float32, order=1, mode="nearest")
        )
        k = np.arange(last - first, dtype=float)
        beyond = np.zeros(size, dtype=bool)
        for axis in range(3):
            place = (
                start[axis]
                + matrix[axis, 0] * i[:, None, None]
                + matrix[axis, 1] * j[None, :, None]
                + matrix[axis, 2] * k[None, None, :]
            )
            beyond |= (place < -0.51) | (place > reach[axis] - 0.49)
        lost += int((beyond & (labels.values[:, :, first:last] > 0)).sum())
        part[beyond] = AIR_HU
        values[:, :, first:last] = part
    if lost:
        raise PhantomError(
            f"{ct.path}: {lost} labelled voxels of {labels.path} lie outside of the CT; are both of one"
            " patient and one scan?"
        )
    return Volume(ct.path, values, labels.affine_mm, ct.sha256, ct.said)


def _corners(shape: tuple[int, ...]) -> NDArray[np.float64]:
    return np.array([[*c, 1.0] for c in itertools.product(*((0.0, n - 1.0) for n in shape))])


def _sizes(volume: Volume) -> str:
    return " x ".join(map(str, volume.values.shape))


def _widths(volume: Volume) -> str:
    return " x ".join(f"{w:.4g}" for w in volume.width_mm)
