"""Simulated cohorts for the tests."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kinetics import MODELS, Curve

LAMBDA = 0.005


def simulated(
    model: str,
    typical: Sequence[float],
    spread: float,
    n: int,
    noise: float,
    seed: int,
    *,
    times: Sequence[float] = (4, 24, 48, 96, 168),
    points: Sequence[int] | None = None,
    stated: bool = False,
) -> tuple[list[Curve], np.ndarray]:
    """Curves as measured with relative noise, and the true areas; ``points`` (n,) of the times, by chance."""
    rng = np.random.default_rng(seed)
    function, t = MODELS[model], np.array(times, dtype=float)
    theta = np.exp(np.log(typical) + spread * rng.normal(size=(n, function.n_parameters)))
    true = function.value(np.tile(t, (n, 1)), theta) * np.exp(-LAMBDA * t)
    value = np.maximum(true * (1 + noise * rng.normal(size=true.shape)), 0.05 * true)
    curves = []
    for i in range(n):
        keep = np.sort(rng.choice(t.size, t.size if points is None else points[i], replace=False))
        curves.append(
            Curve(
                time_h=t[keep], value=value[i, keep], unit="%IA", decay_corrected=False,
                sd=noise * true[i, keep] if stated else None, lambda_phys_per_h=LAMBDA, name=f"P{i + 1:02d}",
            )
        )  # fmt: skip
    return curves, function.area(theta, LAMBDA)
