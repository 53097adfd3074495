"""The section [therapy] of a study: read with the study's tables, computed after its organs and lesions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.curve_methods import CurveMethod
from dosimetry.patients.patient import SERUM, WHOLE_BODY, Patient
from dosimetry.study.parts import PartResult
from dosimetry.study.results import StudyResult
from dosimetry.study.study_file import StudyFile
from dosimetry.svalues.folding import library_of
from milligray.errors import Complaints
from therapy.cycles.course import Course
from therapy.cycles.doses import courses_doses
from therapy.cycles.lesions import LesionCourse, lesion_courses
from therapy.cycles.rates import CourseBed, organ_bed
from therapy.cycles.result import PatientTherapy, TherapyResult, far_off
from therapy.cycles.rooms import rooms_of
from therapy.cycles.scans import with_scans
from therapy.cycles.settings import LESIONS, REFUSE, Therapy
from therapy.cycles.tables import activity_warnings, read_courses
from therapy.limits.table import LimitTable, load_limits
from therapy.report import tables

#: Said once where results are shown.
RESEARCH = "Research software: not for the treatment of a patient."


@dataclass(frozen=True)
class Given:
    """What was read of the section.

    courses : by patient. Empty where mistakes were told.
    limits : in force; None: the study names none.
    """

    settings: Therapy
    courses: Mapping[str, Course]
    limits: LimitTable | None = None
    warnings: tuple[str, ...] = ()


class TherapyPart:
    """The part of a study that [therapy] asks for; see :mod:`dosimetry.study.parts`."""

    name = "therapy"
    after = ("lesions",)
    settings = Therapy

    def files(self, settings: Therapy) -> dict[str, str]:
        """The tables that the section names."""
        found = {"therapy": settings.file}
        if settings.scans is not None:
            found["therapy scans"] = settings.scans.file
        if settings.limits_file is not None:
            found["therapy limits"] = settings.limits_file
        return found

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
        has_lesions = any(part.name == "lesions" for part, _ in study.parts)
        if settings.scans is not None:
            courses = with_scans(
                study.file(settings.scans.file),
                courses,
                patients,
                n.lambda_per_h,
                found,
                decay_corrected=settings.scans.decay_corrected,
                with_lesions=has_lesions,
            )
        for line in _lacking_rules(settings, courses, patients):
            found.add(DosimetryError(f"{study.path}: {line}"))
        for line in _unknown_regions(settings, patients, with_lesions=has_lesions):
            found.add(DosimetryError(f"{study.path}: {line}"))
        limits = None
        if settings.limits is not None:
            with found.catching():
                own = settings.limits_file
                limits = load_limits(None if own is None else study.file(own))
        said = activity_warnings(courses, n, study.settings.daughters)
        return Given(settings, courses, limits, tuple(said))

    def outputs(self, given: Given) -> list[str]:
        """Names of the tables."""
        names = ["therapy_tiac", "therapy_cycles", "therapy_cumulative"]
        names += ["therapy_limits"] if given.limits is not None else []
        return names + (["therapy_effective_dose"] if given.settings.effective_dose else [])

    def compute(self, given: Given, so_far: StudyResult) -> PartResult:
        """Doses of all courses, and what shows them."""
        from therapy.report import figures, summary

        try:
            result = therapy_result(given, so_far)
        except DosimetryError as error:
            # what no single scan explains names the table that the cycles came from
            where = so_far.inputs.get("therapy scans") or so_far.inputs["therapy"]
            named = tuple(str(path) for path in so_far.inputs.values())
            raise DosimetryError(
                *(c if c.startswith(named) else f"{where}: {c}" for c in error.complaints)
            ) from None
        made = {
            "therapy_tiac": tables.tiac_rows(result),
            "therapy_cycles": tables.cycle_rows(result, so_far),
            "therapy_cumulative": tables.cumulative_rows(result, so_far),
        }
        if result.limit_table is not None:
            made["therapy_limits"] = tables.limit_rows(result)
        if given.settings.effective_dose:
            made["therapy_effective_dose"] = tables.effective_rows(result, so_far)
        return PartResult(
            settings=given.settings,
            tables=made,
            contents={name: tables.CONTENTS[name] for name in made},
            figures=figures.figures_of(result, so_far),
            warnings=[
                *given.warnings,
                *_of_one_cycle(given),
                *_warnings(result),
                *_of_organs_with_lesions(so_far, result),
            ],
            provenance={"therapy": _facts(given, result)},
            show=partial(summary.print_summary, result=result),
            result=result,
        )


def therapy_result(given: Given, so_far: StudyResult) -> TherapyResult:
    """The courses of all patients of a study."""
    settings, n, methods = given.settings, so_far.nuclide, so_far.methods
    assert n is not None and methods is not None
    organs = courses_doses(so_far.results, given.courses, methods, n, settings)
    doses = getattr(_lesion_result(so_far), "doses", ())
    lesions: Mapping[str, Sequence[LesionCourse]] = lesion_courses(
        doses, given.courses, n, settings, _lesion_method(so_far)
    )
    own = {name: repair.tissue() for name, repair in settings.bed.items()}
    tissues = {**(given.limits.tissues if given.limits else {}), **own}
    patients = []
    for one in organs:
        mine = tuple(lesions[one.result.patient.name])
        beds = {
            target: organ_bed(one, target, tissue, settings.rbe_alpha)
            for target, tissue in tissues.items()
            if target != LESIONS and target in one.targets
        }
        of_lesions: dict[str, CourseBed] = {}
        if LESIONS in own:
            of_lesions = {made.dose.lesion: made.bed(own[LESIONS], settings.rbe_alpha) for made in mine}
        rooms = rooms_of(one, given.limits, beds, settings) if given.limits else []
        patients.append(PatientTherapy(one, mine, beds, of_lesions, tuple(rooms)))
    return TherapyResult(settings, tuple(patients), given.limits)


def _lesion_method(so_far: StudyResult) -> CurveMethod | None:
    """How the study's lesions' curves become areas; None without doses of lesions."""
    part = so_far.parts.get("lesions")
    settings = None if part is None else getattr(part.settings, "dose", None)
    return None if settings is None else settings.curve_method()


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


def _unknown_regions(settings: Therapy, patients: Sequence[Patient], *, with_lesions: bool) -> list[str]:
    """What [therapy.bed] names and the study has not, a line each."""
    targets = {t for p in {p.phantom: p for p in patients}.values() for t in library_of(p.phantom).targets}
    lacking = [
        f"therapy.bed.{name}: no body of this study has that target; there are: {LESIONS} (all lesions),"
        f" {', '.join(sorted(targets))}"
        for name in settings.bed
        if name != LESIONS and name not in targets
    ]
    if LESIONS in settings.bed and not with_lesions:
        lacking.append(
            f"therapy.bed.{LESIONS}: the study has no doses of lesions ([lesions] with [lesions.dose]); take"
            " it out, or give them"
        )
    return lacking


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
    for name, text in ((p.name, text) for p in result.patients for text in far_off(p)):
        notes.setdefault(text, []).append(name)
    lines = [f"{text}: u_Gy of what it made is not known, and se_Gy takes it as exact" for text in unstated]
    return lines + [f"{', '.join(names)}: {text}" for text, names in notes.items()]


def _of_one_cycle(given: Given) -> list[str]:
    """What must be said where tables of one cycle, or a dossier of them, could be taken for the course's."""
    if all(len(course.cycles) == 1 for course in given.courses.values()):
        return []
    return [
        f"therapy: cycle {given.settings.measured_cycle} alone is in all tables but those of therapy, with"
        " its activity; so are dossiers and datasets made of these results, whose limits and effective doses"
        " are not those of the course"
    ]


