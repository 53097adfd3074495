"""Whole libraries against absorbed fractions of spheres in endless water: another transport."""

from __future__ import annotations

import numpy as np
import pytest

from phantoms.library.saf import SafLibrary
from phantoms.spheres.self_dose import absorbed_fraction
from phantoms.transport.materials import tissue
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.saf.emissions import Emissions, spectrum
from phantoms.voxels.saf.make import voxel_library

ENERGIES = {"photon": 0.14, "electron": 1.0, "alpha": 5.0}


@pytest.fixture(scope="module")
def sphere() -> SafLibrary:
    """A sphere of 1 kg in a block of water of 44 cm, in voxels of 4 mm, for one energy of each kind."""
    n, width_mm = 110, 4.0
    x = (np.arange(n) - n / 2 + 0.5) * 0.1 * width_mm
    r2 = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2
    code = np.where(r2 < (0.75 * 1e3 / np.pi) ** (2 / 3), 2, 1).astype(np.uint8)
    water = tissue("water")
    kinds = (Kind(OUTSIDE, None, 0.0), Kind("water", water, 1.0), Kind("sphere", water, 1.0))
    kg = np.bincount(code.ravel()) * (0.1 * width_mm) ** 3 * 1e-3
    affine = np.diag([width_mm, width_mm, width_mm, 1.0])
    body = VoxelBody("sphere", "both", code, affine, kinds, {"water": kg[1], "sphere": kg[2]})
    lines = {kind: spectrum([e], [1.0]) for kind, e in ENERGIES.items()}
    return voxel_library(body, Emissions("one of each", **lines), sources=["sphere"], precision=0.004)


@pytest.mark.parametrize("radiation", ENERGIES)
def test_a_sphere_of_a_kilogram_keeps_what_the_spheres_say(sphere: SafLibrary, radiation: str) -> None:
    at = (sphere.targets.index("sphere"), sphere.sources.index("sphere"), 0)
    table, mass = sphere.table(radiation), sphere.target_mass_kg["sphere"]
    assert mass == pytest.approx(1.0, rel=0.02)
    kept = float(table.saf_per_kg[at]) * mass
    expected = absorbed_fraction(radiation, ENERGIES[radiation], mass)[0]
    # electrons: a staircase has 1.5 times the surface of its sphere, past which 1 - 0.98 of the energy leaks
    allowed = {"photon": 0.0, "electron": 0.5 * (1.0 - expected), "alpha": 1e-3}[radiation]
    if radiation == "photon":
        assert table.relative_se is not None
        allowed = (4.0 * float(table.relative_se[at]) + 0.01) * expected
        assert allowed < 0.03 * expected
    assert abs(kept - expected) < allowed + 1e-3
