"""The budget of a study: what it states, the budgets of its patients, and the tables of both."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.study.keys.settings import methods_of
from dosimetry.study.result_tables import rows
from dosimetry.study.study_file import StudyFile
from dosimetry.study.uncertainty import tables
from dosimetry.study.uncertainty.facts import facts_of
from dosimetry.study.uncertainty.method import StatedBudget, stated_budget
from dosimetry.uncertainty.budgets import budgets
from dosimetry.uncertainty.cohort_budget import CohortBudget
from dosimetry.uncertainty.propagation.own_parts import COUNTS_AND_FIT
from dosimetry.uncertainty.trials.monte_carlo import TrialProgress
from milligray.errors import MilligrayError

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.methods import Methods
    from dosimetry.patients.patient import Patient
    from dosimetry.patients.results import PatientResult

#: Files of a budget, in the order they are written.
TABLES = ("uncertainty", "uncertainty_shares", "uncertainty_inputs")


@dataclass(frozen=True)
class StudyBudget:
    """The uncertainties of a study's results.

    stated : what the study states, with notes.
    cohort : the budgets of all patients, with every independent error.
    uncertainty, shares, inputs : the tables that are written.
    """

    stated: StatedBudget
    cohort: CohortBudget
    uncertainty: pd.DataFrame
    shares: pd.DataFrame
    inputs: pd.DataFrame

    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables by the names of their files."""
        return dict(zip(TABLES, (self.uncertainty, self.shares, self.inputs), strict=True))

    @property
    def unknown(self) -> dict[str, str]:
        """What is not known, of any patient -> why; "" where that is not said."""
        return {name: why for b in self.cohort.budgets for name, why in b.unknown.items()}

    def warnings(self) -> list[str]:
        """What a reader of the uncertainties must know, one line each."""
        lines = list(self.stated.notes)
        first, *rest = self.cohort.budgets
        idle = {name: why for name, why in first.idle.items() if all(name in b.idle for b in rest)}
        lines += [f"uncertainty: {name} changes nothing: {why}" for name, why in idle.items()]
        failed: dict[str, int] = {}
        for b in self.cohort.budgets:
            for why, n in (b.monte_carlo.failed if b.monte_carlo is not None else {}).items():
                failed[why] = failed.get(why, 0) + n
        lines += [f"uncertainty: {n} Monte Carlo trials had no result: {why}" for why, n in failed.items()]
        lines += _beside(self.uncertainty)
        if self.unknown:
            lines.append(f"uncertainty: not known, and in no number: {', '.join(self.unknown)}")
        return lines


def _beside(table: pd.DataFrame) -> list[str]:
    """A line on values that lie beside their own intervals, with the one that lies farthest; none of none."""
    value, low, high = (table[c].to_numpy(dtype=float) for c in ("value", "low", "high"))
    size = np.fmax(np.fmax(value, high), 1e-300)
    apart = np.nan_to_num(np.maximum(low - value, value - high) / size)
    n, known = int((apart > 0.0).sum()), int(np.isfinite(low).sum())
    if not n:
        return []
    i = int(apart.argmax())
    whose, quantity, of, unit = (str(table[c].iloc[i]) for c in ("patient", "quantity", "of", "unit"))
    return [
        f"uncertainty: {n} of {known} values lie beside their own intervals, which are moved by what rules of"
        f" trapezoids are known to be off; farthest {whose}, {quantity}, {of}: {value[i]:.4g}, interval"
        f" {low[i]:.4g} to {high[i]:.4g} {unit}"
    ]


def stated_of(study: StudyFile, patients: Sequence[Patient]) -> StatedBudget | None:
    """What a study states of its uncertainties; None without [uncertainty].

    Raises
    ------
    DosimetryError : as :func:`dosimetry.study.uncertainty.method.stated_budget`.
    """
    said = study.settings.uncertainty
    if said is None:
        return None
    return stated_budget(said, facts_of(patients, methods_of(study.settings)), str(study.path))


def _with_stated_noise(found: CohortBudget, stated: StatedBudget) -> CohortBudget:
    """The same where the noise of an organ's values is stated, which its table does not have."""
    known = {f"{COUNTS_AND_FIT}: {region}" for region in stated.noise_of}
    each = [replace(b, unknown={k: v for k, v in b.unknown.items() if k not in known}) for b in found.budgets]
    return replace(found, budgets=each) if known else found


def study_budget(
    study: StudyFile,
    stated: StatedBudget,
    results: Sequence[PatientResult],
    methods: Methods,
    n: Nuclide,
    *,
    executor: Executor | None = None,
    trials: TrialProgress | None = None,
) -> StudyBudget:
    """The budgets of all patients, from their results, and their tables.

    Parameters
    ----------
    methods : those that the results were made by, with the populations they were fitted with.
    executor : of the Monte Carlo; numbers are the same with any, or none.
    trials : called while the Monte Carlo runs, with trials done, of how many, and the seconds left.

    Raises
    ------
    DosimetryError : as :func:`dosimetry.budgets`, with the study file.
    """
    s, patients = study.settings, [r.patient for r in results]
    try:
        found = budgets(
            patients, methods, n, s.effective_dose, stated.method, results=results, executor=executor,
            progress=trials,
        )  # fmt: skip
    except MilligrayError as error:
        raise DosimetryError(*(f"{study.path}: uncertainty: {line}" for line in error.complaints)) from None
    found = _with_stated_noise(found, stated)
    each = found.budgets
    return StudyBudget(
        stated,
        found,
        rows.marked(tables.budget_rows(each, results, stated.assumed), s.data),
        rows.marked(tables.share_rows(each, results), s.data),
        rows.marked(tables.input_rows(stated.method, each, stated.notes), s.data),
    )
