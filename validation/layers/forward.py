"""Layer c, forward: from TIACs to doses that the paper prints.

Either the TIACs are published; or a tracer's few published organ doses fix the TIACs of those organs, and
what else the paper prints (effective dose, other organs) is predicted with the TIACs of a fit of layer b.
The patients' masses are in no abstract; two bodies that bracket them make the prediction a range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from dosimetry.doses.absorbed import absorbed_dose
from dosimetry.doses.result import DoseResult
from dosimetry.nuclides.nuclide import nuclide
from phantoms.regions.names import REMAINDER
from validation.case import Case, CaseError
from validation.checks import Biokinetic, Complete, FromTiac, Solved
from validation.layers.biokinetics import tiac_h as model_tiac_h
from validation.layers.bodies import dose_per_h
from validation.layers.consistency import check_of, fit_of
from validation.layers.sampling import mean_half_width
from validation.outcome import CONSISTENCY, FORWARD, OPEN, Outcome, around

LAYER = "c. forward"


Bodies = Mapping[str, DoseResult]


def quantity(of: str, organ_doses: DoseResult) -> float:
    """An organ's dose, or an effective dose ("effective dose, ICRP 60")."""
    name, _, weights = of.partition(", ICRP")
    return float(organ_doses.effective(f"ICRP{weights}")) if weights else organ_doses[name]


def _judged(case: Case, check: FromTiac | Solved, what: str, by_body: Bodies) -> list[Outcome]:
    """Each of the check's quantities against the published mean's 95 % confidence interval, where judged."""
    rows = []
    strength = FORWARD if isinstance(check, FromTiac) else CONSISTENCY
    for of in check.of:
        published, sd, unit = case.in_unit(of)
        if check.judged and (sd is None or case.n < 2):
            raise CaseError(f"case '{case.name}': '{of}' has no SD of two patients or more to be judged by")
        limits = around(published, mean_half_width(sd or 0.0, case.n)) if check.judged else OPEN
        each = {p: quantity(of, d) for p, d in by_body.items()}
        one = len(each) == 1
        rows.append(
            Outcome(
                case.name,
                LAYER,
                what,
                quantity=of,
                unit=unit,
                published=published,
                published_sd=sd,
                ours=min(each.values()),
                ours_high=None if one else max(each.values()),
                limits=limits,
                because=check.because,
                note=", ".join(f"{v:.3g} in the {p}" for p, v in each.items()),
                strength=strength,
            )
        )
    return rows


def from_tiac_outcomes(case: Case, check: FromTiac) -> list[Outcome]:
    """Doses from published TIACs; what is not in a named organ is the remainder."""
    kept = {s: p / 100.0 / nuclide(case.nuclide).lambda_per_h for s, p in check.retained_percent.items()}
    named = {**check.tiac_h, **kept}
    rest = check.whole_body_tiac_h - sum(named.values())
    if rest < 0:
        raise CaseError(f"case '{case.name}': the organs' TIACs exceed the whole body's")
    tiac = {**named, REMAINDER: rest}
    given = ", ".join(f"{k} {v:.1f} h" for k, v in named.items())
    what = f"from TIACs: {given}, whole body {check.whole_body_tiac_h:g} h"
    return _judged(case, check, what, {p: absorbed_dose(tiac, case.nuclide, p) for p in check.phantoms})


def solved_tiac_h(
    case: Case, check: Solved, phantom: str, cases: Mapping[str, Case], body_mass_kg: float | None = None
) -> dict[str, float]:
    """TIACs of a tracer in one body from its few published organ doses, h, by source.

    Linear in the unknown TIACs: each follower moves with its leader in the base's proportion, and the
    remainder takes what is left of the base's whole body.

    Raises
    ------
    CaseError : an organ's dose asks for a negative TIAC.
    """
    base_case = cases[check.base_case]
    base = fit_of(base_case, check_of(base_case, check.base)).tiac_h
    sources, targets, unknown = list(base), list(check.solve), list(check.solve.values())
    rows = dose_per_h(case.nuclide, phantom, tuple(sources), body_mass_kg).loc[targets].to_numpy()
    start = {s: 0.0 if s in unknown or s in check.follow else t for s, t in base.items()}
    start[REMAINDER] += math.fsum(base.values()) - math.fsum(start.values())
    moves = np.zeros((len(sources), len(unknown)))
    for j, leader in enumerate(unknown):
        moves[sources.index(leader), j] = 1.0
        for follower, of in check.follow.items():
            if of == leader:
                moves[sources.index(follower), j] = base[follower] / base[leader]
    moves[sources.index(REMAINDER)] = -moves.sum(axis=0)
    first = np.array(list(start.values()))
    wanted = np.array([case.in_unit(t)[0] for t in targets])
    tiac = first + moves @ np.linalg.solve(rows @ moves, wanted - rows @ first)
    if (tiac < 0).any():
        low = sources[int(np.argmin(tiac))]
        raise CaseError(f"case '{case.name}': the published doses ask for a negative TIAC of '{low}'")
    return dict(zip(sources, tiac.tolist(), strict=True))


