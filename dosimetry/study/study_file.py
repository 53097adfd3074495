"""A study file: read, its keys checked, the tables that it names found."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from dosimetry.errors import DosimetryError
from dosimetry.study.keys.key_errors import key_complaints
from dosimetry.study.keys.population_settings import given_files
from dosimetry.study.keys.settings import Study
from dosimetry.study.parts import StudyPart, part_names, parts_of
from milligray.text_files import read_toml, shown_path

#: Sections that name a table.
SECTIONS = ("patients", "whole_body", "serum", "organs", "masses", "bladder", "tiac", "comparison")


class StudyFile:
    """A study that was read: the checked settings, and the folder that its paths start from.

    parts : sections that other packages read (:mod:`dosimetry.study.parts`), with their settings, in the
        order in which they are computed.

    Examples
    --------
    >>> study = load_study("examples/zr89-huj591/study.toml")
    >>> sorted(study.input_files())
    ['comparison', 'patients', 'study', 'tiac']
    """

    def __init__(
        self,
        path: Path,
        text: str,
        settings: Study,
        *,
        allow_outside: bool = False,
        parts: Sequence[tuple[StudyPart, BaseModel]] = (),
    ) -> None:
        self.path = path
        self.parts = tuple(parts)
        self.text = text
        self.settings = settings
        self.allow_outside = allow_outside

    def file(self, name: str) -> Path:
        """Path of a table that the study names."""
        return self.path.parent / name

    def input_files(self) -> dict[str, Path]:
        """The study file and every table it names, by the section's name."""
        found = {"study": self.path}
        for section in SECTIONS:
            part = getattr(self.settings, section)
            if part is not None and part.file is not None:
                found[section] = self.file(part.file)
        return found | {name: self.file(file) for name, file in self._other_files().items()}

    def _other_files(self) -> dict[str, str]:
        """Files that are named elsewhere than in a section's key ``file``, as the study file says them."""
        named = given_files(self.settings)
        for part, settings in self.parts:
            named |= part.files(settings)
        return named

    def said_file(self, name: str) -> str:
        """The path of a table, or of a population, as the study file says it."""
        if name in SECTIONS:
            return str(getattr(self.settings, name).file)
        return self._other_files()[name]

    def outside(self) -> list[str]:
        """The sections whose table lies outside of the study's folder, links followed."""
        folder = os.path.realpath(self.path.parent)
        files = {name: os.path.realpath(path) for name, path in self.input_files().items() if name != "study"}
        return [name for name, path in files.items() if os.path.commonpath([folder, path]) != folder]


def _of_parts_alone(where: str, known: Mapping[str, StudyPart], content: Mapping[str, Any]) -> list[str]:
    """What is to be done with a file that has sections of other packages, and nothing of organs."""
    of_organs = set(Study.model_fields) - {"name", "data", "note", "nuclide", "product", "patients"}
    if of_organs & set(content):
        return []
    return [
        f"it has [{name}] and nothing of organs (no [phantom]), so that 'run' and 'check' have nothing to do;"
        f" for [{name}] alone: {command} {where} --check reads and checks it, and {command} {where} --out"
        " FOLDER computes it"
        for name, part in known.items()
        if (command := getattr(part, "alone", ""))
    ]


def load_study(path: str | Path, *, allow_outside: bool = False) -> StudyFile:
    """Read and check a study file. The tables it names are read by
    :func:`dosimetry.run_study`.

    Parameters
    ----------
    allow_outside : whether tables and libraries may lie outside of the study's folder. Without it, a study
        file of somebody else cannot make the program read other files.

    Raises
    ------
    DosimetryError : it cannot be read, is no TOML, or keys are missing, unknown or not allowed, a line each
        that has the key's path, e.g. ``serum.decay_corrected``; or a table lies outside of the folder.

    Examples
    --------
    >>> load_study("examples/zr89-huj591/study.toml").settings.nuclide
    'Zr-89'
    """
    path = Path(path)
    needed = f"give the study file, e.g. {shown_path(path / 'study.toml')}"
    text, content = read_toml(path, DosimetryError, needed=needed)
    where = shown_path(path)
    wrong: list[str] = []
    known = parts_of(name for name in part_names() if name in content)
    of_parts: list[tuple[StudyPart, BaseModel]] = []
    for name, part in known.items():
        try:
            of_parts.append((part, part.settings.model_validate(content[name])))
        except ValidationError as error:
            wrong += key_complaints(error, part.settings, under=name)
    organs = {key: value for key, value in content.items() if key not in known}
    try:
        settings = Study.model_validate(organs)
    except ValidationError as error:
        wrong = key_complaints(error, Study, also=part_names()) + wrong
    if wrong:
        raise DosimetryError(
            *(f"{where}: {line}" for line in _of_parts_alone(where, known, content) or wrong)
        )
    study = StudyFile(path, text, settings, allow_outside=allow_outside, parts=of_parts)
    if not allow_outside and (outside := study.outside()):
        raise DosimetryError(
            *(
                f"{where}: {name}.file = '{study.said_file(name)}' leads out of the study's"
                " folder; put the table there, or allow it: milligray run --allow-outside, or in Python"
                " load_study(..., allow_outside=True)"
                for name in outside
            )
        )
    return study
