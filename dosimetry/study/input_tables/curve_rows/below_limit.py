"""Values of a study's tables below the limit of quantification: what each becomes, by a named method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from dosimetry.errors import DosimetryError
from dosimetry.files.blq_cells import BelowLimit
from dosimetry.files.tables import Row, Table, in_time
from dosimetry.patients.curve_methods import CurveMethod
from kinetics.curves.blq import BLQ_METHODS, BlqPoint, blq_choices, blq_points
from kinetics.errors import KineticsError

#: Table -> its column of values, that of their standard deviations, the key of the study file.
COLUMNS = {
    "whole_body": ("percent_ia", "sd_percent_ia", "whole_body.blq"),
    "serum": ("percent_ia_per_L", "sd_percent_ia_per_L", "serum.blq"),
    "organs": ("value", "sd", "organs.blq"),
}
#: Methods that set no zeros, which no sum of exponentials can have.
OF_FITS = ("M1", "M5", "M6")
SOURCE = "numbers of Beal, J Pharmacokinet Pharmacodyn 2001;28:481"


def is_below(value: Any) -> bool:
    """Whether a cell held a value below the limit of quantification."""
    return isinstance(value, BelowLimit)


def treated(
    table: Table, rows: Sequence[Row], name: str, whose: str, blq: str | None, method: CurveMethod
) -> tuple[list[Row], tuple[BlqPoint, ...]]:
    """Rows of one curve as they are used, and what was made of those below the limit.

    Parameters
    ----------
    name : "whole_body", "serum" or "organs".
    blq : a key of :data:`kinetics.BLQ_METHODS`; None: not said.
    method : by which the curve becomes an area.

    Raises
    ------
    DosimetryError : no method is said, or one that does not suit the curve; with row and column.
    """
    value, sd, key = COLUMNS[name]
    if value not in table.columns:
        if blq is None:
            return list(rows), ()
        raise DosimetryError(
            f"{table.path}: {key} is of values in a column '{value}', and this table has counts: leave it out"
            " (a sample at its background is no measured activity; leave its row out)"
        )
    below = [row for row in rows if is_below(row[value])]
    if not below:
        return list(rows), ()
    allowed = OF_FITS if method.fitted else tuple(BLQ_METHODS)
    if blq not in allowed:
        fitted = f"'{blq}' sets 0, which no fitted model has; " if blq else ""
        raise table.fail(
            below[0], value, f"'{below[0][value].text}' is below the limit of quantification; {fitted}say by"
            f" {key} in the study file what becomes of such values: {blq_choices(allowed)} ({SOURCE})"
        )  # fmt: skip
    rows = in_time(table, rows, whose)
    below, measured = ([r for r in rows if is_below(r[value]) is kind] for kind in (True, False))
    if stated := next((row for row in below if row[sd] is not None), None):
        raise table.fail(stated, sd, "a value below the limit of quantification has none; leave it empty")
    try:
        times = ([r["time_h"] for r in some] for some in (below, measured))
        points = blq_points(next(times), [r[value].limit for r in below], next(times), blq)
    except KineticsError as error:
        raise table.fail(below[0], value, str(error)) from None
    highest = max(r[value] for r in measured)
    with_sd = any(r[sd] is not None for r in measured)
    kept = {r.number: r for r in measured}
    for row, point in zip(below, points, strict=True):
        if point.limit is not None and point.limit > highest:
            raise table.fail(
                row, value, f"'{row[value].text}': the limit is above every measured value of the curve, the"
                f" highest of which is {highest:g}"
            )  # fmt: skip
        if point.value is None:
            continue
        if with_sd and point.sd is None:
            raise table.fail(
                row, value, f"'{row[value].text}' set to {point.value:g} needs a standard deviation, and so"
                " the limit: write it, e.g. <0.1, or take M1"
            )  # fmt: skip
        made = {**row.values, value: point.value, **({sd: point.sd} if with_sd else {})}
        kept[row.number] = replace(row, values=made)
    return [kept[row.number] for row in rows if row.number in kept], tuple(points)


def note(points: Sequence[BlqPoint], blq: str) -> str:
    """What was done to the points below the limit of one curve, one line."""
    done = ", ".join(p.words() for p in points)
    return f"below the limit of quantification, by {blq} ({BLQ_METHODS[blq]}): {done}"
