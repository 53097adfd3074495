"""All statistics of a study's lesions: typed results, tables, and what is left out and why."""

from __future__ import annotations

from collections.abc import Sequence

from lesions.cohort.making import Making
from lesions.cohort.result import CONTENTS, LesionStatistics
from lesions.lesion import LesionPatient
from lesions.positive.settings import PositiveKeys, ResponseKeys
from lesions.statistics.settings import StatisticsKeys, SurvivalKeys


def lesion_statistics_outputs(
    *,
    positive: PositiveKeys | None = None,
    response: ResponseKeys | None = None,
    statistics: StatisticsKeys | None = None,
    survival: SurvivalKeys | None = None,
) -> list[str]:
    """Names of the tables that may come; those for which the study lacks data do not."""
    names = ["lesion_positivity", "lesion_patterns", "lesion_concordance"] if positive else []
    names += ["lesion_response", "response_rates"] if response else []
    names += ["test_performance", "roc_curve", "agreement"] if statistics else []
    return names + (["survival", "survival_curves"] if survival else [])


def lesion_statistics(
    patients: Sequence[LesionPatient],
    *,
    positive: PositiveKeys | None = None,
    response: ResponseKeys | None = None,
    statistics: StatisticsKeys | None = None,
    survival: SurvivalKeys | None = None,
) -> LesionStatistics:
    """Positive lesions, concordance, response, test performance, agreement and survival of a cohort.

    Parameters
    ----------
    patients : with their lesions, as the study's tables say.
    positive, response, statistics, survival : keys of the sections; None: that part is not asked for.

    Raises
    ------
    DosimetryError : keys that ask for what cannot be.

    Examples
    --------
    >>> from lesions.lesion import Lesion, LesionPatient, Uptake
    >>> scan = Uptake(time_h=96, value={"suv_max": 5.0})
    >>> one = LesionPatient(name="P1", lesions=(Lesion(patient="P1", name="a", site="bone", uptake=(scan,)),))
    >>> keys = PositiveKeys(rule="threshold", quantity="suv_max", threshold=3.2, share_of="all lesions")
    >>> found = lesion_statistics([one], positive=keys)
    >>> found.patterns[0].pattern, list(found.tables)
    ('A', ['lesion_positivity', 'lesion_patterns'])
    """
    made = Making(patients, statistics or StatisticsKeys())
    if positive:
        made.positive(positive)
    if response:
        made.response(response)
    if statistics:
        made.statistics(statistics, positive, response)
    if survival:
        made.survival(survival)
    return LesionStatistics(
        tables={name: made.tables[name] for name in CONTENTS if name in made.tables},
        warnings=made.warnings, provenance=made.provenance, judgements=made.judgements,
        patterns=made.patterns, concordances=made.concordances, changes=made.changes,
        performance=made.performance, roc=made.roc, agreement=made.agreement, survival=made.follow_ups,
    )  # fmt: skip
