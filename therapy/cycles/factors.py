"""By what factor a TIAC of the measured cycle becomes that of another, and with which errors."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.areas import area_of, used_curves
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY
from dosimetry.patients.results import PatientResult
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.curve import Curve
from therapy.cycles.course import Course
from therapy.cycles.settings import MEASURED, OWN_CURVE, REFUSE, SAME_HALF_LIFE, SAME_TIAC, Therapy
from therapy.cycles.time_course import value_and_errors

#: Begins the names of errors that are a rule's own.
RULE = "rule "
NO_U = {
    SAME_TIAC: "the uncertainty of the rule 'same TIAC' is not stated (therapy.u_same_tiac)",
    SAME_HALF_LIFE: "the uncertainty of the rule 'same half-life' is not stated (therapy.u_same_half_life)",
}


@dataclass(frozen=True)
class Factor:
    """By what a TIAC of the measured cycle becomes that of another.

    rule : one of the words of :mod:`therapy.cycles.settings`.
    words : what was done.
    k : the factor.
    kept : how much of the measured TIAC's relative errors stays in it, signed.
    own : further relative errors by name; None: not known.
    why : why errors are not known, or what is to be said.
    unstated : why the rule's own uncertainty is not known; "" where it is, or the rule has none.
    curve : the region's own fit of this cycle, where it has one.
    region : whose curve it is, e.g. "serum" of red marrow; "": the source's own.
    """

    rule: str
    words: str
    k: float = 1.0
    kept: float = 1.0
    own: Mapping[str, float] | None = field(default_factory=dict)
    why: str = ""
    unstated: str = ""
    curve: UsedCurve | None = None
    region: str = ""

    def of(self, tiac: Tiac) -> Tiac:
        """The TIAC of this cycle."""
        value, parts, measured = tiac.value_h * self.k, None, tiac.se_parts_h
        if self.own is not None and (measured is not None or self.kept == 0.0):
            share = self.k * self.kept
            parts = {name: part * share for name, part in (measured or {}).items() if part * share != 0.0}
            for name, relative in self.own.items():
                parts[name] = parts.get(name, 0.0) + relative * value
        how = tiac.how if self.rule == MEASURED else f"{self.words}; measured cycle: {tiac.how}"
        return Tiac(tiac.source, value, parts, how, self.why if parts is None and self.why else tiac.reason)


def same_tiac_error(region: str) -> str:
    """Name of the error of the rule 'same TIAC' in a region, one in all cycles."""
    return f"{RULE}'{SAME_TIAC}': {region}"


def factor_of(
    region: str,
    used: UsedCurve | None,
    course: Course,
    number: int,
    lam: float,
    settings: Therapy,
    own: Mapping[tuple[int, str], UsedCurve],
) -> Factor:
    """By what a region's number of a cycle is made.

    Parameters
    ----------
    region : "whole body", "serum" or a source region.
    used : its curve of the measured cycle, where it has one.
    number : the cycle's.
    lam : physical decay constant, 1/h.
    own : from :func:`own_curves`.

    Raises
    ------
    DosimetryError : a scan that is wanted and not there, or that sets no scale.
    """
    if number == course.measured:
        return Factor(MEASURED, "measured in this cycle")
    scanned = course.scans.get(number, {}).get(region)
    if scanned is None or used is None:
        if settings.without_scan == REFUSE:
            raise DosimetryError(
                f"patient '{course.patient}', cycle {number}: '{region}' has no scan, and"
                f" therapy.without_scan = '{REFUSE}' wants one"
            )
        u = settings.u_same_tiac
        return Factor(
            SAME_TIAC,
            f"{SAME_TIAC} as cycle {course.measured}",
            own={} if not u else {same_tiac_error(region): u},
            unstated="" if u is not None else NO_U[SAME_TIAC],
        )
    if len(scanned) == 1:
        return _by_one_scan(region, used, scanned, course, number, lam, settings)
    mine = own[(number, region)]
    before, after = area_of(used), area_of(mine)
    to_percent = _per_activity(scanned.unit, course, number)
    relative = None if after.se is None else after.se / after.value
    return Factor(
        OWN_CURVE,
        f"{OWN_CURVE} of {len(scanned)} scans",
        k=after.value * to_percent / before.value,
        kept=0.0,
        own=None if relative is None else {f"cycle {number}: {after.name}": relative},
        why="" if relative is not None else f"no standard error of its own curve in cycle {number}",
        curve=mine,
    )


def _per_activity(unit: str, course: Course, number: int) -> float:
    """What a value counts in another cycle, in which another activity was given, if it is in kBq."""
    if unit.startswith("%"):
        return 1.0
    return course.cycle(course.measured).administered_MBq / course.cycle(number).administered_MBq


def _by_one_scan(
    region: str,
    used: UsedCurve,
    scanned: Curve,
    course: Course,
    number: int,
    lam: float,
    settings: Therapy,
) -> Factor:
    time_h = float(scanned.time_h[0])
    now = scanned.uncorrected(lam)
    before, errors, last_h = value_and_errors(used, time_h, lam)
    place = course.places.get((number, region))
    where = f"{place}: " if place else ""
    if not (math.isfinite(before) and before > 0.0):
        raise DosimetryError(
            f"{where}patient '{course.patient}', cycle {number}: the measured cycle's curve of '{region}' is"
            f" {before:g} {used.curve.unit} at {time_h:g} h, so that the scan there sets no scale; a scan"
            " later than its uptake is needed"
        )
    k = float(now.value[0]) * _per_activity(scanned.unit, course, number) / before
    own: dict[str, float] | None = None
    kept, why = 1.0, ""
    if errors is None:
        why = f"no standard error of the measured cycle's curve of '{region}'"
    elif now.sd is None:
        why = f"the scan of '{region}' in cycle {number} has no sd"
    else:
        kept, own = _split(errors[0], errors[1], region)
        own[f"cycle {number}: scan of {region}"] = float(now.sd[0] / now.value[0])
    if own is not None and time_h > last_h:
        why = f"the scan at {time_h:g} h lies after the measured cycle's last point at {last_h:g} h"
    first_h = float(used.curve.time_h[0])
    if own is not None and time_h < first_h:
        why = f"the scan at {time_h:g} h lies before the measured cycle's first point at {first_h:g} h"
    u = settings.u_same_half_life
    if u and own is not None:
        own[f"{RULE}'{SAME_HALF_LIFE}': {region}"] = u
    return Factor(
        SAME_HALF_LIFE,
        f"{SAME_HALF_LIFE} as cycle {course.measured}, one scan at {time_h:g} h, TIAC x {k:.4g}",
        k=k,
        kept=kept,
        own=own,
        why=why,
        unstated="" if u is not None else NO_U[SAME_HALF_LIFE],
    )


def _split(form: np.ndarray, size: np.ndarray, region: str) -> tuple[float, dict[str, float]]:
    """Relative errors of (area/value) as a share of the area's own error, and what is beside it.

    form, size : what each of M independent errors changes in ln(area/value) and in ln(area).
    """
    length = float(np.linalg.norm(size))
    if length == 0.0:
        return 0.0, {f"form of the curve of {region} ({i})": float(x) for i, x in enumerate(form) if x}
    axis = size / length
    along = float(form @ axis)
    beside = form - along * axis
    return along / length, {
        f"form of the curve of {region} ({i})": float(x) for i, x in enumerate(beside) if x != 0.0
    }


def own_curves(
    result: PatientResult, course: Course, methods: Methods, n: Nuclide
) -> dict[tuple[int, str], UsedCurve]:
    """(cycle, region) -> the fit or area of its own curve, where a cycle has several scans of a region."""
    found: dict[tuple[int, str], UsedCurve] = {}
    patient, measured = result.patient, result.patient.measurements
    for number, curves in course.scans.items():
        mine = {region: curve for region, curve in curves.items() if len(curve) > 1}
        if not mine or measured is None:
            continue
        places = {r: p for (c, r), p in course.places.items() if c == number}
        there = replace(
            measured,
            whole_body=mine.get(WHOLE_BODY, measured.whole_body),
            serum=mine.get(SERUM, measured.serum),
            organs={**measured.organs, **{r: c for r, c in mine.items() if r not in (WHOLE_BODY, SERUM)}},
            places={**measured.places, **places},
        )
        cycle = course.cycle(number)
        who = replace(patient, measurements=there, administered_MBq=cycle.administered_MBq)
        every = {WHOLE_BODY, SERUM, *there.organs}
        (used,) = used_curves([who], methods, n.lambda_per_h, without=every - set(mine))
        found |= {(number, region): curve for region, curve in used.items()}
    return found
