"""States with constant rates, inputs and emptyings, as numbers: what every compartment model becomes.

A state is a compartment, what was excreted, or, where nuclides decay into each other, one of these for one
nuclide. All that leaves one state enters another: nothing is lost but into states that nothing leaves.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Input:
    """A constant input from begin to end, h; ``rate`` (S, M) in 1/h of each state by its source."""

    rate: FloatArray
    begin_h: float
    end_h: float


@dataclass(frozen=True)
class Move:
    """What an emptying does: all but a residual share of one state goes to another."""

    source: int
    target: int
    when: Emptying


@dataclass(frozen=True)
class System:
    """States with constant rates.

    rates_per_h : (S, S) rate from j to i at [i, j], 0 or above; the diagonal isn't read.
    start : (S,) contents at time 0.
    inputs : constant inputs from sources.
    sources_per_h : (M, M) rates between the sources, which change by decay, not by what they feed.
    source_start : (M,) contents of the sources at time 0.
    moves : emptyings.
    blocks : of states, in an order in which no block leads back to an earlier one; none: all are one.

    Raises
    ------
    KineticsError : a rate that is negative or not finite.
    """

    rates_per_h: FloatArray
    start: FloatArray
    inputs: tuple[Input, ...] = ()
    sources_per_h: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    source_start: FloatArray = field(default_factory=lambda: np.zeros(0))
    moves: tuple[Move, ...] = ()
    blocks: tuple[slice, ...] = ()

    def __post_init__(self) -> None:
        rates = self.rates_per_h - np.diag(np.diag(self.rates_per_h))
        if not np.all(np.isfinite(rates)) or np.any(rates < 0):
            raise KineticsError("rates of a compartment model must be finite and 0 or above")

    def only(self, keep: Flags) -> System:
        """The system without the states that aren't kept: such as nothing reaches."""
        at = np.cumsum(keep) - 1
        blocks, begin = [], 0
        for block in self.blocks:
            size = int(keep[block].sum())
            blocks.append(slice(begin, begin + size))
            begin += size
        return replace(
            self,
            rates_per_h=self.rates_per_h[np.ix_(keep, keep)],
            start=self.start[keep],
            inputs=tuple(replace(one, rate=one.rate[keep]) for one in self.inputs),
            moves=tuple(
                Move(int(at[m.source]), int(at[m.target]), m.when) for m in self.moves if keep[m.source]
            ),
            blocks=tuple(blocks),
        )

    def generator(self) -> FloatArray:
        """(S, S) K in 1/h, whose columns sum to 0."""
        rates = self.rates_per_h - np.diag(np.diag(self.rates_per_h))
        return rates - np.diag(rates.sum(0))

    def ways(self, *, in_the_end: bool = False) -> Flags:
        """(S, S) whether something goes from j to i, by a rate, an emptying (or one without end)."""
        ways = self.rates_per_h > 0
        np.fill_diagonal(ways, False)
        for move in self.moves:
            if move.when.every_h is not None or not in_the_end:
                ways[move.target, move.source] = True
        return ways

    def transient(self) -> Flags:
        """(S,) states that lose all they have, in the end, to states that nothing leaves."""
        ways = self.ways(in_the_end=True)
        leads = np.asarray(ways.any(axis=0))
        return spread(~leads, ways.T) & leads

    def reached(self, held: FloatArray) -> Flags:
        """(S,) states that what is held, or put in, can reach."""
        begin = held > 0
        for one in self.inputs:
            begin = begin | (one.rate > 0).any(1)
        return spread(begin, self.ways())


def spread(begin: Flags, ways: Flags) -> Flags:
    """(S,) states that can be reached from some, and these; ``ways`` [i, j]: from j to i.

    >>> spread(np.array([True, False, False]), np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]]) > 0).tolist()
    [True, True, False]
    """
    seen = begin.copy()
    while True:
        more = seen | ways[:, seen].any(1)
        if (more == seen).all():
            return seen
        seen = more
