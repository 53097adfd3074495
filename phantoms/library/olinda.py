"""The convention of OLINDA/EXM 1.x for osteogenic cells and the small intestine, beside this project's own.

A library in, a library with other rows out; nothing else changes:

- osteogenic cells, photons: bone surface by the absorbed fractions of ICRP 30, as the tables of 1987 have it
  (:mod:`phantoms.skeleton.bone_surface`), for the endosteum of ICRP 116;
- osteogenic cells, electrons and alphas: the same fractions, for those of ICRP 133; from the whole body what
  bone and marrow in it give, for 1/mass;
- small intestine, photons from its contents: half of what wall and contents absorb together. The two are
  one region in the bodies of 1987, and the tables of the time give the wall the half dose of a surface,
  which for photons has no ground: their range is longer than the loops are wide.

docs/phantoms.md says where each step comes from and how well it meets published doses.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from phantoms.errors import PhantomError
from phantoms.library.saf import METHODS, SafLibrary, SafTable
from phantoms.regions.names import normal_form
from phantoms.skeleton.bone_surface import charged_saf_per_kg, photon_ratio, sources_with_ratio

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "ICRP 116"
OLINDA = "OLINDA/EXM 1.x"
CONVENTIONS: tuple[str, ...] = (OWN, OLINDA)

BONE_SURFACE = "osteogenic cells"
INTESTINE, INTESTINE_CONTENTS = "small intestine", "small intestine contents"
HALF = 0.5  #: dose of the wall's surface over that of the contents
NOTE = (
    f"Osteogenic cells and small intestine by the convention of {OLINDA}: bone surface by the absorbed"
    " fractions of ICRP 30, photons from the small intestine's contents to its wall halved."
)


def convention_named(name: str) -> str:
    """The convention that a user named, in its own spelling.

    Raises
    ------
    PhantomError : there is no such convention; the message lists those there are.
    """
    known = {normal_form(c): c for c in CONVENTIONS}
    if normal_form(name) not in known:
        raise PhantomError(f"unknown convention '{name}'; there are: {', '.join(CONVENTIONS)}")
    return known[normal_form(name)]


def with_convention(library: SafLibrary, name: str) -> SafLibrary:
    """The library with osteogenic cells and small intestine by a convention; the same object for its own.

    Parameters
    ----------
    library : a stylised body's, as it is shipped.
    name : "ICRP 116" (what the library has) or "OLINDA/EXM 1.x".

    Raises
    ------
    PhantomError : no such convention, or the body has none but its own (the ICRP reference adults).

    Examples
    --------
    >>> from phantoms import load_phantom
    >>> own = load_phantom("adult male")
    >>> theirs = with_convention(own, "OLINDA/EXM 1.x")
    >>> i, j = own.target("small intestine"), own.source("small intestine contents")
    >>> theirs.conventions.tissues
    'OLINDA/EXM 1.x'
    """
    wanted = convention_named(name)
    if wanted == (library.conventions.tissues or OWN):
        return library
    if library.conventions.tissues:
        raise PhantomError(
            f"phantom '{library.phantom}' has its rows by {library.conventions.tissues} already"
        )
    have = library.conventions
    if (
        have.mass_sets
        or have.remainder_sources
        or have.combined
        or library.spectrum
        or not has_ratios(library)
    ):
        raise PhantomError(
            f"{library.shown} has no doses by the convention of {OLINDA}, which is that of the"
            f" stylised bodies of 1987; take one of them, e.g. 'adult male', or leave the convention at {OWN}"
        )
    return replace(
        library,
        tables={kind: _changed(kind, table, library) for kind, table in library.tables.items()},
        conventions=replace(library.conventions, tissues=wanted),
        provenance={**library.provenance, "convention": NOTE},
    )


def has_ratios(library: SafLibrary) -> bool:
    """Whether a library is of a body of 1987, with all the regions whose rows the convention changes."""
    return (
        {BONE_SURFACE, INTESTINE} <= set(library.targets)
        and INTESTINE_CONTENTS in library.sources
        and set(library.sources) <= sources_with_ratio(library.phantom)
    )


def _changed(kind: str, table: SafTable, library: SafLibrary) -> SafTable:
    """The table of one kind of radiation with the convention's rows."""
    if kind != "photon":
        return _charged(kind, table, library)
    saf = table.saf_per_kg.copy()
    method = None if table.method is None else table.method.copy()
    row = library.targets.index(BONE_SURFACE)
    for j, source in enumerate(library.sources):
        saf[row, j] *= photon_ratio(library.phantom, source, table.energy_MeV)
    pair = library.targets.index(INTESTINE), library.sources.index(INTESTINE_CONTENTS)
    saf[pair] *= HALF
    if method is not None:
        for place in (row, pair):
            method[place] = np.where(saf[place] > 0.0, METHODS.index("derived"), method[place])
    return replace(table, saf_per_kg=saf, method=method)


def _charged(radiation: str, table: SafTable, library: SafLibrary) -> SafTable:
    masses: Mapping[str, float] = {
        **library.source_mass_kg, BONE_SURFACE: library.target_mass_kg[BONE_SURFACE],
    }  # fmt: skip
    saf = table.saf_per_kg.copy()
    row = library.targets.index(BONE_SURFACE)
    saf[row] = 0.0
    for source, value in charged_saf_per_kg(radiation, library.phantom, masses).items():
        saf[row, library.sources.index(source)] = value
    return replace(table, saf_per_kg=saf)
