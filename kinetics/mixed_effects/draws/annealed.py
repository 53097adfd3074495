"""Where among the estimates the posterior is, from the prior on: for cohorts that don't determine them.

Sequential Monte Carlo over the estimates (Del Moral, Doucet & Jasra, J R Stat Soc B 2006;68:411): sets drawn
from the prior are weighted by a growing power of the likelihood, resampled, and moved along differences of
one another. No start and no mode is preferred, and a ridge of estimates that fit alike is filled along its
whole length. The sets are of several islands that exchange no copies: where these agree, the draws have
settled.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.integrated import Integrated, integrated
from kinetics.mixed_effects.draws.target import Target

#: Sets in an island at most and at least (powers of 2), islands; patients times sets that aren't exceeded.
MOST, FEWEST, ISLANDS, LARGE = 128, 32, 4, 6000
#: Share of sets that count after a step; moves after a step, and at the end.
COUNT, MOVES, LAST_MOVES = 0.5, 6, 12
#: Shortest move as a share of the usual length; share of moves at a difference's full length.
SHORTEST, FULL = 0.3, 0.15
#: SD of what is added to every move.
JITTER = 1e-4


@dataclass
class Sets:
    """Sets of estimates psi (C, E), their log prior (C,), and their likelihood."""

    psi: FloatArray
    prior: FloatArray
    found: Integrated

    def taking(self, rows: np.ndarray) -> Sets:
        """Some of them."""
        return Sets(self.psi[rows], self.prior[rows], self.found.taking(rows))


def annealed(target: Target, rng: np.random.Generator) -> Sets:
    """Sets of estimates from the posterior with deviations integrated out, island by island."""
    n = len(target.data)
    c = ISLANDS * int(2 ** np.floor(np.log2(np.clip(LARGE / (ISLANDS * n), FEWEST, MOST))))
    psi = target.prior_draws(c, rng)
    sets = Sets(psi, target.by_step(psi), integrated(target, psi, np.zeros((1, target.n_deviations))))
    power = 0.0
    while power < 1.0:
        loss = sets.found.value - sets.found.value.min()
        new = _next(power, loss)
        sets = sets.taking(_resampled(np.exp(-(new - power) * loss), rng))
        power = new
        for _ in range(MOVES if power < 1.0 else LAST_MOVES):
            sets = _moved(target, sets, power, rng)
    return sets


def _next(power: float, loss: FloatArray) -> float:
    """The power of the likelihood at which a share of the sets still counts."""

    def counting(log: float) -> float:
        weight = np.exp(-np.exp(log) * loss)
        return float(weight.sum() ** 2 / (weight**2).sum()) / len(loss)

    low, high = -30.0, float(np.log1p(-power)) if power else 0.0
    if counting(high) >= COUNT:
        return 1.0
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if counting(middle) < COUNT else (middle, high)
    return power + float(np.exp(low))


def _resampled(weight: FloatArray, rng: np.random.Generator) -> np.ndarray:
    """Places of sets drawn by weight within each island, by equal distances."""
    rows, size = [], len(weight) // ISLANDS
    for k in range(ISLANDS):
        share = np.cumsum(weight[k * size : (k + 1) * size])
        share = share / share[-1] if share[-1] > 0 else np.arange(1, size + 1) / size
        at = (np.arange(size) + rng.random()) / size
        rows.append(k * size + np.minimum(np.searchsorted(share, at), size - 1))
    return np.concatenate(rows)


def _moved(target: Target, sets: Sets, power: float, rng: np.random.Generator) -> Sets:
    """A step of Metropolis for every set, along the difference of two others."""
    x = target.up(sets.psi)
    c, e = x.shape
    one = rng.integers(c, size=c)
    two = (one + 1 + rng.integers(c - 1, size=c)) % c
    length = 2.38 / np.sqrt(2 * e) * SHORTEST ** rng.random((c, 1))
    length = np.where(rng.random((c, 1)) < FULL, 1.0, length)
    psi = target.down(x + length * (x[one] - x[two]) + JITTER * rng.normal(size=x.shape))
    prior = target.by_step(psi)
    inside = np.isfinite(prior)
    psi = np.where(inside[:, None], psi, sets.psi)
    found = integrated(target, psi, sets.found.b)
    gain = power * (sets.found.value - found.value) + np.where(inside, prior, 0.0) - sets.prior
    taken = inside & (np.log(rng.random(c)) < gain)
    return Sets(
        np.where(taken[:, None], psi, sets.psi), np.where(taken, prior, sets.prior),
        sets.found.where(taken, found),
    )  # fmt: skip
