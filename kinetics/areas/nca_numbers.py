"""The numbers of a non-compartmental analysis, from points corrected for decay, with 0 below the limit.

"Observed" extrapolates from the last measured value, "predicted" from the terminal line at that time.
Formulas: Gabrielsson & Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis, ch. 2.8. The effective
half-life is ln 2 MRT, that of a one-compartment body with the same mean residence time; no decay is in it.
"""

from __future__ import annotations

import math

import numpy as np

from kinetics.areas.segments import moment_areas, segment_areas
from kinetics.areas.terminal import terminal_slope
from kinetics.curves.curve import FloatArray

#: What cannot be given without a terminal slope.
OF_THE_SLOPE = (
    "lambda_z", "half_life", "r2", "r2_adjusted", "n_points", "lambda_z_from", "lambda_z_to", "lambda_z_span",
    "auc_inf_obs", "auc_inf_pred", "auc_extrapolated_percent", "auc_extrapolated_pred_percent",
    "auc_back_extrapolated_percent", "aumc_inf_obs", "aumc_inf_pred", "mrt_inf_obs", "mrt_inf_pred", "cl",
    "cl_pred", "vz", "vss", "vss_pred", "effective_half_life",
)  # fmt: skip


def concentration_at_zero(time: FloatArray, value: FloatArray, route: str) -> tuple[float, str | None]:
    """Value at time 0 and a note."""
    if time[0] == 0:
        return float(value[0]), None
    if route != "bolus":
        return 0.0, None
    if value.size > 1 and 0 < value[1] < value[0]:
        slope = math.log(value[0] / value[1]) / (time[1] - time[0])
        return float(value[0] * math.exp(slope * time[0])), None
    return float(value[0]), "the first two points don't fall: C0 is the first value (WinNonlin's rule)"


def residence_time(moment: float, total: float, infusion_h: float) -> float | str:
    """AUMC/AUC less half the infusion; none where that is not above 0, as of a duration that cannot be.

    >>> residence_time(100.0, 10.0, 2.0), residence_time(100.0, 10.0, 30.0)
    (9.0, 'AUMC/AUC is 10 h, not more than half the infusion of 30 h: no mean residence time')
    """
    found = moment / total - infusion_h / 2
    if found <= 0.0:
        return (
            f"AUMC/AUC is {moment / total:.4g} h, not more than half the infusion of {infusion_h:g} h: no"
            " mean residence time"
        )
    return found


def times(factor: float, value: float | str) -> float | str:
    """A product, or the reason why there is none."""
    return value if isinstance(value, str) else factor * value


def nca_numbers(
    time: FloatArray,
    value: FloatArray,
    dose: float,
    route: str,
    infusion_h: float,
    method: str,
    slope_points: int | None,
    no_slope: str = "",
) -> dict[str, float | str]:
    """Every parameter's value, or the reason why there is none."""
    c0, _ = concentration_at_zero(time, value, route)
    last = int(np.flatnonzero(value > 0)[-1])
    t, c = time[: last + 1], value[: last + 1]
    if t[0] > 0:
        t, c = np.concatenate([[0.0], t]), np.concatenate([[c0], c])
    every, of_every = (time, value) if time[0] == 0 else (np.append(0.0, time), np.append(c0, value))
    auc = segment_areas(t, c, method)
    aumc = moment_areas(t, c, method)
    auc_last, aumc_last = float(auc.sum()), float(aumc.sum())
    peak = int(np.argmax(value))
    found: dict[str, float | str] = {}
    if route == "bolus":
        found |= {"c0": c0, "v1": dose / c0 if c0 > 0 else "C0 is 0, as the first value is: no volume"}
    else:
        reason = f"no C0 after {'an infusion' if route == 'infusion' else 'extravascular administration'}"
        found |= {"c0": reason, "v1": reason}
    found |= {
        "c_max": float(value[peak]), "t_max": float(time[peak]), "c_last": float(value[last]),
        "t_last": float(time[last]), "auc_last": auc_last,
        "auc_all": float(segment_areas(every, of_every, method).sum()), "aumc_last": aumc_last,
        "mrt_last": residence_time(aumc_last, auc_last, infusion_h),
    }  # fmt: skip
    if slope_points is None:
        return found | dict.fromkeys(OF_THE_SLOPE, f"no terminal slope: {no_slope}")
    slope = terminal_slope(t[c > 0], c[c > 0], n_points=slope_points)
    lz, t_last, c_last = slope.lambda_z_per_h, float(time[last]), float(value[last])
    if slope.reason is not None:
        lz = math.nan
    found |= {
        "lambda_z": lz, "half_life": math.log(2) / lz, "r2": slope.r2,
        "r2_adjusted": slope.adjusted_r2 if slope_points > 2 else "two points: none to adjust for",
        "n_points": float(slope_points), "lambda_z_from": slope.start_h, "lambda_z_to": slope.end_h,
        "lambda_z_span": slope.span,
    }  # fmt: skip
    for kind, start in (("obs", c_last), ("pred", slope.predicted(t_last))):
        whole = auc_last + start / lz
        moment = aumc_last + start * t_last / lz + start / lz**2
        found[f"auc_inf_{kind}"], found[f"aumc_inf_{kind}"] = whole, moment
        found[f"mrt_inf_{kind}"] = residence_time(moment, whole, infusion_h)
    no_route = "needs an intravenous dose"
    intravenous = route != "extravascular"
    total, predicted = float(found["auc_inf_obs"]), float(found["auc_inf_pred"])
    found |= {
        "auc_extrapolated_percent": 100 * (c_last / lz) / total,
        "auc_extrapolated_pred_percent": 100 * (1 - auc_last / predicted),
        "auc_back_extrapolated_percent": 100 * float(auc[0]) / total
        if route == "bolus" and time[0] > 0
        else "nothing is back-extrapolated",
        "cl": dose / total,
        "cl_pred": dose / predicted,
        "vz": dose / total / lz,
        "vss": times(dose / total, found["mrt_inf_obs"]) if intravenous else no_route,
        "vss_pred": times(dose / predicted, found["mrt_inf_pred"]) if intravenous else no_route,
        "effective_half_life": times(math.log(2), found["mrt_inf_obs"]) if intravenous else no_route,
    }
    return found
