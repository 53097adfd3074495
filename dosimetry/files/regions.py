"""Rows of a table by the region that they name: names made canonical, left and right of a pair told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from dosimetry.tiacs.regions import one_sided, twice
from phantoms.errors import PhantomError
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import Named, region_or_side

if TYPE_CHECKING:
    from dosimetry.files.tables import Row, Table
    from dosimetry.tiacs.regions import Regions


def named_region(
    table: Table, row: Row, column: str, library: Regions, beside: Collection[str] = ()
) -> Named:
    """The source region that a cell names in a phantom, and which side of it.

    beside : names that are allowed besides the phantom's regions.

    Raises
    ------
    DosimetryError : there is no such region; with row, column and near names.
    """
    where = f"phantom '{library.phantom}'"
    try:
        allowed = (*library.sources, REMAINDER, *beside)
        return region_or_side(row[column], allowed, kind="source region", where=where)
    except PhantomError as error:
        raise table.fail(row, column, str(error)) from None


def by_region(
    table: Table,
    rows: Iterable[Row],
    column: str,
    library: Regions,
    *,
    absent: Collection[str] = (),
    whose: str = "",
    once: bool = True,
    complete: bool = True,
    beside: Collection[str] = (),
) -> dict[str, dict[str, list[Row]]]:
    """Region -> side ("left", "right", "" for the whole) -> rows, in the order of the table.

    Parameters
    ----------
    absent : sides that the patient lacks, e.g. "left kidney".
    whose : the patient's name, for messages.
    once : a region, or a side of it, stands in one row only.
    complete : no row was left out for a mistake, so that a side that is absent is really absent.
    beside : names that are allowed besides the phantom's regions.

    Raises
    ------
    DosimetryError : an unknown region; one that stands twice, or whole and in sides; one side without the
        other. The message has both rows where there are two. Where the table's mistakes are gathered, what
        has one is left out.
    """
    found: dict[str, dict[str, list[Row]]] = {}
    of = f" for {whose}" if whose else ""
    for row in rows:
        with table.complaints.catching():
            named = named_region(table, row, column, library, beside)
            before = found.setdefault(named.region, {})
            for side, given in before.items():
                first = given[0]
                if side != named.side and "" in (side, named.side):
                    raise table.fail(
                        row, column,
                        f"'{row[column]}'{of}, but row {first.number} has '{first[column]}'; give"
                        f" '{named.region}' as a whole or its two sides, not both"
                    )  # fmt: skip
            if once and named.side in before:
                first = before[named.side][0]
                raise table.fail(
                    row, column, f"'{row[column]}' stands twice{of} (first in row {first.number}, as"
                    f" '{first[column]}'); each region is needed once"
                )  # fmt: skip
            before.setdefault(named.side, []).append(row)
    while both := twice(found, library):
        row = next(iter(found.pop(both[0]).values()))[0]
        first = next(iter(found[both[1]].values()))[0]
        table.complain(
            row, column, f"'{row[column]}'{of}, beside '{first[column]}' in row {first.number}: {both[2]}"
        )
    for region, sides in list(found.items()):
        problem = one_sided(region, sides, library, absent) if complete else None
        if problem:
            row = next(iter(sides.values()))[0]
            table.complain(row, column, f"'{row[column]}'{of} {problem}")
            del found[region]
    return found


def all_rows(sides: dict[str, list[Row]]) -> Sequence[Row]:
    """The rows of all sides of one region."""
    return [row for rows in sides.values() for row in rows]
