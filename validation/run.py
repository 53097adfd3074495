"""Runs checks: which function makes the outcomes of which kind of check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from validation import arithmetic, consistency, forward
from validation.bodies import missing
from validation.case import (
    Case,
    Check,
    Cohort,
    Consistency,
    EffectiveDose,
    FromTiac,
    Solved,
    Welch,
    WholeBody,
)  # fmt: skip
from validation.outcome import Outcome

LAYERS = {
    "effective dose": arithmetic.LAYER, "clearance": arithmetic.LAYER, "welch": arithmetic.LAYER,
    "consistency": consistency.LAYER, "doses from TIACs": forward.LAYER, "doses from organs": forward.LAYER,
    "cohort": "d. cohort",
}  # fmt: skip


def bodies_of(check: Check, cases: Mapping[str, Case]) -> list[str]:
    """Phantoms that a check needs."""
    phantoms = getattr(check, "phantoms", {})
    found = list(phantoms.values()) if isinstance(check, Cohort) else list(phantoms)
    if isinstance(check, Solved):
        found += consistency.check_of(cases[check.base_case], check.base).phantoms
    return found


def outcomes_of(case: Case, cases: Mapping[str, Case]) -> list[Outcome]:
    """All outcomes of one case; ``cases`` are all there are, since a check may refer to another case."""
    rows: list[Outcome] = []
    for check in case.check:
        if reason := missing(bodies_of(check, cases)):
            what = getattr(check, "name", check.kind)
            rows.append(Outcome(case.name, LAYERS[check.kind], what, note=reason))
            continue
        match check:
            case EffectiveDose():
                rows.append(arithmetic.effective_dose_outcome(case, check))
            case WholeBody():
                rows.append(arithmetic.clearance_outcome(case, check))
            case Welch():
                rows.append(arithmetic.welch_outcome(case, check, cases))
            case Consistency():
                rows += consistency.outcomes(case, check)
            case FromTiac():
                rows += forward.from_tiac_outcomes(case, check)
            case Solved():
                rows += forward.solved_outcomes(case, check, cases)
            case Cohort():
                from validation import cohort

                rows += cohort.outcomes(case, check)
    return rows


def run(
    wanted: Iterable[Case], cases: Mapping[str, Case], progress: Callable[[str], None] | None = None
) -> list[Outcome]:
    """Outcomes of the wanted cases; ``progress`` is told each case's name before it starts."""
    rows: list[Outcome] = []
    for case in wanted:
        if progress:
            progress(case.name)
        rows += outcomes_of(case, cases)
    return rows
