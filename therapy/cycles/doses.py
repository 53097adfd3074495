"""Absorbed doses of every cycle and of all together, by organ, with errors that several cycles share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dosimetry.doses.cohort import Given, absorbed_doses
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.results import PatientResult
from dosimetry.svalues.folding import KINDS
from dosimetry.tiacs.tiac import Tiac
from therapy.cycles.carried import CycleTiacs, carried_on, cycle_tiacs
from therapy.cycles.course import Course
from therapy.cycles.factors import RULE
from therapy.cycles.settings import Therapy

Array = NDArray[np.float64]
MGY_PER_GY = 1000.0


@dataclass(frozen=True, eq=False)
class CourseDoses:
    """Doses of one patient's course.

    result, course : the measured cycle's results, and the cycles.
    cycles : TIACs of each cycle.
    doses : of each cycle per administered activity, as :class:`dosimetry.DoseResult`; all have the same
        targets, and equal errors of TIACs stand in the same place in each.
    error_names : of those errors.
    per_tiac_mGy_per_MBq_h : (sources, 3, targets), what 1 h of TIAC of each source gives to each target.
    sources : their names.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> therapy = run_study("examples/lu177-dotatate/study.toml").parts["therapy"].result
    >>> doses = therapy.patients[0].organs
    >>> kidneys = doses.targets.index("kidneys")
    >>> doses.dose_Gy.shape == (4, len(doses.targets)), round(float(doses.cumulative_Gy()[kidneys]), 1)
    (True, 18.6)
    """

    result: PatientResult
    course: Course
    cycles: tuple[CycleTiacs, ...]
    doses: tuple[DoseResult, ...]
    error_names: tuple[str, ...]
    per_tiac_mGy_per_MBq_h: Array
    sources: tuple[str, ...]

    @property
    def targets(self) -> tuple[str, ...]:
        """Target regions."""
        return self.doses[0].targets

    @property
    def activities_MBq(self) -> Array:
        """(C,) administered activities."""
        return np.array([c.administered_MBq for c in self.course.cycles])

    @property
    def part_Gy(self) -> Array:
        """(C, 3, T) dose of each cycle by kind of radiation, Gy."""
        per_MBq = np.array([[d.part_mGy_per_MBq[k] for k in KINDS] for d in self.doses])
        found: Array = per_MBq * self.activities_MBq[:, None, None] / MGY_PER_GY
        return found

    @property
    def dose_Gy(self) -> Array:
        """(C, T) dose of each cycle, Gy."""
        found: Array = self.part_Gy.sum(axis=1)
        return found

    def _known(self) -> NDArray[np.bool_]:
        """(C,) whether the errors of a cycle's TIACs are known."""
        return np.array([d.tiac_error_mGy_per_MBq is not None for d in self.doses])

    def _errors_Gy(self) -> Array:
        """(C, M, T) what each error changes in the dose of each cycle, Gy; 0 where not known."""
        shape = (len(self.error_names), len(self.targets))
        each = [d.tiac_error_mGy_per_MBq for d in self.doses]
        found: Array = np.array([np.zeros(shape) if e is None else e.sum(axis=1) for e in each])
        return found * self.activities_MBq[:, None, None] / MGY_PER_GY

    def _saf_Gy(self) -> Array:
        """(C, T) standard errors from the SAFs' statistics, one in all cycles; 0 where none is stated."""
        zero = np.zeros(len(self.targets))
        each = [d.se_from_saf_mGy_per_MBq for d in self.doses]
        found: Array = np.array([zero if e is None else e for e in each])
        return found * self.activities_MBq[:, None] / MGY_PER_GY

    def _se_Gy(self, *, cumulative: bool, with_rules: bool) -> Array:
        """(C, T), or (T,) of all cycles together; NaN where not known."""
        errors, saf = self._errors_Gy(), self._saf_Gy()
        if not with_rules:
            errors = errors[:, np.array([not name.startswith(RULE) for name in self.error_names], dtype=bool)]
        if cumulative:
            total: Array = np.sqrt((errors.sum(axis=0) ** 2).sum(axis=0) + saf.sum(axis=0) ** 2)
            return total if self._known().all() else np.full(total.shape, np.nan)
        found: Array = np.sqrt((errors**2).sum(axis=1) + saf**2)
        found[~self._known()] = np.nan
        return found

    def se_Gy(self) -> Array:
        """(C, T) standard errors by what was measured and by the SAFs' statistics, rules taken as exact."""
        return self._se_Gy(cumulative=False, with_rules=False)

    def u_Gy(self) -> Array:
        """(C, T) standard uncertainties with the rules' own; NaN in cycles of which a rule states none."""
        found = self._se_Gy(cumulative=False, with_rules=True)
        for i, cycle in enumerate(self.cycles):
            if cycle.unstated():
                found[i] = np.nan
        return found

    def cumulative_Gy(self) -> Array:
        """(T,) dose of all cycles together."""
        found: Array = self.dose_Gy.sum(axis=0)
        return found

    def cumulative_se_Gy(self) -> Array:
        """(T,) its standard error, rules taken as exact: equal errors of several cycles add up linearly."""
        return self._se_Gy(cumulative=True, with_rules=False)

    def cumulative_u_Gy(self) -> Array:
        """(T,) its standard uncertainty with the rules' own; NaN where a rule states none."""
        found = self._se_Gy(cumulative=True, with_rules=True)
        return np.full(found.shape, np.nan) if self.unstated() else found

    def covariance_Gy2(self, target: str) -> Array | None:
        """(C, C) covariance of the cycles' doses of a target, with the rules' own errors; None: not known."""
        if self.unstated() or not self._known().all():
            return None
        t = index_of(self.targets, target)
        errors, saf = self._errors_Gy()[:, :, t], self._saf_Gy()[:, t]
        found: Array = errors @ errors.T + np.outer(saf, saf)
        return found

    def covariance_with_next_Gy2(self, target: str, like: int, u_same_tiac: float | None) -> Array | None:
        """(C + 1, C + 1) as :meth:`covariance_Gy2`, and last a next cycle that is as cycle ``like``.

        u_same_tiac : its TIACs are carried over from cycle ``like`` by that rule, whose relative uncertainty
            comes on top where the TIACs of ``like`` are not by that rule themselves; None: not stated.
        """
        if self.unstated() or not self._known().all():
            return None
        t, cycle = index_of(self.targets, target), self.cycles[like - 1]
        errors, saf = self._errors_Gy()[:, :, t], self._saf_Gy()[:, t]
        carried = carried_on(cycle, u_same_tiac or 0.0)
        names = list(dict.fromkeys([*self.error_names, *(name for _, name in carried)]))
        every = np.zeros((len(errors) + 1, len(names)))
        every[:-1, : len(self.error_names)] = errors
        every[-1] = every[like - 1]
        per_h = dict(zip(self.sources, self.per_tiac_mGy_per_MBq_h[:, :, t].sum(axis=1), strict=True))
        gbq = self.course.cycle(like).administered_MBq / MGY_PER_GY
        for (source, name), hours in carried.items():
            every[-1, names.index(name)] += per_h[source] * hours * gbq
        saf = np.append(saf, saf[like - 1])
        found: Array = every @ every.T + np.outer(saf, saf)
        return found

    def unstated(self) -> list[str]:
        """Rules without a stated uncertainty, in words."""
        return list(dict.fromkeys(text for c in self.cycles for text in c.unstated()))


