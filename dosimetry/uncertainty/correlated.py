"""Correlated inputs as sums of independent errors, and what is no correlation or covariance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from dosimetry.uncertainty.inputs import Effect, Input, Kind, Shared
from milligray.errors import Complaints

Array = NDArray[np.float64]

#: Share of the largest variance below which one, or an eigenvalue below 0, is rounding.
ROUNDING = 1e-9


def correlated_inputs(
    name: str,
    effects: Sequence[Effect],
    correlation: ArrayLike,
    *,
    kind: Kind,
    shared_by: Shared,
    source: str,
    apart: bool = False,
) -> tuple[Input, ...]:
    """Independent inputs that together have the standard uncertainties and correlations of these effects.

    The correlation matrix is factored (Cholesky's; a redundant row adds nothing), so that the k-th input
    changes the k-th effect and all after it. All have one name, so they are one line of the budget. The
    effects are normal: a sum of others would not keep their distribution.

    Parameters
    ----------
    name, kind, shared_by, source, apart : of the inputs.
    effects : n of them, each with its own standard uncertainty.
    correlation : (n, n) matrix of their correlation coefficients.

    Returns
    -------
    Up to n inputs.

    Raises
    ------
    DosimetryError : a matrix of another size; a coefficient outside of -1 to 1, named by its pair; a
        diagonal that is not 1; coefficients that contradict each other; an effect with a response.

    Examples
    --------
    >>> effects = [Effect("curve", 0.05, "liver"), Effect("curve", 0.1, "spleen")]
    >>> made = correlated_inputs(
    ...     "recovery", effects, [[1.0, 0.6], [0.6, 1.0]], kind="A", shared_by="everybody", source="phantom",
    ... )
    >>> [[(e.region, round(e.u, 3)) for e in one.effects] for one in made]
    [[('liver', 0.05), ('spleen', 0.06)], [('spleen', 0.08)]]
    """
    if any(e.response is not None for e in effects):
        raise DosimetryError(
            f"{name}: effects with a response of their own are not in proportion to their errors; correlate"
            " effects without"
        )
    words = [f"{e.what} of {e.region}" if e.region else e.what for e in effects]
    factor = _factor(_checked(name, words, correlation))
    found = []
    for column in factor.T:
        parts = tuple(
            replace(e, u=e.u * float(c))
            for e, c in zip(effects, column, strict=True)
            if c != 0.0 and e.u != 0.0
        )
        if parts:
            found.append(
                Input(
                    name=name,
                    effects=parts,
                    kind=kind,
                    distribution="normal",
                    shared_by=shared_by,
                    source=source,
                    apart=apart,
                )
            )
    return tuple(found)


def uncertainties_of(covariance: ArrayLike, names: Sequence[str]) -> tuple[Array, Array]:
    """(n,) standard uncertainties and (n, n) correlations of a covariance matrix.

    Parameters
    ----------
    covariance : (n, n).
    names : of the n quantities, for messages.

    Raises
    ------
    DosimetryError : a matrix of another size or not symmetric, a variance below 0, a covariance that is
        larger than its two variances allow, a matrix with a negative eigenvalue.

    Examples
    --------
    >>> u, correlation = uncertainties_of([[0.04, 0.01], [0.01, 0.25]], ["b1", "b2"])
    >>> u.tolist(), round(float(correlation[0, 1]), 3)
    ([0.2, 0.5], 0.1)
    """
    matrix = _square("covariance", names, covariance)
    with Complaints(DosimetryError) as wrong:
        for i, variance in enumerate(np.diag(matrix).tolist()):
            if variance < 0.0:
                wrong.add(DosimetryError(f"variance of {names[i]} is {variance:g}; 0 or more is needed"))
    u = np.sqrt(np.diag(matrix))
    size = np.where(u > 0.0, u, 1.0)
    correlation = matrix / np.outer(size, size)
    for i in np.flatnonzero(u == 0.0).tolist():
        if np.any(matrix[i] != 0.0):
            raise DosimetryError(
                f"{names[i]} has the variance 0 and a covariance with others; it is no covariance"
            )
    np.fill_diagonal(correlation, 1.0)
    return u, _checked("covariance", names, correlation)


def _square(name: str, words: Sequence[str], matrix: ArrayLike) -> Array:
    found = np.array(matrix, dtype=np.float64)
    n = len(words)
    if found.shape != (n, n) or not np.isfinite(found).all():
        raise DosimetryError(
            f"{name}: a matrix of the shape {found.shape}; finite numbers, {n} x {n}, one row and one column"
            f" for each of {', '.join(words)}, are needed"
        )
    if np.abs(found - found.T).max(initial=0.0) > ROUNDING * np.abs(found).max(initial=0.0):
        i, j = divmod(int(np.argmax(np.abs(found - found.T))), n)
        raise DosimetryError(
            f"{name}: {words[i]} with {words[j]} is {found[i, j]:g}, and the other way round {found[j, i]:g};"
            " the matrix must be symmetric"
        )
    return 0.5 * (found + found.T)


def _checked(name: str, words: Sequence[str], correlation: ArrayLike) -> Array:
    """A correlation matrix; its mistakes are told at once."""
    found = _square(name, words, correlation)
    n = len(words)
    with Complaints(DosimetryError) as wrong:
        for i in range(n):
            if abs(found[i, i] - 1.0) > ROUNDING:
                text = f"{name}: correlation of {words[i]} with itself is {found[i, i]:g}; it must be 1"
                wrong.add(DosimetryError(text))
            for j in range(i):
                if abs(found[i, j]) > 1.0 + ROUNDING:
                    text = f"{name}: correlation of {words[j]} with {words[i]} is {found[i, j]:g}"
                    wrong.add(DosimetryError(f"{text}; -1 to 1 is allowed"))
    values, vectors = np.linalg.eigh(found)
    if values[0] < -ROUNDING * n:
        part = np.abs(vectors[:, 0])
        who = ", ".join(w for w, p in zip(words, part, strict=True) if p > 0.1 * part.max())
        raise DosimetryError(
            f"{name}: the correlations of {who} contradict each other (eigenvalue {values[0]:.3g}): no"
            " quantities can have them; two that go with a third one must go with each other"
        )
    return found


def _factor(correlation: Array) -> Array:
    """Cholesky's factor (n, n), lower; columns of what has no error of its own beside those before are 0."""
    left, factor = correlation.copy(), np.zeros_like(correlation)
    for k in range(len(correlation)):
        if left[k, k] > ROUNDING:
            factor[k:, k] = left[k:, k] / np.sqrt(left[k, k])
            left = left - np.outer(factor[:, k], factor[:, k])
    return factor
