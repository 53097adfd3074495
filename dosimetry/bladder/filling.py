"""The TIAC of the urinary bladder's contents: from the whole body's fitted curve, or from measured urine.

The whole body's retention, corrected for decay, is sum_j c_j exp(-mu_j t) %. What leaves by urine is the
share f of its fall: sum_j f c_j/100 mu_j exp(-mu_j t), with no part of a plateau. The bladder's TIAC, the
whole body's and what leaves it (which fills the gut) rest on the same fit, so their standard errors are
correlated: the bladder's is carried as one part of the whole body's measurement, one of what leaves it beside
that, and the rest as one of its own.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from dosimetry.bladder.method import BLADDER, EXPONENTIALS, WITH_CONTENTS, BladderMethod
from dosimetry.gut.body_loss import left_by
from dosimetry.tiacs.tiac import Tiac
from dosimetry.tiacs.tiacs import UsedCurve
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.excretion.emptying import Emptying
from kinetics.excretion.inflow import MOST_SHARE, Inflow
from kinetics.excretion.measured import MeasuredContents
from kinetics.excretion.urine import Urine
from kinetics.excretion.urine_fit import UrineFit, fit_urine
from kinetics.excretion.voided import Contents
from kinetics.fitting.result import FitResult

#: The measurement that measured urine is; what the whole body's fit brings to the bladder beside the body's
#: area: with all that leaves the body, and alone.
URINE, LEFT_PART, OWN_PART = "urine", "what leaves the whole body", "urine by the whole body's curve"
#: A whole body's curve that is below this at time 0 has lost what no bladder is given, %IA.
LOST_AT_ONCE = 90.0
#: A part of what leaves that is faster than this many intervals between voids, and larger than this share of
#: all, cannot be seen in a curve that holds the bladder's contents.
INTERVALS, SHARE = 2.0, 0.05
#: A variance below this share of itself is rounding.
ROUNDING = 1e-12
#: Urine above what the whole body lost by more than this is said, %IA.
TOO_MUCH_URINE = 10.0


class Filled(NamedTuple):
    """The TIAC of a bladder, and what a reader should know of it."""

    tiac: Tiac
    warnings: tuple[str, ...]


def from_whole_body(method: BladderMethod, used: UsedCurve, lambda_phys_per_h: float) -> Filled:
    """The bladder's TIAC from what leaves the whole body by its fitted curve.

    Parameters
    ----------
    method : with a ``urine_fraction``.
    used : the whole body's curve with its fit; of an averaged area the models are averaged here as there.

    Raises
    ------
    KineticsError : the curve rises, so that nothing can have left by it.
    """
    assert method.urine_fraction is not None and method.emptied is not None
    models, said = _falling(used, method.urine_fraction)
    numbers, covariances = [], []
    for fit, share, rates in models.values():
        contents = Contents(Inflow(share, rates), method.emptied, lambda_phys_per_h)
        by_share, by_rate = np.split(contents.gradient, 2)
        function, scale = fit.function, method.urine_fraction / 100.0
        gradient = np.concatenate([scale * function.coefficients.T @ by_share, function.selector.T @ by_rate])
        area, area_by = function.area_and_gradient(fit.theta, lambda_phys_per_h)
        left, left_gradient = left_by(fit, lambda_phys_per_h)
        numbers.append([float(area) / 100.0, left, contents.tiac_h])
        all_by = np.stack([area_by / 100.0, left_gradient, gradient])
        covariances.append(None if fit.covariance is None else all_by @ fit.covariance @ all_by.T)
    weight = np.array([w for w, _ in models])
    tiac = _correlated(weight, np.array(numbers).T, covariances, used.region)
    how = method.words()
    if len(models) > 1:
        how += f", averaged over {', '.join(name for _, name in models)}"
    start = float(weight @ [share.sum() for _, share, _ in models.values()]) / method.urine_fraction
    said += [*_said_of_start(100.0 * start), *_said_of_contents(method, models)]
    return Filled(replace(tiac, how=how), tuple(said))


#: Weight and name of a model -> its fit, and the shares and rates of what it says to leave by urine.
Falling = dict[tuple[float, str], tuple[FitResult, FloatArray, FloatArray]]


def _falling(used: UsedCurve, fraction: float) -> tuple[Falling, list[str]]:
    """The models that the area of a curve is made of, but for those that rise: nothing leaves by these.

    Weights of what is left sum to 1; what is left out is said.

    Raises
    ------
    KineticsError : all of them rise.
    """
    found: Falling = {}
    errors: list[KineticsError] = []
    for weight, fit in _models(used):
        amplitudes, _, rates = fit.function.split(fit.theta)
        share = fraction * (fit.function.coefficients @ amplitudes) / 100.0
        try:
            if (entering := float(share[rates > 0.0].sum())) > MOST_SHARE:
                raise KineticsError(
                    f"the model '{fit.model}' of the whole body begins with"
                    f" {float(fit.function.value([0.0], fit.theta)[0]):.4g} %IA, and {entering:.3g} of the"
                    " administered activity would enter: look at the early points, the calibration and the"
                    " model"
                )
            Inflow(share, rates)
        except KineticsError as error:
            errors.append(error)
        else:
            found[weight, fit.model] = fit, share, rates
    if not found:
        raise errors[0]
    whole = math.fsum(weight for weight, _ in found)
    said = []
    if errors:
        said.append(
            f"left out of the average: {100 * (1 - whole):.2g} % of the models' weight, which rise at first"
            " or hold too much, so that they do not say what left; a model that falls can be named"
        )
    return {(weight / whole, name): value for (weight, name), value in found.items()}, said


def _models(used: UsedCurve) -> list[tuple[float, FitResult]]:
    """Weight and fit of the models that the area of a curve is made of."""
    if used.choice is not None and not used.choice.forced:
        found = [(c.weight, c.fit) for c in used.choice.candidates if c.weight and c.fit is not None]
        if found:
            return [(float(w), fit) for w, fit in found]
    assert used.fit is not None
    return [(1.0, used.fit)]


def _correlated(
    weight: FloatArray, values: FloatArray, covariances: list[FloatArray | None], whole_body: str
) -> Tiac:
    """The averaged TIAC with what it shares with the whole body's and with what leaves that.

    Within models and between them.

    weight : (M,) of the models.
    values : (3, M) by each: TIAC of the whole body in h, what leaves it, TIAC of the bladder in h.
    """
    mean = values @ weight
    known = [c for c in covariances if c is not None]
    if len(known) < len(covariances):
        return Tiac(BLADDER, float(mean[2]), None, reason="no standard error of the whole body's fit")
    off = values - mean[:, None]
    total = np.einsum("m,mij->ij", weight, np.array(known)) + (weight * off) @ off.T
    parts, left = {whole_body: 0.0, LEFT_PART: 0.0}, total
    for i, name in enumerate(parts):  # Cholesky's, but for what has no error beside the one before it
        if left[i, i] > ROUNDING * total[i, i]:
            parts[name] = float(left[2, i] / math.sqrt(left[i, i]))
            left = left - np.outer(left[i], left[i]) / left[i, i]
    own = math.sqrt(max(float(left[2, 2]), 0.0))
    return Tiac(BLADDER, float(mean[2]), {**parts, OWN_PART: own})


def _said_of_start(at_start: float) -> list[str]:
    if at_start >= LOST_AT_ONCE:
        return []
    return [
        f"the whole body's curve begins with {at_start:.3g} %IA: what left before it by another way than its"
        " fit is not in the bladder"
    ]


def _said_of_contents(method: BladderMethod, models: Falling) -> list[str]:
    """A curve that holds the bladder's contents falls when they are voided, not when they enter."""
    if method.whole_body_counted != WITH_CONTENTS:
        return []
    if isinstance(method.emptied, Emptying):
        gaps = np.diff([0.0, *method.emptied.listed_h]).tolist()
        between_h = max(gaps if method.emptied.every_h is None else [*gaps, method.emptied.every_h])
    else:
        assert method.emptied is not None
        between_h = math.log(2.0) / method.emptied.rate_per_h
    fast = [
        math.log(2.0) / rate
        for _, share, rates in models.values()
        for a, rate in zip(share.tolist(), rates.tolist(), strict=True)
        if rate > 0.0 and abs(a) > SHARE * abs(share).sum() and math.log(2.0) / rate < INTERVALS * between_h
    ]
    if not fast:
        return []
    return [
        f"a part leaves with a half-life of {min(fast):.3g} h, and voids are {between_h:.3g} h apart: a whole"
        " body that holds the bladder's contents falls at the voids, not when urine is made, so the bladder's"
        " TIAC is not right for that part; count after voiding, or measure urine"
    ]


