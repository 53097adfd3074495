"""A result of doses as dictionaries, lists, numbers and text, as JSON has them, and back, bit for bit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.svalues.folding import KINDS
from milligray.text_files import shown

if TYPE_CHECKING:
    from dosimetry.doses.result import DoseResult

FORMAT = "milligray doses 2"
#: No dose or mass of a result is larger, so that squares and sums of them stay finite.
LARGEST = 1e101
TEXTS = ("body", "sex", "masses")
LISTS = ("targets", "nuclides", "notes")
TABLES = ("organ_mass_kg", "missing", "provenance")
ARRAYS = ("part_mGy_per_MBq", "tiac_error_mGy_per_MBq", "se_from_saf_mGy_per_MBq")
#: Every key of the dictionary.
KEYS = ("format", *TEXTS, "body_mass_kg", *LISTS, *TABLES, *ARRAYS)


#: What is no array: whose doses they are, and where they come from.
FACTS = (*TEXTS, "body_mass_kg", *LISTS[1:], *TABLES)


def to_dict(result: DoseResult) -> dict[str, Any]:
    """The result as plain types; see :meth:`dosimetry.DoseResult.to_dict`."""
    errors, saf = result.tiac_error_mGy_per_MBq, result.se_from_saf_mGy_per_MBq
    mass = result.body_mass_kg
    return {
        "format": FORMAT,
        **{name: str(getattr(result, name)) for name in TEXTS},
        "body_mass_kg": None if mass is None else float(mass),
        **{name: [str(one) for one in getattr(result, name)] for name in LISTS},
        "organ_mass_kg": {str(k): float(v) for k, v in result.organ_mass_kg.items()},
        **{name: {str(k): str(v) for k, v in getattr(result, name).items()} for name in TABLES[1:]},
        "part_mGy_per_MBq": {kind: np.asarray(result.part_mGy_per_MBq[kind]).tolist() for kind in KINDS},
        "tiac_error_mGy_per_MBq": None if errors is None else np.asarray(errors).tolist(),
        "se_from_saf_mGy_per_MBq": None if saf is None else np.asarray(saf).tolist(),
    }


def arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """What :class:`dosimetry.DoseResult` is made with, from what :func:`to_dict` gave.

    Raises
    ------
    DosimetryError : another format, a key that is missing or unknown, something that is no number.
    """
    if data.get("format") != FORMAT:
        raise DosimetryError(f"doses of format {data.get('format')!r}; '{FORMAT}' is needed")
    for wrong, what in ((set(KEYS) - set(data), "missing"), (set(data) - set(KEYS), "unknown")):
        if wrong:
            raise DosimetryError(f"doses: '{sorted(wrong)[0]}' is {what}; the keys are: {', '.join(KEYS)}")
    for name, kind in (*((n, list) for n in LISTS), *((n, Mapping) for n in (*TABLES, "part_mGy_per_MBq"))):
        if not isinstance(data[name], kind):
            raise DosimetryError(f"doses: '{name}' is {data[name]!r}; a {kind.__name__.lower()} is needed")
    facts = checked_facts({name: data[name] for name in FACTS}, "doses")
    errors, saf = data["tiac_error_mGy_per_MBq"], data["se_from_saf_mGy_per_MBq"]
    try:
        return {
            **facts,
            "targets": tuple(data["targets"]),
            "part_mGy_per_MBq": {k: np.array(v, dtype=float) for k, v in data["part_mGy_per_MBq"].items()},
            "tiac_error_mGy_per_MBq": None
            if errors is None
            else np.array(errors, dtype=float).reshape(len(errors), len(KINDS), len(data["targets"])),
            "se_from_saf_mGy_per_MBq": None if saf is None else np.array(saf, dtype=float),
        }
    except (TypeError, ValueError) as error:
        count = len(data["targets"])
        raise DosimetryError(f"doses: not the numbers of {count} targets ({error})") from None


def checked_facts(facts: Mapping[str, Any], where: str) -> dict[str, Any]:
    """The facts about a result as :class:`dosimetry.DoseResult` takes them.

    where : begins the message.

    Raises
    ------
    DosimetryError : a fact that is not of its kind: text, texts, a mass in kg.
    """
    for name, value in facts.items():
        if name in TEXTS:
            good, needed = isinstance(value, str), "a text"
        elif name in LISTS:
            good, needed = isinstance(value, list | tuple) and _all(str, value), "a list of texts"
        elif name == "body_mass_kg":
            good, needed = value is None or _is_mass(value), "a mass in kg, or null,"
        elif name == "organ_mass_kg":
            good = isinstance(value, Mapping) and _all(str, value) and all(map(_is_mass, value.values()))
            needed = "masses in kg by region"
        else:
            good = isinstance(value, Mapping) and _all(str, value) and _all(str, value.values())
            needed = "texts by name"
        if not good:
            raise DosimetryError(f"{where}: '{name}' is {shown(repr(value))}; {needed} is needed")
    made: dict[type, Any] = {list: tuple, dict: dict}
    return {name: made.get(type(value), lambda x: x)(value) for name, value in facts.items()}


def _all(kind: type, values: Iterable[Any]) -> bool:
    return all(isinstance(one, kind) for one in values)


def _is_mass(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST
