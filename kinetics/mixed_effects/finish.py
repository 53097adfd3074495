"""From estimates to results: standard errors, patients' fits, shrinkage, residuals, warnings."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.fitting.finish import MUCH_EXTRAPOLATED
from kinetics.fitting.result import Estimate
from kinetics.least_squares.covariance import wide_area
from kinetics.mixed_effects.cohort import Asked, Cohort
from kinetics.mixed_effects.individuals import (
    Estimated,
    Known,
    shared_directions,
    turned,
    weighted_moments,
)
from kinetics.mixed_effects.likelihood.estimates import Search
from kinetics.mixed_effects.likelihood.marginal import Data
from kinetics.mixed_effects.population import Population
from kinetics.mixed_effects.residuals import fitted_values
from kinetics.mixed_effects.result import IndividualFit
from kinetics.models import Model
from kinetics.weights import ErrorModel

#: A spread is held at 0 where that makes -2 log L worse by less than this.
NO_WORSE = 1e-3
#: Second derivatives of -log L below this (in steps of 1) leave an estimate undetermined.
FLAT = 1e-6
#: A normalised residual beyond this is warned of.
FAR_OFF = 4.0


def hold_spreads(
    search: Search, psi: FloatArray, b: FloatArray, value: float
) -> tuple[FloatArray, dict[str, str]]:
    """Spreads that are 0 to the likelihood held at 0, and why: parameter -> words."""
    layout, said = search.layout, {}
    psi = psi.copy()
    for p in layout.random:
        k = layout.diagonal(p)
        if abs(psi[k]) > 0.2 * search.scale[k]:
            continue
        trial = psi.copy()
        trial[k] = 0.0
        row = layout.row_of(p)
        if np.abs(psi[row]).max() <= abs(psi[k]) + 1e-3 * search.scale[k]:
            trial[row] = 0.0
        if not 2 * (float(search.of(trial[None], b)[0][0]) - value) < NO_WORSE:
            continue
        psi = trial
        if np.any(psi[row] != 0):
            said[layout.parameters[p]] = (
                "its spread wholly follows that of others (correlation of 1): the data don't determine a full"
                " covariance"
            )
        else:
            said[layout.parameters[p]] = (
                "no spread over patients is seen beyond the measurements' scatter: held at 0"
            )
    return psi, said


def upright(search: Search, psi: FloatArray) -> FloatArray:
    """The same covariance with a root whose diagonal isn't negative."""
    layout, psi = search.layout, psi.copy()
    for d, p in enumerate(layout.random):
        if psi[layout.diagonal(p)] < 0:
            for i, (_, column) in enumerate(layout.elements):
                if column == d:
                    psi[layout.n_fixed + i] *= -1
    return psi


def covariance_of_estimates(search: Search, psi: FloatArray, b: FloatArray) -> tuple[FloatArray, list[str]]:
    """(E, E) inverse of the second derivatives, 0 for what is on a bound; names of what they leave open."""
    free = (psi > search.lower) & (psi < search.upper)
    s = search.scale[free]
    hessian = search.hessian(psi, b)[np.ix_(free, free)] * np.outer(s, s)
    size, axes = np.linalg.eigh(np.where(np.isfinite(hessian), hessian, 0.0))
    open_ = size < FLAT * max(1.0, float(np.median(np.abs(size))) if size.size else 1.0)
    names = np.array(search.layout.names)[free]
    weak = sorted(
        {str(names[i]) for k in np.flatnonzero(open_) for i in np.flatnonzero(np.abs(axes[:, k]) > 0.3)}
    )
    inverse = np.where(open_, 0.0, 1.0 / np.where(open_, 1.0, size))
    found = np.zeros((psi.size, psi.size))
    found[np.ix_(free, free)] = (axes * inverse) @ axes.T * np.outer(s, s)
    return found, weak


def spreads(
    search: Search, psi: FloatArray, covariance: FloatArray, held: dict[str, str]
) -> tuple[dict[str, Estimate], dict[tuple[str, str], Estimate]]:
    """SDs and correlations with standard errors by the delta method."""
    layout, names = search.layout, search.layout.parameters
    root = layout.root(psi[None])[0]

    def of(row: FloatArray) -> FloatArray:
        r = layout.root(row[None])[0]
        omega = r @ r.T
        sd = np.sqrt(np.diag(omega))
        safe = np.where(sd > 0, sd, 1.0)
        return np.concatenate([sd, (omega / np.outer(safe, safe))[pairs]])

    pairs = np.triu_indices(len(names), 1)
    slopes = np.zeros((len(names) + len(pairs[0]), psi.size))
    for k in range(layout.n_fixed, layout.n_fixed + len(layout.elements)):
        step = np.zeros(psi.size)
        step[k] = 1e-6 * search.scale[k]
        slopes[:, k] = (of(psi + step) - of(psi - step)) / (2 * step[k])
    se = np.sqrt(np.maximum(np.einsum("ae,ef,af->a", slopes, covariance, slopes), 0.0))
    value = of(psi)
    sd = {
        n: Estimate(float(value[i]), None if n in held or i not in layout.random else float(se[i]))
        for i, n in enumerate(names)
    }
    if not layout.full:
        return sd, {}
    correlations = {}
    for k, (i, j) in enumerate(zip(*pairs, strict=True), start=len(names)):
        if root[i].any() and root[j].any():
            unsure = names[i] in held or names[j] in held
            correlations[names[i], names[j]] = Estimate(float(value[k]), None if unsure else float(se[k]))
    return sd, correlations


