"""A body of voxels as the walk reads it: padded codes, and tables by code."""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.skeleton.marrow import dose_per_fluence_MeV_cm2_per_g
from phantoms.transport.collisions import Collisions, collisions
from phantoms.transport.materials import HIGH_MEV, LOW_MEV, N_ENERGY, Tissue, cross_sections_of
from phantoms.voxels.body import VoxelBody

#: By which marrow responds to photons: not at all, as everywhere, as in the cranium.
NO_BONE, TRUNK, CRANIUM = range(3)


class Media(NamedTuple):
    """Flat arrays of a body of voxels.

    codes : the box that holds the body, with a layer of the code ``edge`` around it, flat in C order.
    shape : of ``codes`` (3,). first : index in the body's array of the first voxel within the layer (3,).
    extent : shape of the body's array (3,). width : cm (3,).
    medium : by code, the row of the tables of cross-sections; 0 outside and for the edge.
    scale : by code, density over that of the table; 0 outside.
    bone : by code, NO_BONE, TRUNK or CRANIUM.
    response : dose per fluence, MeV cm2/g, at the knots of energy: marrow in the trunk, marrow in the
        cranium, endosteum, (3, N_ENERGY).
    """

    codes: NDArray[Any]
    edge: int
    shape: NDArray[np.int64]
    first: NDArray[np.int64]
    extent: NDArray[np.int64]
    width: NDArray[np.float64]
    medium: NDArray[np.int64]
    scale: NDArray[np.float64]
    bone: NDArray[np.int64]
    response: NDArray[np.float64]


def media(body: VoxelBody) -> tuple[Media, Collisions, str]:
    """The arrays, the tables of collisions, and a fingerprint of both (hexadecimal)."""
    tissues: dict[str, int] = {}
    known: list[Tissue] = []
    medium, scale = np.zeros(len(body.kinds) + 1, np.int64), np.zeros(len(body.kinds) + 1)
    for code, kind in enumerate(body.kinds):
        if kind.tissue is None:
            continue
        key = repr(sorted(kind.tissue.fractions.items()))
        if key not in tissues:
            tissues[key] = len(known)
            known.append(kind.tissue)
        medium[code] = 1 + tissues[key]
        scale[code] = kind.density_g_per_cm3 / known[tissues[key]].density_g_per_cm3
    xs = cross_sections_of(known)
    energy = np.geomspace(LOW_MEV, HIGH_MEV, N_ENERGY)
    response = np.stack([
        dose_per_fluence_MeV_cm2_per_g(t, energy) for t in ("marrow", "marrow_cranium", "endosteum")
    ])  # fmt: skip
    skeletal = {r for t in ("red marrow", "osteogenic cells") for r in body.spread.get(t, ())}
    bone = [
        NO_BONE if k.region not in skeletal else CRANIUM if k.region in body.cranial else TRUNK
        for k in body.kinds
    ]
    codes, first = _padded(body)
    made = Media(
        codes.ravel(), len(body.kinds), np.array(codes.shape), first, np.array(body.code.shape),
        np.array(body.width_cm), medium, scale, np.array([*bone, NO_BONE]), response,
    )  # fmt: skip
    digest = hashlib.sha256()
    for table in (*made, *xs):
        digest.update(np.ascontiguousarray(table).tobytes())
    return made, collisions(xs), digest.hexdigest()[:16]


def _padded(body: VoxelBody) -> tuple[NDArray[Any], NDArray[np.int64]]:
    """The box of all voxels that are not outside, within a layer of the edge, and where it begins."""
    filled = body.code > 0
    box = []
    for axis in range(3):
        other = tuple(a for a in range(3) if a != axis)
        at = np.flatnonzero(filled.any(axis=other))
        box.append((int(at[0]), int(at[-1]) + 1) if at.size else (0, 1))
    inner = body.code[tuple(slice(a, b) for a, b in box)]
    edge = len(body.kinds)
    narrow = np.uint8 if edge < 2**8 else np.uint16 if edge < 2**16 else np.uint32
    codes = np.pad(inner.astype(narrow), 1, constant_values=edge)
    return codes, np.array([a for a, _ in box])
