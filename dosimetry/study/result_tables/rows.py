"""Rows of the result tables. Units stand in column names or in a column ``unit``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dosimetry.doses.effective import one_bodys, walls_by_whole, weight_set
from dosimetry.doses.weighting import lacking_tissues, regions_used
from dosimetry.patients.own_organs import of_other_sex
from dosimetry.patients.patient import SERUM
from dosimetry.patients.sources import BLOOD_SOURCES
from dosimetry.study.result_tables.counted import from_remainder, left_out, not_measured
from dosimetry.study.results import EACH
from dosimetry.svalues.folding import KINDS
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.populations.averaged import IndividualChoice
from phantoms.regions.names import REMAINDER

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.doses.result import DoseResult
    from dosimetry.patients.patient import Patient
    from dosimetry.patients.results import PatientResult

NAN = float("nan")
#: First columns of every table.
WHO = ("patient", "sex", "phantom", "statistic")
CRITERION = "information criterion"
POINTS = "number of points"
#: Weights of models of one curve, and of curves that were fitted together.
WEIGHTS = ("Akaike weight", "the cohort's weight")
#: Beginnings of quantities that mean nothing over patients.
EACH_CURVES_OWN = (CRITERION, POINTS, *WEIGHTS)
AVERAGED = "AUC to infinity, averaged over models"


def _number(value: float | None) -> float:
    return NAN if value is None else float(value)


def marked(frame: pd.DataFrame, data: str) -> pd.DataFrame:
    """The frame with a first column that says whether its numbers come from simulated or measured data."""
    frame = frame.reset_index(drop=True)
    if len(frame.columns):
        frame.insert(0, "data", data)
    return frame


def kinetics_rows(results: Sequence[PatientResult]) -> pd.DataFrame:
    """Fitted parameters, half-lives and areas of every curve; a row a quantity."""
    rows: list[tuple[Any, ...]] = []
    for result in results:
        who = _who(result.patient)
        for used in result.sources.curves:
            made = _fit_rows(used) if used.fit is not None else _area_rows(used)
            said = result.sources.warnings.get(used.region, ())
            rows += [
                (*who, 1, used.region, *row, "; ".join(filter(None, [note, *said]))) for *row, note in made
            ]
    return _frame(
        (*WHO, "n", "curve", "model", "weights", "quantity", "value", "se_value", "unit", "reason", "note"),
        rows,
    )


def _fit_rows(used: UsedCurve) -> list[tuple[Any, ...]]:
    fit = used.fit
    assert fit is not None
    choice = used.choice
    warning = "; ".join(dict.fromkeys((*used.notes, *fit.warnings, *(choice.warnings if choice else ()))))
    rows: list[tuple[Any, ...]] = []

    def add(quantity: str, value: float | None, se: float | None, unit: str, why_no_se: str = "") -> None:
        reason = "" if se is not None else why_no_se or fit.reason or "no standard error: on a bound"
        rows.append((fit.model, fit.weights, quantity, _number(value), _number(se), unit, reason, warning))

    for name, (value, se) in fit.parameters.items():
        add(name, value, se, used.curve.unit if name in fit.function.amplitudes else "1/h (biologic)")
    for kind, half_lives in (
        ("biologic", fit.biologic_half_lives_h),
        ("effective", fit.effective_half_lives_h),
    ):
        for name, (value, se) in half_lives.items():
            add(f"{kind} half-life of {name}", value, se, "h")
    add("AUC to infinity, not decay-corrected", fit.area, fit.se_area, f"{used.curve.unit} x h")
    given = "not a random quantity"
    add("extrapolated fraction of the AUC", fit.extrapolated_fraction, None, "1", "not computed")
    add(CRITERION, fit.aicc, None, "1", fit.aicc_reason or given)
    weight = WEIGHTS[isinstance(choice, IndividualChoice)]
    for c in choice.candidates if choice else ():
        add(f"{weight} of {c.model}", c.weight, None, "1", c.reason or given)
    if choice:
        averaged = choice.averaged_area
        add(AVERAGED, averaged.value, averaged.se, f"{used.curve.unit} x h")
    add(POINTS, fit.n_points, None, "1", given)
    return rows


def _area_rows(used: UsedCurve) -> list[tuple[Any, ...]]:
    under = used.area
    assert under is not None
    note = "; ".join([under.first_interval, under.tail, *under.warnings, *used.notes])
    no_sd = "the curve has no standard deviations"

    def row(
        quantity: str, value: float | None, se: float | None, unit: str, why_no_se: str
    ) -> tuple[Any, ...]:
        reason = "" if se is not None else why_no_se
        method = f"{under.method} trapezoids"
        return method, "", quantity, _number(value), _number(se), unit, reason, note

    fraction = under.extrapolated_fraction
    return [
        row("AUC to infinity, not decay-corrected", under.area, under.se_area, under.unit, no_sd),
        row("AUC to the last point", under.area_observed, under.se_area_observed, under.unit, no_sd),
        row("extrapolated fraction of the AUC", fraction, None, "1", under.reason or "not computed"),
        row(POINTS, len(used.curve), None, "1", "not a random quantity"),
    ]


def tiac_rows(results: Sequence[PatientResult]) -> pd.DataFrame:
    """TIAC of every source region and of the whole body; n is 0 where a patient has none of its own."""
    rows: list[tuple[Any, ...]] = []
    for result, lacking in zip(results, not_measured(results), strict=True):
        who, sources = _who(result.patient), result.sources
        whole = [sources.whole_body] if sources.whole_body is not None else []
        for t in (*sources.tiacs, *whole):
            after = _number(sources.extrapolated.get(t.source))
            said = sources.warnings.get(t.source, ())
            if t.source in BLOOD_SOURCES and "serum" in t.how:
                said = [*said, *sources.warnings.get(SERUM, ())]
            note = "; ".join(said)
            rows.append((*who, 1, t.source, t.value_h, _number(t.se_h), after, t.how, t.reason, note))
        reasons = {**{s: from_remainder(s) for s in lacking}, **sources.missing}
        for source, reason in reasons.items():
            rows.append((*who, 0, source, NAN, NAN, NAN, "", reason, ""))
    columns = ("source", "tiac_h", "se_h", "extrapolated_fraction", "obtained", "reason", "note")
    return _frame((*WHO, "n", *columns), rows)


def dose_rows(results: Sequence[PatientResult]) -> pd.DataFrame:
    """Absorbed dose of every target region with its parts and standard errors.

    Organs of the other sex have no dose, but a reason. Those that were not measured in this patient, but in
    others, have the dose that the rest of the body gives them; their n is 0, and so they count in no mean.
    """
    import numpy as np
    import pandas as pd

    doses = [r.doses for r in results]
    size = [len(d.targets) for d in doses]

    def each(values: Sequence[Any]) -> list[Any]:
        return [v for v, n in zip(values, size, strict=True) for _ in range(n)]

    who = list(zip(*(_who(r.patient) for r in results), strict=True))
    saf = [d.se_from_saf_mGy_per_MBq for d in doses]
    absent = np.array([t in of_other_sex(r.patient) for r in results for t in r.doses.targets])

    def numbers(parts: Sequence[Any]) -> Any:
        return np.where(absent, NAN, np.concatenate(parts))

    unknown = each(["; ".join(d.missing.values()) for d in doses])
    skipped = [whys.get(t, "") for d, whys in zip(doses, left_out(results), strict=True) for t in d.targets]
    return pd.DataFrame(
        {
            **{name: each(values) for name, values in zip(WHO, who, strict=True)},
            "n": [int(not why) for why in skipped],
            "target": [t for d in doses for t in d.targets],
            "dose_mGy_per_MBq": numbers([d.total_mGy_per_MBq for d in doses]),
            "se_mGy_per_MBq": numbers([d.se_mGy_per_MBq for d in doses]),
            "se_from_tiac_mGy_per_MBq": numbers([d.se_from_tiac_mGy_per_MBq for d in doses]),
            "se_from_saf_mGy_per_MBq": numbers(
                [np.full(n, NAN) if se is None else se for se, n in zip(saf, size, strict=True)]
            ),
            **{f"{k}_part_mGy_per_MBq": numbers([d.part_mGy_per_MBq[k] for d in doses]) for k in KINDS},
            "reason": ["; ".join(filter(None, both)) for both in zip(skipped, unknown, strict=True)],
            "note": [
                " ".join((*_lent(r.doses, t), *_in_part(r), *r.doses.notes))
                for r in results
                for t in r.doses.targets
            ],
        }
    )


def _in_part(result: PatientResult) -> tuple[str, ...]:
    """What a reader must know of doses in images of a part of the patient, which get all of the remainder."""
    said = result.sources.warnings.get(REMAINDER, ()) if result.patient.own_body else ()
    return tuple(f"{text}." for text in said)


def _lent(doses: DoseResult, target: str) -> tuple[str, ...]:
    """What a reader must know of a dose that is not of the patient's body."""
    if target not in doses.reference_targets:
        return ()
    return (f"SAFs of the reference body '{doses.reference_body}'.",)


