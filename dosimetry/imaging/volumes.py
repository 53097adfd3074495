"""Uncertainty of a region's volume by voxels, resolution and observer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dosimetry.errors import DosimetryError
from dosimetry.imaging.spheres import MM3_PER_ML, check_positive, sphere_radius_mm

#: Names of the independent parts.
VOXELS, RESOLUTION, OBSERVER = "voxels", "resolution", "observer"


def volume_relative_u(
    volume_mL: float,
    *,
    voxel_mm: float | Sequence[float],
    fwhm_mm: float,
    observer_relative_u: float | None = None,
) -> float:
    """Relative standard uncertainty u(v)/v of a region that is outlined in an image.

    u(v)/v = 3 u(d)/d with u(d)^2 = a^2/6 + FWHM^2/(4 ln 2) (Gear et al., Eur J Nucl Med Mol Imaging
    2018;45:2456): two edges, each somewhere in a voxel of width a and known to the standard deviation of the
    blur; d is the diameter of a sphere of this volume. The edges on all sides are taken to err together,
    which is what a threshold or a hand does, and the most that can be.

    Parameters
    ----------
    volume_mL : volume of the region, mL.
    voxel_mm : width of a voxel in the image that the outline is drawn in, mm, or its three widths; of these
        each axis has its own u(d), and the three add up.
    fwhm_mm : full width at half maximum of that image's resolution, mm.
    observer_relative_u : relative standard uncertainty of the volume between observers, added in squares;
        None: not known, and not in the sum.

    Raises
    ------
    DosimetryError : a number that is not above 0, a volume below one voxel, an uncertainty below 0.

    Examples
    --------
    >>> [round(volume_relative_u(v, voxel_mm=4.0, fwhm_mm=6.0), 3) for v in (0.5, 10, 1000)]
    [1.205, 0.444, 0.096]
    """
    parts = volume_parts(
        volume_mL, voxel_mm=voxel_mm, fwhm_mm=fwhm_mm, observer_relative_u=observer_relative_u
    )
    return math.sqrt(sum(u * u for u in parts.values()))


def volume_parts(
    volume_mL: float,
    *,
    voxel_mm: float | Sequence[float],
    fwhm_mm: float,
    observer_relative_u: float | None = None,
) -> dict[str, float]:
    """The independent parts of :func:`volume_relative_u`, relative to the volume, by name."""
    widths = [float(a) for a in voxel_mm] if isinstance(voxel_mm, Sequence) else [float(voxel_mm)] * 3
    if len(widths) != 3:
        raise DosimetryError(f"voxel_mm has {len(widths)} numbers; one or three are needed")
    check_positive(volume_mL=volume_mL, fwhm_mm=fwhm_mm, voxel_mm=min(widths, key=lambda a: (a > 0, a)))
    check_relative_u("observer_relative_u", observer_relative_u)
    voxel_mL = math.prod(widths) / MM3_PER_ML
    if volume_mL < voxel_mL:
        raise DosimetryError(
            f"volume_mL is {volume_mL:g}, less than one voxel ({voxel_mL:.3g} mL): no outline has such a"
            " volume"
        )
    diameter_mm = 2.0 * sphere_radius_mm(volume_mL)
    found = {
        VOXELS: sum(widths) / math.sqrt(6.0) / diameter_mm,
        RESOLUTION: 3.0 * fwhm_mm / (2.0 * math.sqrt(math.log(2.0))) / diameter_mm,
    }
    return found if observer_relative_u is None else {**found, OBSERVER: observer_relative_u}


def check_relative_u(name: str, value: float | None) -> None:
    """Refuse a relative standard uncertainty below 0, by its name; None is one that is not known."""
    if value is not None and not (math.isfinite(value) and value >= 0):
        raise DosimetryError(f"{name} is {value:g}; a standard uncertainty of 0 or above is needed")
