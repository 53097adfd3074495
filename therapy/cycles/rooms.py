"""What is left of the limits in force after a course, by patient and limit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS
from therapy.cycles.doses import MGY_PER_GY, CourseDoses, index_of
from therapy.cycles.rates import CourseBed, linear_factor
from therapy.cycles.settings import Therapy
from therapy.limits.remaining import LimitRoom, room_of_absorbed, room_of_bed
from therapy.limits.table import BED, DoseLimit, LimitTable

#: Hours to the next cycle where a course has one so far: eight weeks.
EIGHT_WEEKS_H = 1344.0
#: Said where a limit of absorbed doses is compared with doses by alphas.
NOT_WEIGHTED = "absorbed dose not weighted by RBE, while such limits are of photons and electrons"


@dataclass(frozen=True)
class Room:
    """What is left of one limit, or why that is not known.

    like : the cycle whose doses per activity the next one is given.
    """

    limit: DoseLimit
    room: LimitRoom | None
    like: int
    reason: str = ""
    note: str = ""


def rooms_of(
    doses: CourseDoses, table: LimitTable, beds: dict[str, CourseBed], settings: Therapy
) -> list[Room]:
    """What is left of every limit of an organ that the body has.

    beds : of the course, by organ.
    """
    last = len(doses.course.cycles)
    like = last if settings.next_cycle == "as the last cycle" else doses.course.measured
    found = []
    for limit in table.limits:
        if limit.organ not in doses.targets:
            found.append(Room(limit, None, like, "the body has no such target"))
            continue
        try:
            found.append(_room(doses, limit, beds.get(limit.organ), like, settings))
        except DosimetryError as error:
            found.append(Room(limit, None, like, str(error)))
    return found


def _room(
    doses: CourseDoses, limit: DoseLimit, of_bed: CourseBed | None, like: int, settings: Therapy
) -> Room:
    t = index_of(doses.targets, limit.organ)
    activity, last = doses.course.cycle(like).administered_MBq, len(doses.course.cycles)
    per_MBq = float(doses.dose_Gy[like - 1, t]) / activity
    if per_MBq <= 0.0:
        return Room(limit, None, like, "the next cycle would give it no dose")
    used = float(doses.cumulative_Gy()[t])
    covariance = doses.covariance_with_next_Gy2(limit.organ, like, settings.u_same_tiac)
    u_used = u_next = u_each = None
    correlation, together = 1.0, np.ones((last + 1, last + 1))
    if covariance is not None:
        sd = np.sqrt(np.diag(covariance))
        together = covariance / np.outer(np.where(sd > 0.0, sd, 1.0), np.where(sd > 0.0, sd, 1.0))
        np.fill_diagonal(together, 1.0)
        each = doses.dose_Gy[:, t]
        u_each = sd / np.append(each, each[like - 1])
        u_used, u_next = float(np.sqrt(covariance[:-1, :-1].sum())), float(sd[-1]) / activity
        if u_used > 0.0 and u_next > 0.0:
            common = float(covariance[-1, :-1].sum()) / activity
            correlation = min(1.0, max(-1.0, common / (u_used * u_next)))
    part = doses.part_Gy[:, :, t].sum(axis=0)
    if limit.quantity != BED:
        alphas = 100.0 * float(part[KINDS.index("alpha")]) / used
        note = f"{alphas:.3g} % of the dose is by alphas: {NOT_WEIGHTED}" if alphas > 0.0 else ""
        room = room_of_absorbed(
            limit, used, per_MBq, u_used_Gy=u_used, u_dose_Gy_per_MBq=u_next, correlation=correlation
        )
        return Room(limit, room, like, note=note)
    if of_bed is None or of_bed.bed is None:
        return Room(limit, None, like, of_bed.reason if of_bed else "no constants of its BED are stated")
    numbers = [c.number for c in doses.course.cycles]
    starts = [doses.course.start_h(number) for number in numbers]
    gap = starts[-1] - starts[-2] if len(starts) > 1 else EIGHT_WEEKS_H
    room = room_of_bed(
        limit,
        list(zip(starts, of_bed.rates, strict=True)),
        starts[-1] + gap,
        of_bed.rates[like - 1].times(1.0 / activity),
        of_bed.tissue,
        u_dose_relative=u_each,
        correlation=together,
        rbe_max=linear_factor(part, settings.rbe_alpha),
    )
    return Room(limit, room, like, note=f"next cycle {gap / 24:.3g} days after the last")


def per_GBq(room: LimitRoom) -> float:
    """The activity that reaches a limit, GBq."""
    return room.activity_MBq / MGY_PER_GY
