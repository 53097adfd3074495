"""Time to an event that not all have had: Kaplan and Meier's estimate, median, rates, log-rank test.

Kaplan & Meier, J Am Stat Assoc 1958;53:457-481; variance by Greenwood; limits of S(t) on the log(-log) scale
(always within 0 and 1; the default of Stata and lifelines) or plain; of the median by Brookmeyer & Crowley
(Biometrics 1982;38:29-41): where the limits of S(t) cross one half. A patient who is censored on the day of
another's event counts as at risk on that day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from lesions.statistics.intervals import ConfidenceInterval, checked_level, no_interval

SurvivalInterval = Literal["log-log", "Greenwood"]
#: Days of a month: 365.25 / 12.
DAYS_PER_MONTH = 30.4375
Floats = NDArray[np.float64]
#: S(t) that is one half but for rounding is one half.
ROUNDING = 1e-12


@dataclass(frozen=True)
class FollowUp:
    """Days to an event, or to the last day on which it had not happened.

    day, happened : one entry a patient, in the same order; days from 0 up.

    Raises
    ------
    DosimetryError : not as many of the one as of the other, a day below 0 or no number.

    Examples
    --------
    >>> both = FollowUp((6, 6, 7, 10), (True, False, True, False))
    >>> both.n, both.events
    (4, 2)
    """

    day: tuple[float, ...]
    happened: tuple[bool, ...]

    def __post_init__(self) -> None:
        if len(self.day) != len(self.happened):
            raise DosimetryError(f"{len(self.day)} days, but {len(self.happened)} statements on the event")
        for day in self.day:
            if not (np.isfinite(day) and day >= 0):
                raise DosimetryError(f"a follow-up of {day:g} days: it is 0 or more")

    @property
    def n(self) -> int:
        """How many patients."""
        return len(self.day)

    @property
    def events(self) -> int:
        """How many had the event."""
        return sum(self.happened)

    def at_risk(self, days: Floats | Sequence[float]) -> Floats:
        """How many had not had the event and were still followed just before each of these days."""
        return np.asarray(
            (np.asarray(self.day)[None, :] >= np.asarray(days)[:, None]).sum(axis=1), dtype=float
        )


@dataclass(frozen=True)
class KaplanMeier:
    """The share without the event, by day.

    Examples
    --------
    6-mercaptopurine (Freireich et al., Blood 1963;21:699-716), weeks of remission:

    >>> weeks = (6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35)
    >>> relapse = "111010100110001100000"
    >>> km = KaplanMeier(FollowUp(weeks, tuple(r == "1" for r in relapse)))
    >>> km.median, [round(float(s), 4) for s in km.survival]
    (23.0, [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482])
    """

    followed: FollowUp

    @cached_property
    def day(self) -> Floats:
        """The days of events, ascending."""
        days = np.asarray(self.followed.day, dtype=float)
        return np.unique(days[np.asarray(self.followed.happened, dtype=bool)])

    @cached_property
    def at_risk(self) -> Floats:
        """How many were at risk on each of them."""
        return self.followed.at_risk(self.day)

    @cached_property
    def events(self) -> Floats:
        """How many had the event on each of them."""
        days = np.asarray(self.followed.day, dtype=float)[np.asarray(self.followed.happened, dtype=bool)]
        return np.asarray((days[None, :] == self.day[:, None]).sum(axis=1), dtype=float)

    @cached_property
    def survival(self) -> Floats:
        """S(t) from each of them on; 1 before the first."""
        return np.asarray(np.cumprod(1 - self.events / self.at_risk), dtype=np.float64)

    @cached_property
    def _greenwood(self) -> Floats:
        """Var S / S^2; infinite where nobody is left."""
        with np.errstate(divide="ignore"):
            return np.cumsum(self.events / (self.at_risk * (self.at_risk - self.events)))

    @property
    def se(self) -> Floats:
        """Greenwood's standard error of S(t); NaN where S is 0, of which it says nothing."""
        with np.errstate(invalid="ignore"):
            return np.where(self.survival > 0, self.survival * np.sqrt(self._greenwood), np.nan)

    def limits(self, method: SurvivalInterval = "log-log", level: float = 0.95) -> tuple[Floats, Floats]:
        """Lower and upper limits of S(t) on the days of events; NaN where S is 0."""
        from scipy.special import ndtri

        z = float(ndtri((1 + checked_level(level)) / 2))
        s, se = self.survival, self.se
        if method == "Greenwood":
            return np.clip(s - z * se, 0, 1), np.clip(s + z * se, 0, 1)
        if method != "log-log":
            raise DosimetryError(f"unknown interval '{method}'; known: log-log, Greenwood")
        with np.errstate(divide="ignore", invalid="ignore"):
            half = z * np.sqrt(self._greenwood) / np.abs(np.log(s))
            return s ** np.exp(half), s ** np.exp(-half)

    def _crossing(self, s: Floats) -> float | None:
        """The first day of an event on which a curve is one half or less."""
        below = np.flatnonzero(s <= 0.5 + ROUNDING)
        return float(self.day[below[0]]) if len(below) else None

    @property
    def median(self) -> float | None:
        """The first day on which S(t) is one half or less; None: not reached."""
        return self._crossing(self.survival)

    def median_interval(
        self, method: SurvivalInterval = "log-log", level: float = 0.95
    ) -> ConfidenceInterval:
        """Brookmeyer and Crowley's limits of the median."""
        name = f"Brookmeyer & Crowley, {method}"
        if not len(self.day):
            return no_interval(name, level, "no event")
        # where S is 0 its variance is not known: the limits before it go on
        low, high = (np.where(np.isnan(s), np.inf, s) for s in self.limits(method, level))
        ends = self._crossing(low), self._crossing(high)
        reason = "" if None not in ends else "not reached: the limit of S(t) stays above one half"
        if ends[0] is None and self.median is not None:
            reason = "no variance is known before all have had the event"
        return ConfidenceInterval(low=ends[0], high=ends[1], method=name, level=level, reason=reason)

    def rate(self, day: float) -> tuple[float | None, str]:
        """S on a day, and a reason where it is not known: nobody was followed so long."""
        if not self.followed.n:
            return None, "nobody"
        i = int(np.searchsorted(self.day, day, side="right"))
        s = float(self.survival[i - 1]) if i else 1.0
        longest = max(self.followed.day)
        if day > longest and s > 0:
            return None, f"nobody was followed so long: the last on day {longest:g}"
        return s, ""

    def rate_interval(
        self, day: float, method: SurvivalInterval = "log-log", level: float = 0.95
    ) -> ConfidenceInterval:
        """Limits of S on a day."""
        s, reason = self.rate(day)
        if s is None:
            return no_interval(method, level, reason)
        i = int(np.searchsorted(self.day, day, side="right"))
        if not i:
            return no_interval(method, level, "no event until then: no variance")
        if s == 0.0:
            return no_interval(method, level, "all have had the event: no variance")
        low, high = self.limits(method, level)
        return ConfidenceInterval(low=float(low[i - 1]), high=float(high[i - 1]), method=method, level=level)


