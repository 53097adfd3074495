"""Rows of the tables on lesions as what they say: scans of lesions, FDG, tissue, normal tissues, outcomes."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence

from dosimetry.files.tables import Row, Table, in_time
from dosimetry.patients.patient import Patient
from lesions.lesion import QUANTITIES, FdgScan, Outcome, ReferenceScan, Tissue, Uptake
from lesions.tables import columns as c
from lesions.tables.checks import check_outcome, check_values
from lesions.uptake.ratios import BACKGROUND
from milligray.text_files import shown_path

#: 24 times a decimal number of days is one of hours but for rounding.
DIGITS_H = 9
MEASURED = (*QUANTITIES, "activity_MBq", "concentration_kBq_per_mL", "visual_class")


def by_lesion(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """One patient's rows by the lesion's name."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["lesion"], []).append(row)
    return found


def time_column(table: Table) -> str:
    """The column that a table of scans has its times in."""
    return c.DAY if c.DAY in table.columns else c.TIME_H


def time_h(row: Row) -> float:
    """The time of a scan after the administration in h; that of 4.1 days is that of 98.4 h."""
    day = row[c.DAY]
    return float(row[c.TIME_H]) if day is None else round(24.0 * float(day), DIGITS_H)


def _given(row: Row, prefix: str = "") -> dict[str, float]:
    return {q: float(row[prefix + q]) for q in QUANTITIES if row[prefix + q] is not None}


def site(tables: Mapping[str, Table], mine: Sequence[Row], fdg: Sequence[Row]) -> str:
    """The lesion's site, the same in each of its rows; in small letters, so that sites come together."""
    first = mine[0]
    for name, rows in (("lesions", mine[1:]), ("lesions fdg", fdg)):
        for row in rows:
            if row["site"] is not None and _plain(row["site"]) != _plain(first["site"]):
                tables[name].complain(
                    row, "site", f"lesion '{first['lesion']}' of {first['patient']} is in"
                    f" '{row['site']}' here,"
                    f" and in '{first['site']}' in row {first.number} of"
                    f" {shown_path(tables['lesions'].path)};"
                    " one lesion has one site"
                )  # fmt: skip
    return _plain(first["site"])


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFC", name).lower().split())


def uptakes(table: Table, rows: Sequence[Row], patient: Patient) -> tuple[Uptake, ...]:
    """One lesion's scans of the tracer, by time."""
    whose = f"{patient.name}, lesion '{rows[0]['lesion']}'"
    made = []
    for row in in_time(table, rows, whose, time_column(table)):
        check_values(table, row)
        if all(row[q] is None for q in MEASURED):
            table.complain(
                row, time_column(table), f"nothing was measured of {whose} in this scan; give one of"
                f" {', '.join(q for q in MEASURED if q in table.columns)}, or leave the row out"
            )  # fmt: skip
        made.append(
            Uptake(
                time_h=time_h(row),
                value=_given(row),
                sd=_given(row, "sd_"),
                background=_given(row, "background_"),
                sd_background=_given(row, "sd_background_"),
                activity_MBq=row["activity_MBq"],
                sd_activity_MBq=row["sd_activity_MBq"],
                concentration_kBq_per_mL=row["concentration_kBq_per_mL"],
                sd_concentration_kBq_per_mL=row["sd_concentration_kBq_per_mL"],
                volume_mL=row["volume_mL"],
                sd_volume_mL=row["sd_volume_mL"],
                visual_class=row["visual_class"],
                row=row.number,
            )
        )
    return tuple(made)


