"""The kinds of checks, and the keys that each has in a case file.

A kind says by itself how strong its evidence is (``validation/outcome.py`` names the strengths).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[float, Field(gt=0)]


class Section(BaseModel):
    """A table of a case file; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class LeftOut(Section):
    """A region that a fit leaves out (it is predicted all the same), and why."""

    region: Text
    because: Text


class EffectiveDose(Section):
    """Arithmetic: an effective dose from the published organ doses themselves."""

    kind: Literal["effective dose"]
    of: Text
    weights: Literal["ICRP 60", "ICRP 26"]
    tolerance_mSv_per_MBq: Positive
    because: Text


class WholeBody(Section):
    """Arithmetic: whole-body TIAC, and the total body's dose, from a published biologic half-life."""

    kind: Literal["clearance"]
    half_life: Text
    of: Text
    phantoms: dict[str, Positive] = Field(default_factory=dict)
    tolerance_percent: Positive
    missed: str = ""
    because: Text


class Welch(Section):
    """Arithmetic: Welch's t-test from two papers' summary statistics; shown: it tests no physics of ours."""

    kind: Literal["welch"]
    of: Text
    other: Text
    because: Text


class Consistency(Section):
    """Published organ doses as a non-negative combination of source regions (see consistency.py).

    name : other checks refer to it.
    phantoms : body -> its weight in the cohort.
    sources : source regions; ``targets`` gives a published region's name in these bodies where it differs.
    only : published region -> the one body it is taken from.
    limits_h : source -> lowest and highest physiological TIAC, h; one check of them all, since they are wide.
    missed : "sum of TIACs", with the cause, where its tolerance is known to be missed.
    control_of : name of the fit that this one, of other bodies, must be worse than.
    """

    kind: Literal["consistency"]
    name: Text
    phantoms: dict[str, Positive]
    sources: list[str]
    targets: dict[str, str] = Field(default_factory=dict)
    only: dict[str, str] = Field(default_factory=dict)
    leave_out: list[LeftOut] = Field(default_factory=list)
    sum_from: Text
    rms_percent: Positive | None = None
    least_organs: int = 1
    sum_tolerance_percent: Positive | None = None
    missed: list[LeftOut] = Field(default_factory=list)
    limits_h: dict[str, tuple[float, float]] = Field(default_factory=dict)
    control_of: str = ""
    because: Text


class FromTiac(Section):
    """Forward: doses from published TIACs, or from per cent retained for good (TIAC = share / lambda).

    phantoms : where patients' masses are not known, two bodies that bracket them; ours is then a range.
    judged : what is allowed is the 95 % confidence interval of the published mean, from its SD and n.
    """

    kind: Literal["doses from TIACs"]
    phantoms: list[str] = Field(min_length=1)
    tiac_h: dict[str, Positive] = Field(default_factory=dict)
    retained_percent: dict[str, Positive] = Field(default_factory=dict)
    whole_body_tiac_h: Positive
    of: list[Text]
    judged: bool = True
    because: Text


class Solved(Section):
    """Forward: a tracer with few published organs.

    The published doses of ``solve`` (target -> source) fix those sources' TIACs; the other sources keep
    those of the fit ``base`` of case ``base_case``, or follow another source (``follow``) in proportion; the
    whole body keeps the base's TIAC. What ``of`` names was not used, and is predicted in each of the bodies.
    """

    kind: Literal["doses from organs"]
    phantoms: list[str] = Field(min_length=1)
    base_case: Text
    base: Text
    solve: dict[str, str]
    follow: dict[str, str] = Field(default_factory=dict)
    of: list[Text]
    judged: bool = True
    because: Text


class Complete(Section):
    """Forward: doses from all TIACs of each body, as published; the mean over the bodies is compared.

    bodies : body -> source region -> TIAC, h; the remainder is among them.
    tolerance_percent, effective_tolerance_percent : of an organ dose and of an effective dose, to which half
    a unit of the last printed digit is added.
    """

    kind: Literal["doses from complete TIACs"]
    bodies: dict[str, dict[str, Positive]] = Field(min_length=1)
    of: list[Text]
    tolerance_percent: Positive
    effective_tolerance_percent: Positive
    missed: list[LeftOut] = Field(default_factory=list)
    because: Text


class Biokinetic(Section):
    """Forward: the case's biokinetic model in one body, and the values published for that body.

    body : label of the published values; every dose of that label is compared.
    phantom : the body that they are calculated in.
    void_every_h : interval between emptyings of the urinary bladder.
    leave_out : not judged, with the reason.
    """

    kind: Literal["biokinetic model"]
    body: Text
    phantom: Text
    void_every_h: Positive
    tolerance_percent: Positive
    effective_tolerance_percent: Positive
    leave_out: list[LeftOut] = Field(default_factory=list)
    missed: list[LeftOut] = Field(default_factory=list)
    because: Text


class PhotonSafs(Section):
    """Forward: published photon SAFs ("liver <- kidneys, 0.5 MeV") of the body that their label names."""

    kind: Literal["photon SAFs"]
    tolerance_percent: Positive
    self_tolerance_percent: Positive
    missed: list[LeftOut] = Field(default_factory=list)
    because: Text


class Retention(Section):
    """Forward: retention ("liver, 3 d") of the case's transfer rates, to the printed digits."""

    kind: Literal["retention"]
    because: Text


class TransferDoses(Section):
    """Forward: organ doses and effective dose of the case's transfer rates in a man and a woman."""

    kind: Literal["doses of a transfer model"]
    bodies: dict[Literal["male", "female"], str]
    tolerance_percent: Positive
    effective_tolerance_percent: Positive
    because: Text


class Cohort(Section):
    """A simulated cohort through the whole pipeline (see cohort.py).

    serum_fast_half_life_h, serum_fast_share, plasma_volume_L_per_kg, body_mass_kg (by sex), body_mass_sd
    (relative) : not published, assumed.
    missed_within_percent, missed_within_factor : how far a mean and a ratio of SDs may be off to be declared
    as missed for the reason ``missed``; what is further off fails.
    """

    kind: Literal["cohort"]
    phantoms: dict[Literal["male", "female"], str]
    men: int
    women: int
    seed: int
    base: Text
    leave_out: list[LeftOut] = Field(default_factory=list)
    serum_fast_half_life_h: Positive
    serum_fast_share: Positive
    plasma_volume_L_per_kg: Positive
    body_mass_kg: dict[Literal["male", "female"], Positive]
    body_mass_sd: Positive
    missed_within_percent: Positive
    missed_within_factor: Positive
    missed: Text
    because: Text


Check = Annotated[
    EffectiveDose
    | WholeBody
    | Welch
    | Consistency
    | FromTiac
    | Solved
    | Complete
    | Biokinetic
    | PhotonSafs
    | Retention
    | TransferDoses
    | Cohort,
    Field(discriminator="kind"),
]
