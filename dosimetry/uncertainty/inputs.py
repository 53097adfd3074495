"""What a budget is made of: inputs, what they act on, with whom they are shared, and the unknown."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError

#: What an input changes. "curve": values of curves, relative; "time": times of points, h; "administered
#: activity": relative; "mass": of a source region ("body" is the whole body's), relative; "haematocrit":
#: absolute; "marrow factor", "density" (of a region), "half-life", "energy" (emitted per decay), "dose" (of a
#: target region, or all): relative.
What = Literal[
    "curve", "time", "administered activity", "mass", "haematocrit", "marrow factor", "density", "half-life",
    "energy", "dose",
]  # fmt: skip
Distribution = Literal["normal", "log-normal", "rectangular", "triangular"]
#: Whose masses an input is of: of bodies made of the patients' own images, of the others, or of all.
Bodies = Literal["all", "own", "other"]
#: Who has the same error: points of one curve have each their own, ..., all patients the same.
Shared = Literal["point", "curve", "organ", "patient", "everybody"]
#: What is taken for u: by statistics of repeated observations (A), or otherwise (B) (JCGM 100:2008, 0.7).
Kind = Literal["A", "B"]

#: What is changed in its own unit; all else by a factor.
ABSOLUTE = ("time", "haematocrit")
#: What may respond otherwise than in proportion.
RESPONDS = ("curve", "mass")
#: Relative standard uncertainty at which a distribution reaches below 0: of normal ones in 2.3 % of cases; of
#: log-normal ones never, and above this nothing is known.
MOST_U = {"normal": 0.5, "rectangular": 3.0**-0.5, "triangular": 6.0**-0.5, "log-normal": 3.0}
#: Above it a haematocrit's uncertainty was given in per cent.
MOST_HAEMATOCRIT = 0.3

#: (K,) factors in K trials, by (K,) standardised errors of each name; about 1 where there is no error.
Response = Callable[[Mapping[str, NDArray[np.float64]]], NDArray[np.float64]]

#: In place of a region: every curve of an organ, or every region.
ALL_ORGANS, ALL = "organs", "all"


@dataclass(frozen=True)
class Effect:
    """What one standard uncertainty of an input changes, and of which region.

    what : one of :data:`What`.
    u : signed: a fraction (0.03 is 3 %), or the quantity's own unit (haematocrit as a fraction, times in h).
    region : "whole body", "serum", "organs" (all organs' curves), a source region (curve, mass, density), a
        target region or "all" (dose), "body" (mass); "" where there is nothing to choose.
    response : of a curve or mass, where it is far from linear: the factor by the standardised error, which is
        ``u`` to first order; a Monte Carlo takes it in place of ``u``. Effects with equal responses, also of
        several inputs, are one: it is called once with all their errors. It must be a value (a frozen
        dataclass) that can be pickled.
    error : name of this effect's error in the response.
    bodies : of a mass, in whose bodies: "own" are those made of the patient's own images, "other" the others.

    Raises
    ------
    DosimetryError : an unknown word; a number that is not finite; a response of what is no curve or mass.

    Examples
    --------
    >>> Effect("curve", 0.03, "organs").u
    0.03
    """

    what: What
    u: float
    region: str = ""
    response: Response | None = None
    error: str = ""
    bodies: Bodies = "all"

    def __post_init__(self) -> None:
        if self.bodies not in get_args(Bodies) or (self.bodies != "all" and self.what != "mass"):
            raise DosimetryError(
                f"{self.what}: bodies = '{self.bodies}'; 'all', and of a mass 'own' or 'other', are allowed"
            )
        if self.response is not None and (self.what not in RESPONDS or not self.error):
            raise DosimetryError(
                f"{self.what}: a response is of {' or '.join(RESPONDS)}, with the name of its error"
            )
        if self.what not in get_args(What):
            raise DosimetryError(f"'{self.what}' is unknown; allowed: {', '.join(get_args(What))}")
        if not math.isfinite(self.u):
            raise DosimetryError(
                f"standard uncertainty of {self.what} is {self.u:g}; a finite number is needed"
            )


@dataclass(frozen=True, kw_only=True)
class Input:
    """An input quantity of a budget, with its standard uncertainty.

    name : as tables print it, e.g. "calibration of the scanner"; inputs of one name are one line of the
        budget, and their errors are independent.
    effects : what one standard uncertainty of it changes; several effects of one input are fully correlated
        (the outline of an organ changes its activity and its mass).
    kind : "A" or "B".
    distribution : "normal", "log-normal", "rectangular" or "triangular", all with the standard deviation u.
    shared_by : who has the same error: "point", "curve", "organ", "patient", "everybody".
    source : where u comes from.
    apart : whether results are given with and without it (the difference between patient and phantom).

    Raises
    ------
    DosimetryError : an unknown word, no effect, an uncertainty below 0, one so large that the distribution
        has quantities below 0, a log-normal one of what is no factor.

    Examples
    --------
    >>> scanner = Input(
    ...     name="calibration of the scanner", effects=(Effect("curve", 0.03, "organs"),), kind="B",
    ...     distribution="normal", shared_by="everybody", source="cross-calibration",
    ... )
    >>> scanner.apart
    False
    """

    name: str
    effects: tuple[Effect, ...]
    kind: Kind
    distribution: Distribution
    shared_by: Shared
    source: str
    apart: bool = False

    def __post_init__(self) -> None:
        for word, allowed in ((self.kind, Kind), (self.distribution, Distribution), (self.shared_by, Shared)):
            if word not in get_args(allowed):
                raise DosimetryError(
                    f"{self.name}: '{word}' is unknown; allowed: {', '.join(get_args(allowed))}"
                )
        if not self.effects:
            raise DosimetryError(f"{self.name}: it changes nothing; give one effect or more")
        for problem in self._wrong():
            raise DosimetryError(f"{self.name}: {problem}")
        if self.shared_by == "point" and any(e.response is not None for e in self.effects):
            raise DosimetryError(f"{self.name}: a response is no quantity of single points")
        pointwise = {e.what for e in self.effects} - {"curve", "time"}
        if self.shared_by == "point" and pointwise:
            raise DosimetryError(
                f"{self.name}: {', '.join(sorted(pointwise))} is no quantity of single points"
            )

    def _wrong(self) -> Iterator[str]:
        """What is wrong with the uncertainties."""
        if self.effects[0].u < 0.0 and self.effects[0].response is None:
            yield (
                f"its standard uncertainty is {self.effects[0].u:g}; 0 or more is needed (only effects after"
                " the first may be negative: they go against it)"
            )
        for effect in self.effects:
            u, what = abs(effect.u), f"{effect.what} of {effect.region}" if effect.region else effect.what
            if effect.what in ABSOLUTE:
                if self.distribution == "log-normal":
                    yield f"{what}: 'log-normal' is of factors; take 'normal', 'rectangular' or 'triangular'"
                if effect.what == "haematocrit" and u >= MOST_HAEMATOCRIT:
                    yield f"{what}: u is {u:g}, of a fraction; did you mean {u / 100:g}?"
            elif u >= MOST_U[self.distribution]:
                below = "" if self.distribution == "log-normal" else ", so that quantities would be below 0"
                other = "" if self.distribution == "log-normal" else ", or take 'log-normal'"
                most = f"{100 * MOST_U[self.distribution]:.3g} %"
                yield (
                    f"{what}: u is {100 * u:.4g} % of a '{self.distribution}' distribution{below}; less than"
                    f" {most} is allowed (u is a fraction: 0.05 is 5 %){other}"
                )


@dataclass(frozen=True)
class Unknown:
    """A quantity whose uncertainty is not known: it is listed with every result, and not taken as 0.

    Examples
    --------
    >>> Unknown("calibration of the gamma counter", "no certificate").why
    'no certificate'
    """

    name: str
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class UncertaintyMethod:
    """How a budget is made.

    inputs : all that is stated, beside what curves, fits and SAFs bring of themselves.
    unknown : what is said to be not known.
    rules : whether the alternatives of trapezoids' rules (between points, first interval, tail) are a part.
    level : of intervals, e.g. 0.95.
    monte_carlo : trials of the Monte Carlo beside the first order; 0: none.
    seed : of its random numbers.

    Raises
    ------
    DosimetryError : a level that is no probability, fewer than 200 trials.

    Examples
    --------
    >>> UncertaintyMethod(inputs=(), monte_carlo=1000).level
    0.95
    """

    inputs: Sequence[Input]
    unknown: Sequence[Unknown] = ()
    rules: bool = True
    level: float = 0.95
    monte_carlo: int = 0
    seed: int = 1

    def __post_init__(self) -> None:
        if not 0.5 <= self.level < 1.0:
            raise DosimetryError(
                f"level of the intervals is {self.level:g}; 0.5 to below 1 is allowed, e.g. 0.95"
            )
        if self.monte_carlo and self.monte_carlo < 200:
            raise DosimetryError(
                f"monte_carlo is {self.monte_carlo} trials; 0 (none) or 200 and more are allowed"
            )
