"""Lines of a budget while it is made: what each error changes, and what is not known."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from dosimetry.uncertainty.budget import Error
from dosimetry.uncertainty.propagation.chain import Chain

Array = NDArray[np.float64]

#: Errors smaller than this share of the largest are rounding.
ROUNDING = 1e-14


@dataclass(eq=False)
class Line:
    """What one error changes in a patient.

    tiac_h : (n + 1,) in the TIACs of the sources and of the whole body, h.
    dose : (3, T) in the doses beside what the TIACs bring, mGy/MBq, by kind of radiation and target.
    degrees_of_freedom : of its standard uncertainty.
    """

    tiac_h: Array
    dose: Array
    degrees_of_freedom: float = math.inf

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not (self.tiac_h.any() or self.dose.any())


@dataclass(eq=False)
class Lines:
    """All lines of one patient.

    unknown : what has no known uncertainty -> why.
    idle : input -> why it changes nothing of this patient.
    """

    chain: Chain
    lines: dict[Error, Line] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    idle: dict[str, str] = field(default_factory=dict)

    def of(self, error: Error) -> Line:
        """The line of an error, empty at first."""
        if error not in self.lines:
            targets = len(self.chain.result.doses.targets)
            self.lines[error] = Line(np.zeros(len(self.chain.sources) + 1), np.zeros((3, targets)))
        return self.lines[error]
