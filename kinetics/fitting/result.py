"""What a fit gives: parameters, covariance, half-lives, area, prediction and band."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import Curve, FloatArray
from kinetics.models import Model
from kinetics.weights import ErrorModel


class Estimate(NamedTuple):
    """A number with its standard error; ``se`` is None where it can't be given.

    Examples
    --------
    >>> half_life = Estimate(71.2, 3.4)
    >>> half_life.value, half_life.se
    (71.2, 3.4)
    """

    value: float
    se: float | None


@dataclass(frozen=True, kw_only=True)
class FitResult:
    """A fitted model.

    Attributes
    ----------
    model : the model's name; ``function`` is the model itself.
    parameters : name -> (value, se); amplitudes in the curve's unit at time 0, rates biologic in 1/h.
    covariance : (P, P) in the order of ``parameters``, or None where undefined (``reason`` says why).
    biologic_half_lives_h, effective_half_lives_h : rate's name -> (half-life in h, se).
    area, se_area : integral from 0 to infinity of the curve with physical decay, in unit x h.
    extrapolated_fraction : share of ``area`` after the last point.
    rss : sum of squared weighted residuals (chi-square where the standard deviations are known).
    aicc : information criterion, or None (``aicc_reason``); differences between models of one curve count,
        see :func:`kinetics.fitting.fit.information_criterion`.
    weights : the error model's name; ``rescaled``: the covariance was multiplied by ``variance_factor``.
    borrowed : what was taken from a cohort, in words; None: the curve's own points gave everything.
    bounds_reached : names of parameters that lie on a bound, or have no effect because another does (the rate
        of an amplitude that is 0); they were held there for the covariance.

    Examples
    --------
    >>> import numpy as np
    >>> from kinetics import Curve, fit_curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> value = 20 * np.exp(-0.02 * t) * np.array([1.02, 0.99, 1.01, 0.98])
    >>> curve = Curve(
    ...     time_h=t, value=value, sd=0.02 * value, unit="%IA/L", decay_corrected=True, half_life_h=78.41
    ... )
    >>> fit = fit_curve(curve, "monoexponential", weights="sd")
    >>> fit.parameters["lambda1"].se < 0.001, fit.n_points, fit.covariance.shape
    (True, 4, (2, 2))
    >>> low, high = fit.interval("area")
    >>> low < fit.area < high
    True
    """

    curve: Curve
    function: Model
    theta: FloatArray
    lambda_phys_per_h: float
    covariance: FloatArray | None
    reason: str | None
    rss: float
    aicc: float | None
    aicc_reason: str | None
    errors: ErrorModel
    bounds_reached: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    area: float = field(default=math.nan)
    se_area: float | None = None
    extrapolated_fraction: float = field(default=math.nan)
    borrowed: str | None = None
    joint_degrees_of_freedom: int | None = None

    def __repr__(self) -> str:
        error = "" if self.se_area is None else f" +- {self.se_area:.2g}"
        return (
            f"<FitResult: {self.model} of '{self.curve.name}', {len(self.curve)} points;"
            f" area {self.area:.4g}{error} {self.curve.unit} x h>"
        )

    @property
    def model(self) -> str:
        """The model's name."""
        return self.function.name

    @property
    def weights(self) -> str:
        """The error model's name."""
        return self.errors.name

    @property
    def rescaled(self) -> bool:
        """True where the covariance carries the residual variance (no known standard deviations)."""
        return not self.errors.known

    @property
    def n_points(self) -> int:
        """Number of points."""
        return len(self.curve)

    @property
    def n_parameters(self) -> int:
        """Number of free parameters of the function."""
        return self.function.n_parameters

    @property
    def degrees_of_freedom(self) -> float:
        """Points less parameters, and what a prior of the scale counts for; of the whole cohort, where curves
        were fitted together.
        """
        if self.joint_degrees_of_freedom is not None:
            return self.joint_degrees_of_freedom
        return self.n_points - self.n_parameters + self.errors.prior_points

    @property
    def variance_factor(self) -> float | None:
        """Square of what the error model's standard deviations are multiplied by; None where undefined.

        1 where they are known, else (nu + chi2)/(nu + N - P), nu the points that the prior counts for (0
        without one).
        """
        if self.errors.known:
            return 1.0
        if self.degrees_of_freedom <= 0:
            return None
        return (self.errors.prior_points + self.rss) / self.degrees_of_freedom

    @property
    def standard_errors(self) -> FloatArray | None:
        """(P,) standard errors in the order of ``parameters``, or None."""
        if self.covariance is None:
            return None
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    @property
    def parameters(self) -> dict[str, Estimate]:
        """Name -> (value, se); a parameter on a bound has no standard error."""
        se = self.standard_errors
        return {
            name: Estimate(
                float(self.theta[i]), None if se is None or name in self.bounds_reached else float(se[i])
            )
            for i, name in enumerate(self.function.parameters)
        }

    def _half_lives(self, lambda_phys_per_h: float) -> dict[str, Estimate]:
        found = {}
        for name in self.function.rates:
            rate, se = self.parameters[name]
            total = rate + lambda_phys_per_h
            found[name] = Estimate(math.log(2) / total, None if se is None else math.log(2) / total**2 * se)
        return found

    @property
    def biologic_half_lives_h(self) -> dict[str, Estimate]:
        """ln 2 / lambda_biol of each free rate."""
        return self._half_lives(0.0)

    @property
    def effective_half_lives_h(self) -> dict[str, Estimate]:
        """ln 2 / (lambda_biol + lambda_phys) of each free rate."""
        return self._half_lives(self.lambda_phys_per_h)

    @property
    def correlation(self) -> FloatArray | None:
        """(P, P) correlation of the parameters; rows of parameters on a bound are 0. None where undefined."""
        se = self.standard_errors
        if se is None or self.covariance is None:
            return None
        safe = np.where(se > 0, se, np.inf)
        correlation: FloatArray = self.covariance / np.outer(safe, safe)
        return correlation

    def quantile(self, level: float = 0.95) -> float:
        """Half-width of an interval in standard errors: Student's t where the variance is estimated."""
        from scipy.special import ndtri, stdtrit

        p = 0.5 + 0.5 * level
        return float(ndtri(p) if self.errors.known else stdtrit(self.degrees_of_freedom, p))

    def interval(self, name: str = "area", level: float = 0.95) -> tuple[float, float] | None:
        """Confidence interval of a parameter or of ``"area"`` by its standard error; None where undefined.

        Symmetric; that of the area symmetric in its logarithm where rates are borrowed from a cohort, because
        the area then inherits the skewness of a log-normal rate.
        """
        value, se = Estimate(self.area, self.se_area) if name == "area" else self.parameters[name]
        if se is None:
            return None
        half = self.quantile(level) * se
        if name == "area" and self.borrowed is not None and value > 0:
            return value * math.exp(-half / value), value * math.exp(half / value)
        return value - half, value + half

    def exponentials(self) -> tuple[FloatArray, FloatArray]:
        """Amplitudes at time 0, in the curve's unit, and biologic rates in 1/h of the fitted sum."""
        amplitudes, _, biologic = self.function.split(self.theta)
        return self.function.coefficients @ amplitudes, biologic

    def _decay(self, time_h: FloatArray, decay_corrected: bool | None) -> FloatArray:
        corrected = self.curve.decay_corrected if decay_corrected is None else decay_corrected
        return np.ones_like(time_h) if corrected else np.exp(-self.lambda_phys_per_h * time_h)

    def predict(self, time_h: ArrayLike, *, decay_corrected: bool | None = None) -> FloatArray:
        """(N,) fitted function at times in h; decay-corrected or not, by default as the curve is."""
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        return self.function.value(time, self.theta) * self._decay(time, decay_corrected)

    def band(
        self, time_h: ArrayLike, *, level: float = 0.95, decay_corrected: bool | None = None
    ) -> tuple[FloatArray, FloatArray] | None:
        """(N,) lower and upper confidence limits of the function (delta method); None where undefined."""
        if self.covariance is None:
            return None
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        value, gradient = self.function.value_and_gradient(time, self.theta)
        half = self.quantile(level) * np.sqrt(np.einsum("np,pq,nq->n", gradient, self.covariance, gradient))
        decay = self._decay(time, decay_corrected)
        return (value - half) * decay, (value + half) * decay

    @property
    def residuals(self) -> FloatArray:
        """(N,) measured less fitted values, in the curve's unit and decay state."""
        return self.curve.value - self.predict(self.curve.time_h)
