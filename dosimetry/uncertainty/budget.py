"""A budget: what one standard uncertainty of each independent input changes in each quantity of each patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Quantity:
    """What a budget is of.

    kind : "tiac", "absorbed dose", or the weights' quantity ("effective dose", "effective dose equivalent").
    of : a source region, a target region, or a weight set.
    unit : "h", "mGy/MBq" or "mSv/MBq".
    """

    kind: str
    of: str
    unit: str


@dataclass(frozen=True)
class Error:
    """One independent error: which input, and whose. Errors that are equal are the same error.

    name : the line of the budget.
    whose : "" for everybody's, else what it belongs to: ("P01",), ("liver",), ("P01", "liver"), ...
    kind : "A" or "B".
    apart : as of its input.
    """

    name: str
    whose: tuple[str, ...] = ()
    kind: str = "B"
    apart: bool = False


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """Quantities of one patient by Monte Carlo (JCGM 101:2008), in the order of the budget's quantities.

    trials : how many succeeded; ``failed`` : how many had no result, and why.
    mean, u : (Q,) mean and standard deviation of the trials.
    low, high : (Q,) probabilistically symmetric coverage interval at the budget's level.
    """

    trials: int
    mean: Array
    u: Array
    low: Array
    high: Array
    failed: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Budget:
    """The uncertainty of one patient's TIACs, doses and effective doses.

    patient : name.
    quantities : Q of them.
    value : (Q,) in the quantities' units.
    errors : M independent errors.
    changes : (M, Q) signed, what one standard uncertainty of each error changes, in the quantities' units.
    unknown : input -> why its uncertainty is not known; not in any number here.
    level : of the intervals.
    monte_carlo : None where it was not asked for.
    """

    patient: str
    quantities: tuple[Quantity, ...]
    value: Array
    errors: tuple[Error, ...]
    changes: Array
    unknown: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95
    monte_carlo: MonteCarlo | None = None

    def __post_init__(self) -> None:
        shape = (len(self.errors), len(self.quantities))
        if np.shape(self.changes) != shape or np.shape(self.value) != shape[1:]:
            raise DosimetryError(f"{self.patient}: changes {np.shape(self.changes)}, needed {shape}")

    def u(self, *, apart: bool = True) -> Array:
        """(Q,) combined standard uncertainty, with or without the inputs that are shown apart."""
        rows = [i for i, e in enumerate(self.errors) if apart or not e.apart]
        return np.asarray(np.sqrt(np.square(self.changes[rows]).sum(axis=0)))

    def covariance(self, other: Budget | None = None) -> Array:
        """(Q, Q') covariance of this patient's quantities with another's (None: its own)."""
        if other is None or other is self:
            return np.asarray(self.changes.T @ self.changes)
        at = {e: i for i, e in enumerate(other.errors)}
        mine = [(i, at[e]) for i, e in enumerate(self.errors) if e in at]
        rows, theirs = [i for i, _ in mine], [j for _, j in mine]
        return np.asarray(self.changes[rows].T @ other.changes[theirs])

    def shares(self) -> dict[str, Array]:
        """Name of an input -> (Q,) its share of the variance; they sum to 1, NaN where the variance is 0."""
        variance = np.square(self.changes).sum(axis=0)
        found: dict[str, Array] = {}
        for error, row in zip(self.errors, np.square(self.changes), strict=True):
            found[error.name] = found.get(error.name, np.zeros(len(self.quantities))) + row
        with np.errstate(invalid="ignore", divide="ignore"):
            return {name: part / variance for name, part in found.items()}

    def of(self, kind: str, of: str) -> int:
        """Column of a quantity.

        Raises
        ------
        KeyError : there is none.
        """
        for i, q in enumerate(self.quantities):
            if (q.kind, q.of) == (kind, of):
                return i
        raise KeyError(f"no {kind} of '{of}' in the budget of {self.patient}")


@dataclass(frozen=True, eq=False)
class CohortBudget:
    """Budgets of all patients, and the cohort's means: spread between patients apart from what all share."""

    budgets: Sequence[Budget]
