"""All energy that an activity in a body of voxels leaves there, by voxel and by region, with its error.

Photons are followed from voxel to voxel (:mod:`phantoms.voxels.maps.photon_maps`), those of bremsstrahlung
too, from where their electron started; electrons and positrons go by point kernels; alphas, and photons too
soft to leave their voxel, stay where they start.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from phantoms.errors import PhantomError
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.kernels.bremsstrahlung import bremsstrahlung_spectrum
from phantoms.voxels.kernels.convolve import deposited
from phantoms.voxels.kernels.point import electron_kernel
from phantoms.voxels.kernels.preview import photon_preview
from phantoms.voxels.maps.grids import Grid, overlap
from phantoms.voxels.maps.photon_maps import (
    HISTORIES_PER_BATCH,
    Progress,
    Run,
    Walks,
)
from phantoms.voxels.maps.photon_result import PhotonMap, Target
from phantoms.voxels.maps.strata import strata
from phantoms.voxels.walk.sources import starts_of_map

#: Voxels of the body that are less dense hold air: they have no dose, and nothing may start in them.
AIR_BELOW_G_PER_CM3 = 0.02


def in_tissue(body: VoxelBody) -> NDArray[np.bool_]:
    """Which voxels have a dose: those of the body that do not hold air, (I, J, K)."""
    found: NDArray[np.bool_] = (body.density_by_code >= AIR_BELOW_G_PER_CM3)[body.code]
    return found


class Emission(NamedTuple):
    """What a decay emits: energies of photons, and of electrons and positrons, each with the energy per decay
    that those of it carry (n,), and the energy per decay of alphas with their recoil; all in MeV."""

    photon_MeV: NDArray[np.float64]
    photon_per_decay_MeV: NDArray[np.float64]
    electron_MeV: NDArray[np.float64]
    electron_per_decay_MeV: NDArray[np.float64]
    alpha_per_decay_MeV: float


class Balance(NamedTuple):
    """Where the energy of a mean decay in the body goes, MeV: what is emitted is absorbed or leaves.

    photons_emitted : those that are followed, of bremsstrahlung too.
    local : of photons' energy, what was too soft to be followed, and stays where it starts.
    electrons_emitted : all of it; bremsstrahlung : what of it goes on as photons.
    """

    photons_emitted: float
    photons_absorbed: float
    local: float
    electrons_emitted: float
    electrons_absorbed: float
    bremsstrahlung: float
    alphas: float

    @property
    def emitted(self) -> float:
        """Energy emitted per decay, MeV."""
        return self.photons_emitted + self.local + self.electrons_emitted - self.bremsstrahlung + self.alphas

    @property
    def photons_left(self) -> float:
        """Energy of photons that leaves the body, MeV."""
        return self.photons_emitted - self.photons_absorbed

    @property
    def electrons_left(self) -> float:
        """Energy of electrons that leaves the body other than by bremsstrahlung, MeV."""
        return self.electrons_emitted - self.electrons_absorbed - self.bremsstrahlung


@dataclass(frozen=True)
class Absorbed:
    """Energy absorbed per decay, the decays being shared out as the activity is.

    inside : flat places of the voxels of tissue (:func:`in_tissue`) in the grid of the body.
    voxels_MeV, se_MeV : (inside,) by voxel of the body; no standard error in a preview.
    grid, others_MeV, others_se_MeV, others_kg : on a second grid, with the mass of the body in each voxel;
        None where there is none.
    charged_MeV : (kinds,) energy that stays near its start, by code: electrons, alphas, soft photons.
    photons : the run, or None in a preview; photons_MeV : (kinds,) then.
    """

    body: VoxelBody
    inside: NDArray[np.int64]
    voxels_MeV: NDArray[np.float64]
    se_MeV: NDArray[np.float64] | None
    grid: Grid | None
    others_MeV: NDArray[np.float64] | None
    others_se_MeV: NDArray[np.float64] | None
    others_kg: NDArray[np.float64] | None
    charged_MeV: NDArray[np.float64]
    photons: PhotonMap | None
    photons_MeV: NDArray[np.float64]
    balance: Balance

    def regions_MeV(self, regions: Sequence[str]) -> tuple[float, float]:
        """Energy per decay in the tissue of some regions together, and its standard error; NaN: preview."""
        codes = self.body.codes_of(regions) & (self.body.density_by_code >= AIR_BELOW_G_PER_CM3)
        charged = float(self.charged_MeV[codes].sum())
        if self.photons is None:
            return charged + float(self.photons_MeV[codes].sum()), math.nan
        mean, se = self.photons.codes_MeV(codes)
        return charged + mean, se


@dataclass(frozen=True)
class Statistics:
    """How long photons are followed, and where the work is kept.

    precision : relative standard error of the dose by voxel, root mean square weighted with activity.
    workers : threads; None: as many as cores.
    most_histories : the run ends there at the latest; None: it goes on until the precision is met.
    """

    precision: float = 0.01
    seed: int = 1
    workers: int | None = None
    most_histories: int | None = None
    histories_per_batch: int = HISTORIES_PER_BATCH
    work: Path | None = None


def absorbed_energy(
    body: VoxelBody,
    activity: NDArray[np.floating],
    emission: Emission,
    *,
    grid: Grid | None = None,
    statistics: Statistics | None = None,
    preview: bool = False,
    walker: Walks | None = None,
    progress: Progress | None = None,
) -> Absorbed:
    """Energy absorbed by voxel per decay of an activity that is spread over a body.

    Parameters
    ----------
    activity : (I, J, K) on the grid of the body, 0 outside of it; any unit.
    grid : a second grid that energies are summed on too, with standard errors of their own.
    statistics : None: 1 %.
    preview : photons by a kernel of endless soft tissue in place of histories: a preview, never a result.
    walker : what follows the photons; None: one is made for the body.
    progress : called after each batch with the work that is done and that is wanted.

    Raises
    ------
    PhantomError : an activity that is negative, not finite, nowhere, or outside of the body; another grid.
    """
    asked = statistics or Statistics()
    source = starts_of_map(body, activity)
    within = in_tissue(body)
    if np.any(activity[~within]):
        raise PhantomError("activity outside of the body, or in air, has no tissue to start in: leave it out")
    inside = np.flatnonzero(within)
    weight = np.ascontiguousarray(activity, dtype=float)  # of another order, ravel() is a copy, no view
    weight = weight / weight.sum()
    electrons = float(emission.electron_per_decay_MeV.sum())
    radiated = bremsstrahlung_spectrum(*emission[2:4]) if electrons else (np.empty(0), np.empty(0))
    parts = strata(
        np.concatenate([emission.photon_MeV, radiated[0]]),
        np.concatenate([emission.photon_per_decay_MeV, radiated[1]]),
    )
    near = _near(body, within, weight, emission, parts.local_MeV)
    charged = near.ravel()[inside]
    to_other = None if grid is None else overlap(Grid(_shape(body), body.affine_mm), grid, within)
    found: PhotonMap | None = None
    photons = np.zeros(inside.size)
    variance: NDArray[np.float64] | None = None
    followed = sum(s.total_MeV for s in parts.followed)
    if preview:
        if followed:
            energy = np.concatenate([s.energy_MeV for s in parts.followed])
            emitted = np.concatenate([s.energy_per_decay_MeV for s in parts.followed])
            photons = photon_preview(body, weight * followed, energy, emitted).ravel()[inside]
    elif not parts.followed:
        found, variance = PhotonMap((), (), asked.histories_per_batch, math.nan), np.zeros(inside.size)
    else:
        if walker is None:
            from phantoms.voxels.walk.photons import Walker

            walker = Walker(body)
        run = Run(
            walker,
            parts.followed,
            source,
            inside,
            to_other,
            asked.seed,
            asked.histories_per_batch,
            asked.work,
        )
        aim = Target(asked.precision, weight.ravel()[inside], charged, asked.most_histories)
        found = run.until(aim, asked.workers, progress)
        photons, variance = found.voxels_MeV(inside.size)
    of_code = body.code.ravel()[inside]
    by_code = np.bincount(of_code, weights=photons, minlength=len(body.kinds))
    total = by_code.sum() if found is None else found.codes_MeV(np.ones(len(body.kinds), dtype=bool))[0]
    stopped = float(near.sum()) - _local(emission, parts.local_MeV)
    balance = Balance(
        followed, float(total), parts.local_MeV, electrons, stopped, float(radiated[1].sum()),
        emission.alpha_per_decay_MeV,
    )  # fmt: skip
    others = others_se = others_kg = None
    if grid is not None and to_other is not None:
        others_kg = to_other.spread(within * body.density_by_code[body.code]) * (body.voxel_cm3 * 1e-3)
        if found is None:
            near.ravel()[inside] += photons
        others = to_other.spread(near)
        if found is not None:
            mean, spread = found.others_MeV(others.size)
            others += mean.reshape(grid.shape)
            others_se = np.sqrt(spread).reshape(grid.shape)
    se = None if variance is None else np.sqrt(variance)
    near_code = np.bincount(of_code, weights=charged, minlength=len(body.kinds)).astype(float)
    return Absorbed(
        body, inside, charged + photons, se, grid, others, others_se, others_kg, near_code, found,
        by_code.astype(float), balance,
    )  # fmt: skip


def _shape(body: VoxelBody) -> tuple[int, int, int]:
    i, j, k = body.code.shape
    return i, j, k


def _local(emission: Emission, soft_MeV: float) -> float:
    return emission.alpha_per_decay_MeV + soft_MeV


def _near(
    body: VoxelBody, within: NDArray[np.bool_], weight: NDArray[np.float64], emission: Emission,
    soft_MeV: float,
) -> NDArray[np.float64]:  # fmt: skip
    """Energy by voxel that stays near its start: of alphas, soft photons, electrons; MeV per decay."""
    near = weight * _local(emission, soft_MeV)
    electrons = float(emission.electron_per_decay_MeV.sum())
    if electrons > 0.0:
        kernel = electron_kernel(emission.electron_MeV, emission.electron_per_decay_MeV)
        found = deposited(body, weight * electrons, kernel)
        near += np.where(within, found, 0.0)
    return near
