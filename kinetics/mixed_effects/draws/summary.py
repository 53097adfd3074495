"""What the draws of a population's posterior say of each estimate: mean, median, interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.draws.posterior import Drawn
from kinetics.mixed_effects.likelihood.estimates import Layout


@dataclass(frozen=True)
class Summary:
    """An estimate by its draws: mean, SD, median, and the limits of the 95 % interval.

    >>> Summary.of(np.arange(101.0)).median
    50.0
    """

    mean: float
    sd: float
    median: float
    low: float
    high: float

    @classmethod
    def of(cls, draws: FloatArray) -> Summary:
        """Of draws (M,)."""
        low, median, high = np.quantile(draws, [0.025, 0.5, 0.975])
        return cls(float(draws.mean()), float(draws.std(ddof=1)), float(median), float(low), float(high))


@dataclass(frozen=True)
class PopulationPosterior:
    """The posterior of a population's estimates, priors as :mod:`kinetics.mixed_effects.draws.target` says.

    Attributes
    ----------
    fixed : parameter -> mean of its logarithm over patients (of itself where normal).
    typical : parameter -> its median over patients.
    sd : parameter -> SD over patients of its logarithm (of itself where normal); those that spread.
    residual : "a", "b", where they are estimated.
    determined : whether the points determine the estimates; where not, the fit's own are a set in the middle.
    disagreement : of the areas between groups of draws that began apart (nested R-hat), 1 for none;
        ``settled`` whether that is small enough for intervals.
    n_draws : how many draws.
    """

    fixed: dict[str, Summary]
    typical: dict[str, Summary]
    sd: dict[str, Summary]
    residual: dict[str, Summary]
    determined: bool
    disagreement: float
    settled: bool
    n_draws: int


def summed_up(drawn: Drawn, layout: Layout, normal: np.ndarray) -> PopulationPosterior:
    """What draws say; ``normal`` (P,) which parameters are."""
    psi, names = drawn.psi, layout.parameters
    root = layout.root(psi)
    sd = np.sqrt((root**2).sum(-1))
    letters = [letter for letter, has in (("a", layout.has_a), ("b", layout.has_b)) if has]
    with np.errstate(over="ignore"):
        typical = np.where(normal, psi[:, : len(names)], np.exp(psi[:, : len(names)]))
    return PopulationPosterior(
        fixed={n: Summary.of(psi[:, i]) for i, n in enumerate(names)},
        typical={n: Summary.of(typical[:, i]) for i, n in enumerate(names)},
        sd={names[p]: Summary.of(sd[:, p]) for p in layout.random},
        residual={
            n: Summary.of(np.exp(psi[:, k])) for n, k in zip(letters, layout.spreads()[1], strict=True)
        },
        determined=drawn.determined, disagreement=drawn.disagreement, settled=drawn.settled,
        n_draws=len(psi),
    )  # fmt: skip


def _ends(of: Summary) -> list[tuple[str, str]]:
    """The interval in words, with more and more digits."""
    return [(f"{of.low:.{n}g}", f"{of.high:.{n}g}") for n in range(2, 9)]


def undetermined(posterior: PopulationPosterior) -> str:
    """The warning of estimates that the points don't determine; nothing where they do."""
    if posterior.determined:
        return ""
    widest = max(posterior.typical, key=lambda n: posterior.fixed[n].sd)
    of = posterior.typical[widest]
    ends = next((e for e in _ends(of) if e[0] != e[1]), _ends(of)[-1])
    return (
        f"the points don't determine the population's estimates (the typical {widest} is between {ends[0]}"
        f" and {ends[1]}): those that are given are of one set among many that fit alike; areas'"
        " intervals hold them all. More points of some patients, other times, or a model of fewer parameters"
        " would help"
    )
