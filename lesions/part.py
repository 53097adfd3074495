"""The section [lesions] of a study: its tables read and checked, and what becomes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from lesions.cohort.lesion_statistics import lesion_statistics, lesion_statistics_outputs
from lesions.doses.checking import check_doses
from lesions.report.summary import RESEARCH
from lesions.tables.needs import check_needs
from lesions.tables.reading import LesionTables, read_lesions
from lesions.tables.settings import Lesions
from lesions.uptake.contrast import BestContrast, best_contrasts
from lesions.uptake.ratios import UptakeRatio, uptake_ratios
from lesions.uptake.sul import lacks_sul, odd_sul, with_sul
from milligray.text_files import shown_path

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.patients.patient import Patient
    from dosimetry.study.parts import PartResult
    from dosimetry.study.results import StudyResult
    from dosimetry.study.study_file import StudyFile
    from lesions.cohort.result import LesionStatistics
    from lesions.doses.compute import LesionDoses
    from lesions.doses.lesion_dose import LesionDose
    from lesions.lesion import LesionPatient
    from milligray.errors import Complaints

NAME = "lesions"


class Files(Protocol):
    """What knows where a study's files are."""

    @property
    def path(self) -> Path:
        """Path of the study file."""

    def file(self, name: str) -> Path:
        """Path of a table that the study names."""


@dataclass(frozen=True)
class GivenLesions:
    """What was read of a study's lesions; ``patients`` have SULs made of SUVs where the study asks for it.

    daughters : how doses count them where there are no doses of organs, which know it.
    """

    settings: Lesions
    tables: LesionTables
    patients: Sequence[LesionPatient]
    nuclide: Nuclide
    name: str
    simulated: bool
    daughters: str = "none"


@dataclass(frozen=True)
class LesionResults:
    """The typed results on lesions of a study.

    patients : with their lesions; SULs made of SUVs where the study asks for it.
    ratios, contrasts : uptake over that of other tissues; times of best contrast.
    statistics : positive lesions, concordance, response, test performance, survival.
    dosimetry : absorbed doses with what has none and why; None: not asked for.
    """

    patients: Sequence[LesionPatient]
    ratios: Sequence[UptakeRatio]
    contrasts: Sequence[BestContrast]
    statistics: LesionStatistics
    dosimetry: LesionDoses | None = None

    @property
    def doses(self) -> tuple[LesionDose, ...]:
        """Absorbed doses of the lesions that have one."""
        return () if self.dosimetry is None else self.dosimetry.doses


def given_lesions(
    settings: Lesions,
    files: Files,
    patients: Sequence[Patient],
    n: Nuclide,
    found: Complaints,
    *,
    name: str,
    simulated: bool,
) -> GivenLesions:
    """The section's tables, read and checked; every mistake goes into ``found``."""
    paths = {table: files.file(file) for table, file in settings.files().items()}
    before = len(found)
    tables = read_lesions(settings, paths, patients, found)
    made = tables.patients
    formula = settings.lean_body_mass
    if len(found) == before:
        if formula is not None:
            tables.warnings.extend(f"lesions: {text}" for p in made if (text := odd_sul(p, formula)))
            made = [with_sul(p, formula) if lacks_sul(p) else p for p in made]
        check_needs(settings, tables, made, files.path, found)
        if settings.dose is not None:
            check_doses(settings.dose, made, shown_path(paths[NAME]), found)
    return GivenLesions(settings, tables, made, n, name, simulated)


def lesion_results(given: GivenLesions, so_far: StudyResult | None = None) -> LesionResults:
    """All that the section asks for, of what was read.

    so_far : the study's results on organs, for cross doses; None: there are none.
    """
    s = given.settings
    ratios: list[UptakeRatio] = []
    if s.quantity is not None and s.reference_quantity is not None:
        ratios = uptake_ratios(given.patients, s.quantity, s.reference_quantity, scans_h=s.scans_h)
    statistics = lesion_statistics(
        given.patients, positive=s.positive, response=s.response, statistics=s.statistics, survival=s.survival
    )
    return LesionResults(
        given.patients, ratios, best_contrasts(ratios), statistics, _dosimetry(given, so_far)
    )


def _dosimetry(given: GivenLesions, so_far: StudyResult | None) -> LesionDoses | None:
    """Absorbed doses of the lesions, where the study asks for them."""
    s = given.settings
    if s.dose is None:
        return None
    from lesions.doses.compute import doses_of_lesions, lesion_doses

    if so_far is not None:
        return lesion_doses(given.patients, s.dose, so_far, decay_corrected=s.decay_corrected)
    return doses_of_lesions(
        given.patients, s.dose, given.nuclide, decay_corrected=s.decay_corrected, daughters=given.daughters
    )


