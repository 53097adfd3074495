"""All statistics of a study's lesions, as types and as tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lesions.positive.concordance import Concordance
from lesions.positive.fdg_response import FdgChange
from lesions.positive.patterns import PatientPattern
from lesions.positive.rules import Judgement
from lesions.statistics.kappa import Agreement
from lesions.statistics.performance import Performance
from lesions.statistics.roc import Roc
from lesions.statistics.survival import FollowUp

if TYPE_CHECKING:
    import pandas as pd

#: Name of a table -> what is in it.
CONTENTS = {
    "lesion_positivity": "each lesion in each scan: positive or not by the study's rule; which scan decides",
    "lesion_patterns": "share of each patient's tumour load that is positive, pattern; positive patients",
    "lesion_concordance": "lesions that FDG and the tracer both show, by patient and together",
    "lesion_response": "change of FDG uptake from baseline to early scan, by lesion and by patient",
    "response_rates": "early response by FDG, objective response and disease control, with exact intervals",
    "test_performance": "PET against tissue, PET and early FDG against response: sensitivity, specificity,"
    " predictive values, accuracy, area under the ROC curve, each by several intervals",
    "roc_curve": "sensitivity and specificity of every threshold of the lesions' uptake against tissue",
    "agreement": "agreement of tissue, PET and blood beyond chance: Cohen's kappa with intervals",
    "survival": "times to events by class: median, rates, log-rank test (months of 30.4375 days)",
    "survival_curves": "Kaplan-Meier curves of each class",
}


@dataclass(frozen=True, kw_only=True)
class LesionStatistics:
    """What :func:`lesion_statistics` finds; tables that cannot be made are left out, and warnings say why.

    survival : (endpoint, by) -> class -> follow-up, for :class:`lesions.statistics.survival.KaplanMeier`.

    Examples
    --------
    >>> from lesions import SurvivalKeys, lesion_statistics
    >>> from lesions.lesion import LesionPatient, Outcome
    >>> one = LesionPatient(name="P1", lesions=(), outcome=Outcome(survival_day=365.25, died=True))
    >>> found = lesion_statistics([one], survival=SurvivalKeys(by=[]))
    >>> found.survival["overall survival", ""]["all patients"].events, list(found.contents)
    (1, ['survival', 'survival_curves'])
    """

    tables: Mapping[str, pd.DataFrame]
    warnings: Sequence[str]
    provenance: Mapping[str, Mapping[str, str]]
    judgements: tuple[Judgement, ...] = ()
    patterns: tuple[PatientPattern, ...] = ()
    concordances: tuple[Concordance, ...] = ()
    changes: tuple[FdgChange, ...] = ()
    performance: Mapping[str, Performance] = field(default_factory=dict)
    roc: Roc | None = None
    agreement: Mapping[str, Agreement] = field(default_factory=dict)
    survival: Mapping[tuple[str, str], Mapping[str, FollowUp]] = field(default_factory=dict)

    @property
    def contents(self) -> dict[str, str]:
        """What is in each table."""
        return {name: CONTENTS[name] for name in self.tables}
