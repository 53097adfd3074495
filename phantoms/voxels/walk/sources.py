"""Where photons start in a body of voxels: the voxels of a source, and how its activity is shared out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.body import TOTAL_BODY, VoxelBody

#: Photons below go so much less far than those above that they are followed apart from them, MeV.
SOFT_MEV = 0.030


class Starts(NamedTuple):
    """Voxels of a source, and its activity added up over them.

    voxel : (n,) flat index into the body's ``code``, C order, ascending.
    cumulative : (n,) ascending, the last is 1.
    """

    voxel: NDArray[np.int64]
    cumulative: NDArray[np.float64]


def starts(body: VoxelBody, source: str) -> Starts:
    """The voxels of a source region.

    A region: uniform by volume. A sum of regions ("kidneys"): the same in each, and by mass between them.
    "total body": by mass, voxel by voxel. Tissues of the skeleton (``body.spread``): by their share in each
    region, of what is in the image.

    Raises
    ------
    PhantomError : the body has no such source.
    """
    if source == TOTAL_BODY:
        return _by_code(body, body.density_by_code * _mass_over_voxels(body))
    shares: Mapping[str, float]
    if source in body.spread and sum(body.spread[source].values()) > 0.0:
        shares = body.spread[source]
    else:
        shares = {part: body.mass_of(part) for part in body.parts(source)}
    per_code = np.zeros(len(body.kinds))
    for region, share in shares.items():
        codes = body.codes_of([region])
        per_code[codes] = share / body.voxels_by_code[codes].sum()
    return _by_code(body, per_code)


def starts_of_map(body: VoxelBody, activity: NDArray[Any]) -> Starts:
    """Voxels with activity, in proportion to it.

    activity : (I, J, K) on the body's grid, in any unit, 0 or above; uniform in each voxel.

    Raises
    ------
    PhantomError : another grid; values that are negative, not finite, or all 0.
    """
    if activity.shape != body.code.shape:
        raise PhantomError(
            f"activity has {' x '.join(map(str, activity.shape))} voxels, and the body"
            f" {' x '.join(map(str, body.code.shape))}"
        )
    flat = np.asarray(activity, dtype=float).ravel()
    if not np.all(np.isfinite(flat)) or flat.min() < 0.0 or not flat.any():
        raise PhantomError("activity by voxel must be finite, 0 or above, and somewhere above 0")
    voxel = np.flatnonzero(flat)
    return _shared(voxel, flat[voxel])


def _mass_over_voxels(body: VoxelBody) -> NDArray[np.float64]:
    """By code: mass of its region as segmented over the mass that the region's voxels have."""
    in_voxels = body.voxels_by_code * body.density_by_code
    factor = np.zeros(len(body.kinds))
    for region in body.regions:
        codes = body.codes_of([region])
        if (total := in_voxels[codes].sum()) > 0.0:
            factor[codes] = body.mass_of(region) / total
    return factor


def _by_code(body: VoxelBody, weight: NDArray[np.float64]) -> Starts:
    """Voxels whose code has a weight, each with it."""
    flat = body.code.ravel()
    voxel = np.flatnonzero((weight > 0.0)[flat])
    if not voxel.size:
        raise PhantomError(f"the source fills no voxel of the body '{body.name}'")
    return _shared(voxel, weight[flat[voxel]])


def _shared(voxel: NDArray[np.int64], weight: NDArray[np.float64]) -> Starts:
    cumulative = np.cumsum(weight)
    cumulative /= cumulative[-1]
    return Starts(voxel, cumulative)