def uptake_tables(given: GivenLesions, results: LesionResults) -> dict[str, pd.DataFrame]:
    """The tables of uptake that have rows, by the names of their files."""
    from lesions.report import uptake_tables as t

    s, patients = given.settings, given.patients
    tables = {
        "lesion_uptake": t.uptake_frame(patients, s.scans_h, s.decay_corrected),
        "lesion_references": t.reference_frame(patients, s.scans_h),
        "lesion_fdg": t.fdg_frame(patients),
        **({"lesion_sites": t.site_frame(patients, s.quantity, s.scans_h)} if s.quantity else {}),
        "lesion_ratios": t.ratio_frame(results.ratios),
        "lesion_contrast": t.contrast_frame(results.contrasts),
    }
    return {name: frame for name, frame in tables.items() if len(frame)}


class LesionsPart:
    """What :mod:`dosimetry.study.parts` asks of a section; ``PART`` is in the entry points."""

    name = NAME
    after: tuple[str, ...] = ()
    settings = Lesions
    #: The command for a study file that has this section alone, and no organ curves.
    alone = "milligray lesions"

    def files(self, settings: Lesions) -> Mapping[str, str]:
        """Every table that the section names -> its path as the study file says it."""
        return settings.files()

    def read(
        self, settings: Lesions, study: StudyFile, patients: Sequence[Patient], n: Nuclide, found: Complaints
    ) -> GivenLesions:
        """The section's tables, read and checked; every mistake goes into ``found``."""
        s = study.settings
        return given_lesions(
            settings, study, patients, n, found, name=s.name, simulated=s.data == "simulated"
        )

    def outputs(self, given: GivenLesions) -> Sequence[str]:
        """Names of the tables that :meth:`compute` makes, where the study has the data for them."""
        from lesions.doses.tables import dose_outputs

        s = given.settings
        names = ["lesion_uptake"]
        names += ["lesion_references"] if s.references is not None else []
        names += ["lesion_fdg"] if s.fdg is not None else []
        names += ["lesion_sites"] if s.quantity is not None else []
        names += ["lesion_ratios", "lesion_contrast"] if s.reference_quantity is not None else []
        names += lesion_statistics_outputs(
            positive=s.positive, response=s.response, statistics=s.statistics, survival=s.survival
        )
        if s.fdg is None and "lesion_concordance" in names:  # with nothing to be concordant with
            names.remove("lesion_concordance")
        return names + (dose_outputs(cross=s.dose.cross_dose != "left out") if s.dose is not None else [])

    def compute(self, given: GivenLesions, so_far: StudyResult | None) -> PartResult:
        """Uptake, contrast and all that the section asks for; ``so_far`` has the organs' results."""
        from dosimetry.study.parts import PartResult
        from lesions.doses.tables import CONTENTS as OF_DOSES
        from lesions.doses.tables import dose_tables
        from lesions.report.draw import figures
        from lesions.report.summary import show
        from lesions.report.uptake_tables import CONTENTS

        results = lesion_results(given, so_far)
        found, dosimetry = results.statistics, results.dosimetry
        tables = {**uptake_tables(given, results), **found.tables}
        tables |= {} if dosimetry is None else dose_tables(dosimetry)
        contents = {**CONTENTS, **found.contents, **OF_DOSES}
        return PartResult(
            settings=given.settings,
            tables=tables,
            contents={name: f"{contents[name]} ({RESEARCH})" for name in tables},
            figures=figures(given, results),
            warnings=[
                *given.tables.warnings,
                *_warnings(given, results.contrasts),
                *found.warnings,
                *(dosimetry.warnings if dosimetry is not None else ()),
            ],
            provenance={
                "lesions": {"statement": RESEARCH, **_sul_words(given)},
                **found.provenance,
                **(dosimetry.provenance if dosimetry is not None else {}),
            },
            show=lambda console: show(console, given, results),
            result=results,
        )


PART = LesionsPart()


def _sul_words(given: GivenLesions) -> dict[str, str]:
    """How SULs were made, for the provenance."""
    formula = given.settings.lean_body_mass
    made = sum(any(u.obtained for x in p.lesions for u in x.uptake) for p in given.patients)
    if formula is None:
        return {}
    return {
        "SUL": f"SUV x lean body mass ({formula}) / body mass, of {made} patients whose tables had no SUL"
    }


def _warnings(given: GivenLesions, contrasts: Sequence[BestContrast]) -> list[str]:
    """What a reader should know of the lesions' results."""
    found = []
    without = [p.name for p in given.patients if not p.lesions]
    if without:
        found.append(f"lesions: no lesion of {', '.join(without)} is in the table; they are in no result")
    for b in contrasts:
        if not b.patient and b.left_out:
            found.append(
                f"lesions: contrast beside {b.beside}: {b.left_out} patient{'s' * (b.left_out > 1)} not"
                " in the"
                " cohort's medians, for they lack one of its times (lesions.scans_h puts scans together)"
            )
    return found
