"""Where chains begin: about the maximum of the likelihood."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.chains import Chains
from kinetics.mixed_effects.draws.integrated import about, integrated
from kinetics.mixed_effects.draws.target import Target
from kinetics.mixed_effects.individuals import Spread
from kinetics.mixed_effects.likelihood.estimates import Search

#: Groups of chains that start at one place, and chains in a group; draws of the first archive.
GROUPS, OF_GROUP, FIRST = 8, 8, 64
#: The places are this much wider than the normal approximation.
WIDER = 1.2
#: Least second derivative of -log posterior (by logarithms) that the places are drawn with.
LEAST_CURVED = 0.3
#: Smallest spread that a chain starts with.
SMALLEST = 1e-6


def near(
    target: Target, spread: Spread, b: FloatArray, rng: np.random.Generator
) -> tuple[Chains, list[tuple[FloatArray, FloatArray]]]:
    """Chains in groups that start at one set of estimates each, and what their first archive is of."""
    rows = spread.drawn(rng.normal(size=(FIRST, len(spread.psi))))
    rows = np.clip(rows, target.lower, target.upper)
    rows[:, target.roots] = np.maximum(rows[:, target.roots], SMALLEST)
    found = integrated(target, rows, b)
    archived = about(found, rng.normal(size=found.b.shape))
    own = np.repeat(np.arange(GROUPS), OF_GROUP)
    begin = about(found.taking(own), rng.normal(size=(own.size, *found.b.shape[1:])))
    return Chains(target, rows[own], begin, rng), [(rows, archived)]


def cohort_spread(search: Search, psi: FloatArray, b: FloatArray) -> Spread:
    """The normal about the likelihood's maximum, with priors flat in typical logarithms and in spreads."""
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
    return Spread(mode, covariance, [k for k in roots if free[k]])
