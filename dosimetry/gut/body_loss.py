"""What leaves a patient's whole body, by the fitted curve with biologic rates, and its standard error.

Numbers that rest on the curve of the whole body are correlated with its area, which is the TIAC of the whole
body: their standard errors come as two parts, that in common with the area and what is beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.curve import FloatArray
from kinetics.excretion.inflow import Inflow
from kinetics.fitting.result import FitResult

#: Name of the part of a standard error that the fit of the whole body brings beside that of its area.
BESIDE_AREA = "whole body, beside its area"
#: A curve that begins with more or less than what was administered by more than this, and by more than the
#: second of what leaves by it, is said.
OFF_START, OF_LEFT = 0.03, 0.1
#: Step of a central difference, in standard errors of the parameter.
STEP = 1e-3


@dataclass(frozen=True)
class OfBody:
    """A number that rests on the curve of the whole body.

    value : the number.
    se_parts : measurement -> signed standard error, as :class:`dosimetry.Tiac` has them; None: not known.
    """

    value: float
    se_parts: dict[str, float] | None


def left_before_decay(used: UsedCurve, lambda_phys_per_h: float) -> OfBody:
    """What leaves the whole body before it decays, per unit administered: sum_i a_i b_i/(b_i + lambda).

    Where the area is averaged over models, so is this, by the same weights, over those of them that fall from
    time 0 on: what was administered is in the body then, and does not come in.

    Raises
    ------
    DosimetryError : every model of the curve rises at first.
    """
    fits, weight = _fits(used)
    each = [left_by(fit, lambda_phys_per_h) for fit in fits]
    values, gradients = [v for v, _ in each], [g for _, g in each]
    parts = _parts(used.region, fits, weight, values, gradients, lambda_phys_per_h)
    return OfBody(float(weight @ values), parts)


def said_of_start(left: float, area_h: float, lambda_phys_per_h: float) -> list[str]:
    """What a reader should know where the fit's start is not what was administered.

    What leaves is counted from that start: with all that was administered in the body at time 0 it would be
    1 - lambda x area, and the difference of the two is what the start is off.

    Parameters
    ----------
    left : what leaves before it decays by the fit (:func:`left_before_decay`).
    area_h : TIAC of the whole body, h.
    lambda_phys_per_h : physical decay constant, 1/h.

    Examples
    --------
    >>> said_of_start(0.4, 60.0, 0.01), len(said_of_start(0.5, 60.0, 0.01))
    ([], 1)
    """
    kept = lambda_phys_per_h * area_h
    start = left + kept
    if abs(start - 1.0) <= max(OFF_START, OF_LEFT * left):
        return []
    return [
        f"the fit begins with {100 * start:.3g} %IA, so that {left:.3g} of the administered activity leaves"
        f" before it decays; had all of it been there at time 0, {1.0 - kept:.3g} would with the same area."
        " What enters gut and bladder rests on the former: look at the early points, the calibration and the"
        " model (a body that loses little while its gut fills is no sum of exponentials that fall)"
    ]


def of_chosen(used: UsedCurve, lambda_phys_per_h: float, number: Callable[[Inflow], float]) -> OfBody:
    """A number that is made of what leaves the whole body over time, by the chosen model alone.

    number : of the inflow that has the shape of that loss, with shares that sum to 1.
    """
    assert used.fit is not None
    fit = used.fit
    theta = np.array(fit.theta, dtype=np.float64)
    value = number(loss(fit, theta))
    gradient = np.zeros(theta.size)
    if fit.covariance is not None:
        for i, se in enumerate(np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))):
            step = min(STEP * se, 0.1 * theta[i])
            if step > 0.0:
                ends = [number(loss(fit, theta + sign * step * np.eye(theta.size)[i])) for sign in (1, -1)]
                gradient[i] = (ends[0] - ends[1]) / (2.0 * step)
    return OfBody(value, _parts(used.region, [fit], np.ones(1), [value], [gradient], lambda_phys_per_h))


def loss(fit: FitResult, theta: FloatArray) -> Inflow:
    """What leaves over time, with shares that sum to 1.

    Raises
    ------
    KineticsError : something is below 0, so that the curve rises.
    """
    amplitudes, _, rate = fit.function.split(theta)
    share = amplitudes @ fit.function.coefficients.T
    total = float(np.sum(share[rate > 0.0]))
    return Inflow(share / (total if total > 0.0 else 1.0), rate)


def _fits(used: UsedCurve) -> tuple[list[FitResult], FloatArray]:
    """The fits that an area rests on, and their weights, which sum to 1."""
    assert used.fit is not None
    choice = used.choice
    found = [(used.fit, 1.0)]
    if choice is not None and not choice.forced:
        found = [(c.fit, c.weight) for c in choice.candidates if c.fit is not None and c.weight] or found
    found = [(fit, w) for fit, w in found if _falls(fit)]
    if not found:
        raise DosimetryError(
            f"the model '{used.fit.model}' of the whole body rises at first, so that what leaves it is not"
            " known: choose a sum of exponentials that fall, e.g. 'biexponential'"
        )
    weight = np.array([w for _, w in found])
    return [fit for fit, _ in found], weight / weight.sum()


def _falls(fit: FitResult) -> bool:
    """Whether every exponential of a fit falls: nothing comes in."""
    amplitudes, _, _ = fit.function.split(fit.theta)
    return bool(np.all(amplitudes @ fit.function.coefficients.T >= 0.0))


def left_by(fit: FitResult, lam: float) -> tuple[float, FloatArray]:
    """What leaves by one fit before it decays, and its gradient by the parameters; the curve is in %."""
    function = fit.function
    amplitudes, _, rate = function.split(fit.theta)
    both = np.where(rate + lam > 0.0, rate + lam, 1.0)
    share = rate / both
    weight = amplitudes @ function.coefficients.T
    by_rate = (weight * lam / both**2) @ function.selector
    gradient = np.concatenate([share @ function.coefficients, by_rate])
    return float(weight @ share) / 100.0, gradient / 100.0


def _parts(
    region: str,
    fits: list[FitResult],
    weight: FloatArray,
    value: list[float],
    gradient: list[FloatArray],
    lam: float,
) -> dict[str, float] | None:
    """The standard error of a mean over fits, in common with the area and beside it; within and between."""
    if any(fit.covariance is None for fit in fits):
        return None
    areas = np.array([fit.area for fit in fits])
    off, off_area = np.array(value) - weight @ value, areas - weight @ areas
    variance, covariance, of_area = 0.0, 0.0, 0.0
    for i, fit in enumerate(fits):
        assert fit.covariance is not None
        by_area = fit.function.area_and_gradient(fit.theta, lam)[1]
        g, c, w = gradient[i], fit.covariance, weight[i]
        variance += w * (g @ c @ g + off[i] ** 2)
        covariance += w * (g @ c @ by_area + off[i] * off_area[i])
        of_area += w * (by_area @ c @ by_area + off_area[i] ** 2)
    common = covariance / math.sqrt(of_area) if of_area > 0.0 else 0.0
    return {region: common, BESIDE_AREA: math.sqrt(max(variance - common**2, 0.0))}
