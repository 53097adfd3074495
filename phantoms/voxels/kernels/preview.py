"""Photons by a kernel of endless soft tissue: a quick preview of a dose map, never its result."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.voxels.body import VoxelBody


def photon_preview(
    body: VoxelBody,
    emitted: NDArray[np.floating],
    energy_MeV: ArrayLike,
    energy_per_decay_MeV: ArrayLike,
) -> NDArray[np.float64]:
    """Energy of photons absorbed in each voxel, in the unit of ``emitted``: a preview, never the result.

    Parameters
    ----------
    emitted : (I, J, K) photon energy that each voxel emits.
    energy_MeV, energy_per_decay_MeV : (n,) the photon spectrum; only ratios of the second matter.
    """
    raise NotImplementedError
