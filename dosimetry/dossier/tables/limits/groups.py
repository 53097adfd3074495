"""Subjects by the limits that they have, with the gaps that a table of limits must show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.dose_means import has_alphas, weight_sets
from dosimetry.dossier.tables.footnotes import bladder, bodies, gut, not_counted, simulated, subjects
from dosimetry.dossier.tables.limits.dose_equivalents import W_ALPHA, OfSubject, Quantity, minors, quantities
from dosimetry.dossier.tables.limits.law import ADULT_FROM_Y, LAW, LENS, WHOLE_BODY

NO_LENS = (
    "the bodies of this study have no lens of the eye as a target region; its dose must be estimated by other"
    " means, and is in no number here"
)
NO_TOTAL_BODY = "the bodies of this study have no total body as a target region; see the effective dose"
COMMON = (
    f"Limits: {LAW}, in mSv (1 rem = 10 mSv). It is on research that a Radioactive Drug Research Committee"
    " approves.",
    "The whole body's limit is set beside the total body's dose and beside each effective dose, as the law"
    " does not say which is meant; the strictest binds.",
    "Annual and total dose commitment: other administrations of the same year must be added by hand, and for"
    " either limit the x-ray procedures (CT too) that are part of the study.",
    "1 mGy of photons and electrons is taken as 1 mSv.",
)


@dataclass(frozen=True)
class Gap:
    """A row that the bodies have no target region for."""

    name: str
    group: str
    reason: str


@dataclass(frozen=True)
class Group:
    """Subjects of one set of limits: adults, or those under 18."""

    title: str
    minor: bool
    quantities: tuple[Quantity, ...]

    def rows(self) -> list[Quantity | Gap]:
        """All quantities, and in their places what the bodies have no target for."""
        rows: list[Quantity | Gap] = list(self.quantities)
        if not any(q.name == "total body" for q in self.quantities):
            rows.insert(0, Gap("total body", WHOLE_BODY.group, NO_TOTAL_BODY))
        if not any(q.limit is LENS for q in self.quantities):
            rows.append(Gap(LENS.group, LENS.group, NO_LENS))
        return rows


def groups_of(results: Results, options: TableOptions) -> list[Group]:
    """Adults, and subjects under 18, where there are any."""
    young, unknown = minors(results)
    found = quantities(results, options.effective_dose)
    everybody = {s.patient for q in found for s in q.subjects}
    groups = []
    for minor, members in ((False, everybody - young), (True, everybody & young)):
        if not members:
            continue
        named = "Under 18 years: a tenth of the limits" if minor else "Adults"
        if not minor and members <= set(unknown):
            named = "Subjects whose age is not stated: limits of adults"
        elif not minor and unknown:
            named = "Adults, and subjects whose age is not stated"
        of_group = tuple(q for q in (q.only(members) for q in found) if q.subjects)
        groups.append(Group(f"{named} (n = {len(members)})", minor, of_group))
    return groups


def limit_notes(results: Results, options: TableOptions) -> tuple[str, ...]:
    """What a reader of doses beside limits must know."""
    notes = [*simulated(results), subjects(results), *COMMON]
    young, unknown = minors(results)
    tenth = f"Subjects under {ADULT_FROM_Y:g} years of age at their last birthday have a tenth of the limits"
    notes.append(f"{tenth}; in this study: {', '.join(sorted(young)) or 'none that is known'}.")
    if unknown:
        notes.append(f"Age is not stated (age_y in the table of patients) of: {', '.join(unknown)}.")
    if has_alphas(results):
        notes.append(f"Doses of alphas and recoil nuclei are multiplied by {W_ALPHA:g} (w_R of ICRP 103).")
    sets = weight_sets(results, options.effective_dose)
    if "ICRP 103" in sets:
        notes.append(
            "Effective doses of subjects by ICRP 103 are those of one body each; the mean coefficient is"
            " sex-averaged from the mean doses of men and of women, where both took part and none is a minor."
        )
    if lacking := [w for w in sets if w not in set(results.table("effective_dose")["weights"])]:
        notes.append(f"The study has no effective dose by {', '.join(lacking)}.")
    return (*notes, bodies(results), bladder(results), *gut(results), *not_counted(results))


def highest(subjects: Sequence[OfSubject], *, absolute: bool) -> tuple[Cell, str]:
    """The highest dose of those that are known, and whose it is."""
    cells = [(s.mSv if absolute else s.per_MBq, s.patient) for s in subjects]
    return max(((c, p) for c, p in cells if c is not None), key=lambda known: number(known[0]))


def number(cell: Cell) -> float:
    """A cell's number."""
    assert isinstance(cell.value, int | float)
    return float(cell.value)


def mean(cells: Sequence[Cell]) -> float:
    """The mean of cells' numbers."""
    return math.fsum(map(number, cells)) / len(cells)
