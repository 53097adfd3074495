"""Proportions of independent cases with exact and score intervals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from dosimetry.errors import DosimetryError
from lesions.statistics.intervals import ConfidenceInterval, checked_level, no_interval

ProportionMethod = Literal["Clopper-Pearson", "Wilson"]
#: Name -> what SciPy calls it.
METHODS: dict[ProportionMethod, str] = {"Clopper-Pearson": "exact", "Wilson": "wilson"}
NOBODY = "of nobody: n is 0"


@dataclass(frozen=True)
class Proportion:
    """So many of so many.

    Raises
    ------
    DosimetryError : counts that cannot be.

    Examples
    --------
    The sensitivity of Dehdashti et al., Breast Cancer Res Treat 2018;169:523-530: 75.8 % (57.7 to 88.9).

    >>> found = Proportion(25, 33)
    >>> exact = found.interval("Clopper-Pearson")
    >>> print(f"{found.value:.3f} ({exact.low:.3f} to {exact.high:.3f})")
    0.758 (0.577 to 0.889)
    """

    events: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.events <= self.n:
            raise DosimetryError(f"{self.events} of {self.n}: a count lies between 0 and its total")

    @property
    def value(self) -> float | None:
        """The share; None of nobody."""
        return self.events / self.n if self.n else None

    def interval(
        self, method: ProportionMethod = "Clopper-Pearson", level: float = 0.95
    ) -> ConfidenceInterval:
        """Two-sided limits, as if all cases were independent."""
        return proportion_interval(self.events, self.n, method=method, level=level)


def proportion_interval(
    events: int, n: int, *, method: ProportionMethod = "Clopper-Pearson", level: float = 0.95
) -> ConfidenceInterval:
    """Two-sided interval of a proportion of independent cases.

    Parameters
    ----------
    events, n : so many of so many.
    method : "Clopper-Pearson" (exact: covers at least ``level``) or "Wilson" (score: covers ``level`` on
        the average).
    level : the confidence.

    Raises
    ------
    DosimetryError : a method that is not known, counts or a level that cannot be.

    Examples
    --------
    >>> wilson = proportion_interval(8, 13, method="Wilson")
    >>> print(f"{wilson.low:.3f} to {wilson.high:.3f}")
    0.355 to 0.823
    """
    if method not in METHODS:
        raise DosimetryError(f"unknown interval '{method}'; known: {', '.join(get_args(ProportionMethod))}")
    Proportion(events, n)
    checked_level(level)
    if not n:
        return no_interval(method, level, NOBODY)
    from scipy.stats import binomtest

    found = binomtest(events, n).proportion_ci(confidence_level=level, method=METHODS[method])
    return ConfidenceInterval(low=float(found.low), high=float(found.high), method=method, level=level)
