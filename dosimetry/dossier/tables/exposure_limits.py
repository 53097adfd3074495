"""T9, doses beside the limits of 21 CFR 361.1(b)(3), and the largest activities that stay under them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.limits.dose_equivalents import Quantity
from dosimetry.dossier.tables.limits.groups import (
    Gap,
    Group,
    groups_of,
    highest,
    limit_notes,
    mean,
    number,
)
from dosimetry.dossier.tables.limits.largest_activities import activities_table
from dosimetry.dossier.tables.limits.law import LAW, LENS, WHOLE_BODY
from dosimetry.dossier.tables.parts import COUNT, capital
from dosimetry.errors import DosimetryError

NO_ACTIVITY = "no administered activity is known of any subject who counts"


def exposure_limits_table(results: Results, options: TableOptions) -> list[Table]:
    """The study's doses beside the limits of the law, and the largest activity under each.

    Parameters
    ----------
    results : of a study; ages are those of its table ``subjects``. Subjects under 18, and those of a child's
        body whose age is not stated, have a tenth of the limits and rows of their own.
    options : ``limit_mSv`` is a further limit, of the effective dose; ``effective_dose`` which sets count.

    Returns
    -------
    Doses: limits, mean and highest dose at the administered activities, shares of the highest. Activities:
    mean and highest coefficient with the activity that brings each just to the limit.

    Raises
    ------
    DosimetryError : ``limit_mSv`` that is not above 0.
    """
    limit = options.limit_mSv
    if limit is not None and not (math.isfinite(limit) and limit > 0.0):
        raise DosimetryError(f"limit_mSv is {limit:g}; a number above 0, in mSv, is needed")
    groups, notes = groups_of(results, options), limit_notes(results, options)
    return [_doses(results, options, groups, notes), activities_table(results, options, groups, notes)]


def _doses(results: Results, options: TableOptions, groups: Sequence[Group], notes: tuple[str, ...]) -> Table:
    digits = options.rule
    columns = (
        Column("target", "Target region"),
        Column("limit_of", "Limit of"),
        Column("single_limit_mSv", "Single dose", "mSv", "Limit", COUNT),
        Column("annual_limit_mSv", "Annual and total", "mSv", "Limit", COUNT),
        Column("n", "n", digits=COUNT),
        Column("mean_mSv", "Mean", "mSv", "Dose of this study", digits),
        Column("highest_mSv", "Highest", "mSv", "Dose of this study", digits),
        Column("subject", "Subject", "", "Dose of this study"),
        Column("percent_of_single_limit", "of the single", "%", "Highest dose", digits),
        Column("percent_of_annual_limit", "of the annual", "%", "Highest dose", digits),
    )
    rows: list[Row] = []
    for group in groups:
        rows.append(Row((Cell(group.title),), "heading"))
        rows += [_gap(q, group) if isinstance(q, Gap) else _row(q, group) for q in group.rows()]
    return Table(
        "exposure_limits_doses",
        f"Doses of {results.product} at the administered activities beside the limits of {LAW}",
        columns,
        tuple(rows),
        footnotes=(*_said(groups), *notes),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _row(q: Quantity, group: Group) -> Row:
    limit = q.limit.of(group.minor)
    known = [s for s in q.subjects if s.mSv is not None]
    limits = (Cell(limit.single_mSv), Cell(limit.annual_mSv))
    head = (Cell(capital(q.name)), Cell(capital(limit.group)), *limits, Cell(len(known)))
    if not known:
        return Row((*head, *(Cell(None, reason=NO_ACTIVITY) for _ in range(5))))
    most, whose = highest(known, absolute=True)
    shares = (100.0 * number(most) / bound for bound in (limit.single_mSv, limit.annual_mSv))
    average = mean([s.mSv for s in known if s.mSv is not None])
    return Row((*head, Cell(average), most, Cell(whose), *map(Cell, shares)))


def _gap(gap: Gap, group: Group) -> Row:
    limit = (LENS if gap.group == LENS.group else WHOLE_BODY).of(group.minor)
    head = (
        Cell(capital(gap.name)),
        Cell(capital(gap.group)),
        Cell(limit.single_mSv),
        Cell(limit.annual_mSv),
        Cell(0),
    )
    return Row((*head, *(Cell(None, reason=gap.reason) for _ in range(5))))


def _said(groups: Sequence[Group]) -> list[str]:
    """Which doses are above the limit of a single dose, and whose activity is not known."""
    above, without = [], set()
    for group in groups:
        for q in group.quantities:
            without |= {s.patient for s in q.subjects if s.mSv is None}
            doses = [number(s.mSv) for s in q.subjects if s.mSv is not None]
            over = [mSv for mSv in doses if mSv > q.limit.of(group.minor).single_mSv]
            if over:
                above.append(f"{q.name} ({len(over)} of {len(doses)})")
    said = []
    if above:
        said.append(f"ABOVE the limit of a single dose, in how many subjects: {', '.join(above)}.")
    if without:
        said.append(f"Administered activity not known, so not in these doses: {', '.join(sorted(without))}.")
    return said
