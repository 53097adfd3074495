"""A study of lesions alone: its file, which has no organ curves, and its results."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, ValidationError

from dosimetry.errors import DosimetryError
from dosimetry.patients.methods import Daughters
from dosimetry.study.keys.curve_settings import Note, Section, Text
from dosimetry.study.keys.key_errors import key_complaints
from dosimetry.study.keys.settings import Patients
from dosimetry.study.study_file import load_study
from lesions.part import NAME, PART, GivenLesions, given_lesions
from lesions.tables.settings import Lesions
from milligray.errors import Complaints
from milligray.text_files import read_toml, shown_path

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.study.parts import PartResult
    from lesions.part import LesionResults

#: A file with this section is a study of organs too.
OF_ORGANS = "phantom"
#: Bodies are not needed for lesions; the patients' table asks which stand for whom.
_BODIES = ("adult male", "adult female")


class LesionStudy(Section):
    """A study of lesions alone: see ``docs/lesions.md``."""

    name: Text = Field(description="the study's name")
    data: Literal["simulated", "measured"] = Field(description="where the numbers come from")
    note: Note = Field(default="", description="what a reader must know about the data")
    nuclide: Text = Field(description="e.g. 'Zr-89'")
    product: Text = Field(description="the radiopharmaceutical")
    daughters: Daughters = Field(
        default="none", description="whether shorter-lived daughters decay with the nuclide"
    )
    patients: Patients
    lesions: Lesions


@dataclass(frozen=True)
class LesionStudyFile:
    """A study file that was read, as far as lesions are concerned.

    >>> study = load_lesion_study("examples/her2-lesions/study.toml")
    >>> study.settings.product, list(study.input_files())[:3]
    ('89Zr-trastuzumab', ['study', 'patients', 'lesions'])
    """

    path: Path
    settings: LesionStudy

    def file(self, name: str) -> Path:
        """Path of a table that the study names."""
        return self.path.parent / name

    def said_files(self) -> dict[str, str]:
        """Every table that is read -> its path as the study file says it."""
        return {"patients": self.settings.patients.file, **PART.files(self.settings.lesions)}

    def input_files(self) -> dict[str, Path]:
        """The study file and every table that is read."""
        return {"study": self.path, **{name: self.file(file) for name, file in self.said_files().items()}}


def load_lesion_study(path: str | Path, *, allow_outside: bool = False) -> LesionStudyFile:
    """Read and check the file of a study of lesions; of a study of organs too, its section [lesions].

    Parameters
    ----------
    path : of the study file.
    allow_outside : whether tables may lie outside of the study's folder.

    Raises
    ------
    DosimetryError : it cannot be read, is no TOML, has no [lesions], or keys are missing, unknown or not
        allowed, a line each; a table lies outside of the folder.

    Examples
    --------
    >>> load_lesion_study("examples/her2-lesions/study.toml").settings.lesions.quantity
    'suv_max'
    """
    path = Path(path)
    where = shown_path(path)
    _, content = read_toml(path, DosimetryError, needed=f"give the study file, e.g. {where}/study.toml")
    if NAME not in content:
        raise DosimetryError(f"{where}: there is no [{NAME}]; docs/lesions.md says what it holds")
    if OF_ORGANS in content:
        whole = load_study(path, allow_outside=allow_outside)
        lesions = next(settings for part, settings in whole.parts if part.name == NAME)
        s = whole.settings
        return LesionStudyFile(
            path,
            LesionStudy.model_construct(
                name=s.name, data=s.data, note=s.note, nuclide=s.nuclide, product=s.product,
                daughters=s.daughters, patients=s.patients, lesions=lesions,
            ),
        )  # fmt: skip
    try:
        study = LesionStudyFile(path, LesionStudy.model_validate(content))
    except ValidationError as error:
        raise DosimetryError(*(f"{where}: {line}" for line in key_complaints(error, LesionStudy))) from None
    folder = os.path.realpath(path.parent)
    outside = [
        f"{where}: {name.replace(' ', '.')}.file = '{said}' leads out of the study's folder; put the"
        " table there,"
        " or allow it: --allow-outside, or in Python load_lesion_study(..., allow_outside=True)"
        for name, said in study.said_files().items()
        if os.path.commonpath([folder, os.path.realpath(study.file(said))]) != folder
    ]
    if outside and not allow_outside:
        raise DosimetryError(*outside)
    return study


@dataclass(frozen=True)
class LesionStudyResult:
    """What ``milligray lesions`` writes.

    part : tables, figures and warnings, as a part of a study of organs has them.

    >>> result = run_lesions("examples/her2-lesions/study.toml")
    >>> len(result.lesions.patients), "lesion_contrast" in result.tables
    (10, True)
    """

    study: LesionStudyFile
    nuclide: Nuclide
    part: PartResult

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The tables by name."""
        return self.part.tables

    @property
    def lesions(self) -> LesionResults:
        """The typed results."""
        made: LesionResults = self.part.result
        return made


def read_lesion_study(study: LesionStudyFile) -> tuple[GivenLesions, Nuclide]:
    """The tables of a study of lesions, read and checked, all mistakes told at once."""
    from dosimetry.nuclides.nuclide import nuclide
    from dosimetry.study.input_tables.inputs import read_patients

    s = study.settings
    try:
        n = nuclide(s.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{shown_path(study.path)}: nuclide: {error}") from None
    given: GivenLesions | None = None
    with Complaints(DosimetryError) as found:
        known: list[Any] = []
        with found.catching():
            known = read_patients(study.file(s.patients.file), *_BODIES, found).patients
        given = given_lesions(s.lesions, study, known, n, found, name=s.name, simulated=s.data == "simulated")
        given = replace(given, daughters=s.daughters)
    assert given is not None
    return given, n


def run_lesions(study: LesionStudyFile | str | Path) -> LesionStudyResult:
    """All results of a study of lesions, in memory.

    Parameters
    ----------
    study : from :func:`load_lesion_study`, or the path of a study file. Of a study of organs too, the lesions
        alone are computed: what needs the organs' doses is in :func:`dosimetry.run_study`.

    Raises
    ------
    DosimetryError : the mistakes of all tables, a line each, with file, row and column.

    Examples
    --------
    >>> result = run_lesions("examples/her2-lesions/study.toml")
    >>> [b.best_h for b in result.lesions.contrasts if b.beside == "blood pool" and not b.patient]
    [144.0]
    """
    from dosimetry.study.result_tables.rows import marked

    if not isinstance(study, LesionStudyFile):
        study = load_lesion_study(study)
    given, n = read_lesion_study(study)
    part = PART.compute(given, None)
    tables = {name: marked(frame, study.settings.data) for name, frame in part.tables.items()}
    return LesionStudyResult(study, n, replace(part, tables=tables))
