"""What a therapy results in, by patient: doses of organs and lesions in every cycle, and their BED."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from therapy.cycles.doses import CourseDoses
from therapy.cycles.lesions import LesionCourse
from therapy.cycles.rates import CourseBed
from therapy.cycles.settings import Therapy


@dataclass(frozen=True, eq=False)
class PatientTherapy:
    """The course of one patient.

    organs : doses of the body's targets.
    lesions : of the lesions.
    beds, lesion_beds : target, or lesion -> its biologically effective dose, of those that constants are
        stated for.

    Examples
    --------
    >>> PatientTherapy.__name__  # of StudyResult.parts["therapy"].result.patients
    'PatientTherapy'
    """

    organs: CourseDoses
    lesions: tuple[LesionCourse, ...] = ()
    beds: Mapping[str, CourseBed] = field(default_factory=dict)
    lesion_beds: Mapping[str, CourseBed] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The patient's."""
        return self.organs.result.patient.name

    def shown_targets(self) -> list[str]:
        """Targets that a summary shows: sources with a TIAC of their own, and those with a BED."""
        own = [s for s in self.organs.sources if s in self.organs.targets]
        return list(dict.fromkeys([*own, *self.beds]))


@dataclass(frozen=True, eq=False)
class TherapyResult:
    """The courses of all patients of a study.

    settings : the section [therapy].
    patients : in the order of the study.

    Examples
    --------
    >>> TherapyResult.__name__  # StudyResult.parts["therapy"].result
    'TherapyResult'
    """

    settings: Therapy
    patients: tuple[PatientTherapy, ...]
    skipped: Mapping[tuple[str, str], str] = field(default_factory=dict)
