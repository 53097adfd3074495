"""What a body's library says besides SAFs: which masses are in force, combined regions, the remainder.

The stylised bodies need none of it; the ICRP reference phantoms do (see
:mod:`phantoms.library.icrp133_files`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.regions.names import normal_form

if TYPE_CHECKING:
    from phantoms.library.saf import SafLibrary

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


def with_masses(library: SafLibrary, masses: str) -> SafLibrary:
    """The library with its target masses by another convention.

    Charged particles: the absorbed fraction is kept, SAF x m / m'. Photons and neutrons: self-SAF x
    (m/m')^(2/3), cross-SAF unchanged (the dose of a penetrating field does not know the target's mass).
    Combined targets are combined anew.

    Raises
    ------
    PhantomError : the library has no such convention; the message lists what it has.

    Examples
    --------
    >>> from phantoms import PhantomError, load_phantom
    >>> try:
    ...     with_masses(load_phantom("adult male"), "ICRP 89")
    ... except PhantomError as error:
    ...     print(error)
    phantom 'adult male' has no masses by 'ICRP 89'; it has: only its own masses
    """
    have = library.conventions
    wanted = {normal_form(name): name for name in have.mass_sets}.get(normal_form(masses))
    if wanted is None:
        offered = ", ".join(have.mass_sets) or "only its own masses"
        raise PhantomError(f"phantom '{library.phantom}' has no masses by '{masses}'; it has: {offered}")
    if wanted == have.masses:
        return library
    new = have.mass_sets[wanted]
    ratio = np.array([library.target_mass_kg[t] / new[t] if t in new else 1.0 for t in library.targets])
    own = np.array([[t == s for s in library.sources] for t in library.targets])
    photon = np.where(own, ratio[:, None] ** SELF_PHOTON_EXPONENT, 1.0)
    charged = np.broadcast_to(ratio[:, None], own.shape)
    rows = [library.targets.index(name) for name in have.combined]
    matrix = combination_matrix(library.targets, have.combined)

    def scaled(saf: NDArray[np.float64], factor: NDArray[np.float64]) -> NDArray[np.float64]:
        out = saf * factor[:, :, None]
        if rows:
            out[rows] = np.tensordot(matrix, out, axes=1)
        return out

    tables = {
        kind: replace(table, saf_per_kg=scaled(table.saf_per_kg, photon if kind == "photon" else charged))
        for kind, table in library.tables.items()
    }
    fission = library.fission
    if fission is not None:
        fission = replace(fission, saf_per_kg=scaled(fission.saf_per_kg, photon))
    return replace(
        library,
        target_mass_kg={t: new.get(t, m) for t, m in library.target_mass_kg.items()},
        tables=tables,
        fission=fission,
        conventions=replace(have, masses=wanted),
        provenance={**library.provenance, "masses": wanted},
    )
