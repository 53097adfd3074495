"""A population: what patients' parameters are on the average, how they spread, and how measurements scatter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kinetics.curves.curve import FloatArray
from kinetics.mixed_effects.response import Response
from kinetics.models import Model

#: name -> variance of a value: s is its own stated SD, f the fitted function.
RESIDUALS = {
    "sd": "s^2: the stated standard deviations",
    "scaled-sd": "a^2 s^2: the stated standard deviations up to a common factor a, estimated",
    "additive": "a^2, estimated",
    "proportional": "b^2 f^2, estimated",
    "combined": "a^2 + b^2 f^2, both estimated",
    "sd+proportional": "s^2 + b^2 f^2: stated, and a fraction b of the fitted value besides, estimated",
}


@dataclass(frozen=True, kw_only=True)
class Residual:
    """How measurements scatter about a patient's own curve: a key of RESIDUALS, its a and b."""

    kind: str
    a: float | None = None
    b: float | None = None


@dataclass(frozen=True, kw_only=True)
class MassEffect:
    """ln(parameter) grows by ``exponent`` x ln(covariate/centre): a power law."""

    parameter: str
    covariate: str
    exponent: float
    centre: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Population:
    """Patients' parameters: log-normal (or, for those in ``normal``, normal) about their typical values.

    ``mean`` (P,) of ln(parameter), or of the parameter where normal; ``covariance`` (P, P) of the same;
    ``estimates_covariance`` (E, E) of the numbers named in ``estimates`` (means, exponents, elements of the
    covariance's root, ln of the residuals' a and b), None for a population that is stated.
    """

    model: Model | Response
    unit: str
    mean: FloatArray
    covariance: FloatArray
    residual: Residual
    normal: tuple[str, ...] = ()
    effects: tuple[MassEffect, ...] = ()
    n_patients: int | None = None
    source: str = ""
    estimates: tuple[str, ...] = ()
    estimates_covariance: FloatArray | None = None

    @classmethod
    def stated(
        cls,
        model: str | Model,
        *,
        unit: str,
        median: Mapping[str, float],
        sd_log: Mapping[str, float],
        correlation: Mapping[tuple[str, str], float] | None = None,
        residual: Residual | None = None,
        effects: tuple[MassEffect, ...] = (),
        n_patients: int | None = None,
        source: str,
    ) -> Population:
        """A population from numbers of a paper or of one's own: medians and SDs of the logarithms.

        An amplitude without ``sd_log`` is free: the patient's own points alone give it.
        """
        raise NotImplementedError

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.model.parameters

    @property
    def typical(self) -> dict[str, float]:
        """Each parameter's median, at the covariates' centres."""
        raise NotImplementedError

    @property
    def sd(self) -> dict[str, float]:
        """SD of each parameter's logarithm (of the parameter, where normal)."""
        raise NotImplementedError

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON or TOML."""
        raise NotImplementedError

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Population:
        """The way back from :meth:`as_dict`, with every mistake told at once."""
        raise NotImplementedError

    def predict(
        self, time_h: FloatArray, *, patient: Mapping[str, float] | None = None, quantile: float | None = None
    ) -> FloatArray:
        """(N,) decay-corrected curve of the typical patient, or (by simulation) a quantile over patients."""
        raise NotImplementedError
