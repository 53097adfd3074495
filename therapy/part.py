"""The section [therapy] of a study: read with the study's tables, computed after its organs and lesions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Patient
from dosimetry.study.parts import PartResult
from dosimetry.study.results import StudyResult
from dosimetry.study.study_file import StudyFile
from dosimetry.svalues.folding import library_of
from milligray.errors import Complaints
from therapy.cycles.course import Course
from therapy.cycles.doses import courses_doses
from therapy.cycles.lesions import LesionCourse, lesion_courses
from therapy.cycles.rates import organ_bed
from therapy.cycles.result import PatientTherapy, TherapyResult
from therapy.cycles.scans import with_scans
from therapy.cycles.settings import LESIONS, REFUSE, Therapy
from therapy.cycles.tables import activity_warnings, read_courses
from therapy.report import tables

#: Said once where results are shown.
RESEARCH = "Research software: not for the treatment of a patient."


@dataclass(frozen=True)
class Given:
    """What was read of the section.

    courses : by patient. Empty where mistakes were told.
    """

    settings: Therapy
    courses: Mapping[str, Course]
    warnings: tuple[str, ...] = ()


class TherapyPart:
    """The part of a study that [therapy] asks for; see :mod:`dosimetry.study.parts`."""

    name = "therapy"
    after = ("lesions",)
    settings = Therapy

    def files(self, settings: Therapy) -> dict[str, str]:
        """The tables that the section names."""
        scans = {} if settings.scans is None else {"therapy scans": settings.scans.file}
        return {"therapy": settings.file, **scans}

    def read(
        self,
        settings: Therapy,
        study: StudyFile,
        patients: Sequence[Patient],
        n: Nuclide,
        found: Complaints,
    ) -> Given:
        """The cycles and scans; mistakes go to ``found``."""
        courses = read_courses(study.file(settings.file), patients, settings.measured_cycle, found)
        if settings.scans is not None:
            courses = with_scans(
                study.file(settings.scans.file),
                courses,
                patients,
                n.lambda_per_h,
                found,
                decay_corrected=settings.scans.decay_corrected,
                with_lesions=any(part.name == "lesions" for part, _ in study.parts),
            )
        for line in _lacking_rules(settings, courses, patients):
            found.add(DosimetryError(f"{study.path}: {line}"))
        for line in _unknown_regions(settings, patients):
            found.add(DosimetryError(f"{study.path}: {line}"))
        said = activity_warnings(courses, n, study.settings.daughters)
        return Given(settings, courses, tuple(said))

    def outputs(self, given: Given) -> list[str]:
        """Names of the tables."""
        return ["therapy_tiac", "therapy_cycles", "therapy_cumulative"]

    def compute(self, given: Given, so_far: StudyResult) -> PartResult:
        """Doses of all courses, and what shows them."""
        from therapy.report import figures, summary

        result = therapy_result(given, so_far)
        made = {
            "therapy_tiac": tables.tiac_rows(result),
            "therapy_cycles": tables.cycle_rows(result, so_far),
            "therapy_cumulative": tables.cumulative_rows(result, so_far),
        }
        return PartResult(
            settings=given.settings,
            tables=made,
            contents={name: tables.CONTENTS[name] for name in made},
            figures=figures.figures_of(result, so_far),
            warnings=[*given.warnings, *_warnings(result)],
            provenance={"therapy": _facts(given)},
            show=partial(summary.print_summary, result=result),
            result=result,
        )


def therapy_result(given: Given, so_far: StudyResult) -> TherapyResult:
    """The courses of all patients of a study."""
    settings, n, methods = given.settings, so_far.nuclide, so_far.methods
    assert n is not None and methods is not None
    organs = courses_doses(so_far.results, given.courses, methods, n, settings)
    doses = getattr(_lesion_result(so_far), "doses", ())
    lesions: Mapping[str, Sequence[LesionCourse]] = lesion_courses(doses, given.courses, n, settings)
    patients = []
    for one in organs:
        name = one.result.patient.name
        u = one.cumulative_u_Gy()
        u = one.cumulative_se_Gy() if one.unstated() else u
        beds = {
            target: organ_bed(one, target, repair, float(u[one.targets.index(target)]), rbe_max=1.0)
            for target, repair in settings.bed.items()
            if target != LESIONS and target in one.targets
        }
        of_lesions = settings.bed.get(LESIONS)
        lesion_beds = (
            {made.dose.lesion: made.bed(of_lesions) for made in lesions[name]} if of_lesions else {}
        )
        patients.append(PatientTherapy(one, tuple(lesions[name]), beds, lesion_beds))
    return TherapyResult(settings, tuple(patients))


def _lesion_result(so_far: StudyResult) -> Any:
    """What the section [lesions] resulted in; None where there is none."""
    part = so_far.parts.get("lesions")
    return None if part is None else part.result


def _lacking_rules(
    settings: Therapy, courses: Mapping[str, Course], patients: Sequence[Patient]
) -> list[str]:
    """Keys that a study needs and has not, and scans that 'refuse' wants, a line each."""
    known = {p.name: p for p in patients}
    needed: dict[str, str] = {}
    refused: list[str] = []
    for name, course in courses.items():
        for cycle in course.cycles:
            if cycle.number == course.measured:
                continue
            where = f"cycle {cycle.number} of '{name}'"
            scans = {**course.scans.get(cycle.number, {}), **course.lesion_scans.get(cycle.number, {})}
            lacking = [region for region in _regions(known[name]) if region not in scans]
            if lacking:
                needed.setdefault("without_scan", f"{where} has no scan of {', '.join(lacking)}")
            if lacking and settings.without_scan == REFUSE:
                refused.append(
                    f"therapy.without_scan = '{REFUSE}', and {where} has no scan of {', '.join(lacking)}"
                )
            for region, curve in scans.items():
                key = "one_scan" if len(curve) == 1 else "several_scans"
                points = f"{len(curve)} scan{'s' * (len(curve) > 1)}"
                needed.setdefault(key, f"{where} has {points} of {region}")
    words = {
        "without_scan": f"'same TIAC' (as in cycle {settings.measured_cycle}) or '{REFUSE}'",
        "one_scan": "'same half-life' (the measured curve scaled to the scan)",
        "several_scans": "'own curve' (by the study's method)",
    }
    lines = [
        f"therapy.{key} is missing: {needed[key]}, and nothing is carried over by a rule that is not named;"
        f" allowed: {said}"
        for key, said in words.items()
        if key in needed and getattr(settings, key) is None
    ]
    return lines + refused


def _regions(patient: Patient) -> list[str]:
    """Whole body, serum and organs that a patient's measured cycle has; of TIACs that were given those."""
    measured = patient.measurements
    if measured is None:
        return [] if patient.given_tiacs is None else list(patient.given_tiacs)
    return [WHOLE_BODY, *([SERUM] if measured.serum is not None else []), *measured.organs]


