"""Linear compartment models with constant rates: contents by matrix exponential, TIACs by one linear solve.

dx/dt = K x + u for the substance (decay-corrected), with K[j, i] the rate from i to j and K[i, i] minus the
sum of the rates out of i; the activity is exp(-lambda t) x. The TIAC of every compartment is the solution
of (lambda I - K) tau = x0 + the infusion's share (Anderson, Compartmental Modeling and Tracer Kinetics, 1983,
ch. 3; Birchall & James, Health Phys 1989;56:857 for the matrix exponential in internal dosimetry). Both are
computed without a subtraction (:mod:`kinetics.compartments.propagation`,
:mod:`kinetics.compartments.elimination`), to rounding however far apart rates and times lie.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from kinetics.compartments.elimination import residence
from kinetics.compartments.propagation import propagate
from kinetics.curves.curve import FloatArray
from kinetics.curves.decay import check_lambda
from kinetics.errors import KineticsError

#: Inputs may sum to so much above 1: fractions that were rounded.
ROUNDING = 1e-3


@dataclass(frozen=True, kw_only=True)
class Infusion:
    """A constant infusion from time 0.

    compartment : where it goes in.
    fraction : of the administered activity.
    duration_h : h, above 0.

    Examples
    --------
    >>> Infusion(compartment="blood", fraction=1.0, duration_h=0.5).duration_h
    0.5
    """

    compartment: str
    fraction: float
    duration_h: float


@dataclass(frozen=True, kw_only=True)
class CompartmentModel:
    """A compartment model.

    Parameters
    ----------
    name : of the model.
    compartments : names, in the body.
    sinks : names of what collects excreta, outside the body.
    rates_per_h : (source, target) -> biologic rate in 1/h.
    bolus : compartment -> fraction of the administered activity at time 0.
    infusions : constant infusions.
    lambda_phys_per_h : physical decay constant, 1/h; 0: stable.
    regions : region's name -> its compartments.

    Raises
    ------
    KineticsError : an unknown or repeated name, a negative rate, no input, or, without physical decay, a
        compartment that the substance reaches and never leaves.

    Examples
    --------
    >>> model = CompartmentModel(
    ...     compartments=("blood", "liver"), sinks=("urine",), lambda_phys_per_h=0.01, bolus={"blood": 1.0},
    ...     rates_per_h={("blood", "liver"): 0.06, ("blood", "urine"): 0.03},
    ... )
    >>> {name: round(h, 6) for name, h in model.tiac_h().items() if name in ("blood", "liver")}
    {'blood': 10.0, 'liver': 60.0}
    """

    compartments: tuple[str, ...]
    rates_per_h: Mapping[tuple[str, str], float]
    lambda_phys_per_h: float
    bolus: Mapping[str, float] = field(default_factory=dict)
    infusions: tuple[Infusion, ...] = ()
    sinks: tuple[str, ...] = ()
    regions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    name: str = "compartment model"

    def __post_init__(self) -> None:
        check_lambda(self.lambda_phys_per_h)
        every = (*self.compartments, *self.sinks)
        twice = sorted({n for n in every if every.count(n) > 1})
        if twice:
            raise KineticsError(f"{self.name}: '{twice[0]}' is listed twice among compartments and sinks")
        if not self.compartments:
            raise KineticsError(f"{self.name}: no compartments")
        for (source, target), rate in self.rates_per_h.items():
            for end in (source, target):
                self._known(end, every, f"transfer '{source} -> {target}'")
            if source in self.sinks:
                raise KineticsError(
                    f"{self.name}: transfer '{source} -> {target}' leaves a sink; excreta stay out"
                )
            if source == target:
                raise KineticsError(f"{self.name}: transfer '{source} -> {target}' goes nowhere")
            if not (math.isfinite(rate) and rate >= 0):
                raise KineticsError(
                    f"{self.name}: rate of '{source} -> {target}' is {rate:g}; 0 or above is needed"
                )
        total = 0.0
        for where, fraction in (*self.bolus.items(), *((i.compartment, i.fraction) for i in self.infusions)):
            self._known(where, self.compartments, "the input")
            if not (math.isfinite(fraction) and fraction >= 0):
                raise KineticsError(f"{self.name}: input to '{where}' is {fraction:g}; 0 or above is needed")
            total += fraction
        if not total > 0:
            raise KineticsError(f"{self.name}: nothing is put in; give a bolus or an infusion")
        if total > 1.0 + ROUNDING:
            hundred = "; 1 is all of it, not 100" if abs(total - 100.0) < 1.0 else ""
            raise KineticsError(
                f"{self.name}: {total:g} times the administered activity is put in, bolus and infusions together:"
                f" fractions are needed, of 1 at most (per cent, or MBq?){hundred}"
            )
        for infusion in self.infusions:
            if not infusion.duration_h > 0:
                raise KineticsError(
                    f"{self.name}: infusion over {infusion.duration_h:g} h; a duration above 0 is needed"
                )
        for region, members in self.regions.items():
            for member in members:
                self._known(member, every, f"region '{region}'")
        trapped = self.never_excreted()
        if trapped and self.lambda_phys_per_h == 0:
            raise KineticsError(
                f"{self.name}: what reaches {', '.join(trapped)} is never excreted and doesn't decay, so its"
                " time-integral is infinite; add a way to a sink, or give the half-life"
            )

    def _known(self, name: str, allowed: tuple[str, ...], where: str) -> None:
        if name not in allowed:
            near = difflib.get_close_matches(name, allowed, n=3, cutoff=0.5)
            hint = f"near names: {', '.join(near)}" if near else f"there are: {', '.join(allowed)}"
            raise KineticsError(f"{self.name}: unknown compartment '{name}' in {where}; {hint}")

    @property
    def states(self) -> tuple[str, ...]:
        """Compartments, then sinks: the order of every array."""
        return (*self.compartments, *self.sinks)

    def index(self, name: str) -> list[int]:
        """Positions in ``states`` of a compartment, a sink, a region, or "whole body"."""
        if name == "whole body":
            return list(range(len(self.compartments)))
        if name in self.regions:
            return [self.states.index(m) for m in self.regions[name]]
        self._known(name, (*self.states, *self.regions, "whole body"), "what was asked for")
        return [self.states.index(name)]

    def matrix(self) -> FloatArray:
        """(S, S) K in 1/h, over ``states``; its columns sum to 0: nothing is lost but to sinks."""
        position = {n: i for i, n in enumerate(self.states)}
        k = np.zeros((len(position), len(position)))
        for (source, target), rate in self.rates_per_h.items():
            k[position[target], position[source]] += rate
            k[position[source], position[source]] -= rate
        return k

    def start(self) -> FloatArray:
        """(S,) bolus fractions."""
        return np.array([float(self.bolus.get(n, 0.0)) for n in self.states])

    def inputs(self) -> tuple[tuple[FloatArray, float], ...]:
        """(rate of input (S,) in 1/h, duration in h) of each infusion."""
        found = []
        for i in self.infusions:
            rate = np.zeros(len(self.states))
            rate[self.states.index(i.compartment)] = i.fraction / i.duration_h
            found.append((rate, i.duration_h))
        return tuple(found)

    def never_excreted(self) -> list[str]:
        """Compartments that the input reaches and from which no way leads to a sink."""
        out: dict[str, list[str]] = {n: [] for n in self.states}
        into: dict[str, list[str]] = {n: [] for n in self.states}
        for (source, target), rate in self.rates_per_h.items():
            if rate > 0:
                out[source].append(target)
                into[target].append(source)
        inputs = [n for n, f in self.bolus.items() if f > 0]
        reached = _spread([*inputs, *(i.compartment for i in self.infusions if i.fraction > 0)], out)
        leaving = _spread(list(self.sinks), into)
        return [n for n in self.compartments if n in reached and n not in leaving]

    def with_rates(self, rates_per_h: Mapping[tuple[str, str], float]) -> CompartmentModel:
        """The same model with other rates."""
        return replace(self, rates_per_h=dict(rates_per_h))

    def contents(self, time_h: ArrayLike, *, decay_corrected: bool = False) -> FloatArray:
        """(T, S) fraction of the administered activity in each state at times in h, 0 or later.

        Never negative; decay-corrected they sum to what was put in.

        Raises
        ------
        KineticsError : no times, a time below 0 or not finite, contents that aren't finite.
        """
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        if time.size == 0 or np.any(~np.isfinite(time)) or np.any(time < 0):
            raise KineticsError(f"{self.name}: times of 0 h or later are needed")
        try:
            found = propagate(self.matrix(), self.start(), self.inputs(), time)
        except KineticsError as error:
            raise KineticsError(f"{self.name}: {error}") from None
        return found if decay_corrected else found * np.exp(-self.lambda_phys_per_h * time)[:, None]

    def retention(
        self, time_h: ArrayLike, name: str = "whole body", *, decay_corrected: bool = False
    ) -> FloatArray:
        """(T,) fraction of the administered activity in a compartment, a region, or the whole body."""
        inside: FloatArray = self.contents(time_h, decay_corrected=decay_corrected)[:, self.index(name)].sum(
            1
        )
        return inside

    def input_at_lambda(self) -> FloatArray:
        """(n,) Laplace transform of the input at lambda: bolus, and infusions as they decay."""
        lam, n = self.lambda_phys_per_h, len(self.compartments)
        total = self.start()[:n]
        for i in self.infusions:
            share = -math.expm1(-lam * i.duration_h) / (lam * i.duration_h) if lam > 0 else 1.0
            total[self.compartments.index(i.compartment)] += i.fraction * share
        return total

    def tiac_h(self) -> dict[str, float]:
        """TIAC in h of each compartment, each region and the whole body, of activity with physical decay."""
        tau = self.tiac_array()
        found = dict(zip(self.compartments, tau.tolist(), strict=True))
        for region in (*self.regions, "whole body"):
            found[region] = float(sum(tau[i] for i in self.index(region) if i < tau.size))
        return found

    def tiac_array(self) -> FloatArray:
        """(n,) TIAC in h over ``compartments``: (lambda I - K) tau = input.

        Raises
        ------
        KineticsError : a TIAC that isn't finite.
        """
        n = len(self.compartments)
        k, live = self.matrix(), self._reached()
        loss = self.lambda_phys_per_h + k[n:, :n].sum(0)
        tau = np.zeros(n)
        try:
            tau[live] = residence(k[np.ix_(live, live)], loss[live], self.input_at_lambda()[live])
        except KineticsError as error:
            raise KineticsError(f"{self.name}: {error}") from None
        return tau

    def _reached(self) -> list[int]:
        """Positions of the compartments that the input reaches; others hold nothing (and may be singular)."""
        out: dict[str, list[str]] = {n: [] for n in self.states}
        for (source, target), rate in self.rates_per_h.items():
            if rate > 0:
                out[source].append(target)
        inputs = [n for n, f in self.bolus.items() if f > 0]
        reached = _spread([*inputs, *(i.compartment for i in self.infusions if i.fraction > 0)], out)
        return [i for i, n in enumerate(self.compartments) if n in reached]


def _spread(begin: list[str], ways: dict[str, list[str]]) -> set[str]:
    seen, todo = set(begin), list(begin)
    while todo:
        for step in ways[todo.pop()]:
            if step not in seen:
                seen.add(step)
                todo.append(step)
    return seen
