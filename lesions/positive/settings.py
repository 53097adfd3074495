"""Keys of a study file on which lesions are positive, and on early response by FDG."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dosimetry.study.keys.curve_settings import Section, Text
from lesions.positive.fdg_response import RESPONSE_CRITERIA, ResponseCriterion
from lesions.positive.patterns import DOMINANT_ABOVE, Load, LoadRule, NotJudged, PatientClasses, Volume
from lesions.positive.rules import POSITIVE_FROM, PositiveRule, Rule

Quantity = Literal["suv_max", "suv_peak", "suv_mean", "sul_max", "sul_peak", "sul_mean"]
Positive = Annotated[float, Field(gt=0, lt=1e6, strict=False)]


class PositiveKeys(Section):
    """[lesions.positive]: the rule by which a lesion is positive, and what a patient's share is of.

    Examples
    --------
    >>> keys = PositiveKeys(rule="reference", quantity="suv_max", factor=1.5, reference="liver")
    >>> keys.positive_rule().words
    "suv_max above 1.5 times the liver's suv_max"
    """

    rule: Rule = Field(description="by which rule a lesion is positive")
    quantity: Quantity | None = Field(default=None, description="uptake that the rule is about (not: visual)")
    compared_quantity: Quantity | None = Field(
        default=None, description="uptake of what it is divided by; without it the same as 'quantity'"
    )
    threshold: Positive | None = Field(
        default=None, description="with rule = 'threshold': positive from here up"
    )
    factor: Positive | None = Field(
        default=None, description="with rule = 'background' or 'reference': positive above so many times it"
    )
    reference: Text | None = Field(
        default=None, description="with rule = 'reference': the normal tissue, e.g. 'liver', 'blood pool'"
    )
    positive_from: Annotated[int, Field(ge=2, le=4)] = Field(
        default=POSITIVE_FROM, description="with rule = 'visual': the lowest class that is positive"
    )
    scan_h: Positive | None = Field(
        default=None, description="time of the scan that decides; without it the latest that can be judged"
    )
    scan_within_h: Positive | None = Field(
        default=None, description="how far a lesion's scan may be from scan_h"
    )
    reference_within_h: Positive = Field(
        default=2.0, description="how far the normal tissue's scan may be from the lesion's"
    )
    share_of: Literal["FDG lesions", "all lesions"] = Field(
        default="FDG lesions", description="which lesions a patient's tumour load is made of"
    )
    load: Load = Field(default="number", description="what a share of the tumour load is a share of")
    volume: Volume | None = Field(
        default=None, description="with load = 'volume': measured with which tracer"
    )
    not_judged: NotJudged = Field(
        default="left out", description="what lesions that cannot be judged count as"
    )
    dominant_above: Annotated[float, Field(gt=0, lt=1)] = Field(
        default=DOMINANT_ABOVE, description="pattern B: a share above this is the dominant part"
    )
    patient_classes: PatientClasses = Field(
        default="dominant", description="positive patients: patterns A and B ('dominant'), or A alone ('all')"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said = {name for name in ("threshold", "factor", "reference") if getattr(self, name) is not None}
        needed = {"visual": set(), "threshold": {"threshold"}, "background": {"factor"},
                  "reference": {"factor", "reference"}}[self.rule]  # fmt: skip
        if lacking := sorted(needed - said):
            raise ValueError(f"rule = '{self.rule}' needs {' and '.join(lacking)}")
        if idle := sorted(said - needed):
            raise ValueError(f"{' and '.join(idle)} does nothing with rule = '{self.rule}'; take it out")
        if (self.rule == "visual") == (self.quantity is not None):
            say = (
                "takes no quantity: classes are read" if self.quantity else "needs a quantity, e.g. 'suv_max'"
            )
            raise ValueError(f"rule = '{self.rule}' {say}")
        if self.compared_quantity is not None:
            if self.rule not in ("background", "reference"):
                raise ValueError(f"compared_quantity does nothing with rule = '{self.rule}'; take it out")
            if self.quantity is not None and self.compared_quantity[:3] != self.quantity[:3]:
                raise ValueError(
                    f"quantity = '{self.quantity}' and compared_quantity = '{self.compared_quantity}': one"
                    " is by body mass (SUV) and the other by lean body mass (SUL): no ratio"
                )
        if self.rule != "visual" and "positive_from" in self.model_fields_set:
            raise ValueError(f"positive_from does nothing with rule = '{self.rule}'; take it out")
        if (self.scan_h is None) != (self.scan_within_h is None):
            raise ValueError(
                "scan_h and scan_within_h go together: which scan decides, and how far it may be off"
            )
        if (self.load == "volume") != (self.volume is not None):
            say = "needs volume = 'FDG' or 'tracer'" if self.load == "volume" else "takes no volume"
            raise ValueError(f"load = '{self.load}' {say}")
        if self.share_of == "all lesions" and (self.load == "FDG burden" or self.volume == "FDG"):
            raise ValueError(
                "lesions that FDG does not show have no load by FDG; share_of = 'FDG lesions' goes with it"
            )
        return self

    def positive_rule(self) -> PositiveRule:
        """The rule of positivity that is said."""
        compared = self.compared_quantity or self.quantity
        return PositiveRule(
            rule=self.rule, quantity=self.quantity, compared_quantity=compared, threshold=self.threshold,
            factor=self.factor, reference=None if self.reference is None else self.reference.casefold(),
            positive_from=self.positive_from, scan_h=self.scan_h, scan_within_h=self.scan_within_h,
            reference_within_h=self.reference_within_h,
        )  # fmt: skip

    def load_rule(self) -> LoadRule:
        """What a patient's tumour load is."""
        return LoadRule(
            share_of=self.share_of, load=self.load, volume=self.volume, not_judged=self.not_judged,
            dominant_above=self.dominant_above, patient_classes=self.patient_classes,
        )  # fmt: skip


