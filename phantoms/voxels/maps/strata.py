"""Photons in two strata, of which each is followed until its share of the error is small enough.

Photons under 30 keV bring little of the energy and, drawn with all others, half of a map's variance: most of
what they leave lies in the voxel that they start in, by rare histories. So they have histories of their own;
how many each stratum gets follows from what each adds to the variance, at least cost.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.walk.sources import SOFT_MEV

#: Photons below are absorbed where they start: at 5 keV the mean free path in water is 0.24 mm.
LOCAL_BELOW_MEV = 0.005
#: What a history costs beside one of the other photons; it decides only how the histories are shared.
COST_OF_SOFT = 0.35
#: A round has at most so many times the batches that are there, since a first estimate is a rough one.
GROWTH = 3


class Stratum(NamedTuple):
    """Photons that are followed together: their lines, and a history's cost beside others'."""

    name: str
    energy_MeV: NDArray[np.float64]
    energy_per_decay_MeV: NDArray[np.float64]
    cost: float

    @property
    def total_MeV(self) -> float:
        """Energy emitted per decay, MeV."""
        return float(self.energy_per_decay_MeV.sum())


class Strata(NamedTuple):
    """All photons of an emission: what is followed, and the energy per decay that stays where it starts."""

    followed: tuple[Stratum, ...]
    local_MeV: float


def strata(energy_MeV: NDArray[np.float64], energy_per_decay_MeV: NDArray[np.float64]) -> Strata:
    """Photon lines in strata; those that emit nothing are left out.

    >>> s = strata(np.array([0.002, 0.014, 0.909]), np.array([0.001, 0.01, 0.9]))
    >>> [(one.name, one.total_MeV) for one in s.followed], s.local_MeV
    ([('30 keV and more', 0.9), ('under 30 keV', 0.01)], 0.001)
    """
    energy = np.asarray(energy_MeV, dtype=float)
    emitted = np.asarray(energy_per_decay_MeV, dtype=float)
    local, hard = energy < LOCAL_BELOW_MEV, energy >= SOFT_MEV
    parts = (("30 keV and more", hard, 1.0), ("under 30 keV", ~local & ~hard, COST_OF_SOFT))
    followed = tuple(
        Stratum(name, energy[which], emitted[which], cost)
        for name, which, cost in parts
        if emitted[which].sum() > 0.0
    )
    return Strata(followed, float(emitted[local].sum()))


def needed(
    variance: Sequence[float], cost: Sequence[float], done: Sequence[int], limit: float
) -> tuple[int, ...]:
    """Batches of each stratum that bring the variance of the mean to a limit at least cost.

    Parameters
    ----------
    variance : of one batch of each stratum, in the unit of the limit.
    done : batches that are there already, and count.

    >>> needed((0.04, 0.01), (1.0, 1.0), (2, 2), 1e-3)
    (60, 30)
    >>> needed((0.04, 0.01), (1.0, 1.0), (80, 2), 1e-3)
    (80, 20)
    """
    wanted = [float(n) for n in done]
    free = [k for k, v in enumerate(variance) if v > 0.0]
    while free:
        # strata that have more than they would get now give the others what is left of the limit
        left = limit - sum(variance[k] / wanted[k] for k in range(len(variance)) if k not in free)
        if left <= 0.0:
            break
        root = sum(math.sqrt(variance[k] * cost[k]) for k in free)
        found = {k: math.sqrt(variance[k] / cost[k]) * root / left for k in free}
        enough = [k for k in free if found[k] <= done[k]]
        if not enough:
            for k in free:
                wanted[k] = found[k]
            break
        free = [k for k in free if k not in enough]
    return tuple(math.ceil(n - 1e-9) for n in wanted)


def next_round(wanted: Sequence[int], done: Sequence[int]) -> tuple[int, ...]:
    """Batches after the next round: no more than an estimate from those that are there bears.

    >>> next_round((60, 9), (4, 8))
    (12, 9)
    """
    return tuple(min(w, GROWTH * d) for w, d in zip(wanted, done, strict=True))
