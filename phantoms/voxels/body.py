"""A body of voxels: which region and which medium fills each voxel, and what is known of its regions.

A voxel holds a code, one byte where there are few enough of them; a code stands for a region, a tissue and
a density (:class:`Kind`). Code 0 is the space around the body, in which nothing is absorbed. Axes are those
of the image that the body was made from; ``affine`` takes (i, j, k) to millimetres in the patient.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue

#: The space around the body; the name of the first kind.
OUTSIDE = "outside"
TOTAL_BODY = "total body"

#: Regions of the skeleton's tissues, which no voxel holds alone: see ``VoxelBody.spread``.
IN_SKELETON = ("red marrow", "osteogenic cells", "cortical bone", "trabecular bone")


class Kind(NamedTuple):
    """What one code stands for: the region, the tissue that fills it, and its density in g/cm3."""

    region: str
    tissue: Tissue | None
    density_g_per_cm3: float


@dataclass(frozen=True)
class VoxelBody:
    """A body of voxels.

    name, sex : as in its SAF library; sex is "male", "female" or "both".
    code : (I, J, K), uint8 or uint16; index into ``kinds``.
    affine_mm : (4, 4), from the index of a voxel's middle to mm in the patient (RAS+, as NIfTI has it).
    kinds : what each code stands for; kinds[0] is :data:`OUTSIDE`, without a tissue.
    mass_kg : mass of each region as it was segmented, at full resolution, kg; the sum over the region's
        voxels is near to it and need not be it.
    sums : regions that are several others together, e.g. {"kidneys": ("left kidney", "right kidney")}.
    spread : for tissues of the skeleton (:data:`IN_SKELETON`) -> region -> share; shares sum to 1 in a whole
        body, and to less where bones are missing from the image.
    cranial : regions of the skeleton whose marrow responds to photons as that of the cranium does.
    facts : flat texts for the provenance: hashes, label file, calibration, what is missing.

    Raises
    ------
    PhantomError : codes without a kind; a region without a mass; sums or spreads of regions that are not
        there.

    Examples
    --------
    >>> import numpy as np
    >>> from phantoms.transport.materials import Tissue
    >>> water = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
    >>> code = np.ones((4, 4, 4), dtype=np.uint8)
    >>> kinds = (Kind(OUTSIDE, None, 0.0), Kind("liver", water, 1.05))
    >>> body = VoxelBody("cube", "both", code, np.diag([2.0, 2.0, 4.0, 1.0]), kinds, {"liver": 0.00108})
    >>> body.regions, body.width_cm, round(body.voxel_cm3, 3)
    (('liver',), (0.2, 0.2, 0.4), 0.016)
    """

    name: str
    sex: str
    code: NDArray[Any]
    affine_mm: NDArray[np.float64]
    kinds: tuple[Kind, ...]
    mass_kg: Mapping[str, float]
    sums: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spread: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    cranial: frozenset[str] = frozenset()
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.code.ndim != 3 or self.code.dtype not in (np.uint8, np.uint16):
            raise PhantomError(
                f"voxels of shape {self.code.shape}, type {self.code.dtype}: three axes of uint8 or uint16"
            )
        if int(self.code.max(initial=0)) >= len(self.kinds):
            raise PhantomError(f"a voxel has the code {self.code.max()}, and there are {len(self.kinds)}")
        if self.kinds[0].region != OUTSIDE or any(k.tissue is None for k in self.kinds[1:]):
            raise PhantomError("code 0 is the space around the body, and every other one has a tissue")
        if lost := [r for r in self.regions if not self.mass_kg.get(r, 0.0) > 0.0]:
            raise PhantomError(f"regions without a mass: {', '.join(lost)}")
        parts = [*self.sums.values(), *self.spread.values()]
        if lost := sorted({r for part in parts for r in part} - set(self.regions)):
            raise PhantomError(f"sums of regions that the body has not: {', '.join(lost)}")

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """The regions that voxels hold, each once, in the order of the codes."""
        return tuple(dict.fromkeys(k.region for k in self.kinds[1:]))

    @cached_property
    def width_cm(self) -> tuple[float, float, float]:
        """Width of a voxel along each axis of the array, cm."""
        a, b, c = (0.1 * np.linalg.norm(self.affine_mm[:3, :3], axis=0)).round(9).tolist()
        return a, b, c

    @property
    def voxel_cm3(self) -> float:
        """Volume of a voxel, cm3."""
        a, b, c = self.width_cm
        return a * b * c

    @cached_property
    def voxels_by_code(self) -> NDArray[np.int64]:
        """Number of voxels of each code, (kinds,)."""
        counts = np.zeros(len(self.kinds), np.int64)
        for plane in self.code:  # bincount makes 8 bytes of each voxel
            counts += np.bincount(plane.ravel(), minlength=len(self.kinds))
        return counts

    @cached_property
    def density_by_code(self) -> NDArray[np.float64]:
        """Density of each code, g/cm3, (kinds,); 0 outside."""
        return np.array([k.density_g_per_cm3 for k in self.kinds])

    def parts(self, region: str) -> tuple[str, ...]:
        """The regions with voxels that a region, a sum or "total body" consists of; PhantomError if none."""
        if region == TOTAL_BODY:
            return self.regions
        found = self.sums.get(region, (region,))
        if any(r not in self.regions for r in found):
            raise PhantomError(f"the body '{self.name}' has no region '{region}'")
        return tuple(found)

    def codes_of(self, regions: Sequence[str]) -> NDArray[np.bool_]:
        """Which codes belong to one of some regions, (kinds,)."""
        wanted = set(regions)
        return np.array([k.region in wanted for k in self.kinds])

    def volume_cm3(self, region: str) -> float:
        """Volume of the voxels of a region, a sum or "total body", cm3."""
        return float(self.voxels_by_code[self.codes_of(self.parts(region))].sum() * self.voxel_cm3)

    def mass_of(self, region: str) -> float:
        """Mass of a region, a sum or "total body" as segmented, kg."""
        return float(sum(self.mass_kg[r] for r in self.parts(region)))
