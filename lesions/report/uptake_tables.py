"""Tables of uptake: each lesion in each scan, sites, ratios to other tissues, the time of best contrast."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lesions.lesion import QUANTITIES, LesionPatient
from lesions.uptake.contrast import BestContrast
from lesions.uptake.ratios import UptakeRatio, planned

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
ALL_SITES = "all sites"
#: Names of the tables -> what is in each, for the page that lies beside them.
CONTENTS = {
    "lesion_uptake": "uptake, activity and concentration of each lesion in each scan, how a SUL was obtained,"
    " volume and class by eye",
    "lesion_references": "uptake of normal tissues in each scan",
    "lesion_fdg": "uptake of FDG of each lesion before the treatment and early in it, volume, burden (mean"
    " uptake x volume)",
    "lesion_sites": "median, quartiles and range of the lesions' uptake by site and time; lesions of one"
    " patient"
    " are not independent, so that quartiles describe these lesions and no others",
    "lesion_ratios": "uptake of each lesion in each scan over that of its background and of normal"
    " tissues, with"
    " SD (first order, errors independent)",
    "lesion_contrast": "ratios over time: each lesion's, medians over a patient's lesions, medians over"
    " patients"
    " of these; best marks the highest of the times that were scanned; intervals of medians by order"
    " statistics",
}
UNITS = {"activity_MBq": "MBq", "concentration_kBq_per_mL": "kBq/mL"}


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def _frame(columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(columns)) if rows else pd.DataFrame()


def uptake_frame(
    patients: Sequence[LesionPatient], scans_h: Sequence[float], decay_corrected: bool | None
) -> pd.DataFrame:
    """A row a lesion, a scan and a quantity."""
    rows: list[tuple[Any, ...]] = []
    state = {True: "decay-corrected to the administration", False: "as at the scan", None: ""}[
        decay_corrected
    ]
    for patient in patients:
        for lesion in patient.lesions:
            for u in lesion.uptake:
                who = (patient.name, lesion.name, lesion.site, u.time_h, planned(u.time_h, scans_h))
                more = (_number(u.volume_mL), _number(u.visual_class))
                values = [
                    (q, u.value[q], u.sd.get(q), "1", u.obtained.get(q, "as measured"))
                    for q in QUANTITIES
                    if q in u.value
                ]
                for name, unit in UNITS.items():
                    value = getattr(u, name)
                    if value is not None:
                        values.append((name, value, getattr(u, f"sd_{name}"), unit, state))
                if not values:  # read by eye alone
                    why = "class by eye only" if u.visual_class is not None else "nothing measured"
                    rows.append((*who, "", NAN, NAN, "", *more, "", why))
                for quantity, value, sd, unit, how in values:
                    reason = "" if sd is not None else "no SD in the table"
                    rows.append((*who, quantity, value, _number(sd), unit, *more, how, reason))
    columns = ("patient", "lesion", "site", "time_h", "planned_h", "quantity", "value", "sd_value", "unit",
               "volume_mL", "visual_class", "obtained", "reason")  # fmt: skip
    return _frame(columns, rows)


def reference_frame(patients: Sequence[LesionPatient], scans_h: Sequence[float]) -> pd.DataFrame:
    """A row a normal tissue, a scan and a quantity."""
    rows = [
        (
            patient.name, r.region, r.time_h, planned(r.time_h, scans_h), q, r.value[q], _number(r.sd.get(q)),
            r.obtained.get(q, "as measured"), "" if q in r.sd else "no SD in the table",
        )
        for patient in patients
        for r in patient.references
        for q in QUANTITIES
        if q in r.value
    ]  # fmt: skip
    columns = (
        "patient",
        "region",
        "time_h",
        "planned_h",
        "quantity",
        "value",
        "sd_value",
        "obtained",
        "reason",
    )
    return _frame(columns, rows)


def fdg_frame(patients: Sequence[LesionPatient]) -> pd.DataFrame:
    """A row a lesion and a scan with FDG."""
    used = [q for q in QUANTITIES if any(q in f.value for p in patients for x in p.lesions for f in x.fdg)]
    rows = []
    for patient in patients:
        for lesion in patient.lesions:
            for f in lesion.fdg:
                how = "; ".join(dict.fromkeys(f.obtained.values())) or "as measured"
                why = "" if f.burden is not None else "no burden: mean uptake or volume is not known"
                rows.append(
                    (
                        patient.name, lesion.name, lesion.site, f.when, _number(f.day),
                        *(_number(f.value.get(q)) for q in used), _number(f.volume_mL), _number(f.burden),
                        how, why,
                    )
                )  # fmt: skip
    columns = (
        "patient",
        "lesion",
        "site",
        "scan",
        "day",
        *used,
        "volume_mL",
        "burden_mL",
        "obtained",
        "reason",
    )
    return _frame(columns, rows)


def site_frame(patients: Sequence[LesionPatient], quantity: str, scans_h: Sequence[float]) -> pd.DataFrame:
    """Median, quartiles and range of the lesions of each site, and of all, at each time of the plan."""
    import numpy as np

    found: dict[tuple[str, float], list[tuple[str, float]]] = {}
    for patient in patients:
        for lesion in patient.lesions:
            for u in lesion.uptake:
                if quantity in u.value:
                    at = planned(u.time_h, scans_h)
                    for site in (lesion.site, ALL_SITES):
                        found.setdefault((site, at), []).append((patient.name, u.value[quantity]))
    rows = []
    for (site, at), values in sorted(found.items(), key=lambda kv: (kv[0][0] == ALL_SITES, kv[0])):
        numbers = [v for _, v in values]
        low, middle, high = np.quantile(numbers, (0.25, 0.5, 0.75))
        rows.append(
            (
                site, at, quantity, len(numbers), len({p for p, _ in values}), float(middle), float(low),
                float(high), min(numbers), max(numbers),
            )
        )  # fmt: skip
    columns = ("site", "planned_h", "quantity", "n_lesions", "n_patients", "median", "lower_quartile",
               "upper_quartile", "minimum", "maximum")  # fmt: skip
    return _frame(columns, rows)


def ratio_frame(ratios: Sequence[UptakeRatio]) -> pd.DataFrame:
    """A row a lesion, a scan and a tissue beside it."""
    rows = [
        (
            r.patient, r.lesion, r.site, r.time_h, r.planned_h, r.quantity, _number(r.value),
            _number(r.sd_value), r.beside, r.reference_quantity, _number(r.reference),
            _number(r.sd_reference), _number(r.ratio), _number(r.sd_ratio), r.reason,
        )
        for r in ratios
    ]  # fmt: skip
    columns = ("patient", "lesion", "site", "time_h", "planned_h", "quantity", "value", "sd_value", "beside",
               "reference_quantity", "reference", "sd_reference", "ratio", "sd_ratio", "reason")  # fmt: skip
    return _frame(columns, rows)


def contrast_frame(found: Sequence[BestContrast]) -> pd.DataFrame:
    """A row a time; of a lesion, a patient or the cohort that has no ratio, one row with the reason."""
    rows: list[tuple[Any, ...]] = []
    for b in found:
        of = "lesion" if b.lesion else "patient" if b.patient else "cohort"
        who = (of, b.patient or "cohort", b.lesion, b.beside, b.n_lesions, b.n_patients, b.left_out)
        for a in b.at:
            best = "yes" if a.time_h == b.best_h else "" if b.best_h is None else "no"
            why = "; ".join(filter(None, (b.reason, a.reason)))
            rows.append((*who, a.time_h, a.ratio, _number(a.low), _number(a.high), best, why))
        if not b.at:
            rows.append((*who, NAN, NAN, NAN, NAN, "", b.reason))
    columns = ("of", "patient", "lesion", "beside", "n_lesions", "n_patients", "left_out", "planned_h",
               "ratio", "low", "high", "best", "reason")  # fmt: skip
    return _frame(columns, rows)
