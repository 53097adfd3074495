"""Sections of a study file that other packages read and compute, such as lesions: what each can do.

``dosimetry`` imports none of these packages: each names its part in the entry points ``milligray.study``,
by the section's name, and a study that has the section finds it there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from graphlib import TopologicalSorter
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pandas as pd
    from pydantic import BaseModel

    from dosimetry.files.terminal import Terminal
    from dosimetry.nuclides.nuclide import Nuclide
    from dosimetry.patients.patient import Patient
    from dosimetry.report.figures.options import FigureOptions
    from dosimetry.study.results import StudyResult
    from dosimetry.study.study_file import StudyFile
    from milligray.errors import Complaints

GROUP = "milligray.study"


@dataclass(frozen=True)
class PartResult:
    """What a part brings to a study's results.

    settings : the section's keys.
    tables : name of a CSV file, without its ending -> rows.
    contents : the same names -> what is in each, for README.txt.
    figures : path below ``figures/`` without ending -> what draws it there, in the formats asked for.
    warnings : what a reader should know, one line each.
    provenance : flat facts by what they are about.
    show : prints the summary in the terminal, before the warnings.
    result : the part's own typed results, for parts after it.

    >>> import pandas as pd
    >>> part = PartResult(settings=None, tables={"lesion_uptake": pd.DataFrame({"suv_max": [3.2]})})
    >>> list(part.tables)
    ['lesion_uptake']
    """

    settings: BaseModel | None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    contents: Mapping[str, str] = field(default_factory=dict)
    figures: Mapping[str, Callable[[Path, FigureOptions], None]] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    provenance: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    show: Callable[[Terminal], None] | None = None
    result: Any = None


class StudyPart(Protocol):
    """A section of a study file, and what becomes of it.

    name : the section's.
    after : parts whose results it takes, where the study has them.
    settings : the section's keys.
    """

    name: str
    after: tuple[str, ...]
    settings: type[BaseModel]

    def files(self, settings: Any) -> Mapping[str, str]:
        """Every file that the section names -> its path as the study file says it."""

    def read(
        self, settings: Any, study: StudyFile, patients: Sequence[Patient], n: Nuclide, found: Complaints
    ) -> Any:
        """The section's tables, read and checked; every mistake goes into ``found``."""

    def outputs(self, given: Any) -> Sequence[str]:
        """Names of the tables that :meth:`compute` makes of what was read."""

    def compute(self, given: Any, so_far: StudyResult) -> PartResult:
        """The part's results; ``so_far`` has the organs' and those of the parts before it."""


@lru_cache(maxsize=1)
def _installed() -> Mapping[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def part_names() -> list[str]:
    """Names of the sections that installed packages read."""
    return sorted(_installed())


def parts_of(names: Iterable[str]) -> dict[str, StudyPart]:
    """The parts of these names, each after those that it takes results of."""
    found: dict[str, StudyPart] = {name: _installed()[name].load() for name in names}
    order = TopologicalSorter({name: set(part.after) & set(found) for name, part in found.items()})
    return {name: found[name] for name in order.static_order()}
