"""The stylised adult male in voxels against the transport through his equations.

The equations' SAFs are those of the shipped library (delta tracking, 2 million histories a source and
energy): the same cross-sections, another way to fly and to score, and other random numbers. Doses are
compared: the energy absorbed over the mass of what absorbs, voxels here, the equations' volume times density
there. A region's dose to itself goes with the size that its voxels happen to have; it is taken to that of the
equations by the library's own rule, (m/m')^(2/3).
"""

from __future__ import annotations

from collections.abc import Sequence

from phantoms.bodies.stylised.body import load_body
from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.installed import load_phantom
from phantoms.library.saf import METHODS, SafLibrary
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.stylised import voxelised
from phantoms.voxels.walk.photons import Walker, lines
from validation.voxel_bodies.pairs import SKELETAL, Pair, pair, saf_per_kg, walked

BODY = "adult male"
SOURCES = (
    "liver", "kidneys", "spleen", "lungs", "thyroid", "heart contents", "urinary bladder contents",
)  # fmt: skip
ENERGIES_MEV = (0.1, 0.2, 0.5, 1.0)
#: The grids: width of the voxels in mm, and the grid's turns about the body's axes in degrees.
ALONG, TILTED = (0.0, 0.0, 0.0), (4.0, 6.0, 9.0)
#: Pairs whose statistics, both transports' together, are worse say nothing about a difference of 1 %.
KNOWN = 0.02


def pairs(
    width_mm: float, tilt_degrees: tuple[float, float, float], histories: int, *,
    staggered: bool | None = None,
    sources: Sequence[str] = SOURCES, energies_MeV: Sequence[float] = ENERGIES_MEV, body: str = BODY,
    workers: int = 1,
) -> list[Pair]:  # fmt: skip
    """Every region of the library by every source and energy; those that the library took from the reverse
    pair are left out, for reciprocity is an approximation there. The grid: see ``voxelised``."""
    stylised, library = load_body(body), load_phantom(body)
    voxels = voxelised(stylised, width_mm, tilt_degrees=tilt_degrees, staggered=staggered)
    volume = stylised.volumes_cm3
    kg = {r: volume[r] * stylised.density_g_per_cm3(r) * 1e-3 for r in voxels.regions}
    kg[TOTAL_BODY] = sum(kg.values())
    walker, found = Walker(voxels), []
    for e in energies_MeV:
        for s in sources:
            score = walked(walker, s, lines(e, 1.0), histories, (sources.index(s), round(1e6 * e)), workers)
            for t in library.targets:
                if (known := _of_library(library, kg, t, s, e)) is None:
                    continue
                ours = saf_per_kg(voxels, score, t)
                if t == s:
                    ours = ours * _size(voxels, kg, t)
                found.append(pair(t, s, e, ours, *known))
    return found


def _size(voxels: VoxelBody, kg: dict[str, float], region: str) -> float:
    """A region's dose to itself in the size of the equations over that in the size of its voxels."""
    ratio = voxels.volume_cm3(region) * voxels.density_by_code[voxels.codes_of([region])][0] * 1e-3
    return float((ratio / kg[region]) ** SELF_PHOTON_EXPONENT)


def _of_library(
    library: SafLibrary, kg: dict[str, float], target: str, source: str, energy_MeV: float
) -> tuple[float, float] | None:
    """SAF for the equations' mass and its relative standard error, or None."""
    table = library.table("photon")
    assert table.relative_se is not None and table.method is not None
    at = (library.targets.index(target), library.sources.index(source))
    at_energy = (*at, table.energy_MeV.tolist().index(energy_MeV))
    if METHODS[table.method[at_energy]] != "direct":
        return None
    saf = float(table.saf_per_kg[at_energy])
    if target not in SKELETAL:  # those are by fluence, for no mass
        saf *= library.target_mass_kg[target] / kg[target]
    return saf, float(table.relative_se[at_energy])


def known(found: Sequence[Pair]) -> list[Pair]:
    """The pairs whose statistics are good enough to say something."""
    return [p for p in found if p.se <= KNOWN]