def individuals(
    cohort: Cohort,
    question: Asked,
    population: Population,
    estimated: Estimated,
    found: Known,
    *,
    common_warnings: Sequence[str] = (),
    n_estimates: int = 0,
) -> tuple[IndividualFit, ...]:
    """Every patient's fit, of what is known about them."""
    data, layout = cohort.data, question.layout
    columns, names = shared_directions(estimated.covariance, layout.names)
    design = np.einsum("npf,f->np", data.design, estimated.psi[: layout.n_fixed])
    omega = layout.root(estimated.psi[None])[0]
    variances = np.diag(omega @ omega.T)
    fits = []
    for i, curve in enumerate(cohort.curves):
        posterior = found.posterior[i] + turned(curve, data, found, layout, estimated.psi, i)
        shared = found.by_estimates[i] @ columns
        fits.append(
            _individual(
                curve, float(cohort.lambdas[i]), data, question, population, found, i, posterior, shared,
                names, found.phi[i] - design[i], variances, common_warnings,
                max(int(data.there.sum()) - n_estimates, 1),
            )
        )  # fmt: skip
    return tuple(fits)


def _individual(
    curve: Curve, lam: float, data: Data, question: Asked, population: Population, found: Known, i: int,
    posterior: FloatArray, shared: FloatArray, names: list[str], deviations: FloatArray, spread: FloatArray,
    common_warnings: Sequence[str], degrees: int,
) -> IndividualFit:  # fmt: skip
    function, model = question.function, question.model
    phi = found.phi[i]
    theta, scale = function.natural(phi[None])[0], function.scale(phi[None])[0]
    covariance = (posterior + shared @ shared.T) * np.outer(scale, scale)
    warnings = list(common_warnings)
    area, se_area, posterior_se, after, parts = math.nan, None, None, math.nan, {}
    logs, weights = None, None
    if isinstance(model, Model):
        area_, by_theta = model.area_and_gradient(theta, lam)
        area, by_phi = float(area_), by_theta * scale
        q = len(model.amplitudes)
        amplitude = np.concatenate([theta[:q], np.zeros(len(theta) - q)])
        covariance = covariance + curve.scale_relative_sd**2 * np.outer(amplitude, amplitude)
        after = float(model.area(theta, lam, start_h=float(curve.time_h[-1]))) / area
        assert found.log_areas is not None and found.weights is not None
        weights = found.weights[i]
        logs = _spread_by(
            found.log_areas[i], weights, curve,
            float(by_phi @ (posterior - found.posterior[i]) @ by_phi) / area**2,
        )  # fmt: skip
        se_log = weighted_moments(logs, weights, math.log(area))
        se_area = area * se_log
        parts = {n: float(v) for n, v in zip(names, by_phi @ shared, strict=True) if v != 0}
        if curve.scale_relative_sd:
            parts["scale"] = curve.scale_relative_sd * area
        posterior_se = math.sqrt(max(se_area**2 - sum(v**2 for v in parts.values()), 0.0))
        if after > MUCH_EXTRAPOLATED:
            warnings.append(f"{100 * after:.0f} % of the area is extrapolated past the last point")
        warnings += wide_area(area, se_area)
    m = len(curve)
    variance = found.bent.t.variance[i, :m]
    fitted = fitted_values(data, found, i)[:m]
    residual = (curve.value - fitted) / np.sqrt(variance)
    far = np.flatnonzero(np.abs(residual) > FAR_OFF)
    if far.size:
        warnings.append(
            f"{far.size} of {m} points lie more than {FAR_OFF:g} standard deviations from the patient's"
            f" curve, the first at {curve.time_h[far[0]]:g} h"
        )
    share = {
        n: float(found.posterior[i, k, k] / spread[k])
        for k, n in enumerate(model.parameters) if spread[k] > 0 and n not in population.free
    }  # fmt: skip
    kind = population.residual.kind
    who = f"{population.n_patients} patients" if population.n_patients else "a stated population"
    source = f" ({population.source})" if population.source else ""
    return IndividualFit(
        curve=curve, function=model, theta=theta, lambda_phys_per_h=lam,  # type: ignore[arg-type]
        covariance=covariance, reason=None, rss=float(residual @ residual), aicc=None,
        aicc_reason="fitted with a population: no AICc of this curve alone",
        errors=ErrorModel(f"population, {kind}", np.sqrt(variance), kind == "sd"),
        warnings=tuple(dict.fromkeys(warnings)), area=area, se_area=se_area, extrapolated_fraction=after,
        borrowed=f"maximum a posteriori with the population of {who}{source}",
        joint_degrees_of_freedom=degrees, population=population, deviations=deviations,
        posterior_se_area=posterior_se, shared_area=parts, shrinkage=share, log_areas=logs,
        area_weights=weights,
    )  # fmt: skip


def _spread_by(logs: FloatArray, weights: FloatArray, curve: Curve, more: float) -> FloatArray:
    """Draws of a logarithm made wider by a common scale's variance and by ``more``, about their mean."""
    more = more + curve.scale_relative_sd**2
    if more == 0:
        return logs
    mean = float(weights @ logs / weights.sum())
    variance = weighted_moments(logs, weights, mean) ** 2
    if variance <= 0:
        return logs
    return mean + (logs - mean) * math.sqrt(max(1.0 + more / variance, 0.0))


def shrinkages(
    fits: Sequence[IndividualFit], question: Asked, sd: dict[str, Estimate]
) -> dict[str, float | None]:
    """1 - SD of the deviations over the population's SD, by parameter."""
    deviations = np.stack([f.deviations for f in fits])
    spread = deviations.std(axis=0, ddof=1)
    return {
        n: None if sd[n].value == 0 else float(1 - spread[i] / sd[n].value)
        for i, n in enumerate(question.model.parameters)
    }
