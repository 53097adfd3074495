"""Non-compartmental analysis of a curve, by the rules of WinNonlin and PKNCA.

Areas are of the decay-corrected curve: pharmacokinetics is about the substance, not about its decay.
Formulas:
Gabrielsson & Weiner, Pharmacokinetic and Pharmacodynamic Data Analysis, ch. 2.8; Gibaldi & Perrier 1982, ch.
11.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from kinetics.areas.nca_numbers import concentration_at_zero, nca_numbers
from kinetics.areas.segments import DECAY_CORRECTED, METHODS
from kinetics.areas.terminal import TerminalSlope, terminal_slope
from kinetics.curves.blq import apply_blq
from kinetics.curves.curve import Curve, FloatArray
from kinetics.curves.units import clearance_unit, dose_in_unit_of
from kinetics.errors import KineticsError

ROUTES = ("bolus", "infusion", "extravascular")
#: Times of samples and their number, which have no error of their own.
AS_GIVEN = ("t_max", "t_last", "n_points", "lambda_z_from", "lambda_z_to")


@dataclass(frozen=True)
class Parameter:
    """A pharmacokinetic number: ``value`` is None where it can't be given, and ``reason`` says why.

    ``se`` is None where no standard deviations were known (``se_reason``).

    Examples
    --------
    >>> from kinetics import Curve, nca
    >>> curve = Curve(time_h=[1, 2, 4, 6], value=[8, 4, 1, 0.25], unit="mg/L", decay_corrected=True)
    >>> cl = nca(curve, dose=100)["cl"]
    >>> round(cl.value, 2), cl.unit, cl.se, cl.se_reason
    (4.33, 'L/h', None, 'no standard deviations were given')
    """

    value: float | None
    se: float | None
    unit: str
    reason: str | None = None
    se_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class NcaResult:
    """Parameters by name (``result["cl"]``), and what was done.

    parameters : "c0", "v1", "c_max", "t_max", "c_last", "t_last", "auc_last", "aumc_last", "mrt_last",
        "lambda_z", "half_life", "r2", "r2_adjusted", "n_points", "auc_all", "auc_inf_obs", "auc_inf_pred",
        "mrt_inf_obs", "cl", "vz", "vss" and others; each has its unit.
    route, method, dose : as given; the dose in the unit of the curve's numerator.
    slope : the terminal slope.
    notes : what a reader should know.

    Examples
    --------
    >>> from kinetics import Curve, nca
    >>> curve = Curve(time_h=[1, 2, 4, 6], value=[8, 4, 1, 0.25], unit="mg/L", decay_corrected=True)
    >>> found = nca(curve, dose=100)
    >>> round(found["half_life"].value, 4), found.route, found.slope.n_points
    (1.0, 'bolus', 4)
    """

    parameters: dict[str, Parameter]
    route: str
    method: str
    dose: float
    slope: TerminalSlope
    notes: tuple[str, ...]

    def __repr__(self) -> str:
        most = ", ".join(list(self.parameters)[:6])
        return f"<NcaResult: {self.route}, {self.method}; {len(self.parameters)} parameters: {most}, ...>"

    def __getitem__(self, name: str) -> Parameter:
        return self.parameters[name]


def nca(
    curve: Curve,
    *,
    dose: float,
    lambda_phys_per_h: float | None = None,
    route: str = "bolus",
    infusion_h: float | None = None,
    dose_unit: str | None = None,
    method: str = "linear-up/log-down",
    slope_points: int | None = None,
    blq: Mapping[str, str] | None = None,
) -> NcaResult:
    """Non-compartmental parameters of a concentration curve.

    Parameters
    ----------
    curve : (N,) concentrations; zeros are values below the limit of quantification.
    dose : administered dose, in ``dose_unit`` (None: the curve's numerator unit; 100 for a curve in %IA/L).
    lambda_phys_per_h : decay constant, 1/h, to correct a curve that isn't decay-corrected; 0: stable; None:
        the curve's own.
    route : "bolus" (time 0 by back-extrapolation of the first two points), "infusion" (over ``infusion_h``,
        0 at time 0) or "extravascular" (0 at time 0; CL and V are then CL/F and V/F).
    method : of the trapezoids: "linear", "log" or "linear-up/log-down".
    slope_points : number of last points for lambda_z; None: best adjusted R^2.
    blq : see :func:`kinetics.apply_blq`.

    Returns
    -------
    NcaResult. Standard errors come from the curve's standard deviations (first order, the points of the slope
    held); without them only lambda_z and the half-life have one, from the regression.

    Raises
    ------
    KineticsError : bad route, dose or rule; negative values; fewer than two values above 0.

    Examples
    --------
    >>> curve = Curve(time_h=[1, 2, 4, 6], value=[8, 4, 1, 0.25], unit="mg/L", decay_corrected=True)
    >>> found = nca(curve, dose=100, route="bolus")  # 16 mg/L at time 0, halved every hour
    >>> round(found["c0"].value, 3), round(found["v1"].value, 3)
    (16.0, 6.25)
    """
    if route not in ROUTES:
        raise KineticsError(f"unknown route '{route}'; there are: {', '.join(ROUTES)}")
    if (route == "infusion") != (infusion_h is not None) or (infusion_h is not None and not infusion_h > 0):
        raise KineticsError(
            f"route '{route}' with infusion_h={infusion_h}: an infusion, and only it, has a duration"
        )
    if method == DECAY_CORRECTED:
        raise KineticsError(
            f"trapezoid method '{method}' is of areas with physical decay in them; here the curve is"
            " corrected for decay first, and that rule is 'linear'"
        )
    if method not in METHODS:
        raise KineticsError(f"unknown trapezoid method '{method}'; there are: {', '.join(METHODS)}")
    amount = dose_in_unit_of(curve.unit, dose, dose_unit)
    if np.any(curve.value < 0):
        row = int(np.flatnonzero(curve.value < 0)[0])
        raise KineticsError(
            f"{curve.name}: value {curve.value[row]:g} at {curve.time_h[row]:g} h is negative; write it as"
            f" BLQ"
        )
    clean, notes = apply_blq(curve.corrected(lambda_phys_per_h), blq)
    if np.count_nonzero(clean.value > 0) < 2:
        raise KineticsError(f"{curve.name}: one value above 0; two are needed")
    if not curve.decay_corrected and curve.constant(lambda_phys_per_h) > 0:
        notes.append("the curve was corrected for physical decay")
    if route == "bolus" and int(np.argmax(clean.value)) > 0:
        notes.append(
            f"the peak is at {clean.time_h[int(np.argmax(clean.value))]:g} h, after the first sample: was"
            f" it a bolus?"
        )
    top = float(clean.time_h[int(np.argmax(clean.value))])
    if infusion_h is not None and top < infusion_h:
        notes.append(
            f"the peak is at {top:g} h, before the end of the infusion at {infusion_h:g} h: is its duration"
            f" right?"
        )
    slope = terminal_slope(
        clean.time_h,
        clean.value,
        n_points=slope_points,
        include_peak=route == "bolus",
        from_h=infusion_h or 0.0,
    )
    if slope.reason is None and slope.span < 2:
        notes.append(f"lambda_z rests on {slope.span:.2g} half-lives; 2 or more are wanted")
    c0_words = concentration_at_zero(clean.time_h, clean.value, route)[1]
    if c0_words:
        notes.append(c0_words)

    def numbers(values: FloatArray) -> dict[str, float | str]:
        return nca_numbers(clean.time_h, values, amount, route, infusion_h or 0.0, method, slope.n_points)

    found = numbers(clean.value) if slope.reason is None else nca_numbers(
        clean.time_h, clean.value, amount, route, infusion_h or 0.0, method, None, slope.reason
    )  # fmt: skip
    errors = _errors(numbers, clean, found) if slope.reason is None else {}
    volume, clearance = clearance_unit(curve.unit)
    units = {
        "lambda_z": "1/h", "half_life": "h", "effective_half_life": "h", "t_max": "h", "t_last": "h",
        "lambda_z_from": "h", "lambda_z_to": "h", "lambda_z_span": "",
        "cl": clearance, "cl_pred": clearance,
        "vz": volume, "vss": volume, "vss_pred": volume, "v1": volume,
        "r2": "", "r2_adjusted": "", "n_points": "",
        "auc_extrapolated_percent": "%", "auc_extrapolated_pred_percent": "%",
        "auc_back_extrapolated_percent": "%",
    }  # fmt: skip
    parameters = {}
    for name, value in found.items():
        own = curve.unit
        if name.startswith("auc_"):
            own = f"{curve.unit} h"
        elif name.startswith("aumc_"):
            own = f"{curve.unit} h2"
        elif name.startswith("mrt_"):
            own = "h"
        unit = units.get(name, own)
        if isinstance(value, str):
            parameters[name] = Parameter(None, None, unit, reason=value)
            continue
        se = errors.get(name)
        if se is None and name in ("lambda_z", "half_life") and slope.se_lambda_z_per_h is not None:
            relative = slope.se_lambda_z_per_h / slope.lambda_z_per_h
            se = relative * value
        why = None if se is not None else "no standard deviations were given"
        parameters[name] = Parameter(value, se, unit, se_reason=why)
    return NcaResult(
        parameters=parameters, route=route, method=method, dose=amount, slope=slope, notes=tuple(notes)
    )


def _errors(numbers, clean: Curve, found: dict[str, float | str]) -> dict[str, float]:  # type: ignore[no-untyped-def]
    """First-order standard errors from the points' covariance, with what is common to them."""
    if clean.sd is None:
        return {}
    names = [n for n, v in found.items() if isinstance(v, float) and n not in AS_GIVEN]
    gradient = np.zeros((len(names), len(clean)))
    for i in np.flatnonzero(clean.value > 0):
        step = 1e-5 * float(clean.value[i])
        ends = []
        for sign in (1.0, -1.0):
            values = clean.value.copy()
            values[i] += sign * step
            changed = numbers(values)
            ends.append(np.array([float(changed[n]) for n in names]))
        gradient[:, i] = (ends[0] - ends[1]) / (2 * step)
    se = np.sqrt((clean.carried(gradient, clean.sd**2) ** 2).sum(1))
    return {n: float(s) for n, s in zip(names, se, strict=True) if math.isfinite(s)}
