"""Self-dose of ellipsoids, exact from that of spheres: a mean over directions.

In an endless medium of one kind, energy goes from a point to another by a kernel of their distance r, so that
a body's absorbed fraction is the integral of p(r) g(r): p(r) dr is the fraction absorbed at distances r to
r + dr of a point source, and g(r) the chance that a point r away from a random point of the body, in a random
direction, is in the body too. A shift of an ellipsoid in the direction u by r is, after the affine map that
makes it the unit sphere, a shift of the sphere by r/h(u), with h(u) the ellipsoid's semi-diameter in that
direction. Volumes keep their ratio in an affine map, so

    g(r) = mean over u of g_sphere(r / h(u)),    phi(a, b, c) = mean over u of phi_sphere(h(u)),

    h(u) = 1 / sqrt(u_x^2/a^2 + u_y^2/b^2 + u_z^2/c^2),

for every kernel: photons with what they scatter, electrons, alphas. For short ranges the mean that counts is
that of 1/h, which is S/(3 V): a sphere with the generalised radius 3 V/S, which Amato et al. (Atti Accad.
Pelorit. Pericol. 2014;92:A1, doi 10.1478/AAPP.921A1) take for all radiations and ranges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.spheres.self_dose import ALPHA_ENERGIES_MEV, SphereTable, overlap, radius_g_per_cm2, tables
from phantoms.transport import alphas

REGION = "ellipsoid"
#: The longest axis by the shortest, at most: beyond it a table of spheres says little of a needle or a leaf.
MOST_RATIO = 10.0
#: Nodes of the mean over an octant of directions, in each of two angles.
_NODES = 24


def semi_axes_cm(
    mass_kg: float, density_g_per_cm3: float, axes: Sequence[float]
) -> tuple[float, float, float]:
    """Semi-axes in cm of an ellipsoid of a mass, its axes in the proportion of three numbers.

    Parameters
    ----------
    mass_kg, density_g_per_cm3 : above 0.
    axes : three lengths above 0 in any unit, of which the proportion counts.

    Raises
    ------
    PhantomError : not three finite numbers above 0, or one more than 10 times another.

    Examples
    --------
    >>> [round(a, 3) for a in semi_axes_cm(0.01, 1.0, (10, 20, 40))]
    [0.668, 1.337, 2.673]
    """
    found = [float(a) for a in axes]
    if len(found) != 3 or not all(math.isfinite(a) and a > 0.0 for a in found):
        raise PhantomError(f"axes of an ellipsoid are {list(axes)}; three numbers above 0 are needed")
    if max(found) > MOST_RATIO * min(found) * (1 + 1e-9):
        raise PhantomError(
            f"axes of an ellipsoid are {', '.join(f'{a:g}' for a in found)}: the longest may be"
            f" {MOST_RATIO:g} times the shortest"
        )
    scale = (0.75 * mass_kg * 1e3 / density_g_per_cm3 / math.pi / math.prod(found)) ** (1.0 / 3.0)
    a, b, c = (scale * x for x in found)
    return a, b, c


def semi_diameters(a: float, b: float, c: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n,) semi-diameters h(u) of an ellipsoid in n directions, in the unit of its axes, and their weights.

    Gauss-Legendre in the cosine to the third axis and in the angle around it, over one octant.
    """
    x, w = np.polynomial.legendre.leggauss(_NODES)
    cosine, angle = 0.5 * (x + 1.0), 0.25 * math.pi * (x + 1.0)
    sine = np.sqrt(1.0 - cosine**2)
    across = (np.cos(angle) / a) ** 2 + (np.sin(angle) / b) ** 2
    inverse = np.sqrt(np.outer(sine**2, across) + (cosine / c)[:, None] ** 2)
    return (1.0 / inverse).ravel(), np.outer(0.5 * w, 0.5 * w).ravel()


def generalised_radius(a: float, b: float, c: float) -> float:
    """3 V/S of an ellipsoid, in the unit of its semi-axes: the radius of a sphere that has the same V/S.

    Parameters
    ----------
    a, b, c : semi-axes, above 0.

    Raises
    ------
    PhantomError : an axis that is not above 0.

    Examples
    --------
    >>> round(generalised_radius(2.0, 2.0, 2.0), 12), round(generalised_radius(1.0, 1.0, 2.0), 4)
    (2.0, 1.1701)
    """
    if not min(a, b, c) > 0.0:
        raise PhantomError(f"semi-axes of an ellipsoid are {a:g}, {b:g}, {c:g}; numbers above 0 are needed")
    h, weight = semi_diameters(a, b, c)
    return float(1.0 / (weight @ (1.0 / h)))


