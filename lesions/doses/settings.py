"""The section [lesions.dose] of a study file: by which rules the doses of lesions are computed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from dosimetry.patients.curve_methods import FIT, TRAPEZOIDS
from dosimetry.patients.population_method import POPULATION
from dosimetry.study.keys.curve_settings import OrganMethod, Section, Text
from dosimetry.study.keys.outline_settings import Recovery
from dosimetry.study.keys.stated import OnlyUnknown
from phantoms.spheres.self_dose import DENSITY_LIMITS_G_PER_CM3

Quantity = Literal["activity", "concentration", "suv_mean", "suv_peak", "suv_max"]
#: Quantities that are the mean over the outline, so that recovery and outline act on them.
MEANS = ("activity", "concentration", "suv_mean")
Volume = Literal["mean", "first", "largest", "fdg baseline"]
#: In the table of densities: all sites that are not named.
OTHER = "other"

Density = Annotated[
    float,
    Field(ge=DENSITY_LIMITS_G_PER_CM3[0], le=DENSITY_LIMITS_G_PER_CM3[1], allow_inf_nan=False, strict=False),
]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=False)]


class SinglePoint(Section):
    """What supplies the half-life of a lesion that has one measurement alone (Madsen et al. 2018)."""

    biologic_half_life_h: Positive = Field(
        le=1e5, description="geometric mean over other patients' lesions, in h"
    )
    sd_log: Annotated[float, Field(ge=0, le=3, strict=False)] = Field(
        description="SD of ln(biologic half-life) over those lesions; 0.3 is some 30 %"
    )
    lesions: Annotated[int, Field(ge=1)] = Field(description="how many lesions those are")
    source: Text = Field(description="where the numbers come from")


class Outline(Section):
    """How lesions were outlined in the images, and what was done for what blur takes out of the outline."""

    voxel_mm: Positive = Field(description="width of a voxel of the image outlined in, mm")
    fwhm_mm: Positive = Field(description="resolution of the tracer's image, full width at half maximum, mm")
    outline_fwhm_mm: Positive | None = Field(
        default=None, description="resolution of the image outlined in, if that is another one, mm"
    )
    observer_percent: Annotated[float, Field(ge=0, le=300, strict=False)] | None = Field(
        default=None, description="SD of the volume between observers, in %"
    )
    observer: OnlyUnknown | None = Field(default=None, description='"unknown", in place of observer_percent')
    corrected: Literal["in the table", "here", "no"] = Field(
        description="whether values are corrected for recovery in the table, to be divided by it here, or not"
    )
    recovery: Recovery | None = Field(
        default=None, description="recovery by volume, as in [uncertainty.recovery]; for 'no' there is none"
    )
    source: Text = Field(description="where the numbers come from")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        wrong = []
        if (self.observer_percent is None) == (self.observer is None):
            wrong.append('observer_percent, or observer = "unknown": one of the two is needed')
        if self.corrected == "no" and self.recovery is not None:
            wrong.append("recovery is given, but corrected = 'no': take one of the two back")
        if self.corrected != "no" and self.recovery is None:
            wrong.append(
                f"recovery is missing: corrected = '{self.corrected}' needs it, e.g. recovery = {{ fwhm_mm ="
                ' 6, u_fwhm_mm = 0.5, source = "phantom" }'
            )
        if self.corrected == "here" and self.recovery is not None and self.recovery.unknown is not None:
            wrong.append("recovery is 'unknown', but corrected = 'here' divides by it: give its numbers")
        if wrong:
            raise ValueError("\n".join(wrong))
        return self


def _by_site(value: Any) -> Any:
    """One density for all sites, as a table of it."""
    return {OTHER: value} if isinstance(value, int | float) and not isinstance(value, bool) else value


class InOrgans(Section):
    """Whether the organs' activities and masses hold the lesions in them."""

    activity: Literal["with lesions", "without lesions"] = Field(
        description="whether an organ's curve or TIAC holds the activity of the lesions in it"
    )
    mass: Literal["with lesions", "without lesions"] = Field(
        description="whether an organ's mass (in the table of masses, or the body's) holds theirs"
    )


