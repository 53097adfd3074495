"""Draws of a cohort's estimates and areas: by chains that start near the likelihood's maximum where these
settle at once, else from the prior on.

Chains settle where groups that start at different places agree (nested R-hat: Margossian et al., Bayesian
Anal 2024, on many short chains). Where they don't, or the maximum lies at the edge of what times and values
could show, the points don't determine the estimates: sets that fit alike are then drawn along the whole range
that the likelihood leaves, and the estimates that are given are those of the set whose patients' areas are
nearest to all draws' medians, of the sets whose typical parameters lie within their 95 % intervals. All
numbers drawn are from a fixed start: the same data give the same digits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.annealed import ISLANDS, annealed
from kinetics.mixed_effects.draws.chains import Chains
from kinetics.mixed_effects.draws.integrated import about
from kinetics.mixed_effects.draws.near import GROUPS, WIDER, cohort_spread, near
from kinetics.mixed_effects.draws.target import Target
from kinetics.mixed_effects.individuals import Spread, spread_of
from kinetics.mixed_effects.likelihood.estimates import Layout, Search, semiroot
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.models import Model

#: Sweeps before draws are kept, by turns after which the archive is renewed; draws kept of a chain, and
#: sweeps from one to the next; archive from so many draws of every chain.
BEFORE, KEPT, EVERY, ARCHIVED = (10, 20, 30), 24, 6, 4
#: The same after annealing, where the places are right from the start.
AFTER_ANNEALING, KEPT_THEN, EVERY_THEN = (10, 20), 8, 5
#: Groups agree below the first; areas of groups that don't, below the second, aren't settled.
AGREE, SETTLED = 1.1, 1.4
#: SD of a typical logarithm, about the maximum or by draws, above which the points don't determine it.
UNDETERMINED = 0.4
#: Sets of estimates that a population keeps where they aren't determined.
SETS_KEPT = 128


@dataclass(frozen=True)
class Drawn:
    """Draws from a cohort's posterior.

    ``psi`` (M, E), exponentials that may change places listed by their typical rates; ``log_areas`` (n, M);
    ``spread`` how the estimates spread; ``determined`` whether the points determine the estimates;
    ``disagreement`` of the groups' areas, 1 where there is none; ``chosen`` (E,) the set that is given where
    they aren't determined, else None.
    """

    psi: FloatArray
    log_areas: FloatArray
    spread: Spread
    determined: bool
    disagreement: float
    chosen: FloatArray | None

    @property
    def settled(self) -> bool:
        """Whether the draws of the areas are the same wherever they began."""
        return self.disagreement < SETTLED


def drawn(
    data: Data, model: Model, search: Search, psi: FloatArray, b: FloatArray, lambdas: FloatArray,
    *, at_edge: bool,
) -> Drawn:  # fmt: skip
    """Draws of a cohort's estimates and areas; psi (E,), b (n, D) the likelihood's maximum, its modes.

    ``at_edge`` : whether the maximum lies on a bound.
    """
    layout = search.layout
    lower = search.lower.copy()
    lower[layout.spreads()[0]] = 0.0
    decay, interval = float(np.mean(lambdas)), _shortest(data)
    target = Target(data, model, layout, lower, search.upper, decay, interval)
    rng = np.random.default_rng(22)
    typical = [k for k in range(len(layout.parameters)) if not data.function.normal[k]]
    about_maximum = cohort_spread(search, psi, b)
    open_ = at_edge or _widest(np.diag(about_maximum.covariance)[typical] / WIDER**2) > UNDETERMINED
    if not open_ or not target.bounded:
        chains, first = near(target, about_maximum, b, rng)
        rows, deviations = _run(chains, first, BEFORE, KEPT, EVERY)
        logs = _log_areas(target, rows, deviations, lambdas)
        worst = max(_disagreement(logs, GROUPS), _disagreement(_steps(target, rows), GROUPS))
        found = _of(target, rows, logs, GROUPS)
        wide = _widest(found.psi[:, typical].var(0))
        if (worst < AGREE and wide < UNDETERMINED) or not target.bounded:
            return found
    sets = annealed(target, rng)
    start = about(sets.found, rng.normal(size=sets.found.b.shape))
    chains = Chains(target, sets.psi, start, rng)
    rows, deviations = _run(chains, [(sets.psi, start)], AFTER_ANNEALING, KEPT_THEN, EVERY_THEN)
    logs = _log_areas(target, rows, deviations, lambdas)
    found = _of(target, rows, logs, ISLANDS)
    modes = _log_areas(target, sets.psi[None], sets.found.b[None], lambdas)[0]
    middle = np.median(logs.reshape(-1, len(data)), axis=0)
    each = _ordered(layout, model, sets.psi)
    chosen = each[np.argmin(((modes - middle) ** 2).sum(-1) + _far(each, found.psi, len(layout.parameters)))]
    last = found.psi[-len(sets.psi) :]  # one of every chain: chains hardly move along what fits alike
    spread = replace(found.spread, rows=last[:: max(1, len(last) // SETS_KEPT)])
    return replace(found, determined=False, chosen=chosen, spread=spread)


def _far(psi: FloatArray, draws: FloatArray, p: int) -> FloatArray:
    """(C,) infinite for sets with a typical parameter out of the draws' 95 % interval, where not all are.

    Areas that patients' own points determine say next to nothing of which set is in the middle.
    """
    low, high = np.quantile(draws[:, :p], [0.025, 0.975], axis=0)
    inside = ((psi[:, :p] >= low) & (psi[:, :p] <= high)).all(1)
    return np.where(inside | ~inside.any(), 0.0, np.inf)


def _widest(variances: FloatArray) -> float:
    """The largest SD, 0 of none."""
    return float(np.sqrt(max(variances, default=0.0)))


def _shortest(data: Data) -> float:
    """Shortest time from administration to a sample, or between two samples of a patient, h."""
    gaps = np.diff(np.sort(np.where(data.there > 0, data.time_h, 0.0), axis=1), axis=1, prepend=0.0)
    return float(gaps[gaps > 0].min())


def _run(
    chains: Chains, first: list[tuple[FloatArray, FloatArray]], before: tuple[int, ...], kept: int, every: int
) -> tuple[FloatArray, FloatArray]:
    """(S, C, E) estimates and (S, C, n, D) deviations; ``first`` what the first archive is of."""
    archive = chains.archive(first)
    for sweeps in before:
        states = []
        for k in range(sweeps):
            chains.sweep(archive)
            if (k + 1) % max(sweeps // ARCHIVED, 1) == 0:
                states.append((chains.state.psi, chains.state.b))
        archive = chains.archive(states)
    draws = []
    for k in range(kept * every):
        chains.sweep(archive)
        if (k + 1) % every == 0:
            draws.append((chains.state.psi, chains.state.b))
    psi, b = zip(*draws, strict=True)
    return np.array(psi), np.array(b)


def _steps(target: Target, rows: FloatArray) -> FloatArray:
    """(S, C, E) estimates as steps are taken in them, labels in order."""
    s, c, e = rows.shape
    return target.up(_ordered(target.layout, target.model, rows.reshape(-1, e))).reshape(s, c, e)


def _log_areas(target: Target, rows: FloatArray, b: FloatArray, lambdas: FloatArray) -> FloatArray:
    """(S, C, n) logarithms of areas."""
    found = []
    for psi, own in zip(rows, b, strict=True):
        theta = target.data.function.natural(target.phi(psi, own))
        area = target.model.area(theta, np.broadcast_to(lambdas[:, None], (*theta.shape[:2], 1)))
        found.append(np.log(np.maximum(area, 1e-300)))
    return np.array(found)


def _disagreement(draws: FloatArray, groups: int) -> float:
    """Nested R-hat of the worst of K quantities, draws (S, C, K) of chains that are in groups."""
    s, c, k = draws.shape
    own = draws.reshape(s, groups, c // groups, k)
    between = own.mean((0, 2)).var(0, ddof=1)
    chains = own.mean(0)
    within = chains.var(1, ddof=1).mean(0) + own.var(0, ddof=1).mean((0, 1))
    return float(np.sqrt(1.0 + (between / np.maximum(within, 1e-300)).max()))


def _ordered(layout: Layout, model: Model, psi: FloatArray) -> FloatArray:
    """Estimates with exponentials that may change places listed fastest first."""
    if not model.exchange or layout.n_fixed > len(layout.parameters):
        return psi
    if len(layout.random) not in (0, len(layout.parameters)):
        return psi
    psi = psi.copy()
    p = len(layout.parameters)
    for i, row in enumerate(psi):
        order = model.order(row[:p])
        if order == list(range(p)):
            continue
        root = layout.root(row[None])[0]
        row = row.copy()
        row[:p] = row[order]
        if layout.random:
            turned = semiroot((root @ root.T)[np.ix_(order, order)])
            row[layout.n_fixed : layout.n_fixed + len(layout.elements)] = [
                turned[q, layout.random[d]] for q, d in layout.elements
            ]
        psi[i] = row
    return psi


def _of(target: Target, rows: FloatArray, logs: FloatArray, groups: int) -> Drawn:
    """Draws of all chains together."""
    psi = _ordered(target.layout, target.model, rows.reshape(-1, rows.shape[-1]))
    spread = spread_of(psi, target.roots, target.logs)
    return Drawn(
        psi, logs.reshape(-1, logs.shape[-1]).T, spread, True, _disagreement(logs, groups), None
    )  # fmt: skip
