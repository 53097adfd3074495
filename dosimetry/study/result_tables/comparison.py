"""Published doses beside the cohort's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dosimetry.errors import DosimetryError
from dosimetry.files.tables import Table, read_table
from dosimetry.study.input_tables.table_columns import COMPARISON
from dosimetry.study.results import COHORT
from milligray.errors import Complaints
from phantoms.errors import PhantomError
from phantoms.regions.names import resolve

if TYPE_CHECKING:
    import pandas as pd

#: What a unit is in mGy/MBq (or mSv/MBq): 1 mCi is 37 MBq, 1 cGy and 1 rad are 10 mGy.
UNIT_FACTOR = {
    "mgy/mbq": 1.0, "msv/mbq": 1.0,
    "cgy/mci": 10 / 37, "rad/mci": 10 / 37, "csv/mci": 10 / 37, "rem/mci": 10 / 37,
}  # fmt: skip

UNIT_NAME = {u.lower(): u for u in ("mGy/MBq", "mSv/MBq", "cGy/mCi", "rad/mCi", "cSv/mCi", "rem/mCi")}


def compare(path: Path, label: str, organ_doses: pd.DataFrame, effective: pd.DataFrame) -> pd.DataFrame:
    """A row a published value: theirs, ours (cohort mean and SD), and the ratio of the means.

    A target is a region, or a quantity and its weights as in "effective dose, ICRP 60". Doses of left and
    right do not add, so one side is not compared with a region that is both.

    Raises
    ------
    DosimetryError : the table is not as it should be, or names what the study does not have.
    """
    with Complaints(DosimetryError) as found:
        return _compared(read_table(path, COMPARISON, found), label, organ_doses, effective)


def _compared(table: Table, label: str, organ_doses: pd.DataFrame, effective: pd.DataFrame) -> pd.DataFrame:
    """As :func:`compare`, while the table's mistakes are gathered."""
    import pandas as pd

    ours = {"dose": _statistics(organ_doses, "target", "dose_mGy_per_MBq")}
    named = effective.assign(name=effective["quantity"] + ", " + effective["weights"])
    ours["effective"] = _statistics(named, "name", "effective_dose_mSv_per_MBq")
    rows = []
    seen: dict[str, int] = {}
    for row in table.rows:
        weighted = row["target"].lower().startswith("effective dose")
        kind, unit = ("effective", "mSv/MBq") if weighted else ("dose", "mGy/MBq")
        word = "quantity" if weighted else "target region"
        try:
            name = resolve(row["target"], ours[kind], kind=word, where="this study")
        except PhantomError as error:
            table.complain(row, "target", str(error))
            continue
        if name in seen:
            table.complain(
                row, "target", f"'{row['target']}' stands twice (first in row {seen[name]}); each target is"
                " compared once"
            )  # fmt: skip
            continue
        seen[name] = row.number
        if (unit[1:3] == "Sv") != (row["unit"] in ("msv/mbq", "csv/mci", "rem/mci")):
            table.complain(row, "unit", f"'{row['unit']}' is not a unit of '{row['target']}'")
        factor = UNIT_FACTOR[row["unit"]]
        mean, sd = ours[kind][name]
        published = row["mean"] * factor
        rows.append(
            {
                "target": name,
                "unit": unit,
                "published_mean": published,
                "published_sd": float("nan") if row["sd"] is None else row["sd"] * factor,
                "mean": mean,
                "sd": sd,
                "ratio_of_means": mean / published if published else float("nan"),
                "printed_mean": row["mean"],
                "printed_sd": float("nan") if row["sd"] is None else row["sd"],
                "printed_unit": UNIT_NAME[row["unit"]],
                "mean_in_printed_unit": mean / factor,
                "sd_in_printed_unit": sd / factor,
                "published_by": label,
                "reason": "" if mean == mean else "no patient of this study counts",
            }
        )
    return pd.DataFrame(rows)


def _statistics(frame: pd.DataFrame, key: str, value: str) -> dict[str, tuple[float, float]]:
    """Name -> mean and SD of the cohort; NaN for what the bodies have and no patient counts for."""
    nan = float("nan")
    found = dict.fromkeys(frame[key].astype(str), (nan, nan))
    cohort = frame[frame["patient"] == COHORT]
    mean = cohort[cohort["statistic"] == "mean"].set_index(key)[value]
    sd = cohort[cohort["statistic"] == "sd"].set_index(key)[value]
    return found | {str(name): (float(mean[name]), float(sd[name])) for name in mean.index}
