"""Recovery by volume from measurements of a phantom."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from dosimetry.errors import DosimetryError
from dosimetry.imaging.recovery import MOST_RECOVERY, Recovery

FloatArray = NDArray[np.float64]

#: Residuals larger than these standard uncertainties say, at this probability, are told.
UNLIKELY = 0.01
#: b1 lies at most by this factor outside of the volumes measured; b2 from 1 by this to this.
FARTHEST, STEEPEST = 100.0, 20.0


def fit_recovery(
    volume_mL: ArrayLike,
    recovery: ArrayLike,
    u: ArrayLike | None = None,
    *,
    common_relative_u: float = 0.0,
    name: str = "recovery",
) -> Recovery:
    """Fit R(v) = 1 - 1/(1 + (v/b1)^b2) to a phantom's inserts.

    Least squares weighted by 1/u^2; the covariance of b1 and b2 is G V G^T with the gain G of the fit and the
    covariance V of the recoveries, what is common to them with it.

    Parameters
    ----------
    volume_mL : (N,) volumes of the inserts, mL.
    recovery : (N,) measured recovery coefficients, above 0 and at most 1.2.
    u : (N,) their standard uncertainties, of each alone; None: all the same, as large as the residuals are.
    common_relative_u : relative standard uncertainty of what is common to all of them (the calibration they
        were divided by).
    name : of :class:`dosimetry.Recovery`.

    Returns
    -------
    Recovery; a note says where the residuals are larger than ``u`` explains (P < 0.01).

    Raises
    ------
    DosimetryError : a number that cannot be (all of them at once), fewer than 2 volumes (3 without ``u``),
        recoveries that determine no curve.

    Examples
    --------
    >>> volume = [0.5, 1.1, 2.6, 5.6, 11.5, 26.5]
    >>> found = fit_recovery(volume, [0.14, 0.25, 0.41, 0.57, 0.71, 0.84], [0.02] * 6, name="SPECT")
    >>> round(found.b1_mL, 2), round(found.b2, 2), round(found.u(5.0), 3)
    (4.0, 0.86, 0.011)
    """
    from scipy.optimize import least_squares
    from scipy.special import expit

    v, r = (np.atleast_1d(np.asarray(x, dtype=np.float64)) for x in (volume_mL, recovery))
    given = None if u is None else np.atleast_1d(np.asarray(u, dtype=np.float64))
    _check(name, v, r, given, common_relative_u)
    sd = np.ones_like(r) if given is None else given
    log_v = np.log(v)

    def model(log: FloatArray) -> FloatArray:
        return np.asarray(expit(np.exp(log[1]) * (log_v - log[0])))

    def slopes(log: FloatArray) -> FloatArray:
        found = model(log)
        by = found * (1.0 - found) * np.exp(log[1])
        return np.asarray(np.stack([-by, by * (log_v - log[0])], axis=1) / sd[:, None])

    # logit R is a line in ln v: where it starts
    inside = np.clip(r, 0.02, 0.98)
    line = np.polyfit(log_v, np.log(inside / (1.0 - inside)), 1)
    steep = min(max(float(line[0]), 0.2), 5.0)
    middle = float(np.mean(log_v - np.log(inside / (1.0 - inside)) / steep))
    low = np.array([log_v.min(), 0.0]) - np.log([FARTHEST, STEEPEST])
    high = np.array([log_v.max(), 0.0]) + np.log([FARTHEST, STEEPEST])
    start = np.clip([middle, np.log(steep)], low + 0.01, high - 0.01)
    made = least_squares(
        lambda log: (model(log) - r) / sd,
        start,
        slopes,
        bounds=(low, high),
        xtol=1e-13,
        ftol=1e-13,
        gtol=1e-13,
    )
    jacobian = slopes(made.x)
    at_bound = bool((np.minimum(made.x - low, high - made.x) < 1e-3).any())
    if at_bound or not made.success or np.linalg.cond(jacobian) > 1e8:
        raise DosimetryError(
            f"{name}: these recoveries determine no curve R(v): measure inserts on both sides of the volume"
            " of which half is recovered"
        )
    chi2, free = float((made.fun**2).sum()), v.size - 2
    gain = np.linalg.pinv(jacobian)  # of the weighted recoveries on ln b1, ln b2
    variance = gain @ gain.T * (chi2 / free if given is None else 1.0)
    common = gain @ (r / sd) * common_relative_u
    b1, b2 = np.exp(made.x)
    scale = np.array([b1, b2])
    return Recovery(
        b1_mL=float(b1),
        b2=float(b2),
        covariance=(variance + np.outer(common, common)) * np.outer(scale, scale),
        name=name,
        notes=_notes(given is not None, chi2, free),
    )


def _notes(known: bool, chi2: float, free: int) -> tuple[str, ...]:
    from scipy.stats import chi2 as distribution

    if not known:
        return (f"no standard uncertainties of the recoveries: taken from {free} degrees of freedom",)
    if free > 0 and distribution.sf(chi2, free) < UNLIKELY:
        return (
            f"chi-square {chi2:.3g} of {free} degrees of freedom (P < {UNLIKELY:g}): the curve misses the"
            " recoveries, or their standard uncertainties are too small",
        )
    return ()


def _check(name: str, v: FloatArray, r: FloatArray, u: FloatArray | None, common: float) -> None:
    if v.ndim != 1 or v.shape != r.shape or (u is not None and u.shape != v.shape):
        sizes = " and ".join(str(x.size) for x in (v, r, u) if x is not None)
        raise DosimetryError(f"{name}: volumes, recoveries (and u) have {sizes} entries; as many are needed")
    wrong = []
    for i in range(v.size):
        at = f"{name}: insert {i + 1}"
        if not (np.isfinite(v[i]) and v[i] > 0):
            wrong.append(f"{at}: volume_mL is {v[i]:g}; a number above 0 is needed")
        if not (np.isfinite(r[i]) and 0 < r[i] <= MOST_RECOVERY):
            wrong.append(
                f"{at}: the recovery is {r[i]:g}; it is above 0 and at most {MOST_RECOVERY:g} (a fraction,"
                " not per cent)"
            )
        if u is not None and not (np.isfinite(u[i]) and u[i] > 0):
            wrong.append(f"{at}: u is {u[i]:g}; a standard uncertainty above 0 is needed")
    if not (np.isfinite(common) and common >= 0):
        wrong.append(f"{name}: common_relative_u is {common:g}; 0 or above is needed")
    least = 2 if u is not None else 3
    if np.unique(v).size < least:
        wrong.append(f"{name}: {np.unique(v).size} different volumes; {least} or more are needed")
    if wrong:
        raise DosimetryError(*wrong)
