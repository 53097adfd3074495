"""What is fitted: a function of time and parameters, and its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np

from kinetics.curves.curve import FloatArray
from kinetics.models import Model

#: Logarithms of parameters are kept this near to 0, so that no step of a search overflows.
LARGEST_LOG = 60.0
#: Step of the derivatives of a gradient, in the parameters as they spread (logarithms, mostly).
STEP = 1e-5


@runtime_checkable
class Response(Protocol):
    """A function of time with its gradient, in any parametrisation.

    Attributes
    ----------
    name : for messages and files.
    parameters : names of the P parameters.
    constants : names of what each patient brings beside times (a dose); () where there is nothing.

    Examples
    --------
    >>> from kinetics import fit_population, Curve
    >>> class Line:
    ...     name, parameters, constants = "line", ("start", "slope"), ()
    ...     def value_and_gradient(self, time_h, theta, constants):
    ...         gradient = np.stack([np.ones_like(time_h), time_h], axis=-1)
    ...         return (gradient @ theta[..., None])[..., 0], gradient
    >>> isinstance(Line(), Response)
    True
    """

    @property
    def name(self) -> str:
        """For messages and files."""
        ...

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        ...

    @property
    def constants(self) -> tuple[str, ...]:
        """Names of what each patient brings beside times."""
        ...

    def value_and_gradient(
        self, time_h: FloatArray, theta: FloatArray, constants: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) values at times (B, N), of parameters (B, P), constants (B, K); (B, N, P) gradient."""
        ...


@dataclass(frozen=True)
class Function:
    """A Model or a Response as a function of what spreads over patients: phi, logarithms where log-normal.

    ``normal`` (P,) True where a parameter itself is normal.
    """

    model: Model | Response
    normal: np.ndarray

    @cached_property
    def _pairs(self) -> tuple[FloatArray, FloatArray]:
        """(T, Q R) and (T, R R): weights of an exponential in the second derivatives."""
        assert isinstance(self.model, Model)
        c, s = self.model.coefficients, self.model.selector
        mixed = (c[:, :, None] * s[:, None, :]).reshape(len(c), -1)
        return mixed, (s[:, :, None] * s[:, None, :]).reshape(len(c), -1)

    def natural(self, phi: FloatArray) -> FloatArray:
        """(..., P) the parameters themselves."""
        return np.where(self.normal, phi, np.exp(np.clip(phi, -LARGEST_LOG, LARGEST_LOG)))

    def inner(self, theta: FloatArray) -> FloatArray:
        """(..., P) what spreads over patients."""
        return np.where(self.normal, theta, np.log(np.where(self.normal, 1.0, theta)))

    def scale(self, phi: FloatArray) -> FloatArray:
        """(..., P) d parameter / d phi."""
        return np.where(self.normal, 1.0, self.natural(phi))

    def first(
        self, time_h: FloatArray, phi: FloatArray, constants: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) values and (B, N, P) their gradient by phi."""
        theta = self.natural(phi)
        if isinstance(self.model, Model):
            value, gradient = self.model.value_and_gradient(time_h, theta)
        else:
            value, gradient = self.model.value_and_gradient(time_h, theta, constants)
        return value, gradient * self.scale(phi)[:, None, :]

    def second(
        self, time_h: FloatArray, phi: FloatArray, constants: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """(B, N) values, (B, N, P) gradient and (B, N, P, P) second derivatives by phi."""
        if not isinstance(self.model, Model):
            return *self.first(time_h, phi, constants), self._differences(time_h, phi, constants)
        model, theta = self.model, self.natural(phi)
        amplitudes, _, mu = model.split(theta)
        q, r = amplitudes.shape[-1], len(model.rates)
        exponentials = np.exp(-mu[:, None, :] * time_h[..., None])
        basis = exponentials @ model.coefficients
        weighted = exponentials * (amplitudes @ model.coefficients.T)[:, None, :]
        by_rate = -(weighted @ model.selector) * time_h[..., None]
        gradient = np.concatenate([basis, by_rate], axis=-1)
        mixed, both = self._pairs
        found = np.zeros((*gradient.shape, q + r))
        cross = -(exponentials @ mixed * time_h[..., None]).reshape(*basis.shape, r)
        found[..., :q, q:], found[..., q:, :q] = cross, np.swapaxes(cross, -1, -2)
        found[..., q:, q:] = (weighted @ both * time_h[..., None] ** 2).reshape(*gradient.shape[:-1], r, r)
        scale = self.scale(phi)[:, None, :]
        found *= scale[..., None] * scale[..., None, :]
        gradient = gradient * scale
        diagonal = np.arange(q + r)
        found[..., diagonal, diagonal] += np.where(self.normal, 0.0, gradient)
        return (basis @ amplitudes[..., None])[..., 0], gradient, found

    def _differences(self, time_h: FloatArray, phi: FloatArray, constants: FloatArray) -> FloatArray:
        """(B, N, P, P) central differences of the gradient."""
        columns = []
        for k in range(phi.shape[-1]):
            step = STEP * np.maximum(1.0, np.abs(phi[:, k])) if self.normal[k] else np.full(len(phi), STEP)
            up, down = phi.copy(), phi.copy()
            up[:, k] += step
            down[:, k] -= step
            rise = self.first(time_h, up, constants)[1] - self.first(time_h, down, constants)[1]
            columns.append(rise / (2 * step[:, None, None]))
        found = np.stack(columns, axis=-1)
        return np.asarray(0.5 * (found + np.swapaxes(found, -1, -2)), dtype=np.float64)
