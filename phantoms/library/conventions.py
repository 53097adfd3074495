"""What a body's library says besides SAFs: which masses are in force, combined regions, the remainder.

The stylised bodies need none of it; the ICRP reference phantoms do (see
:mod:`phantoms.library.icrp133.files`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

#: Exponent of (old mass / new mass) by which a self-SAF changes with the mass of its region. Photons
#: follow the surface-to-volume rule of stylised dosimetry (Snyder 1970; MIRD Pamphlet 11).
SELF_PHOTON_EXPONENT = 2.0 / 3.0


@dataclass(frozen=True)
class Conventions:
    """Conventions of one library.

    masses : name of the mass convention that the SAFs are for, e.g. "ICRP 133"; "" if there is only one.
    mass_sets : name of a convention -> {target region: mass in kg}.
    combined : target rows that are weighted sums of other target rows -> {part: weight}.
    remainder_sources : source regions whose mass-weighted mean makes "remainder", as far as they are not
        named themselves; empty where the remainder comes from "total body".
    covers : named source region -> the remainder sources that it stands for, where that is not itself.
    tissues : convention of bone surface and small intestine, where it is not the library's own (see
        :mod:`phantoms.library.olinda`).
    """

    masses: str = ""
    mass_sets: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    combined: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    remainder_sources: tuple[str, ...] = ()
    covers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tissues: str = ""

    def covered(self, source: str) -> tuple[str, ...]:
        """Remainder sources that a named source region takes out of the remainder."""
        if source in self.covers:
            return self.covers[source]
        return (source,) if source in self.remainder_sources else ()

    def to_json(self) -> str:
        """As text, for the library's file."""
        return json.dumps(
            {
                "masses": self.masses,
                "mass_sets": {k: dict(v) for k, v in self.mass_sets.items()},
                "combined": {k: dict(v) for k, v in self.combined.items()},
                "remainder_sources": list(self.remainder_sources),
                "covers": {k: list(v) for k, v in self.covers.items()},
                "tissues": self.tissues,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> Conventions:
        """From the text that :meth:`to_json` wrote."""
        d = json.loads(text)
        d["remainder_sources"] = tuple(d["remainder_sources"])
        d["covers"] = {k: tuple(v) for k, v in d["covers"].items()}
        return cls(**d)


def combination_matrix(
    targets: tuple[str, ...], combined: Mapping[str, Mapping[str, float]]
) -> NDArray[np.float64]:
    """Matrix (C, T) whose product with the targets' rows gives the rows of ``combined``, in its order."""
    matrix = np.zeros((len(combined), len(targets)))
    for row, parts in enumerate(combined.values()):
        for part, weight in parts.items():
            matrix[row, targets.index(part)] = weight
    return matrix