def solved_outcomes(case: Case, check: Solved, cases: Mapping[str, Case]) -> list[Outcome]:
    """What the solved TIACs predict of the paper's other values; the TIACs themselves are shown."""
    what = f"TIACs from the published doses of {', '.join(check.solve)}"
    tiac = {p: solved_tiac_h(case, check, p, cases) for p in check.phantoms}
    rows = _judged(case, check, what, {p: absorbed_dose(t, case.nuclide, p) for p, t in tiac.items()})
    for source in check.solve.values():
        each = sorted(t[source] for t in tiac.values())
        high = each[-1] if len(each) > 1 else None
        rows.append(
            Outcome(
                case.name, LAYER, what, quantity=f"TIAC, {source}", unit="h", ours=each[0], ours_high=high
            )
        )
    return rows


def _digits_and_percent(
    case: Case, check: Complete | Biokinetic, what: str, ours: Mapping[str, float], body: str = ""
) -> list[Outcome]:
    """Doses against published ones: half a unit of the last digit and the check's percentage are allowed."""
    left_out = {o.region: f"not judged: {o.because}" for o in getattr(check, "leave_out", ())}
    known = {m.region: m.because for m in check.missed}
    rows = []
    for of, value in ours.items():
        row = case.value(of, body)[0]
        published, sd, unit = case.in_unit(of, body)
        weighted = ", ICRP" in of
        percent = check.effective_tolerance_percent if weighted else check.tolerance_percent
        allowed = published * (percent / 100.0 + row.half_unit / row.centre)
        rows.append(
            Outcome(
                case.name,
                LAYER,
                what,
                quantity=of,
                unit=unit,
                published=published,
                published_sd=sd,
                ours=value,
                limits=OPEN if of in left_out else around(published, allowed),
                because=check.because,
                note=left_out.get(of, ""),
                strength=FORWARD,
                known=known.get(of, ""),
            )
        )
    return rows


def complete_outcomes(case: Case, check: Complete) -> list[Outcome]:
    """Doses from all published TIACs, as a mean over the bodies."""
    by_body = {p: absorbed_dose(tiac, case.nuclide, p) for p, tiac in check.bodies.items()}
    ours = {of: math.fsum(quantity(of, d) for d in by_body.values()) / len(by_body) for of in check.of}
    what = "from all TIACs, " + (" and ".join(by_body) + (", mean" if len(by_body) > 1 else ""))
    return _digits_and_percent(case, check, what, ours)


def biokinetic_outcomes(case: Case, check: Biokinetic) -> list[Outcome]:
    """TIACs of the case's model against the printed digits, and the doses from them."""
    tiac = model_tiac_h(case.model, nuclide(case.nuclide).lambda_per_h, check.void_every_h)
    organ_doses = absorbed_dose(tiac, case.nuclide, check.phantom)
    what = f"model, {check.body}"
    rows, ours = [], {}
    for value in (v for g in case.published if g.body == check.body for v in g.rows):
        name, _, source = value.of.partition("TIAC, ")
        if name:
            ours[value.of] = quantity(value.of, organ_doses)
            continue
        rows.append(
            Outcome(
                case.name,
                LAYER,
                what,
                quantity=value.of,
                unit="h",
                published=value.centre,
                ours=tiac[source],
                limits=around(value.centre, value.half_unit),
                because="printed digits",
                strength=FORWARD,
            )
        )
    return rows + _digits_and_percent(case, check, what, ours, check.body)
