"""What is left of a dose limit after the cycles so far, and the activity that would reach it in the next one.

Absorbed dose: D + A d = L. BED: with the interaction M of the cycles so far and of the next per MBq
(:mod:`therapy.biology.interaction`), BED(A) = BED + A (w d + 2/(a/b) sum of M_c,next) + A^2 M_next,next
/(a/b), which has one root above 0. Beside the activity by the best estimates stands the one that keeps the
limit with a probability: where the dose with z of its standard uncertainties reaches the limit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.stats import norm

from dosimetry.errors import DosimetryError
from therapy.biology.bed import bed
from therapy.biology.dose_rate import AnyDoseRate, FloatArray
from therapy.biology.uncertainty import correlation_matrix, repair_slopes
from therapy.limits.table import DoseLimit, TissueConstants

#: Probability with which the lower activity keeps the limit, where nobody says another.
KEPT_WITH = 0.95
EXCEEDED = "exceeded"


@dataclass(frozen=True, kw_only=True)
class LimitRoom:
    """What is left of a limit.

    used_Gy, u_used_Gy : of the limit's quantity, by the cycles so far; left_Gy : the limit less that.
    activity_MBq : of the next cycle, that reaches the limit; u_activity_MBq : its standard uncertainty.
    lower_MBq : the activity that keeps the limit with the probability ``kept_with``; None: no uncertainty.
    reason : why there is none (the limit is exceeded, its activity is then 0), or "".

    >>> from therapy import load_limits
    >>> room = room_of_absorbed(load_limits().of("red marrow")[0], 0.5, 2.5e-4)
    >>> room.left_Gy, round(room.activity_MBq)
    (1.5, 6000)
    """

    limit: DoseLimit
    used_Gy: float
    left_Gy: float
    activity_MBq: float
    u_used_Gy: float | None = None
    u_activity_MBq: float | None = None
    lower_MBq: float | None = None
    kept_with: float = KEPT_WITH
    reason: str = ""


def room_of_absorbed(
    limit: DoseLimit,
    used_Gy: float,
    dose_Gy_per_MBq: float,
    *,
    u_used_Gy: float | None = None,
    u_dose_Gy_per_MBq: float | None = None,
    correlation: float = 1.0,
    kept_with: float = KEPT_WITH,
) -> LimitRoom:
    """What is left of a limit of the absorbed dose, and the activity of the next cycle that reaches it.

    Parameters
    ----------
    used_Gy : absorbed dose of the cycles so far, 0 or more.
    dose_Gy_per_MBq : of the next cycle, above 0.
    u_used_Gy, u_dose_Gy_per_MBq : standard uncertainties; None: not known.
    correlation : of both (1: one error, e.g. of the mass, is in all cycles alike).
    kept_with : probability with which ``lower_MBq`` keeps the limit, 0.5 to 1.

    Raises
    ------
    DosimetryError : a limit of the BED; a number that is none of these.

    Examples
    --------
    >>> from therapy import load_limits
    >>> kidneys = load_limits().of("kidneys")[0]
    >>> room = room_of_absorbed(kidneys, 9.2, 6e-4, u_used_Gy=0.92, u_dose_Gy_per_MBq=6e-5)
    >>> round(room.activity_MBq), round(room.u_activity_MBq), round(room.lower_MBq)
    (23000, 3833, 17585)
    """
    if limit.quantity != "absorbed dose":
        raise DosimetryError(f"limit '{limit.name}' is of the {limit.quantity}, not of the absorbed dose")
    z = _factor(kept_with)
    if not (math.isfinite(used_Gy) and used_Gy >= 0.0):
        raise DosimetryError(f"the dose so far is {used_Gy:g} Gy; 0 or above is needed")
    d = _above_0(dose_Gy_per_MBq, "the dose of the next cycle", "Gy/MBq")
    if not -1.0 <= correlation <= 1.0:
        raise DosimetryError(f"correlation {correlation:g}; -1 to 1 is needed")
    left = limit.value_Gy - used_Gy
    u0, u1 = u_used_Gy or 0.0, u_dose_Gy_per_MBq or 0.0
    known = u_dose_Gy_per_MBq is not None and (used_Gy == 0.0 or u_used_Gy is not None)
    if left <= 0.0:
        return _exceeded(limit, used_Gy, u_used_Gy, kept_with)
    activity = left / d

    def spread(a: float) -> float:
        return math.sqrt(max(u0 * u0 + 2.0 * correlation * u0 * u1 * a + (u1 * a) ** 2, 0.0))

    return LimitRoom(
        limit=limit,
        used_Gy=used_Gy,
        u_used_Gy=u_used_Gy,
        left_Gy=left,
        activity_MBq=activity,
        u_activity_MBq=spread(activity) / d if known else None,
        lower_MBq=_lower(lambda a: used_Gy + a * d + z * spread(a), limit.value_Gy, activity)
        if known
        else None,
        kept_with=kept_with,
    )


def room_of_bed(
    limit: DoseLimit,
    so_far: Sequence[tuple[float, AnyDoseRate]],
    next_start_h: float,
    next_per_MBq: AnyDoseRate,
    tissue: TissueConstants,
    *,
    u_dose_relative: float | Sequence[float] | FloatArray | None = None,
    correlation: float | FloatArray = 1.0,
    rbe_max: float = 1.0,
    kept_with: float = KEPT_WITH,
) -> LimitRoom:
    """What is left of a limit of the BED, and the activity of the next cycle that reaches it.

    Parameters
    ----------
    so_far : start in h and dose rate of each cycle so far; none: the next one is the first.
    next_start_h, next_per_MBq : start of the next cycle and its dose rate per MBq, in Gy/h.
    tissue : alpha/beta and repair, with their standard uncertainties where they are stated.
    u_dose_relative : relative standard uncertainty of each cycle's dose, of the next one's last, or one of
        all; None: not known.
    correlation : of these doses, one number or (n, n).
    rbe_max : as for :func:`therapy.bed`.
    kept_with : probability with which ``lower_MBq`` keeps the limit, 0.5 to 1.

    Raises
    ------
    DosimetryError : a limit of the absorbed dose; as :func:`therapy.bed`.

    Examples
    --------
    >>> from therapy import DoseRate, load_limits
    >>> table = load_limits()
    >>> per_MBq = DoseRate([8.3e-6], [0.0139])  # 0.6 Gy/GBq
    >>> so_far = [(0.0, per_MBq.times(7400.0)), (1344.0, per_MBq.times(7400.0))]
    >>> room = room_of_bed(table.of("kidneys")[1], so_far, 2688.0, per_MBq, table.tissues["kidneys"])
    >>> round(room.used_Gy, 2), round(room.activity_MBq)
    (9.64, 35480)
    """
    if limit.quantity != "BED":
        raise DosimetryError(f"limit '{limit.name}' is of the {limit.quantity}, not of the BED")
    z = _factor(kept_with)
    ratio, half_time = tissue.alpha_beta_Gy, tissue.repair_half_time_h
    course = [*so_far, (next_start_h, next_per_MBq)]
    unit = bed(course, ratio, half_time, rbe_max=rbe_max)  # with 1 MBq in the next cycle
    matrix, n = unit.interaction_Gy2, len(so_far)
    used = rbe_max * float(unit.dose_by_cycle_Gy[:n].sum()) + float(matrix[:n, :n].sum()) / ratio
    # used + linear A + square A^2 = limit
    linear = rbe_max * next_per_MBq.dose_Gy + 2.0 * float(matrix[:n, n].sum()) / ratio
    square = float(matrix[n, n]) / ratio
    left = limit.value_Gy - used
    known = u_dose_relative is not None
    u_each = np.broadcast_to(np.asarray(u_dose_relative if known else 0.0, dtype=np.float64), (n + 1,))
    shared = correlation_matrix(correlation, n + 1)
    repair = None
    if tissue.u_repair_relative is not None:  # of the BED by ln of the half-time, cycle by cycle
        repair = repair_slopes(course, unit.repair) / ratio

    def spread(a: float) -> float:
        """Standard uncertainty of the BED with a MBq in the next cycle."""
        factors = np.append(np.ones(n), a)
        doses, met = unit.dose_by_cycle_Gy * factors, matrix * np.outer(factors, factors)
        moved = (rbe_max * doses + 2.0 * met.sum(1) / ratio) * u_each
        variance = float(moved @ shared @ moved)
        variance += (float(met.sum()) / ratio**2 * (tissue.u_alpha_beta_Gy or 0.0)) ** 2
        if repair is not None and tissue.u_repair_relative is not None:
            variance += (float(factors @ repair @ factors) * tissue.u_repair_relative) ** 2
        return math.sqrt(max(variance, 0.0))

    u_used = spread(0.0) if known else None
    if left <= 0.0:
        return _exceeded(limit, used, u_used, kept_with)
    activity = 2.0 * left / (linear + math.sqrt(linear * linear + 4.0 * square * left))
    slope = linear + 2.0 * square * activity
    total = lambda a: used + linear * a + square * a * a + z * spread(a)  # noqa: E731
    return LimitRoom(
        limit=limit,
        used_Gy=used,
        u_used_Gy=u_used,
        left_Gy=left,
        activity_MBq=activity,
        u_activity_MBq=spread(activity) / slope if known else None,
        lower_MBq=_lower(total, limit.value_Gy, activity) if known else None,
        kept_with=kept_with,
    )


def first_reached(rooms: Sequence[LimitRoom]) -> LimitRoom:
    """The limit that is reached first, of several in force.

    Raises
    ------
    DosimetryError : there is none.

    Examples
    --------
    >>> from therapy import load_limits
    >>> table = load_limits()
    >>> rooms = [room_of_absorbed(table.of("kidneys")[0], 0.0, 6e-4)]
    >>> rooms.append(room_of_absorbed(table.of("red marrow")[0], 0.0, 3e-5))
    >>> first_reached(rooms).limit.name
    'kidneys 23 Gy'
    """
    if not rooms:
        raise DosimetryError("no limit is in force; there is none that is reached first")
    return min(rooms, key=lambda room: room.activity_MBq)


def _exceeded(limit: DoseLimit, used: float, u: float | None, kept_with: float) -> LimitRoom:
    return LimitRoom(
        limit=limit,
        used_Gy=used,
        u_used_Gy=u,
        left_Gy=0.0,
        activity_MBq=0.0,
        lower_MBq=0.0,
        kept_with=kept_with,
        reason=f"{EXCEEDED}: {used:.4g} Gy of {limit.value_Gy:g} Gy are used",
    )


def _lower(total: Callable[[float], float], limit: float, most: float) -> float:
    """The activity at which dose and uncertainty together reach a limit; 0 where they have passed it."""
    if total(0.0) >= limit:
        return 0.0
    if total(most) <= limit:
        return most
    return float(brentq(lambda a: total(a) - limit, 0.0, most, xtol=1e-12 * most, rtol=1e-14))


def _factor(kept_with: float) -> float:
    if not 0.5 <= kept_with < 1.0:
        raise DosimetryError(f"a limit kept with probability {kept_with:g}; 0.5 up to below 1 is needed")
    return float(norm.ppf(kept_with))


def _above_0(value: float, what: str, unit: str) -> float:
    if not (math.isfinite(value) and value > 0.0):
        raise DosimetryError(f"{what} is {value:g} {unit}; a number above 0 is needed")
    return value
