"""Tables of positive lesions, patterns, concordance and response; the cohort below its patients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dosimetry.study.results import COHORT
from lesions.cohort.rows import How, Row, clustered_rows, independent_rows, number, with_interval
from lesions.positive.concordance import Concordance, over_patients
from lesions.positive.fdg_response import FdgChange, ResponseCriterion
from lesions.positive.patterns import PATTERNS, LoadRule, PatientPattern
from lesions.positive.response_rates import ResponseRate
from lesions.positive.rules import Judgement, PositiveRule
from lesions.statistics.clustered import clustered
from lesions.statistics.proportions import Proportion

if TYPE_CHECKING:
    import pandas as pd


def called(positive: bool | None) -> str:
    """A call in words; nothing counts as negative that was not judged."""
    return "not judged" if positive is None else "positive" if positive else "negative"


def positivity_frame(judgements: Sequence[Judgement], rule: PositiveRule) -> pd.DataFrame:
    """A row a lesion and a scan."""
    import pandas as pd

    rows = [
        {
            "patient": j.patient, "lesion": j.lesion, "site": j.site, "time_h": number(j.time_h),
            "decides": "yes" if j.decides else "no", "call": called(j.positive), "rule": rule.words,
            "value": number(j.value), "limit": number(j.limit), "reason": j.reason,
        }
        for j in judgements
    ]  # fmt: skip
    return pd.DataFrame(rows)


def pattern_frame(patterns: Sequence[PatientPattern], load: LoadRule, how: How) -> pd.DataFrame:
    """A row a patient; under them the share of patients who are positive."""
    import pandas as pd

    words = load.load if load.volume is None else f"{load.volume} volume"
    rows: list[Row] = []
    for p in patterns:
        head = {
            "patient": p.patient, "statistic": "share of the tumour load", "of": f"{load.share_of}, {words}",
            "lesions": p.lesions, "judged": p.judged, "positive": p.positive,
            "value": number(None if p.share is None else 100 * p.share), "unit": "%",
            "pattern": "" if p.pattern is None else p.pattern,
            "pattern_is": "" if p.pattern is None else PATTERNS[p.pattern], "call": called(p.is_positive),
        }  # fmt: skip
        rows.append({**with_interval(head, None), "reason": p.reason})
    known = [p.is_positive for p in patterns if p.is_positive is not None]
    head = {"patient": COHORT, "statistic": "positive patients"}
    rows += independent_rows(head, Proportion(sum(known), len(known)), how)
    order = ["patient", "statistic", "of", "lesions", "judged", "positive", "events", "n", "value", "low",
             "high", "unit", "interval", "pattern", "pattern_is", "call", "reason"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=order)


def concordance_frame(found: Sequence[Concordance], how: How) -> pd.DataFrame:
    """A row a patient; under them all lesions together, a row an interval."""
    import pandas as pd

    counts = ("fdg_lesions", "both", "fdg_only", "not_judged", "tracer_only")
    rows: list[Row] = []
    for c in found:
        head = {"patient": c.patient, "statistic": "concordance", **{k: getattr(c, k) for k in counts}}
        head |= {"events": c.concordant, "n": c.counted, "unit": "%"}
        head["value"] = number(None if c.share is None else 100 * c.share)
        rows.append({**with_interval(head, None), "reason": _why_no_concordance(c)})
    total = {k: sum(n for c in found if (n := getattr(c, k)) is not None) for k in counts}
    head = {"patient": COHORT, "statistic": "concordance of all lesions", **total}
    rows += clustered_rows(head, over_patients(found), how)
    order = ["patient", "statistic", *counts, "events", "n", "value", "low", "high", "unit", "interval",
             "patients", "reason"]  # fmt: skip
    return pd.DataFrame(rows).reindex(columns=order)


def _why_no_concordance(c: Concordance) -> str:
    """Why a patient has no share; "": they have one."""
    if c.counted:
        return ""
    if c.fdg_lesions:
        return "no FDG lesion could be judged"
    return "no scan with FDG in the tables" if c.tracer_only is None else "no FDG lesion"


def change_frame(changes: Sequence[FdgChange], criterion: ResponseCriterion) -> pd.DataFrame:
    """A row a lesion, and one for each patient after theirs."""
    import pandas as pd

    rows = [
        {
            "patient": c.patient, "lesion": "" if c.lesion is None else c.lesion,
            "of": "patient" if c.lesion is None else "lesion", "criterion": criterion.words,
            f"baseline_{criterion.quantity}": number(c.baseline),
            f"early_{criterion.quantity}": number(c.early),
            "change_percent": number(c.percent), "response": c.response or "not judged", "reason": c.reason,
        }
        for c in changes
    ]  # fmt: skip
    return pd.DataFrame(rows)


def early_rate_rows(changes: Sequence[FdgChange], how: How) -> list[Row]:
    """Lesions and patients that respond by FDG."""
    lesions = [(c.patient, c.response == "response") for c in changes if c.lesion is not None and c.response]
    calls = [c.response == "response" for c in changes if c.lesion is None and c.response]
    head = {"rate": "early response by FDG"}
    left_out = sum(c.lesion is None and c.response is None for c in changes)
    rows = clustered_rows({**head, "of": "lesions"}, clustered(lesions), how)
    patients = Proportion(sum(calls), len(calls))
    return rows + independent_rows({**head, "of": "patients", "not_counted": left_out}, patients, how)


def best_rate_rows(rates: Sequence[ResponseRate], how: How) -> list[Row]:
    """Objective response and disease control."""
    return [
        row
        for rate in rates
        for row in independent_rows(
            {"rate": rate.name, "of": "patients", "not_counted": rate.left_out}, rate.share, how
        )
    ]
