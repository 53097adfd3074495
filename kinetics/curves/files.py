"""A curve in a CSV file: columns ``time_h``, ``value`` and optionally ``sd``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.decay import HasHalfLife
from kinetics.errors import KineticsError
from milligray.errors import Complaints
from milligray.text_files import NUMBER, CsvText, is_spreadsheet_error, number, read_text, shown, shown_path

#: What a value below the limit of quantification may be written as; "<0.05" is one too.
BLQ = ("blq", "bloq", "bql", "lloq", "<lloq", "nd")
#: Earliest time above 0 and latest in h; largest and smallest size of a value; points of a curve.
EARLIEST_H, LATEST_H, LARGEST, SMALLEST, MOST_POINTS = 1e-9, 1e6, 1e15, 1e-30, 100_000


@dataclass(frozen=True)
class CurveFile:
    """The measured points of a file, and all of them with 0 for values below the limit of quantification.

    ``blq_time_h`` are the times of those. ``curve`` leaves them out; ``with_blq`` is for non-compartmental
    rules. ``unread`` are the header's other columns, which say nothing here.

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
    unread: tuple[str, ...] = ()


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
    path : CSV with a header; comma, semicolon or tab; lines above it that begin with # are comments.
        Columns other than ``time_h``, ``value`` and ``sd`` aren't read.
    unit, decay_corrected, name, half_life_h, lambda_phys_per_h, nuclide : see :class:`kinetics.Curve`; the
        name defaults to the file's.

    Raises
    ------
    KineticsError : all that is wrong, with file, row (of the file) and column.

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
    with Complaints(KineticsError) as found:
        time, value, sd, below, unread = _columns(file, found.section(shown_path(file)))
    label = file.stem if name is None else name

    def curve(chosen: NDArray[np.bool_]) -> Curve:
        try:
            return Curve(
                time_h=time[chosen],
                value=value[chosen],
                sd=None if sd is None else sd[chosen],
                unit=unit,
                decay_corrected=decay_corrected,
                name=label,
                half_life_h=half_life_h,
                lambda_phys_per_h=lambda_phys_per_h,
                nuclide=nuclide,
            )
        except KineticsError as error:
            raise KineticsError(f"{shown_path(file)}: {str(error).removeprefix(f'{label}: ')}") from None

    everything = curve(np.full(time.shape, True))
    if below.all():
        raise KineticsError(f"{shown_path(file)}: every value is below the limit of quantification")
    return CurveFile(curve(~below), everything, tuple(sorted(time[below].tolist())), unread)


Columns = tuple[FloatArray, FloatArray, FloatArray | None, NDArray[np.bool_], tuple[str, ...]]


def _columns(file: Path, found: Complaints) -> Columns:
    """Times, values, SDs, which values are below the limit, and unread columns; mistakes go to ``found``."""
    where = shown_path(file)
    text = CsvText(read_text(file, KineticsError, needed="a CSV file is needed"), KineticsError, where)
    if not text.header_row:
        raise KineticsError(f"{where}: empty; a header with time_h and value, and rows, are needed")
    separator = max(",;\t", key=text.header.count)
    lines = text.rows(separator)
    header = [c.strip().lower() for c in next(lines, (0, []))[1]]
    if not {"time_h", "value"} & set(header):
        raise KineticsError(
            f"{where}: row {text.header_row}: this is no header: columns time_h and value are needed"
        )
    mistakes = [
        *(f"column '{due}' is missing; there are: {', '.join(map(shown, header))}"
          for due in ("time_h", "value") if due not in header),
        *(f"column '{c}' stands twice" for c in ("time_h", "value", "sd") if header.count(c) > 1),
    ]  # fmt: skip
    if mistakes:
        raise KineticsError(*(f"{where}: {mistake}" for mistake in mistakes))
    at: dict[str, int] = {c: header.index(c) for c in ("time_h", "value", "sd") if c in header}
    rows: list[tuple[float, float, float, bool]] = []
    first: dict[float, int] = {}
    sound = True
    for row, cells in lines:
        try:
            points = point_of(row, [c.strip() for c in cells], at, len(header))
            if points[0] in first:
                raise KineticsError(
                    f"row {row}, column 'time_h': {points[0]:g} stands twice (first in row"
                    f" {first[points[0]]}); average the values, or leave one out"
                )
            first[points[0]] = row
            rows.append(points)
        except KineticsError as error:
            sound = False
            found.add(KineticsError(*(f"{where}: {complaint}" for complaint in error.complaints)))
        if len(rows) > MOST_POINTS:
            raise KineticsError(
                f"{where}: more than {MOST_POINTS} rows; a curve has no more points: average neighbours"
            )
    if not rows and sound:
        raise KineticsError(f"{where}: no rows under the header")
    table = np.array(rows, dtype=float).reshape(-1, 4)
    sd, below = table[:, 2] if "sd" in at else None, table[:, 3].astype(bool)
    return table[:, 0], table[:, 1], sd, below, tuple(shown(c) for c in header if c and c not in at)


def point_of(
    row: int, cells: list[str], at: dict[str, int], columns: int
) -> tuple[float, float, float, bool]:
    """Time, value, SD (1 where it plays no part) of a row, and whether the value is below the limit."""
    if cells[0].startswith("#") and not is_spreadsheet_error(cells[0]):
        raise KineticsError(f"row {row} begins with '#', but only lines above the header are comments")
    if any(cells[columns:]):
        raise KineticsError(f"row {row} has {len(cells)} cells, the header {columns}")
    cells += [""] * (columns - len(cells))
    complaints: list[str] = []

    def read(column: str, low: float, high: float, smallest: float, what: str) -> float:
        cell = cells[at[column]]
        try:
            if not cell:
                raise ValueError("the value is missing")
            x = number(cell)
            if not low <= x <= high:
                raise ValueError(f"{shown(cell)} is not allowed")
            if 0 < abs(x) < smallest:
                raise ValueError(f"{shown(cell)} is too small to be meant")
        except ValueError as error:
            complaints.append(f"row {row}, column '{column}': {error}; {what} is needed")
            return math.nan
        return x

    time = read("time_h", 0.0, LATEST_H, EARLIEST_H, f"a number of hours from 0 to {LATEST_H:g}")
    below = is_below_limit(cells[at["value"]])
    value = 0.0 if below else read("value", -LARGEST, LARGEST, SMALLEST, "a number, or BLQ,")
    sd = 1.0
    if "sd" in at and not (below and not cells[at["sd"]]):
        sd = read("sd", SMALLEST, LARGEST, 0.0, "a number above 0")
    if complaints:
        raise KineticsError(*complaints)
    return time, value, sd, below


def is_below_limit(cell: str) -> bool:
    """Whether a cell says that the value is below the limit of quantification.

    >>> [is_below_limit(cell) for cell in ("BLQ", "< 0.05", "<LLOQ", "0.05", "<low")]
    [True, True, True, False, False]
    """
    return cell.lower() in BLQ or (cell[:1] == "<" and NUMBER.fullmatch(cell[1:].strip()) is not None)
