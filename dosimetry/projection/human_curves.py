"""An animal's curves in human time and human amounts, and their time-integrated activity coefficients."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.projection.animal import FAECES, PERCENT, URINE, WHOLE_BODY, AnimalCurve, Animals
from dosimetry.tiacs.tiac import Tiac
from kinetics.areas.segments import decay_weights
from kinetics.areas.trapezoid import area
from kinetics.curves.curve import Curve
from kinetics.errors import KineticsError

if TYPE_CHECKING:
    Array = NDArray[np.float64]

BLADDER = "urinary bladder contents"
#: Intervals between voids that are taken, h.
VOIDS_H = (0.1, 48.0)


@dataclass(frozen=True)
class Rules:
    """How areas are made, in human time: rules of :func:`kinetics.area`.

    first : up to the first point: "zero", "constant" or "extrapolate".
    tail : after the last: "physical", "effective", "predicted", "fitted" or "none".
    method : between points; "linear-decay-corrected" is linear in the biologic curve, with decay exact.
    """

    first: str
    tail: str
    method: str = "linear-decay-corrected"


@dataclass(frozen=True, eq=False)
class HumanCurve:
    """One region's activity as a human would have it, corrected for decay.

    region : of the human body.
    time_h, percent : (N,) hours after administration, %IA in the region.
    errors : name of an independent error -> (N,) change of ``percent``; None: not known.
    """

    region: str
    time_h: Array
    percent: Array
    errors: dict[str, Array] | None
    why_no_errors: str = ""


def human_curve(curve: AnimalCurve, region: str, amount: float, time: float) -> HumanCurve:
    """A curve with its values and its biologic times multiplied."""
    errors = None if curve.errors is None else {k: v * amount for k, v in curve.errors.items()}
    return HumanCurve(region, curve.time_h * time, curve.value * amount, errors, curve.why_no_errors)


def tiac_of(curve: HumanCurve, half_life_h: float, rules: Rules) -> tuple[Tiac, float | None]:
    """TIAC of a curve with physical decay, and which share of it lies after the last point.

    Raises
    ------
    DosimetryError : the rules cannot be used on this curve.
    """
    if not curve.percent.any():
        nothing = None if curve.errors is None else dict.fromkeys(curve.errors, 0.0)
        return Tiac(curve.region, 0.0, nothing, "every value is 0", curve.why_no_errors), None
    measured = Curve(
        time_h=curve.time_h,
        value=curve.percent,
        unit=PERCENT,
        decay_corrected=True,
        sd=np.ones_like(curve.percent),  # so that the area comes with its derivatives
        name=curve.region,
        half_life_h=half_life_h,
    )
    try:
        found = area(measured, tail=rules.tail, first=rules.first, method=rules.method, alternatives=False)
    except KineticsError as error:
        raise DosimetryError(*error.complaints) from None
    if found.area is None or found.by_value is None:
        raise DosimetryError(f"{curve.region}: {found.reason or 'its area has no derivatives'}")
    parts = None
    if curve.errors is not None:
        by_corrected = found.by_value * measured.decay_factor() / 100.0
        parts = {name: float(by_corrected @ change) for name, change in curve.errors.items()}
    how = f"trapezoids ({rules.method}); {found.first_interval}; {found.tail}"
    tiac = Tiac(curve.region, found.area / 100.0, parts, how, curve.why_no_errors)
    return tiac, found.extrapolated_fraction


def in_body(animals: Animals) -> AnimalCurve | None:
    """%IA that is still in the animal: as it was measured, or 100 less what has left it; None: not known.

    Urine and faeces are what has left up to each time; at other times than their own they are taken on the
    straight line between two, and nothing has left at time 0.

    Raises
    ------
    DosimetryError : more than was administered has left.
    """
    if WHOLE_BODY in animals.by_name:
        return _from_start(animals.by_name[WHOLE_BODY])
    left = [animals.by_name[n] for n in (URINE, FAECES) if n in animals.by_name]
    if not left:
        return None
    last = min(float(c.time_h[-1]) for c in left)
    time = np.unique(np.concatenate([[0.0], *(c.time_h[c.time_h <= last] for c in left)]))
    gone = np.zeros_like(time)
    errors: dict[str, Array] | None = {}
    for curve in left:
        weights = interpolation(time, curve.time_h)
        gone = gone + weights @ curve.value
        if curve.errors is None or errors is None:
            errors = None
            continue
        for name, change in curve.errors.items():
            errors[name] = errors.get(name, np.zeros_like(time)) - weights @ change
    if np.any(gone > 100.0):
        worst = float(time[int(np.argmax(gone))])
        raise DosimetryError(
            f"{' and '.join(c.organ for c in left)}: {gone.max():.4g} %IA have left the animal by"
            f" {worst:g} h; at most 100 can"
        )
    why = next((c.why_no_errors for c in left if c.errors is None), "")
    return AnimalCurve(WHOLE_BODY, time, 100.0 - gone, PERCENT, None, errors, why)


def _from_start(curve: AnimalCurve) -> AnimalCurve:
    """The whole body's curve from time 0 on, when all that was administered is in it."""
    if curve.time_h[0] == 0.0:
        return curve
    errors = curve.errors
    if errors is not None:
        errors = {name: np.append(0.0, change) for name, change in errors.items()}
    return replace(
        curve, time_h=np.append(0.0, curve.time_h), value=np.append(100.0, curve.value), errors=errors
    )


