"""A dataset as CDISC has it: variables with labels and origins, and records, within what XPT version 5 holds.

Version 5 of SAS transport files: names of at most 8 characters, labels of 40, text of 200, ASCII (SAS
technical note TS-140). Nothing is cut to fit: what does not fit is refused, or split over several variables
where the variable says so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from dosimetry.errors import DosimetryError
from milligray.errors import Complaints

if TYPE_CHECKING:
    import pandas as pd

NAME_LENGTH, LABEL_LENGTH, TEXT_LENGTH = 8, 40, 200
_NAME = re.compile(r"[A-Z][A-Z0-9_]{0,7}")
Value = str | float | None
Kind = Literal["text", "integer", "float"]
Origin = Literal["Assigned", "Collected", "Derived", "Predecessor", "Not Available"]


@dataclass(frozen=True)
class Variable:
    """A variable of a dataset.

    name, label : at most 8 and 40 characters.
    kind : "text", "integer" or "float".
    origin : as Define-XML has it.
    derivation : where its values come from, for the listing of variables.
    codelist : controlled terminology of its values; "" where there is none.
    key : its place in the sorting order, 1 first; 0: not part of it.
    long : whether text over 200 characters goes on in NAME1, NAME2, ...; otherwise it is refused.
    """

    name: str
    label: str
    kind: Kind
    origin: Origin
    derivation: str
    codelist: str = ""
    key: int = 0
    long: bool = False

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"'{self.name}': a variable has 1 to 8 of A-Z, 0-9 and _, a letter first")
        if not (self.label.isascii() and 0 < len(self.label) <= LABEL_LENGTH):
            raise ValueError(f"{self.name}: '{self.label}': a label has 1 to 40 ASCII characters")


@dataclass(frozen=True, eq=False)
class CdiscDataset:
    """A dataset: what it is, its variables, its records in sorting order.

    Parameters
    ----------
    name, label : at most 8 and 40 characters.
    kind : SDTM's or ADaM's class, e.g. "FINDINGS", "BASIC DATA STRUCTURE".
    structure : what one record is.
    variables : in the order of the file.
    rows : records, as many values as variables; a missing number is None, a missing text "".

    Examples
    --------
    >>> from dosimetry import CdiscOptions, cdisc_datasets, run_study
    >>> study = run_study("examples/zr89-huj591/study.toml")
    >>> doses = cdisc_datasets(study, CdiscOptions(study_id="HUJ-1"))["ADRD"]
    >>> doses.label, [v.name for v in doses.variables][:3], doses.rows[0][1]
    ('Radiation Dose Analysis Dataset', ['STUDYID', 'USUBJID', 'SUBJID'], 'HUJ-1-mean of 10')
    """

    name: str
    label: str
    kind: str
    structure: str
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Value, ...], ...]

    def __repr__(self) -> str:
        return f"<CdiscDataset {self.name}: {len(self.rows)} records, {len(self.variables)} variables>"

    def column(self, name: str) -> list[Value]:
        """All values of one variable.

        Raises
        ------
        KeyError : there is no such variable.
        """
        names = [v.name for v in self.variables]
        if name not in names:
            raise KeyError(name)
        at = names.index(name)
        return [row[at] for row in self.rows]

    def length(self, name: str) -> int:
        """Bytes of a variable in a record: 8 of a number, those of the longest text and at least 1."""
        variable = next(v for v in self.variables if v.name == name)
        return 8 if variable.kind != "text" else max([1, *(len(str(v)) for v in self.column(name))])

    def frame(self) -> pd.DataFrame:
        """As a data frame: numbers are floats (missing: NaN), texts strings."""
        import pandas as pd

        return pd.DataFrame(
            {
                v.name: self.column(v.name)
                if v.kind == "text"
                else pd.Series([math.nan if x is None else x for x in self.column(v.name)], dtype="float64")
                for v in self.variables
            }
        )


def dataset(
    name: str,
    label: str,
    kind: str,
    structure: str,
    variables: Sequence[Variable],
    records: Iterable[Mapping[str, Value]],
) -> CdiscDataset:
    """A dataset from records by variable; sorted by its keys, long texts split, everything checked.

    Raises
    ------
    DosimetryError : a text that no XPT file holds; all of them at once.
    """
    if not (_NAME.fullmatch(name) and label.isascii() and len(label) <= LABEL_LENGTH):
        raise ValueError(f"{name}, '{label}': name or label of a dataset is too long")
    found = [dict(record) for record in records]
    known = {v.name for v in variables}
    for record in found:
        if record.keys() != known:
            raise ValueError(f"{name}: a record has other variables: {sorted(record.keys() ^ known)}")
    with Complaints(DosimetryError, where=f"the dataset {name}") as wrong:
        ordered = [part for v in variables for part in _split(name, v, found, wrong)]
    keys = sorted((v for v in ordered if v.key), key=lambda v: v.key)
    found.sort(key=lambda record: [_sortable(record[v.name]) for v in keys])
    rows = tuple(tuple(_plain(record[v.name], v.kind) for v in ordered) for record in found)
    return CdiscDataset(name, label, kind, structure, tuple(ordered), rows)


def _split(
    name: str, variable: Variable, records: list[dict[str, Value]], wrong: Complaints
) -> list[Variable]:
    """The variable, and those that its text goes on in; records are changed to have them."""
    if variable.kind != "text":
        return [variable]
    parts: list[list[str]] = []
    for record in records:
        text = str(record[variable.name] or "").strip()
        bad = next((c for c in text if not 32 <= ord(c) < 127), None)
        own = pieces(text) if variable.long else [text]
        if bad is not None:
            wrong.add(
                DosimetryError(f"{name}.{variable.name}: '{text}' has a character that is not ASCII: '{bad}'")
            )
        elif max(map(len, own)) > TEXT_LENGTH:
            wrong.add(
                DosimetryError(
                    f"{name}.{variable.name}: '{text[:40]}...' has {len(text)} characters, and XPT holds"
                    f" {TEXT_LENGTH}; shorten it where it comes from: {variable.derivation}"
                )
            )
        parts.append(own)
    more = max((len(own) for own in parts), default=1)
    names = [variable.name, *(f"{variable.name}{i}" for i in range(1, more))]
    for record, own in zip(records, parts, strict=True):
        record.update(zip(names, [*own, *[""] * (more - len(own))], strict=True))
    later = (replace(variable, name=n, label=f"{variable.label} ({i})") for i, n in enumerate(names[1:], 1))
    return [variable, *later]


def pieces(text: str) -> list[str]:
    """A text in pieces of at most 200 characters, divided at spaces, which join them again.

    >>> [len(p) for p in pieces("word " * 50 + "end")], " ".join(pieces("a " * 300 + "b")) == "a " * 300 + "b"
    ([199, 53], True)
    """
    found = []
    while len(text) > TEXT_LENGTH:
        at = text.rfind(" ", 0, TEXT_LENGTH + 1)
        if at <= 0:
            break
        found.append(text[:at])
        text = text[at + 1 :]
    return [*found, text]


def _sortable(value: Value) -> tuple[bool, float, str]:
    """Missing first, as SAS sorts; numbers by size, text by its bytes."""
    if value is None or isinstance(value, str):
        return (bool(value), 0.0, value or "")
    return (True, float(value), "")


def _plain(value: Value, kind: Kind) -> Value:
    if kind == "text":
        return value
    if value is None or value == "" or value != value:
        return None
    assert not isinstance(value, str)
    return int(value) if kind == "integer" else float(value)
