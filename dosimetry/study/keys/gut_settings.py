"""The section [gut] of a study file: activity in the contents of the gut."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.errors import DosimetryError
from dosimetry.gut.method import GutContents, GutMethod, GutTail, TractAge, TractModel, WithoutCurve
from dosimetry.study.keys.curve_settings import Section


class Gut(Section):
    """Contents of the gut, by a model of the alimentary tract."""

    tract: TractModel = Field(description="the alimentary tract: 'ICRP 30' or 'ICRP 100'")
    contents: GutContents = Field(
        description="by what leaves the 'whole body' (with faeces_fraction), or from an 'organ curve' of the"
        " whole gut (rows 'whole gut' of the organs' table, with tail)"
    )
    age: TractAge | None = Field(default=None, description="of the tract; 'ICRP 100' needs it")
    sex: Literal["male", "female"] | None = Field(default=None, description="of the tract")
    transit_h: dict[str, Annotated[float, Field(gt=0, strict=False)]] = Field(
        default_factory=dict,
        description="mean time in a compartment of the tract, h, in place of the model's",
    )
    faeces_fraction: Annotated[float, Field(strict=False)] | None = Field(
        default=None, description="share of what leaves the rest of the body that goes into the gut"
    )
    tail: GutTail | None = Field(
        default=None, description="after the last point of the whole gut's curve: 'transit' or 'as organs'"
    )

    without_curve: WithoutCurve | None = Field(
        default=None,
        description="'remainder': in patients without a curve of the whole gut its contents are in the"
        " remainder; left out, every patient needs one",
    )

    def method(self) -> GutMethod:
        """What is said, as a method."""
        return GutMethod(
            model=self.tract,
            contents=self.contents,
            age=self.age or "adult",
            sex=self.sex,
            transit_h=self.transit_h,
            faeces_fraction=self.faeces_fraction,
            tail=self.tail,
            without_curve=self.without_curve,
        )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = []
        if self.tract == "ICRP 100" and self.age is None:
            wrong.append("age is missing; the rates of 'ICRP 100' differ by age: say e.g. 'adult'")
        try:
            self.method()
        except DosimetryError as error:
            wrong += error.complaints
        if wrong:
            raise ValueError("; ".join(wrong))
        return self
