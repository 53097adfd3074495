"""Linear compartment models with constant rates: contents by matrix exponential, TIACs by one linear solve.

dx/dt = K x + u for the substance (decay-corrected), with K[j, i] the rate from i to j and K[i, i] minus the
sum of the rates out of i; the activity is exp(-lambda t) x. The TIAC of every compartment is the solution
of (lambda I - K) tau = x0 + the infusion's share (Anderson, Compartmental Modeling and Tracer Kinetics, 1983,
ch. 3; Birchall & James, Health Phys 1989;56:857 for the matrix exponential in internal dosimetry). Both are
computed without a subtraction (:mod:`kinetics.linear_systems.propagation`,
:mod:`kinetics.linear_systems.elimination`), to rounding however far apart rates and times lie.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from kinetics.compartments.checks import check_model, known
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.linear_systems.integrals import contents, integrals_h
from kinetics.linear_systems.system import Input, Move, System, spread


@dataclass(frozen=True, kw_only=True)
class Infusion:
    """A constant infusion; the activity that waits for it decays. Several make an inflow that varies.

    compartment : where it goes in.
    fraction : of the administered activity.
    duration_h : h, above 0.
    begin_h : h after time 0.

    Examples
    --------
    >>> Infusion(compartment="blood", fraction=1.0, duration_h=0.5).duration_h
    0.5
    """

    compartment: str
    fraction: float
    duration_h: float
    begin_h: float = 0.0


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
    emptyings : compartment -> (where its contents go, when), beside its rates: a bladder, a gallbladder.

    Raises
    ------
    KineticsError : unknown or repeated names, negative rates, no input, or, without physical decay, a
        compartment that the substance reaches and never leaves; all of them.

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
    emptyings: Mapping[str, tuple[str, Emptying]] = field(default_factory=dict)
    name: str = "compartment model"

    def __post_init__(self) -> None:
        check_model(self)

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
        known(self.name, name, (*self.states, *self.regions, "whole body"), "what was asked for")
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

    def system(self, *, decaying: bool) -> System:
        """The model in numbers, over ``states``; with physical decay there is one more: what has decayed."""
        lam, n = self.lambda_phys_per_h, len(self.compartments)
        rates, start = self.matrix(), self.start()
        if decaying:
            rates = np.pad(rates, (0, 1))
            rates[-1, :n] = lam
            start = np.append(start, 0.0)
        position = {name: i for i, name in enumerate(self.states)}
        inputs = []
        for i in self.infusions:
            rate = np.zeros((start.size, 2))
            rate[position[i.compartment], 0] = i.fraction / i.duration_h
            inputs.append(Input(rate, i.begin_h, i.begin_h + i.duration_h))
        waits = np.zeros((2, 2))  # for an infusion: what is there, what has decayed
        waits[1, 0] = lam if decaying else 0.0
        return System(
            rates,
            start,
            tuple(inputs),
            waits if inputs else np.zeros((0, 0)),
            np.array([1.0, 0.0]) if inputs else np.zeros(0),
            tuple(Move(position[a], position[b], when) for a, (b, when) in self.emptyings.items()),
        )

    def never_excreted(self) -> list[str]:
        """Compartments that the input reaches and from which no way leads to a sink."""
        system = self.system(decaying=False)
        n = len(self.compartments)
        leaving = spread(np.arange(len(self.states)) >= n, system.ways(in_the_end=True).T)
        reached = system.reached(system.start)
        return [name for i, name in enumerate(self.compartments) if reached[i] and not leaving[i]]

    def with_rates(self, rates_per_h: Mapping[tuple[str, str], float]) -> CompartmentModel:
        """The same model with other rates."""
        return replace(self, rates_per_h=dict(rates_per_h))

    def contents(self, time_h: ArrayLike, *, decay_corrected: bool = False) -> FloatArray:
        """(T, S) fraction of the administered activity in each state at times in h, 0 or later.

        Never negative; decay-corrected they sum to what was put in. At an emptying: just after it.

        Raises
        ------
        KineticsError : no times, a time below 0 or not finite, contents that aren't finite.
        """
        time = checked_times(time_h, self.name)
        try:
            found = contents(self.system(decaying=False), time)
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

    def tiac_h(self, until_h: float = math.inf) -> dict[str, float]:
        """TIAC in h of each compartment, each region and the whole body, of activity with physical decay.

        Parameters
        ----------
        until_h : the end of a commitment period, h; by default all time.
        """
        tau = self.tiac_array(until_h)
        found = dict(zip(self.compartments, tau.tolist(), strict=True))
        for region in (*self.regions, "whole body"):
            found[region] = float(sum(tau[i] for i in self.index(region) if i < tau.size))
        return found

    def tiac_array(self, until_h: float = math.inf) -> FloatArray:
        """(n,) TIAC in h over ``compartments``, for all time or until the end of a commitment period, h.

        Raises
        ------
        KineticsError : a TIAC that isn't finite, a period that isn't above 0.
        """
        if not until_h > 0:
            raise KineticsError(f"{self.name}: a period of {until_h:g} h; above 0 is needed")
        try:
            found = integrals_h(self.system(decaying=True), until_h)[: len(self.compartments)]
        except KineticsError as error:
            raise KineticsError(f"{self.name}: {error}") from None
        return found


def checked_times(time_h: ArrayLike, name: str) -> FloatArray:
    """(T,) times in h; KineticsError where there is none, or one below 0 or not finite."""
    time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
    if time.size == 0 or np.any(~np.isfinite(time)) or np.any(time < 0):
        raise KineticsError(f"{name}: times of 0 h or later are needed")
    return time
