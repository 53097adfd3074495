"""Writes the tables of docs/imaging.md from a run: closed forms, and a digital sphere as the second method.

    python -m validation.pages.imaging_page [--outlines 2000]

``--outlines``: how many outlines of each digital sphere (2000: some two minutes on one core).
"""

from __future__ import annotations

import argparse
import math
from typing import NamedTuple

import numpy as np

from dosimetry.doses.spheres import sphere_dose
from dosimetry.imaging.activity import organ_activity_u
from dosimetry.imaging.digital_spheres import digital_sphere
from dosimetry.imaging.recovery import SphereRecovery
from dosimetry.imaging.spheres import (
    FWHM_PER_SIGMA,
    blurred_density,
    phi,
    sphere_radius_mm,
    sphere_recovery,
    sphere_volume_mL,
)
from validation.pages.kinetics_checks import ROOT
from validation.report.markdown import splice, table

PAGE = ROOT / "docs" / "imaging.md"
#: Radius and FWHM, mm.
SPHERES = ((5.0, 6.0), (10.0, 6.0), (18.5, 6.0), (30.0, 10.0))
VOXEL_MM, SEED = 2.0, 2018
#: Volumes of the table of the volume's term, mL, at this width and voxels.
VOLUMES_ML, FWHM_MM, WIDE_VOXEL_MM = (0.5, 2.0, 10.0, 100.0, 1000.0), 6.0, 4.0
#: Exponent of S = c1 m^c2 of 131I in spheres of some grams (:func:`exponents`).
EXPONENT = -0.96


def in_voxels_mm(fwhm_mm: float, voxel_mm: float) -> float:
    """FWHM of a blur with that of the voxels, whose variance is a^2/12."""
    return math.sqrt(fwhm_mm**2 + FWHM_PER_SIGMA**2 * voxel_mm**2 / 12.0)


class Compared(NamedTuple):
    """A digital sphere against the closed forms of the blur that its image has."""

    recovery: float
    se_recovery: float
    recovery_closed: float
    density: float
    density_closed: float


def compared(
    radius_mm: float, fwhm_mm: float, voxel_mm: float, outlines: int, shift: float = 0.05
) -> Compared:
    """Recovery, and density between outlines that are too small and too large by a share of the radius."""
    own = digital_sphere(
        radius_mm, fwhm_mm, voxel_mm=voxel_mm, outline_mm=np.full(outlines, radius_mm), seed=SEED
    )
    ends = (radius_mm * (1 - shift), radius_mm * (1 + shift))
    both = digital_sphere(
        radius_mm, fwhm_mm, voxel_mm=voxel_mm, outline_mm=np.tile(ends, outlines), seed=SEED + 1
    )
    held, volume = (x[1::2].mean() - x[::2].mean() for x in (both.counts_mL, both.outlined_mL))
    width = in_voxels_mm(fwhm_mm, voxel_mm)
    s = np.linspace(*ends, 2001)
    shell = np.trapezoid(blurred_density(s, radius_mm, width) * s**2, s) / np.trapezoid(s**2, s)
    return Compared(
        own.recovery,
        float(own.counts_mL.std(ddof=1)) / own.volume_mL / math.sqrt(outlines),
        sphere_recovery(radius_mm, width),
        float(held / volume),
        float(shell),
    )


def spheres(outlines: int) -> str:
    """phi/2 and R of the closed form, and of a digital sphere."""
    rows = []
    for r, w in SPHERES:
        c = compared(r, w, VOXEL_MM, outlines)
        recovery, density = c.recovery / c.recovery_closed - 1, c.density / c.density_closed - 1
        rows.append((
            f"{r:g}", f"{w:g}", f"{phi(r, w) / 2:.3f}", f"{sphere_recovery(r, w):.3f}",
            f"{c.recovery_closed:.4f}", f"{c.recovery:.4f} ± {c.se_recovery:.4f}", f"{100 * recovery:+.2f} %",
            f"{c.density_closed:.4f}", f"{c.density:.4f}", f"{100 * density:+.2f} %",
        ))  # fmt: skip
    header = (
        "r / mm", "FWHM / mm", "φ/2", "R", "R with voxels", "digital sphere", "",
        "edge density", "digital sphere", "",
    )  # fmt: skip
    return table(header, rows)


def volume_terms() -> str:
    """The volume's term of u(D)/D by volume."""
    rows = []
    for v in VOLUMES_ML:
        found = {
            rule: organ_activity_u(
                v,
                voxel_mm=WIDE_VOXEL_MM,
                fwhm_mm=FWHM_MM,
                recovery=SphereRecovery(fwhm_mm=FWHM_MM),
                rule=rule,
            )
            for rule in ("sphere", "Gear")
        }
        ours, gear = found["sphere"], found["Gear"]
        shares = (ours.u_mass, ours.u_activity, ours.u_dose(), ours.u_dose(EXPONENT), gear.u_dose(EXPONENT))
        recovery = sphere_recovery(sphere_radius_mm(v), FWHM_MM)
        rows.append((f"{v:g}", f"{recovery:.3f}", *(f"{100 * u:.0f} %" for u in shares)))
    names = ("u(v)/v", "u(A)/A", "u(D)/D, c2 = -1", f"c2 = {EXPONENT:g}", f"c2 = {EXPONENT:g}, φ/2 alone")
    return table(("v / mL", "R", *names), rows)


