"""A case: published values of one paper, and the checks that are made on them. One TOML file each.

``docs/validation.md`` says what each layer checks; ``cases/*.toml`` are the cases. A new case of the layers
arithmetic, consistency and forward needs a file and no code.
"""

from __future__ import annotations

import datetime
import difflib
import tomllib
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from dosimetry.errors import DosimetryError
from dosimetry.study.result_tables.comparison import UNIT_FACTOR
from validation.checks import Check, Positive, Section, Text

FOLDER = Path(__file__).parent / "cases"


class CaseError(DosimetryError):
    """A case file that cannot be used, or a case that does not exist."""


class Source(Section):
    """Where the values were read, and when."""

    citation: Text
    doi: str = ""
    read: datetime.date
    note: str = ""


class Value(Section):
    """One published quantity: a target region's dose, an effective dose, a half-life, a TIAC ...

    half_unit : half a unit of the last printed digit of the mean (or median); trailing zeros count.
    """

    half_unit: float = 0.0
    of: Text
    mean: float | None = None
    sd: Positive | None = None
    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None

    @property
    def centre(self) -> float:
        """Mean, or the median where no mean was published."""
        value = self.mean if self.mean is not None else self.median
        assert value is not None
        return value

    @model_validator(mode="before")
    @classmethod
    def _printed_digits(cls, row: Any) -> Any:
        printed = row.get("mean", row.get("median")) if isinstance(row, dict) else None
        if isinstance(printed, int | Decimal):
            exponent = Decimal(printed).as_tuple().exponent
            return {**row, "half_unit": 0.5 * 10.0**exponent} if isinstance(exponent, int) else row
        return row

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.mean is None and self.median is None:
            raise ValueError(f"'{self.of}' has neither a mean nor a median")
        low = self.centre if self.minimum is None else self.minimum
        high = self.centre if self.maximum is None else self.maximum
        if not low <= self.centre <= high:
            raise ValueError(f"'{self.of}': {self.centre:g} is outside {low:g}-{high:g}")
        return self


class Values(Section):
    """Values of one place in a paper, in one unit; ``body`` says of which body, where there are several."""

    unit: Text
    place: Text
    body: str = ""
    rows: list[Value]


class Leaving(Section):
    """A share of a region's activity that leaves with a biologic half-life, into the urinary bladder."""

    share: Positive
    half_life_h: Positive


class Held(Section):
    """A region that holds a fraction of the administered activity from time zero; the rest of it stays."""

    region: Text
    fraction: Positive
    leaving: list[Leaving] = Field(default_factory=list)


class Transfer(Section):
    """A model of transfer rates: "giver -> taker" -> 1/d; the intake is 1 into one compartment."""

    half_life_h: Positive
    intake: Text
    rate_per_d: dict[str, Positive]


class Case(Section):
    """One paper's values and the checks made on them.

    compared : place among the tracers that are shown side by side; 0 leaves the case out of that.
    n, cohort : patients; 0 and empty where the values are of a model. nuclide : empty where there is none.
    model, transfer : the biokinetic model of fractions and half-times, or of transfer rates, where published.
    """

    name: str = ""
    compared: int = 0
    title: Text
    nuclide: str = ""
    product: str = ""
    n: int = 0
    cohort: str = ""
    software: Text
    phantom: Text
    source: Source
    model: list[Held] = Field(default_factory=list)
    transfer: Transfer | None = None
    published: list[Values]
    check: list[Check]

    def value(self, of: str, body: str = "") -> tuple[Value, str, str]:
        """A published value with its unit and its place in the paper."""
        for group in self.published:
            for row in group.rows:
                if row.of == of and group.body == body:
                    return row, group.unit, group.place
        names = [r.of for g in self.published for r in g.rows]
        near = difflib.get_close_matches(of, names, n=3) or names
        raise CaseError(f"case '{self.name}' has no value of '{of}'; it has: {', '.join(near)}")

    def in_unit(self, of: str, body: str = "") -> tuple[float, float | None, str]:
        """Mean (or median) and SD of a dose in mGy/MBq or mSv/MBq, of anything else as it stands; unit."""
        row, unit, _ = self.value(of, body)
        factor = UNIT_FACTOR.get(unit.lower(), 1.0)
        if unit.lower() in UNIT_FACTOR:
            unit = "mSv/MBq" if unit[1:3] in ("Sv", "em") else "mGy/MBq"
        return row.centre * factor, None if row.sd is None else row.sd * factor, unit

    def organ_doses(self) -> dict[str, float]:
        """Published mean doses by target region, mGy/MBq; effective doses are not among them."""
        return {
            r.of: self.in_unit(r.of)[0]
            for g in self.published
            if g.unit in ("mGy/MBq", "cGy/mCi", "rad/mCi")
            for r in g.rows
        }


def read_case(path: Path) -> Case:
    """A case from its file; its name is the file's.

    Raises
    ------
    CaseError : the file is no TOML, or a key is missing, unknown or wrong; the message names it.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        return Case.model_validate({**content, "name": path.stem})
    except tomllib.TOMLDecodeError as error:
        raise CaseError(f"{path}: this is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(p) for p in first["loc"])
        raise CaseError(f"{path}: {where}: {first['msg']}") from None


def read_cases(folder: Path = FOLDER) -> dict[str, Case]:
    """All cases by name."""
    return {p.stem: read_case(p) for p in sorted(folder.glob("*.toml"))}


def chosen(cases: Mapping[str, Case], names: Sequence[str]) -> list[Case]:
    """The cases of these names; all where none is given."""
    for name in names:
        if name not in cases:
            near = difflib.get_close_matches(name, cases, n=2, cutoff=0.4)
            hint = f"near names: {', '.join(near)}" if near else f"there are: {', '.join(cases)}"
            raise CaseError(f"there is no case '{name}'; {hint}")
    return [cases[n] for n in names] if names else list(cases.values())
