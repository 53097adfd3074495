"""The likelihood of each patient's values with the patient's own deviations integrated out, and its gradient.

A patient's parameters are phi = center + root b, b standard normal. The integral over b is taken by Laplace's
method at its mode: -log L = l(mode) + ln|H|/2. With H of expected second derivatives of the measurements'
part this is FOCE with interaction (Wang, J Pharmacokinet Pharmacodyn 2007;34:575), with the exact ones
"Laplace". The gradient holds the mode's own dependence on the estimates (Almquist, Leander & Jirstrand, J
Pharmacokinet Pharmacodyn 2015;42:191), here in closed form. The standardised b lets a spread be 0: nothing is
divided by it.

Restricted likelihood adds ln|sum of X' K X|/2, K the information that a patient's values hold on the typical
parameters (Patterson & Thompson 1971; for nonlinear models Lindstrom & Bates, Biometrics 1990;46:673).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.likelihood.response import Function
from kinetics.mixed_effects.likelihood.scatter import Terms, terms, variances

Rows = NDArray[np.intp]

#: Steps of a search for the modes at most, and the gain at which one is found.
MOST_STEPS, SMALL_GAIN = 60, 1e-18
#: Step of a third derivative's difference (methods "Laplace" only).
THIRD = 1e-3


@dataclass(frozen=True)
class Linear:
    """Functions replaced by their tangents at ``phi`` (n, P): the step of Lindstrom & Bates."""

    phi: FloatArray
    value: FloatArray
    gradient: FloatArray


@dataclass(frozen=True)
class Data:
    """The values of n patients, filled up to the N of the longest.

    ``time_h``, ``value``, ``decay`` (as measured over decay-corrected), ``known`` variance, ``unit`` of a^2,
    ``there`` (1 or 0): (n, N). ``shared`` (n, N, K) what K errors of each patient's own bring to several
    values at once. ``constants`` (n, C) of a Response. ``design`` (n, P, F): a patient's center by the fixed
    effects.
    """

    function: Function
    time_h: FloatArray
    value: FloatArray
    decay: FloatArray
    known: FloatArray
    unit: FloatArray
    there: FloatArray
    shared: FloatArray
    constants: FloatArray
    design: FloatArray
    linear: Linear | None = None

    def __len__(self) -> int:
        return len(self.value)

    def taking(self, rows: Rows) -> Data:
        """The data of some patients."""
        own = {n: getattr(self, n)[rows] for n in (
            "time_h", "value", "decay", "known", "unit", "there", "constants", "design"
        )}  # fmt: skip
        linear = self.linear
        if linear is not None:
            linear = Linear(linear.phi[rows], linear.value[rows], linear.gradient[rows])
        return replace(self, **own, shared=self.shared[rows], linear=linear)

    def derivatives(
        self, phi: FloatArray, rows: Rows, *, second: bool
    ) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        """Means (B, N), gradient (B, N, P + K), second derivatives (B, N, P + K, P + K); phi (B, P + K)."""
        p, k = self.design.shape[1], self.shared.shape[2]
        z, common = phi[:, p:], self.shared[rows]
        if self.linear is not None:
            gradient = self.linear.gradient[rows]
            moved = phi[:, :p] - self.linear.phi[rows]
            value, curved = self.linear.value[rows] + (gradient @ moved[..., None])[..., 0], None
        else:
            time, decay, constants = self.time_h[rows], self.decay[rows], self.constants[rows]
            if second:
                value, gradient, curved = self.function.second(time, phi[:, :p], constants)
                curved = curved * decay[..., None, None]
            else:
                (value, gradient), curved = self.function.first(time, phi[:, :p], constants), None
            value, gradient = value * decay, gradient * decay[..., None]
        if k:
            value = value + (common @ z[..., None])[..., 0]
            gradient = np.concatenate([gradient, common], axis=-1)
            if curved is not None:
                curved = np.pad(curved, ((0, 0), (0, 0), (0, k), (0, k)))
        return value, gradient, curved

    def loss(self, fitted: FloatArray, log_ab: FloatArray, rows: Rows) -> FloatArray:
        """(B,) -log density of the values about their means (B, N), without ln 2 pi."""
        base = fitted if self.linear is None else self.linear.value[rows]
        v = variances(base, self.known[rows], self.unit[rows], log_ab, self.there[rows])
        each = (self.value[rows] - fitted) ** 2 / v + np.log(v)
        return np.asarray(0.5 * (self.there[rows] * each).sum(-1))

    def terms(self, fitted: FloatArray, log_ab: FloatArray, rows: Rows) -> Terms:
        """Of -log density of the values about their means (B, N)."""
        frozen = None if self.linear is None else self.linear.value[rows]
        return terms(
            self.value[rows], fitted, self.known[rows], self.unit[rows], log_ab, self.there[rows], frozen
        )


@dataclass(frozen=True)
class At:
    """Estimates a row: ``center`` (B, P + K), ``root`` (B, P + K, D), ``log_ab`` (B, 2), whose ``rows``."""

    center: FloatArray
    root: FloatArray
    log_ab: FloatArray
    rows: Rows

    def taking(self, at: Rows) -> At:
        """Some rows of it."""
        return At(self.center[at], self.root[at], self.log_ab[at], self.rows[at])

    def phi(self, b: FloatArray) -> FloatArray:
        """(B, P + K) parameters of deviations (B, D)."""
        return self.center + (self.root @ b[..., None])[..., 0]


@dataclass(frozen=True)
class Bent:
    """All that is needed of the function at the modes."""

    phi: FloatArray
    fitted: FloatArray
    gradient: FloatArray
    curved: FloatArray | None
    t: Terms
    u: FloatArray  # (B, P) gradient of the measurements' part by phi
    expected: FloatArray  # (B, P, P) its expected second derivatives
    exact: FloatArray  # (B, P, P) its second derivatives


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def bent(data: Data, at: At, b: FloatArray) -> Bent:
    """Derivatives of the measurements' part at deviations b."""
    phi = at.phi(b)
    value, gradient, curved = data.derivatives(phi, at.rows, second=True)
    t = data.terms(value, at.log_ab, at.rows)
    transposed = np.swapaxes(gradient, -1, -2)
    exact = transposed @ (t.g2[..., None] * gradient)
    if curved is not None:
        exact = exact + (t.g[..., None, None] * curved).sum(1)
    u = (transposed @ t.g[..., None])[..., 0]
    return Bent(phi, value, gradient, curved, t, u, transposed @ (t.w[..., None] * gradient), exact)


