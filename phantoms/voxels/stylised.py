"""Stylised bodies cut into voxels, as they are or with organs that are larger or elsewhere.

The voxel transport can so be held against that of the equations, and the dose of a made-up patient against
that of the reference body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from phantoms.bodies.stylised.body import SKELETON, Body
from phantoms.errors import PhantomError
from phantoms.geometry.solids import locate
from phantoms.kernels import kernel
from phantoms.skeleton.marrow import marrow_shares, part_shares
from phantoms.transport.materials import tissue
from phantoms.voxels.body import IN_SKELETON, OUTSIDE, Kind, VoxelBody

#: What is left where an organ was.
FILLING = "muscle"


class Change(NamedTuple):
    """An organ that is not as in the reference body: volume over that of the reference, shift in cm."""

    volume: float = 1.0
    shift_cm: tuple[float, float, float] = (0.0, 0.0, 0.0)


def voxelised(
    body: Body, width_mm: float | tuple[float, float, float], changes: Mapping[str, Change] | None = None
) -> VoxelBody:
    """The body in voxels; each is of the region that its middle lies in.

    Parameters
    ----------
    body : a stylised body.
    width_mm : width of the voxels, of all axes or of each.
    changes : region -> what is different about it. It is scaled about the middle of its box and moved; it
        takes the place of what is there, the skeleton and other changed regions excepted, and muscle fills
        the place it left. Its mass is the mass that it then has, that of all others the reference's.

    Raises
    ------
    PhantomError : a region that the body has not.

    Examples
    --------
    >>> from phantoms.bodies.stylised.body import load_body
    >>> small = voxelised(load_body("newborn"), 8.0)
    >>> abs(small.volume_cm3("liver") / load_body("newborn").volumes_cm3["liver"] - 1) < 0.05
    True
    """
    changes = changes or {}
    g, regions = body.solid.geometry, body.solid.regions
    if unknown := sorted(set(changes) - set(regions)):
        raise PhantomError(f"the body '{body.name}' has no region {', '.join(unknown)}")
    width = np.broadcast_to(np.asarray(width_mm, dtype=float), 3) * 0.1
    low, high = g.low, g.low + g.shape * g.cell
    shape = np.ceil((high - low) / width).astype(np.int64)
    middle = [low[a] + (np.arange(shape[a]) + 0.5) * width[a] for a in range(3)]
    code = np.empty(tuple(shape), np.uint8)
    _located(g, middle[0], middle[1], middle[2], code)
    narrow = {r: code == regions.index(r) for r in changes}
    was = code.copy()
    for region, change in changes.items():
        number = regions.index(region)
        box = [middle[a][np.flatnonzero(narrow[region].any(axis=tuple({0, 1, 2} - {a})))] for a in range(3)]
        centre = np.array([0.5 * (b[0] + b[-1]) for b in box])
        factor = change.volume ** (1.0 / 3.0)
        back = [(middle[a] - centre[a] - change.shift_cm[a]) / factor + centre[a] for a in range(3)]
        moved = np.empty_like(code)
        _located(g, back[0], back[1], back[2], moved)
        kept = [0, *(regions.index(r) for r in (*SKELETON, *changes) if r in regions)]
        code[(was == number) & (moved != number)] = regions.index(FILLING)
        code[(moved == number) & ~np.isin(was, kept)] = number
    kinds = [Kind(OUTSIDE, None, 0.0)]
    kinds += [Kind(r, tissue(body.region_material(r)), body.density_g_per_cm3(r)) for r in regions[1:]]
    mass = {r: body.mass_g[r] * 1e-3 for r in regions[1:] if r in body.mass_g}
    voxel_kg = float(np.prod(width)) * 1e-3
    count = np.bincount(code.ravel(), minlength=len(regions))
    for number, region in enumerate(regions):
        if number and (region in changes or region not in mass):
            mass[region] = float(count[number]) * voxel_kg * body.density_g_per_cm3(region)
    mass |= {t: body.bone_tissue_g[t] * 1e-3 for t in IN_SKELETON if t in body.bone_tissue_g}
    volume = {part: body.volumes_cm3[part] for part in SKELETON}
    spread: dict[str, dict[str, float]] = {
        t: part_shares(t, body.name, volume) for t in ("cortical bone", "trabecular bone")
    }
    spread["red marrow"] = marrow_shares(body.name)
    spread["osteogenic cells"] = spread["cortical bone"]
    affine = np.diag([*(10.0 * width), 1.0])
    affine[:3, 3] = [10.0 * m[0] for m in middle]
    affine[:2] *= -1.0  # the equations' x is to the left, y to the back; NIfTI's to the right, to the front
    return VoxelBody(
        body.name if not changes else f"{body.name}, changed", body.sex, code, affine, tuple(kinds), mass,
        {}, spread, frozenset({"cranium", "facial skeleton"}),
        {"origin": f"made by milligray: voxels of {body.source}"},
    )  # fmt: skip


@kernel()
def _located(g, x, y, z, code):  # type: ignore[no-untyped-def]
    for i in range(x.size):
        for j in range(y.size):
            for k in range(z.size):
                code[i, j, k] = locate(g, x[i], y[j], z[k])
