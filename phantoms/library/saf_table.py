"""SAFs of one kind of radiation by target, source and energy, and how a spectrum is folded with them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from phantoms.errors import PhantomError


@dataclass(frozen=True)
class SafTable:
    """SAF of one kind of radiation.

    energy_MeV : (E,), ascending. One energy means: the same at all energies.
    saf_per_kg : (T, S, E), 1/kg. Every pair has a value.
    relative_se : (T, S, E) relative standard error (fraction of the value), or None where none is known.
    method : (T, S, E) index into METHODS, or None.

    Raises
    ------
    PhantomError : shapes that do not fit, energies that do not ascend, values below 0 or not finite.

    Examples
    --------
    >>> table = SafTable(np.array([0.1, 1.0]), np.array([[[0.5, 0.4]]]))
    >>> table.at([0.1, 1.0]).shape, float(table.at(0.1)[0, 0, 0])
    ((1, 1, 2), 0.5)
    """

    energy_MeV: NDArray[np.float64]
    saf_per_kg: NDArray[np.float64]
    relative_se: NDArray[np.float64] | None = None
    method: NDArray[np.int8] | None = None

    def __post_init__(self) -> None:
        if self.saf_per_kg.ndim != 3 or self.saf_per_kg.shape[2] != self.energy_MeV.size:
            raise PhantomError(
                f"SAF table of shape {self.saf_per_kg.shape} does not fit {self.energy_MeV.size} energies"
            )
        if np.any(np.diff(self.energy_MeV) <= 0):
            raise PhantomError("the energy grid of a SAF table must ascend")
        if not np.all(np.isfinite(self.saf_per_kg)) or np.any(self.saf_per_kg < 0):
            raise PhantomError("a SAF table holds a value that is negative or not finite")

    @cached_property
    def _pchip(self) -> NDArray[np.float64]:
        """Coefficients (4, E-1, T*S) of the monotone cubic through the values, highest power first."""
        from scipy.interpolate import PchipInterpolator

        flat = self.saf_per_kg.reshape(-1, self.energy_MeV.size).T
        return np.asarray(PchipInterpolator(self.energy_MeV, flat, axis=0).c)

    def at(self, energy_MeV: ArrayLike) -> NDArray[np.float64]:
        """SAF in 1/kg at n energies, shape (T, S, n), by monotone cubics (PCHIP, as ICRP 133 prescribes).

        Outside the grid the value at its nearest end holds; who folds a spectrum decides whether that is
        meant (see :func:`dosimetry.svalues.folding`).
        """
        e = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
        return self.fold_each(e, np.ones_like(e))

    def fold_each(self, energy_MeV: NDArray[np.float64], weight: NDArray[np.float64]) -> NDArray[np.float64]:
        """SAF times weight at each of n energies, shape (T, S, n)."""
        t, s, _ = self.saf_per_kg.shape
        if self.energy_MeV.size == 1:
            return self.saf_per_kg * weight
        e = np.clip(energy_MeV, self.energy_MeV[0], self.energy_MeV[-1])
        k = np.clip(np.searchsorted(self.energy_MeV, e, side="right") - 1, 0, self.energy_MeV.size - 2)
        d = e - self.energy_MeV[k]
        c = self._pchip[:, k, :]
        value = ((c[0] * d[:, None] + c[1]) * d[:, None] + c[2]) * d[:, None] + c[3]
        found: NDArray[np.float64] = (value * weight[:, None]).T.reshape(t, s, e.size)
        return found

    def fold(self, energy_MeV: ArrayLike, weight: ArrayLike) -> NDArray[np.float64]:
        """Sum over i of weight_i x SAF(energy_i), shape (T, S); weight e.g. MeV emitted per decay.

        The spectrum is first gathered into moments of each grid interval, so the cost for the pairs does
        not depend on the number of lines.
        """
        e = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
        w = np.atleast_1d(np.asarray(weight, dtype=float))
        t, s, n = self.saf_per_kg.shape
        if n == 1:
            only: NDArray[np.float64] = self.saf_per_kg[:, :, 0] * w.sum()
            return only
        e = np.clip(e, self.energy_MeV[0], self.energy_MeV[-1])
        k = np.clip(np.searchsorted(self.energy_MeV, e, side="right") - 1, 0, n - 2)
        d = e - self.energy_MeV[k]
        moments = np.stack([np.bincount(k, weights=w * d**p, minlength=n - 1) for p in (3, 2, 1, 0)])
        return np.tensordot(moments, self._pchip, axes=([0, 1], [0, 1])).reshape(t, s)

    def variance(self, energy_MeV: ArrayLike, weight: ArrayLike) -> NDArray[np.float64] | None:
        """Variance of :meth:`fold`, (T, S); None where the table has no errors.

        Each energy's weight is shared linearly by its two neighbours on the grid. The SAFs at different
        energies are taken as uncorrelated, as separate simulations are.
        """
        if self.relative_se is None:
            return None
        grid = self.energy_MeV
        e = np.atleast_1d(np.asarray(energy_MeV, dtype=float))
        w = np.atleast_1d(np.asarray(weight, dtype=float))
        share = np.zeros(grid.size)
        if grid.size == 1:
            share[0] = w.sum()
        else:
            e = np.clip(e, grid[0], grid[-1])
            k = np.clip(np.searchsorted(grid, e, side="right") - 1, 0, grid.size - 2)
            upper = (e - grid[k]) / (grid[k + 1] - grid[k])
            np.add.at(share, k, w * (1.0 - upper))
            np.add.at(share, k + 1, w * upper)
        return np.asarray(np.square(self.saf_per_kg * self.relative_se * share).sum(axis=2))


@dataclass(frozen=True)
class FissionTable:
    """SAF of the neutrons of spontaneous fission, by nuclide and not by energy.

    nuclides : N names as ICRP 107 writes them.
    radiation_weight : (N,) w_R of each nuclide's neutrons, for weighted quantities only.
    saf_per_kg : (T, S, N), 1/kg of the neutron energy that a decay emits.
    """

    nuclides: tuple[str, ...]
    radiation_weight: NDArray[np.float64]
    saf_per_kg: NDArray[np.float64]
