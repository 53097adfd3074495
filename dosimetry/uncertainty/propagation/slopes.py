"""How the area under a used curve moves with the curve's values, its times and the decay constant.

Fits move by the gain of their weighted Jacobian (:mod:`kinetics.least_squares.covariance`), of an averaged
area each model by its own and the weights of the models as they are; trapezoids by the derivative of the
rule, or by central differences of it. A scale of all values of one curve scales its area; of a fit with a
population too, as if the population's curves had it as well, which is no less than its own share. A time
that is off by d is a value that is off by -f'(t) d.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from dosimetry.errors import DosimetryError
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.areas.area_result import AreaResult
from kinetics.areas.trapezoid import TAILS, area
from kinetics.curves.curve import Curve
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.covariance import gains
from kinetics.mixed_effects.result import IndividualFit

Array = NDArray[np.float64]

#: Relative steps of central differences of a rule of trapezoids.
STEP = 1e-4


class CurveSlopes:
    """Derivatives of the area of one used curve, in its unit x h.

    Parameters
    ----------
    used : the curve with its fit, choice or area.
    lambda_phys_per_h : physical decay constant, 1/h.
    """

    def __init__(self, used: UsedCurve, lambda_phys_per_h: float) -> None:
        self.used, self.lam = used, lambda_phys_per_h

    @property
    def fitted(self) -> bool:
        """Whether the area is of a fit."""
        return self.used.fit is not None

    @cached_property
    def fits(self) -> list[tuple[FitResult, float]]:
        """The fits that the area is made of, with their weights, which sum to 1."""
        return averaged_fits(self.used)

    @cached_property
    def by_value(self) -> Array:
        """(N,) derivative of the area by each value."""
        if self.fitted:
            return np.asarray(sum(w * _by_data(fit) for fit, w in self.fits))
        made, curve = self.used.area, self.used.curve
        if made is not None and made.by_value is not None and np.isfinite(made.by_value).all():
            return made.by_value * (curve.decay_factor(self.lam) if curve.decay_corrected else 1.0)
        value = curve.value
        step = STEP * np.where(value > 0.0, value, np.abs(value).max())
        return self._differences(step, lambda i, d: self._with(value=_at(value, i, d)))

    @cached_property
    def by_time(self) -> Array:
        """(N,) derivative of the area by the time of each point, per h; 0 of a point at time 0, which is the
        administration."""
        time = self.used.curve.time_h
        if self.fitted:
            found = np.asarray(sum(w * _by_time(fit) for fit, w in self.fits))
        else:
            gaps = np.diff(time, prepend=0.0, append=np.inf)
            step = STEP * np.minimum(np.where(gaps[:-1] > 0.0, gaps[:-1], gaps[1:]), gaps[1:])
            found = self._differences(step, lambda i, d: self._with(time_h=_at(time, i, d)))
        return np.where(time > 0.0, found, 0.0)

    @cached_property
    def by_shift(self) -> float:
        """Derivative of the area by a shift that all times but time 0 have in common, per h."""
        return float(self.by_time.sum())

    @cached_property
    def by_lambda(self) -> float:
        """Derivative of the area by the decay constant, in the unit x h2, the values as they stand."""
        if self.fitted:
            return float(sum(w * _by_lambda(fit, self.used.curve) for fit, w in self.fits))
        step = STEP * self.lam
        ends = [self._area(self.used.curve, self.lam + sign * step) for sign in (1.0, -1.0)]
        return (ends[0] - ends[1]) / (2.0 * step)

    def moved(
        self, *, value: Array | None = None, time_h: Array | None = None, lam: float = 0.0
    ) -> UsedCurve:
        """The used curve with its fit or area where values, times and decay constant are changed by a little.

        Of fits to first order, of trapezoids by the rule.
        """
        used, curve = self.used, self.used.curve
        by_value = np.zeros(len(curve)) if value is None else value
        by_time = np.zeros(len(curve)) if time_h is None else time_h
        if not self.fitted:
            changed = replace(
                curve,
                value=curve.value + by_value,
                time_h=curve.time_h + by_time,
                lambda_phys_per_h=self.lam + lam,
                half_life_h=None,
                nuclide=None,
            )
            return replace(used, curve=changed, area=self._remade(changed, self.lam + lam))
        choice = used.choice
        if choice is None or choice.forced:
            assert used.fit is not None
            fit = _moved(used.fit, curve, by_value, by_time, lam)
            forced = None if choice is None else replace(choice, chosen=fit, averaged_area=_of(fit))
            return replace(used, fit=fit, choice=forced)
        candidates = [
            c
            if c.fit is None or not c.weight
            else replace(c, fit=_moved(c.fit, curve, by_value, by_time, lam))
            for c in choice.candidates
        ]
        mean = sum(c.weight * c.fit.area for c in candidates if c.fit is not None and c.weight)
        chosen = _moved(choice.chosen, curve, by_value, by_time, lam)
        found = replace(
            choice, chosen=chosen, candidates=tuple(candidates),
            averaged_area=Estimate(mean, choice.averaged_area.se),
        )  # fmt: skip
        return replace(used, fit=chosen, choice=found)

    def _with(self, value: Array | None = None, time_h: Array | None = None) -> Curve:
        curve = self.used.curve
        return replace(
            curve, value=curve.value if value is None else value,
            time_h=curve.time_h if time_h is None else time_h,
        )  # fmt: skip

    def _differences(self, step: Array, curve: Callable[[int, float], Curve]) -> Array:
        """(N,) central differences of the rule's area."""
        return np.array(
            [
                (self._area(curve(i, s), self.lam) - self._area(curve(i, -s), self.lam)) / (2.0 * s)
                for i, s in enumerate(step.tolist())
            ]
        )

    def _area(self, curve: Curve, lam: float) -> float:
        found = self._remade(curve, lam).area
        if found is None:
            raise DosimetryError(f"{self.used.patient}, {self.used.region}: no area of a changed curve")
        return float(found)

    def _remade(self, curve: Curve, lam: float) -> AreaResult:
        """The area of another curve by the same rules."""
        before, method = self.used.area, self.used.method
        assert before is not None
        tail: str | float = before.tail_rule
        if tail not in TAILS:
            last = float(self.used.curve.uncorrected(self.lam).value[-1])
            tail = (before.area_tail or 0.0) / last if last > 0.0 else 0.0
        rule = before.method if method is None or method.method is None else method.method
        plain = replace(
            curve, sd=None, common_sd=None, normalised_at_h=None, lambda_phys_per_h=lam, half_life_h=None,
            nuclide=None,
        )  # fmt: skip
        return area(
            plain, lambda_phys_per_h=lam, tail=tail, first=before.first_rule, method=rule, alternatives=False
        )


