"""Dose limits of organs, radiobiological constants of tissues: a table with sources, or one's own file."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dosimetry.errors import DosimetryError
from dosimetry.study.keys.key_errors import key_complaints
from milligray.errors import Complaints
from milligray.text_files import read_toml, shown_path
from phantoms.errors import PhantomError
from phantoms.regions.names import TARGETS, resolve

ABSORBED, BED = "absorbed dose", "BED"
#: The table that is taken where nobody names one.
SHIPPED = "limits.toml of milligray"


@dataclass(frozen=True, kw_only=True)
class DoseLimit:
    """One dose limit: of an organ's absorbed dose or of its biologically effective dose, Gy.

    checked : what the value was compared with.

    Raises
    ------
    DosimetryError : another quantity; a value that is not above 0.

    Examples
    --------
    >>> DoseLimit(name="own", organ="red marrow", quantity="BED", value_Gy=2.0, source="own").value_Gy
    2.0
    """

    name: str
    organ: str
    quantity: str
    value_Gy: float
    source: str
    checked: str = "not said"

    def __post_init__(self) -> None:
        if self.quantity not in (ABSORBED, BED):
            raise DosimetryError(
                f"limit '{self.name}': quantity '{self.quantity}'; allowed: {ABSORBED}, {BED}"
            )
        if not (math.isfinite(self.value_Gy) and self.value_Gy > 0.0):
            raise DosimetryError(f"limit '{self.name}': {self.value_Gy:g} Gy; a number above 0 is needed")


@dataclass(frozen=True, kw_only=True)
class TissueConstants:
    """What the biologically effective dose of an organ is computed with.

    u_alpha_beta_Gy, u_repair_relative : standard uncertainties, the half-time's relative; None: not stated.

    Raises
    ------
    DosimetryError : a number that is not above 0.

    Examples
    --------
    >>> TissueConstants(alpha_beta_Gy=2.6, repair_half_time_h=2.8, source="own").repair_half_time_h
    2.8
    """

    alpha_beta_Gy: float
    repair_half_time_h: float
    source: str
    checked: str = "not said"
    u_alpha_beta_Gy: float | None = None
    u_repair_relative: float | None = None

    def __post_init__(self) -> None:
        for what, value in (
            ("alpha/beta", self.alpha_beta_Gy),
            ("repair half-time", self.repair_half_time_h),
        ):
            if not (math.isfinite(value) and value > 0.0):
                raise DosimetryError(f"{what} is {value:g}; a number above 0 is needed")


@dataclass(frozen=True, kw_only=True)
class LimitTable:
    """Limits in use, and tissues by organ.

    >>> table = load_limits()
    >>> [limit.name for limit in table.of("kidneys")], table.tissues["kidneys"].alpha_beta_Gy
    (['kidneys 23 Gy', 'kidneys 40 Gy BED'], 2.6)
    """

    limits: tuple[DoseLimit, ...]
    tissues: Mapping[str, TissueConstants]
    path: str = SHIPPED

    def of(self, organ: str) -> tuple[DoseLimit, ...]:
        """Limits of one organ."""
        return tuple(limit for limit in self.limits if limit.organ == organ)


Positive = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]
Text = Annotated[str, Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Limit(_Part):
    name: Text
    organ: Text
    quantity: Literal["absorbed dose", "BED"]
    value_Gy: Positive
    source: Text
    checked: Text = "not said"
    used: bool = True


class _Tissue(_Part):
    alpha_beta_Gy: Positive
    repair_half_time_h: Positive
    source: Text
    checked: Text = "not said"
    u_alpha_beta_Gy: Positive | None = None
    u_repair_relative: Positive | None = None


class _File(_Part):
    limit: list[_Limit] = Field(min_length=1)
    tissue: dict[str, _Tissue] = Field(default_factory=dict)


def load_limits(path: str | Path | None = None) -> LimitTable:
    """Dose limits of organs, from milligray's table or from a file of the same form (TOML).

    Parameters
    ----------
    path : a file of one's own, which takes the place of the table as a whole; None: milligray's.

    Raises
    ------
    DosimetryError : the mistakes of the file, a line each.

    Examples
    --------
    >>> for limit in load_limits().limits:
    ...     print(limit.name)
    kidneys 23 Gy
    kidneys 40 Gy BED
    red marrow 2 Gy
    lungs 30 Gy
    liver 30 Gy
    """
    where = SHIPPED if path is None else shown_path(path)
    if path is None:
        content = tomllib.loads(files("therapy.limits").joinpath("limits.toml").read_text(encoding="utf-8"))
    else:
        content = read_toml(path, DosimetryError, needed="a TOML file of limits is needed")[1]
    try:
        given = _File.model_validate(content)
    except ValidationError as error:
        raise DosimetryError(*(f"{where}: {line}" for line in key_complaints(error, _File))) from None
    with Complaints(DosimetryError) as found:
        limits = [_limit(where, row, found) for row in given.limit]
        names = [row.name for row in given.limit]
        for name in dict.fromkeys(n for n in names if names.count(n) > 1):
            found.add(DosimetryError(f"{where}: limit '{name}' stands there twice; give each its own name"))
        if not any(row.used for row in given.limit):
            found.add(DosimetryError(f"{where}: no limit is in use; set 'used' of one to true"))
        tissues = {_organ(where, f"tissue.{name}", name, found): row for name, row in given.tissue.items()}
        for limit, row in zip(limits, given.limit, strict=True):
            if row.used and limit.quantity == BED and limit.organ not in tissues:
                found.add(
                    DosimetryError(
                        f"{where}: limit '{limit.name}' is of the BED, and there is no"
                        f' [tissue."{limit.organ}"]; alpha_beta_Gy and repair_half_time_h are needed there'
                    )
                )
    return LimitTable(
        limits=tuple(limit for limit, row in zip(limits, given.limit, strict=True) if row.used),
        tissues={name: TissueConstants(**row.model_dump()) for name, row in tissues.items()},
        path=where,
    )


def _limit(where: str, row: _Limit, found: Complaints) -> DoseLimit:
    organ = _organ(where, f"limit '{row.name}'", row.organ, found)
    return DoseLimit(**{**row.model_dump(exclude={"used"}), "organ": organ})


def _organ(where: str, what: str, name: str, found: Complaints) -> str:
    """The target region of a name."""
    try:
        return resolve(name, TARGETS, kind="target region")
    except PhantomError as error:
        found.add(DosimetryError(f"{where}: {what}: {error}"))
        return name
