"""Mean dose coefficients of a cohort, as the result tables have them, with where each stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dosimetry.dossier.document.table import Cell, Origin
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.parts import of_subjects, organ_order

if TYPE_CHECKING:
    import pandas as pd

ORGANS, EFFECTIVE = "organ_doses", "effective_dose"
DOSE, EFFECTIVE_DOSE = "dose_mGy_per_MBq", "effective_dose_mSv_per_MBq"
AVERAGED = "sex-averaged"
NO_SD_OF_AVERAGED = (
    "averaged over the sexes from the mean doses of men and of women, as ICRP 103 defines it: no subject has"
    " such a value, so there is no spread over subjects"
)


@dataclass(frozen=True)
class MeanDose:
    """Mean and SD of one target region or effective dose.

    name : of the region; of an effective dose its quantity and weights.
    n : subjects who count.
    mean, sd : row of the result table, NaN possible; None where there is no such row.
    averaged : over the sexes from population means (ICRP 103), not a mean of subjects' values.
    """

    table: str
    column: str
    name: str
    n: int
    mean_row: int
    mean_value: float
    sd_row: int | None
    sd_value: float
    sd_reason: str
    averaged: bool = False

    def mean(self, factor: float = 1.0) -> Cell:
        """The mean, times a factor of units or activity."""
        return self._cell(self.mean_row, self.mean_value, factor, "no mean in the results")

    def sd(self, factor: float = 1.0) -> Cell:
        """The SD over subjects, likewise."""
        if self.sd_row is None:
            return Cell(None, reason=self.sd_reason)
        return self._cell(self.sd_row, self.sd_value, factor, self.sd_reason or "no SD in the results")

    def _cell(self, row: int, value: float, factor: float, reason: str) -> Cell:
        if value != value:
            return Cell(None, reason=reason)
        return Cell(value * factor, origin=Origin(self.table, row, self.column, factor))


def organ_means(results: Results) -> list[MeanDose]:
    """Of each target region over all subjects who count, in the order of published tables."""
    frame = results.table(ORGANS)
    found = {
        str(target): _mean(ORGANS, DOSE, frame, str(target), rows)
        for target, rows in _cohort(frame).groupby("target", sort=False)
        if (rows["statistic"] == "mean").any()
    }
    return [found[target] for target in organ_order(found)]


def has_alphas(results: Results) -> bool:
    """Whether a part of any subject's dose is by alphas or recoil nuclei."""
    return bool((results.table(ORGANS)["alpha_part_mGy_per_MBq"] > 0).any())


def weight_sets(results: Results, asked: Sequence[str]) -> list[str]:
    """The sets of tissue weights that are asked for; without such those that the study has."""
    return list(asked) or list(dict.fromkeys(results.table(EFFECTIVE)["weights"]))


def effective_means(results: Results, asked: Sequence[str] = ()) -> Iterator[MeanDose | str]:
    """Of each set of tissue weights; in place of one that the study did not compute its name."""
    frame = results.table(EFFECTIVE)
    for weights in weight_sets(results, asked):
        rows = _cohort(frame)
        rows = rows[rows["weights"] == weights]
        if rows.empty:
            yield weights
            continue
        name = f"{rows['quantity'].iloc[0]}, {weights}"
        averaged = rows[(rows["statistic"] == AVERAGED) & rows[EFFECTIVE_DOSE].notna()]
        if len(averaged):
            i = int(averaged.index[0])
            yield MeanDose(
                EFFECTIVE,
                EFFECTIVE_DOSE,
                f"{name}, sex-averaged",
                int(averaged["n"].iloc[0]),
                i,
                float(averaged[EFFECTIVE_DOSE].iloc[0]),
                None,
                float("nan"),
                NO_SD_OF_AVERAGED,
                averaged=True,
            )
            continue
        note = str(rows.loc[rows["statistic"] == "mean", "note"].iloc[0])
        yield _mean(EFFECTIVE, EFFECTIVE_DOSE, frame, f"{name} ({note})" if note else name, rows)


def counted(results: Results) -> pd.DataFrame:
    """Rows of single subjects of the organ doses that count in the cohort's statistics."""
    frame = results.table(ORGANS)
    return frame[(frame["statistic"] == "value") & (frame["n"] > 0) & frame[DOSE].notna()]


def _cohort(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["patient"] == "cohort"]


def _mean(table: str, column: str, frame: pd.DataFrame, name: str, rows: pd.DataFrame) -> MeanDose:
    def at(statistic: str) -> int:
        return int(rows.index[rows["statistic"] == statistic][0])

    mean, sd = at("mean"), at("sd")
    return MeanDose(
        table,
        column,
        name,
        int(frame["n"][mean]),
        mean,
        float(frame[column][mean]),
        sd,
        float(frame[column][sd]),
        of_subjects(str(frame["reason"][sd])),
    )
