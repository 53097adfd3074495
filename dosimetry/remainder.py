"""The remainder of the body as a source region.

A body whose library has "total body" as a source (the stylised bodies) gets it by the mass-weighted
subtraction that MIRD Pamphlet 11 (1975) and OLINDA/EXM use: what the whole body gives, less what the named
regions give, each by its mass::

    S(T<-remainder) = [m_TB S(T<-total body) - sum_i m_i S(T<-i)] / (m_TB - sum_i m_i)

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
from dosimetry.svalues import KINDS, SArrays
from phantoms.saf import SafLibrary

TOTAL_BODY = "total body"


@dataclass(frozen=True)
class Remainder:
    """The remainder as a mixture of a library's sources.

    share : (S,) weights of the library's sources, summing to 1; negative for the named regions where the
        remainder is made by subtraction.
    mass_kg : mass of the remainder.
    note : one sentence on how it was made.
    """

    share: NDArray[np.float64]
    mass_kg: float
    note: str

    def s_values(self, s: SArrays) -> tuple[Mapping[str, NDArray[np.float64]], tuple[str, ...]]:
        """S(T<-remainder) by kind, (T,) in mGy/(MBq.s), and the targets where the subtraction fell below 0.

        A dose below 0 cannot be: the value is then 0 for that kind of radiation. It happens with electrons
        in a wall that is named together with its contents, whose whole share is taken off although the
        "total body" had none in the contents' dose to the wall.
        """
        value, below = {}, np.zeros(len(s.library.targets), dtype=bool)
        for kind in KINDS:
            column = s.value[kind] @ self.share
            floor = 1e-9 * (np.abs(s.value[kind]) @ np.abs(self.share))
            below |= column < -floor
            value[kind] = np.maximum(column, 0.0)
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
    return Remainder(share, rest, note)


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
    return Remainder(share, mass, note)
