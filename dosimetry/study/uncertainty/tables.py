"""Tables of a budget: quantities with their uncertainties, shares of variance by input, the inputs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.patients.own_organs import of_other_sex
from dosimetry.patients.patient import SEXES
from dosimetry.study.result_tables.counted import left_out
from dosimetry.study.result_tables.rows import WHO
from dosimetry.study.results import COHORT, EACH
from dosimetry.uncertainty.budget import Budget
from dosimetry.uncertainty.cohort_budget import CohortBudget
from dosimetry.uncertainty.inputs import Effect, Input, UncertaintyMethod

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.results import PatientResult

NAN = float("nan")
#: Kind of a quantity in :class:`dosimetry.uncertainty.budget.Quantity` of target regions.
ABSORBED_DOSE, TIAC = "absorbed dose", "tiac"
#: Column of what is apart.
WITHOUT = "u_without_patient_and_phantom"
SHARE = " (%)"


COLUMNS = (
    *WHO, "n", "quantity", "of", "unit", "value", "u", "u_percent", "offset", "low", "high", "level", WITHOUT,
    "sd_between_patients", "u_shared", "u_own",
)  # fmt: skip
LAST = ("method", "not_known", "reason")
NOTHING_KNOWN = "no uncertainty is known"


def line_of(name: str) -> str:
    """The line of the budget that an input is part of: what stands before a colon.

    >>> line_of("organ mass: liver"), line_of("half-life")
    ('organ mass', 'half-life')
    """
    return name.partition(":")[0]


def budget_rows(
    budgets: Sequence[Budget], results: Sequence[PatientResult], assumed: Collection[str] = ()
) -> pd.DataFrame:
    """A row a quantity of each patient: value, u, interval, u without what is apart; then the means.

    assumed : as :func:`cohort_rows` takes it.
    """
    import pandas as pd

    frames = [_of_patient(b, r, why) for b, r, why in zip(budgets, results, left_out(results), strict=True)]
    cohort = cohort_rows(counted(budgets, results), results, assumed)
    columns = [*COLUMNS, *(["u_monte_carlo"] if "u_monte_carlo" in frames[0] else []), *LAST]
    return pd.concat([*frames, cohort], ignore_index=True).reindex(columns=columns)


def _of_patient(budget: Budget, result: PatientResult, skipped: Mapping[str, str]) -> pd.DataFrame:
    import pandas as pd

    quantities, patient = budget.quantities, result.patient
    absent = of_other_sex(patient)
    organ = [q.of if q.kind == ABSORBED_DOSE else "" for q in quantities]
    u, value = budget.u(), budget.value
    none = np.array([o in absent for o in organ])
    nothing = none | ((u == 0.0) & bool(budget.unknown))  # what is not known is not 0
    interval = budget.interval()
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = np.where(value > 0.0, 100.0 * u / value, NAN)
    columns: dict[str, Any] = {
        "u": u,
        "u_percent": percent,
        "offset": budget.offset(),
        "low": interval.low,
        "high": interval.high,
        WITHOUT: budget.u(apart=False),
    }
    if budget.monte_carlo is not None:
        columns["u_monte_carlo"] = budget.monte_carlo.u
    return pd.DataFrame(
        {
            **dict(zip(WHO, (patient.name, patient.sex, patient.phantom, EACH), strict=True)),
            "n": [0 if o in skipped else 1 for o in organ],
            "quantity": [q.kind for q in quantities],
            "of": [q.of for q in quantities],
            "unit": [q.unit for q in quantities],
            "value": np.where(none, NAN, value),
            **{name: np.where(nothing, NAN, numbers) for name, numbers in columns.items()},
            "level": budget.level,
            "method": ["" if n else word for n, word in zip(nothing, interval.method, strict=True)],
            "not_known": "; ".join(budget.unknown),
            "reason": [
                skipped.get(o, "") or (NOTHING_KNOWN if n and not a else "")
                for o, n, a in zip(organ, nothing, none, strict=True)
            ],
        }
    )


def counted(budgets: Sequence[Budget], results: Sequence[PatientResult]) -> CohortBudget:
    """Budgets of what counts in the cohort's means: no organ of the other sex or that was not measured."""
    kept = []
    for budget, result, skipped in zip(budgets, results, left_out(results), strict=True):
        without = {*skipped, *of_other_sex(result.patient)}
        pick = [i for i, q in enumerate(budget.quantities) if q.kind != ABSORBED_DOSE or q.of not in without]
        kept.append(
            replace(
                budget,
                quantities=tuple(budget.quantities[i] for i in pick),
                value=budget.value[pick],
                changes=budget.changes[:, pick],
                monte_carlo=None,
            )
        )
    return CohortBudget(kept, tuple(r.patient.sex for r in results))