def _between(root: FloatArray, matrix: FloatArray) -> FloatArray:
    """(B, D, D) root' matrix root + 1."""
    found: FloatArray = np.swapaxes(root, -1, -2) @ matrix @ root + np.eye(root.shape[-1])
    return found


def inverted(matrix: FloatArray) -> FloatArray:
    """(B, D, D) inverses, of matrices brought to a diagonal of 1; of 1 where a matrix isn't finite."""
    one = np.eye(matrix.shape[-1])
    matrix = np.where(np.isfinite(matrix).all((-1, -2), keepdims=True), matrix, one)
    size = np.sqrt(np.maximum(np.abs(np.diagonal(matrix, axis1=-2, axis2=-1)), 1e-12))
    both = size[..., None] * size[..., None, :]
    return np.asarray(np.linalg.inv(matrix / both + 1e-13 * one) / both, dtype=np.float64)


def loss(data: Data, at: At, b: FloatArray) -> FloatArray:
    """(B,) -log of the joint density of values and deviations, without ln 2 pi of the deviations."""
    value, _, _ = data.derivatives(at.phi(b), at.rows, second=False)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        total = data.loss(value, at.log_ab, at.rows) + 0.5 * (b**2).sum(-1)
    return np.where(np.isfinite(total), total, np.inf)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def modes(data: Data, at: At, b: FloatArray) -> FloatArray:
    """(B, D) the most probable deviations, from starts b, by Newton's method with Marquardt's damping."""
    b = b.copy()
    if b.shape[-1] == 0:
        return b
    rows = np.arange(len(b))
    cost = loss(data, at, b)
    damping = np.zeros(len(b))
    for _ in range(MOST_STEPS):
        own = at.taking(rows)
        f = bent(data, own, b[rows])
        g = (np.swapaxes(own.root, -1, -2) @ f.u[..., None])[..., 0] + b[rows]
        hessian, safe = _between(own.root, f.exact), _between(own.root, f.expected)
        g = np.where(np.isfinite(g), g, 0.0)
        hessian = np.where(np.isfinite(hessian).all((-1, -2), keepdims=True), hessian, 0.0)
        use = np.linalg.eigvalsh(hessian)[:, 0] < 0.05
        hessian[use] = safe[use]
        hessian = hessian * (1.0 + damping[rows, None, None] * np.eye(b.shape[-1]))
        step = -(inverted(hessian) @ g[..., None])[..., 0]
        longest = np.abs(step).max(-1, keepdims=True)
        step = step * np.minimum(1.0, 3.0 / np.maximum(longest, 1e-300))
        gain = -(g * step).sum(-1)
        trial = b[rows] + step
        new = loss(data, own, trial)
        better = new <= cost[rows] + 1e-13 * np.abs(cost[rows]) + 1e-14
        won = rows[better]
        b[won], cost[won] = trial[better], new[better]
        d = damping[rows]
        damping[rows] = np.where(better, np.where(d > 1e-6, 0.1 * d, 0.0), np.maximum(10 * d, 1e-3))
        done = (better & (gain < SMALL_GAIN * (1 + np.abs(cost[rows])) + 1e-20)) | (damping[rows] > 1e10)
        rows = rows[~done]
        if not rows.size:
            break
    return b


