"""The fit of a population to a cohort of curves, and of a patient given a population."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kinetics.curves.curve import Curve, FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.result import Estimate
from kinetics.mixed_effects.cohort import Asked, Cohort, asked, assembled, bounds, checked_patients
from kinetics.mixed_effects.draws.posterior import Drawn, drawn
from kinetics.mixed_effects.draws.summary import summed_up, undetermined
from kinetics.mixed_effects.finish import (
    covariance_of_estimates,
    hold_spreads,
    individuals,
    shrinkages,
    spreads,
    upright,
)
from kinetics.mixed_effects.individuals import Estimated, known
from kinetics.mixed_effects.likelihood.alternating import alternating
from kinetics.mixed_effects.likelihood.estimates import Search, best_of
from kinetics.mixed_effects.likelihood.response import Response
from kinetics.mixed_effects.parts import MassEffect, Residual
from kinetics.mixed_effects.population import Population
from kinetics.mixed_effects.residuals import refuse_vanished, residual_table
from kinetics.mixed_effects.result import PopulationFit
from kinetics.mixed_effects.starts import starting_rows
from kinetics.models import Model

#: name -> how patients' deviations are integrated out.
METHODS = {
    "FOCE": "Laplace's method with expected second derivatives (first-order conditional, with interaction)",
    "Laplace": "Laplace's method with exact second derivatives",
    "NLME": "tangents in turn with penalised least squares (Lindstrom & Bates 1990, R's nlme)",
}

#: Restricted likelihood may move a typical parameter by this much (of a logarithm) from maximum likelihood.
FARTHEST_RESTRICTED = 1.0


def fit_population(
    curves: Sequence[Curve],
    model: str | Model | Response,
    *,
    lambda_phys_per_h: float | None = None,
    residual: str,
    covariance: str = "diagonal",
    random: Sequence[str] | None = None,
    normal: Sequence[str] | None = None,
    covariates: Mapping[str, Sequence[str]] | None = None,
    patients: Mapping[str, Sequence[float]] | None = None,
    method: str = "FOCE",
    reml: bool = True,
    start: Mapping[str, float] | None = None,
) -> PopulationFit:
    """Fit one model to a cohort: typical parameters, their spread over patients, and each patient's own.

    Each patient's parameters are drawn from a population, log-normal by default; the likelihood integrates
    them out, so that patients of two points, or one, take part with what they have. What the population says
    and what a patient's own points say is weighed by how well each is known.

    Parameters
    ----------
    curves : two or more patients' curves of one unit, of any numbers of points from one on.
    model : a name of :data:`kinetics.MODELS`, a Model, or any Response.
    lambda_phys_per_h : physical decay constant, 1/h; None: each curve's own.
    residual : how values scatter: "sd" (as stated), "scaled-sd", "additive", "proportional", "combined" or
        "sd+proportional" (:data:`kinetics.mixed_effects.likelihood.scatter.RESIDUALS`). What the curves say
        is common to several of their values (``common_sd``) is an error of its own beside it; a scale common
        to all values of a curve (``scale_relative_sd``) is no scatter, and only in the areas' errors.
    covariance : "diagonal" (parameters spread independently) or "full".
    random : names of the parameters that spread over patients; None: all.
    normal : names of those that are normal instead of log-normal; None: none of a Model's, all of a
        Response's.
    covariates : parameter -> names of what it follows by a power law (``{"A1": ["mass_kg"]}``).
    patients : name -> one number a patient, in the order of the curves: covariates, a Response's constants.
    method : "FOCE", "Laplace" or "NLME" (:data:`METHODS`).
    reml : restricted maximum likelihood, so that a small cohort's spreads aren't too small; False: maximum
        likelihood.
    start : parameter -> typical value to start from; needed for a Response.

    Raises
    ------
    KineticsError : a single curve; curves of several units; values at or below 0; names that aren't known; no
        standard deviations where they are needed; fewer points than estimates. All mistakes at once.

    Examples
    --------
    >>> rng, t = np.random.default_rng(1), np.array([4.0, 24.0, 96.0])
    >>> def patient(points):
    ...     a, rate = 20 * np.exp(0.2 * rng.normal()), 0.02 * np.exp(0.3 * rng.normal())
    ...     value = a * np.exp(-rate * t) * (1 + 0.05 * rng.normal(size=3))
    ...     facts = {"unit": "%IA", "decay_corrected": True, "half_life_h": 78.41}
    ...     return Curve(time_h=t[-points:], value=value[-points:], **facts)
    >>> curves = [patient(points=1 + i % 3) for i in range(15)]  # a third of them has a single point
    >>> fit = fit_population(curves, "monoexponential", residual="proportional")
    >>> mean, se = fit.fixed["lambda1"]
    >>> bool(abs(mean - np.log(0.02)) < 2 * se)
    True
    >>> len(fit.individuals[0].curve), fit.individuals[0].se_area < fit.individuals[0].area
    (1, True)
    """
    found = estimated(
        curves, model, lambda_phys_per_h=lambda_phys_per_h, residual=residual, covariance=covariance,
        random=random, normal=normal, covariates=covariates, patients=patients, method=method, reml=reml,
        start=start,
    )  # fmt: skip
    return found.result()


@dataclass(frozen=True)
class Found:
    """The best estimates of a question: before standard errors and patients."""

    cohort: Cohort
    question: Asked
    search: Search
    psi: FloatArray
    b: FloatArray
    value: float
    converged: bool
    method: str
    notes: tuple[str, ...] = ()

    def result(self) -> PopulationFit:
        """With standard errors, and every patient's own fit."""
        return _result(self)

    def restricted(self) -> Found:
        """The same by restricted likelihood, from where these are, and near it.

        Where typical parameters are hardly determined, restricted likelihood may rise without end towards
        where they aren't determined at all: no reason to go there.
        """
        search = replace(self.search, restricted=True)
        if self.method == "NLME":
            search = replace(search, data=self.cohort.data)
            search, psi, b, value, converged = alternating(search, self.psi, self.b)
        else:
            psi, b, value, converged = search.run(self.psi, self.b)
        fixed = slice(self.question.layout.n_fixed)
        moved = np.abs((psi - self.psi) / search.scale)[fixed].max()
        if self.converged and not (converged and moved <= FARTHEST_RESTRICTED):
            note = "restricted likelihood has no maximum nearby: the estimates are maximum likelihood's"
            return replace(self, notes=(*self.notes, note))
        return replace(self, search=search, psi=psi, b=b, value=value, converged=converged)


