"""Exponentials fitted to measured urine: what leaves the body, and by which rates.

The model is U(t) = sum_i a_i (1 - exp(-b_i t)) of what was excreted up to t, corrected for decay. What is
fitted are the amounts of the single intervals, a_i (exp(-b_i s) - exp(-b_i e)) from s to e, which were
counted independently of each other; points of the cumulative excretion share all that came before them, and
a fit to them gives standard errors that are too small.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from kinetics.choice.rules import NO_SUPPORT
from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.inflow import Inflow
from kinetics.excretion.urine import Urine
from kinetics.fitting.criterion import information_criterion
from kinetics.fitting.finish import EXACT, MUCH_EXTRAPOLATED
from kinetics.fitting.result import Estimate
from kinetics.least_squares.covariance import gain, held
from kinetics.least_squares.problem import FASTEST_OF_INTERVAL, SLOWEST_OF_LAST
from kinetics.least_squares.solver import Problem, minimise
from kinetics.models import MODELS
from kinetics.weights import ASSUMED, ErrorModel, error_model

#: Number of exponentials -> the model whose decay between two times is what leaves in between.
OF_BODY = {1: MODELS["monoexponential"], 2: MODELS["biexponential"]}
#: Rates that starts are tried on, and how many of the best starts are followed.
GRID, STARTS = 24, 6
#: How often assumed relative errors are taken anew from the fitted amounts.
FOLLOWED = 3


@dataclass(frozen=True)
class Intervals(Problem):
    """Amounts that leave in intervals: from ``start_h`` to ``time_h``."""

    start_h: FloatArray

    def weighted(
        self, phi: FloatArray, rows: NDArray[np.intp] | None = None
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) weighted amounts and (B, N, P) their derivative by the inner parameters."""
        theta, q = self.natural(phi), self.n_amplitudes
        first, first_by = self.model.value_and_gradient(self.start_h, theta)
        last, last_by = self.model.value_and_gradient(self.time_h, theta)
        gradient = first_by - last_by
        gradient[..., q:] *= theta[..., None, q:]
        return (first - last) * self.weight, gradient * self.weight[..., None]


@dataclass(frozen=True, kw_only=True, eq=False)
class UrineFit:
    """Exponentials fitted to the amounts of voids.

    Attributes
    ----------
    inflow : what enters the bladder, with its covariance, for :class:`kinetics.Contents`.
    percent_ia, rate_per_h : a_i in % of the administered activity and b_i in 1/h, each with its standard
        error, the fastest first.
    predicted_percent_ia : (N,) amounts of the voids by the fit, corrected for decay.
    rss : sum of squared weighted residuals (chi-square where standard deviations are known).
    aicc : the criterion that 1 and 2 exponentials are compared by, or None (``aicc_reason``).
    criteria : number of exponentials -> its criterion, or why it has none or was not taken.
    weights : the error model's name; reason : why there are no standard errors, or None.

    Examples
    --------
    >>> import numpy as np
    >>> end = np.array([1.0, 2.0, 4.0, 6.0, 9.0, 14.0, 24.0])
    >>> amount = -np.diff(60 * np.exp(-0.2 * np.append(0.0, end)))
    >>> urine = Urine(
    ...     end_h=end, percent_ia=amount, sd_percent_ia=0.03 * amount, decay_corrected=True, complete=True,
    ...     lambda_phys_per_h=0.1,
    ... )
    >>> fit = fit_urine(urine)
    >>> fit.exponentials, round(fit.percent_ia[0].value, 3), round(fit.rate_per_h[0].value, 4)
    (1, 60.0, 0.2)
    """

    urine: Urine
    inflow: Inflow
    percent_ia: tuple[Estimate, ...]
    rate_per_h: tuple[Estimate, ...]
    predicted_percent_ia: FloatArray
    rss: float
    aicc: float | None
    aicc_reason: str | None
    criteria: dict[int, float | str]
    weights: str
    reason: str | None
    warnings: tuple[str, ...]

    @property
    def exponentials(self) -> int:
        """How many there are."""
        return len(self.rate_per_h)

    @property
    def cumulative_percent_ia(self) -> FloatArray:
        """(N,) what was excreted up to each void by the fit, corrected for decay, %IA."""
        return 100.0 * self.inflow.cumulative(self.urine.end_h)

    def __repr__(self) -> str:
        total = 100.0 * self.inflow.total
        return f"<UrineFit: {self.exponentials} exponential(s), {total:.4g} %IA at last>"


