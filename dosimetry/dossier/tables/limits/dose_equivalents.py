"""Doses of single subjects as a limit in sievert sees them: alphas weighted, by group of age."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dosimetry.doses.effective import weight_set
from dosimetry.dossier.document.table import Cell, Origin
from dosimetry.dossier.results.results import Results
from dosimetry.dossier.tables.dose_means import (
    EFFECTIVE,
    EFFECTIVE_DOSE,
    ORGANS,
    counted,
    effective_means,
    has_alphas,
    organ_means,
    weight_sets,
)
from dosimetry.dossier.tables.limits.law import ADULT_FROM_Y, WHOLE_BODY, Limit, limit_of
from dosimetry.dossier.tables.parts import organ_order
from phantoms.library.installed import SUFFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

#: w_R of alphas and recoil nuclei, the same in all sets of tissue weights.
W_ALPHA = float(weight_set("ICRP 103")["radiation_weight_alpha"])
PARTS = ("photon_part_mGy_per_MBq", "electron_part_mGy_per_MBq", "alpha_part_mGy_per_MBq")


@dataclass(frozen=True)
class OfSubject:
    """One subject's dose: per activity, mSv/MBq, and of what was administered, mSv (None: not known)."""

    patient: str
    per_MBq: Cell
    mSv: Cell | None


@dataclass(frozen=True)
class Quantity:
    """A target region or an effective dose with its limits and the doses of the subjects who count.

    cohort : the mean coefficient of all of them as the results have it (ICRP 103: sex-averaged, where it is);
        None where the results have none, or of some of them.
    """

    name: str
    limit: Limit
    subjects: tuple[OfSubject, ...]
    cohort: Cell | None = None

    def only(self, patients: set[str]) -> Quantity:
        """The same of some of the subjects."""
        kept = tuple(s for s in self.subjects if s.patient in patients)
        return Quantity(self.name, self.limit, kept, self.cohort if len(kept) == len(self.subjects) else None)


def quantities(results: Results, sets: tuple[str, ...] = ()) -> list[Quantity]:
    """Whole body first (total body, effective doses), then every other target region."""
    by_name = {q.name: q for q in _organs(results)}
    organs = [by_name[name] for name in organ_order(by_name)]
    whole = [q for q in organs if q.limit is WHOLE_BODY]
    return [*whole, *_effective(results, sets), *(q for q in organs if q.limit is not WHOLE_BODY)]


def minors(results: Results) -> tuple[set[str], list[str]]:
    """Subjects under 18, by age or, where no age is stated, by a child's body; and those of no stated age."""
    subjects = results.table("subjects")
    ages: dict[str, float] = {}
    if "age_y" in subjects:
        ages = dict(zip(subjects["patient"], subjects["age_y"].astype(float), strict=True))
    doses = results.table(ORGANS)
    doses = doses[doses["statistic"] == "value"].drop_duplicates("patient")
    young, unknown = set(), []
    for patient, phantom in zip(doses["patient"], doses["phantom"], strict=True):
        age = ages.get(patient, float("nan"))
        if age < ADULT_FROM_Y:
            young.add(patient)
        elif age != age:
            unknown.append(patient)
            if _is_childs(phantom):
                young.add(patient)
    return young, unknown


def _is_childs(phantom: str) -> bool:
    """Whether a body's name is that of a child; the path of a library says nothing of an age.

    >>> [_is_childs(p) for p in ("newborn", "10-year-old", "15-year-old male", "adult male", "P1y.h5")]
    [True, True, True, False, False]
    """
    if phantom.lower().endswith(SUFFIXES):
        return False
    years = re.search(r"(\d+)[ -]?(?:year|y)", phantom.lower())
    return "newborn" in phantom.lower() or (years is not None and int(years[1]) < ADULT_FROM_Y)


def _organs(results: Results) -> list[Quantity]:
    frame = counted(results)
    alphas = has_alphas(results)
    means = {m.name: m.mean() for m in organ_means(results)}
    found = []
    for target, rows in frame.groupby("target", sort=False):
        subjects = []
        for i, row in zip(rows.index, _records(rows), strict=True):
            mSv = None
            if alphas:
                weighted = [w * row[p] for w, p in zip((1.0, 1.0, W_ALPHA), PARTS, strict=True)]
                per_MBq = Cell(math.fsum(weighted))
                if _known(row.get("administered_MBq")):
                    mSv = Cell(math.fsum(weighted) * row["administered_MBq"])
            else:
                per_MBq = _of(ORGANS, i, "dose_mGy_per_MBq", row)
                if _known(row.get("absorbed_dose_Gy")):
                    mSv = _of(ORGANS, i, "absorbed_dose_Gy", row, 1000.0)
            subjects.append(OfSubject(str(row["patient"]), per_MBq, mSv))
        cohort = None if alphas else means.get(str(target))
        found.append(Quantity(str(target), limit_of(str(target)), tuple(subjects), cohort))
    return found


def _effective(results: Results, sets: Iterable[str]) -> list[Quantity]:
    frame = results.table(EFFECTIVE)
    frame = frame[(frame["statistic"] == "value") & frame[EFFECTIVE_DOSE].notna()]
    found = []
    for weights in weight_sets(results, tuple(sets)):
        rows = frame[frame["weights"] == weights]
        if rows.empty:
            continue
        subjects = tuple(
            OfSubject(
                str(row["patient"]),
                _of(EFFECTIVE, i, EFFECTIVE_DOSE, row),
                _of(EFFECTIVE, i, "effective_dose_mSv", row)
                if _known(row.get("effective_dose_mSv"))
                else None,
            )
            for i, row in zip(rows.index, _records(rows), strict=True)
        )
        cohort = next(m.mean() for m in effective_means(results, (weights,)) if not isinstance(m, str))
        found.append(Quantity(f"{rows['quantity'].iloc[0]}, {weights}", WHOLE_BODY, subjects, cohort))
    return found


def _records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in record.items()} for record in rows.to_dict("records")]


def _of(table: str, row: Any, column: str, record: dict[str, Any], factor: float = 1.0) -> Cell:
    return Cell(float(record[column]) * factor, origin=Origin(table, int(row), column, factor))


def _known(value: object) -> bool:
    return value is not None and value == value
