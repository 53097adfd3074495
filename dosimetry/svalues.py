"""S values: mean absorbed dose in a target region per decay in a source region.

S(T<-S) = sum over emissions i of Delta_i x SAF_i(T<-S), Delta_i the energy emitted per decay
(MIRD Pamphlet 21, J Nucl Med 2009;50:477-484, equation 4). S is absorbed dose: no radiation weighting
factor is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclide import NOTHING, Nuclide, Spectrum, data_version, nuclide
from phantoms.saf import SafLibrary, SafTable

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of radiation that S values are made of, in the order of the arrays below. A photon below the
#: photon table's lowest energy is counted with the electrons ("non-penetrating").
KINDS = ("photon", "electron", "alpha")


def mGy_kg_per_MBq_s_MeV() -> float:
    """mGy/(MBq.s) for 1 MeV per decay and an SAF of 1/kg: 1.602176634e-13 J/MeV x 1e6 decays x 1e3 mGy/Gy."""
    from scipy.constants import electron_volt, mega, milli

    return float(electron_volt * mega * mega / milli)


@dataclass(frozen=True)
class SArrays:
    """S values of one nuclide in one body by kind of radiation.

    value : kind -> (T, S), mGy/(MBq.s). All of :data:`KINDS` are present.
    variance : (T, S), square of the statistical standard error of the sum over kinds, or None where the
        library has no uncertainties.
    notes : what was done that is not plain interpolation, one sentence each.
    """

    library: SafLibrary
    nuclide: Nuclide
    value: Mapping[str, NDArray[np.float64]]
    variance: NDArray[np.float64] | None
    notes: tuple[str, ...]

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum over kinds, (T, S)."""
        return np.sum([self.value[k] for k in KINDS], axis=0)

    def provenance(self) -> dict[str, str]:
        """Flat facts about where the numbers come from, for ``.attrs`` and archives."""
        facts = {
            "nuclide": self.nuclide.name,
            "phantom": self.library.phantom,
            "decay data": data_version(),
            "notes": " ".join(self.notes),
        }
        facts.update({f"phantom {k}": v for k, v in self.library.provenance.items()})
        return facts


def library_of(phantom: str | SafLibrary) -> SafLibrary:
    """The SAF library of a phantom, by name or as it is."""
    if isinstance(phantom, SafLibrary):
        return phantom
    from phantoms.library import load_phantom

    return load_phantom(phantom)


def _spectra(n: Nuclide, library: SafLibrary) -> tuple[dict[str, Spectrum], list[str]]:
    """What each table of the library is to carry, and what is worth saying about it."""
    if n.fissions:
        raise DosimetryError(
            f"{n.name} decays by spontaneous fission: S values would need neutron and fission-fragment"
            " absorbed fractions, which are not implemented; its S values are refused, not given in part"
        )
    photon, electron, notes = n.photon, n.electron, []
    if photon.energy_MeV.size:
        grid = library.table("photon").energy_MeV
        soft = photon.between(0.0, float(grid[0]))
        if soft.energy_MeV.size:
            electron = electron + soft
            photon = photon.between(float(grid[0]))
            notes.append(
                f"Photons below {grid[0] * 1e3:g} keV ({soft.total_MeV:.3g} MeV per decay) are counted as"
                " non-penetrating, with the electrons."
            )
        hard = photon.between(np.nextafter(grid[-1], np.inf))
        if hard.energy_MeV.size:
            notes.append(
                f"Photons above {grid[-1]:g} MeV ({hard.total_MeV:.3g} MeV per decay) take the SAF at"
                f" {grid[-1]:g} MeV."
            )
    return {"photon": photon, "electron": electron, "alpha": n.alpha}, notes


def _variance(table: SafTable, spectrum: Spectrum) -> NDArray[np.float64] | None:
    """Variance of the folded SAF: each energy's weight is shared linearly by its two neighbours on the grid.

    The SAFs at different energies are taken as uncorrelated, as separate simulations are.
    """
    if table.relative_se is None:
        return None
    grid = table.energy_MeV
    share = np.zeros(grid.size)
    if grid.size == 1:
        share[0] = spectrum.total_MeV
    else:
        e = np.clip(spectrum.energy_MeV, grid[0], grid[-1])
        k = np.clip(np.searchsorted(grid, e, side="right") - 1, 0, grid.size - 2)
        upper = (e - grid[k]) / (grid[k + 1] - grid[k])
        np.add.at(share, k, spectrum.energy_per_decay_MeV * (1.0 - upper))
        np.add.at(share, k + 1, spectrum.energy_per_decay_MeV * upper)
    return np.asarray(np.square(table.saf_per_kg * table.relative_se * share).sum(axis=2))


def s_arrays(name: str | Nuclide, phantom: str | SafLibrary) -> SArrays:
    """S values by kind of radiation, as arrays (see :class:`SArrays`).

    Raises
    ------
    DosimetryError : unknown nuclide, or one with spontaneous fission.
    PhantomError : unknown phantom, or one without SAFs for a radiation that the nuclide emits.
    """
    n, library = nuclide(name), library_of(phantom)
    spectra, notes = _spectra(n, library)
    unit = mGy_kg_per_MBq_s_MeV()
    shape = (len(library.targets), len(library.sources))
    value, variance = {}, None
    for kind in KINDS:
        spectrum = spectra.get(kind, NOTHING)
        if spectrum.energy_MeV.size == 0:
            value[kind] = np.zeros(shape)
            continue
        table = library.table(kind)
        value[kind] = unit * table.fold(spectrum.energy_MeV, spectrum.energy_per_decay_MeV)
        part = _variance(table, spectrum)
        if part is not None:
            variance = unit**2 * part + (0.0 if variance is None else variance)
    return SArrays(library, n, value, variance, tuple(notes))


def s_values(nuclide: str | Nuclide, phantom: str | SafLibrary) -> pd.DataFrame:
    """S values of every pair of regions, mGy/(MBq.s): rows are targets, columns are sources.

    Parameters
    ----------
    nuclide : e.g. "Zr-89" or "89Zr".
    phantom : a phantom's name, e.g. "adult male", or a SAF library.

    Returns
    -------
    DataFrame (targets x sources); ``.attrs`` holds unit, nuclide, phantom and provenance as text.

    Raises
    ------
    DosimetryError : unknown nuclide, or one with spontaneous fission.
    PhantomError : unknown phantom, or one without SAFs for a radiation that the nuclide emits.
    """
    s = s_arrays(nuclide, phantom)
    return _frame(s, s.total, "mGy/(MBq.s)")


def s_value_uncertainty(nuclide: str | Nuclide, phantom: str | SafLibrary) -> pd.DataFrame:
    """Statistical standard error of :func:`s_values`, mGy/(MBq.s), from the SAFs' counting statistics.

    Energies are treated as uncorrelated. NaN throughout where the library states no uncertainty;
    ``.attrs["reason"]`` says so.
    """
    s = s_arrays(nuclide, phantom)
    if s.variance is None:
        frame = _frame(s, np.full(s.total.shape, np.nan), "mGy/(MBq.s)")
        frame.attrs["reason"] = f"the SAFs of phantom '{s.library.phantom}' come without uncertainties"
        return frame
    return _frame(s, np.sqrt(s.variance), "mGy/(MBq.s)")


def _frame(s: SArrays, values: NDArray[np.float64], unit: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        values,
        index=pd.Index(s.library.targets, name="target"),
        columns=pd.Index(s.library.sources, name="source"),
    )
    frame.attrs.update(s.provenance(), unit=unit)
    return frame
