"""How measured values scatter about a patient's curve: their variance, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray

#: name -> variance of a value: s is its own stated SD, f the fitted function, a and b are estimated.
RESIDUALS = {
    "sd": "s^2: the stated standard deviations",
    "scaled-sd": "a^2 s^2: the stated standard deviations up to a common factor a",
    "additive": "a^2",
    "proportional": "b^2 f^2",
    "combined": "a^2 + b^2 f^2",
    "sd+proportional": "s^2 + b^2 f^2: stated, and besides a fraction b of the fitted value",
}
#: Kinds that need stated standard deviations, and those whose a or b are estimated.
NEED_SD = ("sd", "scaled-sd", "sd+proportional")
WITH_A = ("scaled-sd", "additive", "combined")
WITH_B = ("proportional", "combined", "sd+proportional")


@dataclass(frozen=True)
class Terms:
    """Of -log density of each value by its mean f: derivatives, (B, N); 0 where there is no value.

    ``loss`` itself (without ln 2 pi/2); ``g`` to ``g3`` its first three derivatives; ``w`` the expected
    second derivative 1/v + (v'/v)^2/2, ``w1`` its derivative; ``variance`` v. By ln a and ln b, (2, B, N): of
    loss, g, g2 and w.
    """

    loss: FloatArray
    g: FloatArray
    g2: FloatArray
    g3: FloatArray
    w: FloatArray
    w1: FloatArray
    variance: FloatArray
    loss_s: FloatArray
    g_s: FloatArray
    g2_s: FloatArray
    w_s: FloatArray


def variances(
    fitted: FloatArray,
    known: FloatArray,
    unit: FloatArray,
    log_ab: FloatArray,
    there: FloatArray,
) -> FloatArray:
    """(B, N) v = known + a^2 unit + b^2 f^2, 1 where there is no value."""
    v = known + np.exp(2 * log_ab[:, :1]) * unit + np.exp(2 * log_ab[:, 1:]) * fitted**2
    return np.where(there > 0, v, 1.0)


def terms(
    value: FloatArray,
    fitted: FloatArray,
    known: FloatArray,
    unit: FloatArray,
    log_ab: FloatArray,
    there: FloatArray,
    frozen: FloatArray | None = None,
) -> Terms:
    """Terms of v = known + a^2 unit + b^2 f^2.

    Parameters
    ----------
    value, fitted, known, unit : (B, N); ``there`` (B, N) 1 where there is a value, else 0.
    log_ab : (B, 2) ln a and ln b, -inf for none.
    frozen : (B, N) takes these instead of f in the variance, which then doesn't depend on f.
    """
    a2, b2 = np.exp(2 * log_ab[:, :1]), np.exp(2 * log_ab[:, 1:])
    base = fitted if frozen is None else frozen
    part_a, part_b = a2 * unit, b2 * base**2
    v = variances(base, known, unit, log_ab, there)
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        i = 1.0 / v
    e = (value - fitted) * there
    v1 = np.zeros_like(v) if frozen is not None else 2 * b2 * base
    v2 = np.zeros_like(v) if frozen is not None else np.broadcast_to(2 * b2, v.shape)
    r, r2 = v1 * i, v2 * i  # v'/v and v''/v
    ei, e2i = e * i, e**2 * i
    g = -ei + 0.5 * r - 0.5 * e2i * r
    g2 = i + 2 * ei * r + 0.5 * (r2 - r**2) - 0.5 * e2i * r2 + e2i * r**2
    g3 = (
        -3 * r * i + 3 * ei * r2 - 6 * ei * r**2 - 1.5 * r * r2 + r**3
        + 3 * e2i * r * r2 - 3 * e2i * r**3
    )  # fmt: skip
    w = i + 0.5 * r**2
    w1 = -r * i + r * r2 - r**3
    # by ln a: v changes by 2 part_a; by ln b: v by 2 part_b, v' and v'' by twice themselves
    s = np.stack([2 * part_a, 2 * part_b]) * i
    s1, s2 = np.stack([0 * r, 2 * r]), np.stack([0 * r2, 2 * r2])
    loss_s = 0.5 * s * (1 - e2i)
    g_s = ei * s + 0.5 * (s1 - r * s) - 0.5 * e2i * (s1 - 2 * r * s)
    g2_s = (
        -s * i + 2 * ei * (s1 - 2 * r * s) + 0.5 * (s2 - r2 * s) - r * s1 + r**2 * s
        - 0.5 * e2i * (s2 - 2 * r2 * s) + e2i * (2 * r * s1 - 3 * r**2 * s)
    )  # fmt: skip
    w_s = -s * i + r * s1 - r**2 * s
    m = there
    return Terms(
        0.5 * m * (e2i + np.log(v)), m * g, m * g2, m * g3, m * w, m * w1, v,
        m * loss_s, m * g_s, m * g2_s, m * w_s,
    )  # fmt: skip
