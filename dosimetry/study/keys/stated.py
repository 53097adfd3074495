"""One stated uncertainty in a study file: how large, of which kind, with whom it is shared, from where."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import Field, model_validator

from dosimetry.study.keys.curve_settings import Section, Text
from dosimetry.uncertainty.inputs import Distribution, Kind, Shared
from milligray.text_files import shown

UNKNOWN = "unknown"
#: Half-width over standard deviation (JCGM 100:2008, 4.3.7 and 4.3.9).
WIDTH_OVER_SD = {"rectangular": math.sqrt(3.0), "triangular": math.sqrt(6.0)}
#: A normal distribution this wide, as a share of the value, is below 0 in more than one of 44 cases.
WIDEST_NORMAL = 0.5


class Stated(Section):
    """A standard uncertainty with its source, or that it is unknown. Subclasses say in which unit."""

    #: Key of a standard uncertainty or half-width -> what it is multiplied by; and the largest one allowed.
    amounts: ClassVar[Mapping[str, float]] = {}
    most: ClassVar[float] = math.inf
    #: Whether u is a share of the value, so that a wide normal distribution would go below 0.
    relative: ClassVar[bool] = True
    example: ClassVar[str] = ""

    kind: Kind | None = Field(default=None, description="'A' (statistics of repeated readings) or 'B'")
    distribution: Distribution | None = Field(
        default=None,
        description="'normal' (if absent), 'log-normal'; with a half-width 'rectangular' or 'triangular'",
    )
    shared_by: Shared | None = Field(
        default=None, description="who has the same error: 'point', 'curve', 'organ', 'patient', 'everybody'"
    )
    source: Text | None = Field(default=None, description="where the number comes from")
    unknown: str | None = Field(default=None, description="that it is not known, and why")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, data: Any) -> Any:
        """The word "unknown", or "unknown: why", in place of a table."""
        return cls.table(data)

    @classmethod
    def table(cls, data: Any) -> Any:
        """A table as it is, or what a word in its place says.

        Raises
        ------
        ValueError : a bare number, which has neither unit nor source; a word that says nothing.
        """
        if isinstance(data, int | float | list):
            raise ValueError(f"{data} is no table; {cls.allowed()}")
        return cls.said(data) if isinstance(data, str) else data

    @classmethod
    def said(cls, data: str) -> dict[str, str]:
        """What a word in place of a table says.

        Raises
        ------
        ValueError : it is not "unknown" or "unknown: why".
        """
        word, colon, why = data.partition(":")
        if word.strip() != UNKNOWN or (colon and not why.strip()) or not data.isprintable():
            raise ValueError(f"'{shown(data)}' says nothing; {cls.allowed()}")
        return {"unknown": why.strip()}

    @classmethod
    def allowed(cls) -> str:
        """What may stand under such a key."""
        return f'a table is needed, e.g. {cls.example}, or "unknown", "unknown: why"'

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = self.of_unknown() if self.unknown is not None else [*self.of_amount(), *self.of_words()]
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def of_unknown(self) -> list[str]:
        """What stands beside "unknown"."""
        given = [
            k for k in (*self.amounts, "kind", "distribution", "shared_by", "source") if getattr(self, k)
        ]
        return [f"'{k}' does not go with 'unknown'; take one of the two out" for k in given]

    def given(self) -> list[str]:
        """Keys of amounts that are there."""
        return [key for key in self.amounts if getattr(self, key) is not None]

    def of_amount(self) -> list[str]:
        """What is wrong with the number, and with the distribution that it is the width of."""
        given = self.given()
        if len(given) != 1:
            what = (
                f"{' and '.join(given)} are both given; one is needed" if given else "no uncertainty is given"
            )
            return [f'{what}: {" or ".join(self.amounts)}, e.g. {self.example}, or "unknown"']
        key = given[0]
        value = getattr(self, key)
        wrong = []
        if value * self.amounts[key] > self.most:
            wrong.append(f"{key} = {value:g} is above {self.most / self.amounts[key]:g}; is the unit right?")
        width = key.startswith("half_width")
        if width and self.distribution not in WIDTH_OVER_SD:
            wrong.append(f'{key} needs distribution = "rectangular" or "triangular"')
        if not width and self.distribution in WIDTH_OVER_SD:
            wrong.append(
                f"a {self.distribution} distribution has a half-width: {key.replace('u', 'half_width', 1)}"
            )
        if not wrong and self.relative and self.distribution != "log-normal":
            wide = value * self.amounts[key] / (1.0 if width else WIDEST_NORMAL)
            if wide > 1.0:
                wrong.append(
                    f"{key} = {value:g} would make the quantity negative in some cases; say distribution ="
                    ' "log-normal" with u_percent'
                )
        return wrong

    def of_words(self) -> list[str]:
        """Words that are missing beside a number."""
        lacking = [key for key in ("kind", "source") if getattr(self, key) is None]
        return [f"{key} is missing; {type(self).model_fields[key].description}" for key in lacking]

    @property
    def standard(self) -> float:
        """The standard uncertainty as a share of the value, or in the quantity's own unit."""
        (key,) = self.given()
        value: float = getattr(self, key) * self.amounts[key]
        return value / WIDTH_OVER_SD[str(self.distribution)] if key.startswith("half_width") else value


class Percent(Stated):
    """In per cent of the value."""

    amounts: ClassVar[Mapping[str, float]] = {"u_percent": 0.01, "half_width_percent": 0.01}
    most = 3.0
    example = '{ u_percent = 3, kind = "B", source = "certificate" }'

    u_percent: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="standard uncertainty in % of the value"
    )
    half_width_percent: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="half-width in % of the value"
    )


class Fraction(Stated):
    """Of a quantity that is a fraction itself: haematocrit."""

    amounts: ClassVar[Mapping[str, float]] = {"u": 1.0, "half_width": 1.0}
    most = 0.2
    relative = False
    example = '{ u = 0.02, kind = "B", source = "laboratory" }'

    u: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="standard uncertainty, a fraction"
    )
    half_width: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="half-width, a fraction"
    )


class Hours(Stated):
    """Of times."""

    amounts: ClassVar[Mapping[str, float]] = {"u_h": 1.0, "half_width_h": 1.0}
    most = 1e4
    relative = False
    example = '{ u_h = 0.05, kind = "B", source = "clock" }'

    u_h: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="standard uncertainty in h"
    )
    half_width_h: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="half-width in h")


class OnlyUnknown(Stated):
    """A quantity that no uncertainty can be carried from yet."""

    example = '"unknown"'

    @classmethod
    def allowed(cls) -> str:
        """The one word."""
        return 'only "unknown", or "unknown: why", can be said: this program does not carry it yet'

    def of_amount(self) -> list[str]:
        """No amount can be given."""
        return [self.allowed()]

    def of_words(self) -> list[str]:
        """Nothing beside it."""
        return []
