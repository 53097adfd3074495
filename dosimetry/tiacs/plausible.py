"""What cannot be: time-integrated activity coefficients beyond all decays of what was administered.

A MBq of a nuclide of half-life T has T/ln 2 MBq.h of decays in all: no region, and no sum of regions, has
a TIAC above it. A little above is what calibration and rounding do, much above is a mistake in a unit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide

#: A TIAC above the bound by more than this share of it, and by more than so many of its standard errors, is
#: refused: 5 % is what an activity meter may be off and pass its test.
MARGIN, STANDARD_ERRORS = 0.05, 3.0
#: By more than this share it is refused whatever its standard error says.
MOST = 0.5
#: Below it nothing is said: what printed TIACs are rounded to.
ROUNDING = 0.01

CAUSES = (
    "are times in hours (not minutes or days), was a per cent not taken for a fraction, is the decay state"
    " the right one? (TIACs of a daughter: per_MBq_of names the nuclide that was administered)"
)


@dataclass(frozen=True)
class Bound:
    """The longest TIAC that there can be.

    hours : half-life/ln 2, h.
    of : what it is of, e.g. "F-18 (half-life 1.829 h)".
    """

    hours: float
    of: str


def bound_of(nuclide: Nuclide, parent: Nuclide | None = None) -> Bound:
    """The bound on the TIACs of a nuclide, per MBq of it, or per MBq of the parent that was administered.

    A daughter decays as often as the parent at most, and what was administered of itself may come on top.

    >>> from dosimetry import nuclide
    >>> round(bound_of(nuclide("F-18")).hours, 3)
    2.639
    """
    own = nuclide.half_life_h / math.log(2)
    if parent is None or parent.name == nuclide.name:
        return Bound(own, f"{nuclide.name} (half-life {nuclide.half_life_h:.4g} h)")
    lives = f"half-lives {nuclide.half_life_h:.4g} and {parent.half_life_h:.4g} h"
    return Bound(own + parent.half_life_h / math.log(2), f"{nuclide.name} after {parent.name} ({lives})")


def impossible(value_h: float, se_h: float | None, bound: Bound) -> bool:
    """Whether a TIAC is above the bound beyond all error of measurement."""
    if value_h <= bound.hours * (1.0 + MARGIN):
        return False
    error = 0.0 if se_h is None or not math.isfinite(se_h) else se_h
    return value_h > min(bound.hours + STANDARD_ERRORS * error, bound.hours * (1.0 + MOST))


def sentence(what: str, value_h: float, bound: Bound) -> str:
    """What is said of a TIAC above the bound."""
    return (
        f"{what} is {value_h:.4g} h, but all decays of {bound.of} are {bound.hours:.4g} h per MBq"
        " administered (half-life/ln 2)"
    )


def check_tiac(what: str, value_h: float, se_h: float | None, bound: Bound) -> str | None:
    """A warning on one TIAC; None where there is nothing to say.

    Raises
    ------
    DosimetryError : it is above the bound by more than 5 % and 3 standard errors, or by more than 50 %.
    """
    if impossible(value_h, se_h, bound):
        raise DosimetryError(f"{sentence(what, value_h, bound)}: {CAUSES}")
    if value_h > bound.hours * (1.0 + ROUNDING):
        return f"{sentence(what, value_h, bound)}: within errors of measurement, but look at the calibration"
    return None


def check_tiacs(
    tiac_h: Mapping[str, float], error_h: NDArray[np.float64] | None, bound: Bound
) -> dict[str, str]:
    """Warnings on TIACs by source region, and on their sum (key ""); regions must not overlap.

    Parameters
    ----------
    tiac_h : TIAC by source region, h.
    error_h : (n, M) what one standard error of each of M measurements changes, h; None: not known.

    Raises
    ------
    DosimetryError : one of them, or their sum, cannot be.
    """
    names, values = list(tiac_h), list(tiac_h.values())
    se: Sequence[float | None] = [None] * len(names)
    se_sum = None
    if error_h is not None:
        se = [float(v) for v in np.sqrt((error_h**2).sum(axis=1))]
        se_sum = float(np.sqrt((error_h.sum(axis=0) ** 2).sum()))
    checked = {
        n: check_tiac(f"TIAC of '{n}'", v, e, bound) for n, v, e in zip(names, values, se, strict=True)
    }
    if len(names) > 1:
        listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        checked[""] = check_tiac(f"sum of the TIACs ({listed})", math.fsum(values), se_sum, bound)
    return {name: text for name, text in checked.items() if text}
