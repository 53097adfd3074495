"""Two means compared from their means, SDs and numbers: Welch's t-test, and a ratio with its interval.

The interval is Fieller's (J R Stat Soc B 1954;16:175-185) for independent means of unequal variance: all
ratios r at which mean_a - r mean_b is not significantly different from 0. Its degrees of freedom are those of
Satterthwaite for that difference, and so depend on r. At r = 1 this is Welch's test itself: the 95 % interval
leaves out 1 exactly where P < 0.05. docs/cohorts.md has how often it holds the true ratio.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

#: Steps by which the ends of an interval are looked for, as factors of the ratio.
_STEP, _STEPS = 1.25, 200


@dataclass(frozen=True)
class Sample:
    """A mean, the SD between subjects (n - 1) and the number of subjects; None: not known."""

    mean: float
    sd: float | None
    n: int | None

    def why_not(self) -> str:
        """Why its mean has no standard error; "" where it has one."""
        if self.n is None:
            return "n is not known"
        if self.n < 2:
            return "n = 1, so there is no SD between subjects"
        return "its SD is not known" if self.sd is None else ""

    @property
    def variance(self) -> float:
        """Of the mean: SD^2/n. Only where :meth:`why_not` says nothing."""
        assert self.sd is not None and self.n is not None
        return self.sd**2 / self.n


@dataclass(frozen=True)
class Welch:
    """Welch's t-test of two means, two-sided: t, degrees of freedom, P."""

    t: float
    df: float
    p: float


@dataclass(frozen=True)
class Interval:
    """An interval of a ratio of means; an end that is not there is None, and ``reason`` says why."""

    low: float | None
    high: float | None
    reason: str = ""


def degrees_of_freedom(a: Sample, b: Sample, ratio: float = 1.0) -> float:
    """Degrees of freedom of mean_a - ratio x mean_b (Satterthwaite; Welch, Biometrika 1947;34:28-35).

    >>> round(degrees_of_freedom(Sample(0.54, 0.03, 6), Sample(0.48, 0.06, 10)), 2)
    13.76
    """
    assert a.n is not None and b.n is not None
    va, vb = a.variance, ratio**2 * b.variance
    if vb == 0.0:
        return a.n - 1.0  # of the first alone
    return (va + vb) ** 2 / (va**2 / (a.n - 1) + vb**2 / (b.n - 1))


def welch(a: Sample, b: Sample) -> Welch | str:
    """Welch's test of the difference of two means, or why there is none.

    >>> found = welch(Sample(0.54, 0.03, 6), Sample(0.48, 0.06, 10))
    >>> round(found.p, 3)
    0.019
    >>> welch(Sample(0.54, 0.03, 6), Sample(0.47, None, 12))
    'the second: its SD is not known'
    """
    from scipy.stats import ttest_ind_from_stats

    if why := _why_not(a, b):
        return why
    found = ttest_ind_from_stats(a.mean, a.sd, a.n, b.mean, b.sd, b.n, equal_var=False)
    return Welch(float(found.statistic), degrees_of_freedom(a, b), float(found.pvalue))


def _why_not(a: Sample, b: Sample) -> str:
    lacking = [f"the {which}: {s.why_not()}" for which, s in (("first", a), ("second", b)) if s.why_not()]
    if lacking:
        return "; ".join(lacking)
    return "both SDs are 0" if a.sd == 0 and b.sd == 0 else ""


def ratio_interval(a: Sample, b: Sample, level: float = 0.95) -> Interval:
    """Interval of mean_a/mean_b at a level, by inverting Welch's test (Fieller's theorem, unequal variances).

    Where the second mean is not significantly above 0 by its own t-test, no ratio is too large for Welch's
    test, though one on the way there may be refused (degrees of freedom fall with the ratio): no upper end.
    Means are those of quantities of 0 or more, so an end below 0 is set to 0.

    >>> found = ratio_interval(Sample(0.54, 0.03, 6), Sample(0.48, 0.06, 10))
    >>> round(found.low, 3), round(found.high, 3)
    (1.022, 1.245)
    """
    if why := _why_not(a, b):
        return Interval(None, None, why)
    if a.mean <= 0.0 or b.mean <= 0.0:
        return Interval(None, None, "a mean that is not above 0 has no ratio")
    at = a.mean / b.mean

    def outside(ratio: float) -> float:
        """Above 0 where the test refuses this ratio."""
        from scipy.stats import t

        quantile = float(t.ppf(0.5 + level / 2, degrees_of_freedom(a, b, ratio)))
        return abs(a.mean - ratio * b.mean) - quantile * math.sqrt(a.variance + ratio**2 * b.variance)

    low = 0.0 if outside(0.0) <= 0.0 else _end(outside, at, 0.0)
    high = at * _STEP
    for _ in range(_STEPS if _above_0(b, level) else 0):
        if outside(high) > 0.0:
            return Interval(low, _end(outside, at, high))
        high *= _STEP
    return Interval(low, None, "the second mean is not significantly above 0: the ratio has no upper end")


def _above_0(sample: Sample, level: float) -> bool:
    """Whether a mean is significantly above 0, which Welch's test of an ever larger ratio comes to."""
    from scipy.stats import t

    assert sample.n is not None
    return sample.mean > float(t.ppf(0.5 + level / 2, sample.n - 1)) * math.sqrt(sample.variance)


def _end(outside: Callable[[float], float], inside: float, beyond: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(outside, inside, beyond, xtol=1e-14 * inside, rtol=1e-12))


def holm(p: Sequence[float]) -> list[float]:
    """P values with Holm's correction (Scand J Stat 1979;6:65-70), in the order given.

    It holds whatever the dependence between the tests, e.g. doses of organs of the same patients.

    >>> [round(x, 3) for x in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(p)), key=lambda i: p[i])
    found = [0.0] * len(p)
    largest = 0.0
    for rank, i in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[i]))
        found[i] = largest
    return found
