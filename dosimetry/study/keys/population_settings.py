"""Populations of a study: the method of a section, and the files of those that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from milligray.errors import Complaints

if TYPE_CHECKING:
    from dosimetry.patients.population_method import PopulationMethod
    from dosimetry.study.keys.curve_settings import Organs, Serum, WholeBody
    from dosimetry.study.keys.settings import Study
    from dosimetry.study.study_file import StudyFile
    from kinetics.mixed_effects.population import Population


def method_of(section: WholeBody | Serum | Organs | None) -> PopulationMethod | None:
    """How the curves of a section are fitted together; None where they are not."""
    return None if section is None or section.population is None else section.population.method()


def given_files(study: Study) -> dict[str, str]:
    """Place of a population in the study file, e.g. "serum.population" -> its file, as it is said there."""
    sections = {"whole_body": study.whole_body, "serum": study.serum, "organs": study.organs}
    found = {f"{name}.population": part.population for name, part in sections.items() if part is not None}
    if study.organs is not None:
        found |= {f"organs.{n}.population": m.population for n, m in study.organs.by_organ.items()}
    return {name: p.file for name, p in found.items() if p is not None and p.file is not None}


def read_populations(study: StudyFile) -> dict[str, Population]:
    """The populations that a study is given, by their file as the study file says it.

    Raises
    ------
    DosimetryError : a file that cannot be read, or is no population; all mistakes of all files.
    """
    from kinetics.errors import KineticsError
    from kinetics.populations.files import read_population

    found = {}
    with Complaints(DosimetryError) as complaints:
        for file in dict.fromkeys(given_files(study.settings).values()):
            try:
                found[file] = read_population(study.file(file))
            except KineticsError as error:
                complaints.add(DosimetryError(*error.complaints))
    return found
