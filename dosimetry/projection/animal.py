"""What was measured in animals: activity by organ and time, corrected for decay, with its errors."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from phantoms.regions.names import normal_form

if TYPE_CHECKING:
    Array = NDArray[np.float64]

PERCENT, PERCENT_PER_GRAM = "%IA", "%IA/g"
#: What is measured of an animal beside source regions: all of it, and what has left it up to a time.
WHOLE_BODY, URINE, FAECES = "whole body", "urine", "faeces"
#: Other words for these.
WORDS = {"total body": WHOLE_BODY, "body": WHOLE_BODY, "feces": FAECES, "stool": FAECES}
#: A per cent of the administered activity above this is a mistake; a little above 100 is calibration.
MOST_PERCENT = 120.0
#: What calibration and rounding may make of a %IA before it is told.
ROUNDING_PERCENT = 1.0
#: Adult body masses in g that a species can have: outside of them the unit is wrong.
BODY_MASS_G = {
    "mouse": (10.0, 80.0),
    "rat": (80.0, 1000.0),
    "hamster": (30.0, 300.0),
    "guinea pig": (200.0, 1800.0),
    "rabbit": (800.0, 8000.0),
    "dog": (2000.0, 80_000.0),
    "pig": (5000.0, 350_000.0),
    "monkey": (1000.0, 20_000.0),
}


@dataclass(frozen=True, eq=False)
class AnimalCurve:
    """Mean activity in one organ of the animals over time, corrected for decay to the administration.

    Parameters
    ----------
    organ : a source region, "whole body", or "urine" or "faeces" (what has left up to each time).
    time_h : (N,) hours after administration, rising.
    value : (N,) mean over the animals, in ``unit``.
    unit : "%IA" (in all of the organ) or "%IA/g".
    mass_g : the organ's mass in the animal; None: not known.
    errors : name of an independent error -> (N,) signed change of the mean by one standard error of it. An
        error that stands in several curves (one animal's) is the same in all. None: not known.
    why_no_errors : why they are not known.

    Raises
    ------
    DosimetryError : another unit, values that are no activity, times that do not rise.

    Examples
    --------
    >>> liver = AnimalCurve("liver", [1.0, 24.0], [9.0, 6.0], "%IA/g", mass_g=1.3)
    >>> round(float(liver.factor_to("%IA") * liver.value[0]), 1)
    11.7
    """

    organ: str
    time_h: Array
    value: Array
    unit: str
    mass_g: float | None = None
    errors: dict[str, Array] | None = None
    why_no_errors: str = ""

    def __post_init__(self) -> None:
        time, value = (np.array(a, dtype=np.float64) for a in (self.time_h, self.value))
        object.__setattr__(self, "time_h", time)
        object.__setattr__(self, "value", value)
        wrong = []
        if self.unit not in (PERCENT, PERCENT_PER_GRAM):
            wrong.append(f"the unit is '{self.unit}'; {PERCENT} or {PERCENT_PER_GRAM} is needed")
        if time.ndim != 1 or time.shape != value.shape or not time.size:
            wrong.append(f"{time.size} times and {value.size} values; as many of each are needed")
        elif not (np.all(np.isfinite(time)) and time[0] >= 0.0 and np.all(np.diff(time) > 0.0)):
            wrong.append("times must be 0 h or more and rise")
        if not (np.all(np.isfinite(value)) and np.all(value >= 0.0)):
            wrong.append("a value is below 0 or no number")
        elif self.unit == PERCENT and np.any(value > MOST_PERCENT):
            wrong.append(
                f"{value.max():g} {PERCENT}: at most {MOST_PERCENT:g} is taken (100 is all that was"
                " administered; is it a per cent, and corrected for decay once?)"
            )
        if self.organ in (WHOLE_BODY, URINE, FAECES) and self.unit != PERCENT:
            wrong.append(f"it is needed in {PERCENT}, not in {self.unit}")
        if self.mass_g is not None and not (math.isfinite(self.mass_g) and self.mass_g > 0.0):
            wrong.append(f"its mass is {self.mass_g:g} g; a number above 0 is needed")
        if wrong:
            raise DosimetryError(*(f"{self.organ}: {text}" for text in wrong))

    def _per(self, unit: str) -> float | None:
        """What values are multiplied by to be in a unit; None where the organ's mass would be needed."""
        if unit == self.unit:
            return 1.0
        if self.mass_g is None:
            return None
        return self.mass_g if unit == PERCENT else 1.0 / self.mass_g

    def factor_to(self, unit: str) -> float:
        """What values are multiplied by to be in %IA or %IA/g.

        Raises
        ------
        DosimetryError : the organ's mass in the animal is needed for that, and is not known.
        """
        factor = self._per(unit)
        if factor is None:
            raise DosimetryError(
                f"{self.organ}: its mass in the animal is needed to have {unit} from {self.unit}, and is not"
                " given (organ_mass_g)"
            )
        return factor


@dataclass(frozen=True, eq=False)
class Animals:
    """Animals that were measured, and what of.

    Parameters
    ----------
    species : e.g. "mouse".
    body_mass_g : mean body mass, g.
    curves : of each organ one; the whole body, or excreta, where they were measured.
    simulated : whether the data were simulated.

    Raises
    ------
    DosimetryError : no organ, one twice; a body mass that the species cannot have; organs that are heavier
        than the body; the whole body beside excreta.

    Examples
    --------
    >>> liver = animal_curve("liver", [1, 24, 72], [8.0, 6.0, 4.0], "%IA/g", sd=[1.0, 0.8, 0.6], n=[5, 5, 4])
    >>> mice = Animals("mouse", 25.0, [liver])
    >>> mice.organs[0].organ, round(float(liver.errors["liver at 24 h"][1]), 3)
    ('liver', 0.358)
    """

    species: str
    body_mass_g: float
    curves: Sequence[AnimalCurve]
    simulated: bool = False
    by_name: dict[str, AnimalCurve] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        low, high = BODY_MASS_G.get(self.species.lower(), (1.0, 500_000.0))
        wrong = []
        if not (math.isfinite(self.body_mass_g) and low <= self.body_mass_g <= high):
            wrong.append(
                f"body mass of the {self.species} is {self.body_mass_g:g} g; {low:g} to {high:g} g is what"
                " can be"
            )
        for curve in self.curves:
            name = WORDS.get(normal_form(curve.organ), normal_form(curve.organ))
            if name in self.by_name:
                wrong.append(f"'{curve.organ}' is given twice")
            self.by_name[name] = curve
        if not self.organs:
            wrong.append("no organ is given; one or more source regions are needed")
        masses = {c.organ: c.mass_g for c in self.organs if c.mass_g is not None}
        if masses and math.fsum(masses.values()) >= self.body_mass_g > 0.0:
            heaviest = max(masses, key=lambda organ: masses[organ])
            wrong.append(
                f"the organs' masses ({', '.join(masses)}) are {math.fsum(masses.values()):g} g in all, but"
                f" the {self.species} has {self.body_mass_g:g} g ({heaviest}: {masses[heaviest]:g} g): are"
                " they in g, of one animal?"
            )
        excreta = [n for n in (URINE, FAECES) if n in self.by_name]
        if WHOLE_BODY in self.by_name and excreta:
            wrong.append(
                f"the whole body is given and {' and '.join(excreta)} too; either says what is still in the"
                " body: leave one out"
            )
        if wrong:
            raise DosimetryError(*wrong)

    @property
    def organs(self) -> list[AnimalCurve]:
        """Curves of source regions: all but the whole body and excreta."""
        return [c for n, c in self.by_name.items() if n not in (WHOLE_BODY, URINE, FAECES)]

    @property
    def turned_back(self) -> tuple[str, ...]:
        """Where what has left the animals comes back: excreta that fall, a whole body that rises.

        >>> urine = animal_curve("urine", [4, 24], [40.0, 15.0], "%IA")  # of each interval, not of all
        >>> liver = animal_curve("liver", [4, 24], [8.0, 6.0], "%IA")
        >>> print(*Animals("mouse", 25.0, [liver, urine]).turned_back)
        urine: 15 %IA have left by 24 h, but 40 %IA by 4 h: are values those of each interval? All that has
        left up to each time is needed
        """
        found = []
        for name in (WHOLE_BODY, URINE, FAECES):
            if name not in self.by_name:
                continue
            curve, sign = self.by_name[name], -1.0 if name == WHOLE_BODY else 1.0
            i = int(np.argmin(sign * np.diff(curve.value))) if curve.value.size > 1 else -1
            if i < 0 or sign * (curve.value[i + 1] - curve.value[i]) >= -ROUNDING_PERCENT:
                continue
            (a, b), (t, u) = (x[i : i + 2].tolist() for x in (curve.value, curve.time_h))
            found.append(
                f"{name}: it has {b:.3g} %IA at {u:g} h, but {a:.3g} %IA at {t:g} h: nothing comes back. Are"
                " values corrected for decay once, and per cent of all that was administered?"
                if name == WHOLE_BODY
                else f"{name}: {b:.3g} %IA have left by {u:g} h, but {a:.3g} %IA by {t:g} h: are values those"
                " of each interval? All that has left up to each time is needed"
            )
        return tuple(found)


def animal_curve(
    organ: str,
    time_h: ArrayLike,
    value: ArrayLike,
    unit: str,
    *,
    sd: ArrayLike | None = None,
    n: ArrayLike | None = None,
    mass_g: float | None = None,
) -> AnimalCurve:
    """The curve of one organ from means, SDs and numbers of animals at each time, corrected for decay.

    Parameters
    ----------
    organ : a source region, "whole body", "urine" or "faeces".
    time_h, value : (N,) hours after administration; means, in ``unit``.
    unit : "%IA" or "%IA/g".
    sd, n : (N,) SD between the animals, and how many, at each time; each time has animals of its own, so
        errors are independent. NaN, or none given: not known, and so no error of what the curve gives.
    mass_g : the organ's mass in the animal, g.

    Raises
    ------
    DosimetryError : as :class:`dosimetry.AnimalCurve`; an SD below 0, or fewer than 2 animals with an SD.

    Examples
    --------
    >>> animal_curve("kidneys", [1, 24], [12.0, 6.0], "%IA/g").why_no_errors
    'no SD and number of animals at 1 h, 24 h'
    """
    time = np.array(time_h, dtype=np.float64)
    size = time.size
    spread = np.full(size, np.nan) if sd is None else np.array(sd, dtype=np.float64)
    count = np.full(size, np.nan) if n is None else np.array(n, dtype=np.float64)
    if spread.shape != time.shape or count.shape != time.shape:
        raise DosimetryError(f"{organ}: {size} times, {spread.size} SDs and {count.size} numbers of animals")
    known = np.isfinite(spread) & np.isfinite(count)
    if np.any(spread[known] < 0.0) or np.any(count[known] < 2):
        raise DosimetryError(f"{organ}: an SD of 0 or more, of 2 or more animals, is needed")
    if not known.all():
        why = f"no SD and number of animals at {', '.join(f'{t:g} h' for t in time[~known])}"
        return AnimalCurve(organ, time, np.array(value, float), unit, mass_g, None, why)
    of_mean = spread / np.sqrt(count)
    errors = {f"{organ} at {t:g} h": np.eye(1, size, i)[0] * of_mean[i] for i, t in enumerate(time)}
    return AnimalCurve(organ, time, np.array(value, float), unit, mass_g, errors)
