"""Doses in several bodies as the rows of one table: organs, then effective doses; a column a body."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dosimetry.doses.absolute import checked_MBq
from dosimetry.doses.effective import TISSUE_WEIGHTS, averaged_sets

if TYPE_CHECKING:
    from dosimetry.doses.bodies.result import BodyDoses

ABSORBED = "absorbed dose"
NAN = math.nan


@dataclass(frozen=True)
class DoseRow:
    """One row.

    quantity : "absorbed dose", "effective dose", "effective dose equivalent", or "... , sex-averaged".
    of : the target region, or the set of tissue weights.
    unit : "mGy/MBq" or "mSv/MBq"; of an activity "Gy" or "mSv".
    values, se : by body; NaN: missing, or not known. A sex-averaged dose stands with both bodies of its pair.
    pair : labels of the bodies that were averaged.
    note : what the quantity is not: "not sex-averaged".
    """

    quantity: str
    of: str
    unit: str
    values: tuple[float, ...]
    se: tuple[float, ...]
    pair: tuple[str, ...] = ()
    note: str = ""


def dose_rows(found: BodyDoses, administered_MBq: float | None = None) -> list[DoseRow]:
    """Organs in mGy/MBq and effective doses in mSv/MBq; then, of an activity, the same in Gy and mSv."""
    rows = [*_absorbed(found), *_effective(found)]
    if administered_MBq is None:
        return rows
    activity = checked_MBq(administered_MBq)
    units = {"mGy/MBq": ("Gy", activity / 1000.0), "mSv/MBq": ("mSv", activity)}
    return rows + [
        replace(
            row,
            unit=units[row.unit][0],
            values=tuple(v * units[row.unit][1] for v in row.values),
            se=tuple(v * units[row.unit][1] for v in row.se),
        )
        for row in rows
    ]


def _absorbed(found: BodyDoses) -> Iterator[DoseRow]:
    totals = [(d.targets, d.total_mGy_per_MBq.tolist(), d.se_mGy_per_MBq.tolist()) for d in found.values()]
    for target in found.targets:
        at = [t.index(target) if target in t else None for t, _, _ in totals]
        values = tuple(NAN if i is None else v[i] for i, (_, v, _) in zip(at, totals, strict=True))
        se = tuple(NAN if i is None else e[i] for i, (_, _, e) in zip(at, totals, strict=True))
        yield DoseRow(ABSORBED, target, "mGy/MBq", values, se)


def _effective(found: BodyDoses) -> Iterator[DoseRow]:
    labels = list(found)
    for weights in TISSUE_WEIGHTS:
        each = list(found.effective(weights).values())
        errors = tuple(NAN if (se := e.se_from_tiac_mSv_per_MBq) is None else se for e in each)
        first = each[0]
        values = tuple(map(float, each))
        yield DoseRow(first.quantity, weights, "mSv/MBq", values, errors, note=first.note)
        pairs = found.sex_averaged(weights) if weights in averaged_sets() else {}
        for pair, e in pairs.items():
            se = NAN if e.se_from_tiac_mSv_per_MBq is None else e.se_from_tiac_mSv_per_MBq
            yield DoseRow(
                f"{e.quantity}, sex-averaged",
                weights,
                "mSv/MBq",
                tuple(float(e) if label in pair else NAN for label in labels),
                tuple(se if label in pair else NAN for label in labels),
                pair,
            )
