"""Batches of the walk as SAFs with standard errors, and pairs of regions beside someone else's."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.body import VoxelBody
from phantoms.voxels.walk.photons import Lines, Walker
from phantoms.voxels.walk.sources import starts

BATCHES = 20
SKELETAL = ("red marrow", "osteogenic cells")


class Batches(NamedTuple):
    """What batches left, each over the energy that it emitted.

    absorbed : (B, kinds) share absorbed in the voxels of each code.
    by_fluence : tissue of :data:`SKELETAL` -> (B, kinds), cm3/g.
    """

    absorbed: NDArray[np.float64]
    by_fluence: dict[str, NDArray[np.float64]]


class Pair(NamedTuple):
    """One target and source at one energy, by two programs.

    difference : ours over theirs, less 1. se : standard error of that, both programs' statistics together.
    theirs : SAF in 1/kg, or S value.
    """

    target: str
    source: str
    energy_MeV: float
    difference: float
    se: float
    theirs: float


def walked(
    walker: Walker, source: str, emitted: Lines, histories: int, place: tuple[int, ...], workers: int = 1
) -> Batches:
    """So many histories from a source, in :data:`BATCHES` batches, the same for any number of workers."""
    first, each = starts(walker.body, source), -(-histories // BATCHES)
    with ThreadPoolExecutor(workers) as pool:
        tallies = list(pool.map(lambda n: walker.batch(1, (*place, n), each, emitted, first), range(BATCHES)))
    return Batches(
        np.array([t.absorbed for t in tallies]),
        {
            "red marrow": np.array([t.marrow_cm3_per_g for t in tallies]),
            "osteogenic cells": np.array([t.endosteum_cm3_per_g for t in tallies]),
        },
    )


def absorbed(body: VoxelBody, found: Batches, target: str) -> NDArray[np.float64]:
    """Share of the emitted energy that a region, a sum or the whole body absorbs, (B,)."""
    return np.asarray(found.absorbed[:, body.codes_of(body.parts(target))].sum(axis=1))


def saf_per_kg(body: VoxelBody, found: Batches, target: str) -> NDArray[np.float64]:
    """Mean dose in the target's voxels over the energy emitted, 1/kg, (B,); marrow by fluence."""
    if target in SKELETAL:
        score = found.by_fluence[target]
        return np.asarray(
            sum(
                share * 1e3 * score[:, body.codes_of([r])].sum(axis=1) / body.volume_cm3(r)
                for r, share in body.spread[target].items()
            )
        )
    return absorbed(body, found, target) / voxel_mass_kg(body, target)


def voxel_mass_kg(body: VoxelBody, target: str) -> float:
    """Mass of the voxels of a region, a sum or the whole body, kg."""
    codes = body.codes_of(body.parts(target))
    return float(body.voxels_by_code[codes] @ body.density_by_code[codes]) * body.voxel_cm3 * 1e-3


def pair(
    target: str, source: str, energy_MeV: float, ours: NDArray[np.float64], theirs: float, their_se: float
) -> Pair:
    """Batches beside one published value; theirs and its relative standard error. NaN where we have none."""
    mean, se = float(ours.mean()), float(ours.std(ddof=1)) / np.sqrt(ours.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = float(np.hypot(np.float64(se) / mean, their_se))
    return Pair(target, source, energy_MeV, mean / theirs - 1.0, relative, theirs)


@dataclass(frozen=True)
class Spread:
    """What pairs differ by, beyond statistics.

    number : of pairs. rms : of their differences. statistics : rms of the standard errors. systematic : the
    root of the difference of both squares, 0 where statistics are the larger. se : standard error of
    ``systematic``, of normal differences of its size.
    """

    number: int
    rms: float
    statistics: float
    systematic: float
    se: float

    @classmethod
    def of(cls, pairs: Sequence[Pair]) -> Spread:
        """Of pairs, all with the same weight."""
        d, s = np.array([p.difference for p in pairs]), np.array([p.se for p in pairs])
        beyond = float(np.mean(d**2 - s**2))
        systematic = float(np.sqrt(max(beyond, 0.0)))
        # variance of a mean of squares of normal differences: 2 (s^2 + tau^2)^2
        of_square = float(np.sqrt(2.0 * np.sum((s**2 + systematic**2) ** 2))) / len(pairs)
        # an upper bound of the root's error where the square is near 0
        se = of_square / (2.0 * systematic) if systematic**2 > of_square else float(np.sqrt(of_square))
        return cls(len(pairs), float(np.sqrt(np.mean(d**2))), float(np.sqrt(np.mean(s**2))), systematic, se)
