"""Patients' identifiers as names of files, each its own on every system."""

from __future__ import annotations

from collections.abc import Iterable

#: Names that Windows keeps for devices.
DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{i}" for port in ("com", "lpt") for i in range(1, 10))}
#: Bytes of a name; systems take 255, of which endings and suffixes need some.
LONGEST_BYTES = 120


def file_names(patients: Iterable[str]) -> dict[str, str]:
    """The file name, without an ending, of each patient; those that would be one get a number.

    Two names are one where a system takes them as one, as many do with upper and lower case.

    >>> file_names(["A/1 b", "A 1", "A+1", "a_1", "nul"])
    {'A/1 b': 'A_1_b', 'A 1': 'A_1', 'A+1': 'A_1-2', 'a_1': 'a_1-3', 'nul': 'nul_'}
    """
    found: dict[str, str] = {}
    taken: set[str] = set()
    for patient in patients:
        name = stem = _stem(patient)
        number = 1
        while name.casefold() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.casefold())
        found[patient] = name
    return found


def _stem(patient: str) -> str:
    name = "".join(c if c.isalnum() or c in "-." else "_" for c in patient)
    name = name.encode()[:LONGEST_BYTES].decode(errors="ignore").strip(".") or "_"
    return f"{name}_" if name.split(".")[0].casefold() in DEVICES else name
