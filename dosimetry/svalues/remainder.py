"""The remainder of the body as a source region.

A body whose library has "total body" as a source (the stylised bodies) gets it by the mass-weighted
subtraction that MIRD Pamphlet 11 (1975) and OLINDA/EXM use: what the whole body gives, less what the named
regions give, each by its mass::

    S(T<-remainder) = [m_TB S(T<-total body) - sum_i m_i S(T<-i)] / (m_TB - sum_i m_i)

Of electrons and alphas the dose of contents to their wall is not taken off: it is a dose at the wall's
surface, which the total body as a source does not know. So S of the remainder is 1/m_rem in all tissue that
belongs to it and 0 in what is named, and m_T S, summed over the tissue of the remainder, is the energy
emitted. Marrow and osteogenic cells keep what the named ones of bone and marrow leave of 1/m_rem: electrons
cross between them.

A named source that a reference body lent to a body that its image cuts is not taken off: how much of it is in
the image nobody knows, and the total body is what the image shows.

The ICRP reference phantoms list the source regions that "other" consists of; there it is the mean over those
that are not named, weighted by mass (ICRP Publication 130 (2015), section 3; Publication 133, list of source
regions)::

    S(T<-remainder) = sum_r m_r S(T<-r) / sum_r m_r,   r over the listed regions that are not named
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS, SArrays
from phantoms.library.hollow import is_cut
from phantoms.library.locality import BONE_SOURCES, BONE_TARGETS, TOTAL_BODY, WALLS, holders
from phantoms.library.saf import SafLibrary, reference_sources


@dataclass(frozen=True)
class Remainder:
    """The remainder as a mixture of a library's sources.

    share : (S,) weights of the library's sources, summing to 1; negative for the named regions where the
        remainder is made by subtraction.
    mass_kg : mass of the remainder in the reference body.
    taken : named source regions whose mass is taken out of it.
    tissue : targets that lie in it.
    near : targets whose electron dose from it is local, and goes with its concentration of activity. By
        subtraction that is all there is; of listed regions it is their tissue, bone and marrow.
    note : one sentence on how it was made.
    """

    share: NDArray[np.float64]
    mass_kg: float
    taken: tuple[str, ...]
    tissue: tuple[str, ...]
    near: tuple[str, ...]
    note: str

    def mixture(self, library: SafLibrary, kind: str) -> NDArray[np.float64]:
        """How much of each S(T<-source) is in S(T<-remainder) for one kind of radiation, (T, S)."""
        share = np.tile(self.share, (len(library.targets), 1))
        if kind != "photon":
            for j in np.flatnonzero(self.share < 0.0):
                for wall in WALLS.get(library.sources[j], ()):
                    if wall in library.targets:
                        share[library.targets.index(wall), j] = 0.0
        return share

    def s_values(self, s: SArrays) -> tuple[Mapping[str, NDArray[np.float64]], tuple[str, ...]]:
        """S(T<-remainder) by kind, (T,) in mGy/(MBq.s), and the targets where the subtraction fell below 0.

        A dose below 0 cannot be: the value is then 0 for that kind of radiation.
        """
        value, below = {}, np.zeros(len(s.library.targets), dtype=bool)
        for kind in KINDS:
            mixture = self.mixture(s.library, kind)
            column = (s.value[kind] * mixture).sum(axis=1)
            floor = 1e-9 * np.abs(s.value[kind] * mixture).sum(axis=1)
            below |= column < -floor
            value[kind] = np.where(column > floor, column, 0.0)
        return value, tuple(t for t, b in zip(s.library.targets, below, strict=True) if b)


def remainder_of(library: SafLibrary, named: Sequence[str]) -> Remainder:
    """The remainder of a body without the named source regions.

    Parameters
    ----------
    library : the body's SAF library.
    named : canonical names of the source regions that have a TIAC of their own.

    Raises
    ------
    DosimetryError : the body has no source to make it from, or the named regions leave no mass.
    """
    if library.conventions.remainder_sources:
        return _unnamed(library, named)
    mass = library.source_mass_kg
    if TOTAL_BODY not in library.sources:
        raise DosimetryError(
            f"phantom '{library.phantom}' has no source 'total body' to make the remainder from"
        )
    lent = reference_sources(library) if is_cut(library.provenance) else ()
    beyond, named = [n for n in named if n in lent], [n for n in named if n not in lent]
    lacking = [n for n in (*named, TOTAL_BODY) if n not in mass]
    if lacking:
        raise DosimetryError(
            f"the remainder of phantom '{library.phantom}' needs the mass of {', '.join(lacking)},"
            " which the library does not hold"
        )
    rest = mass[TOTAL_BODY] - sum(mass[n] for n in named)
    if rest <= 0.0:
        raise DosimetryError(
            f"the named source regions weigh {mass[TOTAL_BODY] - rest:.4g} kg and leave nothing of the"
            f" {mass[TOTAL_BODY]:.4g} kg of phantom '{library.phantom}' for a remainder"
        )
    share = np.zeros(len(library.sources))
    share[library.sources.index(TOTAL_BODY)] = mass[TOTAL_BODY] / rest
    for n in named:
        share[library.sources.index(n)] -= mass[n] / rest
    listed = ", ".join(named) or "nothing"
    note = f"Remainder of body ({rest:.4g} kg): total body less {listed}, weighted by mass."
    if beyond:
        note += (
            f" Not taken off: {', '.join(beyond)}, lent by a reference body; how much of it lies in the"
            " image, which cuts the body, is not known."
        )
    left = [n for n in library.sources if n not in named and n != TOTAL_BODY]
    # what no source holds can't be named (the stylised small intestine, whose contents alone are a source)
    unheld = [t for t, held in holders(library).items() if not held]
    return Remainder(share, rest, tuple(named), (*_tissue(library, left), *unheld), library.targets, note)


def _tissue(library: SafLibrary, left: Sequence[str]) -> tuple[str, ...]:
    """Targets that lie in one of the sources that are left for the remainder."""
    return tuple(t for t, held in holders(library).items() if set(held) & set(left))


def _unnamed(library: SafLibrary, named: Sequence[str]) -> Remainder:
    """The remainder as the mean over the listed regions that are not named, weighted by mass."""
    have = library.conventions
    taken = {r for n in named for r in have.covered(n)}
    left = [r for r in have.remainder_sources if r not in taken]
    mass = sum(library.source_mass_kg[r] for r in left)
    if mass <= 0.0:
        raise DosimetryError(
            f"the named source regions leave nothing of phantom '{library.phantom}' for a remainder"
        )
    share = np.zeros(len(library.sources))
    for r in left:
        share[library.sources.index(r)] = library.source_mass_kg[r] / mass
    without = ", ".join(sorted(taken)) or "none"
    note = (
        f"Remainder of body ({mass:.4g} kg): mean by mass of the source regions of ICRP's 'other', without"
        f" {without}."
    )
    gone = tuple(n for n in named if have.covered(n))
    tissue = _tissue(library, left)
    bone = BONE_TARGETS if set(left) & set(BONE_SOURCES) else ()
    return Remainder(share, mass, gone, tissue, tuple(dict.fromkeys((*tissue, *bone))), note)
