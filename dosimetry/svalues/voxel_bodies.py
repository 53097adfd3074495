"""A patient's own library of SAFs: what a nuclide emits, given to the transport in a body of voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.svalues.folding import spectra
from dosimetry.svalues.one_spectrum import spectrum_name

if TYPE_CHECKING:
    from phantoms.library.saf import SafLibrary
    from phantoms.voxels.body import VoxelBody
    from phantoms.voxels.saf.emissions import Emissions


def emissions_of(nuclide: str | Nuclide, daughters: str = "none") -> Emissions:
    """What a decay of a nuclide emits, for the transport in a body of voxels.

    Photons below 1 keV, which the transport does not follow, are counted with the electrons.

    Parameters
    ----------
    nuclide, daughters : as in :func:`dosimetry.s_values`.

    Raises
    ------
    DosimetryError : unknown nuclide, or one with spontaneous fission.

    Examples
    --------
    >>> zr = emissions_of("89Zr")
    >>> zr.name, round(zr.photon.total_MeV, 2), float(zr.photon.energy_MeV.min()) >= 0.001
    ('Zr-89', 1.16, True)
    """
    from phantoms.transport.materials import LOW_MEV
    from phantoms.voxels.saf.emissions import Emissions, spectrum

    emitted = spectra(nuclide, daughters)
    photon, electron = emitted["photon"], emitted["electron"] + emitted["photon"].between(0.0, LOW_MEV)
    parts = (photon.between(LOW_MEV), electron, emitted["alpha"])
    return Emissions(
        spectrum_name(nuclide, daughters), *(spectrum(p.energy_MeV, p.energy_per_decay_MeV) for p in parts)
    )


def patient_library(
    body: VoxelBody, nuclide: str | Nuclide | None = None, *, daughters: str = "none", **how: Any
) -> SafLibrary:
    """The SAF library of a patient's own body, for one nuclide or by energy for all.

    Parameters
    ----------
    body : the body of voxels (:func:`phantoms.voxels.images.make.body_from_images`).
    nuclide : the library then holds for it alone; None: by energy, which takes many times as long.
    daughters : "none" or "equilibrium", as in :func:`dosimetry.s_values`.
    how : sources, precision, seed, units, workers, executor and the like:
        :func:`phantoms.voxels.saf.make.voxel_library`.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`emissions_of` and :func:`phantoms.voxels.saf.make.voxel_library`.

    Examples
    --------
    >>> from phantoms.bodies.stylised.body import load_body
    >>> from phantoms.voxels.stylised import voxelised
    >>> body = voxelised(load_body("newborn"), 8.0)
    >>> library = patient_library(body, "Tc-99m", sources=["liver"], precision=0.2, most_histories=400_000)
    >>> library.spectrum, "red marrow" in library.targets
    ('Tc-99m', True)
    """
    from phantoms.voxels.saf.make import voxel_library

    return voxel_library(body, None if nuclide is None else emissions_of(nuclide, daughters), **how)
