"""Standard errors of every least-squares fit: what is held, what is undefined, what correlated data bring.

A fit's parameters move with the values by the gain G = (J^T J)^-1 J^T of its weighted Jacobian J, so that
their covariance is G V G^T with the full covariance V of the values, correlated or not, whatever the weights
(White, Econometrica 1980;48:817, for weights that aren't the inverse covariance). Weights stay those of
single points: with a common factor in V, generalised least squares is drawn below all its data (Peelle's
puzzle; D'Agostini, Nucl Instrum Meth A 1994;346:306).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray

BoolArray = NDArray[np.bool_]

#: Condition number of the Jacobian, columns brought to one length, over which it counts as singular: that of
#: the normal matrix is its square, 1e13, which leaves standard errors some 3 figures.
SINGULAR = 10**6.5
#: A parameter whose column is this much smaller than the largest has no effect on the data.
NO_EFFECT = 1e-12
#: Share of an area up to which its standard error leaves it determined (that of Kletting et al., Med Phys
#: 2013;40:102504, there for every parameter).
MUCH_OF_AREA = 0.5


def held(jacobian: FloatArray, at_bound: BoolArray) -> BoolArray:
    """(..., P) parameters on a bound, and those without effect (the rate of an amplitude that is 0)."""
    size = np.sqrt((jacobian**2).sum(-2))
    return at_bound | (size <= NO_EFFECT * size.max(-1, keepdims=True, initial=0.0))


def gain(jacobian: FloatArray, free: BoolArray) -> FloatArray | None:
    """(P, N) d parameters / d weighted values; 0 for what is held; None where the data don't determine them.

    Parameters
    ----------
    jacobian : (N, P) of the weighted function.
    free : (P,) False where a parameter is held.

    >>> gain(np.array([[1.0, 2.0], [2.0, 4.0]]), np.array([True, True])) is None
    True
    """
    found, determined_too = gains(jacobian[None], free[None])
    return found[0] if determined_too[0] else None


def gains(jacobian: FloatArray, free: BoolArray) -> tuple[FloatArray, BoolArray]:
    """:func:`gain` of many curves: (B, P, N), and (B,) whether the data determine the parameters.

    Parameters
    ----------
    jacobian : (B, N, P) of the weighted functions.
    free : (B, P) False where a parameter is held.
    """
    found = np.zeros(np.swapaxes(jacobian, -1, -2).shape)
    well = np.zeros(len(jacobian), dtype=bool)
    patterns = dict.fromkeys(map(tuple, free.tolist()))
    for pattern in patterns:
        columns = np.flatnonzero(pattern)
        if not columns.size or jacobian.shape[1] < columns.size:
            continue
        rows = np.flatnonzero((free == np.array(pattern)).all(-1))
        own = jacobian[rows][:, :, columns]
        size = np.sqrt((own**2).sum(-2))
        usable = np.isfinite(own).all((-1, -2)) & (size > 0).all(-1)
        rows, own, size = rows[usable], own[usable], size[usable]
        q, r = np.linalg.qr(own / size[:, None, :])
        usable = np.linalg.cond(r) < SINGULAR
        rows, q, r, size = rows[usable], q[usable], r[usable], size[usable]
        solved = np.linalg.solve(r, np.swapaxes(q, -1, -2)) / size[..., None]
        found[rows[:, None], columns] = solved
        well[rows] = True
    return found, well


def weakest(jacobian: FloatArray, free: BoolArray, names: list[str]) -> str:
    """Names of the parameters that the data separate least: those along the smallest singular vector."""
    if not free.any():
        return ", ".join(names)
    at = np.flatnonzero(free)
    size = np.sqrt((jacobian[:, at] ** 2).sum(0))
    size = np.where(size > 0, size, 1.0)
    share = np.abs(np.linalg.svd(jacobian[:, at] / size, full_matrices=True)[2][-1])
    return ", ".join(names[i] for i, s in zip(at, share, strict=True) if s > 0.1 * share.max())


def determined(area: float, se: float | None) -> bool:
    """Whether the standard error of an area is known and at most half of it."""
    return se is not None and se <= MUCH_OF_AREA * area


def wide_area(area: float, se: float | None) -> list[str]:
    """A warning where the standard error of an area is over half of it; else nothing."""
    if se is None or determined(area, se):
        return []
    return [f"the area's standard error is {100 * se / area:.3g} % of it: the data don't determine it"]


def bounds_said(reached: tuple[str, ...], model: str) -> list[str]:
    """A warning that names the parameters on a bound; nothing where there are none."""
    return [f"bound reached: {', '.join(reached)}; the data don't support '{model}'"] if reached else []


def propagated(gained: FloatArray, factors: FloatArray) -> FloatArray:
    """(P, P) covariance G F F^T G^T of parameters, from factors (N, M) of the weighted values' covariance."""
    half = gained @ factors
    return np.asarray(half @ half.T, dtype=np.float64)
