"""Dose-volume histograms: which share of a region's volume gets which dose at least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError

#: Shares of the volume, per cent, whose doses tables have.
SHARES = (2.0, 50.0, 90.0, 98.0)
#: Points of a curve in a file.
POINTS = 201


@dataclass(frozen=True)
class DoseVolumeHistogram:
    """Doses of a region's voxels, all of the same volume.

    region : its name.
    dose : (n,) of each voxel, ascending, in ``unit``.
    unit : "mGy/MBq" or "Gy".
    volume_mL : of the whole region.

    Raises
    ------
    DosimetryError : no voxel.

    Examples
    --------
    >>> h = DoseVolumeHistogram("liver", np.arange(100) + 0.5, "Gy", 1500.0)
    >>> round(float(h.dose_to(98.0)), 6), float(h.share_above(20.0))
    (2.0, 80.0)
    """

    region: str
    dose: NDArray[np.float64]
    unit: str
    volume_mL: float

    def __post_init__(self) -> None:
        if not self.dose.size:
            raise DosimetryError(f"'{self.region}' has no voxel with a dose")

    def dose_to(self, percent: ArrayLike) -> NDArray[np.float64]:
        """D of a share of the volume: the dose that so many per cent of it get at least.

        Each voxel stands for the middle of its share of the volume, and between voxels the curve is linear
        (Hazen's plotting positions); beyond the first and the last it is their dose.
        """
        share = checked_shares(percent)
        return np.asarray(np.quantile(self.dose, 1.0 - share / 100.0, method="hazen"))

    def share_above(self, dose: ArrayLike) -> NDArray[np.float64]:
        """V of a dose: per cent of the volume in voxels that get at least so much."""
        below = np.searchsorted(self.dose, checked_doses(dose), side="left")
        return 100.0 * (1.0 - below / self.dose.size)

    def curve(self, points: int = POINTS) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Doses from 0 to the largest in equal steps, and the per cent of the volume that gets each."""
        doses = np.linspace(0.0, float(self.dose[-1]), points)
        return doses, self.share_above(doses)


def checked_shares(percent: ArrayLike) -> NDArray[np.float64]:
    """Shares of a volume, per cent.

    Raises
    ------
    DosimetryError : one of them is not 0 to 100 %.
    """
    share = np.asarray(percent, dtype=float)
    if not np.all((share >= 0.0) & (share <= 100.0)):
        raise DosimetryError(f"shares of a volume are 0 to 100 %, not {share}")
    return share


def checked_doses(doses: ArrayLike) -> NDArray[np.float64]:
    """Doses whose shares of a volume are wanted, in the unit of the histogram.

    Raises
    ------
    DosimetryError : one of them is negative or not finite.

    >>> checked_doses([0.5, 20.0]).tolist()
    [0.5, 20.0]
    """
    found = np.asarray(doses, dtype=float)
    if not np.all(np.isfinite(found) & (found >= 0.0)):
        raise DosimetryError(f"V is of doses of 0 and more (--v, doses), not {found.tolist()}")
    return found


def figures(
    histogram: DoseVolumeHistogram, shares: Sequence[float] = SHARES, doses: Sequence[float] = ()
) -> dict[str, float]:
    """A region's numbers for a table: D of some shares, V of some doses, least and largest.

    >>> h = DoseVolumeHistogram("liver", np.arange(100) + 0.5, "Gy", 1500.0)
    >>> figures(h, (50.0,), (20.0,))
    {'D50_Gy': 50.0, 'min_Gy': 0.5, 'max_Gy': 99.5, 'V20Gy_percent': 80.0}
    """
    unit = histogram.unit.replace("/", "_per_")
    found = {f"D{s:g}_{unit}": float(histogram.dose_to(s)) for s in shares}
    found[f"min_{unit}"], found[f"max_{unit}"] = float(histogram.dose[0]), float(histogram.dose[-1])
    for dose in doses:
        found[f"V{dose:g}{unit}_percent"] = float(histogram.share_above(dose))
    return found