def averaged_fits(used: UsedCurve) -> list[tuple[FitResult, float]]:
    """The fits that a used curve's area is the mean of, with their weights, which sum to 1."""
    choice, fit = used.choice, used.fit
    assert fit is not None
    if choice is not None and not choice.forced:
        found = [(c.fit, c.weight) for c in choice.candidates if c.fit is not None and c.weight]
        if found:
            return found
    return [(fit, 1.0)]


def _at(array: Array, i: int, change: float) -> Array:
    changed = array.copy()
    changed[i] += change
    return changed


def _gain(fit: FitResult) -> Array:
    """(P, N) derivative of the parameters by the values of the fitted curve."""
    curve = fit.curve
    jacobian = fit.function.value_and_gradient(curve.time_h, fit.theta)[1]
    weight = _decay(fit) / fit.errors.sd
    if isinstance(fit, IndividualFit):
        return _gain_with_population(fit, jacobian * weight[:, None])
    free = np.array([name not in fit.bounds_reached for name in fit.function.parameters])
    found, well = gains((jacobian * weight[:, None])[None], free[None])
    if not well[0]:
        raise DosimetryError(
            f"{curve.name}: the data do not determine the parameters of '{fit.model}' separately, so what a"
            " point brings to the area is not known; take a smaller model"
        )
    return np.asarray(found[0] / fit.errors.sd)


