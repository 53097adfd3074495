"""Bodies of voxels that several tests use."""

from __future__ import annotations

import pytest

from phantoms import SafLibrary, load_phantom
from phantoms.bodies.stylised.body import Body, load_body
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.stylised import voxelised


@pytest.fixture(scope="session")
def newborn() -> tuple[VoxelBody, Body, SafLibrary]:
    """The newborn in voxels of 3 mm, by its equations, and its library."""
    body = load_body("newborn")
    return voxelised(body, 3.0), body, load_phantom("newborn")