def estimated(
    curves: Sequence[Curve],
    model: str | Model | Response,
    *,
    lambda_phys_per_h: float | None = None,
    residual: str,
    covariance: str = "diagonal",
    random: Sequence[str] | None = None,
    normal: Sequence[str] | None = None,
    covariates: Mapping[str, Sequence[str]] | None = None,
    patients: Mapping[str, Sequence[float]] | None = None,
    method: str = "FOCE",
    reml: bool = True,
    start: Mapping[str, float] | None = None,
) -> Found:
    """What :func:`fit_population` finds, before its results."""
    if method not in METHODS:
        raise KineticsError(f"unknown method '{method}'; there are: {', '.join(METHODS)}")
    curves = list(curves)
    if len(curves) < 2:
        raise KineticsError(
            f"{len(curves)} curve{'s' * (len(curves) != 1)}: a population fit needs two patients or more; a"
            " single patient is fitted with fit_curve, or with fit_with_population and a stated population"
        )
    told = checked_patients(patients, len(curves))
    question = asked(
        model, residual=residual, covariance=covariance, random=random, normal=normal, covariates=covariates,
        patients=told,
    )  # fmt: skip
    cohort = assembled(curves, question, told, lambda_phys_per_h)
    n_points, size = int(cohort.data.there.sum()), len(question.layout.names)
    if n_points < size:
        raise KineticsError(
            f"{n_points} points of {len(curves)} patients for {size} estimates of '{question.model.name}';"
            " take a smaller model, or let fewer parameters spread (random=...)"
        )
    rows, scale = starting_rows(cohort, question, start)
    low, high = bounds(cohort, question)
    search = Search(cohort.data, question.layout, method == "Laplace", False, low, high, scale)
    b = np.zeros((len(curves), len(question.random) + cohort.data.shared.shape[2]))
    if method == "NLME":
        search, psi, b, value, converged = alternating(search, rows[0], b)
    else:
        psi, b, value, converged = best_of(search, rows, b)
    found = Found(cohort, question, search, psi, b, value, converged, method)
    return found.restricted() if reml else found


