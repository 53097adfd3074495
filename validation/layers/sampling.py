"""How well a few patients know a mean and an SD: Student's t for the mean, Fisher's F for a ratio of SDs."""

from __future__ import annotations

import math

CONFIDENCE = 0.95


def mean_half_width(sd: float, n: int) -> float:
    """Half width of the 95 % confidence interval of a mean of n values: t(n - 1) SD / sqrt n.

    >>> round(mean_half_width(1.0, 10), 3)
    0.715
    """
    from scipy.stats import t

    return float(t.ppf(0.5 + CONFIDENCE / 2.0, n - 1)) * sd / math.sqrt(n)


def sd_ratio_limits(n: int, n_published: int) -> tuple[float, float]:
    """Limits of 95 % of the ratio of two SDs, of n and of n_published values of one normal distribution."""
    from scipy.stats import f

    low, high = f.ppf([0.5 - CONFIDENCE / 2.0, 0.5 + CONFIDENCE / 2.0], n - 1, n_published - 1)
    return math.sqrt(low), math.sqrt(high)
