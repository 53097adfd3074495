"""Rates of a compartment model fitted to data in one or several compartments at once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kinetics.compartments.chain import ChainModel
from kinetics.compartments.given import ModelFile, Observation
from kinetics.compartments.gradient import by_parameters
from kinetics.compartments.model import CompartmentModel
from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.fitting.criterion import aicc
from kinetics.fitting.finish import EXACT
from kinetics.fitting.result import Estimate
from kinetics.least_squares.covariance import gain, held, propagated, weakest
from kinetics.least_squares.problem import check_values
from kinetics.linear_systems.integrals import contents_with_slopes
from kinetics.weights import error_model

#: Starts are the given values and all of them times these factors.
START_FACTORS = (1.0, 3.0, 1.0 / 3.0)


@dataclass(frozen=True, kw_only=True)
class CompartmentFit:
    """A fitted compartment model.

    ``parameters`` name -> (value, se), rates in 1/h, held ones with se None; ``covariance`` (P, P) of the
    free ones in the order of ``free``, 0 for those on a bound, which have no SE and are named in a warning;
    None where the data don't determine them (``reason``); ``tiac_h`` name -> (value, se), of a chain
    "nuclide: name"; ``chain`` the fitted chain, where one is followed; ``residuals`` one
    array a data set, in its unit. ``rescaled`` as for a curve's fit.

    Examples
    --------
    >>> from kinetics import read_model
    >>> fitted = fit_compartments(read_model("examples/compartments/two-compartments.toml"))
    >>> fitted.reason is None, fitted.covariance.shape == (len(fitted.free), len(fitted.free))
    (True, True)
    """

    model: CompartmentModel
    parameters: dict[str, Estimate]
    free: tuple[str, ...]
    covariance: FloatArray | None
    reason: str | None
    tiac_h: dict[str, Estimate]
    residuals: tuple[FloatArray, ...]
    rss: float
    n_points: int
    aicc: float | None
    rescaled: bool
    warnings: tuple[str, ...]
    chain: ChainModel | None = None


class _Fit:
    """Logarithms of the free parameters -> weighted residuals and their Jacobian."""

    def __init__(self, given: ModelFile) -> None:
        self.given = given
        self.free = tuple(n for n, p in given.parameters.items() if not p.held)
        self.values = {n: p.start for n, p in given.parameters.items()}
        lam = given.model.lambda_phys_per_h
        self.errors = []
        for o in given.observations:
            check_values(o.curve)
            self.errors.append(error_model(o.curve, o.weights, lambda_phys_per_h=lam))
        known = {e.known for e in self.errors}
        if len(known) > 1:
            raise KineticsError(
                "some data have known standard deviations and some only relative ones; give all, or none"
            )
        self.known = known.pop()
        units = {
            o.curve.unit for o, e in zip(given.observations, self.errors, strict=True) if e.name == "none"
        }
        if len(units) > 1:
            raise KineticsError(
                f"weights 'none' for data in {', '.join(sorted(units))}: they can't be weighed together"
            )
        self.time = np.unique(np.concatenate([o.curve.time_h for o in given.observations]))
        self._derivatives = {n: given.derivative(n) for n in self.free}
        self._last: tuple[bytes, tuple[FloatArray, FloatArray]] | None = None
        self.n_points = sum(len(o.curve) for o in given.observations)

    def evaluate(self, log_free: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weighted residuals (predicted less measured) and their Jacobian; the last point is remembered."""
        key = log_free.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = (key, self._evaluate(log_free))
        return self._last[1]

    def _evaluate(self, log_free: FloatArray) -> tuple[FloatArray, FloatArray]:
        values = self.values | dict(zip(self.free, np.exp(log_free).tolist(), strict=True))
        model = self.given.with_values(values)
        rates = [n for n in self.free if self.given.parameters[n].is_rate]
        system = model.system() if isinstance(model, ChainModel) else model.system(decaying=False)
        contents, slopes = contents_with_slopes(system, self.time, [self._derivatives[n] for n in rates])
        residuals, rows = [], []
        for o, e in zip(self.given.observations, self.errors, strict=True):
            at = np.searchsorted(self.time, o.curve.time_h)
            own = self._states(o)
            factor = self._factor(o, values)
            predicted = contents[np.ix_(at, own)].sum(1) * factor
            jacobian = np.zeros((len(o.curve), len(self.free)))
            for n, slope in zip(rates, slopes, strict=True):
                jacobian[:, self.free.index(n)] = slope[np.ix_(at, own)].sum(1) * factor * values[n]
            if o.divide_by in self.free:
                jacobian[:, self.free.index(str(o.divide_by))] -= predicted
            residuals.append((predicted - o.curve.value) / e.sd)
            rows.append(jacobian / e.sd[:, None])
        return np.concatenate(residuals), np.concatenate(rows)

    def _states(self, o: Observation) -> FloatArray:
        """Positions of what was measured among the states of the model, or of the chain."""
        own = np.array(self.given.model.index(o.of))
        chain = self.given.chain
        if chain is None or o.nuclide is None:
            return own
        return own + chain.members.index(o.nuclide) * len(self.given.model.states)

    def _factor(self, o: Observation, values: dict[str, float]) -> FloatArray:
        """What turns contents into measured values; a chain's contents are atoms that have decayed."""
        lam, chain = self.given.model.lambda_phys_per_h, self.given.chain
        if chain is not None:
            member = 0 if o.nuclide is None else chain.members.index(o.nuclide)
            decay = np.full(len(o.curve), float(chain.lambda_per_h[member]) / lam)
            if o.curve.decay_corrected:
                decay *= np.exp(lam * (o.curve.time_h - o.curve.reference_h))
        elif o.curve.decay_corrected:
            decay = np.full(len(o.curve), math.exp(-lam * o.curve.reference_h))
        else:
            decay = np.exp(-lam * o.curve.time_h)
        return o.scale * decay / (1.0 if o.divide_by is None else values[o.divide_by])


