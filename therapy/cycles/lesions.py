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
from dosimetry.patients.curve_methods import CurveMethod
from lesions.doses.lesion_dose import KINDS, LesionDose
from therapy.biology.dose_rate import AnyDoseRate
from therapy.biology.lesion_rate import dose_rate_of_lesion
from therapy.cycles.course import Course
from therapy.cycles.lesion_cycle import LesionCycle, lesion_cycle
from therapy.cycles.rates import CourseBed, course_bed, linear_factor
from therapy.cycles.settings import MEASURED, Therapy
from therapy.limits.table import TissueConstants

Array = NDArray[np.float64]


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

    def _shared(self) -> tuple[Array, Array]:
        """(C,) each, Gy: what the error of the measured cycle's curve changes, which a cycle with a curve of
        its own does not have, and what the other errors of its dose change in all cycles (mass, recovery,
        form of the curve, other regions); NaN where nothing of them is known."""
        parts = dict(self.dose.u_parts_mGy_per_MBq)
        if not parts:
            nothing = np.full(len(self.cycles), math.nan)
            return nothing, nothing
        kinetics = parts.pop("kinetics", 0.0) / self.dose.dose_mGy_per_MBq
        other = math.hypot(*parts.values()) / self.dose.dose_mGy_per_MBq
        own = np.array([c.course is not None for c in self.cycles])
        return np.where(own, 0.0, kinetics * self.dose_Gy), other * self.dose_Gy

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
        found: Array = np.sqrt(np.sum(np.square([*self._shared(), self._scans()]), axis=0))
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
        return math.hypot(*(float(part.sum()) for part in self._shared()), *self._scans())

    def cumulative_u_Gy(self) -> float:
        """Its standard uncertainty with the rules' own, each one error in all cycles that it made."""
        return math.hypot(self.cumulative_se_Gy(), *(float(v.sum()) for v in self._rules().values()))

    def rates(self) -> tuple[AnyDoseRate, ...]:
        """Dose rate of each cycle; what comes from other regions goes in time as the lesion's own."""
        found = []
        for cycle, made, dose in zip(self.course.cycles, self.cycles, self.dose_Gy, strict=True):
            rate = made.course or self.dose.rate
            per_Gy = 1000.0 / (rate.dose_mGy_per_MBq * cycle.administered_MBq)
            found.append(dose_rate_of_lesion(rate, cycle.administered_MBq).times(float(dose) * per_Gy))
        return tuple(found)

    def covariance_Gy2(self) -> Array | None:
        """(C, C) covariance of the cycles' doses, with the rules' own errors; None: not known."""
        if np.isnan(self.cumulative_u_Gy()):
            return None
        parts = [np.outer(size, size) for size in self._shared()]
        parts.append(np.diag(self._scans() ** 2))
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
    doses: Sequence[LesionDose],
    courses: Mapping[str, Course],
    n: Nuclide,
    settings: Therapy,
    method: CurveMethod | None = None,
) -> dict[str, list[LesionCourse]]:
    """Doses of all lesions in every cycle, by patient.

    method : of the lesions' curves ([lesions.dose]), for several scans of one in a cycle.

    Raises
    ------
    DosimetryError : scans of a lesion without a dose; one that sets no scale, or has more than was
        administered; a curve without an area; each with its place.
    """
    found: dict[str, list[LesionCourse]] = {name: [] for name in courses}
    for dose in doses:
        course = courses[dose.patient]
        cycles = tuple(lesion_cycle(dose, course, c.number, n, settings, method) for c in course.cycles)
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
