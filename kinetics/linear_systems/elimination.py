"""The linear solve behind TIACs: Gaussian elimination without a subtraction, so that no digits are lost.

(lambda I - K) tau = b with rates from 1e-9 to 1e12 per h can't be solved as it stands: the diagonal has lost
lambda to rounding before the solver sees it. Grassmann, Taksar & Heyman (Oper Res 1985;33:1107) eliminate one
state after another and take each diagonal anew from what leaves the state, so that only non-negative numbers
are added, multiplied and divided, and every tau has full relative accuracy (O'Cinneide, Numer Math
1993;65:109).
"""

from __future__ import annotations

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError


def residence(rates_per_h: FloatArray, loss_per_h: FloatArray, amount: FloatArray) -> FloatArray:
    """(n,) time-integrals of the contents.

    Parameters
    ----------
    rates_per_h : (n, n) rate from j to i at [i, j], 0 or above; the diagonal isn't read.
    loss_per_h : (n,) rate at which each leaves for good (sinks and physical decay), 0 or above.
    amount : (n,) what enters each.

    Raises
    ------
    KineticsError : a result that isn't finite: something is never lost, or numbers leave their range.

    >>> residence(np.array([[0, 1e12], [1e12, 0]]), np.array([0, 1e-6]), np.array([1.0, 0])).tolist()
    [1000000.0, 1000000.0]
    """
    n = amount.size
    rate = np.array(rates_per_h, dtype=np.float64)
    loss, held = np.array(loss_per_h, dtype=np.float64), np.array(amount, dtype=np.float64)
    out = np.zeros(n)
    with np.errstate(all="ignore"):
        for k in range(n):
            later = slice(k + 1, n)
            out[k] = loss[k] + rate[later, k].sum()
            share = rate[later, k] / out[k]  # where what leaves k goes
            onward = rate[k, later]
            rate[later, later] += np.outer(share, onward)
            loss[later] += onward * (loss[k] / out[k])
            held[later] += share * held[k]
        tau = np.zeros(n)
        for k in reversed(range(n)):
            tau[k] = (held[k] + rate[k, k + 1 :] @ tau[k + 1 :]) / out[k]
    if not np.all(np.isfinite(tau)):
        raise KineticsError("a time-integral of a compartment isn't finite: what is never lost has none")
    return tau
