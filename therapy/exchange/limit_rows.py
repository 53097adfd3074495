"""The activity of each nuclide that would reach an organ's limit in one administration, nothing before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.patients.results import PatientResult
from dosimetry.patients.sources import BLOOD_SOURCES
from dosimetry.study.result_tables.counted import left_out
from dosimetry.svalues.folding import KINDS
from therapy.biology.curve_rate import dose_rate_of_curve
from therapy.biology.rbe import checked_rbe, rbe_max_of
from therapy.exchange.curves import Exchanged
from therapy.exchange.project import OfNuclide, Theranostic
from therapy.limits.remaining import LimitRoom, first_reached, room_of_absorbed, room_of_bed
from therapy.limits.table import ABSORBED, DoseLimit, LimitTable, TissueConstants

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
#: An organ whose dose has nothing of its own in it.
OF_OTHERS = (
    "no activity of its own was measured: its dose is that of other regions and of the rest of the body"
)
WHAT = {False: "absorbed dose", True: "RBE-weighted dose"}


def weighted_dose(result: PatientResult, rbe: Mapping[str, float]) -> tuple[Any, Any]:
    """(T,) RBE-weighted doses in mGy/MBq and their standard errors; NaN: not known."""
    doses = result.doses
    value = np.sum([rbe[k] * doses.part_mGy_per_MBq[k] for k in KINDS], axis=0)
    if doses.tiac_error_mGy_per_MBq is None:
        return value, np.full(len(doses.targets), NAN)
    weights = np.array([rbe[k] for k in KINDS])
    change = np.einsum("mkt,k->mt", doses.tiac_error_mGy_per_MBq, weights)
    saf = 0.0 if doses.se_from_saf_mGy_per_MBq is None else doses.se_from_saf_mGy_per_MBq
    return value, np.hypot(np.sqrt(np.square(change).sum(axis=0)), saf)


def limit_frame(
    found: Theranostic, table: LimitTable, rbe: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """A row a patient, nuclide and limit: the activity that reaches it, its uncertainty, which comes first.

    Alphas count by their RBE in both quantities (column ``quantity``): limits are those of radiation of low
    LET. A limit that cannot be given has a reason.
    """
    import pandas as pd

    weights = checked_rbe(rbe)
    rows: list[dict[str, Any]] = []
    for one in found.nuclides:
        for result, why in zip(one.results, left_out(one.results), strict=True):
            rows += _of_patient(one, result, table, weights, why)
    return pd.DataFrame(rows)


def _of_patient(
    one: OfNuclide,
    result: PatientResult,
    table: LimitTable,
    rbe: Mapping[str, float],
    not_own: Mapping[str, str],
) -> list[dict[str, Any]]:
    value, se = weighted_dose(result, rbe)
    alphas = result.doses.has_alphas
    curves = one.curves[result.patient.name]
    rows, rooms = [], []
    for limit in table.limits:
        known: LimitRoom | None = None
        reason, dose, u = "", NAN, NAN
        if limit.organ not in result.doses.targets:
            reason = f"the body '{result.doses.body}' has no '{limit.organ}'"
        elif limit.organ in not_own:
            reason = not_own[limit.organ]
        else:
            at = result.doses.targets.index(limit.organ)
            dose, u = float(value[at]), float(se[at])
            try:
                known = _room(one, result, limit, table.tissues, dose, u, rbe, curves)
            except DosimetryError as error:
                reason = str(error)
        if known is not None:
            rooms.append(known)
        rows.append(_row(one, result, limit, alphas, rbe, dose, u, known, reason))
    if rooms:
        first = first_reached(rooms).limit.name
        for row in rows:
            row["reached_first"] = row["limit"] == first
    return rows


def _row(
    one: OfNuclide,
    result: PatientResult,
    limit: DoseLimit,
    alphas: bool,
    rbe: Mapping[str, float],
    dose: float,
    u: float,
    known: LimitRoom | None,
    reason: str,
) -> dict[str, Any]:
    if known is not None and known.u_activity_MBq is None:
        reason = "no uncertainty: that of the TIACs is not known"
    quantity = WHAT[alphas] if limit.quantity == ABSORBED else f"BED{', RBE-weighted' if alphas else ''}"
    return {
        "patient": result.patient.name,
        "sex": result.patient.sex,
        "phantom": result.patient.phantom,
        "statistic": "value",
        "n": int(known is not None),
        "nuclide": one.name,
        "limit": limit.name,
        "organ": limit.organ,
        "quantity": quantity,
        "rbe_alpha": rbe["alpha"] if alphas else NAN,
        "limit_Gy": limit.value_Gy,
        "dose_mGy_per_MBq": dose,
        "se_mGy_per_MBq": u,
        "activity_MBq": NAN if known is None else known.activity_MBq,
        "u_activity_MBq": NAN if known is None else _number(known.u_activity_MBq),
        "lower_activity_MBq": NAN if known is None else _number(known.lower_MBq),
        "reached_first": False,
        "reason": reason,
        "note": "" if known is None or limit.organ in result.sources else OF_OTHERS,
        "source": limit.source,
        "checked": limit.checked,
    }


def _room(
    one: OfNuclide,
    result: PatientResult,
    limit: DoseLimit,
    tissues: Mapping[str, TissueConstants],
    dose: float,
    u: float,
    rbe: Mapping[str, float],
    curves: Mapping[str, Exchanged],
) -> LimitRoom:
    if not dose > 0.0:
        raise DosimetryError(f"the dose of '{limit.organ}' is 0")
    if limit.quantity == ABSORBED:
        return room_of_absorbed(limit, 0.0, 1e-3 * dose, u_dose_Gy_per_MBq=1e-3 * u if u == u else None)
    source = limit.organ
    if source not in curves and source in BLOOD_SOURCES and source in result.sources and "serum" in curves:
        source = "serum"
    if source not in curves:
        raise DosimetryError(
            f"'{limit.organ}' has no curve of its own, and how its dose rate goes with time is not known"
        )
    at = result.doses.targets.index(limit.organ)
    parts = {k: float(result.doses.part_mGy_per_MBq[k][at]) for k in KINDS}
    absorbed = sum(parts.values())
    rate = dose_rate_of_curve(curves[source].used, 1e-3 * absorbed, one.nuclide.lambda_per_h)
    return room_of_bed(
        limit,
        [],
        0.0,
        rate,
        tissues[limit.organ],
        u_dose_relative=u / dose if u == u else None,
        rbe_max=rbe_max_of(parts, rbe),
    )


def _number(value: float | None) -> float:
    return NAN if value is None else value


def limits_said(table: LimitTable) -> Sequence[str]:
    """Each limit with its source, and what it was checked against; a line each."""
    found = [
        f"{x.name}: {x.value_Gy:g} Gy {x.quantity} of the {x.organ}; {x.source} (checked: {x.checked})"
        for x in table.limits
    ]
    return found + [
        f"BED of the {organ}: alpha/beta {t.alpha_beta_Gy:g} Gy, repair half-time {t.repair_half_time_h:g} h;"
        f" {t.source} (checked: {t.checked})"
        for organ, t in table.tissues.items()
        if any(x.organ == organ and x.quantity != ABSORBED for x in table.limits)
    ]
