"""From the curve of a lesion to its area, with standard errors and the course that belongs to the area."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.patients.curve_methods import AUTO, CurveMethod
from kinetics.areas.area_result import AreaResult
from kinetics.areas.course import course_of_area
from kinetics.areas.trapezoid import area
from kinetics.choice.choose import Choice, choose_model
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.result import FitResult
from kinetics.populations.cohort import Spread
from kinetics.populations.single_point import madsen
from lesions.doses.lesion_dose import DoseRate, ExponentialRate, PiecewiseRate


@dataclass(frozen=True, kw_only=True)
class TimeCourse:
    """The area under one lesion's curve, and the course in time that has it.

    area : from 0 to infinity, in the curve's unit times h.
    se_kinetics : standard error by the values' SDs and the fit; None: not known.
    se_model : by what is not known of the form: rules of trapezoids, several models, another's half-life;
        None: not known.
    course : per unit of area: its integral is 1.
    how : in words.
    missing : "kinetics" or "model" -> why it is not known.
    extrapolated_fraction : share of the area after the last point; None: not known.
    fit : what was fitted, for figures; None: trapezoids, or a single point.
    """

    area: float
    se_kinetics: float | None
    se_model: float | None
    course: DoseRate
    how: str
    missing: dict[str, str]
    warnings: tuple[str, ...] = ()
    extrapolated_fraction: float | None = None
    fit: FitResult | None = None


def time_course(curve: Curve, method: CurveMethod, single_point: Spread | None = None) -> TimeCourse:
    """The area of a lesion's curve by the method, or of one point with the half-life of others.

    Parameters
    ----------
    curve : of the lesion, with its nuclide's half-life.
    method : a fit or trapezoids, complete.
    single_point : biologic rate of other lesions and its spread, for a curve of one point.

    Raises
    ------
    DosimetryError : one point without ``single_point``; a curve that cannot be fitted or integrated.

    Examples
    --------
    >>> curve = Curve(time_h=[24, 96], value=[4, 2], unit="%IA", decay_corrected=False, half_life_h=159.5)
    >>> found = time_course(curve, CurveMethod(method="linear", first_interval="zero", tail="physical"))
    >>> round(found.area, 1), round(found.course.dose_mGy_per_MBq, 9)  # 48 + 216 + 2 x 159.5/ln 2
    (724.2, 1.0)
    """
    try:
        if len(curve) == 1:
            return _single(curve, single_point)
        if not method.fitted:
            return _by_trapezoids(curve, method)
        assert method.model is not None and method.weights is not None
        if method.model == AUTO:
            return _averaged(choose_model(curve, weights=method.weights))
        return _fitted(fit_curve(curve, method.model, weights=method.weights))
    except KineticsError as error:
        raise DosimetryError(str(error)) from None


def _single(curve: Curve, spread: Spread | None) -> TimeCourse:
    """Madsen's area: one exponential through the point, with the half-life of others."""
    if spread is None:
        raise DosimetryError(
            "one measurement alone says nothing of its half-life: give [lesions.dose.single_point], or more"
            " scans"
        )
    found = madsen(curve, spread)
    rate = spread.rate_per_h + curve.constant()
    own = None if curve.sd is None else float(curve.sd[0] / curve.value[0]) * found.area
    assert found.se_area is not None
    return TimeCourse(
        area=found.area,
        se_kinetics=own,
        se_model=math.sqrt(max(found.se_area**2 - (own or 0.0) ** 2, 0.0)),
        course=ExponentialRate(amplitude_mGy_per_h_MBq=(rate,), rate_per_h=(rate,)),
        how=f"one point, biologic half-life {spread.half_life_h:.4g} h of {spread.n} other lesions",
        missing={} if own is not None else {"kinetics": "the measurement has no SD"},
        warnings=(found.warning,),
        extrapolated_fraction=math.exp(-rate * float(curve.time_h[0])),
    )


def _course(amplitude: FloatArray, rate: FloatArray, total: float) -> ExponentialRate:
    keep = amplitude != 0.0
    scaled = amplitude[keep] / total
    return ExponentialRate(
        amplitude_mGy_per_h_MBq=tuple(scaled.tolist()), rate_per_h=tuple(rate[keep].tolist())
    )


def _fitted(fit: FitResult) -> TimeCourse:
    amplitude, biologic = fit.exponentials()
    missing = {"model": "one model was named; what others would give is not in it"}
    if fit.se_area is None:
        missing["kinetics"] = f"the area's standard error: {fit.reason}"
    return TimeCourse(
        area=fit.area,
        se_kinetics=fit.se_area,
        se_model=None,
        course=_course(amplitude, biologic + fit.lambda_phys_per_h, fit.area),
        how=f"fit: {fit.model}, weights '{fit.weights}'",
        missing=missing,
        warnings=fit.warnings,
        extrapolated_fraction=fit.extrapolated_fraction,
        fit=fit,
    )


def _averaged(choice: Choice) -> TimeCourse:
    """The mean over models; its course is the mean of theirs by the same weights."""
    value, se = choice.averaged_area
    parts = [(c.weight, c.fit) for c in choice.candidates if c.weight and c.fit is not None]
    amplitude = np.concatenate([w * fit.exponentials()[0] for w, fit in parts])
    rate = np.concatenate([fit.exponentials()[1] + fit.lambda_phys_per_h for _, fit in parts])
    between = math.sqrt(math.fsum(w * (fit.area - value) ** 2 for w, fit in parts))
    names = ", ".join(choice.averaged_over)
    return TimeCourse(
        area=value,
        se_kinetics=None if se is None else math.sqrt(max(se * se - between * between, 0.0)),
        se_model=between,
        course=_course(amplitude, rate, value),
        how=f"models averaged by their support: {names}",
        missing={} if se is not None else {"kinetics": "the averaged area has no standard error"},
        warnings=choice.warnings,
        extrapolated_fraction=math.fsum(w * fit.area * fit.extrapolated_fraction for w, fit in parts) / value,
        fit=choice.chosen,
    )


def _by_trapezoids(curve: Curve, method: CurveMethod) -> TimeCourse:
    assert method.method is not None and method.first_interval is not None and method.tail is not None
    found = area(curve, tail=method.tail, first=method.first_interval, method=method.method)
    if found.area is None:
        raise DosimetryError(f"{found.reason}; choose another tail")
    missing = {}
    if found.se_area is None:
        missing["kinetics"] = "the scans have no SDs"
    if found.unknown_rules:
        missing["model"] = "; ".join(f"{part}: {why}" for part, why in found.unknown_rules.items())
    return TimeCourse(
        area=found.area,
        se_kinetics=found.se_area,
        se_model=None if found.unknown_rules else found.u_method,
        course=_pieces(curve, found),
        how=f"{method.method} trapezoids, {found.first_interval}; {found.tail}",
        missing=missing,
        warnings=tuple(w for w in found.warnings if w not in {d.text for d in found.rule_differences}),
        extrapolated_fraction=found.extrapolated_fraction,
    )


def _pieces(curve: Curve, found: AreaResult) -> PiecewiseRate:
    """The course that the rules have between the points; its integral is 1."""
    assert found.area is not None
    made = course_of_area(curve, found, curve.constant())
    return PiecewiseRate(
        time_h=tuple(made.time_h.tolist()),
        value_mGy_per_h_MBq=tuple((made.value / found.area).tolist()),
        between=made.between,
        decay_per_h=made.decay_per_h,
        tail_mGy_per_h_MBq=made.tail / found.area if made.tail > 0.0 else None,
        tail_per_h=made.tail_per_h,
    )
