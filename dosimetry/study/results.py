"""What a study results in, in memory: tables as they are written, and the curves behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.patient import Patient
    from dosimetry.study.settings import Study
    from dosimetry.tiacs.tiacs import UsedCurve

#: Cohort statistics, in the order they are written.
STATISTICS = ("mean", "sd", "median", "minimum", "maximum")
COHORT = "cohort"
EACH = "value"


@dataclass(frozen=True)
class StudyResult:
    """Everything that ``milligray run`` writes.

    kinetics, tiac, organ_doses, effective_dose, comparison : the tables of the CSV files of these names;
        ``comparison`` is empty without published values.
    curves : curves with their fits and areas, by patient.
    provenance : flat facts by what they are about (a phantom, the decay data).
    warnings : what a reader should know, one line each.

    Examples
    --------
    >>> from dosimetry import run_study
    >>> result = run_study("examples/zr89-huj591/study.toml")
    >>> len(result.patients), result.simulated, "dose_mGy_per_MBq" in result.organ_doses
    (1, False, True)
    """

    settings: Study
    inputs: Mapping[str, Path]
    patients: list[Patient]
    half_life_h: float
    kinetics: pd.DataFrame
    tiac: pd.DataFrame
    organ_doses: pd.DataFrame
    effective_dose: pd.DataFrame
    comparison: pd.DataFrame
    curves: list[UsedCurve]
    provenance: Mapping[str, Mapping[str, str]]
    warnings: list[str] = field(default_factory=list)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are written, by name."""
        named = {
            "kinetics": self.kinetics,
            "tiac": self.tiac,
            "organ_doses": self.organ_doses,
            "effective_dose": self.effective_dose,
            "comparison": self.comparison,
        }
        return {name: frame for name, frame in named.items() if len(frame)}

    def of(self, region: str) -> list[UsedCurve]:
        """All patients' curves of one region."""
        return [c for c in self.curves if c.region == region]

    @property
    def simulated(self) -> bool:
        """Whether the data were simulated."""
        return self.settings.data == "simulated"
