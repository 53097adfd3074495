"""Doses of lesions in every cycle: the measured cycle's per activity, scaled by late scans or carried over.

A lesion keeps its mass; its dose from other regions stays per activity what it was in the measured cycle.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from kinetics.curves.curve import Curve
from lesions.doses.lesion_dose import KINDS, LesionDose
from lesions.tables.checks import MORE_THAN_ALL
from therapy.biology.dose_rate import AnyDoseRate
from therapy.biology.lesion_rate import dose_rate_of_lesion
from therapy.cycles.course import Course
from therapy.cycles.factors import NO_U
from therapy.cycles.rates import CourseBed, course_bed, linear_factor
from therapy.cycles.settings import MEASURED, REFUSE, SAME_HALF_LIFE, SAME_TIAC, Therapy
from therapy.limits.table import TissueConstants

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LesionCycle:
    """What one cycle's dose of a lesion is made by: its self part is the measured cycle's times ``k``.

    u_scan : relative standard deviation of the scan; 0 without one, NaN where it has none.
    u_rule : relative standard uncertainty of the rule; NaN: not stated.
    """

    rule: str
    words: str
    k: float = 1.0
    u_scan: float = 0.0
    u_rule: float = 0.0
    unstated: str = ""


@dataclass(frozen=True, eq=False)
class LesionCourse:
    """Doses of one lesion in a course.

    dose : of the measured cycle, per activity.
    cycles : by what each cycle's dose was made.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> therapy = run_study("examples/lu177-dotatate/study.toml").parts["therapy"].result
    >>> largest = therapy.patients[0].lesions[0]
    >>> round(largest.cumulative_Gy()), [cycle.rule for cycle in largest.cycles][:2]
    (97, ['measured cycle', 'same half-life'])
    """

    dose: LesionDose
    course: Course
    cycles: tuple[LesionCycle, ...]

    @property
    def _Gy(self) -> Array:
        """(C,) Gy for 1 mGy/MBq."""
        return np.array([c.administered_MBq for c in self.course.cycles]) / 1000.0

    @property
    def _k(self) -> Array:
        return np.array([c.k for c in self.cycles])

    @property
    def part_Gy(self) -> Array:
        """(C, 3) dose of each cycle by kind of radiation, Gy."""
        mine = np.array([self.dose.self_mGy_per_MBq[kind] for kind in KINDS])
        cross = self.dose.cross_mGy_per_MBq or dict.fromkeys(KINDS, 0.0)
        others = np.array([cross[kind] for kind in KINDS])
        found: Array = (self._k[:, None] * mine + others) * self._Gy[:, None]
        return found

    @property
    def dose_Gy(self) -> Array:
        """(C,) dose of each cycle, Gy."""
        found: Array = self.part_Gy.sum(axis=1)
        return found

    def _relative(self) -> float:
        """Relative uncertainty of the measured cycle's dose; NaN where nothing of it is known."""
        u = self.dose.u_mGy_per_MBq
        return math.nan if u is None else u / self.dose.dose_mGy_per_MBq

    def _scans(self) -> Array:
        """(C,) what the scans' own errors change, Gy; the measured cycle's curve has none here."""
        mine = self.dose.self_dose_mGy_per_MBq * self._k * self._Gy
        found: Array = mine * np.array([c.u_scan for c in self.cycles])
        return found

    def _rules(self) -> dict[str, Array]:
        """Rule -> (C,) what its own error changes, Gy."""
        mine = self.dose.self_dose_mGy_per_MBq * self._k * self._Gy
        u, by = np.array([c.u_rule for c in self.cycles]), np.array([c.rule for c in self.cycles])
        rules = [rule for rule in dict.fromkeys(by.tolist()) if rule != MEASURED]
        return {rule: np.where(by == rule, mine * u, 0.0) for rule in rules}

    def se_Gy(self) -> Array:
        """(C,) standard errors, rules taken as exact."""
        found: Array = np.hypot(self._relative() * self.dose_Gy, self._scans())
        return found

    def u_Gy(self) -> Array:
        """(C,) standard uncertainties with the rules' own; NaN where one is not stated."""
        rules = [values**2 for values in self._rules().values()]
        found: Array = np.sqrt(self.se_Gy() ** 2 + np.sum([np.zeros(len(self.cycles)), *rules], axis=0))
        return found

    def cumulative_Gy(self) -> float:
        """Dose of all cycles together."""
        return math.fsum(self.dose_Gy)

    def cumulative_se_Gy(self) -> float:
        """Its standard error: the measured cycle's is one error in all, scans are independent."""
        return math.hypot(self._relative() * self.cumulative_Gy(), *self._scans())

    def cumulative_u_Gy(self) -> float:
        """Its standard uncertainty with the rules' own, each one error in all cycles that it made."""
        return math.hypot(self.cumulative_se_Gy(), *(float(v.sum()) for v in self._rules().values()))

    def rates(self) -> tuple[AnyDoseRate, ...]:
        """Dose rate of each cycle; what comes from other regions goes in time as the lesion's own."""
        mine = self.dose.self_dose_mGy_per_MBq
        return tuple(
            dose_rate_of_lesion(self.dose.rate, cycle.administered_MBq).times(
                float(dose) / (mine * cycle.administered_MBq / 1000.0)
            )
            for cycle, dose in zip(self.course.cycles, self.dose_Gy, strict=True)
        )

    def covariance_Gy2(self) -> Array | None:
        """(C, C) covariance of the cycles' doses, with the rules' own errors; None: not known."""
        if np.isnan(self.cumulative_u_Gy()):
            return None
        size = self._relative() * self.dose_Gy
        parts = [np.outer(size, size), np.diag(self._scans() ** 2)]
        parts += [np.outer(v, v) for v in self._rules().values()]
        found: Array = np.sum(parts, axis=0)
        return found

    def bed(self, tissue: TissueConstants, rbe_alpha: float | None) -> CourseBed:
        """The BED over the whole course; ``rbe_alpha`` is needed where alphas have a dose."""
        starts = tuple(self.course.start_h(c.number) for c in self.course.cycles)
        cross = self.dose.cross_dose_mGy_per_MBq
        notes = ("the dose from other regions in time as the lesion's own",) if cross else ()
        try:
            factor = linear_factor(self.part_Gy.sum(axis=0), rbe_alpha)
            return course_bed(
                starts, self.rates(), tissue, self.covariance_Gy2(), rbe_max=factor, notes=notes
            )
        except DosimetryError as error:
            return CourseBed(tissue, None, math.nan, (), f"no BED: {error}")


