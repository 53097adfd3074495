"""Make the tables of this example: three patients of ``zr89-trastuzumab`` in a hospital's own form.

    python make_data.py [folder]

The numbers are those of the SIMULATED patients P01, P02 and P09 there. Here they come with clock times (the
clocks of P09 go forward between two scans), activities in mCi, serum in %IA/L with a last sample below the
limit of quantification, left and right kidney apart, and without the spleen of P02.
"""

from __future__ import annotations

import csv
import math
import sys
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

SOURCE = Path(__file__).parents[1] / "zr89-trastuzumab"
NOTICE = "# SIMULATED DATA: no patient was measured; made by make_data.py from examples/zr89-trastuzumab"
CLINIC = ZoneInfo("Europe/Amsterdam")
INJECTED_AT = {
    "P01": datetime(2026, 3, 2, 10, 15, tzinfo=CLINIC),
    "P02": datetime(2026, 3, 9, 9, 40, tzinfo=CLINIC),
    "P09": datetime(2026, 3, 27, 11, 5, tzinfo=CLINIC),  # summer time begins on 29 March
}
LEFT, RIGHT = 1.06, 0.94  # of the mean concentration in the kidneys
LIMIT = "<2"  # %IA/L, below which the counter sees nothing
DAYS_OF_THE_LAST_SAMPLE = 21


def rows(name: str) -> list[dict[str, str]]:
    """The three patients' rows of a table of the other example."""
    lines = (SOURCE / name).read_text(encoding="utf-8").splitlines()
    table = csv.DictReader(line for line in lines if not line.startswith("#"))
    return [row for row in table if row["patient"] in INJECTED_AT]


def clock(patient: str, time_h: float) -> str:
    """The clock at the clinic so many hours after the injection, to the second."""
    utc = INJECTED_AT[patient].astimezone(ZoneInfo("UTC")) + timedelta(seconds=round(3600 * time_h))
    return utc.astimezone(CLINIC).isoformat()


def net(row: dict[str, str], counts: str, live_time: str) -> tuple[float, float]:
    """Net counting rate and its variance, 1/s and 1/s2."""
    gross, seconds = float(row[counts]), float(row[live_time])
    background, blank_s = float(row["background_counts"]), float(row["background_live_time_s"])
    return gross / seconds - background / blank_s, gross / seconds**2 + background / blank_s**2


def serum_row(row: dict[str, str], administered_MBq: float) -> dict[str, str]:
    """A sample's concentration in %IA/L, decay-corrected, with its standard deviation."""
    sample, sample_variance = net(row, "sample_counts", "live_time_s")
    standard, _ = net(row, "standard_counts", "standard_live_time_s")
    factor = float(row["standard_activity_kBq"]) / standard / administered_MBq
    per_L = 100 * factor / float(row["sample_volume_mL"])
    return {
        "time": clock(row["patient"], float(row["time_h"])),
        "patient": row["patient"],
        "percent_ia_per_L": f"{per_L * sample:.6g}",
        "sd_percent_ia_per_L": f"{per_L * math.sqrt(sample_variance):.3g}",
    }


def organ_rows(row: dict[str, str]) -> list[dict[str, str]]:
    """A scan's row; two for the kidneys, none for the spleen of P02."""
    if (row["patient"], row["organ"]) == ("P02", "spleen"):
        return []
    made = {"time": clock(row["patient"], float(row["time_h"])), **row}
    del made["time_h"]
    if row["organ"] != "kidneys":
        return [made]
    value, sd = float(row["value"]), math.sqrt(2) * float(row["sd"])
    return [
        {**made, "organ": f"{side} kidney", "value": f"{f * value:.6g}", "sd": f"{sd:.4g}"}
        for side, f in (("left", LEFT), ("right", RIGHT))
    ]


def tables() -> dict[str, list[dict[str, str]]]:
    """The rows of each table, by file name."""
    patients = rows("patients.csv")
    administered = {row["patient"]: float(row["administered_MBq"]) for row in patients}
    serum = [serum_row(row, administered[row["patient"]]) for row in rows("serum.csv")]
    for patient in INJECTED_AT:
        at = clock(patient, 24 * DAYS_OF_THE_LAST_SAMPLE)
        serum.append({"time": at, "patient": patient, "percent_ia_per_L": LIMIT, "sd_percent_ia_per_L": ""})
    for row in patients:
        row["administered_mCi"] = f"{float(row.pop('administered_MBq')) / 37:.6g}"
        row["injected_at"] = clock(row["patient"], 0)
    probe = [
        {"time": clock(row["patient"], float(row.pop("time_h"))), **row} for row in rows("whole_body.csv")
    ]
    organs = [made for row in rows("organs.csv") for made in organ_rows(row)]
    return {"patients.csv": patients, "whole_body.csv": probe, "serum.csv": serum, "organs.csv": organs}


def main(folder: Path) -> None:
    """Write the tables."""
    for file, content in tables().items():
        with (folder / file).open("w", newline="", encoding="utf-8") as f:
            f.write(NOTICE + "\n")
            writer = csv.DictWriter(f, list(content[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(content)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
