"""Tracers side by side, as the papers draw them: published organ doses with SD, and ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dosimetry.doses.absorbed import absorbed_dose
from validation.case import Case
from validation.checks import Consistency, Solved
from validation.layers.consistency import fit_of
from validation.layers.forward import quantity, solved_tiac_h

EFFECTIVE = "effective dose, ICRP 60"


@dataclass(frozen=True)
class Tracer:
    """One tracer's doses.

    published : mean and SD by target or quantity, mGy/MBq or mSv/MBq.
    ours : by target, and the effective dose; lowest and highest over the bodies that bracket the patients.
    solved : targets whose published doses fixed our TIACs, so that agreement there says nothing.
    """

    case: str
    product: str
    n: int
    published: Mapping[str, tuple[float, float]]
    ours: Mapping[str, tuple[float, float]]
    solved: frozenset[str]


def tracer(case: Case, cases: Mapping[str, Case]) -> Tracer:
    """A case's tracer by its first check that finds TIACs from doses."""
    checks = [c for c in case.check if isinstance(c, Solved | Consistency)]
    check = next(c for c in checks if isinstance(c, Solved) or not c.control_of)
    if isinstance(check, Solved):
        solved = frozenset(check.solve)
        tiac = {p: solved_tiac_h(case, check, p, cases) for p in check.phantoms}
    else:
        found = fit_of(case, check)
        solved, tiac = frozenset(found.used), dict.fromkeys(check.phantoms, found.tiac_h)
    by_body = {p: absorbed_dose(t, case.nuclide, p) for p, t in tiac.items()}
    ours: dict[str, tuple[float, float]] = {}
    for of in (*next(iter(by_body.values())).keys(), EFFECTIVE):
        each = [quantity(of, d) for d in by_body.values()]
        if isinstance(check, Consistency):
            share = list(check.phantoms.values())
            each = [sum(s * v for s, v in zip(share, each, strict=True)) / sum(share)]
        ours[of] = min(each), max(each)
    published = {}
    for row in (r for group in case.published for r in group.rows):
        if row.sd is not None and row.of in ours:
            mean, sd, _ = case.in_unit(row.of)
            published[row.of] = (mean, sd or 0.0)
    return Tracer(case.name, case.product, case.n, published, ours, solved)


def compared(cases: Mapping[str, Case]) -> list[Tracer]:
    """The tracers whose cases ask to be compared, in the order that they say."""
    chosen = sorted((c for c in cases.values() if c.compared), key=lambda c: c.compared)
    return [tracer(c, cases) for c in chosen]
