"""Directions for compiled code: isotropic, and turned by an angle; without trigonometric functions.

Sine and cosine of a random azimuth come from their Taylor series within a quarter of a turn, whose error is
under 1e-13; isotropic directions from a point in the unit disc (Marsaglia, Ann Math Stat 1972;43:645); the
two axes beside a direction as Duff et al. give them (J Comput Graph Tech 2017;6(1):1).
"""

from __future__ import annotations

import numpy as np

from phantoms.kernels import kernel
from phantoms.random_numbers import uniform


@kernel(inline="always")
def azimuth(state):  # type: ignore[no-untyped-def]
    """Cosine and sine of an angle that is uniform over the circle."""
    turns = 4.0 * uniform(state)
    quarter = np.int64(turns)
    a = (turns - quarter - 0.5) * (0.5 * np.pi)
    b = a * a
    sin = a * (
        1.0 + b * (-1.0 / 6.0 + b * (1.0 / 120.0 + b * (-1.0 / 5040.0 + b * (
            1.0 / 362880.0 + b * (-1.0 / 39916800.0 + b * (1.0 / 6227020800.0))))))
    )  # fmt: skip
    cos = 1.0 + b * (-1.0 / 2.0 + b * (1.0 / 24.0 + b * (-1.0 / 720.0 + b * (
        1.0 / 40320.0 + b * (-1.0 / 3628800.0 + b * (1.0 / 479001600.0 - b * (1.0 / 87178291200.0)))))
    ))  # fmt: skip
    if quarter & 1:
        cos, sin = -sin, cos
    if quarter & 2:
        cos, sin = -cos, -sin
    return cos, sin


@kernel(inline="always")
def isotropic(state):  # type: ignore[no-untyped-def]
    """A direction (u, v, w), uniform over the sphere."""
    while True:
        a, b = 2.0 * uniform(state) - 1.0, 2.0 * uniform(state) - 1.0
        r2 = a * a + b * b
        if r2 < 1.0:
            h = 2.0 * np.sqrt(1.0 - r2)
            return a * h, b * h, 1.0 - 2.0 * r2


@kernel(inline="always")
def turned(u, v, w, mu, state):  # type: ignore[no-untyped-def]
    """A direction at the angle whose cosine is mu to (u, v, w), its azimuth uniform."""
    cos, sin = azimuth(state)
    s = np.sqrt(max(0.0, 1.0 - mu * mu))
    a, b = s * cos, s * sin
    side = 1.0 if w >= 0.0 else -1.0
    p = -1.0 / (side + w)
    q = u * v * p
    return (
        u * mu + a * (1.0 + side * u * u * p) + b * q,
        v * mu + a * side * q + b * (side + v * v * p),
        w * mu - a * side * u - b * v,
    )
