"""The share of a patient's tumour load that is positive, and its pattern: all, dominant, minor part, none.

ZEPHIR (Gebhart et al., Ann Oncol 2016;27:619-624; final results Mileva et al., npj Breast Cancer 2024;10:4)
calls a patient HER2-positive where the entire FDG-avid tumour load or its dominant part takes up the tracer
(A, B), and negative where a minor part or none does (C, D).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from dosimetry.errors import DosimetryError
from lesions.lesion import Lesion, LesionPatient
from lesions.positive.rules import Judgement, deciding

Load = Literal["number", "volume", "FDG burden"]
Volume = Literal["FDG", "tracer"]
NotJudged = Literal["left out", "negative", "positive"]
PatientClasses = Literal["dominant", "all"]
Pattern = Literal["A", "B", "C", "D"]
#: What each pattern is.
PATTERNS: dict[Pattern, str] = {"A": "all", "B": "dominant part", "C": "minor part", "D": "none"}
#: More than half of the tumour load is its dominant part.
DOMINANT_ABOVE = 0.5
#: Which patterns are a positive patient's.
POSITIVE_PATTERNS: dict[PatientClasses, tuple[Pattern, ...]] = {"dominant": ("A", "B"), "all": ("A",)}
ROUNDING = 1e-12


@dataclass(frozen=True, kw_only=True)
class LoadRule:
    """What a patient's tumour load is, and when a patient is positive.

    share_of : "FDG lesions" (with a baseline scan) or "all lesions".
    load : "number" of lesions, their "volume" (``volume``: by which tracer), or "FDG burden" (mean uptake
        times volume of the baseline scan).
    not_judged : what lesions that cannot be judged count as.
    dominant_above : a larger share is the dominant part.
    patient_classes : "dominant" (A and B are positive, as ZEPHIR) or "all" (A alone).

    Raises
    ------
    DosimetryError : a volume without a tracer, or a tracer without a volume.

    Examples
    --------
    >>> LoadRule(load="volume", volume="FDG").dominant_above
    0.5
    """

    share_of: Literal["FDG lesions", "all lesions"] = "FDG lesions"
    load: Load = "number"
    volume: Volume | None = None
    not_judged: NotJudged = "left out"
    dominant_above: float = DOMINANT_ABOVE
    patient_classes: PatientClasses = "dominant"

    def __post_init__(self) -> None:
        if (self.load == "volume") != (self.volume is not None):
            raise DosimetryError("load 'volume' goes with volume 'FDG' or 'tracer', and no other load does")


@dataclass(frozen=True, kw_only=True)
class PatientPattern:
    """How much of a patient's tumour load is positive.

    lesions, judged, positive : numbers of lesions that the load is made of.
    share : of the load, 0 to 1; None: not known, and ``reason`` says why.

    Examples
    --------
    >>> PatientPattern(patient="P4", lesions=27, judged=27, positive=2, share=2 / 27, pattern="C",
    ...                is_positive=False).pattern
    'C'
    """

    patient: str
    lesions: int
    judged: int
    positive: int
    share: float | None
    pattern: Pattern | None
    is_positive: bool | None
    reason: str = ""


def fdg_baseline(lesion: Lesion) -> bool:
    """Whether FDG shows the lesion before the treatment."""
    return any(scan.when == "baseline" for scan in lesion.fdg)


def load_of(lesion: Lesion, rule: LoadRule, time_h: float | None) -> float | None:
    """The lesion's part of the load; None: not measured."""
    if rule.load == "number":
        return 1.0
    baseline = next((scan for scan in lesion.fdg if scan.when == "baseline"), None)
    if rule.load == "FDG burden":
        return None if baseline is None else baseline.burden
    if rule.volume == "FDG":
        return None if baseline is None else baseline.volume_mL
    return next((u.volume_mL for u in lesion.uptake if u.time_h == time_h), None)


