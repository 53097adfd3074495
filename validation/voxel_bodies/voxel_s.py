"""Voxel S values against those of Lanconelli et al., Phys Med Biol 2012;57:517-533, offset by offset.

Theirs are by Monte Carlo with DOSXYZnrc in soft tissue. The tables are not part of the project; a path says
where a copy of them is (columns nuclide, voxel_mm, tissue, i, j, k, S_mGy_per_MBq_s). The density of their
tissue is not in them: 1.04 g/cm3 is taken, by which all voxels of 90Y absorb together what 90Y emits
(by 1.00 it would be 4 % less, by 1.06 2 % more).
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pandas as pd

from dosimetry.nuclides.nuclide import nuclide
from dosimetry.svalues.voxels import MGY_PER_MEV_PER_KG, voxel_s_values
from phantoms.transport.materials import tissue
from phantoms.voxels.kernels.point import bremsstrahlung_share

HISTORIES = 2_000_000
#: From this share of a radiation on, a voxel is said to be its own.
MAIN = 0.99


def published(path: Path) -> pd.DataFrame:
    """The published values: nuclide, voxel_mm, i, j, k, S_mGy_per_MBq_s."""
    return pd.read_csv(path, comment="#")


def compared(path: Path, *, histories: int = HISTORIES) -> pd.DataFrame:
    """A row for each nuclide, width and offset i <= j <= k (theirs are the same in any order).

    Columns: nuclide, voxel_mm, i, j, k, distance_mm between the voxels' middles, ours and theirs in
    mGy/(MBq s), ratio (ours over theirs), relative_se (ours, from its histories), photon_share and
    bremsstrahlung_share of ours, main ("electrons"; "photons" or "bremsstrahlung", by which of the two is the
    larger part of 99 %; "mixed").
    """
    rows = []
    table = published(path)
    for name, width in sorted(set(zip(table["nuclide"], table["voxel_mm"], strict=True))):
        part = table[(table["nuclide"] == name) & (table["voxel_mm"] == width)]
        found = voxel_s_values(str(name), float(width), histories=histories)
        zero = np.zeros_like(found.s_mGy_per_MBq_s)
        photon = found.by_radiation.get("photon", zero) / found.s_mGy_per_MBq_s
        brems = found.by_radiation.get("bremsstrahlung", zero) / found.s_mGy_per_MBq_s
        for *offset, theirs in part[["i", "j", "k", "S_mGy_per_MBq_s"]].to_numpy().tolist():
            i, j, k = (int(n) for n in offset)
            if not i <= j <= k:
                continue
            at, ours = (i, j, k), float(found.s_mGy_per_MBq_s[i, j, k])
            rows.append(
                {
                    "nuclide": found.nuclide, "voxel_mm": float(width), "i": i, "j": j, "k": k,
                    "distance_mm": float(width) * float(np.linalg.norm(at)),
                    "ours": ours, "theirs": theirs, "ratio": ours / theirs,
                    "relative_se": float(found.se_s_mGy_per_MBq_s[at]) / ours,
                    "photon_share": float(photon[at]), "bremsstrahlung_share": float(brems[at]),
                    "main": _main(float(photon[at]), float(brems[at])),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """By nuclide, width and main radiation: number of offsets, mean, SD, least and largest ratio."""
    by = table.groupby(["nuclide", "voxel_mm", "main"], sort=True)["ratio"]
    return by.agg(["count", "mean", "std", "min", "max"]).reset_index()


def energies(table: pd.DataFrame) -> pd.DataFrame:
    """What the voxels of each published table absorb per decay, beside what ICRP 107 has the nuclide emit.

    Columns: nuclide, voxel_mm, absorbed_MeV (theirs, all voxels), photons_MeV (ours, photons and
    bremsstrahlung in the same voxels), electrons_MeV (their difference: the electrons' energy in theirs,
    where none leave the table), icrp_107_MeV (electrons of ICRP 107 less bremsstrahlung), betas_MeV.
    """
    rows = []
    for name, width in sorted(set(zip(table["nuclide"], table["voxel_mm"], strict=True))):
        part = table[(table["nuclide"] == name) & (table["voxel_mm"] == width)]
        source = nuclide(str(name))
        offset = part[["i", "j", "k"]].to_numpy()
        times = [len(set(itertools.permutations(o))) * 2 ** int(np.count_nonzero(o)) for o in offset.tolist()]
        mass_kg = tissue("soft tissue").density_g_per_cm3 * (0.1 * float(width)) ** 3 * 1e-3
        scale = mass_kg / MGY_PER_MEV_PER_KG
        absorbed = scale * float(np.sum(times * part["theirs"]))
        share = part["photon_share"] + part["bremsstrahlung_share"]
        photons = scale * float(np.sum(times * part["ours"] * share))
        lost = bremsstrahlung_share(source.electron.energy_MeV, source.electron.energy_per_decay_MeV)
        rows.append(
            {
                "nuclide": name, "voxel_mm": width, "absorbed_MeV": absorbed, "photons_MeV": photons,
                "electrons_MeV": absorbed - photons,
                "icrp_107_MeV": source.electron.total_MeV * (1.0 - lost), "betas_MeV": source.beta.total_MeV,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _main(photon: float, bremsstrahlung: float) -> str:
    if photon + bremsstrahlung >= MAIN:
        return "photons" if photon >= bremsstrahlung else "bremsstrahlung"
    return "electrons" if photon + bremsstrahlung <= 1.0 - MAIN else "mixed"