def exponents() -> str:
    """c2 of the S values of spheres."""
    masses = (0.5, 2.0, 10.0, 100.0)
    rows = []
    for name in ("Lu-177", "Y-90", "I-131", "Zr-89"):
        cells = []
        for g in masses:
            small, large = (sphere_dose(name, g * k / 1000).total_mGy_per_MBq_h for k in (1 / 1.1, 1.1))
            cells.append(f"{math.log(large / small) / math.log(1.21):.2f}")
        rows.append((name, *cells))
    return table(("c2", *(f"{g:g} g" for g in masses)), rows)


def outline_errors(outlines: int) -> str:
    """First order against outlines whose diameter is drawn from a normal distribution."""
    rows = []
    for (r, w), relative in zip(SPHERES * 2, (0.05,) * 4 + (0.1,) * 4, strict=True):
        first, many = outline_error(r, w, relative, outlines)
        cells = [f"{r:g}", f"{w:g}", f"{300 * relative:.0f} %"]
        for one, other in zip(first, many, strict=True):
            cells += [f"{100 * one:.1f} %", f"{100 * other:.1f} %"]
        rows.append(tuple(cells))
    return table(("r / mm", "FWHM / mm", "u(v)/v", "u(A)/A", "outlines", "u(D)/D, c2 = -1", "outlines"), rows)


def outline_error(
    radius_mm: float, fwhm_mm: float, relative: float, outlines: int
) -> tuple[tuple[float, float], tuple[float, float]]:
    """u(A)/A and u(D)/D by first order, and as standard deviations over outlines; u(d)/d is ``relative``."""
    rng = np.random.default_rng(SEED)
    drawn = radius_mm * (1.0 + relative * rng.standard_normal(outlines))
    found = digital_sphere(radius_mm, fwhm_mm, voxel_mm=VOXEL_MM, outline_mm=drawn, seed=SEED)
    width = in_voxels_mm(fwhm_mm, VOXEL_MM)
    volume = np.array([sphere_volume_mL(d) for d in drawn])
    activity = found.counts_mL / np.array([sphere_recovery(d, width) for d in drawn])
    made = tuple(float(x.std(ddof=1) / x.mean()) for x in (activity, activity / volume))
    told = organ_activity_u(
        found.volume_mL, voxel_mm=VOXEL_MM, fwhm_mm=width, recovery=SphereRecovery(fwhm_mm=width)
    )
    slope = told.counts_slope - told.recovery_slope
    return (abs(slope) * 3 * relative, abs(slope - 1.0) * 3 * relative), (made[0], made[1])


def voxel_volumes(outlines: int) -> str:
    """How well voxels that are counted give a volume, and what Gear's equation has for them."""
    rows = []
    for r, w in SPHERES:
        found = digital_sphere(r, w, voxel_mm=WIDE_VOXEL_MM, outline_mm=np.full(outlines, r), seed=SEED)
        told = 3.0 * WIDE_VOXEL_MM / math.sqrt(6.0) / (2.0 * r)
        # the width along an axis alone, of radii spread evenly over a voxel
        radii = r + WIDE_VOXEL_MM * np.random.default_rng(SEED).random(outlines)
        some = digital_sphere(r, w, voxel_mm=WIDE_VOXEL_MM, outline_mm=radii, seed=SEED + 1)
        wide = some.chord_mm - 2.0 * radii
        rows.append(
            (
                f"{r:g}",
                f"{100 * found.outlined_mL.std(ddof=1) / found.volume_mL:.1f} %",
                f"{100 * told:.1f} %",
                f"{wide.std(ddof=1):.2f} mm",
                f"{WIDE_VOXEL_MM / math.sqrt(6.0):.2f} mm",
            )
        )
    return table(("r / mm", "SD of the volume", "3 (a/√6)/d", "SD of the width", "a/√6"), rows)


def fast() -> dict[str, str]:
    """The tables that take no time."""
    return {"volume-terms": volume_terms(), "exponents": exponents()}


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--outlines", type=int, default=2000)
    n = parser.parse_args().outlines
    made = {
        "digital-spheres": spheres(n),
        "outline-errors": outline_errors(n),
        "voxel-volumes": voxel_volumes(n),
    }
    size = f"Made by a run with {n} outlines of each sphere, seed {SEED}."
    splice(PAGE, {**fast(), **{name: f"{text}\n\n{size}" for name, text in made.items()}})
    print(f"{PAGE} is written")


if __name__ == "__main__":
    main()
