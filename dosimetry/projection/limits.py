"""The largest activity that keeps a dose below a limit, by each scaling."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from dosimetry.doses.effective import averaged_sets, weight_set
from dosimetry.doses.effective_result import EffectiveDose, weighted_changes
from dosimetry.doses.result import DoseResult
from dosimetry.errors import DosimetryError
from dosimetry.projection.result import Projection, Scaled
from phantoms.errors import PhantomError
from phantoms.library.locality import TOTAL_BODY
from phantoms.regions.names import normal_form, resolve

EFFECTIVE, ANY_ORGAN = "effective dose", "any organ"
#: One-sided 95 % of a normal distribution.
UPPER = 1.6448536269514722


@dataclass(frozen=True)
class Limit:
    """A dose that is not to be exceeded.

    quantity : "effective dose", "any organ", or a target region.
    mSv : effective dose, or equivalent dose of the organ.

    Raises
    ------
    DosimetryError : a limit that is not above 0 mSv.

    Examples
    --------
    >>> Limit("red marrow", 30.0).mSv
    30.0
    """

    quantity: str
    mSv: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mSv) and self.mSv > 0.0):
            raise DosimetryError(f"the limit of {self.quantity} is {self.mSv:g} mSv; above 0 is needed")


@dataclass(frozen=True)
class LargestActivity:
    """The largest activity under one limit by one scaling; without numbers, ``reason`` says why.

    quantity : what decides, e.g. "kidneys" where any organ was asked for.
    body : whose it is; two where it is averaged over the sexes, else that of the larger dose.
    mSv_per_MBq, se_mSv_per_MBq : the coefficient; its standard error by the animals, None: not known.
    activity_MBq : limit/coefficient.
    cautious_MBq : the same with the coefficient at its upper one-sided 95 % bound by the animals' errors.

    Examples
    --------
    >>> LargestActivity("mass", Limit("any organ", 50.0), "liver", "adult male", 1.0, None, 50.0, None)
    LargestActivity(scaling='mass', limit=Limit(quantity='any organ', mSv=50.0), quantity='liver',
    body='adult male', mSv_per_MBq=1.0, se_mSv_per_MBq=None, activity_MBq=50.0, cautious_MBq=None, reason='')
    """

    scaling: str
    limit: Limit
    quantity: str
    body: str
    mSv_per_MBq: float | None
    se_mSv_per_MBq: float | None
    activity_MBq: float | None
    cautious_MBq: float | None
    reason: str = ""


def largest_activities(
    projection: Projection, limits: Sequence[Limit], weights: str = "ICRP 103"
) -> list[LargestActivity]:
    """The largest activity under each limit, by each scaling; the larger of the bodies' doses counts.

    Parameters
    ----------
    projection : from :func:`dosimetry.project_to_humans`.
    limits : effective dose, any organ, or named ones, in mSv. Equivalent doses of organs take w_R of the
        weight set (20 for alphas).
    weights : of the effective dose; averaged over the sexes where the set's is and both bodies are there.

    Raises
    ------
    DosimetryError : an organ that no body has; an unknown weight set.

    Examples
    --------
    >>> from dosimetry import Animals, animal_curve, project_to_humans
    >>> liver = animal_curve("liver", [1, 24, 72], [8.0, 6.0, 4.0], "%IA/g", mass_g=1.3)
    >>> found = project_to_humans(
    ...     Animals("mouse", 25.0, [liver]), "Zr-89", first="constant", tail="physical",
    ...     remainder="no excretion", scalings=["none"],
    ... )
    >>> by_organ = largest_activities(found, [Limit("any organ", 50.0)])[0]
    >>> by_organ.quantity, by_organ.body, round(by_organ.activity_MBq)
    ('liver', 'adult female', 45)
    """
    w_alpha = float(weight_set(weights)["radiation_weight_alpha"])
    return [_largest(scaled, limit, weights, w_alpha) for limit in limits for scaled in projection.values()]


def _largest(scaled: Scaled, limit: Limit, weights: str, w_alpha: float) -> LargestActivity:
    if scaled.doses is None:
        return LargestActivity(
            scaled.scaling, limit, limit.quantity, "", None, None, None, None, scaled.reason
        )
    if normal_form(limit.quantity) == EFFECTIVE:
        found = list(_effective(scaled, weights))
    else:
        found = [c for label, d in scaled.doses.items() for c in _organs(label, d, limit, w_alpha)]
        if not found:
            raise DosimetryError(
                f"limit of '{limit.quantity}': no body has such a target region; '{EFFECTIVE}', '{ANY_ORGAN}'"
                f" and these are allowed: {', '.join(scaled.doses.targets)}"
            )
    value, se, quantity, body = max(found, key=lambda c: c[0])
    if not value > 0.0:
        return LargestActivity(scaled.scaling, limit, quantity, body, value, se, None, None, "the dose is 0")
    cautious = None if se is None else limit.mSv / (value + UPPER * se)
    return LargestActivity(
        scaled.scaling, limit, quantity, body, value, se, limit.mSv / value, cautious,
        "" if se is not None else "the animals' errors are not known",
    )  # fmt: skip


Coefficient = tuple[float, float | None, str, str]


def _effective(scaled: Scaled, weights: str) -> Iterator[Coefficient]:
    assert scaled.doses is not None
    if weights in averaged_sets() and scaled.doses.pairs:
        for pair, e in scaled.doses.sex_averaged(weights).items():
            yield _of_body(e), e.se_from_tiac_mSv_per_MBq, f"{e.quantity}, {weights}", " and ".join(pair)
        return
    for label, e in scaled.doses.effective(weights).items():
        yield _of_body(e), e.se_from_tiac_mSv_per_MBq, f"{e.quantity}, {weights}", label


def _of_body(e: EffectiveDose) -> float:
    if e.lacking:
        raise DosimetryError(f"limit of the {e.quantity}: {', '.join(e.bodies)}: {e.lacking}")
    return float(e)


def _organs(label: str, doses: DoseResult, limit: Limit, w_alpha: float) -> Iterator[Coefficient]:
    """Equivalent doses of the organs that a limit is of, with their errors."""
    targets = [t for t in doses.targets if t != TOTAL_BODY]
    if normal_form(limit.quantity) != ANY_ORGAN:
        try:
            targets = [resolve(limit.quantity, doses.targets, kind="target region")]
        except PhantomError:
            return
    equivalent = doses.equivalent_dose_mSv_per_MBq(w_alpha)
    for target in targets:
        se = None
        if doses.tiac_error_mGy_per_MBq is not None:
            one = np.eye(1, len(doses.targets), doses.targets.index(target))[0]
            changes = weighted_changes(doses.tiac_error_mGy_per_MBq, one, w_alpha)
            se = math.hypot(*changes.tolist())
        yield equivalent[target], se, target, label
