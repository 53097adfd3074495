"""One model fitted to all curves of a cohort at once, with rates in common.

A patient with one or two late points then has the cohort's half-life, with the error that the cohort's data
leave it. What the curves don't share stays each curve's own (Hardiansyah et al., EJNMMI Phys 2021;8:82).
Bounds, singular matrices and correlated data follow the rules of every fit
(:mod:`kinetics.least_squares.covariance`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.criterion import aicc
from kinetics.fitting.finish import EXACT, refuse_unbelievable
from kinetics.fitting.result import Estimate, FitResult
from kinetics.least_squares.covariance import gain, held, propagated, weakest
from kinetics.least_squares.problem import make_problem, prepared
from kinetics.least_squares.solver import Problem
from kinetics.models import Model, model_by_name
from kinetics.populations.borrowed_rates import cohort_result
from kinetics.populations.joint import joint_jacobian, joint_minimum
from kinetics.weights import error_model


@dataclass(frozen=True, kw_only=True)
class SharedFit:
    """Curves fitted together with rates in common.

    ``shared`` name -> (value, se), the se None where the rate is on a bound or not determined; ``fits`` one a
    curve, each with the standard errors of the joint fit; ``aicc`` of the whole, to be compared with that of
    separate fits (the sum of their parameters); ``reason`` why there are no standard errors; ``warnings``.

    Examples
    --------
    >>> from kinetics import Curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> curves = [
    ...     Curve(
    ...         time_h=t, value=a * np.exp(-0.02 * t), unit="%IA", decay_corrected=True, half_life_h=78.41,
    ...         name=name,
    ...     )
    ...     for name, a in (("P01", 100.0), ("P02", 80.0))
    ... ]
    >>> found = fit_shared(curves, "monoexponential", ["lambda1"], weights="relative")
    >>> found.n_points, found.n_parameters, len(found.fits)
    (8, 3, 2)
    """

    model: str
    shared: dict[str, Estimate]
    fits: tuple[FitResult, ...]
    rss: float
    n_points: int
    n_parameters: int
    aicc: float | None
    rescaled: bool
    reason: str | None = None
    warnings: tuple[str, ...] = ()


def fit_shared(
    curves: Sequence[Curve],
    model: str | Model,
    shared: Sequence[str],
    *,
    lambda_phys_per_h: float | None = None,
    weights: str,
    fractional_sd: float | None = None,
) -> SharedFit:
    """Fit one model to all curves of a cohort, with some rates in common and all else each curve's own.

    Parameters
    ----------
    curves : of one unit; those with fewer points than the model has parameters are welcome.
    shared : names of rates held in common.
    lambda_phys_per_h, weights, fractional_sd : as for :func:`kinetics.fit_curve`; without a
        constant each curve has its own, so that two labels of one substance can share its biologic rates.

    Raises
    ------
    KineticsError : fewer than two curves, a name that is no rate, a curve with fewer points than own
        parameters, or fewer points than parameters in all; a best fit of 0, or an area that rests on a rate
        which the data don't give.

    Examples
    --------
    >>> from kinetics import Curve
    >>> t = np.array([1.0, 24.0, 72.0, 144.0])
    >>> curves = [
    ...     Curve(
    ...         time_h=t, value=a * np.exp(-0.02 * t), unit="%IA", decay_corrected=True, half_life_h=78.41,
    ...         name=name,
    ...     )
    ...     for name, a in (("P01", 100.0), ("P02", 80.0))
    ... ]
    >>> found = fit_shared(curves, "monoexponential", ["lambda1"], weights="relative")
    >>> round(found.shared["lambda1"].value, 5)
    0.02
    """
    from scipy.linalg import block_diag

    function = model_by_name(model)
    if len(curves) < 2:
        raise KineticsError(f"{len(curves)} curve: rates in common need two or more")
    unknown = [n for n in shared if n not in function.rates]
    if unknown or not shared:
        raise KineticsError(
            f"rates in common: {', '.join(shared) or 'none'}; there are: {', '.join(function.rates)}"
        )
    ready, constants, problems, errors = [], [], [], []
    for curve in curves:
        own, lam = prepared(curve, lambda_phys_per_h)
        error = error_model(own, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd)
        if len(own) < function.n_parameters - len(shared):
            raise KineticsError(
                f"{curve.name}: {len(own)} points for {function.n_parameters - len(shared)} parameters of"
                f" its own"
            )
        ready.append(own)
        constants.append(lam)
        errors.append(error)
        problems.append(make_problem(own, function, error, lam))
    q = len(function.amplitudes)
    common = [q + function.rates.index(n) for n in shared]
    private = [i for i in range(function.n_parameters) if i not in common]
    n = sum(len(c) for c in ready)
    p = len(common) + len(private) * len(ready)
    known = errors[0].known
    if n < p or (n == p and not known):
        raise KineticsError(f"{n} points for {p} parameters; hold more rates in common, or add points")
    low = np.array([max(pr.lower[i] for pr in problems) for i in common])
    high = np.array([min(pr.upper[i] for pr in problems) for i in common])
    rates, phis, on_bound = joint_minimum(ready, problems, common, private, low, high)
    rss = sum(
        float(((c.value * pr.inverse_sd - pr.weighted(phi)[0]) ** 2).sum())
        for c, pr, phi in zip(ready, problems, phis, strict=True)
    )
    floor = EXACT**2 * sum(
        float(((c.value * pr.inverse_sd) ** 2).sum()) for c, pr in zip(ready, problems, strict=True)
    )
    factor = 1.0 if known else max(rss, floor) / (n - p)
    jacobian, columns = joint_jacobian(problems, phis, common, private)
    at_bound = np.zeros(jacobian.shape[1], dtype=bool)
    for at, reached in zip(columns, on_bound, strict=True):
        at_bound[at[private]] = reached[private]
    near = 1e-6 * np.maximum(1.0, np.abs(rates))
    at_bound[: len(common)] = (rates <= low + near) | (rates >= high - near)
    at_bound = held(jacobian, at_bound)
    every = [*shared, *(f"{c.name}: {function.parameters[i]}" for c in ready for i in private)]
    gained = gain(jacobian, ~at_bound)
    weak = "" if gained is not None else weakest(jacobian, ~at_bound, every)
    joint = None
    if gained is not None:
        joint = propagated(
            gained,
            block_diag(
                *(
                    c.error_factors(factor * e.sd**2) * pr.inverse_sd[:, None]
                    for c, e, pr in zip(ready, errors, problems, strict=True)
                )
            ),
        )
    names = _names(function, ready[0].name, common, problems, phis)
    words = ", ".join(
        f"{name} (half-life {math.log(2) / rate:.4g} h)"
        for name, rate in sorted(zip(names, np.exp(rates), strict=True))
    )
    fits = []
    rows = zip(ready, constants, problems, errors, phis, columns, strict=True)
    for curve, lam, problem, error, phi, at in rows:
        refuse_unbelievable(curve, problem, phi, at_bound[at], lam)
        scale = problem.scale(phi)
        covariance = None if joint is None else joint[np.ix_(at, at)] * np.outer(scale, scale)
        fits.append(
            cohort_result(
                curve, problem, error, lam, phi, covariance,
                f"in common with {len(ready) - 1} other curves: {words}", at_bound=at_bound[at], weak=weak,
                joint_degrees_of_freedom=n - p,
            )
        )  # fmt: skip
    estimates = {
        name: Estimate(
            float(math.exp(rate)),
            None if joint is None or at_bound[i] else math.sqrt(joint[i, i]) * math.exp(rate),
        )
        for i, (name, rate) in enumerate(zip(names, rates, strict=True))
    }
    found = dict.fromkeys(f"{f.curve.name}: {w}" for f in fits for w in f.warnings if w != f.borrowed)
    return SharedFit(
        model=function.name,
        shared=estimates,
        fits=tuple(fits),
        rss=rss,
        n_points=n,
        n_parameters=p,
        aicc=aicc(max(rss, floor), n, p, known=known)[0],
        rescaled=not known,
        reason=fits[0].reason,
        warnings=tuple(found),
    )


def _names(
    function: Model, first: str, common: list[int], problems: list[Problem], phis: list[FloatArray]
) -> list[str]:
    """What the shared rates are called once exchangeable exponentials are listed fastest first."""
    orders = {tuple(function.order(pr.natural(phi))) for pr, phi in zip(problems, phis, strict=True)}
    if len(orders) > 1:
        raise KineticsError(
            f"{first}: the common rate is the faster one in some curves and the slower one in others; share"
            " the other rate"
        )
    order = orders.pop()
    return [function.parameters[order.index(i)] for i in common]
