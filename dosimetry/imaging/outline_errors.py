"""What errors of an outline and of a recovery curve do to an organ's activity and mass, however large.

An outline was drawn with the volume V, and the organ may have the volume v in place of it. Its counts C(V)
are those of a sphere of the volume v, blurred, in the outline; they were divided by R(V). With the right
outline they would be C(v) and the recovery R'(v), of the curve with its own parameters moved:

    A(v)/A(V) = C(v)/C(V) x R(V)/R'(v),    m(v)/m(V) = v/V.

So a trial is what the organ may be, given what was found: an interval of trials is one of the true activity.
v is log-normal, with the mean V and the standard deviation u(v) of each independent part (voxels, resolution,
observer). The slopes at no error are those of :func:`dosimetry.imaging.activity.organ_activity_u`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from dosimetry.imaging.recovery import AnyRecovery
from dosimetry.imaging.spheres import (
    MM3_PER_ML,
    blurred_density,
    check_positive,
    sphere_radius_mm,
    sphere_recovery,
    sphere_volume_mL,
)

FloatArray = NDArray[np.float64]

#: What errors change: activity; activity by volume; mass.
OutlinedQuantity = Literal["activity", "concentration", "mass"]
#: Nodes of Gauss and Legendre from the centre to the edge of an outline: 1e-9 up to r = 60 sigma.
NODES = 128
#: Smallest and largest volume, by the organ's, of which counts are computed: beyond it they are those there.
FARTHEST = 1e6


def outlined_share(outline_mm: ArrayLike, radius_mm: float, fwhm_mm: float) -> FloatArray:
    """(N,) share of a blurred uniform sphere's activity within concentric spherical outlines.

    Parameters
    ----------
    outline_mm : (N,) radii of the outlines, mm; that of the sphere itself gives :func:`sphere_recovery`.
    radius_mm, fwhm_mm : radius of the sphere and full width at half maximum of the blur, mm.

    Raises
    ------
    DosimetryError : a radius or width that is not above 0.

    Examples
    --------
    >>> outlined_share([5.0, 10.0, 20.0], 10.0, 6.0).round(3).tolist()
    [0.122, 0.702, 1.0]
    """
    check_positive(radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    outline = np.atleast_1d(np.asarray(outline_mm, dtype=np.float64))
    if not (np.isfinite(outline).all() and (outline > 0.0).all()):
        raise DosimetryError("outline_mm: radii above 0 are needed")
    # beyond the sphere and its blur there is nothing more
    ends = np.minimum(outline, radius_mm + 4.0 * fwhm_mm)
    node, weight = np.polynomial.legendre.leggauss(NODES)
    distance = 0.5 * (1.0 + node) * ends[:, None]
    inside = blurred_density(distance, radius_mm, fwhm_mm) * distance**2 @ weight * (0.5 * ends)
    return np.asarray(4.0 * np.pi * inside / MM3_PER_ML / sphere_volume_mL(radius_mm))


@dataclass(frozen=True, kw_only=True)
class OutlineErrors:
    """Factor of an organ's activity, activity concentration or mass, by standardised errors.

    Errors are named as the parts of :class:`dosimetry.imaging.activity.ImagedOrgan`; each is a standard
    normal number. Those of the outline move the volume by log-normal factors of the mean 1, those of the
    recovery its curve.

    quantity : "activity", "concentration" or "mass".
    volume_mL, fwhm_mm : of the outline, and of the image.
    u_volume : name of each part of the outline -> u(v)/v of it.
    recovery : what the counts were divided by; None: they were not, or it is not known by what.

    Raises
    ------
    DosimetryError : an unknown quantity, a number that cannot be.

    Examples
    --------
    >>> errors = OutlineErrors(
    ...     quantity="activity", volume_mL=2.0, fwhm_mm=6.0, u_volume=(("resolution", 0.4),),
    ...     recovery=None,
    ... )
    >>> errors({"resolution": np.array([-2.0, 0.0, 2.0])}).round(2).tolist()
    [0.65, 0.96, 1.63]
    """

    quantity: OutlinedQuantity
    volume_mL: float
    fwhm_mm: float
    u_volume: tuple[tuple[str, float], ...]
    recovery: AnyRecovery | None

    def __post_init__(self) -> None:
        check_positive(volume_mL=self.volume_mL, fwhm_mm=self.fwhm_mm)
        if self.quantity not in get_args(OutlinedQuantity):
            raise DosimetryError(
                f"unknown quantity '{self.quantity}' of an outline; there are:"
                f" {', '.join(get_args(OutlinedQuantity))}"
            )
        for name, u in self.u_volume:
            if not (np.isfinite(u) and u >= 0.0):
                raise DosimetryError(f"{name}: u(v)/v is {u:g}; a number of 0 or above is needed")

    def __call__(self, errors: Mapping[str, FloatArray]) -> FloatArray:
        """(K,) factors; an error that is not named is 0."""
        size = max((len(z) for z in errors.values()), default=1)
        log_volume = np.zeros(size)
        for name, u in self.u_volume:
            if name in errors:
                variance = np.log1p(u * u)
                log_volume = log_volume + np.sqrt(variance) * errors[name] - 0.5 * variance
        if self.quantity == "mass":
            return np.asarray(np.exp(log_volume))
        by_volume = np.exp(log_volume) if self.quantity == "concentration" else 1.0
        log_volume = np.clip(log_volume, -np.log(FARTHEST), np.log(FARTHEST))
        radius = sphere_radius_mm(self.volume_mL)
        organ_mm = radius * np.exp(log_volume / 3.0)
        # two spheres have as much in common either way round: C(V) of the organ v by C(v) of an organ V
        seen = outlined_share(organ_mm, radius, self.fwhm_mm) / np.exp(log_volume)
        own = np.array([sphere_recovery(r, self.fwhm_mm) for r in organ_mm.tolist()])
        found = own / seen / by_volume
        if self.recovery is not None:
            moved = self.recovery.moved(self.volume_mL * np.exp(log_volume), errors)
            found = found * self.recovery.at(self.volume_mL) / moved
        return np.asarray(found)
