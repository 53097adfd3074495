"""A MADE-UP patient: label volume, CT and activity of a trunk, drawn from ellipsoids. Nobody was imaged.

Labels are numbered as TotalSegmentator's task "total" numbers its classes; a lesion in the liver has a number
of its own (labels.toml). The image ends at the neck and at the hips, as many scans do. Written are

    labels.nii.gz     classes
    ct.nii.gz         Hounsfield units, with noise, and a couch below the patient
    activity.nii.gz   time-integrated activity coefficient of each voxel, h (MBq h per MBq injected)
    tiac.csv          the same by region

    python examples/patient-body/make_data.py [FOLDER]
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

WIDTH_MM = 4.0
#: Size of the image in mm; x runs to the patient's right, y to the front, z to the head.
SIZE_MM = (400.0, 280.0, 620.0)
SEED, NOISE_HU = 20261122, 20.0
AIR, SOFT, LUNG, FAT, BONE, COUCH = -1000.0, 45.0, -740.0, -100.0, 320.0, -150.0

#: Class -> middle and half axes of its ellipsoids in mm; later ones take the place of earlier ones.
ORGANS: dict[int, tuple[tuple[float, ...], ...]] = {
    10: ((-75, 0, 500, 55, 80, 75),),  # lungs by lobe: left upper, left lower
    11: ((-75, -10, 420, 58, 80, 65),),
    12: ((75, 0, 510, 55, 80, 65),),  # right upper, middle, lower
    13: ((78, 30, 455, 55, 50, 40),),
    14: ((75, -15, 420, 58, 80, 60),),
    51: ((-28, 30, 430, 52, 42, 52),),  # heart
    5: ((70, 10, 320, 85, 75, 75),),  # liver
    1: ((-105, -35, 320, 32, 38, 52),),  # spleen
    6: ((-55, 40, 300, 45, 35, 45),),  # stomach
    7: ((-5, 5, 270, 60, 14, 16),),  # pancreas
    2: ((62, -55, 235, 27, 27, 55),),  # kidneys: right, left
    3: ((-62, -55, 245, 27, 27, 55),),
    8: ((45, -50, 300, 12, 8, 10),),  # adrenals: right, left
    9: ((-40, -50, 308, 12, 8, 10),),
    18: ((0, 35, 160, 90, 45, 50),),  # small bowel
    20: ((110, 25, 190, 25, 35, 85), (-110, 25, 190, 25, 35, 85)),  # colon
    21: ((0, 40, 60, 40, 35, 35),),  # urinary bladder
    77: ((-105, -15, 90, 30, 65, 75),),  # hip bones: left, right
    78: ((105, -15, 90, 30, 65, 75),),
    52: ((-10, -25, 330, 12, 12, 190),),  # aorta
    201: ((95, 15, 340, 17, 17, 17),),  # the lesion in the liver
}
#: Vertebrae L5 to L1 and T12 to T1: classes 27 to 43, from below upwards.
VERTEBRAE, SPINE_MM = range(27, 44), (90.0, 570.0)
SACRUM = 25
#: TIAC of each region in h, much as those of a 89Zr-labelled antibody; the rest of the body has the rest.
TIAC_H = {
    "liver": 18.0, "lesion 1": 0.6, "spleen": 1.6, "kidneys": 1.5, "lungs": 3.0, "heart": 3.4,
    "red marrow": 4.5, "remainder": 55.0,
}  # fmt: skip
CLASSES = {
    "liver": (5,), "lesion 1": (201,), "spleen": (1,), "kidneys": (2, 3), "lungs": (10, 11, 12, 13, 14),
    "heart": (51,), "red marrow": (*VERTEBRAE, SACRUM, 77, 78),
}  # fmt: skip
LABEL_TABLE = """\
# TotalSegmentator's classes, and a lesion that was outlined by hand
name = "TotalSegmentator total, v2, and a lesion"
extends = "totalsegmentator"

