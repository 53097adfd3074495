"""Rows of a table by the region that they name: names made canonical, left and right of a pair told apart."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from dosimetry.tiacs.regions import one_sided
from phantoms.errors import PhantomError
from phantoms.library.locality import TOTAL_BODY
from phantoms.regions.names import REMAINDER
from phantoms.regions.sides import Named, region_or_side

if TYPE_CHECKING:
    from dosimetry.files.tables import Row, Table
    from phantoms.library.saf import SafLibrary


def named_region(table: Table, row: Row, column: str, library: SafLibrary) -> Named:
    """The source region that a cell names in a phantom, and which side of it.

    Raises
    ------
    DosimetryError : there is no such region; with row, column and near names.
    """
    where = f"phantom '{library.phantom}'"
    try:
        return region_or_side(row[column], (*library.sources, REMAINDER), kind="source region", where=where)
    except PhantomError as error:
        raise table.fail(row, column, str(error)) from None


def refuse_rest(table: Table, row: Row, column: str, region: str, why: str) -> None:
    """Raise where a row names the whole body or the remainder in a table of organs."""
    if region in (REMAINDER, TOTAL_BODY):
        raise table.fail(row, column, f"'{row[column]}' is not an organ: {why}")


def by_region(
    table: Table,
    rows: Iterable[Row],
    column: str,
    library: SafLibrary,
    *,
    absent: Collection[str] = (),
    whose: str = "",
    once: bool = True,
) -> dict[str, dict[str, list[Row]]]:
    """Region -> side ("left", "right", "" for the whole) -> rows, in the order of the table.

    Parameters
    ----------
    absent : sides that the patient lacks, e.g. "left kidney".
    whose : the patient's name, for messages.
    once : a region, or a side of it, stands in one row only.

    Raises
    ------
    DosimetryError : an unknown region; one that stands twice, or whole and in sides; one side without the
        other. The message has both rows where there are two.
    """
    found: dict[str, dict[str, list[Row]]] = {}
    of = f" for {whose}" if whose else ""
    placed, given = 0, list(rows)
    for row in given:
        with table.complaints.catching():
            named = named_region(table, row, column, library)
            before = found.get(named.region, {})
            clash = next(
                (r[0] for side, r in before.items() if "" in (side, named.side) and side != named.side), None
            )
            if clash is not None:
                raise table.fail(
                    row, column, f"'{row[column]}'{of}, but row {clash.number} has '{clash[column]}': give"
                    f" '{named.region}' as a whole or its two sides, not both"
                )  # fmt: skip
            if once and named.side in before:
                first = before[named.side][0]
                raise table.fail(
                    row, column, f"'{row[column]}' stands twice{of} (first in row {first.number}, as"
                    f" '{first[column]}'); each region is needed once"
                )  # fmt: skip
            found.setdefault(named.region, {}).setdefault(named.side, []).append(row)
            placed += 1
    for region, sides in found.items():
        problem = one_sided(region, sides, library, absent)
        if problem and placed == len(given):  # else the other side may be the row with a mistake
            row = next(iter(sides.values()))[0]
            table.complain(row, column, f"'{row[column]}'{of} {problem}")
    return found


def all_rows(sides: dict[str, list[Row]]) -> Sequence[Row]:
    """The rows of all sides of one region."""
    return [row for rows in sides.values() for row in rows]
