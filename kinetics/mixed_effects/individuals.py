"""Each patient's own parameters and area, given the population: modes, and what is known of them.

What few points and the population leave open of an area isn't normal (one point leaves a bent ridge of
amplitude and rate), and the population's estimates are uncertain themselves, its spreads most of all in small
cohorts. Both are drawn: estimates by the cohort's likelihood (normal about its mode in the logarithms of
spreads, each draw weighted by the likelihood over that normal; priors flat in typical logarithms and in
spreads), then patients' parameters for these estimates. The numbers drawn are Sobol's from a fixed start: the
same data give the same digits. To first order that is the variance of Kass & Steffey (J Am Stat Assoc
1989;84:717), posterior + J Cov J': the parameters' covariance, whose second part patients share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.mixed_effects.likelihood.estimates import STEP, Layout, Search, semiroot
from kinetics.mixed_effects.likelihood.marginal import At, Bent, Data, bent, inverted, loss, modes
from kinetics.models import Model

#: Numbers that all draws together may take in the largest array; draws a patient: at least, at most, and at
#: most where there is but one.
DRAWN_NUMBERS, FEWEST, MOST, MOST_OF_ONE = 1_000_000, 256, 1024, 2048
#: Draws of estimates are this much wider than their normal approximation.
WIDER = 1.2
#: Least second derivative of -log posterior (by logarithms) that the draws of estimates are made with.
LEAST_CURVED = 0.3
#: Draws that must count at least, beside two an estimate, for their weights to say how estimates spread.
FEWEST_COUNT = 20
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
    Response; ``spread`` how the estimates were drawn, by the draws' weights where they have some.
    """

    b: FloatArray
    phi: FloatArray
    posterior: FloatArray
    by_estimates: FloatArray
    bent: Bent
    log_areas: FloatArray | None
    weights: FloatArray | None
    spread: Spread


def known(
    data: Data, layout: Layout, estimated: Estimated, spread: Spread, b: FloatArray, lambdas: FloatArray
) -> Known:
    """Modes of patients, and what is known about them; b (n, D) where the search for the modes begins."""
    psi, p = estimated.psi, data.design.shape[1]
    at = layout.at(data, psi[None])
    b = modes(data, at, b)
    f = bent(data, at, b)
    posterior = at.root @ _inverse(at, f) @ np.swapaxes(at.root, -1, -2)
    by_estimates = _by_estimates(data, layout, estimated, b)
    areas, weights = None, None
    if isinstance(data.function.model, Model):
        areas, weights, spread = _drawn(data, layout, spread, b, lambdas, data.function.model)
    return Known(b, f.phi[:, :p], posterior[:, :p, :p], by_estimates, f, areas, weights, spread)


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
    ``search`` where draws are weighted by a cohort's likelihood, else None.
    """

    psi: FloatArray
    covariance: FloatArray
    logarithmic: list[int]
    search: Search | None = None

    def drawn(self, numbers: FloatArray) -> tuple[FloatArray, FloatArray]:
        """(M, E) rows from standard normal numbers (M, E), and (M,) -log density but for a constant."""
        size, axes = np.linalg.eigh(self.covariance)
        moved = numbers @ (axes * np.sqrt(np.maximum(size, 0.0))).T
        psi = self.psi + moved
        k = self.logarithmic
        psi[:, k] = self.psi[k] * np.exp(moved[:, k])
        return psi, 0.5 * (numbers[:, size > 0] ** 2).sum(-1)

    def weighted(self, psi: FloatArray, weight: FloatArray, logs: list[int]) -> Spread:
        """The normal of the mean and covariance of weighted draws; without the weights where few count.

        ``logs`` : places of ln a and ln b.
        """
        share = weight / weight.sum()
        if 1.0 / float(share @ share) < FEWEST_COUNT + 2 * len(self.psi):
            return Spread(self.psi, self.covariance / WIDER**2, self.logarithmic)
        rows = psi.copy()
        rows[:, self.logarithmic] = np.log(psi[:, self.logarithmic])
        mean = share @ rows
        covariance = (rows - mean).T @ (share[:, None] * (rows - mean))
        covariance = np.where(self.covariance != 0, covariance, 0.0)
        for k in np.flatnonzero(np.diag(covariance) > UNSURE**2):
            if k in self.logarithmic:  # may be 0 as well: on both sides of 0
                mean[k], variance = 0.0, float(share @ psi[:, k] ** 2)
            elif k in logs:  # down to nothing: as far up as half of the draws' upper half
                order = np.argsort(rows[:, k])
                at = np.interp([0.5, 0.84], np.cumsum(share[order]), rows[order, k])
                mean[k], variance = at[0], float(at[1] - at[0]) ** 2
            else:
                continue
            covariance[k], covariance[:, k] = 0.0, 0.0
            covariance[k, k] = variance
        kept = [k for k in self.logarithmic if mean[k] != 0.0]
        mean[kept] = np.exp(mean[kept])
        return Spread(mean, covariance, kept)


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


def cohort_spread(search: Search, psi: FloatArray, b: FloatArray) -> Spread:
    """By the cohort's likelihood, with priors flat in typical logarithms and in the spreads themselves."""
    roots, _ = search.layout.spreads()
    lower = search.lower.copy()
    lower[roots] = 1e-4 * search.scale[roots]
    flat = replace(search, restricted=False, flat=True, lower=lower)
    start = psi.copy()
    start[roots] = np.maximum(start[roots], 0.05 * search.scale[roots])
    mode, b, _, _ = flat.run(start, b, most_steps=30)
    scale = np.ones(mode.size)
    scale[roots] = mode[roots]
    free = (mode > lower) & (mode < search.upper)
    hessian = flat.hessian(mode, b)[np.ix_(free, free)] * np.outer(scale[free], scale[free])
    size, axes = np.linalg.eigh(hessian)
    inverse = 1.0 / np.clip(size, LEAST_CURVED, None)
    covariance = np.zeros((mode.size, mode.size))
    covariance[np.ix_(free, free)] = WIDER**2 * (axes * inverse) @ axes.T
    return Spread(mode, covariance, [k for k in roots if free[k]], flat)


