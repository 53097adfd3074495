"""Two more ways to a confidence interval than the delta method: parametric bootstrap, profile likelihood.

The delta method (``FitResult.interval``) takes the curve as linear in the parameters and intervals as
symmetric. The bootstrap fits simulated repetitions of the experiment (Efron & Tibshirani 1993, ch. 6 and 13).
The profile likelihood asks how far a number can be moved, all else being fitted again, before chi-square
rises by more than the level allows (Venzon & Moolgavkar 1988; Bates & Watts 1988, ch. 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.result import FitResult
from kinetics.least_squares.problem import make_problem
from kinetics.least_squares.solver import Extra, Problem, minimise

#: Simulated values, replicas times points, over which a bootstrap would take more than about 1 GB.
MOST_SIMULATED = 2_000_000


def _problem(fit: FitResult) -> Problem:
    return make_problem(fit.curve, fit.function, fit.errors, fit.lambda_phys_per_h)


def _variance_factor(fit: FitResult) -> float:
    """Square of what the error model's standard deviations must be multiplied by."""
    if fit.borrowed is not None:
        raise KineticsError(
            f"{fit.curve.name}: {fit.borrowed}; only the standard error carries that, no profile or bootstrap"
        )
    if fit.variance_factor is None:
        raise KineticsError(f"{fit.curve.name}: {fit.reason}; no interval by simulation or profile")
    return fit.variance_factor


