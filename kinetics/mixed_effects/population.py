"""A population: what patients' parameters are typically, how they spread, and how measurements scatter."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from kinetics.curves.curve import FloatArray
from kinetics.errors import KineticsError
from kinetics.mixed_effects.cohort import Asked
from kinetics.mixed_effects.likelihood.estimates import semiroot
from kinetics.mixed_effects.likelihood.response import Function, Response
from kinetics.mixed_effects.likelihood.scatter import WITH_A, WITH_B
from kinetics.mixed_effects.parts import MassEffect, Residual
from kinetics.mixed_effects.population_files import ARRAYS, FORMAT, read
from kinetics.models import Model, model_by_name
from milligray.errors import Complaints

#: SD of the logarithm of a parameter that the patient's own points alone are to give: no prior to speak of.
FREE_SD = 30.0
#: Patients that are drawn for a quantile of the curve over patients.
DRAWN = 2048


@dataclass(frozen=True, kw_only=True, eq=False)
class Population:
    """Patients' parameters, log-normal (or, for those in ``normal``, normal) about their typical values.

    Parameters
    ----------
    model : whose parameters they are; amplitudes in ``unit``, rates biologic in 1/h.
    mean : (P,) of ln(parameter), or of the parameter where normal, at the covariates' centres.
    covariance : (P, P) of the same over patients; 0 for what doesn't spread.
    residual : how measurements scatter.
    free : parameters of which nothing is known beforehand: a patient's own points give them.
    effects : power laws of covariates.
    n_patients, source : how many patients, and where the numbers are from.
    estimates, estimates_covariance : (E,) names and (E, E) covariance of the estimates behind them (means,
        exponents, elements of the covariance's ``root``, ln a, ln b); None: the numbers are taken as exact.
    drawn_mean, drawn_covariance : the same by the cohort's likelihood itself, the covariance with the root's
        diagonal by its logarithm: what intervals of patients' areas are drawn with.
    drawn_rows : (K, E) sets of estimates that fit alike, where the cohort's points don't determine them.

    Raises
    ------
    KineticsError : arrays that don't fit the model, a covariance that isn't one, unknown names.

    Examples
    --------
    >>> stated = Population.stated(
    ...     "monoexponential", unit="%IA", median={"A1": 3.0, "lambda1": 0.01}, sd_log={"lambda1": 0.3},
    ...     residual=Residual(kind="proportional", b=0.05), source="an example",
    ... )
    >>> {name: round(value, 3) for name, value in stated.typical.items()}, stated.free
    ({'A1': 3.0, 'lambda1': 0.01}, ('A1',))
    >>> Population.from_dict(stated.as_dict()).sd["lambda1"]
    0.3
    """

    model: Model | Response
    unit: str
    mean: FloatArray
    covariance: FloatArray
    residual: Residual
    normal: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    effects: tuple[MassEffect, ...] = ()
    n_patients: int | None = None
    source: str = ""
    root: FloatArray | None = None
    estimates: tuple[str, ...] = ()
    estimates_covariance: FloatArray | None = None
    drawn_mean: FloatArray | None = None
    drawn_covariance: FloatArray | None = None
    drawn_rows: FloatArray | None = None

    def __post_init__(self) -> None:
        names, p = self.model.parameters, len(self.model.parameters)
        for field in ARRAYS:
            given = getattr(self, field)
            if given is not None:
                object.__setattr__(self, field, np.array(given, dtype=np.float64))
        e, of, lines = len(self.estimates), f"population of '{self.model.name}'", []
        sets = 0 if self.drawn_rows is None else len(self.drawn_rows)
        shapes = dict(zip(ARRAYS, ((p,), (p, p), (p, p), (e, e), (e,), (e, e), (sets, e)), strict=True))
        for field, shape in shapes.items():
            array = getattr(self, field)
            if array is not None and (array.shape != shape or not np.isfinite(array).all()):
                lines.append(f"{of}: {field} must be {' x '.join(map(str, shape))} numbers")
            elif array is not None and "covariance" in field and not _is_covariance(array):
                lines.append(f"{of}: {field} is no covariance (symmetric, without negative eigenvalue)")
        effects = tuple(effect.parameter for effect in self.effects)
        for what, given_names in (("normal", self.normal), ("free", self.free), ("effects", effects)):
            lines += [
                f"{of}: {what}: '{name}' is no parameter; there are: {', '.join(names)}"
                for name in given_names if name not in names
            ]  # fmt: skip
        if lines:
            raise KineticsError(*lines)

    def __repr__(self) -> str:
        of = f" of {self.n_patients} patients" if self.n_patients else ""
        words = ", ".join(f"{n} {v:.4g}" for n, v in self.typical.items())
        return f"<Population{of}: {self.model.name}; typically {words}; {self.source or 'no source'}>"

    @classmethod
    def stated(
        cls,
        model: str | Model,
        *,
        unit: str,
        median: Mapping[str, float],
        sd_log: Mapping[str, float],
        correlation: Mapping[tuple[str, str], float] | None = None,
        residual: Residual,
        effects: tuple[MassEffect, ...] = (),
        n_patients: int | None = None,
        source: str,
    ) -> Population:
        """A population from numbers of a paper or of one's own: medians, and SDs of the logarithms.

        Parameters
        ----------
        median : parameter -> median over patients; all parameters of the model.
        sd_log : parameter -> SD of its logarithm, 0 for none; a parameter that isn't named is free: the
            patient's own points alone give it (its median is then but a start).
        correlation : (parameter, parameter) -> correlation of their logarithms.
        residual : how measurements scatter; ``Residual(kind="sd")`` where each curve states it.
        source : where the numbers are from.

        Raises
        ------
        KineticsError : unknown or missing names, medians not above 0, negative SDs, correlations out of -1 to
            1.
        """
        function = model_by_name(model)
        names = function.parameters
        with Complaints(KineticsError) as found:
            for what, given in (("median", median), ("sd_log", sd_log)):
                for name in given:
                    if name not in names:
                        found.add(KineticsError(
                            f"{what}: '{name}' is no parameter of '{function.name}'; there are:"
                            f" {', '.join(names)}"
                        ))  # fmt: skip
            for name in names:
                if not (math.isfinite(median.get(name, math.nan)) and median[name] > 0):
                    found.add(KineticsError(
                        f"median of '{name}' is {median.get(name, 'missing')}; a number above 0 is needed"
                    ))  # fmt: skip
                if not (math.isfinite(sd_log.get(name, 0.0)) and sd_log.get(name, 0.0) >= 0):
                    found.add(KineticsError(f"sd_log of '{name}' is {sd_log[name]}; 0 or above is needed"))
            for (one, two), value in (correlation or {}).items():
                if one not in sd_log or two not in sd_log or one == two or not -1 <= value <= 1:
                    found.add(KineticsError(
                        f"correlation of '{one}' and '{two}' is {value}; between -1 and 1, of two parameters"
                        " with an sd_log"
                    ))  # fmt: skip
        sd = np.array([sd_log.get(n, 0.0) for n in names])
        matrix = np.eye(len(names))
        for (one, two), value in (correlation or {}).items():
            i, j = names.index(one), names.index(two)
            matrix[i, j] = matrix[j, i] = value
        return cls(
            model=function, unit=unit, mean=np.log([median[n] for n in names]),
            covariance=matrix * np.outer(sd, sd), residual=residual,
            free=tuple(n for n in names if n not in sd_log), effects=tuple(effects),
            n_patients=n_patients, source=source,
        )  # fmt: skip

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters."""
        return self.model.parameters

    @cached_property
    def function(self) -> Function:
        """The function of what spreads over patients."""
        return Function(self.model, np.array([n in self.normal for n in self.parameters], dtype=bool))

    @property
    def typical(self) -> dict[str, float]:
        """Each parameter's median over patients, at the covariates' centres."""
        theta = self.function.natural(self.mean[None])[0]
        return dict(zip(self.parameters, map(float, theta), strict=True))

    @property
    def sd(self) -> dict[str, float]:
        """SD of each parameter's logarithm over patients (of itself, where normal); 0 for those free."""
        return dict(zip(self.parameters, map(float, np.sqrt(np.diag(self.covariance))), strict=True))

    def asked(self) -> Asked:
        """The question that this population answers, for patients to come."""
        names, estimated = self.parameters, [e.split() for e in self.estimates if e.startswith("root ")]
        if self.estimates:
            spread = {e[1] for e in estimated}
        else:
            spread = {n for n, v in zip(names, np.diag(self.covariance), strict=True) if v > 0} | set(
                self.free
            )
        correlated = np.any(self.covariance != np.diag(np.diag(self.covariance)))
        full = any(e[1] != e[2] for e in estimated) if self.estimates else bool(correlated)
        return Asked(
            self.model, self.residual.kind, full, tuple(i for i, n in enumerate(names) if n in spread),
            self.function.normal, tuple((e.parameter, e.covariate) for e in self.effects),
            {e.covariate: e.centre for e in self.effects},
        )  # fmt: skip

    def row(self) -> FloatArray:
        """(E,) the row of estimates, in the layout of :meth:`asked`."""
        layout = self.asked().layout
        covariance = self.covariance.copy()
        for name in self.free:
            i = self.parameters.index(name)
            covariance[i, i] = FREE_SD**2
        root = semiroot(covariance) if self.root is None else self.root
        logs = [math.log(v) for v in (self.residual.a, self.residual.b) if v is not None]
        elements = [root[p, layout.random[d]] for p, d in layout.elements]
        return np.array([*self.mean, *(e.exponent for e in self.effects), *elements, *logs])

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and words, for JSON or TOML; what is None stays out."""
        found: dict[str, Any] = {
            "format": FORMAT,
            "model": self.model.name,
            "unit": self.unit,
            "parameters": list(self.parameters),
            "residual": {k: v for k, v in vars(self.residual).items() if v is not None},
            "normal": list(self.normal),
            "free": list(self.free),
            "effects": [dict(vars(e)) for e in self.effects],
            "source": self.source,
        }
        if self.n_patients is not None:
            found["n_patients"] = self.n_patients
        if self.estimates:
            found["estimates"] = list(self.estimates)
        return found | {k: v.tolist() for k in ARRAYS if (v := getattr(self, k)) is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, model: Model | Response | None = None) -> Population:
        """The way back from :meth:`as_dict`.

        Parameters
        ----------
        model : the Response or Model, where its name isn't in :data:`kinetics.MODELS`.

        Raises
        ------
        KineticsError : what is missing, unknown or of the wrong kind, one line each.
        """
        return cls(**read(data, model))

    def predict(
        self, time_h: ArrayLike, *, patient: Mapping[str, float] | None = None, quantile: float | None = None
    ) -> FloatArray:
        """(N,) decay-corrected curve of the typical patient, or a quantile of the patients' curves.

        Parameters
        ----------
        time_h : (N,) hours after administration.
        patient : covariates (and a Response's constants) of the patient; None: the covariates' centres.
        quantile : e.g. 0.975, over patients (drawn, with the same numbers every time); None: the typical one.

        Raises
        ------
        KineticsError : a quantile where a parameter is free, and so has no spread that is known.
        """
        time = np.atleast_1d(np.asarray(time_h, dtype=np.float64))
        mean, patient = self.mean.copy(), dict(patient or {})
        for e in self.effects:
            own = patient.get(e.covariate, e.centre)
            mean[self.parameters.index(e.parameter)] += e.exponent * math.log(own / e.centre)
        constants = np.array(
            [[] if isinstance(self.model, Model) else [patient[c] for c in self.model.constants]]
        )
        if quantile is None:
            return np.asarray(self.function.first(time[None], mean[None], constants)[0][0])
        if self.free:
            raise KineticsError(
                f"no quantile over patients: nothing is known of the spread of {', '.join(self.free)}"
            )
        from scipy.stats import norm, qmc

        drawn = norm.ppf(qmc.Sobol(len(mean), seed=1).random(DRAWN))
        phi = mean + drawn @ semiroot(self.covariance).T
        many = np.broadcast_to(time, (DRAWN, time.size))
        values = self.function.first(many, phi, np.repeat(constants, DRAWN, axis=0))[0]
        return np.asarray(np.quantile(values, quantile, axis=0), dtype=np.float64)

    def with_residual(self, residual: Residual) -> Population:
        """The same patients, measured otherwise: what is known of a and b doesn't hold for them."""
        keep = [i for i, e in enumerate(self.estimates) if e not in ("ln a", "ln b")]
        if residual.kind in WITH_A + WITH_B:
            bare: dict[str, Any] = dict.fromkeys(ARRAYS[3:])
            return replace(self, residual=residual, estimates=(), **bare)
        kept: dict[str, Any] = {
            k: None if (v := getattr(self, k)) is None else v[np.ix_(*[keep] * v.ndim)]
            for k in ARRAYS[3:]
            if k != "drawn_rows"
        }
        if self.drawn_rows is not None:
            kept["drawn_rows"] = self.drawn_rows[:, keep]
        return replace(self, residual=residual, estimates=tuple(self.estimates[i] for i in keep), **kept)


def _is_covariance(matrix: FloatArray) -> bool:
    """Whether a matrix is symmetric and has no negative eigenvalue, to rounding."""
    if not matrix.size:
        return True
    size = np.abs(matrix).max()
    return bool(np.abs(matrix - matrix.T).max() <= 1e-8 * size) and bool(
        np.linalg.eigvalsh(0.5 * (matrix + matrix.T)).min() >= -1e-8 * max(float(size), 1e-300)
    )
