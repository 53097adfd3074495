"""Doses in several bodies as a table in the terminal: organs by body, as many beside each other as fit."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from dosimetry.doses.bodies.result import BodyDoses
    from dosimetry.doses.bodies.rows import DoseRow


def conditions_of(found: BodyDoses) -> str:
    """Nuclides, masses, convention and daughters, for one heading."""
    from dosimetry.commands.doses.report import conditions

    said = dict.fromkeys(conditions(doses.facts()) for doses in found.values())
    return f"{', '.join(found.nuclides)}; {'; '.join(said)}"


def notes_of(found: BodyDoses) -> list[str]:
    """What was missing, and the notes, one line each."""
    lacking: dict[str, list[str]] = {}
    for target, label in found.missing:
        lacking.setdefault(label, []).append(target)
    return [
        *(f"No dose (–) in '{label}', which has no such target region: {', '.join(targets)}."
          for label, targets in lacking.items()),
        *(f"Not given (–) for '{label}': {why}." for (_, label), why in found.lacking.items()),
        *found.notes,
    ]  # fmt: skip


def print_bodies(found: BodyDoses, activity_MBq: float | None) -> None:
    """One table of organs and effective doses by body; of an activity another, in Gy and mSv."""
    from dosimetry.doses.bodies.rows import dose_rows
    from dosimetry.files.body_doses import missing_errors
    from dosimetry.files.terminal import Terminal

    console = Terminal()
    sets: dict[str, list[str]] = {}
    for label, by_nuclide in found.tiac_h.items():
        sets.setdefault(_tiac_text(by_nuclide), []).append(label)
    for said, labels in sets.items():
        of = "" if len(sets) == 1 else f" ({', '.join(labels)})"
        console.print(f"TIAC{of}: {said}")
    rows = dose_rows(found, activity_MBq)
    for units, title in (
        (
            ("mGy/MBq", "mSv/MBq"),
            f"Absorbed dose in mGy/MBq, effective dose (E) in mSv/MBq\n{conditions_of(found)}",
        ),
        (
            ("Gy", "mSv"),
            f"Absorbed dose in Gy, effective dose (E) in mSv, of {activity_MBq or 0:g} MBq, taken as exact",
        ),
    ):
        chosen = [row for row in rows if row.unit in units]
        if chosen:
            _print_table(console, found, chosen, title)
    for line in (*notes_of(found), *(f"{k} not known: {v}." for k, v in missing_errors(found).items())):
        console.print(line, style="dim")


def _tiac_text(by_nuclide: Mapping[str, Mapping[str, float]]) -> str:
    """TIACs in one line; of a chain with the nuclide that they are of.

    >>> _tiac_text({"Pb-212": {"liver": 2.0}, "Bi-212": {"liver": 1.5, "remainder": 0.25}})
    'Pb-212: liver 2.00 h; sum 2.00 h. Bi-212: liver 1.50 h, remainder 0.250 h; sum 1.75 h'
    """
    from dosimetry.files.output import significant

    each = [
        (f"{nuclide}: " if len(by_nuclide) > 1 else "")
        + ", ".join(f"{s} {significant(v)} h" for s, v in tiac.items())
        + f"; sum {significant(sum(tiac.values()))} h"
        for nuclide, tiac in by_nuclide.items()
    ]
    return ". ".join(each)


#: Least width of a column of numbers, and between two, in characters.
CELL, GAP = 7, 2
#: Effective dose and effective dose equivalent in the first column.
SHORT = {"effective dose": "E", "effective dose equivalent": "EDE"}


def _print_table(console: Console, found: BodyDoses, rows: Sequence[DoseRow], title: str) -> None:
    """Pages of bodies, as many beside each other as the terminal is wide."""
    from dosimetry.doses.bodies.rows import ABSORBED
    from dosimetry.files.output import plain_table, significant

    labels, known = list(found), found.has_errors
    number = [[_number(row, i, label) for row in rows] for i, label in enumerate(labels)]
    error = [
        ["" if math.isnan(row.se[i]) else significant(row.se[i], 2) for row in rows]
        for i in range(len(labels))
    ]
    # as wide as what stands in it: a number that is cut looks like another
    width = [
        max(CELL, *map(len, cells), *map(len, label.split()))
        for cells, label in zip(number, labels, strict=True)
    ]
    width_se = [max(CELL, *map(len, cells)) for cells in error]
    room = console.width - max(len(_heading(row)) for row in rows) - 2
    console.print(title, style="bold")
    for page in _pages([w + GAP + (s + GAP) * known for w, s in zip(width, width_se, strict=True)], room):
        table = plain_table("", {"": "left"})
        table.padding = (0, 1, 0, 0)
        for i in page:
            table.add_column(labels[i], justify="right", width=width[i])
            if known:
                table.add_column("SE", justify="right", width=width_se[i])
        last = ""
        for at, row in enumerate(rows):
            if last == ABSORBED != row.quantity:
                table.add_section()
            last = row.quantity
            cells = []
            for i in page:
                cells += [number[i][at], error[i][at]] if known else [number[i][at]]
            table.add_row(_heading(row), *cells)
        console.print(table)
    for note in dict.fromkeys(row.note for row in rows if row.note):
        console.print(f"*: {note}.", style="dim")
    for row in rows:
        if row.pair:
            i = labels.index(row.pair[0])
            se = "" if math.isnan(row.se[i]) else f" ± {row.se[i]:.2g}"
            of = " and ".join(row.pair)
            console.print(f"{row.quantity} ({row.of}, {of}): {row.values[i]:.4g}{se} {row.unit}")


def _number(row: DoseRow, i: int, label: str) -> str:
    """The dose of one body as its cell has it; empty where an average is of other bodies."""
    from dosimetry.files.output import significant

    return "" if row.pair and label not in row.pair else significant(row.values[i])


def _pages(widths: Sequence[int], room: int) -> list[range]:
    """Columns of such widths on the fewest pages that they fit on, about as many on each.

    >>> _pages([10] * 6, 50)
    [range(0, 3), range(3, 6)]
    """
    for each in range(len(widths), 0, -1):
        count = math.ceil(len(widths) / each)
        even = math.ceil(len(widths) / count)
        pages = [range(at, min(at + even, len(widths))) for at in range(0, len(widths), even)]
        if each == 1 or all(sum(widths[i] for i in page) <= room for page in pages):
            return pages
    return []


def _heading(row: DoseRow) -> str:
    """The first cell of a row: the region, or what kind of effective dose."""
    if row.quantity not in SHORT and not row.pair:
        return row.of
    short = SHORT.get(row.quantity.partition(",")[0], row.quantity)
    return f"{short}, {row.of}{', sex-averaged' if row.pair else ' *' if row.note else ''}"