def _quantity(fit: FitResult, name: str, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """(B,) a parameter, a half-life or the area, and (B, P) its gradient by the natural parameters.

    Names: "area", a parameter's, "half_life_lambda1" (biologic), "effective_half_life_lambda1".
    """
    if name == "area":
        return fit.function.area_and_gradient(theta, fit.lambda_phys_per_h)
    for prefix, added in (("half_life_", 0.0), ("effective_half_life_", fit.lambda_phys_per_h)):
        rate = name.removeprefix(prefix)
        if name.startswith(prefix) and rate in fit.function.rates:
            value, gradient = _quantity(fit, rate, theta)
            total = value + added
            return math.log(2) / total, -math.log(2) / total[..., None] ** 2 * gradient
    if name not in fit.function.parameters:
        raise KineticsError(
            f"'{name}' is no quantity of '{fit.model}'; there are: area,"
            f" {', '.join(fit.function.parameters)}, and"
            " half_life_ or effective_half_life_ before a rate"
        )
    i = fit.function.parameters.index(name)
    gradient = np.zeros_like(theta)
    gradient[..., i] = 1.0
    return theta[..., i], gradient


def _standard_error(fit: FitResult, name: str) -> float | None:
    if name == "area":
        return fit.se_area
    rate = name.removeprefix("effective_").removeprefix("half_life_")
    if name.startswith("half_life_"):
        return fit.biologic_half_lives_h[rate].se
    if name.startswith("effective_half_life_"):
        return fit.effective_half_lives_h[rate].se
    return fit.parameters[name].se


@dataclass(frozen=True, kw_only=True)
class Bootstrap:
    """Estimates from simulated repetitions.

    ``theta`` (B, P) parameters in the fit's order, ``area`` (B,); ``seed`` makes them again.

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
    >>> found = bootstrap(fit, replicas=50, seed=1)
    >>> found.area.shape, bool(found.se("half_life_lambda1") > 0)
    ((50,), True)
    """

    fit: FitResult
    theta: FloatArray
    area: FloatArray
    seed: int

    def sample(self, name: str = "area") -> FloatArray:
        """(B,) the replicas' areas, parameters or half-lives (names as in :func:`profile`)."""
        return self.area if name == "area" else _quantity(self.fit, name, self.theta)[0]

    def se(self, name: str = "area") -> float:
        """Standard deviation over the replicas."""
        return float(np.std(self.sample(name), ddof=1))

    def interval(self, name: str = "area", level: float = 0.95) -> tuple[float, float]:
        """Percentile interval."""
        low, high = np.quantile(self.sample(name), [0.5 - level / 2, 0.5 + level / 2])
        return float(low), float(high)


def bootstrap(fit: FitResult, *, replicas: int = 1000, seed: int) -> Bootstrap:
    """Parametric bootstrap: simulate the fitted curve with its error model, fit again, all replicas at once.

    Values are normal around the fit (Poisson for weights "poisson" on counts as measured), with the error
    model's standard deviations taken at the fitted values, and what is common to several points in common;
    the fits' weights are those of the original. The curve's common scale is drawn once a replica. Each refit
    starts at the original parameters.

    Parameters
    ----------
    fit : from :func:`kinetics.fit_curve` or :func:`kinetics.choose_model`.
    replicas : how many repetitions, 2 or more.
    seed : of NumPy's default generator; there is no default, so that a result can be made again.

    Raises
    ------
    KineticsError : as many points as parameters and no known standard deviations; more than
        :data:`MOST_SIMULATED` values.

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
    >>> low, high = bootstrap(fit, replicas=50, seed=1).interval()
    >>> low < fit.area < high
    True
    """
    if replicas < 2:
        raise KineticsError(f"{replicas} replicas; 2 or more are needed")
    if replicas * len(fit.curve) > MOST_SIMULATED:
        raise KineticsError(
            f"{fit.curve.name}: {replicas} replicas of {len(fit.curve)} points would fill the memory; at most"
            f" {MOST_SIMULATED} simulated values: take fewer replicas, or another interval (delta, profile)"
        )
    rng = np.random.default_rng(seed)
    problem, curve = _problem(fit), fit.curve
    factor = _variance_factor(fit)
    fitted = fit.predict(curve.time_h)
    sd = fit.errors.sd * math.sqrt(factor)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(curve.value > 0, np.maximum(fitted, 0.0) / curve.value, 1.0)
    sd = sd * {"relative": ratio, "poisson": np.sqrt(ratio)}.get(fit.weights, 1.0)
    if fit.weights == "poisson" and fit.errors.known and not curve.decay_corrected:
        simulated = rng.poisson(fitted, (replicas, fitted.size)).astype(float)
    else:
        factors = curve.error_factors(sd**2, scale=False)
        simulated = fitted + rng.normal(size=(replicas, factors.shape[1])) @ factors.T
    start = problem.inner(np.maximum(fit.theta, 1e-300))
    solved = minimise(problem, simulated, np.broadcast_to(start, (replicas, start.size)).copy())
    theta = problem.natural(solved.phi)
    if fit.function.exchange:
        theta = np.array([row[fit.function.order(row)] for row in theta])
    if curve.scale_relative_sd:
        scale = 1.0 + curve.scale_relative_sd * rng.normal(size=(replicas, 1))
        theta[:, : problem.n_amplitudes] *= scale
    return Bootstrap(fit=fit, theta=theta, area=fit.function.area(theta, fit.lambda_phys_per_h), seed=seed)


@dataclass(frozen=True, kw_only=True)
class Profile:
    """Profile likelihood of one number.

    ``value`` (M,), ascending; ``rise`` (M,) of chi-square over its minimum, in units of the (known or
    estimated) variance; ``lower`` and ``upper`` limits at ``level``, None where the rise stays below the
    threshold as far as it was followed.

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
    >>> found = profile(fit)
    >>> found.name, found.lower < fit.area < found.upper
    ('area', True)
    """

    name: str
    value: FloatArray
    rise: FloatArray
    level: float
    threshold: float
    lower: float | None
    upper: float | None


def profile(fit: FitResult, name: str = "area", *, level: float = 0.95, points: int = 48) -> Profile:
    """Profile likelihood interval of "area", a parameter, or e.g. "half_life_lambda2".

    Every point of the profile is a fit with one more residual that pulls the number to a target; such a fit
    lies exactly on the profile at the value it ends at, so the pull's strength brings no error. The
    threshold is the square of the normal quantile, or of Student's t where the variance is estimated. The
    curve's common scale and what else is common to several points aren't in it: the standard error has them.

    Parameters
    ----------
    fit : from :func:`kinetics.fit_curve` or :func:`kinetics.choose_model`.
    name : "area", a parameter, or a half-life: "half_life_lambda1" (biologic), "effective_half_life_lambda1".
    level : of confidence, between 0 and 1.
    points : how many targets the profile is followed to.

    Raises
    ------
    KineticsError : the fit has no standard error to set the range by, or no such number.

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
    >>> found = profile(fit, "half_life_lambda1")
    >>> found.lower < fit.biologic_half_lives_h["lambda1"].value < found.upper
    True
    """
    at, _ = _quantity(fit, name, fit.theta)
    se = _standard_error(fit, name)
    if se is None or not se > 0:
        raise KineticsError(f"{fit.curve.name}: no profile of {name}: its standard error is undefined")
    problem, factor = _problem(fit), _variance_factor(fit)
    centre, quantile = float(at), fit.quantile(level)
    relative = max(se / centre, 1e-6)
    reach = min(3.0 * quantile * relative, 6.0)
    targets = centre * np.exp(np.linspace(-reach, reach, points))
    if se / centre < 0.3:
        targets = centre + 2.0 * quantile * se * np.linspace(-1, 1, points)
        targets = targets[targets > 0]
    strength = 10.0 * math.sqrt(factor) / se

    def pull_to(target: float) -> Extra:
        def pull(phi: FloatArray) -> tuple[FloatArray, FloatArray]:
            value, gradient = _quantity(fit, name, problem.natural(phi))
            inner = gradient * problem.scale(phi)
            return ((target - value) * strength)[:, None], (-inner * strength)[:, None, :]

        return pull

    value, rise = [], []
    own = problem.scale(problem.inner(np.maximum(fit.theta, 1e-300)))
    assert fit.covariance is not None
    spread = fit.covariance / np.outer(own, own)  # of the inner parameters, to step along the profile
    below, above = targets[targets < centre][::-1], targets[targets >= centre]
    for side in (below, above):
        phi = problem.inner(np.maximum(fit.theta, 1e-300))[None, :]
        for target in side:
            now, gradient = _quantity(fit, name, problem.natural(phi))
            inner = (gradient * problem.scale(phi))[0]
            ahead = (spread @ inner) / max(float(inner @ spread @ inner), 1e-300) * (target - now)
            solved = minimise(problem, fit.curve.value, phi + ahead, extra=pull_to(float(target)))
            phi = solved.phi
            theta = problem.natural(phi)
            chi2 = float(((fit.curve.value * problem.inverse_sd - problem.weighted(phi)[0]) ** 2).sum())
            value.append(float(_quantity(fit, name, theta)[0][0]))
            rise.append(max((chi2 - fit.rss) / factor, 0.0))
            if rise[-1] > 4 * quantile**2:
                break
    x, y = np.array([*value, centre]), np.array([*rise, 0.0])
    order = np.argsort(x)
    x, y = x[order], y[order]
    threshold = quantile**2
    return Profile(
        name=name,
        value=x,
        rise=y,
        level=level,
        threshold=threshold,
        lower=_crossing(x[x <= centre][::-1], y[x <= centre][::-1], threshold),
        upper=_crossing(x[x >= centre], y[x >= centre], threshold),
    )


def _crossing(x: FloatArray, y: FloatArray, threshold: float) -> float | None:
    """Where the root of the rise, going outwards, first passes the root of the threshold."""
    root = np.sqrt(y)
    past = np.flatnonzero(root >= math.sqrt(threshold))
    if past.size == 0 or past[0] == 0:
        return None
    i = int(past[0])
    share = (math.sqrt(threshold) - root[i - 1]) / (root[i] - root[i - 1])
    return float(x[i - 1] + share * (x[i] - x[i - 1]))
