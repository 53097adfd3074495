"""Photons in concentric spheres of one material, for tests against closed forms."""

from collections.abc import Sequence

import numpy as np

from phantoms.geometry.shapes import ONE, Part, X, Y, Z, quadric, square
from phantoms.geometry.solids import Solid3D, compile_body
from phantoms.transport.materials import CrossSections
from phantoms.transport.photons import Tally, batch_seed, empty_tally, make_source, run_batch


def spheres(radii: Sequence[float]) -> Solid3D:
    """Concentric spheres; shell i reaches to radii[i]."""
    parts = [
        Part(f"shell {i}", (quadric(square(X / r) + square(Y / r) + square(Z / r) - square(ONE)),))
        for i, r in enumerate(radii)
    ]
    box = 1.01 * max(radii)
    # cells small enough that a point in the innermost sphere is found at once
    return compile_body(parts, (-box,) * 3, (box,) * 3, max(box / 40.0, min(box / 20.0, 3.0 * radii[0])))


def follow(
    solid: Solid3D, energy_MeV: float, batches: int, xs: CrossSections, n: int = 20_000, seed: int = 5
) -> list[Tally]:
    """Photons of one energy from the innermost sphere, all regions of the first material, in batches."""
    source = make_source(solid, {"shell 0": 1.0})
    material = np.ones(len(solid.regions), dtype=np.int64)
    material[0] = 0
    bone = np.full(len(solid.regions), -1)
    tallies = []
    for batch in range(batches):
        tally = empty_tally(len(solid.regions), 1)
        run_batch(batch_seed(seed, batch), n, energy_MeV, source, solid.geometry, material, bone, xs, tally)
        tallies.append(Tally(tally.analog / (n * energy_MeV), tally.kerma / (n * energy_MeV), *tally[2:]))
    return tallies
