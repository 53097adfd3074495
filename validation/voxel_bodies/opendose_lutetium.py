"""177Lu in the liver of ICRP 110's adult male: S values against OpenDose's direct Monte Carlo.

OpenDose (Chauvin et al., J Nucl Med 2020;61:1514-1519; www.opendose.org) followed photons and electrons of
the whole decay in the same voxels, with several codes. Ours are those of ``milligray phantoms voxels``:
photons by the walk, electrons by kernels over the voxels.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

import numpy as np

from dosimetry.svalues.folding import s_arrays
from dosimetry.svalues.voxel_bodies import patient_library
from phantoms.library.saf import SafLibrary
from phantoms.voxels.body import VoxelBody

NUCLIDE, SOURCE = "Lu-177", "liver"
#: A region of gas, which electrons from the tissue around it cross; the walk knows no such electrons.
GAS = "air inside body"
#: Uncertainties as printed that are above this share of their value cannot be meant: the codes agree better.
PRINTED = 0.05
#: OpenDose's name of a target -> ours, where that is not the same in small letters.
NAMES: dict[str, str] = {
    "Adipose/residual tissue": "residual tissue", "Adrenal, left": "left adrenal",
    "Adrenal, right": "right adrenal", "Alveolar-interstitium": "lung tissue",
    "Breast-a + Breast-g": "breasts", "Eye lense, left": "left eye lens",
    "Eye lense, right": "right eye lens", "Eye bulb, left": "left eye bulb",
    "Eye bulb, right": "right eye bulb", "Gall bladder contents": "gallbladder contents",
    "Gall bladder wall": "gallbladder wall", "Heart contents (blood)": "heart contents",
    **{f"Kidney, {side}, {part}": f"{side} kidney {part}"
       for side in ("left", "right") for part in ("cortex", "medulla", "pelvis")},
    "Left kidney C+M+P": "left kidney", "Right kidney C+M+P": "right kidney", "RKidney + LKidney": "kidneys",
    **{f"Lung, {side}, {part}": f"{side} lung {part}"
       for side in ("left", "right") for part in ("blood", "tissue")},
    "Left colon wall (left transverse + descending)": "LC-wall",
    "Right colon wall (ascending + right transverse)": "RC-wall",
    "Sigmoid colon wall + rectum wall": "RS-wall", "Sigmoid colon contents": "RS-cont",
    "Lymph nodes": "lymphatic nodes", "Lymph nodes, except LN-ET + LN-Th": "LN-Sys",
    "Lymphatic nodes, extrathoracic airways": "LN-ET", "Lymphatic nodes, thoracic airways": "LN-Th",
    "RAdrenal + LAdrenal": "adrenals", "Salivary glands, left": "left salivary gland",
    "Salivary glands, right": "right salivary gland", "Small intestine wall": "SI-wall",
    "Skin at top and bottom": "skin, top and bottom", "Testis, left": "left testis",
    "Testis, right": "right testis", "Tongue (inner part)": "tongue, inner part",
    "Ureter, left": "left ureter",    "Ureter, right": "right ureter", "Lenses of eye": "eye lens",
}  # fmt: skip


class Compared(NamedTuple):
    """One target.

    ours, theirs : S, mGy/(MBq s). difference : ours over theirs, less 1. se : relative, our statistics and,
    where they can be meant, theirs as printed. printed : theirs as printed, relative. electrons : their
    share of our S.
    """

    target: str
    ours: float
    theirs: float
    difference: float
    se: float
    printed: float
    electrons: float


def read(path: Path) -> dict[str, tuple[float, float]]:
    """S and its uncertainty as printed, mGy/(MBq s), by OpenDose's name of the target."""
    with path.open(encoding="utf-8") as f:
        rows = csv.DictReader(line for line in f if not line.startswith("#"))
        return {r["target"]: (float(r["S_mGy_per_MBq_s"]), float(r["u_as_printed"])) for r in rows}


def make_library(body: VoxelBody, precision: float, most_histories: int, workers: int = 1) -> SafLibrary:
    """The library of the body for 177Lu from the liver."""
    return patient_library(
        body, NUCLIDE, sources=[SOURCE], precision=precision, most_histories=most_histories, workers=workers
    )


def compared(library: SafLibrary, published: dict[str, tuple[float, float]]) -> list[Compared]:
    """Every target that both have, the largest S first."""
    s = s_arrays(NUCLIDE, library)
    j = library.sources.index(SOURCE)
    found = []
    assert s.variance is not None
    for name, (theirs, u) in published.items():
        ours_name = NAMES.get(name, name.lower())
        if ours_name not in library.targets or theirs <= 0.0:
            continue
        i = library.targets.index(ours_name)
        ours = float(s.total[i, j])
        if ours == 0.0:  # no photon of all came there
            continue
        own = float(np.sqrt(sum(v[i, j] for v in s.variance.values()))) / ours
        printed = u / theirs
        se = float(np.hypot(own, printed if printed <= PRINTED else 0.0))
        electrons = float(s.value["electron"][i, j]) / ours
        found.append(Compared(ours_name, ours, theirs, ours / theirs - 1.0, se, printed, electrons))
    return sorted(found, key=lambda c: -c.theirs)
