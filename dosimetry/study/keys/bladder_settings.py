"""Section [bladder] of a study file: what fills the urinary bladder's contents, and when they are emptied."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from dosimetry.bladder.method import (
    EXPONENTIALS,
    BladderMethod,
    Collection,
    UrineModel,
    UrineWeights,
    WholeBodyCounted,
)
from dosimetry.study.keys.curve_settings import Section, Text
from milligray.errors import MilligrayError

#: Keys that belong to a table of urine, and to times of emptying.
OF_URINE = ("decay_corrected", "collection", "model")
OF_TIMES = ("every_h", "first_h", "times_h")


class Bladder(Section):
    """The urinary bladder's contents as a source region, from the whole body's curve or from urine."""

    urine_fraction: float | None = Field(
        default=None, description="share of what leaves the whole body that goes by urine, above 0 to 1"
    )
    file: Text | None = Field(default=None, description="table of measured urine, in place of urine_fraction")
    decay_corrected: bool | None = Field(
        default=None, description="of urine: true (corrected to the time of administration) or false"
    )
    collection: Collection | None = Field(
        default=None, description="'complete' (every void from time 0 to the last) or 'incomplete'"
    )
    model: UrineModel | None = Field(
        default=None, description="of urine: its voids as they are, or exponentials fitted to them"
    )
    weights: UrineWeights | None = Field(default=None, description="weights of the fit to urine")
    whole_body_counted: WholeBodyCounted | None = Field(
        default=None, description="what the whole body's curve holds of the bladder"
    )
    every_h: float | None = Field(default=None, description="interval between voids in h")
    first_h: float | None = Field(default=None, description="time of the first void in h")
    times_h: list[float] | None = Field(default=None, description="times of the first voids in h, in order")
    residual: float | None = Field(default=None, description="share that stays at a void, 0 to below 1")
    continuous_per_h: float | None = Field(
        default=None, description="a rate in 1/h with which the contents leave all the time"
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        wrong = [*self._of_filling(), *self._of_emptying()]
        if not wrong:
            try:
                self.method()
            except MilligrayError as error:
                wrong += error.complaints
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _of_filling(self) -> list[str]:
        """What does not fit among the keys on what fills the bladder."""
        if self.file is None:
            idle = [k for k in (*OF_URINE, "weights") if getattr(self, k) is not None]
            needed = [] if self.urine_fraction is not None else [
                "urine_fraction, or file (a table of measured urine): one of the two is needed"
            ]  # fmt: skip
            return [*needed, *(f"'{k}' is of measured urine, and there is no 'file'" for k in idle)]
        wrong = [
            f"{key} is missing; {Bladder.model_fields[key].description}"
            for key in OF_URINE
            if getattr(self, key) is None
        ]
        if self.urine_fraction is not None:
            wrong.append("urine_fraction and file are two ways to fill the bladder; take one of them out")
        fitted = self.model in EXPONENTIALS
        if fitted and self.weights is None:
            wrong.append(f"weights is missing; {Bladder.model_fields['weights'].description}")
        if self.model is not None and not fitted and self.weights is not None:
            wrong.append(f"'weights' is of a fit, and model is '{self.model}'")
        if self.model == "voids as measured" and self.collection == "incomplete":
            wrong.append("model 'voids as measured' needs a complete collection; fit exponentials instead")
        return wrong

    def _of_emptying(self) -> list[str]:
        """What does not fit among the keys on when it is emptied."""
        times = [k for k in OF_TIMES if getattr(self, k) is not None]
        if self.continuous_per_h is not None:
            both = [*times, *(["residual"] if self.residual is not None else [])]
            wrong = [f"'{k}' does not go with continuous_per_h; take one of them out" for k in both]
        elif not times and self.model != "voids as measured":
            wrong = ["when is it emptied? every_h, first_h, times_h or continuous_per_h is needed"]
        else:
            wrong = ["times_h is empty; give times, or take it out"] if self.times_h == [] else []
        if self.model == "voids as measured":
            given = [*times, *(["continuous_per_h"] if self.continuous_per_h is not None else [])]
            wrong = [f"'{k}' does not go with voids as measured, which have their times" for k in given]
        return wrong

    def method(self) -> BladderMethod:
        """The method that the keys say.

        Raises
        ------
        KineticsError, DosimetryError : a number that is not allowed, times out of order.
        """
        from kinetics.excretion.emptying import Emptying
        from kinetics.excretion.voided import ContinuousEmptying

        emptied: Emptying | ContinuousEmptying | None = None
        as_measured = self.model == "voids as measured"
        residual = 0.0 if self.residual is None else self.residual
        if self.continuous_per_h is not None:
            emptied = ContinuousEmptying(self.continuous_per_h)
        elif not as_measured:
            emptied = Emptying(
                every_h=self.every_h,
                first_h=self.first_h,
                times_h=tuple(self.times_h or ()),
                residual=residual,
            )
        return BladderMethod(
            urine_fraction=self.urine_fraction,
            urine_model=self.model,
            urine_weights=self.weights,
            emptied=emptied,
            residual=residual if as_measured else 0.0,
            whole_body_counted=self.whole_body_counted,
        )
