"""TIACs of every cycle: measured, scaled by one late scan, or carried over; each says by what it was made.

The measured cycle's TIACs are the study's. Another cycle's TIAC is theirs times a factor k:

- "same TIAC": k = 1; the error is the same error, and the rule's own comes with it;
- "same half-life" with one scan at a time t: k = f(t)/f1(t), the scan over the measured cycle's curve there;
  the TIAC is then (area/value at t of the measured curve) x scan, so that the error of the curve's size
  cancels and that of its form stays, by the fit's covariance; the scan's own error is independent;
- "own curve" of several scans, by the study's method: its area, with an independent error.

Heart contents and red marrow from serum go with serum. The remainder is the whole body less all sources of
the same cycle. A rule's own error is the same in all cycles that it made a region's number of, and another
one for each region.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.patient import SERUM, WHOLE_BODY
from dosimetry.patients.populations.curves import converted
from dosimetry.patients.results import PatientResult
from dosimetry.patients.sources import BLOOD_SOURCES, rest_of
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.curve import Curve
from phantoms.regions.names import REMAINDER
from therapy.cycles.course import Course
from therapy.cycles.factors import Factor, factor_of, own_curves, same_tiac_error
from therapy.cycles.settings import SAME_TIAC, Therapy
from therapy.cycles.time_course import (
    Exponentials,
    TimeCourse,
    added,
    course_of,
    never_negative,
)


@dataclass(frozen=True)
class CycleTiacs:
    """The TIACs of one patient in one cycle.

    tiacs : of every source, the remainder last; errors of several cycles that have one name are one error.
    whole_body : the whole body's; None where TIACs were given without it.
    factors : source, "whole body" or "serum" -> by what its number was made.
    courses : source or "whole body" -> its time course with TIAC 1 h, or why it has none.
    notes : what a reader should know.
    of_rest : what was done with the remainder's time course; "": nothing.
    """

    cycle: int
    tiacs: tuple[Tiac, ...]
    whole_body: Tiac | None
    factors: Mapping[str, Factor]
    courses: Mapping[str, TimeCourse | str]
    notes: tuple[str, ...] = ()
    of_rest: str = ""

    def value_h(self, source: str) -> float:
        """The TIAC of a source."""
        return next(t.value_h for t in self.tiacs if t.source == source)

    def unstated(self) -> list[str]:
        """Rules without a stated uncertainty, in words; none where all is known."""
        return list(dict.fromkeys(f.unstated for f in self.factors.values() if f.unstated))


def cycle_tiacs(
    result: PatientResult, course: Course, methods: Methods, n: Nuclide, settings: Therapy
) -> list[CycleTiacs]:
    """TIACs of every cycle of one patient, in order.

    result : the measured cycle's.

    Raises
    ------
    DosimetryError : a scan that cannot be used; organs of a cycle that hold more than its whole body; with
        the place of the scan.
    """
    course = _in_units_of_fits(result, course, methods)
    own = own_curves(result, course, methods, n)
    return [_of_cycle(result, course, c.number, methods, n, settings, own) for c in course.cycles]


def _in_units_of_fits(result: PatientResult, course: Course, methods: Methods) -> Course:
    """The course with its scans in the units that the measured cycle's curves were fitted in.

    Curves that patients are fitted together by become %IA/g of what was administered; so must the scans.
    """
    used = {c.region: c.curve.unit for c in result.sources.curves}
    scans: dict[int, dict[str, Curve]] = {}
    for number, curves in course.scans.items():
        who = replace(result.patient, administered_MBq=course.cycle(number).administered_MBq)
        scans[number] = {
            region: converted(who, region, curve, methods)[0]
            if curve.unit != used.get(region, curve.unit)
            else curve
            for region, curve in curves.items()
        }
    return replace(course, scans=scans)


def _of_cycle(
    result: PatientResult,
    course: Course,
    number: int,
    methods: Methods,
    n: Nuclide,
    settings: Therapy,
    own: Mapping[tuple[int, str], UsedCurve],
) -> CycleTiacs:
    sources, lam = result.sources, n.lambda_per_h
    used = {c.region: c for c in sources.curves}
    factors: dict[str, Factor] = {}

    def factor(region: str) -> Factor:
        if region not in factors:
            factors[region] = factor_of(region, used.get(region), course, number, lam, settings, own)
        return factors[region]

    whole_body = sources.whole_body
    if whole_body is not None:
        whole_body = factor(WHOLE_BODY).of(whole_body)
    tiacs: list[Tiac] = []
    courses: dict[str, TimeCourse | str] = {}
    notes: list[str] = []
    rest: Tiac | None = None
    of_rest = ""
    for tiac in sources.tiacs:
        if tiac.source == REMAINDER and whole_body is not None:
            rest = tiac
            continue
        region = SERUM if _from_serum(tiac, used, methods) else tiac.source
        made = replace(factor(region), region=region)
        factors[tiac.source] = made
        tiacs.append(made.of(tiac))
        curve = made.curve or used.get(region)
        courses[tiac.source] = course_of(curve, lam) if curve is not None else "it has no curve of its own"
    if rest is not None and whole_body is not None:
        if number == course.measured:
            tiacs.append(rest)
        else:
            tiacs.append(_rest(whole_body, tiacs, methods, course, number))
        whole = factors[WHOLE_BODY].curve or used.get(WHOLE_BODY)
        made_of = course_of(whole, lam) if whole is not None else "the whole body has no curve"
        of_remainder = _course_of_rest(made_of, whole_body, tiacs, courses, methods)
        if not isinstance(of_remainder, str):
            of_remainder, of_rest = never_negative(of_remainder)
        courses[REMAINDER] = of_remainder
        courses[WHOLE_BODY] = made_of
    for region, text in ((r, f.why) for r, f in factors.items() if f.why and f.own is not None):
        notes.append(f"{region}: {text}")
    return CycleTiacs(
        number, tuple(tiacs), whole_body, factors, courses, tuple(dict.fromkeys(notes)), of_rest
    )


def _from_serum(tiac: Tiac, used: Mapping[str, UsedCurve], methods: Methods) -> bool:
    """Whether a TIAC goes with serum."""
    key = BLOOD_SOURCES.get(tiac.source)
    return key is not None and SERUM in used and getattr(methods, key) == SERUM


def _rest(whole_body: Tiac, tiacs: Sequence[Tiac], methods: Methods, course: Course, number: int) -> Tiac:
    try:
        return rest_of(whole_body, tiacs, methods)
    except DosimetryError as error:
        raise DosimetryError(
            f"patient '{course.patient}', cycle {number}: {error}; the whole body is by"
            f" '{SAME_TIAC}' unless it was scanned in this cycle"
        ) from None


def _course_of_rest(
    whole: TimeCourse | str,
    whole_body: Tiac,
    tiacs: Sequence[Tiac],
    courses: Mapping[str, TimeCourse | str],
    methods: Methods,
) -> TimeCourse | str:
    """The remainder's time course with TIAC 1 h: the whole body's less that of what is taken off it."""
    from dosimetry.bladder.method import AFTER_VOIDING, BLADDER

    bladder = methods.bladder
    apart = {BLADDER} if bladder is not None and bladder.whole_body_counted == AFTER_VOIDING else set()
    rest = tiacs[-1].value_h
    if rest <= 0.0:
        return "its TIAC is 0"
    if isinstance(whole, str):
        return f"the whole body: {whole}"
    parts: list[tuple[float, TimeCourse]] = [(whole_body.value_h / rest, whole)]
    for tiac in tiacs[:-1]:
        if tiac.source in apart:
            continue
        course = courses[tiac.source]
        # what has no curve goes as the whole body does
        parts.append((-tiac.value_h / rest, whole if isinstance(course, str) else course))
    made = added(parts)
    return made if isinstance(made, Exponentials) else made.times(1.0 / made.tiac_h)


def carried_on(cycle: CycleTiacs, u: float) -> dict[tuple[str, str], float]:
    """What 'same TIAC' as a cycle makes uncertain in a next one: (source, error's name) -> h.

    Regions that are by this rule in the cycle itself have its error already. The remainder goes with the
    whole body, less the others.
    """
    found: dict[tuple[str, str], float] = {}
    rest = cycle.whole_body is not None and cycle.tiacs[-1].source == REMAINDER
    for tiac in (*cycle.tiacs, *([cycle.whole_body] if rest and cycle.whole_body else [])):
        factor = cycle.factors.get(tiac.source)
        if factor is None or factor.rule == SAME_TIAC:
            continue
        error = same_tiac_error(factor.region or tiac.source)
        whole = cycle.whole_body is not None and tiac is cycle.whole_body
        if not whole:
            found[(tiac.source, error)] = u * tiac.value_h
        if rest:
            sign = 1.0 if whole else -1.0
            held = found.get((REMAINDER, error), 0.0)
            found[(REMAINDER, error)] = held + sign * u * tiac.value_h
    return found
