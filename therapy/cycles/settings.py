"""The section [therapy] of a study file: cycles, and how the kinetics of later ones are had."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.study.keys.curve_settings import Section, Text
from therapy.limits.table import TissueConstants

#: By which a number of a cycle is made; the words stand in the tables.
SAME_TIAC = "same TIAC"
SAME_HALF_LIFE = "same half-life"
OWN_CURVE = "own curve"
MEASURED = "measured cycle"
REFUSE = "refuse"
#: In place of an organ's name in [therapy.bed]: all lesions.
LESIONS = "lesions"

#: Word in place of a file of limits: the program's table.
OWN_LIMITS = "milligray"

WithoutScan = Literal["same TIAC", "refuse"]
OneScan = Literal["same half-life"]
SeveralScans = Literal["own curve"]
NextCycle = Literal["as the last cycle", "as the measured cycle"]
Relative = Annotated[float, Field(ge=0, lt=1, strict=False)]


class Scans(Section):
    """The table of scans of cycles other than the measured one."""

    file: Text = Field(description="path of a CSV table, relative to the study file")
    decay_corrected: bool = Field(
        description="true (corrected to the start of the scan's cycle) or false (as counted)"
    )


class Repair(Section):
    """What the biologically effective dose of an organ, or of all lesions, is computed with."""

    alpha_beta_Gy: Annotated[float, Field(gt=0, le=100, strict=False)] = Field(
        description="alpha/beta of the linear-quadratic model, Gy"
    )
    repair_half_time_h: Annotated[float, Field(gt=0, le=1000, strict=False)] = Field(
        description="half-time of the repair of sublethal damage, h"
    )
    u_alpha_beta_Gy: Annotated[float, Field(gt=0, le=100, strict=False)] | None = Field(
        default=None, description="its standard uncertainty, Gy"
    )
    u_repair_relative: Relative | None = Field(
        default=None, description="relative standard uncertainty of the half-time"
    )

    def tissue(self) -> TissueConstants:
        """The same as the tables of limits have it."""
        return TissueConstants(**self.model_dump(), source="[therapy.bed] of the study")


class Therapy(Section):
    """Cycles of a therapy; the study's ordinary tables are those of one of them: see ``docs/therapy.md``.

    Examples
    --------
    >>> Therapy(file="cycles.csv", without_scan="same TIAC", u_same_tiac=0.1).measured_cycle
    1
    """

    file: Text = Field(description="path of a CSV table of cycles, relative to the study file")
    measured_cycle: int = Field(
        default=1, ge=1, description="the cycle that the study's tables of curves were measured in"
    )
    scans: Scans | None = Field(default=None, description="scans of the other cycles")
    without_scan: WithoutScan | None = Field(
        default=None, description="a region without a scan in a cycle: 'same TIAC', or 'refuse'"
    )
    one_scan: OneScan | None = Field(
        default=None, description="a region with one scan in a cycle: 'same half-life'"
    )
    several_scans: SeveralScans | None = Field(
        default=None, description="a region with several scans in a cycle: 'own curve'"
    )
    u_same_tiac: Relative | None = Field(
        default=None, description="relative standard uncertainty of the rule 'same TIAC' itself, e.g. 0.1"
    )
    u_same_half_life: Relative | None = Field(
        default=None, description="relative standard uncertainty of the rule 'same half-life' itself"
    )
    bed: dict[str, Repair] = Field(
        default_factory=dict, description="by organ, or 'lesions': what its BED is computed with"
    )
    limits: Text | None = Field(
        default=None,
        description="'milligray': the program's dose limits of organs; or a file of one's own (TOML)",
    )
    next_cycle: NextCycle | None = Field(
        default=None, description="which cycle the next one's doses per activity are taken from"
    )
    rbe_alpha: Annotated[float, Field(ge=1, le=100, strict=False)] | None = Field(
        default=None, description="RBE of alphas for deterministic effects, e.g. 5 (MIRD Pamphlet 22)"
    )
    effective_dose: bool = Field(
        default=False, description="whether therapy tables carry effective doses, which are not meant for it"
    )

    @property
    def limits_file(self) -> str | None:
        """The file of limits that the study names; None: the program's, or none."""
        return None if self.limits in (None, OWN_LIMITS) else self.limits

    @model_validator(mode="after")
    def _limits_and_next_cycle(self) -> Self:
        if self.limits is not None and self.next_cycle is None:
            raise ValueError(
                "next_cycle is missing: 'as the last cycle' or 'as the measured cycle'; the activity that"
                " reaches a limit in the next cycle needs doses per activity"
            )
        if self.limits is None and self.next_cycle is not None:
            raise ValueError("next_cycle is of limits, and therapy.limits names none; take one out")
        return self

    @model_validator(mode="after")
    def _rules_of_scans(self) -> Self:
        if self.scans is None:
            for key in ("one_scan", "several_scans"):
                if getattr(self, key) is not None:
                    raise ValueError(f"{key} is of scans, and there is no [therapy.scans]; take one out")
            if self.u_same_half_life is not None:
                raise ValueError("u_same_half_life is of scans, and there is no [therapy.scans]")
        return self