def courses_doses(
    results: Sequence[PatientResult],
    courses: Mapping[str, Course],
    methods: Methods,
    n: Nuclide,
    settings: Therapy,
) -> list[CourseDoses]:
    """Doses of the courses of several patients, in their order.

    results : of the measured cycle of each patient (``StudyResult.results``).
    courses : of each patient, by name.
    methods, n : by which the results were made (``StudyResult.methods``, ``StudyResult.nuclide``).
    settings : the rules for the other cycles.

    Raises
    ------
    DosimetryError : a rule that is needed wants a scan; a scan that sets no scale; organs of a cycle that
        hold more than its whole body.

    Examples
    --------
    >>> from datetime import datetime
    >>> from dosimetry import run_study
    >>> from therapy import Course, Cycle, Therapy
    >>> study = run_study("examples/lu177-dotatate/study.toml")
    >>> cycles = tuple(
    ...     Cycle(number=i, start=datetime(2026, 2 * i, 1), administered_MBq=7400.0) for i in (1, 2)
    ... )
    >>> (two,) = courses_doses(
    ...     study.results, {"P01": Course(patient="P01", cycles=cycles)}, study.methods, study.nuclide,
    ...     Therapy(file="cycles.csv", without_scan="same TIAC", u_same_tiac=0.1),
    ... )
    >>> bool((two.cumulative_Gy() == 2 * two.dose_Gy[0]).all())
    True
    """
    made: dict[int, tuple[tuple[CycleTiacs, ...], tuple[str, ...]]] = {}
    bodies: dict[str, list[int]] = {}
    for i, result in enumerate(results):
        cycles = tuple(cycle_tiacs(result, courses[result.patient.name], methods, n, settings))
        made[i] = cycles, _names([t for c in cycles for t in c.tiacs])
        bodies.setdefault(result.patient.phantom, []).append(i)
    found: dict[int, CourseDoses] = {}
    for phantom, members in bodies.items():
        given: list[Given] = []
        for i in members:
            cycles, names = made[i]
            given += [_given(results[i], c, names) for c in cycles]
            given.append(_given(results[i], cycles[0], (), of_each=True))
        doses = absorbed_doses(
            given,
            n,
            phantom,
            daughters=methods.daughters,
            masses=methods.target_masses,
            convention=methods.convention,
        )
        at = 0
        for i in members:
            cycles, names = made[i]
            mine, each = doses[at : at + len(cycles)], doses[at + len(cycles)]
            at += len(cycles) + 1
            assert each.tiac_error_mGy_per_MBq is not None
            found[i] = CourseDoses(
                results[i],
                courses[results[i].patient.name],
                cycles,
                tuple(mine),
                names,
                each.tiac_error_mGy_per_MBq,
                tuple(t.source for t in cycles[0].tiacs),
            )
    return [found[i] for i in range(len(results))]


