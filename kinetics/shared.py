"""One model fitted to all curves of a cohort at once, with rates in common.

A patient with one or two late points then has the cohort's half-life, with the error that the cohort's data
leave it. What the curves don't share stays each curve's own (Hardiansyah et al., EJNMMI Phys 2021;8:82).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetics.cohort import cohort_result, starts_with
from kinetics.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fit import EXACT, aicc
from kinetics.models import Model, model_by_name
from kinetics.problem import make_problem, prepared
from kinetics.result import Estimate, FitResult
from kinetics.solver import Problem, minimise
from kinetics.weights import error_model


@dataclass(frozen=True, kw_only=True)
class SharedFit:
    """Curves fitted together with rates in common.

    ``shared`` name -> (value, se); ``fits`` one a curve, each with the standard errors of the joint fit;
    ``aicc`` of the whole, to be compared with that of separate fits (the sum of their parameters).
    """

    model: str
    shared: dict[str, Estimate]
    fits: tuple[FitResult, ...]
    rss: float
    n_points: int
    n_parameters: int
    aicc: float | None
    rescaled: bool


def fit_shared(
    curves: Sequence[Curve],
    model: str | Model,
    shared: Sequence[str],
    *,
    lambda_phys_per_h: float,
    weights: str,
    fractional_sd: float | None = None,
) -> SharedFit:
    """Fit one model to all curves of a cohort, with some rates in common and all else each curve's own.

    Parameters
    ----------
    curves : of one unit; those with fewer points than the model has parameters are welcome.
    shared : names of rates held in common.
    lambda_phys_per_h, weights, fractional_sd : as for :func:`kinetics.fit.fit_curve`.

    Raises
    ------
    KineticsError : fewer than two curves, a name that is no rate, a curve with fewer points than own
    parameters,
        or fewer points than parameters in all.
    """
    function = model_by_name(model)
    if len(curves) < 2:
        raise KineticsError(f"{len(curves)} curve: rates in common need two or more")
    unknown = [n for n in shared if n not in function.rates]
    if unknown or not shared:
        raise KineticsError(
            f"rates in common: {', '.join(shared) or 'none'}; there are: {', '.join(function.rates)}"
        )
    ready, problems, errors = [], [], []
    for curve in curves:
        own, lam = prepared(curve, lambda_phys_per_h)
        error = error_model(own, weights, lambda_phys_per_h=lam, fractional_sd=fractional_sd)
        if len(own) < function.n_parameters - len(shared):
            raise KineticsError(
                f"{curve.name}: {len(own)} points for {function.n_parameters - len(shared)} parameters of"
                f" its own"
            )
        ready.append(own)
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
    rates, phis = _joint(ready, problems, common, private, low, high)
    rss = sum(
        float(((c.value * pr.inverse_sd - pr.weighted(phi)[0]) ** 2).sum())
        for c, pr, phi in zip(ready, problems, phis, strict=True)
    )
    floor = EXACT**2 * sum(
        float(((c.value * pr.inverse_sd) ** 2).sum()) for c, pr in zip(ready, problems, strict=True)
    )
    factor = 1.0 if known else max(rss, floor) / (n - p)
    normals = [pr.weighted(phi)[1] for pr, phi in zip(problems, phis, strict=True)]
    normals = [j.T @ j for j in normals]
    inverse = [np.linalg.inv(h[np.ix_(private, private)]) for h in normals]
    schur = sum(
        h[np.ix_(common, common)] - h[np.ix_(common, private)] @ v @ h[np.ix_(private, common)]
        for h, v in zip(normals, inverse, strict=True)
    )
    top = np.linalg.inv(schur)
    words = ", ".join(
        f"{s} (half-life {math.log(2) / r:.4g} h)" for s, r in zip(shared, np.exp(rates), strict=True)
    )
    fits = []
    for curve, problem, error, phi, h, v in zip(ready, problems, errors, phis, normals, inverse, strict=True):
        cross = -v @ h[np.ix_(private, common)] @ top
        covariance = np.zeros_like(h)
        covariance[np.ix_(common, common)] = top
        covariance[np.ix_(private, common)] = cross
        covariance[np.ix_(common, private)] = cross.T
        covariance[np.ix_(private, private)] = v + cross @ np.linalg.inv(top) @ cross.T
        scale = problem.scale(phi)
        fits.append(
            cohort_result(
                curve, problem, error, lam, phi, factor * covariance * np.outer(scale, scale),
                f"in common with {len(ready) - 1} other curves: {words}", joint_degrees_of_freedom=n - p,
            )
        )  # fmt: skip
    se = np.sqrt(factor * np.diag(top)) * np.exp(rates)
    return SharedFit(
        model=function.name,
        shared={
            s: Estimate(float(r), float(e))
            for s, r, e in zip(_names(function, fits, common, problems, phis), np.exp(rates), se, strict=True)
        },
        fits=tuple(fits),
        rss=rss,
        n_points=n,
        n_parameters=p,
        aicc=aicc(max(rss, floor), n, p, known=known)[0],
        rescaled=not known,
    )


def _joint(
    curves: list[Curve],
    problems: list[Problem],
    common: list[int],
    private: list[int],
    low: FloatArray,
    high: FloatArray,
) -> tuple[FloatArray, list[FloatArray]]:
    """Shared inner parameters and each curve's inner parameters at the joint minimum.

    Own parameters are minimised by the batch solver with the shared ones held; the shared ones by bounded
    least squares on the profiled residuals, from several starts.
    """
    from scipy.optimize import least_squares

    def inner(shared: FloatArray) -> list[FloatArray]:
        found = []
        for curve, problem in zip(curves, problems, strict=True):
            held = replace(problem, lower=problem.lower.copy(), upper=problem.upper.copy())
            held.lower[common] = held.upper[common] = shared
            begin = starts_with(held, curve.value, dict(zip(common, shared, strict=True)))
            solved = minimise(held, curve.value, begin)
            found.append(solved.phi[int(np.argmin(solved.cost))])
        return found

    def residuals(shared: FloatArray) -> FloatArray:
        return np.concatenate(
            [
                c.value * pr.inverse_sd - pr.weighted(phi)[0]
                for c, pr, phi in zip(curves, problems, inner(shared), strict=True)
            ]
        )

    def jacobian(shared: FloatArray) -> FloatArray:
        """Of the profiled residuals (Kaufman): the part of d r/d shared that own parameters can't take up."""
        rows = []
        for pr, phi in zip(problems, inner(shared), strict=True):
            j = pr.weighted(phi)[1]
            basis, _ = np.linalg.qr(j[:, private])
            rows.append(-(j[:, common] - basis @ (basis.T @ j[:, common])))
        return np.concatenate(rows)

    grid = [low + (high - low) * share for share in (0.2, 0.35, 0.5, 0.65)]
    scores = [float((residuals(g) ** 2).sum()) for g in grid]
    best = least_squares(
        residuals,
        grid[int(np.argmin(scores))],
        jac=jacobian,
        bounds=(low - 1e-9, high + 1e-9),
        xtol=1e-10,
        ftol=1e-12,
    )
    return np.asarray(best.x, dtype=np.float64), inner(best.x)


def _names(
    function: Model, fits: list[FitResult], common: list[int], problems: list[Problem], phis: list[FloatArray]
) -> list[str]:
    """What the shared rates are called once exchangeable exponentials are listed fastest first."""
    orders = {tuple(function.order(pr.natural(phi))) for pr, phi in zip(problems, phis, strict=True)}
    if len(orders) > 1:
        raise KineticsError(
            f"{fits[0].curve.name}: the common rate is the faster one in some curves and the slower one in"
            f" others;"
            " share the other rate"
        )
    order = orders.pop()
    return [function.parameters[order.index(i)] for i in common]
