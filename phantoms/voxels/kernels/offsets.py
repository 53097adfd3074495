"""Energy that voxels at each offset from a source voxel absorb, in an endless tissue: for voxel S values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.transport.materials import Tissue, tissue
from phantoms.voxels.kernels.bremsstrahlung import bremsstrahlung_spectrum
from phantoms.voxels.kernels.fold import voxel_shares
from phantoms.voxels.kernels.photons import HISTORIES, photon_kernel, standard_error
from phantoms.voxels.kernels.point import PointKernel, electron_kernel
from phantoms.voxels.kernels.stopping import relative_stopping_power

#: Energies and the energy emitted at each per decay, MeV.
Emission = tuple[ArrayLike, ArrayLike]
WIDTHS_MM = (0.05, 100.0)  #: voxels that are allowed


@dataclass(frozen=True)
class OffsetEnergies:
    """Energy absorbed per decay in the source voxel, in a voxel of mass ``mass_kg`` at each offset.

    by_radiation : "electron", "photon", "bremsstrahlung" or "alpha" -> (n, n, n) MeV per decay, by the sizes
        of the offset along the three axes.
    standard_error : (n, n, n) of their sum, MeV per decay, from the photons' histories.
    """

    mass_kg: float
    by_radiation: dict[str, NDArray[np.float64]]
    standard_error: NDArray[np.float64]

    @property
    def total(self) -> NDArray[np.float64]:
        """(n, n, n) MeV per decay, of all radiations."""
        return np.asarray(np.sum(list(self.by_radiation.values()), axis=0))


def energy_by_offset(
    width_mm: float | tuple[float, float, float], *,
    electron: Emission = ((), ()), photon: Emission = ((), ()),
    alpha_MeV: float = 0.0, medium: str | Tissue = "soft tissue", offsets: int = 6,
    bremsstrahlung: bool = True, histories: int = HISTORIES,
) -> OffsetEnergies:  # fmt: skip
    """Energy absorbed by voxels of an endless tissue around one that holds the activity, uniform in it.

    Parameters
    ----------
    width_mm : width of the voxels, of all axes or of each; 0.05 to 100 mm.
    electron, photon : energies in MeV and the energy emitted at each per decay in MeV, (n,) each; positrons
        count to the electrons.
    alpha_MeV : energy of alphas and recoil nuclei per decay; it stays in the voxel.
    medium : a tissue of phantoms/transport/materials.toml or a :class:`Tissue`, with its density.
    offsets : voxels per axis, the source voxel being the first.
    bremsstrahlung : whether the electrons' bremsstrahlung is followed; else it is left out.
    histories : photons of each of the two photon kernels.

    Returns
    -------
    OffsetEnergies. Photons' electrons stop where they are made; kernels are in the modules beside this one.

    Raises
    ------
    PhantomError : widths, offsets or a spectrum that cannot be; photons without numba and xraylib.

    Examples
    --------
    >>> found = energy_by_offset(3.0, electron=([0.1], [0.1]), bremsstrahlung=False, offsets=3)
    >>> round(float(found.by_radiation["electron"][0, 0, 0]), 4), found.total.shape
    (0.0965, (3, 3, 3))
    """
    a, b, c = (width_mm,) * 3 if isinstance(width_mm, int | float) else width_mm
    low, high = WIDTHS_MM
    if not all(low <= w <= high for w in (a, b, c)):
        raise PhantomError(f"voxels of {a:g} x {b:g} x {c:g} mm; allowed: {low:g} to {high:g} mm")
    if not 1 <= offsets <= 100:
        raise PhantomError(f"{offsets} voxels per axis; allowed: 1 to 100")
    kind = tissue(medium) if isinstance(medium, str) else medium
    rho, shape = kind.density_g_per_cm3, (offsets,) * 3
    width = (0.1 * a * rho, 0.1 * b * rho, 0.1 * c * rho)
    found: dict[str, NDArray[np.float64]] = {}
    variance = np.zeros(shape)
    if np.sum(electron[1]) > 0.0:
        # in g/cm2 of water, which the kernel of electrons is for
        relative = relative_stopping_power(kind)
        water = (relative * width[0], relative * width[1], relative * width[2])
        shares = voxel_shares(electron_kernel(*electron), water)
        found["electron"] = float(np.sum(electron[1])) * _first(shares, shape)
    photons = {"photon": photon}
    if bremsstrahlung and "electron" in found:
        photons["bremsstrahlung"] = bremsstrahlung_spectrum(*electron)
    for radiation, (energy, emitted) in photons.items():
        if (total := float(np.sum(emitted))) <= 0.0:
            continue
        kernel, batches = photon_kernel(energy, emitted, medium=kind, histories=histories)
        radius = kernel.radius_g_per_cm2
        near = radius < float(np.linalg.norm(width)) * (offsets + 1)
        mean = PointKernel(radius[near], kernel.within[near])
        each = np.array([_first(s, shape) for s in voxel_shares(mean, width, batches[:, near])])
        found[radiation] = total * each.mean(axis=0)
        variance += (total * standard_error(each)) ** 2
    if alpha_MeV > 0.0:
        found["alpha"] = np.zeros(shape)
        found["alpha"][0, 0, 0] = alpha_MeV
    if not found:
        found["electron"] = np.zeros(shape)
    return OffsetEnergies(1e-3 * rho * 1e-3 * a * b * c, found, np.sqrt(variance))


def _first(shares: NDArray[np.float64], shape: tuple[int, int, int]) -> NDArray[np.float64]:
    """The shares of the first offsets; 0 where there are none."""
    found = np.zeros(shape)
    box = tuple(slice(0, min(n, m)) for n, m in zip(shape, shares.shape, strict=True))
    found[box] = shares[box]
    return found
