"""Activity by voxel: what an image of it may hold, and how it comes to lie in a body of voxels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.maps.quantities import Quantity, quantity
from milligray.errors import Complaints
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.maps.absorbed import AIR_BELOW_G_PER_CM3, in_tissue
from phantoms.voxels.maps.grids import Grid, parallel, same_voxels, shared_out

#: Share of the activity outside of the body and in air, per cent, above which nothing is computed.
MOST_OUTSIDE_PERCENT = 1.0
#: Below it, nothing is said: what is left of rounding.
SAY_ABOVE_PERCENT = 1e-4
#: Share of the body's volume that the image should cover, per cent; what it does not see has no activity.
COVERED_PERCENT = 99.0


@dataclass(frozen=True)
class ActivityImage:
    """Activity by voxel, integrated over time.

    values : (X, Y, Z), 0 or above.
    affine_mm : (4, 4), from the index of a voxel's middle to mm in the patient (RAS+, as NIfTI has it).
    quantity : what the values are; one of :data:`dosimetry.maps.quantities.QUANTITIES`.
    facts : flat texts for the provenance, e.g. the file and its hash.

    Raises
    ------
    DosimetryError : an unknown quantity; not three axes; values that are negative, not finite, all 0; an
        affine that is none. All mistakes at once.

    Examples
    --------
    >>> image = ActivityImage(np.full((2, 2, 2), 0.5), np.diag([4.0, 4.0, 4.0, 1.0]), "tiac_h")
    >>> image.total
    4.0
    """

    values: NDArray[Any]
    affine_mm: NDArray[np.float64]
    quantity: str = "tiac_h"
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with Complaints(DosimetryError) as found:
            with found.catching():
                quantity(self.quantity)
            where = self.facts.get("activity image", "the image of activity")
            if self.values.ndim != 3:
                found.add(
                    DosimetryError(
                        f"{where}: {self.values.ndim} axes ({' x '.join(map(str, self.values.shape))});"
                        " activity integrated over time has 3: x, y and z"
                    )
                )
            for problem in _wrong_values(where, self.values):
                found.add(DosimetryError(problem))
            affine = np.asarray(self.affine_mm)
            if (
                affine.shape != (4, 4)
                or not np.isfinite(affine).all()
                or not abs(np.linalg.det(affine)) > 0.0
            ):
                found.add(DosimetryError(f"{where}: its affine is no matrix of 4 x 4 that can be inverted"))

    @property
    def what(self) -> Quantity:
        """The quantity of the values."""
        return quantity(self.quantity)

    @property
    def grid(self) -> Grid:
        """Voxels of the image."""
        x, y, z = self.values.shape
        return Grid((x, y, z), np.asarray(self.affine_mm, dtype=float))

    @property
    def voxel_mL(self) -> float:
        """Volume of a voxel, mL."""
        return float(abs(np.linalg.det(np.asarray(self.affine_mm)[:3, :3]))) * 1e-3

    @property
    def by_voxel_MBq_s(self) -> NDArray[np.float64]:
        """Decays of each voxel: MBq.s, per MBq administered where the quantity is."""
        factor = self.what.MBq_s * (self.voxel_mL if self.what.per_mL else 1.0)
        return np.asarray(self.values, dtype=float) * factor

    @property
    def total(self) -> float:
        """Sum over all voxels: h where the quantity is a TIAC, MBq.h otherwise."""
        return float(self.by_voxel_MBq_s.sum()) / 3600.0


def _wrong_values(where: str, values: NDArray[Any]) -> list[str]:
    """What is wrong with the values, each in a line."""
    if not np.issubdtype(values.dtype, np.number) or np.iscomplexobj(values):
        return [f"{where}: values of type {values.dtype}; real numbers are needed"]
    if not values.size:
        return [f"{where}: no voxel"]
    found = []
    for bad, what in ((~np.isfinite(values), "not finite (NaN or infinite)"), (values < 0.0, "negative")):
        if n := int(np.count_nonzero(bad)):
            first = tuple(int(i[0]) for i in np.nonzero(bad))
            found.append(
                f"{where}: {n} of {values.size} voxels are {what}, the first at index {first}:"
                f" {values[first]:g}; activity integrated over time is 0 or above (what noise"
                " made is yours to set to 0)"
            )
    if not found and not np.any(values):
        found.append(f"{where}: all voxels are 0: there is no activity")
    return found


@dataclass(frozen=True)
class Placed:
    """Activity on the grid of a body.

    MBq_s : (I, J, K), 0 outside of the body's tissue.
    outside_percent, air_percent : of all activity, what lies outside of the body and in air, and is left out.
    covered_percent : of the body's volume, what lies in the image.
    resampled : whether the grids have different voxels.
    warnings : what is to be told, a sentence each.
    """

    MBq_s: NDArray[np.float64]
    outside_percent: float
    air_percent: float
    covered_percent: float
    resampled: bool
    warnings: tuple[str, ...]


def placed(
    image: ActivityImage,
    body: VoxelBody,
    *,
    resample: bool = False,
    most_outside_percent: float = MOST_OUTSIDE_PERCENT,
) -> Placed:
    """The activity of an image in the voxels of a body; sums are kept, but for what lies outside.

    The same voxels in another order, or a part of the body's grid, are no resampling.

    Raises
    ------
    DosimetryError : other voxels than the body's, without ``resample``; no place in common; more activity
        outside of the body and in air than allowed.
    """
    where = image.facts.get("activity image", "the image of activity")
    i, j, k = body.code.shape
    home = Grid((i, j, k), body.affine_mm)
    same = same_voxels(image.grid, home)
    if not same and not resample:
        raise DosimetryError(
            f"{where}: its voxels are not those of the body: the image has {image.grid}; the body"
            f" '{body.name}' has {home}. Bring it to the grid of the body, or ask for it to be resampled"
            " (--resample, resample=True: every voxel's activity is shared out by volume; the sum is kept)"
        )
    try:
        found = shared_out(image.grid, home, image.by_voxel_MBq_s)
        seen = float(shared_out(home, image.grid, body.code > 0).sum())
    except ValueError as error:
        raise DosimetryError(
            f"{where}: it does not lie where the body '{body.name}' is: {error}. Are both in the coordinates"
            " of the same patient, in mm?"
        ) from None
    all_of_it = image.total * 3600.0
    tissue = in_tissue(body)
    left = {
        "outside": all_of_it - float(found[body.code > 0].sum()),
        "air": float(found[(body.code > 0) & ~tissue].sum()),
    }
    found[~tissue] = 0.0
    outside, air = (100.0 * max(left[part], 0.0) / all_of_it for part in ("outside", "air"))
    words = _outside_words(where, body, outside, air)
    if outside + air > most_outside_percent or not found.any():
        raise DosimetryError(
            f"{words}; at most {most_outside_percent:g} % is allowed (--most-outside, most_outside_percent:"
            f" its energy is then left out of the map). Image: {image.grid}; body: {home}"
        )
    warnings = []
    if outside + air > SAY_ABOVE_PERCENT:
        warnings.append(f"{words}: it is left out, and its energy is not in the map")
    covered = 100.0 * seen / float((body.code > 0).sum())
    if covered < COVERED_PERCENT:
        warnings.append(
            f"{where}: the image covers {covered:.3g} % of the body's volume; the rest is taken to have no"
            " activity, so what activity there really is there adds to these doses"
        )
    if not same:
        how = "by overlap" if parallel(image.grid, home) else "by points in them, the axes being oblique"
        unit = image.what.sum_unit
        warnings.append(
            f"{where}: activity was resampled to the body's voxels {how}: sum {image.total:.6g} {unit}"
            f" before, {float(found.sum()) / 3600.0:.6g} {unit} in the body's tissue after"
        )
    return Placed(found, outside, air, covered, not same, tuple(warnings))


def _outside_words(where: str, body: VoxelBody, outside: float, air: float) -> str:
    parts = [f"{outside:.3g} % of the activity lies outside of the body '{body.name}'"]
    if air > 0.0:
        parts.append(f"{air:.3g} % in voxels of air (less than {AIR_BELOW_G_PER_CM3:g} g/cm3)")
    return f"{where}: {' and '.join(parts)}"