def from_urine(method: BladderMethod, urine: Urine, used: UsedCurve | None) -> Filled:
    """The bladder's TIAC from measured urine: its voids as they are, or exponentials fitted to them.

    Parameters
    ----------
    used : the whole body's curve with its fit, to see whether it lost what the urine holds; or None.

    Raises
    ------
    KineticsError : a collection that is not complete without a model; a fit that cannot be made.
    """
    said = list(urine.notes)
    if used is not None and urine.complete:
        said += _more_than_lost(urine, used)
    if method.as_measured:
        measured = MeasuredContents(urine, method.residual)
        parts = None if measured.se_h is None else {URINE: measured.se_h}
        reason = "" if parts else "the voids have no standard deviations"
        tiac = Tiac(BLADDER, measured.tiac_h, parts, method.words(), reason)
        return Filled(tiac, (*said, *measured.warnings))
    assert method.emptied is not None and method.urine_model is not None and method.urine_weights is not None
    fit = fit_urine(urine, EXPONENTIALS[method.urine_model], weights=method.urine_weights)
    contents = Contents(fit.inflow, method.emptied, urine.lambda_phys_per_h)
    parts = None if contents.se_h is None else {URINE: contents.se_h}
    how = f"{method.words()}: {_fitted_words(fit)}"
    return Filled(Tiac(BLADDER, contents.tiac_h, parts, how, fit.reason or ""), (*said, *fit.warnings))


