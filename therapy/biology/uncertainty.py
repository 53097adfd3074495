"""Standard uncertainty of a biologically effective dose, to first order.

By cycle's dose D_c: dBED/dlnD_c = w D_c + 2/(a/b) sum over d of M_cd. By a/b: -G D^2/(a/b)^2. By the
half-time of repair: a central difference of the closed form. The dose rate's shape over time is held.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from dosimetry.errors import DosimetryError
from therapy.biology.bed import Bed, repair_constants
from therapy.biology.dose_rate import AnyDoseRate, FloatArray
from therapy.biology.interaction import interaction

#: Relative step of the central difference by the half-time of repair; its error is of its square's order.
_STEP = 1e-4
_ABOVE_0 = 1e-9


@dataclass(frozen=True, kw_only=True)
class BedUncertainty:
    """Standard uncertainty of a BED and of its parts, Gy.

    by : "dose", "alpha/beta", "repair half-time" -> standard uncertainty; only those that were given.
    gradient : by each cycle's ln D, in Gy; by alpha/beta; by ln of the repair half-time, in Gy.

    >>> BedUncertainty(by={"dose": 3.0, "alpha/beta": 4.0}, gradient={}).u_bed_Gy
    5.0
    """

    by: Mapping[str, float]
    gradient: Mapping[str, FloatArray] = field(default_factory=dict, compare=False)

    @property
    def u_bed_Gy(self) -> float:
        """The root of the sum of squares."""
        return math.hypot(*self.by.values())


def bed_uncertainty(
    of: Bed,
    rates: Sequence[tuple[float, AnyDoseRate]],
    *,
    u_dose_relative: float | Sequence[float] | FloatArray | None = None,
    correlation: float | FloatArray = 1.0,
    u_alpha_beta_Gy: float | None = None,
    u_repair_relative: float | None = None,
) -> BedUncertainty:
    """Standard uncertainty of a BED by doses, alpha/beta and the half-time of repair.

    Parameters
    ----------
    of, rates : what :func:`therapy.bed` gave, and the rates that it was given.
    u_dose_relative : relative standard uncertainty of the cycles' doses, one or (n,); None: not known.
    correlation : of the cycles' doses: one number for all pairs (1: one error for all, as where kinetics or
        masses are carried over; 0: independent), or (n, n).
    u_alpha_beta_Gy, u_repair_relative : standard uncertainty of alpha/beta in Gy, and of the half-time (of
        all phases together), relative; None: not known.

    Raises
    ------
    DosimetryError : a negative uncertainty; a correlation that none can be.

    Examples
    --------
    >>> from therapy import DoseRate, bed
    >>> rates = [(0.0, DoseRate([0.08], [0.0139]))]
    >>> found = bed_uncertainty(bed(rates, 2.6, 2.8), rates, u_dose_relative=0.1, u_alpha_beta_Gy=0.5)
    >>> {name: round(u, 3) for name, u in found.by.items()}
    {'dose': 0.711, 'alpha/beta': 0.13}
    """
    n = len(rates)
    if n != of.dose_by_cycle_Gy.size:
        raise DosimetryError(f"the BED is of {of.dose_by_cycle_Gy.size} cycles, and {n} dose rates are given")
    by: dict[str, float] = {}
    gradient: dict[str, FloatArray] = {}
    matrix = of.interaction_Gy2
    if u_dose_relative is not None:
        u = np.broadcast_to(_checked(u_dose_relative, "of the doses"), (n,))
        slope = of.rbe_max * of.dose_by_cycle_Gy + 2.0 * matrix.sum(1) / of.alpha_beta_Gy
        gradient["dose"] = slope
        moved = slope * u
        by["dose"] = math.sqrt(max(float(moved @ correlation_matrix(correlation, n) @ moved), 0.0))
    if u_alpha_beta_Gy is not None:
        u_ratio = float(_checked(u_alpha_beta_Gy, "of alpha/beta"))
        gradient["alpha/beta"] = np.array(-matrix.sum() / of.alpha_beta_Gy**2)
        by["alpha/beta"] = abs(float(gradient["alpha/beta"])) * u_ratio
    if u_repair_relative is not None:
        u_repair = float(_checked(u_repair_relative, "of the repair half-time"))
        gradient["repair half-time"] = np.array(repair_slopes(rates, of.repair).sum() / of.alpha_beta_Gy)
        by["repair half-time"] = abs(float(gradient["repair half-time"])) * u_repair
    return BedUncertainty(by=by, gradient=gradient)


def repair_slopes(
    rates: Sequence[tuple[float, AnyDoseRate]], repair: Sequence[tuple[float, float]]
) -> FloatArray:
    """(n, n) derivative of the interaction by the logarithm of the half-times of repair, Gy^2."""
    ends = []
    for factor in (1.0 + _STEP, 1.0 - _STEP):
        longer = [(share, half_time * factor) for share, half_time in repair]
        ends.append(interaction(rates, repair_constants(longer)))
    found: FloatArray = (ends[0] - ends[1]) / (2.0 * _STEP)
    return found


def _checked(value: float | Sequence[float] | FloatArray, what: str) -> FloatArray:
    found = np.asarray(value, dtype=np.float64)
    if not np.all(np.isfinite(found)) or np.any(found < 0.0):
        raise DosimetryError(f"the standard uncertainty {what} is {value}; 0 or above is needed")
    return found


def correlation_matrix(value: float | FloatArray, n: int) -> FloatArray:
    """(n, n) correlation of cycles' doses: one number for all pairs, or the matrix itself.

    Raises
    ------
    DosimetryError : it is no correlation.

    Examples
    --------
    >>> correlation_matrix(0.5, 2).tolist()
    [[1.0, 0.5], [0.5, 1.0]]
    """
    given = np.asarray(value, dtype=np.float64)
    found = given if given.ndim else np.where(np.eye(n, dtype=bool), 1.0, given)
    if found.shape != (n, n) or not np.allclose(found, found.T) or not np.allclose(np.diag(found), 1.0):
        raise DosimetryError(f"a correlation of {n} cycles' doses is a number, or a symmetric matrix with 1s")
    if np.linalg.eigvalsh(found).min() < -_ABOVE_0:
        raise DosimetryError(
            "the correlation of the cycles' doses is none: a sum would have a negative variance"
        )
    return found
