"""Pharmacokinetic parameters from a fitted sum of exponentials, beside the non-compartmental ones.

For C(t) = sum_i B_i exp(-lambda_i t) after an intravenous bolus of dose D (Gibaldi & Perrier 1982, ch. 2 and
5;
Wagner 1976): C0 = sum B_i, V1 = D/C0, AUC = sum B_i/lambda_i, AUMC = sum B_i/lambda_i^2, MRT = AUMC/AUC,
CL = D/AUC, Vss = CL MRT, V_beta = CL/lambda_slowest. After a constant infusion over T (times from its start,
samples after its end) the fitted amplitudes are A_i = B_i (exp(lambda_i T) - 1)/(lambda_i T) (Loo & Riegelman
1970). The rates are biologic: the substance, not its decay.
"""

from __future__ import annotations

import math

import numpy as np

from kinetics.areas.nca import NcaResult, Parameter
from kinetics.curves.curve import FloatArray
from kinetics.curves.units import clearance_unit, dose_in_unit_of
from kinetics.errors import KineticsError
from kinetics.fitting.result import Estimate, FitResult

_SUMS = ("monoexponential", "biexponential", "triexponential")
_PHASES = {1: ("",), 2: ("alpha_", "beta_"), 3: ("alpha_", "beta_", "gamma_")}


def _numbers(theta: FloatArray, n: int, dose: float, infusion_h: float) -> dict[str, float]:
    a, rate = theta[:n], theta[n:]
    if infusion_h:
        a = a * rate * infusion_h / np.expm1(rate * infusion_h)
    c0, auc, aumc = float(a.sum()), float((a / rate).sum()), float((a / rate**2).sum())
    mrt, cl = aumc / auc, dose / auc
    found = {"c0": c0, "v1": dose / c0}
    for phase, k in zip(_PHASES[n], rate, strict=True):
        found[f"{phase}half_life"] = math.log(2) / k
    found |= {
        "auc_inf": auc,
        "aumc_inf": aumc,
        "mrt_inf": mrt,
        "cl": cl,
        "vss": cl * mrt,
        "vz": cl / rate[-1],
    }
    if n == 2:
        k21 = (a[0] * rate[1] + a[1] * rate[0]) / c0
        k10 = rate[0] * rate[1] / k21
        found |= {"k10": k10, "k21": k21, "k12": rate[0] + rate[1] - k10 - k21}
    return {k: float(v) for k, v in found.items()}


def fitted_parameters(
    fit: FitResult, *, dose: float, dose_unit: str | None = None, infusion_h: float | None = None
) -> dict[str, Parameter]:
    """C0, V1, half-lives, AUC, AUMC, MRT, CL, Vss, V_beta (``vz``) and micro-constants with standard errors.

    Parameters
    ----------
    fit : a sum of exponentials fitted to a concentration curve.
    dose, dose_unit : as for :func:`kinetics.nca`.
    infusion_h : duration of a constant infusion, with times from its start and all points after its end;
        None: a bolus.

    Raises
    ------
    KineticsError : the model isn't a sum of exponentials, or a point lies within the infusion.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_curve
    >>> t = np.array([1.0, 2.0, 4.0, 8.0])
    >>> curve = Curve(time_h=t, value=16 * 0.5**t, unit="mg/L", decay_corrected=True, lambda_phys_per_h=0)
    >>> own = fitted_parameters(fit_curve(curve, "monoexponential", weights="relative"), dose=100)
    >>> round(own["c0"].value, 3), round(own["cl"].value, 3), own["cl"].unit  # CL = V ln 2 per h
    (16.0, 4.332, 'L/h')
    """
    if fit.model not in _SUMS:
        raise KineticsError(
            f"{fit.curve.name}: C0, V1 and CL need a sum of exponentials ({', '.join(_SUMS)}), not"
            f" '{fit.model}'"
        )
    if infusion_h is not None and not 0 < infusion_h <= float(fit.curve.time_h[0]):
        raise KineticsError(
            f"{fit.curve.name}: infusion of {infusion_h:g} h, first point at {fit.curve.time_h[0]:g} h: a"
            " positive duration, and points after its end, are needed"
        )
    amount = dose_in_unit_of(fit.curve.unit, dose, dose_unit)
    n, duration = len(fit.function.amplitudes), infusion_h or 0.0
    values = _numbers(fit.theta, n, amount, duration)
    names = list(values)
    variance: FloatArray | None = None
    if fit.covariance is not None:
        gradient = np.zeros((len(names), fit.theta.size))
        for j in range(fit.theta.size):
            step = np.zeros_like(fit.theta)
            step[j] = 1e-6 * max(abs(float(fit.theta[j])), 1e-12)
            up, down = (_numbers(fit.theta + s * step, n, amount, duration) for s in (1, -1))
            gradient[:, j] = [(up[k] - down[k]) / (2 * step[j]) for k in names]
        variance = np.einsum("ip,pq,iq->i", gradient, fit.covariance, gradient)
    volume, clearance = clearance_unit(fit.curve.unit)
    units = {"c0": fit.curve.unit, "v1": volume, "vss": volume, "vz": volume, "cl": clearance, "mrt_inf": "h"}
    units |= {"auc_inf": f"{fit.curve.unit} h", "aumc_inf": f"{fit.curve.unit} h2"}
    units |= dict.fromkeys(("k10", "k12", "k21"), "1/h")
    found = {}
    for i, name in enumerate(names):
        se = None if variance is None else math.sqrt(max(float(variance[i]), 0.0))
        found[name] = Parameter(
            values[name], se, units.get(name, "h"), se_reason=fit.reason if se is None else None
        )
    return found


