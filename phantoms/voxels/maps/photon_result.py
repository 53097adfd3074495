"""What a run of photons aims at, and what it gives."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.maps.strata import Stratum
from phantoms.voxels.maps.sums import Moments, Sums


@dataclass(frozen=True)
class Target:
    """When a run has enough: the precision, in voxels whose dose is not of photons alone.

    precision : relative standard error, root mean square over voxels weighted with ``weight``.
    weight : (inside,) activity of the body's voxels, sum 1.
    other_MeV : (inside,) energy per decay that each absorbs of other radiation than these photons.
    most_histories : of all strata together; the run ends there, whatever the precision is by then.
    """

    precision: float
    weight: NDArray[np.float64]
    other_MeV: NDArray[np.float64]
    most_histories: int | None = None


#: Absorbed and escaped energy may miss what was emitted by so many standard errors, and by this share: cross
#: sections are linear between the knots of their tables. Of fewer batches nothing is said.
MOST_SE, BETWEEN_KNOTS, ENOUGH = 6.0, 0.003, 4


@dataclass(frozen=True)
class PhotonMap:
    """What the photons of a run left.

    strata, sums : in the same order.
    reached : the precision that the run has, or NaN where no photon was to be followed.
    kept_in : the file that a finer run would go on from; None where nothing is kept.

    Raises
    ------
    PhantomError : energy was lost or made on the way.
    """

    strata: tuple[Stratum, ...]
    sums: tuple[Sums, ...]
    histories_per_batch: int
    reached: float
    kept_in: Path | None = None

    def __post_init__(self) -> None:
        for s, one in zip(self.strata, self.sums, strict=True):
            share, se = one.balance()
            if one.batches >= ENOUGH and abs(share - 1.0) > MOST_SE * se + BETWEEN_KNOTS:
                raise PhantomError(
                    f"photons of {s.name}: absorbed and escaped energy are {share:.4f} of what was emitted,"
                    f" standard error {se:.1g}: a mistake in the transport, and not in the input; please"
                    " report it"
                )

    @property
    def histories(self) -> tuple[int, ...]:
        """Photons of each stratum."""
        return tuple(s.batches * self.histories_per_batch for s in self.sums)

    def voxels_MeV(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Energy per decay by voxel of tissue, and the variance of it, (size,)."""
        return self._energy([s.voxels for s in self.sums], size)

    def others_MeV(self, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The same by voxel of the second grid."""
        return self._energy([s.others for s in self.sums], size)

    def _energy(
        self, moments: Sequence[Moments | None], size: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        mean, variance = np.zeros(size), np.zeros(size)
        for s, one, of in zip(self.strata, self.sums, moments, strict=True):
            assert of is not None  # the run had this grid
            mean += s.total_MeV * of.mean(one.batches)
            variance += s.total_MeV**2 / one.batches * of.variance(one.batches)
        return mean, variance

    def codes_MeV(self, codes: NDArray[np.bool_]) -> tuple[float, float]:
        """Energy per decay in the voxels of some codes together, and its standard error."""
        mean = variance = 0.0
        for s, one in zip(self.strata, self.sums, strict=True):
            batch = one.by_code()[:, codes].sum(axis=1)
            mean += s.total_MeV * float(batch.mean())
            variance += s.total_MeV**2 * float(batch.var(ddof=1)) / one.batches
        return mean, math.sqrt(variance)
