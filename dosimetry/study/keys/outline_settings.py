"""Outlines of organs in images and recovery coefficients, as keys of [uncertainty]."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from dosimetry.errors import DosimetryError
from dosimetry.imaging.recovery import checked_covariance
from dosimetry.study.keys.curve_settings import Section, Text
from dosimetry.study.keys.stated import OnlyUnknown

#: A measured recovery coefficient above this is a mistake: noise gives a little more than 1.
MOST_RECOVERY = 1.2


class Outline(Section):
    """The outline of an organ in an image: its volume, and what blur and observer do to it."""

    volume_mL: float = Field(gt=0, allow_inf_nan=False, description="the organ's volume in mL")
    voxel_mm: float = Field(gt=0, allow_inf_nan=False, description="width of a voxel in mm")
    fwhm_mm: float = Field(
        gt=0, allow_inf_nan=False, description="resolution, full width at half maximum, in mm"
    )
    observer_percent: float | None = Field(
        default=None, ge=0, le=300, description="SD of the volume between observers, in %"
    )
    observer: OnlyUnknown | None = Field(default=None, description='"unknown", in place of observer_percent')
    mass_from_outline: bool = Field(
        description="whether the organ's mass in the table of masses comes from this outline"
    )
    source: Text = Field(description="where the numbers come from")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        wrong = []
        voxel_mL = self.voxel_mm**3 / 1000.0
        if self.volume_mL < voxel_mL:
            wrong.append(
                f"volume_mL = {self.volume_mL:g} is below one voxel ({self.voxel_mm:g} mm wide:"
                f" {voxel_mL:.3g} mL); a volume in mL is needed"
            )
        observer = self.observer_percent
        if (observer is None) == (self.observer is None):
            wrong.append('observer_percent, or observer = "unknown": one of the two is needed')
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


class Recovery(Section):
    """Recovery that counts were corrected by: R(v) = 1 - 1/(1 + (v/b1)^b2), spheres, or a blur."""

    b1_mL: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="volume of half recovery, mL"
    )
    b2: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="exponent")
    covariance: list[list[float]] | None = Field(
        default=None, description="of b1 (mL) and b2: [[u(b1)^2, cov], [cov, u(b2)^2]]"
    )
    u_b1_mL: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="standard uncertainty of b1, in place of covariance",
    )
    u_b2: float | None = Field(default=None, gt=0, allow_inf_nan=False, description="the same of b2")
    correlation: float | None = Field(
        default=None, ge=-1, le=1, description="of b1 and b2, beside u_b1_mL and u_b2"
    )
    volume_mL: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] | None = Field(
        default=None, min_length=3, description="volumes of measured spheres, mL"
    )
    measured: list[Annotated[float, Field(gt=0, le=MOST_RECOVERY)]] | None = Field(
        default=None, description="their recovery coefficients, 1 for all"
    )
    u_measured: list[Annotated[float, Field(gt=0, le=1)]] | None = Field(
        default=None, description="standard uncertainties of those"
    )
    fwhm_mm: float | None = Field(
        default=None,
        gt=0,
        allow_inf_nan=False,
        description="of a Gaussian blur, where no sphere was measured",
    )
    u_fwhm_mm: float | None = Field(
        default=None, gt=0, allow_inf_nan=False, description="its standard uncertainty"
    )
    source: Text | None = Field(default=None, description="where the numbers come from")
    unknown: str | None = Field(default=None, description="that none was measured, and why")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, data: Any) -> Any:
        return OnlyUnknown.said(data) if isinstance(data, str) else data

    @model_validator(mode="after")
    def _possible(self) -> Self:
        kinds = {
            "fitted": ("b1_mL", "b2"),
            "measured": ("volume_mL", "measured", "u_measured"),
            "a blur": ("fwhm_mm", "u_fwhm_mm"),
        }
        given = {k: [key for key in keys if getattr(self, key) is not None] for k, keys in kinds.items()}
        some = [k for k, keys in given.items() if keys]
        wrong = []
        if self.unknown is not None:
            wrong = [f"'{keys[0]}' does not go with 'unknown'" for keys in given.values() if keys]
        elif len(some) != 1 or len(given[some[0]]) != len(kinds[some[0]]):
            wrong = [
                "one of three is needed: b1_mL and b2 with their covariance; volume_mL, measured and"
                " u_measured; fwhm_mm and u_fwhm_mm"
            ]
        elif some == ["fitted"]:
            wrong = self._of_fit()
        elif some == ["measured"]:
            n = [len(getattr(self, k) or ()) for k in kinds["measured"]]
            if len(set(n)) > 1:
                wrong = [
                    f"volume_mL, measured and u_measured have {n[0]}, {n[1]} and {n[2]} numbers; as many in"
                    " each are needed"
                ]
        if self.unknown is None and self.source is None:
            wrong.append("source is missing; where the numbers come from")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def _of_fit(self) -> list[str]:
        """What is wrong with a covariance, or with what stands in its place."""
        apart = [k for k in ("u_b1_mL", "u_b2", "correlation") if getattr(self, k) is not None]
        if self.covariance is None:
            return [] if len(apart) == 3 else ["covariance, or u_b1_mL, u_b2 and correlation are needed"]
        wrong = [f"covariance and {', '.join(apart)} say the same; take one of the two out"] if apart else []
        try:
            checked_covariance(self.covariance, 2, "covariance")
        except DosimetryError as error:
            wrong += error.complaints
        return wrong