def _drawn(
    data: Data, layout: Layout, spread: Spread, b: FloatArray, lambdas: FloatArray, model: Model
) -> tuple[FloatArray, FloatArray, Spread]:
    """(n, M) logarithms of areas, the draws' weights, and how the estimates spread by these."""
    n, p, e, d = len(data), data.design.shape[1], len(spread.psi), b.shape[-1]
    each = n * data.value.shape[1] * (p + data.shared.shape[2]) ** 2
    m = int(2 ** np.floor(np.log2(np.clip(DRAWN_NUMBERS / each, FEWEST, MOST if n > 1 else MOST_OF_ONE))))
    numbers = _numbers(e + d + data.value.shape[1], m)
    psi, density = spread.drawn(numbers[:, :e])
    search = spread.search
    if search is not None:
        psi = np.clip(psi, search.lower, search.upper)
    at = layout.at(data, psi)
    found = modes(data, at, np.tile(b, (m, 1)))
    f = bent(data, at, found)
    outer = np.ones((m, 1))
    if search is not None:
        curvature = f.exact if search.exact else f.expected
        hessian = np.swapaxes(at.root, -1, -2) @ curvature @ at.root + np.eye(at.root.shape[-1])
        sign, logarithm = np.linalg.slogdet(hessian)
        value = np.where(sign > 0, loss(data, at, found) + 0.5 * logarithm, np.inf).reshape(m, n).sum(1)
        roots, logs = layout.spreads()
        value = value - np.log(np.abs(psi[:, roots])).sum(-1) - psi[:, logs].sum(-1) - density
        outer = np.exp(-np.clip(value - value.min(), 0, 700))[:, None]
        outer = np.minimum(outer, outer.mean() * np.sqrt(m))  # truncated: Ionides 2008
    drawn = _settled(data, at, _moved(data, at, found, f, numbers[:, e:]), _inverse(at, f), m)
    theta = data.function.natural(at.phi(drawn)[:, :p])
    area = model.area(theta, np.tile(lambdas, m)[:, None])
    there = np.isfinite(area) & (area > 0)
    logs_ = np.log(np.where(there, area, 1.0)).reshape(m, n)
    drawn_by = spread if search is None else spread.weighted(psi, outer[:, 0], layout.spreads()[1])
    return logs_.T, (there.reshape(m, n) * outer).T, drawn_by


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


def _settled(data: Data, at: At, b: FloatArray, covariance: FloatArray, m: int) -> FloatArray:
    """(B, D) the same after steps of Metropolis towards the true density, by equal numbers for all."""
    d, n = b.shape[-1], len(data)
    if not d:
        return b
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
    return b


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