@dataclass(frozen=True)
class LogRank:
    """Whether classes differ in their time to the event.

    observed, expected : events by class; chi2, degrees, p : of the test.

    Examples
    --------
    >>> found = log_rank({"a": FollowUp((1, 3), (True, True)), "b": FollowUp((2, 4), (True, False))})
    >>> found.observed
    {'a': 2, 'b': 1}
    """

    observed: Mapping[str, int]
    expected: Mapping[str, float]
    chi2: float
    degrees: int
    p: float


def log_rank(classes: Mapping[str, FollowUp]) -> LogRank:
    """The log-rank test of two classes or more (Mantel 1966; hypergeometric variance).

    Parameters
    ----------
    classes : name -> the follow-up of its patients; classes with nobody are left out.

    Raises
    ------
    DosimetryError : fewer than two classes with patients, no event, or only one class at risk whenever one
        happened.

    Examples
    --------
    >>> early, late = FollowUp((1, 2, 3, 4), (True,) * 4), FollowUp((5, 6, 7, 8), (True,) * 4)
    >>> found = log_rank({"early": early, "late": late})
    >>> round(found.chi2, 4), found.degrees, round(found.p, 4)
    (7.3444, 1, 0.0067)
    """
    from scipy.stats import chi2

    there = {name: c for name, c in classes.items() if c.n}
    if len(there) < 2:
        raise DosimetryError("the log-rank test needs two classes with patients")
    km = KaplanMeier(
        FollowUp(sum((c.day for c in there.values()), ()), sum((c.happened for c in there.values()), ()))
    )
    if not len(km.day):
        raise DosimetryError("the log-rank test needs an event")
    risk = np.array([c.at_risk(km.day) for c in there.values()])
    happened = [np.asarray(c.day, dtype=float)[np.asarray(c.happened, dtype=bool)] for c in there.values()]
    observed = np.array([len(days) for days in happened], dtype=float)
    n, d = km.at_risk, km.events
    share = risk / n
    expected = (d * share).sum(axis=1)
    spread = d * (n - d) / np.maximum(n - 1, 1)
    covariance = np.diag((spread * share).sum(axis=1)) - (spread * share) @ share.T
    off = observed - expected
    degrees = int(np.linalg.matrix_rank(covariance, tol=1e-9))
    if not degrees:
        raise DosimetryError("whenever an event happened only one class was at risk: nothing to compare")
    value = float(off @ np.linalg.pinv(covariance, rcond=1e-9) @ off)
    return LogRank(
        observed={k: int(o) for k, o in zip(there, observed, strict=True)},
        expected={k: float(e) for k, e in zip(there, expected, strict=True)},
        chi2=value, degrees=degrees, p=float(chi2.sf(value, degrees)),
    )  # fmt: skip
