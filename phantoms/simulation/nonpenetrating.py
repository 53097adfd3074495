"""SAFs of electrons and alphas in the stylised bodies, by convention, and the masses that they rest on.

They are non-penetrating. An organ keeps its own; a wall gets half of what its contents get, and of alphas a
hundredth of that; activity in the total body gives every target the same; marrow and bone as in
:mod:`phantoms.skeleton.marrow` (MIRD Pamphlets 5 revised and 11; ICRP Publication 30, Part 1).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from phantoms.library.saf import SafTable
from phantoms.regions.names import SOURCES, TARGETS
from phantoms.skeleton.marrow import charged_energies_MeV, charged_saf_per_kg

#: Contents of the small intestine over wall and contents (ICRP 23: 400 g of 1040 g), which are one region.
SMALL_INTESTINE_CONTENTS = 400.0 / 1040.0
#: Dose to a wall over dose to its contents: half at the surface, and for alphas, which do not reach the
#: sensitive cells, a hundredth of that (ICRP Publication 30, Part 1, 1979).
SHARE_OF_WALL: dict[str, float] = {"electron": 0.5, "alpha": 0.005}


def source_masses_kg(mass_g: Mapping[str, float], bone_g: Mapping[str, float]) -> dict[str, float]:
    """Masses of the source regions, kg, from the published masses in g."""
    mass = {**mass_g, **bone_g}
    mass["small intestine contents"] = SMALL_INTESTINE_CONTENTS * mass_g["small intestine"]
    return {s: mass[s] * 1e-3 for s in SOURCES}


def target_masses_kg(mass_g: Mapping[str, float], bone_g: Mapping[str, float]) -> dict[str, float]:
    """Masses of the target regions, kg."""
    mass = {**mass_g, **bone_g}
    return {t: mass[t] * 1e-3 for t in TARGETS}


def charged_table(radiation: str, mass_g: Mapping[str, float], bone_g: Mapping[str, float]) -> SafTable:
    """SAFs (1/kg) of "electron" or "alpha", by the conventions of this module's text."""
    energies = charged_energies_MeV(radiation)
    target_mass, source_mass = target_masses_kg(mass_g, bone_g), source_masses_kg(mass_g, bone_g)
    saf = np.zeros((len(TARGETS), len(SOURCES), energies.size))
    for i, target in enumerate(TARGETS):
        for j, source in enumerate(SOURCES):
            bone = charged_saf_per_kg(radiation, target, source, bone_g)
            if "total body" in (source, target):
                saf[i, j] = 1.0 / target_mass["total body"]
            elif bone is not None:
                saf[i, j] = bone
            elif source == target:
                saf[i, j] = 1.0 / target_mass[target]
            elif source.endswith(" contents") and target in _walls(source):
                saf[i, j] = SHARE_OF_WALL[radiation] / source_mass[source]
    return SafTable(energies, saf)


def charged_tables(mass_g: Mapping[str, float], bone_g: Mapping[str, float]) -> dict[str, SafTable]:
    """The tables of electrons and of alphas."""
    return {radiation: charged_table(radiation, mass_g, bone_g) for radiation in SHARE_OF_WALL}


def _walls(contents: str) -> tuple[str, str]:
    organ = contents.removesuffix(" contents")
    return organ, f"{organ} wall"