def _names(tiacs: Sequence[Tiac]) -> tuple[str, ...]:
    """Names of all errors of some TIACs."""
    return tuple(dict.fromkeys(name for t in tiacs for name in t.se_parts_h or {}))


def _given(
    result: PatientResult, cycle: CycleTiacs, names: tuple[str, ...], *, of_each: bool = False
) -> Given:
    """What the doses of one cycle are made from.

    of_each : errors of 1 h in each TIAC alone, whose changes are the doses of 1 h of each source.
    """
    sources, patient = result.sources, result.patient
    error_h: Array | None = None
    if of_each:
        error_h = np.eye(len(cycle.tiacs))
    elif all(t.se_parts_h is not None for t in cycle.tiacs):
        error_h = np.array([[(t.se_parts_h or {}).get(name, 0.0) for name in names] for t in cycle.tiacs])
    return Given(
        {t.source: t.value_h for t in cycle.tiacs},
        error_h,
        sources.organ_mass_kg,
        sources.body_mass_kg,
        f"{patient.name}', cycle '{cycle.cycle}" if not of_each else patient.name,
        patient.absent,
        patient.confirmed_masses,
    )


def index_of(targets: Sequence[str], target: str) -> int:
    """The place of a target.

    Raises
    ------
    DosimetryError : the body has no such target.
    """
    if target not in targets:
        raise DosimetryError(f"the body has no target '{target}'; there are: {', '.join(targets)}")
    return list(targets).index(target)
