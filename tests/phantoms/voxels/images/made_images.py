"""A made-up patient as images: TotalSegmentator's numbers, a CT with its couch, in any orientation."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import nibabel
import numpy as np
from numpy.typing import NDArray

#: Semi-axes of the body's cross-section, mm; its arms are not in the image, and it is cut at both ends.
BODY_MM = (150.0, 95.0)
#: number -> CT number, middle, semi-axes (mm)
ORGANS: dict[int, tuple[int, tuple[float, float, float], tuple[float, float, float]]] = {
    5: (60, (60, 0, 40), (60, 55, 55)),  # liver
    10: (-780, (-65, 0, 150), (50, 60, 60)),  # left lung, upper lobe
    11: (-800, (-65, 0, 60), (45, 50, 25)),  # left lung, lower lobe
    12: (-780, (65, 0, 150), (50, 60, 60)),  # right lung, upper lobe
    2: (35, (60, -45, -50), (22, 22, 40)),  # right kidney
    3: (35, (-60, -45, -50), (22, 22, 40)),  # left kidney
    21: (5, (0, 20, -170), (30, 30, 30)),  # urinary bladder
    29: (250, (0, -60, -100), (20, 20, 15)),  # L3
    30: (250, (0, -60, -60), (20, 20, 15)),  # L2
    77: (350, (-80, -30, -150), (35, 30, 50)),  # left hip bone
}
COUCH_HU, FAT_HU, MUSCLE_HU, AIR_HU = 180, -100, 50, -1000


class Made(NamedTuple):
    """Labels, CT, which voxels are of the body, and the affine (mm)."""

    labels: NDArray[np.uint8]
    ct: NDArray[np.int16]
    body: NDArray[np.bool_]
    affine_mm: NDArray[np.float64]


def patient(width_mm: tuple[float, float, float] = (5.0, 5.0, 5.0)) -> Made:
    """The patient with voxels of these widths; +x is right, +y the front, +z the head."""
    extent = (380.0, 260.0, 480.0)
    x, y, z = (
        (np.arange(round(e / w)) - 0.5 * (round(e / w) - 1)) * w
        for e, w in zip(extent, width_mm, strict=True)
    )
    x, y, z = x[:, None, None], y[None, :, None], z[None, None, :]
    zeros = 0.0 * (x + y + z)
    body = (x / BODY_MM[0]) ** 2 + (y / BODY_MM[1]) ** 2 + zeros <= 1.0
    inner = (x / (BODY_MM[0] - 15)) ** 2 + (y / (BODY_MM[1] - 15)) ** 2 + zeros <= 1.0
    ct = np.where(inner, MUSCLE_HU, np.where(body, FAT_HU, AIR_HU))
    couch = (np.abs(y + 108) <= 5) & (np.abs(x) < 180) & (zeros == 0)
    ct = np.where(couch & ~body, COUCH_HU, ct)
    labels = np.zeros(ct.shape, dtype=np.uint8)
    for number, (hu, (a, b, c), (p, q, r)) in ORGANS.items():
        organ = ((x - a) / p) ** 2 + ((y - b) / q) ** 2 + ((z - c) / r) ** 2 <= 1.0
        labels[organ], ct = number, np.where(organ, hu, ct)
    affine = np.diag([*width_mm, 1.0])
    affine[:3, 3] = [v.ravel()[0] for v in (x, y, z)]
    return Made(labels, ct.astype(np.int16), body, affine)


def turned(
    array: NDArray[Any], affine_mm: NDArray[np.float64], axes: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """The same image with its array's axes pointing elsewhere, e.g. "LPS"."""
    image = nibabel.Nifti1Image(array, affine_mm)
    target = nibabel.orientations.axcodes2ornt(tuple(axes))
    change = nibabel.orientations.ornt_transform(nibabel.io_orientation(affine_mm), target)
    other = image.as_reoriented(change)
    return np.asarray(other.dataobj), other.affine


def write(
    path: Path, array: NDArray[Any], affine_mm: NDArray[np.float64], *, unit: str = "mm", **codes: int
) -> Path:
    """A NIfTI file of an array."""
    image = nibabel.Nifti1Image(array, affine_mm)
    image.header.set_xyzt_units(unit)
    image.set_sform(affine_mm, code=codes.get("sform", 1))
    if codes.get("qform"):
        image.set_qform(affine_mm, code=codes["qform"])
    nibabel.save(image, path)
    return path