def _of_organs_with_lesions(so_far: StudyResult, result: TherapyResult) -> list[str]:
    """What must be said where organs' curves hold the activity of the lesions in them."""
    part = so_far.parts.get("lesions")
    dose = None if part is None else getattr(part.settings, "dose", None)
    organs = None if dose is None else dose.organs
    if organs is None or organs.activity != "with lesions":
        return []
    held = dict.fromkeys(one.dose.organ for p in result.patients for one in p.lesions if one.dose.organ)
    if not held:
        return []
    return [
        f"therapy: the doses of {', '.join(held)} in the tables of therapy hold the activity of the lesions"
        " in them (lesions.dose.organs.activity = 'with lesions'), as organ_doses.csv does;"
        " organ_doses_without_lesions.csv has the measured cycle's without"
    ]


def _facts(given: Given, result: TherapyResult) -> dict[str, str]:
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
        **_biology(given, result),
    }


def _biology(given: Given, result: TherapyResult) -> dict[str, str]:
    """Limits in force and constants of the BED, with their sources."""
    facts = {}
    if given.limits is not None:
        facts["limits"] = given.limits.path
        facts["next cycle"] = f"doses per activity {given.settings.next_cycle}"
    constants = {t: bed.tissue for p in result.patients for t, bed in p.beds.items()}
    if LESIONS in given.settings.bed:
        constants[LESIONS] = given.settings.bed[LESIONS].tissue()
    for name, tissue in constants.items():
        facts[f"BED of {name}"] = (
            f"alpha/beta {tissue.alpha_beta_Gy:g} Gy, repair half-time {tissue.repair_half_time_h:g} h"
            f" ({tissue.source}; checked: {tissue.checked})"
        )
    rbe = given.settings.rbe_alpha
    return facts | ({} if rbe is None else {"RBE of alphas": f"{rbe:g}, in RBE-weighted dose and BED"})


PART = TherapyPart()
