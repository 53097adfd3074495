"""What a source emits, and the runs of photons that are made of it.

A library is for the emissions of one nuclide, whose photons then run as the nuclide emits them, or by
energy, for all. Photons of a nuclide below 30 keV are a run of their own: they reach little, but where they
do they leave much at once, and would make much of the statistical error of all the others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.simulation.simulate import ENERGIES_MEV
from phantoms.skeleton.marrow import charged_energies_MeV
from phantoms.transport.materials import HIGH_MEV, LOW_MEV
from phantoms.voxels.walk.sources import SOFT_MEV

#: Energies of the photon table of a library by energy, MeV: those of the shipped bodies, and 25 keV, without
#: which doses of 125I's 27 keV at 2 to 6 cm were 3 to 5 % low between 20 and 30 keV.
PHOTON_MEV = tuple(sorted((*ENERGIES_MEV, 0.025)))
#: Energies of the electron table of a library by energy, MeV; marrow's absorbed fractions have some of them.
#: Between them absorbed fractions of organs in voxels of 4 mm are off by 0.2 % at most (adrenals to lungs).
ELECTRON_MEV = (
    0.01, 0.04, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 10.0,
)  # fmt: skip


class Spectrum(NamedTuple):
    """Energy emitted per decay, by energy of the particle: two arrays (n,), both in MeV."""

    energy_MeV: NDArray[np.float64]
    energy_per_decay_MeV: NDArray[np.float64]

    @property
    def total_MeV(self) -> float:
        """Energy emitted per decay, MeV."""
        return float(self.energy_per_decay_MeV.sum())

    @property
    def mean_MeV(self) -> float:
        """Mean energy of the particles, weighted by energy, MeV."""
        return float(self.energy_MeV @ self.energy_per_decay_MeV) / self.total_MeV


def spectrum(energy_MeV: ArrayLike = (), energy_per_decay_MeV: ArrayLike = ()) -> Spectrum:
    """A spectrum, checked; lines without energy are left out.

    Raises
    ------
    PhantomError : energies and their yields of different number, negative or not finite.
    """
    e, w = (np.atleast_1d(np.asarray(v, dtype=float)) for v in (energy_MeV, energy_per_decay_MeV))
    if e.ndim != 1 or e.shape != w.shape:
        raise PhantomError(f"a spectrum of {e.size} energies has {w.size} energies per decay")
    if not np.all(np.isfinite(e) & np.isfinite(w) & (e >= 0.0) & (w >= 0.0)):
        raise PhantomError("energies of a spectrum, and those per decay, must be finite and 0 or above")
    return Spectrum(e[w > 0.0], w[w > 0.0])


class Emissions(NamedTuple):
    """All that one decay emits.

    name : of the spectrum, as :attr:`phantoms.SafLibrary.spectrum` keeps it: what folds the library must
        call it so.
    photon, electron, alpha : energies. Photons below 0.001 MeV are to be counted with the electrons.
    """

    name: str
    photon: Spectrum
    electron: Spectrum
    alpha: Spectrum


class Band(NamedTuple):
    """Photons that run together: a name for them, their spectrum, and their share of the column's energy."""

    name: str
    photons: Spectrum
    share: float


class Column(NamedTuple):
    """One energy of the photon table, and the runs that it is made of."""

    energy_MeV: float
    bands: tuple[Band, ...]


def columns(emissions: Emissions | None) -> tuple[Column, ...]:
    """The columns of the photon table: one of a nuclide's photons (none where it has none), or one an energy.

    Raises
    ------
    PhantomError : photons outside 0.001 to 10 MeV.
    """
    if emissions is None:
        return tuple(Column(e, (Band(f"{e * 1e3:g} keV", spectrum([e], [e]), 1.0),)) for e in PHOTON_MEV)
    e, w = emissions.photon
    if not e.size:
        return ()
    if e.min() < LOW_MEV or e.max() > HIGH_MEV:
        raise PhantomError(
            f"photons of {emissions.name} have {e.min():g} to {e.max():g} MeV; followed are {LOW_MEV:g} to"
            f" {HIGH_MEV:g} MeV"
        )
    parts = (
        (f"{emissions.name} from {SOFT_MEV * 1e3:g} keV", e >= SOFT_MEV),
        (f"{emissions.name} below {SOFT_MEV * 1e3:g} keV", e < SOFT_MEV),
    )
    total = emissions.photon.total_MeV
    bands = [Band(n, Spectrum(e[a], w[a]), float(w[a].sum()) / total) for n, a in parts if a.any()]
    return (Column(emissions.photon.mean_MeV, tuple(bands)),)


def charged_columns(radiation: str, emissions: Emissions | None) -> list[tuple[float, Spectrum]]:
    """The columns of the table of "electron" or "alpha": energy in MeV, and the spectrum that each is for.

    Of a nuclide there is one, and none where it emits nothing of the kind.
    """
    if emissions is not None:
        emitted: Spectrum = getattr(emissions, radiation)
        return [(emitted.mean_MeV, emitted)] if emitted.energy_MeV.size else []
    grid = ELECTRON_MEV if radiation == "electron" else charged_energies_MeV(radiation).tolist()
    return [(e, Spectrum(np.array([e]), np.array([1.0]))) for e in grid]
