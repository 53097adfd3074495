"""Stylised bodies cut into voxels, as they are or with organs that are larger or elsewhere.

The voxel transport can so be held against that of the equations, and the dose of a made-up patient against
that of the reference body.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.bodies.stylised.body import SKELETON, Body
from phantoms.errors import PhantomError
from phantoms.geometry.solids import locate
from phantoms.kernels import kernel
from phantoms.skeleton.marrow import marrow_shares, part_shares
from phantoms.transport.materials import tissue
from phantoms.voxels.body import IN_SKELETON, OUTSIDE, Kind, VoxelBody

#: What is left where an organ was.
FILLING = "muscle"
#: How far points within voxels wander along an axis, in voxels, for a voxel's step along the next axis and
#: the one after: what a face along the axes is to a grid that is turned by 6 and 9 degrees.
STAGGER = (0.105, 0.158)
#: A box that is longer than whole voxels by this share of one, or less, is so by rounding.
ROUNDING = 1e-9


class Change(NamedTuple):
    """An organ that is not as in the reference body: volume over that of the reference, shift in cm."""

    volume: float = 1.0
    shift_cm: tuple[float, float, float] = (0.0, 0.0, 0.0)


def voxelised(
    body: Body,
    width_mm: float | tuple[float, float, float],
    changes: Mapping[str, Change] | None = None,
    *,
    tilt_degrees: tuple[float, float, float] = (0.0, 0.0, 0.0),
    staggered: bool | None = None,
) -> VoxelBody:
    """The body in voxels; each is of the region that one point of it lies in.

    The equations have plane faces along the body's axes (skin, liver, intestines). A grid along them that
    looks at the middles of its voxels takes a layer there as a whole or not at all, which no segmentation of
    a real body does: such a grid is staggered, so that every layer is taken in its share.

    Parameters
    ----------
    body : a stylised body.
    width_mm : width of the voxels, of all axes or of each.
    changes : region -> what is different about it. It is scaled about the middle of its box and moved; it
        takes the place of what is there, the skeleton and other changed regions excepted, and muscle fills
        the place it left. Masses are the published ones, and go with what a region gained or lost by it.
    tilt_degrees : turns of the grid about the body's x, y and z axis, one after the other. A tilted grid cuts
        the faces in their share by itself.
    staggered : the points wander through their voxels from one voxel to the next (:data:`STAGGER`), evenly
        over each; False: they are the middles. None: staggered where the grid is not tilted.

    Raises
    ------
    PhantomError : a region that the body has not.

    Examples
    --------
    >>> from phantoms.bodies.stylised.body import load_body
    >>> small = voxelised(load_body("newborn"), 4.0)
    >>> abs(small.volume_cm3("liver") / load_body("newborn").volumes_cm3["liver"] - 1) < 0.05
    True
    """
    changes = changes or {}
    g, regions = body.solid.geometry, body.solid.regions
    if unknown := sorted(set(changes) - set(regions)):
        raise PhantomError(f"the body '{body.name}' has no region {', '.join(unknown)}")
    width = np.broadcast_to(np.asarray(width_mm, dtype=float), 3) * 0.1
    turn = _turn(tilt_degrees)
    ends = (g.low, g.low + g.shape * g.cell)
    corners = np.array([[ends[i][0], ends[j][1], ends[k][2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
    low, high = (corners @ turn).min(axis=0), (corners @ turn).max(axis=0)
    shape = np.ceil((high - low) / width - ROUNDING).astype(np.int64)
    step = turn * width  # columns: from a voxel to the next, cm
    first = turn @ low + step @ np.full(3, 0.5)
    code = np.empty(tuple(shape), np.uint8)
    wander = STAGGER if (staggered if staggered is not None else not any(tilt_degrees)) else (0.0, 0.0)
    _located(g, first, step, *wander, code)
    was = code.copy()
    for region, change in changes.items():
        number = regions.index(region)
        inside = np.argwhere(was == number) @ step.T + first
        centre = 0.5 * (inside.min(axis=0) + inside.max(axis=0))
        factor = change.volume ** (1.0 / 3.0)
        moved = np.empty_like(code)
        _located(g, (first - centre - change.shift_cm) / factor + centre, step / factor, *wander, moved)
        kept = [0, *(regions.index(r) for r in (*SKELETON, *changes) if r in regions)]
        code[(was == number) & (moved != number)] = regions.index(FILLING)
        code[(moved == number) & ~np.isin(was, kept)] = number
    kinds = [Kind(OUTSIDE, None, 0.0)]
    kinds += [Kind(r, tissue(body.region_material(r)), body.density_g_per_cm3(r)) for r in regions[1:]]
    mass = {r: body.mass_g[r] * 1e-3 for r in regions[1:] if r in body.mass_g}
    voxel_kg = float(np.prod(width)) * 1e-3
    count, before = (np.bincount(c.ravel(), minlength=len(regions)) for c in (code, was))
    for number, region in enumerate(regions[1:], start=1):
        if region not in mass:
            mass[region] = float(count[number]) * voxel_kg * body.density_g_per_cm3(region)
        elif count[number] != before[number]:
            mass[region] *= float(count[number] / before[number])
    mass |= {t: body.bone_tissue_g[t] * 1e-3 for t in IN_SKELETON if t in body.bone_tissue_g}
    volume = {part: body.volumes_cm3[part] for part in SKELETON}
    spread: dict[str, dict[str, float]] = {
        t: part_shares(t, body.name, volume) for t in ("cortical bone", "trabecular bone")
    }
    spread["red marrow"] = marrow_shares(body.name)
    spread["osteogenic cells"] = spread["cortical bone"]
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = 10.0 * step, 10.0 * first
    affine[:2] *= -1.0  # the equations' x is to the left, y to the back; NIfTI's to the right, to the front
    return VoxelBody(
        body.name if not changes else f"{body.name}, changed", body.sex, code, affine, tuple(kinds), mass,
        {}, spread, frozenset({"cranium", "facial skeleton"}),
        {"origin": f"made by milligray: voxels of {body.source}"},
    )  # fmt: skip


def _turn(degrees: tuple[float, float, float]) -> NDArray[np.float64]:
    """The rotation by angles about x, y and z, one after the other; (3, 3), exactly 1 without any."""
    if not any(degrees):
        return np.eye(3)
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.from_euler("xyz", degrees, degrees=True).as_matrix())


@kernel(inline="always")
def _within(wander):  # type: ignore[no-untyped-def]
    """Where in a voxel a point is that wanders, from its middle, in [-0.5, 0.5) of its width."""
    return wander + 0.5 - np.floor(wander + 0.5) - 0.5


@kernel()
def _located(g, first, step, near, far, code):  # type: ignore[no-untyped-def]
    """The region at one point of each voxel: at first + step @ index, cm, or up to half a voxel beside it."""
    for i in range(code.shape[0]):
        for j in range(code.shape[1]):
            for k in range(code.shape[2]):
                a = i + _within(near * j + far * k)
                b = j + _within(near * k + far * i)
                c = k + _within(near * i + far * j)
                x = first[0] + step[0, 0] * a + step[0, 1] * b + step[0, 2] * c
                y = first[1] + step[1, 0] * a + step[1, 1] * b + step[1, 2] * c
                z = first[2] + step[2, 0] * a + step[2, 1] * b + step[2, 2] * c
                code[i, j, k] = locate(g, x, y, z)
