"""A library with its target masses by another convention: what of its SAFs changes with a mass, and how."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.conventions import SELF_PHOTON_EXPONENT, combination_matrix
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import normal_form


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
