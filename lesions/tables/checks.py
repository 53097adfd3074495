"""What values of a row, of a lesion and of an outcome must be together, so that a person can have them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dosimetry.files.tables import Row, Table
from dosimetry.patients.patient import Patient
from lesions.tables.columns import AXES, DAY, EVENTS, TIME_H
from phantoms.errors import PhantomError
from phantoms.regions.names import SOURCES
from phantoms.regions.sides import region_or_side
from phantoms.spheres.ellipsoids import MOST_RATIO

#: mL: SUVpeak is the mean of so much about the hottest place; in a smaller lesion it holds what is around.
PEAK_mL = 1.0
#: A lesion's activity is beyond what was administered from this factor on; calibrations differ by less.
MORE_THAN_ALL = 1.05


def check_values(table: Table, row: Row) -> None:
    """The highest, peak and mean uptake of a row are in this order, and SUL below SUV."""
    for kind in ("suv", "sul"):
        highest, peak, mean = (row[f"{kind}_{of}"] for of in ("max", "peak", "mean"))
        for low, high, what, bound in (
            (peak, highest, "peak", "max"),
            (mean, highest, "mean", "max"),
        ):
            if low is not None and high is not None and low > high:
                table.complain(
                    row, f"{kind}_{what}", f"{low:g} is above {kind}_{bound}, {high:g}; no mean of voxels is"
                    " above the highest of them: are the columns exchanged?"
                )  # fmt: skip
        if mean is not None and peak is not None and mean > peak and not _small(row):
            table.complain(
                row, f"{kind}_mean", f"{mean:g} is above {kind}_peak, {peak:g}; the mean of the lesion can be"
                " above that of 1 mL about its hottest place only if it has less than 1 mL (give its"
                " volume_mL)"
            )  # fmt: skip
    for of in ("max", "peak", "mean"):
        suv, sul = row[f"suv_{of}"], row[f"sul_{of}"]
        if suv is not None and sul is not None and sul >= suv:
            table.complain(
                row, f"sul_{of}", f"{sul:g} is not below suv_{of}, {suv:g}; SUL is SUV times lean body"
                " mass over"
                " body mass: are the columns exchanged?"
            )  # fmt: skip
    for name in table.columns:
        value = row[name.removeprefix("sd_")]
        if name.startswith("sd_") and row[name] is not None and value is None:
            table.complain(
                row, name, f"{row[name]:g} is the SD of '{name[3:]}', which is missing in this row"
            )


def _small(row: Row) -> bool:
    return row["volume_mL"] is not None and row["volume_mL"] < PEAK_mL


def one_value(table: Table, rows: Sequence[Row], column: str, lesion: str) -> Any:
    """The value of a column that is the same in all of a lesion's rows that have it; None: none has."""
    given = [row for row in rows if row[column] is not None]
    for row in given[1:]:
        if row[column] != given[0][column]:
            table.complain(
                row, column, f"'{row[column]}' here and '{given[0][column]}' in row {given[0].number}"
                " are of one"
                f" lesion, '{lesion}'; one value is needed, in one row or in all"
            )  # fmt: skip
    return given[0][column] if given else None


def axes_of(table: Table, rows: Sequence[Row]) -> tuple[float, float, float] | None:
    """The lesion's axes in mm, all three or none."""
    found = [one_value(table, rows, name, str(rows[0]["lesion"])) for name in AXES]
    if any(found) and not all(found):
        lacking = AXES[found.index(None)]
        table.complain(
            rows[0], lacking, f"the value is missing; all three axes of '{rows[0]['lesion']}' or none"
        )
        return None
    if all(found) and max(found) > MOST_RATIO * min(found):
        table.complain(
            rows[0], AXES[0], f"the axes of '{rows[0]['lesion']}' are {min(found):g} to {max(found):g} mm:"
            f" the longest may be {MOST_RATIO:g} times the shortest"
        )  # fmt: skip
        return None
    return (found[0], found[1], found[2]) if all(found) else None


def organ_of(table: Table, rows: Sequence[Row], patient: Patient) -> str | None:
    """The source region that a lesion lies in, by its canonical name."""
    organ = one_value(table, rows, "organ", str(rows[0]["lesion"]))
    if organ is None:
        return None
    row = next(r for r in rows if r["organ"] is not None)
    try:
        return region_or_side(organ, SOURCES, kind="source region", where="a body").region
    except PhantomError as error:
        table.complain(row, "organ", str(error))
        return None


def check_activities(table: Table, rows: Sequence[Row], patient: Patient) -> None:
    """All lesions of a scan together have no more activity than was administered."""
    if patient.administered_MBq is None:
        return
    time = DAY if DAY in table.columns else TIME_H
    scans: dict[float, list[Row]] = {}
    for row in rows:
        if row["activity_MBq"] is not None:
            scans.setdefault(row[time], []).append(row)
    for at, scan in scans.items():
        together = sum(row["activity_MBq"] for row in scan)
        if together > MORE_THAN_ALL * patient.administered_MBq:
            table.complain(
                scan[0], "activity_MBq", f"the lesions of {patient.name} have {together:g} MBq at {time} ="
                f" {at:g}, and {patient.administered_MBq:g} MBq were administered; are these kBq?"
            )  # fmt: skip


def check_outcome(table: Table, row: Row) -> None:
    """Days and events of a patient are in an order that can be."""
    for day, event in EVENTS.items():
        if (row[day] is None) != (row[event] is None):
            lacking, there = (event, day) if row[event] is None else (day, event)
            table.complain(row, lacking, f"the value is missing, and '{there}' is there; give both or none")
    end, died = row["survival_day"], row["died"] == "yes"
    last = "the death" if died else "the last day on which the patient was known to live"
    for day in EVENTS:
        if day == "survival_day" or None in (row[day], end) or row[day] <= end:
            continue
        table.complain(row, day, f"{row[day]:g} is after {last}, day {end:g} (survival_day)")
    response, when = row["best_response"], row["response_day"]
    if when is None:
        return
    if response not in ("cr", "pr"):
        said = "none is said" if response is None else f"it is {response.upper()}"
        table.complain(row, "response_day", f"a response is CR or PR in best_response; {said}")
    if end is not None and when > end:
        table.complain(row, "response_day", f"{when:g} is after {last}, day {end:g} (survival_day)")
    if row["progressed"] == "yes" and row["progression_day"] is not None and when >= row["progression_day"]:
        table.complain(
            row, "response_day", f"{when:g} is not before the progression, day {row['progression_day']:g}"
        )
    if row["progressed"] == "no" and row["progression_day"] is not None and when > row["progression_day"]:
        table.complain(
            row, "response_day", f"{when:g} is after the last day without progression,"
            f" {row['progression_day']:g} (progression_day); a scan that shows a response shows none"
        )  # fmt: skip