def fit_urine(urine: Urine, exponentials: int | None = None, *, weights: str = "auto") -> UrineFit:
    """Fit what was excreted in each interval by 1 or 2 exponentials.

    Parameters
    ----------
    urine : voids; the collection need not be complete.
    exponentials : 1 or 2; None: the one with the smaller criterion, chi2 + 2K for known standard deviations,
        else AICc (:func:`kinetics.fitting.criterion.information_criterion`). A fit on a bound (a share of
        100 %, a rate not told from 0) is taken only where its criterion is smaller by more than 10.
    weights : a key of :data:`kinetics.WEIGHTS`.

    Raises
    ------
    KineticsError : another number, fewer voids than parameters, weights that the urine has not, voids that
        are all 0, more than 110 % of the administered activity.

    Examples
    --------
    >>> urine = Urine(
    ...     end_h=[1.0, 3.0, 6.0, 12.0], percent_ia=[9.5, 15.0, 14.9, 13.0], decay_corrected=True,
    ...     complete=True, lambda_phys_per_h=0.379,
    ... )
    >>> fit = fit_urine(urine, 1)
    >>> round(fit.inflow.total, 2), fit.inflow.covariance.shape
    (0.59, (2, 2))
    """
    if exponentials not in (None, *OF_BODY):
        raise KineticsError(f"{exponentials} exponentials; 1, 2 or None (the better one) is allowed")
    if weights == "sd" and urine.sd_percent_ia is None:
        raise KineticsError(
            "weights 'sd' need the standard deviations of the voids (sd_percent_ia, or sd_kBq_per_mL with"
            " concentrations); there are none"
        )
    curve = _curve(urine)
    errors = error_model(curve, weights, lambda_phys_per_h=urine.lambda_phys_per_h)
    numbers = tuple(OF_BODY) if exponentials is None else (exponentials,)
    best = _best(urine, curve, errors, numbers)
    for _ in range(FOLLOWED if errors.name == ASSUMED else 0):
        # relative to what is fitted, not to what scatters; one error model for both, so that they compare
        errors = errors.following(curve, best.predicted_percent_ia)
        best = _best(urine, curve, errors, numbers)
    return best


def _best(urine: Urine, curve: Curve, errors: ErrorModel, numbers: Sequence[int]) -> UrineFit:
    """The fit with the smallest criterion; one on a bound where the other has no support beside it.

    A share of 100 % with a slow rate is a bound that urine does reach: it flows on and on.
    """
    found: dict[int, UrineFit] = {}
    criteria: dict[int, float | str] = {}
    refused: list[str] = []
    for k in numbers:
        try:
            found[k] = fit = _fit(urine, curve, errors, k)
        except KineticsError as error:
            criteria[k] = str(error)
            refused += error.complaints
            continue
        on_bound = [w for w in fit.warnings if w.startswith("bound reached")]
        without = on_bound or [fit.aicc_reason or ""]
        criteria[k] = without[0] if on_bound or fit.aicc is None else fit.aicc
    if not found:
        raise KineticsError(*dict.fromkeys(refused))

    def score(k: int) -> float:
        aicc = found[k].aicc
        handicap = NO_SUPPORT if isinstance(criteria[k], str) else 0.0
        return math.inf if aicc is None else aicc + handicap

    return replace(found[min(found, key=score)], criteria=criteria)


def _curve(urine: Urine) -> Curve:
    """The amounts as points, for what the house knows of errors of points."""
    if not np.any(urine.corrected):
        raise KineticsError("every void holds 0 %IA; there is nothing to fit")
    return Curve(
        time_h=urine.end_h,
        value=urine.corrected,
        sd=urine.sd_corrected,
        unit="%IA",
        decay_corrected=True,
        name="urine",
        lambda_phys_per_h=urine.lambda_phys_per_h,
    )


def _fit(urine: Urine, curve: Curve, errors: ErrorModel, k: int) -> UrineFit:
    model, n = OF_BODY[k], urine.end_h.size
    if n < model.n_parameters:
        raise KineticsError(f"{n} voids for the {model.n_parameters} parameters of {k} exponential(s)")
    problem = _problem(urine, errors, k)
    phi, rss, at_bound = _minimum(problem, curve.value)
    return _result(urine, curve, errors, problem, phi, rss, at_bound)


def _problem(urine: Urine, errors: ErrorModel, k: int) -> Intervals:
    model, shortest = OF_BODY[k], float((urine.end_h - urine.starts).min())
    slow = math.log(math.log(2.0) / (SLOWEST_OF_LAST * urine.end_h[-1]))
    fast = math.log(math.log(2.0) / (FASTEST_OF_INTERVAL * shortest))
    return Intervals(
        model, urine.end_h, np.ones(urine.end_h.size), 1.0 / errors.sd,
        np.array([0.0] * k + [slow] * k), np.array([100.0] * k + [fast] * k), urine.starts,
    )  # fmt: skip