def fdg(table: Table | None, rows: Sequence[Row], whose: str) -> tuple[FdgScan, ...]:
    """The scans with FDG, baseline first."""
    made: dict[str, Row] = {}
    for row in rows:
        assert table is not None
        check_values(table, row)
        if not _given(row):
            table.complain(row, "scan", f"no uptake is given for {whose}; leave the row out if it has none")
        first = made.setdefault(row["scan"], row)
        if first is not row:
            table.complain(
                row, "scan", f"'{row['scan']}' stands twice for {whose} (first in row {first.number}); each"
                " lesion has one scan before the treatment and one early in it"
            )  # fmt: skip
    baseline, early = made.get("baseline"), made.get("early")
    for row in made.values():
        day = row[c.DAY]
        if table is None or day is None or (day <= 0) == (row is baseline):
            continue
        what = (
            "a baseline is before the treatment, on day 0 at the latest"
            if row is baseline
            else "an early scan is after the start of the treatment, which is day 0"
        )
        table.complain(row, c.DAY, f"{day:g} is not allowed for '{row['scan']}'; {what}")
    return tuple(
        FdgScan(
            when=row["scan"], day=row[c.DAY], value=_given(row), volume_mL=row["volume_mL"], row=row.number
        )
        for row in (baseline, early)
        if row is not None
    )


def tissue(table: Table | None, rows: Sequence[Row], lesion: str, warnings: list[str]) -> Tissue | None:
    """What the biopsy of one lesion says."""
    if table is None or not rows:
        return None
    first, *others = rows
    for row in others:
        table.complain(
            row, "lesion", f"'{lesion}' of {row['patient']} stands twice (first in row {first.number}); one"
            " tissue for each lesion is needed: give the one that the comparison is to be with"
        )  # fmt: skip
    ihc, status = first["ihc"], first["status"]
    if ihc is None and status is None and first["fish_ratio"] is None:
        table.complain(first, "lesion", f"nothing is said of '{lesion}'; give ihc, fish_ratio or status")
    if (ihc == 3 and status in ("negative", "low")) or (ihc == 0 and status in ("positive", "low")):
        warnings.append(
            f"{shown_path(table.path)}: row {first.number}: immunohistochemistry {ihc} with status"
            f" '{status}';"
            " both are kept as reported"
        )
    return Tissue(ihc=ihc, fish_ratio=first["fish_ratio"], status=status, row=first.number)


def references(table: Table | None, rows: Sequence[Row], patient: Patient) -> tuple[ReferenceScan, ...]:
    """A patient's normal tissues in each scan."""
    made: list[ReferenceScan] = []
    if table is None:
        return ()
    regions: dict[str, list[Row]] = {}
    for row in rows:
        regions.setdefault(_plain(row["region"]), []).append(row)
    for region, mine in regions.items():
        if region == BACKGROUND:
            table.complain(
                mine[0], "region", "'background' is the tissue around one lesion: it stands beside the"
                " lesion, in"
                " the columns background_...; this table has normal tissues"
            )  # fmt: skip
        for row in in_time(table, mine, f"{patient.name}, {region}", time_column(table)):
            check_values(table, row)
            if not _given(row):
                table.complain(row, "region", f"no uptake of '{region}' is given; leave the row out")
            made.append(
                ReferenceScan(
                    time_h=time_h(row),
                    region=region,
                    value=_given(row),
                    sd=_given(row, "sd_"),
                    row=row.number,
                )
            )
    return tuple(sorted(made, key=lambda r: (r.region, r.time_h)))


def outcome(table: Table | None, rows: Sequence[Row], patient: str) -> Outcome | None:
    """What became of a patient."""
    if table is None or not rows:
        return None
    first, *others = rows
    for row in others:
        table.complain(
            row, "patient", f"'{patient}' stands twice (first in row {first.number}); once is allowed"
        )
    check_outcome(table, first)
    events = {event: None if first[event] is None else first[event] == "yes" for event in c.EVENTS.values()}
    response = first["best_response"]
    return Outcome(
        **{day: first[day] for day in c.EVENTS},
        **events,
        best_response=None if response is None else response.upper(),
        response_day=first["response_day"],
        blood_status=first["blood_status"],
        row=first.number,
    )
