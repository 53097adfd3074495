"""SAFs of electrons and alphas in a body of voxels.

Electrons: point kernels folded over the voxels (:mod:`phantoms.voxels.kernels`); the energy that each code
absorbs, over the masses as segmented. Alphas stay where they are made. By convention, since voxels do not
show it: marrow and bone surface from activity in the skeleton's tissues by absorbed fractions of ICRP 133;
walls thinner than two voxels keep their own, and get half of what their contents get, as at the surface, if
they are no heavier than those; of alphas in the contents every wall gets a hundredth of that (ICRP
Publication 30, Part 1, 1979).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from phantoms.library.locality import WALLS
from phantoms.library.saf import SafTable
from phantoms.simulation.nonpenetrating import SHARE_OF_WALL
from phantoms.skeleton.marrow import BONE_TARGETS, charged_energies_MeV, charged_saf_per_kg
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.saf.emissions import Emissions, Spectrum, charged_columns
from phantoms.voxels.saf.regions import BONE_SOURCES, G_PER_KG, Regions
from phantoms.voxels.walk.sources import Starts, starts, starts_of_map

#: Walls thinner than so many voxels are a matter of convention.
THIN_VOXELS = 2.0
#: The faces of voxels have so many times the area of a surface that lies anyhow (mean of |n|_1 on a sphere).
FACES_OVER_AREA = 1.5


def walls_of(body: VoxelBody) -> dict[str, tuple[str, ...]]:
    """Contents -> the walls around them, as far as both are regions of the body."""
    found = {}
    for contents in (r for r in body.regions if r in WALLS or r.endswith(" contents")):
        organ = contents.removesuffix(" contents")
        names = dict.fromkeys((*WALLS.get(contents, ()), organ, f"{organ} wall"))
        if walls := tuple(w for w in names if w in body.regions and w != contents):
            found[contents] = walls
    return found


def thickness_voxels(body: VoxelBody, region: str) -> float:
    """Mean thickness of a layer, in voxels: twice its volume over its surface.

    The surface is that of the voxels' faces over 1.5, which is right for surfaces that lie in all directions.
    """
    inside = np.pad(body.codes_of([region])[body.code], 1)
    a, b, c = body.width_cm
    faces = 0.0
    for axis, area in enumerate((b * c, a * c, a * b)):
        faces += float(np.count_nonzero(np.diff(inside, axis=axis))) * area
    volume = body.volume_cm3(region)
    return float(2.0 * volume / (faces / FACES_OVER_AREA) / body.voxel_cm3 ** (1.0 / 3.0))


def thin_walls(body: VoxelBody) -> tuple[str, ...]:
    """Walls of contents that are thinner than two voxels."""
    walls = dict.fromkeys(w for names in walls_of(body).values() for w in names)
    return tuple(w for w in walls if thickness_voxels(body, w) < THIN_VOXELS)


def holds_enough(body: VoxelBody, contents: str, wall: str) -> bool:
    """Whether contents have the mass of their wall at least; else half of their dose is more energy than they
    give, and the voxels count."""
    return body.mass_of(wall) <= body.mass_of(contents)


def electron_table(
    regions: Regions, emissions: Emissions | None, tell: Callable[[str], None] | None = None
) -> tuple[SafTable, float]:
    """The table of electrons, and the share of their energy that leaves as bremsstrahlung (of a nuclide; 0
    where the table is by energy).

    tell : called with each source before it is done.
    """
    from phantoms.voxels.kernels.convolve import absorbed_by_code
    from phantoms.voxels.kernels.point import electron_kernel

    wanted = charged_columns("electron", emissions)
    kernels = [electron_kernel(*spectrum) for _, spectrum in wanted]
    body = regions.body

    def absorbed(where: Starts) -> NDArray[np.float64]:
        return np.array([absorbed_by_code(body, where, kernel) for kernel in kernels])

    lost = kernels[0].outside if emissions is not None and kernels else 0.0
    return _table(regions, "electron", emissions, wanted, absorbed, tell), float(lost)


def alpha_table(regions: Regions, emissions: Emissions | None) -> SafTable:
    """The table of alphas: all energy stays in the voxel where it is emitted, marrow and walls aside."""
    body, wanted = regions.body, charged_columns("alpha", emissions)
    flat = body.code.ravel()

    def absorbed(where: Starts) -> NDArray[np.float64]:
        share = np.diff(where.cumulative, prepend=0.0)
        by_code = np.bincount(flat[where.voxel], weights=share, minlength=len(body.kinds))
        return np.repeat(by_code[None], len(wanted), axis=0)

    return _table(regions, "alpha", emissions, wanted, absorbed, None)


def _table(
    regions: Regions, radiation: str, emissions: Emissions | None, wanted: list[tuple[float, Spectrum]],
    absorbed: Callable[[Starts], NDArray[np.float64]], tell: Callable[[str], None] | None,
) -> SafTable:  # fmt: skip
    if not wanted:  # a nuclide that emits none: nothing is folded with it
        return SafTable(np.array([1.0]), np.zeros((len(regions.targets), len(regions.sources), 1)))
    body, plain = regions.body, regions.plain
    saf = np.zeros((len(plain), len(regions.simulated), len(wanted)))
    thin, walls, flat = thin_walls(body), walls_of(body), body.code.ravel()
    for j, source in enumerate(regions.simulated):
        if tell:
            tell(source)
        if source == TOTAL_BODY:
            saf[:, j] = _of_total_body(regions, absorbed)
        else:
            where = starts(body, source)
            saf[:, j] = regions.dose @ absorbed(where).T
            inside = {body.kinds[code].region for code in np.unique(flat[where.voxel])}
            for region in inside:
                saf[plain.index(region), j] *= regions.own(region, 1.0)
        for tissue in (t for t in BONE_TARGETS if t in plain):
            shares = regions.shares(tissue)
            rows = [plain.index(r) for r in shares]
            saf[plain.index(tissue), j] = np.array(list(shares.values())) @ saf[rows, j]
        for wall in walls.get(source, ()):
            if radiation == "alpha" or (wall in thin and holds_enough(body, source, wall)):
                saf[plain.index(wall), j] = SHARE_OF_WALL[radiation] / body.mass_of(source)
        if source in thin:
            saf[plain.index(source), j] = 1.0 / body.mass_of(source)
        if source in BONE_SOURCES and source in regions.skeletal:
            for target in (t for t in BONE_TARGETS if t in plain):
                saf[plain.index(target), j] = _marrow(regions, radiation, target, source, wanted)
    sums = [np.tensordot(regions.blend(p, plain), saf, axes=1)[None] for p in regions.sums.values()]
    whole = np.concatenate([saf, *sums])
    mixed = [
        np.einsum("s,tse->te", regions.blend(regions.sums[name], regions.simulated), whole)[:, None]
        for name in regions.sources[len(regions.simulated) :]
    ]
    return SafTable(np.array([e for e, _ in wanted]), np.concatenate([whole, *mixed], axis=1))


def _of_total_body(
    regions: Regions, absorbed: Callable[[Starts], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """SAF (1/kg) from the total body, (plain, columns): an activity per mass that is the same everywhere.

    So it is in the voxels by their own masses: what a region gets from its neighbours goes by them too.
    """
    body = regions.body
    share = absorbed(starts_of_map(body, body.density_by_code[body.code])).T
    saf = regions.dose @ share
    voxels_kg = sum(body.mass_of(r) * over for r, over in regions.over_segmented.items())
    rows = np.array([name != TOTAL_BODY for name in regions.plain])
    saf[rows] *= voxels_kg / body.mass_of(TOTAL_BODY)
    return np.asarray(saf)


def _marrow(
    regions: Regions, radiation: str, target: str, source: str, wanted: list[tuple[float, Spectrum]]
) -> NDArray[np.float64]:
    """SAF (1/kg) of marrow or endosteum from a tissue of the skeleton, mean over each column's spectrum."""
    mass_g = {t: regions.body.mass_kg[t] * G_PER_KG for t in BONE_TARGETS if t in regions.skeletal}
    saf = charged_saf_per_kg(radiation, target, source, mass_g)
    if saf is None:
        return np.zeros(len(wanted))
    table = SafTable(charged_energies_MeV(radiation), saf[None, None])
    return np.array([table.fold(*s)[0, 0] / s.total_MeV for _, s in wanted])
