"""What a study results in, in memory: tables as they are written, and the curves behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.patients.methods import Methods
    from dosimetry.patients.patient import Patient
    from dosimetry.patients.populations.fitting import FittedPopulation
    from dosimetry.patients.results import PatientResult
    from dosimetry.study.keys.settings import Study
    from dosimetry.study.parts import PartResult
    from dosimetry.study.uncertainty.study_budget import StudyBudget
    from dosimetry.tiacs.tiacs import UsedCurve

#: Cohort statistics, in the order they are written.
STATISTICS = ("mean", "sd", "median", "minimum", "maximum")
COHORT = "cohort"
EACH = "value"
#: Fact of a body in the provenance: where its file is from, and "; " whose own body it is.
ORIGIN = "origin of the file"
OWN_BODY_OF = "the own body of "


def _nothing() -> pd.DataFrame:
    """An empty table."""
    import pandas as pd

    return pd.DataFrame()


@dataclass(frozen=True)
class StudyResult:
    """Everything that ``milligray run`` writes.

    kinetics, tiac, organ_doses, effective_dose, comparison : the tables of the CSV files of these names;
        ``comparison`` is empty without published values.
    population, populations : the table of populations that curves were fitted with, and those themselves by
        region; empty where every patient's curve was fitted alone.
    subjects, activities : the tables of the patients, and of the points of all curves; the latter is empty
        where TIACs were given.
    curves : curves with their fits and areas, by patient.
    provenance : flat facts by what they are about (a phantom, the decay data).
    warnings : what a reader should know, one line each.
    budget : uncertainties of all of it, where the study states them ([uncertainty]).
    results, methods, nuclide : each patient's TIACs and doses as typed results, and what made them.
    parts : results of sections that other packages compute (:mod:`dosimetry.study.parts`), by section.

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
    budget: StudyBudget | None = None
    population: pd.DataFrame = field(default_factory=_nothing)
    populations: Mapping[str, FittedPopulation] = field(default_factory=dict)
    subjects: pd.DataFrame = field(default_factory=_nothing)
    activities: pd.DataFrame = field(default_factory=_nothing)
    results: Sequence[PatientResult] = ()
    methods: Methods | None = None
    nuclide: Nuclide | None = None
    parts: Mapping[str, PartResult] = field(default_factory=dict)

    def __repr__(self) -> str:
        s, n = self.settings, len(self.patients)
        return f"<StudyResult: {s.name} ({s.data}); {n} patient{'s' * (n != 1)}; {', '.join(self.tables())}>"

    def _repr_html_(self) -> str:
        import html

        parts = [f"<p>{html.escape(repr(self)[1:-1])}</p>"]
        for table, rows in ((self.organ_doses, ["target"]), (self.effective_dose, ["quantity", "weights"])):
            value = next(c for c in table.columns if c.startswith(("dose_", "effective_dose_")))
            cohort = table[(table["patient"] == COHORT) & table["statistic"].isin(STATISTICS)]
            wide = cohort.pivot_table(value, rows, "statistic", sort=False)
            parts.append(f"<p>{value}</p>" + wide.to_html(float_format="{:.4g}".format))
        return "".join(parts)

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are written, by name."""
        named = {
            "subjects": self.subjects,
            "activities": self.activities,
            "kinetics": self.kinetics,
            "populations": self.population,
            "tiac": self.tiac,
            "organ_doses": self.organ_doses,
            "effective_dose": self.effective_dose,
            "comparison": self.comparison,
            **(self.budget.tables() if self.budget is not None else {}),
        }
        for part in self.parts.values():
            named |= part.tables
        return {name: frame for name, frame in named.items() if len(frame)}

    def all_settings(self) -> dict[str, Any]:
        """The study's keys, those of its parts among them."""
        own = {name: p.settings.model_dump() for name, p in self.parts.items() if p.settings is not None}
        return self.settings.model_dump() | own

    def with_part(self, name: str, part: PartResult) -> StudyResult:
        """The result with another part's beside it: its tables, warnings and provenance among the others."""
        both = set(part.tables) & set(self.tables())
        if both:
            raise ValueError(f"[{name}] has tables that are there already: {', '.join(sorted(both))}")
        return replace(
            self,
            parts={**self.parts, name: part},
            warnings=[*self.warnings, *part.warnings],
            provenance={**self.provenance, **part.provenance},
        )

    def without_tables(self) -> StudyResult:
        """The same with empty tables and no patients and curves: what a figure of one patient needs else."""
        import pandas as pd

        empty = pd.DataFrame()
        return replace(
            self,
            patients=[],
            curves=[],
            kinetics=empty,
            tiac=empty,
            organ_doses=empty,
            effective_dose=empty,
            comparison=empty,
            warnings=[],
            budget=None,
            population=empty,
            populations={},
            subjects=empty,
            activities=empty,
            results=(),
            methods=None,
            parts={},
        )

    def of(self, region: str) -> list[UsedCurve]:
        """All patients' curves of one region."""
        return [c for c in self.curves if c.region == region]

    @property
    def simulated(self) -> bool:
        """Whether the data were simulated."""
        return self.settings.data == "simulated"
