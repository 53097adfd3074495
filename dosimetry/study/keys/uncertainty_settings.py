"""The section [uncertainty] of a study file: every uncertainty that matters, stated or said to be unknown.

What is here is the form of the keys, and what is wrong with one by itself. Which of them a study needs
depends on its tables: :mod:`dosimetry.study.uncertainty.method`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from dosimetry.study.keys.curve_settings import Section
from dosimetry.study.keys.outline_settings import Outline, Recovery
from dosimetry.study.keys.stated import Fraction, Hours, OnlyUnknown, Percent, Stated

#: What an activity meter may have measured or calibrated, beside the administered activity.
Calibrated = Literal["administered activity", "serum standard", "scanner"]
#: In place of a number: from the literature, see docs/uncertainty.md.
DEFAULT = "default"
#: Under patient_and_phantom: one error of all targets together.
ALL = "all"


class Meter(Percent):
    """The calibration of an activity meter, and what depends on it."""

    example: ClassVar[str] = (
        '{ u_percent = 2.5, kind = "B", calibrates = ["administered activity", "scanner"],'
        ' source = "certificate" }'
    )
    calibrates: list[Calibrated] | None = Field(
        default=None,
        description="what was measured with it: 'administered activity', 'serum standard', 'scanner'"
        " (cross-calibrated with it)",
    )

    def of_words(self) -> list[str]:
        """As of all, and what was measured with it."""
        wrong = super().of_words()
        if not self.calibrates or "administered activity" not in self.calibrates:
            wrong.append(f"calibrates is {self.calibrates}; at least ['administered activity'] is needed")
        return wrong


class HalfLife(Percent):
    """In per cent or in h."""

    amounts: ClassVar[Mapping[str, float]] = {"u_percent": 0.01, "half_width_percent": 0.01}
    example: ClassVar[str] = '{ u_percent = 0.2, kind = "B", source = "evaluated decay data" }'


class Targets(Percent):
    """How far the patient's dose is from the phantom's; or the word "default"."""

    example: ClassVar[str] = '{ u_percent = 20, kind = "B", source = "literature" }'
    default: bool = Field(default=False, description="the value from the literature")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, data: Any) -> Any:
        """The words "default", "unknown", "unknown: why", in place of a table."""
        if data == DEFAULT:
            return {"default": True}
        if isinstance(data, Mapping) and "default" in data:
            raise ValueError(f'"{DEFAULT}" is a word in place of the table')
        return cls.table(data)

    @classmethod
    def allowed(cls) -> str:
        """What may stand under such a key."""
        return f'{super().allowed()}, or "{DEFAULT}" (docs/uncertainty.md says what that is)'

    def of_amount(self) -> list[str]:
        """None beside the default."""
        return super().of_amount() if not self.default else []

    def of_words(self) -> list[str]:
        """None beside the default."""
        return super().of_words() if not self.default else []


class OfWholeBody(Section):
    """Of the whole body's curve."""

    calibration: Percent | None = Field(default=None, description="of the probe, or of the values in %IA")
    positioning: Percent | None = Field(
        default=None, description="of the patient before the probe, by reading"
    )
    time: Hours | None = Field(default=None, description="of the readings' times")


class OfSerum(Section):
    """Of the serum's curve."""

    calibration: Percent | None = Field(
        default=None, description="of the gamma counter, or of values in %IA/L"
    )
    standard: Percent | None = Field(default=None, description="of the standard's activity (dilution)")
    sample_volume: Percent | None = Field(default=None, description="of the samples' volume (pipette)")
    time: Hours | None = Field(default=None, description="of the samples' times")


class OfOrgans(Section):
    """Of the organs' curves."""

    calibration: Percent | None = Field(
        default=None, description="of the scanner, common to all organs and scans"
    )
    noise: Percent | None = Field(default=None, description="of single values, where the table has no sd")
    time: Hours | None = Field(default=None, description="of the scans' times")


def _flat(value: Any, fields: Mapping[str, Any]) -> list[str]:
    """Keys of one statement that stand where names of regions are meant."""
    return [key for key in value if key in fields] if isinstance(value, Mapping) else []


def _table(value: Any) -> Any:
    """A word in place of a table of regions is of all of them; a number needs to say of which."""
    if flat := _flat(value, Percent.model_fields):
        raise ValueError(
            f"is by region, and '{flat[0]}' stands in place of one; e.g. liver = {Percent.example},"
            " and other = ... for all that are not named"
        )
    return {ALL: value} if isinstance(value, str) else value


