"""Rows of tables: a share or an agreement with one row for each of its intervals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lesions.statistics.bootstrap import BootstrapMethod
from lesions.statistics.clustered import ClusteredProportion
from lesions.statistics.intervals import ConfidenceInterval
from lesions.statistics.proportions import NOBODY, Proportion

NAN = float("nan")
Row = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class How:
    """How intervals are made.

    level : confidence; draws, seed, bootstrap : of the draws of patients.
    """

    level: float = 0.95
    bootstrap: BootstrapMethod = "percentile"
    draws: int = 2000
    seed: int = 1


def number(value: float | None) -> float:
    """A number of a table; what is missing is NaN."""
    return NAN if value is None else float(value)


def with_interval(head: Mapping[str, Any], interval: ConfidenceInterval | None, factor: float = 1.0) -> Row:
    """A row with the limits of an interval, in the unit of its value."""
    if interval is None:
        return {**head, "low": NAN, "high": NAN, "interval": "", "reason": ""}
    low, high = (None if x is None else factor * x for x in (interval.low, interval.high))
    name = f"{interval.method}, {100 * interval.level:g} %"
    return {**head, "low": number(low), "high": number(high), "interval": name, "reason": interval.reason}


def as_if_independent(row: Row) -> Row:
    """A row whose interval takes lesions of one patient as independent, which its name then says."""
    return (
        {**row, "interval": f"{row['interval']}, as if lesions were independent"} if row["interval"] else row
    )


def independent_rows(head: Mapping[str, Any], share: Proportion, how: How) -> list[Row]:
    """A share of independent cases (patients): by Clopper & Pearson, and by Wilson."""
    value = None if share.value is None else 100 * share.value
    head = {**head, "events": share.events, "n": share.n, "value": number(value), "unit": "%"}
    if not share.n:
        return [{**with_interval(head, None), "reason": NOBODY}]
    both = (share.interval(method, how.level) for method in ("Clopper-Pearson", "Wilson"))
    return [with_interval(head, interval, 100) for interval in both]


def clustered_rows(head: Mapping[str, Any], share: ClusteredProportion, how: How) -> list[Row]:
    """A share of lesions: as if independent, by the ratio estimator, and by drawing patients."""
    head = {**head, "patients": share.n_patients}
    rows = independent_rows(head, share.as_independent, how)
    if not share.as_independent.n:
        return rows
    more = (
        share.interval(how.level),
        share.bootstrap(how.level, method=how.bootstrap, draws=how.draws, seed=how.seed),
    )
    head = {k: rows[0][k] for k in (*head, "events", "n", "value", "unit")}
    return [*map(as_if_independent, rows), *(with_interval(head, interval, 100) for interval in more)]
