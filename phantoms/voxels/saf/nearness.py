"""How far the regions of a body are from each other, by their nearest voxels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from phantoms.skeleton.marrow import BONE_TARGETS
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.saf.regions import BONE_SOURCES, Regions

#: Distances are taken on a grid of voxels about so wide, cm.
GRID_CM = 0.8


def distances_cm(regions: Regions) -> NDArray[np.float64]:
    """Distance from each simulated source to each target, nearest voxels, cm, (sources, targets).

    On a grid coarsened to about 8 mm, so that each is known to about that; 0 where source and target touch
    or overlap. Tissues of the skeleton are where the regions are that they are spread over.
    """
    from scipy.ndimage import distance_transform_edt

    held, width = _coarse(regions.body)
    targets = {t: _places(regions, t, held) for t in regions.targets}
    found = np.zeros((len(regions.simulated), len(targets)))
    for i, source in enumerate(regions.simulated):
        away = distance_transform_edt(~_places(regions, source, held), sampling=width)
        for j, there in enumerate(targets.values()):
            found[i, j] = max(0.0, float(away[there].min()) - max(width))
    return found


def _coarse(body: VoxelBody) -> tuple[NDArray[np.bool_], tuple[float, ...]]:
    """Which regions are in each cell of a coarse grid, (regions, I, J, K), and the cells' widths in cm."""
    by = [max(1, round(GRID_CM / w)) for w in body.width_cm]
    shape = [-(-n // b) for n, b in zip(body.code.shape, by, strict=True)]
    number = np.array([-1, *(body.regions.index(k.region) for k in body.kinds[1:])])
    held = np.zeros((len(body.regions), *shape), dtype=bool)
    at = np.nonzero(body.code)
    cell = [i // b for i, b in zip(at, by, strict=True)]
    held[number[body.code[at]], cell[0], cell[1], cell[2]] = True
    return held, tuple(w * b for w, b in zip(body.width_cm, by, strict=True))


def _places(regions: Regions, name: str, held: NDArray[np.bool_]) -> NDArray[np.bool_]:
    body = regions.body
    if name != TOTAL_BODY and name in (*BONE_TARGETS, *BONE_SOURCES) and name in regions.skeletal:
        parts = tuple(r for r, share in body.spread[name].items() if share > 0.0)
    else:
        parts = body.parts(name)
    return np.asarray(held[[body.regions.index(p) for p in parts]].any(axis=0))
