"""Voxel S values of a nuclide: dose to a voxel of an endless tissue per decay in another, by their offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import constants

from dosimetry.nuclides.nuclide import Nuclide, nuclide
from phantoms.transport.materials import Tissue

#: MeV to joule, mGy per Gy, decays per MBq s.
MGY_PER_MEV_PER_KG = constants.mega * constants.e * 1e3 * 1e6


@dataclass(frozen=True)
class VoxelSValues:
    """Voxel S values, mGy/(MBq s), by the sizes of the offset along the three axes.

    nuclide, width_mm, medium : what they are for.
    s_mGy_per_MBq_s : (n, n, n), of all radiations.
    by_radiation : "electron", "photon", "bremsstrahlung", "alpha" -> (n, n, n).
    se_s_mGy_per_MBq_s : (n, n, n) standard error of the sum, from the photons' histories.
    """

    nuclide: str
    width_mm: float | tuple[float, float, float]
    medium: str
    s_mGy_per_MBq_s: NDArray[np.float64]
    by_radiation: dict[str, NDArray[np.float64]]
    se_s_mGy_per_MBq_s: NDArray[np.float64]


def voxel_s_values(
    of: str | Nuclide, width_mm: float | tuple[float, float, float], *, medium: str | Tissue = "soft tissue",
    offsets: int = 6, bremsstrahlung: bool = True, histories: int = 200_000,
) -> VoxelSValues:  # fmt: skip
    """Voxel S values in an endless tissue: MIRD Pamphlet 17's, by the project's own transport.

    Parameters
    ----------
    of : nuclide, by name or object; without its daughters.
    width_mm : width of the voxels, of all axes or of each.
    medium : a tissue of phantoms/transport/materials.toml ("soft tissue": 1.04 g/cm3), or a ``Tissue``.
    offsets : voxels per axis; the first is the source voxel.
    bremsstrahlung : whether the photons of the electrons' bremsstrahlung are followed; else left out.
    histories : photons followed after their first collision, a kernel.

    Returns
    -------
    VoxelSValues, mGy/(MBq s).

    Raises
    ------
    DosimetryError : unknown nuclide. PhantomError : widths or a tissue that cannot be; numba or xraylib is
        not installed.

    Notes
    -----
    Electrons (positrons are taken as electrons): point kernels of
    :func:`phantoms.voxels.kernels.point.electron_kernel`, averaged over both voxels. Photons:
    :func:`phantoms.voxels.kernels.photons.photon_kernel`, their electrons stopping where they are made.
    Alphas and recoil nuclei stay in their voxel.

    Examples
    --------
    >>> s = voxel_s_values("Y-90", 3.0, bremsstrahlung=False)
    >>> round(float(s.s_mGy_per_MBq_s[0, 0, 0]), 2)  # Lanconelli et al. 2012: 1.59
    1.58
    """
    from phantoms.voxels.kernels.offsets import energy_by_offset

    n = nuclide(of)
    found = energy_by_offset(
        width_mm,
        electron=(n.electron.energy_MeV, n.electron.energy_per_decay_MeV),
        photon=(n.photon.energy_MeV, n.photon.energy_per_decay_MeV),
        alpha_MeV=n.alpha.total_MeV,
        medium=medium,
        offsets=offsets,
        bremsstrahlung=bremsstrahlung,
        histories=histories,
    )
    factor = MGY_PER_MEV_PER_KG / found.mass_kg
    return VoxelSValues(
        n.name,
        width_mm,
        medium if isinstance(medium, str) else medium.name,
        factor * found.total,
        {radiation: factor * energy for radiation, energy in found.by_radiation.items()},
        factor * found.standard_error,
    )
