"""Point kernels folded over the voxels of a body, one convolution a class of density of the source voxel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.body import VoxelBody
from phantoms.voxels.kernels.point import PointKernel

if TYPE_CHECKING:
    from phantoms.voxels.walk.sources import Starts


def deposited(
    body: VoxelBody, emitted: NDArray[np.floating], kernel: PointKernel | None
) -> NDArray[np.float64]:
    """Energy absorbed in each voxel, in the unit of ``emitted``; what reaches the outside is lost.

    Parameters
    ----------
    body : its densities scale the kernel: radius in cm is that in g/cm2 over the SOURCE voxel's density.
    emitted : (I, J, K) energy that each voxel emits; 0 outside of the body, or PhantomError.
    kernel : of :func:`phantoms.voxels.kernels.point.electron_kernel`; None: all stays in the voxel (alphas).
    """
    raise NotImplementedError


def absorbed_by_code(body: VoxelBody, starts: Starts, kernel: PointKernel | None) -> NDArray[np.float64]:
    """Share of the energy emitted by a source that the voxels of each code absorb, (kinds,)."""
    raise NotImplementedError
