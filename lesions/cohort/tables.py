"""Tables of test performance, ROC, agreement and survival."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dosimetry.errors import DosimetryError
from lesions.cohort.rows import (
    NAN,
    How,
    Row,
    as_if_independent,
    clustered_rows,
    independent_rows,
    number,
    with_interval,
)
from lesions.statistics.kappa import Agreement, Weighting
from lesions.statistics.performance import MEASURES, Performance
from lesions.statistics.roc import DELONG, OBUCHOWSKI, Roc
from lesions.statistics.survival import DAYS_PER_MONTH, FollowUp, KaplanMeier, SurvivalInterval, log_rank

if TYPE_CHECKING:
    import pandas as pd

NOT_REACHED = "not reached"
NOBODY_THERE = "nobody in this class"


def performance_rows(test: str, standard: str, of: str, found: Performance, how: How) -> list[Row]:
    """Each measure of a test, a row an interval; of lesions also those by patients."""
    rows = []
    for measure in MEASURES:
        head = {"test": test, "standard": standard, "of": of, "measure": measure}
        share = found.by_patient(measure)
        if of == "lesions":
            rows += clustered_rows(head, share, how)
        else:
            rows += independent_rows({**head, "patients": share.n_patients}, share.as_independent, how)
    return rows


def roc_rows(test: str, standard: str, roc: Roc, how: How) -> list[Row]:
    """The area under the curve, a row an interval, and the threshold with the largest sum of the two."""
    head: dict[str, Any] = {
        "test": test, "standard": standard, "of": "lesions", "measure": "area under the ROC curve",
        "patients": len(set(roc.patient)), "events": sum(roc.positive), "n": len(roc.value),
        "value": roc.area, "unit": "",
    }  # fmt: skip
    limits = [roc.interval(method, how.level) for method in (DELONG, OBUCHOWSKI)]
    limits.append(roc.bootstrap(how.level, method=how.bootstrap, draws=how.draws, seed=how.seed))
    at, sensitivity, specificity = roc.best()
    both = f"sensitivity {100 * sensitivity:.1f} %, specificity {100 * specificity:.1f} %"
    words = f"{both}, both too good: the threshold was sought in the same lesions"
    best = {**head, "measure": "threshold of largest sensitivity + specificity", "value": at}
    rows = [with_interval(head, x) for x in limits]
    return [as_if_independent(rows[0]), *rows[1:], {**with_interval(best, None), "reason": words}]


def roc_frame(test: str, roc: Roc) -> pd.DataFrame:
    """The curve: sensitivity and specificity of every threshold (positive from it up)."""
    import pandas as pd

    at, sensitivity, specificity = roc.curve
    return pd.DataFrame(
        {"test": test, "threshold": at, "sensitivity": sensitivity, "specificity": specificity}
    ).iloc[1:].reset_index(drop=True)  # fmt: skip


def agreement_rows(
    first: str,
    second: str,
    of: str,
    found: Agreement,
    how: How,
    weightings: Sequence[Weighting] = ("unweighted",),
) -> list[Row]:
    """Kappa of two judges, a row a weighting and an interval."""
    rows = []
    patients = len(set(found.patient or ()))
    for weighting in weightings:
        value = found.kappa(weighting)
        head = {
            "first": first, "second": second, "of": of, "weighting": weighting, "n": len(found.first),
            "patients": patients, "same_percent": 100 * number(found.observed), "kappa": number(value),
        }  # fmt: skip
        limits = [found.interval(weighting, how.level)]
        if value is not None and of == "lesions":
            kwargs = {"method": how.bootstrap, "draws": how.draws, "seed": how.seed}
            limits.append(found.bootstrap(weighting, how.level, **kwargs))  # type: ignore[arg-type]
        plain, *by_patients = (with_interval(head, x) for x in limits)
        rows += [as_if_independent(plain) if of == "lesions" else plain, *by_patients]
    return rows


def survival_rows(
    endpoint: str,
    by: str,
    classes: Mapping[str, FollowUp],
    months: Sequence[float],
    method: SurvivalInterval,
    level: float,
) -> list[Row]:
    """Median and rates of each class, and the log-rank test between them."""
    rows: list[Row] = []
    for name, followed in classes.items():
        head = {"endpoint": endpoint, "by": by, "class": name, "n": followed.n, "events": followed.events}
        km = KaplanMeier(followed)
        at_risk = (
            followed.at_risk([m * DAYS_PER_MONTH for m in months]) if followed.n else [0.0] * len(months)
        )
        if not followed.n:
            rows.append(
                {**with_interval({**head, **_value("median", None, "months")}, None), "reason": NOBODY_THERE}
            )
            continue
        median, limits = km.median, km.median_interval(method, level)
        months_per_day = 1 / DAYS_PER_MONTH
        words = _value("median", None if median is None else median * months_per_day, "months")
        row = with_interval({**head, **words}, limits, months_per_day)
        if median is None:
            lowest = 100 * float(km.survival[-1]) if len(km.survival) else 100.0
            row["reason"] = f"{NOT_REACHED}: the estimate stays at {lowest:.1f} % or above"
        rows.append(row)
        for month, there in zip(months, at_risk, strict=True):
            s, reason = km.rate(month * DAYS_PER_MONTH)
            words = _value(f"rate at {month:g} months", None if s is None else 100 * s, "%", there)
            row = with_interval(
                {**head, **words}, km.rate_interval(month * DAYS_PER_MONTH, method, level), 100
            )
            rows.append({**row, "reason": reason or row["reason"]})
    if len(classes) > 1:
        rows += _log_rank_rows(endpoint, by, classes)
    return rows


def _value(quantity: str, value: float | None, unit: str, at_risk: float | None = None) -> Row:
    return {"quantity": quantity, "value": number(value), "unit": unit, "at_risk": number(at_risk)}


def _log_rank_rows(endpoint: str, by: str, classes: Mapping[str, FollowUp]) -> list[Row]:
    head = {
        "endpoint": endpoint, "by": by, "class": "between classes",
        "n": sum(c.n for c in classes.values()), "events": sum(c.events for c in classes.values()),
    }  # fmt: skip
    try:
        found = log_rank(classes)
    except DosimetryError as error:
        return [{**with_interval({**head, **_value("log-rank p", None, "")}, None), "reason": str(error)}]
    words = f"log-rank chi2, {found.degrees} degree{'s' if found.degrees > 1 else ''} of freedom"
    both = ((words, found.chi2), ("log-rank p", found.p))
    return [with_interval({**head, **_value(name, value, "")}, None) for name, value in both]


def curve_rows(
    endpoint: str, by: str, classes: Mapping[str, FollowUp], method: SurvivalInterval, level: float
) -> list[Row]:
    """The steps of each class's curve: the start, every day of an event, the last day of follow-up."""
    rows: list[Row] = []
    for name, followed in classes.items():
        if not followed.n:
            continue
        km = KaplanMeier(followed)
        low, high = km.limits(method, level)
        steps = [(0.0, float(followed.n), 0.0, 1.0, NAN, NAN)]
        columns = (km.day, km.at_risk, km.events, km.survival, low, high)
        steps += [tuple(map(float, step)) for step in zip(*columns, strict=True)]  # type: ignore[misc]
        last = max(followed.day)
        if last > steps[-1][0]:
            steps.append((last, float(followed.at_risk([last])[0]), 0.0, *steps[-1][3:]))
        rows += [
            {"endpoint": endpoint, "by": by, "class": name, "day": day, "month": day / DAYS_PER_MONTH,
             "at_risk": risk, "events": events, "survival_percent": 100 * s, "low": 100 * a, "high": 100 * b}
            for day, risk, events, s, a, b in steps
        ]  # fmt: skip
    return rows
