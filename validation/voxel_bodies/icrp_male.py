"""The adult male of ICRP Publication 110 in his voxels against the SAFs of ICRP Publication 133.

Both rest on the same voxels, so what differs is transport. Masses of ICRP 133 hold the organs' blood: its
dose to the region itself is the absorbed fraction over that mass, and so it is compared; the mean dose of
another region does not know its mass.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from phantoms.library.icrp133.libraries import libraries
from phantoms.library.importing import supplement_files
from phantoms.library.saf import SafLibrary
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.walk.photons import Walker, lines
from validation.voxel_bodies.pairs import SKELETAL, Pair, absorbed, pair, saf_per_kg, walked

#: Source here -> source of ICRP 133's library.
SOURCES: dict[str, str] = {
    **{s: s for s in (
        "liver", "kidneys", "spleen", "thyroid", "brain", "pancreas", "stomach contents",
        "urinary bladder contents", "muscle",
    )},
    "lung tissue": "Lung-Tis",
}  # fmt: skip
#: Target here -> target of ICRP 133's library. Whole organs; adipose tissue is what no organ holds.
SOLID: dict[str, str] = {
    **{t: t for t in (
        "adrenals", "brain", "breasts", "eye lens", "gallbladder wall", "heart wall", "kidneys", "liver",
        "muscle", "oral mucosa", "pancreas", "pituitary gland", "prostate", "salivary glands", "skin",
        "spleen", "testes", "thymus", "thyroid", "tongue", "tonsils", "ureters", "urinary bladder wall",
    )},
    "lung tissue": "AI", "residual tissue": "adipose tissue",
}  # fmt: skip
#: Sources whose self-doses there are for the mass of the tissue alone.
WITHOUT_BLOOD = ("lung tissue",)
#: Walls here, a layer of stem cells within them there.
LAYERED: dict[str, str] = {
    "oesophagus": "oesophagus", "stomach wall": "stomach wall", "SI-wall": "small intestine",
    "RC-wall": "RC-stem", "LC-wall": "LC-stem", "RS-wall": "RS-stem",
}  # fmt: skip
NODES: dict[str, str] = {n: n for n in ("LN-ET", "LN-Th", "LN-Sys")}
MARROW: dict[str, str] = {t: t for t in SKELETAL}
#: All of ICRP 133's photon energies from 0.05 to 2 MeV.
ENERGIES_MEV = (0.05, 0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.5, 2.0)
#: Pairs below are not looked at, 1/kg; neither are those whose own statistics are worse.
FAR_PER_KG, KNOWN = 1e-3, 0.02


def load_body(folder: Path) -> VoxelBody:
    """The adult male from the arrays and tables in a folder, by the program's own reader of label volumes."""
    import nibabel

    from phantoms.voxels.images.make import body_from_images

    arrays = np.load(folder / "ICRP110_AM.npz")
    # columns from right to left, rows from front to back, slices from the feet up (ICRP 110, section 5)
    labels = np.ascontiguousarray(arrays["organ_id"].transpose(2, 1, 0))
    affine = np.diag([*(arrays["voxel_mm"] * [-1.0, -1.0, 1.0]), 1.0])
    image = nibabel.Nifti1Image(labels, affine)
    image.header.set_xyzt_units("mm")
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "AM.nii.gz"
        nibabel.save(image, path)
        body = body_from_images(path, "icrp110", tables_folder=folder, name="ICRP 110 adult male", sex="male")
    return with_lung_tissue(body)


def with_lung_tissue(body: VoxelBody) -> VoxelBody:
    """The body with the tissue of both lungs, without their larger vessels, as one region."""
    return replace(body, sums={**body.sums, "lung tissue": ("left lung tissue", "right lung tissue")})


def load_safs(folder: Path) -> SafLibrary:
    """ICRP 133's library of the adult male, from a folder with the supplement."""
    return libraries(supplement_files(folder), str(folder))["male"]


def pairs(
    body: VoxelBody, library: SafLibrary, histories: int, *, sources: Sequence[str] = tuple(SOURCES),
    energies_MeV: Sequence[float] = ENERGIES_MEV, workers: int = 1,
) -> list[Pair]:  # fmt: skip
    """Every target by every source and energy, where both have one."""
    table, walker, found = library.table("photon"), Walker(body), []
    names = {**SOLID, **LAYERED, **NODES, **MARROW}
    for e in energies_MeV:
        k = table.energy_MeV.tolist().index(e)
        for s in sources:
            place = (list(SOURCES).index(s), round(1e6 * e))
            score = walked(walker, s, lines(e, 1.0), histories, place, workers)
            j = library.sources.index(SOURCES[s])
            for t, there in names.items():
                saf = float(table.saf_per_kg[library.targets.index(there), j, k])
                if saf <= 0.0:
                    continue
                if t == s and t not in WITHOUT_BLOOD:
                    ours = absorbed(body, score, t) / library.target_mass_kg[there]
                else:
                    ours = saf_per_kg(body, score, t)
                found.append(pair(t, s, e, ours, saf, 0.0))
    return found


def near(found: Sequence[Pair], targets: dict[str, str], *, own: bool) -> list[Pair]:
    """Pairs of some targets above :data:`FAR_PER_KG` with good statistics; of regions with themselves, or
    with others."""
    return [
        p for p in found
        if p.target in targets and (p.target == p.source) == own and p.theirs > FAR_PER_KG and p.se <= KNOWN
    ]  # fmt: skip


def within(found: Sequence[Pair], limit: float) -> float:
    """Share of the pairs that differ by no more than the limit."""
    return float(np.mean([abs(p.difference) <= limit for p in found]))


def median(found: Sequence[Pair]) -> float:
    """Median difference."""
    return float(np.median([p.difference for p in found]))
