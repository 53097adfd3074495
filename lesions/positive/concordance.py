"""Which FDG lesions the tracer shows too, patient by patient, and what only one of the two shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry.errors import DosimetryError
from lesions.lesion import LesionPatient
from lesions.positive.patterns import NotJudged, fdg_baseline
from lesions.positive.rules import Judgement, deciding
from lesions.statistics.clustered import ClusteredProportion


@dataclass(frozen=True, kw_only=True)
class Concordance:
    """A patient's lesions by the two tracers.

    fdg_lesions : that FDG shows before the treatment.
    both : of these the tracer is positive in; fdg_only: negative; not_judged: it cannot be said.
    tracer_only : lesions that the tracer is positive in and FDG does not show; None: no scan with FDG of the
        patient is in the tables, so that nobody looked.
    counted, concordant : what the share is of, with the lesions that cannot be judged as was chosen.

    Examples
    --------
    >>> one = Concordance(patient="P4", fdg_lesions=27, both=2, fdg_only=25, not_judged=0, tracer_only=0,
    ...                   counted=27, concordant=2)
    >>> print(f"{one.share:.1%}")
    7.4%
    """

    patient: str
    fdg_lesions: int
    both: int
    fdg_only: int
    not_judged: int
    tracer_only: int | None
    counted: int
    concordant: int

    @property
    def share(self) -> float | None:
        """Share of the FDG lesions that the tracer shows; None where there are none."""
        return self.concordant / self.counted if self.counted else None


def concordance(
    patients: Sequence[LesionPatient], judgements: Sequence[Judgement], *, not_judged: NotJudged = "left out"
) -> tuple[Concordance, ...]:
    """Each patient's lesions by the two tracers.

    Parameters
    ----------
    patients : with their lesions.
    judgements : of :func:`judge_lesions` on the same patients.
    not_judged : what FDG lesions that cannot be judged count as in the share.

    Raises
    ------
    DosimetryError : a lesion that was not judged at all.

    Examples
    --------
    >>> from lesions.lesion import FdgScan, Lesion, LesionPatient, Uptake
    >>> from lesions.positive.rules import PositiveRule, judge_lesions
    >>> lesions = tuple(
    ...     Lesion(patient="P1", name=str(i), site="bone", uptake=(Uptake(time_h=96, visual_class=c),),
    ...            fdg=(FdgScan(when="baseline", value={"suv_max": 8.0}),) if i < 5 else ())
    ...     for i, c in enumerate((1, 2, 2, 2, 4, 4)))
    >>> one = LesionPatient(name="P1", lesions=lesions)
    >>> found, = concordance([one], judge_lesions([one], PositiveRule(rule="visual")))
    >>> found.share, found.tracer_only
    (0.2, 1)
    """
    decided = deciding(judgements)
    if strange := [
        f"{p.name}, {x.name}" for p in patients for x in p.lesions if (p.name, x.name) not in decided
    ]:
        raise DosimetryError(f"not judged: {'; '.join(strange)}")
    return tuple(
        _patient(p, [decided[p.name, x.name].positive for x in p.lesions], not_judged) for p in patients
    )


def _patient(patient: LesionPatient, calls: Sequence[bool | None], not_judged: NotJudged) -> Concordance:
    with_fdg = [call for x, call in zip(patient.lesions, calls, strict=True) if fdg_baseline(x)]
    without = [call for x, call in zip(patient.lesions, calls, strict=True) if not fdg_baseline(x)]
    open_ = sum(call is None for call in with_fdg)
    both = sum(call is True for call in with_fdg)
    return Concordance(
        patient=patient.name,
        fdg_lesions=len(with_fdg),
        both=both,
        fdg_only=len(with_fdg) - both - open_,
        not_judged=open_,
        tracer_only=sum(call is True for call in without) if any(x.fdg for x in patient.lesions) else None,
        counted=len(with_fdg) - (open_ if not_judged == "left out" else 0),
        concordant=both + (open_ if not_judged == "positive" else 0),
    )


def over_patients(found: Sequence[Concordance]) -> ClusteredProportion:
    """All patients' FDG lesions together, each lesion with its patient."""
    return ClusteredProportion(tuple(c.concordant for c in found), tuple(c.counted for c in found))
