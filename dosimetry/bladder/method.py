"""By which method the urinary bladder's contents get their TIAC: what fills, and when it is emptied."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from dosimetry.errors import DosimetryError

if TYPE_CHECKING:
    from kinetics.excretion.emptying import Emptying
    from kinetics.excretion.voided import ContinuousEmptying

#: The source region.
BLADDER = "urinary bladder contents"

#: What becomes of measured urine: its voids as they are, or exponentials fitted to them ("auto": one or two).
UrineModel = Literal["voids as measured", "one exponential", "two exponentials", "auto"]
UrineWeights = Literal["auto", "none", "relative", "sd", "poisson"]
Collection = Literal["complete", "incomplete"]
#: What the whole body's counts hold of the bladder.
WholeBodyCounted = Literal["after voiding", "with contents"]
AFTER_VOIDING, WITH_CONTENTS = "after voiding", "with contents"
EXPONENTIALS: dict[str, int | None] = {"one exponential": 1, "two exponentials": 2, "auto": None}


@dataclass(frozen=True, kw_only=True)
class BladderMethod:
    """What fills the urinary bladder, and when it is emptied.

    Parameters
    ----------
    urine_fraction : share of what leaves the whole body, by the patient's own fitted curve, that goes by
        urine, above 0 to 1; or
    urine_model : of measured urine (``Patient.urine``): "voids as measured", "one exponential", "two
        exponentials" or "auto" (the better one).
    urine_weights : of that fit: a key of :data:`kinetics.WEIGHTS`.
    emptied : times (:class:`kinetics.Emptying`) or a rate (:class:`kinetics.ContinuousEmptying`); None with
        "voids as measured", which say when it was.
    residual : share that stays at each void, with "voids as measured"; else it is part of ``emptied``.
    whole_body_counted : what the whole body's curve holds: "after voiding" (the body without the bladder's
        contents, which are then no part of what the remainder is made of) or "with contents". None where the
        remainder is not made from a whole body.

    Raises
    ------
    DosimetryError : both ways of filling, or none; a fraction outside 0 to 1; a word that is not allowed; no
        emptying, or one beside measured voids; all of them.

    Examples
    --------
    >>> from kinetics import Emptying
    >>> method = BladderMethod(
    ...     urine_fraction=0.8, emptied=Emptying(every_h=3.5), whole_body_counted="after voiding"
    ... )
    >>> method.words()
    "80 % of what leaves the whole body's curve, emptied every 3.5 h"
    """

    urine_fraction: float | None = None
    urine_model: str | None = None
    urine_weights: str | None = None
    emptied: Emptying | ContinuousEmptying | None = None
    residual: float = 0.0
    whole_body_counted: str | None = None

    def __post_init__(self) -> None:
        wrong = []
        fraction, model = self.urine_fraction, self.urine_model
        if (fraction is None) == (model is None):
            wrong.append("give urine_fraction, or measured urine with its model: one of the two is needed")
        if fraction is not None and not (math.isfinite(fraction) and 0.0 < fraction <= 1.0):
            wrong.append(f"urine_fraction is {fraction:g}; above 0 and at most 1 is needed, not per cent")
        for name, value, kind in (
            ("urine_model", model, UrineModel),
            ("urine_weights", self.urine_weights, UrineWeights),
            ("whole_body_counted", self.whole_body_counted, WholeBodyCounted),
        ):
            if value is not None and value not in get_args(kind):
                wrong.append(f"{name} is {value!r}; allowed: {', '.join(get_args(kind))}")
        if (self.urine_weights is not None) != (model in EXPONENTIALS):
            wrong.append("urine_weights are needed where exponentials are fitted to urine, and only there")
        if self.as_measured and self.emptied is not None:
            wrong.append("voids as measured say when the bladder was emptied: no other times belong to them")
        if not self.as_measured and self.emptied is None:
            wrong.append("when is the bladder emptied? An interval, times or a rate is needed")
        if not 0.0 <= self.residual < 1.0:
            wrong.append(f"residual is {self.residual:g}; 0 to below 1 is allowed")
        elif self.residual and not self.as_measured:
            wrong.append("the residual is part of 'emptied', but for voids as measured")
        if wrong:
            raise DosimetryError(*wrong)

    @property
    def as_measured(self) -> bool:
        """Whether measured voids are taken without a model."""
        return self.urine_model == "voids as measured"

    def words(self) -> str:
        """The method in a few words."""
        if self.urine_fraction is not None:
            filled = f"{100 * self.urine_fraction:g} % of what leaves the whole body's curve"
        elif self.as_measured:
            stays = f", {100 * self.residual:g} % stays each time" if self.residual else ""
            return f"measured voids, growing evenly in between{stays}"
        else:
            filled = f"measured urine, {self.urine_model} ({self.urine_weights})"
        return f"{filled}, {emptied_words(self.emptied)}"


def emptied_words(emptied: Emptying | ContinuousEmptying | None) -> str:
    """When contents are emptied, in words.

    >>> from kinetics import ContinuousEmptying, Emptying
    >>> emptied_words(Emptying(times_h=(1.0, 3.0), every_h=4.0, residual=0.1))
    'emptied at 1, 3 h and every 4 h, 10 % stays each time'
    >>> emptied_words(ContinuousEmptying(0.5))
    'emptied continuously with 0.5/h'
    """
    from kinetics.excretion.voided import ContinuousEmptying

    assert emptied is not None
    if isinstance(emptied, ContinuousEmptying):
        return f"emptied continuously with {emptied.rate_per_h:g}/h"
    stays = f", {100 * emptied.residual:g} % stays each time" if emptied.residual else ""
    if emptied.first_h is None and not emptied.times_h:
        return f"emptied every {emptied.every_h:g} h{stays}"
    listed = ", ".join(f"{t:g}" for t in emptied.listed_h)
    then = "and then never again" if emptied.every_h is None else f"and every {emptied.every_h:g} h"
    return f"emptied at {listed} h {then}{stays}"
