"""Information criteria: what models of one curve are compared by."""

from __future__ import annotations

import math

from kinetics.weights import ErrorModel


def aicc(rss: float, n_points: int, n_parameters: int, *, known: bool) -> tuple[float | None, str | None]:
    """Akaike's criterion of a least-squares fit, or None and why not.

    With known standard deviations chi2 + 2K, K = parameters: unbiased whatever the number of points (Hurvich
    & Tsai, Biometrika 1989;76:297: the correction for few points comes from estimating the variance). With
    an estimated variance AICc = N ln(RSS/N) + 2K + 2K(K+1)/(N-K-1), K = parameters + 1. Terms that are the
    same for every model of one curve are left out (Burnham & Anderson 2002, section 2.4).

    >>> aicc(2.0, 4, 4, known=True)[0]
    10.0
    """
    if known:
        return rss + 2 * n_parameters, None
    k = n_parameters + 1
    if n_points - k - 1 <= 0:
        return None, (
            f"AICc is undefined: {n_points} points, {k} parameters (the variance counts as one);"
            f" N-K-1 is {n_points - k - 1}"
        )
    return n_points * math.log(rss / n_points) + 2 * k + 2 * k * (k + 1) / (n_points - k - 1), None


def information_criterion(
    rss: float, n_points: int, n_parameters: int, errors: ErrorModel
) -> tuple[float | None, str | None]:
    """The criterion that models of one curve are compared by: :func:`aicc`, or with a prior of the scale
    (N + nu) ln(1 + chi2/nu) + 2K.

    That is -2 ln of the likelihood with the unknown scale integrated out over its scaled inverse chi-squared
    prior of nu points (a multivariate t: Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, section 3.2),
    plus 2K. It is defined for as many points as parameters.
    """
    nu = errors.prior_points
    if errors.known or not nu:
        return aicc(rss, n_points, n_parameters, known=errors.known)
    return (n_points + nu) * math.log1p(rss / nu) + 2 * n_parameters, None
