"""Bile: a share waits in the gallbladder for the next meal, the rest goes into the small intestine at once.

What leaves the gallbladder before it decays is what came in less what decayed there, so that its TIAC A gives
at once what enters the intestine. With B the bile's Laplace transform at the decay constant l and g the share
that goes by the gallbladder, g B - l A leaves it, (1 - g) B went past it, and

    what enters the small intestine = B - l A.

A is that of any contents that are filled by exponentials and emptied at times
(:mod:`kinetics.excretion.voided`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.excretion.entering import entered, entered_gradient
from kinetics.excretion.inflow import Inflow
from kinetics.excretion.tract import SMALL_INTESTINE, Tract, tract_tiac_h
from kinetics.excretion.voided import Contents

#: Share of the hepatic bile that goes into the gallbladder of a fasting person: 0.69 +- 0.07 (standard error,
#: 16 normal subjects; Krishnamurthy et al., J Nucl Med 1983;24:217-223).
SHARE_STORED = 0.69
#: Share that a meal empties: 240 mL of half-and-half milk in 13 healthy subjects, 0.536 +- 0.202 (SD;
#: Krishnamurthy & Brown, J Nucl Med 2002;43:1603-1610). ``residual`` of an emptying is 1 less it.
EJECTION_FRACTION = 0.536


@dataclass(frozen=True, eq=False)
class Bile:
    """Bile that goes by the gallbladder and past it into the gut.

    Parameters
    ----------
    inflow : bile as it leaves the liver, fractions of the administered activity.
    stored : share of it that goes into the gallbladder, 0 to 1, e.g. 0.69 (:data:`SHARE_STORED`); 0 after its
        removal.
    emptied : when meals empty the gallbladder, and what stays: 1 less the ejection fraction, e.g. 1 - 0.536
        (:data:`EJECTION_FRACTION`).
    lambda_phys_per_h : the physical decay constant, 1/h.

    Raises
    ------
    KineticsError : a share outside of 0 to 1; as :class:`kinetics.Contents`.

    Examples
    --------
    Fluorine-18 in bile with a half-time of 1 h, half of the gallbladder emptied every 3 h:

    >>> from kinetics import Emptying, tract
    >>> bile = Bile(Inflow.of_half_lives([0.3], [1.0]), 0.69, Emptying(every_h=3.0, residual=0.5), 0.378953)
    >>> round(bile.gallbladder_tiac_h, 4), round(bile.entered, 4)
    (0.258, 0.0962)
    >>> [round(h, 4) for h in bile.tract_tiac_h(tract("ICRP 30")).values()]
    [0.0, 0.1529, 0.0842, 0.015]
    """

    inflow: Inflow
    stored: float
    emptied: Emptying
    lambda_phys_per_h: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.stored) and 0.0 <= self.stored <= 1.0):
            raise KineticsError(
                f"the share of bile that the gallbladder stores is {self.stored:g}; 0 to 1 is allowed"
            )
        _ = self._held

    @cached_property
    def _held(self) -> Contents:
        """The gallbladder as if all bile went into it: its TIAC and gradient are linear in the share."""
        return Contents(self.inflow, self.emptied, self.lambda_phys_per_h)

    @property
    def gallbladder_tiac_h(self) -> float:
        """TIAC of the gallbladder's contents, h."""
        return self.stored * self._held.tiac_h

    @property
    def gallbladder_gradient(self) -> FloatArray:
        """(2n,) derivative of the gallbladder's TIAC by the inflow's shares, h, then by its rates, h2."""
        return self.stored * self._held.gradient

    @property
    def entered(self) -> float:
        """Activity that enters the small intestine in all, per unit administered."""
        # what is below the rounding of the difference is none: almost all decayed in the gallbladder
        return max(
            entered(self.inflow, self.lambda_phys_per_h) - self.lambda_phys_per_h * self.gallbladder_tiac_h,
            0.0,
        )

    @property
    def entered_gradient(self) -> FloatArray:
        """(2n,) derivative of :attr:`entered` by the inflow's shares, then by its rates, h."""
        lam = self.lambda_phys_per_h
        return entered_gradient(self.inflow, lam) - lam * self.gallbladder_gradient

    def tract_tiac_h(self, of: Tract, *, enters: str = SMALL_INTESTINE) -> dict[str, float]:
        """TIAC in h of every compartment of a tract that the bile enters.

        Raises
        ------
        KineticsError : the tract has no such compartment.
        """
        unit = tract_tiac_h(of, self.lambda_phys_per_h, enters=enters)
        return {name: self.entered * hours for name, hours in unit.items()}
