"""Predictions and residuals of every point of a population fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.mixed_effects.cohort import Asked, Cohort
from kinetics.mixed_effects.individuals import Known
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.mixed_effects.result import ResidualTable


def refuse_vanished(curves: Sequence[Curve], model: str, variance: FloatArray) -> None:
    """A standard deviation in proportion to a fitted value is not 0 where something was measured.

    variance : (n, N) of the values, 0 where the fitted one is 0 to the last digit.

    Raises
    ------
    KineticsError : it is, at the first such point.
    """
    for i, curve in enumerate(curves):
        lost = np.flatnonzero(variance[i, : len(curve)] <= 0.0)
        if lost.size:
            raise KineticsError(
                f"{curve.name}: '{model}' is 0 at {curve.time_h[lost[0]]:g} h, where a value of"
                f" {curve.value[lost[0]]:g} was measured; check half-life and decay state, or choose another"
                " model"
            )


def fitted_values(data: Data, found: Known, i: int) -> FloatArray:
    """(N,) values of a patient's curve, without what errors common to several values bring."""
    p = data.design.shape[1]
    z = found.bent.phi[i, p:]
    rows = np.array([i])
    value, _, _ = data.derivatives(found.bent.phi[i : i + 1], rows, second=False)
    return np.asarray(value[0] - data.shared[i] @ z, dtype=np.float64)


def residual_table(cohort: Cohort, question: Asked, psi: FloatArray, found: Known) -> ResidualTable:
    """Every point's predictions and residuals."""
    data, layout = cohort.data, question.layout
    n, p, k = len(data), data.design.shape[1], data.shared.shape[2]
    rows = np.arange(n)
    center = np.einsum("npf,f->np", data.design, psi[: layout.n_fixed])
    typical, _, _ = data.derivatives(np.pad(center, ((0, 0), (0, k))), rows, second=False)
    at = layout.at(data, psi[None])
    own = np.stack([fitted_values(data, found, i) for i in range(n)])
    v = found.bent.t.variance
    rooted = found.bent.gradient @ at.root
    parts: list[list[FloatArray]] = [[] for _ in range(7)]
    for i, curve in enumerate(cohort.curves):
        m = len(curve)
        sd = np.sqrt(v[i, :m])
        expected = own[i, :m] + data.shared[i, :m] @ found.bent.phi[i, p:] - rooted[i, :m] @ found.b[i]
        lower = root_of_sum(rooted[i, :m] / sd[:, None])
        row = (
            np.full(m, i), curve.time_h, curve.value, typical[i, :m], own[i, :m],
            (curve.value - own[i, :m]) / sd, np.linalg.solve(lower, (curve.value - expected) / sd),
        )  # fmt: skip
        for kept, new in zip(parts, row, strict=True):
            kept.append(new)
    return ResidualTable(
        **dict(zip(
            ("curve", "time_h", "value", "population", "individual", "weighted", "population_weighted"),
            (np.concatenate(x) for x in parts), strict=True,
        ))
    )  # fmt: skip


def root_of_sum(part: FloatArray) -> FloatArray:
    """(N, N) Cholesky factor of 1 + ``part`` x its transpose, (N, M), however large that is: the sum itself
    would lose the 1, and with it all that makes it positive definite."""
    upper = np.linalg.qr(np.vstack([np.eye(len(part)), part.T]), mode="r")
    sign = np.where(np.diag(upper) < 0.0, -1.0, 1.0)
    return np.asarray((sign[:, None] * upper).T, dtype=np.float64)