def lesion_courses(
    doses: Sequence[LesionDose], courses: Mapping[str, Course], n: Nuclide, settings: Therapy
) -> dict[str, list[LesionCourse]]:
    """Doses of all lesions in every cycle, by patient.

    Raises
    ------
    DosimetryError : scans of a lesion without a dose; several of one lesion in one cycle; one that sets no
        scale, or has more than was administered; each with its place.
    """
    found: dict[str, list[LesionCourse]] = {name: [] for name in courses}
    for dose in doses:
        course = courses[dose.patient]
        cycles = tuple(_cycle(dose, course, c.number, n, settings) for c in course.cycles)
        found[dose.patient].append(LesionCourse(dose, course, cycles))
    wrong = []
    for name, course in courses.items():
        there = [made.dose.lesion for made in found[name]]
        for number, scans in course.lesion_scans.items():
            for lesion in scans:
                if lesion not in there:
                    listed = f"there: {', '.join(there)}" if there else "the patient has none"
                    wrong.append(
                        f"{course.places[(number, lesion)]}, column 'lesion': '{lesion}' of '{name}' has no"
                        f" dose in the measured cycle, which a scan of cycle {number} could scale; {listed}"
                    )
    if wrong:
        raise DosimetryError(*wrong)
    return found


def _cycle(dose: LesionDose, course: Course, number: int, n: Nuclide, settings: Therapy) -> LesionCycle:
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
    if len(scanned) > 1:
        raise DosimetryError(
            f"{where}: {len(scanned)} scans; the doses of lesions are scaled by one late scan in a cycle:"
            " leave the others out"
        )
    time_h = float(scanned.time_h[0])
    now = scanned.uncorrected(n.lambda_per_h)
    before = _share(dose, time_h, where)
    administered = course.cycle(number).administered_MBq
    share = _of_administered(now, dose, administered)
    most = math.exp(-n.lambda_per_h * time_h)
    if share > MORE_THAN_ALL * most:
        raise DosimetryError(
            f"{where}: {now.value[0]:g} {now.unit} in {dose.mass_kg * 1000:.4g} g are"
            f" {share * administered:.4g} MBq at {time_h:g} h, but of the {administered:g} MBq of this cycle"
            f" no more than {most * administered:.4g} MBq are left by decay; is the unit right?"
        )
    k = share / before
    u = settings.u_same_half_life
    return LesionCycle(
        SAME_HALF_LIFE,
        f"{SAME_HALF_LIFE} as cycle {course.measured}, one scan at {time_h:g} h, own dose x {k:.4g}",
        k=k,
        u_scan=math.nan if now.sd is None else float(now.sd[0] / now.value[0]),
        u_rule=math.nan if u is None else u,
        unstated=NO_U[SAME_HALF_LIFE] if u is None else "",
    )


def _share(dose: LesionDose, time_h: float, where: str) -> float:
    """The lesion's share of the administered activity at a time in the measured cycle, by its curve."""
    if dose.tiac_h is None:
        raise DosimetryError(
            f"{where}: the dose of the measured cycle has no TIAC, as its curve is of concentrations alone;"
            " give activities (activity_MBq) in the table of lesions"
        )
    share = dose.tiac_h * dose.rate.at(time_h) / dose.self_dose_mGy_per_MBq
    if not share > 0.0:
        raise DosimetryError(
            f"{where}: the measured cycle's curve is {share:g} at {time_h:g} h, so that the scan there sets"
            " no scale"
        )
    return share


def _of_administered(now: Curve, dose: LesionDose, administered_MBq: float) -> float:
    """A scan's first value as a share of the administered activity, as the measured cycle's were made.

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
    return float(now.value[0]) * per_unit[now.unit] / (dose.recovery or 1.0)
