"""Keys of a study file on test performance, agreement and survival."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.study.keys.curve_settings import Section
from lesions.statistics.survival import SurvivalInterval

Level = Annotated[float, Field(gt=0.5, lt=1, strict=False)]
By = Literal["imaging", "pattern", "early response", "blood"]
Quantity = Literal["suv_max", "suv_peak", "suv_mean", "sul_max", "sul_peak", "sul_mean"]


class StatisticsKeys(Section):
    """[lesions.statistics]: the lesions' test against tissue, and agreement of tissue, PET and blood.

    Examples
    --------
    >>> StatisticsKeys(tissue="scores", seed=7).confidence
    0.95
    """

    confidence: Level = Field(default=0.95, description="confidence of every interval")
    tissue: Literal["reported", "scores"] = Field(
        default="reported",
        description="positive by tissue: by the reported status, or IHC 3, or IHC 2 with FISH of 2 or more",
    )
    low: Literal["negative", "left out"] = Field(
        default="negative", description="with tissue = 'reported': what status 'low' counts as"
    )
    roc_quantity: Quantity | None = Field(
        default=None,
        description="uptake of the ROC curve; without it the rule's quantity, or the visual class",
    )
    bootstrap: Literal["percentile", "BCa"] = Field(
        default="percentile", description="limits of the bootstrap"
    )
    draws: Annotated[int, Field(ge=200, le=100_000)] = Field(
        default=2000, description="draws of the bootstrap"
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(default=1, description="of the bootstrap's draws")


class SurvivalKeys(Section):
    """[lesions.survival]: times to events, by classes of patients.

    Examples
    --------
    >>> SurvivalKeys().months
    [6.0, 12.0]
    """

    by: list[By] = Field(
        default_factory=lambda: list[By](["imaging"]),
        description="classes of patients that are compared; [] for none",
    )
    months: list[Annotated[float, Field(gt=0, le=600, strict=False)]] = Field(
        default_factory=lambda: [6.0, 12.0], description="times of the rates, in months of 30.4375 days"
    )
    interval: SurvivalInterval = Field(default="log-log", description="limits of survival and of its median")
    confidence: Level = Field(default=0.95, description="confidence of every interval")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if self.months != sorted(set(self.months)):
            raise ValueError(f"months = {self.months}: times in ascending order, each once, are needed")
        return self
