"""What a cycle's dose of a lesion is made by: the measured cycle's, a late scan, a curve of its own."""

from __future__ import annotations

import math
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.tiacs.plausible import bound_of, check_tiac
from kinetics.curves.curve import Curve, FloatArray
from lesions.doses.lesion_dose import DoseRate, LesionDose
from lesions.doses.time_courses import time_course
from lesions.tables.checks import MORE_THAN_ALL
from therapy.cycles.course import Course
from therapy.cycles.factors import NO_U
from therapy.cycles.settings import MEASURED, OWN_CURVE, REFUSE, SAME_HALF_LIFE, SAME_TIAC, Therapy


@dataclass(frozen=True)
class LesionCycle:
    """What one cycle's dose of a lesion is made by: its self part is the measured cycle's times ``k``.

    u_scan : relative standard deviation by the cycle's own scans; 0 without one, NaN where it has none.
    u_rule : relative standard uncertainty of the rule; NaN: not stated.
    course : of the cycle's own curve, per unit of area; None: the measured cycle's.
    """

    rule: str
    words: str
    k: float = 1.0
    u_scan: float = 0.0
    u_rule: float = 0.0
    unstated: str = ""
    course: DoseRate | None = None


def lesion_cycle(
    dose: LesionDose,
    course: Course,
    number: int,
    n: Nuclide,
    settings: Therapy,
    method: CurveMethod | None,
) -> LesionCycle:
    """What a cycle's dose of a lesion is made by.

    method : of the lesions' curves, for several scans in a cycle.

    Raises
    ------
    DosimetryError : a scan that is wanted and not there; one that sets no scale, or has more than was
        administered; a curve without an area; each with its place.
    """
    if number == course.measured:
        return LesionCycle(MEASURED, "measured in this cycle")
    scanned = course.lesion_scans.get(number, {}).get(dose.lesion)
    if scanned is None:
        if settings.without_scan == REFUSE:
            raise DosimetryError(
                f"patient '{dose.patient}', cycle {number}: lesion '{dose.lesion}' has no scan, and"
                f" therapy.without_scan = '{REFUSE}' wants one"
            )
        u = settings.u_same_tiac
        return LesionCycle(
            SAME_TIAC,
            f"{SAME_TIAC} as cycle {course.measured}",
            u_rule=math.nan if u is None else u,
            unstated=NO_U[SAME_TIAC] if u is None else "",
        )
    where = f"{course.places[(number, dose.lesion)]}, cycle {number}, lesion '{dose.lesion}'"
    now = scanned.uncorrected(n.lambda_per_h)
    administered = course.cycle(number).administered_MBq
    shares = _of_administered(now, dose, administered)
    _check_left(now, shares, dose, administered, n, where)
    made = (
        _by_half_life(now, float(shares[0]), dose, course, settings, where)
        if len(now) == 1
        else _by_own_curve(now, shares, dose, n, method, where)
    )
    # a curve that falls fast may have been more before a scan that is possible
    se_h = None if dose.se_tiac_h is None else dose.se_tiac_h * made.k
    try:
        check_tiac("its TIAC", _tiac(dose, where) * made.k, se_h, bound_of(n))
    except DosimetryError as error:
        raise DosimetryError(f"{where}: {error}") from None
    return made


def _by_half_life(
    now: Curve, share: float, dose: LesionDose, course: Course, settings: Therapy, where: str
) -> LesionCycle:
    """The measured cycle's curve, scaled to one scan."""
    time_h = float(now.time_h[0])
    k = share / _share(dose, time_h, where)
    u = settings.u_same_half_life
    return LesionCycle(
        SAME_HALF_LIFE,
        f"{SAME_HALF_LIFE} as cycle {course.measured}, one scan at {time_h:g} h, own dose x {k:.4g}",
        k=k,
        u_scan=math.nan if now.sd is None else float(now.sd[0] / now.value[0]),
        u_rule=math.nan if u is None else u,
        unstated=NO_U[SAME_HALF_LIFE] if u is None else "",
    )


def _by_own_curve(
    now: Curve, shares: FloatArray, dose: LesionDose, n: Nuclide, method: CurveMethod | None, where: str
) -> LesionCycle:
    """The area of the cycle's own scans, by the method of the measured cycle's curves."""
    before = _tiac(dose, where)
    assert method is not None  # there are no doses of lesions without
    of_all = Curve(
        time_h=now.time_h,
        value=100.0 * shares,
        sd=None if now.sd is None else 100.0 * shares * now.sd / now.value,
        unit="%IA",
        decay_corrected=False,
        name=dose.lesion,
        lambda_phys_per_h=n.lambda_per_h,
    )
    try:
        found = time_course(of_all, method)
    except DosimetryError as error:
        raise DosimetryError(f"{where}: {error}") from None
    tiac_h = 0.01 * found.area
    return LesionCycle(
        OWN_CURVE,
        f"{OWN_CURVE} of {len(now)} scans, {found.how}; TIAC {tiac_h:.4g} h,"
        f" own dose x {tiac_h / before:.4g}",
        k=tiac_h / before,
        u_scan=math.nan if found.se_kinetics is None else found.se_kinetics / found.area,
        course=found.course,
    )


def _check_left(
    now: Curve, shares: FloatArray, dose: LesionDose, administered: float, n: Nuclide, where: str
) -> None:
    """No scan has more activity than decay leaves of what was administered."""
    for i, time_h in enumerate(now.time_h.tolist()):
        most = math.exp(-n.lambda_per_h * time_h)
        if shares[i] > MORE_THAN_ALL * most:
            raise DosimetryError(
                f"{where}: {now.value[i]:g} {now.unit} in {dose.mass_kg * 1000:.4g} g are"
                f" {shares[i] * administered:.4g} MBq at {time_h:g} h, but of the {administered:g} MBq of"
                f" this cycle no more than {most * administered:.4g} MBq are left by decay; is the unit"
                " right?"
            )


def _tiac(dose: LesionDose, where: str) -> float:
    if dose.tiac_h is None:
        raise DosimetryError(
            f"{where}: the dose of the measured cycle has no TIAC, as its curve is of concentrations alone;"
            " give activities (activity_MBq) in the table of lesions"
        )
    return dose.tiac_h


def _share(dose: LesionDose, time_h: float, where: str) -> float:
    """The lesion's share of the administered activity at a time in the measured cycle, by its curve."""
    share = _tiac(dose, where) * dose.rate.at(time_h) / dose.self_dose_mGy_per_MBq
    if not share > 0.0:
        raise DosimetryError(
            f"{where}: the measured cycle's curve is {share:g} at {time_h:g} h, so that the scan there sets"
            " no scale"
        )
    return share


def _of_administered(now: Curve, dose: LesionDose, administered_MBq: float) -> FloatArray:
    """A cycle's scans as shares of the administered activity, as the measured cycle's were made.

    The same volume makes concentrations activities, and the same recovery is divided by, so that both cancel.
    """
    volume_mL = dose.curve_volume_mL or dose.mass_kg * 1000.0 / dose.density_g_per_cm3
    mass_g = volume_mL * dose.density_g_per_cm3
    per_unit = {
        "%IA": 0.01,
        "%IA/g": 0.01 * mass_g,
        "kBq/g": mass_g / 1000.0 / administered_MBq,
        "kBq/mL": volume_mL / 1000.0 / administered_MBq,
    }
    found: FloatArray = now.value * per_unit[now.unit] / (dose.recovery or 1.0)
    return found
