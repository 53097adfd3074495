"""What is fitted: a function of time and parameters with its gradient, of which a sum of exponentials is one."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from kinetics.curves.curve import FloatArray


@runtime_checkable
class Response(Protocol):
    """A function of time with its gradient, in any parametrisation.

    Attributes
    ----------
    name : for messages and files.
    parameters : names of the P parameters.
    constants : names of what each patient brings beside times (a dose); () where there is nothing.
    """

    @property
    def name(self) -> str: ...

    @property
    def parameters(self) -> tuple[str, ...]: ...

    @property
    def constants(self) -> tuple[str, ...]: ...

    def value_and_gradient(
        self, time_h: FloatArray, theta: FloatArray, constants: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        """(B, N) values at times (B, N) for parameters (B, P) and constants (B, K); (B, N, P) their gradient."""
        ...