@dataclass(frozen=True)
class Marginal:
    """-log likelihood (B,); gradient by center (B, P), root (B, P, D), log_ab (B, 2); modes (B, D)."""

    value: FloatArray
    by_center: FloatArray
    by_root: FloatArray
    by_log_ab: FloatArray
    b: FloatArray
    bent: Bent


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def marginal(data: Data, at: At, b: FloatArray, *, exact: bool, restricted: bool) -> Marginal:
    """The marginal likelihood of rows, which are sets of all n patients one after the other where restricted.

    ``exact`` : second derivatives as they are (Laplace) instead of expected (FOCE).
    """
    b = modes(data, at, b)
    f = bent(data, at, b)
    t, root, a = f.t, at.root, f.gradient
    back = np.swapaxes(root, -1, -2)
    curvature = f.exact if exact else f.expected
    hessian, inner = _between(root, curvature), _between(root, f.exact)
    sign, logarithm = np.linalg.slogdet(hessian)
    if np.any(sign <= 0):  # no maximum by exact derivatives: the expected are positive
        bad = sign <= 0
        hessian[bad] = _between(root, f.expected)[bad]
        logarithm[bad] = np.linalg.slogdet(hessian[bad])[1]
    value = t.loss.sum(-1) + 0.5 * (b**2).sum(-1) + 0.5 * logarithm
    value = value + 0.5 * np.log(2 * np.pi) * data.there[at.rows].sum(-1)
    inverse = inverted(hessian)
    middle = root @ inverse @ back
    by_root = curvature @ root @ inverse
    if exact:
        tau, by_s = _by_exact(data, at, f, middle)
    else:
        tau, by_s = _by_expected(f, middle)
    if restricted:
        more, information = _restricted(data, at, f, root @ inverted(_between(root, f.expected)) @ back)
        value = value + more / len(data)
        p_m, k, n = information
        tau_r, by_s_r = _by_expected(f, p_m @ n @ np.swapaxes(p_m, -1, -2))
        tau, by_s = tau + tau_r, by_s + by_s_r
        by_root = by_root - k @ n @ k @ root
    q = (inverted(inner) @ (back @ tau[..., None]))[..., 0]
    implicit = (f.exact @ (root @ q[..., None]))[..., 0]
    by_center = f.u + tau - implicit
    by_root = by_root + by_center[..., None] * b[:, None, :] - f.u[..., None] * q[:, None, :]
    along = (a @ (root @ q[..., None]))[..., 0]
    by_log_ab = t.loss_s.sum(-1) + by_s - (t.g_s * along).sum(-1)
    return Marginal(value, by_center, by_root, by_log_ab.T, b, f)


