"""What a study would do, before it is run: patients, curves and how they become TIACs; no doses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.left_out import left_out_note
from dosimetry.nuclides.nuclide import nuclide
from dosimetry.patients.sources import tiacs_of_each
from dosimetry.study.pipeline import methods_with_populations, read_study_and_parts, warnings_of
from dosimetry.study.study_file import StudyFile, load_study
from dosimetry.study.uncertainty.study_budget import TABLES, stated_of

if TYPE_CHECKING:
    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.patients.patient import Patient
    from dosimetry.patients.populations.fitting import FittedPopulation
    from dosimetry.study.keys.settings import Study
    from dosimetry.study.uncertainty.method import StatedBudget
    from dosimetry.tiacs.tiacs import Tiacs, UsedCurve


@dataclass(frozen=True)
class StudyCheck:
    """A study whose tables were read and whose curves were fitted.

    settings, inputs : of the study file, and the files that it names.
    sources : TIACs of each of the patients.
    warnings : as the study's results will have them.
    stated : what [uncertainty] states; None without it.
    populations : region -> the population that patients' curves were fitted with, where there is one.
    of_parts : tables that sections of other packages will add (:mod:`dosimetry.study.parts`).
    """

    settings: Study
    inputs: Mapping[str, Path]
    nuclide: Nuclide
    patients: list[Patient]
    sources: list[Tiacs]
    warnings: list[str]
    stated: StatedBudget | None = None
    populations: Mapping[str, FittedPopulation] = field(default_factory=dict)
    of_parts: Sequence[str] = ()

    def curves(self) -> list[dict[str, Any]]:
        """A row a curve: whose, of what, points, first and last time in h, how it becomes an area, and the
        share of that which is extrapolated past the last point (None: not known)."""
        return [
            {
                "patient": used.patient,
                "curve": used.region,
                "points": len(used.curve),
                "first_h": float(used.curve.time_h[0]),
                "last_h": float(used.curve.time_h[-1]),
                "method": method_of(used),
                "extrapolated_fraction": used.extrapolated_fraction,
            }
            for sources in self.sources
            for used in sources.curves
        ]

    def outputs(self) -> list[str]:
        """The tables and files that a run writes."""
        tables = ["subjects"]
        tables += ["activities", "kinetics"] if any(s.curves for s in self.sources) else []
        tables += ["populations"] if self.populations else []
        tables += ["tiac", "organ_doses", "effective_dose"]
        tables += ["comparison"] if self.settings.comparison else []
        tables += TABLES if self.stated is not None else []
        tables += self.of_parts
        return [
            *(f"{name}.csv" for name in tables),
            "results.h5",
            "README.txt",
            "manifest.sha256",
            "figures/",
        ]


def method_of(used: UsedCurve) -> str:
    """How a curve becomes an area, in words."""
    if used.fit is not None and used.method is not None and used.method.population is not None:
        given = " given" if used.method.population.file else ""
        model = (
            used.fit.model if used.choice is None else f"average of {' and '.join(used.choice.averaged_over)}"
        )
        return f"{model}, with a population{given}, residual {used.fit.weights}"
    if used.fit is not None:
        chosen = ", chosen among the models" if used.choice is not None else ""
        return f"{used.fit.model}, weights {used.fit.weights}{chosen}"
    m = used.method
    if used.area is not None and m is not None and m.method is not None:
        return f"{m.method} trapezoids, first interval {m.first_interval}, tail {used.area.tail_rule}"
    if used.area is not None:
        return f"{used.area.method} trapezoids, first {used.area.first_interval}, tail {used.area.tail}"
    return "as given"


def check_study(study: StudyFile | str | Path) -> StudyCheck:
    """Read all of a study, fit its curves and make its TIACs, and compute no doses.

    Raises
    ------
    DosimetryError, KineticsError, PhantomError : all mistakes that a run would tell up to the doses.

    Examples
    --------
    >>> found = check_study("examples/zr89-huj591/study.toml")
    >>> len(found.patients), [round(h, 1) for h in found.sources[0].values()], found.outputs()[0]
    (1, [25.6, 53.1], 'subjects.csv')
    """
    if not isinstance(study, StudyFile):
        study = load_study(study)
    try:
        n = nuclide(study.settings.nuclide)
    except DosimetryError as error:
        raise DosimetryError(f"{study.path}: nuclide: {error}") from None
    patients, given = read_study_and_parts(study, n)
    stated = stated_of(study, patients)
    methods, populations = methods_with_populations(study, patients, n)
    sources = tiacs_of_each(patients, methods, n)
    each = ((p.name, s) for p, s in zip(patients, sources, strict=True))
    told = warnings_of(each, left_out_note(n, study.settings.daughters))
    if stated is not None:
        told += stated.notes
    of_parts = [table for part, _ in study.parts for table in part.outputs(given[part.name])]
    return StudyCheck(
        study.settings, study.input_files(), n, patients, sources, told, stated, populations, of_parts
    )
