"""What of an inflow enters in all, before it decays: its Laplace transform at the decay constant."""

from __future__ import annotations

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.curves.decay import check_lambda
from kinetics.excretion.inflow import Inflow


def entered(inflow: Inflow, lambda_phys_per_h: float) -> float:
    """Activity that enters in all, per unit administered: sum_i a_i b_i/(b_i + lambda).

    Times the TIACs per unit that enters (:func:`kinetics.tract_tiac_h`) it gives those per unit administered.

    Parameters
    ----------
    inflow : what enters, with biologic rates.
    lambda_phys_per_h : physical decay constant, 1/h; 0: stable.

    Raises
    ------
    KineticsError : a decay constant below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Inflow
    >>> bile = Inflow(np.array([0.2, 0.1]), np.array([0.5, 0.01]))
    >>> round(entered(bile, 0.00884), 4)  # 0.2 x 0.5/0.50884 + 0.1 x 0.01/0.01884
    0.2496
    """
    return float(inflow.share @ _shares(inflow.rate_per_h, check_lambda(lambda_phys_per_h)))


def entered_gradient(inflow: Inflow, lambda_phys_per_h: float) -> FloatArray:
    """(2n,) derivative of :func:`entered` by the shares, then by the rates, h.

    Parameters
    ----------
    inflow, lambda_phys_per_h : as for :func:`entered`.

    Raises
    ------
    KineticsError : a decay constant below 0.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Inflow
    >>> entered_gradient(Inflow(np.array([0.2]), np.array([0.5])), 0.5).tolist()  # b/(b + l), a l/(b + l)^2
    [0.5, 0.1]
    """
    a, b, lam = inflow.share, inflow.rate_per_h, check_lambda(lambda_phys_per_h)
    both = np.where(b + lam > 0.0, b + lam, 1.0)
    return np.concatenate([_shares(b, lam), a * lam / both**2])


def _shares(b: FloatArray, lam: float) -> FloatArray:
    """b/(b + lambda); 0 for a rate of 0, also without decay."""
    return np.divide(b, b + lam, out=np.zeros_like(b), where=b > 0.0)
