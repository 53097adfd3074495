"""Each patient's own parameters and area, given the population: modes, and what is known of them.

What few points and the population leave open of an area isn't normal (one point leaves a bent ridge of
amplitude and rate), and the population's estimates are uncertain themselves, its spreads most of all in small
cohorts. Both are drawn: for a cohort together (:mod:`kinetics.mixed_effects.draws`), for a patient to come
here, estimates by what their cohort left of them, then the patient's parameters for these. The numbers drawn
are Sobol's from a fixed start: the same data give the same digits. To first order that is the variance of
Kass & Steffey (J Am Stat Assoc 1989;84:717), posterior + J Cov J': the parameters' covariance, whose second
part patients share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.mixed_effects.likelihood.estimates import STEP, Layout, semiroot
from kinetics.mixed_effects.likelihood.marginal import At, Bent, Data, bent, inverted, loss, modes
from kinetics.models import Model

#: Numbers that all draws together may take in the largest array; draws a patient: at least, at most, and at
#: most where there is but one.
DRAWN_NUMBERS, FEWEST, MOST, MOST_OF_ONE = 1_000_000, 256, 1024, 2048
#: A spread, a or b whose logarithm is less sure than this may as well be 0.
UNSURE = 0.5
#: Metropolis: steps, and their length in standard deviations (over the root of the dimension).
METROPOLIS_STEPS, METROPOLIS_STEP = 8, 2.0


@dataclass(frozen=True)
class Estimated:
    """The estimates (E,), their covariance (E, E), and what a step of 1 is in each (E,)."""

    psi: FloatArray
    covariance: FloatArray
    scale: FloatArray


@dataclass(frozen=True)
class Known:
    """What is known of n patients, given the population.

    ``phi`` (n, P) at the mode; ``posterior`` (n, P, P) given the estimates; ``by_estimates`` (n, P, E) what
    the estimates do to phi; ``bent`` the function there; ``log_areas``, ``weights`` (n, M) draws, None for a
    Response.
    """

    b: FloatArray
    phi: FloatArray
    posterior: FloatArray
    by_estimates: FloatArray
    bent: Bent
    log_areas: FloatArray | None
    weights: FloatArray | None


def known(
    data: Data, layout: Layout, estimated: Estimated, spread: Spread | FloatArray | None, b: FloatArray,
    lambdas: FloatArray,
) -> Known:  # fmt: skip
    """Modes of patients, and what is known about them; b (n, D) where the search for the modes begins.

    ``spread`` : how the estimates spread, to draw areas with; or (n, M) logarithms of areas that were drawn
    with the whole cohort; None for a Response.
    """
    psi, p = estimated.psi, data.design.shape[1]
    at = layout.at(data, psi[None])
    b = modes(data, at, b)
    f = bent(data, at, b)
    posterior = at.root @ _inverse(at, f) @ np.swapaxes(at.root, -1, -2)
    by_estimates = _by_estimates(data, layout, estimated, b)
    areas, weights = None, None
    if isinstance(spread, Spread) and isinstance(data.function.model, Model):
        areas, weights = _drawn(data, layout, spread, b, lambdas, data.function.model)
    elif isinstance(spread, np.ndarray):
        areas, weights = spread, np.ones(spread.shape)
    return Known(b, f.phi[:, :p], posterior[:, :p, :p], by_estimates, f, areas, weights)


def _inverse(at: At, f: Bent) -> FloatArray:
    """(B, D, D) covariance of the deviations: exact curvature where that is a maximum's, else expected."""
    back = np.swapaxes(at.root, -1, -2)
    one = np.eye(at.root.shape[-1])
    hessian = back @ f.exact @ at.root + one
    if hessian.shape[-1]:
        bad = ~(np.linalg.eigvalsh(np.where(np.isfinite(hessian), hessian, 0.0))[:, 0] > 0.05)
        hessian[bad] = (back @ f.expected @ at.root + one)[bad]
    return inverted(hessian)


def _by_estimates(data: Data, layout: Layout, estimated: Estimated, b: FloatArray) -> FloatArray:
    """(n, P, E) derivative of the parameters at the modes by the estimates, by central differences."""
    n, p, e = len(data), data.design.shape[1], len(estimated.psi)
    if not estimated.covariance.any():
        return np.zeros((n, p, e))
    steps = np.diag(STEP * estimated.scale)
    at = layout.at(data, np.concatenate([estimated.psi + steps, estimated.psi - steps]))
    found = at.phi(modes(data, at, np.tile(b, (2 * e, 1)))).reshape(2, e, n, -1)[..., :p]
    rise = (found[0] - found[1]) / (2 * STEP * estimated.scale[:, None, None])
    return np.asarray(np.moveaxis(rise, 0, -1), dtype=np.float64)


