"""Masses at full resolution, and the codes of a body: (region, tissue, density) in steps that cost"
" nothing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue
from phantoms.voxels.body import OUTSIDE, Kind
from phantoms.voxels.images.classes import REST, Classes
from phantoms.voxels.images.coarse import Coarse
from phantoms.voxels.images.tables import tissues
from phantoms.voxels.images.tables.calibration import Calibration, unlabelled_tissues

#: Step of the logarithm of density between codes: no voxel's density is off by more than half of it.
STEP = 0.02
LOWEST_HU = -1100
#: Densities (g/cm3) of the tissues of soft organs, and how far from water their median CT number can be, HU.
SOFT, FAR_HU = (0.9, 1.15), (-200, 400)
#: Lungs with a median CT number above it hold hardly any air, HU.
AIRLESS_HU = -300
#: So many voxels above the limit are worth a word, mL.
WORTH_ML = 0.05
#: Voxels of the transport's grid get their region's mass by another density up to this factor: a lesion of
#: 8 mm3 in a voxel of 64 would be as thin as foam, and electrons leave it.
MOST_STRETCHED = 1.2


@dataclass(frozen=True)
class Masses:
    """Masses at full resolution.

    by_class_kg, volume_cm3 : by class of voxels, (classes,).
    by_region_kg : by region, of those that have voxels.
    histogram : voxels by class and CT number from LOWEST_HU on; None without a CT.
    """

    by_class_kg: NDArray[Any]
    volume_cm3: NDArray[Any]
    by_region_kg: Mapping[str, float]
    histogram: NDArray[np.int64] | None

    def by_label(self, classes: Classes) -> dict[int, float]:
        """Mass of each label with voxels, kg, by its number."""
        return {n: float(m) for n, m in zip(classes.numbers, self.by_class_kg, strict=True) if n}


def masses(
    which: NDArray[Any],
    hu: NDArray[Any] | None,
    classes: Classes,
    curve: Calibration | None,
    voxel_cm3: float,
) -> Masses:
    """Mass of each class, voxel by voxel: density by the CT where there is one, else that of the label."""
    n = len(classes.entries)
    own = np.array([label.density_g_per_cm3 for label in classes.entries])
    histogram = None
    if hu is None or curve is None:
        number = np.zeros(n, dtype=np.int64)
        for k in range(which.shape[2]):
            number += np.bincount(which[:, :, k].ravel(order="K"), minlength=n)
        mass = number * own * voxel_cm3 * 1e-3
    else:
        bins = int(hu.max(initial=0)) - LOWEST_HU + 1
        histogram = np.zeros((n, bins), dtype=np.int64)
        for k in range(which.shape[2]):
            at = np.clip(hu[:, :, k], LOWEST_HU, None).astype(np.int64) - LOWEST_HU
            key = which[:, :, k].astype(np.int64) * bins + at
            histogram += np.bincount(key.ravel(order="K"), minlength=histogram.size).reshape(histogram.shape)
        histogram[0] = 0  # the space around
        number = histogram.sum(axis=1)
        density = curve.density(np.arange(bins) + LOWEST_HU)
        taken = np.array([label.density_from_ct for label in classes.entries])
        mass = np.where(taken, histogram @ density, number * own) * voxel_cm3 * 1e-3
    mass[0] = 0.0
    by_region: dict[str, float] = {}
    for c, label in enumerate(classes.entries):
        if c and number[c]:
            by_region[label.region] = by_region.get(label.region, 0.0) + float(mass[c])
    return Masses(mass, number * voxel_cm3, by_region, histogram)


def checked_densities(
    where: str, classes: Classes, mass: Masses, curve: Calibration | None
) -> dict[str, str]:
    """Facts on densities: where they are from, metal, organs that are off.

    Raises
    ------
    PhantomError : the median CT number of the soft organs is none of soft tissue.
    """
    if curve is None or mass.histogram is None:
        return {"density": "of the label table; there is no CT"}
    hu = np.arange(mass.histogram.shape[1]) + LOWEST_HU
    facts = {
        "density": "of the CT, voxel by voxel, without smoothing; where nothing is labelled the tissues"
        " of Schneider et al. 2000 by the mean CT number of the transport grid's voxel"
    }
    soft = [
        c for c, label in enumerate(classes.entries)
        if c > REST and not label.site and not label.rest and SOFT[0] <= label.density_g_per_cm3 <= SOFT[1]
    ]  # fmt: skip
    if soft and (there := mass.histogram[soft].sum(axis=0)).any():
        median = float(hu[np.searchsorted(np.cumsum(there), 0.5 * there.sum())])
        if not FAR_HU[0] <= median <= FAR_HU[1]:
            raise PhantomError(
                f"{where}: the median CT number of its soft organs is {median:g} HU, which is no soft"
                " tissue: are these Hounsfield units (no offset of 1000 or 1024), and are labels and CT of"
                " one patient and turned the same way?"
            )
    facts |= _lungs(classes, mass.histogram, hu)
    voxel_mL = mass.volume_cm3.sum() / max(1, int(mass.histogram.sum()))
    dense = curve.density(hu) > curve.highest_tissue_g_per_cm3
    heavy = {
        label.region: float(mass.histogram[c][dense].sum() * voxel_mL)
        for c, label in enumerate(classes.entries)
        if c and label.density_from_ct
    }
    if named := [f"{r} {v:.3g} mL" for r, v in heavy.items() if v >= WORTH_ML]:
        highest = float(curve.density(hu[mass.histogram.any(axis=0)].max(keepdims=True))[0])
        facts["warning dense"] = (
            f"voxels above {curve.highest_tissue_g_per_cm3:g} g/cm3 (metal or dense contrast medium; up to"
            f" {highest:.3g}): {', '.join(named)}. They are taken with this density, and with the tissue of"
            " the region: near them, doses are uncertain"
        )
    off = []
    for c in soft:
        label, volume = classes.entries[c], mass.volume_cm3[c]
        if volume > 0 and label.density_from_ct:
            mean = 1e3 * mass.by_class_kg[c] / volume
            if abs(mean / label.density_g_per_cm3 - 1.0) * 100 > curve.organ_off_percent:
                off.append(f"{label.region} {mean:.3g} for {label.density_g_per_cm3:.3g}")
    if off:
        facts["warning organs"] = (
            "mean densities by CT (g/cm3) that are off their tissue's by more than"
            f" {curve.organ_off_percent:g} %"
            f" (contrast medium, gas, a wrong label?): {', '.join(off)}. Their masses are by the CT"
        )
    return facts


def _lungs(classes: Classes, histogram: NDArray[np.int64], hu: NDArray[np.int64]) -> dict[str, str]:
    """A warning where most of what is labelled lung holds no air."""
    lungs = [c for c, label in enumerate(classes.entries) if c > REST and label.tissue.name == "lung"]
    there = histogram[lungs].sum(axis=0)
    if not there.any():
        return {}
    median = float(hu[np.searchsorted(np.cumsum(there), 0.5 * there.sum())])
    if median <= AIRLESS_HU:
        return {}
    return {
        "warning lungs": f"the median CT number of what is labelled lung is {median:g} HU: a lung without"
        " air, or labels and CT that are not turned the same way; look at both together"
    }


def kinds_of(
    coarse: Coarse, classes: Classes, curve: Calibration | None, mass: Masses, voxel_cm3: float
) -> tuple[NDArray[Any], tuple[Kind, ...]]:
    """The code of each voxel of the transport grid, and what each code stands for.

    The density of a code is the mean of its voxels', times the one factor that gives the region its mass;
    where that is more than :data:`MOST_STRETCHED` to either side, the density is what it is, and the mass of
    the voxels is not that of the region.
    """
    coder = _Coder(classes, curve)
    shape = coarse.which.shape
    present = np.zeros(len(classes.entries) * coder.tissues * coder.bins, dtype=bool)
    for k in range(shape[2]):
        present[coder.keys(coarse, k)[0]] = True
    present[: coder.tissues * coder.bins] = False  # the space around
    keys = np.flatnonzero(present)
    if keys.size > 65535:
        raise PhantomError(
            f"{keys.size} kinds of voxels; at most 65535 can be told apart: use coarser voxels"
        )
    kind = np.uint8 if keys.size < 256 else np.uint16
    number = np.zeros(present.size, dtype=kind)
    number[keys] = np.arange(1, keys.size + 1)
    code = np.empty(shape, dtype=kind)
    count, total = np.zeros(keys.size + 1), np.zeros(keys.size + 1)
    for k in range(shape[2]):
        key, density = coder.keys(coarse, k)
        code[:, :, k] = number[key]
        flat = code[:, :, k].ravel()
        count += np.bincount(flat, minlength=keys.size + 1)
        total += np.bincount(flat, weights=density.ravel(), minlength=keys.size + 1)
    mean = total[1:] / count[1:]
    entries = [classes.entries[key // (coder.tissues * coder.bins)] for key in keys]
    on_grid: dict[str, float] = {}
    for label, amount in zip(entries, total[1:], strict=True):
        on_grid[label.region] = on_grid.get(label.region, 0.0) + float(amount) * voxel_cm3 * 1e-3
    kinds = [Kind(OUTSIDE, None, 0.0)]
    for one, label, density in zip(keys.tolist(), entries, mean.tolist(), strict=True):
        medium = coder.tissue(one // (coder.tissues * coder.bins), one // coder.bins % coder.tissues)
        factor = mass.by_region_kg[label.region] / on_grid[label.region]
        if not 1.0 / MOST_STRETCHED <= factor <= MOST_STRETCHED:
            factor = 1.0
        kinds.append(Kind(label.region, medium, density * factor))
    return code, tuple(kinds)


class _Coder:
    """Keys of (class, tissue, density): ((class * tissues) + tissue) * bins + bin."""

    def __init__(self, classes: Classes, curve: Calibration | None) -> None:
        self.classes, self.curve = classes, curve
        self.starts, self.rest = unlabelled_tissues()
        self.bones = tissues.bone_class(math.inf) + 1
        self.tissues = max(len(self.rest), self.bones)
        own = np.array([label.density_g_per_cm3 for label in classes.entries])
        self.own = own
        self.by_ct = np.array([label.density_from_ct for label in classes.entries]) & (curve is not None)
        self.by_ct[0] = False
        same: dict[tuple[object, ...], int] = {}  # labels that differ in number alone share their codes
        self.first = np.array([
            same.setdefault((e.region, e.tissue.name, e.density_g_per_cm3, e.density_from_ct, c < 2), c)
            for c, e in enumerate(classes.entries)
        ])  # fmt: skip
        self.first[:2] = (0, 1)
        self.is_bone = np.array([label.tissue.name == tissues.BONE for label in classes.entries])
        lowest, highest = float(own.min()), float(own.max())
        if curve is not None:
            lowest = min(lowest, float(curve.density_g_per_cm3.min()))
            highest = max(highest, float(curve.density_g_per_cm3.max()))
        self.lowest = math.log(lowest)
        self.bins = int((math.log(highest) - self.lowest) / STEP) + 3

    def keys(self, coarse: Coarse, k: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Keys and densities (g/cm3) of one slice of the grid, (I, J)."""
        which = self.first[coarse.which[:, :, k]]
        density = self.own[which]
        tissue = np.zeros(which.shape, dtype=np.int64)
        if self.curve is not None and coarse.mean is not None:
            hu = coarse.mean[:, :, k]
            density = np.where(self.by_ct[which], self.curve.density(hu), density)
            section = np.clip(np.searchsorted(self.starts, hu, side="right") - 1, 0, None).astype(np.int64)
            tissue = np.where((which == REST) & self.by_ct[REST], section, tissue)
        light, dense = tissues.bone_ends()
        held = np.clip(density, light, dense)
        bone = np.rint((held - light) / tissues.BONE_STEP_G_PER_CM3).astype(np.int64)
        tissue = np.where(self.is_bone[which], bone, tissue)
        level = np.rint((np.log(density) - self.lowest) / STEP).astype(np.int64)
        return (which * self.tissues + tissue) * self.bins + level, density

    def tissue(self, c: int, number: int) -> Tissue:
        """The tissue of a class, by the number that a key has for it."""
        if self.is_bone[c]:
            return tissues.bone_of_class(number)
        if c == REST and self.by_ct[REST]:
            return self.rest[number]
        return self.classes.entries[c].tissue
