"""Runs checks: which function makes the outcomes of which kind of check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from validation.case import Case
from validation.checks import (
    Biokinetic,
    Check,
    Cohort,
    Complete,
    Consistency,
    EffectiveDose,
    FromTiac,
    PhotonSafs,
    Retention,
    Solved,
    TransferDoses,
    Welch,
    WholeBody,
)
from validation.layers import arithmetic, consistency, forward, photon_safs, zirconium
from validation.layers.bodies import missing
from validation.outcome import Outcome

LAYERS = {
    "effective dose": arithmetic.LAYER, "clearance": arithmetic.LAYER, "welch": arithmetic.LAYER,
    "consistency": consistency.LAYER, "doses from TIACs": forward.LAYER, "doses from organs": forward.LAYER,
    "doses from complete TIACs": forward.LAYER, "biokinetic model": forward.LAYER,
    "photon SAFs": forward.LAYER, "retention": forward.LAYER, "doses of a transfer model": forward.LAYER,
    "cohort": "d. cohort",
}  # fmt: skip


def bodies_of(case: Case, check: Check, cases: Mapping[str, Case]) -> list[str]:
    """Phantoms that a check of a case needs."""
    match check:
        case Cohort():
            return list(check.phantoms.values())
        case TransferDoses():
            return list(check.bodies.values())
        case Solved():
            return [*check.phantoms, *consistency.check_of(cases[check.base_case], check.base).phantoms]
        case Complete():
            return list(check.bodies)
        case Biokinetic():
            return [check.phantom]
        case PhotonSafs():
            return [group.body for group in case.published]
    return list(getattr(check, "phantoms", ()))


def outcomes_of(case: Case, cases: Mapping[str, Case]) -> list[Outcome]:
    """All outcomes of one case; ``cases`` are all there are, since a check may refer to another case."""
    rows: list[Outcome] = []
    for check in case.check:
        if reason := missing(bodies_of(case, check, cases)):
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
            case Complete():
                rows += forward.complete_outcomes(case, check)
            case Biokinetic():
                rows += forward.biokinetic_outcomes(case, check)
            case PhotonSafs():
                rows += photon_safs.outcomes(case, check)
            case Retention():
                rows += zirconium.retention_outcomes(case, check)
            case TransferDoses():
                rows += zirconium.dose_outcomes(case, check)
            case Cohort():
                from validation.layers import cohort

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
