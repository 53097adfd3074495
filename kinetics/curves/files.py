"""A curve in a CSV file: columns ``time_h``, ``value`` and optionally ``sd``."""

from __future__ import annotations

import csv
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.curves.decay import HasHalfLife
from kinetics.errors import KineticsError

#: What a value below the limit of quantification may be written as; "<0.05" is one too.
BLQ = ("blq", "bloq", "bql", "lloq", "<lloq", "nd")

#: Rows and bytes of a file over which it is refused: more than any patient's curve, less than would fill a
#: computer's memory in a fit.
MOST_POINTS = 100_000
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class CurveFile:
    """The measured points of a file, and all of them with 0 for values below the limit of quantification.

    ``blq_time_h`` are the times of those. ``curve`` leaves them out; ``with_blq`` is for non-compartmental
    rules.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "serum.csv"
    ...     _ = file.write_text("\\n".join(["time_h,value", "1,30", "24,20", "96,BLQ"]))
    ...     found = read_curve(file, unit="%IA/L", decay_corrected=True, half_life_h=78.41)
    >>> len(found.curve), len(found.with_blq), found.blq_time_h
    (2, 3, (96.0,))
    """

    curve: Curve
    with_blq: Curve
    blq_time_h: tuple[float, ...]


def read_curve(
    path: str | Path,
    *,
    unit: str,
    decay_corrected: bool,
    name: str | None = None,
    half_life_h: float | None = None,
    lambda_phys_per_h: float | None = None,
    nuclide: HasHalfLife | str | None = None,
) -> CurveFile:
    """Read a curve.

    Parameters
    ----------
    path : CSV with a header; comma, semicolon or tab; lines that begin with # are comments. Columns other
        than ``time_h``, ``value`` and ``sd`` aren't read.
    unit, decay_corrected, name, half_life_h, lambda_phys_per_h, nuclide : see :class:`kinetics.Curve`; the
        name defaults to the file's.

    Raises
    ------
    KineticsError : what is wrong, with file, row (of the file) and column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "serum.csv"
    ...     _ = file.write_text("\\n".join(["time_h,value", "1,30", "24,20", "96,BLQ"]))
    ...     found = read_curve(file, unit="%IA/L", decay_corrected=True, half_life_h=78.41)
    >>> found.curve
    Curve 'serum': 2 points from 1 to 24 h, %IA/L, decay-corrected to 0 h, half-life 78.41 h
    """
    file = Path(path)
    _refuse_huge(file)
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise KineticsError(f"{file}: can't be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise KineticsError(f"{file}: not a text file (UTF-8)") from None
    lines = [
        (i, line) for i, line in enumerate(text.splitlines(), 1) if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise KineticsError(f"{file}: empty; a header with time_h and value, and rows, are needed")
    if len(lines) - 1 > MOST_POINTS:
        raise KineticsError(
            f"{file}: {len(lines) - 1} rows; a curve has at most {MOST_POINTS}: average neighbouring points"
        )
    header = lines[0][1]
    separator = max(",;\t", key=header.count)
    columns = [c.strip().lower() for c in next(csv.reader([header], delimiter=separator))]
    for due in ("time_h", "value"):
        if due not in columns:
            raise KineticsError(f"{file}: column '{due}' is missing; there are: {', '.join(columns)}")
    rows: list[dict[str, float]] = []
    below: list[float] = []
    for number, line in lines[1:]:
        cells = [c.strip() for c in next(csv.reader([line], delimiter=separator))]
        if len(cells) > len(columns) and any(cells[len(columns) :]):
            raise KineticsError(f"{file}: row {number} has {len(cells)} cells, the header {len(columns)}")
        cell = dict(zip(columns, cells + [""] * len(columns), strict=False))
        row = {"time_h": _number(file, number, "time_h", cell["time_h"])}
        if row["time_h"] < 0:
            raise KineticsError(f"{file}: row {number}, column 'time_h': {cell['time_h']} is negative")
        if cell["value"].lower() in BLQ or cell["value"].startswith("<"):
            below.append(row["time_h"])
            row["value"] = 0.0
        else:
            row["value"] = _number(file, number, "value", cell["value"])
        if "sd" in columns:
            blank = cell["sd"] == "" and row["time_h"] in below
            row["sd"] = 1.0 if blank else _number(file, number, "sd", cell["sd"])
            if row["sd"] <= 0:
                raise KineticsError(
                    f"{file}: row {number}, column 'sd': {cell['sd']}; a number above 0 is needed"
                )
        rows.append(row)
    if not rows:
        raise KineticsError(f"{file}: no rows under the header")
    label = file.stem if name is None else name

    def curve(chosen: list[dict[str, float]]) -> Curve:
        try:
            return Curve(
                time_h=np.array([r["time_h"] for r in chosen]),
                value=np.array([r["value"] for r in chosen]),
                sd=np.array([r["sd"] for r in chosen]) if "sd" in columns else None,
                unit=unit,
                decay_corrected=decay_corrected,
                name=label,
                half_life_h=half_life_h,
                lambda_phys_per_h=lambda_phys_per_h,
                nuclide=nuclide,
            )
        except KineticsError as error:
            raise KineticsError(f"{file}: {str(error).removeprefix(f'{label}: ')}") from None

    everything = curve(rows)
    measured = [r for r in rows if r["time_h"] not in below]
    if not measured:
        raise KineticsError(f"{file}: every value is below the limit of quantification")
    return CurveFile(curve(measured), everything, tuple(sorted(below)))


def _refuse_huge(file: Path) -> None:
    """Raise where a file is larger than any curve's."""
    size = file.stat().st_size if file.is_file() else 0
    if size > MOST_BYTES:
        raise KineticsError(
            f"{file}: {size / 1e6:.0f} MB; a curve's file has at most {MOST_BYTES / 1e6:.0f} MB and"
            f" {MOST_POINTS} rows: average neighbouring points"
        )


def _number(file: Path, row: int, column: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        blq = " or BLQ" if column == "value" else ""
        raise KineticsError(f"{file}: row {row}, column '{column}': '{text}' is no number{blq}") from None
    if not math.isfinite(value):
        raise KineticsError(f"{file}: row {row}, column '{column}': {text}; leave the row out or write BLQ")
    return value
