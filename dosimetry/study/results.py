"""What a study results in, in memory: tables as they are written, and the curves behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.result import DoseResult
    from dosimetry.study.inputs import Patient
    from dosimetry.study.settings import Study
    from dosimetry.tiacs.tiac import Tiac
    from kinetics.areas.trapezoid import AreaResult
    from kinetics.curves.curve import Curve
    from kinetics.fitting.choose import Choice
    from kinetics.fitting.result import FitResult

#: Cohort statistics, in the order they are written.
STATISTICS = ("mean", "sd", "median", "minimum", "maximum")
COHORT = "cohort"
EACH = "value"


@dataclass(frozen=True)
class UsedCurve:
    """A curve of one patient and what became of it: a fit (whole body, serum) or an area (organs).

    region : "whole body", "serum" or a source region.
    choice : every candidate, where the study let the model be chosen.
    to_percent : factor from the curve's unit to %IA in the whole region; 1 where it is in %IA or %IA/L.
    """

    patient: str
    region: str
    curve: Curve
    fit: FitResult | None = None
    area: AreaResult | None = None
    choice: Choice | None = None
    to_percent: float = 1.0


@dataclass
class PatientTiacs:
    """TIACs of one patient with the curves behind them.

    tiacs : of every source region, the remainder last.
    whole_body : the whole body's, where it was measured or given.
    organ_mass_kg, body_mass_kg : measured masses, and the body's where masses are scaled to it, for the dose.
    extrapolated : share of a TIAC that lies after the last point, where it comes from a curve.
    missing : source region -> why it has no TIAC of its own.
    """

    tiacs: list[Tiac] = field(default_factory=list)
    whole_body: Tiac | None = None
    curves: list[UsedCurve] = field(default_factory=list)
    organ_mass_kg: dict[str, float] = field(default_factory=dict)
    body_mass_kg: float | None = None
    extrapolated: dict[str, float | None] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PatientResult:
    """One patient's TIACs, organ doses and effective doses (weights -> value, standard error)."""

    patient: Patient
    sources: PatientTiacs
    doses: DoseResult
    effective: dict[str, tuple[float, float | None]]


@dataclass(frozen=True)
class StudyResult:
    """Everything that ``milligray run`` writes.

    kinetics, tiac, organ_doses, effective_dose, comparison : the tables of the CSV files of these names;
        ``comparison`` is empty without published values.
    curves : curves with their fits and areas, by patient.
    provenance : flat facts by what they are about (a phantom, the decay data).
    warnings : what a reader should know, one line each.
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
