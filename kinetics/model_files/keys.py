"""A parsed TOML table, read key by key: whatever stands there, a mistake is told with the path of its key."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any

from kinetics.errors import KineticsError
from milligray.errors import Complaints
from milligray.text_files import shown

#: Largest and smallest size of a number that is not 0; longest name; most entries of a list or table.
LARGEST, SMALLEST, LONGEST, MOST = 1e15, 1e-30, 100, 100_000
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_KINDS = {
    dict: "a table", list: "a list", str: "a text", bool: "true or false", int: "a number", float: "a number",
}  # fmt: skip


class Keys:
    """One table of the file.

    Each method returns what stands under a key, checked; None (or nothing) where it is missing or wrong, and
    then ``complaints`` knows.

    >>> with Complaints(KineticsError) as found:
    ...     model = Keys({"half_life_h": "long", "sinks": ["out", 3]}, found)
    ...     model.number("half_life_h"), model.names("sinks")
    Traceback (most recent call last):
    kinetics.errors.KineticsError: half_life_h is a text, 'long'; a number is needed
    sinks: entry 2 is a number, 3; a text is needed
    """

    def __init__(self, table: Any, complaints: Complaints, path: str = "") -> None:
        self.complaints, self.at = complaints, path
        self.table: dict[str, Any] = {}
        if not isinstance(table, dict):
            self.wrong(path, table, "a table")
        elif len(table) > MOST:
            self.complain(f"{path} has {len(table)} keys; at most {MOST} are read")
        else:
            self.table = table

    def path(self, key: str) -> str:
        """Where a key stands, as TOML writes it."""
        name = key if _PLAIN.fullmatch(key) else f'"{shown(key)}"'
        return f"{self.at}.{name}" if self.at else name

    def complain(self, text: str) -> None:
        """Keep a mistake."""
        self.complaints.add(KineticsError(text))

    def wrong(self, where: str, value: Any, needed: str) -> None:
        """Keep that a value is of a wrong kind."""
        kind = _KINDS.get(type(value), "a date or time")
        quoted = isinstance(value, str | int | float) and not isinstance(value, bool)
        text = f"'{shown(value)}'" if isinstance(value, str) else _brief(value) if quoted else ""
        self.complain(f"{where} is {kind}{', ' + text if text else ''}; {needed} is needed")

    def only(self, allowed: Iterable[str]) -> None:
        """Complain of keys that are none of these."""
        for key in self.table:
            if key not in allowed:
                self.complain(f"unknown key '{self.path(key)}'; allowed: {', '.join(sorted(allowed))}")

    def has(self, key: str) -> bool:
        """Whether the key stands there."""
        return key in self.table

    def due(self, *keys: str) -> None:
        """Complain of keys that are missing."""
        for key in keys:
            if key not in self.table:
                self.complain(f"'{self.path(key)}' is missing")

    def keys(self) -> list[str]:
        """The keys, checked as names."""
        return [key for key in self.table if self._name(self.path(key), key) is not None]

    def table_of(self, key: str) -> Keys:
        """The table under a key, empty where there is none."""
        return Keys(self.table.get(key, {}), self.complaints, self.path(key))

    def tables(self, key: str) -> list[Keys]:
        """The tables of a list (``[[key]]``), each with its number from 1."""
        entries = self._list(key, "a list of tables ([[...]])") or []
        return [Keys(one, self.complaints, f"{self.path(key)} {i}") for i, one in enumerate(entries, 1)]

    def flag(self, key: str) -> bool | None:
        """true or false."""
        value = self.table.get(key)
        if value is not None and not isinstance(value, bool):
            self.wrong(self.path(key), value, "true or false")
            return None
        return value

    def text(self, key: str, allowed: Iterable[str] = ()) -> str | None:
        """A name, or one of those allowed."""
        if key not in self.table:
            return None
        found = self._name(self.path(key), self.table[key])
        if found is not None and allowed and found not in allowed:
            listed = ", ".join(allowed)
            self.complain(f"{self.path(key)} is '{shown(found)}'; one of these is needed: {listed}")
            return None
        return found

    def words(self, key: str) -> str | None:
        """A text of any length, such as a citation."""
        value = self.table.get(key)
        if value is None or isinstance(value, str):
            return None if value is None else " ".join(value.split())
        self.wrong(self.path(key), value, "a text")
        return None

    def names(self, key: str) -> tuple[str, ...]:
        """A list of names."""
        entries = self._list(key, "a list of names") or []
        checked = (self._name(f"{self.path(key)}: entry {i}", one) for i, one in enumerate(entries, 1))
        return tuple(one for one in checked if one is not None)

    def number(self, key: str, *, above: float | None = None, least: float | None = None) -> float | None:
        """A finite number, above or at least a limit."""
        return self._number(self.path(key), self.table[key], above, least) if key in self.table else None

    def numbers(
        self, key: str, *, above: float | None = None, least: float | None = None
    ) -> list[float] | None:
        """A list of finite numbers; None where one of them is wrong."""
        entries = self._list(key, "a list of numbers")
        if entries is None:
            return None
        found = [
            self._number(f"{self.path(key)}: entry {i}", one, above, least)
            for i, one in enumerate(entries, 1)
        ]
        right = [one for one in found if one is not None]
        return right if len(right) == len(found) else None

    def _list(self, key: str, needed: str) -> list[Any] | None:
        value = self.table.get(key, [])
        if not isinstance(value, list):
            self.wrong(self.path(key), value, needed)
            return None
        if len(value) > MOST:
            self.complain(f"{self.path(key)} has {len(value)} entries; at most {MOST} are read")
            return None
        return value

    def _name(self, where: str, value: Any) -> str | None:
        if not isinstance(value, str):
            self.wrong(where, value, "a text")
        elif not value.strip() or len(value) > LONGEST or not value.isprintable():
            self.complain(f"{where} is '{shown(value)}'; a text of 1 to {LONGEST} letters is needed")
        else:
            return value
        return None

    def _number(self, where: str, value: Any, above: float | None, least: float | None) -> float | None:
        limits = "" if least is None else f" of {least:g} or above"
        if above is not None:
            limits = f" above {above:g}"
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.wrong(where, value, f"a number{limits}")
            return None
        inside = value == 0 or SMALLEST <= abs(value) <= LARGEST  # whole numbers may have thousands of digits
        low = (above is not None and value <= above) or (least is not None and value < least)
        if not inside or low:
            self.complain(f"{where} is {_brief(value)}; a number{limits} is needed")
            return None
        return float(value)


def _brief(value: float) -> str:
    """A number as a message has it, whatever its size."""
    if isinstance(value, int) and abs(value) > LARGEST:
        return f"a whole number of more than {int(math.log10(LARGEST))} digits"
    return f"{value:g}"
