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
from dosimetry.nuclides.chains import describe, members
from dosimetry.nuclides.nuclide import NOTHING, Nuclide, Spectrum, data_version, nuclide
from dosimetry.svalues.one_spectrum import check_emissions, check_spectrum, lowest_photon_MeV
from phantoms.library.hollow import hollow_note, in_part_note
from phantoms.library.reference_regions import reference_note
from phantoms.library.saf import SafLibrary

if TYPE_CHECKING:
    import pandas as pd

#: Kinds of radiation that S values are made of, in the order of the arrays below. A photon below the
#: photon table's lowest energy (:func:`dosimetry.svalues.one_spectrum.lowest_photon_MeV`) is counted with the
#: electrons ("non-penetrating").
KINDS = ("photon", "electron", "alpha")

#: What provenance says of osteogenic cells and the small intestine where no other convention was asked for.
OWN_CONVENTION = "the phantom's own"


def mGy_kg_per_MBq_s_MeV() -> float:
    """mGy/(MBq.s) for 1 MeV per decay and an SAF of 1/kg: 1.602176634e-13 J/MeV x 1e6 decays x 1e3 mGy/Gy."""
    from scipy.constants import electron_volt, mega, milli

    return float(electron_volt * mega * mega / milli)


@dataclass(frozen=True)
class SArrays:
    """S values of one nuclide in one body by kind of radiation.

    value : kind -> (T, S), mGy/(MBq.s). All of :data:`KINDS` are present.
    variance : kind -> (T, S), square of the statistical standard error, of the kinds whose table has one;
        None where the library has no uncertainties.
    daughters : which daughters are counted, and which are not, in words.
    notes : what was done that is not plain interpolation, one sentence each.
    """

    library: SafLibrary
    nuclide: Nuclide
    daughters: str
    value: Mapping[str, NDArray[np.float64]]
    variance: Mapping[str, NDArray[np.float64]] | None
    notes: tuple[str, ...]

    @property
    def total(self) -> NDArray[np.float64]:
        """Sum over kinds, (T, S)."""
        total: NDArray[np.float64] = np.sum([self.value[k] for k in KINDS], axis=0)
        return total

    def provenance(self) -> dict[str, str]:
        """Flat facts about where the numbers come from, for ``.attrs`` and archives."""
        facts = {
            "nuclide": self.nuclide.name,
            "daughters": self.daughters,
            "phantom": self.library.phantom,
            "masses": self.library.conventions.masses or "the phantom's own",
            "convention": self.library.conventions.tissues or OWN_CONVENTION,
            "decay data": data_version(),
            "notes": " ".join(self.notes),
        }
        facts.update({f"phantom {k}": v for k, v in self.library.provenance.items()})
        return facts


#: Libraries with other masses or rows, by what they were made from: making one takes longer than using it.
_REMADE: dict[tuple[int, str | None, str | None], tuple[SafLibrary, SafLibrary]] = {}


def library_of(
    phantom: str | SafLibrary, masses: str | None = None, convention: str | None = None
) -> SafLibrary:
    """The SAF library of a phantom, by name or as it is, with the masses and rows of a convention.

    Parameters
    ----------
    masses : "ICRP 133" (organs with their blood) or "ICRP 89" (without) for a phantom that has both; None:
        those that are in force in the library. See :func:`phantoms.with_masses`.
    convention : "ICRP 116" or "OLINDA/EXM 1.x", of osteogenic cells and the small intestine; None: what the
        library has. See :func:`phantoms.with_convention`.
    """
    if isinstance(phantom, SafLibrary):
        library = phantom
    else:
        from phantoms.library.installed import load_phantom

        library = load_phantom(phantom)
    if masses is None and convention is None:
        return library
    key = id(library), masses, convention
    if key not in _REMADE:
        from phantoms.library.olinda import with_convention
        from phantoms.library.target_masses import with_masses

        made = library if masses is None else with_masses(library, masses)
        if convention is not None:
            made = with_convention(made, convention)
        if len(_REMADE) >= 8:
            _REMADE.clear()
        _REMADE[key] = library, made
    return _REMADE[key][1]


def spectra(name: str | Nuclide, daughters: str = "none") -> dict[str, Spectrum]:
    """Energy per decay of the nuclide, and of the daughters counted with it, by kind of radiation.

    Raises
    ------
    DosimetryError : one of them decays by spontaneous fission.
    """
    total = dict.fromkeys(KINDS, NOTHING)
    parent = nuclide(name)
    for member, decays in members(parent, daughters).items():
        n = parent if member == parent.name else nuclide(member)
        if n.fissions:
            raise DosimetryError(
                f"{n.name} decays by spontaneous fission: its S values would need absorbed fractions of"
                " neutrons and fission fragments, which are not implemented; no part of them is given"
            )
        for kind, part in zip(KINDS, (n.photon, n.electron, n.alpha), strict=True):
            total[kind] = total[kind] + part.times(decays)
    return total


