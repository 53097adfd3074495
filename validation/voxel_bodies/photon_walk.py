"""Voxel S values of photons by a walk: a second method for what kernels give, and in tissue that ends.

A cube of voxels, the source in its middle one; photons go from face to face of the voxels, as in a patient's
body (:mod:`phantoms.voxels.walk.photons`). Nothing of a point kernel or of its folding is in it; the tables
of cross-sections are the same.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.transport.materials import LOW_MEV, Tissue, tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels.photons import standard_error
from phantoms.voxels.walk.photons import Walker, lines
from phantoms.voxels.walk.sources import starts_of_map

BATCHES = 20


class Walked(NamedTuple):
    """Share of the photons' energy that the voxel at each offset absorbs, by batch: (batches, n, n, n)."""

    batches: NDArray[np.float64]

    @property
    def share(self) -> NDArray[np.float64]:
        """(n, n, n), the mean."""
        return np.asarray(self.batches.mean(axis=0))

    @property
    def standard_error(self) -> NDArray[np.float64]:
        """(n, n, n), of the mean."""
        return standard_error(self.batches)


def walked(
    energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, width_mm: float, *, half_width_mm: float = 200.0,
    medium: str | Tissue = "soft tissue", offsets: int = 6, histories: int = 200_000, seed: int = 1,
) -> Walked:  # fmt: skip
    """Photons of a spectrum from the middle voxel of a cube of tissue, with nothing around it.

    Parameters
    ----------
    energy_MeV, energy_per_decay_MeV : the spectrum; only the ratios of the second matter.
    width_mm : of the voxels.
    half_width_mm : from the cube's middle to its faces, to the nearest voxel. At 200 mm what would come back
        from beyond is less than 1e-4 of what the voxels within 40 mm get.
    medium, offsets : as for :func:`dosimetry.svalues.voxels.voxel_s_values`.
    histories : photons; the voxels of one offset, up to 48, are averaged.
    """
    energy, share = np.asarray(energy_MeV, dtype=float), np.asarray(energy_per_decay_MeV, dtype=float)
    held = energy >= LOW_MEV
    kind = tissue(medium) if isinstance(medium, str) else medium
    around = max(offsets - 1, round(half_width_mm / width_mm - 0.5))
    side = 2 * around + 1
    code = np.ones((side,) * 3, np.uint8)
    kinds = (Kind(OUTSIDE, None, 0.0), Kind("tissue", kind, kind.density_g_per_cm3))
    mass_kg = 1e-3 * kind.density_g_per_cm3 * (0.1 * width_mm * side) ** 3
    affine = np.diag([width_mm, width_mm, width_mm, 1.0])
    walker = Walker(VoxelBody("cube", "both", code, affine, kinds, {"tissue": mass_kg}))
    activity = np.zeros(code.shape)
    activity[(around,) * 3] = 1.0
    source, emitted = starts_of_map(walker.body, activity), lines(energy[held], share[held])
    window = slice(around - offsets + 1, around + offsets)
    found = []
    for batch in range(BATCHES):
        tally = walker.batch(seed, (batch,), histories // BATCHES, emitted, source, by_voxel=True)
        assert tally.voxels is not None
        found.append(_folded(tally.voxels[window, window, window].astype(float), offsets))
    each = np.array(found) * (share[held].sum() / share.sum())
    each[:, 0, 0, 0] += share[~held].sum() / share.sum()
    return Walked(each)


def _folded(whole: NDArray[np.float64], offsets: int) -> NDArray[np.float64]:
    """The mean over signs and orders of the offsets, by their sizes."""
    middle = offsets - 1
    octants = [
        whole[tuple(slice(middle, None) if s > 0 else slice(middle, None, -1) for s in signs)]
        for signs in itertools.product((1, -1), repeat=3)
    ]
    mean = np.mean(octants, axis=0)
    return np.asarray(np.mean([mean.transpose(p) for p in itertools.permutations(range(3))], axis=0))
