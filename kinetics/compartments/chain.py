"""A decay chain in compartments: daughters are born where parents decay, and go ways of their own.

The states are atoms of each member in each compartment and in what was excreted. Decay is a transfer like
any other, from (parent, compartment) to (daughter, compartment) with the parent's decay constant times the
branching fraction; what becomes stable, or a nuclide that isn't followed, ends in one last state. So there
are as many atoms as were put in, at any time (ICRP Publication 130 (2015), annex on solving compartment
models; Birchall & James, Health Phys 1989;56:857). Activities are lambda N; TIACs are per administered
activity of the parent.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from kinetics.compartments.checks import check_member
from kinetics.compartments.model import CompartmentModel, checked_times
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.linear_systems.integrals import contents, integrals_h
from kinetics.linear_systems.system import Input, Move, System
from milligray.errors import Complaints


@dataclass(frozen=True, kw_only=True)
class ChainMember:
    """A radioactive daughter in a compartment model.

    name : of the nuclide.
    lambda_per_h : its decay constant, 1/h.
    rates_per_h : (source, target) -> its own biologic rates, 1/h; none: it decays where it was born.
    emptyings : compartment -> (where its contents go, when).
    born : compartment in which the parent decays -> the one that the daughter is in then; others: the same.
    bolus : compartment -> its activity at time 0, per administered activity of the chain's parent.

    Examples
    --------
    >>> ChainMember(name="Bi-212", lambda_per_h=0.687, rates_per_h={("blood", "kidneys"): 0.5}).name
    'Bi-212'
    """

    name: str
    lambda_per_h: float
    rates_per_h: Mapping[tuple[str, str], float] = field(default_factory=dict)
    emptyings: Mapping[str, tuple[str, Emptying]] = field(default_factory=dict)
    born: Mapping[str, str] = field(default_factory=dict)
    bolus: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ChainModel:
    """A compartment model of a nuclide and its radioactive daughters.

    Parameters
    ----------
    parent : the model of what is administered, with its physical decay constant. Its compartments, sinks and
        regions are those of all members.
    nuclide : the parent's name.
    daughters : each after the members that it comes from.
    branching : (parent, daughter) -> share of the parent's decays.

    Raises
    ------
    KineticsError : no physical decay, a name twice, a daughter before its parent or with none, branching
        fractions outside 0 to 1 or that sum to more than 1, unknown compartments, negative rates; all.

    Examples
    --------
    >>> blood = CompartmentModel(
    ...     compartments=("blood",), sinks=("out",), bolus={"blood": 1.0}, lambda_phys_per_h=0.06515,
    ...     rates_per_h={("blood", "out"): 0.01},
    ... )
    >>> chain = ChainModel(
    ...     parent=blood, nuclide="Pb-212", daughters=(ChainMember(name="Bi-212", lambda_per_h=0.6869),),
    ...     branching={("Pb-212", "Bi-212"): 1.0},
    ... )
    >>> {nuclide: round(h["blood"], 3) for nuclide, h in chain.tiac_h().items()}
    {'Pb-212': 13.307, 'Bi-212': 13.307}
    """

    parent: CompartmentModel
    nuclide: str
    daughters: tuple[ChainMember, ...]
    branching: Mapping[tuple[str, str], float]

    def __post_init__(self) -> None:
        """Check; what is wrong is raised at the end, all of it."""
        name = self.parent.name
        with Complaints(KineticsError) as found:
            if not self.parent.lambda_phys_per_h > 0:
                found.add(KineticsError(f"{name}: a decay chain needs a parent that decays"))
            seen = [self.nuclide]
            for member in self.daughters:
                if member.name in seen:
                    found.add(KineticsError(f"{name}: '{member.name}' is twice in the chain"))
                from_whom = [a for a, b in self.branching if b == member.name]
                late = [a for a in from_whom if a not in seen]
                if not from_whom or late:
                    comes = f"comes before {', '.join(late)}, its parent" if late else "comes from no member"
                    found.add(KineticsError(f"{name}: '{member.name}' of the chain {comes}"))
                seen.append(member.name)
                with found.catching():
                    check_member(self.parent, member)
            for one in dict.fromkeys(a for a, _ in self.branching):
                shares = [f for (a, _), f in self.branching.items() if a == one]
                if min(shares) < 0 or math.fsum(shares) > 1 + 1e-9 or not math.isfinite(sum(shares)):
                    text = ", ".join(f"{f:g}" for f in shares)
                    found.add(
                        KineticsError(
                            f"{name}: branching fractions of {one} are {text}; 0 or above and a sum of 1 or"
                            " less are needed"
                        )
                    )

    @property
    def members(self) -> tuple[str, ...]:
        """Nuclides, the parent first."""
        return (self.nuclide, *(d.name for d in self.daughters))

    @property
    def lambda_per_h(self) -> FloatArray:
        """(M,) decay constants, 1/h."""
        return np.array([self.parent.lambda_phys_per_h, *(d.lambda_per_h for d in self.daughters)])

    def position(self, member: str, state: str) -> int:
        """Index of a member's atoms in a compartment or sink."""
        states = self.parent.states
        return self.members.index(member) * len(states) + states.index(state)

    def system(self) -> System:
        """Atoms over (member, state), and one more state for what isn't followed; atoms put in are 1."""
        parent, states, members = self.parent, self.parent.states, self.members
        per, lambdas = len(states), self.lambda_per_h
        size = per * len(members) + 1
        rates, start = np.zeros((size, size)), np.zeros(size)
        first = ChainMember(
            name=self.nuclide, lambda_per_h=parent.lambda_phys_per_h, rates_per_h=parent.rates_per_h,
            emptyings=parent.emptyings, bolus=parent.bolus,
        )  # fmt: skip
        moves, waits = [], np.zeros((len(members) + 1, len(members) + 1))
        for m, member in enumerate((first, *self.daughters)):
            at = {s: m * per + i for i, s in enumerate(states)}
            for (source, target), rate in member.rates_per_h.items():
                rates[at[target], at[source]] += rate
            for source, (target, when) in member.emptyings.items():
                moves.append(Move(at[source], at[target], when))
            for where, activity in member.bolus.items():
                start[at[where]] += activity * lambdas[0] / lambdas[m]
            left = 1.0
            for d, daughter in enumerate(self.daughters, 1):
                if share := self.branching.get((member.name, daughter.name), 0.0):
                    left -= share
                    waits[d, m] += share * lambdas[m]
                    for s in states:
                        rates[d * per + states.index(daughter.born.get(s, s)), at[s]] += share * lambdas[m]
            left = left if left > 1e-9 else 0.0  # fractions that were rounded
            waits[-1, m] += left * lambdas[m]
            rates[-1, m * per : (m + 1) * per] += left * lambdas[m]
        inputs = []
        for i in parent.infusions:
            fed = np.zeros((size, len(members) + 1))
            for m in range(len(members)):
                fed[m * per + states.index(i.compartment), m] = i.fraction / i.duration_h
            inputs.append(Input(fed, i.begin_h, i.begin_h + i.duration_h))
        waiting = np.zeros(len(members) + 1)
        waiting[0] = 1.0
        blocks = tuple(slice(m * per, (m + 1) * per) for m in range(len(members)))
        return System(
            rates, start, tuple(inputs), waits if inputs else np.zeros((0, 0)),
            waiting if inputs else np.zeros(0), tuple(moves), (*blocks, slice(size - 1, size)),
        )  # fmt: skip

    def atoms(self, time_h: ArrayLike) -> FloatArray:
        """(T, M, S) atoms of each member in each compartment and sink, per atom of the parent put in.

        Raises
        ------
        KineticsError : no times, a time below 0 or not finite, contents that aren't finite.
        """
        time = checked_times(time_h, self.parent.name)
        system = self.system()
        keep = system.reached(system.start)
        found = np.zeros((time.size, len(keep)))
        try:
            found[:, keep] = contents(system.only(keep), time)
        except KineticsError as error:
            raise KineticsError(f"{self.parent.name}: {error}") from None
        return found[:, :-1].reshape(time.size, len(self.members), len(self.parent.states))

    def contents(self, time_h: ArrayLike) -> FloatArray:
        """(T, M, S) activity of each member in each state, per administered activity of the parent.

        Raises
        ------
        KineticsError : as :meth:`atoms`.
        """
        relative = self.lambda_per_h / self.parent.lambda_phys_per_h
        return self.atoms(time_h) * relative[None, :, None]

    def retention(
        self, time_h: ArrayLike, name: str = "whole body", nuclide: str | None = None
    ) -> FloatArray:
        """(T,) activity of a member (None: the parent) in a compartment, a region or the whole body."""
        if nuclide is not None and nuclide not in self.members:
            raise KineticsError(f"'{nuclide}' isn't in the chain; there are: {', '.join(self.members)}")
        member = self.members.index(nuclide or self.nuclide)
        return np.asarray(self.contents(time_h)[:, member, self.parent.index(name)].sum(1))

    def tiac_array(self, until_h: float = math.inf) -> FloatArray:
        """(M, n) TIACs in h by member and compartment, for all time or until the end of a period, h.

        Raises
        ------
        KineticsError : a TIAC that isn't finite, a period that isn't above 0.
        """
        if not until_h > 0:
            raise KineticsError(f"{self.parent.name}: a period of {until_h:g} h; above 0 is needed")
        system = self.system()
        keep = system.reached(system.start)
        atoms = np.zeros(len(keep))
        try:
            atoms[keep] = integrals_h(system.only(keep), until_h)
        except KineticsError as error:
            raise KineticsError(f"{self.parent.name}: {error}") from None
        of_members = atoms[:-1].reshape(len(self.members), -1)[:, : len(self.parent.compartments)]
        return of_members * (self.lambda_per_h / self.parent.lambda_phys_per_h)[:, None]

    def tiac_h(self, until_h: float = math.inf) -> dict[str, dict[str, float]]:
        """TIACs in h by member: of each compartment, each region and the whole body."""
        parent, found = self.parent, {}
        for member, row in zip(self.members, self.tiac_array(until_h), strict=True):
            found[member] = dict(zip(parent.compartments, row.tolist(), strict=True))
            for region in (*parent.regions, "whole body"):
                found[member][region] = float(sum(row[i] for i in parent.index(region) if i < row.size))
        return found

    def with_rates(
        self, rates_per_h: Mapping[tuple[str, str], float], member: str | None = None
    ) -> ChainModel:
        """The same chain with other rates of one member (None: the parent)."""
        if member is None or member == self.nuclide:
            return replace(self, parent=self.parent.with_rates(rates_per_h))
        changed = (
            replace(d, rates_per_h=dict(rates_per_h)) if d.name == member else d for d in self.daughters
        )
        return replace(self, daughters=tuple(changed))