def fit_compartments(given: ModelFile) -> CompartmentFit:
    """Fit the free parameters of a model file to its data (lmfit, analytic Jacobian, bounds as given).

    Parameters
    ----------
    given : from :func:`kinetics.read_model`, with data. A parameter that stands in several
        transfers is shared by them.

    Raises
    ------
    KineticsError : nothing to fit, fewer points than parameters, data that can't be weighed together.

    Examples
    --------
    >>> from kinetics import read_model
    >>> fitted = fit_compartments(read_model("examples/compartments/two-compartments.toml"))
    >>> fitted.n_points > len(fitted.free), fitted.tiac_h["central"].value > 0
    (True, True)
    """
    import lmfit

    problem = _Fit(given) if given.observations else None
    if problem is None or not problem.free:
        raise KineticsError(f"{given.model.name}: nothing to fit: free parameters and data are needed")
    n, p = problem.n_points, len(problem.free)
    if n < p:
        raise KineticsError(f"{given.model.name}: {n} points for {p} free parameters; hold some, or add data")
    bounds = [given.parameters[name] for name in problem.free]

    def now(parameters: lmfit.Parameters) -> FloatArray:
        return np.array([v.value for v in parameters.values()])

    best = None
    for factor in START_FACTORS:
        parameters = lmfit.Parameters()
        for i, b in enumerate(bounds):
            start = min(max(b.start * factor, b.minimum * 1.001), b.maximum * 0.999)
            parameters.add(f"p{i}", math.log(start), min=math.log(b.minimum), max=math.log(b.maximum))
        fitted = lmfit.Minimizer(
            lambda q: problem.evaluate(now(q))[0], parameters, scale_covar=False, max_nfev=400
        ).leastsq(Dfun=lambda q: problem.evaluate(now(q))[1].T, col_deriv=1, xtol=1e-10, ftol=1e-12)
        if best is None or fitted.chisqr < best.chisqr * (1 - 1e-8):
            best = fitted
    assert best is not None
    return _result(problem, now(best.params), given)