class ResponseKeys(Section):
    """[lesions.response]: early response by FDG.

    Examples
    --------
    >>> ResponseKeys(criterion="PERCIST 1.0", by_patient="hottest lesion").response_criterion().words
    'PERCIST 1.0: 30 % and 0.8 of sul_peak, hottest lesion'
    """

    criterion: Literal["PERCIST 1.0", "CONSIST", "own"] = Field(
        description="30 % and 0.8 of SULpeak, 15 % of SUVmax, or cut_percent of quantity"
    )
    quantity: Quantity | None = Field(default=None, description="with criterion = 'own': the uptake compared")
    cut_percent: Annotated[float, Field(gt=0, lt=100, strict=False)] | None = Field(
        default=None, description="with criterion = 'own': the change from which on it is a response"
    )
    least_change: Annotated[float, Field(ge=0, lt=100, strict=False)] | None = Field(
        default=None, description="with criterion = 'own': and by how much uptake it must change"
    )
    by_patient: Literal["hottest lesion", "same lesions", "every lesion"] = Field(
        description="a patient's response: of each scan's hottest lesion, of the same lesions' sum, or of all"
    )
    early_without_baseline: Literal["new lesion"] | None = Field(
        default=None, description="what a lesion is that has an early scan and no baseline"
    )
    not_evaluable: Literal["no response", "left out"] = Field(
        default="no response", description="what patients without an evaluable best response count as"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        said = [k for k in ("quantity", "cut_percent", "least_change") if getattr(self, k) is not None]
        if self.criterion == "own" and len(said) < 3:
            raise ValueError("criterion = 'own' needs quantity, cut_percent and least_change (0 for none)")
        if self.criterion != "own" and said:
            raise ValueError(f"criterion = '{self.criterion}' says {' and '.join(said)} itself; take it out")
        return self

    def response_criterion(self) -> ResponseCriterion:
        """The criterion that is said."""
        if self.quantity is None or self.cut_percent is None or self.least_change is None:
            return replace(RESPONSE_CRITERIA[self.criterion], by_patient=self.by_patient)
        return ResponseCriterion(
            name="own", quantity=self.quantity, cut_percent=self.cut_percent,
            least_change=self.least_change, by_patient=self.by_patient,
        )  # fmt: skip
