"""The fit functions: sums of exponentials, their gradients and their integrals.

Every model is f(t) = exp(-lambda_phys t) * sum_j c_j exp(-mu_j t): the biologic rates mu_j are free
parameters, or constants (0 for no biologic loss, :data:`LAMBDA_BLOOD` for the filling of an organ by the
circulation), and the coefficients c_j are linear in the amplitudes. A model is one row of numbers
(:data:`MODELS`); value, gradient and time integral are written once, for all of them, and work on any number
of parameter sets at once.

The family is that of Kletting et al., Med Phys 2013;40:102504 (NUKFIT) and of Hardiansyah et al., EJNMMI Phys
2021;8:82: exponentials with the physical constant held apart, amplitudes restricted in sign, uptake forms
that are 0 at time 0, with or without a fast part that follows the blood. The forms are named here by what
they are; the papers' own numbering (f1, f2, f3a ...) isn't used, because it differs between the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError

#: 1/h; the circulation distributes the product with a half-life of 1 min (Kletting et al. 2013).
LAMBDA_BLOOD = math.log(2.0) / (1.0 / 60.0)


#: One exponential of a model: its rate (a name, or a constant in 1/h) and the weight of each amplitude in it.
Term = tuple[str | float, tuple[float, ...]]


@dataclass(frozen=True)
class Model:
    """A sum of exponentials as a table row.

    Parameters
    ----------
    name : what users write.
    formula : the biologic function, for people.
    amplitudes : names of the amplitudes; all are 0 or above.
    rates : names of the free biologic rates, 1/h.
    terms : one (rate, coefficients) pair an exponential: the rate's name or a constant in 1/h, and the weight
        of each amplitude in the coefficient.
    exchange : (amplitude, rate) pairs that may change places without changing the function; results list the
        fastest first.

    Examples
    --------
    >>> model = MODELS["biexponential"]
    >>> model.parameters
    ('A1', 'A2', 'lambda1', 'lambda2')
    >>> round(float(model.area([10.0, 20.0, 0.3, 0.03], 0.01)), 3)  # 10/0.31 + 20/0.04
    532.258
    """

    name: str
    formula: str
    amplitudes: tuple[str, ...]
    rates: tuple[str, ...]
    terms: tuple[Term, ...]
    exchange: tuple[tuple[str, str], ...] = ()

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """A model of :data:`MODELS` travels by its name."""
        if MODELS.get(self.name) is self:
            return model_by_name, (self.name,)
        return super().__reduce_ex__(protocol)

    @property
    def parameters(self) -> tuple[str, ...]:
        """Parameter names: amplitudes, then rates. Arrays of parameters have this order."""
        return self.amplitudes + self.rates

    @property
    def n_parameters(self) -> int:
        """Number of free parameters of the function (the variance of the data isn't among them)."""
        return len(self.amplitudes) + len(self.rates)

    @cached_property
    def coefficients(self) -> FloatArray:
        """(terms, amplitudes): the weight of each amplitude in each exponential's coefficient."""
        return np.array([c for _, c in self.terms], dtype=np.float64)

    @cached_property
    def selector(self) -> FloatArray:
        """(terms, rates): 1 where a term has that free rate."""
        return np.array([[float(r == k) for k in self.rates] for r, _ in self.terms]).reshape(
            len(self.terms), -1
        )

    @cached_property
    def constants(self) -> FloatArray:
        """(terms,): the constant rate of each exponential that has one, else 0; 1/h."""
        return np.array([0.0 if isinstance(r, str) else r for r, _ in self.terms])

    @property
    def has_constant_plateau(self) -> bool:
        """True where a term has no biologic loss: without physical decay its integral is infinite."""
        return any(r == 0.0 for r, _ in self.terms)

    def split(self, theta: ArrayLike) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Amplitudes (..., Q), rates (..., R) and term rates (..., T) of parameter sets (..., Q + R)."""
        array = np.asarray(theta, dtype=np.float64)
        amplitudes, rates = array[..., : len(self.amplitudes)], array[..., len(self.amplitudes) :]
        return amplitudes, rates, rates @ self.selector.T + self.constants

    def basis(self, time_h: ArrayLike, rates: ArrayLike) -> FloatArray:
        """(..., N, Q) biologic function of each amplitude at 1, for rates (..., R) at times (..., N)."""
        mu = np.asarray(rates, dtype=np.float64) @ self.selector.T + self.constants
        basis: FloatArray = np.exp(-mu[..., None, :] * np.asarray(time_h)[..., None]) @ self.coefficients
        return basis

    def value(self, time_h: ArrayLike, theta: ArrayLike) -> FloatArray:
        """(..., N) biologic (decay-corrected) function at times (N,)."""
        amplitudes, rates, _ = self.split(theta)
        return (self.basis(time_h, rates) @ amplitudes[..., None])[..., 0]

    def value_and_gradient(self, time_h: ArrayLike, theta: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """(..., N) biologic function at times (..., N); (..., N, P) its derivative by amplitudes, rates."""
        amplitudes, _, mu = self.split(theta)
        time = np.asarray(time_h, dtype=np.float64)
        exponentials = np.exp(-mu[..., None, :] * time[..., None])
        basis = exponentials @ self.coefficients
        weights = amplitudes @ self.coefficients.T
        by_rate = -(exponentials * weights[..., None, :]) @ self.selector * time[..., None]
        return (basis @ amplitudes[..., None])[..., 0], np.concatenate([basis, by_rate], axis=-1)

    def second_derivatives(self, time_h: ArrayLike, theta: ArrayLike, weight: FloatArray) -> FloatArray:
        """(..., P, P) sum over times (..., N) of weight (..., N) x second derivative by the parameters."""
        amplitudes, _, mu = self.split(theta)
        time, q = np.asarray(time_h, dtype=np.float64), amplitudes.shape[-1]
        exponentials = np.exp(-mu[..., None, :] * time[..., None]) * weight[..., None]
        first = -(exponentials * time[..., None]).sum(-2)
        second = (exponentials * time[..., None] ** 2).sum(-2) * (amplitudes @ self.coefficients.T)
        found = np.zeros((*first.shape[:-1], self.n_parameters, self.n_parameters))
        mixed = (self.coefficients.T * first[..., None, :]) @ self.selector
        found[..., :q, q:], found[..., q:, :q] = mixed, np.swapaxes(mixed, -1, -2)
        found[..., q:, q:] = (self.selector.T * second[..., None, :]) @ self.selector
        return found

    def area(self, theta: ArrayLike, lambda_phys_per_h: ArrayLike, *, start_h: ArrayLike = 0.0) -> FloatArray:
        """(...) integral from ``start_h`` to infinity of the curve with physical decay in it."""
        return self.area_and_gradient(theta, lambda_phys_per_h, start_h=start_h)[0]

    def area_and_gradient(
        self, theta: ArrayLike, lambda_phys_per_h: ArrayLike, *, start_h: ArrayLike = 0.0
    ) -> tuple[FloatArray, FloatArray]:
        """(...) integral sum_j c_j exp(-(mu_j+lambda) t0)/(mu_j+lambda) and (..., P) its gradient.

        The decay constant and the start are numbers, or (..., 1) arrays.

        Raises
        ------
        KineticsError : a term has neither biologic loss nor physical decay, so that the integral is infinite.
        """
        amplitudes, _, mu = self.split(theta)
        effective = mu + np.asarray(lambda_phys_per_h)
        if np.any(effective <= 0):
            raise KineticsError(
                f"model '{self.name}': a term without biologic loss and without physical decay has an"
                " infinite area; give the half-life"
            )
        tail = np.exp(-effective * start_h) / effective
        weights = amplitudes @ self.coefficients.T
        by_rate = -(weights * tail * (start_h + 1.0 / effective)) @ self.selector
        return (weights * tail).sum(-1), np.concatenate([tail @ self.coefficients, by_rate], axis=-1)

    def first_moment(self, theta: ArrayLike, lambda_phys_per_h: float) -> FloatArray:
        """(...) integral from 0 to infinity of t f(t): sum_j c_j/(mu_j+lambda)^2."""
        amplitudes, _, mu = self.split(theta)
        moment: FloatArray = (amplitudes @ self.coefficients.T / (mu + lambda_phys_per_h) ** 2).sum(-1)
        return moment

    def order(self, theta: FloatArray) -> list[int]:
        """Where each parameter comes from when exchangeable exponentials are listed fastest first."""
        index = list(range(self.n_parameters))
        if not self.exchange:
            return index
        names = self.parameters
        pairs = [(names.index(a), names.index(r)) for a, r in self.exchange]
        fastest_first = sorted(pairs, key=lambda pair: -theta[pair[1]])
        for (a, r), (a_from, r_from) in zip(pairs, fastest_first, strict=True):
            index[a], index[r] = a_from, r_from
        return index


def _model(
    name: str,
    formula: str,
    amplitudes: str,
    rates: str,
    *terms: Term,
    exchange: tuple[tuple[str, str], ...] = (),
) -> Model:
    return Model(name, formula, tuple(amplitudes.split()), tuple(rates.split()), terms, exchange)


_PAIRS = (("A1", "lambda1"), ("A2", "lambda2"), ("A3", "lambda3"))

#: Every model by its name, in the order in which candidates are listed.
MODELS: dict[str, Model] = {
    m.name: m
    for m in (
        _model("plateau", "A1", "A1", "", (0.0, (1,))),
        _model("monoexponential", "A1 e^(-l1 t)", "A1", "lambda1", ("lambda1", (1,))),
        _model(
            "exponential-plateau", "A1 e^(-l1 t) + A2", "A1 A2", "lambda1", ("lambda1", (1, 0)), (0.0, (0, 1))
        ),
        _model(
            "biexponential", "A1 e^(-l1 t) + A2 e^(-l2 t)", "A1 A2", "lambda1 lambda2",
            ("lambda1", (1, 0)), ("lambda2", (0, 1)), exchange=_PAIRS[:2],
        ),
        _model(
            "triexponential", "A1 e^(-l1 t) + A2 e^(-l2 t) + A3 e^(-l3 t)",
            "A1 A2 A3", "lambda1 lambda2 lambda3",
            ("lambda1", (1, 0, 0)), ("lambda2", (0, 1, 0)), ("lambda3", (0, 0, 1)), exchange=_PAIRS,
        ),
        _model("uptake-plateau", "A1 (1 - e^(-l2 t))", "A1", "lambda2", (0.0, (1,)), ("lambda2", (-1,))),
        _model(
            "uptake", "A1 (e^(-l1 t) - e^(-l2 t))", "A1", "lambda1 lambda2",
            ("lambda1", (1,)), ("lambda2", (-1,)),
        ),
        _model(
            "uptake-offset", "A1 (e^(-l1 t) - e^(-l2 t)) + A2 e^(-l1 t)", "A1 A2", "lambda1 lambda2",
            ("lambda1", (1, 1)), ("lambda2", (-1, 0)),
        ),
        _model(
            "uptake-blood", "A1 (e^(-l1 t) - e^(-l2 t)) + A2 (e^(-l1 t) - e^(-l_blood t))", "A1 A2",
            "lambda1 lambda2", ("lambda1", (1, 1)), ("lambda2", (-1, 0)), (LAMBDA_BLOOD, (0, -1)),
        ),
        _model(
            "uptake-biexponential", "A1 (e^(-l1 t) - e^(-l3 t)) + A2 (e^(-l2 t) - e^(-l3 t))", "A1 A2",
            "lambda1 lambda2 lambda3", ("lambda1", (1, 0)), ("lambda2", (0, 1)), ("lambda3", (-1, -1)),
            exchange=_PAIRS[:2],
        ),
    )
}  # fmt: skip

#: Short names that input accepts.
ALIASES = {
    "mono": "monoexponential", "1-exp": "monoexponential", "bi": "biexponential", "2-exp": "biexponential",
    "tri": "triexponential", "3-exp": "triexponential", "constant": "plateau", "uptake-clearance": "uptake",
}  # fmt: skip


def model_by_name(model: str | Model) -> Model:
    """The model of a name, an alias, or itself.

    Raises
    ------
    KineticsError : there is no such model; the message lists those there are.
    """
    if isinstance(model, Model):
        return model
    key = str(model).strip().lower().replace("_", "-").replace(" ", "-")
    key = ALIASES.get(key, key)
    if key not in MODELS:
        raise KineticsError(f"unknown model '{model}'; there are: {', '.join(MODELS)}")
    return MODELS[key]