class DoseSettings(OrganMethod):
    """[lesions.dose]: see ``docs/lesion-doses.md``. By which method curves become areas is as in [organs].

    >>> DoseSettings(
    ...     quantity="suv_mean", integrate="activity", volume="first", shape="sphere", density_g_per_cm3=1.04,
    ...     cross_dose="left out", outside="left out", model="auto", weights="relative",
    ... ).density_of("bone")
    1.04
    """

    quantity: Quantity = Field(description="what of the table of lesions the activity is made of")
    integrate: Literal["activity", "concentration"] = Field(
        description="what makes the curve: the activity in the lesion, or its concentration; the other of"
        " the two is had by each scan's own volume"
    )
    volume: Volume = Field(description="which of its volumes is the lesion's, for mass and self-dose")
    shape: Literal["sphere", "ellipsoid"] = Field(
        description="of the self-dose; an ellipsoid needs the columns axis_1_mm to axis_3_mm, and a lesion"
        " without them is a sphere"
    )
    density_g_per_cm3: Annotated[dict[str, Density], BeforeValidator(_by_site)] = Field(
        description="a number, or a table by site with 'other' for the rest; a lesion's own in its table goes"
        " before it"
    )
    cross_dose: Literal["organ", "left out"] = Field(
        description="dose from other regions: as at the organ's place (or in the lesion's own body), or none"
    )
    outside: Literal["total body", "left out"] = Field(
        description="the same for lesions that lie in no organ: as the mean over the body, or none"
    )
    organs: InOrgans | None = Field(
        default=None, description="whether the organs' activities and masses hold the lesions"
    )
    single_point: SinglePoint | None = Field(
        default=None,
        description="the half-life of lesions that were measured once; without it they have no dose",
    )
    outline: Outline | None = Field(
        default=None, description="outline and recovery; without it their uncertainties are not known"
    )
    calibration_percent: Annotated[float, Field(ge=0, le=100, strict=False)] | None = Field(
        default=None, description="standard uncertainty of the scanner's calibration, in %"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        wrong, method = [], self.curve_method()
        if not method.given():
            wrong.append(
                f"by which method do curves become areas? Give {', '.join(TRAPEZOIDS)} (trapezoids), or"
                f" {' and '.join(FIT)} (a fit)"
            )
        elif method.model == POPULATION or method.population is not None:
            wrong.append(
                "model = 'population' is for organs, which all patients have; lesions are fitted one by one:"
                " name a model, or 'auto'"
            )
        elif lacking := method.lacking():
            needed = FIT if method.fitted else TRAPEZOIDS
            what = OrganMethod.model_fields[lacking[0]].description
            wrong.append(f"{lacking[0]} is missing ({what}); needed: {', '.join(needed)}")
        if OTHER not in self.density_g_per_cm3:
            wrong.append("density_g_per_cm3 has no 'other', for sites that it does not name")
        if self.outline is not None and self.outline.corrected == "here" and self.quantity not in MEANS:
            wrong.append(
                f"outline.corrected = 'here': recovery is of the mean over the outline, quantity is"
                f" '{self.quantity}'; take suv_mean, concentration or activity, or correct before"
            )
        if self.cross_dose == "organ" and self.organs is None:
            wrong.append(
                "organs is missing; with cross_dose = 'organ' say whether organs hold lesions, e.g. organs"
                ' = { activity = "with lesions", mass = "with lesions" }'
            )
        if wrong:
            raise ValueError("\n".join(wrong))
        return self

    def density_of(self, site: str) -> float:
        """Density of a site, g/cm3, by its name or that of the rest."""
        named = {name.strip().lower(): value for name, value in self.density_g_per_cm3.items()}
        return float(named.get(site.strip().lower(), named[OTHER]))
