"""Doses of all lesions of a study: each from its scans, then in the body of its patient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.chains import DAUGHTERS
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.methods import Methods
from dosimetry.patients.own_organs import of_other_sex
from dosimetry.patients.results import PatientResult
from lesions.doses.around.crossing import CrossDose, crossed
from lesions.doses.around.in_body import InBody, OrganWithout
from lesions.doses.around.own_body import (
    OwnLesion,
    as_sources,
    changed_organs,
    own_lesion,
    own_regions,
)
from lesions.doses.around.surroundings import surroundings
from lesions.doses.assembling import assembled
from lesions.doses.curves import Person
from lesions.doses.lesion_dose import LesionDose
from lesions.doses.measured import Measured, measured
from lesions.doses.settings import DoseSettings
from lesions.lesion import LesionPatient
from milligray.errors import Complaints, MilligrayError

if TYPE_CHECKING:
    from dosimetry.study.results import StudyResult


class NoDose(NamedTuple):
    """A lesion that has no dose, and why."""

    patient: str
    lesion: str
    site: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class LesionDoses:
    """Doses of a study's lesions.

    doses : of every lesion that has one, by patient.
    without : lesions that have none, each with the reason.
    organs : by patient, organs whose dose is another one without the lesions.
    measured : curve and area of each lesion that has a dose, in the order of ``doses``.
    warnings : one line each, what is alike told once.
    provenance : flat facts by what they are about.

    Examples
    --------
    >>> LesionDoses(doses=(), without=(NoDose("P01", "L1", "liver", "no volume"),)).without[0].reason
    'no volume'
    """

    doses: tuple[LesionDose, ...]
    without: tuple[NoDose, ...] = ()
    organs: Mapping[str, tuple[OrganWithout, ...]] = field(default_factory=dict)
    measured: tuple[Measured, ...] = ()
    warnings: tuple[str, ...] = ()
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of(self, patient: str) -> tuple[LesionDose, ...]:
        """Doses of one patient's lesions."""
        return tuple(d for d in self.doses if d.patient == patient)


def lesion_doses(
    patients: Sequence[LesionPatient],
    settings: DoseSettings,
    so_far: StudyResult,
    *,
    decay_corrected: bool | None = None,
) -> LesionDoses:
    """Doses of the lesions of a study's patients, per administered activity.

    Parameters
    ----------
    patients : with their lesions.
    settings : the section [lesions.dose].
    so_far : the study's results: nuclide, methods, TIACs and doses of each patient's organs.
    decay_corrected : of activities and concentrations of lesions (not of SUVs, which are): corrected to the
        administration, or as at the scan.

    Raises
    ------
    DosimetryError : lesions have more activity or mass than the organ that holds them; of all patients at
        once. A lesion that lacks something has no dose, and a reason.
    """
    if so_far.nuclide is None or so_far.methods is None:
        raise DosimetryError("doses of lesions need the study's nuclide and methods, which its results lack")
    return doses_of_lesions(
        patients,
        settings,
        so_far.nuclide,
        methods=so_far.methods,
        results=so_far.results,
        decay_corrected=decay_corrected,
    )


def doses_of_lesions(
    patients: Sequence[LesionPatient],
    settings: DoseSettings,
    nuclide: Nuclide,
    *,
    methods: Methods | None = None,
    results: Sequence[PatientResult] = (),
    decay_corrected: bool | None = None,
    daughters: str | None = None,
) -> LesionDoses:
    """Doses of lesions outside of a study file.

    Parameters
    ----------
    patients, settings, decay_corrected : as of :func:`lesion_doses`.
    nuclide : what decays.
    methods, results : of the patients' organs, for cross doses; without them there are none, with the reason.
    daughters : "none" or "equilibrium"; None: as the methods have it, and without methods "none". What is
        left out is told, where it counts.

    Raises
    ------
    DosimetryError : as :func:`lesion_doses`; daughters by another word, or not as the methods have them.

    Examples
    --------
    >>> from dosimetry import nuclide
    >>> from lesions.lesion import Lesion, Uptake
    >>> at = ((24, 8.0), (96, 5.0), (168, 3.0))
    >>> scans = [Uptake(time_h=t, activity_MBq=a, volume_mL=10.0) for t, a in at]
    >>> lesion = Lesion(patient="P01", name="L1", site="liver", uptake=tuple(scans))
    >>> patient = LesionPatient(name="P01", lesions=(lesion,), administered_MBq=7400.0)
    >>> settings = DoseSettings(
    ...     quantity="activity", integrate="activity", volume="mean", shape="sphere", density_g_per_cm3=1.04,
    ...     cross_dose="left out", outside="left out", model="monoexponential", weights="relative",
    ... )
    >>> found = doses_of_lesions([patient], settings, nuclide("Lu-177"), decay_corrected=False)
    >>> round(found.doses[0].dose_mGy_per_MBq, 2), found.doses[0].cross_method
    (1.54, "cross_dose = 'left out'")
    """
    counted = _daughters(daughters, methods)
    by_name = {r.patient.name: r for r in results}
    doses: list[LesionDose] = []
    without: list[NoDose] = []
    organs: dict[str, tuple[OrganWithout, ...]] = {}
    kept: list[Measured] = []
    notes: dict[str, list[str]] = {}
    with Complaints(DosimetryError) as found:
        for patient in patients:
            result = by_name.get(patient.name)
            mine: list[Measured] = []
            for lesion in patient.lesions:
                try:
                    mine.append(
                        measured(
                            lesion,
                            _person(patient, result),
                            settings,
                            nuclide,
                            decay_corrected=decay_corrected,
                            daughters=counted,
                        )
                    )
                except MilligrayError as error:
                    without.append(
                        NoDose(patient.name, lesion.name, lesion.site, "; ".join(error.complaints))
                    )
            with found.catching():
                made = _in_body(mine, settings, nuclide, result, methods)
                pairs = [
                    assembled(m, made.cross[m.lesion.name], made.own.get(m.lesion.name), settings, nuclide)
                    for m in mine
                ]
                doses += pairs
                kept += mine
                if made.organs:
                    organs[patient.name] = tuple(made.organs)
                for dose in pairs:
                    for note in dose.notes:
                        notes.setdefault(note, []).append(f"{patient.name} {dose.lesion}")
    return LesionDoses(
        doses=tuple(doses),
        without=tuple(without),
        organs=organs,
        measured=tuple(kept),
        warnings=(*_left_out(nuclide, counted, methods), *_told(notes), *_not_computed(without)),
        provenance={"lesion doses": {**_facts(settings, doses), "daughters": counted}},
    )


