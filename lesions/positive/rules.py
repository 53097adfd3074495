"""Whether a lesion is positive, by a named rule; a lesion that cannot be judged has a reason instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dosimetry.errors import DosimetryError
from lesions.lesion import Lesion, LesionPatient, Uptake, as_read

Rule = Literal["visual", "background", "threshold", "reference"]
#: Classes by eye: 1 and 2 are negative, 3 and 4 positive (ZEPHIR).
POSITIVE_FROM = 3


@dataclass(frozen=True, kw_only=True)
class PositiveRule:
    """By which rule a lesion is positive.

    rule : "visual" (class by eye, ``positive_from`` and above), "threshold" (``quantity`` at ``threshold`` or
        above), "background" (above ``factor`` times what is around the lesion), "reference" (above ``factor``
        times a normal tissue of the same patient).
    compared_quantity : of the background or the normal tissue; None: the same as ``quantity``.
    scan_h, scan_within_h : the scan that decides and how far from it a lesion's may be; None: the latest that
        can be judged.
    reference_within_h : how far the normal tissue's scan may be from the lesion's.

    Raises
    ------
    DosimetryError : a rule without what it needs.

    Examples
    --------
    Dehdashti et al. (2018):

    >>> PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2).words
    'suv_max of 3.2 or more'
    """

    rule: Rule
    quantity: str | None = None
    compared_quantity: str | None = None
    threshold: float | None = None
    factor: float | None = None
    reference: str | None = None
    positive_from: int = POSITIVE_FROM
    scan_h: float | None = None
    scan_within_h: float | None = None
    reference_within_h: float = 2.0

    def __post_init__(self) -> None:
        needed = {"visual": (), "threshold": ("quantity", "threshold"), "background": ("quantity", "factor"),
                  "reference": ("quantity", "factor", "reference")}  # fmt: skip
        if self.rule not in needed:
            raise DosimetryError(f"unknown rule '{self.rule}'; known: {', '.join(needed)}")
        if lacking := [name for name in needed[self.rule] if getattr(self, name) is None]:
            raise DosimetryError(f"rule '{self.rule}' needs {' and '.join(lacking)}")
        if (self.scan_h is None) != (self.scan_within_h is None):
            raise DosimetryError("scan_h and scan_within_h go together")

    @property
    def words(self) -> str:
        """The rule in words, for tables and footnotes."""
        if self.rule == "visual":
            return f"visual class {self.positive_from} or more"
        if self.rule == "threshold":
            return f"{self.quantity} of {self.threshold:g} or more"
        what = "the background" if self.rule == "background" else f"the {self.reference}"
        return (
            f"{self.quantity} above {self.factor:g} times {what}'s {self.compared_quantity or self.quantity}"
        )

    @property
    def scan_words(self) -> str:
        """Which scan decides, in words."""
        if self.scan_h is None:
            return "latest scan that can be judged"
        return f"scan nearest to {self.scan_h:g} h, at most {self.scan_within_h:g} h off"


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a rule says of a lesion in one scan.

    time_h : of the scan; None: the lesion has none.
    positive : None: it cannot be judged, and ``reason`` says why.
    value, limit : what was compared with what: the class, the uptake, or the ratio.
    decides : whether this scan decides on the lesion.

    Examples
    --------
    >>> one = Judgement(patient="P1", lesion="a", site="bone", time_h=96, positive=None, reason="no class")
    >>> one.positive, one.reason
    (None, 'no class')
    """

    patient: str
    lesion: str
    site: str
    time_h: float | None
    positive: bool | None
    value: float | None = None
    limit: float | None = None
    reason: str = ""
    decides: bool = False


def judge_scan(rule: PositiveRule, patient: LesionPatient, lesion: Lesion, scan: Uptake) -> Judgement:
    """One lesion in one scan."""
    value, limit, reason = _compared(rule, patient, scan)
    positive = None
    if value is not None and limit is not None:
        positive = value >= limit if rule.rule in ("visual", "threshold") else value > limit
    return Judgement(
        patient=patient.name, lesion=lesion.name, site=lesion.site, time_h=scan.time_h, positive=positive,
        value=value, limit=limit, reason=reason,
    )  # fmt: skip


