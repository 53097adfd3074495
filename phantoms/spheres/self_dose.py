"""Self-dose of spheres: absorbed fractions of photons, electrons and alphas, as a SAF library of one region.

A sphere of tissue holds its activity uniformly and lies in an endless medium of its own density and
composition (water). Absorbed fractions depend on the product of density and radius only. Those of photons
and electrons are the project's own transport (:mod:`phantoms.spheres.point_source`), shipped as
``phantoms/spheres/spheres.csv``; alphas and recoil nuclei run straight (:mod:`phantoms.transport.alphas`).
"""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.library.saf import SafLibrary, SafTable
from phantoms.transport import alphas

REGION = "sphere"
MASS_LIMITS_KG = (1e-5, 6.0)
DENSITY_LIMITS_G_PER_CM3 = (0.2, 2.0)
ALPHA_ENERGIES_MEV = (0.0, 0.25, 0.5, *(1.0 + 0.5 * k for k in range(23)))
#: The file of the tables; above its highest energy the last column holds.
TABLE = "spheres.csv"


def overlap(x: ArrayLike) -> NDArray[np.float64]:
    """Chance that a point x radii away from a random point of a sphere is in the sphere too.

    1 - 3x/4 + x^3/16 for x < 2, else 0 (M. J. Berger, MIRD Pamphlet 7, J Nucl Med 1971;12 Suppl 5).
    """
    near = np.minimum(np.asarray(x, dtype=float), 2.0)
    overlap: NDArray[np.float64] = 1.0 - 0.75 * near + near**3 / 16.0
    return overlap


@dataclass(frozen=True)
class SphereTable:
    """Absorbed fractions of one radiation: energy (E,), radius (R,) in g/cm2, fraction and its se (E, R)."""

    energy_MeV: NDArray[np.float64]
    radius_g_per_cm2: NDArray[np.float64]
    fraction: NDArray[np.float64]
    standard_error: NDArray[np.float64]

    def at(self, radius_g_per_cm2: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Absorbed fraction and standard error at every energy, for one radius (monotone cubics in ln R)."""
        from scipy.interpolate import PchipInterpolator

        log, x = np.log(self.radius_g_per_cm2), math.log(radius_g_per_cm2)
        fraction = PchipInterpolator(log, self.fraction, axis=1)(x)
        error = np.array([np.interp(x, log, row) for row in self.standard_error])
        return np.clip(fraction, 0.0, 1.0), error


@lru_cache(maxsize=1)
def tables() -> dict[str, SphereTable]:
    """The shipped tables of "photon" and "electron"."""
    text = (files("phantoms.spheres") / TABLE).read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    header, *rows = list(csv.reader(lines))
    radius = np.array([float(r) for r in header[3:]])
    found = {}
    for radiation in ("photon", "electron"):
        of = {
            quantity: [r for r in rows if r[0] == radiation and r[1] == quantity]
            for quantity in ("fraction", "se")
        }
        found[radiation] = SphereTable(
            np.array([float(r[2]) for r in of["fraction"]]),
            radius,
            np.array([[float(v) for v in r[3:]] for r in of["fraction"]]),
            np.array([[float(v) for v in r[3:]] for r in of["se"]]),
        )
    return found


def radius_g_per_cm2(mass_kg: float, density_g_per_cm3: float = 1.0) -> float:
    """Product of a sphere's density and radius, g/cm2.

    Raises
    ------
    PhantomError : mass outside 0.01 g to 6 kg, or density outside 0.2 to 2 g/cm3.
    """
    low, high = MASS_LIMITS_KG
    if not low * (1 - 1e-9) <= mass_kg <= high * (1 + 1e-9):
        raise PhantomError(
            f"a sphere's mass of {mass_kg * 1e3:g} g is outside the tables; allowed: 0.01 g to 6000 g"
        )
    low, high = DENSITY_LIMITS_G_PER_CM3
    if not low <= density_g_per_cm3 <= high:
        raise PhantomError(
            f"a sphere's density of {density_g_per_cm3:g} g/cm3 is outside the tables;"
            f" allowed: {low:g} to {high:g} g/cm3 (soft tissue 1.04, lung 0.3, bone 1.92)"
        )
    return float((0.75 * mass_kg * 1e3 * density_g_per_cm3**2 / math.pi) ** (1.0 / 3.0))


def alpha_fraction(energy_MeV: float, radius: float) -> float:
    """Absorbed fraction of alphas (and recoil nuclei) of one energy in a sphere of so many g/cm2 radius."""
    if energy_MeV <= 0.0:
        return 1.0
    at, share = alphas.track(energy_MeV)
    return float(overlap(at / radius) @ share)


def absorbed_fraction(
    radiation: str, energy_MeV: ArrayLike, mass_kg: float, density_g_per_cm3: float = 1.0
) -> NDArray[np.float64]:
    """Fraction of the energy of "photon", "electron" or "alpha" that a sphere keeps, by energy in MeV.

    Parameters
    ----------
    radiation : "photon", "electron" or "alpha".
    energy_MeV : (n,) or a number; to 10 MeV, alphas to 12 MeV.
    mass_kg, density_g_per_cm3 : as for :func:`sphere_library`.

    Returns
    -------
    (n,) fractions.

    Raises
    ------
    PhantomError : unknown radiation, mass or density out of range.

    Examples
    --------
    >>> absorbed_fraction("electron", [0.1, 1.0], mass_kg=0.001).round(2)
    array([0.99, 0.75])
    """
    library = sphere_library(mass_kg, density_g_per_cm3)
    fraction: NDArray[np.float64] = library.table(radiation).at(energy_MeV)[0, 0] * mass_kg
    return fraction


@lru_cache(maxsize=64)
def sphere_library(mass_kg: float, density_g_per_cm3: float = 1.0) -> SafLibrary:
    """A sphere as a body of one region, "sphere", which is source and target.

    Parameters
    ----------
    mass_kg : 1e-5 to 6.
    density_g_per_cm3 : 0.2 to 2; of the sphere and of what surrounds it.

    Raises
    ------
    PhantomError : mass or density out of range.

    Examples
    --------
    >>> sphere_library(0.01).targets, sphere_library(0.01).target_mass_kg["sphere"]
    (('sphere',), 0.01)
    """
    radius = radius_g_per_cm2(mass_kg, density_g_per_cm3)
    made = {}
    for radiation, table in tables().items():
        fraction, error = table.at(radius)
        energy = table.energy_MeV
        if radiation == "electron":  # what stops where it starts
            energy, fraction, error = np.append(0.0, energy), np.append(1.0, fraction), np.append(0.0, error)
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = np.where(fraction > 0, error / fraction, 0.0)
        made[radiation] = SafTable(energy, fraction[None, None] / mass_kg, relative[None, None])
    alpha = np.array([alpha_fraction(e, radius) for e in ALPHA_ENERGIES_MEV])
    made["alpha"] = SafTable(np.array(ALPHA_ENERGIES_MEV), alpha[None, None] / mass_kg)
    mass = {REGION: mass_kg}
    return SafLibrary(
        f"sphere of {mass_kg * 1e3:g} g, {density_g_per_cm3:g} g/cm3", "both", (REGION,), (REGION,),
        mass, mass, made,
        {
            "origin": "made by milligray: transport around a point source in water, folded over the sphere",
            "licence": "BSD-3-Clause",
            "surroundings": "endless, of the sphere's density and composition (water)",
        },
    )  # fmt: skip
