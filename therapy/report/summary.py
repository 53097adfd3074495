"""What ``milligray run`` says of a therapy in the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dosimetry.files.output import plain_table, significant
from therapy.cycles.rates import CourseBed
from therapy.cycles.result import PatientTherapy, TherapyResult

if TYPE_CHECKING:
    from dosimetry.files.terminal import Terminal

#: Of more patients the cohort is shown, not each.
FEW = 6


def print_summary(console: Terminal, result: TherapyResult) -> None:
    """Doses by cycle and cumulative with u, BED, limits; patients if they are few, else the cohort."""
    console.print("Research software: not for the treatment of a patient.", style="dim")
    if len(result.patients) <= FEW:
        for patient in result.patients:
            _patient(console, patient)
    else:
        _cohort(console, result)


def _patient(console: Terminal, patient: PatientTherapy) -> None:
    organs = patient.organs
    cycles = organs.course.cycles
    shown = patient.shown_targets()
    columns = {f"cycle {c.number}": "right" for c in cycles} if len(cycles) <= 6 else {}
    title = (
        f"Absorbed dose / Gy, {patient.name}: {len(cycles)} cycle{'s' * (len(cycles) > 1)},"
        f" {organs.course.administered_MBq / 1000:.4g} GBq"
    )
    table = plain_table(title, {"": "left", **columns, "all": "right", "u": "right", "BED": "right"})
    known = organs.unstated() == []
    u = organs.cumulative_u_Gy() if known else organs.cumulative_se_Gy()
    total, each = organs.cumulative_Gy(), organs.dose_Gy
    for target in shown:
        t = organs.targets.index(target)
        by_cycle = [significant(x) for x in each[:, t]] if columns else []
        row = significant(total[t]), significant(u[t], 2), _bed(patient.beds.get(target))
        table.add_row(target, *by_cycle, *row)
    if patient.lesions:
        table.add_section()
    for lesion in patient.lesions:
        by_cycle = [significant(x) for x in lesion.dose_Gy] if columns else []
        name, all_u = lesion.dose.lesion, lesion.cumulative_u_Gy()
        value = all_u if all_u == all_u else lesion.cumulative_se_Gy()
        row = significant(lesion.cumulative_Gy()), significant(value, 2), _bed(patient.lesion_beds.get(name))
        table.add_row(name, *by_cycle, *row)
    console.print(table)
    _limits(console, patient)
    if not known:
        console.print(f"u without the rules' own: {'; '.join(organs.unstated())}\n", style="dim")


def _limits(console: Terminal, patient: PatientTherapy) -> None:
    """What is left of each limit, and the activity of the next cycle that reaches it."""
    if not patient.rooms:
        return
    columns = dict.fromkeys(("Gy", "used", "left", "next / GBq", "95 % / GBq"), "right")
    table = plain_table("Limits, and the next cycle's activity that reaches each", {"": "left", **columns})
    for one in patient.rooms:
        limit, room = one.limit, one.room
        if room is None:
            table.add_row(limit.name, significant(limit.value_Gy), "–", "–", "–", "–")
            continue
        lower = None if room.lower_MBq is None else room.lower_MBq / 1000.0
        left = room.reason.partition(":")[0] or significant(room.left_Gy)
        numbers = significant(room.activity_MBq / 1000.0), significant(lower)
        table.add_row(limit.name, significant(limit.value_Gy), significant(room.used_Gy), left, *numbers)
    console.print(table)


def _bed(of: CourseBed | None) -> str:
    return "" if of is None else "–" if of.bed is None else significant(of.bed.bed_Gy)


def _cohort(console: Terminal, result: TherapyResult) -> None:
    names = list(dict.fromkeys(t for p in result.patients for t in p.shown_targets()))
    columns = dict.fromkeys(("mean", "sd", "min", "max", "n"), "right")
    title = f"Cumulative absorbed dose / Gy, {len(result.patients)} patients"
    table = plain_table(title, {"": "left", **columns})
    for name in names:
        values = np.array(
            [
                p.organs.cumulative_Gy()[p.organs.targets.index(name)]
                for p in result.patients
                if name in p.shown_targets()
            ]
        )
        spread = significant(float(values.std(ddof=1)), 2) if len(values) > 1 else "–"
        table.add_row(
            name,
            significant(float(values.mean())),
            spread,
            significant(float(values.min())),
            significant(float(values.max())),
            str(len(values)),
        )
    console.print(table)
    over: dict[str, list[str]] = {}
    for patient in result.patients:
        for one in patient.rooms:
            if one.room is not None and one.room.reason:
                over.setdefault(one.limit.name, []).append(patient.name)
    for name, who in over.items():
        console.print(f"{name} is exceeded in {len(who)}: {', '.join(who)}")
