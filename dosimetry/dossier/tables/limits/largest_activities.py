"""The largest activities that stay under limits: limit / dose coefficient, and which region binds."""

from __future__ import annotations

import math
from collections.abc import Sequence

from dosimetry.dossier.document.options import TableOptions
from dosimetry.dossier.document.table import Cell, Column, Row, Table
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.limits.dose_equivalents import Quantity
from dosimetry.dossier.tables.limits.groups import Gap, Group, highest, mean, number
from dosimetry.dossier.tables.limits.law import LAW, LENS, WHOLE_BODY
from dosimetry.dossier.tables.parts import COUNT, as_stated, capital

ONE_ADMINISTRATION = "the chosen limit is of one administration"
NO_DOSE = "no dose, so no largest activity"
SEVERAL = "the smallest activity of several regions has no coefficient or limit of its own"
#: What the four largest activities of a row are, in its order.
BY = ("single dose, by mean", "single dose, by highest", "annual, by mean", "annual, by highest")


def activities_table(
    results: Results, options: TableOptions, groups: Sequence[Group], notes: tuple[str, ...]
) -> Table:
    """Of each region the activities that bring its mean and its highest dose to the limits; the smallest."""
    digits = options.rule
    single, annual = "Largest activity, single dose", "Largest activity, annual and total"
    columns = (
        Column("target", "Target region"),
        Column("mean_mSv_per_MBq", "Mean", "mSv/MBq", "Dose coefficient", digits),
        Column("highest_mSv_per_MBq", "Highest", "mSv/MBq", "Dose coefficient", digits),
        Column("subject", "Subject", "", "Dose coefficient"),
        Column("single_limit_mSv", "Limit", "mSv", single, COUNT),
        Column("single_by_mean_MBq", "By mean", "MBq", single, digits),
        Column("single_by_highest_MBq", "By highest", "MBq", single, digits),
        Column("annual_limit_mSv", "Limit", "mSv", annual, COUNT),
        Column("annual_by_mean_MBq", "By mean", "MBq", annual, digits),
        Column("annual_by_highest_MBq", "By highest", "MBq", annual, digits),
    )
    rows: list[Row] = []
    said = []
    for group in groups:
        rows.append(Row((Cell(group.title),), "heading"))
        rows += [_gap(q, group) if isinstance(q, Gap) else _row(q, group) for q in group.rows()]
        smallest, binding = _smallest(group)
        rows += [smallest, *_chosen(options, group)]
        said.append(f"{group.title}: the region that binds: {binding}.")
    return Table(
        "exposure_limits_activities",
        f"Largest activities of {results.product} under the limits of {LAW}",
        columns,
        tuple(rows),
        footnotes=(
            "Largest activity: limit / dose coefficient, by the mean of the subjects and by the highest"
            " subject; at it that dose is the limit. Printed numbers are rounded to the nearest.",
            *said,
            *notes,
        ),
        simulated=results.simulated,
        sha256=results.sha256,
        landscape=True,
    )


def _coefficients(q: Quantity) -> tuple[Cell, Cell, str]:
    """Mean and highest dose coefficient, and whose the highest is."""
    most, whose = highest(q.subjects, absolute=False)
    return q.cohort or Cell(mean([s.per_MBq for s in q.subjects])), most, whose


def _activities(q: Quantity, minor: bool) -> list[float]:
    """Largest activities in the order of :data:`BY`, MBq; infinite where there is no dose."""
    average, most, _ = _coefficients(q)
    limit = q.limit.of(minor)
    both = (number(average), number(most))
    return [_largest(bound, c) for bound in (limit.single_mSv, limit.annual_mSv) for c in both]


def _row(q: Quantity, group: Group) -> Row:
    average, most, whose = _coefficients(q)
    limit, found = q.limit.of(group.minor), [_activity(a) for a in _activities(q, group.minor)]
    of_limits = (Cell(limit.single_mSv), *found[:2], Cell(limit.annual_mSv), *found[2:])
    return Row((Cell(capital(q.name)), average, most, Cell(whose), *of_limits))


def _gap(gap: Gap, group: Group) -> Row:
    limit = (LENS if gap.group == LENS.group else WHOLE_BODY).of(group.minor)
    empty = Cell(None, reason=gap.reason)
    of_limits = (Cell(limit.single_mSv), empty, empty, Cell(limit.annual_mSv), empty, empty)
    return Row((Cell(capital(gap.name)), empty, empty, empty, *of_limits))


def _smallest(group: Group) -> tuple[Row, str]:
    """The activities that stay under all limits, and the regions that bind."""
    found = [(q.name, _activities(q, group.minor)) for q in group.quantities]
    binding = [min(found, key=lambda one, i=i: one[1][i]) for i in range(len(BY))]  # type: ignore[misc]
    least = [_activity(one[1][i]) for i, one in enumerate(binding)]
    names = [name for name, _ in binding]
    nothing = Cell(None, reason=SEVERAL)
    cells = (nothing, nothing, nothing, nothing, *least[:2], nothing, *least[2:])
    said = "; ".join(f"{by}: {name}" for by, name in zip(BY, names, strict=True))
    return Row((Cell("Under all limits that have a number"), *cells), "total"), said


def _chosen(options: TableOptions, group: Group) -> list[Row]:
    """Rows of the limit that the user chose, of each effective dose."""
    bound = options.limit_mSv
    if bound is None:
        return []
    rows = [Row((Cell(f"Chosen limit of the effective dose: {bound:g} mSv"),), "heading")]
    none = Cell(None, reason=ONE_ADMINISTRATION)
    for q in group.quantities:
        if q.limit is WHOLE_BODY and q.name != "total body":
            average, most, whose = _coefficients(q)
            found = [_activity(_largest(bound, c)) for c in (number(average), number(most))]
            head = (Cell(capital(q.name)), average, most, Cell(whose))
            rows.append(Row((*head, Cell(bound, digits=as_stated(bound)), *found, none, none, none)))
    return rows


def _largest(limit_mSv: float, per_MBq: float) -> float:
    return limit_mSv / per_MBq if per_MBq > 0.0 else math.inf


def _activity(value: float) -> Cell:
    return Cell(None, reason=NO_DOSE) if math.isinf(value) else Cell(value)
