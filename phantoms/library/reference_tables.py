"""The SAF tables of a library with what is taken from a reference body: see
:mod:`phantoms.library.reference_regions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.library.conventions import SELF_PHOTON_EXPONENT
from phantoms.library.locality import EVERYWHERE, TOTAL_BODY, body_mass_kg, near_targets
from phantoms.library.saf import METHODS, SafLibrary, SafTable

REFERENCE = METHODS.index("reference body")

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Taking:
    """What is taken from a reference body.

    targets, sources : regions that are taken.
    joined : target that the library has both sides of -> the sides, with weights by mass.
    target_of, source_of : region of the library -> region of the reference in its place.
    stand_ins : regions of the library for which one stands in that is another.
    left_out : region -> why it is not taken.
    """

    library: SafLibrary
    reference: SafLibrary
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    joined: Mapping[str, Mapping[str, float]]
    target_of: Mapping[str, str]
    source_of: Mapping[str, str]
    stand_ins: Mapping[str, str]
    left_out: Mapping[str, str]

    @property
    def all_targets(self) -> tuple[str, ...]:
        """Targets of the library, those of both sides, those that are taken."""
        return (*self.library.targets, *self.joined, *self.targets)

    @property
    def all_sources(self) -> tuple[str, ...]:
        """Sources of the library and those that are taken."""
        return (*self.library.sources, *self.sources)


def its_sources(reference: SafLibrary) -> tuple[str, ...]:
    """Sources of a reference body; it has the total body where it has the masses to make it from."""
    made = (TOTAL_BODY,) if reference.conventions.remainder_sources else ()
    return tuple(dict.fromkeys((*reference.sources, *made)))


def completed_table(
    taking: Taking, kind: str, own: SafTable, spectrum: tuple[ArrayLike, ArrayLike]
) -> SafTable:
    """The table of one kind of radiation with all that is taken."""
    library, reference = taking.library, taking.reference
    if library.spectrum:
        grid = own.energy_MeV
        saf, se = _mean(reference, kind, *spectrum)
    else:
        theirs = reference.table(kind)
        grid = own.energy_MeV if own.energy_MeV.size > 1 else theirs.energy_MeV
        saf, se = theirs.at(grid), _se_at(theirs, grid)
    saf, se = _with_total_body(reference, saf), _with_total_body(reference, se)
    t, s, all_t, all_s = len(library.targets), len(library.sources), taking.all_targets, taking.all_sources
    # of regions that have no counterpart, and need none, any row does: no pair of theirs is taken
    rows = [_at(taking.target_of.get(x, x), reference.targets) for x in all_t]
    columns = [_at(taking.source_of.get(x, x), its_sources(reference)) for x in all_s]
    pick = np.ix_(rows, columns)
    values = saf[pick] * _scale(taking, kind)[:, :, None]
    errors, method = se[pick], np.full(values.shape, REFERENCE, dtype=np.int8)
    values[:t, :s] = own.saf_per_kg
    errors[:t, :s] = 0.0 if own.relative_se is None else own.relative_se
    method[:t, :s] = METHODS.index("direct") if own.method is None else own.method
    for i, parts in enumerate(taking.joined.values(), start=t):
        weight = np.array([parts.get(x, 0.0) for x in library.targets])
        part = values[:t] * weight[:, None, None]
        values[i] = part.sum(axis=0)
        spread = np.sqrt(np.square(part * errors[:t]).sum(axis=0))
        errors[i] = np.divide(spread, values[i], out=np.zeros_like(spread), where=values[i] > 0.0)
        method[i] = method[library.targets.index(next(iter(parts)))]
    known = own.relative_se is not None
    return SafTable(grid, values, errors if known else None, method)


def _at(region: str, among: Sequence[str]) -> int:
    return among.index(region) if region in among else 0


def _mean(
    reference: SafLibrary, kind: str, energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike
) -> tuple[Array, Array]:
    """The reference's mean SAFs over a spectrum, (T, S, 1), and their relative standard errors.

    Photons below its photon table are taken as it takes them elsewhere: with its SAFs of electrons.
    """
    e, w = (np.atleast_1d(np.asarray(x, dtype=float)) for x in (energy_MeV, energy_per_decay_MeV))
    shape = (len(reference.targets), len(reference.sources))
    total, value, variance = float(w.sum()), np.zeros(shape), np.zeros(shape)
    if total > 0.0:
        table = reference.table(kind)
        low = e < table.energy_MeV[0] if kind == "photon" else np.zeros(e.shape, dtype=bool)
        for part, one in ((~low, table), (low, reference.table("electron"))):
            value += one.fold(e[part], w[part] / total)
            more = one.variance(e[part], w[part] / total)
            variance += 0.0 if more is None else more
    se = np.divide(np.sqrt(variance), value, out=np.zeros(shape), where=value > 0.0)
    return value[:, :, None], se[:, :, None]


def _se_at(table: SafTable, grid: Array) -> Array:
    """Relative standard errors at other energies: those between two are as the nearer one's."""
    shape = (*table.saf_per_kg.shape[:2], grid.size)
    if table.relative_se is None:
        return np.zeros(shape)
    nearest = np.abs(np.log(np.maximum(grid, 1e-6))[:, None] - np.log(np.maximum(table.energy_MeV, 1e-6)))
    return table.relative_se[:, :, nearest.argmin(axis=1)]


def _with_total_body(reference: SafLibrary, values: Array) -> Array:
    """The columns with that of the total body, the mean by mass, where the reference has none."""
    if TOTAL_BODY in reference.sources or not reference.conventions.remainder_sources:
        return values
    parts = [r for r in reference.conventions.remainder_sources if r in reference.sources]
    mass = np.array([reference.source_mass_kg[r] for r in parts])
    mean = np.tensordot(values[:, [reference.sources.index(r) for r in parts]], mass / mass.sum(), (1, 0))
    return np.concatenate([values, mean[:, None, :]], axis=1)


def _scale(taking: Taking, kind: str) -> Array:
    """Factors on the reference's SAFs, (targets, sources), for the masses of the patient's own regions.

    The whole body as a source or a target goes with its mass, contents and bone with theirs where a wall or
    marrow beside them is taken, as a patient's masses do elsewhere. Electrons and alphas reach from no region
    into another for which one merely stands in.
    """
    library, reference = taking.library, taking.reference
    factor = np.ones((len(taking.all_targets), len(taking.all_sources)))
    body = body_mass_kg(reference) / body_mass_kg(library)
    body = body ** (SELF_PHOTON_EXPONENT if kind == "photon" else 1.0)
    for j, source in enumerate(taking.all_sources):
        if taking.source_of.get(source, source) in EVERYWHERE:
            factor[:, j] *= body
        if source in EVERYWHERE or kind == "photon":
            continue
        if source in taking.stand_ins:
            factor[:, j] = 0.0
        elif source in reference.source_mass_kg and library.source_mass_kg.get(source, 0.0) > 0.0:
            near = [t in near_targets(reference, source) for t in taking.all_targets]
            factor[near, j] *= reference.source_mass_kg[source] / library.source_mass_kg[source]
    for i, target in enumerate(taking.all_targets):
        if taking.target_of.get(target, target) == TOTAL_BODY:
            factor[i] *= body
        if target in taking.stand_ins and kind != "photon":
            factor[i] = 0.0
    return factor
