"""Energy of photons absorbed around a point source in an endless tissue, by distance in g/cm2.

First collisions are in closed form: of photons of one energy a share mu_tr/mu (1 - exp(-mu r)) of the energy
is transferred to electrons within r. Later collisions are followed by the physics of
:mod:`phantoms.transport.by_formulas`, each scoring E mu_tr/mu. Electrons stop where they are made: 0.1 mm
for those of 364 keV photons, some mm for those of several MeV, which the nearest voxels would show.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError
from phantoms.transport.materials import (
    HIGH_MEV,
    LOW_MEV,
    CrossSections,
    Tissue,
    cross_sections_of,
    tissue,
)
from phantoms.voxels.kernels.point import PointKernel, spectrum_arrays

SEED = 20261122
HISTORIES = 200_000
BATCHES = 20
#: Distances of the kernel, g/cm2.
NEAR, FAR, BINS = 1e-3, 120.0, 400
RADII = np.concatenate([[0.0], np.geomspace(NEAR, FAR, BINS + 1)])


class PhotonKernel(NamedTuple):
    """A kernel of photons: their mean, and ``within`` of each batch of histories, (batches, n+1)."""

    kernel: PointKernel
    batches: NDArray[np.float64]

    @property
    def standard_error(self) -> NDArray[np.float64]:
        """(n+1,) of ``kernel.within``."""
        return standard_error(self.batches)


def standard_error(batches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the mean over the first axis."""
    return np.asarray(batches.std(axis=0, ddof=1) / np.sqrt(len(batches)))


def photon_kernel(
    energy_MeV: ArrayLike, energy_per_decay_MeV: ArrayLike, *, medium: str | Tissue = "soft tissue",
    histories: int = HISTORIES, seed: int = SEED,
) -> PhotonKernel:  # fmt: skip
    """Kernel of the photons of a spectrum in an endless tissue, weighted by energy.

    Parameters
    ----------
    energy_MeV : (n,) energies, 1 keV to 10 MeV; those below 1 keV stay where they start.
    energy_per_decay_MeV : (n,) energy emitted at each; only their ratios matter.
    medium : a tissue of phantoms/transport/materials.toml, or a :class:`Tissue`.
    histories : photons followed after their first collision.
    seed : of the random numbers; the same for the same bits.

    Returns
    -------
    PhotonKernel; its kernel reaches to 120 g/cm2, what lies beyond is not in it.

    Raises
    ------
    PhantomError : numba or xraylib is not installed; an unknown tissue; a spectrum that cannot be.

    Examples
    --------
    >>> kernel = photon_kernel([0.1], [1.0], histories=2000).kernel
    >>> 0.36 < float(np.interp(10.0, *kernel)) < 0.39  # without those that scattered before: 0.12
    True
    """
    energy, share = spectrum_arrays(energy_MeV, energy_per_decay_MeV, HIGH_MEV, "photons")
    if histories < BATCHES:
        raise PhantomError(f"{histories} photons; at least {BATCHES}, one a batch")
    local = float(share[energy < LOW_MEV].sum())
    energy, share = energy[energy >= LOW_MEV], share[energy >= LOW_MEV]
    if energy.size == 0:
        return PhotonKernel(PointKernel(RADII, np.ones(RADII.size)), np.ones((BATCHES, RADII.size)))
    kind = tissue(medium) if isinstance(medium, str) else medium
    xs = _cross_sections(kind.name, kind.density_g_per_cm3, tuple(sorted(kind.fractions.items())))
    density = float(xs.density[1])
    within = np.full(RADII.size, local)
    knots = np.arange(xs.photo.shape[1])
    place = (np.log(energy) - xs.log_low) * xs.per_step
    total = np.interp(place, knots, (xs.photo + xs.coherent + xs.incoherent + xs.pair)[1]) / density
    ratio = np.interp(place, knots, xs.transfer[1]) / density / total
    for mu, part in zip(total, ratio * share, strict=True):
        within += part * -np.expm1(-mu * RADII)
    (run, batch_seed), number = _compiled(), histories // BATCHES
    later, per_log_r = np.zeros((BATCHES, BINS)), BINS / np.log(FAR / NEAR)
    cumulative = np.cumsum(share) / share.sum()
    for batch in range(BATCHES):
        start = batch_seed(seed, 3, batch)
        run(start, number, energy, cumulative, density, xs, np.log(NEAR), per_log_r, later[batch])
    later *= share.sum() / number
    beyond = np.concatenate([np.zeros((BATCHES, 2)), np.cumsum(later, axis=1)], axis=1)
    return PhotonKernel(PointKernel(RADII, within + beyond.mean(axis=0)), within + beyond)


@lru_cache(maxsize=4)
def _cross_sections(name: str, density: float, fractions: tuple[tuple[int, float], ...]) -> CrossSections:
    """Tables of a tissue, which take longer to make than some kernels."""
    return cross_sections_of([Tissue(name, density, dict(fractions))])


def _compiled() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The transport and its seeds; numba is imported here and not before, so that electrons need none."""
    try:
        from phantoms.transport.later_collisions import later_collisions
        from phantoms.transport.photons import batch_seed
    except ImportError as error:  # pragma: no cover - depends on the installation
        raise PhantomError(
            "photon transport needs xraylib and numba; install them with: pip install 'milligray[simulate]'"
        ) from error
    return later_collisions, batch_seed