def effective_rows(results: Sequence[PatientResult]) -> pd.DataFrame:
    """Effective dose by each weight set, from the patient's own body."""
    rows: list[tuple[Any, ...]] = []
    for result, lacking in zip(results, not_measured(results), strict=True):
        note = f"one body: {result.patient.phantom}"
        there = ", ".join(result.doses.reference_targets)
        borrowed = f"{there} of the reference body '{result.doses.reference_body}'" if there else ""
        if lacking:
            note += f"; {', '.join(lacking)}: not measured in this patient, part of the rest of the body"
        for weights, (value, se) in result.effective.items():
            chosen = weight_set(weights)
            reason = "" if se is not None else "standard errors of the TIACs are not known"
            without = lacking_tissues(chosen, result.doses.targets, result.doses.sex)
            reason = f"not given: {without}" if without else reason
            used = regions_used(chosen, result.doses.targets, result.doses.sex)
            whole = walls_by_whole([result.doses], used)
            in_part = "; ".join(text.removesuffix(".") for text in _in_part(result))
            said = "; ".join(filter(None, (note, one_bodys(chosen), borrowed, whole, in_part)))
            row = (int(not without), chosen["quantity"], weights, value, _number(se), reason, said)
            rows.append((*_who(result.patient), *row))
    columns = ("effective_dose_mSv_per_MBq", "se_from_tiac_mSv_per_MBq", "reason", "note")
    return _frame((*WHO, "n", "quantity", "weights", *columns), rows)


def _who(patient: Patient) -> tuple[str, str, str, str]:
    return patient.name, patient.sex, patient.phantom, EACH


def _frame(columns: Sequence[str], rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    import pandas as pd

    if not rows:
        return pd.DataFrame()
    return pd.DataFrame(dict(zip(columns, map(list, zip(*rows, strict=True)), strict=True)))
