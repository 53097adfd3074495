"""A sphere on a grid, blurred, in voxels, with noise, outlined: the second method for recovery, outline."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from dosimetry.imaging.spheres import FWHM_PER_SIGMA, MM3_PER_ML, check_positive, sphere_volume_mL

FloatArray = NDArray[np.float64]

#: A step of the fine grid is at most this share of the blur's standard deviation, and of the radius.
_STEPS_PER_SIGMA, _STEPS_PER_RADIUS = 3.0, 10.0
#: Steps along a step of the fine grid by which the share of it that lies in the sphere is found.
_PARTS = 5
#: So many standard deviations of the blur lie around the sphere in the image.
_MARGIN = 5.0
#: Largest number of steps of the fine grid.
_MOST_STEPS = 30_000_000


@dataclass(frozen=True, kw_only=True, eq=False)
class DigitalSphere:
    """What N outlines of one blurred sphere hold; density 1/mL inside of the sphere, 0 outside.

    volume_mL : of the sphere.
    outlined_mL : (N,) volume of the voxels whose centre lies in the outline.
    counts_mL : (N,) what they hold, in density x mL: the recovery is ``counts_mL / volume_mL``.
    chord_mm : (N,) width of the outline along the first axis through the centre, in whole voxels.

    Examples
    --------
    >>> found = digital_sphere(10.0, 6.0, voxel_mm=2.0, outline_mm=[10.0] * 200, seed=1)
    >>> round(found.recovery, 2)  # sphere_recovery(10.0, 6.0) is 0.70, with the voxels' own blur 0.69
    0.69
    """

    volume_mL: float
    outlined_mL: FloatArray
    counts_mL: FloatArray
    chord_mm: FloatArray

    @property
    def recovery(self) -> float:
        """Mean recovery in the outlines."""
        return float(self.counts_mL.mean()) / self.volume_mL


def digital_sphere(
    radius_mm: float,
    fwhm_mm: float,
    *,
    voxel_mm: float,
    outline_mm: ArrayLike,
    seed: int,
    counts_per_mL: float | None = None,
) -> DigitalSphere:
    """Blur a uniform sphere on a fine grid, sum it into voxels, outline it, with the grid anywhere each time.

    Parameters
    ----------
    radius_mm, fwhm_mm : radius of the sphere and full width at half maximum of the Gaussian blur, mm.
    voxel_mm : width of a voxel, mm. Voxels blur too: their own variance is voxel_mm^2/12 along each axis.
    outline_mm : (N,) radius of each outline, mm; it has the voxels whose centre is nearer.
    seed : of the places of the grids and of the noise.
    counts_per_mL : mean counts in 1 mL of the sphere, each voxel by a Poisson distribution of its own; None:
        no noise.

    Raises
    ------
    DosimetryError : a number that is not above 0, a sphere that needs too fine a grid.

    Examples
    --------
    >>> outlines = digital_sphere(18.5, 6.0, voxel_mm=4.0, outline_mm=[17.5, 19.5] * 100, seed=1)
    >>> small, large = outlines.counts_mL[::2].mean(), outlines.counts_mL[1::2].mean()
    >>> volume = outlines.outlined_mL
    >>> float(round((large - small) / (volume[1::2].mean() - volume[::2].mean()), 2))  # phi/2
    0.44
    """
    from scipy.ndimage import gaussian_filter

    check_positive(radius_mm=radius_mm, fwhm_mm=fwhm_mm, voxel_mm=voxel_mm)
    radii = np.atleast_1d(np.asarray(outline_mm, dtype=np.float64))
    if not (radii.size and np.isfinite(radii).all() and (radii > 0).all()):
        raise DosimetryError("outline_mm: radii above 0 are needed")
    if counts_per_mL is not None:
        check_positive(counts_per_mL=counts_per_mL)
    sigma = fwhm_mm / FWHM_PER_SIGMA
    # an odd number of steps a voxel, so that its centre is the centre of a step
    steps = 2 * math.ceil(0.5 * voxel_mm * max(_STEPS_PER_SIGMA / sigma, _STEPS_PER_RADIUS / radius_mm)) + 1
    step = voxel_mm / steps
    half = math.ceil((max(radius_mm + _MARGIN * sigma, float(radii.max())) + voxel_mm) / step)
    if (2 * half + 1) ** 3 > _MOST_STEPS:
        raise DosimetryError(
            f"a sphere of {radius_mm:g} mm in voxels of {voxel_mm:g} mm with a blur of {fwhm_mm:g} mm needs"
            f" {(2 * half + 1) ** 3:.2g} steps of {step:.2g} mm; at most {_MOST_STEPS:.2g} are done"
        )
    fine = gaussian_filter(
        _inside(radius_mm, step, half), sigma / step, mode="constant", truncate=_MARGIN + 1.0
    )
    running = np.pad(fine.cumsum(0).cumsum(1).cumsum(2), ((1, 0),) * 3)  # sums over boxes are differences
    rng = np.random.default_rng(seed)
    made = [_outlined(running, r, step, steps, half, counts_per_mL, rng) for r in radii]
    volume, counts, chord = np.array(made).T
    return DigitalSphere(
        volume_mL=sphere_volume_mL(radius_mm), outlined_mL=volume, counts_mL=counts, chord_mm=chord
    )


def _inside(radius: float, step: float, half: int) -> FloatArray:
    """Share of each step of the grid that lies in the sphere."""
    edge = (np.arange(_PARTS) - (_PARTS - 1) / 2) / _PARTS
    at = step * (np.arange(-half, half + 1)[:, None] + edge).ravel()
    square = at**2
    share = np.zeros((2 * half + 1,) * 3)
    for i in range(2 * half + 1):
        for x in square[i * _PARTS : (i + 1) * _PARTS]:
            disc = (x + square[:, None] + square[None, :]) <= radius**2
            share[i] += disc.reshape(2 * half + 1, _PARTS, 2 * half + 1, _PARTS).sum((1, 3))
    return share / _PARTS**3


def _outlined(
    running: FloatArray,
    outline: float,
    step: float,
    steps: int,
    half: int,
    counts_per_mL: float | None,
    rng: np.random.Generator,
) -> tuple[float, float, float]:
    """Volume and contents (mL) of the voxels in an outline, its width along an axis; the grid is anywhere."""
    starts = [np.arange(int(rng.integers(steps)), 2 * half + 2 - steps, steps) for _ in range(3)]
    # each voxel by its eight corners
    box = np.zeros(tuple(start.size for start in starts))
    for corner in product((0, 1), repeat=3):
        at = np.ix_(*(start + steps * end for start, end in zip(starts, corner, strict=True)))
        box += (-1.0) ** (3 - sum(corner)) * running[at]
    centre = [(start + (steps - 1) / 2 - half) * step for start in starts]
    x, y, z = np.ix_(*centre)
    inside = x**2 + y**2 + z**2 <= outline**2
    held = box[inside] * step**3 / MM3_PER_ML
    if counts_per_mL is not None:
        held = rng.poisson(np.maximum(held, 0.0) * counts_per_mL) / counts_per_mL
    width = steps * step
    chord = width * np.count_nonzero(np.abs(centre[0]) <= outline)
    return float(inside.sum()) * width**3 / MM3_PER_ML, float(held.sum()), chord
