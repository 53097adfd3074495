"""What ``milligray fit`` and ``nca`` share: options of a curve, its reading, and notes that are printed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from dosimetry.errors import DosimetryError
from kinetics.errors import KineticsError

if TYPE_CHECKING:
    from kinetics.curves.files import CurveFile

File = Annotated[
    Path,
    typer.Argument(
        metavar="CURVE.csv", help="Columns time_h, value and optionally sd; '<0.1' or BLQ allowed."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HalfLife = Annotated[
    float | None,
    typer.Option("--half-life-h", help="Physical half-life in h; without it the label is stable."),
]
OfNuclide = Annotated[
    str | None,
    typer.Option("--nuclide", metavar="NUCLIDE", help="e.g. Zr-89, in place of its half-life (ICRP 107)."),
]
Corrected = Annotated[
    bool | None,
    typer.Option(
        "--decay-corrected/--not-decay-corrected",
        help="Whether the values are corrected for physical decay to time 0. Not said: as measured.",
    ),
]
Unit = Annotated[str, typer.Option(help="Unit of the values, e.g. %IA, %IA/L, mg/L.")]
Weights = Annotated[
    str | None,
    typer.Option(
        help="auto, none, relative, sd or poisson; not said: auto (column sd, or else relative errors).",
        metavar="WEIGHTS",
    ),
]


def half_life(half_life_h: float | None, name: str | None) -> float | None:
    """The half-life in h that is given, or that of a nuclide; None where neither is said.

    Raises
    ------
    DosimetryError : an unknown nuclide; a half-life that is not the nuclide's.

    >>> half_life(None, "89Zr")
    78.41
    """
    if name is None:
        return half_life_h
    from dosimetry.nuclides.nuclide import nuclide
    from kinetics.curves.decay import SAME

    n = nuclide(name)
    if half_life_h is not None and not abs(half_life_h - n.half_life_h) <= SAME * n.half_life_h:
        raise DosimetryError(
            f"--half-life-h is {half_life_h:g}, but {n.name} has {n.half_life_h:.10g} h (ICRP 107): give one"
            " of the two"
        )
    return n.half_life_h


def stated_half_life(half_life_h: float | None, decay_corrected: bool | None) -> tuple[float, list[str]]:
    """The half-life in h as curves take it, and what was taken for granted of it and of the decay state.

    Raises
    ------
    DosimetryError : a half-life that no label has.
    """
    check_numbers(half_life_h=half_life_h)
    if half_life_h is None:
        return math.inf, ["no half-life given: no physical decay is held apart"]
    if decay_corrected is None:
        return half_life_h, [
            "taken as measured, not decay-corrected; if it is corrected, say --decay-corrected"
        ]
    return half_life_h, []


def read(
    file: Path, unit: str, half_life_h: float | None, decay_corrected: bool | None
) -> tuple[CurveFile, list[str]]:
    """The file's curve, and what was taken for granted."""
    from kinetics.curves.files import read_curve

    stated, notes = stated_half_life(half_life_h, decay_corrected)
    found = read_curve(file, unit=unit, decay_corrected=bool(decay_corrected), half_life_h=stated)
    if found.unread:
        notes.append(f"not read: {', '.join(found.unread)} (columns are time_h, value and sd)")
    return found, notes


#: Sizes of a number at the prompt.
SMALLEST, LARGEST = 1e-15, 1e15


def check_numbers(**options: float | None) -> None:
    """Refuse numbers that no quantity has; by the options' names, with ``_`` for ``-``."""
    from dosimetry.errors import DosimetryError

    wrong = [
        f"--{name.replace('_', '-')} is {value:g}; a number from {SMALLEST:g} to {LARGEST:g} is needed"
        for name, value in options.items()
        if value is not None and value != 0 and not SMALLEST <= abs(value) <= LARGEST
    ]
    if wrong:
        raise DosimetryError(*wrong)


@contextmanager
def of_file(file: Path) -> Iterator[None]:
    """An error of what is computed from a file's curve names the file."""
    try:
        yield
    except KineticsError as error:
        lines = (line if str(file) in line else f"{file}: {line}" for line in error.complaints)
        raise KineticsError(*lines) from None


def print_notes(console: Any, notes: list[str], reason: str | None = None) -> None:
    """Print why there are no standard errors, and notes, one a line."""
    if reason:
        console.print(f"Standard errors: {reason}.", highlight=False)
    for note in notes:
        console.print(f"Note: {note}.", highlight=False)