def _result(problem: _Fit, phi: FloatArray, given: ModelFile) -> CompartmentFit:
    from scipy.linalg import block_diag

    residual, jacobian = problem.evaluate(phi)
    n, p = problem.n_points, len(problem.free)
    rss = float(residual @ residual)
    floor = EXACT**2 * sum(
        float(((o.curve.value / e.sd) ** 2).sum())
        for o, e in zip(given.observations, problem.errors, strict=True)
    )
    warnings = []
    if not problem.known and rss < floor:
        rss = floor
        warnings.append("the fit is exact to rounding: its standard errors are those of rounding")
    values = problem.values | dict(zip(problem.free, np.exp(phi).tolist(), strict=True))
    bounds = [given.parameters[name] for name in problem.free]
    near = [
        x <= b.minimum * (1 + 1e-4) or x >= b.maximum * (1 - 1e-4)
        for b, x in zip(bounds, np.exp(phi), strict=True)
    ]
    at_bound = held(jacobian, np.array(near))
    reached = [name for name, there in zip(problem.free, at_bound, strict=True) if there]
    if reached:
        warnings.append(f"bound reached, or without effect: {', '.join(reached)}")
    covariance: FloatArray | None = None
    reason = None
    gained = gain(jacobian, ~at_bound)
    if gained is None:
        weak = weakest(jacobian, ~at_bound, list(problem.free))
        reason = f"undefined: the data don't determine {weak} separately (singular normal matrix)"
    elif n == p and not problem.known:
        reason = "undefined: as many points as parameters leave no residual variance"
    else:
        factor = 1.0 if problem.known else rss / (n - p)
        factors = [
            o.curve.error_factors(factor * e.sd**2) / e.sd[:, None]
            for o, e in zip(given.observations, problem.errors, strict=True)
        ]
        covariance = propagated(gained * np.exp(phi)[:, None], block_diag(*factors))
    model = problem.given.with_values(values)
    parent = model.parent if isinstance(model, ChainModel) else model
    trapped = parent.never_excreted()
    if trapped:
        warnings.append(f"never excreted, only decays: {', '.join(trapped)}")
    se = dict.fromkeys(given.parameters, None) | (
        {}
        if covariance is None
        else {
            name: None if name in reached else math.sqrt(variance)
            for name, variance in zip(problem.free, np.diag(covariance), strict=True)
        }
    )
    return CompartmentFit(
        model=parent,
        chain=model if isinstance(model, ChainModel) else None,
        parameters={name: Estimate(float(values[name]), se[name]) for name in given.parameters},
        free=problem.free,
        covariance=covariance,
        reason=reason,
        tiac_h=_tiacs(problem, values, covariance),
        residuals=tuple(
            -part * e.sd
            for part, e in zip(
                np.split(residual, np.cumsum([len(o.curve) for o in given.observations])[:-1]),
                problem.errors,
                strict=True,
            )
        ),
        rss=rss,
        n_points=n,
        aicc=aicc(rss, n, p, known=problem.known)[0],
        rescaled=not problem.known,
        warnings=tuple(warnings),
    )


def _tiacs(problem: _Fit, values: dict[str, float], covariance: FloatArray | None) -> dict[str, Estimate]:
    """TIACs with standard errors to first order."""
    given = problem.given
    now = named_tiacs(given.with_values(values))
    if covariance is None:
        return {name: Estimate(v, None) for name, v in now.items()}

    def tiacs(model: CompartmentModel | ChainModel) -> FloatArray:
        return np.array(list(named_tiacs(model).values()))

    gradient = by_parameters(given, values, problem.free, tiacs)
    variances = np.einsum("ij,jk,ik->i", gradient, covariance, gradient)
    return {
        name: Estimate(v, math.sqrt(max(float(variance), 0.0)))
        for (name, v), variance in zip(now.items(), variances, strict=True)
    }


def named_tiacs(model: CompartmentModel | ChainModel, until_h: float = math.inf) -> dict[str, float]:
    """TIACs in h by name; of a chain by "nuclide: name"."""
    if isinstance(model, CompartmentModel):
        return model.tiac_h(until_h)
    return {f"{m}: {name}": h for m, own in model.tiac_h(until_h).items() for name, h in own.items()}
