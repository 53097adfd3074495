"""What the file of a compartment model says, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError

#: A transfer: from, to.
Way = tuple[str, str]
#: Source region -> share of what a compartment holds.
Shares = Mapping[str, float]


@dataclass(frozen=True)
class Decay:
    """The physical decay of a chain, in numbers.

    lambda_per_h : decay constants, 1/h, by nuclide: the parent first, each daughter after what it comes from.
    branching : (parent, daughter) -> share of the parent's decays.

    Raises
    ------
    KineticsError : no nuclide.

    Examples
    --------
    >>> lead = Decay({"Pb-212": 0.06515, "Bi-212": 0.6869}, {("Pb-212", "Bi-212"): 1.0})
    >>> lead.nuclide, lead.daughters
    ('Pb-212', ('Bi-212',))
    """

    lambda_per_h: Mapping[str, float]
    branching: Mapping[Way, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.lambda_per_h:
            raise KineticsError("a decay chain needs a nuclide")

    @property
    def nuclide(self) -> str:
        """The parent."""
        return next(iter(self.lambda_per_h))

    @property
    def daughters(self) -> tuple[str, ...]:
        """All others."""
        return tuple(self.lambda_per_h)[1:]


@dataclass(frozen=True)
class FreeParameter:
    """A parameter of a model file; rates are in 1/h here. ``held``: its value is fixed."""

    name: str
    start: float
    minimum: float
    maximum: float
    held: bool
    is_rate: bool


@dataclass(frozen=True)
class Observation:
    """A measured curve of a compartment or region; value = ``scale`` x content / ``divide_by``.

    ``nuclide``: of which member of a chain; None: of the parent, or where there is no chain.
    """

    curve: Curve
    of: str
    weights: str
    scale: float
    divide_by: str | None
    nuclide: str | None = None


@dataclass(frozen=True)
class ModelFile:
    """What a file of a compartment model says.

    model : the model of the substance, or of a chain's parent, at the start values of its parameters.
    rate_names : (source, target) -> the parameter that this transfer has.
    parameters : name -> start value, bounds and whether it is held; rates in 1/h.
    observations : measured curves, and of what.
    output_h : times in h at which contents are asked for.
    time_unit : "h", "d" or "min", as the file has times and rates.
    citation : where the model is from.
    source_regions : compartment -> {source region: share}, where the file says so.
    chain : the model with its radioactive daughters, where these are followed.
    daughter_rate_names, daughter_regions : ``rate_names`` and ``source_regions`` of daughters of their own.
    shared_remainder : whether a daughter's remainder is without the regions that the parent's is without.
    volumes : emptied compartment -> volume after each emptying, mL, and flow, mL/h, where the file has them.

    Examples
    --------
    >>> from kinetics import parse_model
    >>> given = parse_model({
    ...     "time_unit": "h", "half_life_h": 78.41, "compartments": ["blood"], "sinks": ["out"],
    ...     "bolus": {"blood": 1}, "transfers": {"blood -> out": 0.1},
    ... })
    >>> given.model.compartments, given.observations
    (('blood',), ())
    """

    model: CompartmentModel
    rate_names: Mapping[Way, str]
    parameters: Mapping[str, FreeParameter]
    observations: tuple[Observation, ...]
    output_h: tuple[float, ...]
    time_unit: str
    citation: str = ""
    source_regions: Mapping[str, Shares] = field(default_factory=dict)
    chain: ChainModel | None = None
    daughter_rate_names: Mapping[str, Mapping[Way, str]] = field(default_factory=dict)
    daughter_regions: Mapping[str, Mapping[str, Shares]] = field(default_factory=dict)
    shared_remainder: bool = False
    volumes: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def with_values(self, values: Mapping[str, float]) -> CompartmentModel | ChainModel:
        """The model, or the chain, at other values of its parameters (rates in 1/h)."""

        def rates(before: Mapping[Way, float], names: Mapping[Way, str]) -> dict[Way, float]:
            return {**before, **{way: values[name] for way, name in names.items()}}

        if self.chain is None:
            return self.model.with_rates(rates(self.model.rates_per_h, self.rate_names))
        chain = self.chain.with_rates(rates(self.model.rates_per_h, self.rate_names))
        for member, names in self.daughter_rate_names.items():
            own = next(d for d in chain.daughters if d.name == member)
            chain = chain.with_rates(rates(own.rates_per_h, names), member)
        return chain

    def derivative(self, name: str) -> FloatArray:
        """(S, S) dK/dp of a parameter over the states of the model's or the chain's numbers; 0 of no rate."""
        states = self.model.states
        per = len(states)
        members = [self.rate_names]
        if self.chain is not None:
            members += [self.daughter_rate_names.get(d.name, {}) for d in self.chain.daughters]
        size = per if self.chain is None else per * len(members) + 1
        d = np.zeros((size, size))
        for m, names in enumerate(members):
            for (source, target), own in names.items():
                if own == name:
                    i, j = m * per + states.index(source), m * per + states.index(target)
                    d[j, i] += 1.0
                    d[i, i] -= 1.0
        return d
