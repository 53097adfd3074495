"""An interval of a statistic: its limits, by which method, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from dosimetry.errors import DosimetryError

#: A standard error of a share, an area or a kappa below this is 0 but for rounding.
NO_SE = 1e-7


@dataclass(frozen=True, kw_only=True)
class ConfidenceInterval:
    """Two-sided limits of a statistic.

    low, high : the limits; None: that limit does not exist, and ``reason`` says why.
    method : by its name, e.g. "Clopper-Pearson".
    level : the confidence, e.g. 0.95.

    Raises
    ------
    DosimetryError : a missing limit without a reason, a level that is none.

    Examples
    --------
    >>> found = ConfidenceInterval(low=13.0, high=None, method="by hand", level=0.95, reason="not reached")
    >>> found.high is None, found.reason
    (True, 'not reached')
    """

    low: float | None
    high: float | None
    method: str
    level: float
    reason: str = ""

    def __post_init__(self) -> None:
        checked_level(self.level)
        if (self.low is None or self.high is None) and not self.reason:
            raise DosimetryError(f"an interval ({self.method}) without a limit needs a reason")


def no_interval(method: str, level: float, reason: str) -> ConfidenceInterval:
    """What stands where a method gives no limits."""
    return ConfidenceInterval(low=None, high=None, method=method, level=level, reason=reason)


def checked_level(level: float) -> float:
    """A confidence level, which lies between 0 and 1."""
    if not 0.0 < level < 1.0:
        raise DosimetryError(f"confidence level {level:g}: it lies between 0 and 1, e.g. 0.95")
    return level
