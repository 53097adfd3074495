"""Budgets by Monte Carlo: the propagation of distributions of JCGM 101:2008 (GUM, Supplement 1)."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.uncertainty.budget import Budget, MonteCarlo
from dosimetry.uncertainty.inputs import Input, UncertaintyMethod
from dosimetry.uncertainty.propagation.chain import Chain
from dosimetry.uncertainty.propagation.matching import marked
from dosimetry.uncertainty.trials.draws import Draws
from dosimetry.uncertainty.trials.replicas import Replicas

Array = NDArray[np.float64]

#: Trials that share one stream of each error, and are computed together.
BLOCK = 250
#: Trials done, of how many, and seconds left.
TrialProgress = Callable[[int, int, float], None]


def with_monte_carlo(
    found: Sequence[Budget],
    chains: Sequence[Chain],
    weights: Sequence[str],
    method: UncertaintyMethod,
    *,
    executor: Executor | None = None,
    progress: TrialProgress | None = None,
) -> list[Budget]:
    """The budgets with the Monte Carlo beside the first order.

    In each trial every input is drawn by its distribution, once for all that share it; curves, times,
    noise of the points, masses, haematocrit, constants and the half-life of a replica of the patient are
    really changed, and the chain that made the result is run on it: fits, areas, TIACs, S values, doses,
    effective dose. A remainder below 0 is 0. A trial that has no result is left out and counted with its
    reason.

    Parameters
    ----------
    found, chains : of the patients, in one order.
    executor : computes blocks of trials; numbers are the same with any, or none.
    progress : called after each block.

    Raises
    ------
    DosimetryError : a patient of whom no trial has a result.
    """
    sizes = [min(BLOCK, method.monte_carlo - at) for at in range(0, method.monte_carlo, BLOCK)]
    tasks = [(i, block, size) for i in range(len(chains)) for block, size in enumerate(sizes)]
    total, done, began = method.monte_carlo * len(chains), 0, time.monotonic()
    trials: list[list[Array]] = [[] for _ in chains]
    failed: list[dict[str, int]] = [{} for _ in chains]
    inputs = marked(method.inputs)
    args = [(chains[i], inputs, method.seed, block, size, method.rules, weights) for i, block, size in tasks]
    made = map(_block, args) if executor is None else executor.map(_block, args)
    for (i, _, size), (values, reasons) in zip(tasks, made, strict=True):
        trials[i].append(values)
        for reason, n in reasons.items():
            failed[i][reason] = failed[i].get(reason, 0) + n
        done += size
        if progress is not None:
            progress(done, total, (time.monotonic() - began) / done * (total - done))
    return [
        replace(budget, monte_carlo=_summary(budget, np.concatenate(trials[i]), failed[i]))
        for i, budget in enumerate(found)
    ]


Task = tuple[Chain, Sequence[tuple[Input, str]], int, int, int, bool, Sequence[str]]


def _block(task: Task) -> tuple[Array, dict[str, int]]:
    """(K, Q) quantities of one block of one patient's trials, and why trials have none."""
    chain, inputs, seed, block, size, rules, weights = task
    replicas = Replicas(chain, inputs, Draws(seed, block, size), rules, weights)
    return replicas.results(), replicas.failed


def _summary(budget: Budget, trials: Array, failed: dict[str, int]) -> MonteCarlo:
    """Mean, standard deviation and interval of the trials that have a result."""
    good = trials[np.isfinite(trials).all(axis=1)]
    if len(good) < 2:
        listed = "; ".join(f"{reason} ({n})" for reason, n in failed.items())
        raise DosimetryError(f"{budget.patient}: no trial of the Monte Carlo has a result: {listed}")
    tail, n = 0.5 * (1.0 - budget.level), len(good)
    low, high = np.quantile(good, [tail, 1.0 - tail], axis=0)
    # a quantile's standard error is that of its share of the trials, (p (1 - p)/n)^1/2, through the quantiles
    off = min(math.sqrt(tail * (1.0 - tail) / n), tail)
    around = np.quantile(good, [tail - off, tail + off, 1.0 - tail - off, 1.0 - tail + off], axis=0)
    ends = 0.5 * np.stack([around[1] - around[0], around[3] - around[2]])
    u = np.hypot(good.std(axis=0, ddof=1), budget.offset())
    return MonteCarlo(n, good.mean(axis=0), u, low, high, failed, ends)