def _result(of: Found) -> PopulationFit:
    cohort, question, search, converged, method = of.cohort, of.question, of.search, of.converged, of.method
    layout, names = question.layout, question.model.parameters
    psi, held = hold_spreads(search, upright(search, of.psi), of.b, of.value)
    draws = _draws(of, psi)
    if draws is not None and draws.chosen is not None:
        psi, held, search = draws.chosen, {}, replace(search, data=cohort.data)
    values, _, modes, _ = search.of(psi[None], of.b)
    b = modes[0]
    weak: list[str] = []
    if draws is None or draws.chosen is None:
        covariance, weak = covariance_of_estimates(search, psi, b)
    else:
        covariance = np.atleast_2d(np.cov(draws.psi.T))
    posterior = None if draws is None else summed_up(draws, layout, question.normal)
    warnings = [*cohort.warnings, *of.notes]
    if posterior is not None and not posterior.determined:
        warnings.append(undetermined(posterior))
    for i, name in enumerate(layout.names):
        at = "lowest" if psi[i] <= search.lower[i] else "highest" if psi[i] >= search.upper[i] else ""
        if at:
            held[name] = f"at the {at} value that the times and values of this cohort could show: held there"
            warnings.append(f"{name}: {held[name]}; the data don't support '{question.model.name}'")
    warnings += [f"{p}: {words}" for p, words in held.items() if p in names]
    if weak:
        warnings.append(f"the data don't determine {', '.join(weak)} separately: no standard errors of these")
    if not converged:
        warnings.append(
            "the search for the best estimates didn't come to rest: the numbers are of its last step"
        )
    warnings += _few(len(cohort.curves), layout.full, len(question.random))
    sd, correlations = spreads(search, psi, covariance, held)

    def estimate(i: int) -> Estimate:
        lost = layout.names[i] in weak or layout.names[i] in held
        return Estimate(float(psi[i]), None if lost else float(np.sqrt(max(covariance[i, i], 0.0))))

    p, last = len(names), layout.n_fixed + len(layout.elements)
    sizes = {}
    for k, letter in enumerate(letter for letter, has in (("a", layout.has_a), ("b", layout.has_b)) if has):
        log, se = estimate(last + k)
        sizes[letter] = Estimate(float(np.exp(log)), None if se is None else float(np.exp(log)) * se)
    root = layout.root(psi[None])[0]
    padded = np.zeros((p, p))
    padded[:, list(question.random)] = root
    estimated_ = Estimated(psi, covariance, search.scale)
    areas = None if draws is None else draws.log_areas
    found = known(cohort.data, layout, estimated_, areas, b, cohort.lambdas)
    refuse_vanished(cohort.curves, question.model.name, found.bent.t.variance)
    population = Population(
        model=question.model, unit=cohort.curves[0].unit, mean=psi[:p], covariance=root @ root.T,
        residual=Residual(kind=question.residual, **{k: v.value for k, v in sizes.items()}),
        normal=tuple(n for n, is_ in zip(names, question.normal, strict=True) if is_),
        effects=tuple(
            MassEffect(parameter=q, covariate=c, exponent=float(psi[p + k]), centre=question.centres[c])
            for k, (q, c) in enumerate(question.covariates)
        ),
        n_patients=len(cohort.curves), source=f"fitted by {method}{', REML' if search.restricted else ''}",
        root=padded, estimates=layout.names, estimates_covariance=covariance,
        drawn_mean=None if draws is None else draws.spread.psi,
        drawn_covariance=None if draws is None else draws.spread.covariance,
        drawn_rows=None if draws is None else draws.spread.rows,
    )  # fmt: skip
    own = tuple(w for w in warnings if not w.startswith(("points at time 0", "curves normalised")))
    fits = individuals(
        cohort, question, population, estimated_, found,
        common_warnings=[] if not own else [f"population: {w}" for w in own], n_estimates=len(layout.names),
    )  # fmt: skip
    table = residual_table(cohort, question, psi, found)
    plain = search if not search.restricted else replace(search, restricted=False)
    restricted = 2 * float(values[0]) - layout.n_fixed * float(np.log(2 * np.pi))
    two_log = 2 * float(plain.of(psi[None], b)[0][0])
    return PopulationFit(
        population=population, method=method, reml=search.restricted,
        fixed={n: estimate(i) for i, n in enumerate(names)},
        exponents={pair: estimate(p + k) for k, pair in enumerate(question.covariates)},
        sd=sd, correlations=correlations, residual=sizes, individuals=fits,
        shrinkage=shrinkages(fits, question, sd),
        residual_shrinkage=float(1 - np.sqrt(np.mean(table.weighted**2))),
        minus_2_log_likelihood=two_log,
        minus_2_restricted=restricted if search.restricted else None,
        n_estimates=len(layout.names), n_points=int(cohort.data.there.sum()), converged=converged, held=held,
        warnings=tuple(dict.fromkeys(warnings)), residuals=table, posterior=posterior,
    )  # fmt: skip


def _draws(of: Found, psi: FloatArray) -> Drawn | None:
    """Draws of estimates and areas; None for a Response, which has no areas."""
    model, search = of.question.model, of.search
    if not isinstance(model, Model):
        return None
    at_edge = bool(((psi <= search.lower) | (psi >= search.upper)).any())
    return drawn(of.cohort.data, model, search, psi, of.b, of.cohort.lambdas, at_edge=at_edge)


def _few(n: int, full: bool, random: int) -> list[str]:
    """Warnings of a cohort that is small for what is asked."""
    if full and n <= random * (random + 1) // 2 + random:
        return [
            f"{n} patients for {random * (random + 1) // 2} elements of a full covariance: take 'diagonal'"
        ]
    if n < 6:
        return [f"{n} patients: how parameters spread is hardly known; intervals of areas rest on it"]
    return []
