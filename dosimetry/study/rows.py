"""Rows of the result tables, one patient at a time. Units stand in column names or in a column ``unit``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dosimetry.doses.effective import weight_set
from dosimetry.study.results import EACH
from dosimetry.tiacs.tiacs import UsedCurve

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.patient import Patient
    from dosimetry.patients.results import PatientResult

NAN = float("nan")
CRITERION = "information criterion"
POINTS = "number of points"
#: Beginnings of quantities that mean nothing over patients.
EACH_CURVES_OWN = (CRITERION, POINTS, "Akaike weight")
AVERAGED = "AUC to infinity, averaged over models"


def _who(patient: Patient) -> dict[str, Any]:
    return {
        "patient": patient.name,
        "sex": patient.sex,
        "phantom": patient.phantom,
        "statistic": EACH,
        "n": 1,
    }


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def marked(frame: pd.DataFrame, data: str) -> pd.DataFrame:
    """The frame with a first column that says whether its numbers come from simulated or measured data."""
    frame = frame.reset_index(drop=True)
    if len(frame.columns):
        frame.insert(0, "data", data)
    return frame


def kinetics_rows(result: PatientResult) -> pd.DataFrame:
    """Fitted parameters, half-lives and areas of every curve; a row a quantity."""
    import pandas as pd

    rows = []
    for used in result.sources.curves:
        common = {**_who(result.patient), "curve": used.region}
        for row in _fit_rows(used) if used.fit is not None else _area_rows(used):
            rows.append({**common, **row})
    return pd.DataFrame(rows)


def _fit_rows(used: UsedCurve) -> list[dict[str, Any]]:
    fit = used.fit
    assert fit is not None
    common = {"model": fit.model, "weights": fit.weights}
    choice = used.choice
    warning = "; ".join(dict.fromkeys((*fit.warnings, *(choice.warnings if choice else ()))))

    def row(
        quantity: str, value: float | None, se: float | None, unit: str, why_no_se: str = ""
    ) -> dict[str, Any]:
        reason = "" if se is not None else why_no_se or fit.reason or "no standard error: on a bound"
        return {
            **common,
            "quantity": quantity,
            "value": _number(value),
            "se_value": _number(se),
            "unit": unit,
            "reason": reason,
            "note": warning,
        }

    rows = []
    for name, (value, se) in fit.parameters.items():
        unit = used.curve.unit if name in fit.function.amplitudes else "1/h (biologic)"
        rows.append(row(name, value, se, unit))
    for kind, half_lives in (
        ("biologic", fit.biologic_half_lives_h),
        ("effective", fit.effective_half_lives_h),
    ):
        for name, (value, se) in half_lives.items():
            rows.append(row(f"{kind} half-life of {name}", value, se, "h"))
    rows.append(row("AUC to infinity, not decay-corrected", fit.area, fit.se_area, f"{used.curve.unit} x h"))
    given = "not a random quantity"
    rows.append(row("extrapolated fraction of the AUC", fit.extrapolated_fraction, None, "1", "not computed"))
    rows.append(row(CRITERION, fit.aicc, None, "1", fit.aicc_reason or given))
    for c in choice.candidates if choice else ():
        rows.append(row(f"Akaike weight of {c.model}", c.weight, None, "1", c.reason or given))
    if choice:
        averaged = choice.averaged_area
        rows.append(row(AVERAGED, averaged.value, averaged.se, f"{used.curve.unit} x h"))
    rows.append(row(POINTS, fit.n_points, None, "1", given))
    return rows


def _area_rows(used: UsedCurve) -> list[dict[str, Any]]:
    under = used.area
    assert under is not None
    note = "; ".join([under.first_interval, under.tail, *under.warnings])
    no_sd = "the curve has no standard deviations"

    def row(
        quantity: str, value: float | None, se: float | None, unit: str, why_no_se: str
    ) -> dict[str, Any]:
        return {
            "model": f"{under.method} trapezoids",
            "weights": "",
            "quantity": quantity,
            "value": _number(value),
            "se_value": _number(se),
            "unit": unit,
            "reason": "" if se is not None else why_no_se,
            "note": note,
        }

    fraction = under.extrapolated_fraction
    return [
        row("AUC to infinity, not decay-corrected", under.area, under.se_area, under.unit, no_sd),
        row("AUC to the last point", under.area_observed, under.se_area_observed, under.unit, no_sd),
        row("extrapolated fraction of the AUC", fraction, None, "1", under.reason or "not computed"),
        row(POINTS, len(used.curve), None, "1", "not a random quantity"),
    ]


def tiac_rows(result: PatientResult) -> pd.DataFrame:
    """TIAC of every source region and of the whole body."""
    import pandas as pd

    sources = result.sources
    whole = [sources.whole_body] if sources.whole_body is not None else []
    rows = []
    for t in (*sources.tiacs, *whole):
        rows.append(
            {
                **_who(result.patient),
                "source": t.source,
                "tiac_h": t.value_h,
                "se_h": _number(t.se_h),
                "extrapolated_fraction": _number(sources.extrapolated.get(t.source)),
                "obtained": t.how,
                "reason": t.reason,
            }
        )
    for source, reason in sources.missing.items():
        rows.append(
            {
                **_who(result.patient),
                "n": 0,
                "source": source,
                "tiac_h": NAN,
                "se_h": NAN,
                "extrapolated_fraction": NAN,
                "obtained": "",
                "reason": reason,
            }
        )
    return pd.DataFrame(rows)


def dose_rows(result: PatientResult) -> pd.DataFrame:
    """Absorbed dose of every target region with its parts and standard errors."""
    import pandas as pd

    doses = result.doses
    table = doses.to_frame()
    frame = pd.DataFrame(
        {
            **_who(result.patient),
            "target": doses.targets,
            "dose_mGy_per_MBq": table["dose_mGy_per_MBq"].to_numpy(),
            "se_mGy_per_MBq": table["se"].to_numpy(),
            "se_from_tiac_mGy_per_MBq": table["se_tiac"].to_numpy(),
            "se_from_saf_mGy_per_MBq": table["se_saf"].to_numpy(),
            **{f"{k}_part_mGy_per_MBq": v for k, v in doses.part_mGy_per_MBq.items()},
        }
    )
    return frame.assign(reason="; ".join(doses.missing.values()), note=" ".join(doses.notes))


def effective_rows(result: PatientResult) -> pd.DataFrame:
    """Effective dose by each weight set, from the patient's own body."""
    import pandas as pd

    rows = []
    for weights, (value, se) in result.effective.items():
        rows.append(
            {
                **_who(result.patient),
                "quantity": weight_set(weights)["quantity"],
                "weights": weights,
                "effective_dose_mSv_per_MBq": value,
                "se_from_tiac_mSv_per_MBq": _number(se),
                "reason": "" if se is not None else "standard errors of the TIACs are not known",
                "note": f"one body: {result.patient.phantom}",
            }
        )
    return pd.DataFrame(rows)
