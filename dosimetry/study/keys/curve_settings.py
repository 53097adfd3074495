"""Sections of a study file on curves: tables, decay states, by which methods curves become areas."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticKnownError

from dosimetry.errors import DosimetryError
from dosimetry.patients.curve_methods import (
    FIT,
    TRAPEZOIDS,
    Blq,
    CurveMethod,
    FirstInterval,
    FittedBlq,
    Tail,
    Trapezoids,
    Weights,
    known_model,
)  # fmt: skip
from dosimetry.study.keys.key_errors import LONGEST
from milligray.text_files import shown


def _visible(text: str) -> str:
    """A text, which must have no character that cannot be seen."""
    bad = next((c for c in text if not (c.isprintable() or c == "\n")), None)
    if bad is not None:
        raise ValueError(f"'{shown(text)}' holds a character that cannot be seen (U+{ord(bad):04X})")
    return text


def _one_line(text: str) -> str:
    if "\n" in _visible(text):
        raise ValueError(f"'{shown(text)}' has more than one line")
    return text


Text = Annotated[str, Field(min_length=1, max_length=LONGEST), AfterValidator(_one_line)]
Note = Annotated[str, Field(max_length=10 * LONGEST), AfterValidator(_visible)]
ModelName = Annotated[str, AfterValidator(known_model)]

BELOW = "what becomes of values below the limit of quantification ('<0.1', 'BLQ')"
DENSITIES = "tissue_density_g_per_mL"


class Section(BaseModel):
    """A table of the study file: unknown keys are refused, values are not changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Curves(Section):
    """A table of curves."""

    file: Text = Field(description="path of a CSV table, relative to the study file")
    decay_corrected: bool = Field(
        description="true (corrected to the time of administration) or false (as counted)"
    )


class WholeBody(Curves):
    """Whole-body probe: counts to retention to TIAC."""

    model: ModelName = Field(description="a model of kinetics, e.g. 'monoexponential', or 'auto'")
    weights: Weights = Field(description="weights of the fit")
    blq: FittedBlq | None = Field(default=None, description=BELOW)


class Serum(Curves):
    """Serum samples: gamma-counter counts with a standard, or %IA/L."""

    model: ModelName = Field(description="a model of kinetics, e.g. 'biexponential', or 'auto'")
    weights: Weights = Field(description="weights of the fit")
    blq: FittedBlq | None = Field(default=None, description=BELOW)


class OrganMethod(Section):
    """How organ curves become areas: by trapezoids, or by a fit."""

    method: Trapezoids | None = Field(default=None, description="the trapezoid's form")
    first_interval: FirstInterval | None = Field(default=None, description="from time 0 to the first point")
    tail: Tail | None = Field(default=None, description="after the last point")
    model: ModelName | None = Field(
        default=None, description="of a fit: a model of kinetics, e.g. 'uptake', or 'auto'"
    )
    weights: Weights | None = Field(default=None, description="weights of the fit")

    def curve_method(self) -> CurveMethod:
        """What is said, as the method of a curve."""
        return CurveMethod(**{key: getattr(self, key) for key in (*FIT, *TRAPEZOIDS)})

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        try:
            self.curve_method()
        except DosimetryError as error:
            raise ValueError(str(error)) from None
        return self


def _a_table(value: Any) -> Any:
    """What stands under a name in [organs] that is no key of it: an organ's table, or a mistake."""
    if not isinstance(value, Mapping | OrganMethod):
        raise PydanticKnownError("extra_forbidden")
    return value


class Organs(OrganMethod, Curves):
    """Organ curves: concentrations or contents, to TIAC by trapezoids or by fits; a table for one organ."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)
    __pydantic_extra__: dict[str, Annotated[OrganMethod, BeforeValidator(_a_table)]]

    blq: Blq | None = Field(default=None, description=BELOW)
    tissue_density_g_per_mL: dict[str, Annotated[float, Field(gt=0, lt=25, strict=False)]] = Field(
        default_factory=dict, description="needed for kBq/mL: one per organ, 'other' for the rest"
    )

    @property
    def by_organ(self) -> dict[str, OrganMethod]:
        """Tables of single organs, by the name that the study file has."""
        return dict(self.__pydantic_extra__ or {})

    @model_validator(mode="before")
    @classmethod
    def _table_of_densities(cls, data: Any) -> Any:
        for key in data if isinstance(data, Mapping) else ():
            if key not in cls.model_fields and difflib.get_close_matches(key, [DENSITIES], cutoff=0.8):
                raise ValueError(f"unknown key {key}; near names: {DENSITIES}")
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        every = self.curve_method()
        if not every.given():
            raise ValueError(
                f"by which method do curves become areas? Give {', '.join(TRAPEZOIDS)} (trapezoids), or"
                f" {' and '.join(FIT)} (a fit)"
            )
        for name, method in {"": every, **{k: m.curve_method() for k, m in self.by_organ.items()}}.items():
            prefix = f"{name}." if name else ""
            if name and not method.given():
                raise ValueError(f"[organs.{name}] says nothing; give {', '.join((*FIT, *TRAPEZOIDS))}")
            if lacking := method.over(every).lacking():
                what = OrganMethod.model_fields[lacking[0]].description
                kind = FIT if method.fitted else TRAPEZOIDS
                raise ValueError(f"{prefix}{lacking[0]} is missing ({what}); needed: {', '.join(kind)}")
        return self
