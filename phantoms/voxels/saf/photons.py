"""The photon table of a body's library, from the work that was done."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.library.saf import SafTable
from phantoms.simulation.reciprocity import DIRECT, NO_SCORE, RECIPROCITY, with_reverse
from phantoms.skeleton.marrow import BONE_TARGETS
from phantoms.transport.materials import LOW_MEV
from phantoms.voxels.saf.regions import BONE_SOURCES, Regions
from phantoms.voxels.saf.work import PhotonWork

#: So many standard errors of energy that is lost or won are no chance; and what the tables of cross-sections
#: may be off between their knots.
MOST_SE, BETWEEN_KNOTS = 6.0, 0.003
#: Regions whose tissues absorb by this factor alike can be taken from each other's reverse; and the energy
#: that photons of more have come down to by scattering where it counts, MeV.
ALIKE, SCATTERED_MEV = 1.10, 0.1


class Photons(NamedTuple):
    """The photon table, what reciprocity was found to be worth, and photons followed by source, (S, E)."""

    table: SafTable
    reciprocity: dict[str, str]
    histories: NDArray[np.int64]


def photon_table(work: PhotonWork) -> Photons:
    """SAFs in 1/kg with their relative standard errors, of all targets and sources of the library.

    Rarely hit pairs are taken from their reverse (:mod:`phantoms.simulation.reciprocity`), where neither is a
    tissue of the skeleton and both absorb photons alike: bone gets three times what soft tissue there
    gets. Sums follow from their parts: as targets by mass, as sources by mass.

    Raises
    ------
    PhantomError : a source without a whole round of batches; energy that is lost or won.
    """
    regions, columns = work.regions, work.columns
    shape = (len(regions.targets) + 1, len(regions.simulated), len(columns))
    if not columns:
        return _nothing(regions)
    saf, se, histories = np.zeros(shape), np.zeros(shape), np.zeros(shape[1:], dtype=np.int64)
    for cell in work.cells:
        if not cell.known:
            raise PhantomError(
                f"no photons from '{cell.cell.source}' ({_energy(work, cell.cell.column.energy_MeV)}) were"
                " followed yet: give the work more time"
            )
        j, k = regions.simulated.index(cell.cell.source), columns.index(cell.cell.column)
        found = cell.estimate()
        saf[:, j, k], se[:, j, k], histories[j, k] = found.saf, found.se, sum(found.histories)
    _check_energy(work, saf[-1], se[-1])
    saf, se = saf[:-1], se[:-1]
    plain = len(regions.plain)
    with np.errstate(invalid="ignore", divide="ignore"):
        relative = np.where(saf > 0, se / saf, np.inf)
    names = [_energy(work, c.energy_MeV) for c in columns]
    values, errors, method, found_out = with_reverse(
        saf[:plain], relative[:plain],
        *_reverse(regions, saf[:plain], relative[:plain], responses(work)), names,
    )  # fmt: skip
    errors = np.where(values > 0, errors * values, 0.0)
    rows = _with_sum_targets(regions, values, errors, method, se[plain:])
    table = _table(np.array([c.energy_MeV for c in columns]), *_with_sum_sources(regions, *rows))
    return Photons(table, found_out, histories)


def _energy(work: PhotonWork, energy_MeV: float) -> str:
    return f"{energy_MeV * 1e3:g} keV" if work.emissions is None else f"photons of {work.emissions.name}"


def _nothing(regions: Regions) -> Photons:
    """The table of a nuclide without photons: nothing is folded with it."""
    shape = (len(regions.targets), len(regions.sources), 1)
    table = SafTable(np.array([LOW_MEV]), np.zeros(shape), None, np.full(shape, NO_SCORE, dtype=np.int8))
    return Photons(table, {}, np.zeros((len(regions.simulated), 1), dtype=np.int64))


def _check_energy(work: PhotonWork, balance: NDArray[np.float64], se: NDArray[np.float64]) -> None:
    """What the body absorbs and what leaves it is what was emitted, of each source and column, (S, E)."""
    off = np.abs(balance - 1.0)
    if len(bad := np.argwhere(off > MOST_SE * se + BETWEEN_KNOTS)):
        j, k = map(int, bad[0])
        source, energy = work.regions.simulated[j], _energy(work, work.columns[k].energy_MeV)
        raise PhantomError(
            f"photons from '{source}' ({energy}): absorbed and escaped energy are {balance[j, k]:.4f} of what"
            f" was emitted, standard error {se[j, k]:.1g}: a mistake in the transport, and not in the input;"
            " please report it"
        )


def responses(work: PhotonWork) -> NDArray[np.float64]:
    """How much energy each plain target absorbs of a fluence: mean logarithm of cm2/g, (plain, E).

    Of the photons of each column, by energy; those above 0.1 MeV as they are after scattering. Tissues of the
    skeleton, which no voxel holds alone, have 0.
    """
    regions, body = work.regions, work.body
    found = np.zeros((len(regions.plain), len(work.columns)))
    mass = body.voxels_by_code * body.density_by_code
    for k, column in enumerate(work.columns):
        energy, weight = (np.concatenate(v) for v in zip(*(b.photons for b in column.bands), strict=True))
        by_code = work.bench.walker.transfer_cm2_per_g(np.minimum(energy, SCATTERED_MEV))
        for i, region in enumerate(regions.plain):
            if region in BONE_TARGETS and region not in body.regions:
                continue
            of = np.where(body.codes_of(body.parts(region)), mass, 0.0)
            found[i, k] = np.log(of @ by_code / of.sum()) @ weight / weight.sum()
    return found


def _reverse(
    regions: Regions, saf: NDArray[np.float64], relative: NDArray[np.float64], response: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each pair the reverse one and its relative standard error, where both are plain regions and alike.

    Fluence is what is the same both ways; the dose is that only where both absorb the same of it.
    """
    reverse, error = np.zeros_like(saf), np.full_like(saf, np.inf)
    tissues = {*BONE_TARGETS, *BONE_SOURCES}
    both = [r for r in regions.plain if r in regions.simulated and r not in tissues]
    t = np.array([regions.plain.index(r) for r in both])
    s = np.array([regions.simulated.index(r) for r in both])
    across = np.ix_(t, s)
    reverse[across] = saf[across].transpose(1, 0, 2)
    error[across] = relative[across].transpose(1, 0, 2)
    reverse[t, s], error[t, s] = 0.0, np.inf  # a region and itself
    unlike = np.abs(response[t][:, None] - response[t][None, :]) > np.log(ALIKE)
    reverse[across] = np.where(unlike, 0.0, reverse[across])
    error[across] = np.where(unlike, np.inf, error[across])
    return reverse, error


