"""Dose at the surface of a sphere that holds activity, from the absorbed fractions of spheres.

In an endless medium of one kind, energy goes from a point to another by a kernel K(r) of their distance. A
sphere of radius R and volume V with activity everywhere absorbs V phi(R) of what a unit of volume emits, the
integral of K over all pairs of its points. A thin shell that is added to it adds pairs of an old and a new
point, twice, so that its derivative is 2 x 4 pi R^2 times the integral of K from the sphere to a point of its
surface. The dose there, as a fraction of that in an endless medium with the same concentration, is so

    f(R) = 1/2 [ phi + (1/3) d phi / d ln R ].

Where phi is 1 it is one half. For pure absorption with a coefficient mu it is [1 - (1 - e^(-x))/x]/2 with
x = 2 mu R, the mean over all directions of 1 - e^(-mu chord). The absorbed fractions of
``phantoms/spheres/spheres.csv`` bring scattered photons in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.spheres.self_dose import tables


def surface_fraction(radiation: str, energy_MeV: ArrayLike, radius_g_per_cm2: float) -> NDArray[np.float64]:
    """(n,) dose at the surface of a sphere of water over that in an endless medium of the same concentration.

    Parameters
    ----------
    radiation : "photon" or "electron".
    energy_MeV : (n,) energies; outside of the table's the nearest one's holds.
    radius_g_per_cm2 : density times radius.

    Raises
    ------
    PhantomError : a radius outside of the table.

    >>> surface_fraction("electron", [0.1], 5.0).round(2).tolist()  # nearly all stays: one half
    [0.5]
    """
    from scipy.interpolate import PchipInterpolator

    table = tables()[radiation]
    low, high = float(table.radius_g_per_cm2[0]), float(table.radius_g_per_cm2[-1])
    if not low <= radius_g_per_cm2 <= high:
        raise PhantomError(
            f"density times radius of a sphere is {radius_g_per_cm2:g} g/cm2; {low:g} to {high:g} is allowed"
        )
    log = np.log(table.radius_g_per_cm2)
    curve = PchipInterpolator(log, np.log(table.fraction), axis=1)
    at = np.log(radius_g_per_cm2)
    own = 0.5 * np.exp(curve(at)) * (1.0 + curve.derivative()(at) / 3.0)
    energy = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
    found: NDArray[np.float64] = np.interp(np.log(energy), np.log(table.energy_MeV), own)
    return found
