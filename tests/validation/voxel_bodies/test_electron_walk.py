"""Kernels of electrons against a walk from voxel to voxel, in one density and in two."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels.convolve import absorbed_by_code
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.walk.sources import starts
from validation.voxel_bodies.electron_walk import past_a_face, walked

WATER = Tissue("water", 1.0, {1: 0.111894, 8: 0.888106})
SPECTRUM = ([0.15, 0.35], [0.3, 0.7])


def ball_in_a_box(inside: float, around: float) -> VoxelBody:
    """A ball of 2 mm radius in a box of 10 mm that is cut off at one side; voxels of 0.5 x 0.5 x 1 mm."""
    code = np.ones((20, 20, 10), dtype=np.uint8)
    middle = (np.indices(code.shape).T + 0.5) * (0.5, 0.5, 1.0) - 5.0
    code[np.linalg.norm(middle, axis=-1).T < 2.0] = 2
    code[:7] = 0
    kinds = (Kind(OUTSIDE, None, 0.0), Kind("around", WATER, around), Kind("ball", WATER, inside))
    affine = np.diag([0.5, 0.5, 1.0, 1.0])
    return VoxelBody("box", "both", code, affine, kinds, {"around": 1.0, "ball": 1.0})


@pytest.mark.parametrize(
    ("inside", "around", "beyond"),
    # of the energy that leaves the ball, what heterogeneity may change: none; what a lung gives back
    [(1.0, 1.0, 0.0), (0.3, 1.0, 0.08), (1.0, 0.3, 0.08)],
)
def test_kernels_give_what_a_walk_gives(inside: float, around: float, beyond: float) -> None:
    body = ball_in_a_box(inside, around)
    source = starts(body, "ball")
    kernel = electron_kernel(*SPECTRUM)
    found = absorbed_by_code(body, source, kernel)
    histories = 8000 if inside == around else 1500
    walk = walked(body, source, *SPECTRUM, histories=histories, seed=3)
    leaves = 1.0 - found[2]
    assert leaves > 0.1
    assert walk.standard_error[2] < 0.02
    assert found[2] == pytest.approx(walk.share[2], abs=4.0 * walk.standard_error[2] + beyond * leaves)
    if inside == around:
        assert found[1] == pytest.approx(walk.share[1], abs=4.0 * walk.standard_error[1])
        assert found[1:].sum() < kernel.within[-1] - 0.02  # some leaves through the side that is cut off


def test_past_a_face_lung_gets_the_right_energy_and_its_first_layer_too_much_of_it() -> None:
    """As docs/patient-body.md says; the kernel is that of tissue, and goes by volume."""
    found = past_a_face(histories=1500)
    se = float(np.sqrt((found["se_walk"] ** 2).sum()))
    assert found["kernels"].sum() == pytest.approx(found["walk"].sum(), abs=4.0 * se)
    first, deep = found.iloc[0], found.iloc[2:].sum()
    assert first["kernels"] > first["walk"] + 3.0 * first["se_walk"]
    assert deep["kernels"] < 0.1 * deep["walk"]
