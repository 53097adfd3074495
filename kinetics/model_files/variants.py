"""What differs at an age or in a body, merged key by key over what a model file says."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from kinetics.errors import KineticsError
from milligray.text_files import shown

#: Tables that no age and no body has of its own.
WHOLE = ("ages", "bodies", "time_unit", "name", "nuclide", "chain")


def merged(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """One table over another: tables key by key, all else as a whole.

    >>> merged({"a": {"x": 1, "y": 2}, "b": [1]}, {"a": {"y": 3}, "b": []})
    {'a': {'x': 1, 'y': 3}, 'b': []}
    """
    found = dict(base)
    for key, value in change.items():
        both = isinstance(found.get(key), dict) and isinstance(value, dict)
        found[key] = merged(found[key], value) if both else value
    return found


def variant(data: dict[str, Any], age: str | None, bodies: Sequence[str]) -> dict[str, Any]:
    """The file's tables for an age, and for a body by all the names that it may go by, the last one over all.

    Raises
    ------
    KineticsError : an age that the file doesn't have; what no age or body can change.
    """
    found = {k: v for k, v in data.items() if k not in ("ages", "bodies")}
    ages = _tables(data, "ages")
    if age is not None:
        if age not in ages:
            near = difflib.get_close_matches(age, ages, n=2, cutoff=0.5)
            there = f"near: {', '.join(near)}" if near else f"there are: {', '.join(ages) or 'none'}"
            raise KineticsError(f"age '{shown(age)}' isn't among [ages] of the file; {there}")
        found = merged(found, ages[age])
    for name, change in _tables(data, "bodies").items():
        if name in bodies:
            found = merged(found, change)
    return found


def _tables(data: dict[str, Any], key: str) -> dict[str, dict[str, Any]]:
    tables = data.get(key, {})
    if not isinstance(tables, dict):
        raise KineticsError(f'{key} isn\'t a table; write [{key}."name"] with what differs there')
    for name, change in tables.items():
        if not isinstance(change, dict):
            raise KineticsError(f'{key}."{shown(name)}" isn\'t a table of what differs there')
        if kept := [k for k in WHOLE if k in change]:
            raise KineticsError(f'{key}."{shown(name)}".{kept[0]}: this is one for the whole file')
    return tables