def _minimum(problem: Intervals, y: FloatArray) -> tuple[FloatArray, float, NDArray[np.bool_]]:
    """Inner parameters of the lowest minimum, its cost, and which lie on a bound."""
    made = minimise(problem, y, _starts(problem, y), max_iterations=400, tolerance=1e-15)
    best = int(np.argmin(made.cost))
    phi = made.phi[best]
    q = problem.n_amplitudes
    order = np.argsort(-phi[q:], kind="stable")  # the fastest first
    index = np.concatenate([order, q + order])
    return phi[index], float(made.cost[best]), made.at_bound[best][index]


def _starts(problem: Intervals, y: FloatArray) -> FloatArray:
    """(S, P) starts: a grid of rates, with the amplitudes that fit best for them."""
    from scipy.optimize import nnls

    q = problem.n_amplitudes
    grid = np.linspace(problem.lower[q], problem.upper[q], GRID + 2)[1:-1]
    wy, scored = y * problem.inverse_sd, []
    for logs in combinations(grid[::-1], q):
        rates = np.exp(logs)
        basis = problem.model.basis(problem.start_h, rates) - problem.model.basis(problem.time_h, rates)
        amplitude, norm = nnls(basis * problem.weight[:, None], wy)
        scored.append((norm, [*np.clip(amplitude, 1e-3 * y.max(), problem.upper[:q]), *logs]))
    return np.array([point for _, point in sorted(scored, key=lambda one: one[0])[:STARTS]])


def _result(
    urine: Urine,
    curve: Curve,
    errors: ErrorModel,
    problem: Intervals,
    phi: FloatArray,
    rss: float,
    at_bound: NDArray[np.bool_],
) -> UrineFit:
    n, p, k = urine.end_h.size, phi.size, problem.n_amplitudes
    value, jacobian = (one[0] for one in problem.weighted(phi[None]))
    at_bound = held(jacobian, at_bound)
    theta, nu = problem.natural(phi), errors.prior_points
    warnings = []
    exact = EXACT**2 * float(((curve.value * problem.inverse_sd) ** 2).sum())
    if not errors.known and not nu and rss < exact:
        warnings.append("the fit is exact to rounding: its standard errors and AICc are those of rounding")
        rss = exact
    covariance, reason = None, None
    gained = gain(jacobian, ~at_bound)
    if gained is None:
        reason = "undefined: the voids don't determine the parameters separately (singular normal matrix)"
    elif not errors.known and n - p + nu <= 0:
        reason = "undefined: as many voids as parameters leave no residual variance"
    else:
        factor = 1.0 if errors.known else (nu + rss) / (nu + n - p)
        half = gained * problem.scale(phi)[:, None] * math.sqrt(factor)
        covariance = half @ half.T
    names = [f"a{i + 1}" for i in range(k)] + [f"b{i + 1}" for i in range(k)]
    if reached := [name for name, on in zip(names, at_bound.tolist(), strict=True) if on]:
        warnings.append(
            f"bound reached: {', '.join(reached)} of {k} exponential(s), held there for standard errors"
        )
    warnings += _misfit(rss, n - p, errors)
    unit = np.concatenate([np.full(k, 0.01), np.ones(k)])  # from % to fractions
    scaled = None if covariance is None else covariance * np.outer(unit, unit)
    inflow = Inflow(theta[:k] / 100.0, theta[k:], scaled)
    after = 1.0 - float(inflow.cumulative(urine.end_h[-1:])[0]) / inflow.total
    if after > MUCH_EXTRAPOLATED:
        warnings.append(f"{100 * after:.0f} % of what leaves by the fit leaves after the last void")
    criterion, why = information_criterion(rss, n, p, errors)
    se: Sequence[float | None] = (
        [None] * p
        if covariance is None
        else [None if on else math.sqrt(v) for on, v in zip(at_bound, np.diag(covariance), strict=True)]
    )
    estimates = [Estimate(float(x), s) for x, s in zip(theta, se, strict=True)]
    return UrineFit(
        urine=urine,
        inflow=inflow,
        percent_ia=tuple(estimates[:k]),
        rate_per_h=tuple(estimates[k:]),
        predicted_percent_ia=value / problem.weight,
        rss=rss,
        aicc=criterion,
        aicc_reason=why,
        criteria={},
        weights=errors.name,
        reason=reason,
        warnings=tuple(warnings),
    )


def _misfit(rss: float, freedom: int, errors: ErrorModel) -> list[str]:
    """What known standard deviations say of the fit."""
    if not errors.known:
        return []
    if freedom <= 0:
        return ["as many voids as parameters: no test of the fit"]
    from scipy.special import chdtrc

    chance = float(chdtrc(freedom, rss))
    if chance >= 0.01:
        return []
    return [f"lack of fit: chi-square {rss:.3g} with {freedom} degrees of freedom (P = {chance:.2g})"]