def _gain_with_population(fit: IndividualFit, weighted: Array) -> Array:
    """(P, N) of the mode given the population, which holds it: posterior covariance x J' W."""
    if fit.covariance is None:
        raise DosimetryError(f"{fit.curve.name}: {fit.reason or 'no covariance of the parameters'}")
    share = 1.0
    if fit.posterior_se_area is not None and fit.se_area:
        share = (fit.posterior_se_area / fit.se_area) ** 2
    return np.asarray(share * fit.covariance @ weighted.T / fit.errors.sd)


def _decay(fit: FitResult) -> Array:
    curve = fit.curve
    return np.ones(len(curve)) if curve.decay_corrected else np.exp(-fit.lambda_phys_per_h * curve.time_h)


def _by_theta(fit: FitResult) -> Array:
    return np.asarray(fit.function.area_and_gradient(fit.theta, fit.lambda_phys_per_h)[1])


def _slope_in_time(fit: FitResult) -> Array:
    """(N,) derivative by time of the fitted function, in the curve's decay state."""
    amplitudes, _, rate = fit.function.split(fit.theta)
    if not fit.curve.decay_corrected:
        rate = rate + fit.lambda_phys_per_h
    weight = amplitudes @ fit.function.coefficients.T
    return np.asarray(-np.exp(-np.outer(fit.curve.time_h, rate)) @ (weight * rate))


def _scale(fit: FitResult, original: Curve) -> float:
    """Factor from a value of the curve to that of the fitted one, which is corrected to time 0."""
    if original.decay_corrected and original.reference_h:
        return float(np.exp(fit.lambda_phys_per_h * original.reference_h))
    return 1.0


def _by_data(fit: FitResult) -> Array:
    return _by_theta(fit) @ _gain(fit)


def _by_time(fit: FitResult) -> Array:
    return np.asarray(-_by_data(fit) * _slope_in_time(fit))


def _data_by_lambda(fit: FitResult, original: Curve) -> Array:
    """(N,) what a change of the decay constant is worth in values."""
    if fit.curve.decay_corrected:
        return np.asarray(original.reference_h * fit.curve.value)
    return np.asarray(fit.curve.time_h * fit.predict(fit.curve.time_h))


def _by_lambda(fit: FitResult, original: Curve) -> float:
    lam, function = fit.lambda_phys_per_h, fit.function
    step = STEP * lam
    ends = [float(function.area(fit.theta, lam + sign * step)) for sign in (1.0, -1.0)]
    return (ends[0] - ends[1]) / (2.0 * step) + float(_by_data(fit) @ _data_by_lambda(fit, original))


def _moved(fit: FitResult, original: Curve, value: Array, time_h: Array, lam: float) -> FitResult:
    """To first order; of a change that all values have in common exactly: it is one of the amplitudes."""
    y = original.value
    common = float(np.mean(value / y)) if np.all(y > 0.0) else 0.0
    rest = (value - common * y) * _scale(fit, original)
    data = rest - time_h * _slope_in_time(fit) + lam * _data_by_lambda(fit, original)
    theta = fit.theta + _gain(fit) @ data if data.any() else fit.theta.copy()
    theta[: len(fit.function.amplitudes)] *= 1.0 + common
    constant = fit.lambda_phys_per_h + lam
    under = float(fit.function.area(theta, constant))
    return replace(fit, theta=theta, lambda_phys_per_h=constant, area=under)


def _of(fit: FitResult) -> Estimate:
    return Estimate(fit.area, fit.se_area)