def _targets(value: Any) -> Any:
    """A word, or one statement, in place of a table of targets is of all of them together."""
    return {ALL: value} if isinstance(value, str) or _flat(value, Targets.model_fields) else value


def _outlines(value: Any) -> Any:
    """One outline where organs' names are meant."""
    if flat := _flat(value, Outline.model_fields):
        raise ValueError(
            f"is by organ, and '{flat[0]}' stands in place of one; e.g. [uncertainty.outline.liver]"
        )
    return value


class Trapezoids(Stated):
    """Whether the alternatives of the trapezoids' rules are a part."""

    example: ClassVar[str] = '"alternatives"'
    alternatives: bool = Field(default=False, description="the spread of the rules' alternatives is a part")

    @model_validator(mode="before")
    @classmethod
    def _word(cls, data: Any) -> Any:
        """The words "alternatives", "unknown", "unknown: why"."""
        if data == "alternatives":
            return {"alternatives": True}
        if not isinstance(data, str):
            raise ValueError(cls.allowed())
        return cls.said(data) if isinstance(data, str) else data

    @classmethod
    def allowed(cls) -> str:
        """Both words."""
        return (
            '"alternatives" (what other rules, first intervals and tails would have given) or "unknown",'
            ' "unknown: why" is needed'
        )

    def of_amount(self) -> list[str]:
        """There is none."""
        return []

    def of_words(self) -> list[str]:
        """Nothing beside it."""
        return []


class Uncertainty(Section):
    """Every uncertainty that matters in the study; see ``docs/uncertainty.md``."""

    level: float = Field(default=0.95, ge=0.5, lt=1.0, description="of intervals (0.95 if absent)")
    monte_carlo: int | None = Field(
        default=None, ge=200, le=1_000_000, description="trials of a Monte Carlo beside the first order"
    )
    seed: int | None = Field(default=None, ge=0, lt=2**32, description="of the Monte Carlo's random numbers")
    trapezoids: Trapezoids | None = Field(default=None, description="rules of trapezoids")
    activity_meter: Meter | None = Field(default=None, description="calibration of the activity meter")
    administered_activity: Percent | None = Field(
        default=None, description="of each patient: reading, residual in the syringe"
    )
    tiac: OnlyUnknown | None = Field(default=None, description="of given TIACs whose table has no sd_h")
    whole_body: OfWholeBody = Field(default_factory=OfWholeBody)
    serum: OfSerum = Field(default_factory=OfSerum)
    organs: OfOrgans = Field(default_factory=OfOrgans)
    quantification: Annotated[dict[str, Percent], BeforeValidator(_table)] = Field(
        default_factory=dict, description="by organ: recovery, scatter, attenuation, in one number"
    )
    outline: Annotated[dict[str, Outline], BeforeValidator(_outlines)] = Field(
        default_factory=dict, description="by organ: its outline in the image"
    )
    recovery: Recovery | None = Field(
        default=None, description="recovery coefficients, for [uncertainty.outline]"
    )
    mass: Annotated[dict[str, Percent], BeforeValidator(_table)] = Field(
        default_factory=dict, description="by source region, and 'body'"
    )
    own_mass: Annotated[dict[str, Percent], BeforeValidator(_table)] = Field(
        default_factory=dict, description="by source region, in bodies made of the patients' own images"
    )
    density: Annotated[dict[str, Percent], BeforeValidator(_table)] = Field(
        default_factory=dict, description="by source region"
    )
    haematocrit: Fraction | None = Field(default=None, description="of each patient, as a fraction")
    marrow_factor: Percent | None = Field(default=None, description="of the 0.19 of red marrow from serum")
    half_life: HalfLife | None = Field(default=None, description="physical half-life")
    emitted_energy: Percent | None = Field(default=None, description="energy per decay: yields, energies")
    patient_and_phantom: Annotated[dict[str, Targets], BeforeValidator(_targets)] = Field(
        default_factory=dict, description="by target region, 'other', or 'all' together"
    )
    bladder: OnlyUnknown | None = Field(default=None, description="shares and voids of the urinary bladder")
    gut: OnlyUnknown | None = Field(default=None, description="shares and transit of the gut")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.monte_carlo is None) != (self.seed is None):
            raise ValueError("monte_carlo and seed go together: give both, or none")
        return self
