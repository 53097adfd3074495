"""What leaves an organ or the whole body over time as a sum of exponentials, and enters something else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.curves.decay import check_lambda
from kinetics.errors import KineticsError


@dataclass(frozen=True, kw_only=True)
class Inflow:
    """Activity that comes in at a rate of sum_i a_i b_i exp(-b_i t), decay-corrected, per unit administered.

    amount : (n,) a_i, what comes in by each exponential in all time (of a stable label).
    rate_per_h : (n,) b_i, biologic, 1/h, 0 or above; 0: nothing comes in by it.

    Raises
    ------
    KineticsError : other lengths than each other's, a number that is not finite, a rate below 0.

    Examples
    --------
    >>> bile = Inflow(amount=[0.2, 0.1], rate_per_h=[0.5, 0.01])
    >>> round(bile.entered(0.00884), 4)  # 0.2 x 0.5/0.50884 + 0.1 x 0.01/0.01884
    0.2496
    """

    amount: Sequence[float]
    rate_per_h: Sequence[float]

    def __post_init__(self) -> None:
        a, b = self._arrays()
        if a.shape != b.shape or a.ndim != 1 or a.size == 0:
            raise KineticsError(
                f"an inflow has {a.size} amounts and {b.size} rates; as many of both are needed"
            )
        if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b)) and np.all(b >= 0)):
            raise KineticsError("amounts of an inflow must be finite numbers, rates 0 or above")

    def _arrays(self) -> tuple[FloatArray, FloatArray]:
        return np.asarray(self.amount, dtype=np.float64), np.asarray(self.rate_per_h, dtype=np.float64)

    def entered(self, lambda_phys_per_h: float) -> float:
        """Activity that enters in all, per unit administered: sum_i a_i b_i/(b_i + lambda)."""
        a, b = self._arrays()
        return float(a @ self._shares(b, check_lambda(lambda_phys_per_h)))

    def entered_gradient(self, lambda_phys_per_h: float) -> FloatArray:
        """(2 n,) derivative of :meth:`entered` by the amounts, then by the rates."""
        a, b = self._arrays()
        lam = check_lambda(lambda_phys_per_h)
        with np.errstate(divide="ignore", invalid="ignore"):
            by_rate = np.where(b + lam > 0, a * lam / (b + lam) ** 2, 0.0)
        return np.concatenate([self._shares(b, lam), by_rate])

    @staticmethod
    def _shares(b: FloatArray, lam: float) -> FloatArray:
        """b/(b + lambda); 0 for a rate of 0, also without decay."""
        return np.divide(b, b + lam, out=np.zeros_like(b), where=b > 0)