def initially_in_plasma(
    c0: Parameter | Estimate, plasma_volume_L: float, volume_sd_L: float = 0.0
) -> Parameter:
    """Per cent of the injected activity in plasma at time 0: C0 (%IA/L) x plasma volume (L).

    Well over 100 % or under it says that the volume, the standard or the sampling is off.

    Parameters
    ----------
    c0 : concentration at time 0, %IA/L, e.g. ``fitted_parameters(...)["c0"]``.
    plasma_volume_L, volume_sd_L : plasma volume and its standard deviation, L.

    Raises
    ------
    KineticsError : the volume isn't above 0, or C0 isn't in %IA/L.

    Examples
    --------
    >>> initially_in_plasma(Parameter(30.0, 0.6, "%IA/L"), plasma_volume_L=3.1).value
    93.0
    """
    if not plasma_volume_L > 0:
        raise KineticsError(f"plasma volume is {plasma_volume_L:g} L; a number above 0 is needed")
    unit = getattr(c0, "unit", "%IA/L")
    if unit not in ("%IA/L", "%ID/L"):
        raise KineticsError(f"C0 is in '{unit}'; %IA/L is needed")
    if c0.value is None:
        return Parameter(None, None, "%IA", reason="no C0")
    value = c0.value * plasma_volume_L
    if c0.se is None:
        return Parameter(value, None, "%IA", se_reason="C0 has no standard error")
    return Parameter(value, math.hypot(c0.se * plasma_volume_L, c0.value * volume_sd_L), "%IA")


#: (what, name in the non-compartmental result, name in the fitted one), for a table of both.
SIDE_BY_SIDE = (
    ("C0", "c0", "c0"), ("V1", "v1", "v1"), ("terminal half-life", "half_life", "terminal"),
    ("AUC 0-inf", "auc_inf_obs", "auc_inf"), ("AUMC 0-inf", "aumc_inf_obs", "aumc_inf"),
    ("MRT", "mrt_inf_obs", "mrt_inf"), ("CL", "cl", "cl"), ("Vss", "vss", "vss"), ("Vz", "vz", "vz"),
)  # fmt: skip


def side_by_side(
    free: NcaResult, fitted: dict[str, Parameter]
) -> list[tuple[str, Parameter | None, Parameter | None]]:
    """Rows (what, non-compartmental, from the fit) of the numbers that both give.

    Raises
    ------
    KeyError : ``fitted`` has no half-life.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_curve, nca
    >>> t = np.array([1.0, 2.0, 4.0, 8.0])
    >>> curve = Curve(time_h=t, value=16 * 0.5**t, unit="mg/L", decay_corrected=True, lambda_phys_per_h=0)
    >>> fit = fit_curve(curve, "monoexponential", weights="relative")
    >>> rows = side_by_side(nca(curve, dose=100), fitted_parameters(fit, dose=100))
    >>> what, free, fitted = rows[0]
    >>> what, round(free.value, 3), round(fitted.value, 3)
    ('C0', 16.0, 16.0)
    """
    terminal = [name for name in fitted if name.endswith("half_life")][-1]
    return [
        (what, free.parameters.get(a), fitted.get(terminal if b == "terminal" else b))
        for what, a, b in SIDE_BY_SIDE
    ]
