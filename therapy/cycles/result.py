"""What a therapy results in, by patient: doses of organs and lesions in every cycle, and their BED."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from therapy.cycles.doses import CourseDoses
from therapy.cycles.lesions import LesionCourse
from therapy.cycles.rates import CourseBed
from therapy.cycles.rooms import Room
from therapy.cycles.settings import Therapy
from therapy.limits.table import DoseLimit, LimitTable

#: A factor on the measured cycle's TIAC that is told, up and down.
FAR_OFF = 10.0


@dataclass(frozen=True, eq=False)
class PatientTherapy:
    """The course of one patient.

    organs : doses of the body's targets.
    lesions : of the lesions.
    beds, lesion_beds : target, or lesion -> its biologically effective dose, of those that constants are
        stated for.
    rooms : what is left of the limits in force.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> one = run_study("examples/lu177-dotatate/study.toml").parts["therapy"].result.patients[0]
    >>> one.name, [lesion.dose.lesion for lesion in one.lesions], sorted(one.beds)
    ('P01', ['L1', 'L2', 'L3'], ['kidneys', 'liver'])
    """

    organs: CourseDoses
    lesions: tuple[LesionCourse, ...] = ()
    beds: Mapping[str, CourseBed] = field(default_factory=dict)
    lesion_beds: Mapping[str, CourseBed] = field(default_factory=dict)
    rooms: tuple[Room, ...] = ()

    @property
    def name(self) -> str:
        """The patient's."""
        return self.organs.result.patient.name

    def shown_targets(self) -> list[str]:
        """Targets that a summary shows: sources with a TIAC of their own, and those with a BED."""
        own = [s for s in self.organs.sources if s in self.organs.targets]
        limited = [r.limit.organ for r in self.rooms if r.limit.organ in self.organs.targets]
        return list(dict.fromkeys([*own, *self.beds, *limited]))


@dataclass(frozen=True, eq=False)
class TherapyResult:
    """The courses of all patients of a study.

    settings : the section [therapy].
    patients : in the order of the study.
    limit_table : limits in force, and constants of tissues; None: the study names none.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> therapy = run_study("examples/lu177-dotatate/study.toml").parts["therapy"].result
    >>> len(therapy.patients), therapy.settings.one_scan, len(therapy.limits)
    (1, 'same half-life', 5)
    """

    settings: Therapy
    patients: tuple[PatientTherapy, ...]
    limit_table: LimitTable | None = None

    @property
    def limits(self) -> tuple[DoseLimit, ...]:
        """Limits in force."""
        return () if self.limit_table is None else self.limit_table.limits


def far_off(patient: PatientTherapy) -> list[str]:
    """What is said of scans that make a cycle's number far larger or smaller than the measured one's."""
    scanned = [
        (cycle.cycle, region, factor.k)
        for cycle in patient.organs.cycles
        for region, factor in cycle.factors.items()
    ]
    scanned += [
        (number.number, lesion.dose.lesion, by.k)
        for lesion in patient.lesions
        for number, by in zip(lesion.course.cycles, lesion.cycles, strict=True)
    ]
    return [
        f"cycle {number}: {region} has {k:.3g} times the measured cycle's by its scans: are unit, time and"
        " decay state right?"
        for number, region, k in scanned
        if not 1.0 / FAR_OFF < k < FAR_OFF
    ]