@lru_cache(maxsize=64)
def ellipsoid_library(
    mass_kg: float, axes: tuple[float, float, float], density_g_per_cm3: float = 1.0
) -> SafLibrary:
    """An ellipsoid as a body of one region, "ellipsoid", which is source and target.

    Parameters
    ----------
    mass_kg : 1e-5 to 6.
    axes : three lengths, of which the proportion counts.
    density_g_per_cm3 : 0.2 to 2; of the ellipsoid and of what surrounds it.

    Raises
    ------
    PhantomError : mass, density or proportion out of range; semi-axes outside of the tables of spheres.

    Examples
    --------
    >>> round_one, long_one = (ellipsoid_library(0.001, axes) for axes in ((1, 1, 1), (1, 1, 4)))
    >>> electrons = [lib.table("electron").at([1.0])[0, 0].item() * 0.001 for lib in (round_one, long_one)]
    >>> [round(x, 2) for x in electrons]
    [0.75, 0.68]
    """
    radius_g_per_cm2(mass_kg, density_g_per_cm3)  # mass and density are checked as a sphere's
    a, b, c = semi_axes_cm(mass_kg, density_g_per_cm3, axes)
    h, weight = semi_diameters(a, b, c)
    radii = density_g_per_cm3 * h
    made = {}
    for radiation, table in tables().items():
        fraction, error = _means(table, radii, weight)
        energy = table.energy_MeV
        if radiation == "electron":  # what stops where it starts
            energy, fraction, error = np.append(0.0, energy), np.append(1.0, fraction), np.append(0.0, error)
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.where(fraction > 0, error / fraction, 0.0)
        made[radiation] = SafTable(energy, fraction[None, None] / mass_kg, relative[None, None])
    alpha = np.array([_alpha(e, radii, weight) for e in ALPHA_ENERGIES_MEV])
    made["alpha"] = SafTable(np.array(ALPHA_ENERGIES_MEV), alpha[None, None] / mass_kg)
    mass = {REGION: mass_kg}
    said = f"{2 * a:.3g} x {2 * b:.3g} x {2 * c:.3g} cm"
    return SafLibrary(
        f"ellipsoid of {mass_kg * 1e3:g} g, {said}, {density_g_per_cm3:g} g/cm3", "both",
        (REGION,), (REGION,), mass, mass, made,
        {
            "origin": "made by milligray: absorbed fractions of spheres, averaged over directions",
            "licence": "BSD-3-Clause",
            "surroundings": "endless, of the ellipsoid's density and composition (water)",
        },
    )  # fmt: skip


def _means(
    table: SphereTable, radii: NDArray[np.float64], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Absorbed fraction and standard error by energy: means over directions; errors are taken as common."""
    from scipy.interpolate import PchipInterpolator

    low, high = float(table.radius_g_per_cm2[0]), float(table.radius_g_per_cm2[-1])
    if radii.min() < low * (1 - 1e-9) or radii.max() > high * (1 + 1e-9):
        raise PhantomError(
            f"semi-diameters of an ellipsoid times density are {radii.min():.3g} to {radii.max():.3g} g/cm2;"
            f" the tables of spheres hold {low:g} to {high:g} g/cm2"
        )
    log, x = np.log(table.radius_g_per_cm2), np.log(np.clip(radii, low, high))
    fraction = np.clip(PchipInterpolator(log, table.fraction, axis=1)(x), 0.0, 1.0) @ weight
    error = np.array([np.interp(x, log, row) @ weight for row in table.standard_error])
    return fraction, error


def _alpha(energy_MeV: float, radii: NDArray[np.float64], weight: NDArray[np.float64]) -> float:
    """Absorbed fraction of alphas of one energy, as :func:`phantoms.spheres.self_dose.alpha_fraction`."""
    if energy_MeV <= 0.0:
        return 1.0
    at, share = alphas.track(energy_MeV)
    return float(weight @ (overlap(np.asarray(at)[None, :] / radii[:, None]) @ share))