def _unknown_regions(settings: Therapy, patients: Sequence[Patient]) -> list[str]:
    """Organs of [therapy.bed] that no patient's body has, a line each."""
    targets = {t for p in {p.phantom: p for p in patients}.values() for t in library_of(p.phantom).targets}
    return [
        f"therapy.bed.{name}: no body of this study has that target; there are: {LESIONS} (all lesions),"
        f" {', '.join(sorted(targets))}"
        for name in settings.bed
        if name != LESIONS and name not in targets
    ]


def _warnings(result: TherapyResult) -> list[str]:
    """What a reader must know: rules without uncertainty, scans after the last point."""
    unstated: dict[str, None] = {}
    notes: dict[str, list[str]] = {}
    for patient in result.patients:
        texts = patient.organs.unstated()
        texts += [c.unstated for lesion in patient.lesions for c in lesion.cycles if c.unstated]
        unstated |= dict.fromkeys(texts)
        for cycle in patient.organs.cycles:
            for text in cycle.notes:
                notes.setdefault(f"cycle {cycle.cycle}: {text}", []).append(patient.name)
    lines = [f"{text}: u_Gy of what it made is not known, and se_Gy takes it as exact" for text in unstated]
    return lines + [f"{', '.join(names)}: {text}" for text, names in notes.items()]


def _facts(given: Given) -> dict[str, str]:
    """How later cycles were had, as flat text."""
    s = given.settings
    stated = {"u_same_tiac": s.u_same_tiac, "u_same_half_life": s.u_same_half_life}
    return {
        "use": RESEARCH,
        "measured cycle": str(s.measured_cycle),
        "without a scan": s.without_scan or "every region was scanned",
        "with one scan": s.one_scan or "none",
        "with several scans": s.several_scans or "none",
        **{key: "not stated" if u is None else f"{u:g} relative" for key, u in stated.items()},
        "activities": "taken as exact",
    }


PART = TherapyPart()
