"""A map of absorbed dose: by voxel, by region, with its standard error, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.maps.histograms import SHARES, DoseVolumeHistogram, figures
from phantoms.voxels.body import TOTAL_BODY, VoxelBody
from phantoms.voxels.maps.absorbed import Absorbed, Balance

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class DoseMap:
    """Absorbed dose by voxel.

    dose : (X, Y, Z) on the grid of the activity: energy absorbed in the body's tissue in each voxel over the
        mass of that tissue; NaN where there is none.
    relative_se : (X, Y, Z) standard error over dose, from the histories of photons alone; None in a preview,
        which has no statistics.
    unit : "mGy/MBq" or "Gy".
    affine_mm : (4, 4), of the image of activity.
    body : the body of voxels.
    body_dose, body_relative_se : (I, J, K) the same on the grid of the body.
    absorbed : energies per decay, by voxel and by code.
    dose_per_MeV_per_kg : what an energy of 1 MeV per decay in 1 kg is in ``unit``.
    preview : photons came by a kernel of endless tissue: no result.
    warnings : what is to be told, a sentence each.
    provenance : flat facts: hashes, nuclide, seed, histories, versions, precision reached, what is left out.

    Examples
    --------
    >>> from dosimetry.maps.activity import ActivityImage
    >>> from dosimetry.maps.making import MapOptions, dose_map
    >>> from phantoms.transport.materials import Tissue
    >>> from phantoms.voxels.body import Kind, VoxelBody
    >>> water = Tissue("water", 1.0, {1: 0.1119, 8: 0.8881})
    >>> kinds = (Kind("outside", None, 0.0), Kind("liver", water, 1.05))
    >>> code, affine = np.ones((4, 4, 4), dtype=np.uint8), np.diag([10.0, 10.0, 10.0, 1.0])
    >>> body = VoxelBody("cube", "both", code, affine, kinds, {"liver": 0.0672})
    >>> image = ActivityImage(np.full(code.shape, 0.1), affine, "MBq_h")
    >>> found = dose_map(image, body, "Lu-177", options=MapOptions(10.0, histories_per_batch=1000))
    >>> list(found.by_region().index), found.dvh("liver").volume_mL
    (['liver', 'total body'], 64.0)
    """

    dose: NDArray[np.float32]
    relative_se: NDArray[np.float32] | None
    unit: str
    affine_mm: NDArray[np.float64]
    body: VoxelBody
    body_dose: NDArray[np.float32]
    body_relative_se: NDArray[np.float32] | None
    absorbed: Absorbed
    dose_per_MeV_per_kg: float
    preview: bool
    warnings: tuple[str, ...]
    provenance: Mapping[str, str]

    @property
    def regions(self) -> tuple[str, ...]:
        """Regions with a dose: those of voxels, their sums, and the total body."""
        inside = np.bincount(self.body.code.ravel()[self.absorbed.inside], minlength=len(self.body.kinds))
        there = {k.region for k, n in zip(self.body.kinds, inside, strict=True) if n}
        alone = [r for r in self.body.regions if r in there]
        sums = [s for s, parts in self.body.sums.items() if set(parts) & there]
        return (*alone, *sums, TOTAL_BODY)

    @property
    def balance(self) -> Balance:
        """Where the energy of a mean decay goes, MeV."""
        return self.absorbed.balance

    def _voxels(self, region: str) -> NDArray[np.bool_]:
        """Which voxels of ``absorbed.inside`` are of a region."""
        codes = self.body.codes_of(self.body.parts(region))
        return np.asarray(codes[self.body.code.ravel()[self.absorbed.inside]])

    def dvh(self, region: str) -> DoseVolumeHistogram:
        """The dose-volume histogram of a region, a sum of regions, or the "total body".

        It is of the body's own voxels. The standard error of the voxels widens it: where the statistics are
        poor, its ends are those of the noise.

        Raises
        ------
        DosimetryError, PhantomError : no such region, or none of its voxels has a dose.
        """
        dose = self.body_dose.ravel()[self.absorbed.inside][self._voxels(region)].astype(float)
        return DoseVolumeHistogram(region, np.sort(dose), self.unit, dose.size * self.body.voxel_cm3)

    def mean(self, region: str) -> tuple[float, float]:
        """Mean dose of a region by mass, and its standard error (NaN in a preview), in ``unit``.

        Energy in all voxels of the region over their mass; the error is that of the batches' sums over the
        region, so that errors of neighbouring voxels count with their correlation.
        """
        kg = self.mass_kg(region)
        if not kg > 0.0:
            raise DosimetryError(f"'{region}' has no voxel with a dose")
        energy, se = self.absorbed.regions_MeV(self.body.parts(region))
        return energy * self.dose_per_MeV_per_kg / kg, se * self.dose_per_MeV_per_kg / kg

    def mass_kg(self, region: str) -> float:
        """Mass of the voxels of a region that have a dose, kg."""
        density = self.body.density_by_code[self.body.code.ravel()[self.absorbed.inside]]
        return float(density[self._voxels(region)].sum()) * self.body.voxel_cm3 * 1e-3

    def by_region(self, shares: Sequence[float] = SHARES, doses: Sequence[float] = ()) -> pd.DataFrame:
        """A row a region: masses, mean dose with its standard error, doses of shares of the volume.

        Parameters
        ----------
        shares : per cent of the volume whose doses are given, e.g. 98 for D98.
        doses : in ``unit``, for which the share of the volume that gets at least so much is given.

        Returns
        -------
        DataFrame with index region and columns mass_kg (of the voxels), segmented_mass_kg (at full
        resolution), mean, se_mean, D..., min, max, V... and median_relative_se_percent, the median of the
        standard errors of single voxels.
        """
        import pandas as pd

        unit = self.unit.replace("/", "_per_")
        rows = {}
        for region in self.regions:
            mean, se = self.mean(region)
            row = {
                "voxels": int(self._voxels(region).sum()),
                "mass_kg": self.mass_kg(region),
                "segmented_mass_kg": self.body.mass_of(region),
                f"mean_{unit}": mean,
                f"se_mean_{unit}": se,
                **figures(self.dvh(region), shares, doses),
            }
            if self.body_relative_se is not None:
                relative = self.body_relative_se.ravel()[self.absorbed.inside][self._voxels(region)]
                known = relative[np.isfinite(relative)]
                row["median_relative_se_percent"] = 100.0 * float(np.median(known)) if known.size else np.nan
            rows[region] = row
        frame = pd.DataFrame.from_dict(rows, orient="index")
        frame.index.name = "region"
        return frame
