"""The contents of a bladder from measured voids, without a model of what enters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.integrals import mean, moment
from kinetics.excretion.urine import Urine

#: Share of all urine in the last void over which it is said that more may have come after it.
MUCH_IN_LAST = 0.1


@dataclass(frozen=True, eq=False)
class MeasuredContents:
    """The contents of a bladder from the voids alone, without a model.

    What is voided was in the bladder, so what it held grew from what the void before it left to what there
    was before the void: evenly, corrected for decay. Nothing is known to enter after the last void.

    Parameters
    ----------
    urine : a complete collection.
    residual : share of the contents that stays each time, 0 to below 1.

    Raises
    ------
    KineticsError : the collection is not complete; a residual outside 0 to 1; a void that holds less than
        what the one before it is said to have left; a residual and no physical decay.

    Examples
    --------
    >>> urine = Urine(
    ...     end_h=[0.75, 2.0, 4.5], percent_ia=[9.0, 11.0, 8.0], decay_corrected=True, complete=True,
    ...     lambda_phys_per_h=0.379,
    ... )
    >>> round(MeasuredContents(urine).tiac_h, 4)
    0.0915
    """

    urine: Urine
    residual: float = 0.0

    def __post_init__(self) -> None:
        urine = self.urine
        if not 0.0 <= self.residual < 1.0:
            raise KineticsError(f"a share of {self.residual:g} stays at an emptying; 0 to below 1 is allowed")
        if not urine.complete:
            raise KineticsError(
                "the collection of urine is not complete, so what the bladder held is not known: fit a model"
                " to the voids that there are"
            )
        if self.residual and not urine.lambda_phys_per_h > 0.0:
            raise KineticsError("without physical decay, what stays for good has an infinite TIAC")
        low = np.flatnonzero(self._grown < 0.0)
        if low.size:
            i = int(low[0])
            raise KineticsError(
                f"void {i + 1}, at {urine.end_h[i]:g} h, holds less than the void before it left with a share"
                f" of {self.residual:g}; a smaller residual is needed"
            )

    def __repr__(self) -> str:
        error = "" if self.se_h is None else f" +- {self.se_h:.2g}"
        return f"<MeasuredContents: TIAC {self.tiac_h:.4g}{error} h>"

    @property
    def _left(self) -> FloatArray:
        """(N + 1,) what there is after 0 and after each void, corrected for decay, a fraction."""
        left = self.residual / (1.0 - self.residual) * self.urine.corrected / 100.0
        return np.concatenate([[0.0], left])

    @property
    def _grown(self) -> FloatArray:
        """(N,) what entered before each void, corrected for decay, a fraction."""
        found: FloatArray = self.urine.corrected / 100.0 / (1.0 - self.residual) - self._left[:-1]
        return found

    @cached_property
    def _weights(self) -> FloatArray:
        """(N,) TIAC in h that each per cent of a void, corrected for decay, brings."""
        lam, start, end = self.urine.lambda_phys_per_h, self.urine.starts, self.urine.end_h
        length = end - start
        decay, growing = np.exp(-lam * start), length * moment(lam * length)
        staying = length * (mean(lam * length) - moment(lam * length))
        after = np.append(decay[1:] * staying[1:], math.exp(-lam * end[-1]) / lam if self.residual else 0.0)
        found: FloatArray = (decay * growing + self.residual * after) / (1.0 - self.residual) / 100.0
        return found

    @property
    def tiac_h(self) -> float:
        """TIAC of the contents up to the last void and of what that left, h."""
        return float(self._weights @ self.urine.corrected)

    @property
    def se_h(self) -> float | None:
        """Its standard error from the voids' standard deviations; None: not known."""
        sd = self.urine.sd_corrected
        return None if sd is None else float(np.linalg.norm(self._weights * sd))

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader should know."""
        last, total = self.urine.corrected[-1], self.urine.corrected.sum()
        if not last > MUCH_IN_LAST * total:
            return ()
        return (
            f"the last void, at {self.urine.end_h[-1]:g} h, brought {100 * last / total:.2g} % of all urine:"
            " what entered the bladder after it is not counted",
        )

    def at(self, time_h: ArrayLike) -> FloatArray:
        """(N,) activity in the contents at times (N,), a fraction of the administered activity, decay in it;
        at a void what it leaves.

        >>> one = Urine(
        ...     end_h=[2.0], percent_ia=[30], decay_corrected=True, complete=True, lambda_phys_per_h=0
        ... )
        >>> MeasuredContents(one).at([1.0, 2.0]).tolist()
        [0.15, 0.0]
        """
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        starts = np.append(self.urine.starts, self.urine.end_h[-1])
        i = np.clip(np.searchsorted(starts, time, side="right") - 1, 0, None)
        speed = np.append(self._grown / np.diff(starts), 0.0)
        found: FloatArray = self._left[i] + speed[i] * np.maximum(time - starts[i], 0.0)
        return found * np.exp(-self.urine.lambda_phys_per_h * time)
