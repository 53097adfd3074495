"""Sums over the batches of a stratum of photons: means by voxel and by code, with their variances.

Batches are added in their order, so that a mean has the same bits whatever the number of threads. Voxels are
those of the body alone; a second grid, if there is one, has sums of its own, since the errors of neighbouring
voxels are correlated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.voxels.maps.grids import Overlap
from phantoms.voxels.walk.photons import Tally


@dataclass
class Moments:
    """Sum and sum of squares of a quantity over batches."""

    total: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def zeros(cls, size: int) -> Moments:
        """Of no batch yet."""
        return cls(np.zeros(size), np.zeros(size))

    def add(self, values: NDArray[Any]) -> None:
        """One more batch."""
        wide = np.asarray(values, dtype=float)
        self.total += wide
        wide = np.square(wide)
        self.squares += wide

    def mean(self, batches: int) -> NDArray[np.float64]:
        """Mean over the batches."""
        return self.total / batches

    def variance(self, batches: int) -> NDArray[np.float64]:
        """Variance of one batch, from how the batches differ."""
        found = self.squares - self.total * (self.total / batches)
        found /= batches - 1
        return np.maximum(found, 0.0, out=found)  # of equal batches rounding may leave less


@dataclass
class Sums:
    """All that is kept of a stratum: shares of its emitted energy by voxel of the body and of the second
    grid; and batch by batch by code, and what left the body."""

    batches: int
    voxels: Moments
    others: Moments | None
    codes: list[NDArray[np.float64]] = field(default_factory=list)
    escaped: list[float] = field(default_factory=list)

    @classmethod
    def empty(cls, inside: int, others: int | None) -> Sums:
        """Of no batch yet; ``inside`` and ``others`` are numbers of voxels."""
        return cls(0, Moments.zeros(inside), None if others is None else Moments.zeros(others))

    def add(self, tally: Tally, inside: NDArray[np.int64], to_other: Overlap | None) -> None:
        """One more batch, the next in order."""
        assert tally.voxels is not None  # it was asked for
        values = tally.voxels.ravel()[inside]
        self.voxels.add(values)
        if self.others is not None and to_other is not None:
            alone = np.zeros(tally.voxels.size)
            alone[inside] = values
            self.others.add(to_other.spread(alone.reshape(tally.voxels.shape)).ravel())
        self.codes.append(np.asarray(tally.absorbed, dtype=float))
        self.escaped.append(float(tally.escaped))
        self.batches += 1

    def by_code(self) -> NDArray[np.float64]:
        """(batches, kinds) share of the emitted energy in the voxels of each code."""
        return np.array(self.codes)

    def balance(self) -> tuple[float, float]:
        """Absorbed and escaped energy over what was emitted, 1 in the mean, and its standard error."""
        found = self.by_code().sum(axis=1) + np.array(self.escaped)
        return float(found.mean()), float(found.std(ddof=1)) / self.batches**0.5

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """Everything as arrays, for a file."""
        found = {
            f"{name} batches": np.array(self.batches),
            f"{name} voxels": self.voxels.total,
            f"{name} voxels squared": self.voxels.squares,
            f"{name} codes": self.by_code(),
            f"{name} escaped": np.array(self.escaped),
        }
        if self.others is not None:
            found[f"{name} others"] = self.others.total
            found[f"{name} others squared"] = self.others.squares
        return found

    @classmethod
    def of_arrays(cls, name: str, kept: Any) -> Sums:
        """From what :meth:`arrays` gave."""
        others = None
        if f"{name} others" in kept:
            others = Moments(kept[f"{name} others"], kept[f"{name} others squared"])
        return cls(
            int(kept[f"{name} batches"]),
            Moments(kept[f"{name} voxels"], kept[f"{name} voxels squared"]),
            others,
            list(kept[f"{name} codes"]),
            kept[f"{name} escaped"].tolist(),
        )