def pattern_of(share: float, dominant_above: float = DOMINANT_ABOVE) -> Pattern:
    """The pattern of a share of the tumour load.

    Parameters
    ----------
    share : from 0 to 1.
    dominant_above : a larger share is the dominant part.

    Raises
    ------
    DosimetryError : a share that cannot be.

    Examples
    --------
    >>> [pattern_of(share) for share in (1.0, 0.8, 0.5, 0.074, 0.0)]
    ['A', 'B', 'C', 'C', 'D']
    """
    if not -ROUNDING <= share <= 1 + ROUNDING:
        raise DosimetryError(f"a share of {share:g}: it lies between 0 and 1")
    if share >= 1 - ROUNDING:
        return "A"
    if share <= ROUNDING:
        return "D"
    return "B" if share > dominant_above + ROUNDING else "C"


def patient_patterns(
    patients: Sequence[LesionPatient], judgements: Sequence[Judgement], rule: LoadRule
) -> tuple[PatientPattern, ...]:
    """A pattern for each patient, or the reason why there is none.

    Parameters
    ----------
    patients : with their lesions.
    judgements : of :func:`judge_lesions` on the same patients.
    rule : what the tumour load is.

    Raises
    ------
    DosimetryError : a lesion that was not judged at all.

    Examples
    --------
    >>> from lesions.lesion import FdgScan, Lesion, LesionPatient, Uptake
    >>> from lesions.positive.rules import PositiveRule, judge_lesions
    >>> lesions = tuple(
    ...     Lesion(patient="P1", name=str(i), site="bone", uptake=(Uptake(time_h=96, visual_class=c),),
    ...            fdg=(FdgScan(when="baseline", value={"suv_max": 8.0}),))
    ...     for i, c in enumerate((1, 2, 3, 4, 4)))
    >>> one = LesionPatient(name="P1", lesions=lesions)
    >>> found = patient_patterns([one], judge_lesions([one], PositiveRule(rule="visual")), LoadRule())
    >>> found[0].share, found[0].pattern, found[0].is_positive
    (0.6, 'B', True)
    """
    decided = deciding(judgements)
    return tuple(_pattern(patient, decided, rule) for patient in patients)


def _pattern(
    patient: LesionPatient, decided: Mapping[tuple[str, str], Judgement], rule: LoadRule
) -> PatientPattern:
    of = [x for x in patient.lesions if rule.share_of == "all lesions" or fdg_baseline(x)]
    if strange := [x.name for x in of if (patient.name, x.name) not in decided]:
        raise DosimetryError(f"{patient.name}: {', '.join(strange)} was not judged")
    calls = [decided[patient.name, x.name] for x in of]
    judged = [c for c in calls if c.positive is not None]
    blank = PatientPattern(
        patient=patient.name, lesions=len(of), judged=len(judged),
        positive=sum(c.positive is True for c in calls),
        share=None, pattern=None, is_positive=None,
    )  # fmt: skip
    if not of:
        return replace(blank, reason="no lesion" if rule.share_of == "all lesions" else "no FDG lesion")
    if not judged and rule.not_judged == "left out":
        return replace(blank, reason="no lesion could be judged")
    loads, calls_kept, unknown = [], [], []
    for lesion, call in zip(of, calls, strict=True):
        if call.positive is None and rule.not_judged == "left out":
            continue
        time_h = call.time_h if call.time_h is not None or not lesion.uptake else lesion.uptake[-1].time_h
        load = load_of(lesion, rule, time_h)
        if load is None:
            unknown.append(lesion.name)
            continue
        loads.append(load)
        calls_kept.append(rule.not_judged == "positive" if call.positive is None else call.positive)
    if unknown:
        what = f"{rule.volume} volume" if rule.volume else rule.load
        return replace(blank, reason=f"no {what} of {', '.join(unknown)}")
    share = sum(x for x, call in zip(loads, calls_kept, strict=True) if call) / sum(loads)
    # all is all: rounding of a sum makes no lesion negative
    share = 1.0 if all(calls_kept) else share
    pattern = pattern_of(share, rule.dominant_above)
    is_positive = pattern in POSITIVE_PATTERNS[rule.patient_classes]
    return replace(blank, share=share, pattern=pattern, is_positive=is_positive)
