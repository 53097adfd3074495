"""A population in a file: JSON as it is written, JSON or TOML as it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kinetics.errors import KineticsError
from kinetics.mixed_effects.parts import Residual
from kinetics.mixed_effects.population import Population
from milligray.errors import Complaints
from milligray.files import write_whole
from milligray.text_files import LARGEST_TOML, read_text, read_toml, shown, shown_path

#: Keys of a population that is stated by hand: medians and SDs of the logarithms.
STATED = ("model", "unit", "median", "sd_log", "correlation", "residual", "n_patients", "source")


def population_text(population: Population) -> str:
    """The JSON text of a population."""
    return json.dumps(population.as_dict(), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


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
    >>> from kinetics import Population, Residual
    >>> kidneys = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 4.0, "lambda1": 0.0095},
    ...     sd_log={"A1": 0.3, "lambda1": 0.25}, source="made up",
    ...     residual=Residual(kind="proportional", b=0.05),
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
    """Read a population: a file that was written, or one that states medians and SDs, as JSON or TOML.

    What is stated has the keys ``model``, ``unit``, ``median`` and ``sd_log`` (parameter -> number; one
    without ``sd_log`` is left to the patient's own points), ``residual`` (``kind``, ``a``, ``b``), ``source``
    and, optionally, ``correlation`` (rows of two parameters and a number) and ``n_patients``.

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
    try:
        return _stated(content) if "median" in content else Population.from_dict(content)
    except KineticsError as error:
        raise KineticsError(*(f"{where}: {line}" for line in error.complaints)) from None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise KineticsError(f"{where}: this is no population as it is written ({error})") from None


def _stated(content: Mapping[str, Any]) -> Population:
    """A population of medians and SDs; every key is checked."""
    with Complaints(KineticsError) as found:
        for key in content:
            if key not in STATED:
                found.add(KineticsError(f"unknown key '{shown(str(key))}'; there are: {', '.join(STATED)}"))
        texts = {k: _text(content, k, found) for k in ("model", "unit", "source")}
        median, sd_log = (_numbers(content, k, found) for k in ("median", "sd_log"))
        n = content.get("n_patients")
        if n is not None and (isinstance(n, bool) or not isinstance(n, int) or n < 1):
            found.add(KineticsError(f"n_patients is {shown(repr(n))}; a whole number above 0 is needed"))
        correlation = _correlation(content.get("correlation", []), found)
        residual = _residual(content.get("residual"), found)
    assert residual is not None
    return Population.stated(
        texts["model"], unit=texts["unit"], source=texts["source"], median=median, sd_log=sd_log,
        correlation=correlation, residual=residual, n_patients=n,
    )  # fmt: skip


def _text(content: Mapping[str, Any], key: str, found: Complaints) -> str:
    value = content.get(key)
    if not isinstance(value, str) or not value.isprintable() or (key != "unit" and not value):
        said = "is missing" if key not in content else f"is {shown(repr(value))}"
        found.add(KineticsError(f"{key} {said}; a text of one line is needed"))
        return ""
    return value


def _numbers(content: Mapping[str, Any], key: str, found: Complaints) -> dict[str, float]:
    """Parameter -> number."""
    table = content.get(key)
    if not isinstance(table, Mapping) or not table:
        found.add(KineticsError(f"{key} is missing: a table of parameters and numbers is needed"))
        return {}
    numbers = {}
    for name, value in table.items():
        if not _is_number(value):
            found.add(KineticsError(f"{key}.{shown(str(name))} is {shown(repr(value))}; a number is needed"))
        else:
            numbers[str(name)] = float(value)
    return numbers


def _correlation(rows: Any, found: Complaints) -> dict[tuple[str, str], float]:
    """(parameter, parameter) -> correlation, of rows of two names and a number."""
    pairs = {}
    for row in rows if isinstance(rows, list) else [None]:
        if not isinstance(row, list) or len(row) != 3 or not _is_number(row[2]):
            found.add(
                KineticsError(
                    f"correlation: {shown(repr(row))}; a list of [parameter, parameter, number] is needed"
                )
            )
        else:
            pairs[str(row[0]), str(row[1])] = float(row[2])
    return pairs


def _residual(table: Any, found: Complaints) -> Residual | None:
    """How values scatter."""
    if not isinstance(table, Mapping) or not set(table) <= {"kind", "a", "b"} or "kind" not in table:
        found.add(
            KineticsError("residual is missing: a table of kind (e.g. 'proportional') and a or b is needed")
        )
        return None
    sizes = {k: table[k] for k in ("a", "b") if k in table}
    for key, value in sizes.items():
        if not _is_number(value):
            found.add(KineticsError(f"residual.{key} is {shown(repr(value))}; a number is needed"))
            return None
    with found.catching():
        return Residual(kind=str(table["kind"]), **{k: float(v) for k, v in sizes.items()})
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _no_constant(word: str) -> float:
    raise ValueError(f"{word} is no number that is allowed")
