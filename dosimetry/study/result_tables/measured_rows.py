"""Rows of what was measured: the patients themselves, and every point of every curve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.patients.patient import SERUM

if TYPE_CHECKING:
    import pandas as pd

    from dosimetry.patients.patient import Patient
    from dosimetry.patients.results import PatientResult
    from dosimetry.tiacs.tiacs import UsedCurve

NAN = float("nan")
#: What is known of a patient beside name, sex and body.
OF_A_PATIENT = ("age_y", "body_mass_kg", "height_cm", "haematocrit", "administered_MBq", "mass_dose_mg")
#: Concentrations by the amount that they are of.
BY_MASS, BY_VOLUME = ("%IA/g", "kBq/g"), ("kBq/mL",)


def subject_frame(patients: Sequence[Patient]) -> pd.DataFrame:
    """A row a patient: body, what was administered; ``reason`` names what patients.csv does not state."""
    import pandas as pd

    known: dict[str, list[float]] = {
        name: [NAN if (v := getattr(p, name)) is None else float(v) for p in patients]
        for name in OF_A_PATIENT
    }
    own = any(p.own_body for p in patients)
    lacking = ([n for n, values in known.items() if values[i] != values[i]] for i in range(len(patients)))
    return pd.DataFrame(
        {
            "patient": [p.name for p in patients],
            "sex": [p.sex for p in patients],
            "phantom": [p.phantom for p in patients],
            **({"own_body": ["yes" if p.own_body else "no" for p in patients]} if own else {}),
            "absent": ["; ".join(p.absent) for p in patients],
            **known,
            "reason": [f"not stated in the patients' table: {', '.join(n)}" if n else "" for n in lacking],
        }
    )


def activity_frame(results: Sequence[PatientResult]) -> pd.DataFrame:
    """A row a point of a curve as it was used, and those below the limit of quantification that were not.

    ``value_percent_IA`` is the activity of the whole region in % of what was administered, in the decay state
    of the value; ``mass_g`` or ``volume_mL`` is what a concentration was multiplied by for that.
    """
    import pandas as pd

    blocks = [_block(r.patient, used) for r in results for used in r.sources.curves]
    if not blocks:
        return pd.DataFrame()

    def column(name: str) -> Any:
        values = [block[name] for block in blocks]
        if isinstance(values[0], np.ndarray):
            return np.concatenate(values)
        if isinstance(values[0], str):  # of all of a curve's points
            return [v for v, block in zip(values, blocks, strict=True) for _ in block["time_h"]]
        return [v for of_curve in values for v in of_curve]

    return pd.DataFrame({name: column(name) for name in blocks[0]})


def _block(patient: Patient, used: UsedCurve) -> dict[str, Any]:
    """The columns of one curve's points, in order of time: arrays, lists, or one text for all of them."""
    curve, unit = used.curve, used.curve.unit
    n = len(curve)
    of_region = unit != "%IA/L" and used.region != SERUM
    amount = NAN
    if unit == "%IA/g":
        amount = used.to_percent
    elif unit in ("kBq/g", "kBq/mL"):  # %IA per kBq/g is g / (1000 x MBq), times 100
        assert patient.administered_MBq is not None
        amount = used.to_percent * patient.administered_MBq * 10.0
    reasons = [] if curve.sd is not None else ["sd, sd_percent_IA: none was stated"]
    if not of_region:
        reasons.append(
            "value_percent_IA, sd_percent_IA: a concentration in serum, not the activity of a region"
        )
    if amount != amount:
        reasons.append("mass_g, volume_mL: none is used")
    else:
        reasons.append("volume_mL: a mass is used" if unit in BY_MASS else "mass_g: a volume is used")
    time, value = curve.time_h, curve.value
    sd = np.full(n, NAN) if curve.sd is None else curve.sd
    left_out = [p for p in used.below_limit if p.value is None]
    if left_out:
        time = np.concatenate([time, [p.time_h for p in left_out]])
        gap = np.full(len(left_out), NAN)
        order = np.argsort(time, kind="stable")
        time, value, sd = time[order], np.concatenate([value, gap])[order], np.concatenate([sd, gap])[order]
    reason = "; ".join(reasons)
    marks, whys = ["no"] * len(time), [reason] * len(time)
    in_its_unit = _factor(patient, used)
    for p in used.below_limit:
        i = int(np.flatnonzero(time == p.time_h)[0])
        limit = "limit not known" if p.limit is None else f"< {p.limit * in_its_unit:.7g}"
        marks[i] = f"{limit}: {'left out' if p.value is None else 'set to the value here'}"
        if p.value is None:
            whys[i] = "; ".join(
                filter(None, ("value, sd: below the limit of quantification, left out", reason))
            )
    return {
        "patient": patient.name,
        "sex": patient.sex,
        "phantom": patient.phantom,
        "region": used.region,
        "time_h": time,
        "value": value,
        "sd": sd,
        "unit": unit,
        "decay_corrected": "yes" if curve.decay_corrected else "no",
        "value_percent_IA": value * (used.to_percent if of_region else NAN),
        "sd_percent_IA": sd * (used.to_percent if of_region else NAN),
        "mass_g": np.full(len(time), amount if unit in BY_MASS else NAN),
        "volume_mL": np.full(len(time), amount if unit in BY_VOLUME else NAN),
        "below_limit": marks,
        "reason": whys,
    }


def _factor(patient: Patient, used: UsedCurve) -> float:
    """What a limit is multiplied by where a curve was not used in the unit that it was measured in."""
    measured = patient.measurements.organs.get(used.region) if patient.measurements is not None else None
    if measured is None or measured.unit == used.curve.unit:
        return 1.0
    at = int(np.argmax(measured.value))
    return float(used.curve.value[at] / measured.value[at])
