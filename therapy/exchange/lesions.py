"""Lesions with another label: self-doses of a study's lesions, and how they stand to the organs' doses.

A lesion's self-dose goes with its activity. Its dose rate is corrected for the measured label's decay and
decays anew, a fit by its rates, trapezoids over their points by the same rules; the dose per decay is that of
a sphere of the lesion's mass and density, by which its own (of whatever shape) is scaled. Doses of other
regions to it are not projected.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from dosimetry.doses.spheres import SphereDose, sphere_dose
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.svalues.folding import KINDS
from lesions.doses.lesion_dose import ExponentialRate, LesionDose, PiecewiseRate
from milligray.errors import MilligrayError
from therapy.biology.lesion_rate import dose_rate_of_lesion
from therapy.biology.rbe import checked_rbe, rbe_weighted
from therapy.exchange.project import OfNuclide, Theranostic

if TYPE_CHECKING:
    import pandas as pd

NAN = float("nan")
#: Organs that a lesion's dose is held against, where a body has them.
AGAINST = ("kidneys", "red marrow", "liver")
SELF_ALONE = "self-dose alone: what other regions give to it is not projected; uncertainty not projected"


def lesion_doses_of(found: Theranostic) -> tuple[LesionDose, ...]:
    """The study's lesion doses; empty where it has none."""
    part = found.study.parts.get("lesions")
    doses: Sequence[Any] = () if part is None else getattr(part.result, "doses", ())
    return tuple(d for d in doses if isinstance(d, LesionDose))


def exchanged_rate(
    rate: ExponentialRate | PiecewiseRate, measured: Nuclide, to: Nuclide
) -> ExponentialRate | PiecewiseRate:
    """A dose rate that goes with an activity, with another label's decay; per decay as before.

    Raises
    ------
    DosimetryError : it falls more slowly than its own label decays, so that it would rise with the other.
    """
    change = to.lambda_per_h - measured.lambda_per_h
    if isinstance(rate, ExponentialRate):
        return replace(rate, rate_per_h=tuple(k + change for k in rate.rate_per_h))
    decay = np.exp(-change * np.array(rate.time_h))
    tail, tail_per_h = rate.tail_mGy_per_h_MBq, rate.tail_per_h
    return replace(
        rate,
        value_mGy_per_h_MBq=tuple((np.array(rate.value_mGy_per_h_MBq) * decay).tolist()),
        decay_per_h=rate.decay_per_h + change if rate.decay_per_h else 0.0,
        tail_mGy_per_h_MBq=None if tail is None else tail * float(decay[-1]),
        tail_per_h=None if tail_per_h is None else tail_per_h + change,
    )


def after_last(rate: ExponentialRate | PiecewiseRate, last_h: float | None) -> float:
    """Share of a dose after the last point; NaN where that is not known."""
    if isinstance(rate, PiecewiseRate):
        tail = rate.tail_mGy_per_h_MBq
        return (tail / rate.tail_per_h if tail and rate.tail_per_h else 0.0) / rate.dose_mGy_per_MBq
    if last_h is None:
        return NAN
    late = math.fsum(
        a / k * math.exp(-k * last_h)
        for a, k in zip(rate.amplitude_mGy_per_h_MBq, rate.rate_per_h, strict=True)
    )
    return late / rate.dose_mGy_per_MBq


def lesion_frame(found: Theranostic, rbe: Mapping[str, float] | None = None) -> pd.DataFrame:
    """A row a lesion and nuclide: its self-dose, RBE-weighted apart, and its ratio to organs' doses.

    Empty where the study has no lesion doses. What cannot be projected has a reason.
    """
    import pandas as pd

    weights = checked_rbe(rbe)
    last = _last_points(found)
    rows = [
        _row(dose, one, found, weights, last.get((dose.patient, dose.lesion)))
        for one in found.nuclides
        for dose in lesion_doses_of(found)
    ]
    return pd.DataFrame(rows)


def _last_points(found: Theranostic) -> dict[tuple[str, str], float]:
    """Patient and lesion -> the last scan of its curve; scans without the quantity are not in that."""
    part = found.study.parts.get("lesions")
    patients: Sequence[Any] = () if part is None else getattr(part.result, "patients", ())
    scans = {
        (patient.name, lesion.name): max(u.time_h for u in lesion.uptake)
        for patient in patients
        for lesion in patient.lesions
        if lesion.uptake
    }
    dosimetry = None if part is None else getattr(part.result, "dosimetry", None)
    curves: Sequence[Any] = () if dosimetry is None else dosimetry.measured
    return scans | {(m.lesion.patient, m.lesion.name): float(m.curve.time_h[-1]) for m in curves}


def _row(
    dose: LesionDose, one: OfNuclide, found: Theranostic, rbe: Mapping[str, float], last_h: float | None
) -> dict[str, Any]:
    measured = found.measured
    result = next((r for r in one.results if r.patient.name == dose.patient), None)
    row: dict[str, Any] = {
        "patient": dose.patient, "lesion": dose.lesion, "site": dose.site, "nuclide": one.name,
        "mass_g": 1e3 * dose.mass_kg,
    }  # fmt: skip
    reason = "" if dose.shape.startswith("sphere") else f"scaled by spheres; the lesion is: {dose.shape}"
    try:
        shape = exchanged_rate(dose.rate, measured.nuclide, one.nuclide)
        longer = dose_rate_of_lesion(shape, 1.0).dose_Gy / dose_rate_of_lesion(dose.rate, 1.0).dose_Gy
        before = _sphere(dose, measured)
        after = _sphere(dose, one)
        scale = dose.self_dose_mGy_per_MBq / before.total_mGy_per_MBq_h * longer
        parts = {k: scale * after.dose_mGy_per_MBq_h[k] for k in KINDS}
        share = after_last(shape, last_h)
    except MilligrayError as error:
        reason = "; ".join(error.complaints)
        longer, share = NAN, NAN
        parts = dict.fromkeys(KINDS, NAN)
    total = math.fsum(parts.values())
    weighted = rbe_weighted(parts, rbe)
    row |= {
        "self_dose_mGy_per_MBq": total,
        **{f"{k}_part_mGy_per_MBq": parts[k] for k in KINDS},
        "rbe_weighted_self_dose_mGy_per_MBq": weighted,
        "tiac_h": NAN if dose.tiac_h is None else dose.tiac_h * longer,
        "extrapolated_fraction": share,
    }
    for organ in AGAINST:
        row[f"ratio_to_{organ.replace(' ', '_')}"] = _ratio(weighted, organ, result, rbe)
    row["reason"] = "; ".join(filter(None, (reason, SELF_ALONE)))
    return row


def _sphere(dose: LesionDose, one: OfNuclide) -> SphereDose:
    return sphere_dose(
        one.nuclide, dose.mass_kg, density_g_per_cm3=dose.density_g_per_cm3, daughters=one.daughters
    )


def _ratio(weighted: float, organ: str, result: Any, rbe: Mapping[str, float]) -> float:
    """Lesion's over organ's dose, RBE-weighted both (which of photons and electrons is the absorbed dose)."""
    if result is None or organ not in result.doses.targets:
        return NAN
    at = result.doses.targets.index(organ)
    own = rbe_weighted({k: float(result.doses.part_mGy_per_MBq[k][at]) for k in KINDS}, rbe)
    return weighted / own if own > 0.0 else NAN
