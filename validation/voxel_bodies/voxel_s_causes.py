"""What the photons' voxel S values depend on, and the same by a walk: what could explain a difference.

The published tables of :mod:`validation.voxel_bodies.voxel_s` do not say what their tissue is made of, nor
where it ends. Each row here is the comparison made again with one thing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from dosimetry.nuclides.nuclide import nuclide
from dosimetry.svalues.voxels import MGY_PER_MEV_PER_KG, VoxelSValues, voxel_s_values
from phantoms.transport.materials import Tissue, tissue
from phantoms.voxels.kernels.bremsstrahlung import bremsstrahlung_spectrum
from phantoms.voxels.kernels.fold import voxel_shares
from phantoms.voxels.kernels.photons import photon_kernel, standard_error
from phantoms.voxels.kernels.point import PointKernel
from validation.voxel_bodies.photon_walk import walked
from validation.voxel_bodies.voxel_s import HISTORIES, MAIN, published

#: "Tissue, Soft (ICRU four-component)" of NIST's list of materials.
FOUR_ELEMENTS = {1: 0.101172, 6: 0.111, 7: 0.026, 8: 0.761828}
#: Voxels along a side of the cube that the tissue is made to end with.
CUBE = 51
WALKED = 3_000_000
#: A group of fewer voxels is left out.
LEAST = 3


def causes(path: Path, *, histories: int = HISTORIES, walks: int = WALKED) -> pd.DataFrame:
    """Each published table's voxels of one radiation (99 % of ours), with one thing changed at a time.

    Columns: nuclide, voxel_mm, radiation ("photons": also those of bremsstrahlung; "electrons": where there
    are several such voxels), what (is changed), mean (of ours over theirs), within (share of the offsets
    within 1 %).
    """
    rows = []
    table = published(path)
    for name, width in sorted(set(zip(table["nuclide"], table["voxel_mm"], strict=True))):
        part = table[(table["nuclide"] == name) & (table["voxel_mm"] == width)]
        part = part[(part["i"] <= part["j"]) & (part["j"] <= part["k"])]
        place = tuple(part[["i", "j", "k"]].to_numpy().T)
        theirs = part["S_mGy_per_MBq_s"].to_numpy(dtype=float)
        ours = voxel_s_values(str(name), float(width), histories=histories)
        share = (_photons(ours) / ours.s_mGy_per_MBq_s)[place]
        for what, changed in _changed(ours, histories, walks):
            ratio = changed[place] / theirs
            for radiation, held in (("photons", share >= MAIN), ("electrons", share <= 1.0 - MAIN)):
                if np.count_nonzero(held) < LEAST:
                    continue
                rows.append(
                    {
                        "nuclide": ours.nuclide, "voxel_mm": float(width), "radiation": radiation,
                        "what": what, "mean": float(ratio[held].mean()),
                        "within": float(np.mean(np.abs(ratio[held] - 1.0) <= 0.01)),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def by_a_walk(
    energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, width_mm: float, *, histories: int = HISTORIES,
    walks: int = WALKED, seed: int = 1, offsets: int = 6,
) -> tuple[float, float, float]:  # fmt: skip
    """Photons' energy by voxel by a walk over that by the kernel, all offsets (56 of 6 voxels an axis).

    Returns
    -------
    mean of the ratio less 1, weighted by the statistics of each offset; its standard error, by batches, for a
    kernel's offsets have their histories in common; the largest difference of one offset in its own.
    """
    kind = tissue("soft tissue")
    width = 0.1 * width_mm * kind.density_g_per_cm3
    kernel, batches = photon_kernel(energy_MeV, energy_per_decay_MeV, medium=kind, histories=histories)
    near = kernel.radius_g_per_cm2 < np.sqrt(3.0) * width * (offsets + 1)
    mean = PointKernel(kernel.radius_g_per_cm2[near], kernel.within[near])
    place = tuple(np.array([o for o in np.ndindex((offsets,) * 3) if o[0] <= o[1] <= o[2]]).T)
    ours = voxel_shares(mean, (width, width, width), batches[:, near])[(slice(None), *place)]
    walk = walked(
        energy_MeV, energy_per_decay_MeV, width_mm, histories=walks, seed=seed, offsets=offsets
    ).batches[(slice(None), *place)]  # fmt: skip
    whole = ours.mean(axis=0)
    off = walk.mean(axis=0) / whole - 1.0
    error = np.hypot(standard_error(walk), standard_error(ours)) / whole
    weight = error**-2 / (error**-2).sum()
    both = (standard_error((b / whole) @ weight) for b in (walk, ours))
    return float(weight @ off), float(np.hypot(*both)), float(np.max(np.abs(off) / error))


def _changed(ours: VoxelSValues, histories: int, walks: int) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """What is changed, and the voxel S values then."""
    name, width = ours.nuclide, float(np.max(ours.width_mm))
    yield "nothing", ours.s_mGy_per_MBq_s
    if name != "Y-90":
        yield "no bremsstrahlung", ours.s_mGy_per_MBq_s - ours.by_radiation["bremsstrahlung"]
    own = tissue("soft tissue")
    others = (
        ("H, C, N, O of ICRU", Tissue("four elements", own.density_g_per_cm3, FOUR_ELEMENTS)),
        ("the same, 1.035 g/cm3", Tissue("four elements", 1.035, FOUR_ELEMENTS)),
        ("water", Tissue("water", own.density_g_per_cm3, tissue("water").fractions)),
        ("1.00 g/cm3", replace(own, density_g_per_cm3=1.0)),
    )
    for what, medium in others:
        yield what, voxel_s_values(name, width, medium=medium, histories=histories).s_mGy_per_MBq_s
    source = nuclide(name)
    photon = source.photon.energy_MeV, source.photon.energy_per_decay_MeV
    slowing = bremsstrahlung_spectrum(source.electron.energy_MeV, source.electron.energy_per_decay_MeV)
    energy, emitted = (np.concatenate([a, b]) for a, b in zip(photon, slowing, strict=True))
    share = walked(energy, emitted, width, half_width_mm=0.5 * CUBE * width, histories=walks).share
    photons = _mGy_per_share(float(emitted.sum()), width) * share
    yield f"a cube of {CUBE} voxels", ours.s_mGy_per_MBq_s - _photons(ours) + photons


def _photons(ours: VoxelSValues) -> NDArray[np.float64]:
    """Of photons and bremsstrahlung."""
    found = ours.by_radiation["bremsstrahlung"]
    return found + ours.by_radiation["photon"] if "photon" in ours.by_radiation else found


def _mGy_per_share(energy_MeV: float, width_mm: float) -> float:
    """mGy/(MBq s) of a voxel of soft tissue that absorbs all of an energy per decay."""
    mass_kg = 1e-3 * tissue("soft tissue").density_g_per_cm3 * (0.1 * width_mm) ** 3
    return MGY_PER_MEV_PER_KG * energy_MeV / mass_kg
