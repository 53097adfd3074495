"""A walk of electrons through voxels of any density: a second method for what kernels give in a body.

Every collision is followed as in :mod:`phantoms.transport.electrons`, whose steps and collisions it uses; a
step in g/cm2 is that over the density of the voxel in cm. An electron of 90Y takes 1 ms, against a second for
all voxels of a body by kernels: it is here to say how far those are off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dosimetry.nuclides.nuclide import nuclide
from phantoms.bodies.stylised.body import load_body
from phantoms.kernels import kernel
from phantoms.random_numbers import uniform
from phantoms.transport.by_formulas import isotropic
from phantoms.transport.electrons import (
    KNOCK_ON_MEV,
    KNOCK_ON_SHARE,
    STOP_MEV,
    collide,
    medium,
    step_of,
)
from phantoms.transport.materials import tissue
from phantoms.transport.photons import batch_seed
from phantoms.voxels.body import OUTSIDE, Kind, VoxelBody
from phantoms.voxels.kernels.convolve import absorbed_by_code, water_density
from phantoms.voxels.kernels.point import electron_kernel, spectrum_arrays
from phantoms.voxels.stylised import voxelised
from phantoms.voxels.walk.sources import Starts, starts, starts_of_map


class Walked(NamedTuple):
    """Share of the energy emitted that the voxels of each code absorb, (kinds,), and its standard error."""

    share: NDArray[np.float64]
    standard_error: NDArray[np.float64]


def walked(
    body: VoxelBody, starts: Starts, energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, *,
    histories: int, seed: int = 1, batches: int = 20,
) -> Walked:  # fmt: skip
    """Follow electrons of a spectrum from the voxels of a source; those that leave the body are lost."""
    energy, share = spectrum_arrays(energy_MeV, energy_per_decay_MeV, 10.0, "electrons")
    tables = medium(max(KNOCK_ON_MEV, KNOCK_ON_SHARE * float(energy[-1])))
    density = water_density(body)
    found = np.zeros((batches, len(body.kinds)))
    number = histories // batches
    for batch in range(batches):
        _walk(
            batch_seed(seed, batch), number, energy, np.cumsum(share), tables, body.code, density,
            np.array(body.width_cm), starts.voxel, starts.cumulative, found[batch],
        )  # fmt: skip
    found /= number
    return Walked(found.mean(axis=0), found.std(axis=0, ddof=1) / np.sqrt(batches))


def kept_in_lungs(
    name: str = "Y-90", width_mm: float = 4.0, *, histories: int = 20_000, seed: int = 1
) -> pd.DataFrame:
    """Electrons' energy of a nuclide in the lungs (0.296 g/cm3) of the stylised adult male that stays there.

    Columns: method ("local", "kernels", "walk"), kept, se_kept (share of the electrons' energy).
    """
    body = voxelised(load_body("adult_male"), width_mm, staggered=False)
    source, lungs = starts(body, "lungs"), body.codes_of(["lungs"])
    electrons = nuclide(name).electron
    spectrum = electrons.energy_MeV, electrons.energy_per_decay_MeV
    by_kernels = absorbed_by_code(body, source, electron_kernel(*spectrum))
    by_walk = walked(body, source, *spectrum, histories=histories, seed=seed)
    error = float(np.sqrt((by_walk.standard_error[lungs] ** 2).sum()))
    return pd.DataFrame(
        {
            "method": ["local", "kernels", "walk"],
            "kept": [1.0, float(by_kernels[lungs].sum()), float(by_walk.share[lungs].sum())],
            "se_kept": [0.0, 0.0, error],
        }
    )


def past_a_face(
    name: str = "Y-90", width_mm: float = 4.0, *, histories: int = 12_000, seed: int = 1, layers: int = 6
) -> pd.DataFrame:
    """Electrons from soft tissue into lung past a flat face: where in the lung their energy is, by layer.

    The source is a column of 3 x 3 voxels that ends at the face and is 3 long.

    Columns: layer (0: voxels beside the face), kernels, walk, se_walk: share of the electrons' energy.
    """
    side, before = 23, 4
    soft, lung = tissue("soft tissue"), tissue("lung")
    kinds = [Kind(OUTSIDE, None, 0.0), Kind("tissue", soft, soft.density_g_per_cm3)]
    kinds += [Kind(f"lung {n}", lung, lung.density_g_per_cm3) for n in range(layers)]
    code = np.ones((before + layers, side, side), np.uint8)
    code[before:] += np.arange(1, layers + 1, dtype=np.uint8)[:, None, None]
    affine = np.diag([width_mm, width_mm, width_mm, 1.0])
    masses = {kind.region: 1.0 for kind in kinds[1:]}
    body = VoxelBody("past a face", "both", code, affine, tuple(kinds), masses)
    activity = np.zeros(code.shape)
    activity[1:before, side // 2 - 1 : side // 2 + 2, side // 2 - 1 : side // 2 + 2] = 1.0
    source = starts_of_map(body, activity)
    electrons = nuclide(name).electron
    spectrum = electrons.energy_MeV, electrons.energy_per_decay_MeV
    by_kernels = absorbed_by_code(body, source, electron_kernel(*spectrum))
    by_walk = walked(body, source, *spectrum, histories=histories, seed=seed)
    found = {"kernels": by_kernels, "walk": by_walk.share, "se_walk": by_walk.standard_error}
    return pd.DataFrame({"layer": range(layers), **{key: value[2:] for key, value in found.items()}})


@kernel(inline="always")
def _code(code, width, x, y, z):  # type: ignore[no-untyped-def]
    """Code of the voxel at a point, 0 off the grid; voxel (0, 0, 0) begins at the origin."""
    i, j, k = int(np.floor(x / width[0])), int(np.floor(y / width[1])), int(np.floor(z / width[2]))
    if i < 0 or j < 0 or k < 0 or i >= code.shape[0] or j >= code.shape[1] or k >= code.shape[2]:
        return 0
    return int(code[i, j, k])


@kernel(nogil=True)
def _walk(seed, n, lines, lines_to, medium, code, density, width, voxel, voxel_to, found):  # type: ignore[no-untyped-def]
    state = np.empty(1, np.uint64)
    state[0] = seed
    stack = np.empty((64, 7))
    for number in range(n):
        energy0 = lines[min(np.searchsorted(lines_to, (number + uniform(state)) / n), lines.size - 1)]
        flat = voxel[min(np.searchsorted(voxel_to, uniform(state)), voxel.size - 1)]
        i, rest = divmod(flat, code.shape[1] * code.shape[2])
        j, k = divmod(rest, code.shape[2])
        x = (i + uniform(state)) * width[0]
        y = (j + uniform(state)) * width[1]
        z = (k + uniform(state)) * width[2]
        u, v, w = isotropic(state)
        energy = energy0
        waiting = 0
        while True:
            here = _code(code, width, x, y, z)
            while energy > STOP_MEV and here > 0:
                s, kept, radiated, collides = step_of(energy, medium, state)
                cm = s / density[here]
                half = _code(code, width, x + 0.5 * cm * u, y + 0.5 * cm * v, z + 0.5 * cm * w)
                found[half] += kept / energy0
                x, y, z = x + cm * u, y + cm * v, z + cm * w
                here = _code(code, width, x, y, z)
                energy -= kept + radiated
                if energy > STOP_MEV and collides:
                    u, v, w, energy, given, a, b, c = collide(energy, u, v, w, medium, state)
                    if given > 0.0 and waiting < 64:
                        stack[waiting] = np.array([x, y, z, a, b, c, given])
                        waiting += 1
                    else:
                        found[here] += given / energy0
            if here > 0:
                found[here] += max(energy, 0.0) / energy0
            if waiting == 0:
                break
            waiting -= 1
            x, y, z, u, v, w, energy = stack[waiting]
    found[0] = 0.0
