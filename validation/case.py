"""A case: published values of one paper, and the checks that are made on them. One TOML file each.

``docs/validation.md`` says what each layer checks; ``cases/*.toml`` are the cases. A new case of the layers
arithmetic, consistency and forward needs a file and no code.
"""

from __future__ import annotations

import datetime
import difflib
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dosimetry.comparison import UNIT_FACTOR
from dosimetry.errors import DosimetryError

FOLDER = Path(__file__).parent / "cases"

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]


class CaseError(DosimetryError):
    """A case file that cannot be used, or a case that does not exist."""


class Section(BaseModel):
    """A table of a case file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(Section):
    """Where the values were read, and when."""

    citation: Text
    doi: str = ""
    read: datetime.date
    note: str = ""


class Value(Section):
    """One published quantity: a target region's dose, an effective dose, a half-life, a TIAC ..."""

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
    """Values of one place in a paper, in one unit."""

    unit: Text
    place: Text
    rows: list[Value]


class LeftOut(Section):
    """A region that a fit leaves out (it is predicted all the same), and why."""

    region: Text
    because: Text


class EffectiveDose(Section):
    """Arithmetic: an effective dose from the published organ doses themselves."""

    kind: Literal["effective dose"]
    of: Text
    weights: Literal["ICRP 60", "ICRP 26"]
    tolerance_mSv_per_MBq: Positive
    because: Text


class WholeBody(Section):
    """Arithmetic: whole-body TIAC, and the total body's dose, from a published biologic half-life."""

    kind: Literal["clearance"]
    half_life: Text
    of: Text
    phantoms: dict[str, Positive] = Field(default_factory=dict)
    tolerance_percent: Positive | None = None
    because: Text


class Welch(Section):
    """Arithmetic: Welch's t-test from two papers' summary statistics."""

    kind: Literal["welch"]
    of: Text
    other: Text
    p_above: float | None = None
    p_below: float | None = None
    because: Text


class Consistency(Section):
    """Published organ doses as a non-negative combination of source regions (see consistency.py).

    name : other checks refer to it.
    phantoms : body -> its weight in the cohort.
    sources : source regions; ``targets`` gives a published region's name in these bodies where it differs.
    only : published region -> the one body it is taken from.
    sum_note : why the sum is not judged, where it has no tolerance.
    limits_h : source -> lowest and highest physiological TIAC, h.
    control_of : name of the fit that this one, of other bodies, must be worse than.
    """

    kind: Literal["consistency"]
    name: Text
    phantoms: dict[str, Positive]
    sources: list[str]
    targets: dict[str, str] = Field(default_factory=dict)
    only: dict[str, str] = Field(default_factory=dict)
    leave_out: list[LeftOut] = Field(default_factory=list)
    sum_from: Text
    rms_percent: Positive | None = None
    least_organs: int = 1
    sum_tolerance_percent: Positive | None = None
    sum_note: str = ""
    limits_h: dict[str, tuple[float, float]] = Field(default_factory=dict)
    control_of: str = ""
    because: Text


class FromTiac(Section):
    """Forward: doses from published TIACs, or from per cent retained for good (TIAC = share / lambda).

    phantoms : where patients' masses are not known, two bodies that bracket them; ours is then a range.
    """

    kind: Literal["doses from TIACs"]
    phantoms: list[str] = Field(min_length=1)
    tiac_h: dict[str, Positive] = Field(default_factory=dict)
    retained_percent: dict[str, Positive] = Field(default_factory=dict)
    whole_body_tiac_h: Positive
    of: list[Text]
    tolerance_sd: Positive | None = None
    tolerance_percent: Positive | None = None
    because: Text


class Solved(Section):
    """Forward: a tracer with few published organs.

    The published doses of ``solve`` (target -> source) fix those sources' TIACs; the other sources keep
    those of the fit ``base`` of case ``base_case``, or follow another source (``follow``) in proportion; the
    whole body keeps the base's TIAC. What ``of`` names was not used, and is predicted in each of the bodies.
    """

    kind: Literal["doses from organs"]
    phantoms: list[str] = Field(min_length=1)
    base_case: Text
    base: Text
    solve: dict[str, str]
    follow: dict[str, str] = Field(default_factory=dict)
    of: list[Text]
    tolerance_sd: Positive | None = None
    tolerance_percent: Positive | None = None
    because: Text


class Cohort(Section):
    """A simulated cohort through the whole pipeline (see cohort.py)."""

    kind: Literal["cohort"]
    phantoms: dict[Literal["male", "female"], str]
    men: int
    women: int
    seed: int
    base: Text
    leave_out: list[LeftOut] = Field(default_factory=list)
    serum_fast_half_life_h: Positive
    serum_fast_share: Positive
    plasma_volume_L_per_kg: Positive
    sd_factor: Positive
    because: Text


Check = Annotated[
    EffectiveDose | WholeBody | Welch | Consistency | FromTiac | Solved | Cohort, Field(discriminator="kind")
]


class Case(Section):
    """One paper's values and the checks made on them.

    compared : place among the tracers that are shown side by side; 0 leaves the case out of that.
    """

    name: str = ""
    compared: int = 0
    title: Text
    nuclide: Text
    product: Text
    n: int
    cohort: Text
    software: Text
    phantom: Text
    source: Source
    published: list[Values]
    check: list[Check]

    def value(self, of: str) -> tuple[Value, str, str]:
        """A published value with its unit and its place in the paper."""
        for group in self.published:
            for row in group.rows:
                if row.of == of:
                    return row, group.unit, group.place
        names = [r.of for g in self.published for r in g.rows]
        near = difflib.get_close_matches(of, names, n=3) or names
        raise CaseError(f"case '{self.name}' has no value of '{of}'; it has: {', '.join(near)}")

    def in_unit(self, of: str) -> tuple[float, float | None, str]:
        """Mean (or median) and SD of a dose in mGy/MBq or mSv/MBq, of anything else as it stands; unit."""
        row, unit, _ = self.value(of)
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
        content = tomllib.loads(path.read_text(encoding="utf-8"))
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