[labels]
201 = { region = "lesion 1", tissue = "soft tissue", density_g_per_cm3 = 1.05 }
"""


def patient() -> tuple[NDArray[np.uint8], NDArray[np.int16], NDArray[np.float32], NDArray[np.float64]]:
    """Labels, CT in HU, TIAC by voxel in h, and the affine."""
    shape = tuple(round(s / WIDTH_MM) for s in SIZE_MM)
    corner = (-SIZE_MM[0] / 2, -SIZE_MM[1] / 2, 0.0)
    x, y, z = (
        (corner[a] + (np.arange(shape[a]) + 0.5) * WIDTH_MM).reshape([-1 if b == a else 1 for b in range(3)])
        for a in range(3)
    )

    def ellipsoid(at: tuple[float, ...], shrink_mm: float = 0.0) -> NDArray[np.bool_]:
        a, b, c = (half - shrink_mm for half in at[3:])
        return ((x - at[0]) / a) ** 2 + ((y - at[1]) / b) ** 2 + ((z - at[2]) / c) ** 2 <= 1.0

    trunk: Callable[[float], NDArray[np.bool_]] = lambda shrink: (  # noqa: E731
        (x / (170.0 - shrink)) ** 4 + (y / (110.0 - shrink)) ** 4 + 0.0 * z <= 1.0
    )
    body = trunk(0.0)
    labels = np.zeros(shape, np.uint8)
    hu = np.where(body, np.where(trunk(18.0), SOFT, FAT), AIR)
    hu[np.broadcast_to((np.abs(x) < 190.0) & (y < -118.0) & (y > -126.0) & (z > -1.0), shape)] = COUCH
    for number, ellipsoids in ORGANS.items():
        for at in ellipsoids:
            labels[ellipsoid(at) & body] = number
    column = body & ((x / 22.0) ** 2 + ((y + 62.0) / 20.0) ** 2 + 0.0 * z <= 1.0)
    low, high = SPINE_MM
    which = np.floor((z - low) / (high - low) * len(VERTEBRAE)).astype(int)
    for i, number in enumerate(VERTEBRAE):
        labels[column & (which == i)] = number
    labels[column & (z < low) & (z > 20.0)] = SACRUM
    hu[np.isin(labels, CLASSES["lungs"])] = LUNG
    hu[np.isin(labels, CLASSES["red marrow"])] = BONE
    hu[(labels > 0) & (hu < -90.0) & (hu > -110.0)] = SOFT
    noise = np.random.default_rng(SEED).normal(0.0, NOISE_HU, shape)
    ct = np.clip(np.rint(hu + noise), -1024, 3071).astype(np.int16)
    tiac_h = np.zeros(shape, np.float32)
    for region, numbers in CLASSES.items():
        inside = np.isin(labels, numbers)
        tiac_h[inside] = TIAC_H[region] / np.count_nonzero(inside)
    rest = body & (tiac_h == 0.0)
    tiac_h[rest] = TIAC_H["remainder"] / np.count_nonzero(rest)
    affine = np.diag([WIDTH_MM, WIDTH_MM, WIDTH_MM, 1.0])
    affine[:3, 3] = [corner[a] + 0.5 * WIDTH_MM for a in range(3)]
    return labels, ct, tiac_h, affine


def write(folder: Path) -> None:
    """All files of the example."""
    folder.mkdir(parents=True, exist_ok=True)
    *images, affine = patient()
    for name, image in zip(("labels", "ct", "activity"), images, strict=True):
        nifti = nib.Nifti1Image(image, affine)  # type: ignore[no-untyped-call]
        nifti.header.set_xyzt_units("mm")
        nib.save(nifti, folder / f"{name}.nii.gz")
    (folder / "labels.toml").write_text(LABEL_TABLE, encoding="utf-8")
    rows = ["source,tiac_h", *(f"{region},{tiac:g}" for region, tiac in TIAC_H.items())]
    (folder / "tiac.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
