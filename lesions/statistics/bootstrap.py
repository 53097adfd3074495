"""Bootstrap over patients: whole patients are drawn, with all of their lesions.

A statistic is a function of how often each patient was drawn. SciPy's own bootstrap gives no limits as soon
as one draw has no value (a draw without a single negative lesion has no area under a curve); here such draws
are counted, left out, and too many of them leave no interval.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from lesions.statistics.intervals import NO_SE, ConfidenceInterval, checked_level, no_interval

BootstrapMethod = Literal["percentile", "BCa"]
Floats = NDArray[np.float64]
#: How often each patient was drawn, (draws, patients) -> the statistic of each draw; NaN: it has none.
OfDraws = Callable[[Floats], Floats]
#: With more draws than this share without a value there is no interval.
MOST_WITHOUT = 0.1


def bootstrap_interval(
    statistic: OfDraws,
    n_patients: int,
    *,
    method: BootstrapMethod = "percentile",
    level: float = 0.95,
    draws: int = 2000,
    seed: int,
) -> ConfidenceInterval:
    """Limits of a statistic by drawing patients with replacement.

    BCa (Efron 1987) corrects the percentiles for bias and skewness; its acceleration comes from leaving out
    one patient at a time.
    """
    from scipy.special import ndtr, ndtri

    checked_level(level)
    name = f"bootstrap over patients, {method}"
    if n_patients < 2:
        return no_interval(name, level, "one patient cannot be drawn in another way")
    one = np.ones((1, n_patients))
    at = float(statistic(one)[0])
    random = np.random.default_rng(seed)
    found = statistic(
        random.multinomial(n_patients, np.full(n_patients, 1 / n_patients), draws).astype(float)
    )
    kept = found[np.isfinite(found)]
    if not np.isfinite(at) or len(kept) < (1 - MOST_WITHOUT) * draws:
        return no_interval(name, level, f"{draws - len(kept)} of {draws} draws have no value")
    if np.ptp(kept) < NO_SE:
        return no_interval(name, level, "every draw of patients gives the same value")
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    if method == "BCa":
        # as SciPy: the share below, with ties counted half
        bias = ndtri(((kept < at).mean() + (kept <= at).mean()) / 2)
        jack = statistic(one - np.eye(n_patients))
        off = jack[np.isfinite(jack)].mean() - jack
        if not np.isfinite(off).all() or not np.isfinite(bias):
            return no_interval(name, level, "without one of the patients the statistic has no value")
        spread = float((off**2).sum())
        acceleration = 0.0 if spread == 0.0 else float((off**3).sum()) / (6 * spread**1.5)
        z = bias + ndtri(tails)
        tails = ndtr(bias + z / (1 - acceleration * z))
    low, high = np.quantile(kept, tails)
    return ConfidenceInterval(low=float(low), high=float(high), method=name, level=level)


def summed(values: Any) -> Callable[[Floats], Floats]:
    """Patients' values -> the sum of each draw."""
    each = np.asarray(values, dtype=float)
    return lambda drawn: np.asarray(drawn @ each, dtype=np.float64)
