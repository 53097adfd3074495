"""By which method the contents of the gut become sources: the tract, and what says how much enters it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

from dosimetry.errors import DosimetryError
from kinetics.errors import KineticsError
from kinetics.excretion.tract import Tract, tract

GutContents = Literal["whole body", "organ curve"]
GutTail = Literal["transit", "as organs"]
WithoutCurve = Literal["remainder"]
TractModel = Literal["ICRP 30", "ICRP 100"]
TractAge = Literal["3 months", "1 year", "5 years", "10 years", "15 years", "adult"]


@dataclass(frozen=True, kw_only=True)
class GutMethod:
    """How activity in the contents of the gut is found.

    Parameters
    ----------
    model, age, sex, transit_h : of the alimentary tract, as for :func:`kinetics.tract`. What enters is not
        absorbed.
    contents : "whole body": ``faeces_fraction`` of what leaves the body enters the small intestine, by the
        patient's own curve of the whole body, whose measurement sees the gut; "organ curve": a curve of the
        whole gut was measured, named "whole gut" and in %IA, and is divided between the parts as the tract
        divides it.
    faeces_fraction : share of what leaves the rest of the body that goes into the gut, corrected for decay;
        above 0, to 1. With "whole body", and only then.
    tail : after the last point of the curve of the whole gut: "transit" of what is there and what still
        enters, the latter over time as what leaves the whole body; or "as organs", by the method of that
        curve. With "organ curve", and only then.
    without_curve : "remainder": patients without a curve of the whole gut have its contents in the remainder
        of the body, and their intestines are in no mean of a cohort; None: each patient needs one. With
        "organ curve", and only then.

    Raises
    ------
    DosimetryError : a word that is not allowed, a share outside of 0 to 1, a key that belongs to the other
        kind of contents, a tract that there is not.

    Examples
    --------
    >>> gut = GutMethod(model="ICRP 30", contents="whole body", faeces_fraction=0.3)
    >>> gut.tract.compartments[-1]
    'lower large intestine contents'
    """

    model: str
    contents: str
    age: str = "adult"
    sex: str | None = None
    transit_h: Mapping[str, float] = field(default_factory=dict)
    faeces_fraction: float | None = None
    tail: str | None = None
    without_curve: str | None = None

    def __post_init__(self) -> None:
        wrong = []
        if self.contents not in get_args(GutContents):
            wrong.append(f"contents is {self.contents!r}; allowed: {', '.join(get_args(GutContents))}")
        if self.tail is not None and self.tail not in get_args(GutTail):
            wrong.append(f"tail is {self.tail!r}; allowed: {', '.join(get_args(GutTail))}")
        if self.without_curve is not None and self.without_curve not in get_args(WithoutCurve):
            wrong.append(f"without_curve is {self.without_curve!r}; allowed: remainder")
        of_body = self.contents == "whole body"
        if of_body and self.without_curve is not None:
            wrong.append(
                "without_curve goes with contents = 'organ curve': here no curve of the gut is needed"
            )
        if of_body and self.faeces_fraction is None:
            wrong.append("faeces_fraction is missing; with contents = 'whole body' it is needed")
        if of_body and self.tail is not None:
            wrong.append(
                "tail goes with contents = 'organ curve': there is no curve of the gut whose end it is"
            )
        if self.contents == "organ curve" and self.faeces_fraction is not None:
            wrong.append(
                "faeces_fraction goes with contents = 'whole body'; the curve of the gut says how much"
            )
        if self.contents == "organ curve" and self.tail is None:
            wrong.append(f"tail is missing; allowed: {', '.join(get_args(GutTail))}")
        f = self.faeces_fraction
        if f is not None and not (math.isfinite(f) and 0.0 < f <= 1.0):
            percent = f"; did you mean {f / 100:g}?" if 1.0 < f <= 100.0 else ""
            wrong.append(f"faeces_fraction is {f:g}; a share above 0, to 1, is needed{percent}")
        try:
            _ = self.tract
        except KineticsError as error:
            wrong += error.complaints
        if wrong:
            raise DosimetryError(*wrong)

    @cached_property
    def tract(self) -> Tract:
        """The alimentary tract."""
        return tract(self.model, age=self.age, sex=self.sex, transit_h=self.transit_h)