def _with_sum_targets(
    regions: Regions, saf: NDArray[np.float64], se: NDArray[np.float64], method: NDArray[np.int8],
    se_of_sums: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:  # fmt: skip
    """With the rows of sums, as weighted means of their parts.

    Their errors are those between batches, in which parts are correlated; where a part was taken from its
    reverse, those of the parts added up.
    """
    rows, errors, methods = [saf], [se], [method]
    for i, parts in enumerate(regions.sums.values()):
        weight = regions.blend(parts, regions.plain)
        rows.append(np.tensordot(weight, saf, axes=1)[None])
        turned = (method[weight > 0] == RECIPROCITY).any(axis=0)
        errors.append(np.where(turned, np.tensordot(weight, se, axes=1), se_of_sums[i])[None])
        methods.append(np.where(turned, RECIPROCITY, DIRECT).astype(np.int8)[None])
    return np.concatenate(rows), np.concatenate(errors), np.concatenate(methods)


def _with_sum_sources(
    regions: Regions, saf: NDArray[np.float64], se: NDArray[np.float64], method: NDArray[np.int8]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int8]]:
    """With the columns of sums: mixtures of their parts, whose errors are independent."""
    columns, errors, methods = [saf], [se], [method]
    for name in regions.sources[len(regions.simulated) :]:
        weight = regions.blend(regions.sums[name], regions.simulated)
        columns.append(np.einsum("s,tse->te", weight, saf)[:, None])
        errors.append(np.sqrt(np.einsum("s,tse->te", weight**2, se**2))[:, None])
        turned = (method[:, weight > 0] == RECIPROCITY).any(axis=1)
        methods.append(np.where(turned, RECIPROCITY, DIRECT).astype(np.int8)[:, None])
    return (np.concatenate(v, axis=1) for v in (columns, errors, methods))  # type: ignore[return-value]


def _table(
    energy_MeV: NDArray[np.float64], saf: NDArray[np.float64], se: NDArray[np.float64],
    method: NDArray[np.int8],
) -> SafTable:  # fmt: skip
    relative = np.where(saf > 0, se / np.where(saf > 0, saf, 1.0), 1.0)
    return SafTable(energy_MeV, saf, relative, np.where(saf > 0, method, NO_SCORE).astype(np.int8))
