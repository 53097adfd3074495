"""Statistics over a cohort: mean, SD, median, minimum and maximum of what each patient has."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.doses.combining import joined
from dosimetry.doses.effective import effective_dose, weight_set
from dosimetry.doses.result import DoseResult
from dosimetry.doses.weighting import lacking_tissues
from dosimetry.errors import DosimetryError
from dosimetry.patients.patient import SEXES
from dosimetry.study.result_tables.counted import left_out
from dosimetry.study.results import COHORT, STATISTICS
from dosimetry.svalues.folding import KINDS

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.results import PatientResult

#: Statistic -> the function of a pandas Series; the SD is the sample's (n - 1).
FUNCTION = {"mean": "mean", "sd": "std", "median": "median", "minimum": "min", "maximum": "max"}


def with_cohort(
    frame: pd.DataFrame, keys: Sequence[str], value: str, *, leave_out: Collection[str] = ()
) -> pd.DataFrame:
    """The patients' rows, and under them the cohort's: a row a statistic for each combination of keys.

    Over all patients ("mean"), and where there are both sexes over each ("mean, male"). Rows without a
    value do not count, nor those whose n is 0 (see :mod:`dosimetry.study.result_tables.counted`); ``n`` is
    the number of patients that do. ``leave_out`` has the beginnings of quantities (column ``quantity``) that
    mean nothing over patients.
    """
    import pandas as pd

    counted = frame[value].notna() & (frame["n"] > 0)
    if leave_out:
        counted &= ~frame["quantity"].str.startswith(tuple(leave_out))
    with_value = frame[counted]
    groups = {"": with_value}
    by_sex = {f", {sex}": with_value[with_value["sex"] == sex] for sex in SEXES}
    if all(map(len, by_sex.values())):
        groups |= by_sex
    empty: dict[str, Any] = {str(c): float("nan") if frame[c].dtype.kind in "fiu" else "" for c in frame}
    found = frame[list(keys)].drop_duplicates().itertuples(index=False, name=None)
    order = {key: i for i, key in enumerate(found)}
    rows = [
        {**empty, "patient": COHORT, **dict(zip(keys, key, strict=True)), **row}
        for of_whom, members in groups.items()
        for key, group in sorted(members.groupby(list(keys), sort=False), key=lambda g: order[g[0]])
        for row in _statistics(group, value, of_whom)
    ]
    return pd.concat([frame, pd.DataFrame(rows, columns=frame.columns)], ignore_index=True)


def _statistics(group: pd.DataFrame, value: str, of_whom: str) -> Iterator[dict[str, Any]]:
    """A row a statistic over the rows of one quantity."""
    common = {
        "sex": " and ".join(sorted(set(group["sex"]), reverse=True)),
        "phantom": ", ".join(dict.fromkeys(group["phantom"])),
        "n": len(group),
    }
    for statistic in STATISTICS:
        number = getattr(group[value], FUNCTION[statistic])()
        reason = "one patient has no SD" if number != number else ""
        yield {**common, "statistic": statistic + of_whom, value: number, "reason": reason}


def sex_averaged(results: Sequence[PatientResult], weights: Sequence[str]) -> pd.DataFrame:
    """ICRP 103's effective dose from the mean doses of men and of women; no rows with one sex alone.

    Patients whose bodies lack a tissue that it needs are not in it, and the note says who.
    """
    import pandas as pd

    every = {sex: [r for r in results if r.patient.sex == sex] for sex in ("male", "female")}
    if "ICRP 103" not in weights or not all(every.values()):
        return pd.DataFrame()
    other = next((r.patient for r in results if r.doses.sex not in (r.patient.sex, "both")), None)
    why = {r.patient.name: _lacks(r.doses.targets, sex) for sex, rows in every.items() for r in rows}
    by_sex = {sex: [r for r in rows if not why[r.patient.name]] for sex, rows in every.items()}
    counted = [r for rows in by_sex.values() for r in rows]
    note = (
        f"equivalent doses averaged over the mean of {len(by_sex['male'])} men and"
        f" {len(by_sex['female'])} women, as ICRP 103 defines it"
    )
    if lacking := {name: text for name, text in why.items() if text}:
        note += f"; without {', '.join(lacking)}, whose bodies lack tissues"
    value, reason = float("nan"), "its uncertainty is the cohort's; see sd"
    if other is not None:
        reason = f"not given: the body '{other.phantom}' of {other.name} is of the other sex"
    elif not all(by_sex.values()):
        sex = next(sex for sex, rows in by_sex.items() if not rows)
        name = every[sex][0].patient.name
        reason = f"not given: no {sex} patient's body has all tissues; {name}: {lacking[name]}"
    else:
        skipped = {id(r): whys for r, whys in zip(results, left_out(results), strict=True)}
        male, female = (
            mean_doses([r.doses for r in rows], [skipped[id(r)] for r in rows]) for rows in by_sex.values()
        )
        if not (_lacks(male.targets, "male") or _lacks(female.targets, "female")):
            value = float(effective_dose((male, female), "ICRP 103"))
        else:  # each body has every tissue, but by other regions: ICRP 103's sum is linear in the doses
            means = [
                np.mean([float(effective_dose(r.doses, "ICRP 103", sex=sex)) for r in rows])
                for sex, rows in by_sex.items()
            ]
            value = float(np.mean(means))
            note += "; of each patient's own value, as their bodies have other regions"
    return pd.DataFrame(
        [
            {
                "patient": COHORT,
                "sex": "male and female",
                "phantom": ", ".join(dict.fromkeys(r.patient.phantom for r in counted or results)),
                "statistic": "sex-averaged",
                "n": len(counted),
                "quantity": weight_set("ICRP 103")["quantity"],
                "weights": "ICRP 103",
                "effective_dose_mSv_per_MBq": value,
                "se_from_tiac_mSv_per_MBq": float("nan"),
                "reason": reason,
                "note": note,
            }
        ]
    )


def _lacks(targets: Sequence[str], sex: str) -> str:
    """Why a body has no effective dose by ICRP 103; "" where it has."""
    return lacking_tissues(weight_set("ICRP 103"), targets, sex)


def mean_doses(results: Sequence[DoseResult], without: Sequence[Collection[str]] | None = None) -> DoseResult:
    """Mean over several patients of one sex, by radiation, of the targets that all their bodies have.

    without : for each result the targets that do not count in the mean, where another result's does.

    Its standard errors are not given: the spread of a cohort is not the error of one patient's doses.

    Raises
    ------
    DosimetryError : no result, or results of both sexes.
    """
    if not results:
        raise DosimetryError("a mean of doses needs at least one result")
    sexes = dict.fromkeys(r.sex for r in results if r.sex != "both")
    if len(sexes) > 1:
        raise DosimetryError(
            "doses of men and women are averaged by effective_dose((male, female)), not here"
        )
    targets = [t for t in results[0].targets if all(t in r.targets for r in results)]
    pick = [[r.targets.index(t) for t in targets] for r in results]
    counted = np.ones((len(results), len(targets)), bool)
    if without is not None:
        counted = np.array([[t not in w for t in targets] for w in without])
        counted |= ~counted.any(axis=0)
    part = {
        k: np.mean(
            [r.part_mGy_per_MBq[k][i] for r, i in zip(results, pick, strict=True)], axis=0, where=counted
        )
        for k in KINDS
    }
    why = f"a mean over {len(results)} patients"
    return DoseResult(
        tuple(targets),
        part,
        tuple(dict.fromkeys(n for r in results for n in r.nuclides)),
        ", ".join(dict.fromkeys(r.body for r in results)),
        next(iter(sexes), "both"),
        ", ".join(dict.fromkeys(r.masses for r in results)),
        missing={"se_from_tiac": why, "se_from_saf": why},
        provenance=joined([r.provenance for r in results]),
    )
