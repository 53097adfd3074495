"""A population in a file: JSON as it is written, JSON or TOML as it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinetics.errors import KineticsError
from kinetics.mixed_effects.population import Population
from milligray.files import write_whole
from milligray.text_files import LARGEST_TOML, read_text, read_toml, shown_path

#: What a file says that it is, under ``format``.
FORMAT = "milligray population 1"


def population_text(population: Population) -> str:
    """The JSON text of a population, with a key ``format``."""
    content = {"format": FORMAT, **population.as_dict()}
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_population(population: Population, path: str | Path) -> None:
    """Write a population as JSON, whole or not at all.

    Parameters
    ----------
    population : of a fit (``PopulationFit.population``), or stated.
    path : ends with .json.

    Raises
    ------
    KineticsError : another ending, a path that cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from kinetics import Population
    >>> kidneys = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
    ...     sd_log={"A1": 0.3, "lambda1": 0.25}, source="made up",
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_population(kidneys, f"{folder}/kidneys.json")
    ...     back = read_population(f"{folder}/kidneys.json")
    >>> back.typical == kidneys.typical, back.source
    (True, 'made up')
    """
    file = Path(path)
    if file.suffix.lower() != ".json":
        raise KineticsError(f"{shown_path(file)}: a population is written as .json")
    write_whole(file, population_text(population))


def read_population(path: str | Path) -> Population:
    """Read a population from JSON, or from TOML with the same keys.

    Raises
    ------
    KineticsError : it cannot be read; it is no population. All that is wrong, with the file and the key.

    Examples
    --------
    >>> read_population("no such file.json")
    Traceback (most recent call last):
    kinetics.errors.KineticsError: no such file.json: there is no such file
    """
    file, where = Path(path), shown_path(path)
    if file.suffix.lower() == ".toml":
        content: Any = read_toml(file, KineticsError)[1]
    else:
        text = read_text(
            file, KineticsError, needed="a file of a population is needed", largest_bytes=LARGEST_TOML
        )
        try:
            content = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError) as problem:
            raise KineticsError(f"{where}: this is not valid JSON: {problem}") from None
    if not isinstance(content, Mapping):
        raise KineticsError(f"{where}: this is no population: a table of keys is needed")
    said = {key: value for key, value in content.items() if key != "format"}
    if content.get("format", FORMAT) != FORMAT:
        raise KineticsError(f"{where}: format is not '{FORMAT}': this is no population of this version")
    try:
        return Population.from_dict(said)
    except KineticsError as error:
        raise KineticsError(*(f"{where}: {line}" for line in error.complaints)) from None


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number that is allowed")
