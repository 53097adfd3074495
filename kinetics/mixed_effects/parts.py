"""Parts of a population: how measurements scatter, and what parameters follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from kinetics.errors import KineticsError
from kinetics.mixed_effects.likelihood.scatter import RESIDUALS, WITH_A, WITH_B
from milligray.errors import Complaints


@dataclass(frozen=True, kw_only=True)
class Residual:
    """How measurements scatter about a patient's own curve.

    ``kind`` : a key of :data:`kinetics.mixed_effects.likelihood.scatter.RESIDUALS`; ``a``, ``b`` as that
    says, None where it has none.

    Raises
    ------
    KineticsError : an unknown kind; a or b missing, not above 0, or given to a kind without it.

    Examples
    --------
    >>> Residual(kind="proportional", b=0.05).b
    0.05
    """

    kind: str
    a: float | None = None
    b: float | None = None

    def __post_init__(self) -> None:
        with Complaints(KineticsError) as found:
            if self.kind not in RESIDUALS:
                raise KineticsError(
                    f"unknown residual model '{self.kind}'; there are: {', '.join(RESIDUALS)}"
                )
            for name, value, kinds in (("a", self.a, WITH_A), ("b", self.b, WITH_B)):
                if self.kind in kinds and not (value is not None and math.isfinite(value) and value > 0):
                    found.add(KineticsError(
                        f"residual '{self.kind}': {name} is {value}; a number above 0 is needed"
                    ))  # fmt: skip
                if self.kind not in kinds and value is not None:
                    found.add(KineticsError(f"residual '{self.kind}' has no {name}; {value} was given"))


@dataclass(frozen=True, kw_only=True)
class MassEffect:
    """A power law: ln(parameter) grows by ``exponent`` x ln(covariate/centre); of body mass, mostly.

    Raises
    ------
    KineticsError : a centre that isn't above 0, an exponent that isn't a number.

    Examples
    --------
    >>> MassEffect(parameter="A1", covariate="mass_kg", exponent=-1.0, centre=75.0).centre
    75.0
    """

    parameter: str
    covariate: str
    exponent: float
    centre: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.centre) and self.centre > 0 and math.isfinite(self.exponent)):
            raise KineticsError(
                f"{self.parameter} by {self.covariate}: exponent {self.exponent}, centre {self.centre}; a"
                " number, and one above 0, are needed"
            )
