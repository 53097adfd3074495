"""The photon SAFs of 1987 in four bodies, where a copy is at hand: reading them, and ours over theirs.

M. Cristy and K. F. Eckerman, ORNL/TM-8381 (1987), as distributed with DCAL; not part of this project.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from phantoms import SafLibrary

FOLDER = Path(__file__).resolve().parents[3] / "shared/data/ornl1987/bodies"
#: Our name of a body -> the stem of its file.
BODIES = {
    "adult male": "adult_male",
    "adult female": "adult_female_15-year",
    "5-year-old": "5-year-old",
    "newborn": "newborn",
}
#: (source, target) -> photon energy in MeV -> SAF in 1/kg.
Safs = Mapping[tuple[str, str], Mapping[float, float]]


def published_safs(body: str, folder: Path = FOLDER) -> Safs:
    """The published SAFs of a body; KeyError : it is none of :data:`BODIES`."""
    with (folder / f"{BODIES[body]}_photon_saf_per_kg.csv").open(encoding="utf-8") as f:
        rows = list(csv.reader(line for line in f if not line.startswith("#")))
    energies = [float(name.removesuffix("_MeV")) for name in rows[0][2:]]
    return {(r[0], r[1]): dict(zip(energies, map(float, r[2:]), strict=True)) for r in rows[1:]}


def ratios(
    library: SafLibrary, published: Safs, pairs: Iterable[tuple[str, str]], energies_MeV: Iterable[float]
) -> NDArray[np.float64]:
    """Ours over published, (N,), of (source, target) pairs at energies where both have a value."""
    photons, wanted = library.table("photon"), list(energies_MeV)
    found = []
    for source, target in pairs:
        ours = photons.saf_per_kg[library.targets.index(target), library.sources.index(source)]
        for energy in wanted:
            theirs = published.get((source, target), {}).get(energy, 0.0)
            value = ours[int(np.argmin(abs(photons.energy_MeV - energy)))]
            if theirs > 0.0 and value > 0.0:
                found.append(value / theirs)
    return np.array(found)