def _for_tables(
    emitted: Mapping[str, Spectrum], library: SafLibrary
) -> tuple[dict[str, Spectrum], list[str]]:
    """What each table of the library is to carry, and what is worth saying about it."""
    carried, notes = dict(emitted), []
    photon = carried["photon"]
    if photon.energy_MeV.size:
        grid, lowest = library.table("photon").energy_MeV, lowest_photon_MeV(library)
        soft = photon.between(0.0, lowest)
        if soft.energy_MeV.size:
            carried["electron"] = carried["electron"] + soft
            carried["photon"] = photon.between(lowest)
            notes.append(
                f"Photons below {lowest * 1e3:g} keV ({soft.total_MeV:.3g} MeV per decay) are counted as"
                " non-penetrating, with the electrons."
            )
        hard = photon.between(float(np.nextafter(grid[-1], np.inf)))
        if hard.energy_MeV.size and grid.size > 1:
            notes.append(
                f"Photons above {grid[-1]:g} MeV ({hard.total_MeV:.3g} MeV per decay) take the SAF at"
                f" {grid[-1]:g} MeV."
            )
    return carried, notes


def spectra_for(library: SafLibrary, name: str | Nuclide, daughters: str = "none") -> dict[str, Spectrum]:
    """Energy per decay by the table of a library that it is folded with, soft photons with the electrons."""
    return _for_tables(spectra(name, daughters), library)[0]


def s_arrays(
    name: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> SArrays:
    """S values by kind of radiation, as arrays (see :class:`SArrays`); arguments as in :func:`s_values`."""
    n, library = nuclide(name), library_of(phantom, masses, convention)
    check_spectrum(library, n, daughters)
    carried, notes = _for_tables(spectra(n, daughters), library)
    check_emissions(library, carried)
    if library.conventions.tissues:
        notes.append(library.provenance["convention"])
    facts = library.provenance
    said = reference_note(library), hollow_note(library.targets, facts), in_part_note(facts)
    notes += filter(None, said)
    unit = mGy_kg_per_MBq_s_MeV()
    shape = (len(library.targets), len(library.sources))
    value: dict[str, NDArray[np.float64]] = {}
    variance: dict[str, NDArray[np.float64]] = {}
    for kind in KINDS:
        spectrum = carried[kind]
        if spectrum.energy_MeV.size == 0:
            value[kind] = np.zeros(shape)
            continue
        table = library.table(kind)
        value[kind] = unit * table.fold(spectrum.energy_MeV, spectrum.energy_per_decay_MeV)
        part = table.variance(spectrum.energy_MeV, spectrum.energy_per_decay_MeV)
        if part is not None:
            variance[kind] = unit**2 * part
    return SArrays(library, n, describe(n, daughters), value, variance or None, tuple(notes))


def s_values(
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> pd.DataFrame:
    """S values of every pair of regions, mGy/(MBq.s): rows are targets, columns are sources.

    Parameters
    ----------
    nuclide : e.g. "Zr-89" or "89Zr".
    phantom : a phantom's name, e.g. "adult male", or a SAF library.
    daughters : "none": decays of the nuclide alone; "equilibrium": the daughters that live shorter than it
        decay where it decays, per decay of the parent (:func:`dosimetry.equilibrium`).
    masses : convention of the target masses, for a phantom that has more than one: "ICRP 133" or "ICRP 89".
    convention : of osteogenic cells and the small intestine in the stylised bodies: "ICRP 116" (their own) or
        "OLINDA/EXM 1.x" (:mod:`phantoms.library.olinda`).

    Returns
    -------
    DataFrame (targets x sources); ``.attrs`` holds unit, nuclide, phantom and provenance as text.

    Raises
    ------
    DosimetryError : unknown nuclide, or one with spontaneous fission; a library that was made for another.
    PhantomError : unknown phantom, or one without SAFs for a radiation that the nuclide emits.

    Examples
    --------
    >>> s = s_values("Zr-89", "adult male")
    >>> bool(s.loc["liver", "liver"] > s.loc["kidneys", "liver"] > 0), s.attrs["unit"]
    (True, 'mGy/(MBq.s)')
    """
    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses, convention=convention)
    return _frame(s, s.total, "mGy/(MBq.s)")


def s_value_uncertainty(
    nuclide: str | Nuclide,
    phantom: str | SafLibrary,
    *,
    daughters: str = "none",
    masses: str | None = None,
    convention: str | None = None,
) -> pd.DataFrame:
    """Statistical standard error of :func:`s_values`, mGy/(MBq.s), from the SAFs' counting statistics.

    Energies are treated as uncorrelated. NaN throughout where the library states no uncertainty;
    ``.attrs["reason"]`` says so.

    Raises
    ------
    DosimetryError, PhantomError : as :func:`s_values`.

    Examples
    --------
    >>> relative = s_value_uncertainty("Zr-89", "adult male") / s_values("Zr-89", "adult male")
    >>> bool(relative.loc["liver", "liver"] < 0.01)
    True
    """
    s = s_arrays(nuclide, phantom, daughters=daughters, masses=masses, convention=convention)
    if s.variance is None:
        frame = _frame(s, np.full(s.total.shape, np.nan), "mGy/(MBq.s)")
        frame.attrs["reason"] = f"the SAFs of phantom '{s.library.phantom}' come without uncertainties"
        return frame
    return _frame(s, np.sqrt(sum(s.variance.values())), "mGy/(MBq.s)")


def _frame(s: SArrays, values: NDArray[np.float64], unit: str) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(
        values,
        index=pd.Index(s.library.targets, name="target"),
        columns=pd.Index(s.library.sources, name="source"),
    )
    frame.attrs.update(s.provenance(), unit=unit)
    return frame