def interpolation(time_h: Array, points_h: Array) -> Array:
    """(M, N) weights that make values at ``time_h`` of values at ``points_h``: a straight line from 0 at time
    0 and between points, and the last value after the last."""
    given = np.eye(len(points_h))
    if points_h[0] > 0.0:
        points_h, given = np.append(0.0, points_h), np.vstack([np.zeros(len(points_h)), given])
    return np.stack([np.interp(time_h, points_h, column) for column in given.T], axis=1)


def voided_tiac(urine: HumanCurve, half_life_h: float, void_every_h: float) -> Tiac:
    """TIAC of the contents of a bladder that fills with urine and is emptied wholly at equal intervals.

    With U(t) what has entered up to t (a straight line between points, constant after the last), the contents
    are U(t) - U(last void), and with voids at n tau the TIAC is the integral of U e^(-lambda t) less the sum
    of U(n tau) (e^(-lambda n tau) - e^(-lambda (n + 1) tau))/lambda.

    Raises
    ------
    DosimetryError : an interval that nobody has.
    """
    if not VOIDS_H[0] <= void_every_h <= VOIDS_H[1]:
        raise DosimetryError(
            f"the bladder is emptied every {void_every_h:g} h; {VOIDS_H[0]:g} to {VOIDS_H[1]:g} h is needed"
        )
    lam = math.log(2.0) / half_life_h
    time = urine.time_h if urine.time_h[0] == 0.0 else np.append(0.0, urine.time_h)
    to_points = interpolation(time, urine.time_h)
    decay = np.exp(-lam * time)
    by_first, by_last = decay_weights(np.diff(time), lam)
    weights = np.zeros(len(time))  # of the line through each two points, with decay
    weights[:-1] += by_first * decay[:-1]
    weights[1:] += by_last * decay[1:]
    weights[-1] += decay[-1] / lam  # and of what stays after the last
    # once nothing enters any more, a void leaves an empty bladder: U(n tau) is U(last point) from there on
    voids = void_every_h * np.arange(1, math.floor(time[-1] / void_every_h) + 1)
    by_void = np.exp(-lam * voids) * -np.expm1(-lam * void_every_h) / lam
    by_point = weights @ to_points - by_void @ interpolation(voids, urine.time_h)
    after = void_every_h * (len(voids) + 1)
    by_point[-1] -= math.exp(-lam * after) / lam
    value = float(by_point @ urine.percent) / 100.0
    parts = None
    if urine.errors is not None:
        parts = {name: float(by_point @ change) / 100.0 for name, change in urine.errors.items()}
    how = f"urine, in straight lines between its points, voided every {void_every_h:g} h"
    return Tiac(BLADDER, value, parts, how, urine.why_no_errors)