def _compared(
    rule: PositiveRule, patient: LesionPatient, scan: Uptake
) -> tuple[float | None, float | None, str]:
    """What is compared with which limit, or why nothing is."""
    if rule.rule == "visual":
        if scan.visual_class is None:
            return None, None, "no visual class"
        return float(scan.visual_class), float(rule.positive_from), ""
    value = scan.value.get(rule.quantity or "")
    if value is None:
        return None, None, f"no {rule.quantity}"
    if rule.rule == "threshold":
        return value, rule.threshold, ""
    compared = rule.compared_quantity or rule.quantity or ""
    if rule.rule == "background":
        below = scan.background.get(compared)
        why = f"no {compared} of the background"
    else:
        below, why = _reference(rule, patient, scan.time_h, compared)
    if below is None:
        return None, None, why
    return value / below, rule.factor, ""


def _reference(
    rule: PositiveRule, patient: LesionPatient, time_h: float, quantity: str
) -> tuple[float | None, str]:
    """The uptake of the normal tissue in the scan of this time."""
    region = as_read(rule.reference or "")
    known = [r for r in patient.references if as_read(r.region) == region and quantity in r.value]
    near = [r for r in known if abs(r.time_h - time_h) <= rule.reference_within_h]
    if near:
        return min(near, key=lambda r: abs(r.time_h - time_h)).value[quantity], ""
    if known:
        return None, f"no scan of the {rule.reference} within {rule.reference_within_h:g} h of this one"
    return None, f"no {quantity} of the {rule.reference}"


def judge_lesion(rule: PositiveRule, patient: LesionPatient, lesion: Lesion) -> tuple[Judgement, ...]:
    """A lesion in each of its scans, of which one decides; at least one row, with a reason."""
    if not lesion.uptake:
        return (_not_seen(patient, lesion, "no scan"),)
    found = [judge_scan(rule, patient, lesion, scan) for scan in lesion.uptake]
    if rule.scan_h is None or rule.scan_within_h is None:
        judged = [i for i, one in enumerate(found) if one.positive is not None]
        at = judged[-1] if judged else len(found) - 1
    else:
        off = [abs(scan.time_h - rule.scan_h) for scan in lesion.uptake]
        at = min(range(len(off)), key=off.__getitem__)
        if off[at] > rule.scan_within_h:
            reason = f"no scan within {rule.scan_within_h:g} h of {rule.scan_h:g} h"
            return (*found, _not_seen(patient, lesion, reason))
    return tuple(replace(one, decides=i == at) for i, one in enumerate(found))


def _not_seen(patient: LesionPatient, lesion: Lesion, reason: str) -> Judgement:
    return Judgement(
        patient=patient.name, lesion=lesion.name, site=lesion.site, time_h=None, positive=None,
        reason=reason, decides=True,
    )  # fmt: skip


def judge_lesions(patients: Sequence[LesionPatient], rule: PositiveRule) -> tuple[Judgement, ...]:
    """Every lesion of every patient in every scan; the scan that decides on a lesion is marked.

    Parameters
    ----------
    patients : with their lesions.
    rule : by which a lesion is positive.

    Raises
    ------
    DosimetryError : no patient has a lesion.

    Examples
    --------
    >>> from lesions.lesion import Lesion, LesionPatient, Uptake
    >>> scans = (Uptake(time_h=24, value={"suv_max": 2.9}), Uptake(time_h=120, value={"suv_max": 4.1}))
    >>> one = LesionPatient(name="P1", lesions=(Lesion(patient="P1", name="a", site="bone", uptake=scans),))
    >>> rule = PositiveRule(rule="threshold", quantity="suv_max", threshold=3.2)
    >>> [(j.time_h, j.positive, j.decides) for j in judge_lesions([one], rule)]
    [(24, False, False), (120, True, True)]
    """
    if not any(p.lesions for p in patients):
        raise DosimetryError("no patient has a lesion to judge")
    return tuple(j for p in patients for lesion in p.lesions for j in judge_lesion(rule, p, lesion))


def deciding(judgements: Sequence[Judgement]) -> dict[tuple[str, str], Judgement]:
    """(patient, lesion) -> the judgement that decides."""
    return {(j.patient, j.lesion): j for j in judgements if j.decides}