def cohort_rows(
    cohort: CohortBudget, results: Sequence[PatientResult], assumed: Collection[str] = ()
) -> pd.DataFrame:
    """A row a mean: over all patients, and where there are both sexes over each.

    ``sd_between_patients`` is the spread; ``u_shared`` what errors that patients share bring to the mean;
    ``u_own`` the root mean square of the patients' own uncertainties. u of the mean is that of sd/√n, of what
    is shared, and of the patients' own errors that the spread does not show.

    assumed : inputs of values that were taken for every patient (a reference mass, the phantom): all were
        computed with the same, so that their errors are not in the spread.
    """
    import pandas as pd

    sexes = [s for s in SEXES if s in cohort.sexes]
    rows = []
    for sex in (None, *(sexes if len(sexes) > 1 else ())):
        members = [b for b, x in zip(cohort.budgets, cohort.sexes, strict=True) if sex in (None, x)]
        those = [r.patient for r in results if sex in (None, r.patient.sex)]
        unknown = dict.fromkeys(name for b in members for name in b.unknown)
        for mean in cohort.mean(sex, assumed=assumed):
            nothing = mean.u == 0.0 and bool(unknown)
            rows.append(
                {
                    "patient": COHORT,
                    "sex": " and ".join(sorted({p.sex for p in those}, reverse=True)),
                    "phantom": ", ".join(dict.fromkeys(p.phantom for p in those)),
                    "statistic": "mean" if sex is None else f"mean, {sex}",
                    "n": mean.n,
                    "quantity": mean.quantity.kind,
                    "of": mean.quantity.of,
                    "unit": mean.quantity.unit,
                    "value": mean.value,
                    "u": NAN if nothing else mean.u,
                    "u_percent": 100.0 * mean.u / mean.value if mean.value > 0.0 and not nothing else NAN,
                    "offset": NAN if nothing else mean.offset,
                    # of few patients, Student's t reaches below 0
                    "low": NAN if nothing else max(mean.low, 0.0),
                    "high": NAN if nothing else max(mean.high, 0.0),
                    "sd_between_patients": NAN if mean.sd is None else mean.sd,
                    "u_shared": mean.u_shared,
                    "u_own": mean.u_measured,
                    "level": cohort.budgets[0].level,
                    "method": "mean of the patients: spread and shared errors",
                    "not_known": "; ".join(unknown),
                    "reason": NOTHING_KNOWN
                    if nothing
                    else "one patient has no SD"
                    if mean.sd is None
                    else "",
                }
            )
    return pd.DataFrame(rows)