def _numbers(dimension: int, n: int) -> FloatArray:
    """(n, dimension) standard normal numbers: Sobol's, always the same."""
    from scipy.special import ndtri
    from scipy.stats import qmc

    drawn = qmc.Sobol(dimension, rng=np.random.default_rng(20)).random(n)
    return np.asarray(ndtri(np.clip(drawn, 1e-12, 1 - 1e-12)), dtype=np.float64)


@dataclass(frozen=True)
class Spread:
    """How the estimates themselves may be.

    Normal about ``psi`` (E,) with ``covariance`` (E, E), spreads (places ``logarithmic``) by their logarithm;
    or, where ``rows`` (K, E) are there, one of these as well as another.
    """

    psi: FloatArray
    covariance: FloatArray
    logarithmic: list[int]
    rows: FloatArray | None = None

    def drawn(self, numbers: FloatArray) -> FloatArray:
        """(M, E) rows from standard normal numbers (M, E)."""
        if self.rows is not None:
            return np.asarray(self.rows[np.arange(len(numbers)) % len(self.rows)], dtype=np.float64)
        size, axes = np.linalg.eigh(self.covariance)
        moved = numbers @ (axes * np.sqrt(np.maximum(size, 0.0))).T
        psi: FloatArray = self.psi + moved
        k = self.logarithmic
        psi[:, k] = self.psi[k] * np.exp(moved[:, k])
        return psi


def spread_of(psi: FloatArray, roots: list[int], logs: list[int]) -> Spread:
    """The normal by draws (M, E) of estimates; ``roots``, ``logs`` places of spreads, of ln a and ln b.

    A spread that may as well be 0 is normal about 0, on both sides; an a or b that may be nothing spreads as
    far as half of its draws' upper half.
    """
    rows, logarithmic = psi.copy(), list(roots)
    rows[:, roots] = np.log(psi[:, roots])
    mean, covariance = rows.mean(0), np.atleast_2d(np.cov(rows.T))
    for k in np.flatnonzero(np.diag(covariance) > UNSURE**2):
        if k in roots:
            mean[k], variance = 0.0, float((psi[:, k] ** 2).mean())
            logarithmic.remove(int(k))
        elif k in logs:
            mean[k], upper = np.quantile(rows[:, k], [0.5, 0.84])
            variance = float(upper - mean[k]) ** 2
        else:
            continue
        covariance[k], covariance[:, k] = 0.0, 0.0
        covariance[k, k] = variance
    mean[logarithmic] = np.exp(mean[logarithmic])
    return Spread(mean, covariance, logarithmic)


def normal_spread(layout: Layout, estimated: Estimated) -> Spread:
    """By the estimates' covariance: spreads that are known to within a half by their logarithm."""
    covariance, logarithmic = estimated.covariance.copy(), []
    for k in layout.spreads()[0]:
        own = float(estimated.psi[k])
        if own > 0 and covariance[k, k] < (0.5 * own) ** 2:
            covariance[k] /= own
            covariance[:, k] /= own
            logarithmic.append(k)
    return Spread(estimated.psi, covariance, logarithmic)


@np.errstate(over="ignore", invalid="ignore", divide="ignore")
def _drawn(
    data: Data, layout: Layout, spread: Spread, b: FloatArray, lambdas: FloatArray, model: Model
) -> tuple[FloatArray, FloatArray]:
    """(n, M) logarithms of areas, and the draws' weights: 0 where there is no area, or no density.

    Estimates that are far off (a given population may state any spread) can leave a draw where values have no
    density at all: steps never leave from there, and it counts only where a patient has no other.
    """
    n, p, e, d = len(data), data.design.shape[1], len(spread.psi), b.shape[-1]
    each = n * data.value.shape[1] * (p + data.shared.shape[2]) ** 2
    m = int(2 ** np.floor(np.log2(np.clip(DRAWN_NUMBERS / each, FEWEST, MOST if n > 1 else MOST_OF_ONE))))
    numbers = _numbers(e + d + data.value.shape[1], m)
    at = layout.at(data, spread.drawn(numbers[:, :e]))
    found = modes(data, at, np.tile(b, (m, 1)))
    f = bent(data, at, found)
    moved = _moved(data, at, found, f, numbers[:, e:])
    drawn, height = _settled(data, at, moved, _inverse(at, f), m)
    theta = data.function.natural(at.phi(drawn)[:, :p])
    area = model.area(theta, np.tile(lambdas, m)[:, None])
    there = (np.isfinite(area) & (area > 0)).reshape(m, n)
    likely = there & np.isfinite(height).reshape(m, n)
    counts = np.where(likely.any(0), likely, there)
    logs = np.log(np.where(there, area.reshape(m, n), 1.0))
    return logs.T, counts.T.astype(np.float64)


