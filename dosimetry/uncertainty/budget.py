"""A budget: what one standard uncertainty of each independent error changes in each quantity of a patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError

Array = NDArray[np.float64]

#: Methods of an interval.
FIRST_ORDER, FIRST_ORDER_LOG, MONTE_CARLO = "first order", "first order, log-normal", "Monte Carlo"
#: Share of a value above which a standard uncertainty is large: the interval is log-normal then.
LARGE = 0.3
#: Share of the half width of an interval above which that of the Monte Carlo stands in its place.
DIFFERS = 0.05
#: Share of trials without a result up to which a Monte Carlo's interval is used.
FAILED = 0.05


@dataclass(frozen=True)
class Quantity:
    """What a budget is of.

    kind : "tiac", "absorbed dose", or the weights' quantity ("effective dose", "effective dose equivalent").
    of : a source region, a target region, or a weight set.
    unit : "h", "mGy/MBq" or "mSv/MBq".

    Examples
    --------
    >>> Quantity("absorbed dose", "liver", "mGy/MBq").of
    'liver'
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
    offset : it is known with its sign, and values were not corrected for it: its changes are what would
        correct them. Intervals are moved by it, not widened.
    """

    name: str
    whose: tuple[str, ...] = ()
    kind: str = "B"
    apart: bool = False
    offset: bool = False


@dataclass(frozen=True, eq=False)
class MonteCarlo:
    """Quantities of one patient by Monte Carlo (JCGM 101:2008), in the order of the budget's quantities.

    trials : how many succeeded; ``failed`` : how many had no result, and why.
    mean, u : (Q,) mean and standard deviation of the trials; the budget's offset is a part of u.
    low, high : (Q,) probabilistically symmetric coverage interval at the budget's level.
    se_of_ends : (2, Q) standard errors of low and high by the number of trials; None: not known.

    Examples
    --------
    >>> done = MonteCarlo(1000, np.array([10.1]), np.array([1.2]), np.array([7.9]), np.array([12.6]))
    >>> done.trials, dict(done.failed)
    (1000, {})
    """

    trials: int
    mean: Array
    u: Array
    low: Array
    high: Array
    failed: Mapping[str, int] = field(default_factory=dict)
    se_of_ends: Array | None = None


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
    idle : input -> why it changes nothing of this patient.
    degrees_of_freedom : of the standard uncertainties that were estimated from few values; others have
        infinitely many.

    Raises
    ------
    DosimetryError : changes or values that are not of as many errors and quantities.

    Examples
    --------
    >>> liver, kidneys = Quantity("tiac", "liver", "h"), Quantity("tiac", "kidneys", "h")
    >>> calibration, mass = Error("calibration"), Error("mass", ("P01", "liver"))
    >>> budget = Budget(
    ...     "P01", (liver, kidneys), np.array([10.0, 2.0]), (calibration, mass),
    ...     np.array([[0.3, 0.06], [0.4, 0.0]]),
    ... )
    >>> budget.u().tolist(), budget.shares()["mass"].round(2).tolist()
    ([0.5, 0.06], [0.64, 0.0])
    >>> budget.interval().low.round(2).tolist()
    [9.02, 1.88]
    """

    patient: str
    quantities: tuple[Quantity, ...]
    value: Array
    errors: tuple[Error, ...]
    changes: Array
    unknown: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95
    monte_carlo: MonteCarlo | None = None
    idle: Mapping[str, str] = field(default_factory=dict)
    degrees_of_freedom: Mapping[Error, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shape = (len(self.errors), len(self.quantities))
        if np.shape(self.changes) != shape or np.shape(self.value) != shape[1:]:
            raise DosimetryError(f"{self.patient}: changes {np.shape(self.changes)}, needed {shape}")

    def u(self, *, apart: bool = True, offset: bool = True) -> Array:
        """(Q,) combined standard uncertainty: how far the values may be off, as a root mean square.

        apart, offset : with or without the inputs that are shown apart; what is known with its sign.
        """
        rows = [i for i, e in enumerate(self.errors) if (apart or not e.apart) and (offset or not e.offset)]
        return np.asarray(np.sqrt(np.square(self.changes[rows]).sum(axis=0)))

    def offset(self) -> Array:
        """(Q,) what would correct the values for errors that are known with their sign, in their units."""
        rows = [i for i, e in enumerate(self.errors) if e.offset]
        return np.asarray(self.changes[rows].sum(axis=0))

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

    def effective_degrees_of_freedom(self) -> Array:
        """(Q,) of the combined uncertainty, by Welch and Satterthwaite (JCGM 100:2008, G.4.1); often inf."""
        below = np.zeros(len(self.quantities))
        for i, error in enumerate(self.errors):
            if error in self.degrees_of_freedom:
                below += self.changes[i] ** 4 / self.degrees_of_freedom[error]
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(below > 0.0, self.u(offset=False) ** 4 / below, np.inf)

    def interval(self) -> Interval:
        """(Q,) low and high of the coverage interval at the budget's level, and by which method.

        By first order: value -+ k u, k Student's t of the effective degrees of freedom; where there is an
        offset it is added to the value first, and no part of u, so that the value may lie beside the interval
        (JCGM 101:2008, 7.7: it is the interval of what the quantity may be). Where u is above
        :data:`LARGE` of the value of a product (all but the remainder, which is a difference) it is the
        log-normal one, value exp(-+ k s), s^2 = ln(1 + (u/value)^2): factors that are off by large shares
        have errors like that. No end is below 0, as nothing here is: a remainder that is smaller than its
        offset has the interval 0 to what u leaves above 0. Where there is a Monte Carlo
        whose interval differs by more than :data:`DIFFERS` of the half width, and by more than its own
        sampling error, that one stands; but not where more than :data:`FAILED` of its trials had no result:
        those that had are then no fair sample, and the words say so.
        """
        from scipy.special import ndtri, stdtrit

        p, nu = 0.5 + 0.5 * self.level, self.effective_degrees_of_freedom()
        k = np.where(np.isfinite(nu), stdtrit(np.where(np.isfinite(nu), nu, 1.0), p), ndtri(p))
        u, value = self.u(offset=False), self.value + self.offset()
        product = np.array([q.of != "remainder" or q.kind != "tiac" for q in self.quantities])
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.exp(k * np.sqrt(np.log1p(np.square(u / value))))
        skewed = product & (value > 0.0) & (u > LARGE * value)
        low = np.where(skewed, value / np.where(skewed, spread, 1.0), np.maximum(value - k * u, 0.0))
        high = np.where(skewed, value * np.where(skewed, spread, 1.0), np.maximum(value + k * u, 0.0))
        words = np.where(skewed, FIRST_ORDER_LOG, FIRST_ORDER)
        trials = self.monte_carlo
        if trials is not None and trials.trials:
            error = np.zeros((2, len(value))) if trials.se_of_ends is None else trials.se_of_ends
            slack = DIFFERS * 0.5 * (high - low) + 3.0 * error
            apart = np.abs(np.array([trials.low - low, trials.high - high]))
            other = np.any(apart > slack, axis=0)
            lost = sum(trials.failed.values())
            if lost > FAILED * (lost + trials.trials):
                said = f" (Monte Carlo not used: {lost} of {lost + trials.trials} trials without a result)"
                words = np.where(other, np.char.add(words.astype(str), said), words)
            else:
                low, high = np.where(other, trials.low, low), np.where(other, trials.high, high)
                words = np.where(other, MONTE_CARLO, words)
        return Interval(low, high, tuple(words.tolist()))


class Interval(NamedTuple):
    """(Q,) ends of coverage intervals, and the method of each, in words.

    Examples
    --------
    >>> Interval(np.array([8.0]), np.array([12.0]), (FIRST_ORDER,)).method
    ('first order',)
    """

    low: Array
    high: Array
    method: tuple[str, ...]