def _daughters(said: str | None, methods: Methods | None) -> str:
    """How daughters are counted, of what is said and of the organs' methods."""
    own = None if methods is None else methods.daughters
    found = said or own or "none"
    if found not in DAUGHTERS:
        raise DosimetryError(f"daughters '{found}' is unknown; allowed: {', '.join(DAUGHTERS)}")
    if own is not None and found != own:
        raise DosimetryError(
            f"daughters '{found}' of the lesions, and '{own}' of the organs: take one of them for both"
        )
    return found


def _left_out(nuclide: Nuclide, daughters: str, methods: Methods | None) -> list[str]:
    """What daughters that are not counted would bring; with doses of organs those have said so."""
    note = left_out_note(nuclide, daughters) if methods is None else ""
    return [f"lesion doses: {note}"] if note else []


def _person(patient: LesionPatient, result: PatientResult | None) -> Person:
    """What values are divided by: as the lesions' patient has it, else as the organs' patient."""
    own = None if result is None else result.patient
    activity, mass = patient.administered_MBq, patient.body_mass_kg
    return Person(
        patient.name,
        activity if activity is not None or own is None else own.administered_MBq,
        mass if mass is not None or own is None else own.body_mass_kg,
    )


class _InBody(NamedTuple):
    """Cross doses by lesion, lesions by their own regions, organs without lesions."""

    cross: Mapping[str, CrossDose]
    own: Mapping[str, OwnLesion]
    organs: Sequence[OrganWithout]


def _in_body(
    mine: Sequence[Measured],
    settings: DoseSettings,
    nuclide: Nuclide,
    result: PatientResult | None,
    methods: Methods | None,
) -> _InBody:
    """The body around one patient's lesions; without one, or where it is left out, the reason."""
    why = ""
    if settings.cross_dose == "left out":
        why = "cross_dose = 'left out'"
    elif result is None or methods is None:
        why = "the patient has no organ doses"
    if why or not mine:
        return _InBody({m.lesion.name: CrossDose(by_kind=None, how=why) for m in mine}, {}, ())
    assert result is not None and methods is not None and settings.organs is not None
    with_activity = settings.organs.activity == "with lesions"
    lesions = [
        InBody(
            name=m.lesion.name,
            organ=m.lesion.organ,
            mass_kg=m.mass_kg,
            tiac_h=m.tiac_h,
            se_tiac_h=m.se_tiac_h,
            library=m.own.library,
        )
        for m in mine
    ]
    around = surroundings(result, methods, nuclide)
    regions = own_regions(result.patient, around.library, {x.name: x.organ for x in lesions})
    organs: list[OrganWithout] = []
    own: dict[str, OwnLesion] = {}
    if regions:
        sources = as_sources(lesions, regions, around.sources, activity_with=with_activity)
        after = surroundings(result, methods, nuclide, sources)
        own = {name: own_lesion(after, region) for name, region in regions.items()}
        organs += changed_organs(around, after, lesions, regions, of_other_sex(result.patient))
        around, lesions = after, [x for x in lesions if x.name not in regions]
    made = crossed(
        around,
        lesions,
        activity_with=with_activity,
        mass_with=settings.organs.mass == "with lesions",
        outside=settings.outside == "total body",
        patient=result.patient.name,
        other_sex=of_other_sex(result.patient),
    )
    return _InBody({**made.cross, **{n: o.cross for n, o in own.items()}}, own, [*organs, *made.organs])


def _told(notes: Mapping[str, Sequence[str]]) -> list[str]:
    """Every note once, with the lesions that it is about."""
    found = []
    for note, whose in notes.items():
        few = ", ".join(whose[:6]) + (f" and {len(whose) - 6} more" if len(whose) > 6 else "")
        found.append(f"lesion doses: {few}: {note}")
    return found


def _not_computed(without: Sequence[NoDose]) -> list[str]:
    """Lesions without a dose, by reason."""
    reasons: dict[str, list[str]] = {}
    for one in without:
        reasons.setdefault(one.reason, []).append(f"{one.patient} {one.lesion}")
    return [line.replace("lesion doses: ", "lesion doses: no dose of ", 1) for line in _told(reasons)]


def _facts(settings: DoseSettings, doses: Sequence[LesionDose]) -> dict[str, str]:
    said = settings.model_dump(exclude_none=True)
    flat = {key: str(value) for key, value in said.items()}
    shapes = ", ".join(dict.fromkeys(d.shape for d in doses))
    crosses = "; ".join(dict.fromkeys(d.cross_method for d in doses))
    return {
        "statement": "research software; not for treatment of a patient",
        **flat,
        "shapes": shapes,
        "cross doses": crosses,
    }