def _moved(data: Data, at: At, found: FloatArray, f: Bent, numbers: FloatArray) -> FloatArray:
    """(B, D) deviations drawn about the modes: those most probable for moved values and moved prior means.

    Exact where the function is linear, and along the bent ridges that few points leave (randomised maximum
    likelihood: Oliver, He & Reynolds 1996; Bardsley et al., SIAM J Sci Comput 2014;36:A1895). Values are
    replaced by those of constant variance that have the same mode and the same expected curvature there.
    """
    n, d = len(data), found.shape[-1]
    w = np.where(f.t.w > 0, f.t.w, 1.0)
    z = np.repeat(numbers, n, axis=0)
    values = f.fitted - f.t.g / w + z[:, d:] / np.sqrt(w)
    own = replace(
        data.taking(at.rows), value=values, known=1.0 / w, unit=np.zeros_like(w)
    )  # fmt: skip
    moved = At(at.phi(z[:, :d]), at.root, np.full_like(at.log_ab, -np.inf), np.arange(len(z)))
    return z[:, :d] + modes(own, moved, found - z[:, :d])


def _settled(
    data: Data, at: At, b: FloatArray, covariance: FloatArray, m: int
) -> tuple[FloatArray, FloatArray]:
    """(B, D) the same after steps of Metropolis towards the true density, by equal numbers for all.

    And (B,) -log of that density there, infinite where there is none.
    """
    d, n = b.shape[-1], len(data)
    if not d:
        return b, np.zeros(len(b))
    rng = np.random.default_rng(21)
    size, axes = np.linalg.eigh(covariance)
    root = axes * np.sqrt(np.maximum(size, 0.0))[:, None, :] * (METROPOLIS_STEP / np.sqrt(d))
    height = loss(data, at, b)
    for _ in range(METROPOLIS_STEPS):
        z, u = np.repeat(rng.normal(size=(m, d)), n, axis=0), np.repeat(rng.random(m), n)
        trial = b + (root @ z[..., None])[..., 0]
        new = loss(data, at, trial)
        taken = np.log(u) < height - new
        b, height = np.where(taken[:, None], trial, b), np.where(taken, new, height)
    return b, height


def turned(curve: Curve, data: Data, found: Known, layout: Layout, psi: FloatArray, i: int) -> FloatArray:
    """(P, P) what it adds to a patient's covariance that all values were divided by one reading.

    The likelihood takes readings as independent, as every fit does; the divisor's error is in all of them.
    """
    p = data.design.shape[1]
    if curve.normalised_at_h is None:
        return np.zeros((p, p))
    one = data.taking(np.array([i]))
    at = layout.at(one, psi[None])
    f = bent(one, at, found.b[i : i + 1])
    middle = (at.root @ _inverse(at, f) @ np.swapaxes(at.root, -1, -2))[0, :p]
    m = len(curve)
    gain = middle @ (f.gradient[0] / f.t.variance[0][:, None]).T[:, :m]
    variance = f.t.variance[0, :m] + (data.shared[i, :m] ** 2).sum(-1)
    whole = replace(curve, common_sd=None).error_factors(variance, scale=False)
    both = gain @ whole
    return np.asarray(both @ both.T - gain @ np.diag(variance) @ gain.T, dtype=np.float64)


def shared_directions(covariance: FloatArray, names: Sequence[str]) -> tuple[FloatArray, list[str]]:
    """(E, r) columns c with covariance = c c', and names: independent errors that all patients share."""
    root = semiroot(covariance)
    kept = [k for k in range(len(names)) if root[:, k].any()]
    return root[:, kept], [f"population: {names[k]}" for k in kept]


def weighted_moments(values: FloatArray, weights: FloatArray, about: float) -> float:
    """Root mean square of weighted draws about a number."""
    return float(np.sqrt(weights @ (values - about) ** 2 / weights.sum()))
