"""Serum samples that were counted in batches, each with a standard and a background of its own.

Rows with equal values of standard and background are one batch. One sample that differs from the others in a
single value is taken for a typing error, unless a column ``batch`` says that it is a batch.
"""

from __future__ import annotations

from collections.abc import Sequence

from dosimetry.files.tables import Column, Row, Table
from kinetics.curves.gamma_counter import Standard

BATCH = Column("batch", "name of the batch that a sample was counted in", text=True, required="never")
#: What the samples of a batch have in common.
COMMON = (
    "standard_counts",
    "standard_live_time_s",
    "standard_activity_kBq",
    "standard_counted_at_h",
    "background_counts",
    "background_live_time_s",
)


def standards(rows: Sequence[Row]) -> list[Standard]:
    """The standard that each sample was counted with; equal ones are one."""
    return [
        Standard(
            activity_MBq=row["standard_activity_kBq"] / 1000,
            counts=row["standard_counts"],
            live_time_s=row["standard_live_time_s"],
            counted_at_h=row["standard_counted_at_h"],
        )
        for row in rows
    ]


def _batches(rows: Sequence[Row]) -> dict[tuple[float, ...], list[Row]]:
    found: dict[tuple[float, ...], list[Row]] = {}
    for row in rows:
        found.setdefault(tuple(row[c] for c in COMMON), []).append(row)
    return found


def check_batches(table: Table, rows: Sequence[Row]) -> None:
    """One patient's batches are batches.

    Raises
    ------
    DosimetryError : rows of one named batch differ; one sample without a name differs in one value alone.
    """
    named: dict[str, Row] = {}
    for row in rows:
        first = named.setdefault(row["batch"], row) if row["batch"] is not None else row
        for column in COMMON:
            if row[column] != first[column]:
                raise table.fail(
                    row, column, f"{row[column]:g}, but row {first.number} of the same patient and batch"
                    f" '{row['batch']}' has {first[column]:g}; one value for all of a batch is needed"
                )  # fmt: skip
    batches = _batches(rows)
    for values, alone in batches.items():
        for others in batches:
            differ = [c for c, a, b in zip(COMMON, values, others, strict=True) if a != b]
            if len(differ) == 1 and len(alone) == 1 and alone[0]["batch"] is None:
                row, column, first = alone[0], differ[0], batches[others][0]
                raise table.fail(
                    row, column, f"{row[column]:g}, but row {first.number} of the same patient has"
                    f" {first[column]:g}, and nothing else of standard and background differs: one value for"
                    " all of a patient's samples is needed, or a name in a column 'batch' for one that was"
                    " counted in a batch of its own"
                )  # fmt: skip


def batches_note(rows: Sequence[Row]) -> str:
    """Which samples are a batch of their own; "" where all are one."""
    batches = _batches(rows)
    if len(batches) < 2:
        return ""
    each = []
    for mine in batches.values():
        row, times = mine[0], ", ".join(f"{r['time_h']:g}" for r in sorted(mine, key=lambda r: r["time_h"]))
        each.append(
            f"{times} h (standard {row['standard_counts']:g} in {row['standard_live_time_s']:g} s, background"
            f" {row['background_counts']:g} in {row['background_live_time_s']:g} s)"
        )
    return f"samples were counted in {len(batches)} batches: {'; '.join(each)}"
