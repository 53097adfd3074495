"""Libraries that were made for one nuclide: SAFs that are means over its emissions, and for whom they hold.

The walk of photons through a patient's body costs least where it is made with the lines of the one nuclide
that is wanted. Its SAFs are then no function of energy: folded with that nuclide's emissions they are exact,
with any other's they are wrong without a sign of it, so any other is refused.
"""

from __future__ import annotations

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import members
from dosimetry.nuclides.nuclide import Nuclide, nuclide
from phantoms.library.saf import SafLibrary

#: What follows a nuclide's name where the daughters in equilibrium with it are in the spectrum.
WITH_DAUGHTERS = " with daughters in equilibrium"


def spectrum_name(name: str | Nuclide, daughters: str = "none") -> str:
    """The name of an emission spectrum, as :attr:`phantoms.SafLibrary.spectrum` holds it.

    Parameters
    ----------
    name, daughters : as in :func:`dosimetry.s_values`; without daughters that live shorter than the nuclide
        "equilibrium" is the same spectrum as "none".

    Raises
    ------
    DosimetryError : unknown nuclide, or another word for the daughters.

    >>> spectrum_name("89Zr"), spectrum_name("F-18", "equilibrium"), spectrum_name("212Pb", "equilibrium")
    ('Zr-89', 'F-18', 'Pb-212 with daughters in equilibrium')
    """
    n = nuclide(name)
    return n.name + (WITH_DAUGHTERS if len(members(n, daughters)) > 1 else "")


def spectrum_of(library: SafLibrary) -> tuple[str, str]:
    """The nuclide and the word for its daughters that a library was made for.

    Raises
    ------
    DosimetryError : its spectrum is none of a nuclide's.
    """
    name = library.spectrum.removesuffix(WITH_DAUGHTERS)
    daughters = "equilibrium" if library.spectrum.endswith(WITH_DAUGHTERS) else "none"
    try:
        known = spectrum_name(name, daughters) == library.spectrum
    except DosimetryError:
        known = False
    if not known:
        raise DosimetryError(
            f"{library.shown} was made for '{library.spectrum}', which is no nuclide's spectrum"
        )
    return name, daughters


def check_spectrum(library: SafLibrary, name: str | Nuclide, daughters: str = "none") -> None:
    """Refuse a nuclide, or its daughters, that a library was not made for.

    Raises
    ------
    DosimetryError : it names the library, what it was made for, what was asked for, and what to do.
    """
    if not library.spectrum:
        return
    n, wanted = nuclide(name), spectrum_name(name, daughters)
    if library.spectrum == wanted:
        return
    made_for = library.spectrum if library.spectrum.endswith(WITH_DAUGHTERS) else f"{library.spectrum} alone"
    lacking = wanted
    if library.spectrum == n.name:
        counted = ", ".join(m for m in members(n, daughters) if m != n.name)
        lacking = f"the daughters that daughters = '{daughters}' counts with it ({counted})"
    elif n.name in library.spectrum.split():
        lacking = f"{n.name} without them (daughters = '{daughters}')"
    raise DosimetryError(
        f"{library.shown} was made for {made_for}: its SAFs are means over those emissions and hold for no"
        f" other, so not for {lacking}; make a library for that spectrum, or one by energy, which serves"
        " every nuclide, from the same images by 'milligray phantoms voxels'"
    )


def lowest_photon_MeV(library: SafLibrary) -> float:
    """The energy below which photons are counted with the electrons, MeV.

    It is the lowest of the photon table; where that has one energy, which then stands for all, it is the
    lowest that the transport of photons follows.
    """
    from phantoms.transport.materials import LOW_MEV

    energy = library.table("photon").energy_MeV
    return LOW_MEV if energy.size == 1 else float(energy[0])
