"""Small bodies of voxels for tests of dose maps, with charged particles that stay where they start."""

from __future__ import annotations

from typing import Any

import numpy as np

from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody

WATER = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
AIR = Tissue("air", 0.0012, {7: 0.76, 8: 0.24})


def box_body(width_mm: float = 10.0, **changes: Any) -> VoxelBody:
    """7 x 5 x 9 voxels: two kidneys, mirrored in the plane x = 0, in a box of soft tissue, within 1 of air
    around it all, and one voxel of gas."""
    code = np.zeros((9, 7, 11), dtype=np.uint8)
    code[1:-1, 1:-1, 1:-1] = 1
    code[2:4, 2:5, 3:7] = 2
    code[5:7, 2:5, 3:7] = 3
    code[4, 3, 8] = 4
    affine = np.diag([width_mm, width_mm, width_mm, 1.0])
    affine[:3, 3] = -4.0 * width_mm
    kinds = (
        Kind(OUTSIDE, None, 0.0),
        Kind("soft tissue", WATER, 1.0),
        Kind("left kidney", WATER, 1.05),
        Kind("right kidney", WATER, 1.05),
        Kind("gas", AIR, 0.0012),
    )
    voxel_kg = (0.1 * width_mm) ** 3 * 1e-3
    n = np.bincount(code.ravel(), minlength=5)
    mass = {k.region: float(n[i]) * k.density_g_per_cm3 * voxel_kg for i, k in enumerate(kinds) if i}
    given: dict[str, Any] = {
        "name": "box", "sex": "both", "code": code, "affine_mm": affine, "kinds": kinds, "mass_kg": mass,
        "sums": {"kidneys": ("left kidney", "right kidney")}, "facts": {"origin": "made up for tests"},
    }  # fmt: skip
    return VoxelBody(**{**given, **changes})


def uniform_in(body: VoxelBody, *regions: str, total: float = 1.0) -> np.ndarray:
    """An activity that is uniform in some regions."""
    inside = body.codes_of(regions)[body.code]
    return np.where(inside, total / inside.sum(), 0.0)