def share_rows(budgets: Sequence[Budget], results: Sequence[PatientResult]) -> pd.DataFrame:
    """A row a quantity of each patient, a column a line of the budget: its share of the variance in %."""
    import pandas as pd

    lines = list(dict.fromkeys(line_of(e.name) for b in budgets for e in b.errors))
    frames = []
    for budget, result in zip(budgets, results, strict=True):
        absent = of_other_sex(result.patient)
        none = np.array([q.kind == ABSORBED_DOSE and q.of in absent for q in budget.quantities])
        shares = 100.0 * shares_by_line(budget, lines)
        variance = budget.u()
        patient = result.patient
        frames.append(
            pd.DataFrame(
                {
                    **dict(zip(WHO, (patient.name, patient.sex, patient.phantom, EACH), strict=True)),
                    "quantity": [q.kind for q in budget.quantities],
                    "of": [q.of for q in budget.quantities],
                    "unit": [q.unit for q in budget.quantities],
                    "u": np.where(none, NAN, variance),
                    **{
                        f"{line}{SHARE}": np.where(none, NAN, s)
                        for line, s in zip(lines, shares, strict=True)
                    },
                    "not_known": "; ".join(budget.unknown),
                    "reason": [_why_no_share(n, v) for n, v in zip(none, variance, strict=True)],
                }
            )
        )
    return pd.concat(frames, ignore_index=True)


def _why_no_share(none: bool, u: float) -> str:
    if none:
        return "no organ of the patient"
    return "" if u > 0.0 else NOTHING_KNOWN


def shares_by_line(budget: Budget, lines: Sequence[str]) -> np.ndarray:
    """(L, Q) shares of the variance by line; they sum to 1, NaN where the variance is 0."""
    at = {line: i for i, line in enumerate(lines)}
    square = np.zeros((len(lines), len(budget.quantities)))
    rows = np.array([at[line_of(e.name)] for e in budget.errors], dtype=int)
    np.add.at(square, rows, np.square(budget.changes))
    with np.errstate(invalid="ignore", divide="ignore"):
        found: np.ndarray = square / square.sum(axis=0)
    return found


def input_rows(
    method: UncertaintyMethod, budgets: Sequence[Budget], notes: Sequence[str] = ()
) -> pd.DataFrame:
    """A row an input: what was stated, what the measurements bring of themselves, what is not known."""
    import pandas as pd

    columns = (
        "input", "line", "state", "kind", "distribution", "shared_by", "one_standard_uncertainty", "apart",
        "source", "reason",
    )  # fmt: skip
    rows: list[tuple[Any, ...]] = [
        (
            i.name, line_of(i.name), "stated", i.kind, i.distribution, i.shared_by,
            "; ".join(map(effect_words, _upward(i.effects))), _yes(i), i.source, "",
        )
        for i in method.inputs
    ]  # fmt: skip
    stated = {i.name for i in method.inputs}
    own = {e.name: e for b in budgets for e in b.errors if e.name not in stated}
    rows += [
        (name, line_of(name), "from the data", e.kind, "", "", "", "", "", "") for name, e in own.items()
    ]
    unknown = {name: why for b in budgets for name, why in b.unknown.items()}
    rows += [
        (name, line_of(name), "unknown", "", "", "", "", "", "", why or "said to be unknown")
        for name, why in unknown.items()
    ]
    rows += [(note, "", "note", "", "", "", "", "", "", "") for note in notes]
    return pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))


def _upward(effects: Sequence[Effect]) -> list[Effect]:
    """Effects as an error of the sign has them that makes the first one larger: a standard uncertainty."""
    sign = -1.0 if effects[0].u < 0.0 else 1.0
    return [replace(e, u=sign * e.u) for e in effects]


def _yes(one: Input) -> str:
    return "yes" if one.apart else ""


def effect_words(effect: Effect) -> str:
    """What one standard uncertainty changes, in words.

    >>> effect_words(Effect("curve", 0.03, "organs")), effect_words(Effect("time", 0.1, "serum"))
    ('values of organs by 3 %', 'times of serum by 0.1 h')
    """
    of = f" of {effect.region}" if effect.region else ""
    if effect.what == "time":
        return f"times{of} by {effect.u:.4g} h"
    if effect.what == "haematocrit":
        return f"haematocrit by {effect.u:.4g}"
    words = {
        "curve": "values",
        "dose": "dose" if effect.region != "all" else "doses",
        "energy": "emitted energy",
    }
    if effect.bodies != "all":
        of += {"own": " in own bodies", "other": " in other bodies"}[effect.bodies]
    return f"{words.get(effect.what, effect.what)}{of} by {100 * effect.u:.4g} %"
