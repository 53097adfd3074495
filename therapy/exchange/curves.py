"""A patient's curves for another label of the same carrier: biology held, physical decay exchanged.

What was measured is decay-corrected by the label that was measured and decays anew by the other. A fit keeps
its biologic amplitudes and rates with their covariance, and its area is taken anew; nothing is fitted again,
because other decay would give the points other weights. Trapezoids are taken anew over the points, by the
same rules, with as many points for a terminal slope.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.nuclides.nuclide import Nuclide
from dosimetry.patients.excretion.gut import TRANSIT
from dosimetry.patients.patient import Measurements, Patient
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.area_result import AreaResult
from kinetics.areas.trapezoid import GIVEN, area
from kinetics.choice.choose import Choice
from kinetics.choice.rules import average
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError
from kinetics.excretion.urine import Urine
from kinetics.fitting.fit import fit_curve
from kinetics.fitting.result import FitResult
from kinetics.least_squares.covariance import wide_area
from kinetics.mixed_effects.result import IndividualFit
from kinetics.models import Model

#: What is said of the share of an area after the last point above this.
MUCH_EXTRAPOLATED = 0.5
POPULATION = (
    "fitted with a population: after the exchange its standard error is that of first order, and what all"
    " patients share in it is taken as each one's own"
)


@dataclass(frozen=True)
class Exchanged:
    """A curve for another label.

    before : share of the area before the first point; last_h, first_h : of the measured points.
    """

    used: UsedCurve
    before: float
    first_h: float
    last_h: float

    @property
    def after(self) -> float:
        """Share of the area after the last point; NaN: not known."""
        found = self.used.extrapolated_fraction
        return math.nan if found is None else found


def exchanged_curve(curve: Curve, measured: Nuclide, to: Nuclide) -> Curve:
    """A curve as another label of the same carrier would have given it, in its own decay state.

    Raises
    ------
    DosimetryError : its last point lies so many half-lives of the label after the administration that there
        would be nothing to measure.
    """
    biologic = curve.corrected(measured.lambda_per_h)
    made = replace(biologic, half_life_h=None, lambda_phys_per_h=None, nuclide=to)
    try:
        made.constant(to.lambda_per_h)
        return made if curve.decay_corrected else made.uncorrected(to.lambda_per_h)
    except KineticsError as error:
        raise DosimetryError(f"{to.name}: {error}") from None


def exchanged_patient(patient: Patient, measured: Nuclide, to: Nuclide) -> Patient:
    """The patient with all measurements for another label."""
    own = patient.measurements
    assert own is not None

    def made(curve: Curve) -> Curve:
        return exchanged_curve(curve, measured, to)

    curves = Measurements(
        whole_body=made(own.whole_body),
        serum=None if own.serum is None else made(own.serum),
        organs={region: made(curve) for region, curve in own.organs.items()},
        places=own.places,
        below_limit=own.below_limit,
        notes=own.notes,
    )
    return replace(patient, measurements=curves, urine=_urine(patient.urine, to))


def _urine(urine: Urine | None, to: Nuclide) -> Urine | None:
    if urine is None:
        return None
    return replace(
        urine,
        percent_ia=urine.corrected,
        sd_percent_ia=urine.sd_corrected,
        measured_at_h=None,
        decay_corrected=True,
        lambda_phys_per_h=to.lambda_per_h,
    )


def exchanged(used: UsedCurve, measured: Nuclide, to: Nuclide) -> Exchanged:
    """A used curve with its fit or area for another label.

    Raises
    ------
    DosimetryError : a fit that is no sum of exponentials; an area that cannot be given.
    """
    where = f"patient '{used.patient}', {used.region}"
    curve = exchanged_curve(used.curve, measured, to)
    first_h = float(curve.time_h[0])
    last_h = float(curve.time_h[-1])
    try:
        if used.fit is not None:
            made = _fitted(used, curve, to, where)
            before = _before(made, first_h)
        else:
            made = _integrated(used, curve, measured, to, where)
            under = made.area
            before = math.nan if under is None or not under.area else (under.area_first or 0.0) / under.area
    except KineticsError as error:
        raise DosimetryError(f"{where}, {to.name}: {error}") from None
    return Exchanged(made, before, first_h, last_h)


def _fitted(used: UsedCurve, curve: Curve, to: Nuclide, where: str) -> UsedCurve:
    fit = used.fit
    assert fit is not None
    notes = (*used.notes, POPULATION) if isinstance(fit, IndividualFit) else tuple(used.notes)
    if used.choice is None:
        return replace(used, curve=curve, fit=refitted(fit, curve, to, where), notes=notes)
    choice = used.choice
    candidates = tuple(
        c if c.fit is None else replace(c, fit=refitted(c.fit, curve, to, where)) for c in choice.candidates
    )
    chosen = refitted(choice.chosen, curve, to, where)
    runner_up = None if choice.runner_up is None else refitted(choice.runner_up, curve, to, where)
    # in the order in which they were averaged, as sums of numbers have one
    by_name = {c.model: c for c in candidates if c.weight is not None and c.fit is not None}
    pool = [] if choice.forced else [by_name[name] for name in choice.averaged_over if name in by_name]
    made = Choice(
        chosen=chosen,
        runner_up=runner_up,
        averaged_area=average(pool, chosen),
        averaged_over=choice.averaged_over,
        candidates=candidates,
        forced=choice.forced,
        warnings=tuple(w for w in choice.warnings if "is extrapolated past" not in w),
    )
    return replace(used, curve=curve, fit=chosen, choice=made, notes=notes)


def refitted(fit: FitResult, curve: Curve, to: Nuclide, where: str = "") -> FitResult:
    """A fit with its biologic parameters held and another label's decay in its area.

    Raises
    ------
    DosimetryError : its function is no sum of exponentials.
    """
    if not isinstance(fit.function, Model):
        raise DosimetryError(
            f"{where}: its fit is no sum of exponentials, so the label cannot be exchanged in it; take a"
            " model of 'milligray fit --list'"
        )
    lam = to.lambda_per_h
    total, gradient = fit.function.area_and_gradient(fit.theta, lam)
    last = fit.function.area(fit.theta, lam, start_h=curve.time_h[-1])
    covariance = fit.covariance
    se = None if covariance is None else math.sqrt(max(float(gradient @ covariance @ gradient), 0.0))
    after = float(last / total)
    told = [
        w for w in fit.warnings if "is extrapolated past" not in w and "the area's standard error is" not in w
    ]
    if after > MUCH_EXTRAPOLATED:
        told.append(f"{100 * after:.0f} % of the area is extrapolated past the last point")
    told += [w for w in wide_area(float(total), se) if w not in told]
    plain = {f.name: getattr(fit, f.name) for f in fields(FitResult)}
    plain |= {
        "curve": curve, "lambda_phys_per_h": lam, "area": float(total), "se_area": se,
        "extrapolated_fraction": after, "warnings": tuple(told),
    }  # fmt: skip
    return FitResult(**plain)


def _integrated(used: UsedCurve, curve: Curve, measured: Nuclide, to: Nuclide, where: str) -> UsedCurve:
    under = used.area
    assert under is not None
    if under.tail_rule == "fitted":
        return replace(used, curve=curve, area=_with_held_tail(under, curve, measured, to))
    made = area(
        curve,
        lambda_phys_per_h=to.lambda_per_h,
        # what comes after the gut's last point is made anew of the tract
        tail="none" if under.tail_rule in (GIVEN, TRANSIT) else under.tail_rule,
        first=under.first_rule,
        method=under.method,
        slope_points=None if under.slope is None else under.slope.n_points,
        alternatives=False,
        rising=True,
    )
    if made.area is None:
        raise DosimetryError(f"{where}, {to.name}: {made.reason}; choose another tail of the organs' curves")
    return replace(used, curve=curve, area=made)


def _with_held_tail(under: AreaResult, curve: Curve, measured: Nuclide, to: Nuclide) -> AreaResult:
    """An area whose tail is the exponential that was fitted to the measured label, with the other's decay.

    Fitted anew, it would have other points, from another peak, and other weights: another biology.
    """
    seen = area(
        curve, lambda_phys_per_h=to.lambda_per_h, tail="none", first=under.first_rule, method=under.method,
        alternatives=False, rising=True,
    )  # fmt: skip
    points = curve.uncorrected(to.lambda_per_h)
    time = points.time_h
    back = np.exp((to.lambda_per_h - measured.lambda_per_h) * time)

    def tail(value: np.ndarray[tuple[int], np.dtype[np.float64]]) -> tuple[float, float]:
        own = Curve(time_h=time, value=value * back, unit=curve.unit, decay_corrected=False, name=curve.name)
        late = own.subset(slice(int(np.argmax(own.value)), None))
        if curve.decay_corrected:  # unweighted, a fit depends on the state of the values
            late = late.corrected(measured.lambda_per_h)
        fit = fit_curve(late, "monoexponential", lambda_phys_per_h=measured.lambda_per_h, weights="none")
        rate = float(fit.function.split(fit.theta)[2][0]) + to.lambda_per_h
        return float(fit.function.area(fit.theta, to.lambda_per_h, start_h=time[-1])), rate

    after, rate = tail(points.value)
    total = seen.area_observed + after
    by_value, se = seen.by_value, None
    if points.sd is not None and by_value is not None:
        slopes = np.zeros(len(points))
        for i, (v, s) in enumerate(zip(points.value, points.sd, strict=True)):
            ends = [points.value.copy(), points.value.copy()]
            step = 1e-4 * max(abs(v), s)
            ends[0][i], ends[1][i] = v + step, max(v - step, 0.0)
            slopes[i] = (tail(ends[0])[0] - tail(ends[1])[0]) / (ends[0][i] - ends[1][i])
        by_value = by_value + slopes
        se = math.sqrt(float((points.carried(by_value[None], points.sd**2) ** 2).sum()))
    return replace(
        seen, area=total, se_area=se, area_tail=after, extrapolated_fraction=after / total,
        tail=f"{under.tail}, of {measured.name}", tail_rule=under.tail_rule, tail_per_h=rate,
        by_value=by_value,
    )  # fmt: skip


def _before(used: UsedCurve, first_h: float) -> float:
    """Share of a fitted area before the first point."""
    fits = used.weighted_fits
    total = sum(w * f.area for f, w in fits)
    late = sum(
        w * float(np.asarray(f.function.area(f.theta, f.lambda_phys_per_h, start_h=first_h))) for f, w in fits
    )
    return 1.0 - late / total if total > 0.0 else math.nan
