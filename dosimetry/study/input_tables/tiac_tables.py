"""A table of TIACs, of one body or of several: for ``milligray dose``."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from dosimetry.doses.bodies.in_bodies import AGES
from dosimetry.errors import DosimetryError
from dosimetry.files.regions import all_rows, by_region
from dosimetry.files.tables import Row, Table, read_table
from dosimetry.study.input_tables.table_columns import TIAC, TIAC_OF_BODIES
from dosimetry.tiacs.plausible import Bound, check_tiac
from dosimetry.tiacs.regions import Regions
from milligray.errors import Complaints
from milligray.text_files import shown
from phantoms.library.locality import TOTAL_BODY
from phantoms.library.saf import SafLibrary
from phantoms.regions.names import normal_form

#: TIACs in h by source region, and their standard deviations where the table has them.
Read = tuple[dict[str, float], dict[str, float] | None]


@dataclass(frozen=True)
class RegionsOfAny:
    """The source regions of several bodies together."""

    phantom: str
    sources: tuple[str, ...]


def read_tiac(
    path: Path, library: SafLibrary, absent: Collection[str] = (), bound: Bound | None = None
) -> Read:
    """TIACs in h by source region of a phantom, and their standard deviations where the table has them.

    Left and right of one region ("left kidney", "right kidney") are added.

    Parameters
    ----------
    absent : sides that the patient lacks, e.g. "left kidney".
    bound : the longest TIAC that there can be.

    Raises
    ------
    DosimetryError : an unknown region, one that stands twice or with one side alone, a TIAC above the bound.
    """
    try:
        with Complaints(DosimetryError) as complaints:
            table = read_table(path, TIAC, complaints)
            return _tiacs(table, table.rows, library, absent, bound)
    except DosimetryError as error:
        hint = " (rows by body are for several: say --phantom again, or --ages)"
        lines = [line + hint * ("unknown column 'body'" in line) for line in error.complaints]
        raise DosimetryError(*lines) from None
    raise AssertionError  # Complaints raises what was told


def read_tiac_of_bodies(path: Path, bodies: Mapping[str, SafLibrary], bound: Bound) -> Read | dict[str, Read]:
    """TIACs in h for several bodies: the same for all, or by label where the table has a column ``body``.

    A region may be one of any of the bodies.

    Parameters
    ----------
    bodies : label -> body.
    bound : the longest TIAC that there can be.

    Raises
    ------
    DosimetryError : as :func:`read_tiac`; a body that is not asked for, one without rows.
    """
    sources = tuple(dict.fromkeys(s for library in bodies.values() for s in library.sources))
    regions = RegionsOfAny("' or '".join(library.phantom for library in bodies.values()), sources)
    with Complaints(DosimetryError) as complaints:
        table = read_table(path, TIAC_OF_BODIES, complaints)
        if "body" not in table.columns:
            return _tiacs(table, table.rows, regions, (), bound)
        words = {normal_form(label): label for label in bodies}
        for label, library in bodies.items():
            words.setdefault(normal_form(library.phantom), label)
        rows: dict[str, list[Row]] = {label: [] for label in bodies}
        for row in table.rows:
            key = normal_form(row["body"])
            if key in words:
                rows[words[key]].append(row)
            else:
                problem = f"'{shown(row['body'])}' is not asked for; asked for are: {', '.join(bodies)}"
                if age := next((a for a in AGES if normal_form(a) == key), None):
                    problem += f" ('{age}' is an age: its body is '{AGES[age]}')"
                table.complain(row, "body", problem)
        lacking = [label for label, mine in rows.items() if not mine]
        some = "; for some ages alone say --phantom with each body" if set(bodies) == set(AGES) else ""
        if lacking and not complaints:
            complaints.add(DosimetryError(f"{path}: column 'body': no row for {', '.join(lacking)}{some}"))
        return {
            label: _tiacs(table, mine, regions, (), bound, f"body '{label}'") for label, mine in rows.items()
        }
    raise AssertionError  # Complaints raises what was told


def _tiacs(
    table: Table,
    rows: Sequence[Row],
    regions: Regions,
    absent: Collection[str],
    bound: Bound | None,
    whose: str = "",
) -> Read:
    """TIACs of one body from its rows; left and right added."""
    values: dict[str, float] = {}
    sd: dict[str, float] = {}
    with_sd, complete = "sd_h" in table.columns, not table.unsound
    found = by_region(table, rows, "source", regions, absent=absent, whose=whose, complete=complete)
    for region, sides in found.items():
        mine = all_rows(sides)
        values[region] = math.fsum(row["tiac_h"] for row in mine)
        sd[region] = math.hypot(*(row["sd_h"] or 0.0 for row in mine))
        if bound is not None:
            se = sd[region] if with_sd else None
            check_row(table, mine[0], region, values[region], se, bound)
    if bound is not None and TOTAL_BODY not in values and not table.complaints:
        with table.complaints.catching():
            try:
                se = math.hypot(*sd.values()) if with_sd else None
                of = f" of {whose}" if whose else ""
                check_tiac(f"sum of the TIACs{of}", math.fsum(values.values()), se, bound)
            except DosimetryError as error:
                raise DosimetryError(f"{table.path}: {error}") from None
    return values, sd if with_sd else None


def check_row(table: Table, row: Row, what: str, value_h: float, se_h: float | None, bound: Bound) -> None:
    """Tell a TIAC that cannot be, with its row."""
    try:
        check_tiac(f"TIAC of '{what}'", value_h, se_h, bound)
    except DosimetryError as error:
        table.complain(row, "tiac_h", str(error))
