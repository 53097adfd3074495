"""Whether SAFs of other people can be: single values that were damaged in a file or in an imported library.

Three rules, each from physics: a target absorbs no more than was emitted; a dose is not far above that of a
uniform source's own concentration; and on a grid whose energies are at most a factor of 2 apart (above 10
keV) a SAF runs smoothly, so that no value stands out from both its neighbours. Monte-Carlo values of very
small absorbed fractions scatter freely and are left out: they are small whatever happens to them, unless
they come to matter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.conventions import combination_matrix
from phantoms.library.saf import SafLibrary

#: Absorbed fraction that is refused: 1 by conservation of energy, and half as much again since the files of
#: ICRP 133 have values of their own above 1, which are said (:mod:`phantoms.library.icrp133.limits`).
MOST_ABSORBED = 1.5
#: SAF times mass of the source that is refused: 1 in charged-particle equilibrium; bone surface gets several
#: times the dose of soft tissue from photons, and one release of the files has 5 in a bronchus, which is
#: said.
MOST_CONCENTRATION = 10.0
#: A value so many times above both neighbours, or below both, is refused.
STANDS_OUT = 5.0
#: So many times above its one neighbour at the end of the grid, where electrons begin to reach a target.
STANDS_OUT_AT_END = 25.0
#: Smaller absorbed fractions are a few among 1e7 histories, and scatter.
SCATTERS = 1e-6
#: Columns below 10 keV, where SAFs fall by more than this from one to the next.
STEEP_COLUMNS = 2

#: Provenance key of an imported library: SHA-256 of its SAFs and masses as they were read.
DIGEST = "digest of all values"


class Damaged(NamedTuple):
    """A value that cannot be: its place in (targets, sources, energies), and why."""

    target: int
    source: int
    energy: int
    why: str


def _damaged(at: NDArray[np.intp], why: str) -> Damaged:
    return Damaged(int(at[0]), int(at[1]), int(at[2]), why)


def damaged_values(
    saf_per_kg: NDArray[np.float64], target_kg: NDArray[np.float64], source_kg: NDArray[np.float64]
) -> list[Damaged]:
    """The values of one kind of radiation that break a rule, by rule; empty where none does.

    Parameters
    ----------
    saf_per_kg : (T, S, E), 1/kg, energies ascending.
    target_kg, source_kg : (T,) and (S,) masses, kg; 0 where a region has none.

    Examples
    --------
    >>> smooth = np.linspace(0.1, 0.5, 8)[None, None, :]
    >>> damaged_values(smooth, np.array([1.0]), np.array([1.0]))
    []
    >>> smooth[0, 0, 4] *= 10
    >>> damaged_values(smooth, np.array([1.0]), np.array([1.0]))[0].energy
    4
    """
    absorbed = saf_per_kg * target_kg[:, None, None]
    dense = saf_per_kg * source_kg[None, :, None]
    found = [
        _damaged(at, f"{absorbed[tuple(at)]:.3g} times the energy emitted is absorbed")
        for at in np.argwhere(absorbed > MOST_ABSORBED)
    ]
    found += [
        _damaged(at, f"{dense[tuple(at)]:.3g} times the dose at the source's own concentration")
        for at in np.argwhere(dense > MOST_CONCENTRATION)
    ]
    n = saf_per_kg.shape[2]
    if n < STEEP_COLUMNS + 3:
        return found
    left, right = saf_per_kg[:, :, STEEP_COLUMNS - 1 : -2], saf_per_kg[:, :, STEEP_COLUMNS + 1 :]
    middle, fraction = saf_per_kg[:, :, STEEP_COLUMNS:-1], absorbed[:, :, STEEP_COLUMNS:-1]
    above = (fraction >= SCATTERS) & (middle > STANDS_OUT * np.maximum(left, right))
    least = np.minimum(left, right)
    below = (least * target_kg[:, None, None] >= SCATTERS) & (middle * STANDS_OUT < least)
    for where, word in ((above, "above"), (below, "below")):
        found += [
            Damaged(int(t), int(s), int(k) + STEEP_COLUMNS,
                    f"it stands out {word} its neighbours {left[t, s, k]:.3g} and {right[t, s, k]:.3g}")
            for t, s, k in np.argwhere(where)
        ]  # fmt: skip
    last, before = saf_per_kg[:, :, -1], saf_per_kg[:, :, -2]
    high = (absorbed[:, :, -1] >= SCATTERS) & (last > STANDS_OUT_AT_END * before)
    low = (absorbed[:, :, -2] >= SCATTERS) & (last * STANDS_OUT < before)
    found += [
        Damaged(int(t), int(s), n - 1, f"it stands out from its neighbour {before[t, s]:.3g}")
        for t, s in np.argwhere(high | low)
    ]
    return found


def digest(library: SafLibrary) -> str:
    """SHA-256, hexadecimal, of all SAFs, energies and masses of a library."""
    made = hashlib.sha256()
    for kind in sorted(library.tables):
        table = library.tables[kind]
        for array in (table.energy_MeV, table.saf_per_kg):
            made.update(np.ascontiguousarray(array, dtype="<f8").tobytes())
    if library.fission is not None:
        made.update(np.ascontiguousarray(library.fission.saf_per_kg, dtype="<f8").tobytes())
    for masses in (library.target_mass_kg, library.source_mass_kg):
        made.update("".join(f"{name} {masses[name]!r};" for name in sorted(masses)).encode())
    return made.hexdigest()


def check_library(library: SafLibrary, where: str) -> None:
    """Refuse an imported library with a value that was changed since, or that cannot be.

    Parameters
    ----------
    where : the file, for the message.

    Raises
    ------
    PhantomError : with region pair, energy, value and reason.
    """
    again = "import it again: milligray phantoms import icrp133 PATH --overwrite"
    known = library.provenance.get(DIGEST)
    if known is not None and known != digest(library):
        problem = _first(library)
        raise PhantomError(
            f"{where}: values of this library were changed after it was imported"
            f"{f': {problem}' if problem else ''}; {again}"
        )
    if known is None and (problem := _first(library)):
        raise PhantomError(f"{where}: {problem}; {again}")


def _first(library: SafLibrary) -> str | None:
    """The first value of a library that cannot be, in words."""
    combined = library.conventions.combined
    parts = [i for i, t in enumerate(library.targets) if t not in combined]
    t_mass = np.array([library.target_mass_kg.get(library.targets[i], 0.0) for i in parts])
    s_mass = np.array([library.source_mass_kg.get(s, 0.0) for s in library.sources])
    rows = [library.targets.index(t) for t in combined]
    matrix = combination_matrix(library.targets, combined)
    for kind, table in library.tables.items():
        for bad in damaged_values(table.saf_per_kg[parts], t_mass, s_mass):
            return _sentence(library, kind, parts[bad.target], bad)
        blend = np.tensordot(matrix, table.saf_per_kg, axes=1)
        off = np.argwhere(~np.isclose(table.saf_per_kg[rows], blend, rtol=1e-6, atol=0.0))
        if len(off):
            i, s, k = map(int, off[0])
            why = f"its parts give {blend[i, s, k]:.4g}"
            return _sentence(library, kind, rows[i], Damaged(i, s, k, why))
    return None


def _sentence(library: SafLibrary, kind: str, target: int, bad: Damaged) -> str:
    table = library.tables[kind]
    value, energy = table.saf_per_kg[target, bad.source, bad.energy], table.energy_MeV[bad.energy]
    pair = f"{library.targets[target]}<-{library.sources[bad.source]}"
    return f"{kind} SAF({pair}) at {energy:g} MeV is {value:.4g} per kg: {bad.why}"


def check_file(
    name: str,
    saf_per_kg: NDArray[np.float64],
    regions: tuple[tuple[str, ...], tuple[str, ...]],
    masses: tuple[Mapping[str, float], Mapping[str, float]],
    columns: tuple[str, ...],
    first_line: int,
) -> None:
    """Refuse a file with a value that cannot be.

    Parameters
    ----------
    name : the file's, for the message.
    saf_per_kg : (T, S, E), 1/kg.
    regions, masses : names of targets and sources in the file's order, and their masses, kg.
    columns : names of the energies.
    first_line : the line of the first pair; targets follow each other within a source.

    Raises
    ------
    PhantomError : with line, pair, energy, value and reason.
    """
    t_mass, s_mass = (
        np.array([m.get(n, 0.0) for n in names]) for names, m in zip(regions, masses, strict=True)
    )
    for bad in damaged_values(saf_per_kg, t_mass, s_mass):
        line = first_line + bad.source * len(regions[0]) + bad.target
        pair = f"{regions[0][bad.target]}<-{regions[1][bad.source]}"
        value = saf_per_kg[bad.target, bad.source, bad.energy]
        raise PhantomError(
            f"{name}: line {line}: SAF({pair}) at {columns[bad.energy]} is {value:.4g} per kg: {bad.why};"
            " the file"
            " is damaged or was changed: take the publisher's"
        )
