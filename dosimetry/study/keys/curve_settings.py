"""Sections of a study file on curves: tables, decay states, by which methods curves become areas."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
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
from dosimetry.patients.population_method import (
    POPULATION,
    PopulationCovariance,
    PopulationCriterion,
    PopulationMethod,
    PopulationResidual,
)
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


class Population(Section):
    """How the patients' curves of one region are fitted together, or the population that is given."""

    models: list[str] = Field(default_factory=list, description="models of kinetics, one or several")
    residual: PopulationResidual | None = Field(
        default=None, description="how values scatter about a patient's own curve"
    )
    covariance: PopulationCovariance | None = Field(
        default=None, description="whether parameters spread independently over patients"
    )
    criterion: PopulationCriterion | None = Field(
        default=None, description="by which one of several models is chosen, and all are weighed"
    )
    average: bool | None = Field(
        default=None, description="whether areas are averaged over several models by their weights"
    )
    body_mass: list[str] = Field(
        default_factory=list, description="parameters that go with a power of body mass"
    )
    file: Text | None = Field(
        default=None, description="a population that is given, relative to the study file"
    )

    def method(self) -> PopulationMethod:
        """What is said, as a method."""
        said = {key: getattr(self, key) for key in type(self).model_fields}
        return PopulationMethod(**said | {k: tuple(said[k]) for k in ("models", "body_mass")})

    @model_validator(mode="after")
    def _whole(self) -> Self:
        try:
            self.method()
        except DosimetryError as error:
            raise ValueError(str(error)) from None
        return self


OF_POPULATION = "with model = 'population': how all patients' curves are fitted together"


class Curves(Section):
    """A table of curves."""

    file: Text = Field(description="path of a CSV table, relative to the study file")
    decay_corrected: bool = Field(
        description="true (corrected to the time of administration) or false (as counted)"
    )


def _weights_needed(value: Any, info: ValidationInfo) -> Any:
    """Weights stand there unless all patients are fitted together."""
    if value is None and info.data.get("model") != POPULATION:
        raise PydanticKnownError("missing")
    return value


def _population_needed(value: Any, info: ValidationInfo) -> Any:
    """How patients are fitted together stands there if they are."""
    if value is None and info.data.get("model") == POPULATION:
        raise PydanticKnownError("missing")
    return value


WeightsOfFit = Annotated[Weights | None, BeforeValidator(_weights_needed)]
PopulationOfFit = Annotated[Population | None, BeforeValidator(_population_needed)]


class Fitted(Curves):
    """Curves that are fitted."""

    model: ModelName = Field(description="a model of kinetics, 'auto', or 'population'")
    weights: WeightsOfFit = Field(default=None, validate_default=True, description="weights of the fit")
    population: PopulationOfFit = Field(default=None, validate_default=True, description=OF_POPULATION)
    blq: FittedBlq | None = Field(default=None, description=BELOW)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        method = self.population.method() if self.population else None
        try:
            CurveMethod(model=self.model, weights=self.weights, population=method)
        except DosimetryError as error:
            raise ValueError(str(error)) from None
        return self


class WholeBody(Fitted):
    """Whole-body probe: counts to retention to TIAC."""


class Serum(Fitted):
    """Serum samples: gamma-counter counts with a standard, or %IA/L."""


class OrganMethod(Section):
    """How organ curves become areas: by trapezoids, or by a fit."""

    method: Trapezoids | None = Field(default=None, description="the trapezoid's form")
    first_interval: FirstInterval | None = Field(default=None, description="from time 0 to the first point")
    tail: Tail | None = Field(default=None, description="after the last point")
    model: ModelName | None = Field(
        default=None, description="of a fit: a model of kinetics, e.g. 'uptake', or 'auto'"
    )
    weights: Weights | None = Field(default=None, description="weights of the fit")
    population: Population | None = Field(default=None, description=OF_POPULATION)

    def curve_method(self) -> CurveMethod:
        """What is said, as the method of a curve."""
        said = {key: getattr(self, key) for key in (*FIT, *TRAPEZOIDS)}
        return CurveMethod(**said, population=self.population.method() if self.population else None)

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
                kind = (
                    TRAPEZOIDS if not method.fitted else ("model", "population") if method.together else FIT
                )
                raise ValueError(f"{prefix}{lacking[0]} is missing ({what}); needed: {', '.join(kind)}")
        return self
