"""A uniform sphere in a Gaussian blur: what an outline of it recovers, and what a shift of the outline does.

With sigma = FWHM / (2 sqrt(2 ln 2)), x = sqrt(2) r / sigma and a density of 1 inside, the blurred density at
a distance s of the centre is

    f(s) = [erf((r + s)/(sqrt(2) sigma)) + erf((r - s)/(sqrt(2) sigma))] / 2
           - sigma/(s sqrt(2 pi)) [exp(-(r - s)^2/(2 sigma^2)) - exp(-(r + s)^2/(2 sigma^2))],

at the edge f(r) = phi/2 with phi = erf x - (1 - e^(-x^2)) 2/(x sqrt(pi)): the phi of Gear et al. (Eur J Nucl
Med Mol Imaging 2018;45:2456). Its mean over the sphere is the recovery,

    R = (3/r^3) int_0^r f(s) s^2 ds = erf x + [2 - 3 x^2 + (x^2 - 2) e^(-x^2)] / (sqrt(pi) x^3),

found from d(R v)/dv = phi: R v is the blur's double integral over the sphere, in which both spheres grow, and
each of them adds its surface times f(r). So d ln R / d ln v = phi/R - 1 from sphere to sphere, while the
counts in one sphere's outline go with it as d ln C / d ln v = (phi/2)/R.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import erf

from dosimetry.errors import DosimetryError

FloatArray = NDArray[np.float64]

#: FWHM of a Gaussian in its standard deviations.
FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
MM3_PER_ML = 1000.0
#: Below this x both functions are summed as series: their closed forms lose digits there.
_SERIES_BELOW = 1.0
#: phi = 2/sqrt(pi) sum of c_n x^(2n+1) from n = 1 on, R the same with 6 c_n/(2n + 4); the highest n first.
_SERIES = [
    (2 * n + 4, (-1.0) ** (n + 1) * n / (math.factorial(n + 1) * (2 * n + 1))) for n in range(19, 0, -1)
]
_SERIES_PHI = [2.0 / math.sqrt(math.pi) * c for _, c in _SERIES]
_SERIES_RECOVERY = [6.0 / math.sqrt(math.pi) * c / k for k, c in _SERIES]


def sphere_radius_mm(volume_mL: float) -> float:
    """Radius of the sphere of a volume, mm.

    Raises
    ------
    DosimetryError : the volume is not above 0.

    Examples
    --------
    >>> round(sphere_radius_mm(1.0), 3)
    6.204
    """
    check_positive(volume_mL=volume_mL)
    return float((0.75 * volume_mL * MM3_PER_ML / math.pi) ** (1.0 / 3.0))


def sphere_volume_mL(radius_mm: float) -> float:
    """Volume of a sphere, mL.

    Raises
    ------
    DosimetryError : the radius is not above 0.

    Examples
    --------
    >>> round(sphere_volume_mL(18.5), 2)  # the largest sphere of the NEMA phantom
    26.52
    """
    check_positive(radius_mm=radius_mm)
    return 4.0 / 3.0 * math.pi * radius_mm**3 / MM3_PER_ML


def sphere_recovery(radius_mm: float, fwhm_mm: float) -> float:
    """Share of a uniform sphere's activity in its own outline after a Gaussian blur, without background.

    Parameters
    ----------
    radius_mm : radius of the sphere and of the outline, mm.
    fwhm_mm : full width at half maximum of the blur in the image, mm (with the voxels' own).

    Raises
    ------
    DosimetryError : a number that is not above 0.

    Examples
    --------
    >>> [round(sphere_recovery(r, w), 3) for r, w in ((5, 6), (10, 6), (18.5, 6), (30, 10))]
    [0.443, 0.702, 0.836, 0.832]
    """
    check_positive(radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    return _recovery(_reduced(radius_mm, fwhm_mm))


def phi(radius_mm: float, fwhm_mm: float) -> float:
    """Twice the blurred density at the edge of a uniform sphere, by the density inside without blur.

    The counts in the outline of a sphere of density H change by H phi/2 for each unit of volume that the
    outline is drawn too large (Gear et al. 2018). It is 1 for a sphere much larger than the blur.

    Parameters
    ----------
    radius_mm, fwhm_mm : radius of the sphere and full width at half maximum of the blur, mm.

    Raises
    ------
    DosimetryError : a number that is not above 0.

    Examples
    --------
    >>> [round(phi(r, w) / 2, 3) for r, w in ((5, 6), (10, 6), (18.5, 6), (30, 10))]
    [0.297, 0.398, 0.445, 0.444]
    """
    check_positive(radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    return _phi(_reduced(radius_mm, fwhm_mm))


def blurred_density(distance_mm: ArrayLike, radius_mm: float, fwhm_mm: float) -> FloatArray:
    """(N,) density of the blurred sphere at distances from its centre; 1 is the density inside without blur.

    Parameters
    ----------
    distance_mm : (N,) distances from the centre, mm.
    radius_mm, fwhm_mm : radius of the sphere and full width at half maximum of the blur, mm.

    Raises
    ------
    DosimetryError : a radius or width that is not above 0.

    Examples
    --------
    >>> blurred_density([0.0, 18.5, 40.0], 18.5, 6.0).round(3).tolist()
    [1.0, 0.445, 0.0]
    """
    check_positive(radius_mm=radius_mm, fwhm_mm=fwhm_mm)
    sigma = fwhm_mm / FWHM_PER_SIGMA
    # at the centre the limit: nearer than a millionth of sigma the function does not change
    s = np.maximum(np.abs(np.asarray(distance_mm, dtype=np.float64)), 1e-6 * sigma)
    near, far = (radius_mm - s) / sigma, (radius_mm + s) / sigma
    edges = 0.5 * (erf(far / math.sqrt(2.0)) + erf(near / math.sqrt(2.0)))
    # e^(-near^2/2) - e^(-far^2/2), without the difference of two numbers that are nearly the same
    ring = -np.exp(-0.5 * near**2) * np.expm1(-2.0 * radius_mm * s / sigma**2)
    return np.asarray(np.maximum(edges - sigma / (s * math.sqrt(2.0 * math.pi)) * ring, 0.0))


def _reduced(radius_mm: float, fwhm_mm: float) -> float:
    return math.sqrt(2.0) * radius_mm * FWHM_PER_SIGMA / fwhm_mm


def _phi(x: float) -> float:
    if x < _SERIES_BELOW:
        return float(x**3 * np.polyval(_SERIES_PHI, x * x))
    return math.erf(x) + math.expm1(-x * x) * 2.0 / (x * math.sqrt(math.pi))


def _recovery(x: float) -> float:
    if x < _SERIES_BELOW:
        return float(x**3 * np.polyval(_SERIES_RECOVERY, x * x))
    square = x * x
    rest = 2.0 - 3.0 * square + (square - 2.0) * math.exp(-square)
    return math.erf(x) + rest / (math.sqrt(math.pi) * x**3)


def not_positive(**numbers: float) -> list[str]:
    """A complaint of each number that is not above 0, by its name."""
    return [
        f"{name} is {value:g}; a number above 0 is needed"
        for name, value in numbers.items()
        if not (math.isfinite(value) and value > 0)
    ]


def check_positive(**numbers: float) -> None:
    """Refuse numbers that are not above 0, by their names."""
    if wrong := not_positive(**numbers):
        raise DosimetryError(*wrong)
