"""Which regions a library of a body of voxels has, and how scores by code become their doses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.regions.names import normal_form, resolve
from phantoms.skeleton.marrow import BONE_TARGETS
from phantoms.voxels.body import TOTAL_BODY, VoxelBody

#: Tissues of the skeleton that activity can be in.
BONE_SOURCES = ("red marrow", "cortical bone", "trabecular bone")
G_PER_KG = 1e3


@dataclass(frozen=True)
class Regions:
    """The regions of a body's library.

    body : the body.
    wanted : the sources that were asked for; those that are simulated and the sums of them follow. None: all.

    Rows of the tables are in the order of ``targets``: regions with voxels, tissues of the skeleton, the
    total body, and last the sums of regions.
    """

    body: VoxelBody
    wanted: tuple[str, ...] | None = None

    @cached_property
    def skeletal(self) -> tuple[str, ...]:
        """Tissues of the skeleton that the body knows the place and the mass of."""
        names = dict.fromkeys((*BONE_TARGETS, *BONE_SOURCES))
        return tuple(
            t for t in names
            if sum(self.body.spread.get(t, {}).values()) > 0.0 and self.body.mass_kg.get(t, 0.0) > 0.0
        )  # fmt: skip

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """Target regions that are no sums of others."""
        bone = tuple(t for t in BONE_TARGETS if t in self.skeletal)
        return (*self.body.regions, *bone, TOTAL_BODY)

    @cached_property
    def sums(self) -> dict[str, tuple[str, ...]]:
        """Regions that are several others together."""
        return {name: self.body.parts(name) for name in self.body.sums}

    @property
    def targets(self) -> tuple[str, ...]:
        """All target regions."""
        return (*self.plain, *self.sums)

    @cached_property
    def simulated(self) -> tuple[str, ...]:
        """Sources that photons are followed from: those asked for, sums by their parts, and the total body,
        which the remainder is made from.

        Raises
        ------
        PhantomError : a source that the body has not; it lists near names.
        """
        bone = tuple(t for t in BONE_SOURCES if t in self.skeletal)
        single = (*self.body.regions, *bone)
        if self.wanted is None:
            return (*single, TOTAL_BODY)
        allowed = (*single, TOTAL_BODY, *self.sums)
        found: set[str] = set()
        for name in self.wanted:
            source = resolve(name, allowed, kind="source region", where=f"body '{self.body.name}'")
            found |= set(self.sums.get(source, (source,)))
        return (*(s for s in single if s in found), TOTAL_BODY)

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """All source regions: those that are simulated, and the sums whose parts all are."""
        there = set(self.simulated)
        return (*self.simulated, *(name for name, parts in self.sums.items() if set(parts) <= there))

    def mass_kg(self, region: str) -> float:
        """Mass of a region, a sum, the total body, or of a tissue of the skeleton, kg.

        Of the skeleton's tissues it is the part in the image.
        """
        if region in self.skeletal:
            return float(self.body.mass_kg[region])
        return self.body.mass_of(region)

    def blend(self, parts: Sequence[str], names: Sequence[str]) -> NDArray[np.float64]:
        """Weights by mass of some regions among ``names``, (names,); they sum to 1."""
        weight = np.zeros(len(names))
        mass = [self.mass_kg(p) for p in parts]
        for part, m in zip(parts, mass, strict=True):
            weight[names.index(part)] = m / sum(mass)
        return weight

    @cached_property
    def combined(self) -> dict[str, dict[str, float]]:
        """Sums as weighted means of their parts, for the library's conventions."""
        return {
            name: {p: float(w) for p, w in zip(self.plain, self.blend(parts, self.plain), strict=True) if w}
            for name, parts in self.sums.items()
        }

    @cached_property
    def over_segmented(self) -> dict[str, float]:
        """Region -> mass of its voxels over its mass as segmented: what the transport's grid makes of it."""
        body = self.body
        of_code = body.voxels_by_code * body.density_by_code * body.voxel_cm3 / G_PER_KG
        return {r: float(of_code[body.codes_of([r])].sum()) / body.mass_of(r) for r in body.regions}

    @cached_property
    def dose(self) -> NDArray[np.float64]:
        """(plain, kinds): times the share of the energy that each code absorbs gives the SAF, 1/kg.

        A region's dose is that of its voxels, so their mass counts and not the mass as segmented; where a
        source is in its own region, see :meth:`own`. Rows of the skeleton's tissues are 0.
        """
        matrix = np.zeros((len(self.plain), len(self.body.kinds)))
        for i, region in enumerate(self.body.regions):
            voxels_kg = self.body.mass_of(region) * self.over_segmented[region]
            matrix[i, self.body.codes_of([region])] = 1.0 / voxels_kg
        matrix[self.plain.index(TOTAL_BODY), 1:] = 1.0 / self.body.mass_of(TOTAL_BODY)
        return matrix

    def own(self, region: str, exponent: float) -> float:
        """Factor from a dose by the mass of voxels to that by the mass as segmented, from activity inside.

        Energy that stays goes as one over the mass (exponent 1), that of photons as its power of 2/3.
        """
        return float(self.over_segmented[region] ** exponent)

    @cached_property
    def fluence(self) -> dict[str, NDArray[np.float64]]:
        """Tissue of the skeleton -> (kinds,): times the walk's cm3/g by code gives its photon SAF, 1/kg."""
        found = {}
        for name in (t for t in BONE_TARGETS if t in self.plain):
            found[name] = np.zeros(len(self.body.kinds))
            for region, share in self.shares(name).items():
                volume = self.body.volume_cm3(region)
                found[name][self.body.codes_of([region])] = share / volume * G_PER_KG
        return found

    def shares(self, tissue: str) -> dict[str, float]:
        """Share of a tissue in each region, of what is in the image."""
        spread = self.body.spread[tissue]
        total = sum(spread.values())
        return {region: share / total for region, share in spread.items() if share > 0.0}

    def photon_scores(
        self, source: str, batches: NDArray[np.float64], escaped: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Batch by batch the SAF (1/kg) of each target and last the energy balance, (B, targets + 1).

        Parameters
        ----------
        batches : (B, 3, kinds) of :class:`phantoms.voxels.walk.photons.Tally`: share absorbed, marrow and
            endosteum in cm3/g. escaped : (B,) share that left the body; with what is absorbed it is 1 in the
            mean, which is the balance.
        """
        found = np.empty((len(batches), len(self.targets) + 1))
        plain = len(self.plain)
        for row, (absorbed, *bone), away in zip(found, batches, escaped, strict=True):
            # sums in one order, whoever does how many batches together: no product of matrices
            row[:plain] = (self.dose * absorbed).sum(axis=1)
            if source in self.body.regions:
                row[self.plain.index(source)] *= self.own(source, SELF_PHOTON_EXPONENT)
            for name, weight in self.fluence.items():
                row[self.plain.index(name)] = (bone[BONE_TARGETS.index(name)] * weight).sum()
            row[plain:-1] = (self.in_sums * row[:plain]).sum(axis=1)
            row[-1] = absorbed.sum() + away
        return found

    @cached_property
    def in_sums(self) -> NDArray[np.float64]:
        """Weights by mass of each sum's parts among the plain targets, (sums, plain)."""
        weights = [self.blend(parts, self.plain) for parts in self.sums.values()]
        return np.array(weights).reshape(len(self.sums), len(self.plain))

    def file_name(self, source: str) -> str:
        """A source's name as part of a file's name."""
        return normal_form(source).replace(" ", "_")


def check_regions(body: VoxelBody) -> None:
    """PhantomError where a region has no voxel, or two things have one name (sums, tissues, regions)."""
    if empty := [r for r in body.regions if not body.voxels_by_code[body.codes_of([r])].any()]:
        raise PhantomError(
            f"body '{body.name}': no voxel is left of {', '.join(empty)}: smaller voxels are needed, or leave"
            " it out of the label table"
        )
    names = [*body.regions, *body.sums, *BONE_TARGETS, *BONE_SOURCES[1:], TOTAL_BODY]
    forms = [normal_form(n) for n in names]
    if twice := sorted({n for n, f in zip(names, forms, strict=True) if forms.count(f) > 1}):
        raise PhantomError(
            f"body '{body.name}': {', '.join(twice)}: a name of two things; regions with voxels, sums of"
            " regions, tissues of the skeleton and the total body need names of their own"
        )