def _by_expected(f: Bent, middle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of tr(middle x expected)/2: (B, P) derivative by phi, (2, B) by ln a and ln b."""
    turned = f.gradient @ middle
    height = (turned * f.gradient).sum(-1)
    tau = 0.5 * ((f.t.w1 * height)[..., None] * f.gradient).sum(1)
    if f.curved is not None:
        tau = tau + (f.curved @ (f.t.w[..., None] * turned)[..., None])[..., 0].sum(1)
    return tau, 0.5 * (f.t.w_s * height).sum(-1)


def _by_exact(data: Data, at: At, f: Bent, middle: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of tr(middle x exact)/2, as above; third derivatives by differences along middle's axes."""
    turned = f.gradient @ middle
    height = (turned * f.gradient).sum(-1)
    tau = 0.5 * ((f.t.g3 * height)[..., None] * f.gradient).sum(1)
    by_s = 0.5 * (f.t.g2_s * height).sum(-1)
    if f.curved is None:
        return tau, by_s
    tau = tau + (f.curved @ (f.t.g2[..., None] * turned)[..., None])[..., 0].sum(1)
    trace = (f.curved * middle[:, None]).sum((-1, -2))
    tau = tau + 0.5 * ((f.t.g2 * trace)[..., None] * f.gradient).sum(1)
    by_s = by_s + 0.5 * (f.t.g_s * trace).sum(-1)
    size, axes = np.linalg.eigh(middle)
    for d in range(size.shape[-1]):
        step = THIRD * axes[..., d]
        up = data.derivatives(f.phi + step, at.rows, second=False)[1]
        down = data.derivatives(f.phi - step, at.rows, second=False)[1]
        third = (up - 2 * f.gradient + down) / THIRD**2
        tau = tau + 0.5 * size[:, d, None] * (f.t.g[..., None] * third).sum(1)
    return tau, by_s


def _restricted(
    data: Data, at: At, f: Bent, middle: FloatArray
) -> tuple[FloatArray, tuple[FloatArray, FloatArray, FloatArray]]:
    """ln|sum X' K X|/2 of each set, on its rows (B,); and (B, P, P) 1 - middle G, K, and X (sum)^-1 X'."""
    k_all, p, fixed = f.expected.shape[-1], data.design.shape[1], data.design.shape[2]
    design = np.pad(data.design[at.rows], ((0, 0), (0, k_all - p), (0, 0)))
    p_m = np.eye(k_all) - middle @ f.expected
    k = f.expected @ p_m
    each = np.swapaxes(design, -1, -2) @ k @ design
    total = each.reshape(-1, len(data), fixed, fixed).sum(1)
    total = total + 1e-300 * np.eye(fixed)
    with np.errstate(divide="ignore"):
        logarithm = np.linalg.slogdet(total)[1]
    logarithm = np.where(np.isfinite(logarithm), logarithm, -1e3)
    inverse = np.repeat(np.linalg.pinv(total, hermitian=True), len(data), axis=0)
    n = design @ inverse @ np.swapaxes(design, -1, -2)
    return np.repeat(0.5 * logarithm, len(data)), (p_m, k, n)
