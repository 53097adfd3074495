"""Photons that walk from voxel to voxel; what they leave is scored along their tracks.

A flight goes from one face of a voxel to the next (J. Amanatides and A. Woo, Eurographics 1987) until the
depth drawn for it is used up; on the way each voxel gets the energy of the photon times the coefficient of
energy transfer times the length in it (the track-length estimator of kerma), so that the electrons deposit
where they are made. Interactions are those of :mod:`phantoms.transport.collisions`, as in the stylised
bodies. In the skeleton the length times ICRP 116's dose per fluence is scored as well, for the marrow.

Every history carries the same emitted energy: a spectrum's photons are drawn in proportion to energy times
yield. The starts of a batch are stratified over the source. A batch has its own stream of random numbers,
so results are bit for bit the same whatever the number of threads.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.kernels import kernel
from phantoms.random_numbers import exponential, uniform
from phantoms.transport.collisions import coherent, incoherent
from phantoms.transport.directions import isotropic, turned
from phantoms.transport.materials import ELECTRON_MASS_MEV, HIGH_MEV, LOW_MEV, N_ENERGY
from phantoms.transport.photons import CUTOFF_MEV, batch_seed
from phantoms.voxels.body import VoxelBody
from phantoms.voxels.walk.media import CRANIUM, NO_BONE, media
from phantoms.voxels.walk.sources import Starts

STREAM = "walk 1"  #: counts the ways in which a seed was turned into histories
_FAR = 1e30


class Lines(NamedTuple):
    """Photons of a spectrum: energies in MeV (n,), and their shares of the emitted energy added up (n,)."""

    energy_MeV: NDArray[np.float64]
    cumulative: NDArray[np.float64]


class Tally(NamedTuple):
    """What a batch left, over the energy that it emitted.

    absorbed : (kinds,) share that the voxels of each code absorb.
    marrow_cm3_per_g, endosteum_cm3_per_g : (kinds,) track length times dose per fluence over the emitted
        energy; over the volume of the code's voxels it is the SAF in 1/g of marrow, or endosteum, there.
    voxels : (I, J, K) share that each voxel absorbs, or None where it was not asked for.
    escaped : share that left the body: with what is absorbed it is 1 in the mean.
    """

    absorbed: NDArray[np.float64]
    marrow_cm3_per_g: NDArray[np.float64]
    endosteum_cm3_per_g: NDArray[np.float64]
    voxels: NDArray[np.float32] | None
    escaped: float


def lines(energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike) -> Lines:
    """The lines of a spectrum, each with its share of the emitted energy.

    Raises
    ------
    PhantomError : energies outside 0.001 to 10 MeV; no energy emitted.
    """
    energy = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
    share = np.atleast_1d(np.asarray(energy_per_decay_MeV, dtype=float))
    if not energy.size or energy.min() < LOW_MEV or energy.max() > HIGH_MEV or not share.sum() > 0.0:
        raise PhantomError(
            f"photon energies must be {LOW_MEV} to {HIGH_MEV} MeV, with some energy emitted; they are"
            f" {', '.join(f'{e:g}' for e in energy[:5])} MeV"
        )
    cumulative = np.cumsum(share)
    return Lines(energy, cumulative / cumulative[-1])


class Walker:
    """A body that photons can walk through.

    fingerprint : of the voxels, tissues, cross-sections and the stream of random numbers, hexadecimal.

    Raises
    ------
    PhantomError : xraylib or numba is not installed (extra ``simulate``).
    """

    def __init__(self, body: VoxelBody) -> None:
        self.body = body
        self._media, self._collisions, digest = media(body)
        self.fingerprint = f"{digest}-{STREAM.replace(' ', '')}"

    def batch(
        self, seed: int, place: tuple[int, ...], histories: int, emitted: Lines, source: Starts, *,
        by_voxel: bool = False,
    ) -> Tally:  # fmt: skip
        """Follow a batch of photons. It does not hold Python's lock: several threads can run batches.

        Parameters
        ----------
        seed, place : the run's seed and the batch's place in the run; each pair is a stream of its own.
        histories : photons of the batch.
        emitted : the energies; see :func:`lines`.
        source : the voxels that they start in; see :mod:`phantoms.voxels.walk.sources`.
        by_voxel : score each voxel as well.
        """
        m, size = self._media, len(self.body.kinds)
        score = np.zeros((3, size + 1))
        voxels = np.zeros(m.codes.size if by_voxel else 1, np.float32)
        _walk(
            batch_seed(seed, *place), histories, emitted.energy_MeV, emitted.cumulative, source.voxel,
            source.cumulative, m, self._collisions, by_voxel, score, voxels,
        )  # fmt: skip
        score /= histories
        whole = self._unpadded(voxels, histories) if by_voxel else None
        return Tally(score[0, :size], score[1, :size], score[2, :size], whole, float(score[0, size]))

    def transfer_cm2_per_g(self, energy_MeV: NDArray[np.float64]) -> NDArray[np.float64]:
        """Coefficient of energy transfer over density of each code at n energies, (kinds, n); 0 outside."""
        m, c = self._media, self._collisions
        place = (np.log(energy_MeV) - c.log_low) * c.per_step
        k = np.clip(place.astype(int), 0, N_ENERGY - 2)
        knots = c.rows[m.medium[:-1], :, 0]
        density = self.body.density_by_code[:, None]
        per_cm = (knots[:, k] + (place - k) * (knots[:, k + 1] - knots[:, k])) * m.scale[:-1, None]
        return np.where(density > 0.0, per_cm / np.where(density > 0.0, density, 1.0), 0.0)

    def _unpadded(self, voxels: NDArray[np.float32], histories: int) -> NDArray[np.float32]:
        """Scores on the grid of the body."""
        shape, first = self._media.shape, self._media.first
        whole = np.zeros(self.body.code.shape, np.float32)
        box = tuple(slice(int(a), int(a + n - 2)) for a, n in zip(first, shape, strict=True))
        whole[box] = voxels.reshape(tuple(shape))[1:-1, 1:-1, 1:-1]
        whole *= np.float32(1.0 / histories)
        return whole


@kernel(nogil=True, error_model="numpy")
def _walk(  # type: ignore[no-untyped-def]
    seed, n, energies, cumulative, start_voxel, start_cumulative, g, c, by_voxel, score, voxels
):
    state = np.empty(1, np.uint64)
    state[0] = seed
    pending = np.empty((4, 8))  # photons of ELECTRON_MASS_MEV: place, direction, voxel
    sx, sy = g.shape[1] * g.shape[2], g.shape[2]
    wx, wy, wz = g.width[0], g.width[1], g.width[2]
    edge, at, last = g.edge, 0, start_voxel.size - 1
    for h in range(n):
        drawn = (h + uniform(state)) / n
        while at < last and start_cumulative[at] < drawn:
            at += 1
        v = start_voxel[at]
        i = v // (g.extent[1] * g.extent[2])
        j = (v // g.extent[2]) % g.extent[1]
        ix, iy, iz = i - g.first[0] + 1, j - g.first[1] + 1, v % g.extent[2] - g.first[2] + 1
        x, y, z = (ix + uniform(state)) * wx, (iy + uniform(state)) * wy, (iz + uniform(state)) * wz
        p = ix * sx + iy * sy + iz
        line = 0
        if energies.size > 1:
            line = min(np.searchsorted(cumulative, uniform(state)), energies.size - 1)
        energy = energies[line]
        per = 1.0 / energy
        u, v_, w = isotropic(state)
        waiting = 0
        while True:
            alive = True
            while alive:
                q = (np.log(energy) - c.log_low) * c.per_step
                k = min(int(q), N_ENERGY - 2)
                f = q - k
                share = energy * per
                code = g.codes[p]
                m = g.medium[code]
                mu0 = c.total[m, k] + f * (c.total[m, k + 1] - c.total[m, k])
                tr0 = share * (c.rows[m, k, 0] + f * (c.rows[m, k + 1, 0] - c.rows[m, k, 0]))
                mu, tr = mu0 * g.scale[code], tr0 * g.scale[code]
                depth = exponential(state)
                ix = p // sx
                iy = (p - ix * sx) // sy
                iz = p - ix * sx - iy * sy
                tx = ty = tz = dx = dy = dz = _FAR
                px, py, pz = sx, sy, 1
                if u > 0.0:
                    dx = wx / u
                    tx = max(0.0, ((ix + 1) * wx - x) / u)
                elif u < 0.0:
                    dx, px = -wx / u, -sx
                    tx = max(0.0, (ix * wx - x) / u)
                if v_ > 0.0:
                    dy = wy / v_
                    ty = max(0.0, ((iy + 1) * wy - y) / v_)
                elif v_ < 0.0:
                    dy, py = -wy / v_, -sy
                    ty = max(0.0, (iy * wy - y) / v_)
                if w > 0.0:
                    dz = wz / w
                    tz = max(0.0, ((iz + 1) * wz - z) / w)
                elif w < 0.0:
                    dz, pz = -wz / w, -1
                    tz = max(0.0, (iz * wz - z) / w)
                t = since = 0.0
                while True:
                    here = p
                    if tx <= ty and tx <= tz:
                        ahead = tx
                        tx += dx
                        p += px
                    elif ty <= tz:
                        ahead = ty
                        ty += dy
                        p += py
                    else:
                        ahead = tz
                        tz += dz
                        p += pz
                    lost = (ahead - t) * mu
                    if lost >= depth:
                        p = here
                        end = t + depth / mu
                        if by_voxel:
                            voxels[p] += np.float32(tr * (end - t))
                        t = end
                        break
                    depth -= lost
                    if by_voxel:
                        voxels[here] += np.float32(tr * (ahead - t))
                    t = ahead
                    new = g.codes[p]
                    if new != code:
                        length = t - since
                        score[0, code] += tr * length
                        if g.bone[code] != NO_BONE:
                            _score_bone(g, score, code, length * per, k, f)
                        since, code = t, new
                        if code == edge:
                            score[0, edge] += share
                            alive = False
                            break
                        if g.medium[code] != m:
                            m = g.medium[code]
                            mu0 = c.total[m, k] + f * (c.total[m, k + 1] - c.total[m, k])
                            tr0 = share * (c.rows[m, k, 0] + f * (c.rows[m, k + 1, 0] - c.rows[m, k, 0]))
                        mu, tr = mu0 * g.scale[code], tr0 * g.scale[code]
                if not alive:
                    break
                length = t - since
                score[0, code] += tr * length
                if g.bone[code] != NO_BONE:
                    _score_bone(g, score, code, length * per, k, f)
                x, y, z = x + t * u, y + t * v_, z + t * w
                draw = uniform(state) * mu0
                if draw < c.rows[m, k, 1] + f * (c.rows[m, k + 1, 1] - c.rows[m, k, 1]):
                    keep, cosine = incoherent(energy, k, m, c, state)
                    energy *= keep
                    u, v_, w = turned(u, v_, w, cosine, state)
                    if energy < CUTOFF_MEV:
                        score[0, code] += energy * per
                        if by_voxel:
                            voxels[p] += np.float32(energy * per)
                        alive = False
                elif draw < c.rows[m, k, 2] + f * (c.rows[m, k + 1, 2] - c.rows[m, k, 2]):
                    alive = False
                elif draw < c.rows[m, k, 3] + f * (c.rows[m, k + 1, 3] - c.rows[m, k, 3]):
                    cosine = coherent(energy, m, c.x2, c.form, c.guide, state)
                    u, v_, w = turned(u, v_, w, cosine, state)
                else:
                    u, v_, w = isotropic(state)
                    energy = ELECTRON_MASS_MEV
                    pending[waiting, 0], pending[waiting, 1], pending[waiting, 2] = x, y, z
                    pending[waiting, 3], pending[waiting, 4], pending[waiting, 5] = -u, -v_, -w
                    pending[waiting, 6] = p
                    waiting += 1
            if waiting == 0:
                break
            waiting -= 1
            x, y, z = pending[waiting, 0], pending[waiting, 1], pending[waiting, 2]
            u, v_, w = pending[waiting, 3], pending[waiting, 4], pending[waiting, 5]
            p = np.int64(pending[waiting, 6])
            energy = ELECTRON_MASS_MEV


@kernel(inline="always")
def _score_bone(g, score, code, length_over_energy, k, f):  # type: ignore[no-untyped-def]
    """Dose to marrow and endosteum by fluence, over the emitted energy."""
    r = g.response
    kind = 1 if g.bone[code] == CRANIUM else 0
    score[1, code] += length_over_energy * (r[kind, k] + f * (r[kind, k + 1] - r[kind, k]))
    score[2, code] += length_over_energy * (r[2, k] + f * (r[2, k + 1] - r[2, k]))


__all__ = ["Lines", "Starts", "Tally", "Walker", "lines"]