def _fitted_words(fit: UrineFit) -> str:
    """What urine was fitted by, with standard errors.

    >>> import numpy as np
    >>> urine = Urine(
    ...     end_h=[1.0, 3.0, 6.0], percent_ia=[10.0, 15.0, 15.0], sd_percent_ia=[0.3, 0.4, 0.4],
    ...     decay_corrected=True, complete=True, lambda_phys_per_h=0.1,
    ... )
    >>> _fitted_words(fit_urine(urine, 1))
    '61.8 ± 2.3 %IA with 0.174 ± 0.010/h'
    """

    def one(value: float, se: float | None) -> str:
        if se is None or not se > 0.0:
            return f"{value:.3g}"
        digits = max(0, 1 - math.floor(math.log10(se)))
        return f"{value:.{digits}f} ± {se:.{digits}f}"

    each = zip(fit.percent_ia, fit.rate_per_h, strict=True)
    return ", ".join(f"{one(*a)} %IA with {one(*b)}/h" for a, b in each)


def _more_than_lost(urine: Urine, used: UsedCurve) -> list[str]:
    """Urine that holds more than the whole body lost, by the curve's chosen fit."""
    fit = used.fit
    if fit is None:
        return []
    excreted, at = float(urine.cumulative()[-1]), float(urine.end_h[-1])
    kept = float(fit.function.value([at], fit.theta)[0])
    if excreted <= 100.0 - kept + TOO_MUCH_URINE:
        return []
    return [
        f"urine holds {excreted:.3g} %IA up to {at:g} h, but the whole body's curve has {kept:.3g} %IA left"
        " then: together more than was administered; look at calibration and decay states"
    ]


def filled(
    method: BladderMethod, urine: Urine | None, used: UsedCurve | None, lambda_phys_per_h: float
) -> Filled:
    """The bladder's TIAC by its method.

    Raises
    ------
    KineticsError : there is no urine, or no curve of the whole body, as the method needs.
    """
    if method.urine_fraction is None:
        if urine is None:
            raise KineticsError("no measured urine, which the bladder's contents are to be made of")
        return from_urine(method, urine, used)
    if used is None:
        raise KineticsError("no curve of the whole body, of which urine is to take a share")
    return from_whole_body(method, used, lambda_phys_per_h)
