"""The curves of several patients: a long table with a column ``patient``, or a folder of curve files."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from kinetics.curves.curve import Curve
from kinetics.curves.decay import HasHalfLife
from kinetics.curves.files import MOST_POINTS, point_of, read_curve
from kinetics.errors import KineticsError
from milligray.errors import Complaints
from milligray.text_files import CsvText, number, read_text, shown, shown_path

#: Columns of a long table that are read; the last three are optional.
COLUMNS = ("patient", "time_h", "value", "sd", "unit", "body_mass_kg")
#: Patients of a cohort, at most; body masses that a patient can have, kg.
MOST_PATIENTS, MASSES_KG = 10_000, (0.2, 500.0)
NOT_MEASURABLE = "an activity that is not measurable is written as BLQ"


@dataclass(frozen=True)
class CohortFile:
    """The measured curves of a cohort, one a patient, in the order in which the patients first stand.

    curves : named by the patient; values below the limit of quantification are left out.
    blq_time_h : patient -> times of those, h.
    body_mass_kg : patient -> body mass, kg; empty where the table has no column of it.
    unread : columns that say nothing here.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "kidneys.csv"
    ...     _ = file.write_text("\\n".join(["patient,time_h,value", "P1,4,3.1", "P1,96,1.0", "P2,24,2.2"]))
    ...     found = read_cohort(file, unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> [(c.name, len(c)) for c in found.curves]
    [('P1', 2), ('P2', 1)]
    """

    curves: list[Curve]
    blq_time_h: dict[str, tuple[float, ...]] = field(default_factory=dict)
    body_mass_kg: dict[str, float] = field(default_factory=dict)
    unread: tuple[str, ...] = ()


def read_cohort(
    path: str | Path,
    *,
    unit: str = "",
    decay_corrected: bool,
    half_life_h: float | None = None,
    lambda_phys_per_h: float | None = None,
    nuclide: HasHalfLife | str | None = None,
) -> CohortFile:
    """Read the curves of several patients.

    Parameters
    ----------
    path : a CSV table with columns ``patient``, ``time_h``, ``value`` and optionally ``sd``, ``unit``
        (one for all) and ``body_mass_kg`` (one a patient); or a folder whose files ``NAME.csv``
        are patients' curves, as :func:`kinetics.read_curve` reads them.
    unit : of the values; "" takes that of the column ``unit``.
    decay_corrected, half_life_h, lambda_phys_per_h, nuclide : of all curves, see :class:`kinetics.Curve`.

    Raises
    ------
    KineticsError : all that is wrong, a line each, with file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for patient, value in (("P1", 3.1), ("P2", 2.2)):
    ...         _ = (Path(folder) / f"{patient}.csv").write_text(f"time_h,value\\n24,{value}\\n")
    ...     found = read_cohort(folder, unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> [c.name for c in found.curves]
    ['P1', 'P2']
    """
    label = {"half_life_h": half_life_h, "lambda_phys_per_h": lambda_phys_per_h, "nuclide": nuclide}
    decay = {k: v for k, v in label.items() if v is not None} | {"decay_corrected": decay_corrected}
    place = Path(path)
    with Complaints(KineticsError) as found:
        cohort = _folder(place, unit, decay, found) if place.is_dir() else _table(place, unit, decay, found)
    if len(cohort.curves) > MOST_PATIENTS:
        raise KineticsError(f"{shown_path(place)}: {len(cohort.curves)} patients; {MOST_PATIENTS} at most")
    return cohort


def _folder(place: Path, unit: str, decay: dict[str, Any], found: Complaints) -> CohortFile:
    """A curve a file; what is wrong with one stops no other."""
    files = sorted(f for f in place.iterdir() if f.suffix.lower() == ".csv" and not f.name.startswith("."))
    if not files:
        raise KineticsError(f"{shown_path(place)}: no file NAME.csv in this folder; one a patient is needed")
    curves: list[Curve] = []
    below: dict[str, tuple[float, ...]] = {}
    unread: dict[str, None] = {}
    for file in files:
        with found.catching():
            one = read_curve(file, unit=unit, name=file.stem, **decay)
            if (one.curve.value < 0).any():
                at = one.curve.time_h[one.curve.value < 0][0]
                raise KineticsError(
                    f"{shown_path(file)}: column 'value': below 0 at {at:g} h; {NOT_MEASURABLE}"
                )
            curves.append(one.curve)
            below |= {file.stem: one.blq_time_h} if one.blq_time_h else {}
            unread |= dict.fromkeys(one.unread)
    with_sd = [c.name for c in curves if c.sd is not None]
    if with_sd and len(with_sd) < len(curves):
        lacking = next(c.name for c in curves if c.sd is None)
        found.add(
            KineticsError(
                f"{shown_path(place / f'{lacking}.csv')}: no column 'sd', but {with_sd[0]}.csv has one; all"
                " of a cohort or none have it"
            )
        )
    return CohortFile(curves, below, {}, tuple(unread))


class _Rows:
    """The points of one patient while a table is read."""

    def __init__(self, row: int) -> None:
        self.row, self.sound = row, True
        self.points: list[tuple[float, float, float, bool]] = []
        self.at: dict[float, int] = {}


def _table(file: Path, unit: str, decay: dict[str, Any], all_found: Complaints) -> CohortFile:
    where = shown_path(file)
    found = all_found.section(where)
    text = CsvText(read_text(file, KineticsError), KineticsError, where)
    if not text.header_row:
        raise KineticsError(f"{where}: empty; a header with patient, time_h and value, and rows, are needed")
    rows_of = text.rows(max(",;\t", key=text.header.count))
    header = [c.strip().lower() for c in next(rows_of, (0, []))[1]]
    mistakes = [
        *(f"column '{due}' is missing; there are: {', '.join(map(shown, header))}"
          for due in COLUMNS[:3] if due not in header),
        *(f"column '{c}' stands twice" for c in COLUMNS if header.count(c) > 1),
    ]  # fmt: skip
    if mistakes:
        raise KineticsError(*(f"{where}: row {text.header_row}: {mistake}" for mistake in mistakes))
    at = {c: header.index(c) for c in COLUMNS if c in header}
    of_point: dict[str, int] = {c: at[c] for c in ("time_h", "value", "sd") if c in at}
    patients: dict[str, _Rows] = {}
    units: dict[str, int] = {}
    masses: dict[str, tuple[float, int]] = {}
    read = 0
    for row, cells in rows_of:
        read += 1
        if read > MOST_POINTS:
            raise KineticsError(f"{where}: more than {MOST_POINTS} rows; split the table, or average points")
        cells = [c.strip() for c in cells] + [""] * (len(header) - len(cells))
        name = cells[at["patient"]]
        if not name or not name.isprintable():
            what = "the value is missing" if not name else f"'{shown(name)}' holds what cannot be seen"
            found.add(KineticsError(f"{where}: row {row}, column 'patient': {what}; a name is needed"))
            continue
        mine = patients.setdefault(name, _Rows(row))
        try:
            point = point_of(row, cells, of_point, len(header))
            if point[0] in mine.at:
                raise KineticsError(
                    f"row {row}, column 'time_h': {point[0]:g} stands twice of {shown(name)} (first in row"
                    f" {mine.at[point[0]]}); average the values, or leave one out"
                )
            if point[1] < 0:
                raise KineticsError(
                    f"row {row}, column 'value': {point[1]:g} of {shown(name)} is below 0; {NOT_MEASURABLE}"
                )
            mine.at[point[0]] = row
            mine.points.append(point)
        except KineticsError as error:
            mine.sound = False
            found.add(KineticsError(*(f"{where}: {complaint}" for complaint in error.complaints)))
        if "unit" in at:
            units.setdefault(cells[at["unit"]], row)
        if "body_mass_kg" in at:
            with found.catching():
                _mass(masses, name, row, cells[at["body_mass_kg"]], where)
    if not patients and not found:
        raise KineticsError(f"{where}: no rows under the header")
    unit = _unit(units, unit, where, found)
    curves: list[Curve] = []
    below: dict[str, tuple[float, ...]] = {}
    for name, mine in patients.items():
        if not mine.sound:
            continue
        points = np.array(mine.points, dtype=float).reshape(-1, 4)
        under = points[:, 3].astype(bool)
        if under.all():
            found.add(
                KineticsError(
                    f"{where}: row {mine.row}: patient {shown(name)} has no point: every value is below the"
                    " limit of quantification; leave the patient out"
                )
            )
            continue
        kept = points[~under]
        with found.catching():
            try:
                curves.append(
                    Curve(time_h=kept[:, 0], value=kept[:, 1], sd=kept[:, 2] if "sd" in at else None,
                          unit=unit, name=name, **decay)
                )  # fmt: skip
            except KineticsError as error:
                raise KineticsError(
                    *(f"{where}: row {mine.row}: {line}" for line in error.complaints)
                ) from None
        below |= {name: tuple(points[under, 0].tolist())} if under.any() else {}
    if masses and len(masses) < len(patients):
        name = next(n for n in patients if n not in masses)
        found.add(
            KineticsError(
                f"{where}: row {patients[name].row}, column 'body_mass_kg': the value is missing for"
                f" {shown(name)}; it is needed for all patients, or take the column out"
            )
        )
    unread = tuple(shown(c) for c in header if c and c not in COLUMNS)
    return CohortFile(curves, below, {n: m for n, (m, _) in masses.items()}, unread)


def _unit(units: dict[str, int], given: str, where: str, found: Complaints) -> str:
    """The one unit of all values."""
    if len(units) > 1:
        said = ", ".join(f"'{shown(u)}' (row {row})" for u, row in list(units.items())[:4])
        found.add(KineticsError(f"{where}: column 'unit': {said}; one unit is needed for all"))
    stated = next(iter(units), "")
    if given and stated and given != stated:
        found.add(
            KineticsError(
                f"{where}: row {units[stated]}, column 'unit': '{shown(stated)}', but '{shown(given)}' was"
                " said of the values; give one of the two"
            )
        )
    return given or stated


def _mass(masses: dict[str, tuple[float, int]], name: str, row: int, cell: str, where: str) -> None:
    """Note a patient's body mass; it is the same in all rows that have it."""
    if not cell:
        return
    low, high = MASSES_KG
    try:
        mass = number(cell)
        if not low <= mass <= high:
            raise ValueError(f"{shown(cell)} is not allowed")
    except ValueError as error:
        raise KineticsError(
            f"{where}: row {row}, column 'body_mass_kg': {error}; a number from {low:g} to {high:g} is needed"
        ) from None
    before = masses.setdefault(name, (mass, row))
    if before[0] != mass:
        raise KineticsError(
            f"{where}: row {row}, column 'body_mass_kg': {mass:g} kg, but {before[0]:g} kg in row {before[1]}"
            f" for {shown(name)}; one body mass a patient is needed"
        )
